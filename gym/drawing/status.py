"""Draws the status of a set into a frame: count, exercise, phase, cue.

What is drawn before a set, until the athlete is well placed in the picture, is in `gym.drawing.framing`.

For a mirrored picture, draw the skeleton first, flip the image, then draw the status, so that its text
is not mirrored.
"""

from __future__ import annotations

import math

import numpy as np

from gym.drawing.skeleton import NEAR_COLOUR
from gym.drawing.text import (
    SMALLEST_SIDE_PX,
    TEXT_COLOUR,
    Colour,
    check_image,
    fit_text,
    put_text,
    shade,
    text_size,
    text_width,
    wrap_text,
)
from gym.schema import Verdict

VERDICT_COLOURS: dict[Verdict, Colour] = {
    Verdict.PASS: (74, 222, 128),
    Verdict.BORDERLINE: (250, 204, 21),
    Verdict.FAIL: (248, 113, 113),
    Verdict.UNSEEN: (203, 213, 225),
}


def draw_status(
    image: np.ndarray,
    *,
    count: int | None,
    exercise: str,
    unit: str = "",
    phase: float = math.nan,
    upwards: bool = False,
    cue: str = "",
    verdict: Verdict | None = None,
    scale: float = 1.0,
) -> np.ndarray:
    """Draw the state of the set into an image.

    The count and the exercise are at the top left, the phase is a bar at the right edge, and the cue
    is in a band along the bottom. Images smaller than ``SMALLEST_SIDE_PX`` are not changed.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB, changed in place
    count : int or None
        Whole reps so far, or seconds; None for what is neither counted nor timed.
    exercise : str
        Its title, as shown.
    unit : str
        What is counted; reps by default.
    phase : float
        0 at rest, 1 at the turn; no bar where it is NaN.
    upwards : bool
        Whether the bar fills from its foot: for what goes up first, as a pull-up does.
    cue : str
        What to tell the athlete; wrapped to the width, and cut with an ellipsis after ``CUE_LINES``.
    verdict : Verdict, optional
        Sets the colour of the stripe next to the cue.
    scale : float
        How many times larger the letters are: 1.8 is legible from three metres. A cue that does not
        fit is written smaller, but not smaller than at scale 1.

    Returns
    -------
    ndarray
        The same image.
    """
    height, width = check_image(image)
    if min(height, width) < SMALLEST_SIDE_PX:
        return image
    least_px = text_size(width, height)
    text_px = round(scale * least_px)
    _draw_count(image, count, exercise, unit or _name_unit(count), text_px)
    if math.isfinite(phase):
        _draw_phase(image, min(max(phase, 0.0), 1.0), upwards, text_px)
    if cue.strip():
        _draw_cue(image, cue, VERDICT_COLOURS.get(verdict, TEXT_COLOUR), text_px, least_px)
    return image


def _name_unit(count: int | None) -> str:
    """Return what is counted, where that is reps; empty where nothing is."""
    return "" if count is None else "rep" if count == 1 else "reps"


def _draw_count(
    image: np.ndarray, count: int | None, exercise: str, unit: str, text_px: int
) -> None:
    """Draw the count in large letters, and the exercise's name next to it."""
    width = image.shape[1]
    count_px, pad = round(2.2 * text_px), round(0.5 * text_px)
    number = "–" if count is None else str(count)
    left = text_width(number, count_px, 700) + 2 * pad
    (title,) = wrap_text(exercise, text_px, width - left - 2 * pad, 1)
    least = max(text_width(word, text_px) for word in ("reps", unit))  # the band keeps its width
    right = left + max(text_width(title, text_px), least) + 2 * pad
    band_px = round(2.9 * text_px)
    shade(image[:band_px, :right])
    middle = band_px // 2
    put_text(image, number, (pad, middle + round(0.36 * count_px)), count_px, 700)
    put_text(image, title, (left, middle - round(0.25 * text_px)), text_px, 600)
    put_text(image, unit, (left, middle + round(0.95 * text_px)), text_px, 400)


def _draw_phase(image: np.ndarray, phase: float, upwards: bool, text_px: int) -> None:
    """Draw a bar that fills as the athlete does: from its top downwards, or upwards."""
    height, width = image.shape[:2]
    bar_width, pad = max(5, round(0.45 * text_px)), round(0.5 * text_px)
    top, bottom = round(0.25 * height), round(0.62 * height)
    left = width - pad - bar_width
    shade(image[top - 2 : bottom + 2, left - 2 : left + bar_width + 2])
    filled = round(phase * (bottom - top))
    rows = slice(bottom - filled, bottom) if upwards else slice(top, top + filled)
    image[rows, left : left + bar_width] = NEAR_COLOUR


def _draw_cue(image: np.ndarray, cue: str, colour: Colour, text_px: int, least_px: int) -> None:
    """Draw the cue in a band along the bottom, with a stripe in the verdict's colour."""
    height, width = image.shape[:2]
    pad, stripe = round(0.5 * text_px), max(3, round(0.3 * text_px))
    text_px, lines = fit_text(cue, text_px, least_px, width - stripe - 2 * pad)
    line_px = round(1.3 * text_px)
    top = max(0, height - len(lines) * line_px - pad)
    shade(image[top:])
    image[top:, :stripe] = colour
    for i, line in enumerate(lines, start=1):
        baseline = top + pad // 2 + i * line_px - round(0.35 * text_px)
        put_text(image, line, (stripe + pad, baseline), text_px, 600)
