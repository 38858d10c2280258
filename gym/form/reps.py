"""The form of reps: every rule, applied to every rep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gym.exercises import Exercise, FormRule
from gym.form.measures import MEASURES
from gym.form.measures.body import look_at
from gym.form.measures.deciding import Part, find_frames, find_part
from gym.form.verdicts import find, find_nothing, limits_of
from gym.kept import kept_with_poses
from gym.schema import Finding, FormReport, PoseSequence, Reason, Rep, RepKind, Unseen, Verdict

#: A rest this long begins another set: people turn, and move the camera. And so much around a set
#: belongs to it.
SET_GAP_S, AROUND_S = 15.0, 1.0


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
            any(
                finding.verdict is Verdict.FAIL and rule.measures_depth
                for rule, finding in zip(exercise.rules, found, strict=True)
            )
            for rep, found in zip(reps, findings, strict=True)
            if rep.kind is RepKind.FULL
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
    looks = look_at(poses, reps, exercise)
    values = [
        [MEASURES[rule.measure].of_frames(one).reshape(len(poses), -1) for one in looks]
        if looks[0].viewpoint.view.label in rule.views
        else []
        for rule in exercise.rules
    ]
    by_rule = [
        _measure_rule(rule, reps, poses.time_s, looks)
        for rule, looks in zip(exercise.rules, values, strict=True)
    ]
    yield from zip(*by_rule, strict=True)


def _measure_rule(
    rule: FormRule, reps: Sequence[Rep], time_s: np.ndarray, looks: Sequence[np.ndarray]
) -> list[Measured]:
    """Measure what one rule is about in the reps of a set, seen once as it is, then as it might be."""
    neighbours = zip([None, *reps], [*reps[1:], None], strict=False)
    told = [
        _measure_rep(rule, rep, around, time_s, looks)
        for rep, around in zip(reps, neighbours, strict=True)
    ]
    values = np.array([[np.nan] * max(1, len(looks)) if why else v for why, v, _ in told])
    if (in_set := MEASURES[rule.measure].in_set) is not None:
        alone, values = values, np.full_like(values, np.nan)
        whole = [rep.kind is RepKind.FULL for rep in reps]
        values[whole] = np.apply_along_axis(in_set, 0, alone[whole]) if any(whole) else np.nan
    # Where only the size counts, one that another look finds on the other side is as sure as its size.
    size = np.abs(values) if rule.fault_below else values
    off = np.sqrt(np.mean(np.square(size[:, 1:] - size[:, :1]), axis=1)) if looks else size[:, 0]
    return [
        Measured(why or Unseen.PARTIAL)
        if np.isnan(value)
        else Measured(None, float(value), at_s, float(uncertainty))
        for (why, _, at_s), value, uncertainty in zip(told, values[:, 0], off, strict=True)
    ]


def _measure_rep(
    rule: FormRule,
    rep: Rep,
    around: tuple[Rep | None, Rep | None],
    time_s: np.ndarray,
    looks: Sequence[np.ndarray],
) -> tuple[Unseen | None, list[float], float]:
    """Measure what one rule is about in one rep: why not, or each look's value and when it shows."""
    unknown: list[float] = [float("nan")] * len(looks)
    if (rule.measures_depth and rep.kind is RepKind.PARTIAL) or rep.reason is Reason.OTHER_MOVEMENT:
        return Unseen.PARTIAL, unknown, float("nan")
    if not looks:
        return Unseen.VIEW, unknown, float("nan")
    measure = MEASURES[rule.measure]

    def see(part: Part, share: float = 0.5) -> np.ndarray:
        """Return the frames of a part; none where less than a share of them was seen."""
        frames = find_frames(time_s, find_part(part, rep, *around))
        known = frames[np.isfinite(looks[0][frames]).all(axis=1)]
        return known if len(known) >= max(1, share * len(frames)) else known[:0]

    frames = see(measure.part)
    since = see(measure.since) if measure.since else frames
    # A turn that was half seen is as far as it was seen, and no further: it looks too shallow.
    decides = see(Part.TURN, 0.75) if measure.needs_turn else frames
    seen = len(frames) and len(since) and len(decides) and len(see(Part.WHOLE))
    if rep.reason is Reason.LIMBS_UNSEEN or not seen:
        return Unseen.JOINTS, unknown, float("nan")
    shown = [
        one[frames] - (np.median(one[since], axis=0) if measure.since else 0.0) for one in looks
    ]
    chosen = np.array([[measure.choose(time_s[frames], one) for one in each.T] for each in shown])
    values = chosen.min(axis=1).tolist()
    least = chosen[0].argmin()
    shown_s = float(time_s[frames[np.argmin(np.abs(shown[0][:, least] - chosen[0, least]))]])
    return None, values, min(max(shown_s, rep.start_s), rep.end_s)


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
