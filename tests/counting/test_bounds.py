"""Where a rep begins and ends: the clip's start and end, double dips, and what moves alike."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from gym.counting import COUNTERS, count_reps
from gym.counting.sizes import usual_size
from gym.exercises import EXERCISES
from gym.posefiles import read_poses
from gym.schema import ClipInfo, PoseSequence, RepKind
from gym.session import JudgeSettings, analyse_poses
from tests.conftest import SAMPLE_FOLDER
from tests.figure import STANDING, TOP_M, bend_legs, plank
from tests.synthetic import Camera, Move, Tempo, ease, film, hold, push_up, squat

SINGLES = [name for name in COUNTERS if name != "agreement"]
MOVES = {"squat": (squat, STANDING), "push_up": (push_up, plank(TOP_M))}
everywhere = [
    pytest.mark.parametrize("exercise", MOVES),
    pytest.mark.parametrize("counter", COUNTERS),
]


def for_all(test):
    for mark in everywhere:
        test = mark(test)
    return test


def time_of(exercise: str, share: float, *, up: bool) -> float:
    """Return when within a rep the athlete is at a share of the way up (or down)."""
    at = np.linspace(0, 1, 1001)
    way_s = float(np.interp(share, [ease(x) for x in at], at))
    rep = MOVES[exercise][0]().rep
    tempo = Tempo()
    return rep.end_s - tempo.up_s * (1 - way_s) if up else tempo.down_s * way_s


@for_all
@pytest.mark.parametrize("share", [0.55, 0.72, 0.86])
@pytest.mark.parametrize("yaw_deg", [90.0, 45.0])
def test_a_last_rep_that_is_cut_on_the_way_up_is_partial(
    exercise: str, counter: str, share: float, yaw_deg: float
) -> None:
    move, rest = MOVES[exercise]
    script = [hold(rest, 1.0), *[move()] * 4]
    last_s = 1.0 + 3 * move().duration_s + time_of(exercise, share, up=True)
    poses = film(script, Camera(yaw_deg), until_s=last_s).poses
    found = count_reps(poses, EXERCISES[exercise], counter)
    assert found.count == 3
    assert found.reps[-1].kind is RepKind.PARTIAL
    assert found.reps[-1].reason == "not finished before the clip ended"


@for_all
def test_a_last_rep_that_is_nearly_up_counts(exercise: str, counter: str) -> None:
    move, rest = MOVES[exercise]
    script = [hold(rest, 1.0), *[move()] * 4]
    last_s = 1.0 + 3 * move().duration_s + time_of(exercise, 0.96, up=True)
    poses = film(script, until_s=last_s).poses
    assert count_reps(poses, EXERCISES[exercise], counter).count == 4


@for_all
@pytest.mark.parametrize(("share", "total"), [(0.1, 4), (0.4, 3), (0.7, 3)])
def test_a_first_rep_counts_when_it_begins_in_the_upper_quarter(
    exercise: str, counter: str, share: float, total: int
) -> None:
    move, rest = MOVES[exercise]
    script = [*[move()] * 4, hold(rest, 1.0)]
    poses = film(script, from_s=time_of(exercise, share, up=False)).poses
    found = count_reps(poses, EXERCISES[exercise], counter)
    assert found.count == total
    if found.reps[0].kind is RepKind.PARTIAL and share < 0.5:  # later ones may be called small
        assert found.reps[0].reason == "already under way when the clip began"


def test_a_rep_that_does_not_open_fully_counts_where_the_clip_goes_on() -> None:
    low_top = Move(1.5, lambda time_s: bend_legs(0.2, 0.1, 40.0, 30.0))
    poses = film([hold(STANDING, 1.0), *[squat()] * 3, low_top]).poses
    for counter in COUNTERS:
        assert count_reps(poses, EXERCISES["squat"], counter).count == 3


def double_dip(between: float) -> Move:
    """Go down, come up by a share of the way, go down again and come up."""
    at = np.array([0.0, 0.9, 1.5, 2.1, 3.0])
    way = np.array([0.0, 1.0, 1.0 - between, 1.0, 0.0])

    def pose(time_s: float) -> np.ndarray:
        k = min(int(np.searchsorted(at, time_s, side="right")), len(at) - 1)
        share = np.clip((time_s - at[k - 1]) / (at[k] - at[k - 1]), 0, 1)
        phase = way[k - 1] + ease(float(share)) * (way[k] - way[k - 1])
        return bend_legs(float(phase), 0.1, 40.0, 30.0)

    return Move(3.4, pose)


@pytest.mark.parametrize("counter", COUNTERS)
@pytest.mark.parametrize(("between", "total"), [(0.3, 3), (0.5, 3), (0.9, 6)])
def test_a_double_dip_is_one_rep(counter: str, between: float, total: int) -> None:
    poses = film([hold(STANDING, 1.0), *[double_dip(between)] * 3, hold(STANDING, 1.0)]).poses
    found = count_reps(poses, EXERCISES["squat"], counter)
    assert found.count == total
    full = [rep for rep in found.reps if rep.kind is RepKind.FULL]
    assert all(one.end_s <= two.start_s + 1e-9 for one, two in pairwise(full))
    assert not found.evidence or len(found.evidence) == len(found.reps)


def test_what_bounds_say_is_shown_as_evidence() -> None:
    script = [hold(STANDING, 1.0), *[squat()] * 3]
    last_s = 1.0 + 2 * squat().duration_s + time_of("squat", 0.8, up=True)
    found = count_reps(film(script, until_s=last_s).poses, EXERCISES["squat"], "heuristic")
    gate = found.evidence[-1].gates[-1]
    assert not gate.passed
    assert gate.value == pytest.approx(0.8, abs=0.04)


def test_joints_that_were_not_seen_decide_nothing() -> None:
    script = [hold(STANDING, 1.0), *[squat()] * 3]
    last_s = 1.0 + 2 * squat().duration_s + time_of("squat", 0.75, up=True)
    poses = film(script, until_s=last_s).poses
    dim = replace(poses, visibility=np.full_like(poses.visibility, 0.2))
    assert count_reps(dim, EXERCISES["squat"], "learned").count >= 2  # and no error


# --------------------------------------------------------------------------------- equal sizes


def test_reps_that_get_shallower_little_by_little_all_count() -> None:
    parts = [1.0, 1.0, 0.85, 0.72, 0.62, 0.53, 0.46]
    script = [hold(STANDING, 1.0), *(squat(part=part) for part in parts), hold(STANDING, 1.0)]
    found = count_reps(film(script).poses, EXERCISES["squat"], "heuristic")
    assert found.count == len(parts)


def test_equal_movements_fare_alike() -> None:
    script = [hold(STANDING, 1.0)]
    for part in (1.0, 0.45, 1.0, 0.45, 1.0, 0.45, 1.0, 0.45):
        script.append(squat(part=part))
    reps = count_reps(film([*script, hold(STANDING, 1.0)]).poses, EXERCISES["squat"]).reps
    assert len({rep.kind for rep in reps[1::2]}) == 1
    assert all(rep.kind is RepKind.FULL for rep in reps[::2])


def test_one_large_movement_makes_no_other_small() -> None:
    assert usual_size([1.0, 1.1, 5.0]) == 1.1
    assert usual_size([1.0, 0.3, 1.0, 0.3, 1.0]) == 1.0
    assert np.isnan(usual_size([np.nan, np.nan, np.nan]))


# ------------------------------------------------------------------------- slow, held, and rest


def test_a_rep_held_for_long_is_listed_with_its_reason() -> None:
    script = [hold(STANDING, 1.0), squat(), squat(tempo=Tempo(hold_s=20.0)), squat()]
    found = count_reps(film([*script, hold(STANDING, 1.0)]).poses, EXERCISES["squat"], "heuristic")
    slow = [rep for rep in found.reps if rep.end_s - rep.start_s > 15]
    assert [rep.reason for rep in slow] == ["too fast or too slow"]
    assert found.count == 2


def slowed(factor: float) -> tuple[ClipInfo, PoseSequence]:
    """Return the shipped sample, five squats, as slow motion shows it."""
    poses = read_poses(SAMPLE_FOLDER / "poses.npz")
    slow = replace(poses, time_s=poses.time_s * factor)
    return ClipInfo("slow.mp4", float(slow.time_s[-1]), len(slow), *poses.image_size), slow


@pytest.mark.parametrize("factor", [8.0])
@pytest.mark.parametrize("exercise", ["auto", "squat"])
def test_slow_motion_is_counted_or_suspected_aloud(factor: float, exercise: str) -> None:
    workout = analyse_poses(*slowed(factor), JudgeSettings(exercise))
    assert workout.count.count == 5 or any(
        "slow motion" in note and "5 squats" in note for note in workout.notes
    )


def test_real_speed_is_not_called_slow_motion() -> None:
    workout = analyse_poses(*slowed(1.0))
    assert workout.count.count == 5
    assert workout.notes == ()


def test_reps_beat_the_plank_between_them_and_belong_to_one_set_each() -> None:
    rest = hold(plank(TOP_M), 18.0)
    script = [hold(plank(TOP_M), 1.0), *[push_up()] * 3, rest, *[push_up()] * 3, rest]
    poses = film(script).poses
    workout = analyse_poses(
        ClipInfo("x.mp4", float(poses.time_s[-1]), len(poses), 1280, 720), poses
    )
    assert workout.exercise.label == "push_up"
    assert [one.counts["agreement"] for one in workout.sets] == [3, 3]
    assert sum(one.counts["agreement"] for one in workout.sets) == workout.count.count
