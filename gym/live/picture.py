"""The picture of a live session: the camera's, mirrored, and what its stage has to show drawn into it."""

from __future__ import annotations

import numpy as np

from gym.drawing.framing import draw_advice, draw_countdown, draw_silhouette
from gym.drawing.skeleton import draw_skeleton
from gym.drawing.status import draw_status
from gym.live.view import LiveView, Stage

STATUS_SCALE = 1.8  #: letters that can be read from three metres


def draw_picture(image: np.ndarray, view: LiveView) -> np.ndarray:
    """Draw what a view has to show into the camera's picture; nothing else plays a part.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB
        The frame that the view is of, not mirrored; not changed.
    view : LiveView

    Returns
    -------
    uint8 (H, W, 3) RGB
        A picture of its own, mirrored.
    """
    canvas = image.copy()
    if view.pose is not None:
        draw_skeleton(canvas, view.pose)
    picture = mirror(canvas)  # before any text
    match view.stage:
        case Stage.WAITING:
            line = "You come next." if view.ahead == 1 else f"{view.ahead} come before you."
            draw_advice(picture, f"Someone else is training. {line}")
        case Stage.PREPARING:
            draw_advice(picture, "Getting ready.")
        case Stage.FRAMING:
            draw_silhouette(picture, view.chosen, view.placed, view.facing)
            draw_advice(picture, view.advice)
        case Stage.COUNTDOWN:
            draw_countdown(picture, view.countdown)
        case Stage.TRAINING if view.status is not None:
            draw_status(picture, **vars(view.status), scale=STATUS_SCALE)
    return picture


def mirror(image: np.ndarray) -> np.ndarray:
    """Return an image as a mirror shows it, contiguous."""
    return np.ascontiguousarray(image[:, ::-1])
