"""The answers on our own poses are those that are kept: see `tests.answers` for other poses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.answers import KEPT, OURS, answer, find_poses, main, name_files

FILES = name_files(find_poses(OURS))


def find_changes(got: object, kept: object, where: str = "") -> list[str]:
    """List what differs; numbers may by what another processor's rounding makes of them."""
    if isinstance(got, float | int) and isinstance(kept, float | int):
        return [] if got == pytest.approx(kept, abs=0.002) else [f"{where}: {kept} is now {got}"]
    if isinstance(got, dict) and isinstance(kept, dict) and got.keys() == kept.keys():
        return [c for key in got for c in find_changes(got[key], kept[key], f"{where}/{key}")]
    if isinstance(got, list) and isinstance(kept, list) and len(got) == len(kept):
        pairs = enumerate(zip(got, kept, strict=True))
        return [c for i, (a, b) in pairs for c in find_changes(a, b, f"{where}/{i}")]
    return [] if got == kept else [f"{where}: {kept!r} is now {got!r}"]


@pytest.mark.parametrize("name", FILES)
def test_the_answers_are_those_that_are_kept(name: str) -> None:
    assert not find_changes(answer(FILES[name]), json.loads(KEPT.read_text())[name])


def test_every_kept_answer_is_asked_for() -> None:
    assert json.loads(KEPT.read_text()).keys() == FILES.keys()


def test_the_script_tells_an_answer_that_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "answers.json")
    monkeypatch.setattr("sys.argv", ["answers", "record", file, str(OURS[1])])
    assert main() == 0
    monkeypatch.setattr("sys.argv", ["answers", "check", file, str(OURS[1])])
    assert main() == 0
    assert "1 of 1 pose files are answered as before" in capsys.readouterr().out
    kept = json.loads(Path(file).read_text())
    kept["data/push_up"]["auto"]["counts"]["heuristic"] += 1
    Path(file).write_text(json.dumps(kept))
    assert main() == 1
    assert "changed: data/push_up" in capsys.readouterr().out


def test_a_change_is_found_at_every_depth() -> None:
    kept = {"a": [1.0, "x", None], "b": {"c": True}}
    assert not find_changes({"a": [1.001, "x", None], "b": {"c": True}}, kept)
    assert find_changes({"a": [1.01, "x", None], "b": {"c": True}}, kept) == [
        "/a/0: 1.0 is now 1.01"
    ]
    assert find_changes({"a": [1.0, "y", None], "b": {"c": True}}, kept)
    assert find_changes({"a": [1.0, "x"], "b": {"c": True}}, kept)
    assert find_changes({"a": [1.0, "x", None]}, kept)
