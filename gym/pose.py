"""Frames to poses: BlazePose through MediaPipe Tasks, one landmarker for each clip.

The landmarker tracks one person, and a bystander can take the track over. The trunk then jumps
further than a body can move; such poses are marked unseen, the landmarker is started afresh so that it
looks for the most prominent person again, and what it says is believed once it is back near the
athlete, or after it has stayed elsewhere for so long that the camera must have cut.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from gym.features import hide_outside, pixels_per_metre
from gym.schema import Frame, J, Pose
from gym.skeleton import joint_index
from gym.weights import read_pose_bundle

_TRUNK = [
    joint_index(f"{side}_{part}") for side in ("left", "right") for part in ("shoulder", "hip")
]


class PersonGuard:
    """Tells the athlete's poses from those of somebody who took over the track.

    Distances are in metres where the athlete stands: the pose's image and its world coordinates
    together tell how many pixels a metre has, however the body is folded or turned.

    Parameters
    ----------
    jump_m : float
        How far the middle of the trunk may move at once. Over 500 recorded clips of one person it
        moved 0.2 m at most from frame to frame, up to 0.5 m where the picture was bad.
    speed_m_s : float
        How much further it may move for each second that went by: 3 m/s is running.
    settle_s : float
        After this time elsewhere the new place is believed: a camera cut, not a bystander.
    home_s : float
        Where the athlete has been for most of this time a pose is believed at once: whoever crosses in
        front takes the track along, and the athlete has not moved.
    """

    def __init__(
        self,
        jump_m: float = 0.45,
        speed_m_s: float = 3.0,
        settle_s: float = 2.5,
        home_s: float = 10.0,
    ) -> None:
        self._jump_m, self._speed_m_s, self._settle_s = jump_m, speed_m_s, settle_s
        self._home_s = home_s
        self._places: deque[tuple[float, np.ndarray]] = deque()  # believed, of the last home_s
        self._centre: np.ndarray | None = None
        self._px_per_m = 0.0
        self._time_s = 0.0
        self._away_since_s: float | None = None
        self._other: np.ndarray | None = None  # where somebody else was seen last

    def believes(self, pose: Pose) -> bool:
        """Tell whether a pose is the athlete's; one in which nobody is seen is believed."""
        if not pose.seen:
            return True
        centre = pose.xy_px[_TRUNK].mean(axis=0)
        px_per_m = float(pixels_per_metre(pose.xy_px, pose.xyz_m))
        metre_px = max(self._px_per_m, px_per_m, 1e-6)

        def metres_from(place: np.ndarray) -> float:
            return float(np.linalg.norm(centre - place)) / metre_px

        if self._centre is not None:
            away_m = metres_from(self._centre)
            gap_s = pose.time_s - self._time_s
            # The athlete may move on while unseen; who was refused and stays is no athlete.
            stays = self._other is not None and metres_from(self._other) <= self._jump_m < away_m
            far = stays or away_m > self._jump_m + self._speed_m_s * min(gap_s, 0.5)
            if far and not metres_from(self._find_home()) <= self._jump_m:
                self._other = centre
                if self._away_since_s is None:
                    self._away_since_s = pose.time_s
                if pose.time_s - self._away_since_s < self._settle_s:
                    return False
        self._away_since_s = self._other = None
        self._centre, self._px_per_m, self._time_s = centre, px_per_m, pose.time_s
        self._places.append((pose.time_s, centre))
        while self._places[0][0] < pose.time_s - self._home_s:
            self._places.popleft()
        return True

    def _find_home(self) -> np.ndarray:
        """Return where the athlete has mostly been; NaN until that was for half of `home_s`."""
        if self._places[-1][0] - self._places[0][0] < self._home_s / 2:
            return np.full(2, np.nan)
        return np.median([centre for _, centre in self._places], axis=0)


class PoseEstimator:
    """BlazePose for one clip or one live session.

    Parameters
    ----------
    model : str
        "lite", "full" or "heavy".

    Raises
    ------
    WeightsError
        The model is not on this machine.
    """

    def __init__(self, model: str = "full") -> None:
        self._bundle = read_pose_bundle(model)
        self._landmarker: vision.PoseLandmarker | None = None
        self._guard = PersonGuard()
        self._last_ms = -1
        self._restarted_ms = -1_000_000
        self._start()

    def __enter__(self) -> PoseEstimator:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the landmarker."""
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None

    def _start(self) -> None:
        """Begin with a fresh landmarker: state must not leak from another person or clip."""
        self.close()
        self._landmarker = vision.PoseLandmarker.create_from_options(
            vision.PoseLandmarkerOptions(
                base_options=BaseOptions(model_asset_buffer=self._bundle),
                running_mode=vision.RunningMode.VIDEO,
            )
        )

    def estimate(self, frame: Frame) -> Pose:
        """Estimate the pose in one frame; frames come in the order of time.

        Returns
        -------
        Pose
            All NaN with visibility 0 where nobody, or somebody else, is in view.
        """
        # The landmarker wants whole, strictly increasing milliseconds.
        self._last_ms = max(self._last_ms + 1, round(frame.time_s * 1000))
        picture = mp.Image(mp.ImageFormat.SRGB, np.ascontiguousarray(frame.image))
        pose = _to_pose(self._landmarker.detect_for_video(picture, self._last_ms), frame)
        if self._guard.believes(pose):
            return pose
        if self._last_ms - self._restarted_ms > 1000:
            self._restarted_ms = self._last_ms
            self._start()
        return Pose.unseen(frame.time_s)


def estimate_poses(frames: Iterable[Frame], model: str = "full") -> Iterator[Pose]:
    """Yield the pose of each frame, with one landmarker for all."""
    with PoseEstimator(model) as estimator:
        for frame in frames:
            yield estimator.estimate(frame)


def time_landmarker(frames: Iterable[Frame], model: str = "full") -> list[float]:
    """Return MediaPipe's own seconds for each frame, nothing of ours counted: for benchmarks."""
    estimator, seconds = PoseEstimator(model), []
    with estimator:
        for frame in frames:
            picture = mp.Image(mp.ImageFormat.SRGB, np.ascontiguousarray(frame.image))
            started = time.perf_counter()
            estimator._landmarker.detect_for_video(picture, round(frame.time_s * 1000))
            seconds.append(time.perf_counter() - started)
    return seconds


def _to_pose(result: vision.PoseLandmarkerResult, frame: Frame) -> Pose:
    """Turn MediaPipe's answer into ours: fractions of the picture become pixels."""
    if not result.pose_landmarks:
        return Pose.unseen(frame.time_s)
    height, width = frame.image.shape[:2]
    marks, world = result.pose_landmarks[0], result.pose_world_landmarks[0]
    if len(marks) != J:
        raise ValueError(f"expected {J} landmarks, got {len(marks)}")
    xy_px = np.array([(m.x * width, m.y * height) for m in marks])
    visibility = np.array([m.visibility for m in marks])
    return Pose(
        frame.time_s,
        xy_px,
        np.array([(m.x, m.y, m.z) for m in world]),
        hide_outside(xy_px, visibility, (width, height)),
    )
