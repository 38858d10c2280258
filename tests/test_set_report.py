"""The report of sets whose tempo, range, speed and sides are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from gym.exercises import EXERCISES
from gym.features import measure_signals
from gym.rep_report import measure_reps
from gym.schema import (
    CoachReport,
    ExerciseSet,
    Finding,
    Reason,
    RepKind,
    SetReport,
    Verdict,
)
from gym.set_report import report_workout
from gym.skeleton import BLAZEPOSE_JOINTS
from tests.made_sets import GOOD, make_set, report_inputs, shoot
from tests.motions import rep, stand, take_turns
from tests.synthetic import Move, Take, Tempo, go_and_return, hide, hold, mirror, squat

NAN = float("nan")


def report(name: str, take: Take, **changes: object) -> CoachReport:
    """Report on a set whose reps all passed their rules, or on one with some of that changed."""
    inputs = dict(
        zip(
            ("poses", "signals", "exercise", "reps", "findings", "sets"),
            report_inputs(name, take.poses, take.reps),
            strict=True,
        )
    )
    return report_workout(**inputs | changes)


def report_set(name: str, moves: list[Move], yaw_deg: float | None = None, **how) -> SetReport:
    (one,) = report(name, shoot(name, moves, yaw_deg, **how)).sets
    return one


# --------------------------------------------------------------------------------- tempo


def test_the_phases_of_every_rep_and_the_rest_after_it() -> None:
    tempos = [Tempo(1.0, 0.8, 0.7, 1.0), Tempo(1.0, 0.0, 0.7, 0.0), Tempo(1.0, 0.8, 0.7, 0.5)]
    found = report("squat", shoot("squat", [squat(tempo=tempo) for tempo in tempos]))
    for tempo, one in zip(tempos, found.reps, strict=True):
        assert one.tempo.eccentric_s == pytest.approx(tempo.down_s, abs=0.2)
        assert one.tempo.concentric_s == pytest.approx(tempo.up_s, abs=0.2)
        assert one.tempo.pause_s == pytest.approx(tempo.hold_s, abs=0.2)
    rests_s = [one.tempo.rest_s for one in found.reps]
    assert rests_s[0] == pytest.approx(1.0, abs=0.2)
    assert rests_s[1] == 0.0, "it went straight into the next"
    assert math.isnan(rests_s[2]), "nobody knows how long it rested after the last"
    tension_s = sum(tempo.down_s + tempo.hold_s + tempo.up_s for tempo in tempos)
    assert found.sets[0].tension_s == pytest.approx(tension_s, abs=0.5)


def test_the_effort_of_what_goes_up_first_is_the_way_out() -> None:
    tempo = Tempo(0.7, 0.6, 1.5, 0.8)  # out, pause, back
    moves = [rep("pull_up", tempo)] * 3
    (one, *_) = report("pull_up", shoot("pull_up", moves)).reps
    assert one.tempo.concentric_s < one.tempo.eccentric_s
    assert one.tempo.concentric_s == pytest.approx(0.7, abs=0.25)
    (squatted, *_) = report("squat", shoot("squat", [squat(tempo=tempo)] * 3)).reps
    assert squatted.tempo.concentric_s == pytest.approx(1.5, abs=0.25)


# --------------------------------------------------------------------------- range and speed


def test_the_range_is_a_share_of_the_best_whole_rep() -> None:
    parts = [0.8, 1.0, 0.9, 0.5]
    take = shoot("squat", [squat(part=part) for part in parts])
    found = report("squat", take)
    assert [rep.kind for rep in take.reps] == [RepKind.FULL] * 3 + [RepKind.PARTIAL]
    shares = [one.range_share for one in found.reps]
    assert shares[1] == 1.0
    assert shares[0] < shares[2] < 1.0
    assert shares[3] < 0.6, "a partial rep is measured, but is nobody's best"
    assert found.sets[0].best_rep == 2
    assert found.sets[0].worst_rep == 1


def test_the_body_s_travel_is_in_trunk_lengths_whatever_its_size() -> None:
    take = shoot("squat", [squat()] * 2)
    near, far = (report("squat", one).reps[0] for one in (take, shoot("squat", [squat()] * 2, 60)))
    assert 0.7 < near.travel_trunks < 1.3  # a full squat lowers the hips by about half a metre
    assert near.travel_trunks == pytest.approx(far.travel_trunks, abs=0.15)
    assert near.trunk_speed == pytest.approx(near.travel_trunks / near.tempo.concentric_s, rel=1e-6)


def test_what_moves_no_body_has_no_travel() -> None:
    exercise = replace(EXERCISES["bicep_curl"], travel=None)
    take = shoot("bicep_curl", [rep("bicep_curl")] * 2)
    one = report("bicep_curl", take, exercise=exercise).reps[0]
    assert math.isnan(one.travel_trunks)
    assert one.speed > 50


def test_speed_that_fades_is_told_with_its_uncertainty() -> None:
    up_s = np.linspace(0.8, 1.2, 8)
    one = report_set("squat", [squat(tempo=Tempo(0.9, 0.0, up, 0.5)) for up in up_s], noise=0.005)
    assert one.is_slower
    assert one.speed_loss == pytest.approx(1 - 0.8 / 1.17, abs=0.08)
    assert 0 < one.speed_loss_sd < 0.1
    fading = {fade.what: fade for fade in one.fading}
    assert set(fading) == {"speed"}
    assert fading["speed"].change == pytest.approx(0.8 / 1.2 - 1, abs=0.1)
    assert fading["speed"].low <= fading["speed"].change <= fading["speed"].high < 0
    assert fading["speed"].p_value < 0.01


def test_range_that_fades_is_told() -> None:
    depths = np.linspace(0.15, -0.25, 7)
    one = report_set("squat", [squat(depth=depth) for depth in depths], noise=0.005)
    assert "range" in {fade.what for fade in one.fading}
    assert one.best_rep == 1
    assert one.worst_rep == 7


def test_an_even_set_does_not_fade() -> None:
    found = [
        report_set(name, make_set(name, 9, seed), noise=0.01, seed=seed)
        for name in ("squat", "push_up", "bicep_curl")
        for seed in range(3)
    ]
    assert not [fade for one in found for fade in one.fading]
    # Tempos drawn by chance look like a loss in one set of 36.
    assert sum(one.is_slower for one in found) <= 1


def test_few_reps_have_no_trend_and_no_loss() -> None:
    one = report_set("squat", [squat(tempo=Tempo(up_s=up)) for up in (0.7, 0.9, 1.2, 1.5)])
    assert math.isnan(one.speed_loss)
    assert not one.is_slower
    assert not one.fading


# --------------------------------------------------------------------------- left and right

#: How far to the side the arms go, at the turn.
UNEVEN = {"upper_arm": 0, "forearm": 5, "forearm_out": 85}


def raise_unevenly(right_deg: float, reps: int = 4) -> list[Move]:
    rest = stand(upper_arm=2.0, forearm=8.0, arm_out=6.0)
    both, other = (stand(**UNEVEN, arm_out=deg) for deg in (88, right_deg))
    right = [k for k, name in enumerate(BLAZEPOSE_JOINTS) if name.startswith("right")]
    both[right] = other[right]
    return [go_and_return(rest, both)] * reps


def test_a_side_that_goes_less_far_is_told_from_the_front() -> None:
    take = shoot("lateral_raise", raise_unevenly(60.0), 0.0, noise=0.005)
    one = report("lateral_raise", take).sets[0]
    assert one.left_right == pytest.approx(1 - (60 - 6) / (88 - 6), abs=0.08)
    assert one.is_uneven
    other = report("lateral_raise", Take(mirror(take.poses), take.reps)).sets[0]
    assert other.left_right == pytest.approx(-one.left_right, abs=0.02)


def test_even_sides_are_not_uneven_and_the_side_view_does_not_say() -> None:
    even = report_set("lateral_raise", raise_unevenly(88.0), 0.0, noise=0.01)
    assert abs(even.left_right) < 0.05
    assert not even.is_uneven
    assert math.isnan(report_set("squat", [squat()] * 3, 80.0).left_right)


def test_sides_that_take_turns_are_compared_with_each_other() -> None:
    take = take_turns("lateral_raise", 3)
    found = report("lateral_raise", take)
    assert [one.side for one in found.reps] == ["left", "right"] * 3
    assert abs(found.sets[0].left_right) < 0.1
    assert not found.sets[0].is_uneven


def test_uneven_means_more_than_a_tenth_and_more_than_from_rep_to_rep() -> None:
    base = SetReport(0.0, 1.0, 1, 2)
    assert replace(base, left_right=-0.12, left_right_sd=0.05).is_uneven
    assert not replace(base, left_right=0.09, left_right_sd=0.01).is_uneven
    assert not replace(base, left_right=0.2, left_right_sd=0.3).is_uneven
    assert not base.is_uneven


# ----------------------------------------------------------------------- which reps, which sets


def test_the_best_and_the_worst_rep_are_those_of_the_verdicts() -> None:
    take = shoot("squat", [squat(depth=depth) for depth in (0.15, 0.1, 0.05, 0.0)])
    failed = (Finding("made.up", "Made up", Verdict.FAIL, 0.0, "", 0.0, "Better"),)
    one = report("squat", take, findings=(failed, GOOD, GOOD, GOOD)).sets[0]
    assert (one.best_rep, one.worst_rep) == (2, 1), "the deepest one failed"


def test_each_set_has_its_own_report() -> None:
    rested, slow = squat(tempo=Tempo(rest_s=0.8)), squat(tempo=Tempo(up_s=1.6, rest_s=0.8))
    moves = [rested, rested, hold(squat().at(0.0), 20.0), slow, slow]
    take = shoot("squat", moves)
    first, second = (
        ExerciseSet("squat", part[0].start_s, part[-1].end_s, {"made": 2})
        for part in (take.reps[:2], take.reps[2:])
    )
    found = report("squat", take, sets=(first, second))
    assert [(one.first_rep, one.last_rep) for one in found.sets] == [(1, 2), (3, 4)]
    assert [one.tempo.rest_s > 0 for one in found.reps] == [True, False, True, False]
    assert found.reps[2].speed_loss == pytest.approx(0.0, abs=0.05), "against its own set"
    assert found.reps[2].speed < 0.7 * found.reps[0].speed


def test_nothing_known_is_an_empty_report() -> None:
    take = shoot("squat", [squat()] * 2)
    assert report("squat", take, exercise=None) == CoachReport()
    assert report("squat", take, exercise=EXERCISES["plank"]) == CoachReport()
    assert report("squat", take, reps=(), findings=()) == CoachReport()
    assert report("squat", take, sets=()) == CoachReport()


def test_an_athlete_who_was_not_seen_is_unknown_and_not_zero() -> None:
    take = shoot("squat", [squat()] * 5)
    nobody = hide(take.poses, np.ones(len(take.poses), dtype=bool))
    found = report("squat", Take(nobody, take.reps))
    assert all(math.isnan(one.range_share) for one in found.reps)
    assert all(math.isnan(one.tempo.pause_s) for one in found.reps)
    (one,) = found.sets
    assert one.tension_s == pytest.approx(sum(rep.end_s - rep.start_s for rep in take.reps))
    assert math.isnan(one.speed_loss)
    assert (one.fading, one.odd, one.compared) == ((), (), 0)


def test_reps_are_measured_once_for_all_limits() -> None:
    take = shoot("squat", [squat()] * 2)
    poses, signals, exercise, reps, _, _ = report_inputs("squat", take.poses, take.reps)
    first = measure_reps(poses, signals, exercise, reps, [[0, 1]])
    assert measure_reps(poses, measure_signals(poses), exercise, reps, [[0, 1]]) is first
    moved = tuple(replace(rep, end_s=rep.end_s - 0.1) for rep in reps)
    assert measure_reps(poses, signals, exercise, moved, [[0, 1]]) is not first
    assert len({id(first), id(measure_reps(poses, signals, exercise, reps[:1], [[0]]))}) == 2


def test_a_partial_rep_before_the_set_belongs_to_it() -> None:
    take = shoot("squat", [squat(part=0.4), squat(), squat()])
    own = ExerciseSet("squat", take.reps[1].start_s, take.reps[2].end_s, {"made": 2})
    (one,) = report("squat", take, sets=(own,)).sets
    assert (one.first_rep, one.last_rep) == (1, 3)


def test_getting_ready_is_no_part_of_the_set() -> None:
    take = shoot("squat", [squat(part=0.4), squat(), squat()])
    ducking = replace(take.reps[0], reason=Reason.PREPARATION)
    own = ExerciseSet("squat", take.reps[1].start_s, take.reps[2].end_s, {"made": 2})
    found = report("squat", take, reps=(ducking, *take.reps[1:]), sets=(own,))
    assert (found.sets[0].first_rep, found.sets[0].last_rep) == (2, 3)
    assert math.isnan(found.reps[0].tempo.rest_s)
    assert found.sets[0].tension_s == pytest.approx(3.6, abs=0.6), "two reps of 1.8 s"
