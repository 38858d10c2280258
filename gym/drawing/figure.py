"""The joints of an athlete at one moment of a picture, and their path through the rep around it."""

from __future__ import annotations

import numpy as np

from gym.exercises import Signal
from gym.features import angle_between, mean_known
from gym.skeleton import SIDES, joint_index

_EXTREMES = (3, 97)  #: percentiles: as the measures' own, so that outliers draw nothing


class Figure:
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

    def path(self, part: str) -> np.ndarray:
        """Return the middle of both sides' joints through the rep, as `middle` does now: (n, 2)."""
        joints = [joint_index(f"{side}_{part}") for side in self.sides]
        return mean_known(self._path[:, joints])
