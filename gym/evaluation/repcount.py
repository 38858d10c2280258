"""RepCount poses as published by the PoseRAC line of work: 33 joints, min-max normalised per frame.

Scale, aspect ratio and height in the picture are gone, and there are no visibilities and no frame
rate. The adapter, named here because it is one: positions are taken as a fraction of a square picture
that is as high as a body (1.7 m), frames of zeros as unseen, every other joint as seen, 30 frames a
second. Angles are distorted wherever the body was wider or narrower than high.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from gym.errors import LabelsError, PoseFileError
from gym.evaluation.labels import LabelledClip
from gym.schema import J, PoseSequence

FRAMES_PER_S = 30.0
PICTURE_PX = 1000
BODY_M = 1.7


def read_repcount_labels(labels: Path, root: Path) -> list[LabelledClip]:
    """Read RepCount's labels: id, file, exercise, reps, start_frames, end_frames, frames, group."""
    try:
        with labels.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
        return [_to_clip(row, root) for row in rows]
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise LabelsError(
            f"{labels.name} is not a table of RepCount labels.",
            "It needs the columns id, file, exercise, reps, start_frames and end_frames.",
        ) from error


def _to_clip(row: dict[str, str], root: Path) -> LabelledClip:
    """Turn a row into a labelled clip."""
    starts, ends = (
        [int(frame) / FRAMES_PER_S for frame in row[column].split()]
        for column in ("start_frames", "end_frames")
    )
    return LabelledClip(
        id=row["id"],
        file=root / row["file"],
        exercise=row["exercise"],
        reps=int(row["reps"]),
        reps_alt=None,
        bottom_s=(),
        form={},
        group=row.get("group") or row["id"],
        spans_s=tuple(zip(starts, ends, strict=True)),
    )


def read_repcount_poses(path: Path) -> PoseSequence:
    """Read one ``.npy`` of RepCount poses, float32 (T, 33, 3), through the adapter above.

    Raises
    ------
    PoseFileError
    """
    try:
        stored = np.load(path, allow_pickle=False).astype(np.float32)
    except (OSError, ValueError, EOFError) as error:
        raise PoseFileError(f"{path.name} is damaged, or not a pose file.") from error
    if stored.ndim != 3 or stored.shape[1:] != (J, 3) or not len(stored):
        raise PoseFileError(f"{path.name} is not a pose file: its shape is {stored.shape}.")
    unseen = (stored == 0).all(axis=(1, 2))
    stored[unseen] = np.nan
    visibility = np.repeat(np.where(unseen, 0.0, 1.0)[:, None], J, axis=1)
    return PoseSequence(
        np.arange(len(stored)) / FRAMES_PER_S,
        stored[..., :2] * PICTURE_PX,
        (stored - np.nanmean(stored, axis=1, keepdims=True)) * BODY_M,
        visibility,
        (PICTURE_PX, PICTURE_PX),
    )
