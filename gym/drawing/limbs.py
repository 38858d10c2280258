"""The joints of one moment as they lie in the picture, and the marks that several measures share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gym.drawing.marks import Arc, Gap, Level, Line, Mark, Tag
from gym.exercises import Signal
from gym.features import angle_between, mean_known
from gym.notes import say_value
from gym.skeleton import SIDES, joint_index

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


UP, ALONG = np.array([0.0, -1.0]), np.array([1.0, 0.0])


def length_of(vector: np.ndarray) -> float:
    """Return how long a vector (2,) is."""
    return float(np.linalg.norm(vector))


def mark_levels(
    upper: np.ndarray, lower: np.ndarray, words: tuple[str, str], text: str
) -> list[Mark]:
    """Mark the levels of two points, and how far apart they are in height."""
    higher = upper[1] <= lower[1]
    foot = np.array([upper[0], lower[1]])
    return [
        Level(upper, words[0], higher),
        Level(lower, words[1], not higher),
        Gap(upper, foot, text),
    ]


def mark_tilt(lower: str, upper: str, towards: np.ndarray) -> Callable[[Body, str], list[Mark]]:
    """Return what marks a limb's angle from the vertical (`UP`) or from level (`ALONG`)."""

    def mark(body: Body, text: str) -> list[Mark]:
        foot, head = body.middle(lower), body.middle(upper)
        limb = head - foot
        way = towards if towards is UP or limb[0] >= 0 else -towards
        plain = foot + way * length_of(limb)
        return [Line(foot, head), Line(foot, plain, dashed=True), Arc(foot, plain, head, text)]

    return mark


def mark_swing(lower: str, upper: str) -> Callable[[Body, str], list[Mark]]:
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


def mark_corner(most: bool, *parts: str) -> Callable[[Body, str], list[Mark]]:
    """Return what marks the angle between two limbs, of the side where it is the largest or smallest."""

    def mark(body: Body, text: str) -> list[Mark]:
        a, b, c = (body.of(body.side_with(most, *parts), part) for part in parts)
        return [Line(a, b), Line(b, c), Arc(b, a, c, text)]

    return mark


def mark_bend(most: bool, *parts: str) -> Callable[[Body, str], list[Mark]]:
    """Return what marks how far a joint is from straight: against the first limb, drawn on."""

    def mark(body: Body, text: str) -> list[Mark]:
        a, b, c = (body.of(body.side_with(most, *parts), part) for part in parts)
        along = (b - a) / max(length_of(b - a), 1e-6)
        straight = b + along * length_of(c - b)
        return [
            Line(a, b),
            Line(b, c),
            Line(b, straight, dashed=True),
            Arc(b, straight, c, text),
        ]

    return mark


def mark_joint(most: bool, *parts: str) -> Callable[[Body, str], list[Mark]]:
    """Return what marks two limbs and tells a value at their joint, of the straighter side or not."""

    def mark(body: Body, text: str) -> list[Mark]:
        a, b, c = (body.of(body.side_with(most, *parts), part) for part in parts)
        return [Line(a, b), Line(b, c), Tag(b, text)]

    return mark
