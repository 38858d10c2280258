"""How an athlete is placed in front of a camera: one check for each thing that has to be right.

Every check is given its previous result, so that it does not flicker at its limit. Advice about left
and right is for a mirrored picture; "your left" is the athlete's own left, whichever way they face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gym.exercises import LEVEL_TILT_DEG, Exercise, Posture
from gym.features import SEEN_VISIBILITY, mean_known, trunk_tilt_deg
from gym.schema import Pose
from gym.skeleton import LIMBS, SIDES, both_sides, joint_index


@dataclass(frozen=True)
class FramingCheck:
    """One thing that has to be right before a set.

    Attributes
    ----------
    name : str
        "person", "light", "posture", "whole body", "distance", "view" or "stillness".
    passed : bool or None
        None if it is not known yet.
    advice : str
        What to do about it; empty if there is nothing to do.
    """

    name: str
    passed: bool | None
    advice: str = ""


#: The parts that have to be in the picture, and their joints.
_PARTS = {
    "head": ("nose", "left_ear", "right_ear"),
    "hands": ("left_wrist", "right_wrist"),
    "hips": ("left_hip", "right_hip"),
    "knees": ("left_knee", "right_knee"),
    "feet": tuple(f"{side}_{j}" for side in SIDES for j in ("ankle", "heel", "foot_index")),
}
_PART_JOINTS = {part: [joint_index(name) for name in names] for part, names in _PARTS.items()}
_LIMBS = [[joint_index(f"{side}_{limb}") for limb in LIMBS] for side in SIDES]
_EARS, _SHOULDERS, _HIPS, _WRISTS, _KNEES, _ANKLES = (
    both_sides(part) for part in ("ear", "shoulder", "hip", "wrist", "knee", "ankle")
)


@dataclass(frozen=True, eq=False)
class Stance:
    """The athlete over the last moments: ``xy`` (J, 2) in shares of the picture's width and height."""

    xy: np.ndarray
    xyz_m: np.ndarray
    visibility: np.ndarray
    near_side: int  #: which of ``SIDES`` the camera sees better
    lies: bool
    crown: np.ndarray  #: (2,) the top of the head, which is no joint

    @property
    def is_clear(self) -> bool:
        """Whether it is a person at all: at least one shoulder is more than a guess."""
        shoulders = np.isfinite(self.xy[_SHOULDERS]).all(axis=1)
        return bool((self.visibility[_SHOULDERS][shoulders] >= 0.5).any())

    @property
    def outline(self) -> np.ndarray:
        """(n, 2) All known points that have to be in the picture."""
        points = np.vstack([self.xy[_SHOULDERS], *(self.part(name) for name in _PART_JOINTS)])
        return points[np.isfinite(points).all(axis=1)]

    def part(self, name: str) -> np.ndarray:
        """Return one part's known points (n, 2)."""
        joints = _PART_JOINTS[name]
        if name == "hands":  # the far one may be anywhere when it is hidden behind the trunk
            near = _WRISTS[self.near_side]
            joints = [i for i in joints if i == near or self.visibility[i] >= 0.5]
        points = self.xy[joints]
        if name == "head":
            points = np.vstack([points, self.crown])
        return points[np.isfinite(points).all(axis=1)]


def check_light(
    levels: np.ndarray,
    before: FramingCheck,
    dark: float = 25.0,
    bright: float = 215.0,
    behind: float = 80.0,
) -> FramingCheck:
    """Check that the athlete is neither too dark nor too bright.

    On development clips that were darkened (with camera noise), the joints moved by less than 1% of
    the body as long as its bright parts had 25 or more, and the network lost people at 15 to 20. On
    brightened clips it lost them at a mean of 213 to 250. Dark clothes do not count as dark, because
    only the brighter parts, such as skin, are used. If the athlete is dark and the picture's mean is
    above 80, the light comes from behind.
    """
    picture, person, highlights = levels
    if before.passed is False:
        dark, bright = 1.15 * dark, 0.95 * bright
    if np.isnan(person):  # nobody was found, so only the picture as a whole can be checked
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


def check_posture(body: Stance, exercise: Exercise | None) -> FramingCheck:
    """Check that the athlete is as they should be at the start of the exercise."""
    if exercise is None:
        return FramingCheck("posture", True)
    tilt_deg = float(trunk_tilt_deg(body.xyz_m))
    if np.isnan(tilt_deg):
        return FramingCheck("posture", None)
    low_deg, high_deg = exercise.trunk_tilt_deg
    if low_deg <= tilt_deg <= high_deg and _holds_limbs(body, exercise.start):
        return FramingCheck("posture", True)
    return FramingCheck("posture", False, exercise.start_advice)


def _holds_limbs(body: Stance, start: Posture) -> bool:
    """Tell whether arms and legs are as in a posture, which the trunk alone does not show.

    What is not seen does not speak against it.
    """
    shoulders, wrists, hips, knees = (
        mean_known(body.xyz_m[joints]) for joints in (_SHOULDERS, _WRISTS, _HIPS, _KNEES)
    )
    if start is Posture.HANGING:  # the bar is above the shoulders
        return not wrists[1] > shoulders[1]
    if start is Posture.ON_HANDS:  # the floor is below them
        return not wrists[1] < shoulders[1]
    if start is Posture.SITTING:  # the thighs are closer to level than to upright
        thigh = knees - hips
        return not thigh[1] > np.hypot(thigh[0], thigh[2])
    return True


def check_whole(
    body: Stance,
    before: FramingCheck,
    margin: float = 0.01,
    tolerance: float = 0.02,
    spare: float = 0.15,
) -> FramingCheck:
    """Check that no part of the body is cut off.

    The pose network also places limbs beyond the picture's edge, so their positions show what is cut
    off, and by how much. Parts have to be inside by a ``margin`` and may then go outside by the
    ``tolerance``, both as shares of the picture: the soles are that far beyond the joints of ankles and
    toes. If the other side has more room than is missing, by ``spare``, moving or tilting the camera is
    enough; otherwise the body is too large.
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
    room = -_overhang(body.outline)[side - 2] - beyond[side]  # the room on the other side
    verb = "is" if part == "head" else "are"
    if edge in ("left", "right") and room > spare / 2:
        # Away from the edge, which is on the other side in the mirrored picture.
        how = f"Move {edge} in the picture: your {part} {verb} cut off."
    elif edge in ("top", "bottom") and room > spare:
        way = "up" if edge == "top" else "down"
        how = f"Tilt the camera {way}: your {part} {verb} cut off."
    else:
        how = f"Step back: your {part} {verb} not in the picture."
    return FramingCheck("whole body", False, how)


def _find_hidden(body: Stance) -> str:
    """Return the part that is in the picture but not seen; empty if there is none."""
    for part, joints in _PART_JOINTS.items():
        if not np.isfinite(body.xy[joints]).any():
            return part
    # Level with the floor and seen from the head, the feet are hidden by the trunk; that is fine.
    inside = _overhang(body.part("feet")).max() <= 0
    if inside and not body.lies and body.visibility[_ANKLES].max() < SEEN_VISIBILITY:
        return "feet"
    return ""


def _overhang(points: np.ndarray) -> np.ndarray:
    """Return how far points reach beyond the left, top, right and bottom edge, as shares: (4,)."""
    if not len(points):
        return np.full(4, -1.0)
    return np.concatenate([-points.min(axis=0), points.max(axis=0) - 1])


def check_distance(
    body: Stance,
    size: tuple[int, int],
    before: FramingCheck,
    least: float = 0.28,
    most: float = 0.94,
) -> FramingCheck:
    """Check that the athlete is neither too small nor too large.

    Size is measured as the network's person detector sees it, which looks at a square of the longer
    side: clips that were shrunk lost the athlete at 0.16 to 0.22 of it and had angles within a degree
    at 0.28 and more. It is the diagonal of the body's box, which stays similar in every posture and
    view. Too large means a box that leaves the hips and hands no room to move.
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


def check_turn(
    yaw_deg: float,
    turned_left: bool,
    before: FramingCheck,
    enter_deg: float = 25.0,
    leave_deg: float = 22.5,
    frontal_deg: float = 10.0,
) -> FramingCheck:
    """Check that the camera sees the athlete from the side or diagonally; say how far to turn.

    A view less than 22.5 degrees off the axis counts as front or rear, from which neither depth nor
    posture is judged. Within 10 degrees the network cannot tell which way the body is turned.
    """
    off_axis_deg = min(yaw_deg, 180 - yaw_deg)
    if off_axis_deg >= (leave_deg if before.passed else enter_deg):
        return FramingCheck("view", True)
    if off_axis_deg < (1.5 * frontal_deg if "one side" in before.advice else frontal_deg):
        return FramingCheck("view", False, "Turn 90 degrees to one side: left or right.")
    # Facing the camera, the athlete keeps turning the same way; from behind, the other way.
    side = "left" if turned_left == (yaw_deg < 90) else "right"
    advice = f"Turn {round((90 - off_axis_deg) / 10) * 10} degrees to your {side}."
    return FramingCheck("view", False, advice)


def check_facing(
    yaw_deg: float,
    turned_left: bool,
    before: FramingCheck,
    enter_deg: float = 20.0,
    leave_deg: float = 22.5,
) -> FramingCheck:
    """Check that the camera sees the athlete from the front or from behind; say how far to turn.

    Less than 22.5 degrees off the axis counts as such a view. Close to a side view, within 30 degrees,
    it hardly matters which way is shorter.
    """
    off_axis_deg = min(yaw_deg, 180 - yaw_deg)
    if off_axis_deg <= (leave_deg if before.passed else enter_deg):
        return FramingCheck("view", True)
    if off_axis_deg > 60:
        return FramingCheck("view", False, "Turn to face the camera.")
    # Who faces the camera turns back; from behind it is the other way.
    side = "right" if turned_left == (yaw_deg < 90) else "left"
    advice = f"Turn {round(off_axis_deg / 10) * 10} degrees to your {side}."
    return FramingCheck("view", False, advice)


def check_stillness(
    poses: list[Pose],
    body: Stance,
    size: tuple[int, int],
    before: FramingCheck,
    most: float = 0.12,
) -> FramingCheck:
    """Check that the hips have not moved sideways: people sway by 0.03 of their size.

    A squat moves them by about 0.1; walking past the camera moves them by 0.5 or more in a second.
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


def average_stance(poses: list[Pose], size: tuple[int, int], crown: float = 0.7) -> Stance:
    """Average the poses of the last moments.

    The top of the head is ``crown`` times as far above the ears as the ears are above the shoulders:
    0.13 m and 0.19 m in a person of 1.75 m.
    """
    xy = mean_known(np.stack([p.xy_px for p in poses], axis=1)) / size
    xyz_m = mean_known(np.stack([p.xyz_m for p in poses], axis=1))
    visibility = np.mean([p.visibility for p in poses], axis=0)
    ears, shoulders = mean_known(xy[_EARS]), mean_known(xy[_SHOULDERS])
    tilt_deg = float(trunk_tilt_deg(xyz_m))
    return Stance(
        xy,
        xyz_m,
        visibility,
        int(visibility[_LIMBS[1]].mean() > visibility[_LIMBS[0]].mean()),
        tilt_deg > LEVEL_TILT_DEG,
        ears + crown * (ears - shoulders),
    )


def measure_turn(pose: Pose) -> float:
    """Return how much farther away the left side is than the right, in m; NaN where unseen."""
    return float(
        sum(pose.xyz_m[left, 2] - pose.xyz_m[right, 2] for left, right in (_SHOULDERS, _HIPS))
    )
