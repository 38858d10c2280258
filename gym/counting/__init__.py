"""Counters: one file each, one interface.

A counter is a class with ``name``, ``title``, ``causal``, ``update(pose)`` for one frame at a time and
``finish()`` for the whole set's answer. A recording is counted by folding over the same loop, so what
is counted live and what is counted afterwards agree by construction.
"""

from __future__ import annotations

from typing import Protocol

from gym.counting.heuristic import HeuristicCounter
from gym.exercises import Exercise
from gym.schema import Pose, PoseSequence, Rep, RepCount


class Counter(Protocol):
    """What every counter offers."""

    name: str
    title: str
    causal: bool

    def __init__(self, exercise: Exercise) -> None: ...

    def update(self, pose: Pose) -> Rep | None:
        """Take the next frame; return a repetition once it is sure enough to be announced."""

    def finish(self) -> RepCount:
        """Return the answer for all frames so far; it may withdraw or add repetitions."""


COUNTERS: dict[str, type[Counter]] = {HeuristicCounter.name: HeuristicCounter}
DEFAULT_COUNTER = HeuristicCounter.name


def count_reps(poses: PoseSequence, exercise: Exercise, counter: str = DEFAULT_COUNTER) -> RepCount:
    """Count the repetitions of an exercise in a recorded sequence."""
    one = COUNTERS[counter](exercise)
    for index in range(len(poses)):
        one.update(poses[index])
    return one.finish()
