"""The stick figure does every exercise: from its rest to its turn and back.

>>> take = do("pull_up", 3)
>>> len(take.full)
3
"""

from __future__ import annotations

import numpy as np

from gym.exercises import EXERCISES
from gym.skeleton import BLAZEPOSE_JOINTS, joint_index
from tests.figure import STANDING, bend_legs, blend, plank, pose_body
from tests.synthetic import Camera, Move, Take, Tempo, _repetition, film, hold

_NAMES = BLAZEPOSE_JOINTS
_OTHER = {"left": "right", "right": "left"}
USUAL = Tempo()
LEGS = (2.0, -2.0)  #: shin and thigh of somebody who stands


def stand(**arms: float) -> np.ndarray:
    """Stand, the arms as told by angles of a stance."""
    return pose_body(*LEGS, 2.0, **arms)


def lie(trunk_deg: float, **arms: float) -> np.ndarray:
    """Lie on the back with bent knees, the trunk raised from -90 degrees."""
    return pose_body(-25.0, -125.0, trunk_deg, **arms)


def pull(share: float) -> np.ndarray:
    """Pull up by a share of the way; the hands stay where they are."""
    bent = stand(upper_arm=180 - 155 * share, forearm=180, arm_out=30 * share)
    wrist = [joint_index("left_wrist"), joint_index("right_wrist")]
    bar_m = stand(upper_arm=180, forearm=180)[wrist].mean(axis=0) + np.array([0.0, 0.4, 0.0])
    return bent + (bar_m - bent[wrist].mean(axis=0)) * [0.0, 1.0, 1.0]


ARMS_DOWN = {"upper_arm": 2.0, "forearm": 8.0, "arm_out": 6.0}
#: Postures between which each exercise goes: rest, then the turn.
WAYS: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "squat": (STANDING, bend_legs(1.0, 0.1, 40.0, 30.0)),
    "push_up": (plank(0.575), plank(0.26)),
    "lunge": (STANDING, pose_body((5.0, 85.0), (-85.0, -5.0), 8.0)),
    "deadlift": (
        stand(upper_arm=2, forearm=2),
        pose_body(8.0, -45.0, 75.0, upper_arm=4, forearm=4),
    ),
    "pull_up": (pull(0.0), pull(1.0)),
    "sit_up": (lie(-86.0, upper_arm=95, forearm=95), lie(-5.0, upper_arm=60, forearm=60)),
    "bicep_curl": (stand(**ARMS_DOWN), stand(upper_arm=8, forearm=140, arm_out=6)),
    "shoulder_press": (
        stand(upper_arm=40, forearm=175, arm_out=40),
        stand(upper_arm=172, forearm=176, arm_out=5),
    ),
    "jumping_jack": (
        stand(**ARMS_DOWN),
        stand(upper_arm=0, forearm=0, arm_out=160, forearm_out=165, leg_out=25),
    ),
    "lateral_raise": (
        stand(**ARMS_DOWN),
        stand(upper_arm=0, forearm=5, arm_out=88, forearm_out=85),
    ),
    "front_raise": (stand(**ARMS_DOWN), stand(upper_arm=88, forearm=90, arm_out=6)),
    "bench_press": (
        lie(-88.0, upper_arm=92, forearm=92, arm_out=15),
        lie(-88.0, upper_arm=0, forearm=92, arm_out=70),
    ),
}
#: Where the tests' camera stands, degrees.
SEEN_FROM = {name: 80.0 if EXERCISES[name].best_view == "side" else 15.0 for name in WAYS}


def rep(exercise: str, tempo: Tempo = USUAL, part: float = 1.0, side: str = "") -> Move:
    """Do one rep, with both sides or one, as far as a share of the way."""
    rest, turn = WAYS[exercise]
    if side:  # the other side rests
        other = [k for k, name in enumerate(_NAMES) if name.startswith(_OTHER[side])]
        turn = turn.copy()
        turn[other] = rest[other]
    return _repetition(lambda phase: blend(rest, turn, phase), tempo, part)


def do(
    exercise: str, reps: int = 4, camera: Camera | None = None, fps: float = 20.0, **how: object
) -> Take:
    """Film a set with a second of rest on either side."""
    rest = hold(WAYS[exercise][0], 1.0)
    script = [rest, *[rep(exercise, **how)] * reps, rest]
    return film(script, camera or Camera(yaw_deg=SEEN_FROM[exercise]), fps=fps)


def take_turns(exercise: str, each: int, camera: Camera | None = None) -> Take:
    """Film a set in which left and right take turns."""
    rest = hold(WAYS[exercise][0], 1.0)
    pair = [rep(exercise, side="left"), rep(exercise, side="right")]
    script = [rest, *pair * each, rest]
    return film(script, camera or Camera(yaw_deg=20.0), fps=20.0)
