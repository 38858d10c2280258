"""The chart of what teaches an exercise: the signal in its unit, and a mark for each rep."""

from __future__ import annotations

import numpy as np

from gym.charts.teaching import plot_signal
from gym.exercises import Signal
from gym.schema import Rep

TIME_S = np.linspace(0, 6, 121)
REPS = (Rep(0.5, 1.0, 1.5), Rep(2.5, 3.0, 3.5), Rep(4.5, 5.0, 5.5))


def test_each_rep_is_marked_on_the_curve() -> None:
    value = 150 + 20 * np.cos(np.pi * TIME_S)
    curve, marks = plot_signal(TIME_S, value, Signal(("hip", "knee", "ankle"), 20.0), REPS).data
    assert list(marks.x) == [1.0, 3.0, 5.0]
    np.testing.assert_allclose(marks.y, 130.0, atol=0.5)
    assert len(curve.x) == len(TIME_S)
    assert list(marks.hovertext) == ["Rep 1, at 1.0 s", "Rep 2, at 3.0 s", "Rep 3, at 5.0 s"]


def test_the_axis_says_what_is_drawn() -> None:
    value = np.where(TIME_S < 2, np.nan, 0.3)
    figure = plot_signal(TIME_S, value, Signal(("wrist", "hip"), 0.1), REPS)
    assert figure.layout.yaxis.title.text == "Wrist height (m)"
    assert figure.layout.xaxis.range[1] == 6
    assert np.isnan(np.array(figure.data[0].y, dtype=float)).any()  # a gap stays a gap


def test_nothing_seen_is_an_empty_figure() -> None:
    figure = plot_signal(TIME_S, np.full(121, np.nan), Signal(("wrist",), 0.1), ())
    assert len(figure.data[1].x) == 0
