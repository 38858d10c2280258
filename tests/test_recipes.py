"""Who follows CONTRIBUTING gets an exercise and a counter that work, and touches nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gym.posefiles import write_poses
from tests.figure import STANDING
from tests.synthetic import Camera, film, hold, squat

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
EXERCISE, COUNTER = BLOCKS


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with both added, and the poses of four reps beside it."""
    folder = tmp_path_factory.mktemp("recipes")
    shutil.copytree(ROOT / "gym", folder / "gym", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "models", folder / "models")
    rooms = folder / "gym"
    (rooms / "exercises" / "chair_stand.py").write_text(EXERCISE)
    (rooms / "counting" / "hips.py").write_text(COUNTER)
    add(rooms / "exercises", "from gym.exercises.chair_stand import CHAIR_STAND", "(SQUAT, ")
    add(rooms / "counting", "from gym.counting.hips import HipCounter", "(HeuristicCounter, ")
    moves = [hold(STANDING, 1), *[squat()] * 4, hold(STANDING, 1)]
    write_poses(film(moves, Camera(yaw_deg=80), fps=20.0).poses, folder / "poses.npz")
    return folder


def add(room: Path, line: str, registry: str) -> None:
    """Import a name in a room's ``__init__.py`` and add it to its registry."""
    file = room / "__init__.py"
    text, name = file.read_text(), line.split()[-1]
    assert text.count(registry) == 1
    first = re.search(r"^from gym", text, re.MULTILINE).start()
    text = f"{text[:first]}{line}\n{text[first:]}"
    file.write_text(text.replace(registry, f"{registry}{name}, "))


def count(folder: Path, *options: str) -> dict:
    command = [sys.executable, "-m", "gym", "count", "poses.npz", "--json", "-", *options]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_there_is_one_block_for_each_recipe() -> None:
    assert "CHAIR_STAND = Exercise(" in EXERCISE
    assert "class HipCounter:" in COUNTER


def test_the_exercise_is_counted_and_judged_and_the_counter_has_a_vote(copy: Path) -> None:
    told = count(copy, "--exercise", "chair_stand")
    assert told["exercise"]["label"] == "chair_stand"
    others = {"heuristic": 4, "spectral": 4, "agreement": 4, "learned": 0}
    assert told["counts"] == {**others, "hips": 4}
    findings = [rep["findings"] for rep in told["reps"]]
    assert [[found["code"] for found in some] for some in findings] == [["chair_stand.depth"]] * 4
    assert {found["verdict"] for some in findings for found in some} == {"pass"}


def test_the_counter_can_be_chosen_and_counts_what_was_there_before(copy: Path) -> None:
    told = count(copy, "--exercise", "squat", "--counter", "hips")
    assert told["counter"] == "hips"
    assert told["counts"]["hips"] == len(told["reps"]) == 4


def test_the_code_of_both_is_as_we_write_it(tmp_path: Path) -> None:
    for number, code in enumerate(BLOCKS):
        (tmp_path / f"block_{number}.py").write_text(code)
    ruff = [sys.executable, "-m", "ruff"]
    for check in (["check"], ["format", "--check"]):
        command = [*ruff, *check, "--config", str(ROOT / "pyproject.toml"), str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
