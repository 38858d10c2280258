"""The form of reps: every rule, applied to every rep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gym.exercises import Exercise, FormRule
from gym.form.measures import MEASURES, Body
from gym.form.verdicts import find, find_nothing, limits_of
from gym.schema import Finding, FormReport, PoseSequence, Reason, Rep, RepKind, Signals, Verdict


def judge_form(
    poses: PoseSequence,
    signals: Signals,
    reps: Sequence[Rep],
    exercise: Exercise | None,
    limits: Mapping[str, float],
) -> FormReport:
    """Apply every rule of an exercise to every rep.

    Parameters
    ----------
    poses, signals
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
    body = Body(poses, signals.near_side, exercise.signal)
    values = {rule.code: MEASURES[rule.measure].of_frames(body) for rule in exercise.rules}
    findings = tuple(
        tuple(
            _judge_rep(rule, limits.get(rule.code), values[rule.code], poses.time_s, rep, signals)
            for rule in exercise.rules
        )
        for rep in reps
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


def _judge_rep(
    rule: FormRule,
    own_limit: float | None,
    values: np.ndarray,
    time_s: np.ndarray,
    rep: Rep,
    signals: Signals,
) -> Finding:
    """Apply one rule to one rep."""
    pass_limit, fail_limit = limits_of(rule, own_limit)
    inside = np.flatnonzero((time_s >= rep.start_s) & (time_s <= rep.end_s))
    known = inside[np.isfinite(values[inside])]
    partial_depth = rule.measures_depth and rep.kind is RepKind.PARTIAL
    if (
        signals.view.label not in rule.views
        or partial_depth
        or rep.reason in (Reason.OTHER_MOVEMENT, Reason.LIMBS_UNSEEN)
        or len(known) < max(1, 0.5 * len(inside))
    ):
        return find_nothing(rule, pass_limit)
    value = MEASURES[rule.measure].choose(values[known])
    shown_by = known[np.argmin(np.abs(values[known] - value))]
    return find(rule, value, (pass_limit, fail_limit), float(time_s[shown_by]))


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
