"""An exercise is learned from one take, and counted in others that look different."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gym.counting import count_reps
from gym.errors import TeachError
from gym.exercises import EXERCISES, Posture
from gym.exercises.taught import PASS_SHARE, Taught, keep_taught
from gym.export.record import from_json_text, to_json_text
from gym.form import judge_form
from gym.live.coach import LiveCoach
from gym.schema import PoseSequence, RepKind, Verdict
from gym.session import JudgeSettings, analyse_poses, describe_pose_file
from gym.teaching import teach_exercise
from tests.figure import STANDING, TOP_M, plank
from tests.made_exercises import EXERCISES_UNKNOWN, YAW_DEG, bow, lift_knee, make_take, rise
from tests.synthetic import Camera, Tempo, add_noise, film, hide, hold, push_up, squat, walk_in

each = pytest.mark.parametrize("name", EXERCISES_UNKNOWN)


def take(name: str, reps: int, turned_deg: float = 0.0, **how: object) -> PoseSequence:
    return make_take(EXERCISES_UNKNOWN[name], reps, YAW_DEG[name] + turned_deg, **how)


@cache
def teach_bow() -> Taught:
    return teach_exercise(make_take(bow, 5, 80), "Good morning", day=date(2026, 11, 27))


@each
def test_what_one_take_taught_is_counted_in_others(name: str) -> None:
    taught = teach_bow() if name == "bow" else teach_exercise(take(name, 5), "Mine")
    assert taught.reps == 5
    others = (
        take(name, 3, 30, tempo=Tempo(1.3, 0.3, 1.2, 0.6)),
        take(name, 8, -30, tempo=Tempo(0.6, 0.1, 0.5, 0.2), noise=0.02),
        take(name, 6, 10, distance_m=5.5, fps=30.0),
    )
    assert [count_reps(poses, taught.exercise).count for poses in others] == [3, 8, 6]


def test_left_and_right_in_turns_are_a_rep_each() -> None:
    taught = teach_exercise(make_take(lift_knee, 6, 40), "Knee raise")
    assert taught.signal.each_side
    assert taught.reps == 6


def test_a_movement_too_small_for_self_similarity_is_found() -> None:
    poses = make_take(rise, 4, 60)
    assert count_reps(poses, None, "spectral").count == 0
    taught = teach_exercise(poses, "Calf raise")
    assert taught.reps == 4
    assert taught.signal.unit == "m"
    assert 0.5 <= taught.agreed <= 1
    assert 0.06 < taught.way < 0.13


@pytest.mark.parametrize(
    ("script", "yaw_deg", "start"),
    [
        ([hold(STANDING, 1), *[squat()] * 4, hold(STANDING, 1)], 80, Posture.STANDING),
        ([hold(plank(TOP_M), 1), *[push_up()] * 4, hold(plank(TOP_M), 1)], 80, Posture.ON_HANDS),
    ],
)
def test_known_exercises_could_be_taught(script: list, yaw_deg: float, start: Posture) -> None:
    """The squat's and the push-up's own take, as if nobody had described them."""
    filmed = film(script, Camera(yaw_deg=yaw_deg), fps=20.0)
    taught = teach_exercise(filmed.poses, "Mine")
    assert (taught.reps, taught.start) == (4, start)
    found = [rep.bottom_s for rep in count_reps(filmed.poses, taught.exercise).reps]
    np.testing.assert_allclose(found, [rep.bottom_s for rep in filmed.full], atol=0.2)


def test_it_goes_from_rest_to_the_turn() -> None:
    """Where a set begins and ends is rest, whichever way the signal goes from there."""
    taught = teach_bow()
    mean = np.array(taught.template)
    assert (mean[0], mean[-1]) == pytest.approx((0, 0), abs=0.1)
    assert mean.max() == pytest.approx(1.0, abs=0.15)
    assert 8 <= mean.argmax() <= 24
    assert max(taught.spread) < 0.15
    low, high = taught.trunk_tilt_deg
    assert low <= 3 <= high < 60
    low, high = taught.turn_tilt_deg
    assert 20 < low <= 78 <= high


def test_who_begins_at_the_other_end_says_so() -> None:
    poses = make_take(bow, 5, 80)
    turned = teach_exercise(poses, "Mine", other_end=True)
    assert turned.signal.rises != teach_bow().signal.rises
    turns_s, rests_s = (
        [rep.bottom_s for rep in count_reps(poses, one.exercise).reps if rep.kind is RepKind.FULL]
        for one in (teach_bow(), turned)
    )
    assert (len(turns_s), len(rests_s)) == (5, 4)  # between five turns there are four rests
    assert all(a < rest < b for rest, a, b in zip(rests_s, turns_s, turns_s[1:], strict=False))


def test_the_walk_in_is_no_part_of_it() -> None:
    script = [*walk_in(90), hold(STANDING, 1), *[squat()] * 4, hold(STANDING, 1)]
    poses = film(script, Camera(yaw_deg=80), fps=20.0).poses
    taught = teach_exercise(poses, "Mine")
    assert (taught.reps, count_reps(poses, taught.exercise).count) == (4, 4)


def test_reps_are_compared_with_the_taught_range() -> None:
    taught = teach_bow()
    (rule,) = taught.exercise.rules
    assert not taught.doubt
    assert rule.limits[0] == pytest.approx(PASS_SHARE * taught.way, abs=1e-3)
    assert "2026-11-27" in rule.source

    def judge(part: float) -> set[Verdict]:
        poses = make_take(bow, 4, 75, part=part)
        reps = count_reps(poses, taught.exercise).reps
        assert sum(rep.kind is RepKind.FULL for rep in reps) == 4
        report = judge_form(poses, reps, taught.exercise, {})
        return {finding.verdict for found in report.findings for finding in found}

    assert judge(1.0) == {Verdict.PASS}
    assert judge(0.62) == {Verdict.FAIL}


def test_live_counts_as_a_recording_does() -> None:
    taught = teach_bow()
    keep_taught(taught)
    poses = make_take(bow, 5, 70)
    coach = LiveCoach(taught.name)
    states = [coach.update(poses[index]) for index in range(len(poses))]
    assert (states[-1].exercise, states[-1].count) == (taught.name, 5)
    clip = describe_pose_file(Path("a.npz"), poses)
    live = coach.finish(clip, poses.image_size)
    recorded = analyse_poses(clip, poses, JudgeSettings(taught.name))
    assert live.count.reps == recorded.count.reps
    assert recorded.count.count == 5
    assert EXERCISES[taught.name] == taught.exercise
    kept = from_json_text(to_json_text(recorded))
    assert {finding.name for found in kept.form.findings for finding in found} == {"Range"}


def test_the_number_of_reps_decides_where_it_is_told() -> None:
    poses = make_take(lift_knee, 6, 40)
    assert teach_exercise(poses, "Mine", reps=6).reps == 6
    with pytest.raises(TeachError, match="made 11 times"):
        teach_exercise(poses, "Mine", reps=11)


def drop_all(poses: PoseSequence) -> PoseSequence:
    return hide(poses, np.ones(len(poses), dtype=bool))


def join_others(poses: PoseSequence) -> PoseSequence:
    return replace(poses, others=np.tile([0.0, 1.0], (len(poses), 1)))


def stretch(poses: PoseSequence) -> PoseSequence:
    low, high = (edge(poses.xy_px, axis=1, keepdims=True) for edge in (np.min, np.max))
    return replace(poses, xy_px=(poses.xy_px - low) / (high - low))


def look_away(poses: PoseSequence) -> PoseSequence:
    return replace(poses, visibility=np.full_like(poses.visibility, 0.1))


STILL = add_noise(film([hold(STANDING, 6.0)], Camera(yaw_deg=80), fps=20.0).poses, 0.01, seed=1)


@pytest.mark.parametrize(
    ("poses", "told"),
    [
        (STILL, "Nothing in this clip repeats"),
        (make_take(bow, 2, 80), "done only twice"),
        (drop_all(make_take(bow, 4, 80)), "Nobody is in view"),
        (join_others(make_take(bow, 4, 80)), "people are in view"),
        (stretch(make_take(bow, 4, 80)), "stretched"),
        (look_away(make_take(bow, 4, 80)), "joints were not seen"),
    ],
    ids=["still", "two", "nobody", "several", "stretched", "unseen"],
)
def test_what_teaches_nothing_is_refused_with_advice(poses: PoseSequence, told: str) -> None:
    with pytest.raises(TeachError, match=told) as refused:
        teach_exercise(poses, "Mine")
    assert refused.value.advice
    assert refused.value.message.endswith(".")
