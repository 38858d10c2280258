"""Form: every rule of the exercise, applied to every rep.

A measure is a number in each frame that does not depend on body size. It also defines which frames
of a rep decide: the lowest, the worst, or most of them. Unseen joints (NaN) give NaN measures. These,
and camera views that do not show what is measured, give the verdict "not judgeable".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gym.exercises import Exercise, FormRule
from gym.features import SEEN_VISIBILITY
from gym.schema import (
    LIMBS_UNSEEN,
    OTHER_MOVEMENT,
    Finding,
    FormReport,
    PoseSequence,
    Rep,
    RepKind,
    Signals,
    Verdict,
)
from gym.skeleton import SIDES, joint_index
from gym.smoothing import smooth

_PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


class Body:
    """The smoothed joints of a sequence, in the image and in space.

    Attributes
    ----------
    near : dict of part to float64 (T, 2)
        The near side's joints in px, y down; NaN where unseen.
    """

    def __init__(self, poses: PoseSequence, near_side: str) -> None:
        far_side = next(side for side in SIDES if side != near_side)
        both = np.concatenate([poses.xy_px, poses.xyz_m], axis=-1).astype(float)
        both[poses.visibility < SEEN_VISIBILITY] = np.nan
        order = [joint_index(f"{side}_{part}") for side in (near_side, far_side) for part in _PARTS]
        flat = both[:, order].reshape(len(poses), len(order) * 5)
        smoothed = smooth(poses.time_s, flat).reshape(len(poses), 2, len(_PARTS), 5)
        self._near, self._far = (
            {part: smoothed[:, side, k] for k, part in enumerate(_PARTS)} for side in (0, 1)
        )
        self.near = {part: path[:, :2] for part, path in self._near.items()}

    def limb_px(self, lower: str, upper: str) -> np.ndarray:
        """Return a limb from one joint to another, the mean of both sides: (T, 2) px, y down.

        The near side alone where an end of the far one is unseen; NaN where the near one is.
        """
        return self._limb(lower, upper)[:, :2]

    def limb_m(self, lower: str, upper: str) -> np.ndarray:
        """Return a limb as `limb_px` does, in space: (T, 3) m, y down."""
        return self._limb(lower, upper)[:, 2:]

    def _limb(self, lower: str, upper: str) -> np.ndarray:
        """Return the mean of the two limbs, not of single joints: a limb with one end from one side
        and the other end from both would lean sideways."""
        near, far = (side[upper] - side[lower] for side in (self._near, self._far))
        return np.where(np.isnan(far), near, (near + far) / 2)


def _length(path: np.ndarray) -> float:
    """Return a limb's length, as measured when it is at right angles to the line of sight."""
    lengths = np.linalg.norm(path, axis=-1)
    return float(np.nanpercentile(lengths, 90)) if np.isfinite(lengths).any() else float("nan")


def _tilt_deg(path: np.ndarray) -> np.ndarray:
    """Return a limb's angle from the vertical in space, from (T, 3) upwards vectors, y down."""
    return np.degrees(np.arctan2(np.hypot(path[:, 0], path[:, 2]), -path[:, 1]))


def measure_squat_depth(body: Body) -> np.ndarray:
    """Hip below knee, in thigh lengths: 0 level, positive deeper; (T,)."""
    thigh = body.limb_px("knee", "hip")
    return thigh[:, 1] / _length(thigh)


def measure_squat_lean(body: Body) -> np.ndarray:
    """Trunk beyond the shin's tilt, or beyond 25° from upright, whichever is less; degrees, (T,)."""
    trunk = _tilt_deg(body.limb_m("hip", "shoulder"))
    shin = _tilt_deg(body.limb_m("ankle", "knee"))
    return np.minimum(trunk - shin, trunk - 25.0)


def measure_push_up_depth(body: Body) -> np.ndarray:
    """Shoulder below elbow, in upper-arm lengths: 0 level, positive deeper; (T,)."""
    upper_arm = body.near["shoulder"] - body.near["elbow"]
    return upper_arm[:, 1] / _length(upper_arm)


def measure_push_up_line(body: Body) -> np.ndarray:
    """Hip off the shoulder-ankle line, in body lengths: + piked or rounded, - sagging; (T,)."""
    along = body.near["ankle"] - body.near["shoulder"]
    hip = body.near["hip"] - body.near["shoulder"]
    below = (along[:, 0] * hip[:, 1] - along[:, 1] * hip[:, 0]) * np.sign(along[:, 0])
    with np.errstate(invalid="ignore", divide="ignore"):
        return -below / np.square(along).sum(axis=1)


@dataclass(frozen=True)
class Measure:
    """A number in each frame, and how the values in a rep (at least one) become one value."""

    of_frames: Callable[[Body], np.ndarray]
    choose: Callable[[np.ndarray], float]


def _most(values: np.ndarray) -> float:
    """Return the highest value, ignoring single outliers."""
    return float(np.percentile(values, 97))


def _middle(values: np.ndarray) -> float:
    """Return what holds for most of the rep."""
    return float(np.median(values))


MEASURES: dict[str, Measure] = {
    "squat_depth": Measure(measure_squat_depth, _most),
    "squat_lean": Measure(measure_squat_lean, _most),
    "push_up_depth": Measure(measure_push_up_depth, _most),
    "push_up_line": Measure(measure_push_up_line, _middle),
}


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
    body = Body(poses, signals.near_side)
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
            finding.verdict is Verdict.FAIL and rule.fault == "shallow"
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
    pass_limit, fail_limit = rule.limits
    if own_limit is not None:
        pass_limit, fail_limit = own_limit, own_limit + fail_limit - pass_limit
    inside = np.flatnonzero((time_s >= rep.start_s) & (time_s <= rep.end_s))
    known = inside[np.isfinite(values[inside])]
    partial_depth = rule.fault == "shallow" and rep.kind is RepKind.PARTIAL
    if (
        signals.view.label not in rule.views
        or partial_depth
        or rep.reason in (OTHER_MOVEMENT, LIMBS_UNSEEN)
        or len(known) < max(1, 0.5 * len(inside))
    ):
        return Finding(
            rule.code, rule.name, Verdict.UNSEEN, float("nan"), rule.unit, pass_limit, "", rule.why
        )
    value = MEASURES[rule.measure].choose(values[known])
    below = bool(rule.fault_below) and value < 0
    verdict = _compare(abs(value) if rule.fault_below else value, pass_limit, fail_limit)
    cue = (rule.cue_below if below else rule.cue) if verdict is not Verdict.PASS else ""
    shown_by = known[np.argmin(np.abs(values[known] - value))]
    return Finding(
        code=rule.code,
        name=rule.name,
        verdict=verdict,
        value=value,
        unit=rule.unit,
        limit=-pass_limit if below else pass_limit,
        cue=cue,
        why=rule.why,
        time_s=float(time_s[shown_by]),
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
    posture = [rule for rule in rules if rule.fault != "shallow"]
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
