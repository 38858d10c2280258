"""The Compare page: every registered counter shown, disagreements, evidence, and the scoreboard."""

from __future__ import annotations

import io
import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from gym import session
from gym.charts.counters import plot_counters, plot_evidence, plot_phases
from gym.counting import ARENA, COUNTERS, count_reps
from gym.counting.agreement import METHOD, combine_counts, explain_disagreements
from gym.counting.ensemble import count_alone
from gym.counting.heuristic import HeuristicCounter
from gym.drawing.stills import draw_rep
from gym.errors import LabelsError, WeightsError
from gym.evaluation.report import pair_counters
from gym.evaluation.scoreboard import read_labelled_folder, score_clips
from gym.evaluation.scores import compare_counters
from gym.exercises import EXERCISES, OTHER
from gym.export.record import to_json
from gym.media.stills import read_stills
from gym.posefiles import write_poses
from gym.posefiles.analysis import read_analysis
from gym.schema import Gate, Rep, RepCount, RepEvidence, RepKind, Workout
from gym.server.folders import remove_server_folder
from gym.session import JudgeSettings, analyse_poses
from gym.ui import cached, score_report, scoreboard
from gym.ui import opened as opened_module
from gym.ui.compare import comparable_counts, disagreement_table, list_player_reps
from gym.ui.counter_table import compare_reps, counter_table
from gym.ui.evidence import evidence_of, needed_text
from gym.ui.opened import OpenedAnalysis
from gym.ui.systems import read_origins, read_systems, say_published, scores_of

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
NAN = float("nan")


class LazyCounter(HeuristicCounter):
    """A toy second counter: it never notices the last repetition."""

    name = "lazy"
    title = "Lazy counter"

    def finish(self) -> RepCount:
        """Return all repetitions but the last."""
        count = super().finish()
        return RepCount(self.name, count.reps[:-1], count.time_s, count.phase)


@pytest.fixture
def lazy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more counter in the registry: the toy. A server judges its sample once, with it."""
    monkeypatch.setitem(COUNTERS, LazyCounter.name, LazyCounter)
    cached._count_sample.cache_clear()
    yield
    cached._count_sample.cache_clear()


@pytest.fixture(scope="module")
def workout(sample_clip: Path) -> Workout:
    """The sample, counted by all and the toy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(COUNTERS, LazyCounter.name, LazyCounter)
        return analyse_poses(
            *read_analysis(sample_clip.parent), JudgeSettings("squat", "heuristic")
        )


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The app at its Compare page, with temporary files of its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv(scoreboard.FOLDERS_VARIABLE, "1")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE_S).run()
    yield app.switch_page("pages/compare.py").run()
    remove_server_folder()


@pytest.fixture
def sample(lazy: None, app: AppTest) -> AppTest:
    """The Compare page with the sample open."""
    app.button(key="try_sample").click().run()
    fine(app)
    return app


def fine(app: AppTest) -> None:
    assert not app.exception, app.exception[0].value
    assert not app.error, app.error[0].value


def words(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in (*app.markdown, *app.caption))


def figures(app: AppTest) -> dict[str, str]:
    return {figure.label: figure.value for figure in app.metric}


def choose(app: AppTest, key: str, value: str | list[str]) -> AppTest:
    app.button_group(key=key).set_value(value).run()
    fine(app)
    return app


# ------------------------------------------------------------------------------- one clip


def test_the_page_asks_for_a_clip_when_there_is_none(app):
    fine(app)
    assert app.file_uploader
    assert "whole body" in words(app)
    assert not app.metric


def test_a_counter_that_is_registered_is_shown_without_an_edit(sample):
    shown = figures(sample)
    assert set(shown) == {counter.title for counter in COUNTERS.values()} | {"Confidence"}
    assert int(shown[LazyCounter.title]) == int(shown[HeuristicCounter.title]) - 1
    table = sample.dataframe[0].value
    singles = [counter.title for name, counter in COUNTERS.items() if name != METHOD]
    assert list(table.columns) == ["Time", *singles]
    last = table.iloc[-1]
    assert last[HeuristicCounter.title] == "✓ counted"
    assert last[LazyCounter.title].startswith("✗ ")
    assert len(last[LazyCounter.title]) > 5, "and why"
    why = sample.selectbox(key=f"why_counter_{_id(sample)}")
    assert LazyCounter.title in why.options
    assert 0 < int(shown["Confidence"].strip("%")) < 100


def test_there_is_one_confidence_on_every_page_and_in_the_file(sample):
    workout = sample.session_state["opened_analysis"].judge(JudgeSettings())
    said = f"{workout.confidence:.0%}"
    assert figures(sample)["Confidence"] == said
    sample.switch_page("pages/analyse.py").run()
    fine(sample)
    assert f"confidence {said}" in words(sample)
    assert to_json(workout)["confidence"] == round(workout.confidence, 4)


@pytest.mark.parametrize("confidence", [0.5, NAN])
def test_what_only_one_counter_can_count_has_the_confidence_of_the_workout(workout, confidence):
    pull_ups = to_pull_ups(workout, confidence)
    page = AppTest.from_function(show_counts_alone, default_timeout=PATIENCE_S)
    page.session_state["workout"] = pull_ups
    fine(page.run())
    shown = figures(page)
    assert shown["Confidence"] == ("–" if math.isnan(confidence) else "50%")
    assert ("nothing was found" in words(page)) == math.isnan(confidence)
    assert shown[HeuristicCounter.title] == "–", "it cannot count pull-ups, so 0 would be a lie"
    assert words(page).count("cannot count this exercise") == 2
    assert shown["Self-similarity"] == str(pull_ups.counts["spectral"].count)
    assert list(comparable_counts(pull_ups)) == ["spectral"], "there is nobody to disagree with"
    reps = list_player_reps(pull_ups, ())
    assert [rep.label for rep in reps] == [rep.reason for rep in pull_ups.counts[METHOD].reps]
    assert [rep.kind for rep in reps] == [rep.kind for rep in pull_ups.counts[METHOD].reps]


def show_counts_alone() -> None:
    import streamlit as st

    from gym.ui.compare import show_counts

    show_counts(st.session_state["workout"], None)


def to_pull_ups(workout: Workout, confidence: float) -> Workout:
    """Return a set of what only self-similarity counts, as `gym.session` gives it."""
    spectral = workout.counts["spectral"]
    unknown = np.full(len(spectral.time_s), NAN)
    blind = {n: RepCount(n, (), spectral.time_s, unknown) for n in ("heuristic", "learned")}
    together = replace(spectral, method=METHOD)
    return replace(
        workout,
        exercise=replace(workout.exercise, label="pull_up", chosen_by="model"),
        counts={**blind, "spectral": spectral, METHOD: together},
        counter=METHOD,
        agreement=replace(workout.agreement, confidence=confidence, members=("spectral",)),
    )


def test_a_counter_that_is_registered_has_a_vote(sample):
    workout = sample.session_state["opened_analysis"].judge(JudgeSettings())
    disagreements = explain_disagreements(workout.counts, workout.poses)
    assert any("lazy" in dict(row.missed_by) for row in disagreements)
    for rep in list_player_reps(workout, disagreements):
        if rep.kind is RepKind.FULL:
            assert rep.label == "" or rep.label.endswith("of 4 counters")
        else:
            assert rep.label in {partial.reason for partial in workout.counts[METHOD].reps}


def test_the_true_count_gives_every_counter_its_error(sample):
    true = int(figures(sample)[HeuristicCounter.title])
    sample.number_input(key=f"true_count_{_id(sample)}").set_value(true).run()
    fine(sample)
    assert "✓ exact" in words(sample)
    assert "✗ 1 missed" in words(sample)
    sample.number_input(key=f"true_count_{_id(sample)}").set_value(true - 3).run()
    assert "✗ 3 too many" in words(sample)


def test_what_is_open_is_shared_with_the_analyse_page(sample):
    sample.selectbox(key="exercise").set_value("push_up").run()
    fine(sample)
    opened = sample.session_state["opened_analysis"]
    sample.switch_page("pages/analyse.py").run()
    fine(sample)
    assert sample.session_state["opened_analysis"] is opened
    assert sample.selectbox(key="exercise").value == "push_up"
    sample.selectbox(key="exercise").set_value("auto").run()
    sample.switch_page("pages/compare.py").run()
    fine(sample)
    assert sample.selectbox(key="exercise").value == "auto"
    assert HeuristicCounter.title in figures(sample)


def test_a_click_on_a_disagreement_seeks_once(sample):
    key = f"disagreements_{_id(sample)}"
    click = {"selection": {"rows": [], "columns": [], "cells": [(0, "Time")]}}
    sample.session_state[key] = click
    sample.run()
    fine(sample)
    clicked = sample.session_state["clicked_disagreement"]
    assert clicked == ((_id(sample), "0", "Time"), 1)
    sample.run()
    assert sample.session_state["clicked_disagreement"] == clicked, "no other click"


def test_why_shows_three_pictures_the_gates_and_the_decision(sample):
    counts = sample.session_state["opened_analysis"].judge(JudgeSettings()).counts["heuristic"]
    assert "it passed" in sample.success[-1].value
    gates = sample.table[0].value
    assert (gates[""] == "✓").all()
    assert "Knee bend" in list(gates["Check"])
    partial = next(i for i, rep in enumerate(counts.reps) if rep.kind is RepKind.PARTIAL)
    sample.selectbox(key=f"why_rep_{_id(sample)}_heuristic").set_value(partial).run()
    fine(sample)
    assert counts.reps[partial].reason in sample.warning[-1].value
    gates = sample.table[0].value
    assert next(iter(gates[gates[""] == "✗"]["Check"])).startswith("Size compared")
    captions = "\n".join(str(image.proto) for image in sample.image)
    for word in ("Start", "Bottom", "End"):
        assert word in captions
    sample.selectbox(key=f"why_counter_{_id(sample)}").set_value("lazy").run()
    fine(sample)
    assert "no separate checks" in words(sample)


def show_why_alone() -> None:
    import streamlit as st

    from gym.ui.evidence import show_why

    show_why(st.session_state["opened"], st.session_state["workout"])


def test_a_fragment_says_what_went_wrong_without_the_page_around_it(workout, tmp_path):
    page = AppTest.from_function(show_why_alone, default_timeout=PATIENCE_S)
    gone = OpenedAnalysis(workout.clip, workout.poses, tmp_path / "gone.mp4", None)
    page.session_state["opened"], page.session_state["workout"] = gone, workout
    page.run()
    assert not page.exception, page.exception[0].value
    assert "gone.mp4" in page.error[0].value.replace("\\", "")
    assert page.selectbox, "the rest of the page stays"


def _id(app: AppTest) -> str:
    return app.session_state["opened_analysis"].id


def test_the_player_counts_what_the_counters_say_together(workout):
    lazy = replace(workout.counts["lazy"], method="learned")  # in the place of one that votes
    two = {"heuristic": workout.counts["heuristic"], "learned": lazy}
    together = combine_counts(two, workout.poses)
    both = replace(workout, counts={**two, METHOD: together.count}, agreement=together)
    disagreements = explain_disagreements(two, workout.poses)
    reps = list_player_reps(both, disagreements)
    disputed = [rep for rep in reps if rep.label == "1 of 2 counters"]
    assert "borderline" not in disputed[0].word, "that is a word about form"
    assert len(disputed) == len(disagreements) == 1
    assert disputed[0].verdict == "borderline"
    assert disputed[0].start_s == disagreements[0].start_s
    assert all(rep.verdict == "pass" for rep in reps if rep not in disputed)
    assert len(reps) == len(two["heuristic"].reps)


def test_a_disagreement_says_what_each_counter_says(workout):
    two = {name: workout.counts[name] for name in ("heuristic", "lazy")}
    rows = explain_disagreements(two, workout.poses)
    table = disagreement_table(two, rows)
    assert table["Time"][0] == f"{rows[0].start_s:.1f} to {rows[0].end_s:.1f} s"
    assert table["Joint-angle heuristic"][0] == "✓ counted"
    assert list(table.iloc[0])[2] == f"✗ {rows[0].missed_by[0][1]}"


# ------------------------------------------------------------------------------- charts


def test_ticks_of_all_counters_stand_on_one_axis(workout):
    counts = {"One": workout.counts["heuristic"], "Two": workout.counts["lazy"]}
    figure = plot_counters(counts, workout.clip.duration_s, [(2.0, 3.5)])
    for row, (title, count) in enumerate(counts.items()):
        bars, ticks, partial = [trace for trace in figure.data if trace.name.startswith(title)]
        full = [rep for rep in count.reps if rep.kind is RepKind.FULL]
        assert list(ticks.x) == [rep.bottom_s for rep in full]
        assert list(bars.x[:2]) == [full[0].start_s, full[0].end_s]
        assert set(ticks.y) | set(bars.y) == {row}
        assert len(partial.x) == len(count.reps) - len(full)
    assert [(band.x0, band.x1) for band in figure.layout.shapes] == [(2.0, 3.5)]
    assert tuple(figure.layout.xaxis.range) == (0, workout.clip.duration_s)
    assert "Two: <b>" in figure.layout.annotations[1].text


def test_phase_curves_of_all_counters_that_know_one(workout):
    count = workout.counts["heuristic"]
    blind = replace(count, phase=np.full(len(count.phase), np.nan))
    figure = plot_phases(
        {"One": count, "Blind": blind}, workout.clip.duration_s, EXERCISES["squat"]
    )
    assert [trace.name for trace in figure.data] == ["One"]
    np.testing.assert_allclose(np.array(figure.data[0].y, float), count.phase.round(3))
    assert tuple(figure.layout.yaxis.range) == (1.12, -0.12), "down is down"


def test_evidence_is_drawn_with_its_levels_and_moments(workout):
    count = workout.counts["heuristic"]
    rep, evidence = count.reps[0], count.evidence[0]
    figure = plot_evidence(rep, evidence, EXERCISES["squat"])
    assert list(figure.data[1].x) == [rep.start_s, rep.bottom_s, rep.end_s]
    assert {line.y0 for line in figure.layout.shapes} == {level for _, level in evidence.thresholds}
    texts = {note.text for note in figure.layout.annotations}
    assert texts == {"start", "bottom", "end", "begins below", "done above"}
    nothing = RepEvidence("Phase", "", np.arange(3.0), np.full(3, np.nan))
    assert plot_evidence(Rep(0.0, 1.0, 2.0), nothing).data


# ------------------------------------------------------------------------------- evidence


def test_the_heuristic_shows_what_its_gates_saw(workout):
    count = workout.counts["heuristic"]
    assert len(count.evidence) == len(count.reps)
    assert {rep.kind for rep in count.reps} == set(RepKind)
    for rep, evidence in zip(count.reps, count.evidence, strict=True):
        failed = [gate for gate in evidence.gates if not gate.passed]
        assert (rep.kind is RepKind.FULL) == (not failed)
        if failed:
            assert rep.reason == failed[0].reason
        assert evidence.time_s[0] < rep.start_s < rep.end_s < evidence.time_s[-1]
        (_, below), (_, above) = evidence.thresholds
        inside = (evidence.time_s >= rep.start_s) & (evidence.time_s <= rep.end_s)
        assert evidence.value[inside].min() < min(below, above)
        assert evidence.value[evidence.time_s > rep.bottom_s].max() > above


def test_evidence_does_not_depend_on_how_the_poses_came(workout):
    live = HeuristicCounter(EXERCISES["squat"])
    for index in range(len(workout.poses)):
        live.update(workout.poses[index])
    again, count = live.finish(), workout.counts["heuristic"]
    assert again.reps == count.reps
    assert [one.gates for one in again.evidence] == [one.gates for one in count.evidence]


def test_a_counter_that_tells_nothing_shows_its_phase(workout):
    count = workout.counts["lazy"]
    rep, evidence = count.reps[1], evidence_of(count, 1)
    assert evidence.signal == "Phase"
    assert not evidence.gates
    assert evidence.time_s[0] <= rep.start_s
    assert evidence.time_s[-1] >= rep.end_s


def test_evidence_comes_for_every_repetition_or_for_none():
    evidence = RepEvidence("Phase", "", np.arange(3.0), np.zeros(3))
    reps = (Rep(0, 1, 2), Rep(2, 3, 4))
    with pytest.raises(ValueError, match="each of 2 reps, got 1"):
        RepCount("toy", reps, np.arange(3.0), np.zeros(3), (evidence,))


@pytest.mark.parametrize(
    ("gate", "passed", "needed"),
    [
        (Gate("Bend", 30.0, "°", low=30.0), True, "at least 30°"),
        (Gate("Bend", 29.9, "°", low=30.0), False, "at least 30°"),
        (Gate("Tilt", 81.0, "°", 0.0, 80.0), False, "0 to 80°"),
        (Gate("Jitter", 0.1, "m", high=0.2), True, "at most 0.2 m"),
        (Gate("Fall", float("nan"), "m", low=0.1), True, "at least 0.1 m"),
        (Gate("Size", 0.3, "%", low=0.45), False, "at least 45%"),
    ],
)
def test_a_gate_lets_pass_what_it_says(gate, passed, needed):
    assert gate.passed is passed
    assert needed_text(gate) == needed


# ------------------------------------------------------------------------------- stills


def test_a_rep_is_three_pictures_around_the_athlete(workout, sample_clip):
    rep = workout.reps[0]
    clip, size = sample_clip.parent / "clip.mp4", workout.poses.image_size
    stills = draw_rep(clip, workout.poses, rep, workout.signals.near_side)
    assert [still.time_s for still in stills] == pytest.approx(
        [rep.start_s, rep.bottom_s, rep.end_s], abs=0.05
    )
    shapes = {still.image.shape for still in stills}
    assert len(shapes) == 1
    height, width, _ = shapes.pop()
    assert width < size[0], "cut out"
    assert height <= size[1]
    (plain,) = read_stills(clip, [rep.bottom_s])
    assert (stills[1].image != plain.image[:height, :width]).any()


# ------------------------------------------------------------------------------- several clips


def test_the_paired_test_is_a_coin_for_each_clip():
    (pair,) = compare_counters({"good": [0, 0, 0, 1, 0, 0], "bad": [1, -2, 0, 3, 1, -1]})
    assert (pair["first"], pair["second"], pair["n"]) == ("good", "bad", 6)
    assert (pair["first_better"], pair["second_better"]) == (5, 0)
    assert pair["p"] == pytest.approx(2 / 2**5), "all five signs alike, either way"
    low, high = pair["difference"]["interval"]
    assert pair["difference"]["value"] == pytest.approx(-7 / 6, abs=1e-4)
    assert low < -7 / 6 < high < 0
    (same,) = compare_counters({"a": [0, 1, -1], "b": [0, -1, 1]})
    assert (same["p"], same["difference"]["value"]) == (1.0, 0.0)
    (none,) = compare_counters({"a": [], "b": []})
    assert none["p"] is None
    assert len(compare_counters({"a": [0], "b": [0], "c": [0]})) == 3
    with pytest.raises(ValueError, match="as many clips"):
        compare_counters({"a": [0], "b": [0, 1]})


def test_counters_are_paired_by_exercise():
    rows = [
        {"exercise": "squat", "reps": 5, "reps_alt": 6, "counts": {"a": 6, "b": 7}},
        {"exercise": "push_up", "reps": 5, "reps_alt": None, "counts": {"a": 3, "b": 5}},
    ]
    paired = pair_counters(rows, ["a", "b"])
    assert list(paired) == ["all", "squat", "push_up"]
    assert [paired[group][0]["n"] for group in paired] == [2, 1, 1]
    assert paired["squat"][0]["difference"]["value"] == -1, "the second count is right as well"
    assert paired["push_up"][0]["difference"]["value"] == 2


@pytest.fixture
def folder(sample_clip: Path, tmp_path: Path) -> Path:
    """A labelled folder: the sample's poses, and a clip that is missing."""
    root = tmp_path / "labelled"
    root.mkdir()
    _, poses = read_analysis(sample_clip.parent)
    write_poses(poses, root / "good.npz")
    label(root, "good,good.npz,squat,5", "gone,gone.npz,push_up,3")
    return root


def label(root: Path, *rows: str) -> None:
    (root / "labels.csv").write_text("\n".join(("id,file,exercise,reps", *rows)) + "\n")


def test_a_folder_is_scored_and_a_missing_clip_is_a_line(folder, lazy, tmp_path):
    told: list[tuple[str, float]] = []
    out = tmp_path / "out"
    out.mkdir()
    report = score_clips(
        out, lambda *progress: told.append(progress), root=folder, exercise="given"
    )
    good, gone = report["clips"]
    assert (good["counts"]["heuristic"], good["counts"]["lazy"]) == (5, 4)
    assert gone["counts"] == dict.fromkeys(COUNTERS, 0)
    assert "gone.npz" in gone["error"]
    pairs = {(pair["first"], pair["second"]): pair for pair in report["paired"]["all"]}
    assert pairs["heuristic", "lazy"]["first_better"] == 1
    assert json.loads((out / "report.json").read_text())["paired"] == report["paired"]
    assert len(pd.read_csv(out / "clips.csv")) == 2
    assert told[0] == ("Clip 1 of 2", 0.0)
    assert told[-1][1] == 1.0


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a,../outside.npz,squat,5", "outside the folder"),
        ("a,/etc/hostname.npz,squat,5", "outside the folder"),
        ("a,notes.txt,squat,5", "neither a video nor a pose file"),
        ("a,good.npz,squat,many", "not a number"),
        ("a,good\0.npz,squat,5", "Line 2 of the table holds a NUL byte"),
    ],
)
def test_only_clips_below_the_folder_are_let_through(folder, row, told):
    label(folder, row)
    with pytest.raises(LabelsError, match=told):
        read_labelled_folder(folder)


def test_a_link_does_not_lead_out_of_the_folder(folder, tmp_path):
    (tmp_path / "secret.npz").write_bytes(b"")
    (folder / "link.npz").symlink_to(tmp_path / "secret.npz")
    label(folder, "a,link.npz,squat,5")
    with pytest.raises(LabelsError, match="outside the folder"):
        read_labelled_folder(folder)


def test_the_page_scores_a_folder(app, folder):
    choose(app, "compare_view", "Several clips")
    app.text_input(key="scoring_folder").set_value(str(folder / "nowhere")).run()
    assert "There is no folder" in app.error[0].value
    app.text_input(key="scoring_folder").set_value(str(folder)).run()
    fine(app)
    assert "2 labelled clips" in words(app)
    app.button(key="score_folder").click().run()
    job = app.session_state["scoring"].job
    assert job.wait(PATIENCE_S)
    app.run()
    fine(app)
    scores, by_clip = (table.value for table in app.dataframe)
    assert set(scores["Counter"]) == {counter.title for counter in COUNTERS.values()}
    assert set(scores["Clips"]) == {2}
    assert list(by_clip[HeuristicCounter.title]) == ["✓ 5", "✗ 0 (-3)"]
    assert "gone.npz" in app.warning[0].value
    assert {button.label for button in app.get("download_button")} == {
        "Report (JSON)",
        "Clips (CSV)",
    }
    choose(app, "scored_group", "squat")
    assert set(app.dataframe[0].value["Clips"]) == {1}
    choose(app, "compare_view", "One clip")
    choose(app, "compare_view", "Several clips")
    assert len(app.dataframe) == 2, "the scoreboard is still there"


def test_scoring_can_be_cancelled_and_leaves_nothing(app, folder):
    choose(app, "compare_view", "Several clips")
    app.text_input(key="scoring_folder").set_value(str(folder)).run()
    app.button(key="score_folder").click().run()
    job = app.session_state["scoring"].job
    if any(button.key == "cancel_scoring" for button in app.button):
        app.button(key="cancel_scoring").click().run()
        fine(app)
        assert job.wait(PATIENCE_S)
        assert not job.folder.exists()
        assert app.button(key="score_folder")


class Upload(io.BytesIO):
    """An uploaded file, as Streamlit gives it."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


def test_uploads_get_names_of_ours_and_a_table(folder, tmp_path):
    content = (folder / "good.npz").read_bytes()
    truths = pd.DataFrame({"Clip": ["", ""], "Exercise": ["squat", "push_up"], "Reps": [5, 3]})
    gathered = scoreboard.Gathered(tmp_path / "uploads")
    root = gathered.clips_folder
    for upload in (Upload("../../a, b.NPZ", content), Upload("run.sh", b"rm")):
        gathered.take(upload)
    gathered.write_labels(truths)
    assert sorted(path.name for path in root.iterdir()) == [
        "clip-001.npz",
        "clip-002",
        "labels.csv",
    ]
    with pytest.raises(LabelsError, match=r"run\.sh is neither"):
        read_labelled_folder(root)
    label(root, *(root / "labels.csv").read_text().splitlines()[1:2])
    (clip,) = read_labelled_folder(root)
    assert (clip.id, clip.reps, clip.file.name) == ("a, b.NPZ", 5, "clip-001.npz")


def test_an_uploads_name_is_no_formula_in_the_table_and_itself_on_the_page(folder, tmp_path):
    gathered = scoreboard.Gathered(tmp_path / "up")
    gathered.take(Upload("=1+1.npz", (folder / "good.npz").read_bytes()))
    gathered.write_labels(pd.DataFrame({"Clip": [""], "Exercise": ["squat"], "Reps": [5]}))
    line = (gathered.clips_folder / "labels.csv").read_text().splitlines()[1]
    assert line == "'=1+1.npz,clip-001.npz,squat,5"
    (clip,) = read_labelled_folder(gathered.clips_folder)
    assert clip.id == "=1+1.npz"
    row = {"reps": 5, "reps_alt": None, "counts": {}, "label": None, "seconds": 1.0}
    table = score_report.clip_table([{"id": "=1+1", "exercise": "@sum", **row}])
    assert table["Clip"].tolist() == ["'=1+1"], "the table on the page has a download of its own"
    assert table["Exercise"].tolist() == ["'@sum"]


@pytest.mark.parametrize(
    ("value", "offered"), [(None, False), ("", False), ("0", False), ("1", True)]
)
def test_folders_are_offered_where_whoever_runs_the_server_says_so(monkeypatch, value, offered):
    """Whatever the connection looks like: behind a proxy every visitor seems to be on this computer."""
    context = SimpleNamespace(headers={"Host": "localhost:8501"}, ip_address=None)
    monkeypatch.setattr(scoreboard.st, "context", context)
    monkeypatch.delenv(scoreboard.FOLDERS_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(scoreboard.FOLDERS_VARIABLE, value)
    assert scoreboard.folders_are_offered() is offered


def test_a_paired_line_is_told_from_the_better_side():
    (pair,) = compare_counters({"heuristic": [2, 3, 0, 1], "lazy": [0, 1, 0, 2]})
    (line,) = score_report.paired_lines([pair])
    assert line.startswith("**lazy** against **Joint-angle heuristic**")
    assert "smaller by 0.75" in line
    assert "closer on 2 and further off on 1 of 4 clips" in line
    assert "may be chance" in line
    (same,) = compare_counters({"heuristic": [0, 1], "lazy": [0, -1]})
    assert "equally close" in score_report.paired_lines([same])[0]


# ------------------------------------------------------------------------------- the arena


def test_a_counter_of_the_arena_counts_once_and_only_when_chosen(app, monkeypatch):
    asked: list[str] = []
    count_alone = opened_module.count_alone

    def note(poses, named, counter):
        asked.append(counter)
        return count_alone(poses, named, counter)

    monkeypatch.setattr(opened_module, "count_alone", note)
    app.button(key="try_sample").click().run()
    fine(app)
    assert not asked
    before = figures(app)
    assert not set(before) & {kind.title for kind in ARENA.values()}
    choose(app, "shown_counters", ["spectral", "repnet", "poserac"])
    assert sorted(asked) == ["poserac", "repnet"]
    shown = figures(app)
    assert set(shown) == {
        "Self-similarity", "RepNet-style", "PoseRAC-style", "All counters together", "Confidence"
    }  # fmt: skip
    kept = app.session_state["opened_analysis"].judge(JudgeSettings())
    direct = count_reps(kept.poses, EXERCISES["squat"], "repnet")
    assert shown["RepNet-style"] == str(direct.count)
    assert shown["All counters together"] == before["All counters together"], "it has no vote"
    assert shown["Confidence"] == before["Confidence"]
    assert not set(kept.counts) & set(ARENA), "the other pages never see them"
    columns = list(app.dataframe[0].value.columns)
    assert columns == ["Time", "Self-similarity", "RepNet-style", "PoseRAC-style"]
    why = app.selectbox(key=f"why_counter_{_id(app)}").options
    assert "RepNet-style" in why
    choose(app, "shown_counters", ["heuristic", "learned", "spectral"])
    assert figures(app) == before
    choose(app, "shown_counters", ["repnet"])
    assert len(asked) == 2, "what was counted is remembered"
    app.selectbox(key="exercise").set_value("push_up").run()
    fine(app)
    assert asked[2:] == ["repnet"], "another exercise is another question"


def test_every_counter_of_the_arena_can_be_shown_at_once_or_none(app):
    app.button(key="try_sample").click().run()
    choose(app, "shown_counters", [*COUNTERS, *ARENA][:3] + list(ARENA))
    table = app.dataframe[1].value
    assert set(table["Counter"]) == {kind.title for kind in (*COUNTERS.values(), *ARENA.values())}
    choose(app, "shown_counters", [])
    assert "None of these counters" in words(app)
    assert list(app.dataframe[0].value["Counter"]) == ["All counters together"]


def test_an_arena_counter_does_not_count_what_it_does_not_know(app):
    app.button(key="try_sample").click().run()
    choose(app, "shown_counters", ["poserac", "spectral"])
    app.selectbox(key="exercise").set_value("deadlift").run()
    fine(app)
    assert figures(app)["PoseRAC-style"] == "–"
    assert "cannot count this exercise" in words(app)


def test_a_network_that_cannot_be_used_is_named_and_the_rest_is_shown(app, monkeypatch):
    def fail(*_):
        raise WeightsError("The file repnet.pt is missing.", "Install the app again.")

    monkeypatch.setattr(opened_module, "count_alone", fail)
    app.button(key="try_sample").click().run()
    choose(app, "shown_counters", ["heuristic", "repnet"])
    assert any("RepNet-style" in one.value and "missing" in one.value for one in app.warning)
    assert HeuristicCounter.title in figures(app)
    assert "RepNet-style" not in figures(app)


def test_counting_alone_is_counting_beside_the_others(sample_clip):
    _, poses = read_analysis(sample_clip.parent)
    recognised = session.recognise(poses)
    beside = session.count(poses, recognised, also=("repnet",))
    alone = count_alone(poses, beside.exercise, "repnet")
    assert alone.reps == beside.counts["repnet"].reps
    assert count_alone(poses, replace(recognised, label=OTHER), "repnet").reps == ()


def test_the_table_tells_how_a_counter_agrees_and_what_it_is_known_for(workout):
    table = counter_table(workout, workout.counts["heuristic"].count).set_index("Counter")
    together = workout.counts[METHOD]
    heuristic, lazy_row = table.loc["Joint-angle heuristic"], table.loc["lazy"]
    assert heuristic["Right?"] == "✓ exact"
    assert lazy_row["Right?"] == "✗ 1 missed"
    both, alone = compare_reps(workout.counts["lazy"], together)
    assert lazy_row["Also found"] == f"{both} of {together.count} reps"
    assert both + alone == workout.counts["lazy"].count
    assert lazy_row["Exact, our clips"] == lazy_row["ms a frame"] == "–", "nobody measured the toy"
    system = next(row for row in read_systems() if row["counter"] == "heuristic")
    assert heuristic["Exact, our clips"] == f"{scores_of(system, 'clips2')['exact']['value']:.0%}"
    assert heuristic["RepCount, published"] == "–"
    assert "Right?" not in counter_table(workout, None)
    assert compare_reps(together, together) == (together.count, 0)
    late = replace(together, reps=tuple(Rep(90 + i, 90.4 + i, 90.9 + i) for i in range(2)))
    assert compare_reps(late, together) == (0, 2)


def test_the_systems_are_told_with_their_origin(app):
    choose(app, "compare_view", "The systems")
    scores, cost, published = (table.value for table in app.dataframe)
    ours = {kind.title for kind in (*COUNTERS.values(), *ARENA.values())}
    assert set(scores["Counter"]) == set(cost["Counter"]) == ours
    assert "RepNet (CVPR 2020)" in set(published["System"])
    choose(app, "systems_set", "repcount_pose")
    assert app.dataframe[0].value["Clips"].str.endswith("of 62").all()
    app.selectbox(key="systems_network").set_value("poserac").run()
    fine(app)
    assert "triplet loss" in words(app)
    reasons = app.table[0].value
    assert reasons["Why"].str.len().min() > 0


@pytest.mark.parametrize("name", ARENA)
def test_every_network_says_what_is_exact_adapted_and_ours(name):
    told = read_origins(ARENA[name].weights)
    assert list(told) == ["As published", "Adapted to skeletons", "Decided by us"]
    assert all(len(text) > 20 for text in told.values())
    row = next(row for row in read_systems() if row["counter"] == name)
    first = row["published"][0] if row["published"] else None
    assert (say_published(row) == "–") == (first is None)


def test_the_matrix_is_drawn_when_it_is_asked_for(app):
    app.button(key="try_sample").click().run()
    charts = len(app.get("plotly_chart"))
    app.toggle(key="show_likeness").set_value(True).run()
    fine(app)
    assert len(app.get("plotly_chart")) == charts + 1
    assert "two moments" in words(app)
    choose(app, "shown_counters", ["heuristic", "mamba"])
    assert not app.toggle, "it belongs to the self-similarity counter"
    assert "density" in words(app), "and a network shows what it followed"


def show_likeness_alone() -> None:
    import streamlit as st

    from gym.ui.compare import _show_likeness

    _show_likeness(st.session_state["workout"])


def test_of_a_long_clip_half_a_minute_is_compared_at_a_time(workout):
    poses = workout.poses
    later = replace(poses, time_s=poses.time_s + 40.0)
    clip = replace(workout.clip, duration_s=workout.clip.duration_s + 40.0)
    page = AppTest.from_function(show_likeness_alone, default_timeout=PATIENCE_S)
    page.session_state["workout"] = replace(workout, clip=clip, poses=later)
    page.session_state["show_likeness"] = True
    fine(page.run())
    assert "Nobody is in view here" in words(page), "the first half minute is empty"
    page.slider[0].set_value(page.slider[0].max).run()
    fine(page)
    assert page.get("plotly_chart")


def test_of_a_hold_no_chosen_counter_counts(app):
    app.button(key="try_sample").click().run()
    choose(app, "shown_counters", ["spectral", "repnet"])
    app.selectbox(key="exercise").set_value("plank").run()
    fine(app)
    assert "timed, not counted" in app.info[0].value
    assert not app.metric
    assert not app.session_state["opened_analysis"].has_counted("plank", "repnet")
