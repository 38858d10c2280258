"""What several tests share: clips and models that may be missing, and one analysed clip."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gym.exercises import EXERCISES
from gym.exercises.taught import list_taught
from gym.pose.weights import available_models
from gym.schema import ClipInfo, PoseSequence
from tests.suite import Suite

SAMPLE_FOLDER = Path(__file__).parents[1] / "gym" / "assets" / "sample"
DATA_FOLDER = Path(__file__).parents[2] / "shared" / "data"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Suite(config))


@dataclass(frozen=True)
class AnalysedClip:
    """A clip of one squat, and what the pose network made of it."""

    path: Path
    browser_clip: Path
    info: ClipInfo
    poses: PoseSequence
    progress: list[tuple[str, float]]


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Put the test runner back in ``__main__``'s place, which Streamlit gives to a page's script.

    A spawned process would otherwise run that script first.
    """
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def own_exercises(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder for the exercises that a test teaches, in place of the user's own; gone afterwards."""
    folder = tmp_path_factory.getbasetemp() / "gym-data"
    monkeypatch.setenv("GYM_DATA", str(folder))
    yield folder / "exercises"
    shutil.rmtree(folder, ignore_errors=True)
    for name in list_taught():
        del EXERCISES[name]


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of recorded and labelled data, which is no part of the project."""
    if not DATA_FOLDER.is_dir():
        pytest.skip(f"the recorded data is not here: {DATA_FOLDER}")
    return DATA_FOLDER


@pytest.fixture(scope="session")
def pose_model() -> str:
    """The default pose model, which has to be fetched."""
    if reason := available_models()["full"]:
        pytest.skip(f"the pose model is not here. {reason}")
    return "full"


@pytest.fixture(scope="session")
def sample_clip() -> Path:
    """The clip that the project ships."""
    clip = SAMPLE_FOLDER / "clip.mp4"
    if not clip.is_file():
        pytest.skip("the sample clip is not here: run `python -m gym sample`")
    return clip


@pytest.fixture(scope="session")
def squat_clip(sample_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample clip's first squat, and no more: the pose network takes its time."""
    from gym.media.reader import ClipReader
    from gym.media.writer import ClipWriter

    truth = json.loads((sample_clip.parent / "truth.json").read_text())
    end_s = next(rep["end_s"] for rep in truth["reps"] if rep["kind"] == "full") + 0.5
    path = tmp_path_factory.mktemp("clips") / "squat.mp4"
    with ClipReader(sample_clip) as clip, ClipWriter(path, clip.size, truth["frames_per_s"]) as out:
        for frame in clip:
            if frame.time_s > end_s:
                break
            out.write(frame)
    return path


@pytest.fixture(scope="session")
def analysed_clip(
    squat_clip: Path, pose_model: str, tmp_path_factory: pytest.TempPathFactory
) -> AnalysedClip:
    """The squat's poses, estimated once for all tests."""
    from gym.session import estimate_poses

    browser_clip = tmp_path_factory.mktemp("browser") / "clip.mp4"
    progress: list[tuple[str, float]] = []
    info, poses = estimate_poses(
        squat_clip,
        name="../squat.mp4",
        model=pose_model,
        browser_clip=browser_clip,
        on_progress=lambda stage, share: progress.append((stage, share)),
    )
    return AnalysedClip(squat_clip, browser_clip, info, poses, progress)
