"""The pages as scripts: what stands on them, what they do, and what they say when things go wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from gym.exercises import EXERCISES
from gym.exercises.strictness import apply_strictness
from gym.notes import PARTIAL, PARTIAL_SIGN, say_verdict
from gym.posefiles.analysis import read_analysis
from gym.schema import Classification, ClipInfo, J, PoseSequence, RepKind, Segment, Verdict
from gym.server import tokens
from gym.server.folders import remove_server_folder, server_folder
from gym.server.tasks import ANNOTATED_CLIP
from gym.session import JudgeSettings
from gym.summary import overall_verdict
from gym.ui.frame import PAGES
from gym.ui.opened import OpenedAnalysis
from gym.ui.panels import clicked_time_s
from tests.figure import STANDING, forearm_plank
from tests.synthetic import Camera, Move, film, hold

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The app at its home page, with temporary files of its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_S).run()
    remove_server_folder()


@pytest.fixture
def analyse(app: AppTest) -> AppTest:
    """The app at its Analyse page."""
    return app.switch_page("pages/analyse.py").run()


@pytest.fixture
def sample(analyse: AppTest) -> AppTest:
    """The Analyse page with the sample open."""
    analyse.button(key="try_sample").click().run()
    fine(analyse)
    return analyse


def fine(app: AppTest) -> None:
    assert not app.exception, app.exception[0].value
    assert not app.error, app.error[0].value


def words(app: AppTest) -> str:
    """Return all the text of a page."""
    return "\n".join(str(element.value) for element in (*app.markdown, *app.caption))


def reps(app: AppTest):
    """Return the table of reps."""
    return app.dataframe[0].value


def opened(app: AppTest) -> OpenedAnalysis:
    return app.session_state["opened_analysis"]


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    """Upload a file and wait until its analysis is over, one way or another."""
    app.file_uploader[0].upload(name, content, "video/mp4").run()
    opening = app.session_state["opening_analysis"]
    assert opening.job.wait(PATIENCE_S)
    return app.run()


def session_files() -> list[Path]:
    """Return what lies in the session folders, the empty folders aside."""
    return [path for path in server_folder().glob("session-*/**/*") if path.is_file()]


def test_home_has_a_link_to_every_page_and_to_the_sample(app):
    fine(app)
    links = {link.label.strip("*→ ") for link in app.get("page_link")}
    assert {page.title for page in PAGES} <= links
    assert all((ROOT / page.path).is_file() for page in PAGES), "only pages that are there"
    for page in PAGES[1:]:
        assert page.purpose in words(app)
    assert [button.label for button in app.button] == ["Try the sample"]
    assert "sent anywhere else" in words(app)


def test_every_page_file_is_in_the_navigation():
    files = {f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
    assert files == {page.path for page in PAGES[1:]}


def test_home_opens_without_the_heavy_libraries():
    code = (
        "import sys, gym, gym.ui.home;"
        "print([m for m in ('torch', 'mediapipe', 'cv2', 'av') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_home_opens_the_sample(app):
    app.button[0].click().run()
    fine(app)
    app.switch_page("pages/analyse.py").run()
    fine(app)
    assert len(reps(app))


def test_analyse_asks_for_a_clip_and_says_how_to_film(analyse):
    fine(analyse)
    wanted = {f".{kind}" for kind in ("mp4", "mov", "webm", "avi", "mkv", "gif")}
    assert wanted <= set(analyse.file_uploader[0].allowed_type)
    for word in ("side", "whole body", "hip height"):
        assert word in words(analyse)
    assert not analyse.dataframe


def test_missing_pose_models_are_named_with_their_reason(analyse, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    analyse.run()
    fine(analyse)
    for model in ("lite", "full", "heavy"):
        assert f"{model} is not available. It" in words(analyse)


def test_sample_shows_a_verdict_for_every_rep(sample):
    workout = opened(sample).judge(JudgeSettings())
    table = reps(sample)
    assert len(table) == len(workout.reps) > 0
    allowed = {say_verdict(verdict) for verdict in Verdict} | {f"{PARTIAL_SIGN} {PARTIAL}"}
    assert set(table["Verdict"]) <= allowed
    shown = {one.code for found in workout.form.findings for one in found if one.unseen is None}
    for rule in EXERCISES[workout.exercise.label].rules:
        assert (rule.name in table.columns) == (rule.code in shown), rule.name
    faulty = table["Verdict"] == say_verdict(Verdict.FAIL)
    assert faulty.any(), "the sample is there to show faults"
    assert (table["What to do"][faulty] != "").all()
    assert {figure.label: figure.value for figure in sample.metric}["Reps"] == str(
        workout.count.count
    )
    assert workout.form.cue in "\n".join(str(box.value) for box in sample.info)


def test_the_set_is_reported_as_a_coach_does(sample):
    said = words(sample)
    assert "The set, as a coach reports it" in said
    for title in ("Tempo", "Range", "Speed", "Evenness", "Time under tension", "Best rep"):
        assert f"**{title}**" in said
    assert "two hands' width above parallel" in said  # the third rep is a half squat
    assert "Down, pause, up, rest" in reps(sample)
    assert next(iter(reps(sample)["Of best range"])) == "100%"
    sample.number_input(key="height_cm").set_value(180).run()
    fine(sample)
    assert "17 cm above parallel" in words(sample)
    assert "cm a second on the way up" in words(sample)


def test_a_rep_is_compared_with_the_best_or_any_other(sample):
    assert "Compare a rep with your best" in [found.value for found in sample.subheader]
    rep, reference = sample.selectbox(key="compared_rep"), sample.selectbox(key="reference_rep")
    assert reference.value == 1
    assert rep.value == 3, "the worst is shown first"
    assert "Rep 3 differs from rep 1 most at" in words(sample)
    sample.selectbox(key="compared_rep").select(4).run()
    fine(sample)
    assert "Rep 4 differs from rep 1 most at" in words(sample)
    assert "hip is" in words(sample), "it leans too far forward"
    sample.selectbox(key="reference_rep").select(4).run()
    fine(sample)
    assert "Choose two different reps." in words(sample)


def test_a_chosen_rep_that_is_gone_is_no_longer_compared(sample, monkeypatch):
    """Another counter may find fewer reps."""
    sample.selectbox(key="compared_rep").select(6).run()
    whole = opened(sample).judge(JudgeSettings())
    count, report = whole.count, whole.report
    fewer = replace(
        whole,
        counts=whole.counts | {whole.counter: replace(count, reps=count.reps[:4], evidence=())},
        form=replace(whole.form, findings=whole.form.findings[:4]),
        report=replace(
            report, reps=report.reps[:4], sets=(replace(report.sets[0], last_rep=4, odd=()),)
        ),
    )
    monkeypatch.setattr(OpenedAnalysis, "judge", lambda self, settings: fewer)
    sample.run()
    fine(sample)
    chosen = sample.selectbox(key="compared_rep")
    assert chosen.options == ["1", "2", "3", "4"]
    assert chosen.value in (1, 2, 3, 4)
    assert f"Rep {chosen.value} differs from rep" in words(sample)


def test_reps_counted_otherwise_are_compared_anew(sample):
    sample.selectbox(key="compared_rep").select(6).run()
    sample.selectbox(key="reference_rep").select(2).run()
    sample.run()
    assert sample.selectbox(key="compared_rep").value == 6, "a choice lasts"
    sample.selectbox(key="counter").select("heuristic").run()
    fine(sample)
    assert sample.selectbox(key="compared_rep").value == 3
    assert sample.selectbox(key="reference_rep").value == 1


def test_another_exercise_judges_the_same_poses_again(sample):
    poses = opened(sample).poses
    sample.selectbox(key="exercise").set_value("push_up").run()
    fine(sample)
    assert opened(sample).poses is poses
    assert "opening_analysis" not in sample.session_state, "no second pose pass"
    assert {figure.label: figure.value for figure in sample.metric}["Exercise"] == "Push-up"
    assert "your choice" in words(sample)
    sample.selectbox(key="exercise").set_value("auto").run()
    assert len(reps(sample))


def test_own_limits_change_the_verdicts_and_can_be_reset(sample):
    rule = EXERCISES["squat"].rules[0]
    before = list(reps(sample)[rule.name])
    sample.number_input(key=f"limit_{rule.code}").set_value(0.9).run()
    fine(sample)
    assert all("✓" not in text for text in reps(sample)[rule.name]), "nobody squats that deep"
    next(b for b in sample.button if b.label == "Reset the limits").click().run()
    assert list(reps(sample)[rule.name]) == before


def test_limits_start_from_the_strictness(sample):
    codes = ("squat.depth", "squat.lean")

    def limits():
        return tuple(sample.number_input(key=f"limit_{code}").value for code in codes)

    usual = limits()
    sample.number_input(key="limit_squat.depth").set_value(0.9).run()
    sample.selectbox(key="strictness").set_value("competition").run()
    fine(sample)
    strict = apply_strictness(EXERCISES["squat"], "competition").rules
    assert limits() == tuple(rule.limits[0] for rule in strict[:2])
    assert limits() != usual
    assert "judged as Competition (IPF)" in words(sample)
    assert "IPF technical rules" in words(sample)
    found = opened(sample).judge(JudgeSettings(strictness="competition"))
    assert [f.limit for f in found.form.findings[0][:2]] == list(limits())
    # The visitor's own limit stands on top of it, and is forgotten by the next choice.
    sample.number_input(key="limit_squat.depth").set_value(0.9).run()
    assert "Competition (IPF) with your own limits" in words(sample)
    sample.switch_page("app.py").run()
    sample.switch_page("pages/analyse.py").run()
    assert sample.selectbox(key="strictness").value == "competition"
    assert limits()[0] == 0.9
    sample.selectbox(key="strictness").set_value("standard").run()
    assert limits() == usual
    assert "judged" not in sample.caption[0].value


def test_the_moment_that_decides_is_shown_for_the_rep_and_rule_chosen(sample):
    key = opened(sample).id
    rep, rule = sample.selectbox(key=f"moment_rep_{key}"), f"moment_rule_{key}"
    workout = opened(sample).judge(JudgeSettings())
    worst = next(
        number
        for number, found in enumerate(workout.form.findings, start=1)
        if overall_verdict(found) is Verdict.FAIL
    )
    assert rep.value == f"Rep {worst}", "the first with a fault"
    assert len(pictures(sample)) == 1
    depth, lean = workout.form.findings[0][:2]
    assert f"**Depth: {say_verdict(depth.verdict)}**" not in words(sample)
    rep.set_value("Rep 1").run()
    fine(sample)
    assert sample.session_state[rule] == depth.code
    assert f"**Depth: {say_verdict(depth.verdict)}**" in words(sample)
    sample.get("button_group")[-1].set_value(lean.code).run()
    fine(sample)
    assert f"**{lean.name}: {say_verdict(lean.verdict)}**" in words(sample)
    assert len(pictures(sample)) == 3, "what was drawn before is kept"
    assert all(from_clip for _, from_clip in pictures(sample).values())
    sample.number_input(key="height_cm").set_value(180).run()
    sample.selectbox(key=f"moment_rep_{key}").set_value(f"Rep {worst}")
    sample.get("button_group")[-1].set_value(depth.code).run()
    fine(sample)
    assert re.search(r"Hips \d+ cm \(0\.\d+ thigh lengths\) above the knees", words(sample))
    partial = {f"Rep {n}" for n, one in enumerate(workout.reps, 1) if one.kind is RepKind.PARTIAL}
    assert partial
    assert not any(name in option for name in partial for option in rep.options)


def test_a_click_on_a_value_shows_its_moment(sample):
    analysis = opened(sample)
    sample.session_state[f"reps_{analysis.id}"] = {
        "selection": {"rows": [], "columns": [], "cells": [(0, "Forward lean")]}
    }
    sample.run()
    fine(sample)
    assert sample.selectbox(key=f"moment_rep_{analysis.id}").value == "Rep 1"
    assert sample.session_state[f"moment_rule_{analysis.id}"] == "squat.lean"
    sample.selectbox(key=f"moment_rep_{analysis.id}").set_value("Rep 2").run()
    fine(sample)
    assert sample.selectbox(key=f"moment_rep_{analysis.id}").value == "Rep 2", "no other click"


def test_a_clip_that_cannot_be_read_leaves_the_poses_to_draw(app):
    app.session_state["opened_analysis"] = _keep_plank([hold(forearm_plank(0.1), 6.0)])
    app.switch_page("pages/analyse.py").run()
    fine(app)
    assert [from_clip for _, from_clip in pictures(app).values()] == [False]
    assert "There is no video to take the picture from" in words(app)
    assert "**Body line: ✗ to work on**" in words(app)


def pictures(app: AppTest) -> dict:
    """Return the pictures of moments that are kept."""
    return app.session_state["moment_pictures"]


def test_what_was_judged_is_remembered_for_a_while(sample):
    first = opened(sample).judge(JudgeSettings())
    sample.selectbox(key="exercise").set_value("push_up").run()
    sample.selectbox(key="exercise").set_value("auto").run()
    assert opened(sample).judge(JudgeSettings()) is first
    for limit in np.linspace(0.2, 0.4, 9):
        opened(sample).judge(JudgeSettings(limits=(("squat.depth", float(limit)),)))
    assert opened(sample).judge(JudgeSettings()) is not first, "memory has an end"


def test_results_and_settings_survive_a_page_change(sample):
    sample.selectbox(key="exercise").set_value("push_up").run()
    sample.switch_page("app.py").run()
    fine(sample)
    sample.switch_page("pages/analyse.py").run()
    fine(sample)
    assert sample.selectbox(key="exercise").value == "push_up"
    assert {figure.label: figure.value for figure in sample.metric}["Exercise"] == "Push-up"


def test_a_click_in_the_table_seeks_once(sample):
    key = f"reps_{opened(sample).id}"
    assert "clicked_cell" not in sample.session_state
    sample.session_state[key] = {
        "selection": {"rows": [], "columns": [], "cells": [(1, "Verdict")]}
    }
    sample.run()
    fine(sample)
    assert sample.session_state["clicked_cell"] == ((1, "Verdict"), 1)
    sample.run()
    assert sample.session_state["clicked_cell"] == ((1, "Verdict"), 1), "no other click"


def test_a_cell_stands_for_a_moment(sample):
    workout = opened(sample).judge(JudgeSettings())
    rep, findings = workout.reps[1], workout.form.findings[1]
    assert clicked_time_s(workout, 1, "Verdict") == rep.start_s
    depth = findings[0]
    assert clicked_time_s(workout, 1, depth.name) == depth.time_s
    assert rep.start_s < depth.time_s < rep.end_s
    assert clicked_time_s(workout, 99, "Verdict") is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("notes.mp4", b"Monday: five squats\n" * 50),
        ("../../outside.mp4", b"not a video either" * 50),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence_and_leaves_nothing(
    analyse, tmp_path, name, content
):
    upload(analyse, name, content)
    assert not analyse.exception
    (error,) = analyse.error
    sentence, _, advice = error.value.partition("\n")
    assert sentence.strip().endswith((".**", "!**"))
    assert advice.strip(), "what to do about it"
    assert session_files() == []
    assert list(tmp_path.iterdir()) == [server_folder()]
    assert analyse.file_uploader, "the page stays usable"
    analyse.button(key="try_sample").click().run()
    fine(analyse)


def test_a_failed_upload_leaves_what_was_open(sample):
    before = opened(sample)
    upload(sample, "notes.mp4", b"not a video" * 99)
    assert len(sample.error) == 1
    assert opened(sample) is before
    assert len(reps(sample))


def test_an_upload_can_be_cancelled(analyse):
    analyse.file_uploader[0].upload("a.mp4", b"x" * 2_000_000, "video/mp4").run()
    if analyse.button and any(button.key == "cancel_analysis" for button in analyse.button):
        job = analyse.session_state["opening_analysis"].job
        analyse.button(key="cancel_analysis").click().run()
        assert job.wait(PATIENCE_S)
        assert job.state in ("cancelled", "error")
    assert not analyse.exception
    assert session_files() == []


def test_an_analysis_that_nobody_watched_says_so(analyse):
    analyse.file_uploader[0].upload("a.mp4", b"x" * 100, "video/mp4")
    analyse.run()
    job = analyse.session_state["opening_analysis"].job
    job.wait(PATIENCE_S)
    job.state, job.error = "cancelled", None  # as work is left that nobody waits for
    analyse.run()
    assert "its page was closed" in analyse.error[0].value
    assert analyse.file_uploader


def test_another_clip_replaces_the_first_and_its_files(app):
    folder = server_folder() / "session-test"
    first = _keep(folder / "clip-1")
    app.session_state["opened_analysis"] = first
    app.switch_page("pages/analyse.py").run()
    fine(app)
    token = first.token
    assert token in tokens._files
    app.selectbox(key="exercise").set_value("push_up").run()
    app.button(key="try_sample").click().run()
    fine(app)
    assert app.selectbox(key="exercise").value == "auto", "the choice was for the first clip"
    assert not (folder / "clip-1").exists()
    assert token not in tokens._files


def test_a_set_without_a_stored_analysis_gets_its_annotated_video(app, sample_clip):
    folder = server_folder() / "session-test" / "live-1"
    folder.mkdir(parents=True)
    shutil.copy(sample_clip, folder)
    clip, poses = read_analysis(sample_clip.parent)
    app.session_state["opened_analysis"] = OpenedAnalysis(
        clip, poses, folder / "clip.mp4", folder, kept=True
    )
    app.switch_page("pages/analyse.py").run()
    app.number_input(key="limit_squat.depth").set_value(0.3).run()
    app.button(key="render").click().run()
    fine(app)
    job = opened(app).rendering
    assert job.wait(PATIENCE_S)
    assert (job.state, job.error) == ("done", None)
    app.run()
    fine(app)
    assert "Annotated video (MP4)" in [one.label for one in app.get("download_button")]
    assert (job.folder / ANNOTATED_CLIP).stat().st_size > 20_000


def test_a_clip_without_reps_says_why(app):
    app.session_state["opened_analysis"] = _keep(server_folder() / "session-test" / "clip-1")
    app.switch_page("pages/analyse.py").run()
    fine(app)
    assert {figure.label: figure.value for figure in app.metric}["Reps"] == "0"
    assert "too short" in "\n".join(box.value for box in app.warning)
    assert not app.dataframe


def test_a_plank_is_shown_with_its_seconds(app):
    app.session_state["opened_analysis"] = _keep_plank([hold(forearm_plank(0.1), 6.0)])
    app.switch_page("pages/analyse.py").run()
    fine(app)
    figures = {figure.label: figure.value for figure in app.metric}
    assert (figures["Exercise"], figures["Held"]) == ("Plank", "5.9 s")
    assert figures["Within the limits"] == "0%"
    assert "Reps" not in figures
    assert "Hips down" in "\n".join(box.value for box in app.info)
    assert not app.warning
    table = reps(app)
    assert list(table["Held"]) == ["5.9 s"]
    assert list(table["Verdict"]) == [say_verdict(Verdict.FAIL)]
    assert "0% within the limit" in table["Body line"][0]
    assert "Hold by hold" in [part.value for part in app.subheader]
    assert {"Holds (CSV)", "Everything (JSON)"} <= {one.label for one in app.get("download_button")}


def test_a_plank_is_not_compared(app):
    app.session_state["opened_analysis"] = _keep_plank([hold(forearm_plank(), 6.0)])
    app.switch_page("pages/compare.py").run()
    fine(app)
    assert not app.metric
    assert "timed, not counted" in "\n".join(box.value for box in app.info)
    assert "Plank: held 5.9 s." in "\n".join(box.value for box in app.info)


def test_a_plank_that_nobody_held_says_so(app):
    app.session_state["opened_analysis"] = _keep_plank([hold(STANDING, 6.0)])
    app.switch_page("pages/analyse.py").run()
    fine(app)
    assert {figure.label: figure.value for figure in app.metric}["Held"] == "–"
    assert "No plank was held" in "\n".join(box.value for box in app.warning)
    assert not app.dataframe


def _keep_plank(moves: list[Move]) -> OpenedAnalysis:
    """Return an opened clip that was recognised as a plank."""
    kept = _keep(server_folder() / "session-test" / "clip-1")
    kept.poses = film(moves, Camera(90.0, 6.0), fps=15).poses
    kept.clip = ClipInfo("plank.mp4", 6.0, len(kept.poses), 1280, 720)
    timeline = (Segment(0.0, 6.0, "plank", 0.9),)
    kept.recognised = Classification("plank", 0.9, "model", {"plank": 1.0}, timeline)
    return kept


def _keep(folder: Path) -> OpenedAnalysis:
    """Return an opened clip of three frames with a body in them, its files in a folder."""
    folder.mkdir(parents=True)
    (folder / "clip.mp4").write_bytes(b"three frames")
    time_s = np.arange(3) / 30
    spread = np.linspace(0, 1, J)[None, :, None].repeat(3, axis=0)
    poses = PoseSequence(
        time_s,
        np.concatenate([200 + 20 * spread, 50 + 250 * spread], axis=2),
        np.concatenate([0.1 * spread, spread - 0.5, 0 * spread], axis=2),
        np.ones((3, J)),
        (640, 360),
        "full",
    )
    clip = ClipInfo("three *frames*.mp4", 0.1, 3, 640, 360)
    return OpenedAnalysis(clip, poses, folder / "clip.mp4", folder)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ (0.2126, 0.7152, 0.0722))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_theme_is_readable(mode):
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][mode]
    grounds = theme["backgroundColor"], theme["secondaryBackgroundColor"]
    for ground, name in product(grounds, ("textColor", "linkColor")):
        assert contrast(theme[name], ground) >= 4.5, name
    for colour in ("red", "orange", "yellow", "green", "blue", "violet", "gray"):
        ground = theme[f"{colour}BackgroundColor"]
        assert contrast(theme[f"{colour}TextColor"], ground) >= 4.5, colour
        assert contrast(theme[f"{colour}TextColor"], grounds[0]) >= 4.5, colour
    assert contrast("#ffffff", theme["primaryColor"]) >= 4.5, "the words on a primary button"
    assert contrast(theme["primaryColor"], grounds[0]) >= 3
    assert len(theme["chartCategoricalColors"]) >= 10, "a shorter list is dropped whole"
    for colour in theme["chartCategoricalColors"]:
        assert contrast(colour, grounds[0]) >= 3, colour
    from gym.charts.style import VERDICT_COLOURS

    for colour in VERDICT_COLOURS.values():
        assert contrast(colour, grounds[0]) >= 3, colour
