"""Poses as NumPy's ``.npz``: the project's own format.

A pose file is a ``.npz`` of five arrays: ``time_s`` (T,), ``xy_px`` (T, 33, 2), ``xyz_m``
(T, 33, 3), ``visibility`` (T, 33) and ``image_size`` (2,); and ``others`` (T, 2) where other people
were looked for. It may come from anywhere, so reading believes nothing: every header is checked
before its numbers are loaded, and nothing in the file is ever executed.
"""

from __future__ import annotations

import io
import lzma
import os
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from gym.errors import PoseFileError
from gym.features import hide_outside
from gym.files import read_array_header
from gym.limits import MAX_CLIP_BYTES, MAX_CLIP_S, MAX_FRAMES, thin_times
from gym.schema import J, PoseSequence

MAX_SIDE_PX = 16_384
MAX_OTHERS = 1000
_POSE_ARRAYS: dict[str, tuple[int, ...]] = {  # each array's shape behind its T axis
    "time_s": (),
    "xy_px": (J, 2),
    "xyz_m": (J, 3),
    "visibility": (J,),
    "others": (2,),
}
_OPTIONAL = ("others",)
_ADVICE = (
    "Choose a .npz pose file written by `python -m gym analyse CLIP --poses FILE.npz`, or analyse "
    "the clip again."
)
#: An archive ends with where its list of members is, in its last bytes, and ours has five.
_TAIL_BYTES, _MAX_DIRECTORY_BYTES = 22 + 2**16, 10_000
#: What zipfile and numpy raise on bytes that are not a pose file.
_UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, tokenize.TokenError),
)


def to_npz(poses: PoseSequence) -> bytes:
    """Return what is in a pose file; the pose model's name is not part of it."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        time_s=poses.time_s,
        xy_px=poses.xy_px,
        xyz_m=poses.xyz_m,
        visibility=poses.visibility,
        image_size=np.array(poses.image_size, dtype=np.int64),
        **({} if poses.others is None else {"others": poses.others}),
    )
    return content.getvalue()


def read_npz(path: Path) -> PoseSequence:
    """Read a pose file.

    Frames closer than `gym.limits.MIN_STEP_S` to the one before are left out. A joint without a finite
    image position is unseen: NaN, and its visibility 0. Infinite numbers count as NaN. Joints far
    outside the picture get visibility 0.

    Returns
    -------
    PoseSequence
        With at least one frame; ``model`` is None, since the file does not say.

    Raises
    ------
    PoseFileError
        The file is missing, damaged, over the limits of `gym.limits`, or not a pose file: an array is
        absent or of another shape or type, times run backwards, are negative or not finite, or a size
        is absurd.
    """
    try:
        return _check_poses(**_read_arrays(path))
    except _NotPoses as error:
        raise PoseFileError(f"{path.name} {error}.", _ADVICE) from error


class _NotPoses(Exception):
    """What is wrong with a file, as the end of a sentence that begins with its name."""


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Load the arrays of a pose file, whose lengths may still differ."""
    try:
        if path.stat().st_size > MAX_CLIP_BYTES:
            raise _NotPoses(f"has more than {MAX_CLIP_BYTES / 10**6:.0f} MB")
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            names = [*_POSE_ARRAYS, "image_size"]
            there = archive.namelist()
            names = [n for n in names if n not in _OPTIONAL or f"{n}.npy" in there]
            return {name: _read_array(archive, name) for name in names}
    except FileNotFoundError as error:
        raise _NotPoses("does not exist") from error
    except _UNREADABLE as error:
        raise _NotPoses("is damaged, or not a pose file") from error


def _check_directory(path: Path) -> None:
    """Refuse an archive whose list of members is long: to read it would take a memory of its own."""
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, _TAIL_BYTES), os.SEEK_END)
        tail = file.read()
    end = tail[tail.rfind(b"PK\5\6") :]
    size = int.from_bytes(end[12:16], "little")
    if len(end) < 22 or size > _MAX_DIRECTORY_BYTES or b"PK\6\7" in tail:
        raise _NotPoses("is damaged, or not a pose file")


def _read_array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """Load one array of numbers, having checked its header first."""
    try:
        member = archive.getinfo(f"{name}.npy")
    except KeyError as error:
        raise _NotPoses(f"is not a pose file: {name} is missing") from error
    with archive.open(member) as stream:
        try:
            shape, dtype = read_array_header(stream)
        except ValueError as error:
            raise _NotPoses(f"is not a pose file: {name} is no array") from error
    fits = (
        shape == (2,) if name == "image_size" else shape != () and shape[1:] == _POSE_ARRAYS[name]
    )
    if not fits or dtype.kind not in "fiu" or dtype.itemsize > 8:
        raise _NotPoses(f"is not a pose file: {name} is an array {shape} of {dtype}")
    if shape[0] > MAX_FRAMES:
        raise _NotPoses(f"holds {shape[0]} frames, and {MAX_FRAMES} is the limit")
    with archive.open(member) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _check_poses(
    time_s: np.ndarray,
    xy_px: np.ndarray,
    xyz_m: np.ndarray,
    visibility: np.ndarray,
    image_size: np.ndarray,
    others: np.ndarray | None = None,
) -> PoseSequence:
    """Turn a file's arrays, whose widths are right, into poses."""
    others = np.full((len(time_s), 2), np.nan) if others is None else others
    frames = {len(array) for array in (time_s, xy_px, xyz_m, visibility, others)}
    if len(frames) > 1:
        lengths = ", ".join(str(n) for n in sorted(frames))
        raise _NotPoses(f"is not a pose file: its arrays differ in length ({lengths})")
    if frames == {0}:
        raise _NotPoses("holds no frames")
    time_s = time_s.astype(np.float64)
    if not np.isfinite(time_s).all():
        raise _NotPoses("is not a pose file: not all of its times are numbers")
    if (np.diff(time_s) < 0).any():
        raise _NotPoses("is not a pose file: its times run backwards")
    if time_s[0] < 0:
        raise _NotPoses("is not a pose file: its times begin before 0")
    if time_s[-1] > MAX_CLIP_S:
        raise _NotPoses(
            f"lasts longer than {MAX_CLIP_S / 60:g} minutes, if its times are in seconds"
        )
    if not ((image_size >= 1) & (image_size <= MAX_SIDE_PX)).all():
        sides = " x ".join(f"{side:g}" for side in image_size)
        raise _NotPoses(f"is not a pose file: its image size is {sides}")
    if (others < 0).any() or (others > MAX_OTHERS).any():
        raise _NotPoses("is not a pose file: its numbers of other people are absurd")
    if (visibility < -0.01).any() or (visibility > 1.01).any():
        raise _NotPoses("is not a pose file: its visibility is not between 0 and 1")

    kept = thin_times(time_s)
    with np.errstate(over="ignore"):  # too large for float32: infinite, so unseen
        xy_px = xy_px[kept].astype(np.float32)
        xyz_m = xyz_m[kept].astype(np.float32)
        visibility = visibility[kept].astype(np.float32)
    visibility = np.nan_to_num(visibility, nan=0.0).clip(0.0, 1.0)
    unseen = ~np.isfinite(xy_px).all(axis=-1)
    xy_px[unseen] = np.nan
    xyz_m[unseen | ~np.isfinite(xyz_m).all(axis=-1)] = np.nan
    visibility[unseen] = 0.0
    width_px, height_px = (int(side) for side in image_size)
    visibility = hide_outside(xy_px, visibility, (width_px, height_px))
    seen_others = others[kept] if np.isfinite(others).any() else None
    size = (width_px, height_px)
    return PoseSequence(time_s[kept], xy_px, xyz_m, visibility, size, others=seen_others)
