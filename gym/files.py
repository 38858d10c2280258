"""A file is written whole, or not at all; and what is said when there is no room for it."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from gym.errors import DiskFull

#: No room on the disk, in somebody's share of it, or within the limit on a file's size.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def explain_full_disk(error: OSError) -> DiskFull | None:
    """Return what to tell when a file could not be written for want of room; None for other errors."""
    if error.errno not in _NO_ROOM:
        return None
    return DiskFull(
        "There is no room left on the disk of the computer that runs this app.",
        "Delete what is no longer needed there, then try again.",
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there once it is whole.

    A file that was there stays as it was until then, and when writing fails.

    Raises
    ------
    OSError
        The file cannot be written; nothing of it is left.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():  # a pipe or /dev/null is written to, not replaced
        path.write_bytes(content)
        return
    part = path.with_name(f".{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
