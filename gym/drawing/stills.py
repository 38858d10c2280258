"""A rep in three pictures: where it starts, where it turns, and where it ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gym.drawing.skeleton import draw_skeleton
from gym.media.stills import read_stills
from gym.schema import Frame, PoseSequence, Rep

_MARGIN = 0.15  #: room around the athlete, as a share of their longer side


def draw_rep(clip: Path, poses: PoseSequence, rep: Rep, near_side: str) -> list[Frame]:
    """Draw the frames in which a rep starts, turns and ends, cut out around the athlete.

    Parameters
    ----------
    clip : Path
        The clip as `gym.media.writer.ClipWriter` wrote it for the browser.
    poses : PoseSequence
        Of the same clip; not empty.
    rep : Rep
    near_side : {"left", "right"}

    Returns
    -------
    list of Frame
        Three, all of the same size, with the skeleton drawn into them.

    Raises
    ------
    ClipError
        The clip cannot be read any more.
    """
    stills = read_stills(clip, [rep.start_s, rep.bottom_s, rep.end_s])
    nearest = [int(np.argmin(np.abs(poses.time_s - still.time_s))) for still in stills]
    drawn = []
    for still, index in zip(stills, nearest, strict=True):
        image = np.ascontiguousarray(still.image)
        draw_skeleton(image, poses[index], poses.image_size, near_side)
        drawn.append(image)
    height, width = drawn[0].shape[:2]
    scale = np.array([width, height]) / np.array(poses.image_size)
    rows, columns = _frame_athlete(poses.xy_px[nearest] * scale, width, height)
    return [
        Frame(np.ascontiguousarray(image[rows, columns]), still.time_s)
        for image, still in zip(drawn, stills, strict=True)
    ]


def _frame_athlete(xy_px: np.ndarray, width: int, height: int) -> tuple[slice, slice]:
    """Return the rows and columns that contain the athlete in all pictures; all if nobody is seen."""
    seen = xy_px[np.isfinite(xy_px).all(axis=2)]
    if not len(seen):
        return slice(0, height), slice(0, width)
    low, high = seen.min(axis=0), seen.max(axis=0)
    room = _MARGIN * (high - low).max()
    left, top = np.clip(low - room, 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(high + room), (left + 1, top + 1), (width, height)).astype(int)
    return slice(top, bottom), slice(left, right)
