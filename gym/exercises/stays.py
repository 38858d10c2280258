"""What stays within limits for as long as a posture is held, measured from the joints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gym.exercises.signals import Signal, measure_sides, see_sides
from gym.features import angle_between, mean_known
from gym.schema import PoseSequence
from gym.skeleton import both_sides

FLOOR = "floor"  #: stands for the line from what carries the arms (hands or elbows) to the feet


@dataclass(frozen=True)
class Stay:
    """One value of the body that has to stay within limits.

    Attributes
    ----------
    parts : tuple of str
        Three parts of a side: the angle at the middle one, in degrees. Two: how high the first is
        above the second, in metres; the second may be ``FLOOR``.
    low, high : float
        The limits, ends included.
    change : float
        By how much it may change within a second; infinite where its limits are enough.
    """

    parts: tuple[str, ...]
    low: float = float("-inf")
    high: float = float("inf")
    change: float = float("inf")


def measure_stay(poses: PoseSequence, parts: tuple[str, ...]) -> np.ndarray:
    """Measure a value of a held posture in every frame.

    Angles are those in space: seen from the front, the limbs of somebody on hands and feet point at
    the camera, and the picture's angles mean nothing. Where there are no world coordinates the
    picture decides.

    Parameters
    ----------
    poses : PoseSequence
    parts : tuple of str
        As in `Stay`.

    Returns
    -------
    float64 (T,)
        Of both sides together, in which the better seen one weighs more; NaN where unseen.
    """
    if parts[-1] == FLOOR:
        return _measure_off_floor(poses, parts[0])
    if len(parts) == 2:
        sides = measure_sides(poses.xy_px, poses.xyz_m, Signal(parts, 0.0))
    else:
        a, b, c = (both_sides(part) for part in parts)
        flat, space = (
            angle_between(points[:, a], points[:, b], points[:, c])
            for points in (poses.xy_px, poses.xyz_m)
        )
        sides = np.where(np.isnan(space), flat, space)
    weights = np.square(see_sides(poses.visibility, Signal(parts, 0.0)).astype(float)) + 1e-4
    weights[np.isnan(sides)] = 0.0
    total = weights.sum(axis=1)
    summed = (np.nan_to_num(sides) * weights).sum(axis=1)
    return np.where(total > 0, summed / np.maximum(total, 1e-9), np.nan)


def _measure_off_floor(poses: PoseSequence, part: str) -> np.ndarray:
    """Return a part's height above the line from the arms' support to the feet, in space: (T,) m."""
    space = poses.xyz_m.astype(float)

    def middle(name: str) -> np.ndarray:
        return mean_known(space[:, both_sides(name)])

    def lower_of(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.where(np.nan_to_num(other[:, 1:2], nan=-np.inf) > one[:, 1:2], other, one)

    at = middle(part)
    arms, feet = (
        lower_of(middle("wrist"), middle("elbow")),
        lower_of(middle("ankle"), middle("foot_index")),
    )
    level = [0, 2]  # y points down
    along = (feet - arms)[:, level]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = ((at - arms)[:, level] * along).sum(axis=1) / np.square(along).sum(axis=1)
    return arms[:, 1] + np.clip(share, 0, 1) * (feet - arms)[:, 1] - at[:, 1]
