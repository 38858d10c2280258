"""From the probabilities of windows to segments and a label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gym.exercises import OTHER
from gym.recognition.timeline import (
    blend_windows,
    label_frames,
    smooth_labels,
    summarise_segments,
    to_segments,
)
from gym.schema import Segment


def test_blending_is_a_weighted_mean():
    ends = np.arange(1, 21) * 0.5
    found = np.zeros((20, 2))
    found[:10, 0] = 1
    found[10:, 1] = 1
    blended = blend_windows(ends, np.ones(20), found, 4.0)
    assert np.allclose(blended.sum(axis=1), 1)
    assert blended[0, 0] == pytest.approx(1)
    assert blended[-1, 1] == pytest.approx(1)
    # A window speaks for its middle: the change of names lies half a window before the change.
    assert np.flatnonzero(blended[:, 1] > 0.5)[0] in (6, 7)


def test_smoothing_swallows_a_flicker_and_keeps_a_change():
    p = np.tile([0.9, 0.1], (20, 1))
    p[6] = [0.3, 0.7]
    p[12:] = [0.1, 0.9]
    assert smooth_labels(p).tolist() == [0] * 12 + [1] * 8


def test_segments_join_neighbours():
    p = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]])
    segments = to_segments(np.array([0, 0, 1]), p, np.array([0, 0.5, 1.0, 1.2]), ("a", "b"))
    assert [(s.start_s, s.end_s, s.label) for s in segments] == [(0, 1.0, "a"), (1.0, 1.2, "b")]
    assert segments[0].probability == pytest.approx(0.8)
    assert label_frames(segments, np.array([0.0, 0.99, 1.0, 5.0])) == ["a", "a", "b", "b"]


def test_a_set_names_the_clip_though_rest_is_longer():
    segments = (
        Segment(0, 9, OTHER, 0.9), Segment(9, 14, "squat", 0.8), Segment(14, 20, OTHER, 0.9),
    )  # fmt: skip
    answer = summarise_segments(segments, np.arange(0, 20, 0.1))
    assert (answer.label, answer.probability) == ("squat", pytest.approx(0.8))
    assert answer.frame_share["squat"] == pytest.approx(0.25)


def test_a_moment_does_not_name_the_clip():
    segments = (Segment(0, 19, OTHER, 0.9), Segment(19, 20, "squat", 0.8))
    assert summarise_segments(segments, np.arange(0, 20, 0.1)).label == OTHER


def test_windows_are_blended_as_by_a_table_of_all_with_all() -> None:
    rng = np.random.default_rng(1)
    ends_s = np.append(np.arange(1, 40) * 0.5, 19.63)
    filled, found = rng.random(40), rng.dirichlet(np.ones(3), 40)
    hops = ends_s - np.minimum(0.5, np.diff(ends_s, prepend=0.0)) / 2
    place = (hops[:, None] - (ends_s - 4.0)) / 4.0
    inside = (place > 0) & (place < 1)
    weight = np.where(inside, np.sin(np.pi * place) ** 2, 0) * (filled + 1e-3) + 1e-9 * inside
    expected = weight @ found / weight.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(blend_windows(ends_s, filled, found, 4.0), expected, rtol=1e-9)


def test_a_guess_among_many_labels_is_other():
    segments = (Segment(0.0, 6.0, "lunge", 0.35), Segment(6.0, 8.0, "other", 0.7))
    assert summarise_segments(segments, np.arange(0, 8, 0.1)).label == "other"
    sure = (replace(segments[0], probability=0.45), segments[1])
    assert summarise_segments(sure, np.arange(0, 8, 0.1)).label == "lunge"


def test_look_alikes_that_are_sure_together_are_the_first_of_them() -> None:
    labels = ("squat", "lunge", "deadlift", "other")
    for row, told in (
        ([0.30, 0.37, 0.22, 0.11], ("squat", 0.4)),  # one of them, but which?
        ([0.20, 0.55, 0.20, 0.05], ("lunge", 0.55)),  # this one
        ([0.15, 0.39, 0.03, 0.38], ("lunge", 0.39)),  # perhaps none of them
    ):
        p = np.array([row, row])
        (segment,) = to_segments(np.array([1, 1]), p, np.array([0.0, 0.5, 1.0]), labels)
        assert segment.label == told[0]
        assert segment.probability == pytest.approx(told[1])
