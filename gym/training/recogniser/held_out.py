"""Measures the recogniser on clips of other people, by networks that never saw the clips' sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scipy.stats import binomtest

from gym.exercises import OTHER
from gym.recognition.network import Recogniser, read_checkpoint
from gym.recognition.stgcn import STGCN
from gym.training.datasets import Movement, read_labelled_clips
from gym.training.recogniser.baselines import recognise_movement


def wilson(right: int, total: int) -> list[float]:
    """Return the 95% Wilson interval of a share, [low, high]; [nan, nan] of nothing."""
    if not total:
        return [float("nan"), float("nan")]
    return [float(end) for end in binomtest(right, total).proportion_ci(method="wilson")]


def read_folds(path: Path, folds: Sequence[Sequence[str]]) -> list[tuple[STGCN, frozenset[str]]]:
    """Read the networks that `train_stgcn` made beside its checkpoint, one for each fold.

    Returns
    -------
    list of (network, the groups it never saw)
    """
    read = []
    for number, groups in enumerate(folds):
        file = Path(path).with_name(f"{Path(path).stem}.fold{number}.pt")
        read.append((read_checkpoint(file, file.name), frozenset(groups)))
    return read


def measure_held_out(
    clips: list[Movement],
    folds: Sequence[tuple[STGCN, frozenset[str]]],
    *,
    fold_steps: int | None = None,
) -> dict | None:
    """Recognise every clip by the network that never saw its group.

    Parameters
    ----------
    clips : list of Movement
    folds : sequence of (network, groups)
        Each network with the groups that were left out of its training.
    fold_steps : int, optional
        With how many batches each went on with the other groups, for the record.

    Returns
    -------
    dict or None
        ``folds`` and ``fold_steps``; ``known`` and ``other``: n, right, share, interval, of clips
        of the labels and of anything else, which is right when it is not called one;
        ``by_exercise``: for each exercise as its table calls it, n, right, and ``called``, what
        the others were called; ``clips``, one row each. None without clips.
    """
    rows = []
    left_out = frozenset().union(*(groups for _, groups in folds))
    for number, (network, groups) in enumerate(folds):
        recogniser = Recogniser(network)
        # What no network was trained with, as `MIXED_CLIPS`, is recognised by the first.
        for clip in clips:
            if clip.group not in groups and (number or clip.group in left_out):
                continue
            answer = recognise_movement(recogniser, clip)
            rows.append(
                {
                    "id": clip.id,
                    "exercise": clip.action,
                    "truth": clip.label,
                    "found": answer.label,
                    "probability": answer.probability,
                }
            )
    if not rows:
        return None
    by_exercise = {}
    for exercise in sorted({row["exercise"] for row in rows}):
        part = [row for row in rows if row["exercise"] == exercise]
        called = Counter(row["found"] for row in part if row["found"] != row["truth"])
        by_exercise[exercise] = {
            "known": part[0]["truth"] != OTHER,
            "n": len(part),
            "right": sum(row["found"] == row["truth"] for row in part),
            "called": dict(called.most_common()),
        }
    known = [row for row in rows if row["truth"] != OTHER]
    return {
        "folds": len(folds),
        "fold_steps": fold_steps,
        "known": _summarise(known),
        "other": _summarise([row for row in rows if row["truth"] == OTHER]),
        "by_exercise": by_exercise,
        "clips": sorted(rows, key=lambda row: row["id"]),
    }


def read_held_out(data: Path, labels: tuple[str, ...]) -> list[Movement]:
    """Read the clips of other people, if they are there."""
    folder = Path(data) / "clips2"
    return read_labelled_clips(folder, labels) if folder.is_dir() else []


def _summarise(rows: list[dict]) -> dict:
    """Count the rows that are right."""
    right = sum(row["found"] == row["truth"] for row in rows)
    return {
        "n": len(rows),
        "right": right,
        "share": right / len(rows) if rows else None,
        "interval": wilson(right, len(rows)),
    }
