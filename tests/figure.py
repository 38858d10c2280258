"""A stick figure's postures: BlazePose's 33 joints of a body of known proportions.

Limbs lie in the sagittal plane, at degrees from "up", positive forwards; x is the athlete's left, y up,
z ahead; the ankles stand at the origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from gym.skeleton import BLAZEPOSE_JOINTS, joint_index

SHIN_M, THIGH_M, TRUNK_M, UPPER_ARM_M, FOREARM_M = 0.42, 0.43, 0.50, 0.30, 0.26
ANKLE_M = 0.08  # the ankles' height above the floor
TOP_M = 0.575  # the shoulders' height at the top of a push-up, the arms nearly straight
_SIGN = {"left": 1.0, "right": -1.0}


def towards(deg: float) -> np.ndarray:
    """Return the unit vector (3,) of a limb's angle in the sagittal plane."""
    return np.array([0.0, np.cos(np.radians(deg)), np.sin(np.radians(deg))])


def place_elbow(shoulder: np.ndarray, wrist: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Place the elbow of a planted arm, bent to where ``out`` points."""
    along = wrist - shoulder
    length = min(float(np.linalg.norm(along)), 0.999 * (UPPER_ARM_M + FOREARM_M))
    along = along / np.linalg.norm(along)
    run = (UPPER_ARM_M**2 - FOREARM_M**2 + length**2) / (2 * length)
    out = out - out @ along * along
    return shoulder + run * along + np.sqrt(UPPER_ARM_M**2 - run**2) * out / np.linalg.norm(out)


def pose_body(
    shin_deg: float | Sequence[float],
    thigh_deg: float | Sequence[float],
    trunk_deg: float,
    arm_deg: float = 180.0,
    fore_deg: float = 172.0,
    hands: dict[str, np.ndarray] | None = None,
) -> np.ndarray:
    """Return the 33 joints, (33, 3) m, standing on the lower ankle.

    A pair of leg angles is (left, right). ``hands`` plants the wrists: the elbows then bend
    backwards and out, and the feet stand on their toes.
    """
    shins, thighs = np.broadcast_to(shin_deg, 2), np.broadcast_to(thigh_deg, 2)
    legs = [SHIN_M * towards(s) + THIGH_M * towards(t) for s, t in zip(shins, thighs, strict=True)]
    hips = ANKLE_M * towards(0) + max(legs, key=lambda leg: leg[1])
    shoulders = hips + TRUNK_M * towards(trunk_deg)
    head, ahead = shoulders + 0.22 * towards(trunk_deg), towards(trunk_deg + 90)
    toes_deg = 170.0 if hands else 90.0
    at = {"nose": head + 0.10 * ahead}
    for (side, sign), shin, thigh in zip(_SIGN.items(), shins, thighs, strict=True):
        left = np.array([sign, 0.0, 0.0])
        at[f"{side}_hip"] = hips + 0.11 * left
        at[f"{side}_knee"] = knee = hips - THIGH_M * towards(thigh) + 0.12 * left
        at[f"{side}_ankle"] = ankle = knee - SHIN_M * towards(shin) + 0.01 * left
        at[f"{side}_heel"] = ankle - 0.06 * towards(toes_deg)
        at[f"{side}_foot_index"] = ankle + 0.15 * towards(toes_deg)
        at[f"{side}_shoulder"] = shoulder = shoulders + 0.18 * left
        if hands:
            wrist = hands[side]
            elbow = place_elbow(shoulder, wrist, 0.7 * left - towards(90))
        else:
            elbow = shoulder + UPPER_ARM_M * towards(arm_deg)
            wrist = elbow + FOREARM_M * towards(fore_deg)
        at[f"{side}_elbow"], at[f"{side}_wrist"] = elbow, wrist
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


STANDING = bend_legs(0.0, 0.1, 40.0, 30.0)
CROUCHING = pose_body(35, -60, 95, 175, 178)  # hands on the floor
PICKING_UP = pose_body(12, -35, 105)
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
