"""The body in a box: what the arena's networks see, alike for plain poses and stretched ones.

Thirteen joints, brought to even times, each frame stretched so that they fill a box of one size. That
takes away where the body is, how large it is and from how far it was filmed, and it is what was done
to some published poses already (`gym.posefiles.repcount`): stretched again, they stay what they are.
"""

from __future__ import annotations

import numpy as np

from gym.schema import PoseSequence
from gym.skeleton import PENN_JOINTS, PENN_MIRROR, to_penn
from gym.smoothing import interpolate, spread_times

RATE_HZ = 30.0  #: of the even times: nine in the fastest repetition known
GAP_S = 3.0  #: of a longer gap between frames the middle is left out
_BRIDGED_S = 0.35  #: a frame counts as seen when somebody was found this near to it
FEATURES = 2 * len(PENN_JOINTS) + 1  #: the joints' places, and whether anybody was seen


def box_body(poses: PoseSequence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place the joints of a recording in the box, at even times.

    Parameters
    ----------
    poses : PoseSequence
        In which somebody is seen.

    Returns
    -------
    grid_s : float64 (G,)
    boxed : float32 (G, 13, 2)
        From -0.5 to 0.5 along each axis, y down. Gaps are bridged, and a joint that is never seen
        lies where its other side does.
    seen : bool (G,)
        False where nobody was found within 0.35 s.
    """
    time_s, seen_s = poses.time_s, poses.time_s[poses.seen]
    grid_s = spread_times(time_s, RATE_HZ, reach_s=GAP_S)
    boxed = fit_to_box(fill_joints(interpolate(time_s, to_penn(poses.xy_px.astype(float)), grid_s)))
    after = np.searchsorted(seen_s, grid_s).clip(0, len(seen_s) - 1)
    away_s = np.minimum(
        np.abs(seen_s[after] - grid_s), np.abs(grid_s - seen_s[(after - 1).clip(0)])
    )
    return grid_s, boxed.astype(np.float32), away_s <= _BRIDGED_S


def fill_joints(joints: np.ndarray) -> np.ndarray:
    """Put joints that are nowhere seen, (T, 13, 2), where their other side is, or in the middle."""
    joints = np.where(np.isfinite(joints), joints, joints[..., PENN_MIRROR, :])
    known = np.isfinite(joints)
    middle = np.where(known, joints, 0.0).sum(axis=1, keepdims=True)
    return np.where(known, joints, middle / np.maximum(known.sum(axis=1, keepdims=True), 1))


def fit_to_box(joints: np.ndarray) -> np.ndarray:
    """Stretch each frame's joints, (T, 13, 2), to a box from -0.5 to 0.5."""
    low, high = joints.min(axis=1, keepdims=True), joints.max(axis=1, keepdims=True)
    return (joints - low) / np.maximum(high - low, 1e-6) - 0.5
