"""Changes to a recording that do not change its label, so that the network learns more from it.

All work on joints of shape (T, 13, 2), image axes, y down, NaN where unseen, and return new arrays.
"""

from __future__ import annotations

import numpy as np

from gym.features import mean_known
from gym.skeleton import PENN_HIPS, PENN_JOINTS, PENN_MIRROR, SIDES
from gym.smoothing import sample_at
from gym.training.datasets import Movement

_LIMBS = tuple(
    [i for i, name in enumerate(PENN_JOINTS) if name in (f"{side}_{a}", f"{side}_{b}")]
    for side in SIDES
    for a, b in (("elbow", "wrist"), ("knee", "ankle"))
)


def flip(xy: np.ndarray) -> np.ndarray:
    """Mirror left and right: the picture and the names of the joints.

    >>> flip(flip(np.ones((1, 13, 2)))).sum()
    np.float64(26.0)
    """
    mirrored = xy[:, PENN_MIRROR].copy()
    mirrored[..., 0] *= -1
    return mirrored


def rotate(xy: np.ndarray, angle_deg: float) -> np.ndarray:
    """Roll the camera around the image's origin."""
    a = np.deg2rad(angle_deg)
    turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]], dtype=xy.dtype)
    return xy @ turn


def scale(xy: np.ndarray, factor_x: float, factor_y: float) -> np.ndarray:
    """Stretch width and height."""
    return xy * np.array([factor_x, factor_y], dtype=xy.dtype)


def translate(xy: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Shift by one vector (2,), or by one for each frame (T, 1, 2): a camera that drifts."""
    return xy + np.asarray(by, dtype=xy.dtype)


def body_spread(xy: np.ndarray) -> float:
    """Measure the body's size: root mean square distance of the joints to each frame's centroid.

    1.0 where nobody is seen.
    """
    seen = np.isfinite(xy).all(axis=-1)
    if not seen.any():
        return 1.0
    away = np.where(seen[..., None], xy - mean_known(xy)[:, None], 0.0)
    return float(np.sqrt((away**2).sum() / seen.sum())) or 1.0


def turn_camera(xy: np.ndarray, xyz: np.ndarray, yaw_deg: float) -> np.ndarray:
    """See a 3-D pose from another side.

    Parameters
    ----------
    xy : (T, 13, 2)
    xyz : (T, 13, 3)
        Metres around the hips, camera axes (x right, y down, z away).
    yaw_deg : float
        How far the camera moves around the body.

    Returns
    -------
    (T, 13, 2)
        The hips keep their path in the picture; the body is turned around them.
    """
    a = np.deg2rad(yaw_deg)
    x = xyz[..., 0] * np.cos(a) + xyz[..., 2] * np.sin(a)
    around = np.stack([x, xyz[..., 1]], axis=-1)
    pixels = body_spread(xy) / body_spread(xyz[..., :2])
    hip = xy[:, PENN_HIPS].mean(axis=1, keepdims=True)
    return np.where(np.isfinite(xy), hip + pixels * around, np.nan).astype(np.float32)


def drop_joints(xy: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """Hide joints: whole limbs, single joints for a while, and the head, as occlusion does."""
    out = xy.copy()
    frames = len(out)
    for limb in _LIMBS:
        if rng.random() < share:
            out[:, limb] = np.nan
    for joint in np.flatnonzero(rng.random(out.shape[1]) < share):
        start, length = rng.integers(frames), rng.integers(4, frames + 1)
        out[start : start + length, joint] = np.nan
    if rng.random() < share:
        out[:, PENN_JOINTS.index("head")] = np.nan
    return out


def crop_picture(xy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Hide what lies beyond an edge of the picture: below (mostly), above, or at one side.

    The edge cuts between a tenth and six tenths of the body's extent over the whole movement.
    """
    seen = np.isfinite(xy).all(axis=-1)
    if not seen.any():
        return xy.copy()
    axis, sign = ((1, 1), (1, 1), (1, 1), (1, -1), (0, 1), (0, -1))[rng.integers(6)]
    at = sign * xy[..., axis]
    low, high = np.percentile(at[seen], (2, 98))
    deepest = 0.6 if (axis, sign) == (1, 1) else 0.25  # a face or a side is seldom cut further
    edge = high - rng.uniform(0.05, deepest) * (high - low)
    return np.where((at > edge)[..., None], np.nan, xy).astype(xy.dtype)


def stretch_to_box(xy: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Stretch every frame to a box of one size, as some published poses are.

    Size and shape of the body then change with the posture. The real boxes contain hands and feet
    as well, so they are a little wider than the 13 joints. Unseen joints stay unseen.
    """
    seen = np.isfinite(xy).all(axis=-1, keepdims=True)
    low = np.where(seen, xy, np.inf).min(axis=1, keepdims=True)
    high = np.where(seen, xy, -np.inf).max(axis=1, keepdims=True)
    before, after = rng.uniform(0.0, 0.1, (2, 1, 1, 2))
    with np.errstate(invalid="ignore"):
        span = np.where(high > low, high - low, 1.0)
        boxed = (xy - low) / span * (1 - before - after) + before
    return np.where(seen, boxed, np.nan).astype(xy.dtype)


def hide_by_visibility(xy: np.ndarray, visibility: np.ndarray, threshold: float) -> np.ndarray:
    """Drop the joints whose visibility (T, 13) is under a threshold."""
    return np.where((visibility < threshold)[..., None], np.nan, xy)


def add_jitter(xy: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """Add the noise of a pose estimator: a share of the body's spread, partly lasting."""
    size = share * body_spread(xy)
    lasting = rng.normal(0.0, size, (1, *xy.shape[1:]))
    return (xy + lasting + rng.normal(0.0, 0.4 * size, xy.shape)).astype(xy.dtype)


def loop(
    movement: Movement,
    at_s: np.ndarray,
    rng: np.random.Generator,
    *,
    there_and_back: bool,
    seam_s: float = 0.25,
) -> np.ndarray:
    """Repeat a short movement into one with many reps.

    Parameters
    ----------
    movement : Movement
    at_s : (S,) seconds of the result, from 0
    rng : numpy.random.Generator
        Each copy has its own speed and amplitude.
    there_and_back : bool
        Every second copy runs backwards, so that there is no jump; for movements that look alike
        both ways.
    seam_s : float
        Otherwise one copy's end is blended into the next one's start over this time; a jump would
        show the network which clips were looped.

    Returns
    -------
    (S, 13, 2)
    """
    first_s, last_s = float(movement.time_s[0]), float(movement.time_s[-1])
    length = max(last_s - first_s, 1e-3)
    out = np.full((len(at_s), len(PENN_JOINTS), 2), np.nan, dtype=np.float32)
    rest = np.nan_to_num(mean_known(movement.xy.swapaxes(0, 1)))
    start = float(at_s[0]) - rng.uniform(0, length)
    copy, gaps = 0, []
    while start <= at_s[-1]:
        speed, amplitude = rng.uniform(0.85, 1.18), rng.uniform(0.88, 1.1)
        end = start + length / speed
        inside = np.flatnonzero((at_s >= start) & (at_s < end))
        source_s = first_s + (at_s[inside] - start) * speed
        if there_and_back and copy % 2:
            source_s = first_s + last_s - source_s
        xy = sample_at(movement.time_s, movement.xy, np.clip(source_s, first_s, last_s))
        out[inside] = rest + amplitude * (xy - rest)
        if not there_and_back:
            gaps.append((end, end + seam_s))
        start = end + (0.0 if there_and_back else seam_s)
        copy += 1
    for gap_start, gap_end in gaps:
        _bridge(out, at_s, gap_start, gap_end)
    return out


def _bridge(xy: np.ndarray, at_s: np.ndarray, start_s: float, end_s: float) -> None:
    """Blend the frames before a gap smoothly into those after it, in place."""
    gap = np.flatnonzero((at_s >= start_s) & (at_s < end_s))
    if not len(gap) or gap[0] == 0 or gap[-1] == len(xy) - 1:
        return
    share = (np.arange(1, len(gap) + 1) / (len(gap) + 1))[:, None, None]
    share = 0.5 - 0.5 * np.cos(np.pi * share)
    xy[gap] = xy[gap[0] - 1] * (1 - share) + xy[gap[-1] + 1] * share


def hold(xy: np.ndarray, frames: int, rng: np.random.Generator, *, before: bool) -> np.ndarray:
    """Stand still for some frames before (or after) the movement, which is cut to make room.

    The first (or last) frame is held, swaying a little, like a person waiting to begin.
    """
    frames = min(frames, len(xy) - 1)
    if frames < 1:
        return xy.copy()
    sway = np.cumsum(rng.normal(0.0, 0.004 * body_spread(xy), (frames, 1, 2)), axis=0)
    sway = sway - sway[-1] if before else sway - sway[0]
    if before:
        return np.concatenate([xy[:1] + sway, xy[: len(xy) - frames]]).astype(xy.dtype)
    return np.concatenate([xy[frames:], xy[-1:] + sway]).astype(xy.dtype)


def splice(xy: np.ndarray, other: np.ndarray, frames: int, *, before: bool) -> np.ndarray:
    """Put another movement of the same person before (or after) this one, which is cut to make room.

    Parameters
    ----------
    xy, other : (T, 13, 2)
        ``other`` is moved and scaled to the body in ``xy``.
    frames : int
        How many frames of ``other``.
    before : bool
    """
    frames = int(np.clip(frames, 0, len(xy)))
    fitted = (other - _middle(other)) * (body_spread(xy) / body_spread(other)) + _middle(xy)
    if before:
        return np.concatenate([fitted[len(xy) - frames :], xy[: len(xy) - frames]]).astype(xy.dtype)
    return np.concatenate([xy[frames:], fitted[:frames]]).astype(xy.dtype)


def _middle(xy: np.ndarray) -> np.ndarray:
    """Return the mean of all seen joints (2,); 0 where nobody is seen."""
    seen = np.isfinite(xy).all(axis=-1, keepdims=True)
    return np.where(seen, xy, 0.0).sum(axis=(0, 1)) / max(int(seen.sum()), 1)
