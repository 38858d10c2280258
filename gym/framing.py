"""Help before a set: is the athlete well in the picture, and what should they do about it?

    picture + pose --FramingGuide--> Framing      one check after another, in the order of fixing them

What the advice says about left and right holds for a mirrored picture, as a camera's own screen shows
it; "to your left" is the athlete's own left, whichever way they stand.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from gym.exercises import PUSH_UP, Exercise
from gym.features import SEEN_VISIBILITY, estimate_view, mean_known, trunk_tilt_deg
from gym.light import measure_light
from gym.schema import Pose, PoseSequence
from gym.skeleton import SIDES, joint_index


@dataclass(frozen=True)
class FramingCheck:
    """One thing that has to be right before a set.

    Attributes
    ----------
    name : str
        "person", "light", "posture", "whole body", "distance", "view" or "stillness".
    passed : bool or None
        None where it cannot be told yet.
    advice : str
        What to do about it; empty where nothing is to be done.
    """

    name: str
    passed: bool | None
    advice: str = ""


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

#: What has to be in the picture, and its joints.
_PARTS = {
    "head": ("nose", "left_ear", "right_ear"),
    "hands": ("left_wrist", "right_wrist"),
    "hips": ("left_hip", "right_hip"),
    "knees": ("left_knee", "right_knee"),
    "feet": tuple(f"{side}_{j}" for side in SIDES for j in ("ankle", "heel", "foot_index")),
}
_PART_JOINTS = {part: [joint_index(name) for name in names] for part, names in _PARTS.items()}
_LIMBS = [
    [joint_index(f"{side}_{j}") for j in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]
    for side in SIDES
]
_EARS, _SHOULDERS, _HIPS, _WRISTS, _ANKLES = (
    [joint_index(f"{side}_{joint}") for side in SIDES]
    for joint in ("ear", "shoulder", "hip", "wrist", "ankle")
)


@dataclass(frozen=True, eq=False)
class _Moment:
    """What is kept of one frame."""

    pose: Pose
    light: np.ndarray  #: (3,) picture, athlete, the athlete's bright parts: 0..255


@dataclass(frozen=True, eq=False)
class _Body:
    """The athlete over the last moments: ``xy`` (J, 2) in shares of the picture's width and height."""

    xy: np.ndarray
    xyz_m: np.ndarray
    visibility: np.ndarray
    near_side: int  #: which of ``SIDES`` the camera sees better
    lies: bool
    crown: np.ndarray  #: (2,) the top of the head, which is no joint

    @property
    def is_clear(self) -> bool:
        """Whether it is a person at all: one shoulder is more than a guess."""
        shoulders = np.isfinite(self.xy[_SHOULDERS]).all(axis=1)
        return bool((self.visibility[_SHOULDERS][shoulders] >= 0.5).any())

    @property
    def outline(self) -> np.ndarray:
        """(n, 2) All points that have to be in the picture, those not known left out."""
        points = np.vstack([self.xy[_SHOULDERS], *(self.part(name) for name in _PART_JOINTS)])
        return points[np.isfinite(points).all(axis=1)]

    def part(self, name: str) -> np.ndarray:
        """Return one part's known points (n, 2)."""
        joints = _PART_JOINTS[name]
        if name == "hands":  # the far one, when it hides behind the trunk, may be anywhere
            near = _WRISTS[self.near_side]
            joints = [i for i in joints if i == near or self.visibility[i] >= 0.5]
        points = self.xy[joints]
        if name == "head":
            points = np.vstack([points, self.crown])
        return points[np.isfinite(points).all(axis=1)]


class FramingGuide:
    """Tells an athlete before a camera how to stand, frame by frame.

    Parameters
    ----------
    exercise : Exercise or None
        What they are about to do, which says whether they should stand or be level with the floor;
        with None either is right.
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
    >>> guide = FramingGuide(None)
    >>> guide.update(np.full((480, 640, 3), 128, np.uint8), Pose.unseen(0.0)).whole
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
        light = _check_light(mean_known(np.array([m.light for m in recent])), before["light"])
        body = _average(seen, size) if seen else None
        if body is None or not body.is_clear:
            person = FramingCheck("person", None)
            if now_s - self._began_s >= self._recent_s:
                # In the dark nobody is seen: stepping anywhere would not help.
                advice = light.advice or "Step into the picture, from head to feet."
                person = FramingCheck("person", False, advice)
            return [person, light, *(FramingCheck(name, None) for name in _NAMES[2:])]
        posture = _check_posture(body, self._exercise)
        whole, distance = FramingCheck("whole body", None), FramingCheck("distance", None)
        if posture.passed:
            whole = _check_whole(body, before["whole body"])
            distance = _check_distance(body, size, before["distance"])
        return [
            FramingCheck("person", True),
            light,
            posture,
            whole,
            distance,
            self._check_view(now_s, size, before["view"]),
            _check_stillness([m.pose for m in self._moments], body, size, before["stillness"]),
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
        away_m = float(np.median([_measure_turn(pose) for pose in poses]))
        if not np.isfinite([yaw_deg, away_m]).all():
            return FramingCheck("view", None)
        if min(yaw_deg, 180 - yaw_deg) > 10:
            # Who is turned to their own left looks to the left of their mirror's picture.
            self._facing = "left" if away_m > 0 else "right"
        return _check_turn(yaw_deg, away_m > 0, before)


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


def _check_light(
    levels: np.ndarray,
    before: FramingCheck,
    dark: float = 25.0,
    bright: float = 215.0,
    behind: float = 80.0,
) -> FramingCheck:
    """Check that the athlete is neither black nor white.

    On development clips that were darkened (with a camera's noise) the joints moved by less than 1 %
    of the body while its bright parts had 25 and more, and the network lost people at 15 to 20; on
    clips that were brightened it lost them with a mean of 213 to 250. Dark clothes do not count as
    dark: only the brighter parts, skin among them, are asked. Behind a dark athlete a picture above
    80 is light from behind.
    """
    picture, person, highlights = levels
    if before.passed is False:
        dark, bright = 1.15 * dark, 0.95 * bright
    if np.isnan(person):  # nobody there: all that can be told is that nobody could be found
        if picture < 0.6 * dark:
            return FramingCheck("light", False, "Too dark to see you: switch on a light.")
        return FramingCheck("light", None)
    if person > bright:
        return FramingCheck("light", False, "Too bright: dim the light.")
    if highlights >= dark:
        return FramingCheck("light", True)
    if picture > behind:
        return FramingCheck("light", False, "Light behind you: turn the camera away from it.")
    return FramingCheck("light", False, "Too dark to see you: switch on a light.")


def _check_posture(body: _Body, exercise: Exercise | None) -> FramingCheck:
    """Check that the athlete stands, or is level with the floor, as the exercise begins."""
    tilt_deg = float(trunk_tilt_deg(body.xyz_m))
    if exercise is None:
        return FramingCheck("posture", True)
    if np.isnan(tilt_deg):
        return FramingCheck("posture", None)
    low_deg, high_deg = exercise.trunk_tilt_deg
    if low_deg <= tilt_deg <= high_deg:
        return FramingCheck("posture", True)
    level = exercise.name == PUSH_UP.name
    advice = "Get into the push-up position." if level else "Stand up straight."
    return FramingCheck("posture", False, advice)


def _check_whole(
    body: _Body,
    before: FramingCheck,
    margin: float = 0.01,
    tolerance: float = 0.02,
    spare: float = 0.15,
) -> FramingCheck:
    """Check that no part of the body is cut off.

    Beyond the picture's edge the pose network goes on where a limb would be, so that places tell what
    is cut off, also by how much. Parts have to come in by a ``margin`` and may then go out by the
    ``tolerance``, both shares of the picture: the soles lie that far beyond the ankles' and toes'
    joints. Where the other side has more room than is missing, by ``spare``, moving or tilting the
    camera does; else the body is too large.
    """
    if before.passed:
        margin = -tolerance
    if before.advice.startswith(("Move", "Tilt")):
        spare = 0.7 * spare
    if hidden := _find_hidden(body):
        return FramingCheck("whole body", False, f"Keep your {hidden} in view.")
    outside = {part: _overhang(body.part(part)) + margin for part in _PART_JOINTS}
    part, beyond = max(outside.items(), key=lambda item: item[1].max())
    if beyond.max() <= 0:
        return FramingCheck("whole body", True)
    side = int(beyond.argmax())
    edge = ("left", "top", "right", "bottom")[side]
    room = -_overhang(body.outline)[side - 2] - beyond[side]  # what is left over on the other side
    verb = "is" if part == "head" else "are"
    if edge in ("left", "right") and room > spare / 2:
        # Away from the edge, which lies on the other side of the mirrored picture.
        how = f"Move {edge} in the picture: your {part} {verb} cut off."
    elif edge in ("top", "bottom") and room > spare:
        way = "up" if edge == "top" else "down"
        how = f"Tilt the camera {way}: your {part} {verb} cut off."
    else:
        how = f"Step back: your {part} {verb} not in the picture."
    return FramingCheck("whole body", False, how)


def _find_hidden(body: _Body) -> str:
    """Return the part that is in the picture and yet not seen; empty where there is none."""
    for part, joints in _PART_JOINTS.items():
        if not np.isfinite(body.xy[joints]).any():
            return part
    # Level with the floor and seen from the head the feet hide behind the trunk; that does not harm.
    inside = _overhang(body.part("feet")).max() <= 0
    if inside and not body.lies and body.visibility[_ANKLES].max() < SEEN_VISIBILITY:
        return "feet"
    return ""


def _overhang(points: np.ndarray) -> np.ndarray:
    """Return how far points reach beyond the left, top, right and bottom edge, as shares: (4,)."""
    if not len(points):
        return np.full(4, -1.0)
    return np.concatenate([-points.min(axis=0), points.max(axis=0) - 1])


def _check_distance(
    body: _Body,
    size: tuple[int, int],
    before: FramingCheck,
    least: float = 0.28,
    most: float = 0.94,
) -> FramingCheck:
    """Check that the athlete is neither too small nor too large.

    Small is measured as the network's person detector sees it, which looks at a square of the longer
    side: clips that were shrunk lost the athlete at 0.16 to 0.22 of it and had angles within a degree
    at 0.28 and more. It is the diagonal of the body's box, which stays alike in every posture and
    view. Large is a box that leaves the hips and hands no room to move.
    """
    if before.passed:
        least, most = 0.9 * least, most + 0.04
    box = np.ptp(body.outline, axis=0)
    diagonal = np.hypot(*(box * size)) / max(size)
    if diagonal < least:
        return FramingCheck("distance", False, "Come closer: you are too small in the picture.")
    if box.max() > most:
        return FramingCheck("distance", False, "Step back: you fill the whole picture.")
    return FramingCheck("distance", True)


def _check_turn(
    yaw_deg: float,
    turned_left: bool,
    before: FramingCheck,
    enter_deg: float = 25.0,
    leave_deg: float = 22.5,
    frontal_deg: float = 10.0,
) -> FramingCheck:
    """Check that the camera sees the athlete from the side or diagonally; say how far to turn.

    A view below 22.5 degrees off the axis counts as front or rear, in which neither depth nor
    posture are judged. Within 10 degrees the network cannot tell which way the body is turned.
    """
    off_axis_deg = min(yaw_deg, 180 - yaw_deg)
    if off_axis_deg >= (leave_deg if before.passed else enter_deg):
        return FramingCheck("view", True)
    if off_axis_deg < (1.5 * frontal_deg if "one side" in before.advice else frontal_deg):
        return FramingCheck("view", False, "Turn 90 degrees to one side: left or right.")
    # Facing the camera one goes on turning the way one has begun; from behind the other way.
    side = "left" if turned_left == (yaw_deg < 90) else "right"
    advice = f"Turn {round((90 - off_axis_deg) / 10) * 10} degrees to your {side}."
    return FramingCheck("view", False, advice)


def _check_stillness(
    poses: list[Pose],
    body: _Body,
    size: tuple[int, int],
    before: FramingCheck,
    most: float = 0.12,
) -> FramingCheck:
    """Check that the hips have stayed in their place, sideways: people sway by 0.03 of their size.

    A squat moves them by about 0.1, a walk past the camera by 0.5 and more in a second.
    """
    left, right = _HIPS
    hips_px = [(p.xy_px[left, 0] + p.xy_px[right, 0]) / 2 for p in poses if p.seen]
    size_px = np.hypot(*(np.ptp(body.outline, axis=0) * size))
    if len(hips_px) < 2 or np.isnan(hips_px).any() or poses[-1].time_s - poses[0].time_s < 0.5:
        return FramingCheck("stillness", None)
    limit = most * (1.2 if before.passed else 1.0)
    if np.ptp(hips_px) <= limit * size_px:
        return FramingCheck("stillness", True)
    return FramingCheck("stillness", False, "Stay where you are.")


def _average(poses: list[Pose], size: tuple[int, int], crown: float = 0.7) -> _Body:
    """Average the poses of the last moments.

    The top of the head lies ``crown`` times as far beyond the ears as these lie beyond the shoulders:
    0.13 m and 0.19 m in a person of 1.75 m.
    """
    xy = mean_known(np.stack([p.xy_px for p in poses], axis=1)) / size
    xyz_m = mean_known(np.stack([p.xyz_m for p in poses], axis=1))
    visibility = np.mean([p.visibility for p in poses], axis=0)
    ears, shoulders = mean_known(xy[_EARS]), mean_known(xy[_SHOULDERS])
    tilt_deg = float(trunk_tilt_deg(xyz_m))
    return _Body(
        xy,
        xyz_m,
        visibility,
        int(visibility[_LIMBS[1]].mean() > visibility[_LIMBS[0]].mean()),
        tilt_deg > 45,  # nearer to lying than to standing
        ears + crown * (ears - shoulders),
    )


def _measure_turn(pose: Pose) -> float:
    """Return how much farther away the left side is than the right, in m; NaN where unseen."""
    return float(
        sum(pose.xyz_m[left, 2] - pose.xyz_m[right, 2] for left, right in (_SHOULDERS, _HIPS))
    )
