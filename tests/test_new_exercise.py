"""An exercise added as CONTRIBUTING says works everywhere, though no network was trained on it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from gym.__main__ import main
from gym.charts.workout import angle_title, plot_angles
from gym.counting import COUNTERS
from gym.drawing.framing import draw_silhouette
from gym.exercises import EXERCISES, Exercise
from gym.exercises.push_up import PUSH_UP
from gym.exercises.squat import SQUAT
from gym.features import measure_signals
from gym.form import judge_form
from gym.live.coach import LIVE_COUNTERS, LiveCoach
from gym.live.framing import FramingChecker
from gym.posefiles import write_poses
from gym.recognition.posture import classify_posture
from gym.schema import RepKind
from gym.server.folders import remove_server_folder
from gym.session import JudgeSettings, analyse_poses, describe_pose_file
from tests.figure import STANDING, TOP_M, plank
from tests.synthetic import Camera, Move, Take, film, hold, push_up, squat

ROOT = Path(__file__).parents[1]
SCRIPTS = {
    "chair_stand": [hold(STANDING, 1), *[squat()] * 4, hold(STANDING, 1)],
    "bench_dip": [hold(plank(TOP_M), 1), *[push_up()] * 4, hold(plank(TOP_M), 1)],
}


def rename(exercise: Exercise, name: str, title: str, **beliefs: object) -> Exercise:
    """Make another exercise of the same movement, with rules of its own."""
    rules = tuple(
        replace(rule, code=f"{name}.{n}", fault=f"fault_{n}")
        for n, rule in enumerate(exercise.rules)
    )
    return replace(exercise, name=name, title=title, rules=rules, **beliefs)


MADE_UP = {
    "chair_stand": rename(
        SQUAT,
        "chair_stand",
        "Chair stand",
        start_advice="Stand in front of the chair.",
        main_angles=("hip",),
    ),
    "bench_dip": rename(
        PUSH_UP,
        "bench_dip",
        "Bench dip",
        start_advice="Put your hands on the bench.",
        main_angles=("elbow", "shoulder"),
    ),
}
ALIKE = {"chair_stand": "squat", "bench_dip": "push_up"}
OTHER_POSTURE = {"chair_stand": "bench_dip", "bench_dip": "chair_stand"}
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
    assert framings[-1].check("posture").passed


@each
def test_who_is_in_another_posture_is_told_the_exercises_own_advice(name: str) -> None:
    poses = take(SCRIPTS[OTHER_POSTURE[name]]).poses
    checker = FramingChecker(MADE_UP[name])
    image = np.full((*poses.image_size[::-1], 3), 128, np.uint8)
    framings = [checker.update(image, poses[index]) for index in range(10)]
    assert framings[-1].check("posture").advice == MADE_UP[name].start_advice


def test_its_silhouette_is_the_one_it_names() -> None:
    def draw(exercise: Exercise) -> np.ndarray:
        return draw_silhouette(np.full((480, 640, 3), 128, np.uint8), exercise, False)

    standing, plank = (draw(exercise) for exercise in (SQUAT, PUSH_UP))
    np.testing.assert_array_equal(draw(MADE_UP["chair_stand"]), standing)
    np.testing.assert_array_equal(draw(MADE_UP["bench_dip"]), plank)
    np.testing.assert_array_equal(draw(replace(SQUAT, name="crawl", silhouette="plank")), plank)


@each
def test_its_posture_and_movement_are_recognised_without_a_network(name: str) -> None:
    found = classify_posture(take(SCRIPTS[name]).poses)
    assert found.label == ALIKE[name]  # the one described first, of those that are alike
    assert found.frame_share[OTHER_POSTURE[name]] == 0


@each
def test_its_own_angles_are_drawn_at_once(name: str) -> None:
    poses = take(SCRIPTS[name]).poses
    clip = describe_pose_file(Path("a.npz"), poses)
    workout = analyse_poses(clip, poses, JudgeSettings(name))
    shown = [line.name for line in plot_angles(workout).data if line.visible is True]
    near = workout.signals.near_side
    assert shown == [angle_title(f"{near}_{joint}") for joint in MADE_UP[name].main_angles]


@each
def test_a_lack_of_depth_is_no_fault_of_posture_whatever_its_name(name: str) -> None:
    move = squat(depth=-0.4, lean_deg=32) if name == "chair_stand" else push_up(depth=-0.4)
    filmed = take([SCRIPTS[name][0], *[move] * 3, SCRIPTS[name][0]])
    form = judge_form(
        filmed.poses, measure_signals(filmed.poses), filmed.reps, MADE_UP[name], limits={}
    )
    assert form.shallow_reps == 3
    assert "fault_0" not in form.frame_share


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
