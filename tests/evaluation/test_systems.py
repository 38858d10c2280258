"""The table of systems: published figures beside ours, on sets of clips whose counts are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gym.__main__ import main
from gym.counting import COUNTERS
from gym.counting.arena import ARENA
from gym.evaluation.published import SYSTEMS
from gym.evaluation.systems import measure_systems, read_sets, write_systems
from gym.posefiles import write_poses
from tests.motions import do

#: id, exercise, the reps that the label says, those done, whether the count is sure.
CLIPS = (
    ("a", "squat", 4, 4, "y"),
    ("b", "squat", 5, 3, "y"),  # says 5, does 3: two off
    ("c", "push_up", 9, 3, "n"),
    ("d", "bicep_curl", 4, 4, "y"),
    ("e", "squat", "", 2, ""),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ``clips2/`` of five made clips."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "clips2").mkdir()
    lines = ["id,file,exercise,reps,reps_alt,count_sure"]
    for name, exercise, said, done, sure in CLIPS:
        write_poses(do(exercise, reps=done).poses, folder / "clips2" / f"{name}.npz")
        lines.append(f"{name},{name}.npz,{exercise},{said},,{sure}")
    (folder / "clips2" / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_what_is_not_surely_counted_is_not_scored_and_what_a_counter_lacks_is_told(
    data: Path,
) -> None:
    (one,) = read_sets(data)
    assert [clip.id for clip in one.clips] == ["a", "b", "d"]
    found = measure_systems([one], ["heuristic", "learned"])
    figures = found["heuristic"]["sets"]["clips2"]
    assert figures["counts"] == {"a": 4, "b": 3, "d": 4}
    assert (figures["exact"]["value"], figures["obo"]["value"]) == (0.6667, 0.6667)
    assert figures["bias"]["value"] == pytest.approx(-2 / 3, abs=1e-3)
    assert figures["nmae"]["value"] == pytest.approx(0.4 / 3, abs=1e-3)
    learned = found["learned"]["sets"]["clips2"]
    assert (learned["n"], learned["all"]) == (2, 3)  # it knows no curls
    assert found["heuristic"]["frame_ms"] > 0


def test_the_table_has_every_system_with_its_published_figures_or_the_reason(
    data: Path, tmp_path: Path
) -> None:
    page = write_systems(None, tmp_path)
    rows = json.loads((tmp_path / "systems.json").read_text(encoding="utf-8"))
    assert page == (tmp_path / "systems.md").read_text(encoding="utf-8")
    assert [row["title"] for row in rows] == [system.title for system in SYSTEMS]
    for row in rows:
        assert row["title"] in page
        assert bool(row["counter"]) != bool(row["missing"])
    assert {row["counter"] for row in rows if row["counter"]} == {*COUNTERS, *ARENA}
    assert "cannot be reproduced" in page  # LAZIER
    posed = next(row for row in rows if row["counter"] == "poserac")
    assert posed["published"][0]["obo"] == 0.56
    assert "nearest the truth" in posed["published"][0]["protocol"]
    assert posed["bytes"] <= 1_000_000


def test_the_command_line_counts_and_writes_it(data: Path, tmp_path: Path, capsys) -> None:
    assert main(["systems", f"--data={data}", f"--out={tmp_path}"]) == 0
    page = capsys.readouterr().out
    assert page.strip() == (tmp_path / "systems.md").read_text(encoding="utf-8").strip()
    assert "| Joint angles | 3 of 3 | 0.67" in page
    assert "| Learned phase | 2 of 3 |" in page
    rows = json.loads((tmp_path / "systems.json").read_text(encoding="utf-8"))
    measured = {row["counter"]: row["measured"] for row in rows if row["counter"]}
    assert all(one["sets"]["clips2"]["all"] == 3 for one in measured.values())


def test_a_folder_without_labelled_sets_is_told(tmp_path: Path, capsys) -> None:
    assert main(["systems", f"--data={tmp_path}", f"--out={tmp_path}"]) == 1
    assert "clips2" in capsys.readouterr().err
