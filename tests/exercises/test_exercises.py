"""Walks everything that we believe about the exercises: nothing is blank, turned round or misspelt."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from gym import exercises
from gym.counting import COUNTERS, DEFAULT_COUNTER
from gym.exercises import EXERCISES, Exercise, FormRule, Kind, label_of, name_in_files
from gym.features import ANGLES
from gym.form.measures import MEASURES
from gym.skeleton import SIDES, joint_index

SILHOUETTES = Path(exercises.__file__).parent / "silhouettes"
VIEWS = {"side", "diagonal", "front", "rear"}
#: The names under ``form.frame_share`` in the JSON files, and the one of a lack of depth.
FAULTS = {
    "squat": {"forward_lean", "shallow"},
    "push_up": {"rounded", "hollow", "shallow"},
    "plank": {"piked", "sagging"},
}
#: The unit that each measure's number is in.
UNITS = {
    "squat_depth": "thigh lengths",
    "squat_lean": "°",
    "push_up_depth": "upper-arm lengths",
    "push_up_line": "body lengths",
    "line_lost": "body lengths",
    "knees_apart": "foot distances",
    "hips_aside": "shoulder widths",
    "hips_fallen": "thigh lengths",
    "depth_difference": "thigh lengths",
    "heels_up": "shin lengths",
    "trunk_drop": "°",
    "legs_bent": "°",
}
#: The codes that the contract of the files names (and `.range` of all that is counted).
CONTRACT = (
    *(
        f"squat.{what}"
        for what in ("depth", "lean", "knees", "heels", "shift", "hips_first", "lockout")
    ),
    *(f"push_up.{what}" for what in ("depth", "line", "lockout")),
)
#: Measures of what should be large, besides the range of motion.
MORE_IS_BETTER = {"feet_apart", "knees_apart", "arms_closed"}
RULES = [
    pytest.param(exercise, rule, id=rule.code)
    for exercise in EXERCISES.values()
    for rule in exercise.rules
]
each_rule = pytest.mark.parametrize(("exercise", "rule"), RULES)
each_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def test_the_exercises_are_known_by_their_names() -> None:
    assert {"squat", "push_up"} <= set(EXERCISES)
    assert all(name == exercise.name for name, exercise in EXERCISES.items())


@each_exercise
def test_exercise(exercise: Exercise) -> None:
    assert exercise.title.strip()
    assert exercise.plural == exercise.plural.lower() != exercise.name
    signal, travel = exercise.signal, exercise.travel
    for side in SIDES:
        assert all(joint_index(f"{side}_{part}") for part in signal.parts)
        assert all(f"{side}_{joint}" in ANGLES for joint in exercise.main_angles)
    if signal.unit == "°" and exercise.kind is Kind.REPS:
        assert exercise.main_angles[0] == signal.joint
        assert 10 <= signal.least <= 60  # degrees, not radians
    if travel is not None:
        assert travel.upper != travel.lower
        assert 0.03 <= travel.least_m <= 0.3  # metres
    assert exercise.start_advice.endswith(".")
    assert (SILHOUETTES / f"{exercise.silhouette}.svg").is_file()
    assert exercise.best_view in VIEWS
    for low, high in (exercise.trunk_tilt_deg, exercise.turn_tilt_deg):
        assert 0 <= low < high <= 180
    upright_deg = 90.0 if exercise.start.is_level else 0.0
    assert exercise.trunk_tilt_deg[0] <= upright_deg <= exercise.trunk_tilt_deg[1]
    fastest_s, slowest_s = exercise.rep_s
    if exercise.kind is Kind.REPS:
        assert 0.1 < fastest_s < 0.6
    assert slowest_s > 5.0
    assert len(exercise.rules) >= 3  # its range of motion, or what has to stay, and two more
    if exercise.kind is Kind.REPS:
        name, _ = name_in_files(exercise.name)
        assert f"{name}.range" in {rule.code for rule in exercise.rules}


def test_codes_are_unique() -> None:
    own = [exercise for exercise in EXERCISES.values() if not exercise.variant_of]
    codes = [rule.code for exercise in own for rule in exercise.rules]
    assert len(codes) == len(set(codes))
    assert set(CONTRACT) <= set(codes)


def test_a_variant_is_told_as_its_exercise_and_found_again() -> None:
    for label, exercise in EXERCISES.items():
        name, variant = name_in_files(label)
        assert label_of(name, variant) == label
        assert EXERCISES[name].variant_of == ""
        assert bool(variant) == bool(exercise.variant_of)
    assert name_in_files("front_raise") == ("lateral_raise", "front")
    assert label_of("lateral_raise", "one that a later version has") == "lateral_raise"


@each_rule
def test_rule_texts(exercise: Exercise, rule: FormRule) -> None:
    prefix, _, what = rule.code.partition(".")
    assert prefix == name_in_files(exercise.name)[0]
    assert rule.measures_depth == (what in ("depth", "range")) == (rule.fault == "shallow")
    assert what.isidentifier()
    for text in (rule.name, rule.unit, rule.cue, rule.why, rule.source, rule.fault):
        assert text.strip() == text != ""
    assert rule.unit == UNITS.get(rule.measure, rule.unit)
    for cue in filter(None, (rule.cue, rule.cue_below)):
        assert cue.isascii()  # burnt into videos with a plain font
        assert cue.endswith(".")
        assert cue[0].isupper()
        assert len(cue) <= 70  # has to fit over the picture
    assert rule.why.endswith(".")
    assert len(rule.source) > 20  # a reference, not a word


@each_rule
def test_rule_numbers(exercise: Exercise, rule: FormRule) -> None:
    assert rule.measure in MEASURES
    pass_limit, fail_limit = rule.limits
    assert pass_limit != fail_limit
    largest = 180.0 if rule.unit == "°" else 1.5  # shares of the body, or degrees
    assert max(abs(pass_limit), abs(fail_limit)) <= largest
    if rule.measures_depth:
        assert pass_limit > fail_limit, "more depth is better"
    elif rule.measure not in MORE_IS_BETTER:
        assert 0 <= pass_limit < fail_limit, "more of a fault is worse"


@each_rule
def test_rule_views_and_faults(exercise: Exercise, rule: FormRule) -> None:
    assert rule.views
    assert set(rule.views) <= VIEWS
    assert len(set(rule.views)) == len(rule.views)
    assert rule.fault.isidentifier()  # a key in the JSON files
    assert bool(rule.cue_below) == bool(rule.fault_below)
    assert rule.fault_below != rule.fault
    assert not {rule.fault, rule.fault_below} & {"good", "unseen"}


@each_exercise
def test_every_fault_of_the_contract_has_its_rule(exercise: Exercise) -> None:
    found = {name for rule in exercise.rules for name in (rule.fault, rule.fault_below) if name}
    assert found >= FAULTS.get(exercise.name, set())
    assert ("shallow" in found) == (exercise.kind is Kind.REPS)


def test_every_measure_is_used() -> None:
    used = {rule.measure for exercise in EXERCISES.values() for rule in exercise.rules}
    assert used | {"signal_range"} == set(MEASURES)  # which exercises that a user taught have


def test_rules_are_data() -> None:
    """No functions among the beliefs: a rule names its measure."""
    for exercise in EXERCISES.values():
        for rule in exercise.rules:
            assert not any(callable(getattr(rule, field.name)) for field in fields(rule))


def test_every_counter_is_known_by_its_name() -> None:
    assert DEFAULT_COUNTER in COUNTERS
    for name, counter in COUNTERS.items():
        assert counter.name == name
        assert counter.title.strip()
        assert isinstance(counter.causal, bool)
