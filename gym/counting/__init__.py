"""Counters: one file each, one interface.

A counter is a class with ``name``, ``title``, ``causal``, ``counts(exercise)``, ``update(pose)`` for
one frame at a time and ``finish()`` for the whole set's answer. A recording is counted by folding over
the same loop, so what is counted live and what is counted afterwards agree by construction.

Where a rep begins and ends is one rule for all of them (`gym.counting.bounds`): the last rep counts
once the athlete is 90 % of the way back to their usual top, the first when it begins at most a quarter
of the way down, and two dips with less than 60 % of the way between them are one rep. It needs the
whole recording, so it is applied to a counter's answer, live or recorded: `count_reps`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from gym.counting.agreement import METHOD, combine_counts
from gym.counting.arena import ARENA
from gym.counting.bounds import SignalPath, apply_bounds, follow_signal
from gym.counting.heuristic import HeuristicCounter
from gym.counting.learned import LearnedCounter
from gym.counting.similarity import SimilarityCounter
from gym.exercises import Exercise, Kind
from gym.schema import Agreement, Pose, PoseSequence, Rep, RepCount


class Counter(Protocol):
    """What every counter offers.

    Attributes
    ----------
    name, title : str
        The name in files, and the one people read.
    weights : str
        The name in files of the network it counts with, whose ``version()`` it tells; empty without one.
    causal : bool
        Whether it can count live; one that needs the whole clip answers in ``finish`` only.

    One that is causal has three things more, for `gym.live.coach`: ``phase``, how far out the body is
    at the moment (0..1, NaN where unknown); ``open_stream(exercises)``, what its counters of several
    exercises may share (the argument ``stream``, with ``push(pose)``); and ``follow()``, which works
    through what was pushed since and returns the reps that are done.
    """

    name: str
    title: str
    weights: str
    causal: bool

    @staticmethod
    def counts(exercise: Exercise | None) -> bool:
        """Tell whether it can count an exercise; None is one that no rule describes.

        Of any other it counts nothing, and has no vote.
        """

    def __init__(self, exercise: Exercise | None) -> None: ...

    def update(self, pose: Pose) -> Rep | None:
        """Take the next frame; return a repetition once it is sure enough to be announced."""

    def finish(self) -> RepCount:
        """Return the answer for all frames so far; it may withdraw or add repetitions."""


class AgreementCounter:
    """Counts by the agreement of others.

    After `finish`, ``agreement`` holds the confidence too.

    Parameters
    ----------
    exercise : Exercise or None
        Without one, only the counters that need none take part.
    """

    name = METHOD
    title = "All counters together"
    weights = ""
    causal = False

    @staticmethod
    def counts(exercise: Exercise | None) -> bool:
        """Tell whether it can count an exercise: any, even one that nobody described (None)."""
        return True

    def __init__(self, exercise: Exercise | None = None) -> None:
        self._exercise = exercise
        self._counters = [kind(exercise) for kind in choose_members(exercise)]
        self._frames: list[Pose] = []
        self.agreement: Agreement | None = None

    def update(self, pose: Pose) -> None:
        """Take the next frame; nothing is settled before the end."""
        self._frames.append(pose)
        for counter in self._counters:
            counter.update(pose)

    def finish(self) -> RepCount:
        """Return the combined answer."""
        poses = PoseSequence.collect(self._frames, (1, 1))
        counts = {counter.name: counter.finish() for counter in self._counters}
        path = None if self._exercise is None else follow_signal(poses, self._exercise)
        if path is not None:
            counts = {name: apply_bounds(count, path) for name, count in counts.items()}
        self.agreement = combine_counts(counts, poses, self._exercise, path)
        return self.agreement.count


COUNTERS: dict[str, type[Counter]] = {
    counter.name: counter
    for counter in (HeuristicCounter, LearnedCounter, SimilarityCounter, AgreementCounter)
}
DEFAULT_COUNTER = AgreementCounter.name


def choose_members(exercise: Exercise | None) -> tuple[type, ...]:
    """Return the counters that have a say about an exercise, the best first: all that count it."""
    members = (kind for kind in COUNTERS.values() if kind is not AgreementCounter)
    return tuple(kind for kind in members if kind.counts(exercise))


def count_reps(
    poses: PoseSequence,
    exercise: Exercise | None,
    counter: str = DEFAULT_COUNTER,
    path: SignalPath | None = None,
) -> RepCount:
    """Count the reps of an exercise in a recorded sequence.

    An exercise that no rule describes is None. Where the counter cannot count it, and of what is held,
    there are no reps.
    ``counter`` is a name in `COUNTERS` or `ARENA`.
    ``path`` is the exercise's signal, where `follow_signal` has measured it already.
    """
    kind = COUNTERS[counter] if counter in COUNTERS else ARENA[counter]
    held = exercise is not None and exercise.kind is Kind.HOLD
    if held or not kind.counts(exercise):
        return RepCount(counter, (), poses.time_s, np.full(len(poses), np.nan))
    one = kind(exercise)
    for index in range(len(poses)):
        one.update(poses[index])
    count = one.finish()
    if exercise is None or counter == AgreementCounter.name:  # which has settled its members
        return count
    return apply_bounds(count, path or follow_signal(poses, exercise))
