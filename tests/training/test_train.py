"""Training by the command line, to its end, on a data folder of a few made recordings."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from gym.__main__ import main
from gym.counting.phase_net import load_phase_weights
from gym.posefiles import write_poses
from gym.recognition.network import load_recogniser
from gym.schema import PoseSequence
from gym.skeleton import to_penn
from gym.training.recogniser.train import train_stgcn
from tests.figure import STANDING
from tests.synthetic import Camera, film, hold, push_up, squat, walk_in

ROOT = Path(__file__).parents[2]
SCRIPTS = {
    "squat": [hold(STANDING, 1), squat(), squat(), hold(STANDING, 1)],
    "push_up": [push_up(), push_up()],
    "walk": walk_in(90),
}
PENN_NAMES = {"squat": "squat", "push_up": "pushup", "walk": "bowl"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `--data` wants it: three movements, each in every part of both data sets."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "poses" / "npz").mkdir(parents=True)
    (folder / "penn_action" / "labels").mkdir(parents=True)
    rows = []
    for number, split in enumerate(("train", "val")):
        for place, (exercise, script) in enumerate(SCRIPTS.items()):
            index = len(rows)
            poses = film(script, Camera(yaw_deg=70 + 20 * number)).poses
            write_poses(poses, folder / "poses" / f"npz/{index:04d}.npz")
            train = 1 if split == "train" else -1
            write_penn(folder / "penn_action", 10 * place + number, poses, exercise, train)
            label = exercise if exercise != "walk" else "other"
            rows.append(
                {
                    "id": index, "file": f"npz/{index:04d}.npz", "exercise": exercise,
                    "rep_marks_s": "1.0 3.0" if exercise == "squat" else "", "group": index,
                    "split": split, "train_as": label, "source": "made",
                }
            )  # fmt: skip
    with (folder / "poses" / "labels.csv").open("w", newline="", encoding="utf-8") as lines:
        table = csv.DictWriter(lines, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    write_labelled_clips(folder / "clips2")
    return folder


def write_labelled_clips(folder: Path) -> None:
    """Write one clip of each movement, each from a source of its own."""
    (folder / "poses").mkdir(parents=True)
    lines = ["id,file,exercise,group"]
    for exercise, script in SCRIPTS.items():
        write_poses(film(script, Camera(yaw_deg=60)).poses, folder / f"poses/{exercise}.npz")
        lines.append(f"{exercise},poses/{exercise}.npz,{exercise},source-{exercise}")
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")


def write_penn(folder: Path, number: int, poses: PoseSequence, exercise: str, train: int) -> None:
    """Write poses as one of Penn Action's label files."""
    xy = to_penn(poses.xy_px)
    scipy.io.savemat(
        folder / "labels" / f"{number:04d}.mat",
        {
            "x": xy[..., 0], "y": xy[..., 1], "visibility": np.ones(xy.shape[:2], np.uint8),
            "action": PENN_NAMES[exercise], "train": train,
            "dimensions": np.array([[*poses.image_size[::-1], len(poses)]]), "nframes": len(poses),
        },
    )  # fmt: skip


def train(network: str, data: Path, out: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "gym", "train", network, "--steps=3"]
    command += [f"--data={data}", f"--out={out}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    ("network", "stem"), [("stgcn", "app-seed0"), ("phase", "phase-seed0")], ids=["stgcn", "phase"]
)
def test_it_ends_with_weights_that_can_be_used(
    data: Path, tmp_path: Path, network: str, stem: str
) -> None:
    done = train(network, data, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    if network == "stgcn":
        load_recogniser(tmp_path)
    else:
        load_phase_weights(tmp_path / "phase.npz")
    if network == "stgcn":
        check_held_out(tmp_path)
    written = {path.name for path in tmp_path.iterdir()}
    assert {f"{network}.json", f"{network}.md", f"{stem}.json"} <= written


def check_held_out(out: Path) -> None:
    """Every labelled clip was recognised by a network that never saw its source."""
    card = json.loads((out / "stgcn.json").read_text(encoding="utf-8"))
    run = json.loads((out / "app-seed0.json").read_text(encoding="utf-8"))
    assert sorted(group for fold in run["folds"] for group in fold) == [
        f"source-{name}" for name in sorted(SCRIPTS)
    ]
    held_out = card["metrics"]["held_out"]
    assert sorted(row["id"] for row in held_out["clips"]) == sorted(SCRIPTS)
    assert (held_out["known"]["n"], held_out["other"]["n"]) == (2, 1)
    assert card["training"]["movements"]["clips2"]["train"] == {
        "squat": 1,
        "push_up": 1,
        "other": 1,
    }
    page = (out / "stgcn.md").read_text(encoding="utf-8")
    assert "never saw" in page
    assert "| push up | 1 |" in page


def test_without_the_optional_data_it_trains_and_says_what_is_missing(
    data: Path, tmp_path: Path, caplog
) -> None:
    for name in ("poses", "penn_action"):
        (tmp_path / name).symlink_to(data / name)
    with caplog.at_level("INFO"):
        path = train_stgcn(tmp_path, out=tmp_path / "out", steps=2)
    told = " ".join(record.getMessage() for record in caplog.records)
    assert all(name in told for name in ("clips2", "countix_fitness", "ui_prmd"))
    assert json.loads(path.with_suffix(".json").read_text())["folds"] == []
    assert not list((tmp_path / "out").glob("*.fold*"))


def test_without_the_baselines_library_it_says_so_before_the_work(
    data: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    """An older environment lacks it."""
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert main(["train", "stgcn", f"--data={data}", f"--out={tmp_path}"]) == 1
    assert "scikit-learn" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("network", ["stgcn", "phase"])
def test_without_data_it_says_so(tmp_path: Path, network: str, capsys) -> None:
    assert main(["train", network, f"--data={tmp_path}", f"--out={tmp_path / 'out'}"]) == 1
    assert "Point --data at" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_told(data: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "file").touch()
    assert main(["train", "phase", f"--data={data}", f"--out={tmp_path / 'file'}"]) == 1
    assert "file cannot be written" in capsys.readouterr().err
