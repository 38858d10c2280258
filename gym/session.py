"""From a clip to a workout, in two steps: poses, the slow one, and judging, which can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import gym
from gym.counting import COUNTERS, DEFAULT_COUNTER, AgreementCounter, choose_members, count_reps
from gym.counting.agreement import (
    Agreement,
    combine_counts,
)
from gym.counting.bounds import apply_bounds, follow_joint
from gym.errors import NobodyInView
from gym.exercises import EXERCISES, HOLDS, OTHER, Exercise
from gym.features import measure_signals
from gym.form import judge_form
from gym.media.threads import read_ahead, write_behind
from gym.notes import list_notes
from gym.recognition.posture import classify_posture
from gym.schema import (
    Classification,
    ClipInfo,
    ExerciseSet,
    Pose,
    PoseSequence,
    RepCount,
    Workout,
)
from gym.sets import SHORTEST_SET_S, find_sets, keep_reps, label_at, lasts_as_set

if TYPE_CHECKING:
    from gym.recognition.network import Recogniser

#: Called with the stage's name and the share of the whole that is done, 0..1. To stop the work, let
#: it raise `gym.errors.Cancelled`.
OnProgress = Callable[[str, float], None]

AUTO = "auto"
SLOW_MOTION = (4, 8)  #: how many times slower phones play what they film at 120 and 240 frames/s
EMPTY_S, LOOK_EVERY_S = 5.0, 0.1  #: nobody in view for so long: from then on so often is enough


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
    from gym.media.reader import ClipReader, ClipWriter
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
                else "Film the whole body, from the side, in good light, and try again.",
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


@dataclass(frozen=True, eq=False)
class Followed:
    """What was found out while the poses arrived, so that it need not be worked out again.

    Attributes
    ----------
    recognised : Classification
    counts : mapping of (exercise, counter) to RepCount
    """

    recognised: Classification
    counts: Mapping[tuple[str, str], RepCount]


def judge(
    clip: ClipInfo,
    poses: PoseSequence,
    *,
    exercise: str = AUTO,
    counter: str = DEFAULT_COUNTER,
    limits: Mapping[str, float] | None = None,
    followed: Followed | None = None,
) -> Workout:
    """Recognise, count and judge: everything that follows from the poses, fast enough to repeat.

    Parameters
    ----------
    clip, poses
        As from `estimate_poses`.
    exercise : str
        "auto", or a name in `EXERCISES`.
    counter : str
        A name in `COUNTERS`; the others count as well, for comparison.
    limits : mapping of rule code to number, optional
        The user's own pass limits.
    followed : Followed, optional
        What a live session has found out about the same poses.
    """
    if exercise != AUTO and exercise not in EXERCISES:
        raise ValueError(f"expected 'auto' or one of {list(EXERCISES)}, got {exercise!r}")
    if counter not in COUNTERS:
        raise ValueError(f"expected one of {list(COUNTERS)}, got {counter!r}")
    counted = followed.counts if followed else {}
    recognised = followed.recognised if followed and poses.seen.any() else recognise(poses)
    if exercise != AUTO:
        recognised = replace(recognised, label=exercise, probability=float("nan"), chosen_by="user")
    elif recognised.label in HOLDS:
        recognised = _prefer_reps(poses, recognised, counted)
    signals = measure_signals(poses)
    chosen = EXERCISES.get(recognised.label)
    counts, agreement = _count_all(poses, recognised, chosen, counted)
    form = judge_form(poses, signals, counts[counter].reps, chosen, limits or {})
    sets = _find_all_sets(poses, recognised, counts, counter, counted)
    return Workout(
        clip=clip,
        poses=poses,
        signals=signals,
        exercise=recognised,
        counts=counts,
        counter=counter,
        form=form,
        sets=sets,
        confidence=agreement.confidence,
        notes=(
            *list_notes(clip, poses, recognised, counts[counter], agreement.note),
            *_suspect_slow_motion(poses, recognised, counts[counter]),
        ),
        versions=_name_versions(poses),
    )


def analyse(
    clip: Path,
    *,
    name: str | None = None,
    exercise: str = AUTO,
    counter: str = DEFAULT_COUNTER,
    model: str = "full",
    browser_clip: Path | None = None,
    on_progress: OnProgress | None = None,
) -> Workout:
    """Go from a clip to a workout: `estimate_poses`, then `judge`."""
    info, poses = estimate_poses(
        clip, name=name, model=model, browser_clip=browser_clip, on_progress=on_progress
    )
    return judge(info, poses, exercise=exercise, counter=counter)


@cache
def shipped_recogniser() -> Recogniser:
    """Return the exercise recogniser that is shipped, loaded once.

    Raises
    ------
    WeightsError
    """
    from gym.recognition.network import load_recogniser  # torch takes a second to import

    return load_recogniser()


def recognise(poses: PoseSequence) -> Classification:
    """Recognise the exercise by the network; nobody in view is "other"."""
    if not poses.seen.any():
        return classify_posture(poses)
    return shipped_recogniser().classify(poses)


def _count_all(
    poses: PoseSequence,
    recognised: Classification,
    exercise: Exercise | None,
    counted: Mapping[tuple[str, str], RepCount],
) -> tuple[dict[str, RepCount], Agreement]:
    """Let every counter that has not counted yet count one exercise, and combine them all.

    Unless the user chose, what lies where another exercise was recognised is not counted.
    """
    singles = [name for name in COUNTERS if name != AgreementCounter.name]
    path = None if exercise is None else follow_joint(poses, exercise)
    if recognised.label == OTHER:
        unknown = np.full(len(poses), np.nan)
        counts = {name: RepCount(name, (), poses.time_s, unknown) for name in singles}
        members = singles
    else:
        label = recognised.label
        counts = {
            name: apply_bounds(counted[label, name], path)
            if path is not None and (label, name) in counted
            else count_reps(poses, exercise, name, path)
            for name in singles
        }
        members = [kind.name for kind in choose_members(exercise)]
    if recognised.chosen_by != "user":
        others = EXERCISES.keys() - {recognised.label}
        counts = {
            name: keep_reps(count, lambda rep: label_at(recognised, rep.bottom_s) not in others)
            for name, count in counts.items()
        }
    asked = {name: counts[name] for name in members}
    agreement = combine_counts(asked, poses, exercise, path, recognised.chosen_by == "model")
    counts[AgreementCounter.name] = agreement.count
    return {name: counts[name] for name in COUNTERS}, agreement


def _prefer_reps(
    poses: PoseSequence,
    recognised: Classification,
    counted: Mapping[tuple[str, str], RepCount],
) -> Classification:
    """Name a clip after the exercise whose reps it holds, where the posture of its rests lasts longer."""
    found = []
    for name in EXERCISES:
        if lasts_as_set(recognised, name):
            parts = [part for part in recognised.timeline if part.label == name]
            lengths_s = [part.end_s - part.start_s for part in parts]
            sure = np.average([part.probability for part in parts], weights=lengths_s)
            one = replace(recognised, label=name, probability=float(sure))
            found.append((_count_all(poses, one, EXERCISES[name], counted)[1].count.count, one))
    most, best = max(found, key=lambda pair: pair[0], default=(0, recognised))
    return best if most else recognised


def _find_all_sets(
    poses: PoseSequence,
    recognised: Classification,
    counts: Mapping[str, RepCount],
    counter: str,
    counted: Mapping[tuple[str, str], RepCount],
) -> tuple[ExerciseSet, ...]:
    """Find the sets of the chosen exercise, and those of any other one in a mixed workout."""
    sets = list(find_sets(recognised.label, counts, counter))
    if recognised.chosen_by != "user":
        for name in EXERCISES.keys() - {recognised.label}:
            if lasts_as_set(recognised, name):
                other = replace(recognised, label=name)
                others, _ = _count_all(poses, other, EXERCISES[name], counted)
                inside = {
                    key: keep_reps(c, lambda rep, n=name: label_at(recognised, rep.bottom_s) == n)
                    for key, c in others.items()
                }
                sets += find_sets(name, inside, counter)
    return tuple(sorted(sets, key=lambda one: one.start_s))


def _suspect_slow_motion(
    poses: PoseSequence, recognised: Classification, count: RepCount
) -> tuple[str, ...]:
    """Say so where nothing was recognised, or reps were too slow, and sped up a set is clear."""
    slowest_s = EXERCISES[recognised.label].rep_s[1] if recognised.label in EXERCISES else np.inf
    slow = any(rep.end_s - rep.start_s > slowest_s for rep in count.reps)
    if recognised.label != OTHER and not slow:
        return ()
    for factor in SLOW_MOTION:
        fast = _speed_up(poses, factor)
        if not len(fast) or fast.time_s[-1] - fast.time_s[0] < SHORTEST_SET_S:
            break
        found = recognise(fast)
        exercise = EXERCISES.get(found.label)
        if exercise is None or recognised.label not in (OTHER, found.label):
            continue
        _, agreement = _count_all(fast, found, exercise, {})
        if agreement.count.count > 1 and agreement.agreed_share >= 0.9:
            return (
                f"This looks like slow motion: played {factor} times faster it shows "
                f"{agreement.count.count} {exercise.title.lower()}s. Reps are counted at real speed "
                "only, so send the clip as it was filmed, or speed it up first.",
            )
    return ()


def _speed_up(poses: PoseSequence, factor: int) -> PoseSequence:
    """Return poses as they would be if the clip was played faster, at the same frame rate."""
    arrays = {
        name: getattr(poses, name)[::factor] for name in ("xy_px", "xyz_m", "visibility", "time_s")
    }
    return replace(poses, **arrays | {"time_s": arrays["time_s"] / factor, "others": None})


def _name_versions(poses: PoseSequence) -> dict[str, str | None]:
    """Name what made this result."""
    from gym.counting.phase_net import load_phase_weights
    from gym.pose.weights import pose_model_sha256

    model = poses.model
    return {
        "app": gym.__version__,
        "pose": pose_model_sha256(model) if model else None,
        "stgcn": shipped_recogniser().sha256 if poses.seen.any() else None,
        "phase": load_phase_weights().card["sha256"],
    }
