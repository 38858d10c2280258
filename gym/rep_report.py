"""What is measured of every rep: its tempo, range and speed, and how its sides differ.

None of it depends on what is judged, so that it is done once for the reps of a clip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from gym.comparing.curves import Curves, cut_curves
from gym.exercises import Exercise
from gym.kept import kept_with_poses
from gym.schema import PoseSequence, Rep, RepKind, RepReport, RepTempo, Signals
from gym.tempo import (
    BOTH,
    LEFT,
    PAUSE_S,
    Movement,
    Phases,
    follow_movement,
    follow_phases,
)

FIRST_REPS = 3  #: of a set, with whose best the speed of the others is compared
_BOTH_SEEN = 0.5  # visibility of either side, so that left and right can be compared
_UNKNOWN = float("nan")


@dataclass(frozen=True, eq=False)
class MeasuredReps:
    """What was measured of a clip's reps, one of each in their order.

    Attributes
    ----------
    reports : tuple of RepReport
    curves : Curves
    """

    reports: tuple[RepReport, ...]
    curves: Curves


@kept_with_poses  # other limits only compare it again
def measure_reps(
    poses: PoseSequence,
    signals: Signals,
    exercise: Exercise,
    reps: Sequence[Rep],
    groups: Sequence[Sequence[int]],
) -> MeasuredReps:
    """Measure every rep by itself, then against the best of the clip and the first of its set.

    Parameters
    ----------
    poses, signals
    exercise : Exercise
    reps : sequence of Rep
        In time order, partial ones included.
    groups : sequence of sequence of int
        The places of each set's reps.
    """
    movement = follow_movement(poses, exercise)
    phases = follow_phases(movement, reps)
    view = signals.view.label
    reports = _measure_all(movement, exercise, reps, phases, groups, view)
    return MeasuredReps(tuple(reports), cut_curves(signals, movement, reps, phases))


def _measure_all(
    movement: Movement,
    exercise: Exercise,
    reps: Sequence[Rep],
    phases: Sequence[Phases | None],
    groups: Sequence[Sequence[int]],
    view: str,
) -> list[RepReport]:
    """Measure every rep by itself, then against the best of the clip and the first of its set."""
    rests_s, phases = _find_rests(phases, groups)
    reports = [
        RepReport()
        if found is None
        else _measure_rep(movement, exercise, found, rest_s, view in ("front", "rear"))
        for found, rest_s in zip(phases, rests_s, strict=True)
    ]
    whole = [rep.kind is RepKind.FULL for rep in reps]
    ranges = [one.range_out for one, full in zip(reports, whole, strict=True) if full]
    best = np.fmax.reduce(ranges, initial=np.nan)
    first_speed = [_UNKNOWN] * len(reps)
    for group in groups:
        speeds = [reports[k].speed for k in group if whole[k]][:FIRST_REPS]
        fastest = float(np.fmax.reduce(speeds, initial=np.nan))
        for place in group:
            first_speed[place] = fastest
    return [
        replace(
            one,
            range_share=float(one.range_out / best),
            speed_loss=1.0 - one.speed / fastest if fastest else _UNKNOWN,
        )
        for one, fastest in zip(reports, first_speed, strict=True)
    ]


def _find_rests(
    phases: Sequence[Phases | None], groups: Sequence[Sequence[int]]
) -> tuple[list[float], list[Phases | None]]:
    """Return how long the body stood still after each rep, and the phases without any overlap.

    What is shorter than a pause is no rest: the reps then meet half-way.
    """
    settled, rests_s = list(phases), [_UNKNOWN] * len(phases)
    for group in groups:
        for place, following in pairwise(group):
            one, other = settled[place], settled[following]
            # Of what lies between, as another movement, nobody knows whether it was a rest.
            if one is None or other is None or following != place + 1:
                continue
            rests_s[place] = other.start_s - one.end_s
            if rests_s[place] < PAUSE_S:
                rests_s[place] = 0.0
                # Two arms that take turns may both be on their way.
                if one.column == other.column:
                    meet_s = (one.end_s + other.start_s) / 2
                    settled[place] = replace(one, end_s=max(meet_s, one.leave_s))
                    settled[following] = replace(other, start_s=min(meet_s, other.turn_s))
    return rests_s, settled


def _measure_rep(
    movement: Movement, exercise: Exercise, phases: Phases, rest_s: float, faces: bool
) -> RepReport:
    """Measure one rep between the moments at which its phases change."""
    going_s, coming_s = phases.turn_s - phases.start_s, phases.end_s - phases.leave_s
    ways = ((going_s, phases.out), (coming_s, phases.back))
    eccentric, concentric = ways[::-1] if exercise.lifts_first else ways
    time_s = movement.time_s
    effort_s = (
        (phases.start_s, phases.turn_s) if exercise.lifts_first else (phases.leave_s, phases.end_s)
    )
    travelled = [_value_at(time_s, movement.travel_trunks, t) for t in effort_s]
    travel = abs(travelled[1] - travelled[0])
    return RepReport(
        RepTempo(eccentric[0], phases.leave_s - phases.turn_s, concentric[0], rest_s),
        range_out=(phases.out + phases.back) / 2,
        travel_trunks=travel,
        speed=concentric[1] / concentric[0] if concentric[0] > 0 else _UNKNOWN,
        trunk_speed=travel / concentric[0] if concentric[0] > 0 else _UNKNOWN,
        left_right=_compare_sides(movement, phases, faces and len(exercise.signal.parts) > 1),
        side={BOTH: "", LEFT: "left"}.get(phases.column, "right"),
    )


def _value_at(time_s: np.ndarray, values: np.ndarray, moment_s: float) -> float:
    """Return the value at the nearest time; NaN where it is not known."""
    return float(values[min(np.searchsorted(time_s, moment_s), len(time_s) - 1)])


def _compare_sides(movement: Movement, phases: Phases, comparable: bool) -> float:
    """Return how much further left went than right, as a share of the larger; NaN unless both did.

    From the side the far limbs are guessed, and from a diagonal view one side is foreshortened more
    than the other: only from the front and from behind can they be compared.
    """
    if not comparable or phases.column != BOTH:
        return _UNKNOWN
    inside = slice(*np.searchsorted(movement.time_s, (phases.start_s, phases.end_s)).tolist())
    sides, seen = movement.out[inside, :2], movement.seen[inside]
    if len(sides) < 3 or np.isnan(sides).any() or np.median(seen, axis=0).min() < _BOTH_SEEN:
        return _UNKNOWN
    left, right = np.ptp(sides, axis=0)
    larger = max(left, right)
    return float((left - right) / larger) if larger > 0 else _UNKNOWN
