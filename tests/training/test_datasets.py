"""The readers and their traps: on files made here, and on the real data where it is at hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from gym.errors import LabelsError
from gym.skeleton import PENN_JOINTS, joint_index
from gym.training.countix import make_repetitions, read_countix
from gym.training.datasets import (
    ACTIVE_S,
    MIXED_CLIPS,
    PENN_ACTIONS,
    PENN_EXERCISES,
    VARIANTS,
    limit_labels,
    read_blazepose,
    read_labelled_clips,
    read_penn,
)
from gym.training.prmd import place_markers, read_prmd
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
         ("squat", "squat", "c", "excluded"), ("dip", "dip", "d", "train"),
         ("side_lunges", "other", "e", "train")],
    )  # fmt: skip
    movements = read_blazepose(tmp_path, APP_LABELS)
    assert [(m.action, m.label, m.split) for m in movements] == [
        ("squat", "squat", "train"), ("burpees", "other", "val"), ("dip", "other", "train"),
        ("side_lunges", "lunge", "train"),
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


def test_labels_that_are_not_in_use_become_other(tmp_path):
    write_penn(tmp_path, 1, train=1, action="clean_and_jerk")
    movements = read_penn(tmp_path)
    assert movements[0].label == "clean_and_jerk"
    (limited,) = limit_labels(movements, ("squat", "other"))
    assert (limited.label, limited.action) == ("other", "clean_and_jerk")
    assert set(VARIANTS.values()) <= set(APP_LABELS)


def test_labelled_clips_keep_their_groups(tmp_path):
    write_blazepose(
        tmp_path, [("lunge", "", "a", ""), ("row", "", "a", ""), ("squat", "", "b", "")]
    )
    movements = read_labelled_clips(tmp_path, APP_LABELS)
    assert [(m.source, m.action, m.label, m.group, m.split) for m in movements] == [
        ("clips2", "lunge", "lunge", "a", "train"), ("clips2", "row", "other", "a", "train"),
        ("clips2", "squat", "squat", "b", "train"),
    ]  # fmt: skip


def test_what_is_known_of_labelled_clips_is_of_clips_that_are_there():
    if not (DATA / "clips2" / "labels.csv").is_file():
        pytest.skip("the recorded data is not here: clips2")
    clips = {m.id: m for m in read_labelled_clips(DATA / "clips2", APP_LABELS)}
    assert {*ACTIVE_S, *MIXED_CLIPS} <= set(clips)
    for name, (start_s, end_s) in ACTIVE_S.items():
        assert start_s < min(end_s, clips[name].duration_s) - 1.0


def write_countix(folder: Path) -> None:
    """Write one boxed sequence with a gap, and single poses of two videos, one without a partner."""
    frames = np.random.default_rng(0).uniform(0.1, 1, (40, 33, 3)).astype(np.float16)
    frames[10:15] = 0
    np.savez(folder / "sequences.npz", front_raise1=frames)
    (folder / "sequences.csv").write_text("id,exercise,reps\nfront_raise1,front_raise,3\n")
    stand = np.random.default_rng(1).uniform(0, 300, (33, 3)).astype(np.float32)
    raised = stand.copy()
    wrist = joint_index("left_wrist")
    raised[wrist, 1] -= 120
    np.savez(folder / "salient_poses.npz", xyz_px=np.stack([stand, raised, raised + 1, stand]))
    (folder / "salient_poses.csv").write_text(
        "row,video,exercise,salient,frame\n0,a,front_raise,salient1,0\n1,a,front_raise,salient2,1\n"
        "2,a,front_raise,salient2,2\n3,b,rope_pushdown,salient1,0\n"
    )


def test_countix_frames_of_zeros_are_unseen(tmp_path):
    write_countix(tmp_path)
    (movement,) = read_countix(tmp_path, APP_LABELS)
    assert (movement.source, movement.label, movement.split) == ("countix", "front_raise", "train")
    unseen = np.isnan(movement.xy).all(axis=(1, 2))
    assert np.flatnonzero(unseen).tolist() == [10, 11, 12, 13, 14]
    assert not movement.visibility[12].any()


def test_two_poses_become_repetitions(tmp_path):
    write_countix(tmp_path)
    made = make_repetitions(tmp_path, APP_LABELS, seed=0)
    assert {(m.source, m.label, m.group) for m in made} == {
        ("salient", "front_raise", "salient-a")
    }  # the other video shows one end of the rep only
    assert len({m.id for m in made}) == len(made) == 3
    wrist, ankle = PENN_JOINTS.index("left_wrist"), PENN_JOINTS.index("left_ankle")
    for movement in made:
        height = movement.xy[:, wrist, 1]
        assert 90 < np.ptp(height) < 170
        assert np.abs(np.diff((height > height.mean()).astype(int))).sum() >= 2
        assert np.ptp(movement.xy[:, ankle, 1]) < 40


def write_markers(folder: Path) -> None:
    """Write two reps of a person who faces along x and goes down: 20 cm at the pelvis."""
    names, reps = ["LFHD", "RFHD", "LBHD", "RBHD"], {}
    names += [
        f"{s}{m}" for s in "LR" for m in ("SHO", "ELB", "WRA", "WRB", "ASI", "PSI", "KNE", "ANK")
    ]
    height = {"HD": 1700, "SHO": 1450, "ELB": 1150, "WRA": 900, "WRB": 900, "ASI": 1000,
              "PSI": 1000, "KNE": 500, "ANK": 80}  # fmt: skip
    place = np.zeros((30, len(names), 3))
    for i, name in enumerate(names):
        part = next(p for p in height if name.endswith(p))
        ahead = {"PSI": -150, "KNE": 40}.get(part, 0)
        place[:, i] = ahead, 120 if name[0] == "L" else -120, height[part]
        if part not in ("ANK", "KNE"):
            place[:, i, 2] -= 200 * np.sin(np.linspace(0, np.pi, 30))
    for number in (1, 2):
        reps[f"m01_s01_e0{number}"] = place.astype(np.float16)
    np.savez(folder / "markers.npz", marker_names=np.array(names), **reps)
    lines = ["id,movement,subject,episode,label,frames"]
    lines += [f"m01_s01_e0{n},deep_squat,1,{n},correct,30" for n in (1, 2)]
    (folder / "reps.csv").write_text("\n".join(lines))


def test_markers_become_joints_and_sets(tmp_path):
    write_markers(tmp_path)
    with np.load(tmp_path / "markers.npz") as stored:
        names = [str(name) for name in stored["marker_names"]]
        room_m = place_markers(stored["m01_s01_e01"].astype(float), names)
    at = {name: room_m[0, i] for i, name in enumerate(PENN_JOINTS)}
    assert at["left_hip"][0] > at["right_hip"][0]
    assert at["left_knee"][2] > at["left_hip"][2] - 0.05
    assert at["head"][1] > at["left_shoulder"][1] > at["left_hip"][1] > at["left_knee"][1]
    # Bell: 24 cm between the front spines; the hip centres lie 30 % of that below them.
    assert at["left_hip"][1] == pytest.approx(1.0 - 0.30 * 0.24, abs=0.01)
    movements = read_prmd(tmp_path, APP_LABELS, seed=0, views=3)
    assert {(m.source, m.label, m.group) for m in movements} == {("prmd", "squat", "prmd-1")}
    assert len(movements) == 3
    assert all(60 < len(m.time_s) < 80 for m in movements)
