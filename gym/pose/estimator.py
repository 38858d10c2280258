"""Frames to poses: BlazePose through MediaPipe Tasks, one landmarker for each clip.

The landmarker tracks one person, and a bystander can take the track over. The trunk then jumps
further than a body can move; such poses are marked unseen, the landmarker is started afresh so that it
looks for the most prominent person again, and what it says is believed once it is back near the
athlete, or after it has stayed elsewhere for so long that the camera must have cut.

MediaPipe looks for people in the whole picture made small, and misses who is small in it. Where nobody
is found for a while the picture is searched part by part, and whoever is found there is tracked in a
window of the picture that follows them. Now and then one look counts the other people in view.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

from gym.features import hide_outside, pixels_per_metre
from gym.pose.weights import available_models, read_pose_bundle
from gym.schema import Frame, J, Pose
from gym.skeleton import TRUNK

LOOK_FRAMES = 40  #: between two looks for other people: one costs as much as one or two frames
#: For so long the athlete is lost before the picture is searched by parts; where nobody was seen yet
#: that begins at once.
SEARCH_AFTER_S = 0.5
SEARCH_EVERY_S = 2.0  #: and so often it is done again
PARTS = (2, 3)  #: by turns, the first two at once: how many parts the picture's shorter side has
BODY_M = 1.7
#: Who is smaller from head to feet is not judged: the detector misses them more often than not.
SMALLEST_PX = 64
WINDOW_M = 4.0  #: the side of the window that follows a small person: twice what a body reaches
BESIDE_M = 0.3  #: two trunks nearer than this are one person found twice
CLEAR = 0.5  #: the visibility of a trunk that is more than a guess
LARGER = 1.5  #: who is so much larger than the one in the window takes their place


class Window(NamedTuple):
    """A part of a picture, in its pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top

    def holds(self, pose: Pose, share: float = 0.8) -> bool:
        """Tell whether most of a body lies in it: what is cut off is guessed, and its size too."""
        inside = (pose.xy_px >= self[:2]) & (pose.xy_px <= self[2:])
        return bool(inside.all(axis=1).mean() >= share)

    @classmethod
    def square(cls, centre: np.ndarray, side: float, size: tuple[int, int]) -> Window:
        """Return a square around a place, moved and made smaller until it is in the picture."""
        side = min(round(side), *size)
        left, top = (
            int(np.clip(round(middle - side / 2), 0, length - side))
            for middle, length in zip(centre, size, strict=True)
        )
        return cls(left, top, left + side, top + side)


def tile(size: tuple[int, int], parts: int) -> list[Window]:
    """Return squares that cover a picture and overlap by a third, ``parts`` to its shorter side.

    The detector finds who fills a third of what it is given, and often who fills a quarter.
    """
    side = min(size) // parts
    if side < SMALLEST_PX:
        return []
    lefts, tops = (
        np.linspace(0, length - side, int(np.ceil(1.5 * (length - side) / side)) + 1)
        for length in size
    )
    middles = [np.array([left, top]) + side / 2 for top in tops for left in lefts]
    return [Window.square(middle, side, size) for middle in middles]


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

    @property
    def place(self) -> tuple[np.ndarray | None, float]:
        """Where the athlete was seen last, in pixels, and how many a metre had (0 before that)."""
        return self._centre, self._px_per_m

    def believes(self, pose: Pose) -> bool:
        """Tell whether a pose is the athlete's; one in which nobody is seen is believed."""
        if not pose.seen:
            return True
        centre, px_per_m = _centre(pose), _px_per_m(pose)
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
        self.too_small = False  #: somebody was found since, but too small to be judged
        self._model = model
        self._bundle = read_pose_bundle(model)
        self._landmarker: vision.PoseLandmarker | None = None
        self._scout: vision.PoseLandmarker | None = None  # made when it is needed
        self._guard = PersonGuard()
        self._frames = 0
        self._last_ms = -1
        self._restarted_ms = self._searched_ms = -1_000_000
        self._seen_ms: int | None = None
        self._searches = 0  # since anybody was seen
        self._size = (0, 0)
        self._window: Window | None = None  # None: the whole picture
        self._start()

    def __enter__(self) -> PoseEstimator:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the landmarkers."""
        for landmarker in (self._landmarker, self._scout):
            if landmarker is not None:
                landmarker.close()
        self._landmarker = self._scout = None

    def _start(self, window: Window | None = None) -> None:
        """Begin with a fresh landmarker: state must not leak from another person, clip or window."""
        if self._landmarker is not None:
            self._landmarker.close()
        self._landmarker = _make_landmarker(self._bundle, vision.RunningMode.VIDEO)
        self._window = window

    def estimate(self, frame: Frame) -> Pose:
        """Estimate the pose in one frame; frames come in the order of time.

        Returns
        -------
        Pose
            All NaN with visibility 0 where nobody, or somebody else, is in view.
        """
        # The landmarker wants whole, strictly increasing milliseconds.
        self._last_ms = max(self._last_ms + 1, round(frame.time_s * 1000))
        self._frames += 1
        height, width = frame.image.shape[:2]
        if self._window is not None and (width, height) != self._size:
            self._start()
        self._size = (width, height)
        pose = self._track(frame)
        if not pose.seen and self._must_search():
            self._search(frame)
            pose = self._track(frame) if self._window is not None else pose
        if pose.seen:
            self._seen_ms, self._searches = self._last_ms, 0
        if not self._guard.believes(pose):
            if self._last_ms - self._restarted_ms > 1000:
                self._restarted_ms = self._last_ms
                # In a window somebody else may have been found: look where the athlete was.
                self._start(self._window and self._window_around(*self._guard.place))
            return Pose.unseen(frame.time_s)
        if pose.seen:
            self.too_small = False
            self._follow(pose)
            if self._frames % LOOK_FRAMES == LOOK_FRAMES // 2:
                return self._look_around(frame, pose)
        return pose

    def _track(self, frame: Frame) -> Pose:
        """Return what the landmarker sees in the window."""
        window = self._window or Window(0, 0, *self._size)
        result = self._landmarker.detect_for_video(_cut(frame, window), self._last_ms)
        return next(_to_poses(result, frame, window), Pose.unseen(frame.time_s))

    def _must_search(self) -> bool:
        """Tell whether nobody was found for long enough."""
        lost = self._seen_ms is None or self._last_ms - self._seen_ms >= 1000 * SEARCH_AFTER_S
        waited = self._last_ms - self._searched_ms >= 1000 * SEARCH_EVERY_S
        return lost and (waited or self._searches < len(PARTS))

    def _search(self, frame: Frame) -> None:
        """Look for the largest person in parts of the picture; go on in a window around them.

        Once the athlete is known, somebody less than half their size is somebody else.
        """
        self._searched_ms = self._last_ms
        _, usual = self._guard.place
        parts = PARTS[self._searches % len(PARTS)]
        self._searches += 1
        found = [
            pose
            for part in tile(self._size, parts)
            for pose in self._look_at(frame, part)
            if part.holds(pose) and _px_per_m(pose) > 0.5 * usual
        ]
        best = max(found, key=_px_per_m, default=None)
        small = best is not None and _px_per_m(best) * BODY_M < SMALLEST_PX
        self.too_small = self.too_small or small
        if best is not None and not small:
            self._start(self._window_around(_centre(best), _px_per_m(best)))
        elif self._window is not None:
            self._start()

    def _look_at(self, frame: Frame, window: Window) -> list[Pose]:
        """Return the people who are clearly seen in a part of one frame."""
        if self._scout is None:
            lite = available_models()["lite"] is None
            bundle = read_pose_bundle("lite") if lite else self._bundle
            self._scout = _make_landmarker(bundle, vision.RunningMode.IMAGE, people=3)
        poses = _to_poses(self._scout.detect(_cut(frame, window)), frame, window)
        return [pose for pose in poses if pose.visibility[TRUNK].mean() >= CLEAR]

    def _window_around(self, centre: np.ndarray, px_per_m: float) -> Window:
        """Return the window that is right for somebody of that size at that place."""
        return Window.square(centre, max(WINDOW_M * px_per_m, 2 * SMALLEST_PX), self._size)

    def _follow(self, pose: Pose) -> None:
        """Move the window when the athlete has left its middle."""
        if self._window is None:
            return
        wanted = self._window_around(_centre(pose), _px_per_m(pose))
        moved_px = np.abs(np.subtract(wanted, self._window)).max()
        if moved_px > 0.25 * wanted.size[0]:
            self._start(wanted)

    def _look_around(self, frame: Frame, pose: Pose) -> Pose:
        """Count the other people beside the athlete; somebody much larger ends the window."""
        whole = Window(0, 0, *self._size)
        counts = np.zeros(2)
        for window in (whole, self._window):
            if window is None:
                continue
            seen = self._look_at(frame, window)
            away_m = [(_centre(other) - _centre(pose)) / _px_per_m(pose) for other in seen]
            right = np.array([m[0] > 0 for m in away_m if np.linalg.norm(m) > BESIDE_M], bool)
            counts = np.maximum(counts, [(~right).sum(), right.sum()])
            if self._window and any(_px_per_m(other) > LARGER * _px_per_m(pose) for other in seen):
                self._guard = PersonGuard()
                self._start()
        return replace(pose, others=counts)


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


def _make_landmarker(
    bundle: bytes, mode: vision.RunningMode, people: int = 1
) -> vision.PoseLandmarker:
    """Make a landmarker from a model's file."""
    return vision.PoseLandmarker.create_from_options(
        vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=bundle),
            running_mode=mode,
            num_poses=people,
        )
    )


def _cut(frame: Frame, window: Window) -> mp.Image:
    """Cut a window out of a frame, for MediaPipe."""
    part = frame.image[window.top : window.bottom, window.left : window.right]
    return mp.Image(mp.ImageFormat.SRGB, np.ascontiguousarray(part))


def _centre(pose: Pose) -> np.ndarray:
    """Return the middle of the trunk in the picture."""
    return pose.xy_px[TRUNK].mean(axis=0)


def _px_per_m(pose: Pose) -> float:
    """Return how many pixels a metre has where somebody is."""
    return float(pixels_per_metre(pose.xy_px, pose.xyz_m))


def _to_poses(result: vision.PoseLandmarkerResult, frame: Frame, window: Window) -> Iterator[Pose]:
    """Turn MediaPipe's answer into ours: fractions of the window become pixels of the picture."""
    width, height = window.size
    people = zip(result.pose_landmarks, result.pose_world_landmarks, strict=True)
    for marks, world in people:
        if len(marks) != J:
            raise ValueError(f"expected {J} landmarks, got {len(marks)}")
        xy_px = np.array([(m.x * width, m.y * height) for m in marks])
        visibility = np.array([m.visibility for m in marks])
        yield Pose(
            frame.time_s,
            np.add(xy_px, (window.left, window.top)),
            np.array([(m.x, m.y, m.z) for m in world]),
            hide_outside(xy_px, visibility, (width, height)),
        )
