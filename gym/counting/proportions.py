"""Give poses that were stretched to a box the proportions of a body again.

Some published poses are stretched, frame by frame and axis by axis, so that the body fills a box of
one size (`gym.features.is_stretched`). Raising an arm then squeezes the legs. What is lost are three
lengths a frame, the sides of the box; twelve bones, whose lengths do not change, tell them: the
squared length of a bone is linear in the squared sides, so that it is a small least-squares problem.

References
----------
Winter, "Biomechanics and Motor Control of Human Movement", 4th ed. 2009, figure 4.1: the lengths of
the body's segments as shares of its height.
"""

from __future__ import annotations

import numpy as np

from gym.schema import PoseSequence
from gym.skeleton import SIDES, joint_index

HEIGHT_M = 1.7
#: Lengths as shares of the body's height. Between BlazePose's joints, which lie inside the body.
_SHARES = {
    ("shoulder", "elbow"): 0.186,
    ("elbow", "wrist"): 0.146,
    ("shoulder", "hip"): 0.288,
    ("hip", "knee"): 0.245,
    ("knee", "ankle"): 0.246,
}
_ACROSS = {"shoulder": 0.21, "hip": 0.11}  # from side to side: joints' centres, not the outlines
_BONES = np.array(
    [[joint_index(f"{s}_{a}"), joint_index(f"{s}_{b}")] for a, b in _SHARES for s in SIDES]
    + [[joint_index(f"{side}_{part}") for side in SIDES] for part in _ACROSS]
)
_LENGTHS_M = HEIGHT_M * np.array(
    [share for share in _SHARES.values() for _ in SIDES] + list(_ACROSS.values())
)
#: How much a frame's box is drawn to the clip's usual one: from the bones of a single frame an axis
#: along which none of them lies is not known. A third of it and three times it count alike.
_DRAWN = 0.03
_LEAST, _MOST = 0.25, 4.0  #: a squared side is so many times the usual one: a half, twice


def restore_proportions(poses: PoseSequence) -> np.ndarray:
    """Undo a stretch of each frame's axes, by the lengths of a usual body's bones.

    Parameters
    ----------
    poses : PoseSequence
        For which `gym.features.is_stretched` says so.

    Returns
    -------
    float64 (T, J, 3)
        Metres; x, y of the picture and the depth. NaN where unseen.
    """
    points = np.concatenate([poses.xy_px, poses.xyz_m[..., 2:]], axis=-1).astype(float)
    extent = np.fmax.reduce(points, axis=1) - np.fmin.reduce(points, axis=1)
    points /= np.maximum(extent, 1e-9)[:, None]  # the box, with sides of 1
    parts = np.square(points[:, _BONES[:, 0]] - points[:, _BONES[:, 1]]) / _LENGTHS_M[:, None] ** 2
    parts = np.nan_to_num(parts)  # a bone that was not seen asks for nothing: (T, bones, 3)
    seen = parts.any(axis=(1, 2))
    if not seen.any():
        return points
    asked = seen[:, None] & parts.any(axis=2)
    usual = _solve_sides(parts.reshape(-1, 3).T @ parts.reshape(-1, 3), parts.sum(axis=(0, 1)))
    parts *= usual
    normal = np.einsum("tbi,tbj->tij", parts, parts)
    drawn = _DRAWN * np.trace(normal, axis1=1, axis2=2)[:, None] / 3 + 1e-9
    right = np.einsum("tbi,tb->ti", parts, asked.astype(float)) + drawn
    sides = np.linalg.solve(normal + drawn[..., None] * np.eye(3), right[..., None])[..., 0]
    return points * np.sqrt(usual * sides.clip(_LEAST, _MOST))[:, None]


def _solve_sides(normal: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the squares of the clip's usual sides, in square metres; none is a sixth of another."""
    sides = np.linalg.solve(normal + 1e-6 * np.trace(normal) * np.eye(3), right)
    return sides.clip(max(float(sides.max()), 1e-6) / 36)
