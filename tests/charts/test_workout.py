"""Charts: what was measured is in the figure, and gaps stay gaps."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from gym.charts.workout import (
    angle_title,
    plot_angles,
    plot_hold,
    plot_phase,
    plot_rule,
)
from gym.exercises import EXERCISES
from gym.form import judge_holds
from gym.holds import find_holds
from gym.schema import (
    Classification,
    ClipInfo,
    Finding,
    FormReport,
    Hold,
    J,
    PoseSequence,
    Rep,
    RepCount,
    RepKind,
    Signals,
    Verdict,
    View,
    Workout,
)
from tests.figure import STANDING, forearm_plank
from tests.synthetic import Camera, film, hold

ANGLES = ("left_knee", "right_knee", "left_elbow", "right_elbow", "left_hip", "right_hip")


def make_workout(
    frames: int = 300, *, near_side: str = "right", view: str = "side", reps: int = 3
) -> Workout:
    """Return a squat workout of 30 frames a second, whose knee angle is 170 - 90 sin^2."""
    time_s = np.arange(frames) / 30
    period_s = max(time_s[-1], 1.0) / reps
    phase = np.sin(np.pi * time_s / period_s) ** 2
    angles = np.stack([170 - 90 * phase - 2 * a for a in range(len(ANGLES))], axis=1)
    empty = np.full((frames, J, 3), np.nan)
    poses = PoseSequence(time_s, empty[..., :2], empty, np.zeros((frames, J)), (640, 360), "full")
    found = tuple(
        Rep(
            n * period_s,
            (n + 0.5) * period_s,
            (n + 1) * period_s,
            RepKind.PARTIAL if n == reps - 1 else RepKind.FULL,
            "cut off" if n == reps - 1 else "",
        )
        for n in range(reps)
    )
    verdicts = (Verdict.PASS, Verdict.FAIL, Verdict.UNSEEN)
    findings = tuple(
        (
            Finding(
                "squat.depth",
                "Depth",
                verdicts[n % 3],
                float("nan") if n % 3 == 2 else 0.1 - 0.2 * (n % 3),
                "thigh lengths",
                0.02,
                "Sit deeper.",
            ),
        )
        for n in range(reps)
    )
    return Workout(
        clip=ClipInfo("squat.mp4", frames / 30, frames, 640, 360),
        poses=poses,
        signals=Signals(time_s, angles, ANGLES, near_side, View(view, 90.0, 0.9)),
        exercise=Classification("squat", 0.98, "heuristic"),
        counts={"heuristic": RepCount("heuristic", found, time_s, phase)},
        counter="heuristic",
        form=FormReport(findings),
        sets=(),
    )


def trace(figure: go.Figure, name: str) -> go.Scatter:
    """Return the line of that name."""
    return next(line for line in figure.data if line.name == name)


def test_angles_are_drawn_in_degrees_over_seconds():
    workout = make_workout()
    figure = plot_angles(workout)
    knee = trace(figure, "Left knee")
    np.testing.assert_allclose(knee.x, workout.signals.time_s)
    np.testing.assert_allclose(knee.y, workout.signals.angle("left_knee"), atol=0.05)
    assert "degrees" in figure.layout.yaxis.title.text
    assert "(s)" in figure.layout.xaxis.title.text


def test_lines_can_be_clicked():
    # Plotly gives no points for a click on bare lines: the markers are there, but not seen.
    for figure in (plot_angles(make_workout()), plot_phase(make_workout())):
        assert figure.data[0].mode == "lines+markers"
        assert figure.data[0].marker.opacity == 0


@pytest.mark.parametrize("near_side", ["left", "right"])
def test_near_side_comes_first_and_the_far_side_waits_in_the_legend(near_side):
    figure = plot_angles(make_workout(near_side=near_side))
    assert figure.data[0].name == f"{near_side.capitalize()} knee"
    shown = {line.name for line in figure.data if line.visible is True}
    assert shown == {f"{near_side.capitalize()} knee", f"{near_side.capitalize()} hip"}
    assert {line.name for line in figure.data} == {angle_title(name) for name in ANGLES}


def test_both_sides_are_shown_from_the_front():
    figure = plot_angles(make_workout(view="front"))
    shown = {line.name for line in figure.data if line.visible is True}
    assert shown == {"Left knee", "Right knee", "Left hip", "Right hip"}


def test_unseen_frames_are_a_gap():
    workout = make_workout()
    angles = workout.signals.angle_deg.copy()
    angles[100:150, 0] = np.nan
    angles[:, 2] = np.nan
    signals = Signals(workout.signals.time_s, angles, ANGLES, "left", workout.signals.view)
    figure = plot_angles(Workout(**{**vars(workout), "signals": signals}))
    knee = trace(figure, "Left knee")
    assert np.isnan(knee.y[100:150]).all()
    assert np.isfinite(knee.y[[99, 150]]).all()
    assert knee.connectgaps is False
    assert "Left elbow" not in {line.name for line in figure.data}, "never seen: nothing to draw"


def test_phase_goes_down_in_the_picture_and_marks_every_bottom():
    workout = make_workout()
    figure = plot_phase(workout)
    top, bottom = sorted(figure.layout.yaxis.range, reverse=True)
    assert figure.layout.yaxis.range == (top, bottom), "1, the bottom, is drawn below 0, the top"
    marks = {line.name: line for line in figure.data if line.mode == "markers"}
    assert set(marks) == {"good", "to work on", "partial"}
    assert marks["good"].x[0] == pytest.approx(workout.reps[0].bottom_s)
    assert marks["good"].y[0] == pytest.approx(1.0, abs=0.01)
    symbols = {line.marker.symbol for line in marks.values()}
    assert len(symbols) == 3, "a verdict is told by shape as well as by colour"


def test_reps_are_shaded_and_numbered_in_both_time_charts():
    workout = make_workout()
    for figure in (plot_angles(workout), plot_phase(workout)):
        spans = [(shape.x0, shape.x1) for shape in figure.layout.shapes]
        assert spans == [(rep.start_s, rep.end_s) for rep in workout.reps]
        assert [mark.text for mark in figure.layout.annotations] == ["1", "2", "(3)"]


def test_time_charts_share_their_axis():
    workout = make_workout()
    angles, phase = plot_angles(workout), plot_phase(workout)
    assert angles.layout.xaxis.range == phase.layout.xaxis.range == (0, workout.clip.duration_s)
    for side in ("l", "r"):
        assert angles.layout.margin[side] == phase.layout.margin[side]
    assert angles.layout.yaxis.automargin is phase.layout.yaxis.automargin is False


def test_rule_chart_shows_values_limit_and_the_passing_side():
    workout = make_workout()
    rule = EXERCISES["squat"].rules[0]
    figure = plot_rule(workout, rule)
    assert trace(figure, "good").x == (1,)
    assert trace(figure, "good").y == pytest.approx((0.1,))
    assert trace(figure, "to work on").x == (2,)
    assert "not judgeable" not in {line.name for line in figure.data}, "no value, no marker"
    band, line = figure.layout.shapes
    assert line.y0 == line.y1 == 0.02, "the limit that was applied, not the default"
    assert (band.y0, band.y1 > 0.1) == (0.02, True), "deeper is better: the band is above"
    assert rule.unit in figure.layout.yaxis.title.text
    assert figure.layout.xaxis.range[1] > 3, "the rep that could not be judged has its place"


def test_rule_chart_where_less_is_better():
    rule = next(r for r in EXERCISES["squat"].rules if r.limits[0] < r.limits[1])
    findings = tuple(
        (Finding(rule.code, rule.name, Verdict.FAIL, 60.0, rule.unit, 45.0, "Chest up."),)
        for _ in range(3)
    )
    workout = Workout(**{**vars(make_workout()), "form": FormReport(findings)})
    band, line = plot_rule(workout, rule).layout.shapes
    assert line.y0 == band.y1 == 45.0
    assert band.y0 < 45.0


def test_rule_chart_of_a_signed_measure_passes_in_between():
    rule = next(r for r in EXERCISES["push_up"].rules if r.fault_below)
    findings = tuple(
        (Finding(rule.code, rule.name, Verdict.FAIL, value, rule.unit, -0.04, "Hips up."),)
        for value in (-0.1, 0.02, 0.03)
    )
    workout = Workout(**{**vars(make_workout()), "form": FormReport(findings)})
    figure = plot_rule(workout, rule)
    band, *lines = figure.layout.shapes
    assert (band.y0, band.y1) == (-0.04, 0.04)
    assert [line.y0 for line in lines] == [-0.04, 0.04]
    low, high = figure.layout.yaxis.range
    assert low < -0.1 < 0.04 < high


def test_partial_reps_have_no_value_in_a_rule_chart():
    rule = EXERCISES["squat"].rules[0]
    finding = Finding(rule.code, rule.name, Verdict.FAIL, 9.0, rule.unit, 0.0, "Deeper.")
    workout = Workout(**{**vars(make_workout()), "form": FormReport(((), (), (finding,)))})
    assert workout.reps[2].kind is RepKind.PARTIAL
    assert len(plot_rule(workout, rule).data) == 0


def make_planks() -> Workout:
    """Return two planks, the second one piked, and one that nobody could judge."""
    moves = [hold(forearm_plank(), 4.0), hold(STANDING, 3.0), hold(forearm_plank(0.1), 4.0)]
    poses = film(moves, Camera(90.0, 6.0), fps=15).poses
    rules = EXERCISES["plank"]
    holds, form = judge_holds(poses, find_holds(poses, rules), rules, {})
    base = vars(make_workout())
    changed = {
        "clip": ClipInfo("plank.mp4", 11.0, len(poses), 1280, 720),
        "poses": poses,
        "exercise": Classification("plank", 0.9, "model"),
        "counts": {"heuristic": RepCount("heuristic", (), poses.time_s, np.zeros(len(poses)))},
        "form": form,
        "holds": (*holds, Hold("plank", 10.98, 11.0)),
    }
    return Workout(**base | changed)


def test_hold_chart_shows_the_line_over_time_with_the_limit_and_the_worst():
    workout = make_planks()
    rule = next(rule for rule in EXERCISES["plank"].rules if rule.code == "plank.line")
    figure = plot_hold(workout, rule)
    first, second = (line for line in figure.data if line.mode == "lines+markers")
    assert first.x[0] == pytest.approx(0.0, abs=0.5)
    assert first.x[-1] == pytest.approx(4.0, abs=0.5)
    assert np.abs(first.y).max() < 0.05
    assert np.median(second.y) == pytest.approx(0.1, abs=0.01)
    worst = trace(figure, "to work on")
    assert worst.y[0] == pytest.approx(0.1, abs=0.02)
    assert 7.0 <= worst.x[0] <= 11.0
    assert trace(figure, "good").x[0] <= 4.0
    spans = [shape for shape in figure.layout.shapes if shape.yref == "paper"]
    assert len(spans) == 3, "each hold is shaded, the one without a verdict as well"
    levels = [shape.y0 for shape in figure.layout.shapes if shape.type == "line"]
    assert levels == [-0.05, 0.05]
    low, high = figure.layout.yaxis.range
    assert low < -0.05 < 0.1 < high
    assert rule.unit in figure.layout.yaxis.title.text
    assert list(figure.layout.xaxis.range) == [0, 11.0]


def test_holds_without_a_verdict_have_no_line():
    workout = make_planks()
    bare = Workout(**vars(workout) | {"holds": (Hold("plank", 0.0, 4.0),)})
    for rule in EXERCISES["plank"].rules:
        assert len(plot_hold(bare, rule).data) == 0
    assert plot_angles(bare).layout.shapes[0].x1 == 4.0


def test_a_twenty_minute_clip_stays_light():
    workout = make_workout(36_000, reps=400)
    angles, phase = plot_angles(workout), plot_phase(workout)
    for figure in (angles, phase):
        assert max(len(line.x) for line in figure.data) < 4000
        assert len(figure.layout.annotations) <= 20
    assert len(angles.to_json()) < 2_000_000


def test_a_clip_without_frames_or_reps_still_draws():
    nothing = np.zeros((0,))
    workout = make_workout()
    empty = Workout(
        **{
            **vars(workout),
            "signals": Signals(nothing, np.zeros((0, 6)), ANGLES, "left", View()),
            "counts": {"heuristic": RepCount("heuristic", (), nothing, nothing)},
            "form": FormReport(),
        }
    )
    assert len(plot_angles(empty).data) == 0
    assert not plot_phase(empty).layout.shapes
    assert len(plot_rule(empty, EXERCISES["squat"].rules[0]).data) == 0
