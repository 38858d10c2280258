"""What all visitors share: the analysis of the sample clip, and the loaded networks.

A visitor's own clips and results are never kept here, because Streamlit's caches are global. They are
in the visitor's session (`gym.ui.opened`).
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
    """Return the sample clip, judged with the default settings; done only once."""
    with _judging:  # visitors who come while it is being judged wait for the result
        return _judge_sample()


@cache
def _judge_sample() -> Workout:
    # Late: the home page opens without the picture libraries.
    from gym.posefiles.analysis import read_analysis
    from gym.session import judge

    return judge(*read_analysis(SAMPLE_FOLDER))


def warm_up() -> None:
    """Load the networks, which takes seconds, before the first visitor needs them."""
    if sample_is_there():
        judge_sample()
    importlib.import_module("gym.live.session")
    # Streamlit collects garbage after every run of a page or fragment, among all objects, while every
    # other thread waits: 0.2 s, several times a second during a live set. What is loaded by now is kept
    # anyway, so it can be left out.
    gc.collect()
    gc.freeze()


def sample_is_there() -> bool:
    """Whether the sample clip is there."""
    return (SAMPLE_FOLDER / "clip.json").is_file()
