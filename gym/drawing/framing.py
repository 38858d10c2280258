"""Draws what guides an athlete into place: a silhouette to step into, advice, and a countdown.

Every function draws into the uint8 (H, W, 3) RGB image it is given, mirrored already, and returns that
same image. What there is to advise is for `gym.live.framing` to say.
"""

from __future__ import annotations

from functools import lru_cache

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

#: One rounded piece of a body: from x, y with a radius to x, y with a radius, in body heights.
Piece = tuple[float, float, float, float, float, float]

#: Somebody who stands, seen from the side and facing right; x ahead, y down from the top of the head.
STANDING_BODY: tuple[Piece, ...] = (
    (-0.014, 0.058, 0.058, 0.008, 0.056, 0.056),  # skull
    (0.030, 0.075, 0.034, 0.034, 0.102, 0.025),  # face
    (0.060, 0.070, 0.007, 0.070, 0.084, 0.006),  # nose
    (0.050, 0.102, 0.012, 0.046, 0.118, 0.014),  # mouth and chin
    (-0.020, 0.105, 0.036, -0.022, 0.170, 0.036),  # neck
    (-0.030, 0.170, 0.032, -0.034, 0.215, 0.046),  # nape to shoulders
    (-0.024, 0.215, 0.052, 0.000, 0.275, 0.074),  # shoulders to chest
    (0.000, 0.275, 0.074, 0.006, 0.390, 0.056),  # chest to waist
    (0.006, 0.390, 0.056, -0.002, 0.465, 0.062),  # waist to belly
    (-0.026, 0.475, 0.054, -0.028, 0.515, 0.055),  # seat
    (-0.006, 0.500, 0.066, 0.008, 0.690, 0.039),  # thigh
    (0.010, 0.690, 0.039, 0.008, 0.735, 0.035),  # knee
    (0.004, 0.735, 0.034, -0.014, 0.800, 0.038),  # calf
    (-0.014, 0.800, 0.038, -0.016, 0.930, 0.021),  # calf to ankle
    (-0.028, 0.974, 0.022, -0.010, 0.950, 0.026),  # heel
    (0.000, 0.966, 0.026, 0.092, 0.986, 0.014),  # foot
)
STANDING_ARM: tuple[Piece, ...] = (
    (-0.024, 0.215, 0.040, -0.030, 0.355, 0.029),
    (-0.030, 0.360, 0.028, 0.060, 0.462, 0.019),
    (0.066, 0.470, 0.020, 0.094, 0.500, 0.017),
)
#: The same person in a plank: x from the heels to the head, y down from the floor, so that all is < 0.
PLANK_BODY: tuple[Piece, ...] = (
    (0.900, -0.400, 0.057, 0.908, -0.380, 0.056),  # skull
    (0.910, -0.350, 0.034, 0.884, -0.338, 0.025),  # face
    (0.926, -0.322, 0.007, 0.914, -0.312, 0.006),  # nose
    (0.888, -0.320, 0.012, 0.872, -0.324, 0.013),  # mouth and chin
    (0.852, -0.378, 0.036, 0.800, -0.350, 0.036),  # neck
    (0.800, -0.356, 0.034, 0.770, -0.344, 0.046),  # nape to shoulders
    (0.768, -0.334, 0.054, 0.705, -0.298, 0.074),  # shoulders to chest
    (0.705, -0.298, 0.074, 0.600, -0.254, 0.056),  # chest to waist
    (0.600, -0.254, 0.056, 0.520, -0.232, 0.060),  # waist to belly
    (0.505, -0.250, 0.054, 0.470, -0.238, 0.055),  # seat
    (0.500, -0.222, 0.064, 0.300, -0.148, 0.039),  # thigh
    (0.300, -0.148, 0.039, 0.260, -0.134, 0.035),  # knee
    (0.256, -0.136, 0.034, 0.195, -0.126, 0.038),  # calf
    (0.195, -0.126, 0.038, 0.070, -0.076, 0.021),  # calf to ankle
    (0.030, -0.070, 0.022, 0.050, -0.062, 0.026),  # heel
    (0.040, -0.058, 0.026, 0.078, -0.014, 0.014),  # foot
)
PLANK_ARM: tuple[Piece, ...] = (
    (0.775, -0.322, 0.042, 0.770, -0.165, 0.028),
    (0.770, -0.165, 0.028, 0.774, -0.040, 0.019),
    (0.772, -0.024, 0.022, 0.824, -0.013, 0.012),
)


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
    plank = exercise is not None and exercise.silhouette == "plank"
    layer = _paint_silhouette(width, height, plank, right, facing == "right")
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


@lru_cache(maxsize=6)  # white and green, for a few sizes: up to 6 MB each at 1280x720
def _paint_silhouette(
    width: int, height: int, plank: bool, right: bool, faces_right: bool
) -> _Layer:
    """Paint the silhouette for one size of picture.

    Who stands has the head at a tenth of the height and the feet at 92 %: room to move. A plank takes
    four fifths of the width.
    """
    if plank:
        size_px = min(0.80 * width, 1.4 * height)
        body, arm, middle, top_px = PLANK_BODY, PLANK_ARM, 0.49, 0.86 * height
    else:
        size_px = 0.82 * height
        body, arm, middle, top_px = STANDING_BODY, STANDING_ARM, 0.02, 0.10 * height
    forward = size_px if faces_right else -size_px
    scale = np.array([forward, size_px, size_px] * 2)
    offset = np.array([width / 2 - middle * forward, top_px, 0.0] * 2)
    pieces = np.array(body + arm) * scale + offset
    line_px = max(2.0, min(width, height) / 110)
    margin = pieces[:, [2, 5]].max() + 3 * line_px
    low = np.maximum(pieces[:, :2].min(axis=0) - margin, 0).astype(int)
    high = np.minimum(pieces[:, 3:5].max(axis=0) + margin, (width, height)).astype(int)
    pieces -= np.array([*low, 0.0] * 2)
    bodies = _measure_depth(pieces, tuple(high - low), size_px)
    arms = _measure_depth(pieces[len(body) :], tuple(high - low), size_px)

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
    pieces: np.ndarray, size: tuple[int, int], size_px: float, soft: float = 0.006
) -> np.ndarray:
    """Return how far inside a body's outline each pixel lies, in px, negative outside: float (H, W).

    The pieces' joint outline is rounded by a blur of ``soft`` body heights, as skin lies over joints;
    it is drawn finer than the picture, for smooth lines.
    """
    fine = min(max(round(1000 / size_px), 1), 4)
    mask = np.zeros((fine * size[1], fine * size[0]), np.uint8)
    for piece in np.round(16 * fine * pieces).astype(int):
        for t in np.linspace(0, 1, 30):
            x, y, radius = np.round(piece[:3] + t * (piece[3:] - piece[:3])).astype(int)
            centre = (int(x), int(y))
            cv2.circle(mask, centre, int(radius), 255, cv2.FILLED, cv2.LINE_8, shift=4)
    mask = (cv2.GaussianBlur(mask, (0, 0), fine * soft * size_px) > 127).astype(np.uint8)
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
