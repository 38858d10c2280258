"""The joints by name, their mirror images, and Penn Action's 13."""

from __future__ import annotations

import numpy as np
import pytest

from gym.skeleton import (
    BLAZEPOSE_JOINTS,
    DRAWN_BONES,
    MIRROR,
    PENN_JOINTS,
    drawn_bone_indices,
    joint_index,
    mirrored,
    to_penn,
)


def test_blazepose_order() -> None:
    """Spot checks against MediaPipe's published landmark numbers."""
    assert len(BLAZEPOSE_JOINTS) == len(set(BLAZEPOSE_JOINTS)) == 33
    numbers = {"nose": 0, "left_ear": 7, "mouth_right": 10, "left_shoulder": 11, "right_elbow": 14}
    numbers |= {"left_wrist": 15, "right_thumb": 22, "left_hip": 23, "right_knee": 26}
    numbers |= {"left_ankle": 27, "right_heel": 30, "right_foot_index": 32}
    for name, number in numbers.items():
        assert joint_index(name) == number


def test_an_unknown_joint_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match="'left_tail'"):
        joint_index("left_tail")


def test_mirror_swaps_sides_and_is_its_own_inverse() -> None:
    assert sorted(MIRROR) == list(range(33))
    np.testing.assert_array_equal(MIRROR[MIRROR], np.arange(33))
    fixed = [BLAZEPOSE_JOINTS[j] for j in range(33) if MIRROR[j] == j]
    assert fixed == ["nose"]
    for name in BLAZEPOSE_JOINTS:
        assert mirrored(mirrored(name)) == name
        assert MIRROR[joint_index(name)] == joint_index(mirrored(name))
    with pytest.raises(ValueError, match="read-only"):
        MIRROR[0] = 1


def test_bones_join_known_joints_symmetrically() -> None:
    for a, b in DRAWN_BONES:
        twins = {(mirrored(a), mirrored(b)), (mirrored(b), mirrored(a))}
        assert twins & set(DRAWN_BONES), (a, b)
    assert len(drawn_bone_indices()) == len(DRAWN_BONES)
    assert all(0 <= a < 33 and 0 <= b < 33 for a, b in drawn_bone_indices())


@pytest.mark.parametrize("shape", [(33, 2), (5, 33, 3), (2, 5, 33, 1)])
def test_to_penn_picks_by_name(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(size=shape)
    penn = to_penn(values)
    assert penn.shape == (*shape[:-2], 13, shape[-1])
    for k, name in enumerate(PENN_JOINTS[1:], start=1):
        np.testing.assert_array_equal(penn[..., k, :], values[..., joint_index(name), :])
    ears = values[..., joint_index("left_ear"), :] + values[..., joint_index("right_ear"), :]
    np.testing.assert_allclose(penn[..., 0, :], ears / 2)


def test_to_penn_keeps_the_unseen_unseen() -> None:
    values = np.ones((33, 2))
    values[[joint_index("left_ear"), joint_index("right_knee")]] = np.nan
    unseen = np.isnan(to_penn(values)).all(axis=1)
    assert [name for name, nan in zip(PENN_JOINTS, unseen, strict=True) if nan] == [
        "head",
        "right_knee",
    ]


@pytest.mark.parametrize("shape", [(33,), (13, 2), (32, 3)])
def test_to_penn_names_a_wrong_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected shape \(\.\.\., 33, D\)"):
        to_penn(np.zeros(shape))
