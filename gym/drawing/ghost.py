"""The best rep of a set as a ghost: where its skeleton is laid over each of the other reps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gym.features import SEEN_VISIBILITY, pixels_per_metre
from gym.kept import kept_with_poses
from gym.schema import PoseSequence
from gym.skeleton import SIDES, joint_index

#: What may stay in place while a rep is done: feet on the floor, hands on a bar, hips on a bench.
_ANCHORS = ("ankle", "wrist", "hip", "shoulder")
_SIZES = (0.5, 2.0)  # beyond is no person who comes nearer, but a pose that is wrong


class GhostPlace(NamedTuple):
    """Where a ghost lies over a rep, in shares of the picture's width and height.

    A point of the best rep goes to ``to + scale * (point - held)``.
    """

    held_x: float
    held_y: float
    to_x: float
    to_y: float
    scale: float


@kept_with_poses
def place_ghost(
    poses: PoseSequence, spans_s: Sequence[tuple[float, float]], best: int
) -> tuple[GhostPlace | None, ...]:
    """Say where the best rep's skeleton lies over each rep.

    It is held at what moves least in the best rep, such as a foot in a squat, and is as large as the
    athlete is in the other rep.

    Parameters
    ----------
    poses : PoseSequence
    spans_s : sequence of (start, end)
        The reps.
    best : int
        The best one's place among them.

    Returns
    -------
    tuple of GhostPlace or None
        For each rep; None where what holds it was not seen.
    """
    inside = [(poses.time_s >= start) & (poses.time_s <= end) for start, end in spans_s]
    anchor = _find_anchor(poses, inside[best])
    if anchor is None:
        return (None,) * len(spans_s)
    places = [_middle(anchor[frames]) / np.array(poses.image_size) for frames in inside]
    sizes = [
        float(_middle(pixels_per_metre(poses.xy_px[frames], poses.xyz_m[frames])[:, None])[0])
        for frames in inside
    ]
    scales = np.array(sizes) / sizes[best]
    scales = np.where(np.isfinite(scales), np.clip(scales, *_SIZES), 1.0)
    held = places[best].tolist()
    return tuple(
        GhostPlace(*held, *place.tolist(), float(scale)) if np.isfinite(place).all() else None
        for place, scale in zip(places, scales, strict=True)
    )


def _find_anchor(poses: PoseSequence, frames: np.ndarray) -> np.ndarray | None:
    """Return the path (T, 2) px of the joint that moves least in some frames; None if none is seen."""
    found = []
    for joint in (joint_index(f"{side}_{part}") for part in _ANCHORS for side in SIDES):
        path = poses.xy_px[:, joint].astype(float)
        path[poses.visibility[:, joint] < SEEN_VISIBILITY] = np.nan
        known = path[frames][np.isfinite(path[frames]).all(axis=1)]
        if 2 * len(known) > frames.sum():
            moved_px = np.ptp(np.percentile(known, (5, 95), axis=0), axis=0)
            found.append((float(np.hypot(*moved_px)), path))
    return min(found, key=lambda one: one[0])[1] if found else None


def _middle(values: np.ndarray) -> np.ndarray:
    """Return the median of the known rows; NaN of none."""
    known = values[np.isfinite(values).all(axis=1)]
    return np.median(known, axis=0) if len(known) else np.full(values.shape[1], np.nan)
