"""The stick figure's squats and push-ups with one fault each, or none, and cameras that see it.

>>> take = film_reps([Squat()] * 2, Camera(0.0))
>>> len(take.reps)
2
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from gym.athlete.body import place_middle_joint
from gym.athlete.motion import ease
from gym.schema import PoseSequence, Rep, RepKind
from gym.skeleton import BLAZEPOSE_JOINTS, both_sides
from tests.figure import (
    ANKLE_M,
    FOREARM_M,
    SHIN_M,
    THIGH_M,
    TRUNK_M,
    UPPER_ARM_M,
    bend_arms,
    pose_body,
)
from tests.synthetic import Camera, Move, Take, Tempo, film, hold

NOISE_PX, NOISE_M = 1.5, 0.006
FOOT_M = 0.19  #: from the middle to each foot; the hips' half width is 0.11
_HEAD = [
    k
    for k, name in enumerate(BLAZEPOSE_JOINTS)
    if name == "nose" or any(word in name for word in ("eye", "ear", "mouth"))
]
_TOES = both_sides("foot_index")
_UPPER = [
    k
    for k, name in enumerate(BLAZEPOSE_JOINTS)
    if not any(w in name for w in ("knee", "ankle", "heel", "foot"))
]
USUAL = Tempo()
_KNEELING_M = 0.55  # the shoulders' height on straight arms


@dataclass(frozen=True)
class Squat:
    """How somebody squats; as it stands here, well.

    Attributes
    ----------
    depth : float
        Of the hips below the knees at the bottom, thigh lengths.
    lean_deg, shin_deg : float
        Of the trunk and the shin at the bottom, from the vertical.
    knees : float
        The knees' distance at the bottom, over that of the feet.
    heels_m, shift_m : float
        How far the heels rise, and the hips wander to the left, towards the bottom.
    drop_deg : float
        How much further the trunk leans early on the way up than at the bottom.
    unlocked : float
        The share of the way that is missing at the top.
    """

    depth: float = 0.15
    lean_deg: float = 35.0
    shin_deg: float = 32.0
    knees: float = 1.05
    heels_m: float = 0.0
    shift_m: float = 0.0
    drop_deg: float = 0.0
    unlocked: float = 0.0

    def at(self, down: float, back: float = 0.0) -> np.ndarray:
        """Return the posture a share ``down`` of the way, and ``back`` of the way up: (33, 3) m."""
        down = self.unlocked + (1 - self.unlocked) * down
        thigh_deg = np.degrees(np.arcsin(np.clip(self.depth, -1, 1))) + 90
        top = np.array([2.0, 2.0, 2.0, 175.0])
        bottom = np.array([self.shin_deg, thigh_deg, self.lean_deg, 100.0])
        shin, thigh, trunk, arm = top + down * (bottom - top)
        if self.drop_deg and back > 0:
            lowest = self.lean_deg + self.drop_deg
            trunk = np.interp(back, [0.0, 0.3, 0.5, 1.0], [self.lean_deg, lowest, lowest, top[2]])
        joints = pose_body(shin, -thigh, trunk, arm, arm - 5)
        for side, sign in (("left", 1.0), ("right", -1.0)):
            feet = [BLAZEPOSE_JOINTS.index(f"{side}_{p}") for p in ("ankle", "heel", "foot_index")]
            joints[feet, 0] = sign * FOOT_M
            straight = (joints[BLAZEPOSE_JOINTS.index(f"{side}_hip"), 0] + sign * FOOT_M) / 2
            out = sign * self.knees * FOOT_M
            joints[BLAZEPOSE_JOINTS.index(f"{side}_knee"), 0] = straight + down * (out - straight)
        joints[_UPPER, 0] += down * self.shift_m
        joints[both_sides("knee"), 0] += down * self.shift_m / 2
        # The foot turns about its toes: the ankle, and all above it, rises by less than the heel.
        lifted = np.full(33, 0.65 * down * self.heels_m)
        lifted[both_sides("heel")] = down * self.heels_m
        lifted[_TOES] = 0.0
        joints[:, 1] += lifted
        return joints


@dataclass(frozen=True)
class PushUp:
    """How somebody does push-ups; as it stands here, well.

    Attributes
    ----------
    depth : float
        Of the shoulders below the elbows at the bottom, upper-arm lengths.
    line : float
        The hips above the line, body lengths; negative below.
    on_knees : bool
    unlocked : float
        The share of the way that is missing at the top.
    head_deg : float
        How far the head is raised from the trunk's line; negative hanging.
    flared : bool
        Whether the elbows point straight out.
    """

    depth: float = 0.15
    line: float = 0.0
    on_knees: bool = False
    unlocked: float = 0.0
    head_deg: float = -10.0
    flared: bool = False

    def at(self, down: float, back: float = 0.0) -> np.ndarray:
        """Return the posture a share ``down`` of the way: (33, 3) m."""
        down = self.unlocked + (1 - self.unlocked) * down
        if self.on_knees:
            joints = _kneel(_KNEELING_M - down * 0.35, self.line)
        else:
            joints = bend_arms(down, self.depth, self.line).copy()
        shoulders = joints[both_sides("shoulder")].mean(axis=0)
        turned = np.radians(-self.head_deg)
        head = joints[_HEAD] - shoulders
        y = head[:, 1] * np.cos(turned) - head[:, 2] * np.sin(turned)
        z = head[:, 1] * np.sin(turned) + head[:, 2] * np.cos(turned)
        joints[_HEAD] = shoulders + np.stack([head[:, 0], y, z], axis=1)
        if self.flared:
            for k, sign in enumerate((1.0, -1.0)):
                shoulder, wrist = (both_sides(part)[k] for part in ("shoulder", "wrist"))
                joints[both_sides("elbow")[k]] = place_middle_joint(
                    joints[shoulder],
                    joints[wrist],
                    UPPER_ARM_M,
                    FOREARM_M,
                    np.array([sign, 0.0, 0.0]),
                )
        return joints


def _kneel(height_m: float, line: float) -> np.ndarray:
    """Return a push-up's posture on the knees, the shoulders at a height."""
    off = line * (TRUNK_M + THIGH_M)
    length = np.sqrt(TRUNK_M**2 - off**2) + np.sqrt(THIGH_M**2 - off**2)
    axis_deg, top_deg = (
        np.degrees(np.arccos((y - ANKLE_M) / length)) for y in (height_m, _KNEELING_M)
    )
    ahead_m = SHIN_M + length * np.sin(np.radians(top_deg))
    hands = {
        side: np.array([0.28 * sign, 0.03, ahead_m]) for side, sign in (("left", 1), ("right", -1))
    }
    thigh_deg = axis_deg - np.degrees(np.arcsin(off / THIGH_M))
    trunk_deg = axis_deg + np.degrees(np.arcsin(off / TRUNK_M))
    return pose_body(90.0, thigh_deg, trunk_deg, hands=hands)


_STEPS = np.linspace(0.0, 1.0, 41)


@lru_cache(maxsize=16)
def _draw_ways(how: Squat | PushUp) -> tuple[np.ndarray, np.ndarray]:
    """Return the postures of the way out and of the way back: (41, 33, 3) m each, at `_STEPS`."""
    out = np.array([how.at(share) for share in _STEPS])
    return out, np.array([how.at(1.0 - share, share) for share in _STEPS])


def _between(ways: np.ndarray, share: float) -> np.ndarray:
    place = share * (len(_STEPS) - 1)
    first = min(int(place), len(_STEPS) - 2)
    return ways[first] + (place - first) * (ways[first + 1] - ways[first])


def do_rep(how: Squat | PushUp, tempo: Tempo = USUAL, size: float = 1.0) -> Move:
    """Do one rep, by somebody of a size: 1.0 is 1.75 m."""
    low_s, rise_s = tempo.down_s, tempo.down_s + tempo.hold_s
    end_s = rise_s + tempo.up_s

    out, way_back = _draw_ways(how)

    def at(time_s: float) -> np.ndarray:
        if time_s > rise_s:
            return size * _between(way_back, ease((time_s - rise_s) / tempo.up_s))
        return size * _between(out, ease(time_s / tempo.down_s))

    return Move(end_s + tempo.rest_s, at, Rep(0.0, (low_s + rise_s) / 2, end_s, RepKind.FULL))


def film_reps(
    hows: Sequence[Squat | PushUp],
    camera: Camera,
    tempo: Tempo = USUAL,
    size: float = 1.0,
    seed: int = 0,
) -> Take:
    """Film a set, with half a second of rest on either side, as noisy as a good pose model."""
    still = [hold(size * hows[k].at(0.0), 0.5) for k in (0, -1)]
    script = [still[0], *(do_rep(how, tempo, size) for how in hows), still[1]]
    take = film(script, camera, fps=20)
    return replace(take, poses=_shake(take.poses, seed))


def _shake(poses: PoseSequence, seed: int) -> PoseSequence:
    rng = np.random.default_rng(seed)
    return replace(
        poses,
        xy_px=poses.xy_px + rng.normal(0, NOISE_PX, poses.xy_px.shape),
        xyz_m=poses.xyz_m + rng.normal(0, NOISE_M, poses.xyz_m.shape),
    )
