"""The posture heuristic tells squats, push-ups and everything else apart."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from gym.exercises import EXERCISES, OTHER
from gym.recognition.posture import classify_posture
from gym.schema import Classification, PoseSequence
from tests import synthetic
from tests.synthetic import Camera, hold

film = partial(synthetic.film, fps=15.0)
views = pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0, 180.0])
PLANK = synthetic.plank(synthetic.TOP_M)


def check_whole(found: Classification, poses: PoseSequence) -> None:
    """What holds for every answer."""
    assert set(found.frame_share) == {*EXERCISES, OTHER}
    assert sum(found.frame_share.values()) == pytest.approx(1.0)
    assert found.label in found.frame_share
    assert 0 <= found.probability <= 1
    assert found.chosen_by == "heuristic"
    assert found.timeline[0].start_s == poses.time_s[0]
    assert found.timeline[-1].end_s == poses.time_s[-1]
    for before, after in pairwise(found.timeline):
        assert before.end_s == after.start_s
        assert before.label != after.label


@views
@pytest.mark.parametrize("exercise", ["squat", "push_up"])
def test_sets_are_recognised_from_every_side(exercise: str, yaw_deg: float) -> None:
    move = synthetic.squat() if exercise == "squat" else synthetic.push_up()
    poses = film([move] * 4, Camera(yaw_deg)).poses
    found = classify_posture(poses)
    check_whole(found, poses)
    assert found.label == exercise
    assert found.probability > 0.9
    assert found.frame_share[exercise] > 0.8


@views
def test_what_is_no_exercise_is_other(yaw_deg: float) -> None:
    scripts = {
        "standing": [hold(synthetic.STANDING, 5.0)],
        "a held plank": [hold(PLANK, 5.0)],
        "walking": synthetic.walk_in(turn_deg=yaw_deg - 90, duration_s=4.0),
    }
    for name, script in scripts.items():
        poses = synthetic.add_noise(film(script, Camera(yaw_deg)).poses, 0.01, seed=0)
        found = classify_posture(poses)
        check_whole(found, poses)
        assert found.label == OTHER, name


@pytest.mark.parametrize("exercise", ["squat", "push_up"])
def test_a_long_rest_does_not_change_the_label(exercise: str) -> None:
    move = synthetic.squat() if exercise == "squat" else synthetic.push_up()
    top = hold(synthetic.STANDING if exercise == "squat" else PLANK, 15.0)
    poses = film([top, *[move] * 3, top]).poses
    found = classify_posture(poses)
    check_whole(found, poses)
    assert found.label == exercise
    assert [segment.label for segment in found.timeline] == [OTHER, exercise, OTHER]


def test_two_exercises_share_the_timeline() -> None:
    script = [*[synthetic.squat()] * 4, *synthetic.get_down(), *[synthetic.push_up()] * 2]
    poses = film(script).poses
    found = classify_posture(poses)
    check_whole(found, poses)
    assert found.label == "squat"
    assert 0.5 < found.probability < 0.95
    assert found.timeline[0].label == "squat"
    assert found.timeline[-1].label == "push_up"


@pytest.mark.parametrize("exercise", ["squat", "push_up"])
def test_the_label_does_not_change(exercise: str) -> None:
    """With frame rate, size, side, noise, lost frames or lost joints."""
    move = synthetic.squat() if exercise == "squat" else synthetic.push_up()
    poses = film([move] * 3, Camera(60)).poses
    irregular_s = np.cumsum(np.random.default_rng(0).choice([0.02, 0.05, 0.1], 100))
    changed = [
        synthetic.rescale(poses, 0.5),
        synthetic.mirror(poses),
        synthetic.shift(poses, (200, 50)),
        synthetic.add_noise(poses, 0.02, seed=3),
        synthetic.hide(poses, np.arange(len(poses)) % 4 == 0),
        synthetic.film([move] * 3, Camera(60), time_s=irregular_s).poses,
        synthetic.film([move] * 3, Camera(60), fps=60).poses,
    ]
    for other in changed:
        assert classify_posture(other).label == exercise


def test_frames_without_anybody_are_other() -> None:
    poses = film([synthetic.squat()] * 4).poses
    gone = poses.time_s > poses.time_s[-1] / 2
    found = classify_posture(synthetic.hide(poses, gone))
    check_whole(found, poses)
    assert found.label == "squat"
    assert found.frame_share[OTHER] >= gone.mean()
    assert found.timeline[-1].label == OTHER


def test_nobody_is_other() -> None:
    poses = film([synthetic.squat()]).poses
    found = classify_posture(synthetic.hide(poses, np.ones(len(poses), dtype=bool)))
    check_whole(found, poses)
    assert found.label == OTHER
    assert found.frame_share[OTHER] == 1.0


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_hardly_any_frames(frames: int) -> None:
    found = classify_posture(synthetic.first_frames(film([synthetic.squat()]).poses, frames))
    assert found.label == OTHER
    assert math.isfinite(found.probability)
    assert len(found.timeline) == min(frames, 1)
