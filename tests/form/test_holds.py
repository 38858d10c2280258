"""Holds on a figure that stays in position for a known time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gym.exercises import EXERCISES
from gym.form import judge_holds
from gym.holds import UNSEEN_S, find_holds
from gym.schema import Finding, Hold, PoseSequence, Verdict
from gym.skeleton import both_sides
from tests import synthetic
from tests.figure import (
    CROUCHING,
    DOWN_DOG,
    LYING,
    ON_ALL_FOURS,
    PROPPED_UP,
    STANDING,
    TOP_M,
    WALL_SIT,
    forearm_plank,
    plank,
)
from tests.synthetic import Camera, Move, film, go_through, hold, push_up, squat

PLANK, SIT = EXERCISES["plank"], EXERCISES["wall_sit"]
HAND_PLANK, FOREARM_PLANK = plank(TOP_M), forearm_plank()
SIDE = Camera(90.0, distance_m=6.0)
YAWS = (0.0, 30.0, 60.0, 90.0, -90.0, 120.0, 180.0)
NEAR_S = 0.5  #: how far a time may be from the truth


def get_into(posture: np.ndarray, seconds: float) -> list[Move]:
    """Get into a posture within 3.5 s, stay, and come back up."""
    way = (STANDING, CROUCHING, posture) if posture is not WALL_SIT else (STANDING, posture)
    step_s = 1.0 if posture is not WALL_SIT else 1.5
    return [
        hold(STANDING, 3.5 - step_s * (len(way) - 1)),
        *go_through(*way, step_s=step_s),
        hold(posture, seconds),
        *go_through(*reversed(way), step_s=step_s),
        hold(STANDING, 1.0),
    ]


def shoot(moves: list[Move], camera: Camera = SIDE, fps: float = 20) -> PoseSequence:
    return film(moves, camera, fps=fps).poses


def assert_times(holds: tuple[Hold, ...], *truth_s: tuple[float, float]) -> None:
    assert len(holds) == len(truth_s), holds
    for found, (start_s, end_s) in zip(holds, truth_s, strict=True):
        assert found.start_s == pytest.approx(start_s, abs=NEAR_S)
        assert found.end_s == pytest.approx(end_s, abs=NEAR_S)
        assert found.seconds == pytest.approx(end_s - start_s, abs=NEAR_S)


# --------------------------------------------------------------------------------------- times


@pytest.mark.parametrize("yaw_deg", YAWS)
@pytest.mark.parametrize("posture", [HAND_PLANK, FOREARM_PLANK], ids=["hands", "forearms"])
def test_a_plank_lasts_as_long_as_it_is_held(posture: np.ndarray, yaw_deg: float) -> None:
    poses = shoot(get_into(posture, 8.0), Camera(yaw_deg, 6.0))
    assert_times(find_holds(poses, PLANK), (3.5, 11.5))
    assert find_holds(poses, SIT) == ()


@pytest.mark.parametrize("yaw_deg", YAWS)
def test_a_wall_sit_lasts_as_long_as_it_is_held(yaw_deg: float) -> None:
    poses = shoot(get_into(WALL_SIT, 8.0), Camera(yaw_deg, 5.0))
    assert_times(find_holds(poses, SIT), (3.5, 11.5))
    assert find_holds(poses, PLANK) == ()


@pytest.mark.parametrize("fps", [6.0, 15.0, 29.97, 60.0])
def test_the_frame_rate_does_not_change_the_seconds(fps: float) -> None:
    assert_times(find_holds(shoot(get_into(FOREARM_PLANK, 6.0), fps=fps), PLANK), (3.5, 9.5))
    assert_times(find_holds(shoot(get_into(WALL_SIT, 6.0), fps=fps), SIT), (3.5, 9.5))


@pytest.mark.parametrize("seconds", [2.5, 20.0])
def test_short_and_long_ones(seconds: float) -> None:
    poses = shoot(get_into(HAND_PLANK, seconds), fps=15)
    assert_times(find_holds(poses, PLANK), (3.5, 3.5 + seconds))


@pytest.mark.parametrize("yaw_deg", [90.0, 45.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_small_noise_parts_nothing(yaw_deg: float, seed: int) -> None:
    camera = Camera(yaw_deg, 6.0)
    for posture, exercise in ((HAND_PLANK, PLANK), (FOREARM_PLANK, PLANK), (WALL_SIT, SIT)):
        poses = synthetic.add_noise(shoot(get_into(posture, 6.0), camera), 0.02, seed)
        assert_times(find_holds(poses, exercise), (3.5, 9.5))


def test_a_mirrored_small_picture_gives_the_same() -> None:
    poses = shoot(get_into(FOREARM_PLANK, 5.0))
    (found,) = find_holds(poses, PLANK)
    for changed in (synthetic.mirror(poses), synthetic.rescale(poses, 0.4)):
        (other,) = find_holds(changed, PLANK)
        assert (other.start_s, other.end_s) == pytest.approx((found.start_s, found.end_s), abs=0.11)


def test_a_clip_may_begin_and_end_in_position() -> None:
    poses = shoot([hold(HAND_PLANK, 7.0)])
    assert_times(find_holds(poses, PLANK), (0.0, 7.0))


def test_hips_that_sink_slowly_end_nothing() -> None:
    sink = Move(20.0, lambda time_s: forearm_plank(-0.07 * time_s / 20.0))
    poses = shoot([*get_into(FOREARM_PLANK, 3.0)[:-3], sink], fps=10)
    assert_times(find_holds(poses, PLANK), (3.5, 26.5))


@pytest.mark.parametrize("posture", [ON_ALL_FOURS, LYING], ids=["fours", "lying"])
def test_a_break_parts_two_holds(posture: np.ndarray) -> None:
    down = go_through(FOREARM_PLANK, posture, FOREARM_PLANK)
    down.insert(1, hold(posture, 1.0))
    poses = shoot([hold(FOREARM_PLANK, 5.0), *down, hold(FOREARM_PLANK, 4.0)])
    assert_times(find_holds(poses, PLANK), (0.0, 5.0), (8.0, 12.0))


def test_a_wobble_parts_nothing() -> None:
    wobble = go_through(FOREARM_PLANK, forearm_plank(0.06), FOREARM_PLANK, step_s=0.3)
    poses = shoot([hold(FOREARM_PLANK, 4.0), *wobble, hold(FOREARM_PLANK, 4.0)])
    assert_times(find_holds(poses, PLANK), (0.0, 8.6))


@pytest.mark.parametrize("leave_out", [False, True], ids=["unseen", "no frames"])
@pytest.mark.parametrize("away_s", [0.8 * UNSEEN_S, 1.5 * UNSEEN_S])
def test_what_is_unseen_for_a_moment_is_bridged(away_s: float, leave_out: bool) -> None:
    poses = shoot([hold(HAND_PLANK, 10.0)])
    away = (poses.time_s >= 5.0) & (poses.time_s < 5.0 + away_s)
    if leave_out:
        arrays = ("time_s", "xy_px", "xyz_m", "visibility")
        poses = replace(poses, **{name: getattr(poses, name)[~away] for name in arrays})
    else:
        poses = synthetic.hide(poses, away)
    parts = [(0.0, 10.0)] if away_s < UNSEEN_S else [(0.0, 5.0), (5.0 + away_s, 10.0)]
    assert_times(find_holds(poses, PLANK), *parts)


def test_without_the_joints_nothing_is_told() -> None:
    poses = shoot([hold(HAND_PLANK, 6.0)])
    unseen = np.zeros((len(poses), 33), dtype=bool)
    unseen[:, both_sides("knee")] = True
    assert find_holds(synthetic.hide(poses, unseen), PLANK) == ()
    nobody = synthetic.hide(poses, np.ones(len(poses), dtype=bool))
    assert find_holds(nobody, PLANK) == ()
    assert find_holds(synthetic.first_frames(poses, 0), PLANK) == ()


@pytest.mark.parametrize(("yaw_deg", "found"), [(0.0, 1), (180.0, 1), (90.0, 0)])
def test_legs_that_the_trunk_hides_are_no_hindrance(yaw_deg: float, found: int) -> None:
    """From the front they are behind it; from the side something else hides them."""
    poses = shoot([hold(FOREARM_PLANK, 6.0)], Camera(yaw_deg, 6.0))
    visibility = poses.visibility.copy()
    visibility[:, [*both_sides("knee"), *both_sides("ankle")]] = 0.1
    assert len(find_holds(replace(poses, visibility=visibility), PLANK)) == found


@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0, 180.0])
@pytest.mark.parametrize(
    "posture",
    [STANDING, CROUCHING, ON_ALL_FOURS, LYING, PROPPED_UP, DOWN_DOG],
    ids=["standing", "crouching", "fours", "lying", "propped up", "down dog"],
)
def test_other_postures_are_neither(posture: np.ndarray, yaw_deg: float) -> None:
    poses = shoot([hold(posture, 5.0)], Camera(yaw_deg, 6.0), fps=10)
    assert find_holds(poses, PLANK) == ()
    assert find_holds(poses, SIT) == ()


@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0])
def test_movements_are_no_holds(yaw_deg: float) -> None:
    camera = Camera(yaw_deg, 6.0)
    assert find_holds(shoot([push_up() for _ in range(5)], camera), PLANK) == ()
    deep = [squat(depth=0.1, lean_deg=25, shin_deg=20) for _ in range(5)]
    assert find_holds(shoot(deep, camera), SIT) == ()


def test_what_is_counted_is_not_timed() -> None:
    with pytest.raises(ValueError, match="held, got squat"):
        find_holds(shoot([hold(STANDING, 1.0)]), EXERCISES["squat"])


# ---------------------------------------------------------------------------------------- form


def judge(poses: PoseSequence, exercise=PLANK, **limits: float) -> tuple[list[Hold], dict, str]:
    own = {code.replace("__", "."): limit for code, limit in limits.items()}
    holds, report = judge_holds(poses, find_holds(poses, exercise), exercise, own)
    return list(holds), report.frame_share, report.cue


def line_of(found: Hold) -> Finding:
    return next(one for one in found.findings if one.code == "plank.line")


@pytest.mark.parametrize(
    ("line", "verdict", "cue"),
    [
        (0.0, Verdict.PASS, ""),
        (0.065, Verdict.BORDERLINE, "Hips down"),
        (0.1, Verdict.FAIL, "Hips down"),
        (-0.1, Verdict.FAIL, "Hips up"),
    ],
)
def test_the_line_is_judged(line: float, verdict: Verdict, cue: str) -> None:
    (found,), share, advice = judge(shoot([hold(forearm_plank(line), 6.0)]))
    finding = line_of(found)
    assert finding.verdict is verdict
    assert finding.value == pytest.approx(line, abs=0.012)
    assert finding.cue.startswith(cue)
    assert finding.kept_share == (1.0 if verdict is Verdict.PASS else 0.0)
    assert finding.drift == pytest.approx(0.0, abs=0.005)
    assert advice == finding.cue
    fault = {Verdict.FAIL: "piked" if line > 0 else "sagging"}.get(verdict, "good")
    assert share[fault] == 1.0


def test_hips_that_sag_at_the_end_are_found_there() -> None:
    sink = Move(5.0, lambda time_s: forearm_plank(-0.14 * time_s / 5.0))
    (found,), share, _ = judge(shoot([hold(FOREARM_PLANK, 15.0), sink]))
    finding = line_of(found)
    assert finding.verdict is Verdict.FAIL
    assert finding.cue.startswith("Hips up")
    assert finding.limit < 0
    assert finding.time_s > 18.0
    assert finding.kept_share == pytest.approx(17.5 / 20, abs=0.03)
    assert finding.drift > 0.04  # the last fifth against the first
    assert share["sagging"] == pytest.approx(5 * (1 - 0.08 / 0.14) / 20, abs=0.03)


def test_a_wobble_is_no_fault() -> None:
    wobble = go_through(FOREARM_PLANK, forearm_plank(0.1), FOREARM_PLANK, step_s=0.2)
    (found,), _, _ = judge(shoot([hold(FOREARM_PLANK, 4.0), *wobble, hold(FOREARM_PLANK, 4.0)]))
    assert line_of(found).verdict is Verdict.PASS


def test_the_last_moment_decides_nothing() -> None:
    """Whoever is about to get up reaches out with the arms first."""
    poses = shoot([hold(FOREARM_PLANK, 6.0), hold(reach_ahead(0.22), 0.4)])
    (found,), _, _ = judge(poses)
    assert found.seconds == pytest.approx(6.4, abs=0.1)
    assert {one.verdict for one in found.findings} == {Verdict.PASS}


def reach_ahead(by_m: float) -> np.ndarray:
    """Return a plank whose forearms lie so far ahead of the shoulders."""
    ahead = forearm_plank()
    ahead[[*both_sides("elbow"), *both_sides("wrist")], 2] += by_m
    return ahead


def test_arms_far_ahead_are_a_fault() -> None:
    (found,), _, _ = judge(shoot([hold(reach_ahead(0.22), 5.0)]))
    arms = next(one for one in found.findings if one.code == "plank.arms")
    assert arms.verdict is Verdict.FAIL


def test_ones_own_limit_counts() -> None:
    poses = shoot([hold(forearm_plank(0.065), 5.0)])
    (found,), _, advice = judge(poses, plank__line=0.09)
    assert line_of(found).verdict is Verdict.PASS
    assert line_of(found).limit == 0.09
    assert advice == ""


@pytest.mark.parametrize("yaw_deg", [0.0, 180.0])
def test_what_the_view_does_not_show_is_not_judged(yaw_deg: float) -> None:
    (found,), share, advice = judge(shoot([hold(forearm_plank(0.1), 5.0)], Camera(yaw_deg, 6.0)))
    for finding in found.findings:
        assert finding.verdict is Verdict.UNSEEN
        assert np.isnan([finding.value, finding.kept_share, finding.drift]).all()
    assert (share, advice) == ({}, "")


def test_joints_unseen_for_most_of_it_are_not_judged() -> None:
    poses = shoot([hold(FOREARM_PLANK, 10.0)])
    unseen = np.zeros((len(poses), 33), dtype=bool)
    unseen[poses.time_s > 4.0] = np.isin(np.arange(33), both_sides("ear"))
    (found,), _, _ = judge(synthetic.hide(poses, unseen))
    assert found.seconds == pytest.approx(10.0, abs=NEAR_S)
    head = next(one for one in found.findings if one.code == "plank.head")
    assert head.verdict is Verdict.UNSEEN
    assert line_of(found).verdict is Verdict.PASS


def test_a_high_wall_sit_is_told() -> None:
    low, high = WALL_SIT, synthetic.pose_body(0, -62, 0)
    (found,), share, _ = judge(shoot([hold(low, 5.0)]), SIT)
    assert {one.verdict for one in found.findings} == {Verdict.PASS}
    assert share == {"good": 1.0, "high_seat": 0.0, "tilted_shins": 0.0, "leaning": 0.0}
    (found,), _, advice = judge(shoot([hold(high, 5.0)]), SIT)
    assert found.findings[0].verdict is Verdict.BORDERLINE
    assert advice.startswith("Slide down")
