"""RepCount's poses, through the adapter that names itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gym.errors import PoseFileError
from gym.posefiles.repcount import normalise_like_repcount, read_repcount
from gym.skeleton import joint_index
from tests import synthetic
from tests.synthetic import Camera, film, hold


def write_poses(folder: Path, stored: np.ndarray) -> Path:
    path = folder / "clip.npy"
    np.save(path, stored)
    return path


def some_stored(frames: int = 6) -> np.ndarray:
    """Return frames as they are published: 0..1 on every axis."""
    stored = np.random.default_rng(0).random((frames, 33, 3)).astype(np.float32)
    low, high = stored.min(axis=1, keepdims=True), stored.max(axis=1, keepdims=True)
    return (stored - low) / (high - low)


def test_reads_poses(tmp_path: Path) -> None:
    stored = some_stored()
    poses = read_repcount(write_poses(tmp_path, stored))
    assert poses.time_s == pytest.approx(np.arange(6) / 30)
    assert poses.image_size == (1000, 1000)
    assert poses.xy_px == pytest.approx(1000 * stored[..., :2], abs=1e-3)
    assert (poses.visibility == 1).all()
    hips = poses.xyz_m[:, [joint_index("left_hip"), joint_index("right_hip")]].mean(axis=1)
    assert hips == pytest.approx(np.zeros((6, 3)), abs=1e-5)
    assert np.ptp(poses.xyz_m[..., 1], axis=1) == pytest.approx(np.full(6, 1.7), rel=1e-4)


def test_frames_of_zeros_are_unseen(tmp_path: Path) -> None:
    stored = some_stored()
    stored[[0, 3]] = 0
    poses = read_repcount(write_poses(tmp_path, stored))
    assert poses.seen.tolist() == [False, True, True, False, True, True]
    assert np.isnan(poses.xyz_m[0]).all()
    assert (poses.visibility[[0, 3]] == 0).all()


def test_a_joint_that_is_no_number_is_unseen(tmp_path: Path) -> None:
    stored = some_stored()
    stored[1, 5, 0], stored[2, 6, 2] = np.nan, np.inf
    poses = read_repcount(write_poses(tmp_path, stored))
    assert poses.visibility[1, 5] == poses.visibility[2, 6] == 0
    assert np.isnan(poses.xy_px[2, 6]).all()
    assert np.isfinite(poses.xy_px).all(axis=2).sum() == 6 * 33 - 2


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(np.zeros((0, 33, 3), dtype=np.float32), id="no frames"),
        pytest.param(np.zeros((4, 33, 2), dtype=np.float32), id="no depth"),
        pytest.param(np.zeros((4, 99), dtype=np.float32), id="flat"),
        pytest.param(np.float32(1), id="a number"),
        pytest.param(np.zeros((4, 33, 3), dtype=np.int64), id="whole numbers"),
        pytest.param(np.array([{}], dtype=object), id="objects"),
    ],
)
def test_refuses_other_arrays(tmp_path: Path, stored: np.ndarray) -> None:
    with pytest.raises(PoseFileError):
        read_repcount(write_poses(tmp_path, stored))


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_refuses_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.npy"
    path.write_bytes(content)
    with pytest.raises(PoseFileError):
        read_repcount(path)


def test_says_that_a_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PoseFileError, match=r"no file clip\.npy"):
        read_repcount(tmp_path / "clip.npy")


def test_normalises_recorded_poses_as_theirs_are() -> None:
    standing = hold(synthetic.STANDING, 0.3)
    recorded = film([standing, synthetic.squat(), standing], Camera(60.0)).poses
    poses = normalise_like_repcount(recorded)
    assert (poses.time_s == recorded.time_s).all()
    assert np.nanmin(poses.xy_px, axis=1) == pytest.approx(0, abs=1e-3)
    assert np.nanmax(poses.xy_px, axis=1) == pytest.approx(1000, abs=1e-2)
    # Where the camera stands and how large the picture is cannot be told any more.
    far = film([standing, synthetic.squat(), standing], Camera(60.0, distance_m=4.0)).poses
    assert normalise_like_repcount(synthetic.rescale(far, 2.0)).xy_px == pytest.approx(
        poses.xy_px, abs=0.1
    )


def test_normalising_keeps_the_unseen_unseen() -> None:
    recorded = film([hold(synthetic.STANDING, 0.3)]).poses
    hidden = synthetic.drop_joints(recorded, 0.2, 1)
    nobody = np.arange(len(recorded)) == 2
    poses = normalise_like_repcount(synthetic.hide(hidden, nobody))
    lost = np.isnan(hidden.xy_px[..., 0]) | nobody[:, None]
    assert (np.isnan(poses.xy_px[..., 0]) == lost).all()
    assert ((poses.visibility == 0) == lost).all()
