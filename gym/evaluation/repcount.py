"""RepCount's labels, and what others published on its clips.

The clips are a subset of RepCount-A's test split: the figures are shown next to the published ones,
but cannot be compared clip for clip.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gym.evaluation.labels import (
    LabelledClip,
    Row,
    check_filled,
    check_row,
    read_table,
    to_number,
    to_reps,
)
from gym.posefiles.repcount import FRAMES_PER_S


@dataclass(frozen=True)
class Published:
    """A published result on RepCount-A: normalised mean absolute error, share within one, a remark."""

    method: str
    poses: str  #: what it looks at
    nmae: float
    obo: float
    note: str


#: Published results on RepCount-A's whole test split (ours is a part of it).
PUBLISHED = (
    Published("RepNet, multi-speed", "RGB", 0.331, 0.533, "secondary source"),
    Published("TransRAC", "RGB", 0.443, 0.291, ""),
    Published("ESCounts", "RGB", 0.213, 0.563, ""),
    Published(
        "PoseRAC", "BlazePose", 0.236, 0.560, "keeps the class whose count is nearest the truth"
    ),
    Published("Joint-angle PoseRAC", "BlazePose and 5 angles", 0.211, 0.599, "as PoseRAC"),
)
_REQUIRED = ("id", "file", "exercise", "reps", "start_frames", "end_frames")


def read_repcount_labels(labels: Path, root: Path) -> list[LabelledClip]:
    """Read RepCount's labels: id, file, exercise, reps, start_frames, end_frames, perhaps group.

    Raises
    ------
    LabelsError
        As `gym.evaluation.labels.read_labels`.
    """
    return read_table(labels, _REQUIRED, lambda row, line: _to_clip(row, line, root))


def _to_clip(row: Row, line: int, root: Path) -> LabelledClip:
    """Turn a row into a labelled clip."""
    row, refused = check_row(row, line, root)
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
        refused=refused,
    )
