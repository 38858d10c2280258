"""A file is written whole, or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


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
