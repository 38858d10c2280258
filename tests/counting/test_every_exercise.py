"""Every exercise that is counted: whatever its signal, its direction and its sides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gym.counting import choose_members, count_reps
from gym.exercises import EXERCISES, Kind
from gym.schema import PoseSequence, Reason, RepKind
from tests.motions import SEEN_FROM, WAYS, do, rep, take_turns
from tests.synthetic import Camera, Tempo, film, hold, mirror

COUNTED = [name for name, exercise in EXERCISES.items() if exercise.kind is Kind.REPS]
HELD = [name for name in EXERCISES if name not in COUNTED]
TAKES_TURNS = [name for name in COUNTED if EXERCISES[name].signal.each_side]
LIFTS_FIRST = [name for name in COUNTED if EXERCISES[name].lifts_first]
each_exercise = pytest.mark.parametrize("name", COUNTED)


def count(poses: PoseSequence, name: str, counter: str = "heuristic") -> int:
    return count_reps(poses, EXERCISES[name], counter).count


def test_every_counted_exercise_has_a_motion() -> None:
    assert set(WAYS) == set(COUNTED)


@each_exercise
@pytest.mark.parametrize("turned_deg", [-25.0, 0.0, 25.0])
def test_reps_are_counted_where_they_are(name: str, turned_deg: float) -> None:
    take = do(name, 4, Camera(yaw_deg=SEEN_FROM[name] + turned_deg))
    counted = count_reps(take.poses, EXERCISES[name], "heuristic")
    assert counted.count == len(take.full) == 4
    full = [one for one in counted.reps if one.kind is RepKind.FULL]
    for got, true in zip(full, take.full, strict=True):
        assert got.bottom_s == pytest.approx(true.bottom_s, abs=0.25)


@each_exercise
def test_the_counters_agree(name: str) -> None:
    take = do(name, 5)
    assert count(take.poses, name, "spectral") == count(take.poses, name, "agreement") == 5


@each_exercise
def test_mirrored_slow_and_fast_count_alike(name: str) -> None:
    assert count(mirror(do(name, 3).poses), name) == 3
    assert count(do(name, 3, tempo=Tempo(2.5, 1.0, 2.0, 1.0)).poses, name) == 3
    assert count(do(name, 6, fps=30.0, tempo=Tempo(0.45, 0.0, 0.4, 0.15)).poses, name) == 6


@each_exercise
def test_a_set_is_counted_without_world_coordinates(name: str) -> None:
    poses = do(name, 4).poses
    flat = replace(poses, xyz_m=np.full_like(poses.xyz_m, np.nan))
    assert count(flat, name) == count(flat, name, "agreement") == 4


@each_exercise
def test_standing_still_counts_nothing(name: str) -> None:
    poses = film([hold(WAYS[name][0], 6.0)], Camera(yaw_deg=SEEN_FROM[name]), fps=20.0).poses
    assert count(poses, name, "agreement") == 0


@pytest.mark.parametrize("name", TAKES_TURNS)
@pytest.mark.parametrize("yaw_deg", [0.0, 30.0])
def test_each_side_counts_where_they_take_turns(name: str, yaw_deg: float) -> None:
    take = take_turns(name, 3, Camera(yaw_deg=yaw_deg))
    assert count(take.poses, name) == 6


@pytest.mark.parametrize("name", LIFTS_FIRST)
def test_a_rep_counts_whose_effort_is_whole_though_the_clip_ends_there(name: str) -> None:
    slow = Tempo(1.0, 1.0, 1.0, 0.5)
    script = [hold(WAYS[name][0], 1.0), *[rep(name, slow)] * 3]
    camera = Camera(yaw_deg=SEEN_FROM[name])
    held = film(script, camera, fps=20.0, until_s=1.0 + 2 * 3.5 + 1.9)  # it ends at the turn
    assert count(held.poses, name) == count(held.poses, name, "agreement") == 3
    begun = film(script, camera, fps=20.0, until_s=1.0 + 2 * 3.5 + 0.45)
    assert count(begun.poses, name) == count(begun.poses, name, "agreement") == 2


def test_a_deadlift_may_begin_on_the_floor_and_a_squat_may_not_begin_at_the_bottom() -> None:
    slow = Tempo(1.0, 1.0, 1.0, 0.5)
    for name, counted in (("deadlift", 3), ("squat", 2)):
        script = [*[rep(name, slow)] * 3, hold(WAYS[name][0], 1.0)]
        take = film(script, Camera(yaw_deg=80.0), fps=20.0, from_s=1.5)
        assert count(take.poses, name) == counted


def test_a_lone_rep_in_another_place_is_preparation() -> None:
    take = do("squat", 4)
    alone = film([hold(WAYS["squat"][0], 1.0), rep("squat"), hold(WAYS["squat"][0], 6.0)],
                 Camera(yaw_deg=SEEN_FROM["squat"]), fps=20.0).poses  # fmt: skip
    for away_px, counted in ((400.0, 4), (0.0, 5)):
        last_s = alone.time_s[-1] + 0.05
        poses = PoseSequence(
            np.concatenate([alone.time_s, take.poses.time_s + last_s]),
            np.concatenate([alone.xy_px + np.array([away_px, 0.0]), take.poses.xy_px]),
            np.concatenate([alone.xyz_m, take.poses.xyz_m]),
            np.concatenate([alone.visibility, take.poses.visibility]),
            alone.image_size,
        )
        found = count_reps(poses, EXERCISES["squat"], "agreement")
        assert found.count == counted
        reasons = [one.reason for one in found.reps if one.kind is RepKind.PARTIAL]
        assert reasons == ([Reason.PREPARATION] if away_px else [])


@pytest.mark.parametrize("name", HELD)
def test_what_is_held_is_not_counted(name: str) -> None:
    assert "heuristic" not in [kind.name for kind in choose_members(EXERCISES[name])]
    assert count(do("push_up", 3).poses, name) == 0
