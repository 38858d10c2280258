"""A file is written whole, or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name and move it into place when it is complete.

    An existing file is unchanged until then, and also if writing fails.

    Raises
    ------
    OSError
        The file cannot be written; nothing is left behind.
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
