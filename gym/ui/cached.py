"""What all visitors share and nobody owns: the shipped sample, and which pose models are there.

One visitor's clips and results never come here: Streamlit's caches are global. They live in the
visitor's session (`gym.ui.opened`).
"""

from __future__ import annotations

import gc
import importlib
import threading
from functools import cache
from pathlib import Path

from gym.schema import Workout

SAMPLE_FOLDER = Path(__file__).parents[1] / "assets" / "sample"


_judging = threading.Lock()


def judge_sample() -> Workout:
    """Return the shipped sample, judged as nothing else was asked for; worked out once."""
    with _judging:  # whoever comes while it is being worked out waits for that
        return _judge_sample()


@cache
def _judge_sample() -> Workout:
    from gym.report import read_analysis  # late: the home page opens without the picture libraries
    from gym.session import judge

    return judge(*read_analysis(SAMPLE_FOLDER))


def warm_up() -> None:
    """Load the networks, which takes seconds, before the first visitor waits for them."""
    if sample_is_there():
        judge_sample()
    importlib.import_module("gym.live")
    # Streamlit looks for garbage after every run of a page or fragment, in all that lives, while every
    # other thread waits: 0.2 s, several times a second beside a live set. What is loaded stays anyway.
    gc.collect()
    gc.freeze()


def sample_is_there() -> bool:
    """Whether this copy carries the sample."""
    return (SAMPLE_FOLDER / "clip.json").is_file()
