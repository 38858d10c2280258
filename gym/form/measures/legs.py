"""Measures of legs and trunk: a number in each frame that does not depend on body size; unseen is NaN."""

from __future__ import annotations

import numpy as np

from gym.form.measures.body import Body, limb_length, miss_straight, over_sides, tilt_deg


def measure_squat_depth(body: Body) -> np.ndarray:
    """Hip below knee, in thigh lengths: 0 level, positive deeper; (T,)."""
    below = -body.of_both(body.heights("hip", "knee"), "hip", "knee")
    return below / limb_length(body.limb_px("knee", "hip"))


def measure_squat_lean(body: Body) -> np.ndarray:
    """Trunk beyond the shin's tilt, or beyond 25° from upright, whichever is less; degrees, (T,)."""
    trunk, shin = body.lean_deg("hip", "shoulder"), body.lean_deg("ankle", "knee")
    return np.minimum(trunk - shin, trunk - 25.0)


def measure_trunk_lean(body: Body) -> np.ndarray:
    """The trunk's angle from the vertical: 0 upright, 90 level; degrees, (T,)."""
    return tilt_deg(body.limb_m("hip", "shoulder"))


def measure_trunk_rise(body: Body) -> np.ndarray:
    """How far the trunk is raised from lying: 0 level, 90 upright; degrees, (T,)."""
    return 90.0 - measure_trunk_lean(body)


def measure_front_thigh(body: Body) -> np.ndarray:
    """Hip below the knee of the leg in front, in thigh lengths: 0 level, negative higher; (T,)."""
    thigh = body.sides_px("hip") - body.sides_px("knee")
    length = max(limb_length(thigh[:, 0]), limb_length(thigh[:, 1]))
    return over_sides(np.fmax, thigh[..., 1]) / length


def measure_feet_apart(body: Body) -> np.ndarray:
    """The feet's distance in the picture, in shoulder widths; (T,)."""
    feet, shoulders = body.sides_px("ankle"), body.sides_px("shoulder")
    return np.linalg.norm(feet[:, 0] - feet[:, 1], axis=1) / limb_length(
        shoulders[:, 0] - shoulders[:, 1]
    )


def measure_knee_angle(body: Body) -> np.ndarray:
    """The near knee's angle; degrees, (T,)."""
    return body.angles("hip", "knee", "ankle")[:, 0]


def measure_thigh_tilt(body: Body) -> np.ndarray:
    """How far the thigh is from level: positive where the hip is above the knee; degrees, (T,)."""
    thigh = body.limb_m("knee", "hip")
    return 90.0 - tilt_deg(thigh)


def measure_shin_tilt(body: Body) -> np.ndarray:
    """The shin's angle from the vertical; degrees, (T,)."""
    return tilt_deg(body.limb_m("ankle", "knee"))


def measure_front_shin(body: Body) -> np.ndarray:
    """The shin's angle from the vertical, of the leg whose shin stands steeper; degrees, (T,).

    In a lunge that is the leg in front: the other one's shin is about level.
    """
    shins = body.sides_m("knee") - body.sides_m("ankle")
    return over_sides(np.fmin, np.stack([tilt_deg(shins[:, side]) for side in (0, 1)], axis=1))


def measure_legs_bent(body: Body) -> np.ndarray:
    """How far knees or hips are from straight, whichever is more: 0 straight; degrees, (T,).

    Each from what this athlete shows when straightest, see `miss_straight`.
    """
    knees, hips = (
        miss_straight(over_sides(np.fmax, body.angles(*parts)))
        for parts in (("hip", "knee", "ankle"), ("shoulder", "hip", "knee"))
    )
    return np.maximum(knees, hips)


def measure_heels_up(body: Body) -> np.ndarray:
    """Each heel's height above its toes, and in the picture, in shin lengths: (T, 4).

    None is 0 where the foot is flat, as shoes and cameras differ: what counts is how much all change.
    Shins that lean forward alone draw BlazePose's heels up from the toes, by 0.1 in recorded squats on
    flat feet, or the toes down; a heel that lifts does both. And both heels lift together, while one
    that is hidden by the other leg is a guess; where one is unseen, the other stands for it.
    """
    heel, toes = (body.sides_px(part)[..., 1] for part in ("heel", "foot_index"))
    shins = body.sides_px("knee") - body.sides_px("ankle")
    lengths = np.array(
        [limb_length(shins[:, side]) for side in (0, 1)]
    )  # the far one looks shorter
    up = np.stack([toes - heel, -heel], axis=-1) / lengths[:, None]
    return np.where(np.isnan(up), up[:, ::-1], up).reshape(len(up), -1)
