"""Compare the counters on several clips: which is best, by how much, and whether it may be chance."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from gym.errors import LabelsError
from gym.evaluation.evaluate import default_workers, evaluate, open_pool, write_report
from gym.evaluation.labels import LabelledClip, read_labels

LABELS, REPORT = "labels.csv", "report.json"
#: The files that may be read inside a given folder: clips and pose files.
FILE_TYPES = (".mp4", ".mov", ".webm", ".avi", ".mkv", ".gif", ".npz")


def read_report(folder: Path) -> dict[str, object]:
    """Read the report that `score_clips` wrote into a folder."""
    return json.loads((folder / REPORT).read_bytes())


def read_labelled_folder(root: Path) -> list[LabelledClip]:
    """Read ``labels.csv`` of a folder; only clips and pose files inside the folder are accepted.

    Raises
    ------
    LabelsError
        The folder or table does not exist, or the table lists a file elsewhere or of another kind.
    """
    if not root.is_dir():
        raise LabelsError(f"There is no folder {root}.", "Check the spelling.")
    if not (root / LABELS).is_file():
        raise LabelsError(
            f"There is no {LABELS} in {root.name or root}.",
            "Put a table there with the columns id, file, exercise and reps, and one row for each clip.",
        )
    clips = read_labels(root / LABELS, root)
    for clip in clips:
        if clip.refused:
            raise LabelsError(
                clip.refused, "Give file names relative to the folder, for files inside it."
            )
        if clip.file.suffix.lower() not in FILE_TYPES:
            raise LabelsError(
                f"The file of the clip {clip.id} is neither a video nor a pose file.",
                f"Files may end in {', '.join(FILE_TYPES)}.",
            )
    return clips


def score_clips(
    out: Path, on_progress: Callable[[str, float], None], *, root: Path, exercise: str
) -> dict[str, object]:
    """Count every labelled clip of a folder with every counter, and compare the counters.

    Parameters
    ----------
    out : Path
        Where ``report.json`` and ``clips.csv`` are written.
    on_progress : callable
        Called with the stage and the share done, 0..1.
    root : Path
        A folder with a ``labels.csv``.
    exercise : str
        "given" or "auto", as in `evaluate`.

    Returns
    -------
    dict
        The report of `evaluate`.

    Raises
    ------
    LabelsError
        As in `read_labelled_folder`. A clip that fails is a line of the report instead.
    """
    total = len(read_labelled_folder(root))
    done = 0

    def tell() -> None:
        on_progress(f"Clip {min(done + 1, total)} of {total}", done / total)

    def count_clip(number: int, _total: int, _result: object) -> None:
        nonlocal done
        done = number
        tell()

    tell()
    with open_pool(min(default_workers(), total)) as pool:
        report = evaluate(
            root / LABELS,
            root,
            exercise=exercise,
            executor=pool,
            on_clip=count_clip,
            on_frame=tell,
        )
    write_report(report, out)
    return report
