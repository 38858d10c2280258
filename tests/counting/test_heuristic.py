"""The heuristic counter on motions with known answers, and on what must not change its answer."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gym.counting import COUNTERS, count_reps
from gym.counting.heuristic import HeuristicCounter
from gym.exercises import EXERCISES
from gym.schema import Pose, PoseSequence, Rep, RepCount, RepKind
from tests import synthetic
from tests.synthetic import Camera, Move, Take, Tempo, hold

DO = {"squat": synthetic.squat, "push_up": synthetic.push_up}
TOP = {"squat": synthetic.STANDING, "push_up": synthetic.plank(synthetic.TOP_M)}
BEND: dict[str, Callable[[float], np.ndarray]] = {
    "squat": lambda phase: synthetic.bend_legs(phase, 0.1, 40.0, 30.0),
    "push_up": lambda phase: synthetic.bend_arms(phase, 0.1, 0.0),
}
film = partial(synthetic.film, fps=20.0)
HALF_ANGLE = 0.5  # the joint closes half as far, and the body falls a third of the way

exercises = pytest.mark.parametrize("exercise", ["squat", "push_up"])
views = pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0])


def a_set(exercise: str, reps: int = 3, **how: object) -> list[Move]:
    """Return a set with a second of stillness on either side."""
    top = hold(TOP[exercise], 1.0)
    return [top, *[DO[exercise](**how)] * reps, top]


def count(poses: PoseSequence, exercise: str) -> RepCount:
    return count_reps(poses, EXERCISES[exercise], "heuristic")


def assert_matches(counted: RepCount, take: Take) -> None:
    """Every true repetition is counted, where it is, and nothing else."""
    full = [rep for rep in counted.reps if rep.kind is RepKind.FULL]
    assert len(full) == len(take.full) == counted.count
    for got, true in zip(full, take.full, strict=True):
        # Eased ends hardly move: a start or an end shows only once a tenth of the angle is done;
        # the bottom is the middle of the time within a tenth of the lowest.
        down_s, up_s = true.bottom_s - true.start_s, true.end_s - true.bottom_s
        assert -0.1 < got.start_s - true.start_s < 0.1 + 0.35 * down_s
        assert abs(got.bottom_s - true.bottom_s) < 0.06 + 0.12 * abs(down_s - up_s)
        assert -0.1 < true.end_s - got.end_s < 0.1 + 0.35 * up_s
        assert got.start_s < got.bottom_s < got.end_s


def assert_same(a: RepCount, b: RepCount) -> None:
    assert a.reps == b.reps
    np.testing.assert_array_equal(a.time_s, b.time_s)
    np.testing.assert_array_equal(a.phase, b.phase)


# ------------------------------------------------------------------------------ known motions


@exercises
@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0, -90.0, 135.0, 180.0])
def test_counts_exactly_from_every_side(exercise: str, yaw_deg: float) -> None:
    take = film(a_set(exercise), Camera(yaw_deg))
    counted = count(take.poses, exercise)
    assert_matches(counted, take)
    assert len(counted.reps) == 3  # no partial ones either


@exercises
def test_phase_is_one_at_the_bottom_and_zero_at_the_top(exercise: str) -> None:
    take = film(a_set(exercise))
    counted = count(take.poses, exercise)
    at = np.searchsorted(counted.time_s, [(r.bottom_s, r.start_s) for r in take.full])
    assert counted.phase[at[:, 0]].min() > 0.95
    assert counted.phase[at[:, 1]].max() < 0.05
    assert counted.phase.min() >= 0
    assert counted.phase.max() <= 1


@exercises
@views
def test_partial_reps_are_not_counted(exercise: str, yaw_deg: float) -> None:
    do, top = DO[exercise], hold(TOP[exercise], 1.0)
    take = film([top, do(), do(part=HALF_ANGLE), do(), do(part=0.3), do(), top], Camera(yaw_deg))
    assert_matches(count(take.poses, exercise), take)


@exercises
@pytest.mark.parametrize("yaw_deg", [45.0, 90.0])
def test_partial_reps_are_listed_with_a_reason(exercise: str, yaw_deg: float) -> None:
    do, top = DO[exercise], hold(TOP[exercise], 1.0)
    take = film([top, do(), do(), do(part=HALF_ANGLE), do(), top], Camera(yaw_deg))
    reps = count(take.poses, exercise).reps
    assert [rep.kind for rep in reps] == [rep.kind for rep in take.reps]
    assert reps[2].reason
    assert reps[2].bottom_s == pytest.approx(take.reps[2].bottom_s, abs=0.1)
    assert not any(rep.reason for rep in reps if rep.kind is RepKind.FULL)


@exercises
@views
def test_a_single_rep_counts(exercise: str, yaw_deg: float) -> None:
    take = film(a_set(exercise, reps=1), Camera(yaw_deg))
    assert_matches(count(take.poses, exercise), take)


@exercises
@views
def test_a_rep_cut_at_the_bottom_is_partial(exercise: str, yaw_deg: float) -> None:
    script = a_set(exercise)
    last = film(script).reps[-1]
    take = film(script, Camera(yaw_deg), until_s=last.bottom_s + 0.1)
    reps = count(take.poses, exercise).reps
    assert [rep.kind for rep in reps] == [RepKind.FULL, RepKind.FULL, RepKind.PARTIAL]
    assert "clip ended" in reps[-1].reason


@exercises
@views
def test_a_rep_finished_as_the_clip_ends_counts(exercise: str, yaw_deg: float) -> None:
    script = a_set(exercise)
    take = film(script, Camera(yaw_deg), until_s=film(script).reps[-1].end_s - 0.1)
    assert count(take.poses, exercise).count == 3


@exercises
@views
@pytest.mark.parametrize("share_down", [0.85, 1.0])
def test_a_rep_begun_before_the_clip_is_not_counted(
    exercise: str, yaw_deg: float, share_down: float
) -> None:
    script = a_set(exercise)
    first = film(script).reps[0]
    begin_s = first.start_s + share_down * (first.bottom_s - first.start_s)
    take = film(script, Camera(yaw_deg), from_s=begin_s)
    assert count(take.poses, exercise).count == 2


def test_a_shallow_first_rep_well_inside_the_clip_counts() -> None:
    """From behind it closes the knee by far less than the deeper ones after it."""
    still = hold(synthetic.STANDING, 2.0)
    script = [still, synthetic.squat(depth=-0.34), *[synthetic.squat(depth=0.1)] * 3, still]
    assert count(film(script, Camera(180.0, 6.0, 1.5)).poses, "squat").count == 4


@views
def test_walking_in_and_picking_up_are_not_squats(yaw_deg: float) -> None:
    standing = hold(synthetic.STANDING, 0.6)
    across = synthetic.walk_in(turn_deg=yaw_deg - 90.0)
    picked = [*synthetic.pick_up(), standing]
    script = [*across, standing, *picked, *[synthetic.squat()] * 3, standing, *picked]
    take = film(script, Camera(yaw_deg))
    assert_matches(count(take.poses, "squat"), take)


@views
@pytest.mark.parametrize("exercise", ["squat", "push_up"])
def test_lead_in_alone_is_no_set(exercise: str, yaw_deg: float) -> None:
    standing = hold(synthetic.STANDING, 0.6)
    script = [*synthetic.walk_in(turn_deg=90.0), standing, *synthetic.pick_up(), standing]
    assert count(film(script, Camera(yaw_deg)).poses, exercise).count == 0


@views
@pytest.mark.parametrize(
    "lifted", [pytest.param((10, -80), id="high knees"), pytest.param((85, 5), id="heel kicks")]
)
def test_lifting_one_leg_after_the_other_is_no_squat(
    lifted: tuple[float, float], yaw_deg: float
) -> None:
    """The knees bend as in a squat, but the body does not go down."""
    stand, (shin, thigh) = synthetic.STANDING, lifted
    left, right = (
        synthetic.pose_body((shin, 2)[::way], (thigh, -2)[::way], 2, 175, 170) for way in (1, -1)
    )
    steps = synthetic.go_through(stand, left, stand, right, stand, left, stand, step_s=0.5)
    script = [*steps, *[synthetic.squat()] * 2, *steps]
    take = film(script, Camera(yaw_deg))
    assert count(take.poses, "squat").count == 2
    assert count(film(steps, Camera(yaw_deg)).poses, "squat").reps == ()


@views
def test_getting_down_and_resting_are_not_push_ups(yaw_deg: float) -> None:
    down, dog = synthetic.get_down(), synthetic.rest_in_down_dog()
    up = synthetic.go_through(TOP["push_up"], synthetic.CROUCHING, synthetic.STANDING)
    push_ups = [synthetic.push_up()] * 2
    script = [hold(synthetic.STANDING, 0.8), *down, *push_ups, *dog, *dog, *push_ups, *up]
    take = film(script, Camera(yaw_deg))
    full = [rep for rep in count(take.poses, "push_up").reps if rep.kind is RepKind.FULL]
    bottoms_s = [rep.bottom_s for rep in full]
    assert bottoms_s == pytest.approx([rep.bottom_s for rep in take.full], abs=0.07)


@views
def test_each_exercise_ignores_the_other(yaw_deg: float) -> None:
    assert count(film(a_set("squat"), Camera(yaw_deg)).poses, "push_up").count == 0
    assert count(film(a_set("push_up"), Camera(yaw_deg)).poses, "squat").count == 0


@exercises
@pytest.mark.parametrize("level", [0.3, 0.5, 0.65, 0.8])
@pytest.mark.parametrize("on_the_way", ["down", "up"])
def test_trembling_at_any_level_does_not_count_twice(
    exercise: str, level: float, on_the_way: str
) -> None:
    """Halting for two seconds on the way, shaking by a tenth of the range four times a second."""
    legs = [(0.0, level, 0.5), (level, level, 2.0), (level, 1.0, 0.5), (1.0, 0.0, 0.8)]
    if on_the_way == "up":
        legs = [(end, start, s) for start, end, s in reversed(legs)]
    moves = [_shaking_leg(exercise, *leg) for leg in legs]
    top = hold(TOP[exercise], 1.0)
    script = [top, DO[exercise](), *moves, hold(TOP[exercise], 0.5), DO[exercise](), top]
    assert count(film(script).poses, exercise).count == 3


def _shaking_leg(exercise: str, start: float, end: float, duration_s: float) -> Move:
    """Go from one phase to another; shake where they are the same."""
    shake = 0.05 if start == end else 0.0

    def at(time_s: float) -> np.ndarray:
        phase = start + (end - start) * synthetic.ease(time_s / duration_s)
        return BEND[exercise](phase + shake * np.sin(2 * np.pi * 4 * time_s))

    return Move(duration_s, at)


@exercises
@pytest.mark.parametrize(
    "tempo",
    [
        pytest.param(Tempo(4.0, 0.2, 3.8, 0.5), id="8 s"),
        pytest.param(Tempo(0.25, 0.05, 0.25, 0.0), id="0.55 s"),
        pytest.param(Tempo(0.9, 2.5, 0.9, 0.0), id="pause at the bottom"),
        pytest.param(Tempo(0.8, 0.0, 0.7, 3.0), id="long rests"),
        pytest.param(Tempo(3.0, 0.0, 0.5, 0.1), id="slow down, fast up"),
    ],
)
def test_tempo_does_not_matter(exercise: str, tempo: Tempo) -> None:
    take = film(a_set(exercise, tempo=tempo), fps=30.0)
    assert_matches(count(take.poses, exercise), take)


@exercises
@pytest.mark.parametrize("seed", range(6))
def test_sets_of_mixed_reps(exercise: str, seed: int) -> None:
    """Any tempo, any depth that is still a repetition, from any side, at any distance."""
    rng = np.random.default_rng(seed)
    reps = [
        DO[exercise](
            depth=rng.uniform(-0.25, 0.2),
            tempo=Tempo(*rng.uniform([0.4, 0.0, 0.4, 0.05], [1.8, 0.6, 1.6, 1.0])),
        )
        for _ in range(int(rng.integers(2, 7)))
    ]
    top = hold(TOP[exercise], 0.5)
    camera = Camera(rng.uniform(0, 180), rng.uniform(2.5, 6), rng.uniform(0.3, 1.6))
    take = film([top, *reps, top], camera)
    noisy = synthetic.add_noise(take.poses, 0.01, seed)
    assert count(noisy, exercise).count == len(reps)


# ----------------------------------------------------------------------------- what is missing


@exercises
def test_short_gaps_lose_nothing(exercise: str) -> None:
    take = film(a_set(exercise))
    time_s = take.poses.time_s
    for when_s in (take.reps[1].start_s, take.reps[1].bottom_s, take.reps[1].bottom_s + 0.4):
        gap = (time_s > when_s) & (time_s < when_s + 0.3)
        assert count(synthetic.hide(take.poses, gap), exercise).count == 3


@exercises
def test_a_long_gap_between_reps_loses_nothing(exercise: str) -> None:
    top = hold(TOP[exercise], 3.0)
    do = DO[exercise]()
    take = film([top, do, do, top, do, do, top])
    first, second = take.reps[1].end_s + 0.4, take.reps[2].start_s - 0.4
    gap = (take.poses.time_s > first) & (take.poses.time_s < second)
    assert_matches(count(synthetic.hide(take.poses, gap), exercise), take)


@exercises
def test_a_rep_lost_from_sight_is_dropped_alone(exercise: str) -> None:
    take = film(a_set(exercise, tempo=Tempo(0.9, 1.2, 0.9, 0.5)))
    lost, time_s = take.reps[1], take.poses.time_s
    gap = (time_s > lost.start_s + 0.5) & (time_s < lost.end_s - 0.5)
    assert count(synthetic.hide(take.poses, gap), exercise).count == 2


@exercises
def test_unseen_frames_around_the_set_do_not_matter(exercise: str) -> None:
    take = film([hold(TOP[exercise], 3.0), *a_set(exercise), hold(TOP[exercise], 3.0)])
    time_s = take.poses.time_s
    nobody = (time_s < 2.5) | (time_s > time_s[-1] - 2.5)
    counted = count(synthetic.hide(take.poses, nobody), exercise)
    assert_matches(counted, take)
    assert np.isnan(counted.phase[nobody]).all()


@exercises
def test_nobody_seen_counts_nothing(exercise: str) -> None:
    poses = film(a_set(exercise, reps=1)).poses
    counted = count(synthetic.hide(poses, np.ones(len(poses), dtype=bool)), exercise)
    assert counted.count == 0
    assert counted.reps == ()
    assert len(counted.phase) == len(poses)
    assert np.isnan(counted.phase).all()


@exercises
@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_hardly_any_frames(exercise: str, frames: int) -> None:
    counted = count(synthetic.first_frames(film(a_set(exercise)).poses, frames), exercise)
    assert counted.count == 0
    assert counted.phase.shape == counted.time_s.shape == (frames,)


@exercises
def test_standing_still_is_no_set(exercise: str) -> None:
    poses = synthetic.add_noise(film([hold(TOP[exercise], 6.0)]).poses, 0.02, seed=1)
    assert count(poses, exercise).reps == ()


# --------------------------------------------------------------------------------- invariance


@exercises
@pytest.mark.parametrize("fps", [10, 15, 24, 60, "irregular"])
def test_frame_rate_does_not_matter(exercise: str, fps: float | str) -> None:
    script, time_s = a_set(exercise), None
    if fps == "irregular":  # a phone that drops and delays frames
        time_s = np.cumsum(np.random.default_rng(3).choice([0.02, 0.033, 0.05, 0.1, 0.12], 140))
    take = film(script, Camera(45), fps=fps if time_s is None else 30.0, time_s=time_s)
    assert count(take.poses, exercise).count == len(take.full) == 3


CHANGES: dict[str, Callable[[PoseSequence], PoseSequence]] = {
    "half the picture size": lambda poses: synthetic.rescale(poses, 0.5),
    "three times the picture size": lambda poses: synthetic.rescale(poses, 3.0),
    "mirrored": synthetic.mirror,
    "elsewhere in the picture": lambda poses: synthetic.shift(poses, (150.0, -60.0)),
    "a later clock": lambda poses: replace(poses, time_s=poses.time_s + 1000.0),
}


@exercises
@pytest.mark.parametrize("change", CHANGES)
def test_the_reps_do_not_change(exercise: str, change: str) -> None:
    """With all that happens to real clips in it: noise, a partial rep, lost frames."""
    do, top = DO[exercise], hold(TOP[exercise], 1.0)
    poses = film([top, do(), do(part=HALF_ANGLE), do(), top], Camera(60)).poses
    poses = synthetic.drop_joints(synthetic.add_noise(poses, 0.01, 5), 0.02, 5)
    changed = CHANGES[change](poses)
    offset_s = changed.time_s[0] - poses.time_s[0]
    before, after = count(poses, exercise).reps, count(changed, exercise).reps
    assert [rep.kind for rep in before] == [rep.kind for rep in after]
    for a, b in zip(before, after, strict=True):
        assert b.bottom_s - offset_s == pytest.approx(a.bottom_s, abs=0.05)


@exercises
@views
@pytest.mark.parametrize("seed", range(2))
def test_small_noise_does_not_matter(exercise: str, yaw_deg: float, seed: int) -> None:
    take = film(a_set(exercise), Camera(yaw_deg))
    noisy = synthetic.add_noise(take.poses, 0.02, seed)
    assert count(noisy, exercise).count == 3


@exercises
@views
@pytest.mark.parametrize("seed", range(2))
def test_a_tenth_of_the_joints_may_be_lost(exercise: str, yaw_deg: float, seed: int) -> None:
    take = film(a_set(exercise), Camera(yaw_deg))
    assert count(synthetic.drop_joints(take.poses, 0.10, seed), exercise).count == 3


# ------------------------------------------------------------------------------ live = recorded


def a_hard_take(exercise: str, yaw_deg: float = 45.0) -> Take:
    """A set with everything: a lead-in, a partial rep, a gap, noise, a cut end."""
    do, top = DO[exercise], hold(TOP[exercise], 0.8)
    lead = synthetic.get_down() if exercise == "push_up" else synthetic.pick_up()
    script = [*lead, top, do(), do(), do(part=HALF_ANGLE), do(), do(), top]
    take = film(script, Camera(yaw_deg), until_s=film(script).reps[-1].bottom_s + 0.4)
    poses = synthetic.add_noise(take.poses, 0.01, seed=2)
    gap = abs(poses.time_s - take.reps[1].bottom_s - 0.3) < 0.15
    return replace(take, poses=synthetic.hide(poses, gap))


def play(poses: PoseSequence, exercise: str) -> tuple[HeuristicCounter, list[tuple[float, Rep]]]:
    """Feed a counter frame by frame; return it, and what it announced when."""
    counter = COUNTERS["heuristic"](EXERCISES[exercise])
    announced = []
    for index in range(len(poses)):
        if (rep := counter.update(poses[index])) is not None:
            announced.append((float(poses.time_s[index]), rep))
    return counter, announced


@exercises
def test_live_equals_recorded(exercise: str) -> None:
    poses = a_hard_take(exercise).poses
    assert_same(play(poses, exercise)[0].finish(), count(poses, exercise))


@exercises
@pytest.mark.parametrize("share", [0.15, 0.4, 0.55, 0.8])
def test_stopping_early_equals_a_shorter_recording(exercise: str, share: float) -> None:
    poses = a_hard_take(exercise).poses
    prefix = synthetic.first_frames(poses, int(share * len(poses)))
    assert_same(play(prefix, exercise)[0].finish(), count(prefix, exercise))


@exercises
def test_finishing_twice_gives_the_same(exercise: str) -> None:
    counter, _ = play(a_hard_take(exercise).poses, exercise)
    assert_same(counter.finish(), counter.finish())


@exercises
def test_counters_do_not_share_state(exercise: str) -> None:
    poses = a_hard_take(exercise).poses
    alone = count(poses, exercise)
    one, other = (HeuristicCounter(EXERCISES[exercise]) for _ in range(2))
    for index in range(len(poses)):
        one.update(poses[index])
        other.update(Pose.unseen(float(poses.time_s[index])))
    assert_same(one.finish(), alone)
    assert other.finish().count == 0


@exercises
@views
def test_live_announces_each_rep_once_and_soon(exercise: str, yaw_deg: float) -> None:
    take = film(a_set(exercise, reps=4), Camera(yaw_deg))
    _, announced = play(take.poses, exercise)
    assert len(announced) == 4
    for (when_s, rep), true in zip(announced, take.full, strict=True):
        assert true.bottom_s < when_s <= true.end_s + 0.4
        assert rep.kind is RepKind.FULL
        assert rep.bottom_s == pytest.approx(true.bottom_s, abs=0.15)


@exercises
def test_what_is_announced_is_what_is_counted(exercise: str) -> None:
    take = a_hard_take(exercise, yaw_deg=90.0)
    counter, announced = play(take.poses, exercise)
    assert len(announced) == counter.finish().count == len(take.full)


def test_nothing_fed_is_nothing_counted() -> None:
    counted = HeuristicCounter(EXERCISES["squat"]).finish()
    assert (counted.count, counted.method, len(counted.phase)) == (0, "heuristic", 0)


# ------------------------------------------------------------------------------ recorded poses


def read_recorded(folder: Path, exercise: str, clips: int) -> list[PoseSequence]:
    """Read a few marked sequences of 60 to 400 frames."""
    with open(folder / "labels.csv", newline="") as table:
        rows = [
            row
            for row in csv.DictReader(table)
            if row["exercise"] == exercise
            and row["rep_marks_s"]
            and row["split"] == "train"
            and 60 <= int(row["frames"]) <= 400
        ]
    assert rows
    sequences = []
    for row in rows[:: max(1, len(rows) // clips)][:clips]:
        with np.load(folder / row["file"]) as stored:
            arrays = [stored[key] for key in ("time_s", "xy_px", "xyz_m", "visibility")]
            sequences.append(PoseSequence(*arrays, tuple(stored["image_size"])))
    return sequences


@exercises
def test_recorded_poses_mirrored_scaled_and_thinned(exercise: str, data_folder: Path) -> None:
    for poses in read_recorded(data_folder / "poses", exercise, clips=3):
        truth = count(poses, exercise).count
        assert count(synthetic.mirror(poses), exercise).count == truth
        assert count(synthetic.rescale(poses, 0.5), exercise).count == truth
        every_other = slice((len(poses) - 1) % 2, None, 2)  # the last frame may decide
        thinned = PoseSequence(
            poses.time_s[every_other],
            poses.xy_px[every_other],
            poses.xyz_m[every_other],
            poses.visibility[every_other],
            poses.image_size,
        )
        assert count(thinned, exercise).count == truth
