"""Smoothing and resampling of paths whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from gym.smoothing import Smoother, find_neighbours, interpolate, sample_at, smooth, spread_times

TIMES = {
    "30 fps": np.arange(60) / 30,
    "25 fps": np.arange(50) / 25,
    "60 fps": np.arange(120) / 60,
    "irregular": np.cumsum(np.random.default_rng(0).choice([0.016, 0.033, 0.05, 0.08], 60)),
}
any_times = pytest.mark.parametrize("time_s", TIMES.values(), ids=TIMES)


def settle(time_s: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Push everything and flush: settled times, values, and when each was given out."""
    smoother, out, when_s = Smoother(), [], []
    for t, v in zip(time_s, values, strict=True):
        got = smoother.push(float(t), v)
        out += got
        when_s += [float(t)] * len(got)
    last = smoother.flush()
    out, when_s = out + last, when_s + [float(time_s[-1])] * len(last)
    return np.array([t for t, _ in out]), np.array([v for _, v in out]), np.array(when_s)


@any_times
def test_smoothing_keeps_a_parabola(time_s: np.ndarray) -> None:
    """One arm of it exactly; its turning point in value and time, but for the median's share."""
    middle_s = float(time_s[len(time_s) // 2])
    rising = (80 + 40 * (time_s - time_s[0] + 0.5) ** 2)[:, None]
    # At the very ends the median leans inwards, and so it does at uneven times.
    inner = (time_s > time_s[0] + 0.18) & (time_s < time_s[-1] - 0.18)
    uneven_s = np.ptp(np.diff(time_s)) / 2
    steepness = 80 * (np.ptp(time_s) + 0.5)
    np.testing.assert_allclose(
        smooth(time_s, rising)[inner], rising[inner], atol=0.1 + steepness * uneven_s
    )
    bowl = (70 + 400 * (time_s - middle_s) ** 2)[:, None]
    calm = smooth(time_s, bowl)[:, 0]
    around = abs(time_s - middle_s) < 0.3
    assert time_s[around][calm[around].argmin()] == pytest.approx(middle_s, abs=0.034)
    assert calm[around].min() == pytest.approx(70, abs=400 * 0.05**2)


@any_times
def test_smoothing_leaves_straight_lines_alone(time_s: np.ndarray) -> None:
    line = np.stack([3 * time_s + 1, -50 * time_s, np.full(len(time_s), 7.0)], axis=1)
    calm = smooth(time_s, line)
    np.testing.assert_allclose(calm[4:-4], line[4:-4], atol=0.7)
    np.testing.assert_allclose(calm[:, 2], 7.0, atol=1e-9)


def test_smoothing_keeps_the_bottom_of_a_fast_rep() -> None:
    time_s = np.arange(60) / 30
    angle = 125 + 45 * np.cos(2 * np.pi * time_s / 0.6)
    calm = smooth(time_s, angle[:, None])[:, 0]
    bottom = slice(6, 12)
    assert calm[bottom].min() == pytest.approx(80, abs=0.05 * 90)
    assert time_s[bottom][calm[bottom].argmin()] == pytest.approx(0.3, abs=0.001)


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
@pytest.mark.parametrize("spike", [60.0, -60.0])
def test_a_single_wrong_frame_is_taken_out(fps: float, spike: float) -> None:
    time_s = np.arange(0, 2, 1 / fps)
    true = 120 + 50 * np.cos(2 * np.pi * time_s / 2)
    wrong = true.copy()
    wrong[int(0.5 * fps)] += spike
    calm = smooth(time_s, wrong[:, None])[:, 0]
    assert abs(calm - true)[2:-2].max() < 0.1 * abs(spike)


def test_jitter_gets_smaller() -> None:
    rng = np.random.default_rng(0)
    time_s = np.arange(150) / 30
    true = 120 + 50 * np.cos(2 * np.pi * time_s / 2.5)
    noisy = true + rng.normal(0, 2, len(true))
    calm = smooth(time_s, noisy[:, None])[:, 0]
    assert np.std(calm - true) < 0.75 * np.std(noisy - true)
    assert np.std(np.diff(calm, 2)) < 0.35 * np.std(np.diff(noisy, 2))


@any_times
def test_every_sample_comes_out_once_in_order_and_in_time(time_s: np.ndarray) -> None:
    values = np.random.default_rng(1).normal(size=(len(time_s), 2))
    times, _, when_s = settle(time_s, values)
    np.testing.assert_array_equal(times, time_s)
    assert np.all(when_s - times >= 0)
    # Waiting ends with the first frame at least `delay_s` later.
    due = np.searchsorted(time_s, times + Smoother().delay_s + 1e-9).clip(max=len(time_s) - 1)
    assert np.all(when_s <= time_s[due])
    assert Smoother().delay_s <= 0.4 - 0.1


@any_times
def test_smoothing_looks_no_further_ahead_than_it_says(time_s: np.ndarray) -> None:
    """What was given out does not depend on what came later."""
    rng = np.random.default_rng(2)
    values = rng.normal(size=(len(time_s), 1))
    cut = len(time_s) // 2
    other = np.concatenate([values[:cut], rng.normal(size=(len(time_s) - cut, 1))])
    early = time_s[:cut] < time_s[cut] - Smoother().delay_s - 1e-9
    a, b = smooth(time_s, values)[:cut][early], smooth(time_s, other)[:cut][early]
    np.testing.assert_array_equal(a, b)


@any_times
def test_a_whole_path_is_smoothed_as_a_live_one(time_s: np.ndarray) -> None:
    values = np.random.default_rng(3).normal(size=(len(time_s), 3))
    values[10:14, 1] = np.nan
    np.testing.assert_array_equal(smooth(time_s, values), settle(time_s, values)[1])


def test_unseen_stays_unseen_and_spoils_no_other() -> None:
    time_s = np.arange(60) / 30
    values = np.stack([np.full(60, 90.0), 10 + 0 * time_s], axis=1)
    values[[5, 20, 21, 22, 23, 40], 0] = np.nan
    values[::2, 1] = np.nan  # every other frame
    calm = smooth(time_s, values)
    np.testing.assert_array_equal(np.isnan(calm), np.isnan(values))
    np.testing.assert_allclose(calm[~np.isnan(values[:, 0]), 0], 90.0)
    np.testing.assert_allclose(calm[1::2, 1], 10.0)


def test_columns_are_smoothed_apart() -> None:
    time_s = np.arange(40) / 30
    values = np.random.default_rng(4).normal(size=(40, 3))
    values[7:9, 2] = np.nan
    together = smooth(time_s, values)
    for k in range(3):
        alone = smooth(time_s, values[:, [k]])[:, 0]
        np.testing.assert_allclose(together[:, k], alone, atol=1e-9)


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_short_paths_are_smoothed_too(frames: int) -> None:
    values = np.arange(frames * 2.0).reshape(frames, 2)
    calm = smooth(np.arange(frames) / 30, values)
    assert calm.shape == (frames, 2)
    assert np.isfinite(calm).all()


def test_where_frames_follow_one_another_every_time_is_there() -> None:
    time_s = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.9, 500))
    even_s = np.arange(time_s[0], time_s[-1] + 1e-9, 1 / 15)
    np.testing.assert_array_equal(spread_times(time_s, 15, 0.5), even_s)


def test_sampling_bridges_short_gaps_only():
    time_s = np.array([0.0, 0.1, 1.1])
    values = np.arange(3.0)[:, None, None] * np.ones((3, 13, 2))
    got = sample_at(time_s, values, np.array([-0.1, 0.05, 0.1, 0.6, 1.1, 1.2]))[:, 0, 0]
    assert np.isnan(got[[0, 3, 5]]).all()
    assert got[[1, 2, 4]] == pytest.approx([0.5, 1.0, 2.0])


def test_sampling_takes_the_nearer_frame_where_the_other_lacks_a_joint():
    values = np.stack([np.full((13, 2), 4.0), np.full((13, 2), np.nan)])
    got = sample_at(np.array([0.0, 0.1]), values, np.array([0.02, 0.08]))[:, 0, 0]
    assert got[0] == 4.0
    assert np.isnan(got[1])


def test_interpolation_bridges_any_gap_and_holds_the_ends():
    values = np.array([[np.nan, np.nan], [1, np.nan], [np.nan, np.nan], [4, np.nan]])[:, None]
    got = interpolate(np.array([0.0, 1.0, 3.0, 4.0]), values, np.array([0.0, 2.0, 9.0]))
    assert got.shape == (3, 1, 2)
    assert got[:, 0, 0].tolist() == [1, 2, 4]
    assert np.isnan(got[..., 1]).all()


def test_neighbours_within_and_beyond_a_recording():
    before, after, share = find_neighbours(
        np.array([0.0, 1.0, 3.0]), np.array([-1.0, 1.0, 2.0, 9.0])
    )
    assert (before.tolist(), after.tolist()) == ([0, 1, 1, 1], [1, 2, 2, 2])
    assert share.tolist() == [0, 0, 0.5, 1]
