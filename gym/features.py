"""Measures from poses: joint angles, smoothing, normalised joints, the near side, the camera's view.

Everything is NaN where a joint it needs was not seen.
"""

from __future__ import annotations

import numpy as np

from gym.kept import kept_with_poses
from gym.schema import PoseSequence, Signals, View
from gym.skeleton import HIPS, LIMBS, SHOULDERS, SIDES, joint_index
from gym.smoothing import smooth

#: A joint below this visibility is a guess, not an observation: BlazePose places every joint, even
#: those behind the body. On rendered side views the near limbs have 0.9, the far 0.2 to 0.6.
SEEN_VISIBILITY = 0.3

_ANGLE_PARTS = {
    "knee": ("hip", "knee", "ankle"),
    "hip": ("shoulder", "hip", "knee"),
    "elbow": ("shoulder", "elbow", "wrist"),
    "shoulder": ("hip", "shoulder", "elbow"),
}

#: The angle at each joint and the three joints that span it, by name.
ANGLES: dict[str, tuple[str, str, str]] = {
    f"{side}_{part}": tuple(f"{side}_{joint}" for joint in joints)
    for part, joints in _ANGLE_PARTS.items()
    for side in SIDES
}
_ANGLE_INDEX = np.array([[joint_index(joint) for joint in joints] for joints in ANGLES.values()])


def angle_between(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return the angle at ``b`` between ``a`` and ``c``, in degrees, 0..180.

    Parameters
    ----------
    a, b, c : ndarray, shape (..., D)

    Returns
    -------
    ndarray, shape (...)
        NaN where a point is NaN or two points coincide.

    Examples
    --------
    >>> float(angle_between(np.array([1.0, 0]), np.zeros(2), np.array([0, 1.0])))
    90.0
    """
    u, v = np.asarray(a - b, dtype=float), np.asarray(c - b, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (u * v).sum(-1) / (np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1))
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def joint_angles(points: np.ndarray) -> np.ndarray:
    """Return the angles of ``ANGLES``, in degrees.

    Parameters
    ----------
    points : ndarray, shape (..., J, 2 or 3)

    Returns
    -------
    ndarray, shape (..., A)
    """
    a, b, c = (points[..., _ANGLE_INDEX[:, k], :] for k in range(3))
    return angle_between(a, b, c)


def angle_visibility(visibility: np.ndarray) -> np.ndarray:
    """Return, for each angle of ``ANGLES``, the visibility of its least visible joint: (..., A)."""
    return visibility[..., _ANGLE_INDEX].min(axis=-1)


def pixels_per_metre(xy_px: np.ndarray, xyz_m: np.ndarray) -> np.ndarray:
    """Compare the joints' spread in the image with their spread in the world, as seen.

    Parameters
    ----------
    xy_px : ndarray, shape (..., J, 2); xyz_m : ndarray, shape (..., J, 3)

    Returns
    -------
    ndarray, shape (...)
        How many pixels a metre has where the athlete is; NaN where unseen. Unlike the length of a
        single bone in the image, it stays the same while the body bends or turns.
    """

    known = np.isfinite(xy_px).all(axis=-1) & np.isfinite(xyz_m).all(axis=-1)
    joints = np.maximum(known.sum(axis=-1), 1)[..., None, None]

    def spread(points: np.ndarray) -> np.ndarray:
        kept = np.where(known[..., None], points, 0.0)
        centred = kept - kept.sum(axis=-2, keepdims=True) / joints
        return np.sqrt(np.where(known[..., None], np.square(centred), 0.0).sum(axis=(-2, -1)))

    spread_px, spread_m = spread(xy_px), spread(xyz_m[..., :2])
    return np.where(spread_m > 0, spread_px / np.maximum(spread_m, 1e-6), np.nan)


def find_near_side(poses: PoseSequence) -> str:
    """Return the side that the camera sees better: "left" or "right"."""
    seen = poses.seen
    if not seen.any():
        return "left"
    left, right = (
        poses.visibility[seen][:, [joint_index(f"{side}_{limb}") for limb in LIMBS]].mean()
        for side in SIDES
    )
    return "left" if left >= right else "right"


def mean_known(points: np.ndarray) -> np.ndarray:
    """Return the mean over the joints that are seen: (..., J, D) to (..., D); NaN where none is."""
    known = np.isfinite(points)
    total = np.where(known, points, 0.0).sum(axis=-2)
    return np.where(known.any(axis=-2), total / np.maximum(known.sum(axis=-2), 1), np.nan)


def trunk_tilt_deg(xyz_m: np.ndarray) -> np.ndarray:
    """Return the trunk's angle from the vertical, in space: 0 upright, 90 lying, 180 head down.

    Parameters
    ----------
    xyz_m : ndarray, shape (..., J, 3)

    Returns
    -------
    ndarray, shape (...), NaN where unseen
    """
    up = mean_known(xyz_m[..., HIPS, :]) - mean_known(xyz_m[..., SHOULDERS, :])
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = up[..., 1] / np.linalg.norm(up, axis=-1)  # y points down
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def hide_outside(
    xy_px: np.ndarray, visibility: np.ndarray, image_size: tuple[int, int]
) -> np.ndarray:
    """Return the visibility with joints far outside the picture set to 0, since they were not seen.

    BlazePose continues a limb well up to a quarter of the picture's longer side beyond the edge (feet
    cut off at the ankle). Beyond that it makes the joints up.
    """
    margin = 0.25 * max(image_size)
    with np.errstate(invalid="ignore"):
        outside = ((xy_px < -margin) | (xy_px > np.array(image_size) + margin)).any(axis=-1)
    return np.where(outside, 0.0, visibility)


def normalise_joints(poses: PoseSequence) -> np.ndarray:
    """Return the joints independent of position, body size and camera distance.

    Returns
    -------
    ndarray, float64 (T, J, 2)
        In trunk lengths (the clip's median distance of shoulders and hips in space, brought to
        pixels), the middle of the hips at the origin, x right, y up; NaN where unseen.
    """
    xy = poses.xy_px.astype(float)
    hips, shoulders = xy[:, HIPS].mean(axis=1), poses.xyz_m[:, SHOULDERS].mean(axis=1)
    trunk_m = np.linalg.norm(shoulders - poses.xyz_m[:, HIPS].mean(axis=1), axis=1)
    trunk_px = pixels_per_metre(poses.xy_px, poses.xyz_m) * trunk_m
    size = np.nanmedian(trunk_px) if np.isfinite(trunk_px).any() else np.nan
    return (xy - hips[:, None]) / size * np.array([1.0, -1.0])


def is_stretched(poses: PoseSequence) -> bool:
    """Tell whether every frame was stretched to the same box, as some published poses are.

    Heights and angles mean nothing then. A person's box changes with every movement.
    """
    known = poses.xy_px[np.isfinite(poses.xy_px).all(axis=(1, 2))]
    box = np.concatenate([known.min(axis=1), known.max(axis=1)], axis=1)
    return len(box) > 1 and bool((np.ptp(box, axis=0) <= 1e-3 * np.abs(box).max()).all())


def estimate_view(poses: PoseSequence) -> View:
    """Estimate where the camera is, from the direction of the shoulder and hip lines in space.

    Facing the camera a left shoulder is on the right of the picture (yaw 0); side on, the line
    points at the camera (90); from behind it is the other way round (180).
    """
    world = poses.xyz_m.astype(float)
    across = sum(world[:, left] - world[:, right] for left, right in (SHOULDERS, HIPS))
    known = np.isfinite(across).all(axis=1)
    if not known.any():
        return View()
    flat = across[known][:, [0, 2]]
    length = np.linalg.norm(flat, axis=1)
    unit = np.stack([flat[:, 0], np.abs(flat[:, 1])], axis=1) / np.maximum(length, 1e-6)[:, None]
    mean = np.median(unit, axis=0)
    yaw_deg = float(np.degrees(np.arctan2(mean[1], mean[0])))
    spread_deg = np.degrees(np.arctan2(unit[:, 1], unit[:, 0])) - yaw_deg
    steadiness = float(np.clip(1 - np.median(np.abs(spread_deg)) / 45, 0, 1))
    off_axis_deg = min(yaw_deg, 180 - yaw_deg)
    if off_axis_deg >= 60:
        label = "side"
    elif off_axis_deg >= 22.5:
        label = "diagonal"
    else:
        label = "front" if yaw_deg < 90 else "rear"
    return View(label, round(yaw_deg, 1), round(steadiness * float(known.mean()), 2))


@kept_with_poses
def measure_signals(poses: PoseSequence) -> Signals:
    """Measure every angle of ``ANGLES`` in every frame, smoothed; NaN where a joint is unseen."""
    angles = joint_angles(poses.xy_px)
    angles[angle_visibility(poses.visibility) < SEEN_VISIBILITY] = np.nan
    return Signals(
        poses.time_s,
        smooth(poses.time_s, angles),
        tuple(ANGLES),
        find_near_side(poses),
        estimate_view(poses),
    )
