"""Draws what guides an athlete into place: a silhouette to step into, advice, and a countdown.

Every function draws into the uint8 (H, W, 3) RGB image it is given, mirrored already, and returns that
same image. What there is to advise is for `gym.live.framing` to say.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np

from gym.drawing.skeleton import OUTLINE_COLOUR
from gym.drawing.status import VERDICT_COLOURS
from gym.drawing.text import (
    SMALLEST_SIDE_PX,
    Colour,
    check_image,
    fit_text,
    put_text,
    shade,
    text_size,
    text_width,
)
from gym.exercises import Exercise
from gym.schema import Verdict

WAITING_COLOUR: Colour = (255, 255, 255)
RIGHT_COLOUR = VERDICT_COLOURS[Verdict.PASS]

_SILHOUETTES = Path(__file__).parents[1] / "exercises" / "silhouettes"
_POLYGON = "{http://www.w3.org/2000/svg}polygon"


def draw_silhouette(
    image: np.ndarray, exercise: Exercise | None, right: bool, facing: str = "right"
) -> np.ndarray:
    """Draw the outline of a person to step into.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB, changed in place
    exercise : Exercise or None
        What the person is about to do; None: they stand.
    right : bool
        Whether the athlete is in place: green, not white.
    facing : {"right", "left"}
        Where in the picture the person looks.

    Returns
    -------
    ndarray
        The same image.

    Raises
    ------
    ValueError
        Not such an image, or no such side.
    """
    height, width = check_image(image)
    if facing not in ("left", "right"):
        raise ValueError(f'expected facing "left" or "right", got {facing!r}')
    if min(height, width) < SMALLEST_SIDE_PX:
        return image
    name = exercise.silhouette if exercise else "standing"
    layer = _paint_silhouette(width, height, name, right, facing == "right")
    part = image[layer.rows, layer.columns]
    part[:] = cv2.blendLinear(part, layer.colours, layer.picture_share, layer.own_share)
    return image


class _Layer:
    """What is laid over a part of a picture: colours, and each pixel's share of both."""

    def __init__(
        self, rows: slice, columns: slice, colours: np.ndarray, opacity: np.ndarray
    ) -> None:
        self.rows, self.columns, self.colours = rows, columns, colours
        self.own_share = opacity.astype(np.float32)
        self.picture_share = 1 - self.own_share


@lru_cache
def _read_silhouette(name: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Read the viewBox (left, top, width, height), and outlines (n, 2): the body, limbs before it."""
    drawing = ElementTree.parse(_SILHOUETTES / f"{name}.svg").getroot()
    outlines = [
        np.array(shape.get("points").replace(",", " ").split(), float).reshape(-1, 2)
        for shape in drawing.iter(_POLYGON)
    ]
    return np.array(drawing.get("viewBox").split(), float), outlines


@lru_cache(maxsize=6)  # white and green, for a few sizes: up to 6 MB each at 1280x720
def _paint_silhouette(width: int, height: int, name: str, right: bool, faces_right: bool) -> _Layer:
    """Paint the silhouette for one size of picture.

    The drawing's viewBox is fitted into the picture, in the middle of its width; the origin lies at the
    same share of the height in both.
    """
    (left, top, wide, tall), outlines = _read_silhouette(name)
    scale = min(width / wide, height / tall)
    forward = scale if faces_right else -scale
    offset = np.array([width / 2 - (left + wide / 2) * forward, -top / tall * height])
    outlines = [outline * [forward, scale] + offset for outline in outlines]
    line_px = max(2.0, min(width, height) / 110)
    points = np.vstack(outlines)
    low = np.maximum(points.min(axis=0) - 3 * line_px, 0).astype(int)
    high = np.minimum(points.max(axis=0) + 3 * line_px, (width, height)).astype(int)
    outlines = [outline - low for outline in outlines]
    bodies = _measure_depth(outlines, tuple(high - low), scale)
    arms = _measure_depth(outlines[1:], tuple(high - low), scale)

    def draw_edge(depth: np.ndarray, width_px: float) -> np.ndarray:
        return np.clip(width_px / 2 + 0.5 - np.abs(depth), 0, 1)

    # The arm before the trunk is thin and faint, so that the outline leads the eye.
    bright = np.maximum(
        draw_edge(bodies, line_px),
        0.5 * draw_edge(arms, 0.6 * line_px) * (bodies > 1.5 * line_px),
    )
    rim = draw_edge(bodies, 2.2 * line_px)  # dark, so that the line shows on a white wall too
    fill = np.clip(bodies + 0.5, 0, 1)
    opacity = np.maximum.reduce([0.22 * fill, 0.55 * rim, 0.95 * bright])
    share = np.maximum(bright, 1 - rim)[..., None]
    colour = np.array(RIGHT_COLOUR if right else WAITING_COLOUR, float)
    colours = np.round(share * colour + (1 - share) * np.array(OUTLINE_COLOUR, float))
    rows, columns = slice(low[1], high[1]), slice(low[0], high[0])
    return _Layer(rows, columns, colours.astype(np.uint8), opacity)


def _measure_depth(
    outlines: list[np.ndarray], size: tuple[int, int], scale: float, soft: float = 6.0
) -> np.ndarray:
    """Return how far inside a body's outline each pixel lies, in px, negative outside: float (H, W).

    The joint outline is rounded by a blur of ``soft`` units of the drawing, ``scale`` px each, as skin
    lies over joints; it is drawn finer than the picture, for smooth lines.
    """
    fine = min(max(round(1 / scale), 1), 4)
    mask = np.zeros((fine * size[1], fine * size[0]), np.uint8)
    for outline in outlines:
        points = np.round(16 * fine * outline).astype(np.int32)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_8, shift=4)
    mask = (cv2.GaussianBlur(mask, (0, 0), fine * soft * scale) > 127).astype(np.uint8)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5) / fine
    depth -= cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5) / fine
    return cv2.resize(depth, size, interpolation=cv2.INTER_AREA)


def draw_advice(image: np.ndarray, text: str) -> np.ndarray:
    """Draw an advice in a band along the top, large enough to be read from three metres.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB, changed in place
    text : str
        Nothing is drawn where it is empty; letters of a 12th of the short side, in up to three lines,
        become smaller where that is too much.

    Returns
    -------
    ndarray
        The same image.
    """
    height, width = check_image(image)
    if min(height, width) < SMALLEST_SIDE_PX or not text.strip():
        return image
    least_px = text_size(width, height)
    text_px = max(least_px, round(min(height, width) / 12))
    pad = round(0.5 * text_px)
    text_px, lines = _fit_evenly(text, text_px, least_px, width - 2 * pad)
    line_px = round(1.3 * text_px)
    shade(image[: len(lines) * line_px + pad])
    for i, line in enumerate(lines, start=1):
        left = (width - text_width(line, text_px)) // 2
        baseline = pad // 2 + i * line_px - round(0.35 * text_px)
        put_text(image, line, (left, baseline), text_px, 600)
    return image


def _fit_evenly(
    text: str, text_px: int, least_px: int, width_px: int
) -> tuple[int, tuple[str, ...]]:
    """Fit a text into the width, its lines about equally long."""
    fitted = fit_text(text, text_px, least_px, width_px)
    for share in (0.6, 0.7, 0.8, 0.9):
        narrower = fit_text(text, text_px, least_px, round(share * width_px))
        if (narrower[0], len(narrower[1])) == (fitted[0], len(fitted[1])):
            return narrower
    return fitted


def draw_countdown(image: np.ndarray, number: int) -> np.ndarray:
    """Draw one huge number in the middle of an image; returns the same image."""
    height, width = check_image(image)
    if min(height, width) < SMALLEST_SIDE_PX:
        return image
    text, text_px = str(number), round(0.6 * min(height, width))
    rim_px = max(2, text_px // 40)
    left = (width - text_width(text, text_px, 700)) // 2
    baseline = height // 2 + round(0.36 * text_px)
    for x, y in _ring(rim_px):
        put_text(image, text, (left + x, baseline + y), text_px, 700, OUTLINE_COLOUR)
    put_text(image, text, (left, baseline), text_px, 700)
    return image


def _ring(radius_px: int, steps: int = 8) -> list[tuple[int, int]]:
    """Return offsets on a circle: a glyph drawn at all of them is an outline."""
    turns = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    return [(round(radius_px * np.cos(a)), round(radius_px * np.sin(a))) for a in turns]
