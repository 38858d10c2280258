"""Saved analyses come back, and damaged ones are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gym.errors import PoseFileError
from gym.posefiles.analysis import read_analysis, write_analysis
from gym.schema import ClipInfo
from tests.made_workouts import NAN, assert_same_poses, make_poses, make_workout


def test_an_analysis_comes_back(tmp_path: Path) -> None:
    clip = ClipInfo("Kniebeuge – 1.mov", 3.0, 60, 720, 1280, 90, stopped_s=2.9)
    write_analysis(tmp_path / "new" / "one", clip, make_poses())
    found, poses = read_analysis(tmp_path / "new" / "one")
    assert found == clip
    assert poses.model == "full"
    assert_same_poses(poses, make_poses())
    assert sorted(p.name for p in (tmp_path / "new" / "one").iterdir()) == [
        "clip.json",
        "poses.npz",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"frames": "sixty"},
        {"frames": -1},
        {"duration_s": NAN},
        {"width_px": None},
        {"name": 7},
        {"model": "../../full"},
        {"model": 3},
        {"rotation_deg": True},
    ],
)
def test_a_damaged_analysis_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    write_analysis(tmp_path, make_workout().clip, make_poses())
    about = json.loads((tmp_path / "clip.json").read_text()) | change
    (tmp_path / "clip.json").write_text(json.dumps(about))
    with pytest.raises(PoseFileError, match="missing or damaged"):
        read_analysis(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000, "\xff"])
def test_an_analysis_without_its_facts_is_refused(tmp_path: Path, text: str) -> None:
    write_analysis(tmp_path, make_workout().clip, make_poses())
    (tmp_path / "clip.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(PoseFileError, match="missing or damaged"):
        read_analysis(tmp_path)


def test_an_analysis_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PoseFileError, match="missing or damaged"):
        read_analysis(tmp_path)
