"""What the program answers on poses, so that a change that should change nothing can be shown not to.

    python -m tests.answers record FILE POSES...   # before: the answers of this version
    python -m tests.answers check FILE POSES...    # after: equal to the byte, or which are not

``POSES`` are pose files, or folders of them. The answers on our own poses are kept in ``KEPT`` and
tested (`test_answers`). Versions are left out: they say what made a result.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from gym.exercises import EXERCISES
from gym.export.record import to_json
from gym.export.tables import angles_csv, reps_csv
from gym.posefiles import read_poses
from gym.session import AUTO, JudgeSettings, analyse_poses, describe_pose_file

DATA = Path(__file__).parent / "data"
#: Poses of films that we rendered ourselves: the sample's squats, and push-ups.
OURS = (DATA.parents[1] / "gym" / "assets" / "sample", DATA / "push_up.npz")
KEPT = DATA / "answers.json"


def find_poses(places: Iterable[Path]) -> list[Path]:
    """List the pose files among some files and folders, in order."""
    return [
        file
        for place in places
        for file in (sorted(place.rglob("*.npz")) if place.is_dir() else [place])
    ]


def answer(file: Path) -> dict[str, object]:
    """Return all that is said of one pose file: recognised, and with each exercise given."""
    poses = read_poses(file)
    info = describe_pose_file(file, poses)
    answers: dict[str, object] = {}
    for exercise in (AUTO, *EXERCISES):
        workout = analyse_poses(info, poses, JudgeSettings(exercise))
        said = to_json(workout)
        del said["versions"]
        counts = {name: count.count for name, count in workout.counts.items()}
        reps = {
            name: [
                [rep.start_s, rep.bottom_s, rep.end_s, str(rep.kind), rep.reason] for rep in c.reps
            ]
            for name, c in workout.counts.items()
        }
        answers[exercise] = {"said": said, "counts": counts, "reps": reps}
        answers[exercise]["table"] = read_table(reps_csv(workout))
    answers["angles"] = read_table(angles_csv(workout))[::20]
    return json.loads(json.dumps(answers))  # as it is when it is read again


def read_table(text: str) -> list[list[object]]:
    """Return a table's cells, numbers as numbers."""

    def read_cell(cell: str) -> object:
        try:
            return float(cell)
        except ValueError:
            return cell

    return [[read_cell(cell) for cell in row] for row in csv.reader(text.splitlines())]


def name_files(files: list[Path]) -> dict[str, Path]:
    """Name each file by its folder and itself."""
    return {f"{file.parent.name}/{file.stem}": file for file in files}


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.answers")
    parser.add_argument("what", choices=("record", "check"))
    parser.add_argument("file", type=Path)
    parser.add_argument("poses", type=Path, nargs="+")
    asked = parser.parse_args()
    files = name_files(find_poses(asked.poses))
    if asked.what == "record":
        answers = {name: answer(file) for name, file in files.items()}
        asked.file.write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")
        print(f"{len(answers)} pose files, {len(EXERCISES) + 1} answers each: {asked.file}")
        return 0
    before = json.loads(asked.file.read_text())
    changed = [name for name, file in files.items() if answer(file) != before.get(name)]
    print(f"{len(files) - len(changed)} of {len(files)} pose files are answered as before")
    for name in changed:
        print(f"  changed: {name}")
    return bool(changed)


if __name__ == "__main__":
    sys.exit(main())
