"""Measures that rules of good form are about: a number in each frame that does not depend on body size.

A measure also defines which frames of a rep decide: the lowest, the worst, or most of them. Unseen
joints (NaN) give NaN measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gym.form.measures import arms, legs
from gym.form.measures.body import Body


def measure_signal(body: Body) -> np.ndarray:
    """The signal by which the exercise is counted, in its unit; (T,)."""
    return body.signal()


@dataclass(frozen=True)
class Measure:
    """A number in each frame, and how the values in a rep (at least one) become one value."""

    of_frames: Callable[[Body], np.ndarray]
    choose: Callable[[np.ndarray], float]


def _most(values: np.ndarray) -> float:
    """Return the highest value, ignoring single outliers."""
    return float(np.percentile(values, 97))


def _middle(values: np.ndarray) -> float:
    """Return what holds for most of the rep."""
    return float(np.median(values))


def _least(values: np.ndarray) -> float:
    """Return the lowest value, ignoring single outliers."""
    return float(np.percentile(values, 3))


def _spread(values: np.ndarray) -> float:
    """Return how far the value moves during the rep, ignoring single outliers."""
    return float(np.percentile(values, 97) - np.percentile(values, 3))


MEASURES: dict[str, Measure] = {
    "squat_depth": Measure(legs.measure_squat_depth, _most),
    "squat_lean": Measure(legs.measure_squat_lean, _most),
    "push_up_depth": Measure(arms.measure_push_up_depth, _most),
    "push_up_line": Measure(arms.measure_push_up_line, _middle),
    "front_thigh": Measure(legs.measure_front_thigh, _most),
    "trunk_lean": Measure(legs.measure_trunk_lean, _most),
    "trunk_sway": Measure(legs.measure_trunk_lean, _spread),
    "trunk_rise": Measure(legs.measure_trunk_rise, _most),
    "hands_down": Measure(arms.measure_hands_down, _most),
    "hips_bent": Measure(legs.measure_hips_bent, _least),
    "elbow_closing": Measure(arms.measure_elbow_closing, _most),
    "elbow_opening": Measure(arms.measure_elbow_opening, _most),
    "elbows_bent": Measure(arms.measure_elbows_bent, _least),
    "arm_swing": Measure(arms.measure_arm_swing, _spread),
    "arm_raise": Measure(arms.measure_arm_raise, _most),
    "chin_over_hands": Measure(arms.measure_chin_over_hands, _most),
    "feet_apart": Measure(legs.measure_feet_apart, _most),
    "knee_angle": Measure(legs.measure_knee_angle, _middle),
    "shoulders_ahead": Measure(arms.measure_shoulders_ahead, _middle),
    "thigh_tilt": Measure(legs.measure_thigh_tilt, _middle),
    "shin_tilt": Measure(legs.measure_shin_tilt, _middle),
    "signal_range": Measure(measure_signal, _spread),  # of exercises that a user taught
}
