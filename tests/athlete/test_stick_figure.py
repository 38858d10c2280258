"""The stick figure stands as its angles say, and cameras see it from where they stand."""

from __future__ import annotations

import numpy as np
import pytest

from gym.athlete.stick_figure import LIMBS_M, look_from, make_stance, place_joints
from gym.skeleton import PENN_JOINTS

LEFT, UP, AHEAD = np.eye(3)


@pytest.mark.parametrize(
    ("yaw_deg", "left", "ahead"),
    [(0, [1, 0, 0], [0, 0, -1]), (90, [0, 0, -1], [-1, 0, 0]), (180, [-1, 0, 0], [0, 0, 1])],
)
def test_what_a_camera_sees_right_down_and_away(yaw_deg: float, left: list, ahead: list) -> None:
    seen = look_from(np.array([LEFT, UP, AHEAD]), np.radians(yaw_deg), 0.0)
    np.testing.assert_allclose(seen, [left, [0, -1, 0], ahead], atol=1e-12)


def test_a_camera_that_looks_down_sees_what_is_behind_higher() -> None:
    behind, before = look_from(np.array([-AHEAD, AHEAD]), 0.0, np.radians(20))
    assert behind[2] > 0 > before[2]
    assert behind[1] < 0 < before[1]


def test_a_bent_body_keeps_its_bones() -> None:
    stance = make_stance(trunk=40, thigh=90, shin=-20, left_upper_arm=70, leg_out=15, arm_out=30)
    at = dict(zip(PENN_JOINTS, place_joints(stance[None], LIMBS_M, "feet")[0], strict=True))
    assert (at["left_ankle"] + at["right_ankle"]) == pytest.approx(np.zeros(3), abs=1e-12)
    for bone, a, b in (
        ("thigh", "hip", "knee"), ("shin", "knee", "ankle"),
        ("upper_arm", "shoulder", "elbow"), ("forearm", "elbow", "wrist"),
    ):  # fmt: skip
        for side in ("left", "right"):
            assert np.linalg.norm(at[f"{side}_{a}"] - at[f"{side}_{b}"]) == pytest.approx(
                LIMBS_M[bone]
            )
    assert at["left_knee"][2] > at["left_hip"][2]
    assert at["left_elbow"][2] > at["right_elbow"][2]
