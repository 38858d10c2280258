"""Pose files: what is written comes back, and bad files are refused."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gym import limits
from gym.errors import PoseFileError
from gym.posefiles import WRITERS, read_poses, write_poses
from gym.schema import J
from tests.made_workouts import NAN, SIZE, assert_same_poses, make_poses

DATA = Path(__file__).parents[3] / "shared" / "data"


def save_arrays(path: Path, **changes: object) -> Path:
    """Write a pose file with some arrays changed; None leaves one out."""
    poses = make_poses(4)
    arrays = {
        "time_s": poses.time_s,
        "xy_px": poses.xy_px,
        "xyz_m": poses.xyz_m,
        "visibility": poses.visibility,
        "image_size": np.array(SIZE),
    } | changes
    np.savez(path, **{name: a for name, a in arrays.items() if a is not None})
    return path


def save_frames(path: Path, time_s: np.ndarray) -> Path:
    """Write a pose file with frames at some times, in which all joints lie in one place."""
    frames = len(time_s)
    return save_arrays(
        path,
        time_s=time_s,
        xy_px=np.ones((frames, J, 2), np.float16),
        xyz_m=np.ones((frames, J, 3), np.float16),
        visibility=np.ones((frames, J), np.float16),
    )


def test_other_people_come_back_from_a_file(tmp_path: Path) -> None:
    others = np.full((60, 2), NAN)
    others[::20] = (0, 1)
    poses = replace(make_poses(), others=others)
    write_poses(poses, tmp_path / "poses.npz")
    np.testing.assert_array_equal(read_poses(tmp_path / "poses.npz").others, others)


def test_a_file_that_says_nothing_of_others(tmp_path: Path) -> None:
    write_poses(make_poses(), tmp_path / "poses.npz")
    with np.load(tmp_path / "poses.npz") as stored:
        assert set(stored) == {"time_s", "xy_px", "xyz_m", "visibility", "image_size"}
    assert read_poses(tmp_path / "poses.npz").others is None


@pytest.mark.parametrize(
    "others",
    [np.zeros((4, 3)), np.zeros((3, 2)), np.full((4, 2), -1.0), np.full((4, 2), np.inf)],
)
def test_absurd_numbers_of_others_are_refused(tmp_path: Path, others: np.ndarray) -> None:
    with pytest.raises(PoseFileError, match="is not a pose file"):
        read_poses(save_arrays(tmp_path / "p.npz", others=others))


def test_poses_come_back_as_they_were(tmp_path: Path) -> None:
    poses = make_poses()
    write_poses(poses, tmp_path / "poses")  # the name stays as it is given
    assert_same_poses(read_poses(tmp_path / "poses"), poses)
    assert read_poses(tmp_path / "poses").model is None
    assert [p.name for p in tmp_path.iterdir()] == ["poses"]  # nothing half-written left


@pytest.mark.parametrize("format", WRITERS)
def test_what_a_format_writes_it_reads(tmp_path: Path, format: str) -> None:
    write_poses(make_poses(), tmp_path / "poses", format)
    assert_same_poses(read_poses(tmp_path / "poses", format), make_poses())


def test_a_pose_file_is_plain_arrays(tmp_path: Path) -> None:
    write_poses(make_poses(), tmp_path / "poses.npz")
    with np.load(tmp_path / "poses.npz", allow_pickle=False) as arrays:
        assert set(arrays.files) == {"time_s", "xy_px", "xyz_m", "visibility", "image_size"}
        assert arrays["image_size"].tolist() == list(SIZE)


def test_half_known_joints_are_unseen(tmp_path: Path) -> None:
    xy_px, xyz_m = np.full((4, J, 2), 50.0), np.zeros((4, J, 3))
    visibility = np.full((4, J), 0.8)
    xy_px[0, 0, 1] = NAN
    xy_px[1, 1] = 1e300  # too large for float32
    xyz_m[2, 2, 0] = np.inf
    visibility[3, 3] = NAN
    path = save_arrays(tmp_path / "p.npz", xy_px=xy_px, xyz_m=xyz_m, visibility=visibility)
    poses = read_poses(path)
    assert np.isnan(poses.xy_px[0, 0]).all()
    assert np.isnan(poses.xyz_m[0, 0]).all()
    assert poses.visibility[0, 0] == 0
    assert np.isnan(poses.xy_px[1, 1]).all()
    assert np.isnan(poses.xyz_m[2, 2]).all()
    assert (poses.xy_px[2, 2] == 50).all()
    assert poses.visibility[2, 2] == np.float32(0.8)
    assert poses.visibility[3, 3] == 0


def test_joints_far_outside_the_picture_were_seen_by_nobody(tmp_path: Path) -> None:
    xy_px = np.full((4, J, 2), 50.0)
    xy_px[0, 0], xy_px[0, 1] = (50, 240 + 79), (50, 240 + 81)  # a quarter of 320 is 80
    path = save_arrays(tmp_path / "p.npz", xy_px=xy_px, visibility=np.full((4, J), 0.5))
    poses = read_poses(path)
    assert poses.visibility[0, :2].tolist() == [0.5, 0]
    assert poses.xy_px[0, 1].tolist() == [50, 321]


def test_other_number_types_are_taken(tmp_path: Path) -> None:
    time_s = np.arange(4, dtype=np.int32)
    whole = np.zeros((4, J, 2), np.int16)
    path = save_arrays(
        tmp_path / "p.npz",
        time_s=time_s,
        xy_px=whole,
        visibility=np.ones((4, J), np.float16),
        image_size=np.array([320.0, 240.0]),
    )
    poses = read_poses(path)
    assert poses.time_s.tolist() == [0, 1, 2, 3]
    assert poses.image_size == SIZE


def test_frames_too_close_to_tell_apart_are_left_out(tmp_path: Path) -> None:
    time_s = np.array([0, 0.004, 0.008, 0.016])
    poses = read_poses(save_arrays(tmp_path / "p.npz", time_s=time_s))
    assert poses.time_s.tolist() == [0, 0.016]


def test_the_longest_clip_is_read_and_a_longer_one_is_not(tmp_path: Path) -> None:
    """What the reader of clips lets through can be judged again."""
    time_s = np.arange(0, limits.MAX_CLIP_S + 1e-6, 1.0)
    poses = read_poses(save_frames(tmp_path / "p.npz", time_s))
    assert (len(poses), poses.time_s[-1]) == (1201, 1200)
    with pytest.raises(PoseFileError, match=f"{limits.MAX_FRAMES} is the limit"):
        read_poses(save_frames(tmp_path / "p.npz", np.arange(limits.MAX_FRAMES + 1) / 100))


def test_a_file_over_the_size_of_a_clip_is_not_opened(tmp_path: Path) -> None:
    path = save_arrays(tmp_path / "p.npz")
    with path.open("r+b") as file:
        file.truncate(limits.MAX_CLIP_BYTES + 1)
    with pytest.raises(PoseFileError, match=r"p\.npz has more than 500 MB"):
        read_poses(path)


def test_what_a_small_file_unpacks_to_stays_small(tmp_path: Path) -> None:
    """A gigabyte of zeros behind a modest header is a few kilobytes in a file."""
    path = save_arrays(tmp_path / "p.npz", time_s=None)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (4,)}
    )
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("time_s.npy", "w") as member,
    ):
        member.write(header.getvalue() + np.arange(4.0).tobytes())
        for _ in range(200):
            member.write(bytes(10**6))
    tracemalloc.start()
    try:
        assert len(read_poses(path)) == 4
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("members", [1000, 70_000])
def test_an_archive_of_many_members_is_refused(tmp_path: Path, members: int) -> None:
    path = save_arrays(tmp_path / "p.npz")
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(members):
            archive.writestr(f"{number}", b"")
    tracemalloc.start()
    try:
        with pytest.raises(PoseFileError, match=r"p\.npz is damaged, or not a pose file"):
            read_poses(path)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


def test_of_frames_with_the_same_time_the_first_is_kept(tmp_path: Path) -> None:
    xy_px = np.zeros((4, J, 2)) + np.arange(4)[:, None, None]
    path = save_arrays(tmp_path / "p.npz", time_s=np.array([0, 0.1, 0.1, 0.2]), xy_px=xy_px)
    poses = read_poses(path)
    assert poses.time_s.tolist() == [0, 0.1, 0.2]
    assert poses.xy_px[:, 0, 0].tolist() == [0, 1, 3]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"time_s": None}, "time_s is missing"),
        ({"image_size": None}, "image_size is missing"),
        ({"xy_px": np.zeros((4, 17, 2))}, "xy_px is an array"),
        ({"xy_px": np.zeros((4, J, 3))}, "xy_px is an array"),
        ({"visibility": np.zeros((3, J))}, "differ in length"),
        ({"xyz_m": np.zeros(())}, "xyz_m is an array"),
        ({"xyz_m": np.zeros((4, J, 3), complex)}, "xyz_m is an array"),
        ({"time_s": np.array([b"0", b"1", b"2", b"3"])}, "time_s is an array"),
        ({"time_s": np.array([None] * 4)}, "time_s is an array"),  # pickled objects
        ({"time_s": np.array([0, 0.2, 0.1, 0.3])}, "times run backwards"),
        ({"time_s": np.array([0, NAN, 0.1, 0.3])}, "times are numbers"),
        ({"time_s": np.array([0, 0.1, 0.2, np.inf])}, "times are numbers"),
        ({"time_s": np.array([-np.inf, 0.1, 0.2, 0.3])}, "times are numbers"),
        ({"time_s": np.array([-0.1, 0.0, 0.1, 0.2])}, "times begin before 0"),
        ({"time_s": np.arange(4) * 1e6}, "longer than 20 minutes, if its times are in seconds"),
        ({"time_s": np.array([0, 0.1, 0.2, 1200.1])}, "longer than 20 minutes"),
        ({"time_s": np.arange(4, dtype=np.longdouble)}, "time_s is an array"),
        ({"xy_px": np.zeros((4, J, 2), [("x", "f4")])}, "xy_px is an array"),
        ({"visibility": np.full((4, J), 57.0)}, "visibility"),
        ({"image_size": np.array([320, 0])}, "image size is 320 x 0"),
        ({"image_size": np.array([NAN, 240])}, "image size"),
        ({"image_size": np.array([10**9, 240])}, "image size"),
        ({"image_size": np.array([320])}, "image_size is an array"),
        (
            {
                "time_s": np.zeros(0),
                "xy_px": np.zeros((0, J, 2)),
                "xyz_m": np.zeros((0, J, 3)),
                "visibility": np.zeros((0, J)),
            },
            "no frames",
        ),
    ],
)
def test_what_is_no_pose_file_is_refused(
    tmp_path: Path, changes: dict[str, object], word: str
) -> None:
    with pytest.raises(PoseFileError, match=word) as caught:
        read_poses(save_arrays(tmp_path / "squat.npz", **changes))
    assert caught.value.message.startswith("squat.npz ")
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message
    assert caught.value.advice


def test_an_array_that_claims_to_be_huge_is_refused_unread(tmp_path: Path) -> None:
    path = save_arrays(tmp_path / "p.npz", time_s=None)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("time_s.npy", header.getvalue())
    with pytest.raises(PoseFileError, match="1000000000000 frames"):
        read_poses(path)


@pytest.mark.parametrize("raw", [b"", b"{", b"(" * 3000, b"-" * 9000 + b"1", b"\0" * 100])
def test_a_broken_header_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = save_arrays(tmp_path / "p.npz", time_s=None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("time_s.npy", b"\x93NUMPY\x01\x00" + len(raw).to_bytes(2, "little") + raw)
    with pytest.raises(PoseFileError):
        read_poses(path)


@pytest.mark.parametrize("content", [b"", b"time_s,xy_px\n0,1\n", b"PK\x03\x04 not a zip"])
def test_files_of_other_kinds_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.npz"
    path.write_bytes(content)
    with pytest.raises(PoseFileError, match="damaged, or not a pose file"):
        read_poses(path)


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PoseFileError, match="does not exist"):
        read_poses(tmp_path / "none.npz")
    with pytest.raises(PoseFileError):
        read_poses(tmp_path)


def test_damaged_bytes_never_get_further_than_a_sentence(tmp_path: Path) -> None:
    write_poses(make_poses(6), tmp_path / "good.npz")
    good = (tmp_path / "good.npz").read_bytes()
    rng = np.random.default_rng(7)
    path, refused = tmp_path / "bad.npz", 0
    for attempt in range(300):
        bad = bytearray(good)
        if attempt % 3 == 0:
            bad = bad[: rng.integers(len(bad))]
        else:  # the headers at the start and the directory at the end are what parsers read
            for _ in range(3):
                ends = (int(rng.integers(200)), len(bad) - 1 - int(rng.integers(500)))
                bad[ends[attempt % 2]] = int(rng.integers(256))
        path.write_bytes(bad)
        try:
            read_poses(path)
        except PoseFileError:
            refused += 1
    assert refused > 200


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "poses.npz"
    write_poses(make_poses(5), path)

    def full_disk(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_poses(make_poses(9), path)
    monkeypatch.undo()
    assert len(read_poses(path)) == 5
    assert [p.name for p in tmp_path.iterdir()] == ["poses.npz"]


@pytest.mark.parametrize("folder", ["poses/npz", "synthetic"])
def test_recorded_pose_files_are_read(folder: str) -> None:
    if not (DATA / folder).is_dir():
        pytest.skip(f"the recorded data is not here: {folder}")
    pattern = "*.pose.npz" if folder == "synthetic" else "*.npz"
    for path in sorted((DATA / folder).glob(pattern))[:20]:
        poses = read_poses(path)
        with np.load(path) as arrays:
            kept = limits.thin_times(arrays["time_s"])
            assert len(poses) == kept.sum() > 0
            np.testing.assert_array_equal(poses.xy_px, arrays["xy_px"][kept])
