"""The form of reps: every rule, applied to every rep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gym.exercises import Exercise, FormRule
from gym.form.measures import MEASURES, Body
from gym.form.measures.deciding import Part, find_frames, find_part
from gym.form.verdicts import find, find_nothing, limits_of
from gym.schema import Finding, FormReport, PoseSequence, Reason, Rep, RepKind, Signals, Verdict
from gym.sets import NEW_SET_S


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
    by_rule = [
        _judge_reps(rule, limits.get(rule.code), body, poses.time_s, reps, signals.view.label)
        for rule in exercise.rules
    ]
    findings = tuple(zip(*by_rule, strict=True))
    return FormReport(
        findings,
        _share_frames(poses.time_s, reps, findings, exercise.rules),
        sum(
            any(
                finding.verdict is Verdict.FAIL and rule.measures_depth
                for rule, finding in zip(exercise.rules, found, strict=True)
            )
            for rep, found in zip(reps, findings, strict=True)
            if rep.kind is RepKind.FULL
        ),
        _choose_cue(reps, findings),
    )


def _judge_reps(
    rule: FormRule,
    own_limit: float | None,
    body: Body,
    time_s: np.ndarray,
    reps: Sequence[Rep],
    view: str,
) -> list[Finding]:
    """Apply one rule to every rep."""
    limits, measure = limits_of(rule, own_limit), MEASURES[rule.measure]
    nothing = find_nothing(rule, limits[0])
    if view not in rule.views:
        return [nothing] * len(reps)
    of_frames = measure.of_frames(body).reshape(len(time_s), -1)
    told = np.array(
        [
            _measure_rep(rule, of_frames, time_s, rep, before, after)
            for before, rep, after in zip([None, *reps], reps, [*reps[1:], None], strict=False)
        ]
    )
    values = told[:, 0]
    if measure.in_set:
        alone, values = values, np.full(len(reps), np.nan)
        for one in _part_sets(reps):
            values[one] = measure.in_set(alone[one])
    return [
        nothing if np.isnan(value) else find(rule, float(value), limits, float(at_s))
        for value, at_s in zip(values, told[:, 1], strict=True)
    ]


def _measure_rep(
    rule: FormRule,
    of_frames: np.ndarray,
    time_s: np.ndarray,
    rep: Rep,
    before: Rep | None,
    after: Rep | None,
) -> tuple[float, float]:
    """Return what a rule says of one rep, and when that shows: NaN where too little of it was seen."""
    unknown = float("nan"), float("nan")
    if (rule.measures_depth and rep.kind is RepKind.PARTIAL) or rep.reason in (
        Reason.OTHER_MOVEMENT,
        Reason.LIMBS_UNSEEN,
    ):
        return unknown
    measure = MEASURES[rule.measure]

    def see(part: Part) -> np.ndarray:
        """Return the frames of a part; none where most of them were not seen."""
        frames = find_frames(time_s, find_part(part, rep, before, after))
        known = frames[np.isfinite(of_frames[frames]).all(axis=1)]
        return known if len(known) >= max(1, 0.5 * len(frames)) else known[:0]

    frames = see(measure.part)
    since = see(measure.since) if measure.since else frames
    if not len(frames) or not len(since):
        return unknown
    values = of_frames[frames]
    if measure.since:
        values = values - np.median(of_frames[since], axis=0)
    values = values.min(axis=1)
    value = measure.choose(time_s[frames], values)
    shown_s = float(time_s[frames[np.argmin(np.abs(values - value))]])
    return value, min(max(shown_s, rep.start_s), rep.end_s)


def _part_sets(reps: Sequence[Rep]) -> list[list[int]]:
    """Part the whole reps where the athlete rested: their places, set by set."""
    sets: list[list[int]] = []
    last_s = -np.inf
    for place, rep in enumerate(reps):
        if rep.kind is RepKind.FULL:
            if rep.start_s - last_s > NEW_SET_S:
                sets.append([])
            sets[-1].append(place)
            last_s = rep.end_s
    return sets


def _share_frames(
    time_s: np.ndarray,
    reps: Sequence[Rep],
    findings: Sequence[tuple[Finding, ...]],
    rules: Sequence[FormRule],
) -> dict[str, float]:
    """Return the share of judgeable frames inside full reps with good posture and each fault.

    Judgeable are those of reps in which every rule with a share was judged. The faults of other rules
    are told as well, where there are any: no frame with one is good.
    """
    sharing = [rule.code for rule in rules if rule.in_frame_share]
    names = [
        name
        for rule in rules
        if rule.in_frame_share
        for name in (rule.fault, rule.fault_below)
        if name
    ]
    frames = dict.fromkeys(["good", *names], 0)
    for rep, found in zip(reps, findings, strict=True):
        unseen = {finding.code for finding in found if finding.verdict is Verdict.UNSEEN}
        if rep.kind is RepKind.PARTIAL or unseen & {*sharing}:
            continue
        inside = int(((time_s >= rep.start_s) & (time_s <= rep.end_s)).sum())
        faults = [
            rule.fault_below if rule.fault_below and finding.value < 0 else rule.fault
            for rule, finding in zip(rules, found, strict=True)
            if finding.verdict is Verdict.FAIL and not rule.measures_depth
        ]
        for name in faults or ["good"]:
            frames[name] = frames.get(name, 0) + inside
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
