"""Curves of networks, self-similarity and scores, drawn from what was counted."""

from __future__ import annotations

import numpy as np
import pytest

from gym.charts.counters import join_evidence, plot_curves
from gym.charts.likeness import plot_likeness
from gym.charts.scores import plot_scores
from gym.schema import Rep, RepCount, RepEvidence

NAN = float("nan")


def make_count(*parts: tuple[list[float], list[float]]) -> RepCount:
    """Return a count whose reps have evidence at these moments."""
    reps = tuple(Rep(times[0], times[0] + 0.1, times[-1]) for times, _ in parts)
    evidence = tuple(
        RepEvidence("Density", "reps/s", np.array(times), np.array(values))
        for times, values in parts
    )
    return RepCount("toy", reps, np.arange(9.0), np.full(9, NAN), evidence)


def test_evidence_of_reps_that_overlap_is_one_line_and_of_others_has_a_gap():
    count = make_count(
        ([5.0, 6.0], [0.5, 0.6]), ([0.0, 1.0, 2.0], [0.1, 0.2, 0.3]), ([1.0, 2.0, 3.0], [0.2, 0.3, 0.4])
    )  # fmt: skip
    time_s, value = join_evidence(count)
    np.testing.assert_array_equal(time_s, [0, 1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(value, [0.1, 0.2, 0.3, 0.4, NAN, 0.5, 0.6])
    empty_s, nothing = join_evidence(make_count())
    assert len(empty_s) == len(nothing) == 0


def test_each_counter_s_curve_has_a_row_of_its_own():
    low = make_count(([0.0, 1.0, 2.0], [0.0, 0.01, 0.0]))
    high = make_count(([0.0, 1.0, 2.0], [0.0, 40.0, 20.0]))
    figure = plot_curves({"Low": low, "High": high, "None": make_count()}, 9.0)
    first, second, third = figure.data
    assert first.y[0] == 0
    assert second.y[0] == 1
    assert min(first.y) - 0 == pytest.approx(min(second.y) - 1), "as high as its own highest point"
    assert "40.00 reps/s" in second.hovertext[1]
    assert len(third.x) == 0
    notes = [note.text for note in figure.layout.annotations]
    assert notes == ["Low: density", "High: density", "None: nothing found"]
    assert tuple(figure.layout.xaxis.range) == (0, 9.0)


def test_the_matrix_has_time_on_both_axes_and_leaves_open_what_is_unknown():
    likeness = np.array([[1.0, 0.25, NAN], [0.25, 1.0, NAN], [NAN, NAN, NAN]])
    (cells,) = plot_likeness(np.array([1.0, 2.0, 3.0]), likeness).data
    np.testing.assert_array_equal(cells.z, 100 * likeness)
    assert list(cells.x) == list(cells.y) == [1, 2, 3]
    assert "%{x" in cells.hovertemplate
    assert "%{y" in cells.hovertemplate
    assert cells.hoverongaps is False
    assert plot_likeness(np.empty(0), np.empty((0, 0))).data[0].z.size == 0


def test_scores_stand_in_their_rows_with_their_intervals():
    figure = plot_scores(
        {
            "One": {"value": 0.5, "interval": [0.4, 0.7]},
            "Two": {"value": 0.9, "interval": [0.8, 1.0]},
        },
        "Exactly right",
    )
    *lines, dots = figure.data
    assert list(dots.x) == [50, 90]
    assert [list(line.x) for line in lines] == [[40, 70], [80, 100]]
    assert list(dots.y) == [line.y[0] for line in lines] == [0, 1]
    assert dots.hovertext[1] == "Two: 90%, 80% to 100%"
    assert "Exactly right" in figure.layout.xaxis.title.text
