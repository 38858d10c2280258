"""The athlete's bones: a rig, how it is posed, and limbs that reach for a point.

A rotation matrix turns a bone from its rest direction to where it points, in the room's axes: x to
the athlete's left, y up, z forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

SIGN = {"l": 1.0, "r": -1.0}  #: the direction of x for each side's bones


def unit(vector: np.ndarray) -> np.ndarray:
    """Return a vector scaled to length 1."""
    return vector / np.linalg.norm(vector)


def about_x(angle: float) -> np.ndarray:
    """Return the turn about the x axis, (3, 3); positive (rad) tips what points up forwards."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def about_y(angle: float) -> np.ndarray:
    """Return the turn about the y axis, (3, 3); positive (rad) turns what points ahead left."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def about(axis: np.ndarray, angle: float) -> np.ndarray:
    """Return the turn about any axis by an angle (rad), (3, 3) (Rodrigues' formula)."""
    x, y, z = unit(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def basis(along: np.ndarray, front: np.ndarray) -> np.ndarray:
    """Return axes as columns, (3, 3): along a bone, towards its front, and square to both."""
    first = unit(along)
    second = unit(front - front @ first * first)
    return np.stack([first, second, np.cross(first, second)], axis=1)


def place_middle_joint(
    start: np.ndarray, end: np.ndarray, first_m: float, second_m: float, towards: np.ndarray
) -> np.ndarray:
    """Place the knee or elbow of a two-bone limb.

    Parameters
    ----------
    start, end : (3,) m
        Where the limb begins and ends; if the end is out of reach, the limb is stretched towards it.
    first_m, second_m : float
        The lengths of the bones.
    towards : (3,)
        The direction in which the joint bends out.

    Returns
    -------
    float64 (3,) m
    """
    reach = end - start
    length = min(float(np.linalg.norm(reach)), 0.9995 * (first_m + second_m))
    along = unit(reach)
    run = (first_m**2 - second_m**2 + length**2) / (2 * length)
    rise = np.sqrt(max(first_m**2 - run**2, 0.0))
    return start + run * along + rise * unit(towards - towards @ along * along)


def angle_between_deg(a: np.ndarray, corner: np.ndarray, c: np.ndarray) -> float:
    """Return the angle at ``corner`` between two points, in degrees."""
    cosine = unit(a - corner) @ unit(c - corner)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


@dataclass(frozen=True, eq=False)
class Posture:
    """The rig at one moment: ``joints_m`` (B, 3) and ``rotations`` (B, 3, 3), one row per bone."""

    joints_m: np.ndarray
    rotations: np.ndarray


@dataclass(frozen=True, eq=False)
class Rig:
    """Bones, parents before children, each beginning at a joint.

    Attributes
    ----------
    names : tuple of B names, such as "thigh_l"
    parent : int (B,), -1 for the root
    rest_m : float64 (B, 3)
        The joints in the rest posture.
    """

    names: tuple[str, ...]
    parent: np.ndarray
    rest_m: np.ndarray

    def __post_init__(self) -> None:
        if not (len(self.names) == len(self.parent) == len(self.rest_m)):
            raise ValueError(
                f"Rig: expected as many parents and joints as the {len(self.names)} names, "
                f"got {len(self.parent)} and {len(self.rest_m)}"
            )
        if np.any(self.parent >= np.arange(len(self.names))):
            raise ValueError("Rig: expected every bone's parent before the bone")

    def index(self, bone: str) -> int:
        """Return a bone's row."""
        return self.names.index(bone)

    def at(self, bone: str) -> np.ndarray:
        """Return where a bone begins in the rest posture, (3,) m."""
        return self.rest_m[self.index(bone)]

    def pose(
        self,
        rotations: Mapping[str, np.ndarray],
        pelvis_m: np.ndarray,
        bends: Mapping[str, np.ndarray] | None = None,
    ) -> Posture:
        """Turn bones and compute where all joints are (forward kinematics).

        Parameters
        ----------
        rotations : dict of str to (3, 3)
            Bones turned relative to the room.
        pelvis_m : (3,)
            The position of the pelvis.
        bends : dict of str to (3, 3), optional
            Bones turned relative to their parents; any other bone follows its parent.
        """
        bends = bends or {}
        turned = np.zeros((len(self.names), 3, 3))
        joints = np.zeros((len(self.names), 3))
        for k, bone in enumerate(self.names):
            up = self.parent[k]
            follows = turned[up] if up >= 0 else np.eye(3)
            turned[k] = rotations.get(bone, follows @ bends.get(bone, np.eye(3)))
            if bone == "pelvis":
                joints[k] = pelvis_m
            elif up >= 0:
                joints[k] = joints[up] + follows @ (self.rest_m[k] - self.rest_m[up])
            else:
                joints[k] = self.rest_m[k]
        return Posture(joints, turned)
