"""The form of reps: every rule, applied to every rep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gym.exercises import Exercise, FormRule
from gym.form.camera import estimate_viewpoint
from gym.form.measures import MEASURES, Body
from gym.form.verdicts import find, find_nothing, limits_of
from gym.kept import kept_with_poses
from gym.schema import Finding, FormReport, PoseSequence, Reason, Rep, RepKind, Unseen, Verdict

#: A rest this long begins another set: people turn, and move the camera. And so much around a set
#: belongs to it.
SET_GAP_S, AROUND_S = 15.0, 1.0
_LOOKS = 8  #: how often a body is disturbed to find how far a value may be off


@dataclass(frozen=True)
class Measured:
    """What a rule is about in one rep: its value, when the rep showed it, and how far it may be off.

    All NaN where it cannot be told, for the reason given.
    """

    unseen: Unseen | None = None
    value: float = float("nan")
    time_s: float = float("nan")
    uncertainty: float = float("nan")


def judge_form(
    poses: PoseSequence,
    reps: Sequence[Rep],
    exercise: Exercise | None,
    limits: Mapping[str, float],
) -> FormReport:
    """Apply every rule of an exercise to every rep.

    Parameters
    ----------
    poses : PoseSequence
    reps : sequence of Rep
        Partial reps are judged too, except for depth, which they lack by definition.
    exercise : Exercise or None
        None (no known exercise) gives an empty report.
    limits : mapping of rule code to number
        The user's own pass limits; the fail limit moves along with it.

    Returns
    -------
    FormReport
        ``frame_share`` assigns every frame inside a full rep to that rep's posture faults, or to
        "good"; frames of a rep whose posture is not judgeable are left out.
    """
    if exercise is None or not reps:
        return FormReport(tuple(() for _ in reps))
    findings = tuple(
        tuple(
            _judge(rule, limits.get(rule.code), found)
            for rule, found in zip(exercise.rules, measured, strict=True)
        )
        for measured in measure_form(poses, tuple(reps), _without_limits(exercise))
    )
    return FormReport(
        findings,
        _share_frames(poses.time_s, reps, findings, exercise.rules),
        sum(
            finding.verdict is Verdict.FAIL and rule.measures_depth
            for rep, found in zip(reps, findings, strict=True)
            if rep.kind is RepKind.FULL
            for rule, finding in zip(exercise.rules, found, strict=True)
        ),
        _choose_cue(reps, findings),
    )


def _without_limits(exercise: Exercise) -> Exercise:
    """Return an exercise as far as it is measured: how strict its rules are makes no difference."""
    rules = (replace(rule, limits=(0.0, 0.0), source="") for rule in exercise.rules)
    return replace(exercise, rules=tuple(rules))


@kept_with_poses  # other limits only compare it again
def measure_form(
    poses: PoseSequence, reps: tuple[Rep, ...], exercise: Exercise
) -> tuple[tuple[Measured, ...], ...]:
    """Measure what every rule is about in every rep.

    Returns
    -------
    tuple (one per rep) of tuples (one per rule) of Measured
        From a view that does not show it: NaN.
    """
    return tuple(
        measured
        for some in part_sets(reps)
        for measured in _measure_set(_cut(poses, some), some, exercise)
    )


def part_sets(reps: Sequence[Rep]) -> list[list[Rep]]:
    """Part reps, in time order, where the athlete rested for longer than `SET_GAP_S`."""
    sets: list[list[Rep]] = []
    for rep in reps:
        if not sets or rep.start_s - sets[-1][-1].end_s > SET_GAP_S:
            sets.append([])
        sets[-1].append(rep)
    return sets


def _cut(poses: PoseSequence, reps: Sequence[Rep]) -> PoseSequence:
    """Return the poses of some reps, and of a little before and after."""
    from_s = min(rep.start_s for rep in reps) - AROUND_S
    until_s = max(rep.end_s for rep in reps) + AROUND_S
    return poses.cut(from_s, until_s)


def _measure_set(
    poses: PoseSequence, reps: Sequence[Rep], exercise: Exercise
) -> Iterator[tuple[Measured, ...]]:
    """Measure what every rule is about in the reps of one set."""
    viewpoint = estimate_viewpoint(poses, reps, exercise.start)
    body = Body(poses, viewpoint.near_side, exercise.signal, viewpoint)
    rng = np.random.default_rng(0)
    others = [body.disturbed(rng) for _ in range(_LOOKS)]
    values = [
        [MEASURES[rule.measure].of_frames(one) for one in (body, *others)]
        if viewpoint.view.label in rule.views
        else []
        for rule in exercise.rules
    ]
    for rep in reps:
        inside = (poses.time_s >= rep.start_s) & (poses.time_s <= rep.end_s)
        yield tuple(
            _measure_rep(rule, rep, poses.time_s[inside], [one[inside] for one in looks])
            for rule, looks in zip(exercise.rules, values, strict=True)
        )


def _measure_rep(
    rule: FormRule, rep: Rep, time_s: np.ndarray, looks: Sequence[np.ndarray]
) -> Measured:
    """Measure what one rule is about in one rep, seen once as it is and then as it might be."""
    if (rule.measures_depth and rep.kind is RepKind.PARTIAL) or rep.reason is Reason.OTHER_MOVEMENT:
        return Measured(Unseen.PARTIAL)
    if not looks:
        return Measured(Unseen.VIEW)
    known = np.flatnonzero(np.isfinite(looks[0]))
    if rep.reason is Reason.LIMBS_UNSEEN or len(known) < max(1, 0.5 * len(time_s)):
        return Measured(Unseen.JOINTS)
    choose = MEASURES[rule.measure].choose
    value, *others = (choose(one[known]) for one in looks)
    shown_by = known[np.argmin(np.abs(looks[0][known] - value))]
    off = np.asarray(others) - value
    uncertainty = float(np.sqrt(np.mean(np.square(off))))
    return Measured(None, value, float(time_s[shown_by]), uncertainty)


def _judge(rule: FormRule, own_limit: float | None, found: Measured) -> Finding:
    """Compare what was measured in one rep with the limits."""
    limits = limits_of(rule, own_limit)
    if found.unseen is not None:
        return find_nothing(rule, limits[0], found.unseen)
    return find(rule, found.value, limits, found.time_s, found.uncertainty)


def _share_frames(
    time_s: np.ndarray,
    reps: Sequence[Rep],
    findings: Sequence[tuple[Finding, ...]],
    rules: Sequence[FormRule],
) -> dict[str, float]:
    """Return the share of judgeable frames inside full reps with good posture and each fault."""
    posture = [rule for rule in rules if not rule.measures_depth]
    names = [name for rule in posture for name in (rule.fault, rule.fault_below) if name]
    frames = dict.fromkeys(["good", *names], 0)
    for rep, found in zip(reps, findings, strict=True):
        by_code = {finding.code: finding for finding in found}
        judged = [(rule, by_code[rule.code]) for rule in posture]
        if rep.kind is RepKind.PARTIAL or any(f.verdict is Verdict.UNSEEN for _, f in judged):
            continue
        inside = int(((time_s >= rep.start_s) & (time_s <= rep.end_s)).sum())
        faults = [
            rule.fault_below if rule.fault_below and finding.value < 0 else rule.fault
            for rule, finding in judged
            if finding.verdict is Verdict.FAIL
        ]
        for name in faults or ["good"]:
            frames[name] += inside
    total = sum(frames.values())
    return {name: n / total for name, n in frames.items()} if total else {}


def _choose_cue(reps: Sequence[Rep], findings: Sequence[tuple[Finding, ...]]) -> str:
    """Return the cue for what went wrong most often: a fail counts twice, a borderline once."""
    weights: dict[str, int] = {}
    for rep, found in zip(reps, findings, strict=True):
        for finding in found if rep.kind is RepKind.FULL else ():
            if finding.cue:
                weight = 2 if finding.verdict is Verdict.FAIL else 1
                weights[finding.cue] = weights.get(finding.cue, 0) + weight
    return max(weights, key=lambda cue: weights[cue]) if weights else ""
