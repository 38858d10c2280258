"""The form of holds: every rule, from the beginning of a hold to its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from gym.exercises import Exercise, FormRule
from gym.form.camera import estimate_viewpoint
from gym.form.measures import MEASURES, Body
from gym.form.measures.body import look_at
from gym.form.verdicts import badness, find, find_nothing, limits_of
from gym.schema import Finding, FormReport, Hold, PoseSequence, Unseen, Verdict

MOMENT_S = 1.0  #: what lasts no longer is a wobble, and no fault of a hold
_DRIFT_S = 5.0  # of a shorter hold nobody can say that it got worse


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
        part = poses.cut(hold.start_s, hold.end_s)
        looks = look_at(part, (), exercise)
        findings, faulty, known = [], {}, np.zeros(len(part), dtype=bool)
        for rule in exercise.rules:
            rule_limits = limits_of(rule, limits.get(rule.code))
            values, *others = (_measure(one, rule) for one in looks)
            findings.append(_judge_hold(rule, rule_limits, part.time_s, values, others))
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
    part = poses.cut(hold.start_s, hold.end_s)
    viewpoint = estimate_viewpoint(part)
    return part.time_s, _measure(Body(part, viewpoint.near_side, None, viewpoint), rule)


def _measure(body: Body, rule: FormRule) -> np.ndarray:
    """Measure what a rule is about in every frame: (n,), NaN in a view that does not show it."""
    values = MEASURES[rule.measure].of_frames(body)
    return values if body.viewpoint.view.label in rule.views else np.full(len(values), np.nan)


def _judge_hold(
    rule: FormRule,
    limits: tuple[float, float],
    time_s: np.ndarray,
    values: np.ndarray,
    others: Sequence[np.ndarray],
) -> Finding:
    """Apply one rule to one hold.

    Its first and last half a moment decide nothing: there the athlete settles, or is about to get up.
    """
    known = np.isfinite(values)
    if known.sum() < max(1, 0.5 * len(values)):
        return find_nothing(
            rule, limits[0], Unseen.VIEW if np.isnan(values).all() else Unseen.JOINTS
        )
    time_s, values = time_s[known], values[known]
    lasting = _last_a_moment(time_s, values)
    whole = (time_s >= time_s[0] + MOMENT_S / 2) & (time_s <= time_s[-1] - MOMENT_S / 2)
    inside = np.flatnonzero(whole) if whole.any() else np.arange(len(time_s))
    worst = int(inside[np.argmax(badness(rule, lasting[inside], limits))])
    bad = badness(rule, values, limits)
    kept = float(np.mean(bad <= badness(rule, np.array(limits[0]), limits)))
    length_s = time_s[-1] - time_s[0]
    early = bad[time_s <= time_s[0] + length_s / 5]
    late = bad[time_s >= time_s[-1] - length_s / 5]
    drift = float(np.median(late) - np.median(early)) if length_s >= _DRIFT_S else float("nan")
    off = [np.nanmedian(np.abs(other[known] - values)) for other in others]
    uncertainty = float(np.sqrt(np.mean(np.square(off))))
    found = find(rule, float(lasting[worst]), limits, float(time_s[worst]), uncertainty)
    return replace(found, kept_share=kept, drift=drift)


def _last_a_moment(time_s: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the median over the moment around each frame: (n,); at the ends over half of it."""
    first = np.searchsorted(time_s, time_s - MOMENT_S / 2)
    end = np.searchsorted(time_s, time_s + MOMENT_S / 2, side="right")
    return np.array([np.median(values[a:b]) for a, b in zip(first, end, strict=True)])


def _find_faults(
    rule: FormRule, values: np.ndarray, limits: tuple[float, float]
) -> dict[str, np.ndarray]:
    """Tell in which frames a rule fails, by the name of the fault: bool (n,) each."""
    wrong = badness(rule, values, limits) > badness(rule, np.array(limits[1]), limits)
    if not rule.fault_below:
        return {rule.fault: wrong}
    return {rule.fault: wrong & (values > 0), rule.fault_below: wrong & (values < 0)}
