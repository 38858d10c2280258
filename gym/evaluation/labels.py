"""Labelled clips: what is true of each, read from a table and checked."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from gym.errors import LabelsError

_REQUIRED = ("id", "file", "exercise", "reps")
#: Columns with a number of reps of some kind, as raters counted them.
FORM_COLUMNS = ("shallow", "good", "rounded", "hollow", "forward_lean")

_ADVICE = "The table needs the columns id, file, exercise and reps, one row for each clip."


@dataclass(frozen=True)
class LabelledClip:
    """One row of the labels.

    Attributes
    ----------
    id, exercise, group : str
        ``group`` names clips that share a source or a person; the id where it is not given.
    file : Path
        A video or a pose file.
    reps : int
    reps_alt : int or None
        A second count that is also right.
    bottom_s : tuple of float
        The lowest moments, in seconds; empty where they are not given.
    form : dict of str to float
        The number of reps of each kind in ``FORM_COLUMNS`` that the table gives.
    spans_s : tuple of (float, float)
        Start and end of each rep, from a ``reps.csv`` beside the labels; empty without one.
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

    def error_of(self, count: int) -> int:
        """Return a count's signed distance from the nearer of the counts that are right."""
        right = [self.reps] if self.reps_alt is None else [self.reps, self.reps_alt]
        return min((count - reps for reps in right), key=abs)


def read_labels(labels: Path, root: Path) -> list[LabelledClip]:
    """Read a table of labelled clips; columns it does not know are ignored.

    Raises
    ------
    LabelsError
        The table is missing, lacks a required column, or holds something that is no number.
    """
    rows = _read_rows(labels)
    lacking = [column for column in _REQUIRED if rows and column not in rows[0]]
    if not rows or lacking:
        what = f"lacks the column {lacking[0]}" if lacking else "has no rows"
        raise LabelsError(f"{labels.name} {what}.", _ADVICE)
    spans = _read_spans(labels.with_name("reps.csv"))
    clips = []
    for line, row in enumerate(rows, start=2):
        try:
            clips.append(_to_clip(row, root, spans))
        except ValueError as error:
            raise LabelsError(f"{labels.name}, line {line}: {error}.", _ADVICE) from error
    return clips


def _read_rows(table: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:
            return list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelsError(f"{table.name} cannot be read as a table.", _ADVICE) from error


def _read_spans(table: Path) -> dict[str, list[tuple[float, float]]]:
    """Read each clip's reps from a ``reps.csv`` (columns id, start_s, end_s), where there is one."""
    spans: dict[str, list[tuple[float, float]]] = {}
    for row in _read_rows(table) if table.is_file() else ():
        start_s, end_s = _number(row.get("start_s")), _number(row.get("end_s"))
        if row.get("id") and start_s is not None and end_s is not None:
            spans.setdefault(row["id"], []).append((start_s, end_s))
    return spans


def _to_clip(
    row: dict[str, str], root: Path, spans: dict[str, list[tuple[float, float]]]
) -> LabelledClip:
    """Turn a row into a labelled clip; ValueError says what is wrong with it."""
    reps = _number(row["reps"])
    if reps is None:
        raise ValueError("the number of reps is missing")
    alternative = _number(row.get("reps_alt"))
    form = {name: _number(row.get(name)) for name in FORM_COLUMNS}
    return LabelledClip(
        id=row["id"],
        file=root / row["file"],
        exercise=row["exercise"],
        reps=round(reps),
        reps_alt=None if alternative is None else round(alternative),
        bottom_s=tuple(float(text) for text in (row.get("bottom_s") or "").split()),
        form={name: value for name, value in form.items() if value is not None},
        group=row.get("group") or row["id"],
        spans_s=tuple(spans.get(row["id"], ())),
    )


def _number(text: str | None) -> float | None:
    """Return a number, or None for an empty cell."""
    if not (text or "").strip():
        return None
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a number")
    return value
