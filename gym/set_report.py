"""What a coach reports of every rep and set: tempo, range, speed and its loss, sides, what fades."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from gym.comparing.unlike import find_odd_reps
from gym.exercises import Exercise, Kind
from gym.rep_report import FIRST_REPS, measure_reps
from gym.schema import (
    CoachReport,
    ExerciseSet,
    Fading,
    Finding,
    PoseSequence,
    Reason,
    Rep,
    RepKind,
    RepReport,
    SetReport,
    Signals,
    Verdict,
)
from gym.summary import overall_verdict

LAST_REPS = 2  #: whose mean speed is compared with the best of the first
#: A trend in fewer reps cannot be told from chance: 5 in perfect order are so by chance in 1 of 120.
_FEWEST, _CHANCE = 5, 0.01
#: What is worth a word, as a share: less is within the jitter of poses, however steady.
_LEAST_CHANGE = {"range": 0.05, "speed": 0.10, "symmetry": 0.05}
_MERIT = {Verdict.PASS: 2, Verdict.BORDERLINE: 1, Verdict.UNSEEN: 1, Verdict.FAIL: 0}
#: Why a movement is listed that is no part of the exercise.
_NO_WORK = (Reason.OTHER_MOVEMENT, Reason.PREPARATION, Reason.POSITION, Reason.TOO_SMALL)
_UNKNOWN = float("nan")


def report_workout(
    poses: PoseSequence,
    signals: Signals,
    exercise: Exercise | None,
    reps: Sequence[Rep],
    findings: Sequence[tuple[Finding, ...]],
    sets: Sequence[ExerciseSet],
) -> CoachReport:
    """Report on one counter's reps, set by set.

    Parameters
    ----------
    poses, signals
    exercise : Exercise or None
        None (no known exercise), or a hold, gives an empty report.
    reps : sequence of Rep
        In time order, partial ones included.
    findings : sequence of tuple of Finding
        One for each rep.
    sets : sequence of ExerciseSet
        Of this exercise, in time order.
    """
    if exercise is None or exercise.kind is Kind.HOLD or not reps or not sets:
        return CoachReport()
    groups = _part_reps(reps, sets)
    measured = measure_reps(poses, signals, exercise, reps, groups)
    reports = measured.reports
    verdicts = [overall_verdict(found) for found in findings]
    odd, compared = find_odd_reps(measured.curves, reps, verdicts)
    reported = []
    for group, one in zip(groups, sets, strict=True):
        if not group:
            continue
        numbers = range(group[0] + 1, group[-1] + 2)
        about = _report_set(reps, reports, verdicts, group)
        reported.append(
            replace(
                about,
                start_s=one.start_s,
                end_s=one.end_s,
                unit=exercise.signal.unit,
                odd=tuple(rep for rep in odd if rep.number in numbers),
                compared=compared,
            )
        )
    return CoachReport(reports, tuple(reported))


def _part_reps(reps: Sequence[Rep], sets: Sequence[ExerciseSet]) -> list[list[int]]:
    """Return the places of each set's reps; a partial rep between two sets goes to the nearer.

    What is no part of the exercise, such as getting ready, goes to none.
    """
    groups: list[list[int]] = [[] for _ in sets]
    for place, rep in enumerate(reps):
        if rep.kind is RepKind.PARTIAL and rep.reason in _NO_WORK:
            continue
        away_s = [max(one.start_s - rep.bottom_s, rep.bottom_s - one.end_s) for one in sets]
        groups[int(np.argmin(away_s))].append(place)
    return groups


def _report_set(
    reps: Sequence[Rep],
    reports: Sequence[RepReport],
    verdicts: Sequence[Verdict],
    group: Sequence[int],
) -> SetReport:
    """Sum up the reps of one set."""
    whole = [place for place in group if reps[place].kind is RepKind.FULL]
    full = [reports[place] for place in whole]
    spans_s = [
        reports[k].tempo.tension_s
        if np.isfinite(reports[k].tempo.tension_s)
        else reps[k].end_s - reps[k].start_s
        for k in group
    ]
    loss, loss_sd = _measure_loss(np.array([one.speed for one in full]))
    uneven, uneven_sd = _measure_sides(full)
    ranges = {k: reports[k].range_share for k in whole}
    ranked = sorted(
        whole, key=lambda k: (_MERIT[verdicts[k]], -1.0 if math.isnan(ranges[k]) else ranges[k])
    )
    return SetReport(
        start_s=_UNKNOWN,
        end_s=_UNKNOWN,
        first_rep=group[0] + 1,
        last_rep=group[-1] + 1,
        tension_s=float(sum(spans_s)),
        range_spread=_spread_share([one.range_out for one in full]),
        duration_spread=_spread_share([one.tempo.tension_s for one in full]),
        speed_loss=loss,
        speed_loss_sd=loss_sd,
        left_right=uneven,
        left_right_sd=uneven_sd,
        best_rep=ranked[-1] + 1 if len(ranked) > 1 else None,
        worst_rep=ranked[0] + 1 if len(ranked) > 1 else None,
        fading=_find_fading(tuple(full)),
    )


def _measure_loss(speeds: np.ndarray) -> tuple[float, float]:
    """Return how much slower the last reps are than the best of the first, and the uncertainty.

    The uncertainty follows from how much neighbouring reps differ, which a steady fall hardly changes
    (von Neumann, Annals of Mathematical Statistics 12(4), 1941). NaN of fewer than five.
    """
    speeds = speeds[np.isfinite(speeds)]
    if len(speeds) < FIRST_REPS + LAST_REPS:
        return _UNKNOWN, _UNKNOWN
    fastest = speeds[:FIRST_REPS].max()
    spread = float(np.sqrt(np.mean(np.square(np.diff(speeds))) / 2))
    # Of the mean of two 1/2 of the variance, of the largest of three 0.56.
    sd = spread * np.sqrt(1 / LAST_REPS + 0.56) / fastest
    return float(1 - speeds[-LAST_REPS:].mean() / fastest), float(sd)


def _measure_sides(full: Sequence[RepReport]) -> tuple[float, float]:
    """Return the mean difference of left and right, as a share, and its standard deviation.

    Where the sides take turns, the left's reps are compared with the right's.
    """
    both = [one.left_right for one in full if np.isfinite(one.left_right)]
    if len(both) > 1:
        return float(np.mean(both)), float(np.std(both, ddof=1))
    left, right = (
        [one.range_out for one in full if one.side == side] for side in ("left", "right")
    )
    if min(len(left), len(right)) < 2:
        return _UNKNOWN, _UNKNOWN
    larger = max(np.mean(left), np.mean(right))
    variance = (np.var(left, ddof=1) + np.var(right, ddof=1)) / 2
    return float((np.mean(left) - np.mean(right)) / larger), float(np.sqrt(variance) / larger)


def _spread_share(values: Sequence[float]) -> float:
    """Return the standard deviation as a share of the mean; NaN of fewer than two."""
    known = np.array([value for value in values if np.isfinite(value)])
    return float(known.std(ddof=1) / known.mean()) if len(known) > 1 else _UNKNOWN


@lru_cache(maxsize=32)  # another limit changes nothing here
def _find_fading(full: tuple[RepReport, ...]) -> tuple[Fading, ...]:
    """Find what gets less from rep to rep, by more than is worth a word and beyond chance.

    Kendall's rank correlation says whether it is steady, Theil and Sen's slope by how much: neither
    minds a single odd rep.
    """
    followed = {
        "range": [one.range_share for one in full],
        "speed": [one.speed for one in full],
        "symmetry": [-abs(one.left_right) for one in full],
    }
    fading = []
    for what, values in followed.items():
        known = np.isfinite(values)
        if known.sum() < _FEWEST:
            continue
        numbers, values = np.flatnonzero(known), np.array(values)[known]
        if np.ptp(values) == 0:
            continue
        found = _measure_trend(what, numbers, values)
        if found.p_value < _CHANCE and found.change <= -_LEAST_CHANGE[what]:
            fading.append(found)
    return tuple(fading)


def _measure_trend(what: str, numbers: np.ndarray, values: np.ndarray) -> Fading:
    """Measure how something changes from the first rep to the last."""
    from scipy.stats import kendalltau, theilslopes  # late: SciPy takes its time to import

    slope, intercept, low, high = theilslopes(values, numbers)
    start = intercept + slope * numbers[0]
    # Symmetry is a share already; a range and a speed are compared with their first value.
    scale = (numbers[-1] - numbers[0]) / (1.0 if what == "symmetry" else start)
    p_value = kendalltau(numbers, values, alternative="less").pvalue
    return Fading(what, *(float(x * scale) for x in (slope, low, high)), float(p_value))
