"""The ghost lies where the athlete stands, and is as large as they are."""

from __future__ import annotations

import numpy as np
import pytest

from gym.drawing.ghost import place_ghost
from gym.schema import PoseSequence
from gym.skeleton import joint_index
from tests.figure import STANDING
from tests.synthetic import Camera, film, hold, squat

SPANS_S = [(0.5, 2.4), (2.6, 4.5)]


@pytest.fixture(scope="module")
def squats() -> PoseSequence:
    return film([hold(STANDING, 0.5), squat(), squat(), hold(STANDING, 1)], Camera(90.0, 4.0)).poses


def change_second(poses: PoseSequence, xy_px: np.ndarray) -> PoseSequence:
    """Return poses whose second rep has other places."""
    late = (poses.time_s >= SPANS_S[1][0])[:, None, None]
    return PoseSequence(
        poses.time_s,
        np.where(late, xy_px, poses.xy_px),
        poses.xyz_m,
        poses.visibility,
        poses.image_size,
    )


def test_it_stands_on_the_feet_of_the_other_rep(squats: PoseSequence) -> None:
    moved = change_second(squats, squats.xy_px + np.float32([40, -20]))
    own, other = place_ghost(moved, SPANS_S, 0)
    size = np.array(moved.image_size)
    assert own.scale == 1.0
    assert (own.to_x, own.to_y) == (own.held_x, own.held_y)
    at = np.multiply((own.held_x, own.held_y), size)
    feet = squats.xy_px[:, [joint_index("left_ankle"), joint_index("right_ankle")]]
    assert np.linalg.norm(np.nanmedian(feet, axis=0) - at, axis=1).min() < 3
    shift = np.multiply((other.to_x - other.held_x, other.to_y - other.held_y), size)
    assert shift == pytest.approx([40, -20], abs=1.5)
    assert other.scale == pytest.approx(1.0, abs=0.03)


def test_it_grows_with_an_athlete_who_came_nearer(squats: PoseSequence) -> None:
    middle = np.float32(squats.image_size) / 2
    nearer = change_second(squats, (squats.xy_px - middle) * np.float32(1.3) + middle)
    _, other = place_ghost(nearer, SPANS_S, 0)
    assert other.scale == pytest.approx(1.3, rel=0.03)


def test_what_holds_it_is_what_moves_least(squats: PoseSequence) -> None:
    xy_px = squats.xy_px.copy()
    joints = [joint_index(f"{side}_ankle") for side in ("left", "right")]
    xy_px[:, joints] += 30 * np.sin(8 * squats.time_s)[:, None, None].astype(np.float32)
    wrist = joint_index("left_wrist")
    xy_px[:, wrist] = (100, 80)  # on a bar
    hanging = PoseSequence(squats.time_s, xy_px, squats.xyz_m, squats.visibility, squats.image_size)
    own, _ = place_ghost(hanging, SPANS_S, 0)
    assert np.multiply((own.held_x, own.held_y), hanging.image_size) == pytest.approx([100, 80])


def test_there_is_no_place_where_nothing_was_seen(squats: PoseSequence) -> None:
    blind = change_second(squats, np.full_like(squats.xy_px, np.nan))
    assert place_ghost(blind, SPANS_S, 0)[1] is None
    assert place_ghost(blind, SPANS_S, 1) == (None, None)
