"""Measures that rules of good form are about: a number in each frame that does not depend on body size.

A measure also defines which frames of a rep decide: the lowest, the worst, or most of them. Unseen
joints (NaN) give NaN measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gym.features import SEEN_VISIBILITY
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

    def __init__(self, poses: PoseSequence, near_side: str) -> None:
        far_side = next(side for side in SIDES if side != near_side)
        both = np.concatenate([poses.xy_px, poses.xyz_m], axis=-1).astype(float)
        both[poses.visibility < SEEN_VISIBILITY] = np.nan
        order = [joint_index(f"{side}_{part}") for side in (near_side, far_side) for part in LIMBS]
        flat = both[:, order].reshape(len(poses), len(order) * 5)
        smoothed = smooth(poses.time_s, flat).reshape(len(poses), 2, len(LIMBS), 5)
        self._near, self._far = (
            {part: smoothed[:, side, k] for k, part in enumerate(LIMBS)} for side in (0, 1)
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
