"""The smoothed joints of a set, as measures of form see them. Unseen joints are NaN."""

from __future__ import annotations

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
        both[(poses.visibility < SEEN_VISIBILITY) | is_outside(poses)] = np.nan
        self._joints, self._sides = both, (near_side, far_side)
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
        return self._both(part)[..., :2]

    def sides_m(self, part: str) -> np.ndarray:
        """Return a part of both sides, near and far, in space: (T, 2, 3) m, y down."""
        return self._both(part)[..., 2:]

    def _both(self, part: str) -> np.ndarray:
        """Return a part of both sides: (T, 2, 5). Heels, toes and ears are smoothed when asked for."""
        if part not in self._near:
            columns = [joint_index(f"{side}_{part}") for side in self._sides]
            flat = self._joints[:, columns].reshape(len(self._joints), -1)
            both = smooth(self._poses.time_s, flat).reshape(-1, 2, 5)
            self._near[part], self._far[part] = both[:, 0], both[:, 1]
        return np.stack([self._near[part], self._far[part]], axis=1)

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


def is_outside(poses: PoseSequence) -> np.ndarray:
    """Tell which joints lie outside the picture, where the pose model makes them up: bool (T, J).

    By more than a hundredth of its longer side, as a joint at the edge is placed to either side of it.
    """
    size = np.array(poses.image_size)
    with np.errstate(invalid="ignore"):
        off = np.abs(poses.xy_px - size / 2) > size / 2 + 0.01 * size.max()
    return off.any(axis=-1)


def limb_length(path: np.ndarray) -> float:
    """Return a limb's length, as measured when it is at right angles to the line of sight."""
    lengths = np.linalg.norm(path, axis=-1)
    return float(np.nanpercentile(lengths, 90)) if np.isfinite(lengths).any() else float("nan")


def tilt_deg(path: np.ndarray) -> np.ndarray:
    """Return a limb's angle from the vertical in space, from (T, 3) upwards vectors, y down."""
    return np.degrees(np.arctan2(np.hypot(path[:, 0], path[:, 2]), -path[:, 1]))


def over_sides(choose: np.ufunc, values: np.ndarray) -> np.ndarray:
    """Choose between near and far in each frame, the unseen side aside: (T, 2) to (T,)."""
    return choose.reduce(values, axis=1)


def miss_straight(angle_deg: np.ndarray) -> np.ndarray:
    """Return by how much a joint's angle misses straight, (T,) degrees; 0 and less is straight.

    Straight is 180 degrees, or the largest angle that this athlete shows: pose models and builds differ
    by 10 to 20. Less than 160 is no straight joint, so that of somebody who never straightens it is
    told.
    """
    if not np.isfinite(angle_deg).any():
        return angle_deg
    return np.clip(np.nanpercentile(angle_deg, 97), 160.0, 180.0) - angle_deg
