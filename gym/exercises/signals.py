"""What a counter watches: an angle, a height or a distance that leaves its resting value once a rep.

Values are measured in the picture and in space. The picture foreshortens joints that turn away and the
world coordinates flatten deep bends: their mean is better than either on every view recorded. Where
there are no world coordinates the picture alone decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from gym.features import angle_between, mean_known, pixels_per_metre
from gym.skeleton import both_sides


@dataclass(frozen=True)
class Signal:
    """One value of the body that goes away from rest, turns, and comes back.

    Attributes
    ----------
    parts : tuple of str
        Three parts of a side: the angle at the middle one, in degrees. Two: how high the first is
        above the second, in metres. One: how far apart its left and right are, in metres.
    least : float
        How far it has to go, at least, to be the exercise at all; in its unit.
    rises : bool
        Whether the value gets larger on the way out (a press opens the elbow) or smaller (a squat
        closes the knee).
    each_side : bool
        Whether left and right may take turns: each side's way out and back is a rep then, and both at
        once are one. Otherwise both sides make one value, in which the better seen one weighs more.
    """

    parts: tuple[str, ...]
    least: float
    rises: bool = False
    each_side: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.parts) <= 3:
            raise ValueError(f"Signal.parts: expected one to three parts, got {self.parts}")

    @property
    def joint(self) -> str:
        """The part that the signal is about: the vertex of an angle, what is high, what is apart."""
        return self.parts[1] if len(self.parts) == 3 else self.parts[0]

    @property
    def title(self) -> str:
        """The name shown to users.

        >>> Signal(("hip", "knee", "ankle"), 30.0).title, Signal(("wrist", "shoulder"), 0.2).title
        ('Knee angle', 'Wrist height')
        """
        kind = {1: "distance", 2: "height", 3: "angle"}[len(self.parts)]
        return f"{self.joint.capitalize()} {kind}"

    @property
    def change(self) -> str:
        """What its way out is called.

        >>> Signal(("hip", "knee", "ankle"), 30.0).change
        'Knee bend'
        """
        if len(self.parts) < 3:
            return f"Change of the {self.title.lower()}"
        return f"{self.joint.capitalize()} {'opening' if self.rises else 'bend'}"

    @property
    def unit(self) -> str:
        """Degrees or metres."""
        return "°" if len(self.parts) == 3 else "m"


@dataclass(frozen=True)
class Travel:
    """A height that has to change from rest to turn, so that bending limbs alone are no rep.

    Attributes
    ----------
    upper, lower : str
        The height of the first part above the second gets smaller on the way out; it may be negative.
    least_m : float
        By how much, at least.
    """

    upper: str
    lower: str
    least_m: float


def measure_sides(xy_px: np.ndarray, xyz_m: np.ndarray, signal: Signal) -> np.ndarray:
    """Measure a signal on both sides.

    Parameters
    ----------
    xy_px : (..., J, 2), xyz_m : (..., J, 3)
        NaN where unseen; all of ``xyz_m`` where there are no world coordinates.

    Returns
    -------
    float64 (..., 2)
        Left and right, in the signal's unit; NaN where unseen. A distance is the same for both.
    """
    scale = None if len(signal.parts) == 3 else np.asarray(pixels_per_metre(xy_px, xyz_m))
    return measure_alike(xy_px, xyz_m, (signal.parts,), scale)[..., 0, :]


def measure_alike(
    xy_px: np.ndarray,
    xyz_m: np.ndarray,
    many: tuple[tuple[str, ...], ...],
    scale: np.ndarray | None = None,
) -> np.ndarray:
    """Measure several signals with equally many parts at once: (..., signals, 2).

    ``scale`` (...) is `gym.features.pixels_per_metre`; angles need none. The rest is as in
    `measure_sides`.
    """
    columns = _find_columns(many)
    if len(columns) == 3:
        a, b, c = columns
        angles = [angle_between(p[..., a, :], p[..., b, :], p[..., c, :]) for p in (xy_px, xyz_m)]
        return mean_known(np.stack(angles, axis=-1)[..., None])[..., 0]
    if len(columns) == 1:
        left, right = (xy_px[..., columns[0][:, side], :].astype(float) for side in (0, 1))
        apart = np.linalg.norm(left - right, axis=-1) / scale[..., None]
        return np.stack([apart, apart], axis=-1)
    upper, lower = (xy_px[..., places, 1].astype(float) for places in columns)
    return (lower - upper) / scale[..., None, None]


@cache
def _find_columns(many: tuple[tuple[str, ...], ...]) -> np.ndarray:
    """Return the joints of some signals: int (parts, signals, 2)."""
    return np.array([[both_sides(part) for part in parts] for parts in many]).swapaxes(0, 1)


def see_sides(visibility: np.ndarray, signal: Signal) -> np.ndarray:
    """Return the visibility of the least visible joint of each side: (..., J) to (..., 2)."""
    return see_alike(visibility, (signal.parts,))[..., 0, :]


def see_alike(visibility: np.ndarray, many: tuple[tuple[str, ...], ...]) -> np.ndarray:
    """Do the same for several signals with equally many parts: (..., J) to (..., signals, 2)."""
    columns = _find_columns(many)
    seen = visibility[..., columns].min(axis=-3)
    return np.repeat(seen.min(axis=-1, keepdims=True), 2, axis=-1) if len(columns) == 1 else seen


def measure_travel(
    xy_px: np.ndarray, xyz_m: np.ndarray, travel: Travel, scale: np.ndarray | None = None
) -> np.ndarray:
    """Measure a height of the body, of its left, and of its right.

    Parameters
    ----------
    xy_px : (..., J, 2), xyz_m : (..., J, 3)
    scale : (...), optional
        `gym.features.pixels_per_metre`, where that is known already.

    Returns
    -------
    float64 (..., 3)
        Metres; NaN where unseen, or without world coordinates.
    """
    uppers = xy_px[..., both_sides(travel.upper), 1].astype(float)
    lowers = xy_px[..., both_sides(travel.lower), 1].astype(float)
    upper = mean_known(uppers[..., None])
    # Whoever lifts one foot stands on the other: the body has not gone down.
    lower = np.fmax.reduce(lowers, axis=-1, keepdims=True)
    heights = np.concatenate([lower - upper, lowers - uppers], axis=-1)
    scale = pixels_per_metre(xy_px, xyz_m) if scale is None else scale
    return heights / np.asarray(scale)[..., None]
