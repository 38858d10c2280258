"""Form: every rule of the exercise, applied to every rep, or to a hold from its beginning to its end.

What was not seen (NaN) and camera views that do not show what is measured give the verdict "not
judgeable".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from gym.exercises import Exercise, FormRule
from gym.exercises.measures import MEASURES, Body
from gym.features import estimate_view, find_near_side
from gym.schema import (
    Finding,
    FormReport,
    Hold,
    PoseSequence,
    Reason,
    Rep,
    RepKind,
    Signals,
    Verdict,
)

MOMENT_S = 1.0  #: what lasts no longer is a wobble, and no fault of a hold
_DRIFT_S = 5.0  # of a shorter hold nobody can say that it got worse


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
    pass_limit, fail_limit = _limits_of(rule, own_limit)
    inside = np.flatnonzero((time_s >= rep.start_s) & (time_s <= rep.end_s))
    known = inside[np.isfinite(values[inside])]
    partial_depth = rule.measures_depth and rep.kind is RepKind.PARTIAL
    if (
        signals.view.label not in rule.views
        or partial_depth
        or rep.reason in (Reason.OTHER_MOVEMENT, Reason.LIMBS_UNSEEN)
        or len(known) < max(1, 0.5 * len(inside))
    ):
        return _find_nothing(rule, pass_limit)
    value = MEASURES[rule.measure].choose(values[known])
    shown_by = known[np.argmin(np.abs(values[known] - value))]
    return _find(rule, value, (pass_limit, fail_limit), float(time_s[shown_by]))


def judge_holds(
    poses: PoseSequence,
    holds: Sequence[Hold],
    exercise: Exercise,
    limits: Mapping[str, float],
) -> tuple[tuple[Hold, ...], FormReport]:
    """Apply every rule of an exercise to every hold of it.

    A rule's value is the worst that lasted for a moment, a second, so that no wobble decides. The view
    is that of the hold: before it people stand otherwise.

    Parameters
    ----------
    poses : PoseSequence
    holds : sequence of Hold
    exercise : Exercise
    limits : mapping of rule code to number
        As for `judge_form`.

    Returns
    -------
    holds : tuple of Hold
        With their findings, one for each rule.
    FormReport
        ``frame_share`` assigns every judgeable frame to the faults that it shows, or to "good".
    """
    judged, frames = [], Counter()
    for hold in holds:
        part = _cut_hold(poses, hold)
        view, body = estimate_view(part).label, Body(part, find_near_side(part))
        findings, faulty, known = [], {}, np.zeros(len(part), dtype=bool)
        for rule in exercise.rules:
            rule_limits = _limits_of(rule, limits.get(rule.code))
            values = _measure(part, view, body, rule)
            findings.append(_judge_hold(rule, rule_limits, part.time_s, values))
            if findings[-1].verdict is not Verdict.UNSEEN:
                faulty |= _find_faults(rule, values, rule_limits)
                known |= np.isfinite(values)
        judged.append(replace(hold, findings=tuple(findings)))
        if faulty:
            good = known & ~np.any(list(faulty.values()), axis=0)
            frames.update(
                {name: int(is_so.sum()) for name, is_so in ({"good": good} | faulty).items()}
            )
    total = frames.total()
    share = {name: n / total for name, n in frames.items()} if total else {}
    cues = [(hold.seconds, f) for hold in judged for f in hold.findings if f.cue]
    # The longest hold's fail says most, before any borderline.
    cues.sort(key=lambda pair: (pair[1].verdict is Verdict.FAIL, pair[0]), reverse=True)
    return tuple(judged), FormReport((), share, 0, cues[0][1].cue if cues else "")


def follow_rule(poses: PoseSequence, hold: Hold, rule: FormRule) -> tuple[np.ndarray, np.ndarray]:
    """Measure what a rule is about for as long as a hold lasts.

    Returns
    -------
    time_s, value : float64 (n,)
        Of the frames inside the hold, in the rule's unit; NaN where unseen, and everywhere in a view
        that does not show it.
    """
    part = _cut_hold(poses, hold)
    return part.time_s, _measure(part, estimate_view(part).label, None, rule)


def _cut_hold(poses: PoseSequence, hold: Hold) -> PoseSequence:
    """Return the poses of a hold alone."""
    inside = (poses.time_s >= hold.start_s) & (poses.time_s <= hold.end_s)
    arrays = ("time_s", "xy_px", "xyz_m", "visibility")
    return replace(poses, **{name: getattr(poses, name)[inside] for name in arrays}, others=None)


def _measure(part: PoseSequence, view: str, body: Body | None, rule: FormRule) -> np.ndarray:
    """Measure what a rule is about in every frame: (n,), NaN in a view that does not show it."""
    if view not in rule.views:
        return np.full(len(part), np.nan)
    return MEASURES[rule.measure].of_frames(body or Body(part, find_near_side(part)))


def _judge_hold(
    rule: FormRule, limits: tuple[float, float], time_s: np.ndarray, values: np.ndarray
) -> Finding:
    """Apply one rule to one hold.

    Its first and last half a moment decide nothing: there the athlete settles, or is about to get up.
    """
    known = np.isfinite(values)
    if known.sum() < max(1, 0.5 * len(values)):
        return _find_nothing(rule, limits[0])
    time_s, values = time_s[known], values[known]
    lasting = _last_a_moment(time_s, values)
    whole = (time_s >= time_s[0] + MOMENT_S / 2) & (time_s <= time_s[-1] - MOMENT_S / 2)
    inside = np.flatnonzero(whole) if whole.any() else np.arange(len(time_s))
    worst = int(inside[np.argmax(_badness(rule, lasting[inside], limits))])
    bad = _badness(rule, values, limits)
    kept = float(np.mean(bad <= _badness(rule, np.array(limits[0]), limits)))
    length_s = time_s[-1] - time_s[0]
    early = bad[time_s <= time_s[0] + length_s / 5]
    late = bad[time_s >= time_s[-1] - length_s / 5]
    drift = float(np.median(late) - np.median(early)) if length_s >= _DRIFT_S else float("nan")
    found = _find(rule, float(lasting[worst]), limits, float(time_s[worst]))
    return replace(found, kept_share=kept, drift=drift)


def _badness(rule: FormRule, values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Return values so that more is worse."""
    if rule.fault_below:
        return np.abs(values)
    return -values if limits[0] > limits[1] else values


def _last_a_moment(time_s: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the median over the moment around each frame: (n,); at the ends over half of it."""
    first = np.searchsorted(time_s, time_s - MOMENT_S / 2)
    end = np.searchsorted(time_s, time_s + MOMENT_S / 2, side="right")
    return np.array([np.median(values[a:b]) for a, b in zip(first, end, strict=True)])


def _find_faults(
    rule: FormRule, values: np.ndarray, limits: tuple[float, float]
) -> dict[str, np.ndarray]:
    """Tell in which frames a rule fails, by the name of the fault: bool (n,) each."""
    wrong = _badness(rule, values, limits) > _badness(rule, np.array(limits[1]), limits)
    if not rule.fault_below:
        return {rule.fault: wrong}
    return {rule.fault: wrong & (values > 0), rule.fault_below: wrong & (values < 0)}


def _limits_of(rule: FormRule, own_limit: float | None) -> tuple[float, float]:
    """Return a rule's limits, moved to the user's own pass limit where there is one."""
    pass_limit, fail_limit = rule.limits
    if own_limit is None:
        return pass_limit, fail_limit
    return own_limit, own_limit + fail_limit - pass_limit


def _find_nothing(rule: FormRule, pass_limit: float) -> Finding:
    """Return the finding of a rule that cannot be judged."""
    return Finding(
        rule.code, rule.name, Verdict.UNSEEN, float("nan"), rule.unit, pass_limit, "", rule.why
    )


def _find(rule: FormRule, value: float, limits: tuple[float, float], time_s: float) -> Finding:
    """Compare a rule's value with its limits."""
    below = bool(rule.fault_below) and value < 0
    verdict = _compare(abs(value) if rule.fault_below else value, *limits)
    cue = (rule.cue_below if below else rule.cue) if verdict is not Verdict.PASS else ""
    return Finding(
        code=rule.code,
        name=rule.name,
        verdict=verdict,
        value=value,
        unit=rule.unit,
        limit=-limits[0] if below else limits[0],
        cue=cue,
        why=rule.why,
        time_s=time_s,
    )


def _compare(value: float, pass_limit: float, fail_limit: float) -> Verdict:
    """Compare a value with the limits; if the pass limit is the larger one, more is better."""
    sign = 1.0 if pass_limit > fail_limit else -1.0
    if sign * value >= sign * pass_limit:
        return Verdict.PASS
    return Verdict.BORDERLINE if sign * value >= sign * fail_limit else Verdict.FAIL


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
