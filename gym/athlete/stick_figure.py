"""A stick figure: joints placed from the angles of its limbs, moved, and seen by a camera.

Training's artificial movements and the tests' motions are made with it.
"""

from __future__ import annotations

import numpy as np

from gym.skeleton import PENN_JOINTS
from gym.smoothing import find_neighbours, interpolate

RATE_HZ = 30.0

#: A stance is 16 angles in degrees. Directions lie in the plane of walking: the trunk's from up
#: towards forward, a limb's from down towards forward; "out" lifts a limb sideways, and bends the
#: trunk to the figure's left.
STANCE = (
    "trunk", "left_thigh", "right_thigh", "left_shin", "right_shin", "left_upper_arm",
    "right_upper_arm", "left_forearm", "right_forearm", "left_leg_out", "right_leg_out",
    "left_arm_out", "right_arm_out", "left_forearm_out", "right_forearm_out", "trunk_out",
)  # fmt: skip

#: A body's usual sizes, metres; shoulder and hip are half widths.
LIMBS_M = {
    "trunk": 0.50, "neck": 0.20, "shoulder": 0.18, "hip": 0.11, "thigh": 0.43, "shin": 0.42,
    "upper_arm": 0.29, "forearm": 0.26,
}  # fmt: skip

Track = tuple[np.ndarray, np.ndarray]  # seconds (K,), stances (K, 16)
_J = {name: i for i, name in enumerate(PENN_JOINTS)}


def make_stance(**angles: float) -> np.ndarray:
    """Build a stance; a name without a side (``thigh``, ``arm_out``) sets both sides."""
    return change_stance(np.zeros(len(STANCE)), **angles)


def change_stance(stance: np.ndarray, **angles: float) -> np.ndarray:
    """Return a stance with some of its angles set, by names as in `make_stance`."""
    changed = np.array(stance, dtype=float)
    for name, angle in angles.items():
        for place in places_of(name):
            changed[place] = angle
    return changed


def places_of(name: str) -> list[int]:
    """Return where a stance holds an angle, or both sides' angles.

    Raises
    ------
    ValueError
        When no angle has this name.

    Examples
    --------
    >>> places_of("left_thigh"), places_of("shin")
    ([1], [3, 4])
    """
    places = [STANCE.index(key) for key in (name, f"left_{name}", f"right_{name}") if key in STANCE]
    if not places:
        raise ValueError(f"expected one of {STANCE}, got {name!r}")
    return places


def _direction(angle: np.ndarray, out: np.ndarray, side: float) -> np.ndarray:
    """Turn limb angles (T,) into unit vectors (T, 3): sideways, up, forward."""
    a, o = np.deg2rad(angle), np.deg2rad(out)
    return np.stack([side * np.sin(o), -np.cos(a) * np.cos(o), np.sin(a) * np.cos(o)], axis=-1)


def place_joints(stances: np.ndarray, limbs: dict[str, float], anchor: str) -> np.ndarray:
    """Place the 13 joints of a stick figure.

    Parameters
    ----------
    stances : (T, 16) degrees, `STANCE`
    limbs : metres: trunk, neck, shoulder, hip (half widths), thigh, shin, upper_arm, forearm
    anchor : str
        What does not move: "feet", "hands", "hip", or one joint by its name ("left_ankle").

    Returns
    -------
    (T, 13, 3): sideways (the figure's left positive), up, forward; metres
    """
    angle = {name: stances[:, i] for i, name in enumerate(STANCE)}
    xyz = np.zeros((len(stances), len(PENN_JOINTS), 3))
    lean, bend = np.deg2rad(angle["trunk"]), np.deg2rad(angle["trunk_out"])
    trunk = np.stack(
        [np.sin(bend), np.cos(lean) * np.cos(bend), np.sin(lean) * np.cos(bend)], axis=-1
    )
    level = np.stack([np.cos(bend), -np.sin(bend) * np.cos(lean), -np.sin(bend) * np.sin(lean)],
                     axis=-1)  # fmt: skip
    chest = trunk * limbs["trunk"]
    xyz[:, _J["head"]] = chest + trunk * limbs["neck"] + np.array([0.0, 0.0, 0.04])
    for side, sign in (("left", 1.0), ("right", -1.0)):
        across = np.array([sign, 0.0, 0.0])
        hip = np.broadcast_to(across * limbs["hip"], chest.shape)
        knee = hip + limbs["thigh"] * _direction(
            angle[f"{side}_thigh"], angle[f"{side}_leg_out"], sign
        )
        ankle = knee + limbs["shin"] * _direction(
            angle[f"{side}_shin"], 0.5 * angle[f"{side}_leg_out"], sign
        )
        shoulder = chest + sign * level * limbs["shoulder"]
        elbow = shoulder + limbs["upper_arm"] * _direction(
            angle[f"{side}_upper_arm"], angle[f"{side}_arm_out"], sign
        )
        wrist = elbow + limbs["forearm"] * _direction(
            angle[f"{side}_forearm"], angle[f"{side}_forearm_out"], sign
        )
        for name, place in (
            ("hip", hip), ("knee", knee), ("ankle", ankle),
            ("shoulder", shoulder), ("elbow", elbow), ("wrist", wrist),
        ):  # fmt: skip
            xyz[:, _J[f"{side}_{name}"]] = place
    if anchor != "hip":
        pairs = {"feet": ("left_ankle", "right_ankle"), "hands": ("left_wrist", "right_wrist")}
        held = pairs.get(anchor, (anchor,))
        xyz -= xyz[:, [_J[name] for name in held]].mean(axis=1, keepdims=True)
    return xyz


def vary_body(
    rng: np.random.Generator, stances: np.ndarray, anchor: str
) -> tuple[np.ndarray, float]:
    """Place the joints of a random body that moves a little unsteadily.

    Parameters
    ----------
    stances : (T, 16) degrees, `STANCE`
    anchor : str
        As in `place_joints`.

    Returns
    -------
    (T, 13, 3) metres, as `place_joints`; and the trunk's length, metres
    """
    stances = stances + wander(rng, len(stances), rng.uniform(0.3, 2.5), 0.6)
    limbs = {name: size * rng.uniform(0.88, 1.12) for name, size in LIMBS_M.items()}
    return place_joints(stances, limbs, anchor), limbs["trunk"]


def look_from(room_m: np.ndarray, yaw: float | np.ndarray, pitch: float) -> np.ndarray:
    """Turn points about the origin into a camera's axes.

    Parameters
    ----------
    room_m : (..., 3)
        Sideways (the figure's left positive), up, forward.
    yaw : float, or an array that fits (...)
        Where the camera stands, rad: 0 in front of the figure, pi/2 at its left.
    pitch : float
        How far down the camera looks, rad.

    Returns
    -------
    (..., 3): right, down, away from the camera
        Away from the origin, not from the camera itself.
    """
    side, up, ahead = np.moveaxis(room_m, -1, 0)
    right = side * np.cos(yaw) - ahead * np.sin(yaw)
    away = -side * np.sin(yaw) - ahead * np.cos(yaw)
    down = -up * np.cos(pitch) - away * np.sin(pitch)
    return np.stack([right, down, away * np.cos(pitch) - up * np.sin(pitch)], axis=-1)


def hide_far_joints(rng: np.random.Generator, visibility: np.ndarray, away_m: np.ndarray) -> None:
    """Make the joints (T, 13) behind the body hardly visible, in place: the near limbs hide them."""
    hidden = away_m.mean(axis=0) - away_m.mean() > rng.uniform(0.08, 0.3)
    visibility[:, hidden] = rng.uniform(0.1, 0.9)


def ease(track: Track, time_s: np.ndarray) -> np.ndarray:
    """Move from stance to stance, starting and stopping smoothly: (T, 16)."""
    key_s, stances = track
    left, right, share = find_neighbours(key_s, time_s)
    share = (0.5 - 0.5 * np.cos(np.pi * share))[:, None]
    return stances[left] * (1 - share) + stances[right] * share


def wander(rng: np.random.Generator, frames: int, size: float, smooth_s: float) -> np.ndarray:
    """Make a smooth random path (frames, 16) of about the given size, degrees."""
    knots = max(3, int(frames / RATE_HZ / smooth_s) + 2)
    path = rng.normal(0.0, size, (knots, len(STANCE)))
    at = np.linspace(0, knots - 1, frames)
    return interpolate(np.arange(knots), path, at)
