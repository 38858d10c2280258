"""Angles, smoothing, scale, tilt and view on postures whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gym.features import (
    ANGLES,
    SEEN_VISIBILITY,
    Smoother,
    angle_between,
    angle_visibility,
    estimate_view,
    find_near_side,
    hide_outside,
    joint_angles,
    measure_signals,
    normalise_joints,
    pixels_per_metre,
    smooth,
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


# ---------------------------------------------------------------------------------- smoothing

TIMES = {
    "30 fps": np.arange(60) / 30,
    "25 fps": np.arange(50) / 25,
    "60 fps": np.arange(120) / 60,
    "irregular": np.cumsum(np.random.default_rng(0).choice([0.016, 0.033, 0.05, 0.08], 60)),
}
any_times = pytest.mark.parametrize("time_s", TIMES.values(), ids=TIMES)


def settle(time_s: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Push everything and flush: settled times, values, and when each was given out."""
    smoother, out, when_s = Smoother(), [], []
    for t, v in zip(time_s, values, strict=True):
        got = smoother.push(float(t), v)
        out += got
        when_s += [float(t)] * len(got)
    last = smoother.flush()
    out, when_s = out + last, when_s + [float(time_s[-1])] * len(last)
    return np.array([t for t, _ in out]), np.array([v for _, v in out]), np.array(when_s)


@any_times
def test_smoothing_keeps_a_parabola(time_s: np.ndarray) -> None:
    """One arm of it exactly; its turning point in value and time, but for the median's share."""
    middle_s = float(time_s[len(time_s) // 2])
    rising = (80 + 40 * (time_s - time_s[0] + 0.5) ** 2)[:, None]
    # At the very ends the median leans inwards, and so it does at uneven times.
    inner = (time_s > time_s[0] + 0.18) & (time_s < time_s[-1] - 0.18)
    uneven_s = np.ptp(np.diff(time_s)) / 2
    steepness = 80 * (np.ptp(time_s) + 0.5)
    np.testing.assert_allclose(
        smooth(time_s, rising)[inner], rising[inner], atol=0.1 + steepness * uneven_s
    )
    bowl = (70 + 400 * (time_s - middle_s) ** 2)[:, None]
    calm = smooth(time_s, bowl)[:, 0]
    around = abs(time_s - middle_s) < 0.3
    assert time_s[around][calm[around].argmin()] == pytest.approx(middle_s, abs=0.034)
    assert calm[around].min() == pytest.approx(70, abs=400 * 0.05**2)


@any_times
def test_smoothing_leaves_straight_lines_alone(time_s: np.ndarray) -> None:
    line = np.stack([3 * time_s + 1, -50 * time_s, np.full(len(time_s), 7.0)], axis=1)
    calm = smooth(time_s, line)
    np.testing.assert_allclose(calm[4:-4], line[4:-4], atol=0.7)
    np.testing.assert_allclose(calm[:, 2], 7.0, atol=1e-9)


def test_smoothing_keeps_the_bottom_of_a_fast_rep() -> None:
    time_s = np.arange(60) / 30
    angle = 125 + 45 * np.cos(2 * np.pi * time_s / 0.6)
    calm = smooth(time_s, angle[:, None])[:, 0]
    bottom = slice(6, 12)
    assert calm[bottom].min() == pytest.approx(80, abs=0.05 * 90)
    assert time_s[bottom][calm[bottom].argmin()] == pytest.approx(0.3, abs=0.001)


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
@pytest.mark.parametrize("spike", [60.0, -60.0])
def test_a_single_wrong_frame_is_taken_out(fps: float, spike: float) -> None:
    time_s = np.arange(0, 2, 1 / fps)
    true = 120 + 50 * np.cos(2 * np.pi * time_s / 2)
    wrong = true.copy()
    wrong[int(0.5 * fps)] += spike
    calm = smooth(time_s, wrong[:, None])[:, 0]
    assert abs(calm - true)[2:-2].max() < 0.1 * abs(spike)


def test_jitter_gets_smaller() -> None:
    rng = np.random.default_rng(0)
    time_s = np.arange(150) / 30
    true = 120 + 50 * np.cos(2 * np.pi * time_s / 2.5)
    noisy = true + rng.normal(0, 2, len(true))
    calm = smooth(time_s, noisy[:, None])[:, 0]
    assert np.std(calm - true) < 0.75 * np.std(noisy - true)
    assert np.std(np.diff(calm, 2)) < 0.35 * np.std(np.diff(noisy, 2))


@any_times
def test_every_sample_comes_out_once_in_order_and_in_time(time_s: np.ndarray) -> None:
    values = np.random.default_rng(1).normal(size=(len(time_s), 2))
    times, _, when_s = settle(time_s, values)
    np.testing.assert_array_equal(times, time_s)
    assert np.all(when_s - times >= 0)
    # Waiting ends with the first frame at least `delay_s` later.
    due = np.searchsorted(time_s, times + Smoother().delay_s + 1e-9).clip(max=len(time_s) - 1)
    assert np.all(when_s <= time_s[due])
    assert Smoother().delay_s <= 0.4 - 0.1


@any_times
def test_smoothing_looks_no_further_ahead_than_it_says(time_s: np.ndarray) -> None:
    """What was given out does not depend on what came later."""
    rng = np.random.default_rng(2)
    values = rng.normal(size=(len(time_s), 1))
    cut = len(time_s) // 2
    other = np.concatenate([values[:cut], rng.normal(size=(len(time_s) - cut, 1))])
    early = time_s[:cut] < time_s[cut] - Smoother().delay_s - 1e-9
    a, b = smooth(time_s, values)[:cut][early], smooth(time_s, other)[:cut][early]
    np.testing.assert_array_equal(a, b)


@any_times
def test_a_whole_path_is_smoothed_as_a_live_one(time_s: np.ndarray) -> None:
    values = np.random.default_rng(3).normal(size=(len(time_s), 3))
    values[10:14, 1] = np.nan
    np.testing.assert_array_equal(smooth(time_s, values), settle(time_s, values)[1])


def test_unseen_stays_unseen_and_spoils_no_other() -> None:
    time_s = np.arange(60) / 30
    values = np.stack([np.full(60, 90.0), 10 + 0 * time_s], axis=1)
    values[[5, 20, 21, 22, 23, 40], 0] = np.nan
    values[::2, 1] = np.nan  # every other frame
    calm = smooth(time_s, values)
    np.testing.assert_array_equal(np.isnan(calm), np.isnan(values))
    np.testing.assert_allclose(calm[~np.isnan(values[:, 0]), 0], 90.0)
    np.testing.assert_allclose(calm[1::2, 1], 10.0)


def test_columns_are_smoothed_apart() -> None:
    time_s = np.arange(40) / 30
    values = np.random.default_rng(4).normal(size=(40, 3))
    values[7:9, 2] = np.nan
    together = smooth(time_s, values)
    for k in range(3):
        alone = smooth(time_s, values[:, [k]])[:, 0]
        np.testing.assert_allclose(together[:, k], alone, atol=1e-9)


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_short_paths_are_smoothed_too(frames: int) -> None:
    values = np.arange(frames * 2.0).reshape(frames, 2)
    calm = smooth(np.arange(frames) / 30, values)
    assert calm.shape == (frames, 2)
    assert np.isfinite(calm).all()


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
