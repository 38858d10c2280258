"""Poses as files, each format in its own module, and the analyses that are kept.

A reader believes nothing of a file, which may come from anywhere. A new format is one module and a line
in `READERS` or `WRITERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gym.files import write_whole
from gym.posefiles.npz import read_npz, to_npz
from gym.posefiles.repcount import read_repcount
from gym.schema import PoseSequence

#: What reads a file of each format, or raises a PoseFileError.
READERS: dict[str, Callable[[Path], PoseSequence]] = {"npz": read_npz, "repcount": read_repcount}
#: What returns the content of a file of each format.
WRITERS: dict[str, Callable[[PoseSequence], bytes]] = {"npz": to_npz}


def read_poses(path: str | Path, format: str = "npz") -> PoseSequence:
    """Read a pose file of one of the `READERS`' formats; a joint that was not seen is NaN.

    Returns
    -------
    PoseSequence
        With at least one frame; ``model`` is None, since the file does not say.

    Raises
    ------
    PoseFileError
        The file is missing, damaged, over the limits of `gym.limits`, or of another format.
    """
    return READERS[format](Path(path))


def write_poses(poses: PoseSequence, path: str | Path, format: str = "npz") -> None:
    """Write a pose file of one of the `WRITERS`' formats.

    An existing file is replaced only when the new one is complete.
    """
    write_whole(Path(path), WRITERS[format](poses))
