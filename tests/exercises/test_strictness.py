"""Strictness moves limits of rules that exist, in the direction that it says, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gym.exercises import EXERCISES
from gym.exercises.strictness import STANDARD, STRICTNESS, apply_strictness
from gym.form.reps import _measure_set, judge_form
from gym.schema import ClipInfo, Verdict
from gym.session import JudgeSettings, analyse_poses
from tests.figure import STANDING
from tests.synthetic import Camera, film, hold, squat

RULES = {rule.code: rule for exercise in EXERCISES.values() for rule in exercise.rules}


@pytest.mark.parametrize("how", STRICTNESS.values(), ids=STRICTNESS.keys())
def test_only_rules_that_exist_are_changed_and_each_says_why(how) -> None:
    assert STRICTNESS[how.name] is how
    assert how.title
    assert how.about.endswith(".")
    assert set(how.changes) <= set(RULES)
    for change in how.changes.values():
        assert change.source.strip()
        assert change.band > 0


def test_standard_changes_nothing_and_the_others_something() -> None:
    for name in STRICTNESS:
        changed = [
            rule.code
            for exercise in EXERCISES.values()
            for rule, own in zip(
                exercise.rules, apply_strictness(exercise, name).rules, strict=True
            )
            if rule.limits != own.limits
        ]
        assert bool(changed) == (name != STANDARD)
    assert next(iter(STRICTNESS)) == STANDARD, "what a list shows first"


@pytest.mark.parametrize("name", STRICTNESS)
def test_every_strictness_goes_its_way(name: str) -> None:
    for exercise in EXERCISES.values():
        strict = apply_strictness(exercise, name)
        assert replace(strict, rules=exercise.rules) == exercise
        for usual, own in zip(exercise.rules, strict.rules, strict=True):
            assert replace(own, limits=usual.limits, source=usual.source) == usual
            more_is_better = 1 if usual.limits[0] > usual.limits[1] else -1
            assert more_is_better * (own.limits[0] - own.limits[1]) > 0, f"{own.code}: a band"
            stricter = [
                more_is_better * (a - b) for a, b in zip(own.limits, usual.limits, strict=True)
            ]
            if name == "beginner":
                assert stricter[0] <= 0 > stricter[1], own.code
            else:
                assert min(stricter) >= 0, own.code


def test_there_is_no_strictness_of_another_name() -> None:
    with pytest.raises(ValueError, match="beginner"):
        apply_strictness(EXERCISES["squat"], "lenient")
    assert apply_strictness(None, "army") is None


def test_the_same_squat_is_judged_otherwise() -> None:
    take = film([hold(STANDING, 1), *[squat()] * 2, hold(STANDING, 1)], Camera(90.0, 4.0))
    clip = ClipInfo("a.mp4", 9.0, len(take.poses), *take.poses.image_size)
    judged = {
        name: analyse_poses(clip, take.poses, JudgeSettings("squat", strictness=name))
        for name in STRICTNESS
    }
    assert len({one.count.count for one in judged.values()}) == 1, "never what is counted"
    depths = {name: one.form.findings[0][0] for name, one in judged.items()}
    assert len({depth.value for depth in depths.values()}) == 1
    limits = {name: depth.limit for name, depth in depths.items()}
    usual = EXERCISES["squat"].rules[0].limits
    assert limits[STANDARD] == limits["army"] == usual[0]
    assert limits["beginner"] == usual[1]
    assert limits["competition"] > usual[0]
    for one in depths.values():
        good = one.value >= one.limit
        assert (one.verdict is Verdict.PASS) == good


def test_own_limits_are_moved_from_there() -> None:
    take = film([hold(STANDING, 1), squat(), hold(STANDING, 1)], Camera(90.0, 4.0))
    clip = ClipInfo("a.mp4", 5.0, len(take.poses), *take.poses.image_size)
    settings = JudgeSettings("squat", limits=(("squat.depth", 0.3),), strictness="competition")
    workout = analyse_poses(clip, take.poses, settings)
    assert workout.form.findings[0][0].limit == 0.3
    assert (workout.strictness, workout.own_limits) == ("competition", {"squat.depth": 0.3})


def test_another_strictness_measures_nothing_again(monkeypatch) -> None:
    take = film([hold(STANDING, 1), squat(), hold(STANDING, 1)], Camera(90.0, 4.0))
    reps, looks = take.full, []
    monkeypatch.setattr(
        "gym.form.reps._measure_set", lambda *of: looks.append(of) or _measure_set(*of)
    )
    limits = [
        judge_form(take.poses, reps, apply_strictness(EXERCISES["squat"], name), {})
        .findings[0][0]
        .limit
        for name in STRICTNESS
    ]
    assert len(set(limits)) == 3
    assert len(looks) == 1
