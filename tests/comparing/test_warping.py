"""A rep against a reference: what differs is the movement, and not its tempo."""

from __future__ import annotations

import numpy as np
import pytest

from gym.comparing.warping import MOMENTS, compare_reps
from gym.features import measure_signals
from tests.made_sets import shoot
from tests.motions import take_turns
from tests.synthetic import Tempo, hide, squat


def test_a_slower_rep_is_no_difference() -> None:
    slow = Tempo(1.8, 0.2, 1.2, 0.4)
    take = shoot("squat", [squat(), squat(tempo=slow), squat(lean_deg=60)])
    signals = measure_signals(take.poses)
    first, slower, leaning = take.reps
    found = compare_reps(signals, slower, first)
    assert found.angle_deg.shape == (len(found.joints), MOMENTS)
    assert found.distance_deg.max() < 4
    other = compare_reps(signals, leaning, first)
    hip = other.joints.index("left_hip")
    assert other.distance_deg[hip] > 3 * found.distance_deg[found.joints.index("left_hip")]
    joint, time_s, difference_deg = other.find_largest()
    assert joint.split("_")[1] in ("hip", "shoulder")
    assert leaning.start_s < time_s < leaning.end_s
    assert abs(difference_deg) > 12


def test_a_rep_is_its_own_reference() -> None:
    take = shoot("squat", [squat(), squat()])
    found = compare_reps(measure_signals(take.poses), take.reps[0], take.reps[0])
    assert found.distance_deg == pytest.approx(0, abs=1e-9)
    assert found.share[[0, -1]].tolist() == [0.0, 1.0]
    assert found.time_s[[0, -1]] == pytest.approx([take.reps[0].start_s, take.reps[0].end_s])


def test_the_left_s_rep_is_compared_with_the_right_s_in_a_mirror() -> None:
    take = take_turns("bicep_curl", 2)
    signals, (left, right, *_) = measure_signals(take.poses), take.reps
    plain = compare_reps(signals, left, right)
    turned = compare_reps(signals, left, right, mirrored=True)
    assert plain.distance_deg[plain.joints.index("left_elbow")] > 30
    assert turned.distance_deg[turned.joints.index("left_elbow")] < 12


def test_joints_that_were_not_seen_are_left_out() -> None:
    take = shoot("squat", [squat(), squat()])
    unseen = np.zeros((len(take.poses), 33), dtype=bool)
    unseen[:, 13:23] = True
    found = compare_reps(measure_signals(hide(take.poses, unseen)), *take.reps)
    assert {name.split("_")[1] for name in found.joints} == {"knee", "hip"}
    nobody = hide(take.poses, np.ones(len(take.poses), dtype=bool))
    nothing = compare_reps(measure_signals(nobody), *take.reps)
    assert nothing.joints == ()
    assert nothing.find_largest() is None
