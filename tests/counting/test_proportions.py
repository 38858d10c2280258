"""A body that was stretched to a box gets its proportions again."""

from __future__ import annotations

import numpy as np
import pytest

from gym.counting.proportions import restore_proportions
from gym.posefiles.repcount import normalise_like_repcount
from gym.schema import PoseSequence
from gym.skeleton import joint_index
from tests import synthetic
from tests.synthetic import Camera, film, hold


def squats(yaw_deg: float) -> PoseSequence:
    """Film two squats."""
    standing = hold(synthetic.STANDING, 0.5)
    script = [standing, synthetic.squat(), synthetic.squat(), standing]
    return film(script, Camera(yaw_deg)).poses


def lengths(points: np.ndarray, one: str, other: str) -> np.ndarray:
    """Return the distance of two joints in every frame."""
    return np.linalg.norm(points[:, joint_index(one)] - points[:, joint_index(other)], axis=-1)


@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0])
@pytest.mark.parametrize(
    "bone",
    [("left_knee", "left_ankle"), ("right_hip", "right_knee"), ("left_hip", "left_shoulder")],
)
def test_bones_keep_their_length(yaw_deg: float, bone: tuple[str, str]) -> None:
    stretched = normalise_like_repcount(squats(yaw_deg))
    before, after = (
        lengths(points, *bone)
        for points in (stretched.xyz_m.astype(float), restore_proportions(stretched))
    )
    assert np.std(after) / np.mean(after) < 0.6 * np.std(before) / np.mean(before)
    assert np.std(after) / np.mean(after) < 0.12


def test_what_was_not_seen_stays_unknown() -> None:
    poses = squats(45.0)
    gap = np.zeros(len(poses), dtype=bool)
    gap[20:30] = True
    restored = restore_proportions(normalise_like_repcount(synthetic.hide(poses, gap)))
    assert np.isnan(restored[gap]).all()
    assert np.isfinite(restored[~gap]).all()


def test_nobody_seen() -> None:
    poses = squats(45.0)
    nobody = synthetic.hide(poses, np.ones(len(poses), dtype=bool))
    assert np.isnan(restore_proportions(nobody)).all()
