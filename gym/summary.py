"""Figures of a whole set: tempo, depth, evenness, time under tension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gym.exercises import EXERCISES, FormRule
from gym.schema import Finding, Hold, Rep, RepKind, Verdict, Workout

_GRAVITY = (Verdict.FAIL, Verdict.BORDERLINE, Verdict.PASS)


@dataclass(frozen=True)
class SetSummary:
    """The figures of a set; NaN where there are too few reps (a spread needs two).

    Attributes
    ----------
    full, partial, clean : int
        Whole reps, partial reps, and clean reps: whole reps in which no rule failed and at least one
        could be judged.
    out_s, back_s : float
        Median seconds from rest to the turn, and back, over whole reps.
    tempo_spread : float
        Standard deviation of the time a whole rep takes, as a share of its mean.
    tension_s : float
        Seconds spent inside reps, partial ones included.
    shallowest, deepest : float
        The range of the depth rule's values over whole reps, in ``depth_unit``.
    depth_spread : float
        Standard deviation of those values, in ``depth_unit``.
    depth_name, depth_unit : str
        The rule's; empty where depth was not measured.
    """

    full: int
    partial: int
    clean: int
    out_s: float
    back_s: float
    tempo_spread: float
    tension_s: float
    shallowest: float
    deepest: float
    depth_spread: float
    depth_name: str
    depth_unit: str


def find_depth_rule(label: str) -> FormRule | None:
    """Return the rule about how deep an exercise's reps go; None where there is none."""
    rules = EXERCISES[label].rules if label in EXERCISES else ()
    return next((rule for rule in rules if rule.measures_depth), None)


def overall_verdict(findings: Sequence[Finding]) -> Verdict:
    """Return the worst verdict among a rep's findings; UNSEEN if none could be judged."""
    given = {finding.verdict for finding in findings}
    return next((verdict for verdict in _GRAVITY if verdict in given), Verdict.UNSEEN)


def main_finding(findings: Sequence[Finding]) -> Finding | None:
    """Return the finding that decides a rep's verdict: the first of the worst, or None."""
    verdict = overall_verdict(findings)
    return next((finding for finding in findings if finding.verdict is verdict), None)


def pair_reps(workout: Workout) -> tuple[tuple[Rep, tuple[Finding, ...]], ...]:
    """Pair each rep of the chosen counter, partial ones included, with its findings."""
    findings = workout.form.findings or ((),) * len(workout.reps)
    return tuple(zip(workout.reps, findings, strict=True))


def find_best_rep(workout: Workout) -> int | None:
    """Return the index of the best whole rep among ``workout.reps``; None where there is none.

    The best has no fault in what could be judged: none is borderline if any is better. Of several the
    one with the largest range of motion is the best, or the first where that was not measured: the range
    of the exercise's signal, as in `CoachReport`; without that report the rule on depth tells it.
    """
    shares = [one.range_share for one in workout.report.reps]
    rule = find_depth_rule(workout.exercise.label)
    sign = -1.0 if rule and rule.limits[0] < rule.limits[1] else 1.0
    ranked = []
    for index, (rep, found) in enumerate(pair_reps(workout)):
        verdict = overall_verdict(found)
        if rep.kind is not RepKind.FULL or verdict not in (Verdict.PASS, Verdict.BORDERLINE):
            continue
        ranges = [sign * f.value for f in found if rule and f.code == rule.code]
        reach = shares[index] if shares else (ranges or [np.nan])[0]
        known = reach if np.isfinite(reach) else -np.inf
        ranked.append((verdict is Verdict.PASS, known, -index))
    return -max(ranked)[2] if ranked else None


def kept_share(holds: Sequence[Hold]) -> float:
    """Return the share of the time held, 0..1, within the limit of the rule that was kept least.

    Of several holds the longer weighs more; one that could not be judged is left out. NaN where none
    could.
    """
    kept = [
        (hold.seconds, min(shares))
        for hold in holds
        if (shares := [f.kept_share for f in hold.findings if np.isfinite(f.kept_share)])
    ]
    total_s = sum(seconds for seconds, _ in kept)
    return sum(seconds * share for seconds, share in kept) / total_s if total_s else float("nan")


def summarise_set(workout: Workout) -> SetSummary:
    """Summarise the chosen counter's reps and their findings."""
    pairs = [(rep, found) for rep, found in pair_reps(workout) if rep.kind is RepKind.FULL]
    reps = [rep for rep, _ in pairs]
    rule = find_depth_rule(workout.exercise.label)
    depths = [f for _, found in pairs for f in found if rule and f.code == rule.code]
    depth = np.array([f.value for f in depths], dtype=float)
    depth = depth[np.isfinite(depth)]
    length_s = np.array([rep.end_s - rep.start_s for rep in reps])
    clean = (Verdict.PASS, Verdict.BORDERLINE)
    return SetSummary(
        full=len(reps),
        partial=len(workout.reps) - len(reps),
        clean=sum(overall_verdict(found) in clean for _, found in pairs),
        out_s=_median([rep.bottom_s - rep.start_s for rep in reps]),
        back_s=_median([rep.end_s - rep.bottom_s for rep in reps]),
        tempo_spread=_spread(length_s) / float(length_s.mean()) if len(reps) else float("nan"),
        tension_s=float(sum(rep.end_s - rep.start_s for rep in workout.reps)),
        shallowest=float(depth.min()) if len(depth) else float("nan"),
        deepest=float(depth.max()) if len(depth) else float("nan"),
        depth_spread=_spread(depth),
        depth_name=rule.name if len(depth) else "",
        depth_unit=depths[0].unit if len(depth) else "",
    )


def _median(values: Sequence[float]) -> float:
    """Median, or NaN of nothing."""
    return float(np.median(values)) if len(values) else float("nan")


def _spread(values: np.ndarray) -> float:
    """Sample standard deviation, or NaN of fewer than two."""
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")
