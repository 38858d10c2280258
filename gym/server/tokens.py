"""Tokens of files: each stands for one file and one visitor, and cannot be guessed."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

_lock = threading.Lock()
_files: dict[str, tuple[str, Path, int, int]] = {}  # by token: visitor, file, its time and its size


def keep_file(path: Path, visitor: str) -> str:
    """Return the token of a file for one visitor.

    Parameters
    ----------
    path : Path
        The file. The same file gives the same token, so pages may call this in every run; a file
        that was written anew gives another, so that a player notices.
    visitor : str
        Whom it is for; "" is nobody.

    Returns
    -------
    str
        The token, 192 random bits. It is good until `forget_file` or `forget_files`.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    """
    path = path.resolve(strict=True)
    stat = path.stat()
    file = visitor, path, stat.st_mtime_ns, stat.st_size
    with _lock:
        token = next((token for token, known in _files.items() if known == file), "")
        token = token or secrets.token_urlsafe(24)
        _files[token] = file
    return token


def find_file(token: str, visitor: str) -> Path | None:
    """Return the file behind a token; None where there is none, or none for this visitor."""
    owner, path, *_ = _files.get(token, ("", Path()))
    return path if owner and owner == visitor and path.is_file() else None


def forget_file(token: str) -> None:
    """Make a token unknown again; the file stays."""
    with _lock:
        _files.pop(token, None)


def forget_files(folder: Path, visitor: str | None = None) -> None:
    """Make the tokens of all files in a folder unknown, and those of a visitor who is gone."""
    folder = folder.resolve()
    with _lock:
        for token, (owner, path, *_) in list(_files.items()):
            if owner == visitor or path.is_relative_to(folder):
                del _files[token]
