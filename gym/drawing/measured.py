"""What a rule measured, drawn into the picture of the moment that decided, and said in words.

`DRAWINGS` has an entry for every measure of `gym.form.measures`: the marks it leaves in the picture, and
how its value is said.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gym.drawing.balance import BALANCE_DRAWINGS
from gym.drawing.limbs import (
    ALONG,
    UP,
    Body,
    Drawing,
    length_of,
    mark_bend,
    mark_corner,
    mark_levels,
    mark_swing,
    mark_tilt,
)
from gym.drawing.marks import Arc, Gap, Line, Mark, Tag
from gym.exercises import FormRule, Signal
from gym.features import SEEN_VISIBILITY
from gym.notes import say_value
from gym.schema import Finding, PoseSequence
from gym.smoothing import smooth

#: Knees carry the body if the shin lies: the knee is at most so much above the ankle, in shin lengths,
#: and the leg is bent there. In a push-up on the toes the knee is 0.35 higher; with raised feet it is
#: lower, but the leg is straight.
_LYING_SHIN, _STRAIGHT_KNEE_DEG = 0.15, 160.0
#: A trunk within this angle of upright never counts as a lean (see `gym.form.measures.legs`).
_UPRIGHT_DEG = 25.0


def say_measured(rule: FormRule, finding: Finding) -> tuple[str, str]:
    """Say what a rule measured, and where its limit is.

    Returns
    -------
    measured, limit : str
        Such as "Hips 0.12 thigh lengths above the knees" and "Limit: hips 0.05 thigh lengths above the
        knees". What was not seen says so, and has no limit.
    """
    if np.isnan(finding.value):
        return "It could not be seen", ""
    drawing = DRAWINGS[rule.measure]
    if rule.fault_below:
        limit = f"{say_value(abs(finding.limit), rule.unit)} to either side"
    else:
        words = drawing.say(finding.limit, rule.unit)
        limit = words[0].lower() + words[1:]
    least = not rule.fault_below and rule.limits[0] > rule.limits[1]
    return drawing.say(finding.value, rule.unit), f"Good {'from' if least else 'up to'}: {limit}"


def mark_measured(
    poses: PoseSequence,
    to_picture: Callable[[np.ndarray], np.ndarray],
    rule: FormRule,
    finding: Finding,
    inside: slice,
    near_side: str,
    signal: Signal | None = None,
) -> list[Mark]:
    """Return the marks of what a rule measured, at the moment that decided.

    Parameters
    ----------
    poses : PoseSequence
    to_picture : callable
        Turns points (..., 2) of the clip's frames into px of the picture.
    rule, finding
        The finding is the rule's, with a known ``time_s``.
    inside : slice
        The frames of the rep or the hold.
    near_side : {"left", "right"}
    signal : Signal, optional
        The exercise's; a taught one is measured by it.
    """
    path_px = to_picture(poses.xy_px[inside].astype(float))
    path_px[poses.visibility[inside] < SEEN_VISIBILITY] = np.nan
    flat = smooth(poses.time_s[inside], path_px.reshape(len(path_px), -1))  # as measures see them
    path_px = flat.reshape(path_px.shape)
    now = int(np.argmin(np.abs(poses.time_s[inside] - finding.time_s)))
    short = say_value(abs(finding.value), rule.unit).split(" ")[0]
    return DRAWINGS[rule.measure].marks(Body(path_px, now, near_side, signal), short)


def _mark_thigh_levels(body: Body, text: str) -> list[Mark]:
    hip, knee = body.middle("hip"), body.middle("knee")
    return [Line(hip, knee), *mark_levels(hip, knee, ("hips", "knees"), text)]


def _mark_front_thigh(body: Body, text: str) -> list[Mark]:
    drops = [body.of(side, "hip")[1] - body.of(side, "knee")[1] for side in body.sides]
    side = body.sides[0 if np.isnan(drops).all() else int(np.nanargmax(drops))]
    hip, knee = body.of(side, "hip"), body.of(side, "knee")
    return [Line(hip, knee), *mark_levels(hip, knee, ("hip", "front knee"), text)]


def _mark_squat_lean(body: Body, text: str) -> list[Mark]:
    """Mark the trunk, the shin, and the steepest trunk that is allowed: the shin's tilt, or 25°."""
    hip, shoulder = body.middle("hip"), body.middle("shoulder")
    knee, ankle = body.near("knee"), body.near("ankle")
    trunk, shin = shoulder - hip, knee - ankle
    tilt_deg = float(np.degrees(np.arctan2(abs(shin[0]), -shin[1])))
    along, word = shin, "as the shin"
    if tilt_deg < _UPRIGHT_DEG:
        forward = np.sign(trunk[0]) * np.sin(np.radians(_UPRIGHT_DEG))
        along = np.array([forward, -np.cos(np.radians(_UPRIGHT_DEG))])
        word = f"{_UPRIGHT_DEG:.0f}° from upright"
    allowed = hip + along * (length_of(trunk) / length_of(along))
    return [
        Line(ankle, knee),
        Line(hip, shoulder),
        Line(hip, allowed, dashed=True),
        Arc(hip, allowed, shoulder, text),
        Tag(allowed, word),
    ]


def _mark_upper_arm_levels(body: Body, text: str) -> list[Mark]:
    shoulder, elbow = body.near("shoulder"), body.near("elbow")
    return [Line(shoulder, elbow), *mark_levels(shoulder, elbow, ("shoulder", "elbow"), text)]


def _mark_body_line(body: Body, text: str) -> list[Mark]:
    """Mark shoulder, hip and ankle (the knee where the knees carry), and how far the hip is off."""
    shoulder, hip, knee, ankle = map(body.near, ("shoulder", "hip", "knee", "ankle"))
    end = knee if _kneels(body) else ankle
    along = end - shoulder
    foot = shoulder + along * float((hip - shoulder) @ along / (along @ along))
    return [
        Line(shoulder, end, dashed=True),
        Line(shoulder, hip),
        Line(hip, end),
        Gap(foot, hip),
        Tag(hip + (UP if hip[1] < foot[1] else -UP) * 0.14 * length_of(along), text),
    ]


def _kneels(body: Body) -> bool:
    """Tell whether the knees carry the body, not the feet."""
    knee, ankle = body.near("knee"), body.near("ankle")
    if np.isnan([*knee, *ankle]).any():
        return False
    above = (ankle[1] - knee[1]) / max(length_of(ankle - knee), 1e-6)
    return above < _LYING_SHIN and body.angle(body.sides[0], "hip", "knee", "ankle") < (
        _STRAIGHT_KNEE_DEG
    )


def _mark_arm_swing(body: Body, text: str) -> list[Mark]:
    """Mark how far the upper arm turns, of the arm that is bent more."""
    side = body.side_with(False, "shoulder", "elbow", "wrist")
    shoulder, hip = body.of(side, "shoulder"), body.of(side, "hip")
    ends = [shoulder + limb for limb in body.extremes(side, "shoulder", "elbow")]
    if len(ends) < 2:
        return []
    return [
        Line(shoulder, hip),
        Line(shoulder, ends[0], dashed=True),
        Line(shoulder, ends[1]),
        Arc(shoulder, ends[0], ends[1], text),
    ]


def _mark_hands_and_knees(body: Body, text: str) -> list[Mark]:
    hands, knees = body.middle("wrist"), body.middle("knee")
    return mark_levels(hands, knees, ("hands", "knees"), text)


def _mark_mouth_and_hands(body: Body, text: str) -> list[Mark]:
    return mark_levels(body.mouth(), body.middle("wrist"), ("mouth", "hands"), text)


def _mark_feet(body: Body, text: str) -> list[Mark]:
    (foot, other), shoulders = (
        [body.of(side, part) for side in body.sides] for part in ("ankle", "shoulder")
    )
    return [Line(*shoulders), Gap(foot, other, text)]


def _mark_near_knee(body: Body, text: str) -> list[Mark]:
    a, b, c = map(body.near, ("hip", "knee", "ankle"))
    return [Line(a, b), Line(b, c), Arc(b, a, c, text)]


def _mark_shoulders_ahead(body: Body, text: str) -> list[Mark]:
    shoulder, elbow = body.near("shoulder"), body.near("elbow")
    below = np.array([shoulder[0], elbow[1]])
    return [Line(shoulder, elbow), Line(shoulder, below, dashed=True), Gap(below, elbow, text)]


def _mark_signal(body: Body, text: str) -> list[Mark]:
    """Mark what a taught exercise is measured by: an angle, a height, or a distance."""
    if body.signal is None:
        return []
    parts = body.signal.parts
    if len(parts) == 3:
        return mark_corner(body.signal.rises, *parts)(body, text)
    if len(parts) == 2:
        upper, lower = (body.middle(part) for part in parts)
        return mark_levels(upper, lower, parts, text)
    return [Gap(*(body.of(side, parts[0]) for side in body.sides), text)]


_ELBOW = ("shoulder", "elbow", "wrist")

#: How each measure of `gym.form.measures.MEASURES` is drawn and said.
DRAWINGS: dict[str, Drawing] = {
    "squat_depth": Drawing(
        _mark_thigh_levels,
        "Hips {} below the knees",
        "Hips {} above the knees",
        "Hips level with the knees",
    ),
    "squat_lean": Drawing(
        _mark_squat_lean, "Trunk {} beyond the dashed line", "Trunk {} within the dashed line"
    ),
    "push_up_depth": Drawing(
        _mark_upper_arm_levels,
        "Shoulder {} below the elbow",
        "Shoulder {} above the elbow",
        "Shoulder level with the elbow",
    ),
    "push_up_line": Drawing(
        _mark_body_line, "Hips {} above the line", "Hips {} below the line", "Hips on the line"
    ),
    "front_thigh": Drawing(
        _mark_front_thigh,
        "Hip {} below the front knee",
        "Hip {} above the front knee",
        "Hip level with the front knee",
    ),
    "trunk_lean": Drawing(mark_tilt("hip", "shoulder", UP), "Trunk {} from upright"),
    "trunk_sway": Drawing(mark_swing("hip", "shoulder"), "Trunk sways by {}"),
    "trunk_rise": Drawing(
        mark_tilt("hip", "shoulder", ALONG), "Trunk raised by {}", "Trunk {} below level"
    ),
    "hands_down": Drawing(
        _mark_hands_and_knees,
        "Hands {} below the knees",
        "Hands {} above the knees",
        "Hands level with the knees",
    ),
    "hips_bent": Drawing(mark_bend(True, "knee", "hip", "shoulder"), "Hips {} from straight"),
    "elbow_closing": Drawing(mark_bend(False, *_ELBOW), "Elbow bent by {}"),
    "elbow_opening": Drawing(mark_corner(True, *_ELBOW), "Elbow opened to {}"),
    "elbows_bent": Drawing(mark_bend(True, *_ELBOW), "Elbow {} from straight"),
    "arm_swing": Drawing(_mark_arm_swing, "Upper arm swings by {}"),
    "arm_raise": Drawing(mark_corner(True, "hip", "shoulder", "elbow"), "Arm {} from the trunk"),
    "chin_over_hands": Drawing(
        _mark_mouth_and_hands,
        "Mouth {} above the hands",
        "Mouth {} below the hands",
        "Mouth level with the hands",
    ),
    "feet_apart": Drawing(_mark_feet, "Feet {} apart"),
    "knee_angle": Drawing(_mark_near_knee, "Knee at {}"),
    "shoulders_ahead": Drawing(_mark_shoulders_ahead, "Elbow {} away from under the shoulder"),
    "thigh_tilt": Drawing(
        mark_tilt("knee", "hip", ALONG), "Thigh {} above level", "Thigh {} below level"
    ),
    "shin_tilt": Drawing(mark_tilt("ankle", "knee", UP), "Shin {} from upright"),
    "signal_range": Drawing(_mark_signal, "Moved by {}"),
    "line_lost": Drawing(
        _mark_body_line, "Hips {} lower than at first", "Hips {} higher than at first"
    ),
    **BALANCE_DRAWINGS,
}
