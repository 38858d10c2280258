"""Draws the skeleton of a pose into a frame."""

from __future__ import annotations

import cv2
import numpy as np

from gym.drawing.text import Colour, check_image
from gym.schema import Pose
from gym.skeleton import BLAZEPOSE_JOINTS, SIDES, drawn_bone_indices

NEAR_COLOUR: Colour = (56, 217, 255)
FAR_COLOUR: Colour = (62, 122, 160)
TRUNK_COLOUR: Colour = (255, 255, 255)  # the bones that join the two sides
OUTLINE_COLOUR: Colour = (12, 20, 28)

#: Visibility from which a joint is drawn at full strength, and below which it is not drawn.
CLEAR_VISIBILITY = 0.5
LEAST_VISIBILITY = 0.1
FAINT_OPACITY = 0.4

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
