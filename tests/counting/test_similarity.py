"""The self-similarity counter: any exercise, from any side, at any tempo, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gym.counting.similarity import SimilarityCounter
from gym.evaluation.repcount import read_repcount_labels
from gym.exercises import EXERCISES
from gym.posefiles.repcount import normalise_like_repcount, read_repcount
from gym.schema import PoseSequence, RepCount, RepKind
from tests import synthetic
from tests.synthetic import Camera, Move, Take, Tempo, film, hold

TOP = {"squat": synthetic.STANDING, "push_up": synthetic.plank(synthetic.TOP_M)}
DO: dict[str, Callable[..., Move]] = {"squat": synthetic.squat, "push_up": synthetic.push_up}
USUAL = Tempo()
exercises = pytest.mark.parametrize("exercise", ["squat", "push_up"])
views = pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0])


def count(poses: PoseSequence, exercise: str | None = None) -> RepCount:
    """Count as if recorded; without an exercise unless it is named."""
    counter = SimilarityCounter(EXERCISES[exercise] if exercise else None)
    for index in range(len(poses)):
        assert counter.update(poses[index]) is None
    return counter.finish()


def a_set(exercise: str, reps: int = 4, tempo: Tempo = USUAL) -> list[Move]:
    """Stay, do some repetitions, stay."""
    top = hold(TOP[exercise], 1.0)
    return [top, *[DO[exercise](tempo=tempo)] * reps, top]


def assert_matches(counted: RepCount, take: Take) -> None:
    """Require the true repetitions, each with its bottom within 0.25 s or a quarter of it."""
    full = [rep for rep in counted.reps if rep.kind is RepKind.FULL]
    assert len(full) == len(take.full)
    for found, true in zip(full, take.full, strict=True):
        assert found.start_s < found.bottom_s < found.end_s
        assert found.bottom_s == pytest.approx(
            true.bottom_s, abs=max(0.25, (true.end_s - true.start_s) / 4)
        )


def raise_arms(sides: tuple[str, ...] = ("left", "right"), rest_s: float = 0.3) -> Move:
    """Raise straight arms to the front and lower them: an exercise that no rule describes."""

    def at(time_s: float) -> np.ndarray:
        up = synthetic.ease(time_s / 0.7) - synthetic.ease((time_s - 0.8) / 0.7)
        low, high = (synthetic.pose_body(2, -2, 2, deg, deg) for deg in (175.0, 175.0 - 95 * up))
        if len(sides) == 2:
            return high
        arms = [
            k
            for k, name in enumerate(synthetic.BLAZEPOSE_JOINTS)
            if name.startswith(sides[0])
            and name.split("_")[1] in ("elbow", "wrist", "index", "pinky", "thumb")
        ]
        low[arms] = high[arms]
        return low

    return Move(1.5 + rest_s, at)


def join(one: PoseSequence, two: PoseSequence) -> PoseSequence:
    """Cut from one recording to another, as an edited clip does."""
    arrays = {
        name: np.concatenate([getattr(one, name), getattr(two, name)])
        for name in ("xy_px", "xyz_m", "visibility")
    }
    time_s = np.concatenate([one.time_s, one.time_s[-1] + 1 / 30 + two.time_s])
    return replace(one, time_s=time_s, **arrays)


# ------------------------------------------------------------------------------------- counting


@exercises
@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0, 135.0, 180.0])
def test_counts_and_places_a_set_from_any_side(exercise: str, yaw_deg: float) -> None:
    take = film(a_set(exercise), Camera(yaw_deg))
    assert_matches(count(take.poses, exercise), take)
    assert count(take.poses).count == len(take.full)


@views
@pytest.mark.parametrize("reps", [3, 8])
def test_counts_what_no_rule_describes(yaw_deg: float, reps: int) -> None:
    standing = hold(synthetic.pose_body(2, -2, 2, 175, 175), 1.0)
    take = film([standing, *[raise_arms()] * reps, standing], Camera(yaw_deg))
    assert count(take.poses).count == reps


@views
def test_two_movements_in_turn_are_one_repetition(yaw_deg: float) -> None:
    """A squat, then picking something up, and again: the whole of it is what repeats."""
    standing = hold(synthetic.STANDING, 1.0)
    take = film(
        [standing, *[synthetic.squat(), *synthetic.pick_up()] * 5, standing], Camera(yaw_deg)
    )
    assert count(take.poses).count == 5


@exercises
def test_a_single_rep_counts(exercise: str) -> None:
    take = film(a_set(exercise, reps=1))
    assert_matches(count(take.poses, exercise), take)


@exercises
@pytest.mark.parametrize(
    "tempo",
    [
        pytest.param(Tempo(4.0, 0.2, 3.8, 0.5), id="8 s"),
        pytest.param(Tempo(0.25, 0.05, 0.25, 0.0), id="0.55 s"),
        pytest.param(Tempo(0.8, 0.0, 0.7, 3.0), id="long rests"),
        pytest.param(Tempo(3.0, 0.0, 0.5, 0.1), id="slow down, fast up"),
    ],
)
def test_tempo_does_not_matter(exercise: str, tempo: Tempo) -> None:
    take = film(a_set(exercise, tempo=tempo))
    assert_matches(count(take.poses, exercise), take)


@exercises
def test_a_changing_tempo_does_not_matter(exercise: str) -> None:
    """From 0.8 s to 4 s a repetition: no period fits the set."""
    tempos = [Tempo(s, 0.1, s, 0.3 * s) for s in (0.4, 0.5, 0.7, 1.0, 1.4, 2.0)]
    top = hold(TOP[exercise], 1.0)
    take = film([top, *(DO[exercise](tempo=tempo) for tempo in tempos), top])
    assert_matches(count(take.poses, exercise), take)


# --------------------------------------------------------------------------- what is not the set


@views
def test_walking_in_and_picking_up_are_no_part_of_a_set(yaw_deg: float) -> None:
    standing = hold(synthetic.STANDING, 0.6)
    picked = [*synthetic.pick_up(), standing]
    across = synthetic.walk_in(turn_deg=yaw_deg - 90.0)
    script = [*across, standing, *picked, *[synthetic.squat()] * 6, standing, *picked]
    take = film(script, Camera(yaw_deg))
    assert_matches(count(take.poses, "squat"), take)


@views
def test_getting_down_and_resting_are_no_part_of_a_set(yaw_deg: float) -> None:
    down, dog = synthetic.get_down(), synthetic.rest_in_down_dog()
    up = synthetic.go_through(TOP["push_up"], synthetic.CROUCHING, synthetic.STANDING)
    push_ups = [synthetic.push_up()] * 3
    script = [hold(synthetic.STANDING, 0.8), *down, *push_ups, *dog, *push_ups, *up]
    take = film(script, Camera(yaw_deg))
    assert_matches(count(take.poses, "push_up"), take)


@exercises
@pytest.mark.parametrize("seed", range(3))
def test_standing_still_is_no_set(exercise: str, seed: int) -> None:
    poses = synthetic.add_noise(film([hold(TOP[exercise], 8.0)]).poses, 0.02, seed)
    assert count(poses, exercise).reps == ()
    assert count(poses).reps == ()


def test_another_camera_angle_and_another_exercise_are_counted_too() -> None:
    side = film(a_set("squat", reps=6), Camera(90.0)).poses
    front = film(a_set("push_up", reps=5), Camera(20.0)).poses
    assert count(join(side, front)).count == 11


@exercises
def test_a_rep_of_a_third_of_the_way_is_partial(exercise: str) -> None:
    do, top = DO[exercise], hold(TOP[exercise], 1.0)
    small = do(part=0.35 if exercise == "push_up" else 0.25)
    reps = count(film([top, do(), do(), small, do(), do(), top]).poses, exercise).reps
    assert sum(rep.kind is RepKind.FULL for rep in reps) == 4
    assert all(rep.reason for rep in reps if rep.kind is RepKind.PARTIAL)


# ---------------------------------------------------------------------------------- clip's ends


@exercises
@views
def test_a_rep_cut_at_the_bottom_does_not_count(exercise: str, yaw_deg: float) -> None:
    script = a_set(exercise)
    last = film(script).reps[-1]
    take = film(script, Camera(yaw_deg), until_s=last.bottom_s + 0.1)
    assert count(take.poses, exercise).count == 3


@exercises
def test_a_rep_cut_on_the_way_up_is_listed_with_its_reason(exercise: str) -> None:
    script = a_set(exercise)
    last = film(script).reps[-1]
    until_s = last.bottom_s + 0.55 * (last.end_s - last.bottom_s)
    reps = count(film(script, until_s=until_s).poses, exercise).reps
    assert [rep.kind for rep in reps] == [*[RepKind.FULL] * 3, RepKind.PARTIAL]
    assert "clip ended" in reps[-1].reason


@exercises
def test_a_rep_finished_as_the_clip_ends_counts(exercise: str) -> None:
    script = a_set(exercise)
    take = film(script, until_s=film(script).reps[-1].end_s - 0.1)
    assert count(take.poses, exercise).count == 4


@exercises
def test_a_rep_begun_before_the_clip_does_not_count(exercise: str) -> None:
    script = a_set(exercise)
    take = film(script, from_s=film(script).reps[0].bottom_s)
    assert count(take.poses, exercise).count == 3


# ------------------------------------------------------------------------- invariance, missing


@exercises
@pytest.mark.parametrize("fps", [10, 15, 24, 60, "irregular"])
def test_frame_rate_does_not_matter(exercise: str, fps: float | str) -> None:
    script, time_s = a_set(exercise), None
    if fps == "irregular":  # a phone that drops and delays frames
        time_s = np.cumsum(np.random.default_rng(3).choice([0.02, 0.033, 0.05, 0.1, 0.12], 170))
    take = film(script, Camera(45.0), fps=fps if time_s is None else 30.0, time_s=time_s)
    assert count(take.poses, exercise).count == 4


CHANGES: dict[str, Callable[[PoseSequence], PoseSequence]] = {
    "half the picture size": lambda poses: synthetic.rescale(poses, 0.5),
    "mirrored": synthetic.mirror,
    "elsewhere in the picture": lambda poses: synthetic.shift(poses, (150.0, -60.0)),
    "a later clock": lambda poses: replace(poses, time_s=poses.time_s + 1000.0),
    "noise": lambda poses: synthetic.add_noise(poses, 0.02, 5),
    "a tenth of the joints lost": lambda poses: synthetic.drop_joints(poses, 0.1, 5),
    "a foot never seen": lambda poses: synthetic.hide(
        poses,
        np.tile([n.startswith("left_ankle") for n in synthetic.BLAZEPOSE_JOINTS], (len(poses), 1)),
    ),
    "normalised like RepCount": normalise_like_repcount,
}


@exercises
@pytest.mark.parametrize("change", CHANGES)
def test_the_count_does_not_change(exercise: str, change: str) -> None:
    poses = film(a_set(exercise), Camera(60.0)).poses
    assert count(CHANGES[change](poses), exercise).count == 4


def test_taking_left_for_right_does_not_matter() -> None:
    poses = film(a_set("squat"), Camera(70.0)).poses
    swapped = synthetic.mirror(synthetic.mirror(poses))
    other = replace(
        poses, xy_px=poses.xy_px[:, synthetic.MIRROR], xyz_m=poses.xyz_m[:, synthetic.MIRROR]
    )
    wrong = (np.arange(len(poses)) // 20 % 2 == 1)[:, None, None]
    mixed = replace(
        swapped,
        xy_px=np.where(wrong, other.xy_px, poses.xy_px),
        xyz_m=np.where(wrong, other.xyz_m, poses.xyz_m),
    )
    assert count(mixed, "squat").count == 4


@exercises
def test_short_gaps_lose_nothing_and_stay_unknown(exercise: str) -> None:
    take = film(a_set(exercise))
    time_s = take.poses.time_s
    gap = (time_s > take.reps[1].start_s + 0.3) & (time_s < take.reps[1].start_s + 0.7)
    counted = count(synthetic.hide(take.poses, gap), exercise)
    assert counted.count == 4
    assert np.isnan(counted.phase[gap]).all()


@exercises
def test_a_set_that_was_mostly_unseen_is_not_invented(exercise: str) -> None:
    take = film(a_set(exercise))
    time_s = take.poses.time_s
    gap = (time_s > take.reps[0].end_s + 0.2) & (time_s < take.reps[3].start_s)
    assert count(synthetic.hide(take.poses, gap), exercise).count == 2


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 5])
def test_hardly_any_frames(frames: int) -> None:
    counted = count(synthetic.first_frames(film(a_set("squat")).poses, frames))
    assert counted.count == 0
    assert counted.phase.shape == counted.time_s.shape == (frames,)


def test_nobody_seen_counts_nothing() -> None:
    poses = film(a_set("squat", reps=1)).poses
    counted = count(synthetic.hide(poses, np.ones(len(poses), dtype=bool)))
    assert counted.reps == ()
    assert np.isnan(counted.phase).all()


# ------------------------------------------------------------------------------- phase and cost


@exercises
def test_phase_is_0_at_the_top_and_1_at_the_bottom(exercise: str) -> None:
    take = film(a_set(exercise))
    counted = count(take.poses, exercise)
    time_s = counted.time_s
    for rep in take.full:
        assert counted.phase[np.argmin(abs(time_s - rep.bottom_s))] > 0.9
    between = counted.phase[np.argmin(abs(time_s - take.full[1].end_s - 0.2))]
    assert between < 0.15
    known = counted.phase[np.isfinite(counted.phase)]
    assert 0 <= known.min() <= known.max() <= 1
    assert np.isnan(counted.phase[time_s < take.full[0].start_s - 0.5]).all()


def test_the_exercise_tells_the_bottom_of_a_set_begun_at_the_bottom() -> None:
    """Without the exercise the rest would be taken to be where the clip begins."""
    script = a_set("squat", tempo=Tempo(0.9, 1.5, 0.8, 0.1))
    take = film(script, from_s=film(script).reps[0].bottom_s)
    bottoms_s = [rep.bottom_s for rep in count(take.poses, "squat").reps if not rep.reason]
    assert bottoms_s == pytest.approx([rep.bottom_s for rep in take.full], abs=0.6)


# ------------------------------------------------------------------------------- recorded poses


def test_counts_recorded_poses_of_many_exercises(data_folder: Path) -> None:
    """RepCount's clips, none of which it was made on: the figures that are promised."""
    folder = data_folder / "repcount_pose"
    if not folder.is_dir():
        pytest.skip("the recorded data is not here: repcount_pose")
    clips = read_repcount_labels(folder / "labels.csv", folder)
    off = np.array([count(read_repcount(c.file)).count - c.reps for c in clips])
    reps = np.array([c.reps for c in clips])
    ours = np.array([c.exercise in EXERCISES for c in clips])
    assert (abs(off) <= 1).mean() >= 0.60
    assert (abs(off) / reps).mean() <= 0.25
    assert (abs(off[ours]) <= 1).sum() >= 12
