"""How alike every two moments of a recording are, as the self-similarity counter sees the body."""

from __future__ import annotations

import numpy as np

from gym.counting.cycles import RATE_HZ, ndimage, place_body
from gym.schema import PoseSequence

#: Longer stretches would be drawn too coarsely to show a quick rep: 200 moments are 6.7 a second.
LONGEST_S, MOST_MOMENTS = 30.0, 200
_DRIFT_S = 6.0  #: as for the counter: what takes longer is a change of place or posture, no rep
_LEAST_FRAMES = 4  #: with somebody in view; fewer show no movement


def compare_moments(poses: PoseSequence) -> tuple[np.ndarray, np.ndarray]:
    """Compare the body at every two moments: a self-similarity matrix.

    Parameters
    ----------
    poses : PoseSequence
        `LONGEST_S` or less, to show every rep.

    Returns
    -------
    time_s : float64 (N,)
        At most `MOST_MOMENTS`, evenly spaced; none where nobody is in view.
    likeness : float64 (N, N)
        1 where the body is the same, 0 for the two moments that are least alike: 1 minus the distance as
        a share of the largest. NaN where nobody was seen.
    """
    if poses.seen.sum() < _LEAST_FRAMES:
        return np.empty(0), np.empty((0, 0))
    time_s, body, known = place_body(poses)
    drift = ndimage().gaussian_filter1d(body, _DRIFT_S * RATE_HZ, axis=0, mode="nearest")
    stride = -(-len(time_s) // MOST_MOMENTS)
    time_s, moves, known = time_s[::stride], (body - drift)[::stride], known[::stride]
    energy = np.square(moves).sum(axis=1)
    apart = np.sqrt(np.maximum(energy[:, None] + energy - 2 * moves @ moves.T, 0.0))
    likeness = 1 - apart / max(float(apart[known][:, known].max(initial=0.0)), 1e-9)
    likeness[~known] = likeness[:, ~known] = np.nan
    return time_s, likeness
