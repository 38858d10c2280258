"""RepCount's labels, and the published figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from gym.errors import LabelsError
from gym.evaluation.repcount import PUBLISHED, read_repcount_labels
from gym.posefiles.repcount import ADAPTER, read_repcount

HEADER = "id,file,exercise,reps,start_frames,end_frames,frames,group\n"


def write_labels(folder: Path, *rows: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(HEADER + "".join(row + "\n" for row in rows))
    return path


def test_reads_labels(tmp_path: Path) -> None:
    labels = write_labels(tmp_path, "a1,poses/a1.npy,pull_up,2,30 60,60 105,300,a")
    (clip,) = read_repcount_labels(labels, tmp_path)
    assert (clip.id, clip.exercise, clip.reps, clip.group) == ("a1", "pull_up", 2, "a")
    assert clip.file == tmp_path / "poses" / "a1.npy"
    assert clip.spans_s == ((1.0, 2.0), (2.0, 3.5))
    assert clip.bottom_s == ()


def test_a_group_that_is_not_given_is_the_clip_itself(tmp_path: Path) -> None:
    labels = write_labels(tmp_path, "a1,a1.npy,squat,0,,,300,")
    (clip,) = read_repcount_labels(labels, tmp_path)
    assert (clip.group, clip.spans_s) == ("a1", ())


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("a,a.npy,squat,2,1 2,3,300,g", "2 start_frames, but 1 end_frames"),
        ("a,a.npy,squat,two,1 2,3 4,300,g", "'two'"),
        ("a,a.npy,squat,1,x,4,300,g", "'x'"),
        ("a,,squat,1,1,4,300,g", "file is empty"),
    ],
)
def test_says_what_is_wrong_with_a_row(tmp_path: Path, row: str, what: str) -> None:
    with pytest.raises(LabelsError, match=r"line 2") as caught:
        read_repcount_labels(write_labels(tmp_path, row), tmp_path)
    assert what in caught.value.message


def test_the_adapter_and_the_published_figures_can_be_reported() -> None:
    assert "min-max" in ADAPTER
    assert all(0 < row.nmae < 1 and 0 < row.obo < 1 and row.method for row in PUBLISHED)


def test_every_validation_clip_can_be_read(data_folder: Path) -> None:
    folder = data_folder / "repcount_pose"
    if not folder.is_dir():
        pytest.skip("the recorded data is not here: repcount_pose")
    clips = read_repcount_labels(folder / "labels.csv", folder)
    assert len(clips) == 62
    assert all(len(clip.spans_s) == clip.reps for clip in clips)
    assert all(read_repcount(clip.file).seen.any() for clip in clips)
