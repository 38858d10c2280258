"""Thinning a line for drawing loses no turning point and no gap."""

from __future__ import annotations

import numpy as np

from gym.charts.style import MAX_POINTS, thin_line


def test_a_short_line_is_not_thinned():
    time_s = np.arange(50) / 30
    value = np.sin(time_s)
    for got, want in zip(thin_line(time_s, value), (time_s, value), strict=True):
        np.testing.assert_array_equal(got, want)


def test_thinning_keeps_peaks_gaps_and_ends():
    frames = 36_000  # twenty minutes
    time_s = np.arange(frames) / 30
    value = 120 + 40 * np.sin(time_s)
    value[12_345], value[20_001] = 3.0, 179.0  # one frame each
    value[30_000:30_200] = np.nan
    value[5_000] = np.nan
    thin_time_s, thin_value = thin_line(time_s, value)
    assert len(thin_value) <= MAX_POINTS
    assert (np.diff(thin_time_s) > 0).all()
    assert (thin_time_s[0], thin_time_s[-1]) == (time_s[0], time_s[-1])
    assert np.nanmin(thin_value) == 3.0
    assert np.nanmax(thin_value) == 179.0
    gaps_s = thin_time_s[np.isnan(thin_value)]
    assert np.any(np.abs(gaps_s - time_s[5_000]) < 1e-9)
    inside = (thin_time_s > time_s[30_030]) & (thin_time_s < time_s[30_170])
    assert np.isnan(thin_value[inside]).all()
    assert inside.any()
    # Every thinned point is a measured one.
    at = np.searchsorted(time_s, thin_time_s)
    np.testing.assert_array_equal(thin_value, value[at])


def test_no_line_is_drawn_across_frames_far_apart() -> None:
    time_s = np.concatenate([np.arange(3000) / 30, 700 + np.arange(3000) / 30])
    for points in (MAX_POINTS, 10_000):
        at_s, value = thin_line(time_s, np.sin(time_s), points)
        (gap,) = np.flatnonzero(np.isnan(value))
        assert at_s[gap - 1] < 100 < at_s[gap] < 700 <= at_s[gap + 1]
    slow_s = np.arange(10.0) * 2  # a frame every two seconds is how this one was filmed
    assert np.isfinite(thin_line(slow_s, slow_s)[1]).all()
