"""README and CONTRIBUTING say what works: every command in them is run, or asked whether it would."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gym
import gym.session
from gym.exercises import Kind
from gym.notes import list_exercises
from gym.posefiles import write_poses
from tests.synthetic import STANDING, Camera, film, hold, squat

ROOT = Path(__file__).parents[1]
#: Commands that take minutes or change this folder: who runs them to their end.
ELSEWHERE = {
    "train": "tests/training/test_train.py",
    "sample": "tests/athlete/test_athlete.py",
    "bench": "tests/test_bench.py",
    "systems": "tests/evaluation/test_systems.py",
}
WORDS = re.compile(r"(?:[A-Z_]+=\S+ )?(?:make|python -m) \S.*")
DOCUMENTS = ("README.md", "CONTRIBUTING.md")


def list_commands(name: str) -> tuple[list[str], list[str]]:
    """Return a document's commands: the lines of its blocks, and what its sentences mention."""
    text = (ROOT / name).read_text()
    text = re.sub(r"```python\n.*?```", "", text, flags=re.DOTALL)  # `test_recipes` follows these
    blocks = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    mentioned = [" ".join(words.split()) for words in re.findall(r"`([^`]+)`", text)]
    without_comments = [
        [re.sub(r"\s+#.*", "", one) for one in some] for some in (blocks, mentioned)
    ]
    return tuple([one for one in some if WORDS.fullmatch(one)] for some in without_comments)


BLOCKS, MENTIONED = (
    sorted({command for name in DOCUMENTS for command in list_commands(name)[which]})
    for which in (0, 1)
)


@pytest.fixture(scope="module")
def folder(squat_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands speak of: a clip, poses, and a folder of labelled clips."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "FOLDER").mkdir()
    shutil.copy(squat_clip, folder / "CLIP")
    poses = film([hold(STANDING, 1), *[squat()] * 3, hold(STANDING, 1)], Camera(), fps=10.0).poses
    for file in ("POSES.npz", "FOLDER/a.npz"):
        write_poses(poses, folder / file)
    (folder / "labels.csv").write_text("id,file,exercise,reps\na,a.npz,squat,3\n")
    return folder


def run(command: list[str], folder: Path) -> None:
    """Run a command, as typed after `make run`, in a folder."""
    program = [sys.executable, *command[1:]] if command[0] == "python" else command
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        program,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def ask(command: list[str]) -> None:
    """Ask whether a command would do, without doing it."""
    if command[0] == "make":
        run([*command, "--dry-run"], ROOT)
    elif command[2] == "pytest":
        run([*command, "--collect-only"], ROOT)
    else:
        run([*command, "--help"], ROOT)


def read_words(command: str) -> list[str]:
    """Split a command, without variables that are set before it."""
    words = shlex.split(command)
    return words[1:] if "=" in words[0] else words


def test_the_documents_have_commands() -> None:
    assert {"make run", "make test"} <= {*BLOCKS}
    assert "make bench" in MENTIONED


@pytest.mark.parametrize("command", BLOCKS)
def test_a_command_works(command: str, folder: Path, request: pytest.FixtureRequest) -> None:
    words = read_words(command)
    if words[0] == "make":
        ask(words)
        return
    assert words[:3] == ["python", "-m", "gym"]
    if words[3] in ELSEWHERE:
        assert words[3] in (ROOT / ELSEWHERE[words[3]]).read_text()
        ask(words)
        return
    if words[3] in ("analyse", "weights"):
        request.getfixturevalue("pose_model")
    run(words, folder)


@pytest.mark.parametrize("command", MENTIONED)
def test_a_command_that_is_mentioned_is_there(command: str) -> None:
    ask(read_words(command))


def test_the_readme_names_every_exercise() -> None:
    said = " ".join((ROOT / "README.md").read_text().split())
    assert f"The app counts {list_exercises()}, " in said
    assert f"it knows {list_exercises(Kind.HOLD)}." in said


def test_the_package_describes_its_own_pipeline(squat_clip: Path, pose_model: str) -> None:
    lines = [line.strip() for line in gym.__doc__.splitlines() if line.startswith("    ")]
    assert len(lines) == 4
    names = {"gym": gym, "path": squat_clip}
    for line in lines:
        exec(line, names)
    assert names["workout"].count.count == 1
    assert names["workout"].form.findings
