"""The skeleton on frames: only what was seen, only where it belongs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gym.drawing import skeleton
from gym.drawing.skeleton import draw_skeleton
from gym.schema import J, Pose
from gym.skeleton import joint_index

GREY = 128


def grey(width: int, height: int, level: int = GREY) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def make_pose(visibility: float = 0.9, **joints: tuple[float, float]) -> Pose:
    """Return a pose that has only the named joints."""
    xy_px = np.full((J, 2), np.nan)
    seen = np.zeros(J)
    for name, point in joints.items():
        xy_px[joint_index(name)] = point
        seen[joint_index(name)] = visibility
    return Pose(0.0, xy_px, np.full((J, 3), np.nan), seen)


def changed(image: np.ndarray, level: int = GREY) -> np.ndarray:
    """Return bool (H, W): where an image is no longer grey."""
    return (image != level).any(axis=2)


def bounds(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of what is set."""
    rows, columns = np.nonzero(mask)
    return columns.min(), rows.min(), columns.max(), rows.max()


def test_a_bone_is_drawn_between_its_joints_and_nowhere_else() -> None:
    image = grey(640, 360)
    pose = make_pose(left_knee=(200, 100), left_ankle=(200, 300))
    assert draw_skeleton(image, pose) is image
    left, top, right, bottom = bounds(changed(image))
    assert 190 <= left < 200 < right <= 210
    assert 90 <= top <= 100
    assert 300 <= bottom <= 310
    assert changed(image)[100:300, 200].all()


def test_unseen_joints_and_guesses_are_not_drawn() -> None:
    image = grey(640, 360)
    draw_skeleton(image, make_pose(left_knee=(200, 100)))  # its other ends are unseen
    draw_skeleton(image, make_pose(0.02, left_knee=(200, 100), left_ankle=(200, 300)))
    draw_skeleton(image, Pose.unseen(0.0))
    assert not changed(image).any()


def test_doubtful_bones_are_faint() -> None:
    clear, faint = grey(640, 360), grey(640, 360)
    ends = {"left_knee": (200, 100), "left_ankle": (200, 300)}
    draw_skeleton(clear, make_pose(0.9, **ends))
    draw_skeleton(faint, make_pose(0.3, **ends))
    strong = np.abs(clear[200, 200].astype(int) - GREY).sum()
    weak = np.abs(faint[200, 200].astype(int) - GREY).sum()
    assert 0.2 * strong < weak < 0.6 * strong
    assert not (changed(faint) & ~changed(clear)).any()


def test_the_near_side_is_brighter() -> None:
    image = grey(640, 360)
    legs = {
        "left_knee": (200, 100),
        "left_ankle": (200, 300),
        "right_knee": (400, 100),
        "right_ankle": (400, 300),
    }
    draw_skeleton(image, make_pose(**legs), near_side="right")
    assert image[200, 400].astype(int).sum() > image[200, 200].astype(int).sum() + 100
    both = draw_skeleton(grey(640, 360), make_pose(**legs))
    assert (both[200, 400] == both[200, 200]).all()


def test_the_near_side_lies_on_top() -> None:
    crossed = {
        "left_knee": (200, 100),
        "left_ankle": (400, 300),
        "right_knee": (400, 100),
        "right_ankle": (200, 300),
    }
    for side in ("left", "right"):
        image = draw_skeleton(grey(640, 360), make_pose(**crossed), near_side=side)
        assert tuple(image[200, 300]) == skeleton.NEAR_COLOUR


def test_positions_are_scaled_to_the_image() -> None:
    pose = make_pose(left_knee=(100, 100), left_ankle=(100, 200))
    image = draw_skeleton(grey(1280, 720), pose, image_size=(640, 360))
    left, top, right, bottom = bounds(changed(image))
    assert 185 < left < 200 < right < 215
    assert 185 < top <= 200
    assert 400 <= bottom < 415


def test_lines_grow_with_the_person() -> None:
    def width(scale: float) -> int:
        pose = make_pose(left_knee=(300, 50), left_ankle=(300, 50 + 200 * scale))
        image = draw_skeleton(grey(1280, 720), pose)
        return int(changed(image)[round(50 + 100 * scale)].sum())

    assert width(3) > width(1) >= 3


@pytest.mark.parametrize(
    "ends",
    [
        ((-50, -40), (-20, -10)),  # wholly outside
        ((-900, 100), (-700, 300)),
        ((100, 100), (3000, 100)),  # one end far out
        ((100, 100), (1e9, 100)),  # beyond what cv2 can count
        ((100, 100), (math.inf, 100)),
        ((100, 100), (100, 100)),
    ],
)
@pytest.mark.parametrize("visibility", [0.9, 0.3])
def test_bones_that_leave_the_picture(
    ends: tuple[tuple[float, float], ...], visibility: float
) -> None:
    image = grey(640, 360)
    draw_skeleton(image, make_pose(visibility, left_knee=ends[0], left_ankle=ends[1]))
    inside = ends[0][0] >= 0 and ends[1][0] < 5000
    assert changed(image).any() == inside
