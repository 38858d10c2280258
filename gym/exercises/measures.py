"""Measures that rules of good form are about: a number in each frame that does not depend on body size.

A measure also defines which frames of a rep decide: the lowest, the worst, or most of them. Unseen
joints (NaN) give NaN measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gym.exercises.signals import Signal, measure_sides, see_sides
from gym.features import SEEN_VISIBILITY, angle_between, mean_known
from gym.schema import PoseSequence
from gym.skeleton import LIMBS, SIDES, joint_index
from gym.smoothing import smooth


class Body:
    """The smoothed joints of a sequence, in the image and in space.

    Attributes
    ----------
    near : dict of part to float64 (T, 2)
        The near side's joints in px, y down; NaN where unseen.
    """

    def __init__(self, poses: PoseSequence, near_side: str, signal: Signal | None = None) -> None:
        self._poses, self._signal = poses, signal
        far_side = next(side for side in SIDES if side != near_side)
        both = np.concatenate([poses.xy_px, poses.xyz_m], axis=-1).astype(float)
        both[poses.visibility < SEEN_VISIBILITY] = np.nan
        order = [joint_index(f"{side}_{part}") for side in (near_side, far_side) for part in LIMBS]
        mouth = mean_known(both[:, [joint_index("mouth_left"), joint_index("mouth_right")]])
        flat = np.concatenate([both[:, order].reshape(len(poses), -1), mouth], axis=1)
        smoothed = smooth(poses.time_s, flat)
        limbs = smoothed[:, :-5].reshape(len(poses), 2, len(LIMBS), 5)
        self._near, self._far = (
            {part: limbs[:, side, k] for k, part in enumerate(LIMBS)} for side in (0, 1)
        )
        self.near = {part: path[:, :2] for part, path in self._near.items()}
        self.mouth = smoothed[:, -5:-3]

    def angles(self, *parts: str) -> np.ndarray:
        """Return the angle at the middle one of three parts, near and far: (T, 2) degrees.

        The mean of the picture's and the space's, as in `gym.exercises.signals`.
        """
        sides = []
        for side in (self._near, self._far):
            a, b, c = (side[part] for part in parts)
            two = [angle_between(a[:, k], b[:, k], c[:, k]) for k in (slice(2), slice(2, 5))]
            sides.append(mean_known(np.stack(two, axis=-1)[..., None])[:, 0])
        return np.stack(sides, axis=-1)

    def signal(self) -> np.ndarray:
        """Return the exercise's signal, as counters watch it: (T,) in its unit.

        Where left and right may take turns it is that of the side further out, else both sides'; NaN
        where unseen, and without an exercise.
        """
        poses, signal = self._poses, self._signal
        if signal is None:
            return np.full(len(poses), np.nan)
        sides = measure_sides(poses.xy_px, poses.xyz_m, signal)
        visible = see_sides(poses.visibility, signal).astype(float)
        sides[visible < SEEN_VISIBILITY] = np.nan
        if signal.each_side:
            value = (np.fmax if signal.rises else np.fmin).reduce(sides, axis=1)
        else:
            weight = np.where(np.isfinite(sides), np.square(visible), 0.0)
            with np.errstate(invalid="ignore"):
                value = np.nansum(sides * weight, axis=1) / weight.sum(axis=1)
        return smooth(poses.time_s, value[:, None])[:, 0]

    def sides_px(self, part: str) -> np.ndarray:
        """Return a part of both sides, near and far: (T, 2, 2) px, y down."""
        return np.stack([self._near[part][:, :2], self._far[part][:, :2]], axis=1)

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


def _over_sides(choose: np.ufunc, values: np.ndarray) -> np.ndarray:
    """Choose between near and far in each frame, the unseen side aside: (T, 2) to (T,)."""
    return choose.reduce(values, axis=1)


def measure_trunk_lean(body: Body) -> np.ndarray:
    """The trunk's angle from the vertical: 0 upright, 90 level; degrees, (T,)."""
    return _tilt_deg(body.limb_m("hip", "shoulder"))


def measure_trunk_rise(body: Body) -> np.ndarray:
    """How far the trunk is raised from lying: 0 level, 90 upright; degrees, (T,)."""
    return 90.0 - measure_trunk_lean(body)


def measure_front_thigh(body: Body) -> np.ndarray:
    """Hip below the knee of the leg in front, in thigh lengths: 0 level, negative higher; (T,)."""
    thigh = body.sides_px("hip") - body.sides_px("knee")
    length = max(_length(thigh[:, 0]), _length(thigh[:, 1]))
    return _over_sides(np.fmax, thigh[..., 1]) / length


def measure_hands_down(body: Body) -> np.ndarray:
    """Hands below the knees, in shin lengths: 0 level, positive lower; (T,)."""
    return body.limb_px("knee", "wrist")[:, 1] / _length(body.limb_px("knee", "ankle"))


def measure_hips_bent(body: Body) -> np.ndarray:
    """How far the hips are from straight: 0 straight; degrees, (T,)."""
    return 180.0 - _over_sides(np.fmax, body.angles("shoulder", "hip", "knee"))


def measure_elbow_closing(body: Body) -> np.ndarray:
    """How far the more bent elbow is closed: 0 straight, 180 folded; degrees, (T,)."""
    return 180.0 - _over_sides(np.fmin, body.angles("shoulder", "elbow", "wrist"))


def measure_elbow_opening(body: Body) -> np.ndarray:
    """The elbow's angle in the arm that is straighter; degrees, (T,)."""
    return _over_sides(np.fmax, body.angles("shoulder", "elbow", "wrist"))


def measure_elbows_bent(body: Body) -> np.ndarray:
    """How far the straighter elbow is from straight: 0 straight; degrees, (T,)."""
    return 180.0 - measure_elbow_opening(body)


def measure_arm_swing(body: Body) -> np.ndarray:
    """The angle between trunk and upper arm, of the arm that is bent more; degrees, (T,)."""
    elbows = body.angles("shoulder", "elbow", "wrist")
    arms = body.angles("hip", "shoulder", "elbow")
    known = np.where(np.isnan(elbows), np.inf, elbows)
    return np.take_along_axis(arms, known.argmin(axis=1)[:, None], axis=1)[:, 0]


def measure_arm_raise(body: Body) -> np.ndarray:
    """The angle between trunk and upper arm, of the arm that is higher; degrees, (T,)."""
    return _over_sides(np.fmax, body.angles("hip", "shoulder", "elbow"))


def measure_chin_over_hands(body: Body) -> np.ndarray:
    """Mouth above the hands, in upper-arm lengths: 0 level, positive higher; (T,).

    More than one length is no pull-up, but a head that left the picture: NaN.
    """
    hands = mean_known(body.sides_px("wrist"))
    arm = body.sides_px("shoulder") - body.sides_px("elbow")
    above = (hands - body.mouth)[:, 1] / max(_length(arm[:, 0]), _length(arm[:, 1]))
    return np.where(above > 1.0, np.nan, above)


def measure_feet_apart(body: Body) -> np.ndarray:
    """The feet's distance in the picture, in shoulder widths; (T,)."""
    feet, shoulders = body.sides_px("ankle"), body.sides_px("shoulder")
    return np.linalg.norm(feet[:, 0] - feet[:, 1], axis=1) / _length(
        shoulders[:, 0] - shoulders[:, 1]
    )


def measure_knee_angle(body: Body) -> np.ndarray:
    """The near knee's angle; degrees, (T,)."""
    return body.angles("hip", "knee", "ankle")[:, 0]


def measure_thigh_tilt(body: Body) -> np.ndarray:
    """How far the thigh is from level: positive where the hip is above the knee; degrees, (T,)."""
    thigh = body.limb_m("knee", "hip")
    return 90.0 - _tilt_deg(thigh)


def measure_shoulders_ahead(body: Body) -> np.ndarray:
    """How far the elbow is from below the shoulder, along the floor, in upper-arm lengths; (T,)."""
    upper_arm = body.near["elbow"] - body.near["shoulder"]
    return np.abs(upper_arm[:, 0]) / _length(upper_arm)


def measure_shin_tilt(body: Body) -> np.ndarray:
    """The shin's angle from the vertical; degrees, (T,)."""
    return _tilt_deg(body.limb_m("ankle", "knee"))


def measure_signal(body: Body) -> np.ndarray:
    """The signal by which the exercise is counted, in its unit; (T,)."""
    return body.signal()


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


def _least(values: np.ndarray) -> float:
    """Return the lowest value, ignoring single outliers."""
    return float(np.percentile(values, 3))


def _spread(values: np.ndarray) -> float:
    """Return how far the value moves during the rep, ignoring single outliers."""
    return float(np.percentile(values, 97) - np.percentile(values, 3))


MEASURES: dict[str, Measure] = {
    "squat_depth": Measure(measure_squat_depth, _most),
    "squat_lean": Measure(measure_squat_lean, _most),
    "push_up_depth": Measure(measure_push_up_depth, _most),
    "push_up_line": Measure(measure_push_up_line, _middle),
    "front_thigh": Measure(measure_front_thigh, _most),
    "trunk_lean": Measure(measure_trunk_lean, _most),
    "trunk_sway": Measure(measure_trunk_lean, _spread),
    "trunk_rise": Measure(measure_trunk_rise, _most),
    "hands_down": Measure(measure_hands_down, _most),
    "hips_bent": Measure(measure_hips_bent, _least),
    "elbow_closing": Measure(measure_elbow_closing, _most),
    "elbow_opening": Measure(measure_elbow_opening, _most),
    "elbows_bent": Measure(measure_elbows_bent, _least),
    "arm_swing": Measure(measure_arm_swing, _spread),
    "arm_raise": Measure(measure_arm_raise, _most),
    "chin_over_hands": Measure(measure_chin_over_hands, _most),
    "feet_apart": Measure(measure_feet_apart, _most),
    "knee_angle": Measure(measure_knee_angle, _middle),
    "shoulders_ahead": Measure(measure_shoulders_ahead, _middle),
    "thigh_tilt": Measure(measure_thigh_tilt, _middle),
    "shin_tilt": Measure(measure_shin_tilt, _middle),
    "signal_range": Measure(measure_signal, _spread),  # of exercises that a user taught
}
