"""Which reps make a set, which holds are an exercise, and which label of the timeline they lie under."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from gym.exercises import EXERCISES
from gym.schema import Classification, ExerciseSet, Hold, Rep, RepCount, RepKind

SHORTEST_SET_S = 1.5  #: of another exercise, to be a set of a mixed workout
NEW_SET_S = 15.0  #: a rest this long, and three times a repetition's length, begins a new set
#: Beside a set that begins in the same posture, a shorter hold is getting ready, a rest, or the end of
#: it: people rest for 15 to 20 s in the plank between push-ups.
REST_S = 30.0


def find_sets(label: str, counts: Mapping[str, RepCount], counter: str) -> tuple[ExerciseSet, ...]:
    """Part the chosen counter's reps where the athlete rested."""
    reps = [rep for rep in counts[counter].reps if rep.kind is RepKind.FULL]
    if not reps:
        return ()
    usual_s = float(np.median([rep.end_s - rep.start_s for rep in reps]))
    groups: list[list[Rep]] = [[reps[0]]]
    for before, rep in pairwise(reps):
        if rep.start_s - before.end_s > max(NEW_SET_S, 3 * usual_s):
            groups.append([])
        groups[-1].append(rep)
    edges = [
        -np.inf,
        *((a[-1].end_s + b[0].start_s) / 2 for a, b in pairwise(groups)),
        np.inf,
    ]

    def count_between(count: RepCount, low: float, high: float) -> int:
        full = (rep for rep in count.reps if rep.kind is RepKind.FULL)
        return sum(low <= rep.bottom_s < high for rep in full)

    return tuple(
        ExerciseSet(
            label,
            group[0].start_s,
            group[-1].end_s,
            {name: count_between(count, low, high) for name, count in counts.items()},
        )
        for group, (low, high) in zip(groups, pairwise(edges), strict=True)
    )


def list_holds(holds: Iterable[Hold], counters: Iterable[str]) -> tuple[ExerciseSet, ...]:
    """Make a set of each hold, in which no counter has a rep."""
    none = dict.fromkeys(counters, 0)
    return tuple(
        ExerciseSet(hold.exercise, hold.start_s, hold.end_s, dict(none), hold.seconds)
        for hold in holds
    )


def keep_holds(
    holds: Iterable[Hold], recognised: Classification, counts: Mapping[str, RepCount]
) -> tuple[Hold, ...]:
    """Keep the holds that are an exercise of their own: those recognised, and no rest between reps.

    Parameters
    ----------
    holds : iterable of Hold
    recognised : Classification
        At least half of a hold lies under its label; where the whole clip has that label, all parts
        without reps are as good.
    counts : mapping of exercise name to RepCount
        What was counted beside them. A rep ends what is held. Beside the reps of an exercise that
        starts in the same posture a hold is a rest, unless it lasts for `REST_S`.
    """
    return tuple(
        hold
        for hold in holds
        if _is_recognised(hold, recognised, {name for name, count in counts.items() if count.count})
        and not any(_belongs_to_reps(hold, name, count) for name, count in counts.items())
    )


def _is_recognised(hold: Hold, recognised: Classification, repeated: set[str]) -> bool:
    """Tell whether most of a hold lies under its label, or under none that has reps."""
    shared_s = sum(
        max(0.0, min(part.end_s, hold.end_s) - max(part.start_s, hold.start_s))
        for part in recognised.timeline
        if part.label == hold.exercise
        or (recognised.label == hold.exercise and part.label not in repeated)
    )
    return shared_s >= hold.seconds / 2


def _belongs_to_reps(hold: Hold, name: str, count: RepCount) -> bool:
    """Tell whether a hold is a part of an exercise's set."""
    reps = [rep for rep in count.reps if rep.kind is RepKind.FULL]
    if any(hold.start_s < rep.bottom_s < hold.end_s for rep in reps):
        return True
    if not reps or EXERCISES[name].start is not EXERCISES[hold.exercise].start:
        return False
    return hold.seconds < REST_S


def keep_reps(count: RepCount, wanted: Callable[[Rep], bool]) -> RepCount:
    """Keep some of a counter's repetitions, each with its evidence."""
    kept = [i for i, rep in enumerate(count.reps) if wanted(rep)]
    evidence = tuple(count.evidence[i] for i in kept) if count.evidence else ()
    return replace(count, reps=tuple(count.reps[i] for i in kept), evidence=evidence)


def keep_label(
    counts: Mapping[str, RepCount], recognised: Classification, label: str
) -> dict[str, RepCount]:
    """Keep the counters' reps that lie under one label of the timeline."""
    return {
        name: keep_reps(count, lambda rep: label_at(recognised, rep.bottom_s) == label)
        for name, count in counts.items()
    }


def lasts_as_set(recognised: Classification, label: str) -> bool:
    """Tell whether a label lasts long enough in the timeline to be a set."""
    parts = (part for part in recognised.timeline if part.label == label)
    return sum(part.end_s - part.start_s for part in parts) >= SHORTEST_SET_S


def label_at(recognised: Classification, time_s: float) -> str:
    """Return the timeline's label at some time."""
    segments = recognised.timeline
    return next((s.label for s in segments if time_s < s.end_s), segments[-1].label)
