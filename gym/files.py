"""Files as they should be: written whole or not at all, tables without formulas, arrays as announced.

It also says what to tell when there is no room on the disk.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from gym.errors import DiskFull

#: A spreadsheet takes a cell that begins with one of these for a formula, and runs it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n")
_LONGEST_HEADER = 500  #: characters; NumPy's own headers of plain arrays have fewer than 128

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


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV text that is safe to open in a spreadsheet.

    Text that a spreadsheet would run as a formula gets an apostrophe before it, as one would type it
    there; numbers stay numbers. None becomes an empty cell.

    >>> to_csv(["id", "error"], [["=1+1", -1], ["-2", None]])
    "id,error\\n'=1+1,-1\\n-2,\\n"
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerows([disarm_cell(cell) for cell in row] for row in (header, *rows))
    return text.getvalue()


def disarm_cell(cell: object) -> object:
    """Return a cell that no spreadsheet runs: text that looks like a formula gets an apostrophe."""
    if not isinstance(cell, str):
        return cell
    cell = cell.replace("\r", "\n")  # which `csv` puts in quotes: no line of its own
    if cell.startswith(_FORMULA_STARTS):
        try:
            float(cell)
        except ValueError:
            return f"'{cell}"
    return cell


def from_csv_cell(text: str) -> str:
    """Return a cell's text as it was before `to_csv` made it safe."""
    return text[1:] if text.startswith("'") and disarm_cell(text[1:]) == text else text


def read_array_header(stream: BinaryIO) -> tuple[tuple[int, ...], np.dtype]:
    """Read what a NumPy array's file announces: its shape and type.

    An array of 10^12 numbers is a few bytes of header: whoever reads strangers' files has to look at
    it before anything is allocated.

    Raises
    ------
    ValueError
        It is no such file.
    """
    version = np.lib.format.read_magic(stream)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"expected version 1.0 or 2.0, got {version}")
    shape, _, dtype = readers[version](stream, max_header_size=_LONGEST_HEADER)
    if not all(type(length) is int and length >= 0 for length in shape):
        raise ValueError(f"expected a shape, got {shape}")
    return shape, dtype
