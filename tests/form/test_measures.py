"""Measures of the newer exercises on motions whose form is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gym.exercises import EXERCISES
from gym.form.measures import Body
from gym.form.measures.arms import measure_chin_over_hands
from gym.schema import Verdict
from gym.session import JudgeSettings, analyse_poses, describe_pose_file
from gym.skeleton import joint_index
from tests.motions import SEEN_FROM, WAYS, do, rep
from tests.synthetic import Camera, Take, film, hold

MOUTH = [joint_index("mouth_left"), joint_index("mouth_right")]


def verdicts(take: Take, name: str, code: str) -> set[Verdict]:
    workout = analyse_poses(
        describe_pose_file(Path("a.npz"), take.poses), take.poses, JudgeSettings(name)
    )
    assert workout.count.count
    found = [one for some in workout.form.findings for one in some if one.code == code]
    assert found
    return {one.verdict for one in found}


@pytest.mark.parametrize(
    "name", ["lunge", "deadlift", "sit_up", "bicep_curl", "shoulder_press", "front_raise"]
)
def test_a_whole_rep_passes_its_range_of_motion(name: str) -> None:
    code = next(rule.code for rule in EXERCISES[name].rules if rule.measures_depth)
    assert verdicts(do(name, 3), name, code) <= {Verdict.PASS, Verdict.BORDERLINE}


@pytest.mark.parametrize("name", ["deadlift", "bicep_curl", "shoulder_press", "front_raise"])
def test_a_rep_that_stops_half_way_fails_it(name: str) -> None:
    rest = hold(WAYS[name][0], 1.0)
    take = film([rest, *[rep(name, part=0.62)] * 3, rest], Camera(yaw_deg=SEEN_FROM[name]), fps=20)
    code = next(rule.code for rule in EXERCISES[name].rules if rule.measures_depth)
    assert verdicts(take, name, code) <= {Verdict.FAIL, Verdict.BORDERLINE}


def test_a_head_that_left_the_picture_is_not_above_the_hands() -> None:
    poses = do("pull_up", 2).poses
    above = measure_chin_over_hands(Body(poses, "left"))
    assert 0 < np.nanmax(above) < 1
    xy_px = poses.xy_px.copy()
    xy_px[:, MOUTH, 1] -= 400.0
    moved = measure_chin_over_hands(Body(replace(poses, xy_px=xy_px), "left"))
    assert not (moved > 1.0).any()
    assert np.isnan(moved).any()
