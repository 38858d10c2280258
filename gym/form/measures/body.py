"""The smoothed joints of a set, as measures of form see them. Unseen joints are NaN."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

import numpy as np

from gym.exercises import Exercise
from gym.exercises.signals import Signal, measure_sides, see_sides
from gym.features import SEEN_VISIBILITY, angle_between, mean_known
from gym.form.camera import Viewpoint, estimate_viewpoint
from gym.schema import PoseSequence, Rep
from gym.skeleton import LIMBS, SIDES, joint_index
from gym.smoothing import smooth

#: How far a joint that is seen well is off, one standard deviation: across the picture and away from the
#: camera. In rendered squats from the side and from 60° off, hip and knee were off by this much against
#: each other; away from the camera the lean of the trunk was off by twice as much.
_ERROR_M, _DEPTH_ERROR_M = 0.010, 0.020
_ERROR_PX = 1.5  # the network looks at 256 px of a person
_LEAST_SHOWN = 0.3  # of a step ahead; from the front it is dwarfed by what goes sideways
_BONES = (("shoulder", "hip"), ("hip", "knee"), ("knee", "ankle"))
_SHORTEST_BONE = 0.75  # of its usual length, and the longest 1 / 0.75
_LOOKS = 8  # how many looks tell how far a value may be off
_TOGETHER = (("heel", "foot_index"),)  # what asks for one asks for the other, too
_TRUNK_M = 0.5  # of a grown-up; where there are no world coordinates


class Body:
    """The smoothed joints of a set, in the picture and in space.

    In space y points down, where gravity does: a camera that looks down or up does not turn it.

    Attributes
    ----------
    near : dict of part to float64 (T, 2)
        The near side's joints in px, y down; NaN where unseen.
    left : int
        Which of a pair of near and far is the athlete's left: 0 or 1.
    """

    def __init__(
        self,
        poses: PoseSequence,
        near_side: str,
        signal: Signal | None = None,
        viewpoint: Viewpoint | None = None,
    ) -> None:
        self._poses, self._signal = poses, signal
        self.viewpoint = viewpoint or Viewpoint(near_side=near_side)
        far_side = next(side for side in SIDES if side != near_side)
        both = np.concatenate([poses.xy_px, poses.xyz_m], axis=-1).astype(float)
        both[(poses.visibility < SEEN_VISIBILITY) | is_outside(poses)] = np.nan
        self._joints, self._sides = both, (near_side, far_side)
        self.left = self._sides.index("left")
        self._more: dict[str, tuple[np.ndarray, np.ndarray]] = {}  # all looks share it
        self._noise: np.random.Generator | None = None
        order = [joint_index(f"{side}_{part}") for side in (near_side, far_side) for part in LIMBS]
        mouth = mean_known(both[:, [joint_index("mouth_left"), joint_index("mouth_right")]])
        flat = np.concatenate([both[:, order].reshape(len(poses), -1), mouth], axis=1)
        smoothed = smooth(poses.time_s, flat)
        limbs = smoothed[:, :-5].reshape(len(poses), 2, len(LIMBS), 5)
        limbs[_find_guesses(limbs)] = np.nan
        self._limbs = limbs
        known = mean_known(self._see(order).T[..., None])[:, 0].reshape(2, len(LIMBS))
        self._sure = np.clip(known, SEEN_VISIBILITY, 1.0)
        self.mouth = smoothed[:, -5:-3]
        self._name_parts()

    def _name_parts(self) -> None:
        """Name the joints of both sides, in space as gravity has it."""
        level = self._level(self._limbs)
        self._near, self._far = (
            {part: level[:, side, k] for k, part in enumerate(LIMBS)} for side in (0, 1)
        )
        self.near = {part: path[:, :2] for part, path in self._near.items()}

    def _level(self, joints: np.ndarray) -> np.ndarray:
        """Return joints (..., 5) in space as gravity has it."""
        tilt = np.radians(self.viewpoint.tilt_deg)
        level = joints.copy()
        y, z = joints[..., 3], joints[..., 4]
        level[..., 3] = y * np.cos(tilt) + z * np.sin(tilt)
        level[..., 4] = z * np.cos(tilt) - y * np.sin(tilt)
        return level

    def _see(self, columns: list[int]) -> np.ndarray:
        """Return how well some joints were seen: (T, n), NaN where they were not."""
        visibility = self._poses.visibility[:, columns]
        return np.where(visibility < SEEN_VISIBILITY, np.nan, visibility)

    def disturbed(self, rng: np.random.Generator) -> Body:
        """Return the same body as another look at it might have found it: joints and camera moved.

        Each joint is off by a distance of its own for the whole set, further where it was seen less
        well, and the camera's tilt by what it may be off.
        """
        other, view = copy(self), self.viewpoint
        other._limbs = self._limbs + self._draw_error(rng, self._sure)
        other._noise = rng.spawn(1)[0]
        tilt_deg = view.tilt_deg + rng.normal() * view.tilt_error_deg
        other.viewpoint = replace(view, tilt_deg=tilt_deg)
        other._name_parts()
        return other

    def _draw_error(self, rng: np.random.Generator, sure: np.ndarray) -> np.ndarray:
        """Return by how much joints may be off that are seen as well as this: (..., 5) px and m."""
        view = self.viewpoint
        metre_px = view.focal_px / view.distance_m
        if not np.isfinite(metre_px):
            metre_px = limb_length(self.limb_px("hip", "shoulder")) / _TRUNK_M
        error_m = np.hypot(_ERROR_M, _ERROR_PX / metre_px) / sure
        across = rng.normal(size=(*sure.shape, 2)) * error_m[..., None]
        away = rng.normal(size=(*sure.shape, 1)) * _DEPTH_ERROR_M / sure[..., None]
        return np.concatenate([across * metre_px, across, away], axis=-1)

    def heights(self, upper: str, lower: str) -> np.ndarray:
        """Return how high a part is above another, near and far: (T, 2) px as large as at the hips.

        The height is taken from the picture, which sees deep bends better than the world coordinates
        do. A pinhole camera shows what is nearer to it larger, and so lower if it is below the middle
        of the picture; and a camera that looks down shows it lower still. Both are undone with the
        world coordinates' depth; without them it is the height in the picture.
        """
        return np.stack([self._height(side, upper, lower) for side in (self._near, self._far)], -1)

    def _height(self, side: dict[str, np.ndarray], upper: str, lower: str) -> np.ndarray:
        """Return the height of a part above another on one side: (T,)."""
        view = self.viewpoint
        places = [LIMBS.index(part) for part in (upper, lower)]
        limbs = self._limbs[:, 0 if side is self._near else 1, places]
        y_px, away_m = limbs[..., 1], limbs[..., 4]
        if not (np.isfinite(view.distance_m) and np.isfinite(away_m).any()):
            return y_px[:, 1] - y_px[:, 0]
        tilt = np.radians(view.tilt_deg)
        along_px = away_m * view.focal_px / view.distance_m
        down_px = (y_px - view.centre_px[1]) * (1 + away_m / view.distance_m)
        down_px = down_px * np.cos(tilt) + along_px * np.sin(tilt)
        return down_px[:, 1] - down_px[:, 0]

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
            both = self._level(self._find_more(part))
            self._near[part], self._far[part] = both[:, 0], both[:, 1]
        return np.stack([self._near[part], self._far[part]], axis=1)

    def _find_more(self, part: str) -> np.ndarray:
        """Return a part that is not among the limbs, as this look finds it: (T, 2, 5)."""
        if part not in self._more:
            together = next((some for some in _TOGETHER if part in some), (part,))
            columns = [joint_index(f"{side}_{one}") for one in together for side in self._sides]
            flat = self._joints[:, columns].reshape(len(self._joints), -1)
            smoothed = smooth(self._poses.time_s, flat).reshape(-1, len(together), 2, 5)
            sure = np.clip(mean_known(self._see(columns).T[..., None])[:, 0], SEEN_VISIBILITY, 1.0)
            for k, one in enumerate(together):
                self._more[one] = smoothed[:, k], sure[2 * k : 2 * k + 2]
        joints, sure = self._more[part]
        return joints if self._noise is None else joints + self._draw_error(self._noise, sure)

    def limb_px(self, lower: str, upper: str) -> np.ndarray:
        """Return a limb from one joint to another, the mean of both sides: (T, 2) px, y down.

        The side that was seen better weighs more: the far one is often a guess. The near side alone
        where an end of the far one is unseen; NaN where the near one is.
        """
        return self._limb(lower, upper)[:, :2]

    def limb_m(self, lower: str, upper: str) -> np.ndarray:
        """Return a limb as `limb_px` does, in space: (T, 3) m, y down."""
        return self._limb(lower, upper)[:, 2:]

    def _limb(self, lower: str, upper: str) -> np.ndarray:
        """Return the mean of the two limbs, not of single joints: a limb with one end from one side
        and the other end from both would lean sideways."""
        near, far = (side[upper] - side[lower] for side in (self._near, self._far))
        return self.of_both(np.stack([near, far], axis=1), lower, upper)

    def of_both(self, sides: np.ndarray, *parts: str) -> np.ndarray:
        """Return the mean of something near and far (T, 2, ...) that was found from some parts."""
        seen = self._sure[:, [LIMBS.index(part) for part in parts]].min(axis=1) ** 2
        near, far = sides[:, 0], sides[:, 1]
        return np.where(np.isnan(far), near, (near * seen[0] + far * seen[1]) / seen.sum())

    def lean_deg(self, lower: str, upper: str) -> np.ndarray:
        """Return a limb's angle from the vertical, in degrees: (T,).

        From the side the picture shows it, and better than the world coordinates do, which make shins
        too steep. From the front and from behind only these do; in between both count by what the
        picture shows of a step ahead.
        """
        in_space = tilt_deg(self.limb_m(lower, upper))
        shown = self.viewpoint.shown
        if shown < _LEAST_SHOWN or np.isnan(self.viewpoint.view.yaw_deg):
            return in_space
        ahead = np.abs(self.limb_px(lower, upper)[:, 0]) / shown
        up = self.of_both(self.heights(upper, lower), lower, upper)
        in_picture = np.degrees(np.arctan2(ahead, up))
        return np.where(
            np.isnan(in_space), in_picture, shown**2 * in_picture + (1 - shown**2) * in_space
        )


def is_outside(poses: PoseSequence) -> np.ndarray:
    """Tell which joints lie outside the picture, where the pose model makes them up: bool (T, J).

    By more than a hundredth of its longer side, as a joint at the edge is placed to either side of it.
    None where the picture's size is not known, as in a live session.
    """
    size = np.array(poses.image_size)
    if size.max() <= 1:
        return np.zeros(poses.visibility.shape, dtype=bool)
    with np.errstate(invalid="ignore"):
        off = np.abs(poses.xy_px - size / 2) > size / 2 + 0.01 * size.max()
    return off.any(axis=-1)


def _find_guesses(limbs: np.ndarray) -> np.ndarray:
    """Find joints that were not seen, however sure the network was: (T, 2, parts, 5) to (T, 2, parts).

    Bones keep their length. In 24 recorded clips of people in full view the trunk, thigh and shin were
    never shorter in space than 0.84 of their median; behind a plate or a rack they were half as long.
    Either end may be the wrong one.
    """
    guessed = np.zeros(limbs.shape[:3], dtype=bool)
    for ends in _BONES:
        a, b = (LIMBS.index(part) for part in ends)
        length = np.linalg.norm(limbs[:, :, a, 2:] - limbs[:, :, b, 2:], axis=-1)
        for side in range(length.shape[1]):
            known = length[np.isfinite(length[:, side]), side]
            usual = np.median(known) if len(known) else np.nan
            wrong = np.abs(np.log(length[:, side] / usual)) > -np.log(_SHORTEST_BONE)
            guessed[wrong, side, a] = guessed[wrong, side, b] = True
    return guessed


def look_at(poses: PoseSequence, reps: Sequence[Rep], exercise: Exercise) -> list[Body]:
    """Return the body of a set as it was found, then as other looks at it might have found it.

    How far a measure differs between them is how far it may be off.
    """
    viewpoint = estimate_viewpoint(poses, reps, exercise.start)
    body = Body(poses, viewpoint.near_side, exercise.signal, viewpoint)
    rng = np.random.default_rng(0)
    return [body, *(body.disturbed(rng) for _ in range(_LOOKS))]


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
