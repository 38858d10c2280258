"""The chart of a rep beside its reference."""

from __future__ import annotations

import numpy as np

from gym.charts.comparing import plot_joint
from gym.comparing.warping import Comparison


def test_both_reps_are_drawn_over_the_rep_s_time() -> None:
    time_s = np.linspace(4.0, 6.0, 60)
    share = np.linspace(0, 1, 60)
    own, other = np.full((2, 60), 90.0), np.full((2, 60), 100.0)
    own[1] = 120.0
    comparison = Comparison(("left_knee", "left_hip"), time_s, share, own, other)
    figure = plot_joint(comparison, "left_hip", "Rep 3", "Rep 1")
    reference, rep = figure.data
    assert (reference.name, rep.name) == ("Rep 1", "Rep 3")
    assert set(rep.y) == {120.0}
    assert set(reference.y) == {100.0}
    assert (rep.x[0], rep.x[-1]) == (4.0, 6.0)
    assert rep.fill == "tonexty", "what lies between them is shaded"
    assert figure.layout.xaxis.title.text == "Time (s)"
