"""Saved analyses come back, and damaged ones are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from gym.errors import PoseFileError
from gym.posefiles.analysis import read_analysis, write_analysis
from gym.schema import ClipInfo
from tests.made_workouts import NAN, assert_same_poses, make_poses, make_workout

RECORDED_AT = datetime(2026, 3, 1, 18, 30, tzinfo=timezone(timedelta(hours=1)))


def test_an_analysis_comes_back(tmp_path: Path) -> None:
    clip = ClipInfo(
        "Kniebeuge – 1.mov", 3.0, 60, 720, 1280, 90, stopped_s=2.9, recorded_at=RECORDED_AT
    )
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
        {"recorded_at": "yesterday"},
        {"recorded_at": "2026-03-01T18:30:00"},
        {"recorded_at": 1772389800},
    ],
)
def test_a_damaged_analysis_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    write_analysis(tmp_path, make_workout().clip, make_poses())
    about = json.loads((tmp_path / "clip.json").read_text()) | change
    (tmp_path / "clip.json").write_text(json.dumps(about))
    with pytest.raises(PoseFileError, match="missing or damaged"):
        read_analysis(tmp_path)


def test_an_analysis_of_an_earlier_version_does_not_say_when_it_was_recorded(
    tmp_path: Path,
) -> None:
    write_analysis(tmp_path, replace(make_workout().clip, recorded_at=RECORDED_AT), make_poses())
    about = json.loads((tmp_path / "clip.json").read_text())
    assert about.pop("recorded_at") == "2026-03-01T18:30:00+01:00"
    (tmp_path / "clip.json").write_text(json.dumps(about))
    assert read_analysis(tmp_path)[0] == make_workout().clip


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000, "\xff"])
def test_an_analysis_without_its_facts_is_refused(tmp_path: Path, text: str) -> None:
    write_analysis(tmp_path, make_workout().clip, make_poses())
    (tmp_path / "clip.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(PoseFileError, match="missing or damaged"):
        read_analysis(tmp_path)


def test_an_analysis_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PoseFileError, match="missing or damaged"):
        read_analysis(tmp_path)
