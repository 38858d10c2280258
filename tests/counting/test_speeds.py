"""Windows at several speeds, and how repetitions are read off a density or off salient poses."""

from __future__ import annotations

import numpy as np
import pytest

from gym.counting.body_box import RATE_HZ, box_body, fill_joints, fit_to_box
from gym.counting.speeds import (
    STRIDES,
    Sight,
    SpeedReading,
    choose_speed,
    cut_windows,
    merge_windows,
    spread_reps,
)
from gym.counting.triggers import choose_class, follow_trigger
from gym.posefiles.repcount import normalise_like_repcount
from tests import synthetic
from tests.synthetic import Camera, film, hold

TICKS = 64
SIGHT = Sight(TICKS)


def sway(frames: int, reps: int) -> np.ndarray:
    """Return a body (frames, 13, 2) of which one joint goes out and back so many times."""
    boxed = np.zeros((frames, 13, 2))
    boxed[:, 5, 0] = np.sin(np.pi * reps * np.arange(frames) / frames) ** 2
    return boxed


def test_windows_cover_every_tick_at_every_speed_and_merge_to_what_they_were() -> None:
    boxed = np.random.default_rng(0).normal(size=(700, 13, 2))
    features, plan = cut_windows(boxed, np.ones(700, dtype=bool), TICKS)
    assert [stride for stride, _, _ in plan] == list(STRIDES)
    assert features.shape == (sum(len(firsts) for _, _, firsts in plan), TICKS, 27)
    merged = merge_windows(features[..., 0], features[..., -1], None, plan)
    for reading, (stride, total, _) in zip(merged, plan, strict=True):
        assert len(reading.density) == total == -(-700 // stride)
        assert np.allclose(reading.sure, 1.0)
    assert np.allclose(merged[0].density, boxed[:, 0, 0], atol=1e-6)
    around = np.stack([boxed[k : 700 - 2 + k, 0, 0] for k in range(3)]).mean(axis=0)
    assert np.allclose(
        merged[2].density[1:-1], around[2::3][: len(merged[2].density) - 2], atol=1e-6
    )


def test_a_clip_shorter_than_a_window_is_held_unseen_to_its_end() -> None:
    features, plan = cut_windows(sway(40, 2), np.ones(40, dtype=bool), TICKS)
    assert [stride for stride, _, _ in plan] == [1]
    assert features[0, :, -1].tolist() == [1.0] * 40 + [0.0] * 24
    assert (features[0, 40:, :-1] == features[0, 39, :-1]).all()


def test_as_many_reps_as_the_density_holds_between_their_rests_with_their_turns() -> None:
    density = np.zeros(300)
    density[30:90], density[150:270] = 2 / 60, 4 / 120  # a pause between
    boxed = np.concatenate([sway(30, 0), sway(60, 2), sway(60, 0), sway(120, 4), sway(30, 0)])
    spans = spread_reps(SpeedReading(1, density, np.ones(300)), SIGHT, boxed)
    assert len(spans) == 6
    turns = [turn for _, turn, _ in spans]
    assert turns == pytest.approx([45, 75, 165, 195, 225, 255], abs=3)
    assert all(start < turn < end for start, turn, end in spans)
    assert spans[1][2] <= 91
    assert spans[2][0] >= 149  # none lies in the pause


def test_nothing_where_the_network_is_not_sure() -> None:
    reading = SpeedReading(1, np.full(200, 0.05), np.full(200, 0.3))
    assert spread_reps(reading, SIGHT, sway(200, 10)) == []


def test_the_speed_counts_whose_windows_show_the_repetitions_well() -> None:
    def read(stride: int, period: float, sure: float) -> SpeedReading:
        ticks = 600 // stride
        return SpeedReading(stride, np.full(ticks, 1 / period), np.full(ticks, sure))

    slow, right, fast = read(1, 60, 0.9), read(3, 20, 0.9), read(8, 2.5, 0.95)
    assert choose_speed([slow, right, fast], SIGHT) is right


def test_salient_poses_in_turn_are_repetitions_and_wavering_is_none() -> None:
    up, down = np.full(15, 0.05), np.full(15, 0.95)
    spans = follow_trigger(np.concatenate([down, up] * 3 + [down]))
    assert [turn for _, turn, _ in spans] == pytest.approx([22, 52, 82], abs=8)
    half = np.full(15, 0.55)
    assert len(follow_trigger(np.concatenate([down, half, down, up, half, up, down]))) == 1
    assert follow_trigger(np.full(90, 0.5)) == []
    # Begun at the second pose: it counts once the first is reached.
    assert len(follow_trigger(np.concatenate([up, down] * 2))) == 2


def test_the_class_is_the_one_that_the_clip_shows_most() -> None:
    scores = np.zeros((10, 8))
    scores[:6, 3], scores[6:, 5] = 0.7, 1.0
    assert choose_class(scores) == 3


def test_a_body_in_the_box_is_the_same_however_it_was_stretched_before() -> None:
    rest = hold(synthetic.STANDING, 0.5)
    take = film([rest, synthetic.squat(), rest], Camera(yaw_deg=50))
    grid_s, plain, seen = box_body(take.poses)
    _, stretched, _ = box_body(normalise_like_repcount(take.poses))
    assert np.allclose(plain, stretched, atol=1e-4)
    assert seen.all()
    assert np.median(np.diff(grid_s)) == pytest.approx(1 / RATE_HZ)
    assert plain.min(axis=1) == pytest.approx(-0.5)
    assert plain.max() <= 0.5 + 1e-6


def test_a_joint_that_is_never_seen_lies_where_its_other_side_does() -> None:
    joints = np.random.default_rng(0).normal(size=(5, 13, 2))
    joints[:, 3] = np.nan
    filled = fill_joints(joints)
    assert np.array_equal(filled[:, 3], joints[:, 4])
    assert np.isfinite(fit_to_box(filled)).all()
