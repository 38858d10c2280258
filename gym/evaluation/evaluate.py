"""Evaluate labelled clips: every counter's count, the exercise found, and the form errors.

A clip that fails, or whose exercise no counter knows, scores as 0 reps and is never left out.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from gym.counting import COUNTERS, count_reps
from gym.counting.ensemble import Ensemble
from gym.errors import ClipError, GymError, LabelsError
from gym.evaluation.form import pair_ratings
from gym.evaluation.labels import LabelledClip, read_labels
from gym.evaluation.repcount import read_repcount_labels
from gym.evaluation.report import ClipResult, make_report, right_label
from gym.evaluation.robustness import measure_constants, measure_robustness
from gym.exercises import EXERCISES, name_in_files
from gym.posefiles import read_poses
from gym.schema import Classification, ClipInfo, PoseSequence, RepKind, Workout
from gym.session import AUTO, count, describe_pose_file, estimate_poses, judge, recognise

GIVEN = "given"


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
        Also count every clip again after each change of `gym.evaluation.robustness`, and with each of
        the counters' constants changed.
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
    return make_report(results, exercise, layout)


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
        for result in [_hand_in(executor, *job, tell) for job in jobs]:
            while not wait([result], 1.0).done:
                if (now_ns := os.stat(frames.name).st_mtime_ns) != seen_ns:
                    seen_ns = now_ns
                    on_frame()
            yield result.result()


def _hand_in(executor: Executor, *job: object) -> Future[ClipResult]:
    """Hand a clip to a process that waits, or is started for it."""
    try:
        return executor.submit(_evaluate_clip, *job)
    except (
        OSError,
        ValueError,
    ) as error:  # what to start it with was closed: another one had ended
        raise BrokenProcessPool("a process ended while another was started") from error


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
        label=name_in_files(named.label)[0],
        counts=nothing | {name: one.count for name, one in counts.items()},
        bottoms_s={
            name: tuple(rep.bottom_s for rep in one.reps if rep.kind is RepKind.FULL)
            for name, one in counts.items()
        },
        frame_accuracy=_frame_accuracy(clip, poses, recognised),
        form_error=_form_error(clip, workout),
        judged=pair_ratings(clip.exercise, clip.rated, workout) if workout else (),
        robustness=_measure_robustness(clip, poses) if robustness else (),
        seconds=time.perf_counter() - started,
    )


def _measure_robustness(clip: LabelledClip, poses: PoseSequence) -> tuple[dict[str, object], ...]:
    """Measure one clip's robustness, with its labelled exercise."""
    if clip.exercise not in EXERCISES:
        return ()
    labelled = [(clip.id, EXERCISES[clip.exercise], poses)]
    counters = list(COUNTERS)
    return (*measure_robustness(labelled, counters), *measure_constants(labelled, counters))


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
        if name_in_files(segment.label)[0] == right_label(clip):
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


def default_workers() -> int:
    """Return how many processes to run on this machine."""
    return max(1, (os.cpu_count() or 2) // 2)
