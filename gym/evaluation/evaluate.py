"""Labelled clips to figures: every counter's count, the exercise found, the form errors.

A clip that fails, or whose exercise no counter knows, scores as 0 reps and is never left out.
"""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import gym
from gym.counting import COUNTERS
from gym.errors import GymError, LabelsError
from gym.evaluation.labels import LabelledClip, read_labels
from gym.evaluation.repcount import read_repcount_labels, read_repcount_poses
from gym.evaluation.scores import match_bottoms, score_counts, with_interval
from gym.exercises import EXERCISES
from gym.files import write_whole
from gym.posture import OTHER
from gym.report import read_poses
from gym.schema import ClipInfo, PoseSequence, RepKind, Workout
from gym.session import AUTO, describe_pose_file, estimate_poses, judge

LONG_REPS = 40  #: clips of more are reported apart: one of them would outweigh all others
GIVEN = "given"


@dataclass(frozen=True)
class ClipResult:
    """What was found in one labelled clip.

    ``label`` is the exercise recognised (None where the clip failed); ``counts`` and ``bottoms_s`` are
    by counter; ``frame_accuracy`` is the share of frames inside the labelled reps whose label is right
    (None without such spans); ``form_error`` is by kind of form; ``error`` says why the clip failed,
    or why nothing was counted.
    """

    clip: LabelledClip
    label: str | None
    counts: dict[str, int]
    bottoms_s: dict[str, tuple[float, ...]] = field(default_factory=dict)
    frame_accuracy: float | None = None
    form_error: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None


def evaluate(
    labels: Path,
    root: Path,
    *,
    exercise: str = AUTO,
    layout: str = "clips",
    workers: int = 1,
    on_clip: Callable[[int, int, ClipResult], None] = lambda done, total, result: None,
) -> dict[str, object]:
    """Compare every counter with labelled clips.

    Parameters
    ----------
    labels, root : Path
        The table, and the folder its files are relative to.
    exercise : str
        "given" counts with the labelled exercise, "auto" with the recognised one. An exercise that no
        counter knows is counted as 0; the clip's line says so.
    layout : str
        "clips" or "repcount".
    workers : int
        Processes; 1 stays in this one.
    on_clip : callable
        Told of each finished clip.

    Returns
    -------
    dict
        The report, as in ``report.json``.

    Raises
    ------
    LabelsError
        The table cannot be used, or there is no such folder.
    """
    if exercise not in (AUTO, GIVEN):
        raise ValueError(f"expected {AUTO!r} or {GIVEN!r}, got {exercise!r}")
    read = read_repcount_labels if layout == "repcount" else read_labels
    clips = read(labels, root)
    if not root.is_dir():
        raise LabelsError(f"There is no folder {root}.", "Name the folder that holds the clips.")
    jobs = [(clip, exercise, layout) for clip in clips]
    results = []
    if workers > 1:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            for result in pool.map(_evaluate_clip, jobs):
                results.append(result)
                on_clip(len(results), len(clips), result)
    else:
        for job in jobs:
            results.append(_evaluate_clip(job))
            on_clip(len(results), len(clips), results[-1])
    return _report(results, exercise, layout)


def write_report(report: dict[str, object], folder: Path) -> None:
    """Write ``report.json`` and ``clips.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, allow_nan=False)
    write_whole(folder / "report.json", (text + "\n").encode())
    write_whole(folder / "clips.csv", _to_csv(report["clips"]).encode())


def _evaluate_clip(job: tuple[LabelledClip, str, str]) -> ClipResult:
    """Analyse one labelled clip; a user's error becomes a result with 0 reps."""
    clip, exercise, layout = job
    started = time.perf_counter()
    nothing = dict.fromkeys(COUNTERS, 0)
    try:
        info, poses = _read_clip(clip.file, layout)
        workout = judge(info, poses)
    except GymError as error:
        return ClipResult(
            clip=clip,
            label=None,
            counts=nothing,
            frame_accuracy=0.0 if clip.spans_s else None,
            form_error=_form_error(clip, None),
            seconds=time.perf_counter() - started,
            error=error.message,
        )
    label, frame_accuracy = workout.exercise.label, _frame_accuracy(clip, workout)
    error = None
    if exercise == GIVEN and clip.exercise not in EXERCISES:
        workout = None
        error = None if clip.exercise == OTHER else f"No counter knows {clip.exercise}."
    elif exercise == GIVEN and clip.exercise != label:
        workout = judge(info, poses, exercise=clip.exercise)
    counts = workout.counts if workout else {}
    return ClipResult(
        clip=clip,
        label=label,
        counts=nothing | {name: count.count for name, count in counts.items()},
        bottoms_s={
            name: tuple(rep.bottom_s for rep in count.reps if rep.kind is RepKind.FULL)
            for name, count in counts.items()
        },
        frame_accuracy=frame_accuracy,
        form_error=_form_error(clip, workout),
        seconds=time.perf_counter() - started,
        error=error,
    )


def _read_clip(file: Path, layout: str) -> tuple[ClipInfo, PoseSequence]:
    """Read a video through the pose network, or a pose file as it is."""
    if layout != "repcount" and file.suffix.lower() != ".npz":
        return estimate_poses(file)
    poses = read_repcount_poses(file) if layout == "repcount" else read_poses(file)
    return describe_pose_file(file, poses), poses


def _right_label(clip: LabelledClip) -> str:
    """Return what the clip ought to be recognised as: "other" where the program lacks the exercise."""
    return clip.exercise if clip.exercise in EXERCISES else OTHER


def _frame_accuracy(clip: LabelledClip, workout: Workout) -> float | None:
    """Return the share of frames inside labelled reps that the timeline labels right.

    A frame without a pose counts as wrong.
    """
    poses = workout.poses
    inside = np.zeros(len(poses), dtype=bool)
    for start_s, end_s in clip.spans_s:
        inside |= (poses.time_s >= start_s) & (poses.time_s <= end_s)
    if not inside.any():
        return None
    right = np.zeros(len(poses), dtype=bool)
    for segment in workout.exercise.timeline:
        if segment.label == _right_label(clip):
            right |= (poses.time_s >= segment.start_s) & (poses.time_s <= segment.end_s)
    return float((right & poses.seen)[inside].mean())


def _form_error(clip: LabelledClip, workout: Workout | None) -> dict[str, float]:
    """Return the absolute error for each labelled kind of form, by the reference study's protocol.

    The share of frames of a kind times the true number of reps, against the labelled number of reps
    of that kind. It is weighted by time, errors can cancel, and it leans on the count. What was not
    judged (the clip failed, another exercise was taken for it, the view did not show it) counts as
    none found: to abstain must not look like being right.
    """
    found = {}
    if workout is not None:
        share = workout.form.frame_share
        found = {kind: part * clip.reps for kind, part in share.items()}
        found["shallow"] = workout.form.shallow_reps
    return {kind: abs(found.get(kind, 0) - reps) for kind, reps in clip.form.items()}


def _report(results: Sequence[ClipResult], exercise: str, layout: str) -> dict[str, object]:
    """Sum up: per method and exercise, over the clips of a usual length and over the long ones."""
    usual = [r for r in results if r.clip.reps <= LONG_REPS]
    long = [r for r in results if r.clip.reps > LONG_REPS]
    return {
        "schema": 1,
        "exercise": exercise,
        "format": layout,
        "version": gym.__version__,
        "clip_length": f"methods: clips of {LONG_REPS} reps or fewer; long_clips: the others",
        "methods": {name: _by_exercise(name, usual) for name in COUNTERS},
        "long_clips": {name: _by_exercise(name, long) for name in COUNTERS} if long else {},
        "recognition": _recognition(results),
        "form": _form(results),
        "clips": [_row(result) for result in results],
    }


def _by_exercise(method: str, results: Sequence[ClipResult]) -> dict[str, object]:
    """Score one counter for each exercise and for all."""
    groups = {"all": list(results)}
    for result in results:
        groups.setdefault(result.clip.exercise, []).append(result)
    scored = {}
    for name, group in groups.items():
        errors = [r.clip.error_of(r.counts[method]) for r in group]
        scored[name] = {
            **score_counts(errors, [r.clip.reps for r in group]),
            "event_f1": _event_f1(method, group),
        }
    return scored


def _event_f1(method: str, results: Sequence[ClipResult]) -> float | None:
    """Return the F1 of found bottoms, pooled over the clips whose bottoms are labelled.

    A bottom is found when one lies within the larger of 0.25 s and a quarter of the rep.
    """
    matched = found = true = 0
    for result in results:
        clip = result.clip
        if not clip.bottom_s:
            continue
        lengths = [end - start for start, end in clip.spans_s]
        if len(lengths) != len(clip.bottom_s):
            lengths = [1.0] * len(clip.bottom_s)
        bottoms = result.bottoms_s.get(method, ())
        matched += match_bottoms(bottoms, clip.bottom_s, [max(0.25, s / 4) for s in lengths])
        found += len(bottoms)
        true += len(clip.bottom_s)
    return round(2 * matched / (found + true), 4) if true else None


def _recognition(results: Sequence[ClipResult]) -> dict[str, object]:
    """Score the recognised exercise, over clips and over frames inside reps."""
    groups: dict[str, list[ClipResult]] = {"all": list(results)}
    for result in results:
        groups.setdefault(result.clip.exercise, []).append(result)
    return {
        name: {
            "n": len(group),
            "clip_accuracy": with_interval([float(r.label == _right_label(r.clip)) for r in group]),
            "frame_accuracy": with_interval([r.frame_accuracy for r in group]),
        }
        for name, group in groups.items()
    }


def _form(results: Sequence[ClipResult]) -> dict[str, object]:
    """Score form: the mean absolute error of each kind, by exercise."""
    kinds: dict[str, dict[str, list[float]]] = {}
    for result in results:
        for kind, error in result.form_error.items():
            kinds.setdefault(result.clip.exercise, {}).setdefault(kind, []).append(error)
    return {
        exercise: {kind: {"n": len(v), "mae": with_interval(v)} for kind, v in by_kind.items()}
        for exercise, by_kind in kinds.items()
    }


def _row(result: ClipResult) -> dict[str, object]:
    """Return one clip's line of the report."""
    clip = result.clip
    accuracy = result.frame_accuracy
    return {
        "id": clip.id,
        "exercise": clip.exercise,
        "group": clip.group,
        "reps": clip.reps,
        "reps_alt": clip.reps_alt,
        "counts": dict(result.counts),
        "label": result.label,
        "frame_accuracy": None if accuracy is None else round(accuracy, 4),
        "form_error": {kind: round(error, 4) for kind, error in result.form_error.items()},
        "seconds": round(result.seconds, 2),
        "error": result.error,
    }


def _to_csv(rows: Sequence[dict[str, object]]) -> str:
    """Return the clips' lines as a table; a column for each counter and kind of form."""
    flat = []
    for row in rows:
        counts = {f"count_{name}": count for name, count in row["counts"].items()}
        form = {f"form_error_{kind}": error for kind, error in row["form_error"].items()}
        plain = {k: v for k, v in row.items() if not isinstance(v, dict)}
        flat.append({**plain, **counts, **form})
    columns = list(dict.fromkeys(name for row in flat for name in row))
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writeheader()
    table.writerows(flat)
    return text.getvalue()


def default_workers() -> int:
    """Return how many processes this machine has room for."""
    return max(1, (os.cpu_count() or 2) // 2)
