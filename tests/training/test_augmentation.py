"""Augmentations change what they say, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares

from gym.athlete.stick_figure import (
    LIMBS_M,
    ease,
    look_from,
    make_stance,
    place_joints,
    vary_body,
)
from gym.skeleton import PENN_JOINTS
from gym.training.datasets import Movement
from gym.training.made_exercises import make_squat
from gym.training.made_movements import MAKERS, film_room, make_movements
from gym.training.recogniser import augmentation as change
from gym.training.recogniser.train import APP_LABELS
from gym.training.recogniser.windows import STILL_SHARE, measure_motion


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def xy(rng):
    xy = rng.normal(200, 50, (40, 13, 2)).astype(np.float32)
    xy[5:9, 3] = np.nan
    return xy


def rep(seconds: float = 1.5, *, drift: float = 0.0) -> Movement:
    """One dip of all joints (down 100 px and up), which may end beside where it began."""
    time_s = np.arange(0, seconds, 1 / 30)
    dip = 50 - 50 * np.cos(2 * np.pi * time_s / seconds)
    xy = np.zeros((len(time_s), 13, 2), dtype=np.float32)
    xy[..., 1] = dip[:, None] + 10 * np.arange(13)
    xy[..., 0] = (drift * time_s / seconds)[:, None] + 3 * np.arange(13)
    return Movement("m", "made", "squat", "squat", "g", "train", time_s, xy, np.ones(xy.shape[:2]))


def test_flip_twice_is_the_identity(xy):
    assert np.array_equal(change.flip(change.flip(xy)), xy, equal_nan=True)


def test_flip_swaps_left_and_right(xy):
    left, right = PENN_JOINTS.index("left_knee"), PENN_JOINTS.index("right_knee")
    assert np.array_equal(change.flip(xy)[:, left], xy[:, right] * [-1, 1], equal_nan=True)


def test_rotation_keeps_lengths(xy):
    turned = change.rotate(xy, 17.0)
    assert np.allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(xy, axis=-1), equal_nan=True)
    assert not np.allclose(turned[0], xy[0])


def test_spread_scales_with_the_body_and_ignores_its_place(xy):
    size = change.body_spread(xy)
    assert change.body_spread(2 * xy + 77) == pytest.approx(2 * size, rel=1e-4)
    assert change.body_spread(np.full((3, 13, 2), np.nan)) == 1.0


def test_camera_that_does_not_move_changes_nothing(rng):
    xyz = rng.normal(0, 0.4, (30, 13, 3)).astype(np.float32)
    hips = [PENN_JOINTS.index("left_hip"), PENN_JOINTS.index("right_hip")]
    xyz -= xyz[:, hips].mean(axis=1, keepdims=True)  # world metres start at the hips
    xy = 250 * xyz[..., :2] + 400
    assert np.allclose(change.turn_camera(xy, xyz, 0.0), xy, atol=0.5)
    behind = change.turn_camera(xy, xyz, 180.0)
    assert np.allclose(behind[..., 0] - 400, -(xy[..., 0] - 400), atol=0.5)
    assert np.allclose(behind[..., 1], xy[..., 1], atol=0.5)


def test_loop_repeats_the_rep(rng):
    at_s = np.arange(0, 9, 1 / 30)
    y = change.loop(rep(), at_s, rng, there_and_back=True)[:, 0, 1]
    bottoms = (y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:]) & (y[1:-1] > 60)
    assert 5 <= bottoms.sum() <= 8  # 9 s of 1.5 s reps, each a little faster or slower


def test_loop_leaves_no_seam(rng):
    """A clip that ends elsewhere than it began must not jump when it starts again."""
    clip = rep(drift=200.0)
    at_s = np.arange(0, 6, 1 / 30)
    x = change.loop(clip, at_s, rng, there_and_back=False)[:, 0, 0]
    own_step = np.abs(np.diff(clip.xy[:, 0, 0])).max()
    assert np.nanmax(np.abs(np.diff(x))) < 0.25 * 200
    assert np.nanmax(np.abs(np.diff(x))) > own_step


def test_looped_copies_differ(rng):
    at_s = np.arange(0, 12, 1 / 30)
    y = change.loop(rep(), at_s, rng, there_and_back=True)[:, 0, 1]
    peaks = y[1:-1][(y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:]) & (y[1:-1] > 60)]
    assert np.ptp(peaks) > 1.0


@pytest.mark.parametrize("before", [True, False])
def test_hold_stands_still_where_it_says(xy, rng, before):
    moving = np.cumsum(np.full((40, 13, 2), 5.0), axis=0).astype(np.float32) + xy[:1]
    held = change.hold(moving, 15, rng, before=before)
    assert held.shape == moving.shape
    still, rest = (held[:15], held[15:]) if before else (held[-15:], held[:-15])
    assert np.abs(np.diff(still, axis=0)).max() < 2.0
    assert np.array_equal(rest, moving[:25] if before else moving[15:])


def test_splice_fits_the_other_movement_to_the_body(xy, rng):
    other = rng.normal(0, 5, (40, 13, 2)).astype(np.float32)
    mixed = change.splice(xy, other, 10, before=True)
    assert np.array_equal(mixed[10:], xy[:30], equal_nan=True)
    assert change.body_spread(mixed[:10]) == pytest.approx(change.body_spread(xy), rel=0.1)
    assert np.allclose(mixed[:10].mean(axis=(0, 1)), np.nanmean(xy, axis=(0, 1)), atol=15)
    assert np.array_equal(change.splice(xy, other, 0, before=False), xy, equal_nan=True)


def test_dropping_hides_and_invents_nothing(xy, rng):
    dropped = change.drop_joints(xy, rng, 0.5)
    kept = np.isfinite(dropped)
    assert np.isfinite(xy)[kept].all()
    assert kept.sum() < np.isfinite(xy).sum()
    assert np.array_equal(dropped[kept], xy[kept])


def test_low_visibility_is_hidden(xy):
    visibility = np.ones((40, 13), dtype=np.float32)
    visibility[:, 4] = 0.3
    hidden = change.hide_by_visibility(xy, visibility, 0.5)
    assert np.isnan(hidden[:, 4]).all()
    assert np.array_equal(hidden[:, 5], xy[:, 5])


def test_made_movements_are_what_they_are_called():
    made = make_movements(150, seed=1, labels=APP_LABELS)
    again = make_movements(150, seed=1, labels=APP_LABELS)
    assert all(np.array_equal(a.xy, b.xy) for a, b in zip(made, again, strict=True))
    assert {m.label for m in make_movements(400, seed=1, labels=APP_LABELS)} == set(APP_LABELS)
    moving = [measure_motion(m.xy) for m in made if m.action == "squat"]
    assert min(moving) > STILL_SHARE
    standing = [measure_motion(m.xy[:60]) for m in made if m.action == "plank_hold"]
    assert np.median(standing) < STILL_SHARE


def test_a_made_squat_seen_from_its_left_bends_to_the_left():
    """Its left side is nearer, so it looks to the picture's left: knees and face are there."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        track, anchor = make_squat(rng, 7.0)
        xyz, _ = vary_body(rng, ease(track, np.arange(0, 7, 1 / 30)), anchor)
        seen = look_from(xyz - xyz.mean(axis=(0, 1)), np.pi / 2, 0.0)
        at = {name: seen[:, i] for i, name in enumerate(PENN_JOINTS)}
        lowest = at["right_hip"][:, 1].argmax()  # y points down
        assert at["right_knee"][lowest, 0] < at["right_hip"][lowest, 0]
        shoulders = (at["left_shoulder"] + at["right_shoulder"]) / 2
        assert (at["head"] - shoulders)[lowest, 0] < 0
        assert at["left_knee"][lowest, 2] < at["right_knee"][lowest, 2]  # nearer


def test_the_camera_films_a_body_and_not_its_mirror_image():
    """A camera somewhere explains the picture of the body; none explains a mirror image's."""
    rng = np.random.default_rng(0)
    stance = make_stance(trunk=20, left_thigh=70, shin=-20, right_arm_out=60, upper_arm=50)
    room = place_joints(stance[None], LIMBS_M, "feet")
    middle = room - room.mean(axis=(0, 1))

    def miss(camera: np.ndarray, xy: np.ndarray, body: np.ndarray) -> np.ndarray:
        seen = look_from(body[0], camera[0], camera[1])
        return (600 * seen[:, :2] / (camera[2] + seen[:, 2:]) - xy).ravel()

    for _ in range(4):
        xy = film_room(rng, room)[0][0].astype(float)
        error = [
            min(
                least_squares(miss, (yaw, 0.1, 4.0), args=(xy, body)).cost
                for yaw in np.arange(0, 2 * np.pi, np.pi / 4)
            )
            for body in (middle, middle * [1.0, 1.0, -1.0])
        ]
        assert error[0] < 0.01 < error[1]


def test_a_stretched_window_fills_its_box(xy):
    xy[3:6, 4] = np.nan
    boxed = change.stretch_to_box(xy, np.random.default_rng(0))
    assert np.array_equal(np.isnan(boxed), np.isnan(xy))
    for axis in range(2):
        spans = np.nanmax(boxed[..., axis], axis=1) - np.nanmin(boxed[..., axis], axis=1)
        assert np.ptp(spans) < 1e-5
        assert 0.79 < spans[0] <= 1.0


def test_the_edge_of_the_picture_hides_what_is_beyond(xy):
    rng = np.random.default_rng(1)
    hidden = 0
    for _ in range(30):
        cut = change.crop_picture(xy, rng)
        gone = np.isnan(cut).all(axis=-1) & np.isfinite(xy).all(axis=-1)
        kept = np.isfinite(cut).all(axis=-1)
        assert np.array_equal(cut[kept], xy[kept])
        assert kept.any()
        hidden += gone.any()
    assert hidden == 30
    assert np.isnan(change.crop_picture(np.full((5, 13, 2), np.nan), rng)).all()


@pytest.mark.parametrize(
    ("make", "label"), [pytest.param(m, name, id=m.__name__) for m, name, _ in MAKERS]
)
def test_every_made_movement_keeps_a_body_together(make, label):
    rng = np.random.default_rng(5)
    assert label in APP_LABELS
    for _ in range(5):
        (key_s, stances), anchor = make(rng, 7.0)
        assert (np.diff(key_s) > 0).all()
        assert key_s[0] <= 0.0
        assert key_s[-1] >= 6.0
        assert np.isfinite(stances).all()
        xyz = place_joints(stances, LIMBS_M, anchor)
        thigh = xyz[:, PENN_JOINTS.index("left_knee")] - xyz[:, PENN_JOINTS.index("left_hip")]
        assert np.linalg.norm(thigh, axis=1) == pytest.approx(LIMBS_M["thigh"])


def test_made_squats_go_down():
    head, ankle = PENN_JOINTS.index("head"), PENN_JOINTS.index("left_ankle")
    hip = PENN_JOINTS.index("left_hip")
    for m in make_movements(120, seed=2, labels=APP_LABELS):
        tall = m.xy[:, ankle, 1] - m.xy[:, head, 1]  # y points down
        if m.action == "squat":
            assert tall.min() > 0
            assert np.ptp(m.xy[:, hip, 1]) > 0.1 * tall.max()


def test_motion_of_too_few_joints_is_unknown():
    xy = np.full((30, 13, 2), np.nan)
    assert np.isnan(measure_motion(xy))
    xy[:, :2] = 5.0
    assert np.isnan(measure_motion(xy))
