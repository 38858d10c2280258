"""Which frames of a rep decide, and what of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gym.exercises import EXERCISES
from gym.form import judge_form
from gym.form.measures.body import is_outside, miss_straight
from gym.form.measures.deciding import (
    LASTING_S,
    Part,
    find_frames,
    find_part,
    last_furthest,
    last_least,
    last_most,
    lose_since_first,
)
from gym.schema import Rep, Unseen
from gym.skeleton import both_sides
from tests.form.faulty import Squat, film_reps
from tests.synthetic import Camera, shift

REP = Rep(10.0, 12.0, 13.0)
TIME_S = np.arange(0.0, 4.0, 0.05)


@pytest.mark.parametrize(
    ("part", "stretches"),
    [
        (Part.WHOLE, [(10.0, 13.0)]),
        (Part.MOVING, [(10.2, 12.9)]),
        (Part.OUT, [(10.0, 12.0)]),
        (Part.TURN, [(11.6, 12.2)]),
        (Part.MOMENT, [(11.9, 12.1)]),
        (Part.BACK, [(12.0, 13.0)]),
        (Part.END, [(12.9, 13.5)]),
        (Part.REST, [(9.5, 10.2), (12.9, 13.5)]),
    ],
)
def test_the_parts_of_a_rep(part: Part, stretches: list[tuple[float, float]]) -> None:
    found = find_part(part, REP)
    assert np.array(found) == pytest.approx(np.array(stretches))


def test_the_rest_ends_where_the_next_rep_begins() -> None:
    before, after = Rep(8.0, 9.0, 9.9), Rep(13.1, 14.0, 15.0)
    assert find_part(Part.END, REP, before, after) == [pytest.approx((12.9, 13.1))]
    assert find_part(Part.REST, REP, before, after)[0] == pytest.approx((9.9, 10.2))
    overlapping = Rep(12.5, 14.0, 15.0)  # as counters may have it
    assert find_part(Part.END, REP, None, overlapping) == [pytest.approx((12.9, 13.0))]


@pytest.mark.parametrize("part", Part)
def test_every_part_of_a_short_rep_is_in_order(part: Part) -> None:
    for rep in (Rep(1.0, 1.0, 1.0), Rep(1.0, 1.02, 1.5), Rep(1.0, 1.48, 1.5)):
        assert all(first <= last for first, last in find_part(part, rep))


def test_frames_of_several_stretches() -> None:
    assert TIME_S[find_frames(TIME_S, [(0.1, 0.2), (1.0, 1.05)])] == pytest.approx(
        [0.1, 0.15, 0.2, 1.0, 1.05]
    )
    assert not len(find_frames(TIME_S, [(9.0, 10.0)]))


def test_what_lasts_decides_and_an_outlier_does_not() -> None:
    values = np.zeros(len(TIME_S))
    values[[10, 40]] = 5.0, -7.0  # single frames
    values[60:66] = 2.0  # 0.3 s
    assert last_most(TIME_S, values) == 2.0
    assert last_least(TIME_S, values) == 0.0
    assert last_least(TIME_S, -values) == last_furthest(TIME_S, -values) == -2.0
    assert LASTING_S < 0.3


def test_a_long_pause_dilutes_nothing() -> None:
    values = np.concatenate([np.zeros(1000), np.full(8, -0.1), np.zeros(1000)])
    time_s = np.arange(len(values)) * 0.05
    assert last_furthest(time_s, values) == -0.1


@pytest.mark.parametrize("choose", [last_most, last_least, last_furthest])
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_few_frames_are_enough(choose, frames: int) -> None:
    assert choose(TIME_S[:frames], np.full(frames, 3.0)) == 3.0


def test_later_reps_are_compared_with_the_first() -> None:
    lost = lose_since_first(np.array([0.01, 0.0, 0.02, -0.03, -0.04]))
    assert lost == pytest.approx([-0.01, -0.01, -0.01, 0.04, 0.05])
    back_again = lose_since_first(np.array([0.0, 0.0, 0.0, -0.09, 0.0]))
    assert back_again == pytest.approx(0.0), "one rep that sags is no fading"
    assert np.isnan(lose_since_first(np.array([0.0, 0.0, 0.0]))).all(), "too short a set"
    assert np.isnan(lose_since_first(np.array([np.nan, np.nan, 0.0, 0.0]))).all()
    one_unseen = lose_since_first(np.array([np.nan, 0.0, 0.0, 0.0, -0.05]))
    assert one_unseen[-1] == pytest.approx(0.05)


def test_straight_is_the_athletes_own_but_never_a_bent_joint() -> None:
    assert miss_straight(np.array([170.0] * 90 + [150.0])).max() == pytest.approx(20.0)
    assert miss_straight(np.array([140.0] * 90)).max() == pytest.approx(20.0), "never straight"
    assert miss_straight(np.full(5, 180.0)).max() == 0.0
    assert np.isnan(miss_straight(np.full(5, np.nan))).all()


def test_joints_outside_the_picture_are_not_judged_however_sure_the_model_is() -> None:
    take = film_reps([Squat()] * 2, Camera(90.0))
    feet = np.nanmax(take.poses.xy_px[..., 1])
    away = shift(take.poses, (0.0, take.poses.image_size[1] - feet + 40.0))
    assert is_outside(away).any()
    assert not is_outside(take.poses).any()
    assert not is_outside(replace(away, image_size=(1, 1))).any(), "a size that is not known"
    (found, _) = judge_form(away, take.reps, EXERCISES["squat"], {}).findings
    unseen = {one.code: one.unseen for one in found}
    assert unseen["squat.heels"] is Unseen.JOINTS
    assert unseen["squat.depth"] is None, "hips and knees are in the picture"


def test_a_rep_whose_bottom_left_the_picture_is_not_called_shallow() -> None:
    """Seven tenths of it are seen, and in these the hips are high."""
    take = film_reps([Squat(depth=0.2)] * 2, Camera(90.0))
    visibility = take.poses.visibility.copy()
    for rep in take.reps:
        low = np.abs(take.poses.time_s - rep.bottom_s) < 0.25
        visibility[np.ix_(low, both_sides("hip"))] = 0.1
    hidden = replace(take.poses, visibility=visibility)
    for found in judge_form(hidden, take.reps, EXERCISES["squat"], {}).findings:
        unseen = {one.code: one.unseen for one in found}
        assert unseen["squat.depth"] is unseen["squat.range"] is Unseen.JOINTS
        assert unseen["squat.lockout"] is None, "the top is seen"
