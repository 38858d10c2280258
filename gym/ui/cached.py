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

from gym.schema import Classification, ClipInfo, PoseSequence
from gym.session import Counted, count, recognise

SAMPLE_FOLDER = Path(__file__).parents[1] / "assets" / "sample"


_counting = threading.Lock()


def count_sample() -> tuple[ClipInfo, PoseSequence, Classification, Counted]:
    """Return the sample clip with what is recognised and counted in it; done only once."""
    with _counting:  # visitors who come while it is being counted wait for the result
        return _count_sample()


@cache
def _count_sample() -> tuple[ClipInfo, PoseSequence, Classification, Counted]:
    # Late: the home page opens without the picture libraries.
    from gym.posefiles.analysis import read_analysis

    clip, poses = read_analysis(SAMPLE_FOLDER)
    recognised = recognise(poses)
    return clip, poses, recognised, count(poses, recognised)


def warm_up() -> None:
    """Load the networks, which takes seconds, before the first visitor needs them."""
    if sample_is_there():
        count_sample()
    # The last two take a second, which the report of the first set would wait for.
    for module in ("gym.live.session", "scipy.stats", "sklearn.decomposition"):
        importlib.import_module(module)
    # Streamlit collects garbage after every run of a page or fragment, among all objects, while every
    # other thread waits: 0.2 s, several times a second during a live set. What is loaded by now is kept
    # anyway, so it can be left out.
    gc.collect()
    gc.freeze()


def sample_is_there() -> bool:
    """Whether the sample clip is there."""
    return (SAMPLE_FOLDER / "clip.json").is_file()
