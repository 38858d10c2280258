"""Measures of the newer exercises on motions whose form is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gym.exercises import EXERCISES, FormRule
from gym.form import judge_form
from gym.form.measures import Body
from gym.form.measures.arms import measure_chin_over_hands
from gym.schema import Verdict
from gym.session import JudgeSettings, analyse_poses, describe_pose_file
from gym.skeleton import joint_index
from tests.figure import blend, pose_body
from tests.motions import SEEN_FROM, WAYS, do, rep, stand
from tests.synthetic import Camera, Take, film, go_and_return, hold


def part_way(name: str, share: float) -> np.ndarray:
    """Return the posture a share of the way from an exercise's rest to its turn."""
    return blend(*WAYS[name], share)


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


def judge_moves(
    name: str, rest: np.ndarray, turn: np.ndarray, code: str, yaw_deg: float
) -> set[Verdict]:
    """Return what is said of three reps between two postures."""
    still = hold(rest, 1.0)
    take = film([still, *[go_and_return(rest, turn)] * 3, still], Camera(yaw_deg), fps=20)
    report = judge_form(take.poses, take.reps, EXERCISES[name], {})
    return {one.verdict for found in report.findings for one in found if one.code == code}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("yaw_deg", [0.0, 40.0, 90.0, 180.0])
def test_a_whole_rep_fails_no_rule_from_anywhere(name: str, yaw_deg: float) -> None:
    take = do(name, 2, Camera(yaw_deg))
    report = judge_form(take.poses, take.reps, EXERCISES[name], {})
    wrong = {f.code for found in report.findings for f in found if f.verdict is Verdict.FAIL}
    assert wrong == set()


@pytest.mark.parametrize(
    ("code", "rest", "turn"),
    [
        ("lunge.shin", None, pose_body((60.0, 85.0), (-70.0, -5.0), 8.0)),
        ("deadlift.lockout", part_way("deadlift", 0.5), None),
        ("pull_up.hang", part_way("pull_up", 0.5), None),
        ("sit_up.lowered", part_way("sit_up", 0.6), None),
        ("bicep_curl.extension", part_way("bicep_curl", 0.5), None),
        ("bicep_curl.sway", None, stand(trunk=-30.0, upper_arm=8, forearm=140, arm_out=6)),
        ("shoulder_press.lowered", part_way("shoulder_press", 0.7), None),
        ("jumping_jack.arms_down", part_way("jumping_jack", 0.5), None),
        ("lateral_raise.arms", None, stand(upper_arm=0, forearm=110, arm_out=88)),
        ("bench_press.lockout", part_way("bench_press", 0.6), None),
    ],
)
def test_the_third_thing_that_a_coach_names_is_caught(
    code: str, rest: np.ndarray | None, turn: np.ndarray | None
) -> None:
    name = code.partition(".")[0]
    usual_rest, usual_turn = WAYS[name]
    here = (usual_rest if rest is None else rest), (usual_turn if turn is None else turn)
    yaw_deg = SEEN_FROM[name] if "side" not in rule_of(code).views else 80.0
    assert judge_moves(name, *here, code, yaw_deg) <= {Verdict.BORDERLINE, Verdict.FAIL}
    assert judge_moves(name, usual_rest, usual_turn, code, yaw_deg) == {Verdict.PASS}


def rule_of(code: str) -> FormRule:
    rules = EXERCISES[code.partition(".")[0]].rules
    return next(rule for rule in rules if rule.code == code)
