"""The marks that a measurement leaves in a picture: lines, levels, arcs, gaps, and tags beside them.

Every mark has a dark outline, so that it is seen on light and dark pictures alike. A mark with a point
that was not seen (NaN) is not drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from gym.drawing.skeleton import OUTLINE_COLOUR
from gym.drawing.status import VERDICT_COLOURS
from gym.drawing.text import Colour, check_image, put_text, shade, text_width
from gym.schema import Verdict

REFERENCE_COLOUR: Colour = (255, 255, 255)  #: of what a measured line is compared with
_SHIFT = 4  # cv2 draws at 1/16 px
_SECTOR_OPACITY = 0.45


@dataclass(frozen=True, eq=False)
class Line:
    """A line from one point to another: measured, or a dashed one to compare it with."""

    start: np.ndarray
    end: np.ndarray
    dashed: bool = False


@dataclass(frozen=True, eq=False)
class Level:
    """A level line through a point, across the picture, with a word at its end."""

    through: np.ndarray
    word: str
    word_above: bool


@dataclass(frozen=True, eq=False)
class Arc:
    """The angle at a corner between the directions of two points, with its value in a tag."""

    corner: np.ndarray
    start: np.ndarray
    end: np.ndarray
    text: str = ""


@dataclass(frozen=True, eq=False)
class Gap:
    """The distance between two points, as a line with a bar at either end, and its value in a tag."""

    start: np.ndarray
    end: np.ndarray
    text: str = ""


@dataclass(frozen=True, eq=False)
class Tag:
    """A word at a point."""

    at: np.ndarray
    text: str


Mark = Line | Level | Arc | Gap | Tag


def draw_marks(image: np.ndarray, marks: Iterable[Mark], colour: Colour, text_px: int) -> None:
    """Draw marks into a picture; the tags last, on top of all lines.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB, changed in place
    marks : iterable of Mark
        Their points in px of the image.
    colour : (r, g, b)
        Of what was measured; what it is compared with is white.
    text_px : int
        The height of the letters.

    Raises
    ------
    ValueError
        Not such an image.
    """
    check_image(image)
    known = [mark for mark in marks if _is_known(mark)]
    line_px = max(2, round(text_px / 7))
    for mark in known:
        if isinstance(mark, Arc):
            _draw_sector(image, mark, colour, line_px)
    for mark in known:
        if isinstance(mark, Line):
            _draw_line(image, mark, REFERENCE_COLOUR if mark.dashed else colour, line_px)
        elif isinstance(mark, Level):
            ends = np.array([[0, mark.through[1]], [image.shape[1], mark.through[1]]])
            _draw_line(image, Line(*ends, dashed=True), REFERENCE_COLOUR, line_px)
        elif isinstance(mark, Gap):
            _draw_gap(image, mark, colour, line_px)
    for mark in known:
        _draw_words(image, mark, text_px)


def draw_sign(image: np.ndarray, verdict: Verdict, centre: tuple[int, int], radius_px: int) -> None:
    """Draw a verdict's sign: a disc in its colour with a tick, a double wave, a cross or a question mark.

    OpenCV's font lacks some of `gym.notes.VERDICT_SIGNS`.
    """
    x, y = centre
    pen_px = max(2, round(radius_px / 5))
    cv2.circle(image, centre, radius_px, VERDICT_COLOURS[verdict], cv2.FILLED, cv2.LINE_AA)
    strokes = {
        Verdict.PASS: [[(-0.5, 0.0), (-0.12, 0.4), (0.5, -0.4)]],
        Verdict.BORDERLINE: [
            [(-0.55, at + 0.1), (-0.25, at - 0.12), (0.25, at + 0.12), (0.55, at - 0.1)]
            for at in (-0.28, 0.28)
        ],
        Verdict.FAIL: [[(-0.4, -0.4), (0.4, 0.4)], [(-0.4, 0.4), (0.4, -0.4)]],
        Verdict.UNSEEN: [
            [(-0.3, -0.3), (-0.15, -0.55), (0.2, -0.55), (0.3, -0.25), (0.0, 0.02), (0.0, 0.2)],
            [(0.0, 0.52), (0.0, 0.55)],
        ],
    }
    for stroke in strokes[verdict]:
        points = np.round((np.array(stroke) * radius_px + (x, y)) * 2**_SHIFT).astype(np.int32)
        cv2.polylines(image, [points], False, OUTLINE_COLOUR, pen_px, cv2.LINE_AA, _SHIFT)


def _is_known(mark: Mark) -> bool:
    points = [part for part in vars(mark).values() if isinstance(part, np.ndarray)]
    return bool(np.isfinite(points).all())


def _to_fixed(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0]) * 2**_SHIFT), round(float(point[1]) * 2**_SHIFT)


def _draw_line(image: np.ndarray, line: Line, colour: Colour, line_px: int) -> None:
    """Draw one line with its outline, in dashes if it is a dashed one."""
    start, end = np.asarray(line.start, float), np.asarray(line.end, float)
    parts = [(start, end)]
    if line.dashed:
        dash_px = 5.0 * line_px
        count = max(1, round(float(np.linalg.norm(end - start)) / dash_px))
        edges = start + (end - start) * np.linspace(0, 1, count + 1)[:, None]
        parts = list(zip(edges[:-1:2], edges[1::2], strict=False))
        line_px = max(2, line_px - 1)
    for width, paint in ((line_px + 3, OUTLINE_COLOUR), (line_px, colour)):
        for a, b in parts:
            cv2.line(image, _to_fixed(a), _to_fixed(b), paint, width, cv2.LINE_AA, _SHIFT)


def _draw_gap(image: np.ndarray, gap: Gap, colour: Colour, line_px: int) -> None:
    """Draw a distance: a line with a bar across either end."""
    along = gap.end - gap.start
    length = float(np.linalg.norm(along))
    across = np.array([-along[1], along[0]]) / length if length else np.array([1.0, 0.0])
    across = across * 3 * line_px
    for start, end in (
        (gap.start, gap.end),
        (gap.start - across, gap.start + across),
        (gap.end - across, gap.end + across),
    ):
        _draw_line(image, Line(start, end), colour, line_px)


def _radius(image: np.ndarray, arc: Arc) -> float:
    """Return how far from its corner an arc is drawn: within the limbs, and large enough to be seen."""
    limbs = [float(np.linalg.norm(point - arc.corner)) for point in (arc.start, arc.end)]
    short_side = min(image.shape[:2])
    return float(np.clip(0.55 * min(limbs), 0.06 * short_side, 0.2 * short_side))


def _directions(arc: Arc) -> tuple[float, float]:
    """Return where an arc starts, in degrees as cv2 counts them, and its signed way, 180 at most."""
    start, end = (
        float(np.degrees(np.arctan2(*(point - arc.corner)[::-1]))) for point in (arc.start, arc.end)
    )
    return start, (end - start + 180.0) % 360.0 - 180.0


def _draw_sector(image: np.ndarray, arc: Arc, colour: Colour, line_px: int) -> None:
    """Fill an angle, half transparent, and draw its arc."""
    start, way = _directions(arc)
    radius = round(_radius(image, arc))
    centre = (round(float(arc.corner[0])), round(float(arc.corner[1])))
    turns = (start, start + way) if way >= 0 else (start + way, start)
    height, width = image.shape[:2]
    left, top = max(centre[0] - radius - 4, 0), max(centre[1] - radius - 4, 0)
    right, bottom = min(centre[0] + radius + 5, width), min(centre[1] + radius + 5, height)
    if left >= right or top >= bottom:
        return  # it lies outside the picture
    part = image[top:bottom, left:right]
    filled = np.ascontiguousarray(part)
    inside = (centre[0] - left, centre[1] - top)
    cv2.ellipse(filled, inside, (radius, radius), 0, *turns, colour, cv2.FILLED, cv2.LINE_AA)
    part[:] = cv2.addWeighted(filled, _SECTOR_OPACITY, part, 1 - _SECTOR_OPACITY, 0)
    for width_px, paint in ((line_px + 3, OUTLINE_COLOUR), (line_px, colour)):
        cv2.ellipse(image, centre, (radius, radius), 0, *turns, paint, width_px, cv2.LINE_AA)


def _draw_words(image: np.ndarray, mark: Mark, text_px: int) -> None:
    """Write a mark's words beside it, inside the picture."""
    if isinstance(mark, Level):
        width = text_width(mark.word, text_px)
        away = -0.85 if mark.word_above else 0.85
        # At the end of the picture that is further from what the line runs through.
        right = mark.through[0] < image.shape[1] / 2
        x = image.shape[1] - width / 2 - text_px if right else width / 2 + text_px
        _write(image, mark.word, np.array([x, mark.through[1] + away * text_px]), text_px)
    elif isinstance(mark, Arc) and mark.text:
        start, way = _directions(mark)
        middle = np.radians(start + way / 2)
        away = _radius(image, mark) + 0.5 * text_width(mark.text, text_px) + 0.5 * text_px
        _write(
            image,
            mark.text,
            mark.corner + away * np.array([np.cos(middle), np.sin(middle)]),
            text_px,
        )
    elif isinstance(mark, Gap) and mark.text:
        level = abs(mark.end[1] - mark.start[1]) < abs(mark.end[0] - mark.start[0])
        beside = 0.5 * text_width(mark.text, text_px) + 0.9 * text_px
        away = np.array([0, 1.2 * text_px]) if level else np.array([beside, 0])
        _write(image, mark.text, (mark.start + mark.end) / 2 + away, text_px)
    elif isinstance(mark, Tag):
        _write(image, mark.text, mark.at, text_px)


def _write(image: np.ndarray, text: str, middle: np.ndarray, text_px: int) -> None:
    """Write a word on a dark ground around a point, moved as far as it has to be to lie inside."""
    height, width = image.shape[:2]
    wide, tall = text_width(text, text_px, 700) + round(0.6 * text_px), round(1.35 * text_px)
    left = int(np.clip(middle[0] - wide / 2, 0, max(width - wide, 0)))
    top = int(np.clip(middle[1] - tall / 2, 0, max(height - tall, 0)))
    shade(image[top : top + tall, left : left + wide])
    put_text(image, text, (left + round(0.3 * text_px), top + text_px), text_px, 700)
