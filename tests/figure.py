"""The stick figure's postures, with BlazePose's 33 joints.

Limbs lie in the sagittal plane, at degrees from "up", positive forwards; x is the athlete's left, y up,
z ahead; the ankles stand at the origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from gym.athlete.body import place_middle_joint
from gym.athlete.stick_figure import LIMBS_M, make_stance, place_joints
from gym.skeleton import BLAZEPOSE_JOINTS, PENN_JOINTS, joint_index

_LIMBS_M = LIMBS_M | {"upper_arm": 0.30}
SHIN_M, THIGH_M, TRUNK_M, UPPER_ARM_M, FOREARM_M = (
    _LIMBS_M[name] for name in ("shin", "thigh", "trunk", "upper_arm", "forearm")
)
ANKLE_M = 0.08  # the ankles' height above the floor
TOP_M = 0.575  # the shoulders' height at the top of a push-up, the arms nearly straight
_SIGN = {"left": 1.0, "right": -1.0}


def towards(deg: float) -> np.ndarray:
    """Return the unit vector (3,) of a limb's angle in the sagittal plane."""
    return np.array([0.0, np.cos(np.radians(deg)), np.sin(np.radians(deg))])


def pose_body(
    shin_deg: float | Sequence[float],
    thigh_deg: float | Sequence[float],
    trunk_deg: float,
    arm_deg: float | Sequence[float] = 180.0,
    fore_deg: float | Sequence[float] = 172.0,
    hands: dict[str, np.ndarray] | None = None,
    **more: float,
) -> np.ndarray:
    """Return the 33 joints, (33, 3) m, standing on the lower ankle.

    A pair of angles is (left, right). ``hands`` plants the wrists: the elbows then bend backwards
    and out, and the feet stand on their toes. ``more`` are angles of `make_stance`, which replace
    these.
    """
    shins, thighs = np.broadcast_to(shin_deg, 2), np.broadcast_to(thigh_deg, 2)
    arms, fores = np.broadcast_to(arm_deg, 2), np.broadcast_to(fore_deg, 2)
    angles = {"trunk": trunk_deg}
    for k, side in enumerate(_SIGN):
        angles |= {f"{side}_thigh": -thighs[k], f"{side}_shin": -shins[k]}
        angles |= {f"{side}_upper_arm": 180 - arms[k], f"{side}_forearm": 180 - fores[k]}
    stance = make_stance(**angles | more)
    joints = place_joints(stance[None], _LIMBS_M, "hip")[0]
    at = dict(zip(PENN_JOINTS, joints, strict=True))
    stands = min((at["left_ankle"], at["right_ankle"]), key=lambda ankle: ankle[1])
    joints += np.array([0.0, ANKLE_M - stands[1], -stands[2]])
    shoulders = (at["left_shoulder"] + at["right_shoulder"]) / 2
    head, ahead = shoulders + 0.22 * towards(trunk_deg), towards(trunk_deg + 90)
    toes_deg = 170.0 if hands else 90.0
    at["nose"] = head + 0.10 * ahead
    for side, sign in _SIGN.items():
        left = np.array([sign, 0.0, 0.0])
        at[f"{side}_knee"] += 0.01 * left
        at[f"{side}_ankle"] += 0.02 * left
        at[f"{side}_heel"] = at[f"{side}_ankle"] - 0.06 * towards(toes_deg)
        at[f"{side}_foot_index"] = at[f"{side}_ankle"] + 0.15 * towards(toes_deg)
        if hands:
            at[f"{side}_wrist"] = hands[side]
            at[f"{side}_elbow"] = place_middle_joint(
                at[f"{side}_shoulder"],
                hands[side],
                UPPER_ARM_M,
                FOREARM_M,
                0.7 * left - towards(90),
            )
        elbow, wrist = at[f"{side}_elbow"], at[f"{side}_wrist"]
        for k, finger in enumerate(("thumb", "index", "pinky")):
            at[f"{side}_{finger}"] = wrist + 0.3 * (wrist - elbow) + 0.02 * (k - 1) * left
        at[f"{side}_ear"] = head + 0.08 * left
        at[f"mouth_{side}"] = head + 0.09 * ahead + 0.03 * left - 0.05 * towards(trunk_deg)
        for k, part in enumerate(("eye_inner", "eye", "eye_outer")):
            at[f"{side}_{part}"] = head + 0.08 * ahead + 0.02 * (k + 1) * left
    return np.array([at[name] for name in BLAZEPOSE_JOINTS])


def bend_legs(phase: float, depth: float, lean_deg: float, shin_deg: float) -> np.ndarray:
    """Return a squat's posture, ``phase`` 0 standing to 1 at the bottom, as in `squat`."""
    thigh_bottom_deg = np.degrees(np.arcsin(np.clip(depth, -1, 1))) + 90
    top, bottom = np.array([2.0, 2.0, 2.0, 175.0]), [shin_deg, thigh_bottom_deg, lean_deg, 100.0]
    shin, thigh, trunk, arm = top + phase * (bottom - top)
    return pose_body(shin, -thigh, trunk, arm, arm - 5)


def plank(height_m: float, line: float = 0.0) -> np.ndarray:
    """Return a push-up's posture with the shoulders at a height, ``line`` as in `push_up`."""
    legs_m, off = SHIN_M + THIGH_M, 0.0
    for _ in range(20):  # the bent body is shorter, and the hip's offset is a share of that length
        length = np.sqrt(TRUNK_M**2 - off**2) + np.sqrt(legs_m**2 - off**2)
        off = line * length
    axis_deg, top_deg = (np.degrees(np.arccos((y - ANKLE_M) / length)) for y in (height_m, TOP_M))
    hands = {
        side: np.array([0.28 * sign, 0.03, length * np.sin(np.radians(top_deg))])
        for side, sign in _SIGN.items()
    }
    leg_deg = axis_deg - np.degrees(np.arcsin(off / legs_m))
    return pose_body(leg_deg, leg_deg, axis_deg + np.degrees(np.arcsin(off / TRUNK_M)), hands=hands)


def forearm_plank(line: float = 0.0) -> np.ndarray:
    """Return a plank on the forearms, ``line`` as in `push_up`."""
    legs_m = SHIN_M + THIGH_M
    off = line * (TRUNK_M + legs_m)
    rise_m = UPPER_ARM_M + 0.03 - ANKLE_M
    length = np.sqrt(TRUNK_M**2 - off**2) + np.sqrt(legs_m**2 - off**2)
    axis_deg = np.degrees(np.arccos(rise_m / length))
    ahead_m = length * np.sin(np.radians(axis_deg)) + FOREARM_M
    hands = {side: np.array([0.18 * sign, 0.03, ahead_m]) for side, sign in _SIGN.items()}
    leg_deg = axis_deg - np.degrees(np.arcsin(off / legs_m))
    return pose_body(leg_deg, leg_deg, axis_deg + np.degrees(np.arcsin(off / TRUNK_M)), hands=hands)


STANDING = bend_legs(0.0, 0.1, 40.0, 30.0)
CROUCHING = pose_body(35, -60, 95, 175, 178)  # hands on the floor
PICKING_UP = pose_body(12, -35, 105)
ON_ALL_FOURS = pose_body(90, 0, 85, 180, 180)
LYING = pose_body(90, 90, 90, 90, 90)  # face down, the arms ahead
PROPPED_UP = pose_body(90, 90, 61, 180, 90)  # on the elbows, the hips on the floor
WALL_SIT = pose_body(0, -90, 0)
DOWN_DOG = pose_body(28, 28, 130, 128, 128)
#: Shoulder height, elbow angle and depth (`push_up`) of planks, from low to high.
_PLANK_M = np.linspace(0.14, TOP_M, 43)


@cache
def _measure_planks(line: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the elbow angle (deg) and the shoulder below the elbow (upper arms), per height."""
    joints = np.array([plank(height_m, line) for height_m in _PLANK_M])
    shoulder, elbow, wrist = (
        joints[:, joint_index(f"left_{p}")] for p in ("shoulder", "elbow", "wrist")
    )
    reach_m = np.linalg.norm(wrist - shoulder, axis=1)
    cosine = (UPPER_ARM_M**2 + FOREARM_M**2 - reach_m**2) / (2 * UPPER_ARM_M * FOREARM_M)
    return np.degrees(np.arccos(cosine)), (elbow - shoulder)[:, 1] / UPPER_ARM_M


def bend_arms(phase: float, depth: float, line: float) -> np.ndarray:
    """Return a push-up's posture, ``phase`` 0 at the top to 1 at the bottom, as in `push_up`."""
    elbow_deg, depths = _measure_planks(line)
    bottom_deg = np.interp(-depth, -depths, elbow_deg)
    wanted_deg = elbow_deg[-1] + phase * (bottom_deg - elbow_deg[-1])
    return plank(float(np.interp(wanted_deg, elbow_deg, _PLANK_M)), line)


def blend(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    """Return a posture between two, with bones of their right length."""
    out = np.empty_like(a)
    for joint, parent in _CHAIN:
        if parent is None:
            out[joint] = a[joint] + share * (b[joint] - a[joint])
            continue
        bones = a[joint] - a[parent], b[joint] - b[parent]
        lengths = [np.linalg.norm(bone) for bone in bones]
        bone = (1 - share) * bones[0] + share * bones[1]
        length = (1 - share) * lengths[0] + share * lengths[1]
        out[joint] = out[parent] + bone * length / max(np.linalg.norm(bone), 1e-9)
    return out


def _chain() -> list[tuple[int, int | None]]:
    """Return every joint with the one it hangs from, parents first."""
    limbs = [("hip", ""), ("knee", "hip"), ("ankle", "knee"), ("heel", "ankle")]
    limbs += [("foot_index", "ankle"), ("shoulder", "hip"), ("elbow", "shoulder")]
    limbs += [("wrist", "elbow"), ("pinky", "wrist"), ("index", "wrist"), ("thumb", "wrist")]
    chain = [
        (joint_index(f"{side}_{part}"), joint_index(f"{side}_{parent}") if parent else None)
        for side in _SIGN
        for part, parent in limbs
    ]
    head = set(range(len(BLAZEPOSE_JOINTS))) - {joint for joint, _ in chain}
    return chain + [(joint, joint_index("left_shoulder")) for joint in sorted(head)]


_CHAIN = _chain()
