"""What a rule measured: every measure has marks that show it and words that say it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gym.drawing.figure import Figure
from gym.drawing.marks import Arc, Gap, Level, Line
from gym.drawing.measured import DRAWINGS, say_measured
from gym.exercises import EXERCISES, Signal
from gym.features import angle_between
from gym.form.measures import MEASURES
from gym.form.verdicts import find
from gym.schema import J
from gym.skeleton import joint_index

#: A person in the middle of a squat, seen from the left; the right side 10 px further right.
PLACES = {
    "shoulder": (240, 120), "elbow": (300, 140), "wrist": (360, 110), "hip": (180, 260),
    "knee": (280, 280), "ankle": (240, 400), "ear": (255, 70), "heel": (225, 405),
    "foot_index": (285, 415),
}  # fmt: skip


def make_path(frames: int = 1, **places: tuple[float, float]) -> np.ndarray:
    """Return a path (n, J, 2) in which everything stands still, both sides alike but for 10 px."""
    path = np.full((frames, J, 2), np.nan)
    for part, place in {**PLACES, **places}.items():
        path[:, joint_index(f"left_{part}")] = place
        path[:, joint_index(f"right_{part}")] = np.add(place, (10, 0))
    for side in ("left", "right"):
        path[:, joint_index(f"mouth_{side}")] = (250, 80)
    return path


def make_figure(path: np.ndarray, now: int = 0, signal: Signal | None = None) -> Figure:
    return Figure(path, now, "left", signal)


def points_of(mark: object) -> list[np.ndarray]:
    return [part for part in vars(mark).values() if isinstance(part, np.ndarray)]


def only(marks: list, kind: type) -> object:
    (found,) = [mark for mark in marks if isinstance(mark, kind)]
    return found


def test_every_measure_is_drawn_and_said() -> None:
    assert set(DRAWINGS) == set(MEASURES)
    signal = EXERCISES["squat"].signal
    for name, drawing in DRAWINGS.items():
        marks = drawing.marks(make_figure(make_path(5), 2, signal), "27°")
        assert marks, name
        assert all(np.isfinite(point).all() for mark in marks for point in points_of(mark)), name
        words = [part for mark in marks for part in vars(mark).values() if isinstance(part, str)]
        assert "27°" in words, f"{name}: its value is not there"
        assert "12°" in drawing.say(12.0, "°")
        assert drawing.say(-12.0, "°") != drawing.say(12.0, "°"), name


def test_every_rule_says_its_value_and_its_limit() -> None:
    for exercise in EXERCISES.values():
        for rule in exercise.rules:
            finding = find(rule, rule.limits[1], rule.limits, 1.0)
            measured, limit = say_measured(rule, finding)
            assert measured[0].isupper()
            assert limit.startswith("Good "), rule.code
            assert limit.startswith("Good from") == (rule.limits[0] > rule.limits[1]), rule.code


def test_words_say_which_side_of_level_it_is() -> None:
    rule = EXERCISES["squat"].rules[0]
    low, high = (find(rule, value, (-0.05, -0.15), 1.0) for value in (0.12, -0.12))
    assert say_measured(rule, low)[0] == (
        "Hips three fingers' width (0.12 thigh lengths) below the knees"
    )
    assert say_measured(rule, high) == (
        "Hips three fingers' width (0.12 thigh lengths) above the knees",
        "Good from: hips a finger's width (0.05 thigh lengths) above the knees",
    )
    assert say_measured(rule, high, 180.0) == (
        "Hips 5 cm (0.12 thigh lengths) above the knees",
        "Good from: hips 2 cm (0.05 thigh lengths) above the knees",
    )
    assert say_measured(rule, find(rule, 0.001, (0.0, -0.1), 1.0)) == (
        "Hips level with the knees",
        "Good from: hips level with the knees",
    )
    line = next(one for one in EXERCISES["push_up"].rules if one.code == "push_up.line")
    sagging = find(line, -0.07, line.limits, 1.0)
    assert say_measured(line, sagging)[0] == (
        "Hips a hand's width (0.07 body lengths) below the line"
    )
    assert "to either side" in say_measured(line, sagging)[1]


def test_words_say_how_far_a_value_may_be_off() -> None:
    rule = EXERCISES["squat"].rules[1]
    said, _ = say_measured(rule, find(rule, 15.0, rule.limits, 1.0, uncertainty=3.2))
    assert said == "Trunk 15° beyond the dashed line, give or take 3°"
    for nothing in (float("nan"), 0.1):
        said, _ = say_measured(rule, find(rule, 15.0, rule.limits, 1.0, uncertainty=nothing))
        assert said == "Trunk 15° beyond the dashed line"
    rule = EXERCISES["squat"].rules[0]
    finding = find(rule, -0.4, rule.limits, 1.0, uncertainty=0.04)
    assert say_measured(rule, finding)[0].endswith(", give or take a finger's width")
    assert say_measured(rule, finding, 180.0)[0].endswith(", give or take 2 cm")


def test_lengths_that_no_hand_measures_stand_once() -> None:
    rule = EXERCISES["squat"].rules[0]
    said, _ = say_measured(rule, find(rule, 1.2, rule.limits, 1.0))
    assert said == "Hips 1.20 thigh lengths below the knees"


def test_depth_is_the_gap_between_the_levels_of_hip_and_knee() -> None:
    marks = DRAWINGS["squat_depth"].marks(make_figure(make_path()), "0.17")
    assert [mark.word for mark in marks if isinstance(mark, Level)] == ["hips", "knees"]
    gap = only(marks, Gap)
    assert gap.end[1] - gap.start[1] == 20  # the knee is at 280, the hip at 260
    assert gap.start[0] == gap.end[0], "heights are compared straight down"


@pytest.mark.parametrize(
    ("measure", "parts", "most", "is_bend"),
    [
        ("elbow_opening", ("shoulder", "elbow", "wrist"), True, False),
        ("elbow_closing", ("shoulder", "elbow", "wrist"), False, True),
        ("arm_raise", ("hip", "shoulder", "elbow"), True, False),
        ("knee_angle", ("hip", "knee", "ankle"), None, False),
    ],
)
def test_an_arc_is_as_wide_as_the_measured_angle(
    measure: str, parts: tuple[str, ...], most: bool | None, is_bend: bool
) -> None:
    path = make_path()
    # The right side is bent otherwise, so that it matters which one is drawn.
    for part in ("wrist", "elbow", "knee"):
        path[0, joint_index(f"right_{part}")] += (-25, 45)
    arc = only(DRAWINGS[measure].marks(make_figure(path), "1°"), Arc)
    angles = [
        float(angle_between(*(path[0, joint_index(f"{side}_{part}")] for part in parts)))
        for side in ("left", "right")
    ]
    assert abs(angles[0] - angles[1]) > 5
    angle = angles[0] if most is None else max(angles) if most else min(angles)
    drawn = float(angle_between(arc.start, arc.corner, arc.end))
    assert drawn == pytest.approx(180 - angle if is_bend else angle, abs=1e-6)


def test_a_trunk_is_compared_with_upright_or_with_its_shin() -> None:
    upright = only(DRAWINGS["trunk_lean"].marks(make_figure(make_path()), "1°"), Arc)
    trunk = np.subtract(PLACES["shoulder"], PLACES["hip"])
    tilt = math.degrees(math.atan2(trunk[0], -trunk[1]))
    assert float(angle_between(upright.start, upright.corner, upright.end)) == pytest.approx(tilt)
    # The shin leans by 18 degrees: a trunk may lean by 25 then.
    steep = only(DRAWINGS["squat_lean"].marks(make_figure(make_path()), "1°"), Arc)
    drawn = float(angle_between(steep.start, steep.corner, steep.end))
    assert drawn == pytest.approx(abs(tilt - 25), abs=1e-6)
    # The shin leans by 45: it is what the trunk is compared with.
    path = make_path(ankle=(160, 400))
    flat = only(DRAWINGS["squat_lean"].marks(make_figure(path), "1°"), Arc)
    drawn = float(angle_between(flat.start, flat.corner, flat.end))
    assert drawn == pytest.approx(45 - tilt, abs=1e-6)


def test_the_body_line_ends_where_the_body_is_carried() -> None:
    plank = {"shoulder": (100, 200), "hip": (250, 245), "knee": (350, 270), "ankle": (450, 300)}
    line = DRAWINGS["push_up_line"].marks(make_figure(make_path(**plank)), "0.01")[0]
    assert line.end.tolist() == [450, 300]
    kneeling = plank | {"knee": (350, 300), "ankle": (450, 295)}
    marks = DRAWINGS["push_up_line"].marks(make_figure(make_path(**kneeling)), "0.01")
    assert marks[0].end.tolist() == [350, 300]
    gap = only(marks, Gap)  # at a right angle to the line
    assert abs((gap.end - gap.start) @ (marks[0].end - marks[0].start)) < 1e-6
    assert gap.end.tolist() == [250, 245]
    # Feet on a bench: the knees are lower than the ankles, but the legs are straight.
    raised = plank | {"hip": (250, 200), "knee": (350, 200), "ankle": (450, 195)}
    line = DRAWINGS["push_up_line"].marks(make_figure(make_path(**raised)), "0.01")[0]
    assert line.end.tolist() == [450, 195]


def test_a_sway_is_drawn_from_one_end_to_the_other() -> None:
    frames = 41
    path = make_path(frames)
    tilts = np.radians(np.linspace(-10, 20, frames))
    for side in ("left", "right"):
        hip = path[:, joint_index(f"{side}_hip")]
        path[:, joint_index(f"{side}_shoulder")] = hip + 150 * np.stack(
            [np.sin(tilts), -np.cos(tilts)], axis=1
        )
    arc = only(DRAWINGS["trunk_sway"].marks(make_figure(path, 20), "28°"), Arc)
    drawn = float(angle_between(arc.start, arc.corner, arc.end))
    assert drawn == pytest.approx(0.94 * 30, abs=1.5)  # without the outermost frames


def test_the_leg_in_front_is_the_one_that_is_measured() -> None:
    path = make_path()
    path[0, joint_index("right_hip")] = (190, 300)  # lower beside its knee than the left one is
    line = only(DRAWINGS["front_thigh"].marks(make_figure(path), "0.1"), Line)
    assert line.start.tolist() == [190, 300]


@pytest.mark.parametrize(
    ("signal", "kind"),
    [
        (Signal(("hip", "knee", "ankle"), 30.0), Arc),
        (Signal(("wrist", "shoulder"), 0.2), Gap),
        (Signal(("ankle",), 0.2), Gap),
    ],
)
def test_a_taught_exercise_shows_its_own_signal(signal: Signal, kind: type) -> None:
    marks = DRAWINGS["signal_range"].marks(make_figure(make_path(), signal=signal), "1°")
    assert only(marks, kind)


def test_one_unseen_side_does_not_hide_the_other() -> None:
    path = make_path()
    path[0, [joint_index(f"right_{part}") for part in PLACES]] = np.nan
    gap = only(DRAWINGS["squat_depth"].marks(make_figure(path), "0.1"), Gap)
    assert gap.start.tolist() == [180, 260]


def test_knees_are_compared_with_the_feet_below_them() -> None:
    path = make_path()
    for side, knee, ankle in (("left", 280, 300), ("right", 240, 200)):
        path[0, joint_index(f"{side}_knee")] = (knee, 280)
        path[0, joint_index(f"{side}_ankle")] = (ankle, 400)
    marks = DRAWINGS["knees_apart"].marks(make_figure(path), "0.40")
    feet, knees = (mark for mark in marks if isinstance(mark, Gap))
    assert abs(knees.end[0] - knees.start[0]) == 40
    assert knees.text == "0.40"
    assert abs(feet.end[0] - feet.start[0]) == 100
    plumbs = [mark for mark in marks if isinstance(mark, Line) and mark.dashed]
    assert {(one.start[0], one.end[0]) for one in plumbs} == {(300, 300), (200, 200)}


def test_hips_that_wander_are_beside_the_middle_of_the_feet() -> None:
    gap = only(DRAWINGS["hips_aside"].marks(make_figure(make_path()), "0.3"), Gap)
    assert gap.start.tolist() == [245, 260]  # above the feet, at the hips' height
    assert gap.end.tolist() == [185, 260]


def test_a_trunk_that_drops_is_compared_with_the_bottom() -> None:
    frames = 30
    path = make_path(frames)
    depth = 80 * np.sin(np.linspace(0, np.pi, frames))
    for side in ("left", "right"):
        for part in ("hip", "shoulder"):
            path[:, joint_index(f"{side}_{part}"), 1] += depth
        path[20:, joint_index(f"{side}_shoulder")] += (40, 30)  # hips first, on the way up
    arc = only(DRAWINGS["trunk_drop"].marks(make_figure(path, 24), "15°"), Arc)
    at_bottom, now = (
        path[frame, joint_index("left_shoulder")] - path[frame, joint_index("left_hip")]
        for frame in (14, 24)
    )
    turned = float(angle_between(at_bottom, np.zeros(2), now))
    assert turned > 10
    drawn = float(angle_between(arc.start, arc.corner, arc.end))
    assert drawn == pytest.approx(turned, abs=0.5)


@pytest.mark.parametrize("facing", [1, -1])
def test_a_head_in_line_is_drawn_in_line(facing: int) -> None:
    """Ears are 10 degrees below the line of the back then, whichever way the athlete looks."""
    trunk = np.array([150.0 * facing, -20.0])
    below = np.radians(10 * facing)
    turned = np.array([[np.cos(below), -np.sin(below)], [np.sin(below), np.cos(below)]]) @ trunk
    hip = np.array([200.0, 220.0])
    ear = hip + trunk + turned / 3
    path = make_path(hip=tuple(hip), shoulder=tuple(hip + trunk), ear=tuple(ear))
    arc = only(DRAWINGS["head_line"].marks(make_figure(path), "0°"), Arc)
    assert float(angle_between(arc.start, arc.corner, arc.end)) == pytest.approx(0, abs=1e-4)


def test_the_leg_in_front_has_the_steeper_shin() -> None:
    path = make_path()
    path[0, joint_index("right_ankle")] = (120, 300)  # the rear shin lies
    line = DRAWINGS["front_shin"].marks(make_figure(path), "18°")[0]
    assert line.start.tolist() == [240, 400]


def test_uneven_arms_have_the_value_at_the_arm_that_lags() -> None:
    path = make_path()
    path[0, joint_index("right_wrist")] = (250, 200)
    arcs = [
        mark
        for mark in DRAWINGS["arms_uneven"].marks(make_figure(path), "30°")
        if isinstance(mark, Arc)
    ]
    assert [arc.text for arc in arcs] == ["", "30°"]
