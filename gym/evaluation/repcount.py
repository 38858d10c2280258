"""RepCount poses as published by the PoseRAC line of work: 33 joints, min-max normalised per frame.

Scale, aspect ratio and height in the picture are gone, and there are no visibilities and no frame
rate. The adapter, named here because it is one: positions are taken as a fraction of a square picture
that is as high as a body (1.7 m), frames of zeros as unseen, every other joint as seen, 30 frames a
second. Angles are distorted wherever the body was wider or narrower than high.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gym.errors import PoseFileError
from gym.evaluation.labels import LabelledClip, Row, check_filled, read_table, to_number, to_reps
from gym.schema import J, PoseSequence

FRAMES_PER_S = 30.0
PICTURE_PX = 1000
BODY_M = 1.7

_ADVICE = f"It has to be a .npy of floats of the shape (frames, {J}, 3), as PoseRAC publishes them."
_REQUIRED = ("id", "file", "exercise", "reps", "start_frames", "end_frames")


def read_repcount_labels(labels: Path, root: Path) -> list[LabelledClip]:
    """Read RepCount's labels: id, file, exercise, reps, start_frames, end_frames, perhaps group.

    Raises
    ------
    LabelsError
        As `gym.evaluation.labels.read_labels`.
    """
    return read_table(labels, _REQUIRED, lambda row: _to_clip(row, root))


def _to_clip(row: Row, root: Path) -> LabelledClip:
    """Turn a row into a labelled clip."""
    check_filled(row, ("id", "file", "exercise", "reps"))
    starts_s, ends_s = (
        [to_number(frame, column) / FRAMES_PER_S for frame in row[column].split()]
        for column in ("start_frames", "end_frames")
    )
    if len(starts_s) != len(ends_s):
        raise ValueError(f"{len(starts_s)} start_frames, but {len(ends_s)} end_frames")
    return LabelledClip(
        id=row["id"],
        file=root / row["file"],
        exercise=row["exercise"],
        reps=to_reps(row["reps"], "reps"),
        reps_alt=None,
        bottom_s=(),
        form={},
        group=row.get("group") or row["id"],
        spans_s=tuple(zip(starts_s, ends_s, strict=True)),
    )


def read_repcount_poses(path: Path) -> PoseSequence:
    """Read one ``.npy`` of RepCount poses, float32 (T, 33, 3), through the adapter above.

    Raises
    ------
    PoseFileError
        The file is missing, damaged, or something else.
    """
    try:
        with path.open("rb") as file:
            stored = np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise PoseFileError(f"There is no file {path.name}.", _ADVICE) from error
    except (OSError, ValueError, EOFError) as error:
        raise PoseFileError(f"{path.name} is damaged, or not a pose file.", _ADVICE) from error
    if stored.shape[1:] != (J, 3) or not len(stored) or stored.dtype.kind != "f":
        found = f"an array {stored.shape} of {stored.dtype}"
        raise PoseFileError(f"{path.name} is not a RepCount pose file, but {found}.", _ADVICE)
    stored = stored.astype(np.float32)
    unseen = (stored == 0).all(axis=(1, 2))
    stored[unseen] = np.nan
    visibility = np.repeat(np.where(unseen, 0.0, 1.0)[:, None], J, axis=1)
    return PoseSequence(
        np.arange(len(stored)) / FRAMES_PER_S,
        stored[..., :2] * PICTURE_PX,
        (stored - stored.mean(axis=1, keepdims=True)) * BODY_M,
        visibility,
        (PICTURE_PX, PICTURE_PX),
    )
