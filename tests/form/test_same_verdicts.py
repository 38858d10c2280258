"""The same motion gives the same verdicts, whoever does it and wherever the camera stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gym.exercises import EXERCISES
from gym.form import judge_form
from gym.schema import PoseSequence, Rep
from tests import synthetic
from tests.figure import STANDING
from tests.synthetic import Camera, Move, film, hold, squat

REPS = [
    squat(depth=0.15, lean_deg=32.0),
    squat(depth=-0.35, lean_deg=30.0),
    squat(depth=0.15, lean_deg=70.0),
]
SET = [hold(STANDING, 1.0), *REPS, hold(STANDING, 1.0)]
YAWS = (90.0, -90.0, 60.0, 45.0, 135.0)
CODES = ("squat.depth", "squat.lean")


def judge(poses: PoseSequence, reps: tuple[Rep, ...]) -> list[dict[str, str]]:
    """Return each rep's verdicts on depth and lean."""
    found = judge_form(poses, reps, EXERCISES["squat"], {}).findings
    return [{one.code: str(one.verdict) for one in some if one.code in CODES} for some in found]


def resize(move: Move, factor: float) -> Move:
    """Let somebody of another size do it."""
    return replace(move, at=lambda time_s: factor * move.at(time_s))


EXPECTED = [
    {"squat.depth": "pass", "squat.lean": "pass"},
    {"squat.depth": "fail", "squat.lean": "pass"},
    {"squat.depth": "pass", "squat.lean": "fail"},
]


@pytest.mark.parametrize("yaw_deg", YAWS)
@pytest.mark.parametrize("size", [0.6, 1.6])
def test_for_people_of_any_size(yaw_deg: float, size: float) -> None:
    camera = Camera(yaw_deg, distance_m=5.0 * max(size, 1.0))
    take = film([resize(move, size) for move in SET], camera, fps=20)
    assert judge(take.poses, take.reps) == EXPECTED
    assert judge(synthetic.mirror(take.poses), take.reps) == EXPECTED


@pytest.mark.parametrize("yaw_deg", YAWS)
@pytest.mark.parametrize("height_m", [0.45, 1.35])
@pytest.mark.parametrize("distance_m", [2.5, 7.0])
def test_for_a_phone_at_the_height_of_the_knee_or_the_chest(
    yaw_deg: float, height_m: float, distance_m: float
) -> None:
    camera = Camera(yaw_deg, distance_m, height_m, aim_m=0.8)
    take = film(SET, camera, fps=20)
    assert judge(take.poses, take.reps) == EXPECTED


@pytest.mark.parametrize("yaw_deg", YAWS)
def test_for_those_who_come_from_the_camera(yaw_deg: float) -> None:
    """Nearer, larger and turned to it at first: that says nothing of the set."""
    towards = np.array([np.sin(np.radians(yaw_deg)), 0.0, np.cos(np.radians(yaw_deg))])
    come = Move(3.0, lambda time_s: STANDING + 2.0 * (1 - time_s / 3.0) * towards)
    take = film([come, hold(STANDING, 1.5), *SET], Camera(yaw_deg, 5.0), fps=20)
    assert judge(take.poses, take.reps) == EXPECTED
