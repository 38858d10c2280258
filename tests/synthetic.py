"""Motions whose answer is known: a stick figure that squats and does push-ups before a camera.

A script is a list of `Move`; `film` plays it to a pinhole camera and returns the poses together with
the true repetitions.

>>> take = film([hold(STANDING, 1), *[squat()] * 3, hold(STANDING, 1)], Camera(yaw_deg=45))
>>> len(take.full), take.poses.xy_px.shape[1:]
(3, (33, 2))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from gym.athlete.body import about_y
from gym.athlete.motion import ease
from gym.athlete.stick_figure import look_from
from gym.schema import PoseSequence, Rep, RepKind
from gym.skeleton import BLAZEPOSE_JOINTS, MIRROR, joint_index
from tests.figure import (
    CROUCHING,
    DOWN_DOG,
    PICKING_UP,
    STANDING,
    TOP_M,
    TRUNK_M,
    bend_arms,
    bend_legs,
    blend,
    plank,
    pose_body,
    towards,
)


@dataclass(frozen=True)
class Move:
    """Something the athlete does: ``at(seconds since its start)`` gives the joints (33, 3) m."""

    duration_s: float
    at: Callable[[float], np.ndarray]
    rep: Rep | None = None  #: its true times, from the start of the move


@dataclass(frozen=True)
class Tempo:
    """How long a rep takes, in s; ``rest_s`` follows it."""

    down_s: float = 0.9
    hold_s: float = 0.1
    up_s: float = 0.8
    rest_s: float = 0.4


def _repetition(at_phase: Callable[[float], np.ndarray], tempo: Tempo, part: float) -> Move:
    """Go down to a share of the way, hold, come up, rest."""
    low_s, rise_s = tempo.down_s, tempo.down_s + tempo.hold_s
    end_s = rise_s + tempo.up_s

    def at(time_s: float) -> np.ndarray:
        down = (
            ease(time_s / tempo.down_s)
            if time_s < rise_s
            else 1 - ease((time_s - rise_s) / tempo.up_s)
        )
        return at_phase(part * down)

    kind = RepKind.FULL if part > 0.6 else RepKind.PARTIAL
    return Move(end_s + tempo.rest_s, at, Rep(0.0, (low_s + rise_s) / 2, end_s, kind))


def squat(
    depth: float = 0.1,
    lean_deg: float = 40.0,
    shin_deg: float = 30.0,
    tempo: Tempo = Tempo(),
    part: float = 1.0,
) -> Move:
    """Squat: at the bottom the hips are ``depth`` thigh lengths below the knees."""
    return _repetition(lambda phase: bend_legs(phase, depth, lean_deg, shin_deg), tempo, part)


def push_up(
    depth: float = 0.1, line: float = 0.0, tempo: Tempo = Tempo(), part: float = 1.0
) -> Move:
    """Push-up: at the bottom the shoulders are ``depth`` upper-arm lengths below the elbows.

    The hips are ``line`` body lengths above (negative: below) the line of shoulders and ankles.
    """
    return _repetition(lambda phase: bend_arms(phase, depth, line), tempo, part)


def raise_arms(
    *sides: str, height_deg: float = 95.0, tempo: Tempo = Tempo(), part: float = 1.0
) -> Move:
    """Raise the straight arms of some sides to the front, so far from hanging down."""

    def at_phase(phase: float) -> np.ndarray:
        arms = [180 - phase * height_deg * (side in sides) for side in ("left", "right")]
        return pose_body(2, 2, 2, arms, np.array(arms) - 5)

    return _repetition(at_phase, tempo, part)


def curl(*sides: str, tempo: Tempo = Tempo(), part: float = 1.0) -> Move:
    """Bend the elbows of some sides, the upper arms at rest."""

    def at_phase(phase: float) -> np.ndarray:
        fores = [172 - phase * 130 * (side in sides) for side in ("left", "right")]
        return pose_body(2, 2, 2, 178, fores)

    return _repetition(at_phase, tempo, part)


def go_and_return(rest: np.ndarray, turn: np.ndarray, tempo: Tempo = Tempo()) -> Move:
    """Go from one posture to another and back: a rep."""
    return _repetition(lambda phase: blend(rest, turn, phase), tempo, 1.0)


def hold(joints: np.ndarray, duration_s: float) -> Move:
    """Stay."""
    return Move(duration_s, lambda time_s: joints)


def go_through(*postures: np.ndarray, step_s: float = 1.0) -> list[Move]:
    """Go from posture to posture."""
    return [
        Move(step_s, lambda time_s, a=a, b=b: blend(a, b, ease(time_s / step_s)))
        for a, b in pairwise(postures)
    ]


def pick_up() -> list[Move]:
    """Pick something up from the floor, with the legs nearly straight."""
    return go_through(STANDING, PICKING_UP, STANDING)


def get_down() -> list[Move]:
    """Get from standing into the plank."""
    return go_through(STANDING, CROUCHING, plank(TOP_M))


def rest_in_down_dog() -> list[Move]:
    """Push the hips up to rest, and come back to the plank."""
    return [
        *go_through(plank(TOP_M), DOWN_DOG),
        hold(DOWN_DOG, 1.0),
        *go_through(DOWN_DOG, plank(TOP_M)),
    ]


def walk_in(turn_deg: float, duration_s: float = 2.5, speed_m_s: float = 1.1) -> list[Move]:
    """Walk to the spot, with the body turned to the left by so much, and turn to the front."""

    def walk(time_s: float) -> np.ndarray:
        swing = np.sin(2 * np.pi * time_s / 1.1) * ease((duration_s - time_s) / 0.5)
        thighs = -2 + 22 * swing * np.array([-1, 1])
        shins = thighs + 4 + 25 * np.clip(-swing * np.array([1, -1]), 0, None)
        joints = pose_body(shins, thighs, 4, 180 + 20 * swing, 165 + 20 * swing)
        return turn(joints + towards(90) * speed_m_s * (time_s - duration_s), turn_deg)

    return [
        Move(duration_s, walk),
        Move(0.7, lambda time_s: turn(STANDING, turn_deg * (1 - ease(time_s / 0.7)))),
    ]


def turn(joints: np.ndarray, deg: float) -> np.ndarray:
    """Turn about the vertical, to the athlete's left."""
    return joints @ about_y(np.radians(deg)).T


# ----------------------------------------------------------------------------------- filming


@dataclass(frozen=True)
class Camera:
    """A camera that aims at the spot; ``yaw_deg`` 0 in front, 90 at the athlete's left, 180 behind."""

    yaw_deg: float = 90.0
    distance_m: float = 4.0
    height_m: float = 0.8
    aim_m: float = 0.8
    focal_px: float = 900.0
    image_size: tuple[int, int] = (1280, 720)

    def see(self, room_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return joints (..., 3) in the camera's axes (right, down, away; m) and in the image."""
        drop_m = self.height_m - self.aim_m
        aim = np.array([0.0, self.aim_m, 0.0])
        pitch = np.arctan2(drop_m, self.distance_m)
        axes_m = look_from(room_m - aim, np.radians(self.yaw_deg), pitch)
        axes_m[..., 2] += np.hypot(drop_m, self.distance_m)
        image = self.focal_px * axes_m[..., :2] / axes_m[..., 2:] + np.array(self.image_size) / 2
        return axes_m, image


@dataclass(frozen=True)
class Take:
    """A filmed script: the poses, and the true repetitions in the clip's time."""

    poses: PoseSequence
    reps: tuple[Rep, ...]

    @property
    def full(self) -> tuple[Rep, ...]:
        """The whole ones: what a counter has to count."""
        return tuple(rep for rep in self.reps if rep.kind is RepKind.FULL)


def film(
    script: Sequence[Move],
    camera: Camera = Camera(),
    *,
    fps: float = 30.0,
    time_s: np.ndarray | None = None,
    from_s: float = 0.0,
    until_s: float | None = None,
) -> Take:
    """Film a script, or the stretch of it between two times, which the clip's time begins at.

    Repetitions that the stretch cuts are partial; those outside are left out. ``time_s`` gives the
    frames' times in place of ``fps``.
    """
    starts_s = np.concatenate([[0.0], np.cumsum([move.duration_s for move in script])])
    until_s = float(starts_s[-1]) if until_s is None else until_s
    if time_s is None:
        time_s = np.arange(0.0, until_s - from_s, 1.0 / fps)
    which = np.searchsorted(starts_s, time_s + from_s, side="right").clip(1, len(script)) - 1
    room_m = np.array(
        [script[k].at(float(t + from_s - starts_s[k])) for k, t in zip(which, time_s, strict=True)]
    ).reshape(-1, 33, 3)
    axes_m, image = camera.see(room_m)
    hips = axes_m[:, [joint_index("left_hip"), joint_index("right_hip")]].mean(1, keepdims=True)
    reps = []
    for move, start_s in zip(script, starts_s - from_s, strict=False):
        if move.rep and start_s < until_s - from_s and start_s + move.rep.end_s > 0:
            rep = replace(move.rep, **{key: getattr(move.rep, key) + start_s for key in _TIMES})
            if rep.start_s < 0 or rep.end_s > until_s - from_s:
                rep = replace(rep, kind=RepKind.PARTIAL)
            reps.append(rep)
    return Take(
        PoseSequence(time_s, image, axes_m - hips, _see_sides(axes_m), camera.image_size),
        tuple(reps),
    )


_TIMES = ("start_s", "bottom_s", "end_s")


def _see_sides(axes_m: np.ndarray) -> np.ndarray:
    """Return visibilities (T, 33): 0.95, the far side's down to 0.4 in a side view."""
    across = axes_m[:, joint_index("left_shoulder")] - axes_m[:, joint_index("right_shoulder")]
    far = across[:, 2] / np.maximum(np.linalg.norm(across, axis=1), 1e-9)  # 1: left is far
    side = np.array(
        [1.0 if "left" in n else -1.0 if "right" in n else 0.0 for n in BLAZEPOSE_JOINTS]
    )
    return 0.95 - 0.55 * np.clip(far[:, None] * side, 0, 1)


# ------------------------------------------------------------------------ what cameras do to it


def mirror(poses: PoseSequence) -> PoseSequence:
    """Flip the picture, left becoming right."""
    return replace(
        poses,
        xy_px=(poses.xy_px * [-1, 1] + [poses.image_size[0], 0])[:, MIRROR],
        xyz_m=(poses.xyz_m * [-1, 1, 1])[:, MIRROR],
        visibility=poses.visibility[:, MIRROR],
    )


def rescale(poses: PoseSequence, factor: float) -> PoseSequence:
    """Make the picture smaller or larger."""
    width, height = poses.image_size
    size = (round(width * factor), round(height * factor))
    return replace(poses, xy_px=poses.xy_px * factor, image_size=size)


def shift(poses: PoseSequence, by_px: tuple[float, float]) -> PoseSequence:
    """Move the athlete within the picture."""
    return replace(poses, xy_px=poses.xy_px + np.array(by_px))


def add_noise(poses: PoseSequence, share: float, seed: int) -> PoseSequence:
    """Jitter every joint, with a standard deviation of a share of the trunk's length."""
    rng = np.random.default_rng(seed)
    trunk_px = np.linalg.norm(poses.joint("left_shoulder") - poses.joint("left_hip"), axis=1)
    xy = rng.normal(0, share * np.nanmax(trunk_px), poses.xy_px.shape)
    xyz = rng.normal(0, share * TRUNK_M, poses.xyz_m.shape)
    return replace(poses, xy_px=poses.xy_px + xy, xyz_m=poses.xyz_m + xyz)


def hide(poses: PoseSequence, unseen: np.ndarray) -> PoseSequence:
    """Make joints (T, 33) or whole frames (T,) unseen: NaN, with visibility 0."""
    unseen = np.broadcast_to(
        unseen if unseen.ndim == 2 else unseen[:, None], poses.visibility.shape
    )
    return replace(
        poses,
        xy_px=np.where(unseen[..., None], np.nan, poses.xy_px),
        xyz_m=np.where(unseen[..., None], np.nan, poses.xyz_m),
        visibility=np.where(unseen, 0.0, poses.visibility),
    )


def drop_joints(poses: PoseSequence, share: float, seed: int) -> PoseSequence:
    """Lose a share of all joints, each joint in each frame by itself."""
    return hide(poses, np.random.default_rng(seed).random(poses.visibility.shape) < share)


def first_frames(poses: PoseSequence, frames: int) -> PoseSequence:
    """Return the beginning of a sequence."""
    arrays = ("time_s", "xy_px", "xyz_m", "visibility")
    return replace(poses, **{name: getattr(poses, name)[:frames] for name in arrays})
