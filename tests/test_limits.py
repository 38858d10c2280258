"""What a file costs follows the frames in it, and a gap between two frames stays a gap."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gym.counting import COUNTERS, count_reps
from gym.counting.cycles import place_body
from gym.evaluation.robustness import interpolate_rate
from gym.exercises import EXERCISES
from gym.limits import MAX_CLIP_S
from gym.live.session import LiveSession
from gym.live.view import LiveSettings
from gym.recognition.posture import classify_posture
from gym.schema import PoseSequence
from gym.session import analyse_poses, describe_pose_file
from tests.figure import STANDING
from tests.live.test_session import settle
from tests.synthetic import film, hold, squat

FRAMES = 6


@pytest.fixture(scope="module")
def squats() -> PoseSequence:
    return film([hold(STANDING, 1), *[squat()] * 3, hold(STANDING, 1)]).poses


@pytest.fixture
def scattered(squats: PoseSequence) -> PoseSequence:
    """A handful of frames over the longest time that a file may last."""
    return at_times(squats, np.linspace(0, MAX_CLIP_S, FRAMES))


def at_times(poses: PoseSequence, time_s: np.ndarray) -> PoseSequence:
    """Take a sequence's frames in turn, at other times."""
    frames = np.arange(len(time_s)) % len(poses)
    arrays = {name: getattr(poses, name)[frames] for name in ("xy_px", "xyz_m", "visibility")}
    return replace(poses, time_s=time_s, **arrays)


def test_a_few_frames_far_apart_cost_little(squats: PoseSequence, scattered: PoseSequence) -> None:
    analyse_poses(describe_pose_file(Path("a.npz"), squats), squats)  # loads the networks
    tracemalloc.start()
    try:
        analyse_poses(describe_pose_file(Path("a.npz"), scattered), scattered)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60e6


def test_nothing_is_made_up_between_frames_far_apart(scattered: PoseSequence) -> None:
    grid_s, body, known = place_body(scattered)
    assert len(grid_s) == len(body) == len(known) < 100 * FRAMES
    assert len(interpolate_rate(scattered, 60)) < 100 * FRAMES
    assert len(classify_posture(scattered).timeline) == 1


@pytest.mark.parametrize("counter", COUNTERS)
def test_a_set_before_and_after_a_long_gap_are_both_counted(
    squats: PoseSequence, counter: str
) -> None:
    time_s = np.concatenate([squats.time_s, squats.time_s + 900])
    poses = at_times(squats, time_s)
    count = count_reps(poses, EXERCISES["squat"], counter)
    assert count.count == 6
    assert all(rep.end_s - rep.start_s < 10 for rep in count.reps)


def test_a_camera_faster_than_a_body_moves_is_not_looked_at_each_time(
    tmp_path: Path, pose_model: str
) -> None:
    session = LiveSession(LiveSettings(), tmp_path, lambda session: 0)
    try:
        settle(session)
        before = session.view.frames
        image = np.zeros((48, 64, 3), np.uint8)
        for time_s in np.arange(120) / 240:
            assert session.look(image, time_s).shape == image.shape
        # A busy machine takes a lighter model meanwhile, and looks at nothing until that is loaded.
        assert before < session.view.frames <= before + 30
    finally:
        session.end("stopped")
        assert session.ended.wait(30.0)


def test_a_gap_is_no_frames_time(scattered: PoseSequence) -> None:
    clip = describe_pose_file(Path("a.npz"), scattered)
    assert clip.duration_s == pytest.approx(MAX_CLIP_S, abs=1.0)
