"""A workout as a film: the clip with its skeleton, count, phase and cues drawn in."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gym.exercises import EXERCISES, HOLDS
from gym.media.threads import read_ahead, write_behind
from gym.notes import say_not_counted, say_remark
from gym.schema import Finding, Frame, Rep, RepKind, Verdict, Workout
from gym.summary import main_finding, pair_reps

_NEAR_S = 0.1  # a pose this far from a frame is still used for it (every second frame was enough)
_CUE_S = 5.0  # how long a cue is shown, unless the next rep replaces it


def write_annotated_video(
    workout: Workout,
    clip: Path,
    out: Path,
    on_progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write the clip with its skeleton, count, phase and cues drawn on every frame.

    Parameters
    ----------
    workout : Workout
    clip : Path
        The clip it was made from, as uploaded or as converted for the browser: poses are found by
        time and scaled to the size of its frames.
    out : Path
        The H.264 file to write.
    on_progress : callable, optional
        Called with the stage and the share done, 0..1. An exception from it stops the work and
        leaves no file.

    Raises
    ------
    ClipError
        The clip cannot be read.
    """
    # Late, with their libraries, which no other file needs.
    from gym.media.reader import ClipReader
    from gym.media.writer import ClipWriter

    length_s = max(workout.clip.duration_s, 1e-3)
    rate = min(max(workout.clip.frames / length_s, 1.0), 240.0)
    with (
        ClipReader(clip, workout.clip.name) as reader,
        ClipWriter(out, reader.size, fps_hint=rate) as film,
        write_behind(film.write) as write,
        read_ahead(reader) as frames,
    ):
        for frame in frames:
            write(Frame(_annotate(frame.image, workout, frame.time_s), frame.time_s))
            if on_progress:
                on_progress("Drawing the video", min(frame.time_s / length_s, 1.0))


def _annotate(image: np.ndarray, workout: Workout, time_s: float) -> np.ndarray:
    """Draw what is known at one moment into its frame."""
    from gym.drawing.skeleton import draw_skeleton
    from gym.drawing.status import draw_status

    poses, count, signals = workout.poses, workout.count, workout.signals
    near_side = signals.near_side if signals.view.label in ("side", "diagonal") else None
    nearest = _nearest(poses.time_s, time_s)
    if nearest is not None:
        draw_skeleton(image, poses[nearest], poses.image_size, near_side)
    nearest = _nearest(count.time_s, time_s)
    label = workout.exercise.label
    known = EXERCISES.get(label)
    if label in HOLDS:
        seconds, cue, verdict = _follow_holds(workout, time_s)
        return draw_status(
            image, count=seconds, exercise=known.title, unit="s", cue=cue, verdict=verdict
        )
    done = [(rep, found) for rep, found in pair_reps(workout) if rep.end_s <= time_s]
    cue, verdict = "", None
    if done and time_s - done[-1][0].end_s <= _CUE_S:
        cue, verdict = _caption(*done[-1])
    return draw_status(
        image,
        count=sum(rep.kind is RepKind.FULL for rep, _ in done),
        exercise=known.title if known else label.replace("_", " ").capitalize(),
        phase=math.nan if nearest is None else float(count.phase[nearest]),
        upwards=known is not None and known.lifts_first,
        cue=cue,
        verdict=verdict,
    )


def _follow_holds(workout: Workout, time_s: float) -> tuple[int, str, Verdict | None]:
    """Return the seconds held so far, and the cue where the worst of a hold is seen just now."""
    same = [hold for hold in workout.holds if hold.exercise == workout.exercise.label]
    seconds = sum(min(max(time_s - hold.start_s, 0.0), hold.seconds) for hold in same)
    for hold in same:
        worst = main_finding(hold.findings)
        if worst and worst.cue and worst.time_s <= time_s <= min(worst.time_s + _CUE_S, hold.end_s):
            return int(seconds), worst.cue, worst.verdict
    return int(seconds), "", None


def _nearest(time_s: np.ndarray, moment_s: float) -> int | None:
    """Return the index of the time nearest to a moment; None if even that is far away."""
    if not len(time_s):
        return None
    after = min(int(np.searchsorted(time_s, moment_s)), len(time_s) - 1)
    index = min(max(after - 1, 0), after, key=lambda i: abs(time_s[i] - moment_s))
    return index if abs(time_s[index] - moment_s) <= _NEAR_S else None


def _caption(rep: Rep, findings: tuple[Finding, ...]) -> tuple[str, Verdict]:
    """Return what a coach would say after a rep, and its verdict."""
    if rep.kind is RepKind.PARTIAL:
        return say_not_counted(rep.reason), Verdict.UNSEEN
    decisive = main_finding(findings)
    verdict = decisive.verdict if decisive else Verdict.UNSEEN
    return say_remark(verdict, decisive.cue if decisive else ""), verdict
