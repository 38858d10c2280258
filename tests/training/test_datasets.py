"""The readers and their traps: on files made here, and on the real data where it is at hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from gym.errors import LabelsError
from gym.training.datasets import (
    PENN_ACTIONS,
    PENN_EXERCISES,
    read_blazepose,
    read_penn,
)
from gym.training.recogniser.train import APP_LABELS

DATA = Path(__file__).parents[3] / "shared" / "data"


def write_penn(folder: Path, number: int, *, train: int, action: str = "squat", width: int = 480):
    """Write one label file as Penn Action does, positions as bytes."""
    (folder / "labels").mkdir(exist_ok=True)
    x = np.full((5, 13), 10, dtype=np.uint8)
    x[:, 7] = [250, 5, 250, 5, 250]
    visibility = np.ones((5, 13), dtype=np.uint8)
    visibility[:, 3] = 0
    x[:, 3] = 1
    scipy.io.savemat(
        folder / "labels" / f"{number:04d}.mat",
        {
            "x": x, "y": x, "visibility": visibility, "action": action, "train": train,
            "dimensions": np.array([[360, width, 5]]), "nframes": 5,
        },
    )  # fmt: skip


def write_blazepose(folder: Path, rows: list[tuple[str, str, str, str]], frames: int = 20) -> None:
    """Write pose files and their table: rows of (exercise, train_as, group, split)."""
    header = "id,file,exercise,label_from,rep_marks_s,group,split,train_as"
    lines = [header]
    for i, (exercise, train_as, group, split) in enumerate(rows):
        marks = "0.2 0.4" if exercise == "squat" else ""
        lines.append(f"{i},{i}.npz,{exercise},eye,{marks},{group},{split},{train_as}")
        xy = np.random.default_rng(i).uniform(0, 500, (frames, 33, 2)).astype(np.float32)
        np.savez(
            folder / f"{i}.npz",
            time_s=np.arange(frames) / 25, xy_px=xy, xyz_m=np.zeros((frames, 33, 3), np.float32),
            visibility=np.ones((frames, 33), np.float32), image_size=np.array([640, 480]),
        )  # fmt: skip
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")


def test_penn_bytes_do_not_wrap_and_dummies_are_unseen(tmp_path):
    write_penn(tmp_path, 1, train=-1)
    (movement,) = read_penn(tmp_path)
    assert movement.split == "test"
    steps = np.diff(movement.xy[:, 7, 0])
    assert np.array_equal(np.abs(steps), [245.0] * 4)  # as bytes, 5 - 250 is 11
    assert np.isnan(movement.xy[:, 3]).all()
    assert np.isfinite(np.delete(movement.xy, 3, axis=1)).all()


def test_penn_validation_keeps_neighbours_together(tmp_path):
    for number in range(40):
        write_penn(tmp_path, number, train=1, width=480 if number // 4 % 2 else 270)
    movements = read_penn(tmp_path, val_share=0.3, seed=5)
    assert {m.split for m in movements} == {"train", "val"}
    splits = {}
    for m in movements:
        assert splits.setdefault(m.group, m.split) == m.split
    assert len(splits) == 10
    val = {m.id for m in movements if m.split == "val"}
    assert val == {m.id for m in read_penn(tmp_path, val_share=0.3, seed=5) if m.split == "val"}
    assert val != {m.id for m in read_penn(tmp_path, val_share=0.3, seed=6) if m.split == "val"}


def test_penn_without_labels_is_refused(tmp_path):
    with pytest.raises(LabelsError, match="No Penn Action labels"):
        read_penn(tmp_path)


def test_blazepose_becomes_13_joints_and_leaves_the_excluded_alone(tmp_path):
    write_blazepose(
        tmp_path,
        [("squat", "squat", "a", "train"), ("burpees", "other", "b", "val"),
         ("squat", "squat", "c", "excluded"), ("lunge", "lunge", "d", "train")],
    )  # fmt: skip
    movements = read_blazepose(tmp_path, APP_LABELS)
    assert [(m.action, m.label, m.split) for m in movements] == [
        ("squat", "squat", "train"), ("burpees", "other", "val"), ("lunge", "other", "train"),
    ]  # fmt: skip
    assert movements[0].xy.shape == (20, 13, 2)
    assert movements[0].active_s is not None
    assert movements[1].active_s is None


def test_a_group_in_two_splits_is_refused(tmp_path):
    write_blazepose(tmp_path, [("squat", "squat", "a", "train"), ("squat", "squat", "a", "val")])
    with pytest.raises(LabelsError, match=r"Group a .* in train and in val"):
        read_blazepose(tmp_path, APP_LABELS)


@pytest.fixture(scope="module")
def penn():
    if not (DATA / "penn_action" / "labels").is_dir():
        pytest.skip("the recorded data is not here: penn_action")
    return read_penn(DATA / "penn_action")


def test_official_split(penn):
    assert len(penn) == 2326
    assert {m.action for m in penn} == set(PENN_ACTIONS)
    assert set(PENN_EXERCISES) < set(PENN_ACTIONS)
    assert sum(m.split == "test" for m in penn) == 1068
    val = Counter(m.action for m in penn if m.split == "val")
    assert set(val) == set(PENN_ACTIONS)
    assert 0.1 < sum(val.values()) / 1258 < 0.2


def test_penn_joints_are_in_order(penn):
    """Standing squatters: head above shoulders above hips above knees above ankles."""
    height = np.nanmedian(
        np.concatenate([m.xy[:3, :, 1] for m in penn if m.action == "jumping_jacks"]), axis=0
    )
    assert height[0] < height[1:3].mean() < height[7:9].mean() < height[9:11].mean()
    assert height[9:11].mean() < height[11:13].mean()


def test_recorded_clips_are_read_by_their_split():
    if not (DATA / "poses" / "labels.csv").is_file():
        pytest.skip("the recorded data is not here: poses")
    movements = read_blazepose(DATA / "poses", APP_LABELS)
    train = {m.group for m in movements if m.split == "train"}
    val = {m.group for m in movements if m.split == "val"}
    assert train
    assert val
    assert not train & val
    assert not {m.label for m in movements} - set(APP_LABELS)
