"""What the robustness table changes, and that the table tells the truth about it."""

from __future__ import annotations

import numpy as np
import pytest

from gym.counting import COUNTERS
from gym.evaluation.robustness import (
    CHANGES,
    CONSTANTS_CHANGED,
    Change,
    drop_joints,
    interpolate_rate,
    jitter,
    keep_rate,
    list_constants,
    measure_constants,
    measure_robustness,
    mirror,
    rescale,
    turn,
)
from gym.exercises import EXERCISES, Exercise
from gym.features import estimate_view, joint_angles, normalise_joints
from gym.schema import Pose, PoseSequence, Rep, RepCount
from tests import synthetic
from tests.synthetic import Camera, film, hold

TRUNK_M = synthetic.TRUNK_M


@pytest.fixture(scope="module")
def poses() -> PoseSequence:
    standing = hold(synthetic.STANDING, 0.5)
    script = [standing, synthetic.squat(), synthetic.squat(), standing]
    return film(script, Camera(60.0)).poses


@pytest.mark.parametrize("rate_hz", [10, 15, 24])
def test_keeps_true_frames_at_a_lower_rate(poses: PoseSequence, rate_hz: int) -> None:
    kept = keep_rate(poses, rate_hz)
    assert len(kept) == pytest.approx(len(poses) * rate_hz / 30, abs=1.5)
    at = np.searchsorted(poses.time_s, kept.time_s)
    assert (poses.time_s[at] == kept.time_s).all()
    assert (poses.xy_px[at] == kept.xy_px).all()


def test_a_clip_slower_than_the_rate_stays_as_it_is(poses: PoseSequence) -> None:
    slow = keep_rate(poses, 10)
    assert len(keep_rate(slow, 24)) == len(slow)


def test_interpolates_between_frames(poses: PoseSequence) -> None:
    double = interpolate_rate(poses, 60)
    assert len(double) == 2 * len(poses) - 1
    assert double.xy_px[::2] == pytest.approx(poses.xy_px, abs=1e-2)
    middle = (poses.xyz_m[:-1] + poses.xyz_m[1:]) / 2
    assert double.xyz_m[1::2] == pytest.approx(middle, abs=1e-4)


def test_interpolates_nothing_into_a_gap(poses: PoseSequence) -> None:
    gap = np.zeros(len(poses), dtype=bool)
    gap[20:30] = True
    double = interpolate_rate(synthetic.hide(poses, gap), 60)
    inside = (double.time_s > poses.time_s[19] + 1e-6) & (double.time_s < poses.time_s[30] - 1e-6)
    assert np.isnan(double.xy_px[inside]).all()
    assert (double.visibility[inside] == 0).all()
    assert np.isfinite(double.xy_px[~inside]).all()


@pytest.mark.parametrize("frames", [0, 1])
def test_hardly_any_frames_pass_through(poses: PoseSequence, frames: int) -> None:
    few = synthetic.first_frames(poses, frames)
    for change in CHANGES:
        assert len(change.apply(few, 0)) == frames


def test_mirroring_swaps_the_sides_and_not_the_posture(poses: PoseSequence) -> None:
    flipped = mirror(poses)
    left, right = poses.joint("left_knee"), flipped.joint("right_knee")
    assert right[:, 0] == pytest.approx(poses.image_size[0] - left[:, 0], abs=1e-2)
    assert right[:, 1] == pytest.approx(left[:, 1])
    assert mirror(flipped).xyz_m == pytest.approx(poses.xyz_m)


def test_rescaling_keeps_the_angles(poses: PoseSequence) -> None:
    half = rescale(poses, 0.5)
    assert half.image_size == (640, 360)
    assert joint_angles(half.xy_px) == pytest.approx(joint_angles(poses.xy_px), abs=0.1)


def test_drops_a_share_of_the_joints_by_seed(poses: PoseSequence) -> None:
    lost = np.isnan(drop_joints(poses, 0.1, 1).xy_px[..., 0])
    assert lost.mean() == pytest.approx(0.1, abs=0.01)
    assert (drop_joints(poses, 0.1, 1).visibility[lost] == 0).all()
    assert (lost == np.isnan(drop_joints(poses, 0.1, 1).xyz_m[..., 0])).all()
    assert (lost != np.isnan(drop_joints(poses, 0.1, 2).xy_px[..., 0])).any()


def test_jitter_is_a_share_of_the_trunk(poses: PoseSequence) -> None:
    shaken = jitter(poses, 0.02, 0)
    assert np.std(shaken.xyz_m - poses.xyz_m) == pytest.approx(0.02 * TRUNK_M, rel=0.05)
    moved = normalise_joints(shaken) - normalise_joints(poses)
    assert np.nanmedian(np.abs(moved)) < 0.03


@pytest.mark.parametrize("yaw_deg", [-30.0, 30.0])
def test_turning_turns_the_view(yaw_deg: float) -> None:
    standing = film([hold(synthetic.STANDING, 0.5)], Camera(45.0)).poses
    before, after = estimate_view(standing).yaw_deg, estimate_view(turn(standing, yaw_deg)).yaw_deg
    assert abs(after - before) == pytest.approx(30.0, abs=3.0)
    assert turn(turn(standing, yaw_deg), -yaw_deg).xyz_m == pytest.approx(standing.xyz_m, abs=1e-5)


def test_turning_keeps_what_is_unseen_unseen(poses: PoseSequence) -> None:
    hidden = drop_joints(poses, 0.1, 0)
    assert (np.isnan(turn(hidden, 30).xyz_m) == np.isnan(hidden.xyz_m)).all()


# ------------------------------------------------------------------------------------ the table


def test_the_table_has_every_change_that_is_asked_for() -> None:
    required = [change.name for change in CHANGES if change.required]
    assert len(required) == 8
    assert all(change.required == 0.95 for change in CHANGES if change.required)
    assert sum(len(change.seeds) == 5 for change in CHANGES) == 2


def test_counts_what_changed(poses: PoseSequence) -> None:
    def count(clip: PoseSequence, exercise: Exercise, counter: str) -> int:
        return len(clip) if counter == "frames" else 7

    clips = [("one", EXERCISES["squat"], poses), ("two", EXERCISES["squat"], keep_rate(poses, 10))]
    changes = (
        Change("15 frames/s", lambda clip, seed: keep_rate(clip, 15)),
        Change("nothing", lambda clip, seed: clip, seeds=(0, 1, 2), required=None),
    )
    done: list[str] = []
    rows = measure_robustness(
        iter(clips), ["frames", "seven"], changes=changes, count=count, on_clip=done.append
    )
    assert done == ["one", "two"]
    assert [(row["counter"], row["change"], row["n"], row["unchanged"]) for row in rows] == [
        ("frames", "15 frames/s", 2, 0.5),
        ("frames", "nothing", 6, 1.0),
        ("seven", "15 frames/s", 2, 1.0),
        ("seven", "nothing", 6, 1.0),
    ]
    assert rows[0]["changed"] == [
        {"id": "one", "seed": 0, "before": len(poses), "after": len(keep_rate(poses, 15))}
    ]
    assert (rows[0]["required"], rows[1]["required"]) == (0.95, None)


def test_without_clips_nothing_is_claimed() -> None:
    assert {row["unchanged"] for row in measure_robustness([], ["heuristic"])} == {None}


def test_counts_with_the_registered_counters(poses: PoseSequence) -> None:
    changes = [change for change in CHANGES if change.name in ("mirrored", "10 frames/s")]
    rows = measure_robustness([("clip", EXERCISES["squat"], poses)], ["heuristic"], changes=changes)
    assert [row["unchanged"] for row in rows] == [1.0, 1.0]


# ------------------------------------------------------------------------------- the constants


class LastBeforeCounter:
    """Counts one rep if its two numbers and the exercise's allow it; a third is not looked at."""

    name, title, weights, causal = "last", "Last", "", False

    def __init__(
        self, exercise: Exercise, near_s: float = 1.0, far_s: float = 10.0, unused: int = 3
    ) -> None:
        self._given = near_s > 0.95 and far_s > 5.0 and exercise.signal.least < 35.0
        self._times_s: list[float] = []

    @staticmethod
    def counts(exercise: Exercise | None) -> bool:
        return exercise is not None

    def update(self, pose: Pose) -> None:
        self._times_s.append(pose.time_s)

    def finish(self) -> RepCount:
        reps = (Rep(0.1, 0.2, 0.3),) if self._given else ()
        time_s = np.array(self._times_s)
        return RepCount(self.name, reps, time_s, np.full(len(time_s), np.nan))


def test_lists_the_numbers_that_a_counter_counts_by() -> None:
    squat = EXERCISES["squat"]
    constants = list_constants(LastBeforeCounter, squat)
    assert constants["near_s"] == 1.0
    assert constants["squat.signal.least"] == squat.signal.least
    assert constants["squat.rep_s[1]"] == squat.rep_s[1]
    assert 0 not in constants.values()
    assert "least" not in "".join(list_constants(COUNTERS["learned"], squat))
    assert list_constants(COUNTERS["spectral"], None)["turn_share"] == pytest.approx(0.4)


def test_tells_the_constants_on_which_a_count_hangs(poses: PoseSequence) -> None:
    hidden = synthetic.hide(poses, np.ones(len(poses), dtype=bool))  # no bound applies to it
    rows = measure_constants(
        [("clip", EXERCISES["squat"], hidden)], ["last"], kinds={"last": LastBeforeCounter}
    )
    unchanged = {row["change"]: row["unchanged"] for row in rows}
    assert unchanged["near_s changed by 10 and 20 %"] == 0.5  # a tenth and two tenths less
    assert unchanged["far_s changed by 10 and 20 %"] == 1.0
    assert unchanged["unused changed by 10 and 20 %"] == 1.0
    assert unchanged["squat.signal.least changed by 10 and 20 %"] == 0.75  # 30 degrees and a fifth
    whole = next(row for row in rows if row["change"] == CONSTANTS_CHANGED)
    assert len(whole["changed"]) == 3
    assert whole["n"] == 4 * (len(rows) - 1)
    assert whole["changed"][0] == {
        "constant": "near_s",
        "id": "clip",
        "factor": 0.8,
        "before": 1,
        "after": 0,
    }


def test_constants_of_what_a_counter_does_not_count_are_not_tried(poses: PoseSequence) -> None:
    kinds = {"last": LastBeforeCounter}
    assert measure_constants([("clip", None, poses)], ["last"], kinds=kinds) == []
    assert measure_constants([("clip", None, poses)], ["agreement"]) == []
