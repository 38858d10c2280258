"""What holds for every classifier."""

from __future__ import annotations

import numpy as np
import pytest

from gym.exercises import OTHER
from gym.recognition import CLASSIFIERS
from tests.synthetic import Camera, film, hide, push_up, squat

every_classifier = pytest.mark.parametrize("name", CLASSIFIERS)


@every_classifier
@pytest.mark.parametrize(("move", "label"), [(squat(), "squat"), (push_up(), "push_up")])
def test_a_set_is_recognised(name: str, move, label: str) -> None:
    found = CLASSIFIERS[name](film([move] * 4, Camera(80), fps=15).poses)
    assert found.label == label
    assert found.timeline


@every_classifier
def test_nobody_in_view_is_other(name: str) -> None:
    poses = film([squat()], fps=15).poses
    assert CLASSIFIERS[name](hide(poses, np.ones(len(poses), dtype=bool))).label == OTHER
