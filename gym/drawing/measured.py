"""What a rule measured, drawn into the picture of the moment that decided, and said in words.

`DRAWINGS` has an entry for every measure of `gym.form.measures`: the marks it leaves in the picture, and
how its value is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gym.drawing import arm_marks, leg_marks
from gym.drawing.arm_marks import ELBOW
from gym.drawing.figure import Figure
from gym.drawing.marks import Mark
from gym.drawing.shapes import (
    ALONG,
    UP,
    Draw,
    draw_angle,
    draw_bend,
    draw_joint,
    draw_swing,
    draw_tilt,
)
from gym.exercises import FormRule, Signal
from gym.features import SEEN_VISIBILITY
from gym.notes import say_value
from gym.schema import Finding, PoseSequence
from gym.smoothing import smooth
from gym.wording import HEIGHT_SHARE, say_length


@dataclass(frozen=True)
class Drawing:
    """How a measure is shown.

    Attributes
    ----------
    marks : callable
        Takes the `Figure` and the value as a short text; returns the marks.
    above, below, level : str
        How a positive and a negative value are said, with "{}" for its amount, and none at all; without
        ``below`` the sign stands with the value.
    """

    marks: Draw
    above: str
    below: str = ""
    level: str = ""

    def say(self, value: float, unit: str, height_cm: float = math.nan) -> str:
        """Say a value in words; lengths in centimetres where the athlete's height is known."""
        if self.level and abs(value) < 0.005:  # it would be written as 0.00
            return self.level
        words = self.below if self.below and value < 0 else self.above
        return words.format(_say_amount(abs(value) if self.below else value, unit, height_cm))


def _say_amount(value: float, unit: str, height_cm: float) -> str:
    """Say an amount in words and as it was measured, or only so where there are no other words."""
    measured = say_value(value, unit)
    words = say_length(value, unit, height_cm) if unit in HEIGHT_SHARE else unit
    return measured if words.endswith(unit) else f"{words} ({measured})"


def say_measured(rule: FormRule, finding: Finding, height_cm: float = math.nan) -> tuple[str, str]:
    """Say what a rule measured, and where its limit is.

    Parameters
    ----------
    rule, finding
        The finding is the rule's.
    height_cm : float
        The athlete's, for lengths in centimetres; NaN where it is not known.

    Returns
    -------
    measured, limit : str
        Such as "Hips a hand's width above the knees (0.20 thigh lengths), give or take a finger's
        width" and "Good from: hips level with the knees". What was not seen says so, and has no limit.
    """
    if math.isnan(finding.value):
        return "It could not be seen", ""
    drawing = DRAWINGS[rule.measure]
    measured = drawing.say(finding.value, rule.unit, height_cm)
    unsure = say_value(finding.uncertainty, rule.unit).split(" ")[0]
    if not math.isnan(finding.uncertainty) and unsure.strip("0.°"):
        if rule.unit in HEIGHT_SHARE:
            unsure = say_length(finding.uncertainty, rule.unit, height_cm)
        measured += f", give or take {unsure}"
    if rule.fault_below:
        limit = _say_amount(abs(finding.limit), rule.unit, height_cm)
        return measured, f"Good up to: {limit} to either side"
    words = drawing.say(finding.limit, rule.unit, height_cm)
    reach = "from" if rule.limits[0] > rule.limits[1] else "up to"
    return measured, f"Good {reach}: {words[0].lower() + words[1:]}"


def mark_measured(
    poses: PoseSequence,
    to_picture: Callable[[np.ndarray], np.ndarray],
    rule: FormRule,
    finding: Finding,
    inside: slice,
    near_side: str,
    signal: Signal | None = None,
    height_cm: float = math.nan,
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
        The frames of the rep or the hold, the moment's among them.
    near_side : {"left", "right"}
    signal : Signal, optional
        The exercise's; a taught one is measured by it.
    height_cm : float
        As for `say_measured`.
    """
    path_px = to_picture(poses.xy_px[inside].astype(float))
    path_px[poses.visibility[inside] < SEEN_VISIBILITY] = np.nan
    flat = smooth(poses.time_s[inside], path_px.reshape(len(path_px), -1))  # as measures see them
    now = int(np.argmin(np.abs(poses.time_s[inside] - finding.time_s)))
    figure = Figure(flat.reshape(path_px.shape), now, near_side, signal)
    short = say_value(abs(finding.value), rule.unit).split(" ")[0]
    if math.isfinite(height_cm) and rule.unit in HEIGHT_SHARE:
        short = say_length(finding.value, rule.unit, height_cm)
    return DRAWINGS[rule.measure].marks(figure, short)


_BODY_LINE = arm_marks.mark_body_line
_FROM_STRAIGHTEST = "Elbow {} from your straightest", "Elbow {} straighter than usual"

#: How each measure of `gym.form.measures.MEASURES` is drawn and said.
DRAWINGS: dict[str, Drawing] = {
    "squat_depth": Drawing(
        leg_marks.mark_thigh_levels,
        "Hips {} below the knees",
        "Hips {} above the knees",
        "Hips level with the knees",
    ),
    "squat_lean": Drawing(
        leg_marks.mark_squat_lean,
        "Trunk {} beyond the dashed line",
        "Trunk {} within the dashed line",
    ),
    "hips_fallen": Drawing(leg_marks.mark_hips_fallen, "Hips went down by {}"),
    "knees_apart": Drawing(leg_marks.mark_knees_apart, "Knees {} apart"),
    "hips_aside": Drawing(
        leg_marks.mark_hips_aside,
        "Hips {} to your left",
        "Hips {} to your right",
        "Hips in the middle",
    ),
    "depth_difference": Drawing(
        leg_marks.mark_hip_levels, "Left hip {} higher", "Right hip {} higher", "Both hips as high"
    ),
    "heels_up": Drawing(leg_marks.mark_heel, "Heel lifted by {}", "Heel {} lower than at rest"),
    "trunk_drop": Drawing(
        leg_marks.mark_trunk_drop,
        "Trunk dropped by {} on the way up",
        "Trunk rose by {} at once",
    ),
    "legs_bent": Drawing(
        leg_marks.mark_legs_bent,
        "Knees or hips {} from your straightest",
        "Knees and hips {} straighter than usual",
    ),
    "push_up_depth": Drawing(
        arm_marks.mark_upper_arm_levels,
        "Shoulder {} below the elbow",
        "Shoulder {} above the elbow",
        "Shoulder level with the elbow",
    ),
    "push_up_line": Drawing(
        _BODY_LINE, "Hips {} above the line", "Hips {} below the line", "Hips on the line"
    ),
    "line_lost": Drawing(
        _BODY_LINE, "Hips {} lower than in the first reps", "Hips {} higher than in the first reps"
    ),
    "elbow_lockout": Drawing(draw_joint(True, *ELBOW), *_FROM_STRAIGHTEST),
    "elbows_flared": Drawing(arm_marks.mark_elbows_flared, "Upper arms {} out to the sides"),
    "head_line": Drawing(
        arm_marks.mark_head_line,
        "Head raised {} from the line of the back",
        "Head {} below the line of the back",
        "Head in line with the back",
    ),
    "front_thigh": Drawing(
        leg_marks.mark_front_thigh,
        "Hip {} below the front knee",
        "Hip {} above the front knee",
        "Hip level with the front knee",
    ),
    "front_shin": Drawing(leg_marks.mark_front_shin, "Front shin {} from upright"),
    "trunk_lean": Drawing(draw_tilt("hip", "shoulder", UP), "Trunk {} from upright"),
    "trunk_sway": Drawing(draw_swing("hip", "shoulder"), "Trunk sways by {}"),
    "trunk_rise": Drawing(
        draw_tilt("hip", "shoulder", ALONG), "Trunk raised by {}", "Trunk {} below level"
    ),
    "trunk_lowered": Drawing(
        draw_tilt("hip", "shoulder", ALONG), "Trunk still raised by {}", "Trunk {} below level"
    ),
    "hands_down": Drawing(
        arm_marks.mark_hands_and_knees,
        "Hands {} below the knees",
        "Hands {} above the knees",
        "Hands level with the knees",
    ),
    "elbow_closing": Drawing(draw_bend(False, *ELBOW), "Elbow bent by {}"),
    "elbow_opening": Drawing(draw_angle(True, *ELBOW), "Elbow opened to {}"),
    "arms_straight": Drawing(draw_joint(True, *ELBOW), *_FROM_STRAIGHTEST),
    "arms_closed": Drawing(draw_bend(False, *ELBOW), "Elbow bent by {}"),
    "arms_bent": Drawing(draw_bend(False, *ELBOW), "Elbow bent by {}"),
    "arms_uneven": Drawing(
        arm_marks.mark_arms_uneven,
        "Left elbow {} more bent",
        "Right elbow {} more bent",
        "Both elbows alike",
    ),
    "arm_swing": Drawing(arm_marks.mark_arm_swing, "Upper arm swings by {}"),
    "arm_raise": Drawing(draw_angle(True, "hip", "shoulder", "elbow"), "Arm {} from the trunk"),
    "arms_lowered": Drawing(draw_angle(True, "hip", "shoulder", "elbow"), "Arm {} from the trunk"),
    "chin_over_hands": Drawing(
        arm_marks.mark_mouth_and_hands,
        "Mouth {} above the hands",
        "Mouth {} below the hands",
        "Mouth level with the hands",
    ),
    "feet_apart": Drawing(leg_marks.mark_feet, "Feet {} apart"),
    "knee_angle": Drawing(leg_marks.mark_near_knee, "Knee at {}"),
    "shoulders_ahead": Drawing(
        arm_marks.mark_shoulders_ahead, "Elbow {} away from under the shoulder"
    ),
    "thigh_tilt": Drawing(
        draw_tilt("knee", "hip", ALONG), "Thigh {} above level", "Thigh {} below level"
    ),
    "shin_tilt": Drawing(draw_tilt("ankle", "knee", UP), "Shin {} from upright"),
    "signal_range": Drawing(arm_marks.mark_signal, "Moved by {}"),
}
