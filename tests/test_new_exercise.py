"""An exercise added as CONTRIBUTING says works everywhere, though no network was trained on it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from gym.__main__ import main
from gym.charts.counters import plot_counters, plot_evidence, plot_phases
from gym.charts.workout import angle_title, plot_angles, plot_phase, plot_rule
from gym.counting import COUNTERS
from gym.drawing.framing import draw_silhouette
from gym.exercises import EXERCISES, Exercise, FormRule, Posture, Signal
from gym.exercises.push_up import PUSH_UP
from gym.exercises.squat import SQUAT
from gym.export.film import write_annotated_video
from gym.export.record import from_json_text, to_json_text
from gym.export.tables import reps_csv
from gym.form import judge_form
from gym.live.coach import LIVE_COUNTERS, LiveCoach
from gym.live.framing import FramingChecker
from gym.live.picture import draw_picture
from gym.live.view import LiveView, Stage, describe_set
from gym.media.stills import read_stills
from gym.media.writer import ClipWriter
from gym.posefiles import write_poses
from gym.recognition.posture import classify_posture
from gym.schema import Frame, RepKind, Workout
from gym.server.folders import remove_server_folder
from gym.session import JudgeSettings, analyse_poses, describe_pose_file
from gym.summary import summarise_set
from gym.ui import live
from tests.figure import STANDING, TOP_M, plank, pose_body
from tests.synthetic import Camera, Move, Take, Tempo, film, hold, push_up, raise_arms, squat

ROOT = Path(__file__).parents[1]
ARMS_DOWN = pose_body(2, 2, 2, 180, 175)
SCRIPTS = {
    "arm_raise": [
        hold(ARMS_DOWN, 1),
        *[raise_arms("left"), raise_arms("right")] * 2,
        hold(ARMS_DOWN, 1),
    ],
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


#: Nothing like a squat: it rises first, the arms take turns, and nothing has to travel.
ARM_RAISE = Exercise(
    name="arm_raise",
    title="Arm raise",
    plural="arm raises",
    start=Posture.STANDING,
    start_advice="Stand up straight, arms down.",
    silhouette="facing",
    best_view="side",
    main_angles=("shoulder", "elbow"),
    signal=Signal(("hip", "shoulder", "elbow"), least=30.0, rises=True, each_side=True),
    travel=None,
    trunk_tilt_deg=(0.0, 60.0),
    turn_tilt_deg=(0.0, 60.0),
    rep_s=(0.3, 15.0),
    ways=("up", "down"),
    rules=(
        FormRule(
            code="arm_raise.range",
            name="Range",
            measure="arm_raise",
            unit="°",
            limits=(75.0, 60.0),
            views=("side", "diagonal"),
            cue="Raise your arms to shoulder height.",
            why="Half the way is half the work.",
            source="Engineering judgement, unverified.",
            fault="low",
            measures_depth=True,
        ),
    ),
)
MADE_UP = {
    "arm_raise": ARM_RAISE,
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
OTHER_POSTURE = {"arm_raise": "bench_dip", "chair_stand": "bench_dip", "bench_dip": "chair_stand"}
each = pytest.mark.parametrize("name", MADE_UP)
each_alike = pytest.mark.parametrize("name", ALIKE)


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


@each_alike
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


@each_alike
def test_a_lack_of_depth_is_no_fault_of_posture_whatever_its_name(name: str) -> None:
    move = squat(depth=-0.4, lean_deg=32) if name == "chair_stand" else push_up(depth=-0.4)
    filmed = take([SCRIPTS[name][0], *[move] * 3, SCRIPTS[name][0]])
    form = judge_form(filmed.poses, filmed.reps, MADE_UP[name], limits={})
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


@pytest.fixture
def arm_raises() -> Workout:
    poses = take(SCRIPTS["arm_raise"]).poses
    clip = describe_pose_file(Path("arms.npz"), poses)
    return analyse_poses(clip, poses, JudgeSettings("arm_raise"))


def test_the_charts_go_its_way(arm_raises: Workout) -> None:
    counts, exercise = arm_raises.counts, ARM_RAISE
    for figure in (plot_phase(arm_raises), plot_phases(counts, 9.0, exercise)):
        assert figure.layout.yaxis.range[0] < figure.layout.yaxis.range[1]  # upwards
        assert figure.layout.yaxis.ticktext[::2] == ("bottom 0", "top 1")
        assert "of the way up" in figure.data[0].hovertemplate
    marks = [mark for line in plot_phase(arm_raises).data[1:] for mark in line.hovertext]
    assert len(marks) == 4
    assert all(" turns at " in mark for mark in marks)
    assert "turns at" in plot_counters(counts, 9.0, (), exercise).data[1].hovertext[0]
    (rule,) = exercise.rules
    assert "." not in plot_rule(arm_raises, rule).data[0].hovertext[0]  # whole degrees
    count = counts["heuristic"]
    figure = plot_evidence(count.reps[0], count.evidence[0], exercise)
    assert "top" in {note.text for note in figure.layout.annotations}


def test_its_effort_is_the_way_out(arm_raises: Workout) -> None:
    header, first, *_ = (line.split(",") for line in reps_csv(arm_raises).splitlines())
    cells = dict(zip(header, first, strict=True))
    tempo = arm_raises.report.reps[0].tempo
    assert float(cells["concentric_s"]) == pytest.approx(tempo.concentric_s, abs=2e-3)
    assert float(cells["eccentric_s"]) == pytest.approx(tempo.eccentric_s, abs=2e-3)
    made = Tempo()
    assert tempo.concentric_s == pytest.approx(made.down_s + made.hold_s / 2, abs=0.1)
    assert tempo.eccentric_s == pytest.approx(made.up_s + made.hold_s / 2, abs=0.1)
    summary = summarise_set(arm_raises)
    assert (summary.depth_name, summary.depth_unit) == ("Range", "°")
    assert 80 < summary.shallowest <= summary.deepest < 110  # made as 95


def test_it_comes_back_from_its_file(arm_raises: Workout) -> None:
    back = from_json_text(to_json_text(arm_raises))
    assert back.exercise.label == "arm_raise"
    assert [rep.kind for rep in back.reps] == [RepKind.FULL] * 4
    summary, now = summarise_set(back), summarise_set(arm_raises)
    assert summary.depth_name == "Range"
    assert (summary.shallowest, summary.deepest) == pytest.approx(
        (now.shallowest, now.deepest), abs=2e-3
    )


def test_the_command_line_analyses_a_clip_as_it(squat_clip: Path, tmp_path: Path) -> None:
    """Somebody squats with hanging arms: no reps of this, but an answer in both files."""
    files = {kind: tmp_path / f"a.{kind}" for kind in ("json", "csv")}
    outputs = [f"--{kind}={file}" for kind, file in files.items()]
    assert main(["analyse", str(squat_clip), "--exercise", "arm_raise", *outputs]) == 0
    told = from_json_text(files["json"].read_text())
    assert told.exercise.label == "arm_raise"
    assert len(files["csv"].read_text().splitlines()) == 1 + len(told.reps)


def test_its_film_has_a_bar_that_fills_upwards(arm_raises: Workout, tmp_path: Path) -> None:
    size = arm_raises.poses.image_size
    grey = np.full((*size[::-1], 3), 128, np.uint8)
    with ClipWriter(tmp_path / "a.mp4", size, fps_hint=20.0) as writer:
        for time_s in arm_raises.poses.time_s:
            writer.write(Frame(grey, float(time_s)))
    write_annotated_video(arm_raises, tmp_path / "a.mp4", tmp_path / "film.mp4")
    rep = arm_raises.reps[0]
    stills = read_stills(tmp_path / "film.mp4", [(rep.start_s + rep.bottom_s) / 2, rep.bottom_s])
    for still, filled in zip(stills, ((False, True), (True, True)), strict=True):
        bar = still.image[round(0.3 * size[1]) : round(0.6 * size[1]), -40:].astype(int)
        colour = np.ptp(bar, axis=2)  # none where it is grey or dark
        seen = [bool(end.max() > 60) for end in (colour[:40], colour[-40:])]
        assert tuple(seen) == filled  # upper end, lower end


def test_live_shows_it_its_way() -> None:
    poses = take(SCRIPTS["arm_raise"]).poses
    coach = LiveCoach("arm_raise")
    image = np.full((*poses.image_size[::-1], 3), 128, np.uint8)
    for index in range(len(poses)):
        state = coach.update(poses[index])
        status = describe_set(state, None, unseen=False)
        view = LiveView(Stage.TRAINING, pose=poses[index], state=state, status=status)
        if index % 20 == 0:
            assert draw_picture(image, view).shape == image.shape
    assert status.upwards
    assert (status.count, status.exercise) == (4, "Arm raise")


def test_every_page_shows_its_own_set(tmp_path: Path, monkeypatch, arm_raises: Workout) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(live, "show_camera", lambda *_: False)  # it needs the real server
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.switch_page("pages/analyse.py").run()
    app.button(key="try_sample").click().run()  # for a clip that plays
    opened = app.session_state["opened_analysis"]
    opened.clip, opened.poses, opened.recognised = arm_raises.clip, arm_raises.poses, None
    opened._counted.clear(), opened._judged.clear()
    app.selectbox(key="exercise").select("arm_raise").run()
    assert not app.exception, app.exception[0].value
    table = app.dataframe[0].value
    assert len(table) == 4
    assert set(table["Range"].str.startswith("✓")) == {True}
    assert set(table["Range"].str.endswith("°")) == {True}
    assert "Up, pause, down, rest" in table
    said = "\n".join(one.value for one in app.markdown)
    assert "s up and" in said
    assert "**Range**: from 9" in said
    assert "down and" not in said
    app.switch_page("pages/compare.py").run()
    assert not app.exception, app.exception[0].value
    app.switch_page("pages/live.py").run()
    app.selectbox(key="live_exercise").select("arm_raise").run()
    assert not app.exception, app.exception[0].value
    said = "\n".join(one.value for one in app.markdown)
    assert ARM_RAISE.start_advice in said
    assert "from the side" in said
    remove_server_folder()
