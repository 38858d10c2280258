"""Cuts of an edited clip: the camera or the person is another from one frame to the next.

Poses are all that is kept of a clip, so a cut is seen in them: a skeleton that stands still, or moves
smoothly, on both sides of a moment and is elsewhere, or of another size, after it. A pose that jumps and
comes back, as pose networks do with hidden people, is no cut.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gym.schema import PoseSequence
from gym.skeleton import LIMBS, SIDES, joint_index

WINDOW_S = 0.35  #: what is compared before and after; shorter than half of the fastest rep
JUMP = 0.6  #: of the body's size, and more than three times what it moves within a window
_JOINTS = [joint_index(f"{side}_{part}") for side in SIDES for part in LIMBS]


def find_cuts(poses: PoseSequence) -> tuple[float, ...]:
    """Return when the clip was cut: the times of the first frames after each cut, in seconds.

    Only cuts between two frames in which the athlete is seen are found.
    """
    seen = np.flatnonzero(poses.seen)
    if len(seen) < 4:
        return ()
    time_s, points = poses.time_s[seen], poses.xy_px[seen][:, _JOINTS].astype(float)
    middle = np.nanmean(points, axis=1, keepdims=True)
    size = np.sqrt(np.nanmean(np.square(points - middle).sum(axis=-1), axis=1))
    step = np.nanmedian(np.linalg.norm(np.diff(points, axis=0), axis=-1), axis=1)
    cuts: list[float] = []
    for at in np.flatnonzero(step > JUMP * np.minimum(size[1:], size[:-1])) + 1:
        before = points[np.searchsorted(time_s, time_s[at - 1] - WINDOW_S) : at]
        after = points[at : np.searchsorted(time_s, time_s[at] + WINDOW_S, side="right")]
        if min(len(before), len(after)) < 3 or time_s[at] - time_s[at - 1] > WINDOW_S:
            continue
        jump = _distance(np.nanmedian(before, axis=0), np.nanmedian(after, axis=0))
        restless = max(
            float(np.nanmax([_distance(a, b) for a, b in pairwise(part)]))
            for part in (before, after)
        )
        if jump > JUMP * min(size[at], size[at - 1]) and jump > 3 * restless:
            cuts.append(float(time_s[at]))
    return tuple(cuts)


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return how far most joints are from each other, px."""
    return float(np.nanmedian(np.linalg.norm(one - other, axis=-1)))
