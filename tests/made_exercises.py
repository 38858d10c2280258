"""Motions of exercises that the product does not have, for teaching it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gym.schema import PoseSequence
from gym.skeleton import BLAZEPOSE_JOINTS
from tests.figure import STANDING, pose_body
from tests.synthetic import Camera, Move, Tempo, add_noise, film, hold

_TOES = [n for n, name in enumerate(BLAZEPOSE_JOINTS) if "foot_index" in name]


def bow(share: float, number: int = 0) -> np.ndarray:
    """A good morning: the trunk goes forward, the hands stay at the neck."""
    return pose_body(2 + 8 * share, -2 - 12 * share, 3 + 75 * share, -150 + 75 * share, 60)


def rise(share: float, number: int = 0) -> np.ndarray:
    """A calf raise, by 9 cm: all but the toes goes up."""
    joints = STANDING.copy()
    up = np.full(len(joints), 0.09 * share)
    up[_TOES] = 0.0
    joints[:, 1] += up
    return joints


def lift_knee(share: float, number: int = 0) -> np.ndarray:
    """A knee raise, left and right in turns."""
    thighs = [-2.0, -2.0]
    thighs[number % 2] -= 85 * share
    return pose_body([2, 2], thighs, 3)


EXERCISES_UNKNOWN = {"bow": bow, "rise": rise, "lift_knee": lift_knee}
YAW_DEG = {"bow": 80.0, "rise": 60.0, "lift_knee": 40.0}  # from where one would film them


def make_take(
    motion: Callable[[float, int], np.ndarray],
    reps: int,
    yaw_deg: float,
    *,
    tempo: Tempo | None = None,
    part: float = 1.0,
    noise: float = 0.01,
    fps: float = 20.0,
    distance_m: float = 4.0,
) -> PoseSequence:
    """Film a set: a second at rest, the reps, a second at rest; ``part`` of the whole way each."""

    tempo = tempo or Tempo()

    def rep(number: int) -> Move:
        low_s, rise_s = tempo.down_s, tempo.down_s + tempo.hold_s

        def at(time_s: float) -> np.ndarray:
            away = time_s / low_s if time_s < rise_s else 1 - (time_s - rise_s) / tempo.up_s
            eased = 0.5 - 0.5 * np.cos(np.pi * np.clip(away, 0.0, 1.0))
            return motion(part * eased, number)

        return Move(rise_s + tempo.up_s + tempo.rest_s, at)

    rest = hold(motion(0.0, 0), 1.0)
    script = [rest, *(rep(number) for number in range(reps)), rest]
    return add_noise(
        film(script, Camera(yaw_deg=yaw_deg, distance_m=distance_m), fps=fps).poses,
        noise,
        seed=reps,
    )
