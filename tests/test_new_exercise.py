"""An exercise added as CONTRIBUTING says works everywhere, though no network was trained on it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from gym.__main__ import main
from gym.counting import COUNTERS
from gym.exercises import EXERCISES, Exercise
from gym.exercises.push_up import PUSH_UP
from gym.exercises.squat import SQUAT
from gym.live.coach import LIVE_COUNTERS, LiveCoach
from gym.live.framing import FramingChecker
from gym.posefiles import write_poses
from gym.schema import RepKind
from gym.server.folders import remove_server_folder
from gym.session import JudgeSettings, analyse_poses, describe_pose_file
from tests.synthetic import STANDING, TOP_M, Camera, Move, Take, film, hold, plank, push_up, squat

ROOT = Path(__file__).parents[1]
SCRIPTS = {
    "chair_stand": [hold(STANDING, 1), *[squat()] * 4, hold(STANDING, 1)],
    "bench_dip": [hold(plank(TOP_M), 1), *[push_up()] * 4, hold(plank(TOP_M), 1)],
}


def rename(exercise: Exercise, name: str, title: str) -> Exercise:
    """Make another exercise of the same movement, with rules of its own."""
    rules = tuple(replace(rule, code=f"{name}.{n}") for n, rule in enumerate(exercise.rules))
    return replace(exercise, name=name, title=title, rules=rules)


MADE_UP = {
    "chair_stand": rename(SQUAT, "chair_stand", "Chair stand"),
    "bench_dip": rename(PUSH_UP, "bench_dip", "Bench dip"),
}
each = pytest.mark.parametrize("name", MADE_UP)


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, exercise in MADE_UP.items():
        monkeypatch.setitem(EXERCISES, name, exercise)


def take(script: list[Move]) -> Take:
    return film(script, Camera(yaw_deg=80), fps=20.0)


@each
def test_a_recording_is_counted_and_judged(name: str) -> None:
    poses = take(SCRIPTS[name]).poses
    workout = analyse_poses(describe_pose_file(Path("a.npz"), poses), poses, JudgeSettings(name))
    assert {counter for counter, count in workout.counts.items() if count.count == 4} == {
        counter for counter, kind in COUNTERS.items() if kind.counts(EXERCISES[name])
    }
    assert workout.counts["learned"].reps == ()
    assert workout.count.count == 4
    assert workout.confidence > 0.9  # who does not know it has no vote
    assert [finding.code for finding in workout.form.findings[0]] == [
        rule.code for rule in MADE_UP[name].rules
    ]


@each
def test_it_is_trained_live_as_it_is_recorded(name: str) -> None:
    poses = take(SCRIPTS[name]).poses
    for counter in LIVE_COUNTERS:
        coach = LiveCoach(name, counter)
        states = [coach.update(poses[index]) for index in range(len(poses))]
        assert states[-1].count == 4
        assert states[-1].exercise == name
        assert np.isnan(states[-1].agreement)  # nobody to agree with
    clip = describe_pose_file(Path("a.npz"), poses)
    live = coach.finish(clip, poses.image_size, poses.model)
    recorded = analyse_poses(clip, poses, JudgeSettings(name))
    assert [count.reps for count in live.counts.values()] == [
        count.reps for count in recorded.counts.values()
    ]
    assert live.confidence == recorded.confidence


@pytest.mark.parametrize(("script", "known"), [("chair_stand", "squat"), ("bench_dip", "push_up")])
def test_nobody_else_notices(script: str, known: str) -> None:
    poses = take(SCRIPTS[script]).poses
    clip = describe_pose_file(Path("a.npz"), poses)
    workout = analyse_poses(clip, poses)
    assert (workout.exercise.label, workout.count.count) == (known, 4)
    coach = LiveCoach()
    states = [coach.update(poses[index]) for index in range(len(poses))]
    assert (states[-1].exercise, states[-1].count) == (known, 4)
    assert 0 < states[-1].agreement <= 1
    assert coach.finish(clip, poses.image_size, poses.model).count.reps == workout.count.reps


@each
def test_the_command_line_counts_it(name: str, tmp_path: Path, capsys) -> None:
    write_poses(take(SCRIPTS[name]).poses, tmp_path / "a.npz")
    assert main(["count", str(tmp_path / "a.npz"), "--exercise", name, "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["exercise"]["label"] == name
    assert told["counts"] == {kind: 0 if kind == "learned" else 4 for kind in COUNTERS}
    assert len([rep for rep in told["reps"] if rep["kind"] == RepKind.FULL]) == 4


@each
def test_the_athlete_is_helped_into_place(name: str) -> None:
    poses = take(SCRIPTS[name]).poses
    checker = FramingChecker(MADE_UP[name])
    image = np.full((*poses.image_size[::-1], 3), 128, np.uint8)
    framings = [checker.update(image, poses[index]) for index in range(10)]
    (posture,) = (check for check in framings[-1].checks if check.name == "posture")
    assert posture.passed


def test_the_page_shows_it(tmp_path: Path, monkeypatch) -> None:
    """The sample's squats, judged as the made-up exercise."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.switch_page("pages/analyse.py").run()
    app.button(key="try_sample").click().run()
    app.selectbox(key="exercise").select("chair_stand").run()
    for page in ("analyse", "compare"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, app.exception[0].value
    remove_server_folder()
