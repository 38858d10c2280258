"""Reads the movements that networks learn from: Penn Action's labels, recorded BlazePose clips.

All become `Movement`: 13 joints on a time axis, with a label, a group and a split. A split never
divides a movement, or a group of movements that share a source.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.io

from gym.errors import LabelsError
from gym.posefiles import read_poses
from gym.skeleton import PENN_JOINTS, to_penn

#: Penn Action's 15 actions, by the names in its files.
PENN_ACTIONS: tuple[str, ...] = (
    "baseball_pitch", "baseball_swing", "bench_press", "bowl", "clean_and_jerk", "golf_swing",
    "jump_rope", "jumping_jacks", "pullup", "pushup", "situp", "squat", "strum_guitar",
    "tennis_forehand", "tennis_serve",
)  # fmt: skip

#: Penn Action's gym exercises, by this project's names; its other actions are "other", or not used.
PENN_EXERCISES: dict[str, str] = {
    "squat": "squat", "pushup": "push_up", "pullup": "pull_up", "situp": "sit_up",
    "bench_press": "bench_press", "jumping_jacks": "jumping_jack",
    "clean_and_jerk": "clean_and_jerk", "jump_rope": "jump_rope",
}  # fmt: skip

#: Variants that tables of recorded clips list apart, and the exercise they belong to.
VARIANTS: dict[str, str] = {
    "crunch": "sit_up", "crunches": "sit_up", "high_crunches": "sit_up",
    "raised_leg_crunches": "sit_up", "side_lunges": "lunge", "curtsy_lunges": "lunge",
    "balance_side_lunges": "lunge", "jumping_lunges": "lunge",
}  # fmt: skip

#: The parts, seconds, of clips that show the exercise, where their notes name other things as well.
ACTIVE_S: dict[str, tuple[float, float]] = {
    "d1_005": (3.7, 5.8), "d1_006": (8.0, 41.0), "d1_007": (6.0, 12.0), "d1_010": (0.0, 13.0),
    "d1_023": (3.0, 9.7), "d1_040": (2.5, 11.7), "d1_054": (3.5, 13.5), "d1_110": (2.0, 17.0),
    "d2_066": (4.0, 60.0), "d2_072": (4.5, 60.0), "d2_074": (2.0, 60.0), "d2_075": (4.0, 60.0),
}  # fmt: skip

#: Clips that change between an exercise and a talking person every few seconds.
MIXED_CLIPS = ("d1_032", "d2_048")

#: Penn Action gives no frame rate; its clips come from web video of about this rate.
PENN_RATE_HZ = 30.0


@dataclass(frozen=True, eq=False)
class Movement:
    """One recorded (or made) movement.

    Attributes
    ----------
    id : str
    source : str
        "penn", "blazepose", "clips2", "countix", "salient", "prmd" or "made".
    action : str
        The label as its authors gave it.
    label : str
        The exercise, by this project's names, or "other".
    group : str
        Movements of one group share a source and stay in one split.
    split : str
        "train", "val" or "test".
    time_s : float64 (T,), strictly increasing
    xy : float32 (T, 13, 2)
        Image position, y down; NaN where unseen.
    visibility : float32 (T, 13)
        0..1, 0 where unseen; Penn Action has only 0 and 1.
    xyz : float32 (T, 13, 3) or None
        Metres around the hip, in the camera's axes; None where the source is flat.
    active_s : (start, end) or None
        The part that certainly shows the exercise; None for all of it.
    """

    id: str
    source: str
    action: str
    label: str
    group: str
    split: str
    time_s: np.ndarray
    xy: np.ndarray
    visibility: np.ndarray
    xyz: np.ndarray | None = None
    active_s: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        frames, joints = len(self.time_s), len(PENN_JOINTS)
        if self.xy.shape != (frames, joints, 2) or self.visibility.shape != (frames, joints):
            raise ValueError(
                f"Movement {self.id}: expected xy ({frames}, {joints}, 2) and visibility "
                f"({frames}, {joints}), got {self.xy.shape} and {self.visibility.shape}"
            )

    @property
    def duration_s(self) -> float:
        """Time of the last frame, from the first, plus one frame's time."""
        if len(self.time_s) < 2:
            return 1.0 / PENN_RATE_HZ
        return float(self.time_s[-1] - self.time_s[0] + np.median(np.diff(self.time_s)))


def read_penn(folder: Path, *, val_share: float = 0.15, seed: int = 0) -> list[Movement]:
    """Read Penn Action's labels with its official split.

    Parameters
    ----------
    folder : Path
        Holds ``labels/*.mat``.
    val_share : float
        Share of the official train part that becomes "val". There are no person or video ids, so
        runs of neighbouring numbers with the same action and picture size, which often come from the
        same video, stay together.
    seed : int
        Chooses which runs.

    Returns
    -------
    list of Movement
        "test" is the whole official test part. Joints that its authors call invisible have dummy
        positions, often (1, 1); they are NaN here.

    Raises
    ------
    LabelsError
        When the folder holds no labels.
    """
    files = sorted((Path(folder) / "labels").glob("*.mat"))
    if not files:
        raise LabelsError(
            f"No Penn Action labels in {Path(folder) / 'labels'}.",
            "Point --data at the folder that holds penn_action/labels/*.mat.",
        )
    movements: list[Movement] = []
    run, last_key = 0, None
    for file in files:
        mat = scipy.io.loadmat(file)
        action = str(mat["action"].ravel()[0])
        if action == "strumming_guitar":
            action = "strum_guitar"
        visibility = mat["visibility"].astype(np.float32)
        # float64 before anything else: some files hold uint8, whose differences wrap.
        xy = np.stack([mat["x"].astype(np.float64), mat["y"].astype(np.float64)], axis=-1)
        xy[visibility == 0] = np.nan
        key = (action, *mat["dimensions"].ravel()[:2].tolist())
        run, last_key = run + (key != last_key), key
        movements.append(
            Movement(
                id=f"penn{file.stem}",
                source="penn",
                action=action,
                label=PENN_EXERCISES.get(action, "other"),
                group=f"penn-run{run}",
                split="train" if int(mat["train"].ravel()[0]) == 1 else "test",
                time_s=np.arange(len(xy)) / PENN_RATE_HZ,
                xy=xy.astype(np.float32),
                visibility=visibility,
            )
        )
    return _split_off_validation(movements, val_share, seed)


def limit_labels(movements: list[Movement], labels: tuple[str, ...]) -> list[Movement]:
    """Call every exercise that is not among the labels in use "other"."""
    return [m if m.label in labels else replace(m, label="other") for m in movements]


def _split_off_validation(movements: list[Movement], share: float, seed: int) -> list[Movement]:
    """Turn a seeded share of each action's training runs into "val"."""
    rng = np.random.default_rng(seed)
    chosen: set[str] = set()
    for action in sorted({m.action for m in movements}):
        sizes = Counter(m.group for m in movements if m.action == action and m.split == "train")
        groups, wanted = sorted(sizes), share * sizes.total()
        for place in rng.permutation(len(groups)):
            if wanted < 0.5:
                break
            chosen.add(groups[place])
            wanted -= sizes[groups[place]]
    return [
        replace(m, split="val") if m.split == "train" and m.group in chosen else m
        for m in movements
    ]


def read_rows(table: Path) -> list[dict[str, str]]:
    """Read a table of labels.

    Raises
    ------
    LabelsError
        When it is missing.
    """
    if not table.is_file():
        raise LabelsError(f"No table of labels at {table}.", "Point --data at the data folder.")
    with table.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def read_blazepose(folder: Path, labels: tuple[str, ...]) -> list[Movement]:
    """Read recorded BlazePose clips with the split that their table gives.

    Parameters
    ----------
    folder : Path
        Holds ``labels.csv`` and the pose files it names.
    labels : tuple of str
        The labels in use; any other exercise becomes "other".

    Returns
    -------
    list of Movement
        Splits "train" and "val"; excluded rows are left out. BlazePose has no head, so the mean of
        the ears is used.

    Raises
    ------
    LabelsError
        When the table is missing, or puts one group into two splits.
    """
    table = Path(folder) / "labels.csv"
    movements: list[Movement] = []
    split_of: dict[str, str] = {}
    for row in read_rows(table):
        if row["split"] not in ("train", "val"):
            continue
        group = f"blaze-{row['group']}"
        if split_of.setdefault(group, row["split"]) != row["split"]:
            raise LabelsError(
                f"Group {row['group']} of {table.name} is in {split_of[group]} and in "
                f"{row['split']}.",
                "A group shares a source: give it one split.",
            )
        action = VARIANTS.get(row["exercise"], row["train_as"] or row["exercise"])
        if row["exercise"] == "raise":  # only the file's name says which
            action = "front_raise" if "front" in row["path_in_source"].lower() else "lateral_raise"
        marks = [float(mark) for mark in row["rep_marks_s"].split()]
        movement = read_pose_movement(
            Path(folder) / row["file"],
            id=f"blaze{row['id']}",
            action=row["exercise"],
            label=action if action in labels else "other",
            group=group,
            split=row["split"],
            active_s=_active_stretch(marks),
        )
        if movement.visibility.any():
            movements.append(movement)
    return movements


def read_labelled_clips(folder: Path, labels: tuple[str, ...]) -> list[Movement]:
    """Read the labelled clips of ``clips2/``.

    Parameters
    ----------
    folder : Path
        Holds ``labels.csv`` and the pose files it names.
    labels : tuple of str
        The labels in use; any other exercise becomes "other".

    Returns
    -------
    list of Movement
        Source "clips2", split "train"; a group shares a source of footage. `ACTIVE_S` bounds what
        shows the exercise.

    Raises
    ------
    LabelsError
        When the table is missing.
    """
    table = Path(folder) / "labels.csv"
    movements = [
        read_pose_movement(
            table.parent / row["file"],
            id=row["id"],
            source="clips2",
            action=row["exercise"],
            label=row["exercise"] if row["exercise"] in labels else "other",
            group=row["group"],
            split="train",
            active_s=ACTIVE_S.get(row["id"]),
        )
        for row in read_rows(table)
    ]
    return [m for m in movements if m.visibility.any()]


def _active_stretch(marks_s: list[float]) -> tuple[float, float] | None:
    """Bound the set by its rep marks and one rep's time on either side (3 s where unknown)."""
    if not marks_s:
        return None
    rep_s = float(np.median(np.diff(sorted(marks_s)))) if len(marks_s) > 2 else 3.0
    rep_s = float(np.clip(rep_s, 1.0, 4.0))
    return min(marks_s) - rep_s, max(marks_s) + rep_s


def read_pose_movement(
    path: Path,
    *,
    id: str,
    source: str = "blazepose",
    action: str = "",
    label: str = "other",
    group: str = "",
    split: str = "val",
    active_s: tuple[float, float] | None = None,
) -> Movement:
    """Read one pose file as a movement of 13 joints.

    Raises
    ------
    PoseFileError
        When the file is not a pose file.
    """
    poses = read_poses(path)
    return Movement(
        id=id,
        source=source,
        action=action,
        label=label,
        group=group,
        split=split,
        time_s=poses.time_s,
        xy=to_penn(poses.xy_px),
        visibility=to_penn(poses.visibility[..., None])[..., 0],
        xyz=to_penn(poses.xyz_m),
        active_s=active_s,
    )
