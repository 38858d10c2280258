"""Recognise the exercise by posture alone: a simple baseline that the network has to beat.

A person in an exercise's starting posture whose signal changes and who travels as it wants is doing it;
of several such exercises, the one whose signal changes most beside what it needs. Everything else is
"other", and what needs no travel cannot be told apart. It looks at windows of two seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from gym.exercises import EXERCISES, LEVEL_TILT_DEG, OTHER
from gym.exercises.signals import measure_sides, measure_travel
from gym.features import mean_known, trunk_tilt_deg
from gym.schema import Classification, PoseSequence, Segment
from gym.smoothing import spread_times

WINDOW_S = 2.0
MOVING_SHARE = (
    0.8  #: of what a rep needs; a signal that changes by less within a window stands still
)


def classify_posture(poses: PoseSequence) -> Classification:
    """Classify every frame by posture and moving joint, and the clip by its frames.

    A frame in which nobody is seen is "other". The clip's label is the exercise that most frames
    show, if at least a tenth of them do; its probability is that exercise's share among the frames
    that show any.
    """
    labels = _label_frames(poses)
    names = (*EXERCISES, OTHER)
    share = {name: float(np.mean(labels == name)) if len(labels) else 0.0 for name in names}
    best = max(EXERCISES, key=lambda name: share[name])
    if share[best] < 0.1:
        best = OTHER
    shown = sum(share[name] for name in EXERCISES)
    probability = share[best] / shown if best != OTHER else share[OTHER]
    return Classification(
        best, round(probability, 3), "heuristic", share, _join_frames(poses.time_s, labels)
    )


def _label_frames(poses: PoseSequence) -> np.ndarray:
    """Return a label for each frame."""
    labels = np.full(len(poses), OTHER, dtype=object)
    if not len(poses):
        return labels
    tilts_deg = trunk_tilt_deg(poses.xyz_m)
    usual_deg = _over_window(poses.time_s, tilts_deg, np.nanmedian)
    most = np.ones(len(poses)) * MOVING_SHARE
    for name, exercise in tuple(EXERCISES.items()):  # one may be taught meanwhile
        if exercise.travel is None:
            continue
        in_posture = (usual_deg > LEVEL_TILT_DEG) == exercise.start.is_level
        sides = measure_sides(poses.xy_px, poses.xyz_m, exercise.signal)
        change = _over_window(poses.time_s, mean_known(sides[..., None])[:, 0], _range)
        travel_m = _over_window(
            poses.time_s, measure_travel(poses.xy_px, poses.xyz_m, exercise.travel)[:, 0], _range
        )
        share = change / exercise.signal.least
        travels = travel_m > exercise.travel.least_m / 2
        shown = np.isfinite(tilts_deg) & in_posture & travels & (share > most)
        labels[shown], most[shown] = name, share[shown]
    return labels


def _range(values: np.ndarray) -> float:
    """Return the highest value minus the lowest."""
    return float(np.nanmax(values) - np.nanmin(values))


def _over_window(
    time_s: np.ndarray, values: np.ndarray, summary: Callable[[np.ndarray], float]
) -> np.ndarray:
    """Summarise the window around each frame: (T,), NaN where all of it is unseen.

    Steps of a tenth of a second are fine enough for windows of seconds.
    """
    ticks_s = spread_times(np.append(time_s, time_s[-1] + 0.1), 10.0, reach_s=WINDOW_S)
    edges = np.searchsorted(time_s, [ticks_s - WINDOW_S / 2, ticks_s + WINDOW_S / 2])
    at_ticks = [
        summary(values[a:b]) if np.isfinite(values[a:b]).any() else np.nan for a, b in edges.T
    ]
    return np.array(at_ticks)[np.searchsorted(ticks_s, time_s - 0.05).clip(max=len(ticks_s) - 1)]


def _join_frames(time_s: np.ndarray, labels: np.ndarray) -> tuple[Segment, ...]:
    """Join neighbouring frames of one label into segments."""
    if not len(labels):
        return ()
    edges = [0, *(np.flatnonzero(labels[1:] != labels[:-1]) + 1), len(labels)]
    return tuple(
        Segment(float(time_s[a]), float(time_s[min(b, len(labels) - 1)]), str(labels[a]), 1.0)
        for a, b in pairwise(edges)
    )
