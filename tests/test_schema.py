"""The values that flow: shapes are checked at the door, and what was made stays as it is."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import datetime

import numpy as np
import pytest

from gym.schema import (
    ClipInfo,
    Frame,
    J,
    Pose,
    PoseSequence,
    Rep,
    RepCount,
    RepKind,
    Signals,
    Verdict,
    View,
)


def a_sequence(frames: int = 4, **fields: object) -> PoseSequence:
    values = {
        "time_s": np.arange(frames) / 30,
        "xy_px": np.ones((frames, J, 2)),
        "xyz_m": np.ones((frames, J, 3)),
        "visibility": np.ones((frames, J)),
        "image_size": (640, 480),
    }
    return PoseSequence(**{**values, **fields})


@pytest.mark.parametrize(
    ("field", "shape"),
    [
        ("xy_px", (4, J, 3)),
        ("xy_px", (3, J, 2)),
        ("xyz_m", (4, 32, 3)),
        ("visibility", (4, J, 1)),
        ("time_s", (4, 1)),
    ],
)
def test_a_wrong_shape_is_told_with_both_shapes(field: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected shape") as error:
        a_sequence(**{field: np.zeros(shape)})
    assert f"got {shape}" in str(error.value)
    assert f"PoseSequence.{field}" in str(error.value)


@pytest.mark.parametrize(
    "time_s", [[0.0, 0.1, 0.1, 0.2], [0.0, 0.2, 0.1, 0.3], [0.0, np.nan, 0.2, 0.3]]
)
def test_time_has_to_increase(time_s: list[float]) -> None:
    with pytest.raises(ValueError, match="strictly increasing"):
        a_sequence(time_s=np.array(time_s))


def test_arrays_are_read_only_and_the_givers_stay_writable() -> None:
    mine = np.ones((4, J, 2), dtype=np.float32)
    poses = a_sequence(xy_px=mine)
    for array in (poses.time_s, poses.xy_px, poses.xyz_m, poses.visibility, poses[0].xy_px):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    mine[0] = 5.0  # only the view is frozen
    with pytest.raises(FrozenInstanceError):
        poses.model = "full"


def test_types_are_brought_to_the_documented_ones() -> None:
    poses = a_sequence(image_size=(np.float64(640.0), np.int64(480)))
    assert poses.time_s.dtype == np.float64
    assert poses.xy_px.dtype == poses.xyz_m.dtype == poses.visibility.dtype == np.float32
    assert poses.image_size == (640, 480)
    assert all(type(n) is int for n in poses.image_size)


def test_collect_is_the_inverse_of_indexing() -> None:
    rng = np.random.default_rng(0)
    poses = a_sequence(
        xy_px=rng.normal(size=(4, J, 2)),
        xyz_m=rng.normal(size=(4, J, 3)),
        visibility=rng.random((4, J)),
    )
    again = PoseSequence.collect([poses[k] for k in range(4)], poses.image_size, "lite")
    for name in ("time_s", "xy_px", "xyz_m", "visibility"):
        np.testing.assert_array_equal(getattr(again, name), getattr(poses, name))
    assert again.model == "lite"
    assert len(again) == 4


def test_collecting_nothing_is_an_empty_sequence() -> None:
    poses = PoseSequence.collect([], (640, 480))
    assert len(poses) == 0
    assert poses.xy_px.shape == (0, J, 2)
    assert poses.xyz_m.shape == (0, J, 3)
    assert poses.seen.shape == (0,)


def test_iterating_a_sequence_ends() -> None:
    assert [pose.time_s for pose in a_sequence(3)] == pytest.approx([0.0, 1 / 30, 2 / 30])
    assert a_sequence(3)[-1].time_s == pytest.approx(2 / 30)


def test_unseen_is_nan_with_no_visibility() -> None:
    pose = Pose.unseen(1.5)
    assert (pose.time_s, pose.seen) == (1.5, False)
    assert np.isnan(pose.xy_px).all()
    assert np.isnan(pose.xyz_m).all()
    assert not pose.visibility.any()


def test_seen_tells_frames_apart() -> None:
    xy_px = np.ones((3, J, 2))
    xy_px[1] = np.nan
    xy_px[2, 1:] = np.nan  # one joint is somebody
    assert a_sequence(3, xy_px=xy_px).seen.tolist() == [True, False, True]


def test_joint_by_name() -> None:
    xy_px = np.zeros((4, J, 2))
    xy_px[:, 25] = [7, 8]
    np.testing.assert_array_equal(a_sequence(xy_px=xy_px).joint("left_knee"), [[7, 8]] * 4)


def test_count_leaves_partial_reps_out() -> None:
    reps = (Rep(0, 1, 2), Rep(2, 3, 4, RepKind.PARTIAL, "small"), Rep(4, 5, 6))
    counted = RepCount("heuristic", reps, np.arange(3.0), np.zeros(3))
    assert counted.count == 2
    with pytest.raises(ValueError, match=r"RepCount\.phase: expected shape \(3,\), got \(2,\)"):
        RepCount("heuristic", reps, np.arange(3.0), np.zeros(2))


def test_signals_by_name() -> None:
    angles = np.array([[1.0, 2.0], [3.0, 4.0]])
    signals = Signals(np.arange(2.0), angles, ("left_knee", "right_knee"), "left", View())
    assert signals.angle("right_knee").tolist() == [2.0, 4.0]
    with pytest.raises(ValueError, match="not in tuple"):
        signals.angle("left_tail")
    with pytest.raises(ValueError, match=r"expected shape \(2, 1\)"):
        Signals(np.arange(2.0), angles, ("left_knee",), "left", View())


def test_words_of_the_contract() -> None:
    assert [v.value for v in Verdict] == ["pass", "borderline", "fail", "unseen"]
    assert [k.value for k in RepKind] == ["full", "partial"]
    assert f"{Verdict.PASS}" == "pass"  # as written into the JSON files


def test_a_frame_is_a_picture_and_a_time() -> None:
    frame = Frame(np.zeros((2, 3, 3), np.uint8), 0.5)
    assert (frame.image.shape, frame.time_s) == ((2, 3, 3), 0.5)


def test_when_a_clip_was_recorded_is_a_moment_everywhere() -> None:
    with pytest.raises(ValueError, match="with its time zone, got 2026-03-01"):
        ClipInfo("a.mp4", 1.0, 30, 640, 360, recorded_at=datetime(2026, 3, 1))
