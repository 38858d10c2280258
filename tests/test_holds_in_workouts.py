"""Holds beside reps: what is listed, what no counter counts, what is written and said."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from gym import session
from gym.__main__ import main
from gym.counting import COUNTERS, DEFAULT_COUNTER, count_reps
from gym.exercises import EXERCISES
from gym.export.record import Record, from_json_text, to_json, to_json_text, to_record
from gym.export.tables import holds_csv
from gym.notes import say_drift, say_holds
from gym.posefiles import write_poses
from gym.schema import Classification, ClipInfo, Finding, Hold, Segment, Verdict, Workout
from gym.session import AUTO, count, judge
from gym.summary import kept_share
from tests.figure import ON_ALL_FOURS, STANDING, TOP_M, forearm_plank, plank
from tests.synthetic import Camera, Move, Take, film, get_down, go_through, hold, push_up, squat

SIDE = Camera(90.0, distance_m=6.0)
HAND_PLANK = plank(TOP_M)
NONE = dict.fromkeys(COUNTERS, 0)


def recognised(*parts: tuple[float, str]) -> Classification:
    """Return a timeline of (end, label), named after the label that lasts longest."""
    starts = [0.0, *(end_s for end_s, _ in parts)]
    timeline = tuple(
        Segment(start_s, end_s, label, 0.9)
        for start_s, (end_s, label) in zip(starts, parts, strict=False)
    )
    lasts: dict[str, float] = {}
    for part in timeline:
        lasts[part.label] = lasts.get(part.label, 0.0) + part.end_s - part.start_s
    label = max(lasts, key=lasts.__getitem__)
    return Classification(label, 0.9, "model", {}, timeline)


def judge_take(take: Take, named: Classification, exercise: str = AUTO) -> Workout:
    poses = take.poses
    clip = ClipInfo("made.npz", float(poses.time_s[-1]), len(poses), 1280, 720)
    return judge(clip, poses, count(poses, named, exercise))


def length_s(moves: list[Move]) -> float:
    return sum(move.duration_s for move in moves)


@pytest.fixture(scope="module")
def planked() -> Workout:
    """A plank of 8 s whose hips sag at its end, a break of 3 s, and one of 5 s."""
    sink = Move(4.0, lambda time_s: forearm_plank(-0.14 * time_s / 4.0))
    rise = Move(0.6, lambda time_s: forearm_plank(-0.14 * (1 - time_s / 0.6)))
    rest = go_through(forearm_plank(), ON_ALL_FOURS, forearm_plank())
    rest.insert(1, hold(ON_ALL_FOURS, 1.0))
    moves = [hold(forearm_plank(), 3.4), sink, rise, *rest, hold(forearm_plank(), 5.0)]
    return judge_take(film(moves, SIDE, fps=15), recognised((16.0, "plank")))


def test_a_hold_is_timed_and_nothing_is_counted(planked: Workout) -> None:
    assert [hold.seconds for hold in planked.holds] == pytest.approx([8.0, 5.0], abs=0.5)
    assert {name: one.count for name, one in planked.counts.items()} == NONE
    assert planked.reps == ()
    assert np.isnan(planked.confidence)
    assert planked.agreement.members == ()
    assert planked.notes == ()
    assert [one.exercise for one in planked.sets] == ["plank", "plank"]
    assert [one.hold_s for one in planked.sets] == [hold.seconds for hold in planked.holds]
    assert all(one.counts == NONE for one in planked.sets)
    assert planked.form.cue.startswith("Hips up")
    assert planked.form.frame_share["sagging"] > 0


def test_the_users_choice_is_timed_wherever_it_is() -> None:
    moves = [hold(STANDING, 1.0), *get_down(), hold(HAND_PLANK, 5.0)]
    workout = judge_take(film(moves, SIDE, fps=15), recognised((8.0, "other")), "plank")
    (found,) = workout.holds
    assert found.start_s == pytest.approx(3.0, abs=0.5)
    assert workout.exercise.chosen_by == "user"
    assert judge_take(film(moves, SIDE, fps=15), recognised((8.0, "other"))).holds == ()


@pytest.mark.parametrize("counter", COUNTERS)
def test_no_counter_counts_what_moves_in_a_hold(counter: str) -> None:
    """Climbing knees that are taken for a plank are no reps of it."""
    poses = film([push_up() for _ in range(4)], SIDE, fps=15).poses
    found = count_reps(poses, EXERCISES["plank"], counter)
    assert found.reps == ()
    assert len(found.phase) == len(poses)


def test_movement_that_is_taken_for_a_plank_is_said_to_be_none() -> None:
    take = film([push_up() for _ in range(6)], SIDE, fps=15)
    workout = judge_take(take, recognised((take.poses.time_s[-1], "plank")))
    assert {name: one.count for name, one in workout.counts.items()} == NONE
    assert workout.holds == workout.sets == ()
    (note,) = workout.notes
    assert note.startswith("No plank was held for 2 s or longer")


def test_a_mixed_workout_lists_the_squats_and_the_plank() -> None:
    squats = [hold(STANDING, 1.0), *(squat() for _ in range(4)), hold(STANDING, 1.0)]
    moves = [*squats, *get_down(), hold(HAND_PLANK, 12.0)]
    take, begins_s = film(moves, SIDE, fps=15), length_s(squats)
    named = recognised((begins_s, "squat"), (begins_s + 2, "other"), (length_s(moves), "plank"))
    assert named.label == "plank", "the plank lasts longer than the set"
    workout = judge_take(take, named)
    assert workout.exercise.label == "squat", "reps beat a hold"
    assert workout.count.count == 4
    first, second = workout.sets
    assert (first.exercise, first.counts[DEFAULT_COUNTER]) == ("squat", 4)
    assert np.isnan(first.hold_s)
    assert (second.exercise, second.counts) == ("plank", NONE)
    assert second.hold_s == pytest.approx(12.0, abs=0.5)
    assert workout.holds[0].findings, "it is judged as well"
    assert len(workout.form.findings) == len(workout.reps)


def test_a_hold_that_was_partly_taken_for_push_ups_is_one() -> None:
    """Push-ups of which there is not one are none; a label without a hold is no hold either."""
    named = recognised((6.0, "push_up"), (10.0, "plank"))
    workout = judge_take(film([hold(HAND_PLANK, 10.0)], SIDE, fps=15), named)
    assert workout.exercise.label == "plank"
    assert [one.seconds for one in workout.holds] == pytest.approx([10.0], abs=0.5)
    assert workout.notes == ()
    standing = judge_take(film([hold(STANDING, 10.0)], SIDE, fps=15), named)
    assert standing.exercise.label == "push_up"
    assert standing.holds == ()


@pytest.mark.parametrize(("rest_s", "listed"), [(4.0, 0), (20.0, 0), (35.0, 1)])
def test_a_rest_in_the_plank_is_no_hold_unless_it_is_long(rest_s: float, listed: int) -> None:
    three = [push_up() for _ in range(3)]
    moves = [hold(HAND_PLANK, 1.0), *three, hold(HAND_PLANK, rest_s), *three, hold(HAND_PLANK, 1.0)]
    set_s = 1.0 + length_s(three)
    named = recognised(
        (set_s, "push_up"), (set_s + rest_s, "plank"), (length_s(moves) + 0.1, "push_up")
    )
    workout = judge_take(film(moves, SIDE, fps=15), named)
    assert workout.exercise.label == "push_up"
    assert workout.count.count == 6
    assert len(workout.holds) == listed


@pytest.mark.parametrize(("seconds", "listed"), [(3.0, 0), (20.0, 0), (35.0, 1)])
def test_only_a_real_hold_after_the_set_is_one(seconds: float, listed: int) -> None:
    three = [push_up() for _ in range(3)]
    moves = [hold(HAND_PLANK, 1.0), *three, hold(HAND_PLANK, seconds)]
    named = recognised((1.0 + length_s(three), "push_up"), (length_s(moves), "plank"))
    workout = judge_take(film(moves, SIDE, fps=15), named)
    assert workout.count.count == 3
    assert len(workout.holds) == listed


# --------------------------------------------------------------------------------------- files


def test_json_has_the_holds_and_comes_back(planked: Workout) -> None:
    found = to_json(planked)
    first = found["holds"][0]
    assert first["exercise"] == "plank"
    assert first["seconds"] == pytest.approx(first["end_s"] - first["start_s"], abs=0.001)
    line = next(one for one in first["findings"] if one["code"] == "plank.line")
    assert line["verdict"] == "fail"
    assert line["drift"] > 0
    assert 0.5 < line["kept_share"] < 0.9
    assert first["start_s"] < line["time_s"] <= first["end_s"]
    assert found["sets"][0]["hold_s"] == first["seconds"]
    assert found["counts"] == NONE
    assert found["confidence"] is None
    assert found["reps"] == []
    back = from_json_text(to_json_text(planked))
    assert to_record(back) == found
    assert back.holds[0].findings[0].name == "Body line"
    assert Record.of(planked).holds == planked.holds


def test_earlier_files_without_holds_come_back(planked: Workout) -> None:
    found = json.loads(to_json_text(planked))
    del found["holds"]
    for one in found["sets"]:
        del one["hold_s"]
    back = from_json_text(json.dumps(found))
    assert back.holds == ()
    assert np.isnan(back.sets[0].hold_s)


def test_the_table_of_holds(planked: Workout) -> None:
    rows = list(csv.DictReader(io.StringIO(holds_csv(planked))))
    assert [row["number"] for row in rows] == ["1", "2"]
    assert float(rows[0]["seconds"]) == pytest.approx(8.0, abs=0.5)
    assert rows[0]["plank.line_verdict"] == "fail"
    assert rows[1]["plank.line_verdict"] == "pass"
    assert rows[1]["plank.line_kept_share"] == "1.0"
    assert rows[0]["plank.line_unit"] == "body lengths"


def test_the_command_line_says_the_seconds(tmp_path: Path, monkeypatch, capsys) -> None:
    file = tmp_path / "plank.npz"
    write_poses(film([hold(HAND_PLANK, 6.0)], SIDE, fps=15).poses, file)
    monkeypatch.setattr(session, "recognise", lambda poses: recognised((6.0, "plank")))
    assert main(["count", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == ["Plank: held 5.9 s"]


# --------------------------------------------------------------------------------------- words


def finding(verdict: Verdict, drift: float = float("nan"), kept: float = 1.0) -> Finding:
    return Finding("plank.line", "Body line", verdict, -0.06, "", -0.05, "", "", 1.0, kept, drift)


def test_getting_worse_is_said_where_it_matters() -> None:
    assert say_drift(finding(Verdict.BORDERLINE, 0.03)) == "worse towards the end"
    for drift in (0.02, -0.03, float("nan")):
        assert say_drift(finding(Verdict.BORDERLINE, drift)) == ""


def test_several_holds_are_said_in_a_sentence() -> None:
    holds = [Hold("plank", 0.0, 10.0), Hold("wall_sit", 20.0, 25.0), Hold("plank", 30.0, 35.5)]
    assert say_holds(holds) == "Plank: held 10.0 s and 5.5 s; Wall sit: held 5.0 s"
    assert say_holds(()) == ""


def test_the_share_in_good_form_is_that_of_the_rule_kept_least() -> None:
    good, half = finding(Verdict.PASS), finding(Verdict.FAIL, kept=0.5)
    unseen = finding(Verdict.UNSEEN, kept=float("nan"))
    holds = [Hold("plank", 0.0, 10.0, (good, half)), Hold("plank", 20.0, 50.0, (good, unseen))]
    assert kept_share(holds) == pytest.approx((10 * 0.5 + 30 * 1.0) / 40)
    assert np.isnan(kept_share([Hold("plank", 0.0, 10.0, (unseen,))]))


def test_a_hold_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match=r"an end at 2\.0 s or later"):
        Hold("plank", 2.0, 1.0)
