"""Reads single poses from both ends of repetitions, for the PoseRAC-style network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gym.counting.body_box import fill_joints
from gym.counting.triggers import SALIENT_CLASSES
from gym.skeleton import to_penn
from gym.training.counters.cycle_pool import measure_body
from gym.training.datasets import read_rows

_VAL_SHARE = 0.15  #: of each class's videos


@dataclass(frozen=True, eq=False)
class SalientPoses:
    """Poses at the two ends of a repetition.

    Attributes
    ----------
    joints : float16 (P, 13, 2)
        Body units.
    label : int64 (P,)
        A place in `SALIENT_CLASSES`.
    first : bool (P,)
        Whether it is the first salient pose, which means the class; the second means nothing.
    val : bool (P,)
        Whether its video is kept for choosing.
    """

    joints: np.ndarray
    label: np.ndarray
    first: np.ndarray
    val: np.ndarray

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by name, for a file."""
        return {f"salient.{name}": getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> SalientPoses:
        """Read what `to_arrays` returned."""
        return cls(*(arrays[f"salient.{name}"] for name in cls.__dataclass_fields__))


def read_salient(folder: Path, seed: int = 0) -> SalientPoses:
    """Read Countix-Fitness' salient poses; whole videos are kept for choosing.

    Raises
    ------
    LabelsError
        When the table is missing.
    """
    rows = read_rows(Path(folder) / "salient_poses.csv")
    with np.load(Path(folder) / "salient_poses.npz") as stored:
        poses = stored["xyz_px"].astype(float)[[int(row["row"]) for row in rows], :, :2]
    videos = sorted({row["video"] for row in rows})
    kept = np.random.default_rng(seed).random(len(videos)) < _VAL_SHARE
    val = {video for video, yes in zip(videos, kept, strict=True) if yes}
    joints = [measure_body(fill_joints(to_penn(pose[None])))[0] for pose in poses]
    return SalientPoses(
        np.array(joints).astype(np.float16),
        np.array([SALIENT_CLASSES.index(row["exercise"]) for row in rows]),
        np.array([row["salient"] == "salient1" for row in rows]),
        np.array([row["video"] in val for row in rows]),
    )
