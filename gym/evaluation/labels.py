"""Labelled clips: the true exercise and count of each, read from a table and checked."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gym.errors import LabelsError
from gym.evaluation.form import RATINGS, RatedRep, to_verdict
from gym.files import from_csv_cell

T = TypeVar("T")
Row = dict[str, str]

_REQUIRED = ("id", "file", "exercise", "reps")
#: Columns with a number of reps of some kind, as raters counted them.
FORM_COLUMNS = ("shallow", "good", "rounded", "hollow", "forward_lean")


@dataclass(frozen=True)
class LabelledClip:
    """One row of the labels.

    Attributes
    ----------
    id, exercise, group : str
        Clips in the same ``group`` share a source or a person; by default, the id.
    file : Path
        A video or a pose file.
    reps : int
    reps_alt : int or None
        A second count that is also correct.
    bottom_s : tuple of float
        The lowest moments, in seconds; empty if not given.
    form : dict of str to float
        The number of reps of each kind in ``FORM_COLUMNS`` that the table gives.
    spans_s : tuple of (float, float)
        Start and end of each rep, from a ``reps.csv`` in the labels' folder; empty without one.
    rated : tuple of RatedRep
        The same reps with what two raters wrote of their form, where the table says.
    refused : str
        Why the file may not be read, in one sentence; empty where it may.
    """

    id: str
    file: Path
    exercise: str
    reps: int
    reps_alt: int | None
    bottom_s: tuple[float, ...]
    form: dict[str, float]
    group: str
    spans_s: tuple[tuple[float, float], ...] = ()
    rated: tuple[RatedRep, ...] = ()
    refused: str = ""

    def error_of(self, count: int) -> int:
        """Return a count's signed error, from the nearer one of the true counts."""
        right = [self.reps] if self.reps_alt is None else [self.reps, self.reps_alt]
        return min((count - reps for reps in right), key=abs)


def read_labels(
    labels: Path, root: Path, keep: Callable[[Row], bool] = lambda row: True
) -> list[LabelledClip]:
    """Read a table of labelled clips, of the rows to keep; columns it does not know are ignored.

    Raises
    ------
    LabelsError
        The table is missing or empty, lacks a required column, or has a value that is not a number.
    """
    reps: dict[str, list[RatedRep]] = {}
    reps_table = labels.with_name("reps.csv")
    if reps_table.is_file():
        for clip_id, rep in read_table(reps_table, ("id", "start_s", "end_s"), _to_rep):
            if rep is not None:
                reps.setdefault(clip_id, []).append(rep)
    clips = read_table(
        labels, _REQUIRED, lambda row, line: _to_clip(row, line, root, reps) if keep(row) else None
    )
    return [clip for clip in clips if clip is not None]


def read_table(table: Path, columns: tuple[str, ...], convert: Callable[[Row, int], T]) -> list[T]:
    """Read a CSV file with a header row by row.

    Parameters
    ----------
    table : Path
    columns : tuple of str
        The columns it must have.
    convert : callable
        Turns one row (every known column's text, stripped, empty where a short line lacks it) and
        its line's number into a value; its ValueError says what is wrong with the row.

    Raises
    ------
    LabelsError
        It is not a table, has no rows, lacks a column, or a row cannot be converted.
    """
    advice = f"The table needs a header with the columns {', '.join(columns)}, and one row for each clip."
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines, restval="")
            header = reader.fieldnames or ()
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelsError(f"{table.name} cannot be read as a table.", advice) from error
    lacking = [column for column in columns if column not in header]
    if lacking or not rows:
        what = f"lacks the column {lacking[0]}" if header and lacking else "has no rows"
        raise LabelsError(f"{table.name} {what}.", advice)
    values = []
    for line, row in rows:
        # Cells beyond the header have the key None.
        known = {k: from_csv_cell(text.strip()) for k, text in row.items() if k is not None}
        try:
            values.append(convert(known, line))
        except ValueError as error:
            raise LabelsError(f"{table.name}, line {line}: {error}.", advice) from error
    return values


def to_number(text: str, name: str) -> float | None:
    """Return a cell's number, or None if it is empty; ValueError if it is something else."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name} is {text!r}, which is not a number")
    return value


def to_reps(text: str, name: str) -> int | None:
    """Return a cell's number of reps, or None if it is empty."""
    value = to_number(text, name)
    if value is not None and (value < 0 or value != round(value)):
        raise ValueError(f"{name} is {text!r}, which is not a number of reps")
    return None if value is None else round(value)


def check_filled(row: Row, columns: tuple[str, ...]) -> None:
    """Raise ValueError if a required cell of a row is empty."""
    for column in columns:
        if not row[column]:
            raise ValueError(f"{column} is empty")


def check_row(row: Row, line: int, root: Path) -> tuple[Row, str]:
    """Return a row that can be shown, and why its file may not be read: only what lies below the
    root may, wherever links lead. Empty where it may."""
    if any("\0" in text for text in row.values()):
        shown = {
            name: text.replace("\0", "\N{REPLACEMENT CHARACTER}") for name, text in row.items()
        }
        return shown, f"Line {line} of the table holds a NUL byte."
    if not Path(os.path.realpath(root / row["file"])).is_relative_to(root.resolve()):
        return row, f"The file of line {line} lies outside the folder."
    return row, ""


def _to_rep(row: Row, line: int) -> tuple[str, RatedRep | None]:
    """Read the clip of one labelled rep, and the rep; None without its times."""
    start_s, end_s = (to_number(row[name], name) for name in ("start_s", "end_s"))
    if start_s is None or end_s is None:
        return row["id"], None
    ratings = {
        kind: tuple(to_verdict(kind, row.get(f"{kind}_{rater}", "")) for rater in (1, 2))
        for kind in RATINGS
        if row.get(f"{kind}_1") or row.get(f"{kind}_2")
    }
    return row["id"], RatedRep(start_s, end_s, ratings)


def _to_clip(row: Row, line: int, root: Path, reps: dict[str, list[RatedRep]]) -> LabelledClip:
    """Turn a row into a labelled clip."""
    row, refused = check_row(row, line, root)
    check_filled(row, _REQUIRED)
    form = {name: to_number(row.get(name, ""), name) for name in FORM_COLUMNS}
    return LabelledClip(
        id=row["id"],
        file=root / row["file"],
        exercise=row["exercise"],
        reps=to_reps(row["reps"], "reps"),
        reps_alt=to_reps(row.get("reps_alt", ""), "reps_alt"),
        bottom_s=tuple(to_number(text, "bottom_s") for text in row.get("bottom_s", "").split()),
        form={name: value for name, value in form.items() if value is not None},
        group=row.get("group") or row["id"],
        spans_s=tuple((rep.start_s, rep.end_s) for rep in reps.get(row["id"], ())),
        rated=tuple(reps.get(row["id"], ())),
        refused=refused,
    )
