"""What a rule measured, drawn into the picture of the moment that decided, and said in words.

`DRAWINGS` has an entry for every measure of `gym.form.measures`: the marks it leaves in the picture, and
how its value is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gym.drawing.marks import Arc, Gap, Level, Line, Mark, Tag
from gym.exercises import FormRule, Signal
from gym.features import SEEN_VISIBILITY, angle_between, mean_known
from gym.notes import say_value
from gym.schema import Finding, PoseSequence
from gym.skeleton import SIDES, joint_index
from gym.smoothing import smooth

#: Knees carry the body if the shin lies: the knee is at most so much above the ankle, in shin lengths,
#: and the leg is bent there. In a push-up on the toes the knee is 0.35 higher; with raised feet it is
#: lower, but the leg is straight.
_LYING_SHIN, _STRAIGHT_KNEE_DEG = 0.15, 160.0
#: A trunk within this angle of upright never counts as a lean (see `gym.form.measures.legs`).
_UPRIGHT_DEG = 25.0
_EXTREMES = (3, 97)  #: percentiles: as the measures' own, so that outliers draw nothing


class Body:
    """The joints of one moment in px of the picture, and their path through the rep around it.

    Parameters
    ----------
    path_px : (n, J, 2)
        NaN where unseen.
    now : int
        The frame of the moment.
    near_side : {"left", "right"}
    signal : Signal, optional
        The exercise's.
    """

    def __init__(
        self, path_px: np.ndarray, now: int, near_side: str, signal: Signal | None = None
    ) -> None:
        self._path, self._now, self.signal = path_px, now, signal
        self.sides = (near_side, next(side for side in SIDES if side != near_side))

    def of(self, side: str, part: str) -> np.ndarray:
        """Return a joint of a side: (2,)."""
        return self._path[self._now, joint_index(f"{side}_{part}")]

    def near(self, part: str) -> np.ndarray:
        """Return a joint of the near side: (2,)."""
        return self.of(self.sides[0], part)

    def middle(self, part: str) -> np.ndarray:
        """Return the middle of both sides' joints; the one that is seen where the other is not: (2,)."""
        return mean_known(np.stack([self.of(side, part) for side in self.sides]))

    def mouth(self) -> np.ndarray:
        """Return the middle of the mouth: (2,)."""
        ends = [joint_index("mouth_left"), joint_index("mouth_right")]
        return mean_known(self._path[self._now, ends])

    def angle(self, side: str, *parts: str) -> float:
        """Return the angle at the middle one of three parts; degrees, NaN where unseen."""
        return float(angle_between(*(self.of(side, part) for part in parts)))

    def side_with(self, most: bool, *parts: str) -> str:
        """Return the side whose angle at the middle part is the largest, or the smallest."""
        angles = [self.angle(side, *parts) for side in self.sides]
        if np.isnan(angles).all():
            return self.sides[0]
        return self.sides[int(np.nanargmax(angles) if most else np.nanargmin(angles))]

    def extremes(self, side: str, lower: str, upper: str) -> list[np.ndarray]:
        """Return a limb's vector (2,) where it is tilted least and most during the rep; may be empty."""
        limb = (
            self._path[:, joint_index(f"{side}_{upper}")]
            - self._path[:, joint_index(f"{side}_{lower}")]
        )
        limb = limb[np.isfinite(limb).all(axis=1)]
        if not len(limb):
            return []
        middle = np.median(limb, axis=0)  # tilts are taken from here, so that none jumps by 360
        turned = np.arctan2(
            middle[0] * limb[:, 1] - middle[1] * limb[:, 0], (limb * middle).sum(axis=1)
        )
        ends = np.percentile(turned, _EXTREMES)
        return [limb[int(np.argmin(np.abs(turned - end)))] for end in ends]


@dataclass(frozen=True)
class Drawing:
    """How a measure is shown.

    Attributes
    ----------
    marks : callable
        Takes the `Body` and the value as a short text; returns the marks.
    above, below, level : str
        How a positive and a negative value are said, with "{}" for its amount, and none at all; without
        ``below`` the sign stands with the value.
    """

    marks: Callable[[Body, str], list[Mark]]
    above: str
    below: str = ""
    level: str = ""

    def say(self, value: float, unit: str) -> str:
        """Say a value in words."""
        if self.level and abs(value) < 0.005:  # it would be written as 0.00
            return self.level
        if self.below:
            return (self.below if value < 0 else self.above).format(say_value(abs(value), unit))
        return self.above.format(say_value(value, unit))


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


UP, ALONG = np.array([0.0, -1.0]), np.array([1.0, 0.0])


def _length(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))


def _levels(upper: np.ndarray, lower: np.ndarray, words: tuple[str, str], text: str) -> list[Mark]:
    """Mark the levels of two points, and how far apart they are in height."""
    higher = upper[1] <= lower[1]
    foot = np.array([upper[0], lower[1]])
    return [
        Level(upper, words[0], higher),
        Level(lower, words[1], not higher),
        Gap(upper, foot, text),
    ]


def _mark_thigh_levels(body: Body, text: str) -> list[Mark]:
    hip, knee = body.middle("hip"), body.middle("knee")
    return [Line(hip, knee), *_levels(hip, knee, ("hips", "knees"), text)]


def _mark_front_thigh(body: Body, text: str) -> list[Mark]:
    drops = [body.of(side, "hip")[1] - body.of(side, "knee")[1] for side in body.sides]
    side = body.sides[0 if np.isnan(drops).all() else int(np.nanargmax(drops))]
    hip, knee = body.of(side, "hip"), body.of(side, "knee")
    return [Line(hip, knee), *_levels(hip, knee, ("hip", "front knee"), text)]


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
    allowed = hip + along * (_length(trunk) / _length(along))
    return [
        Line(ankle, knee),
        Line(hip, shoulder),
        Line(hip, allowed, dashed=True),
        Arc(hip, allowed, shoulder, text),
        Tag(allowed, word),
    ]


def _mark_upper_arm_levels(body: Body, text: str) -> list[Mark]:
    shoulder, elbow = body.near("shoulder"), body.near("elbow")
    return [Line(shoulder, elbow), *_levels(shoulder, elbow, ("shoulder", "elbow"), text)]


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
        Tag(hip + (UP if hip[1] < foot[1] else -UP) * 0.14 * _length(along), text),
    ]


def _kneels(body: Body) -> bool:
    """Tell whether the knees carry the body, not the feet."""
    knee, ankle = body.near("knee"), body.near("ankle")
    if np.isnan([*knee, *ankle]).any():
        return False
    above = (ankle[1] - knee[1]) / max(_length(ankle - knee), 1e-6)
    return above < _LYING_SHIN and body.angle(body.sides[0], "hip", "knee", "ankle") < (
        _STRAIGHT_KNEE_DEG
    )


def _tilt(lower: str, upper: str, towards: np.ndarray) -> Callable[[Body, str], list[Mark]]:
    """Return what marks a limb's angle from the vertical (`UP`) or from level (`ALONG`)."""

    def mark(body: Body, text: str) -> list[Mark]:
        foot, head = body.middle(lower), body.middle(upper)
        limb = head - foot
        way = towards if towards is UP or limb[0] >= 0 else -towards
        plain = foot + way * _length(limb)
        return [Line(foot, head), Line(foot, plain, dashed=True), Arc(foot, plain, head, text)]

    return mark


def _swing(lower: str, upper: str) -> Callable[[Body, str], list[Mark]]:
    """Return what marks how far a limb turns during the rep, around where its lower end is now."""

    def mark(body: Body, text: str) -> list[Mark]:
        foot = body.near(lower)
        ends = [foot + limb for limb in body.extremes(body.sides[0], lower, upper)]
        if len(ends) < 2:
            return []
        least, most = ends
        return [
            Line(foot, least, dashed=True),
            Line(foot, most),
            Arc(foot, least, most, text),
        ]

    return mark


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


def _corner(most: bool, *parts: str) -> Callable[[Body, str], list[Mark]]:
    """Return what marks the angle between two limbs, of the side where it is the largest or smallest."""

    def mark(body: Body, text: str) -> list[Mark]:
        a, b, c = (body.of(body.side_with(most, *parts), part) for part in parts)
        return [Line(a, b), Line(b, c), Arc(b, a, c, text)]

    return mark


def _bend(most: bool, *parts: str) -> Callable[[Body, str], list[Mark]]:
    """Return what marks how far a joint is from straight: against the first limb, drawn on."""

    def mark(body: Body, text: str) -> list[Mark]:
        a, b, c = (body.of(body.side_with(most, *parts), part) for part in parts)
        along = (b - a) / max(_length(b - a), 1e-6)
        straight = b + along * _length(c - b)
        return [
            Line(a, b),
            Line(b, c),
            Line(b, straight, dashed=True),
            Arc(b, straight, c, text),
        ]

    return mark


def _mark_hands_and_knees(body: Body, text: str) -> list[Mark]:
    hands, knees = body.middle("wrist"), body.middle("knee")
    return _levels(hands, knees, ("hands", "knees"), text)


def _mark_mouth_and_hands(body: Body, text: str) -> list[Mark]:
    return _levels(body.mouth(), body.middle("wrist"), ("mouth", "hands"), text)


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
        return _corner(body.signal.rises, *parts)(body, text)
    if len(parts) == 2:
        upper, lower = (body.middle(part) for part in parts)
        return _levels(upper, lower, parts, text)
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
    "trunk_lean": Drawing(_tilt("hip", "shoulder", UP), "Trunk {} from upright"),
    "trunk_sway": Drawing(_swing("hip", "shoulder"), "Trunk sways by {}"),
    "trunk_rise": Drawing(
        _tilt("hip", "shoulder", ALONG), "Trunk raised by {}", "Trunk {} below level"
    ),
    "hands_down": Drawing(
        _mark_hands_and_knees,
        "Hands {} below the knees",
        "Hands {} above the knees",
        "Hands level with the knees",
    ),
    "hips_bent": Drawing(_bend(True, "knee", "hip", "shoulder"), "Hips {} from straight"),
    "elbow_closing": Drawing(_bend(False, *_ELBOW), "Elbow bent by {}"),
    "elbow_opening": Drawing(_corner(True, *_ELBOW), "Elbow opened to {}"),
    "elbows_bent": Drawing(_bend(True, *_ELBOW), "Elbow {} from straight"),
    "arm_swing": Drawing(_mark_arm_swing, "Upper arm swings by {}"),
    "arm_raise": Drawing(_corner(True, "hip", "shoulder", "elbow"), "Arm {} from the trunk"),
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
        _tilt("knee", "hip", ALONG), "Thigh {} above level", "Thigh {} below level"
    ),
    "shin_tilt": Drawing(_tilt("ankle", "knee", UP), "Shin {} from upright"),
    "signal_range": Drawing(_mark_signal, "Moved by {}"),
}
