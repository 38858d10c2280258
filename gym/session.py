"""From a clip to a workout in four steps; what a step gave can be kept, and serve the next one again.

clip, poses = estimate_poses(path)         # the slow one: a network looks at every frame
recognised  = recognise(poses)             # which exercise, and when
counted     = count(poses, recognised)     # every counter's reps, how far they agree; what was held
workout     = judge(clip, poses, counted)  # sets, form and what to tell: quick
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import gym
from gym.counting import COUNTERS, DEFAULT_COUNTER
from gym.counting.arena import ARENA
from gym.counting.ensemble import Answers, Ensemble
from gym.errors import NobodyInView
from gym.exercises import EXERCISES, HOLDS
from gym.exercises.strictness import STANDARD, apply_strictness
from gym.features import measure_signals
from gym.form import judge_form, judge_holds
from gym.holds import find_holds
from gym.media.threads import read_ahead, write_behind
from gym.notes import list_notes
from gym.recognition import CLASSIFIERS, DEFAULT_CLASSIFIER, shipped_recogniser
from gym.schema import (
    Agreement,
    Classification,
    ClipInfo,
    Hold,
    Pose,
    PoseSequence,
    RepCount,
    Workout,
)
from gym.set_report import report_workout
from gym.sets import find_sets, keep_holds, keep_label, lasts_as_set, list_holds
from gym.slow_motion import find_slow_motion, is_slow

#: Called with the stage's name and the share of the whole that is done, 0..1. To stop the work, let
#: it raise `gym.errors.Cancelled`.
OnProgress = Callable[[str, float], None]

AUTO = "auto"
EMPTY_S, LOOK_EVERY_S = 5.0, 0.1  #: nobody in view for so long: from then on so often is enough


@dataclass(frozen=True)
class JudgeSettings:
    """What can change without looking at the video again.

    Attributes
    ----------
    exercise : str
        "auto", or a name in `EXERCISES`.
    counter : str
        Whose reps are judged: a name in `COUNTERS` or `ARENA`. The others count as well, for comparison.
    limits : tuple of (rule code, number)
        The user's own pass limits, for the rules the user has changed.
    strictness : str
        Whose limits the other rules have: a name in `gym.exercises.strictness.STRICTNESS`.
    """

    exercise: str = AUTO
    counter: str = DEFAULT_COUNTER
    limits: tuple[tuple[str, float], ...] = ()
    strictness: str = STANDARD


@dataclass(frozen=True, eq=False)
class Counted:
    """What every counter found.

    Attributes
    ----------
    exercise : Classification
        What was counted: as the user chose or as recognised; a hold by the reps between its rests.
    counts : dict of counter name to RepCount
    agreement : Agreement
        What the counters say together.
    others : dict of exercise name to such counts
        A mixed workout's other exercises, each where it was recognised.
    slow_motion : str
        What to say if the clip looks slowed down; empty where it does not.
    holds : tuple of Hold
        What was held, in time order, not judged yet.
    """

    exercise: Classification
    counts: dict[str, RepCount]
    agreement: Agreement
    others: dict[str, dict[str, RepCount]]
    slow_motion: str
    holds: tuple[Hold, ...] = ()


def estimate_poses(
    clip: Path,
    *,
    name: str | None = None,
    model: str = "full",
    browser_clip: Path | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[ClipInfo, PoseSequence]:
    """Read a clip and estimate the pose in every frame.

    Parameters
    ----------
    clip : Path
    name : str, optional
        What to call the clip; its file name by default.
    model : str
        "lite", "full" or "heavy".
    browser_clip : Path, optional
        Where to write the clip, upright, as H.264 that every browser plays.
    on_progress : callable, optional
        Called after every frame; the share stays 0 where the file does not tell its length.

    Raises
    ------
    ClipError, WeightsError, NobodyInView
        Nothing is left at ``browser_clip`` then.
    """
    from gym.media.reader import ClipReader
    from gym.media.writer import ClipWriter
    from gym.pose.estimator import PoseEstimator  # MediaPipe takes a second to import

    poses: list[Pose] = []
    seen_s = due_s = 0.0  # when somebody was seen last, and when to look again
    with ExitStack() as open_things:
        reader = open_things.enter_context(ClipReader(clip, name))
        estimator = open_things.enter_context(PoseEstimator(model))
        keep = None
        if browser_clip is not None:
            writer = open_things.enter_context(ClipWriter(browser_clip, reader.size))
            keep = open_things.enter_context(write_behind(writer.write))
        for frame in open_things.enter_context(read_ahead(reader)):
            # To look for somebody who is not there costs the most, and is of the least use.
            looks = frame.time_s >= due_s
            poses.append(estimator.estimate(frame) if looks else Pose.unseen(frame.time_s))
            if poses[-1].seen:
                seen_s = frame.time_s
            elif looks and frame.time_s > seen_s + EMPTY_S:
                due_s = frame.time_s + LOOK_EVERY_S
            if keep:
                keep(frame)
            if on_progress:  # also where the length is not known: it is the way to stop
                share = frame.time_s / reader.expected_s if reader.expected_s else 0.0
                on_progress("Finding the athlete", min(share, 1.0))
        if not any(pose.seen for pose in poses):
            raise NobodyInView(
                f"Nobody is in view in {reader.name}.",
                "A person was found, but too small to judge: come closer to the camera, so that your "
                "whole body just fits into the picture, and try again."
                if estimator.too_small
                else "Film the whole body in good light, and try again.",
            )
    return reader.info(), PoseSequence.collect(poses, reader.size, model)


def describe_pose_file(file: Path, poses: PoseSequence) -> ClipInfo:
    """Return what a pose file says of the clip that it came from."""
    steps_s = np.diff(poses.time_s)
    step_s = (
        min(float(np.median(steps_s)), 1.0) if len(steps_s) else 0.0
    )  # no frame's time is longer
    duration_s = float(poses.time_s[-1] - poses.time_s[0]) + step_s if len(poses) else 0.0
    # A file's name may hold bytes that are no text, and nothing could print it then.
    name = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in file.name)
    return ClipInfo(name, duration_s, len(poses), *poses.image_size, rotation_deg=None)


def recognise(poses: PoseSequence) -> Classification:
    """Recognise the exercise by the network; nobody in view is "other"."""
    return CLASSIFIERS[DEFAULT_CLASSIFIER](poses)


def count(
    poses: PoseSequence,
    recognised: Classification,
    exercise: str = AUTO,
    answers: Answers | None = None,
    also: tuple[str, ...] = (),
) -> Counted:
    """Let every counter count an exercise, and those of a mixed workout; time what is held.

    Parameters
    ----------
    poses, recognised
        As from `estimate_poses` and `recognise`.
    exercise : str
        "auto", or a name in `EXERCISES`.
    answers : mapping of (exercise, counter) to RepCount, optional
        What a live session has counted in the same poses.
    also : tuple of str
        Counters of the arena, which only count when asked.
    """
    if exercise != AUTO and exercise not in EXERCISES:
        raise ValueError(f"expected 'auto' or one of {list(EXERCISES)}, got {exercise!r}")
    counters = Ensemble(poses, answers, also)
    if exercise != AUTO:
        named = replace(recognised, label=exercise, probability=float("nan"), chosen_by="user")
    else:
        named = counters.name_hold(recognised)
    agreement, counts = counters.combine(named)
    if exercise == AUTO and not agreement.count.count:
        named = _name_after_hold(poses, named)
        agreement, counts = counters.combine(named)
    others = {}
    for name in tuple(EXERCISES):  # one may be taught meanwhile
        other = name != named.label and name not in HOLDS
        if exercise == AUTO and other and lasts_as_set(named, name):
            _, found = counters.combine(replace(named, label=name))
            others[name] = keep_label(found, named, name)
    slow = any(is_slow(named, one) for one in counts.values())
    slow_motion = find_slow_motion(poses, named, recognise) if slow else ""
    every = {one: found[DEFAULT_COUNTER] for one, found in ({named.label: counts} | others).items()}
    return Counted(named, counts, agreement, others, slow_motion, _time_holds(poses, named, every))


def _name_after_hold(poses: PoseSequence, named: Classification) -> Classification:
    """Name a clip without reps after what was held in it, where that was recognised for long enough."""
    for name in HOLDS if named.label not in HOLDS else ():
        if lasts_as_set(named, name) and find_holds(poses, EXERCISES[name]):
            sure = [part.probability for part in named.timeline if part.label == name]
            return replace(named, label=name, probability=float(np.mean(sure)))
    return named


def _time_holds(
    poses: PoseSequence, named: Classification, counts: Mapping[str, RepCount]
) -> tuple[Hold, ...]:
    """Find what was held: what the user chose wherever it is, else where it was recognised."""
    holds: list[Hold] = []
    shown = {part.label for part in named.timeline}
    for name in HOLDS:
        if named.chosen_by == "user" and name == named.label:
            holds += find_holds(poses, EXERCISES[name])
        elif named.chosen_by != "user" and name in shown:
            holds += keep_holds(find_holds(poses, EXERCISES[name]), named, counts)
    return tuple(sorted(holds, key=lambda one: one.start_s))


def judge(
    clip: ClipInfo,
    poses: PoseSequence,
    counted: Counted,
    counter: str = DEFAULT_COUNTER,
    limits: Iterable[tuple[str, float]] = (),
    strictness: str = STANDARD,
) -> Workout:
    """Judge the form of one counter's reps and sum up: quick enough to repeat for every change.

    Parameters
    ----------
    clip, poses, counted
        As from `estimate_poses` and `count`.
    counter, limits, strictness
        As in `JudgeSettings`.
    """
    if counter not in counted.counts:
        raise ValueError(f"expected one of {list(counted.counts)}, got {counter!r}")
    named, chosen = counted.exercise, counted.counts[counter]
    signals, own_limits = measure_signals(poses), dict(limits)
    own_sets = find_sets(named.label, counted.counts, counter)
    sets = list(own_sets)
    for name, counts in counted.others.items():
        sets += find_sets(name, counts, counter)
    exercise = apply_strictness(EXERCISES.get(named.label), strictness)
    form = judge_form(poses, chosen.reps, exercise, own_limits)
    report = report_workout(poses, signals, exercise, chosen.reps, form.findings, own_sets)
    holds: list[Hold] = []
    for name in HOLDS:
        same = [hold for hold in counted.holds if hold.exercise == name]
        judged, of_holds = judge_holds(
            poses, same, apply_strictness(EXERCISES[name], strictness), own_limits
        )
        holds += judged
        form = of_holds if name == named.label else form
    sets += list_holds(holds, counted.counts)
    notes = list_notes(clip, poses, named, chosen, counted.agreement, counted.holds)
    if counted.slow_motion and is_slow(named, chosen):
        notes.append(counted.slow_motion)
    return Workout(
        clip=clip,
        poses=poses,
        signals=signals,
        exercise=named,
        counts=counted.counts,
        counter=counter,
        form=form,
        sets=tuple(sorted(sets, key=lambda one: one.start_s)),
        agreement=counted.agreement,
        holds=tuple(sorted(holds, key=lambda one: one.start_s)),
        notes=tuple(notes),
        strictness=strictness,
        own_limits=own_limits,
        versions=_name_versions(poses, counted.counts),
        report=report,
    )


def analyse_poses(
    clip: ClipInfo, poses: PoseSequence, settings: JudgeSettings = JudgeSettings()
) -> Workout:
    """Go from poses to a workout: `recognise`, `count`, `judge`."""
    also = (settings.counter,) if settings.counter in ARENA else ()
    counted = count(poses, recognise(poses), settings.exercise, also=also)
    return judge(clip, poses, counted, settings.counter, settings.limits, settings.strictness)


def analyse(
    clip: Path,
    settings: JudgeSettings = JudgeSettings(),
    *,
    model: str = "full",
    browser_clip: Path | None = None,
    on_progress: OnProgress | None = None,
) -> Workout:
    """Go from a clip to a workout: all four steps, with the parameters of `estimate_poses`."""
    info, poses = estimate_poses(
        clip, model=model, browser_clip=browser_clip, on_progress=on_progress
    )
    return analyse_poses(info, poses, settings)


def _name_versions(poses: PoseSequence, counters: Iterable[str]) -> dict[str, str | None]:
    """Name what made this result: the program, and each network by the sha256 of its weights."""
    from gym.pose.weights import pose_model_sha256

    asked = [ARENA[name] for name in counters if name in ARENA]
    networks = [kind for kind in (*COUNTERS.values(), *asked) if kind.weights]
    if poses.seen.any():
        networks.append(shipped_recogniser())
    return {
        "app": gym.__version__,
        "pose": pose_model_sha256(poses.model) if poses.model else None,
        **{network.weights: network.version() for network in networks},
    }
