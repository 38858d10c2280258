"""The skeleton: joints by name, bones, and which joint mirrors which.

Two sets of joints occur. BlazePose reports 33 landmarks; form and counting need 13 of them, the
joints of Penn Action, whose *head* BlazePose lacks (the mean of the ears stands for it).
"""

from __future__ import annotations

import numpy as np

SIDES = ("left", "right")

#: BlazePose's 33 landmarks, in its order (Bazarevsky et al. 2020, arXiv:2006.10204).
BLAZEPOSE_JOINTS: tuple[str, ...] = (
    "nose",
    "left_eye_inner", "left_eye", "left_eye_outer",
    "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip

#: Penn Action's 13 joints, in its order (Zhang, Zhu, Derpanis, ICCV 2013).
PENN_JOINTS: tuple[str, ...] = (
    "head",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip

#: The parts of each side that form and counting look at.
LIMBS: tuple[str, ...] = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")

#: What is drawn: the trunk, the limbs and the feet; no face and no fingers.
DRAWN_BONES: tuple[tuple[str, str], ...] = (
    ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"),
    *((f"{side}_{a}", f"{side}_{b}")
      for side in SIDES
      for a, b in (("shoulder", "hip"), ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"),
                   ("knee", "ankle"), ("ankle", "heel"), ("heel", "foot_index"))),
)  # fmt: skip

_INDEX = {name: i for i, name in enumerate(BLAZEPOSE_JOINTS)}


def joint_index(name: str) -> int:
    """Return a joint's place among BlazePose's 33.

    >>> joint_index("left_knee")
    25
    """
    if name not in _INDEX:
        raise ValueError(f"expected one of BlazePose's 33 joints, got {name!r}")
    return _INDEX[name]


def both_sides(part: str, joints: tuple[str, ...] = BLAZEPOSE_JOINTS) -> list[int]:
    """Return a part's places among some joints: the left one's, the right one's.

    >>> both_sides("hip")
    [23, 24]
    """
    return [joints.index(f"{side}_{part}") for side in SIDES]


#: Among BlazePose's 33.
SHOULDERS, HIPS = both_sides("shoulder"), both_sides("hip")
TRUNK = [SHOULDERS[0], HIPS[0], SHOULDERS[1], HIPS[1]]
#: Among Penn Action's 13.
PENN_SHOULDERS, PENN_HIPS = both_sides("shoulder", PENN_JOINTS), both_sides("hip", PENN_JOINTS)


def drawn_bone_indices() -> tuple[tuple[int, int], ...]:
    """Return ``DRAWN_BONES`` as index pairs, for drawing code."""
    return tuple((_INDEX[a], _INDEX[b]) for a, b in DRAWN_BONES)


def mirrored(name: str) -> str:
    """Return the name of the joint on the other side.

    >>> mirrored("left_knee"), mirrored("mouth_right"), mirrored("nose")
    ('right_knee', 'mouth_left', 'nose')
    """
    swap = {"left": "right", "right": "left"}
    return "_".join(swap.get(part, part) for part in name.split("_"))


#: ``x[:, MIRROR]`` swaps left and right among BlazePose's 33.
MIRROR: np.ndarray = np.array([_INDEX[mirrored(name)] for name in BLAZEPOSE_JOINTS])
MIRROR.setflags(write=False)

#: ``x[..., PENN_MIRROR, :]`` swaps left and right among the 13.
PENN_MIRROR: np.ndarray = np.array([PENN_JOINTS.index(mirrored(name)) for name in PENN_JOINTS])
PENN_MIRROR.setflags(write=False)


def to_penn(values: np.ndarray) -> np.ndarray:
    """Pick Penn Action's 13 joints from BlazePose's 33.

    Parameters
    ----------
    values : ndarray, shape (..., 33, D)
        Positions or other values of BlazePose's joints; NaN where unseen.

    Returns
    -------
    ndarray, shape (..., 13, D)
        The *head* is the mean of the two ears; NaN where either is unseen.
    """
    if values.ndim < 2 or values.shape[-2] != len(BLAZEPOSE_JOINTS):
        raise ValueError(f"expected shape (..., 33, D), got {values.shape}")
    ears = values[..., [_INDEX["left_ear"], _INDEX["right_ear"]], :].mean(axis=-2, keepdims=True)
    body = values[..., [_INDEX[name] for name in PENN_JOINTS[1:]], :]
    return np.concatenate([ears, body], axis=-2)
