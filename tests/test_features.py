"""Angles, smoothing, scale, tilt and view on postures whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gym.features import (
    ANGLES,
    SEEN_VISIBILITY,
    angle_between,
    angle_visibility,
    estimate_view,
    find_near_side,
    hide_outside,
    joint_angles,
    measure_signals,
    normalise_joints,
    pixels_per_metre,
    trunk_tilt_deg,
)
from gym.schema import PoseSequence
from gym.skeleton import MIRROR, joint_index
from tests import synthetic
from tests.synthetic import Camera, film, hold

NAMES = list(ANGLES)


SIDE = Camera(90.0)


def take_of(joints: np.ndarray, camera: Camera = SIDE) -> PoseSequence:
    """Film a posture for nine frames."""
    return film([hold(joints, 0.3)], camera).poses


# ------------------------------------------------------------------------------------- angles


@pytest.mark.parametrize(
    ("a", "c", "degrees"),
    [
        ((1, 0), (0, 1), 90.0),
        ((1, 0), (1, 0), 0.0),
        ((1, 0), (-3, 0), 180.0),
        ((1, 0), (1, np.sqrt(3)), 60.0),
        ((1, 0, 0), (0, 0, 5), 90.0),
        ((1, 1, 0), (0, 1, 1), 60.0),
    ],
)
def test_angles_of_known_triangles(a: tuple, c: tuple, degrees: float) -> None:
    corner = np.full(len(a), 7.0)
    a, c = np.array(a, float) + corner, np.array(c, float) + corner
    assert angle_between(a, corner, c) == pytest.approx(degrees, abs=1e-5)
    assert angle_between(c, corner, a) == pytest.approx(degrees, abs=1e-5)


def test_an_angle_without_a_corner_is_unknown() -> None:
    here, there = np.zeros(2), np.ones(2)
    assert np.isnan(angle_between(here, here, there))
    assert np.isnan(angle_between(np.array([np.nan, 0]), here, there))
    assert np.isnan(angle_between(there, np.array([0, np.nan]), here))


@pytest.mark.parametrize("yaw_deg", [90.0, -90.0])
def test_joint_angles_of_a_squat(yaw_deg: float) -> None:
    shin, depth, lean = 25.0, -0.2, 45.0
    poses = take_of(synthetic.bend_legs(1.0, depth, lean, shin), Camera(yaw_deg, distance_m=20))
    thigh = 90 + np.degrees(np.arcsin(depth))
    for points in (poses.xyz_m, poses.xy_px):
        angles = dict(zip(NAMES, joint_angles(points)[0], strict=True))
        for side in ("left", "right"):
            assert angles[f"{side}_knee"] == pytest.approx(180 - shin - thigh, abs=1.5)
            assert angles[f"{side}_hip"] == pytest.approx(180 - thigh - lean, abs=1.5)


def test_a_lost_joint_loses_its_own_angles_only() -> None:
    poses = take_of(synthetic.STANDING)
    lost = np.zeros(poses.visibility.shape, dtype=bool)
    lost[:, joint_index("left_hip")] = True
    angles = joint_angles(synthetic.hide(poses, lost).xyz_m)
    unknown = {name for name, column in zip(NAMES, angles.T, strict=True) if np.isnan(column).all()}
    assert unknown == {name for name, joints in ANGLES.items() if "left_hip" in joints}
    assert np.isfinite(angles).sum() == angles.size - len(unknown) * len(poses)


def test_an_angle_is_as_visible_as_its_least_visible_joint() -> None:
    visibility = np.ones((2, 33))
    visibility[1, joint_index("right_ankle")] = 0.2
    seen = angle_visibility(visibility)
    assert seen.shape == (2, len(ANGLES))
    assert seen[0].min() == 1.0
    assert {NAMES[k] for k in np.flatnonzero(seen[1] == 0.2)} == {"right_knee"}


# ------------------------------------------------------------------------- scale, tilt, sides

POSTURES = {
    "standing": synthetic.STANDING,
    "deep squat": synthetic.bend_legs(1.0, 0.2, 50.0, 35.0),
    "plank": synthetic.plank(synthetic.TOP_M),
    "down dog": synthetic.DOWN_DOG,
}


@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0])
@pytest.mark.parametrize("name", POSTURES)
def test_pixels_per_metre_do_not_change_with_folding(name: str, yaw_deg: float) -> None:
    joints = POSTURES[name] - POSTURES[name][joint_index("left_hip")] * [0, 0, 1]
    camera = Camera(yaw_deg, distance_m=6.0)
    poses = take_of(joints, camera)
    scale = pixels_per_metre(poses.xy_px, poses.xyz_m)
    np.testing.assert_allclose(scale, camera.focal_px / camera.distance_m, rtol=0.1)
    half = synthetic.rescale(poses, 0.5)
    np.testing.assert_allclose(pixels_per_metre(half.xy_px, half.xyz_m), scale / 2, rtol=1e-5)


def test_pixels_per_metre_are_unknown_where_nobody_is() -> None:
    poses = synthetic.hide(take_of(synthetic.STANDING), np.arange(9) < 4)
    scale = pixels_per_metre(poses.xy_px, poses.xyz_m)
    np.testing.assert_array_equal(np.isnan(scale), ~poses.seen)


@pytest.mark.parametrize("yaw_deg", [0.0, 60.0, 90.0, 180.0])
@pytest.mark.parametrize(
    ("trunk_deg", "tilt_deg"), [(0, 0), (40, 40), (90, 90), (135, 135), (180, 180), (-20, 20)]
)
def test_trunk_tilt(trunk_deg: float, tilt_deg: float, yaw_deg: float) -> None:
    poses = take_of(synthetic.pose_body(10, -20, trunk_deg), Camera(yaw_deg))
    np.testing.assert_allclose(trunk_tilt_deg(poses.xyz_m), tilt_deg, atol=0.1)


def test_trunk_tilt_is_unknown_where_nobody_is() -> None:
    poses = synthetic.hide(take_of(synthetic.STANDING), np.ones(9, dtype=bool))
    assert np.isnan(trunk_tilt_deg(poses.xyz_m)).all()


@pytest.mark.parametrize(("yaw_deg", "side"), [(90, "left"), (-90, "right"), (30, "left")])
def test_near_side(yaw_deg: float, side: str) -> None:
    assert find_near_side(take_of(synthetic.STANDING, Camera(yaw_deg))) == side


def test_near_side_passes_over_frames_without_anybody() -> None:
    poses = take_of(synthetic.STANDING, Camera(-90))
    assert find_near_side(synthetic.hide(poses, np.arange(len(poses)) > 0)) == "right"
    assert find_near_side(synthetic.hide(poses, np.ones(len(poses), dtype=bool))) in (
        "left",
        "right",
    )


# --------------------------------------------------------------------------------------- view


@pytest.mark.parametrize("exercise", ["squat", "push_up"])
@pytest.mark.parametrize(
    ("yaw_deg", "label"),
    [
        (0, "front"),
        (30, "diagonal"),
        (45, "diagonal"),
        (60, "side"),
        (90, "side"),
        (135, "diagonal"),
        (180, "rear"),
    ],
)
def test_view(exercise: str, yaw_deg: float, label: str) -> None:
    move = synthetic.squat() if exercise == "squat" else synthetic.push_up()
    for sign in (1, -1):
        poses = film([move], Camera(sign * (yaw_deg + 2 * (yaw_deg == 60))), fps=15).poses
        view = estimate_view(synthetic.add_noise(poses, 0.01, seed=0))
        assert view.yaw_deg == pytest.approx(yaw_deg, abs=10)
        assert view.label == label
        assert 0.7 < view.confidence <= 1


def test_view_is_less_sure_where_less_is_seen() -> None:
    poses = film([synthetic.squat()], Camera(90)).poses
    half = synthetic.hide(poses, np.arange(len(poses)) % 2 == 0)
    assert estimate_view(half).label == "side"
    assert estimate_view(half).confidence == pytest.approx(
        estimate_view(poses).confidence / 2, abs=0.05
    )


def test_view_of_nobody_is_unknown() -> None:
    poses = film([synthetic.squat()]).poses
    nobody = synthetic.hide(poses, np.ones(len(poses), dtype=bool))
    for empty in (nobody, synthetic.first_frames(poses, 0)):
        view = estimate_view(empty)
        assert (view.label, view.confidence) == ("unknown", 0.0)
        assert np.isnan(view.yaw_deg)


def test_view_with_lost_joints() -> None:
    """A shoulder lost in a third of the frames leaves the others to look at."""
    poses = film([synthetic.squat()], Camera(90)).poses
    lost = np.zeros(poses.visibility.shape, dtype=bool)
    lost[::3, joint_index("right_shoulder")] = True
    view = estimate_view(synthetic.hide(poses, lost))
    assert view.label == "side"
    assert view.yaw_deg == pytest.approx(90, abs=10)


# ---------------------------------------------------------------------------- hiding, normalising


def test_joints_far_outside_the_picture_are_hidden() -> None:
    size = (400, 200)  # a margin of 100 px
    xy = np.full((1, 33, 2), 50.0)
    places = [(-99, 50), (-101, 50), (499, 50), (501, 50), (50, 299), (50, 301), (50, -101)]
    xy[0, :7] = places
    xy[0, 7] = np.nan
    seen = hide_outside(xy, np.full((1, 33), 0.8), size)[0] > 0
    assert seen[:7].tolist() == [True, False, True, False, True, False, False]
    assert seen[8:].all()


def test_normalised_joints_know_no_place_size_or_distance() -> None:
    script = [synthetic.squat()]
    near = film(script, Camera(distance_m=8.0), fps=10).poses
    base = normalise_joints(near)
    far = film(script, Camera(distance_m=16.0), fps=10).poses
    tall = replace(near, xyz_m=near.xyz_m * 1.2, xy_px=near.xy_px * 1.2)
    np.testing.assert_allclose(normalise_joints(synthetic.rescale(near, 0.5)), base, atol=1e-4)
    np.testing.assert_allclose(normalise_joints(synthetic.shift(near, (90, -40))), base, atol=1e-4)
    np.testing.assert_allclose(normalise_joints(tall), base, atol=1e-4)
    np.testing.assert_allclose(normalise_joints(far), base, atol=0.1)
    mirrored = normalise_joints(synthetic.mirror(near))
    np.testing.assert_allclose(mirrored, base[:, MIRROR] * [-1, 1], atol=1e-4)


def test_normalised_joints_stand_upright_around_the_hips() -> None:
    joints = normalise_joints(take_of(synthetic.STANDING, Camera(0)))[0]
    hips = joints[[joint_index("left_hip"), joint_index("right_hip")]]
    shoulders = joints[[joint_index("left_shoulder"), joint_index("right_shoulder")]]
    np.testing.assert_allclose(hips.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(shoulders.mean(axis=0), [0, 1], atol=0.05)  # one trunk up
    assert joints[joint_index("left_ankle"), 1] < -1.5
    assert joints[joint_index("left_shoulder"), 0] > 0  # seen from the front


def test_normalised_joints_are_unknown_where_nobody_is() -> None:
    poses = film([synthetic.squat()], fps=10).poses
    gone = np.arange(len(poses)) % 3 == 0
    joints = normalise_joints(synthetic.hide(poses, gone))
    np.testing.assert_array_equal(np.isnan(joints).all(axis=(1, 2)), gone)
    assert np.isnan(normalise_joints(synthetic.hide(poses, gone | True))).all()
    assert normalise_joints(synthetic.first_frames(poses, 0)).shape == (0, 33, 2)


# ------------------------------------------------------------------------------------ signals


def test_signals_of_a_squat() -> None:
    take = film([synthetic.squat(depth=0.0, shin_deg=30.0)], Camera(90, distance_m=8))
    signals = measure_signals(take.poses)
    assert signals.near_side == "left"
    assert signals.view.label == "side"
    bottom = np.searchsorted(signals.time_s, take.reps[0].bottom_s)
    assert signals.angle("left_knee")[bottom] == pytest.approx(60, abs=3)
    assert signals.angle("left_knee")[0] > 170
    assert signals.angle_names == tuple(ANGLES)


def test_signals_hide_what_was_hardly_seen() -> None:
    poses = film([synthetic.squat()], Camera(90)).poses
    visibility = poses.visibility.copy()
    visibility[10:15, joint_index("right_ankle")] = SEEN_VISIBILITY - 0.05
    visibility[20:25, joint_index("right_ankle")] = SEEN_VISIBILITY + 0.05
    signals = measure_signals(replace(poses, visibility=visibility))
    hidden = np.isnan(signals.angle("right_knee"))
    assert np.flatnonzero(hidden).tolist() == [10, 11, 12, 13, 14]
    assert np.isfinite(signals.angle("left_knee")).all()


@pytest.mark.parametrize("frames", [0, 1])
def test_signals_of_hardly_anything(frames: int) -> None:
    poses = synthetic.first_frames(film([synthetic.squat()]).poses, frames)
    assert measure_signals(poses).angle_deg.shape == (frames, len(ANGLES))
