"""Measures that rules of good form are about: a number in each frame that does not depend on body size.

A measure also defines which frames of a rep decide, and how: the furthest, the worst that lasted, or
most of them. Unseen joints (NaN) give NaN measures.
"""

from __future__ import annotations

import numpy as np

from gym.form.measures import arms, balance, legs
from gym.form.measures.body import Body
from gym.form.measures.deciding import (
    Measure,
    Part,
    hold_middle,
    last_furthest,
    last_least,
    last_most,
    lose_since_first,
    reach_most,
    spread,
)


def measure_signal(body: Body) -> np.ndarray:
    """The signal by which the exercise is counted, in its unit; (T,)."""
    return body.signal()


MEASURES: dict[str, Measure] = {
    "squat_depth": Measure(legs.measure_squat_depth, reach_most),
    "squat_lean": Measure(legs.measure_squat_lean, last_most),
    "hips_fallen": Measure(balance.measure_hips_fallen, reach_most, Part.TURN, since=Part.REST),
    "knees_apart": Measure(balance.measure_knees_apart, hold_middle, Part.TURN),
    "hips_aside": Measure(balance.measure_hips_aside, last_furthest, Part.TURN, since=Part.REST),
    "depth_difference": Measure(
        balance.measure_depth_difference, last_furthest, Part.TURN, since=Part.REST
    ),
    "heels_up": Measure(legs.measure_heels_up, last_most, Part.TURN, since=Part.REST),
    "trunk_drop": Measure(legs.measure_trunk_lean, last_most, Part.BACK, since=Part.MOMENT),
    "legs_bent": Measure(legs.measure_legs_bent, last_least, Part.END),
    "push_up_depth": Measure(arms.measure_push_up_depth, reach_most),
    "push_up_line": Measure(arms.measure_push_up_line, last_furthest, Part.MOVING),
    "line_lost": Measure(arms.measure_push_up_line, hold_middle, in_set=lose_since_first),
    "elbow_lockout": Measure(arms.measure_elbow_lockout, last_least, Part.END),
    "elbows_flared": Measure(balance.measure_elbows_flared, hold_middle, Part.TURN),
    "head_line": Measure(arms.measure_head_line, hold_middle),
    "front_thigh": Measure(legs.measure_front_thigh, reach_most),
    "trunk_lean": Measure(legs.measure_trunk_lean, last_most),
    "trunk_sway": Measure(legs.measure_trunk_lean, spread),
    "trunk_rise": Measure(legs.measure_trunk_rise, reach_most),
    "hands_down": Measure(arms.measure_hands_down, reach_most),
    "elbow_closing": Measure(arms.measure_elbow_closing, reach_most),
    "elbow_opening": Measure(arms.measure_elbow_opening, reach_most),
    "arm_swing": Measure(arms.measure_arm_swing, spread),
    "arm_raise": Measure(arms.measure_arm_raise, reach_most),
    "chin_over_hands": Measure(arms.measure_chin_over_hands, reach_most),
    "feet_apart": Measure(legs.measure_feet_apart, reach_most),
    "knee_angle": Measure(legs.measure_knee_angle, hold_middle),
    "shoulders_ahead": Measure(arms.measure_shoulders_ahead, hold_middle),
    "thigh_tilt": Measure(legs.measure_thigh_tilt, hold_middle),
    "shin_tilt": Measure(legs.measure_shin_tilt, hold_middle),
    "front_shin": Measure(legs.measure_front_shin, hold_middle, Part.TURN),
    "trunk_lowered": Measure(legs.measure_trunk_rise, last_least, Part.REST),
    "arms_straight": Measure(arms.measure_elbow_lockout, last_least, Part.REST),
    "arms_closed": Measure(arms.measure_elbow_closing, last_most, Part.REST),
    "arms_lowered": Measure(arms.measure_arm_raise, last_least, Part.REST),
    "arms_bent": Measure(arms.measure_elbow_closing, hold_middle, Part.TURN),
    "arms_uneven": Measure(arms.measure_arms_uneven, hold_middle, Part.END),
    "signal_range": Measure(measure_signal, spread),  # of exercises that a user taught
}
