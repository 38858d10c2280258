"""Squats of seven people, told by optical markers: form as a camera anywhere would judge it.

The markers (UI-PRMD, Vakanski and others 2018) are no part of the project. Nothing is hidden in them, so
what works here is the least that has to work.
"""

from __future__ import annotations

from csv import DictReader
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from gym.exercises import EXERCISES
from gym.form import judge_form
from gym.schema import Finding, PoseSequence, Rep, Verdict
from gym.skeleton import BLAZEPOSE_JOINTS, PENN_JOINTS, both_sides
from gym.training.prmd import place_markers
from tests.synthetic import Camera

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "ui_prmd"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recorded data is not here")

RATE_HZ, NOISE_PX, NOISE_M = 25.0, 1.5, 0.006
COLUMNS = [BLAZEPOSE_JOINTS.index(name) for name in PENN_JOINTS[1:]]
CODES = ("squat.depth", "squat.lean", "squat.knees")
SQUAT = EXERCISES["squat"]
SQUAT = replace(SQUAT, rules=tuple(rule for rule in SQUAT.rules if rule.code in CODES))
DECIDED = {Verdict.PASS: False, Verdict.FAIL: True}


class Truth(NamedTuple):
    """Of one squat: the hips' depth below the knees, the lean beyond the shins, knees over ankles."""

    depth: float
    lean_deg: float
    knees: float


@cache
def read_squats() -> list[np.ndarray]:
    """Read the squats: (T, 33, 3) m, x to the athlete's left, y up, z forward; no face, hands, feet."""
    with np.load(FOLDER / "markers.npz") as found, open(FOLDER / "reps.csv", newline="") as rows:
        names = [str(name) for name in found["marker_names"]]
        squats = []
        for row in DictReader(rows):
            if row["movement"] == "deep_squat":
                joints = place_markers(found[row["id"]].astype(float), names)
                squats.append(np.full((len(joints), len(BLAZEPOSE_JOINTS), 3), np.nan))
                squats[-1][:, COLUMNS] = joints[:, 1:]
    return squats


def middle(joints: np.ndarray, part: str) -> np.ndarray:
    return joints[:, both_sides(part)].mean(axis=1)


def tell(joints: np.ndarray) -> tuple[Truth, int]:
    """Tell the truth about a squat, and its lowest frame."""
    knees, hips = middle(joints, "knee"), middle(joints, "hip")
    thigh_m = np.linalg.norm(joints[:, both_sides("hip")] - joints[:, both_sides("knee")], axis=-1)
    depth = (knees - hips)[:, 1] / thigh_m.mean()
    lowest = int(depth.argmax())
    trunk, shin = (
        np.degrees(np.arctan2(np.hypot(limb[:, 0], limb[:, 2]), limb[:, 1]))
        for limb in (middle(joints, "shoulder") - hips, knees - middle(joints, "ankle"))
    )
    lean = np.minimum(trunk - shin, trunk - 25.0)

    def apart(part: str) -> float:
        left, right = joints[lowest][both_sides(part)]
        return float(np.hypot(*(left - right)[[0, 2]]))

    knees_apart = apart("knee") / apart("ankle")
    return Truth(float(depth[lowest]), float(np.percentile(lean, 97)), knees_apart), lowest


@cache
def judge(yaw_deg: float, height_m: float = 1.0) -> list[tuple[Truth, dict[str, Finding]]]:
    """Judge every squat as a camera sees it."""
    camera = Camera(yaw_deg, 3.5, height_m, aim_m=height_m, focal_px=1000.0)
    rng, judged = np.random.default_rng(0), []
    for joints in read_squats():
        truth, lowest = tell(joints)
        still = round(RATE_HZ)
        room_m = np.concatenate([[joints[0]] * still, joints, [joints[-1]] * still])
        axes_m, image = camera.see(room_m - middle(room_m, "hip").mean(axis=0) * [1.0, 0.0, 1.0])
        xyz_m = axes_m - middle(axes_m, "hip")[:, None]
        poses = PoseSequence(
            np.arange(len(room_m)) / RATE_HZ,
            image + rng.normal(0, NOISE_PX, image.shape),
            xyz_m + rng.normal(0, NOISE_M, xyz_m.shape),
            np.where(np.isfinite(image).all(axis=-1), 1.0, 0.0),
            camera.image_size,
        )
        rep = Rep(*(np.array([still, still + lowest, still + len(joints) - 1]) / RATE_HZ))
        (found,) = judge_form(poses, (rep,), SQUAT, {}).findings
        judged.append((truth, {one.code: one for one in found}))
    return judged


def share_right(wrong: list[tuple[bool, Finding]]) -> float:
    """Return the share of the judged ones whose verdict is the clear one that it should be."""
    seen = [(is_wrong, one) for is_wrong, one in wrong if one.verdict is not Verdict.UNSEEN]
    assert len(seen) >= 0.9 * len(wrong)
    return float(np.mean([DECIDED.get(one.verdict) is is_wrong for is_wrong, one in seen]))


@pytest.mark.parametrize("yaw_deg", [30.0, 60.0, 90.0, 150.0])
def test_depth_is_right_from_there(yaw_deg: float) -> None:
    judged = [(truth.depth, found["squat.depth"]) for truth, found in judge(yaw_deg)]
    assert abs(np.mean([one.value - depth for depth, one in judged])) <= 0.03
    clear = [(depth < -0.2, one) for depth, one in judged if not -0.2 <= depth <= 0.0]
    assert len(clear) > 60
    assert share_right(clear) >= 0.95


@pytest.mark.parametrize("yaw_deg", [30.0, 60.0, 90.0, 150.0])
def test_lean_is_right_from_there(yaw_deg: float) -> None:
    judged = [(truth.lean_deg, found["squat.lean"]) for truth, found in judge(yaw_deg)]
    clear = [(lean > 25.0, one) for lean, one in judged if not 5.0 <= lean <= 25.0]
    assert len(clear) > 60
    assert share_right(clear) >= 0.95


def test_knees_that_cave_in_are_told_from_the_front() -> None:
    judged = [(truth.knees, found["squat.knees"]) for truth, found in judge(0.0)]
    clear = [(knees < 0.7, one) for knees, one in judged if not 0.7 <= knees <= 0.85]
    assert sum(wrong for wrong, _ in clear) >= 10
    assert share_right(clear) >= 0.9


@pytest.mark.parametrize("height_m", [0.5, 1.2])
def test_the_height_of_the_camera_moves_no_depth(height_m: float) -> None:
    errors = [found["squat.depth"].value - truth.depth for truth, found in judge(30.0, height_m)]
    assert abs(np.mean(errors)) <= 0.03
