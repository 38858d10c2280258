"""Draws on a frame: the skeleton, and the status of the set (count, exercise, phase, cue).

What is drawn before a set, until the athlete is well placed in the picture, is in `gym.drawing.framing`.

Every function draws into the uint8 (H, W, 3) RGB image it is given and returns that same image. For
a mirrored picture, draw the skeleton first, flip the image, then draw the status, so that its text
is not mirrored.
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from gym.schema import Pose, Verdict
from gym.skeleton import BLAZEPOSE_JOINTS, SIDES, drawn_bone_indices

Colour = tuple[int, int, int]  # RGB

NEAR_COLOUR: Colour = (56, 217, 255)
FAR_COLOUR: Colour = (62, 122, 160)
TRUNK_COLOUR: Colour = (255, 255, 255)  # the bones that join the two sides
OUTLINE_COLOUR: Colour = (12, 20, 28)
TEXT_COLOUR: Colour = (255, 255, 255)
BAND_COLOUR: Colour = (12, 20, 28)
VERDICT_COLOURS: dict[Verdict, Colour] = {
    Verdict.PASS: (74, 222, 128),
    Verdict.BORDERLINE: (250, 204, 21),
    Verdict.FAIL: (248, 113, 113),
    Verdict.UNSEEN: (203, 213, 225),
}

#: Visibility from which a joint is drawn at full strength, and below which it is not drawn.
CLEAR_VISIBILITY = 0.5
LEAST_VISIBILITY = 0.1
FAINT_OPACITY = 0.4

BAND_OPACITY = 0.75  # white text on it has a contrast of 8 or more, whatever is behind it
SMALLEST_SIDE_PX = 96  # no status on smaller images: it would not be legible
CUE_LINES = 3

_SHIFT = 4  # cv2 draws at 1/16 px, so that the skeleton does not jitter


def draw_skeleton(
    image: np.ndarray,
    pose: Pose,
    image_size: tuple[int, int] | None = None,
    near_side: str | None = None,
) -> np.ndarray:
    """Draw the bones of one pose into an image.

    A bone with an unseen end is not drawn, and one with an uncertain end is drawn faintly. Line width
    depends on the size of the person.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB, changed in place
    pose : Pose
    image_size : (width, height), optional
        The frame that ``pose.xy_px`` refers to; the image's own size by default.
    near_side : {"left", "right"}, optional
        The side towards the camera, drawn brighter; if not given, both sides are bright.

    Returns
    -------
    ndarray
        The same image.
    """
    height, width = check_image(image)
    of_width, of_height = image_size or (width, height)
    xy_px = pose.xy_px * np.array([width / of_width, height / of_height], dtype=np.float32)
    drawable = (
        np.isfinite(xy_px).all(axis=1)
        & (np.abs(xy_px) < 8 * max(width, height)).all(axis=1)  # far outside: cv2 would overflow
        & (pose.visibility >= LEAST_VISIBILITY)
    )
    bones = [(a, b) for a, b in drawn_bone_indices() if drawable[a] and drawable[b]]
    if not bones:
        return image
    # The far side first, so that the near side covers it.
    bones.sort(key=lambda bone: (_side(*bone) != "", _side(*bone) == near_side))
    clear = [bone for bone in bones if pose.visibility[[*bone]].min() >= CLEAR_VISIBILITY]
    faint = [bone for bone in bones if bone not in clear]
    line_px = _line_width(xy_px[drawable], min(width, height))
    if faint:
        _draw_faint_bones(image, xy_px, faint, near_side, line_px)
    _draw_bones(image, xy_px, clear, near_side, line_px)
    return image


def _draw_faint_bones(
    image: np.ndarray,
    xy_px: np.ndarray,
    bones: list[tuple[int, int]],
    near_side: str | None,
    line_px: int,
) -> None:
    """Draw bones half transparent."""
    rows, columns = _bounds(xy_px[np.unique(bones)], image.shape, margin=3 * line_px)
    part = image[rows, columns]
    if not part.size:
        return  # they are outside the image
    before = part.copy()
    _draw_bones(image, xy_px, bones, near_side, line_px)
    part[:] = cv2.addWeighted(part, FAINT_OPACITY, before, 1 - FAINT_OPACITY, 0)


def _draw_bones(
    image: np.ndarray,
    xy_px: np.ndarray,
    bones: list[tuple[int, int]],
    near_side: str | None,
    line_px: int,
) -> None:
    """Draw lines with a dark outline, then a dot on each joint."""
    points = {i: _to_fixed(xy_px[i]) for bone in bones for i in bone}
    colours = {bone: _bone_colour(_side(*bone), near_side) for bone in bones}
    for a, b in bones:
        cv2.line(
            image, points[a], points[b], OUTLINE_COLOUR, line_px + 2, cv2.LINE_AA, shift=_SHIFT
        )
    for a, b in bones:
        cv2.line(image, points[a], points[b], colours[a, b], line_px, cv2.LINE_AA, shift=_SHIFT)
    radius = round(0.9 * line_px * 2**_SHIFT)
    for i, point in points.items():
        colour = _bone_colour(_side(i), near_side)
        cv2.circle(image, point, radius, colour, cv2.FILLED, cv2.LINE_AA, shift=_SHIFT)


def draw_status(
    image: np.ndarray,
    *,
    count: int,
    exercise: str,
    phase: float = math.nan,
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
    count : int
        Whole reps so far.
    exercise : str
        Its title, as shown.
    phase : float
        0 at the top, 1 at the bottom; no bar where it is NaN.
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
    _draw_count(image, count, exercise, text_px)
    if math.isfinite(phase):
        _draw_phase(image, min(max(phase, 0.0), 1.0), text_px)
    if cue.strip():
        _draw_cue(image, cue, VERDICT_COLOURS.get(verdict, TEXT_COLOUR), text_px, least_px)
    return image


def text_size(width: int, height: int) -> int:
    """Return the height of the cue's letters in px: a 22nd of the short side, but at least 14."""
    return max(14, round(min(height, width) / 22))


def _draw_count(image: np.ndarray, count: int, exercise: str, text_px: int) -> None:
    """Draw the count in large letters, and the exercise's name next to it."""
    width = image.shape[1]
    count_px, pad = round(2.2 * text_px), round(0.5 * text_px)
    number = str(count)
    left = text_width(number, count_px, 700) + 2 * pad
    (title,) = _wrap(exercise, text_px, width - left - 2 * pad, 1)
    right = left + max(text_width(title, text_px), text_width("reps", text_px)) + 2 * pad
    band_px = round(2.9 * text_px)
    shade(image[:band_px, :right])
    middle = band_px // 2
    put_text(image, number, (pad, middle + round(0.36 * count_px)), count_px, 700)
    put_text(image, title, (left, middle - round(0.25 * text_px)), text_px, 600)
    unit = "rep" if count == 1 else "reps"
    put_text(image, unit, (left, middle + round(0.95 * text_px)), text_px, 400)


def _draw_phase(image: np.ndarray, phase: float, text_px: int) -> None:
    """Draw a bar that fills from its top as the athlete goes down."""
    height, width = image.shape[:2]
    bar_width, pad = max(5, round(0.45 * text_px)), round(0.5 * text_px)
    top, bottom = round(0.25 * height), round(0.62 * height)
    left = width - pad - bar_width
    shade(image[top - 2 : bottom + 2, left - 2 : left + bar_width + 2])
    level = top + round(phase * (bottom - top))
    image[top:level, left : left + bar_width] = NEAR_COLOUR


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


@lru_cache(maxsize=64)
def fit_text(
    text: str, text_px: int, least_px: int, width_px: int, most_lines: int = CUE_LINES
) -> tuple[int, tuple[str, ...]]:
    """Return the largest size of letters, in px, at which a text fits, and its lines.

    If it does not fit even at the smallest size, it is cut with an ellipsis.
    """
    whole = " ".join(text.split())
    for size_px in range(text_px, least_px, -1):
        lines = _wrap(text, size_px, width_px, most_lines)
        if " ".join(lines) == whole:
            return size_px, lines
    return least_px, _wrap(text, least_px, width_px, most_lines)


@lru_cache(maxsize=64)
def _wrap(text: str, text_px: int, width_px: int, most_lines: int) -> tuple[str, ...]:
    """Break a text into lines that fit the width; if it is too long, it ends in an ellipsis."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most_lines:
        taken = len(words)
        while taken > 1 and text_width(" ".join(words[:taken]), text_px) > width_px:
            taken -= 1
        lines.append(" ".join(words[:taken]))
        words = words[taken:]
    if words:
        lines[-1] += "…"
    return tuple(_shorten(line, text_px, width_px) for line in lines) or ("",)


def _shorten(line: str, text_px: int, width_px: int) -> str:
    """Cut letters off the end of a line until it fits."""
    if text_width(line, text_px) <= width_px:
        return line
    kept = line.rstrip("…")
    while kept and text_width(kept + "…", text_px) > width_px:
        kept = kept[:-1].rstrip()
    return kept + "…"


def text_width(text: str, text_px: int, weight: int = 600) -> int:
    """Return the width in px of one line of text."""
    left, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), text_px, weight)
    return left + width


def put_text(
    image: np.ndarray,
    text: str,
    baseline: tuple[int, int],
    text_px: int,
    weight: int,
    colour: Colour = TEXT_COLOUR,
) -> None:
    """Write one line of text from the left end of its baseline."""
    cv2.putText(image, text, baseline, colour, _font(), text_px, weight)


def _font() -> cv2.FontFace:
    """Return OpenCV's own outline font, which has characters that its line fonts lack (°, –, é)."""
    return cv2.FontFace("sans")


def shade(part: np.ndarray) -> None:
    """Put a dark, translucent band over a part of an image."""
    band = np.empty_like(part)
    band[:] = BAND_COLOUR
    part[:] = cv2.addWeighted(part, 1 - BAND_OPACITY, band, BAND_OPACITY, 0)


def _side(*joints: int) -> str:
    """Return the side that all the joints are on, or an empty string."""
    sides = {BLAZEPOSE_JOINTS[i].split("_")[0] for i in joints}
    return sides.pop() if len(sides) == 1 and sides <= set(SIDES) else ""


def _bone_colour(side: str, near_side: str | None) -> Colour:
    if not side:
        return TRUNK_COLOUR
    return NEAR_COLOUR if near_side in (None, side) else FAR_COLOUR


def _line_width(xy_px: np.ndarray, short_side_px: int) -> int:
    """Return a line's width in px: a 90th of the person's size, within limits that suit the image."""
    person_px = float(np.hypot(*np.ptp(xy_px, axis=0)))
    return round(min(max(person_px / 90, short_side_px / 240, 1.0), max(short_side_px / 90, 1.0)))


def _bounds(xy_px: np.ndarray, shape: tuple[int, ...], margin: int) -> tuple[slice, slice]:
    """Return the rows and columns of an image that hold the points and a margin."""
    low = np.maximum(np.floor(xy_px.min(axis=0)).astype(int) - margin, 0)
    high = np.maximum(np.ceil(xy_px.max(axis=0)).astype(int) + margin, 0)
    return slice(low[1], min(high[1], shape[0])), slice(low[0], min(high[0], shape[1]))


def _to_fixed(point: np.ndarray) -> tuple[int, int]:
    """Return a point in cv2's fixed-point units."""
    return round(float(point[0]) * 2**_SHIFT), round(float(point[1]) * 2**_SHIFT)


def check_image(image: np.ndarray) -> tuple[int, int]:
    """Return an image's height and width."""
    fits = image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    if not (fits and image.flags.c_contiguous and image.flags.writeable):
        raise ValueError(
            "expected a writable, contiguous uint8 (H, W, 3) image, "
            f"got {image.dtype} {image.shape}"
        )
    return image.shape[:2]
