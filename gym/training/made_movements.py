"""Artificial movements that the recorded data lacks, made with a stick figure and a camera.

The exercises that few people filmed, from every side and in every variant; and standing, walking,
sitting, reaching, getting down to the floor and up again, which come before, between and after the
reps of every real clip. A stick figure does them with random limbs, tempo, depth, camera and noise.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gym.athlete.stick_figure import RATE_HZ, ease, hide_far_joints, look_from, vary_body
from gym.skeleton import PENN_JOINTS
from gym.training import made_everyday as everyday
from gym.training import made_exercises as exercise
from gym.training import made_others as other
from gym.training.datasets import Movement
from gym.training.made_stances import Made

#: What is made, its label, and its relative frequency.
MAKERS: tuple[tuple[Callable[..., Made], str, float], ...] = (
    (exercise.make_squat, "squat", 1.5), (exercise.make_push_up, "push_up", 1.5),
    (exercise.make_lunge, "lunge", 2.0), (exercise.make_deadlift, "deadlift", 2.0),
    (exercise.make_pull_up, "pull_up", 1.0), (exercise.make_sit_up, "sit_up", 1.0),
    (exercise.make_bicep_curl, "bicep_curl", 1.0),
    (exercise.make_shoulder_press, "shoulder_press", 1.2),
    (exercise.make_lateral_raise, "lateral_raise", 1.2),
    (exercise.make_front_raise, "front_raise", 1.0),
    (exercise.make_jumping_jack, "jumping_jack", 1.0),
    (exercise.make_bench_press, "bench_press", 1.0), (exercise.make_plank_hold, "plank", 1.0),
    (exercise.make_wall_sit, "wall_sit", 1.0),
    (everyday.make_standing, "other", 1.5), (everyday.make_walk, "other", 1.2),
    (everyday.make_reach, "other", 1.0), (other.make_good_morning, "other", 0.5),
    (everyday.make_sitting, "other", 0.8), (everyday.make_sit_down, "other", 0.7),
    (everyday.make_descent, "other", 1.3), (everyday.make_lie, "other", 0.5),
    (everyday.make_yoga, "other", 0.8), (everyday.make_pike, "other", 0.4),
    (other.make_arm_moves, "other", 1.5), (other.make_dip, "other", 2.5),
    (other.make_row, "other", 3.0), (other.make_swing, "other", 1.8),
    (other.make_bridge, "other", 0.8), (other.make_leg_raise, "other", 0.9),
    (other.make_climber, "other", 0.8), (other.make_high_knees, "other", 0.8),
    (other.make_burpee, "other", 0.8), (other.make_step_up, "other", 0.8),
    (other.make_all_fours_moves, "other", 1.2), (everyday.make_dance, "other", 1.0),
    (other.make_plank_moves, "other", 1.4), (other.make_floor_moves, "other", 1.3),
    (everyday.make_hang, "other", 0.5), (everyday.make_at_the_lens, "other", 0.6),
)  # fmt: skip

_BELOW = [
    [i for i, name in enumerate(PENN_JOINTS) if name.endswith(parts)]
    for parts in (("ankle",), ("knee", "ankle"), ("hip", "knee", "ankle"))
]


def make_movements(count: int, *, seed: int, labels: tuple[str, ...]) -> list[Movement]:
    """Make movements for training.

    Parameters
    ----------
    count : int
    seed : int
    labels : tuple of str
        The labels in use; any other exercise becomes "other".

    Returns
    -------
    list of Movement
        Source "made", split "train", 7 s each.
    """
    rng = np.random.default_rng(seed)
    share = np.array([weight for _, _, weight in MAKERS])
    share /= share.sum()
    movements = []
    for number in range(count):
        make, label, _ = MAKERS[rng.choice(len(MAKERS), p=share)]
        action = make.__name__.removeprefix("make_")
        xyz = _play(rng, make, walks=action == "walk")
        xy, visibility = film_room(rng, xyz)
        if action == "at_the_lens":
            visibility[:, _BELOW[rng.integers(2) + 1]] = 0.0
        movements.append(
            Movement(
                id=f"made{number}",
                source="made",
                action=action,
                label=label if label in labels else "other",
                group=f"made{number}",
                split="train",
                time_s=np.arange(len(xy)) / RATE_HZ,
                xy=xy,
                visibility=visibility,
            )
        )
    return movements


def _play(rng: np.random.Generator, make: Callable[..., Made], *, walks: bool) -> np.ndarray:
    """Move a random body through one maker's track: (T, 13, 3) metres."""
    length_s = 7.0
    time_s = np.arange(0, length_s, 1 / RATE_HZ)
    track, anchor = make(rng, length_s)
    xyz, _ = vary_body(rng, ease(track, time_s), anchor)
    if walks and rng.random() < 0.7:
        xyz[..., 2] += (rng.uniform(0.4, 1.5) * (time_s - length_s / 2))[:, None]
    return xyz


def film_room(rng: np.random.Generator, room_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Look at a body from a random place.

    Parameters
    ----------
    rng : numpy.random.Generator
    room_m : (T, 13, 3)
        Sideways (the body's left positive), up, forward, metres.

    Returns
    -------
    xy : float32 (T, 13, 2)
        Image positions, y down.
    visibility : float32 (T, 13)
        Low where the body hides a joint.
    """
    yaw = rng.uniform(0, 2 * np.pi) + np.linspace(0, rng.normal(0, 0.15), len(room_m))[:, None]
    # Mostly at the height of the hips or higher; a third of the phones stand on the floor.
    pitch = rng.normal(8, 10) if rng.random() < 0.7 else rng.uniform(-22, 4)
    seen = look_from(room_m - room_m.mean(axis=(0, 1)), yaw, np.deg2rad(pitch))
    far = rng.uniform(2.0, 6.0) + seen[..., 2]
    xy = seen[..., :2] / np.maximum(far, 0.4)[..., None] * 600.0
    visibility = np.ones(room_m.shape[:2], dtype=np.float32)
    hide_far_joints(rng, visibility, seen[..., 2])
    return xy.astype(np.float32), visibility
