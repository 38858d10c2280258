"""Evaluate labelled clips: every counter's count, the exercise found, and the form errors.

A clip that fails, or whose exercise no counter knows, scores as 0 reps and is never left out.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

import gym
from gym.counting import COUNTERS, count_reps
from gym.counting.ensemble import Ensemble
from gym.errors import ClipError, GymError, LabelsError
from gym.evaluation.labels import LabelledClip, read_labels
from gym.evaluation.repcount import PUBLISHED, read_repcount_labels
from gym.evaluation.robustness import measure_robustness
from gym.evaluation.scores import compare_counters, match_bottoms, score_counts, with_interval
from gym.exercises import EXERCISES, OTHER
from gym.files import to_csv, write_whole
from gym.posefiles import read_poses
from gym.posefiles.repcount import ADAPTER
from gym.schema import Classification, ClipInfo, PoseSequence, RepKind, Workout
from gym.session import AUTO, count, describe_pose_file, estimate_poses, judge, recognise

LONG_REPS = 40  #: clips of more are reported apart: one of them would outweigh all others
GIVEN = "given"


@dataclass(frozen=True)
class ClipResult:
    """The results for one labelled clip.

    ``label`` is the recognised exercise (None if the clip failed); ``counts`` and ``bottoms_s`` are by
    counter; ``frame_accuracy`` is the share of frames inside the labelled reps whose label is right
    (None without such spans); ``form_error`` is by kind of form; ``error`` says why the clip failed, or
    why nothing was counted.
    """

    clip: LabelledClip
    label: str | None
    counts: dict[str, int]
    bottoms_s: dict[str, tuple[float, ...]] = field(default_factory=dict)
    frame_accuracy: float | None = None
    form_error: dict[str, float] = field(default_factory=dict)
    robustness: tuple[dict[str, object], ...] = ()
    seconds: float = 0.0
    error: str | None = None


def evaluate(
    labels: Path,
    root: Path,
    *,
    exercise: str = AUTO,
    layout: str = "clips",
    executor: Executor | None = None,
    robustness: bool = False,
    on_clip: Callable[[int, int, ClipResult], None] = lambda done, total, result: None,
    on_frame: Callable[[], None] = lambda: None,
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
    executor : Executor, optional
        Runs the clips beside each other, as from `open_pool`; this process does so one by one.
    robustness : bool
        Also count every clip again after each change of `gym.evaluation.robustness`.
    on_clip : callable
        Called with each finished clip.
    on_frame : callable
        Called now and then while the frames of clips are looked at: a clip can take many minutes.

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
        raise LabelsError(f"There is no folder {root}.", "Give the folder that contains the clips.")
    jobs = [(clip, exercise, layout, robustness) for clip in clips]
    found = (
        _evaluate_beside(jobs, executor, on_frame)
        if executor
        else (_evaluate_clip(*job, on_frame) for job in jobs)
    )
    results = []
    for result in found:
        results.append(result)
        on_clip(len(results), len(clips), result)
    return _report(results, exercise, layout)


@contextmanager
def open_pool(workers: int) -> Iterator[Executor | None]:
    """Open a pool of processes for `evaluate`; None for a single one, which is this one.

    Raises
    ------
    GymError
        One of the processes was ended from outside.
    """
    if workers == 1:
        yield None
        return
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        try:
            yield pool
        except BrokenProcessPool as error:  # of a result, or of a job handed in after the end
            for child in set(multiprocessing.active_children()) - others:
                child.kill()  # one that was just being started is forgotten, and waited for
            raise GymError(
                "A process that counted the clips was ended from outside this program.",
                "Close other programs and try again.",
            ) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)  # not a clip more than those begun
            raise


def _evaluate_beside(
    jobs: Sequence[tuple], executor: Executor, on_frame: Callable[[], None]
) -> Iterator[ClipResult]:
    """Analyse labelled clips elsewhere; yield the results in the clips' order.

    A frame that was looked at is told by the time of a file.
    """
    with tempfile.NamedTemporaryFile(prefix="gym-") as frames:
        tell = partial(os.utime, frames.name)
        seen_ns = os.stat(frames.name).st_mtime_ns
        for result in [executor.submit(_evaluate_clip, *job, tell) for job in jobs]:
            while not wait([result], 1.0).done:
                if (now_ns := os.stat(frames.name).st_mtime_ns) != seen_ns:
                    seen_ns = now_ns
                    on_frame()
            yield result.result()


def write_report(report: dict[str, object], folder: Path) -> None:
    """Write ``report.json`` and ``clips.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, allow_nan=False)
    write_whole(folder / "report.json", (text + "\n").encode())
    write_whole(folder / "clips.csv", _to_table(report["clips"]).encode())


def _evaluate_clip(
    clip: LabelledClip,
    exercise: str,
    layout: str,
    robustness: bool,
    on_frame: Callable[[], None],
) -> ClipResult:
    """Analyse one labelled clip; a user's error becomes a result with 0 reps."""
    started = time.perf_counter()
    nothing = dict.fromkeys(COUNTERS, 0)
    try:
        info, poses = _read_clip(clip, layout, on_frame)
        recognised = recognise(poses)
        if exercise == GIVEN and clip.exercise not in EXERCISES:
            workout, counts = None, {name: count_reps(poses, None, name) for name in COUNTERS}
        else:
            counted = count(poses, recognised, AUTO if exercise == AUTO else clip.exercise)
            workout, counts = judge(info, poses, counted), counted.counts
        named = workout.exercise if exercise == AUTO else Ensemble(poses).name_hold(recognised)
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
    return ClipResult(
        clip=clip,
        label=named.label,
        counts=nothing | {name: one.count for name, one in counts.items()},
        bottoms_s={
            name: tuple(rep.bottom_s for rep in one.reps if rep.kind is RepKind.FULL)
            for name, one in counts.items()
        },
        frame_accuracy=_frame_accuracy(clip, poses, recognised),
        form_error=_form_error(clip, workout),
        robustness=_measure_robustness(clip, poses) if robustness else (),
        seconds=time.perf_counter() - started,
    )


def _measure_robustness(clip: LabelledClip, poses: PoseSequence) -> tuple[dict[str, object], ...]:
    """Measure one clip's robustness, with its labelled exercise."""
    if clip.exercise not in EXERCISES:
        return ()
    return tuple(measure_robustness([(clip.id, EXERCISES[clip.exercise], poses)], list(COUNTERS)))


def _read_clip(
    clip: LabelledClip, layout: str, on_frame: Callable[[], None]
) -> tuple[ClipInfo, PoseSequence]:
    """Estimate the poses in a video, or read a pose file."""
    if clip.refused:
        raise ClipError(clip.refused)
    file = clip.file
    if layout != "repcount" and file.suffix.lower() != ".npz":
        return estimate_poses(file, on_progress=lambda stage, share: on_frame())
    poses = read_poses(file, "repcount" if layout == "repcount" else "npz")
    return describe_pose_file(file, poses), poses


def _right_label(clip: LabelledClip) -> str:
    """Return what the clip should be recognised as: "other" if the exercise is not known here."""
    return clip.exercise if clip.exercise in EXERCISES else OTHER


def _frame_accuracy(
    clip: LabelledClip, poses: PoseSequence, recognised: Classification
) -> float | None:
    """Return the share of frames inside labelled reps that the timeline labels right.

    A frame without a pose counts as wrong.
    """
    inside = np.zeros(len(poses), dtype=bool)
    for start_s, end_s in clip.spans_s:
        inside |= (poses.time_s >= start_s) & (poses.time_s <= end_s)
    if not inside.any():
        return None
    right = np.zeros(len(poses), dtype=bool)
    for segment in recognised.timeline:
        if segment.label == _right_label(clip):
            right |= (poses.time_s >= segment.start_s) & (poses.time_s <= segment.end_s)
    return float((right & poses.seen)[inside].mean())


def _form_error(clip: LabelledClip, workout: Workout | None) -> dict[str, float]:
    """Return the absolute error for each labelled kind of form, by the reference study's protocol.

    The share of frames of a kind times the true number of reps, compared with the labelled number of
    reps of that kind. It is weighted by time, errors can cancel, and it depends on the count. What was
    not judged (the clip failed, another exercise was recognised, the view did not show it) counts as
    none found, so that not judging does not look like being right.
    """
    found = {}
    if workout is not None:
        share = workout.form.frame_share
        found = {kind: part * clip.reps for kind, part in share.items()}
        found["shallow"] = workout.form.shallow_reps
    return {kind: abs(found.get(kind, 0) - reps) for kind, reps in clip.form.items()}


def _report(results: Sequence[ClipResult], exercise: str, layout: str) -> dict[str, object]:
    """Summarise by method and exercise, separately for clips of usual length and long ones."""
    # RepCount's published figures are over all its clips, so ours are too.
    longest = np.inf if layout == "repcount" else LONG_REPS
    usual = [r for r in results if r.clip.reps <= longest]
    long = [r for r in results if r.clip.reps > longest]
    return {
        "schema": 1,
        "exercise": exercise,
        "format": layout,
        "version": gym.__version__,
        "clip_length": "all clips"
        if layout == "repcount"
        else f"methods: clips of {LONG_REPS} reps or fewer; long_clips: the others",
        "methods": {name: _by_exercise(name, usual) for name in COUNTERS},
        "long_clips": {name: _by_exercise(name, long) for name in COUNTERS} if long else {},
        "paired": pair_counters([_row(result) for result in usual], list(COUNTERS)),
        "recognition": _recognition(results),
        "robustness": _pool_robustness(results),
        **_beside_published(layout),
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
    """Return the F1 of found bottoms, over all clips whose bottoms are labelled.

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


def pair_counters(
    rows: Sequence[Mapping[str, object]], counters: Sequence[str]
) -> dict[str, list[dict[str, object]]]:
    """Compare every two counters over a report's clips.

    Returns
    -------
    dict
        For "all" and each exercise, what `compare_counters` says.
    """
    groups = {"all": list(rows)}
    for row in rows:
        groups.setdefault(row["exercise"], []).append(row)
    return {
        group: compare_counters(
            {name: [error_of(row, row["counts"][name]) for row in chosen] for name in counters}
        )
        for group, chosen in groups.items()
    }


def error_of(row: Mapping[str, object], count: int) -> int:
    """Return a count's signed error, from the nearer one of a clip's true counts."""
    right = [row["reps"], row["reps_alt"]]
    return min((count - reps for reps in right if reps is not None), key=abs)


def _pool_robustness(results: Sequence[ClipResult]) -> list[dict[str, object]]:
    """Add up the clips' rows: for each counter and change, the share of trials that kept the count."""
    pooled: dict[tuple[str, str], dict[str, object]] = {}
    for row in (row for result in results for row in result.robustness):
        one = pooled.setdefault(
            (row["counter"], row["change"]), {**row, "n": 0, "changed": [], "unchanged": None}
        )
        one["n"] += row["n"]
        one["changed"] = [*one["changed"], *row["changed"]]
        one["unchanged"] = round(1 - len(one["changed"]) / one["n"], 4)
    return list(pooled.values())


def _beside_published(layout: str) -> dict[str, object]:
    """Return what others published on RepCount, and how its poses were read."""
    if layout != "repcount":
        return {}
    note = "a subset of RepCount-A's test split: not comparable clip for clip"
    return {
        "adapter": ADAPTER,
        "published": {"note": note, "results": [asdict(one) for one in PUBLISHED]},
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


def _to_table(rows: Sequence[dict[str, object]]) -> str:
    """Return the clips' lines as a table; a column for each counter and kind of form."""
    flat = []
    for row in rows:
        counts = {f"count_{name}": count for name, count in row["counts"].items()}
        form = {f"form_error_{kind}": error for kind, error in row["form_error"].items()}
        plain = {k: v for k, v in row.items() if not isinstance(v, dict)}
        flat.append({**plain, **counts, **form})
    columns = list(dict.fromkeys(name for row in flat for name in row))
    return to_csv(columns, [[row.get(name) for name in columns] for row in flat])


def default_workers() -> int:
    """Return how many processes to run on this machine."""
    return max(1, (os.cpu_count() or 2) // 2)
