"""Help before a set: is the athlete well in the picture, and what should they do about it?

    picture + pose --FramingChecker--> Framing    one check after another, in the order of fixing them

What the advice says about left and right holds for a mirrored picture, as a camera's own screen shows
it; "to your left" is the athlete's own left, whichever way they stand.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from gym.exercises import Exercise
from gym.features import estimate_view, mean_known
from gym.live.checks import (
    FramingCheck,
    average_stance,
    check_distance,
    check_facing,
    check_light,
    check_posture,
    check_stillness,
    check_turn,
    check_whole,
    measure_turn,
)
from gym.live.light import measure_light
from gym.schema import Pose, PoseSequence


@dataclass(frozen=True)
class Framing:
    """How the athlete stands in the picture: ``checks`` in the order in which one fixes them."""

    checks: tuple[FramingCheck, ...]

    def check(self, name: str) -> FramingCheck:
        """Return one check by its name; raises KeyError where there is none."""
        found = {check.name: check for check in self.checks}
        return found[name]

    @property
    def advice(self) -> str:
        """What to do first; empty when there is nothing to do."""
        return next((check.advice for check in self.checks if check.passed is False), "")

    @property
    def whole(self) -> bool:
        """Whether a set can be counted: somebody is there, whole, neither too far nor too near."""
        needed = ("person", "whole body", "distance")
        return all(self.check(name).passed is True for name in needed)

    @property
    def right(self) -> bool:
        """Whether every check passes."""
        return all(check.passed is True for check in self.checks)


_NAMES = ("person", "light", "posture", "whole body", "distance", "view", "stillness")


@dataclass(frozen=True, eq=False)
class _Moment:
    """What is kept of one frame."""

    pose: Pose
    light: np.ndarray  #: (3,) picture, athlete, the athlete's bright parts: 0..255


class FramingChecker:
    """Checks, frame by frame, how an athlete stands before a camera.

    Parameters
    ----------
    exercise : Exercise or None
        What they are about to do, which says how they should begin and what the camera should see;
        with None any posture is right, seen from the side.
    memory_s : float
        How long it looks back for the view and for stillness: within a second a person who only
        sways has come back.
    recent_s : float
        How long it averages where the joints are: single wrong frames vanish among five or more.
    advice_s : float
        How long an advice stays at least: time to read it.
    break_s : float
        How long something has to be wrong before ``whole_s`` and ``right_s`` start anew: longer than
        a stumbling pose network, shorter than a step out of the picture.

    Examples
    --------
    >>> checker = FramingChecker(None)
    >>> checker.update(np.full((480, 640, 3), 128, np.uint8), Pose.unseen(0.0)).whole
    False
    """

    def __init__(
        self,
        exercise: Exercise | None = None,
        *,
        memory_s: float = 1.0,
        recent_s: float = 0.4,
        advice_s: float = 0.7,
        break_s: float = 0.3,
    ) -> None:
        self._exercise = exercise
        self._memory_s, self._recent_s = memory_s, recent_s
        self._advice_s, self._break_s = advice_s, break_s
        self._moments: deque[_Moment] = deque()
        self._began_s = float("nan")
        self._before = {name: FramingCheck(name, None) for name in _NAMES}
        self._viewed_s = self._shown_s = float("-inf")
        self._shown: Framing | None = None
        self._whole, self._right = _Stretch(break_s), _Stretch(break_s)
        self._facing = "right"

    @property
    def whole_s(self) -> float:
        """For how many seconds a set could have been counted, without a break."""
        return self._whole.length_s

    @property
    def right_s(self) -> float:
        """For how many seconds everything has been right, without a break."""
        return self._right.length_s

    @property
    def facing(self) -> str:
        """Where the athlete looks in the mirrored picture, or should turn to: "left" or "right"."""
        return self._facing

    def update(self, image: np.ndarray, pose: Pose) -> Framing:
        """Take one frame; return what there is to say about it.

        Parameters
        ----------
        image : uint8 (H, W, 3) RGB
            As the camera saw it, not mirrored.
        pose : Pose
            In that image's pixels; later than the one before.

        Returns
        -------
        Framing
            What to show: an advice stays for a moment, while `whole_s` and `right_s` follow at once.

        Raises
        ------
        ValueError
            No such image, or a pose that is not later than the one before.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(f"expected a uint8 (H, W, 3) image, got {image.dtype} {image.shape}")
        if self._moments and pose.time_s <= self._moments[-1].pose.time_s:
            last_s = self._moments[-1].pose.time_s
            raise ValueError(f"expected a pose later than {last_s} s, got {pose.time_s} s")
        self._moments.append(_Moment(pose, measure_light(image, pose)))
        while pose.time_s - self._moments[0].pose.time_s > self._memory_s:
            self._moments.popleft()
        self._began_s = pose.time_s if np.isnan(self._began_s) else self._began_s
        size = (image.shape[1], image.shape[0])
        framing = Framing(tuple(self._check(pose.time_s, size)))
        self._before = {check.name: check for check in framing.checks}
        self._whole.add(pose.time_s, framing.whole)
        self._right.add(pose.time_s, framing.right)
        same = self._shown is not None and framing.advice == self._shown.advice
        if self._shown is not None and not same:
            held_s = self._advice_s if self._shown.advice else self._break_s
            if pose.time_s - self._shown_s < held_s:
                return self._shown
        self._shown_s = self._shown_s if same else pose.time_s
        self._shown = framing
        return framing

    def _check(self, now_s: float, size: tuple[int, int]) -> list[FramingCheck]:
        """Go through all the checks."""
        recent = [m for m in self._moments if now_s - m.pose.time_s <= self._recent_s]
        seen = [m.pose for m in recent if m.pose.seen]
        before = self._before
        light = check_light(mean_known(np.array([m.light for m in recent])), before["light"])
        body = average_stance(seen, size) if seen else None
        if body is None or not body.is_clear:
            person = FramingCheck("person", None)
            if now_s - self._began_s >= self._recent_s:
                # In the dark nobody is seen: stepping anywhere would not help.
                advice = light.advice or "Step into the picture, from head to feet."
                person = FramingCheck("person", False, advice)
            return [person, light, *(FramingCheck(name, None) for name in _NAMES[2:])]
        posture = check_posture(body, self._exercise)
        whole, distance = FramingCheck("whole body", None), FramingCheck("distance", None)
        if posture.passed:
            whole = check_whole(body, before["whole body"])
            distance = check_distance(body, size, before["distance"])
        return [
            FramingCheck("person", True),
            light,
            posture,
            whole,
            distance,
            self._check_view(now_s, size, before["view"]),
            check_stillness([m.pose for m in self._moments], body, size, before["stillness"]),
        ]

    def _check_view(
        self, now_s: float, size: tuple[int, int], before: FramingCheck, every_s: float = 0.2
    ) -> FramingCheck:
        """Check the view over the last second, five times in one."""
        if before.passed is not None and now_s - self._viewed_s < every_s:
            return before
        self._viewed_s = now_s
        poses = [m.pose for m in self._moments if m.pose.seen]
        if poses[-1].time_s - poses[0].time_s < 0.5 * self._memory_s:
            return FramingCheck("view", None)
        yaw_deg = estimate_view(PoseSequence.collect(poses, size)).yaw_deg
        away_m = float(np.median([measure_turn(pose) for pose in poses]))
        if not np.isfinite([yaw_deg, away_m]).all():
            return FramingCheck("view", None)
        if min(yaw_deg, 180 - yaw_deg) > 10:
            # Who is turned to their own left looks to the left of their mirror's picture.
            self._facing = "left" if away_m > 0 else "right"
        if self._exercise is not None and self._exercise.best_view in ("front", "rear"):
            return check_facing(yaw_deg, away_m > 0, before)
        return check_turn(yaw_deg, away_m > 0, before)


class _Stretch:
    """For how long something has held; a change shorter than ``break_s`` does not end it."""

    def __init__(self, break_s: float, silence_s: float = 1.0) -> None:
        self._break_s, self._silence_s = break_s, silence_s
        self._since_s = self._wrong_s = self._last_s = float("nan")

    @property
    def length_s(self) -> float:
        """Seconds up to the last frame; 0 where it does not hold."""
        return 0.0 if np.isnan(self._since_s) else self._last_s - self._since_s

    def add(self, time_s: float, holds: bool) -> None:
        """Take one frame; after ``silence_s`` without any nothing is known of what was."""
        if time_s - self._last_s > self._silence_s:
            self._since_s = float("nan")
        self._last_s = time_s
        if holds:
            self._wrong_s = float("nan")
            self._since_s = time_s if np.isnan(self._since_s) else self._since_s
        else:
            self._wrong_s = time_s if np.isnan(self._wrong_s) else self._wrong_s
            if time_s - self._wrong_s >= self._break_s:
                self._since_s = float("nan")
