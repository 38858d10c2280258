"""What measurements have in common in a picture: levels, tilts, swings, angles and bends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gym.drawing.figure import Figure
from gym.drawing.marks import Arc, Gap, Level, Line, Mark, Tag

#: Marks what was measured, with the value as a short text in a tag.
Draw = Callable[[Figure, str], list[Mark]]

UP, ALONG = np.array([0.0, -1.0]), np.array([1.0, 0.0])


def length(vector: np.ndarray) -> float:
    """Return a vector's length."""
    return float(np.linalg.norm(vector))


def turn(vector: np.ndarray, degrees: float) -> np.ndarray:
    """Return a vector (2,) turned clockwise in the picture, whose y points down."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cosine, -sine], [sine, cosine]]) @ vector


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


def mark_angle(a: np.ndarray, b: np.ndarray, c: np.ndarray, text: str) -> list[Mark]:
    """Mark the angle at the middle one of three joints."""
    return [Line(a, b), Line(b, c), Arc(b, a, c, text)]


def mark_bend(a: np.ndarray, b: np.ndarray, c: np.ndarray, text: str) -> list[Mark]:
    """Mark how far the middle one of three joints is from straight: the first limb is drawn on."""
    straight = b + (b - a) / max(length(b - a), 1e-6) * length(c - b)
    return [Line(a, b), Line(b, c), Line(b, straight, dashed=True), Arc(b, straight, c, text)]


def draw_tilt(lower: str, upper: str, towards: np.ndarray) -> Draw:
    """Return what marks a limb's angle from the vertical (`UP`) or from level (`ALONG`)."""

    def mark(figure: Figure, text: str) -> list[Mark]:
        return mark_tilt(figure.middle(lower), figure.middle(upper), towards, text)

    return mark


def mark_tilt(foot: np.ndarray, head: np.ndarray, towards: np.ndarray, text: str) -> list[Mark]:
    """Mark a limb's angle from the vertical (`UP`) or from level (`ALONG`), at its lower end."""
    limb = head - foot
    way = towards if towards is UP or limb[0] >= 0 else -towards
    plain = foot + way * length(limb)
    return [Line(foot, head), Line(foot, plain, dashed=True), Arc(foot, plain, head, text)]


def draw_swing(lower: str, upper: str) -> Draw:
    """Return what marks how far a limb turns during the rep, around where its lower end is now."""

    def mark(figure: Figure, text: str) -> list[Mark]:
        return mark_swing(figure, figure.sides[0], lower, upper, text)

    return mark


def mark_swing(figure: Figure, side: str, lower: str, upper: str, text: str) -> list[Mark]:
    """Mark how far a side's limb turns during the rep; nothing where it was not seen."""
    foot = figure.of(side, lower)
    ends = [foot + limb for limb in figure.extremes(side, lower, upper)]
    if not ends:
        return []
    least, most = ends
    return [Line(foot, least, dashed=True), Line(foot, most), Arc(foot, least, most, text)]


def draw_angle(most: bool, *parts: str) -> Draw:
    """Return what marks the angle between two limbs, of the side where it is the largest or smallest."""

    def mark(figure: Figure, text: str) -> list[Mark]:
        side = figure.side_with(most, *parts)
        return mark_angle(*(figure.of(side, part) for part in parts), text)

    return mark


def draw_joint(most: bool, *parts: str) -> Draw:
    """Return what marks two limbs, of the straighter side or the other, and the value at their joint.

    For what is told from the athlete's own straightest: an arc would show another angle.
    """

    def mark(figure: Figure, text: str) -> list[Mark]:
        side = figure.side_with(most, *parts)
        return mark_joint(*(figure.of(side, part) for part in parts), text)

    return mark


def mark_joint(a: np.ndarray, b: np.ndarray, c: np.ndarray, text: str) -> list[Mark]:
    """Mark two limbs, and a value beside the joint between them."""
    across = turn(c - a, 90.0) / max(length(c - a), 1e-6)
    return [Line(a, b), Line(b, c), Tag(b + across * 0.25 * length(c - a), text)]


def draw_bend(most: bool, *parts: str) -> Draw:
    """Return what marks how far a joint is from straight, of the side that is straightest or least."""

    def mark(figure: Figure, text: str) -> list[Mark]:
        side = figure.side_with(most, *parts)
        return mark_bend(*(figure.of(side, part) for part in parts), text)

    return mark
