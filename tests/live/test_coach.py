"""The live coach: what it says while a set is done, and that it ends where a recording would."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from gym.counting import COUNTERS
from gym.exercises import EXERCISES, HOLDS, OTHER
from gym.exercises.strictness import apply_strictness
from gym.live.coach import LIVE_COUNTERS, LiveCoach, LiveState
from gym.live.view import describe_set
from gym.posefiles import read_poses
from gym.recognition.network import RecognitionStream
from gym.schema import Classification, PoseSequence, RepCount, RepKind, Unseen, Verdict, Workout
from gym.session import JudgeSettings, analyse_poses, describe_pose_file
from tests import synthetic
from tests.figure import STANDING, TOP_M, bend_legs, plank, pose_body
from tests.synthetic import Camera, Move, Take, Tempo, hold, push_up, squat

ASIDE = Camera(yaw_deg=80)
TOP = {"squat": STANDING, "push_up": plank(TOP_M)}
DO = {"squat": squat, "push_up": push_up}
SOON_S = 0.4  # after so long at most a repetition is announced
film = partial(synthetic.film, camera=ASIDE, fps=20.0)

exercises = pytest.mark.parametrize("exercise", ["squat", "push_up"])
counters = pytest.mark.parametrize("counter", LIVE_COUNTERS)


def a_set(exercise: str, reps: int = 3, **how: object) -> list[Move]:
    """Return a set with a second of stillness on either side."""
    top = hold(TOP[exercise], 1.0)
    return [top, *[DO[exercise](**how)] * reps, top]


def make_mixed() -> Take:
    """Film three squats, the way to the floor, and four push-ups."""
    script = [hold(STANDING, 1), *[squat()] * 3, hold(STANDING, 2), *synthetic.get_down()]
    return film([*script, *[push_up()] * 4, hold(TOP["push_up"], 1)])


def make_dropouts() -> Take:
    """Film squats of which whole frames, single joints and a long stretch were not seen."""
    take = film([*a_set("squat", 2), hold(STANDING, 3), *a_set("squat", 2)])
    time_s = take.poses.time_s
    away = take.reps[1].end_s + 0.5
    unseen = (time_s > away) & (time_s < away + 3)
    for when_s in (0.0, take.reps[0].bottom_s, take.reps[2].start_s, time_s[-1] - 0.2):
        unseen |= (time_s >= when_s) & (time_s < when_s + 0.25)
    poses = synthetic.hide(synthetic.drop_joints(take.poses, 0.03, seed=1), unseen)
    return Take(synthetic.add_noise(poses, 0.01, seed=2), take.reps)


MADE = {
    "squats": lambda: film(a_set("squat")),
    "push-ups": lambda: film(a_set("push_up")),
    "mixed": make_mixed,
    "dropouts": make_dropouts,
    "partial reps": lambda: film([*a_set("squat", 2), squat(part=0.5), *a_set("squat", 1)]),
    "nothing": lambda: film([hold(STANDING, 3)]),
    "nobody": lambda: Take(synthetic.hide(film([hold(STANDING, 2)]).poses, np.ones(40, bool)), ()),
    "one frame": lambda: film([hold(STANDING, 0.04)]),
}


@cache
def made(name: str) -> Take:
    return MADE[name]()


@cache
def judged(name: str, choice: str) -> Workout:
    """Judge a made recording, once for all tests."""
    return judge_recorded(made(name).poses, choice)


def follow(
    coach: LiveCoach, poses: PoseSequence, start: int = 0, stop: int | None = None
) -> list[LiveState]:
    """Show a coach the poses one by one; return what it knew after each."""
    return [
        coach.update(poses[i], poses.image_size)
        for i in range(start, len(poses) if stop is None else stop)
    ]


def finish(coach: LiveCoach, poses: PoseSequence) -> Workout:
    return coach.finish(describe_pose_file(Path("live"), poses), poses.image_size, poses.model)


def judge_recorded(poses: PoseSequence, exercise: str) -> Workout:
    return analyse_poses(describe_pose_file(Path("live"), poses), poses, JudgeSettings(exercise))


def count_growth(states: Sequence[LiveState]) -> tuple[list[float], list[int]]:
    """Return when the count changed, and by how much."""
    counts = np.array([0, *(state.count for state in states)])
    steps = np.diff(counts)
    return [states[i].time_s for i in np.flatnonzero(steps)], steps[steps != 0].tolist()


def assert_same_count(live: RepCount, recorded: RepCount) -> None:
    assert live.method == recorded.method
    assert live.reps == recorded.reps
    np.testing.assert_array_equal(live.time_s, recorded.time_s)
    np.testing.assert_array_equal(live.phase, recorded.phase)
    np.testing.assert_array_equal(live.in_set, recorded.in_set)
    assert repr(live.evidence) == repr(recorded.evidence)  # repr: some values are NaN


def assert_same_label(live: Classification, recorded: Classification) -> None:
    """Live the network looks at one window at a time, which changes the last decimals."""
    assert (live.label, live.chosen_by) == (recorded.label, recorded.chosen_by)
    assert live.probability == pytest.approx(recorded.probability, abs=1e-5, nan_ok=True)
    assert live.frame_share == pytest.approx(recorded.frame_share)
    assert len(live.timeline) == len(recorded.timeline)
    for ours, theirs in zip(live.timeline, recorded.timeline, strict=True):
        assert (ours.label, ours.start_s, ours.end_s) == (
            theirs.label,
            theirs.start_s,
            theirs.end_s,
        )
        assert ours.probability == pytest.approx(theirs.probability, abs=1e-5)


def assert_same_workout(live: Workout, recorded: Workout) -> None:
    assert live.clip == recorded.clip
    assert_same_label(live.exercise, recorded.exercise)
    assert list(live.counts) == list(recorded.counts) == list(COUNTERS)
    for name, count in recorded.counts.items():
        assert_same_count(live.counts[name], count)
    assert live.counter == recorded.counter
    assert repr(live.form) == repr(recorded.form)
    assert live.sets == recorded.sets
    assert live.notes == recorded.notes
    assert live.confidence == pytest.approx(recorded.confidence, nan_ok=True)
    assert live.versions == recorded.versions
    for name in ("time_s", "xy_px", "xyz_m", "visibility"):
        np.testing.assert_array_equal(getattr(live.poses, name), getattr(recorded.poses, name))
    assert (live.poses.image_size, live.poses.model) == (
        recorded.poses.image_size,
        recorded.poses.model,
    )
    np.testing.assert_array_equal(live.signals.angle_deg, recorded.signals.angle_deg)
    assert live.signals.view == recorded.signals.view


# ------------------------------------------------------------------- the end: as if it were recorded


@pytest.mark.parametrize("name", MADE)
def test_a_set_ends_as_its_recording_would(name: str) -> None:
    poses = made(name).poses
    for choice in ("auto", "squat") if name != "push-ups" else ("auto", "push_up"):
        coach = LiveCoach(choice)
        follow(coach, poses)
        assert_same_workout(finish(coach, poses), judged(name, choice))


#: Each counted exercise as two postures, at rest and at the turn.
POSTURES = {
    "squat": (STANDING, bend_legs(1.0, 0.1, 40.0, 30.0)),
    "push_up": (plank(TOP_M), plank(0.2)),
    "lunge": (STANDING, pose_body((5, 80), (-85, 0), 5)),
    "deadlift": (STANDING, pose_body(5, -30, 85, 170, 175)),
    "pull_up": (pose_body(2, 2, 2, 5, 3), pose_body(2, 2, 2, 130, 10)),
    "sit_up": (pose_body(-25, -115, -88, 90, 90), pose_body(-25, -115, -35, 90, 90)),
    "bicep_curl": (pose_body(2, 2, 2, 178, 172), pose_body(2, 2, 2, 175, 45)),
    "shoulder_press": (pose_body(2, 2, 2, 140, 10), pose_body(2, 2, 2, 8, 5)),
    "jumping_jack": (pose_body(2, 2, 2, 178, 175), pose_body(2, 2, 2, 15, 10)),
    "lateral_raise": (pose_body(2, 2, 2, 178, 175), pose_body(2, 2, 2, 90, 88)),
    "front_raise": (pose_body(2, 2, 2, 178, 175), pose_body(2, 2, 2, 85, 82)),
    "bench_press": (pose_body(-25, -115, -88, 3, 3), pose_body(-25, -115, -88, -70, 15)),
}


def test_there_is_a_motion_for_every_exercise_that_is_counted() -> None:
    assert set(POSTURES) == EXERCISES.keys() - set(HOLDS)


@pytest.mark.parametrize("exercise", POSTURES)
def test_every_exercise_is_counted_live_as_in_its_recording(exercise: str) -> None:
    rest, turn = POSTURES[exercise]
    script = [hold(rest, 1.0), *[synthetic.go_and_return(rest, turn)] * 3, hold(rest, 1.0)]
    poses = film(script, camera=Camera(yaw_deg=70)).poses
    coach = LiveCoach(exercise)
    last = follow(coach, poses)[-1]
    recorded = judge_recorded(poses, exercise)
    assert_same_workout(finish(coach, poses), recorded)
    assert last.count == recorded.counts["heuristic"].count == 3


@pytest.mark.parametrize("exercise", HOLDS)
def test_what_is_held_is_shown_without_reps(exercise: str) -> None:
    poses = film([hold(TOP["push_up"] if exercise == "plank" else STANDING, 3)]).poses
    coach = LiveCoach(exercise)
    states = follow(coach, poses)
    assert {(state.exercise, state.count, state.is_held) for state in states} == {
        (exercise, 0, True)
    }
    assert describe_set(states[-1], None, unseen=False).count is None
    assert_same_workout(finish(coach, poses), judge_recorded(poses, exercise))


def test_a_rest_in_the_plank_does_not_end_the_push_ups(monkeypatch) -> None:
    rest_s = 8.0
    script = [*a_set("push_up", 3), hold(TOP["push_up"], rest_s), *a_set("push_up", 2)]
    take = film(script)
    quiet = (take.full[2].end_s + 1.5, take.full[3].start_s)
    now = iter(take.poses.time_s)

    def recognise(stream: RecognitionStream) -> tuple[str, float]:
        return ("plank" if quiet[0] < next(now) < quiet[1] else "push_up"), 0.9

    monkeypatch.setattr(RecognitionStream, "current", property(recognise))
    states = follow(LiveCoach("auto"), take.poses)
    assert {state.exercise for state in states if state.count} == {"push_up"}
    assert states[-1].count == 5


def test_who_follows_seldom_counts_the_same(monkeypatch) -> None:
    """What is recognised late is counted from the beginning, with each rep's own label."""
    take = made("mixed")
    late_s = take.full[2].end_s + 2.5  # the squats are over
    now = iter(take.poses.time_s)

    def recognise(stream: RecognitionStream) -> tuple[str, float]:
        return ("squat" if next(now) > late_s else OTHER), 0.9

    monkeypatch.setattr(RecognitionStream, "current", property(recognise))
    states = follow(LiveCoach("auto"), take.poses)
    assert {state.count for state in states if state.time_s < late_s} == {0}
    assert states[-1].exercise == "squat"
    assert states[-1].count == 3


def test_the_workouts_compared_above_are_worth_comparing() -> None:
    mixed = judged("mixed", "auto")
    assert [(one.exercise, one.counts["agreement"]) for one in mixed.sets] == [
        ("squat", 3),
        ("push_up", 4),
    ]
    gaps = judged("dropouts", "auto")
    assert gaps.count.count == 4
    assert not gaps.poses.seen.all()
    assert gaps.notes
    partial_reps = judged("partial reps", "squat")
    assert {rep.kind for rep in partial_reps.reps} == set(RepKind)
    assert judged("nobody", "auto").exercise.label == OTHER


@counters
def test_the_shown_counter_does_not_change_the_end(counter: str) -> None:
    """Both count in any case; the summary lets all counters vote."""
    poses = made("squats").poses
    coach = LiveCoach("auto", counter)
    states = follow(coach, poses)
    assert_same_workout(finish(coach, poses), judged("squats", "auto"))
    assert states[-1].count == 3


@pytest.mark.parametrize("file", ["0009.npz", "0211.npz"])
def test_a_recorded_set_ends_as_its_recording_would(file: str, data_folder: Path) -> None:
    poses = read_poses(data_folder / "poses" / "npz" / file)
    coach = LiveCoach("auto")
    states = follow(coach, poses)
    recorded = judge_recorded(poses, "auto")
    assert recorded.count.count > 0
    assert_same_workout(finish(coach, poses), recorded)
    assert abs(states[-1].count - recorded.count.count) <= 1  # the last may be told at the end


# ------------------------------------------------------------------------------ while it is done


@exercises
@counters
def test_each_rep_counts_once_and_soon_after_its_end(exercise: str, counter: str) -> None:
    tempo = Tempo(1.0, 0.2, 0.9, 0.6)
    script = [*a_set(exercise, 2), *a_set(exercise, 2, tempo=tempo)]
    take = film(script)
    states = follow(LiveCoach(exercise, counter), take.poses)
    times_s, steps = count_growth(states)
    assert steps == [1, 1, 1, 1]
    for time_s, rep in zip(times_s, take.full, strict=True):
        assert rep.bottom_s < time_s <= rep.end_s + SOON_S
    assert {state.exercise for state in states} == {exercise}
    assert np.isnan([state.probability for state in states]).all()  # the athlete chose


@exercises
@counters
def test_what_is_announced_is_what_the_summary_lists(exercise: str, counter: str) -> None:
    take = film(a_set(exercise))
    coach = LiveCoach(exercise, counter)
    last = follow(coach, take.poses)[-1]
    listed = finish(coach, take.poses).counts[counter]
    assert last.count == listed.count == 3
    assert len(last.findings) == 3
    for announced, rep in zip(last.reps, listed.reps, strict=True):
        assert announced.bottom_s == pytest.approx(rep.bottom_s, abs=0.15)


def test_nothing_is_shown_until_the_exercise_is_recognised_and_then_all_of_it() -> None:
    fast = Tempo(0.4, 0.0, 0.4, 0.1)
    take = film([hold(STANDING, 0.5), *[squat(tempo=fast)] * 8, hold(STANDING, 1)])
    states = follow(LiveCoach("auto"), take.poses)
    shown = next(i for i, state in enumerate(states) if state.count)
    for state in states[:shown]:
        assert state.reps == state.findings == ()
        assert np.isnan(state.phase)
        assert state.cue == ""
    first = states[shown]
    done = sum(rep.end_s + SOON_S <= first.time_s for rep in take.full)
    assert first.count >= 2, "reps should have gone by before, or this shows nothing"
    assert first.exercise == "squat"
    assert 0.5 < first.probability <= 1
    assert done <= first.count <= sum(rep.bottom_s < first.time_s for rep in take.full)
    assert len(first.findings) == first.count
    # From then on one by one.
    times_s, steps = count_growth(states[shown:])
    assert steps == [first.count, *[1] * (8 - first.count)]
    for time_s, rep in zip(times_s[1:], take.full[first.count :], strict=True):
        assert time_s <= rep.end_s + SOON_S


def test_the_exercise_is_recognised_within_a_few_seconds() -> None:
    states = follow(LiveCoach("auto"), film(a_set("push_up", 4)).poses)
    first = next(state for state in states if state.count)
    assert first.time_s < 6
    assert {state.exercise for state in states[states.index(first) :]} == {"push_up"}


def test_both_parts_of_a_mixed_workout_are_followed() -> None:
    take = made("mixed")
    states = follow(LiveCoach("auto"), take.poses)
    most = dict.fromkeys(EXERCISES, 0)
    for state in states:
        if state.exercise in EXERCISES:
            most[state.exercise] = max(most[state.exercise], state.count)
    assert {name: count for name, count in most.items() if count} == {"squat": 3, "push_up": 4}
    assert states[-1].exercise == "push_up"


@pytest.mark.parametrize("choice", ["auto", "squat"])
@counters
def test_who_leaves_and_comes_back_keeps_the_count(choice: str, counter: str) -> None:
    script = [*a_set("squat", 3), hold(STANDING, 3), *a_set("squat", 2)]
    take = film(script)
    away_s = take.full[2].end_s + 0.6
    time_s = take.poses.time_s
    poses = synthetic.hide(take.poses, (time_s > away_s) & (time_s < away_s + 3))
    states = follow(LiveCoach(choice, counter), poses)
    away = [state for state in states if away_s + 0.5 < state.time_s < away_s + 3]
    assert {state.count for state in away} == {3}
    assert max(state.time_s - state.seen_s for state in away) == pytest.approx(3, abs=0.1)
    back = next(state for state in states if state.time_s > away_s + 3)
    assert back.seen_s == back.time_s
    assert back.count == 3
    assert states[-1].count == 5


def test_what_is_recognised_as_another_exercise_is_not_counted(monkeypatch) -> None:
    """As in a recording: the network has the last word on what is done."""
    take = film(a_set("squat", 4))
    until_s = take.full[1].end_s + SOON_S
    now = iter(take.poses.time_s)

    def recognise(stream: RecognitionStream) -> tuple[str, float]:
        return ("push_up" if next(now) < until_s else "squat"), 0.9

    monkeypatch.setattr(RecognitionStream, "current", property(recognise))
    states = follow(LiveCoach("auto"), take.poses)
    shown = {state.exercise: state.count for state in states}
    assert shown == {"push_up": 0, "squat": 2}


def test_seen_is_not_known_before_anybody_came() -> None:
    poses = made("nobody").poses
    states = follow(LiveCoach("auto"), poses)
    assert np.isnan([state.seen_s for state in states]).all()
    assert {state.exercise for state in states} == {OTHER}


@counters
@pytest.mark.parametrize("choice", ["auto", *EXERCISES])
def test_a_walk_alone_counts_nothing(choice: str, counter: str) -> None:
    walk = [*synthetic.walk_in(turn_deg=-10), hold(STANDING, 1), *synthetic.walk_in(turn_deg=90)]
    states = follow(LiveCoach(choice, counter), film(walk).poses)
    assert {state.count for state in states} == {0}
    assert {state.verdict for state in states} == {None}


@exercises
@counters
def test_the_phase_goes_down_and_up(exercise: str, counter: str) -> None:
    take = film(a_set(exercise))
    states = follow(LiveCoach(exercise, counter), take.poses)
    phase = np.array([state.phase for state in states])
    known = phase[np.isfinite(phase)]
    assert known.min() >= 0
    assert known.max() <= 1
    time_s = take.poses.time_s
    later = take.full[1:]  # the first teaches how far this athlete goes
    for rep in later:
        low = phase[(time_s > rep.bottom_s) & (time_s < rep.bottom_s + SOON_S)]
        top = phase[(time_s > rep.end_s) & (time_s < rep.end_s + SOON_S)]
        assert np.nanmax(low) > 0.8
        assert np.nanmin(top) < 0.2


def test_the_phase_is_unknown_while_nobody_is_seen() -> None:
    take = film([*a_set("squat", 2), hold(STANDING, 3)])
    time_s = take.poses.time_s
    poses = synthetic.hide(take.poses, time_s > time_s[-1] - 3)
    for counter in LIVE_COUNTERS:
        last = follow(LiveCoach("squat", counter), poses)[-1]
        assert np.isnan(last.phase) or 0 <= last.phase <= 1
        assert last.count == 2


@exercises
def test_agreement_is_the_smaller_count_beside_the_larger(exercise: str) -> None:
    states = follow(LiveCoach(exercise), film(a_set(exercise, 2)).poses)
    assert np.isnan(states[0].agreement)
    known = [state.agreement for state in states if np.isfinite(state.agreement)]
    # One counter is sure of a rep some frames before the other: 0 of 1, then 1 of 1, 1 of 2 ...
    assert [value for value, _ in groupby(known)] == [0.0, 1.0, 0.5, 1.0]


# -------------------------------------------------------------------------------------- the cues


def test_a_rep_gets_one_cue_and_keeps_it() -> None:
    good, shallow = squat(lean_deg=32), squat(depth=-0.4, lean_deg=32)
    bent = squat(depth=-0.4, lean_deg=75, shin_deg=15)
    take = film([hold(STANDING, 1), good, shallow, bent, good, hold(STANDING, 1)])
    states = follow(LiveCoach("squat"), take.poses)
    by_count: dict[int, set[str]] = {}
    for state in states:
        by_count.setdefault(state.count, set()).add(state.cue)
    assert all(len(cues) == 1 for cues in by_count.values())
    cues = [by_count[count].pop() for count in range(5)]
    known = {rule.code: rule.cue for rule in EXERCISES["squat"].rules}
    assert cues == ["", "", known["squat.depth"], cues[3], ""]
    assert cues[3] in known.values()  # one, though two things were wrong
    wrong = [f for f in states[-1].findings[2] if f.verdict is Verdict.FAIL]
    assert {finding.code for finding in wrong} >= {"squat.depth", "squat.lean"}


def test_the_verdict_is_the_latest_reps() -> None:
    reps = [squat(lean_deg=32), squat(depth=-0.4, lean_deg=32)]
    take = film([hold(STANDING, 1), *reps, hold(STANDING, 1)])
    states = follow(LiveCoach("squat"), take.poses)
    found = {state.count: state.verdict for state in states}
    assert found == {0: None, 1: Verdict.PASS, 2: Verdict.FAIL}


def test_from_the_front_depth_is_judged_and_lean_is_not() -> None:
    take = film(a_set("squat", 2, depth=-0.4, lean_deg=70), camera=Camera(yaw_deg=0))
    last = follow(LiveCoach("squat"), take.poses)[-1]
    assert last.count == 2
    assert last.verdict is Verdict.FAIL
    assert last.cue == next(r.cue for r in EXERCISES["squat"].rules if r.code == "squat.depth")
    lean = next(f for f in last.findings[-1] if f.code == "squat.lean")
    assert (lean.verdict, lean.unseen) == (Verdict.UNSEEN, Unseen.VIEW)


def test_live_and_summary_judge_a_clear_set_alike() -> None:
    """What is known at the rep's end is less than what the whole set tells, but hardly."""
    reps = [squat(), squat(depth=-0.4), squat(), squat(lean_deg=75, shin_deg=15)]
    take = film([hold(STANDING, 1), *reps, hold(STANDING, 1)])
    coach = LiveCoach("squat")
    live = follow(coach, take.poses)[-1].findings
    final = finish(coach, take.poses).form.findings
    assert [[f.verdict for f in found] for found in live] == [
        [f.verdict for f in found] for found in final
    ]
    # Where the rep ends, the rest that follows is still to come: it ends straighter than is known then.
    at_rest = {"squat.lockout"}
    values = [[f.value for f in found if f.code not in at_rest] for found in (*live, *final)]
    np.testing.assert_allclose(values[:4], values[4:], atol=0.5)


@pytest.mark.parametrize("strictness", ["beginner", "competition"])
def test_live_is_as_strict_as_the_summary(strictness: str) -> None:
    take = film([hold(STANDING, 1), *[squat()] * 2, hold(STANDING, 1)])
    coach = LiveCoach("squat", strictness=strictness)
    (live, *_) = follow(coach, take.poses)[-1].findings
    workout = finish(coach, take.poses)
    limit = apply_strictness(EXERCISES["squat"], strictness).rules[0].limits[0]
    assert live[0].limit == workout.form.findings[0][0].limit == limit
    assert workout.strictness == strictness


# ------------------------------------------------------------------------------------- mistakes


def test_an_unknown_strictness_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'lenient'"):
        LiveCoach("squat", strictness="lenient")


@pytest.mark.parametrize("exercise", ["juggling", OTHER, ""])
def test_an_unknown_exercise_is_refused(exercise: str) -> None:
    with pytest.raises(ValueError, match=f"got {exercise!r}"):
        LiveCoach(exercise)


@pytest.mark.parametrize("counter", ["abacus", "spectral", "agreement"])
def test_a_counter_that_needs_the_whole_clip_is_refused(counter: str) -> None:
    with pytest.raises(ValueError, match=f"got {counter!r}"):
        LiveCoach("squat", counter)


def test_two_coaches_do_not_know_of_each_other() -> None:
    poses = made("squats").poses
    first, second = LiveCoach("auto"), LiveCoach("auto")
    half = len(poses) // 2
    follow(first, poses, 0, half)
    follow(second, poses)
    follow(first, poses, half)
    for coach in (first, second):
        assert_same_workout(finish(coach, poses), judged("squats", "auto"))


@exercises
def test_whoever_does_something_else_than_they_chose_is_told(exercise: str) -> None:
    poses = film(a_set(exercise)).poses
    chosen = next(name for name in DO if name != exercise)
    wrong, right = (
        {state.looks_like for state in follow(LiveCoach(choice), poses)}
        for choice in (chosen, exercise)
    )
    assert wrong == {"", exercise}
    assert right == {""}
