"""Artificial movements that the recorded data lacks, made with a stick figure and a camera.

Standing, walking, sitting, reaching, getting down to the floor and up again, and holding the top of a
push-up are in no data set, but they come before, between and after the reps of every real clip. A
stick figure does them, and plain squats and push-ups from every side, with random limbs, tempo, depth,
camera and noise. All sizes are engineering judgement: they only have to cover what people do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gym.athlete.stick_figure import (
    RATE_HZ,
    Track,
    ease,
    hide_far_joints,
    look_from,
    make_stance,
    vary_body,
)
from gym.training.datasets import Movement

#: Upper arm, forearm and "out", from-to: reaching forward, a goblet, a bar on the back, hanging,
#: hands on the hips, overhead.
_ARMS = (
    ((65, 100), (75, 105), (0, 15)), ((0, 40), (110, 160), (5, 30)),
    ((-40, 0), (100, 170), (25, 60)), ((-10, 10), (-5, 20), (5, 20)),
    ((-35, -10), (20, 60), (25, 50)), ((150, 185), (150, 190), (0, 30)),
)  # fmt: skip


def _arms(rng: np.random.Generator) -> dict[str, float]:
    """Choose what the arms do while the legs work."""
    ranges = _ARMS[rng.integers(len(_ARMS))]
    names = ("upper_arm", "forearm", "arm_out")
    return {name: rng.uniform(*bounds) for name, bounds in zip(names, ranges, strict=True)}


def _repeat(
    rng: np.random.Generator, top: np.ndarray, bottom: np.ndarray, length_s: float
) -> Track:
    """Go down and up again, each rep a little different."""
    tempo = rng.uniform(0.35, 1.6)
    time_s, stances = [-rng.uniform(0.0, 2 * tempo)], [top]
    while time_s[-1] < length_s:
        low = top + (bottom - top) * rng.uniform(0.85, 1.05)
        for step, stance in ((tempo, low), (tempo, top)):
            hold = rng.uniform(0.0, 0.5) if rng.random() < 0.4 else 0.0
            time_s += [time_s[-1] + step * rng.uniform(0.8, 1.25)]
            stances += [stance]
            if hold > 0.05:
                time_s += [time_s[-1] + hold]
                stances += [stance]
    return np.array(time_s), np.stack(stances)


def _sequence(rng: np.random.Generator, length_s: float, *stances: np.ndarray) -> Track:
    """Pass through stances once, holding each for a while, then stay in the last."""
    time_s, path = [0.0], [stances[0]]
    for stance in (*stances,):
        time_s += [time_s[-1] + rng.uniform(0.5, 1.3), 0.0]
        time_s[-1] = time_s[-2] + rng.uniform(0.1, 0.8 * length_s / len(stances))
        path += [stance, stance]
    return np.array([*time_s, time_s[-1] + length_s]), np.stack([*path, path[-1]])


def _plank(rng: np.random.Generator, *, low: bool = False, pike: float = 0.0) -> np.ndarray:
    """Make the straight body over the hands, arms straight or bent."""
    if low:
        lean, upper, fore, out = (
            rng.uniform(*bounds) for bounds in ((84, 93), (-80, -40), (0, 25), (10, 60))
        )
    else:
        lean, upper, fore, out = (
            rng.uniform(*bounds) for bounds in ((66, 80), (-8, 8), (-8, 8), (5, 20))
        )
    return make_stance(
        trunk=lean + pike / 2, thigh=-lean + pike / 2, shin=-lean + pike / 2, upper_arm=upper,
        forearm=fore, arm_out=out, forearm_out=-0.3 * out, leg_out=rng.uniform(0, 8),
    )  # fmt: skip


def _stand(rng: np.random.Generator) -> np.ndarray:
    """Make an upright stance with the arms anywhere."""
    return make_stance(trunk=rng.uniform(-3, 8), leg_out=rng.uniform(0, 18), **_arms(rng))


def _crouch(rng: np.random.Generator) -> np.ndarray:
    """Make a deep crouch, hands near the floor."""
    return make_stance(
        trunk=rng.uniform(50, 80), thigh=rng.uniform(80, 120), shin=rng.uniform(-40, -10),
        upper_arm=rng.uniform(0, 40), forearm=rng.uniform(0, 40), leg_out=rng.uniform(0, 15),
    )  # fmt: skip


def _make_squat(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    top = _stand(rng)
    bottom = top.copy()
    depth = rng.uniform(50, 115)
    bottom[:5] = (rng.uniform(15, 55), depth, depth, *[-rng.uniform(10, 40)] * 2)
    bottom[9] += rng.uniform(0, 25)
    if rng.random() < 0.3:  # arms that rise on the way down
        bottom[5:9] = (85.0, 85.0, 95.0, 95.0)
    return _repeat(rng, top, bottom, length_s), "feet"


def _make_push_up(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    pike = rng.uniform(-15, 25)
    top, bottom = _plank(rng, pike=pike), _plank(rng, low=True, pike=pike)
    bottom = top + (bottom - top) * rng.uniform(0.55, 1.0)
    if rng.random() < 0.15:  # from the knees
        for stance in (top, bottom):
            stance[3:5] -= 70.0
    return _repeat(rng, top, bottom, length_s), "hands"


def _make_plank(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    return _sequence(rng, length_s, _plank(rng, pike=rng.uniform(-10, 15))), "hands"


def _make_standing(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    stances = [_stand(rng) for _ in range(rng.integers(1, 4))]
    stances = [0.75 * stances[0] + 0.25 * stance for stance in stances]
    return _sequence(rng, length_s, *stances), "feet"


def _make_walk(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    step, swing, lift = rng.uniform(0.4, 0.8), rng.uniform(12, 32), rng.uniform(10, 60)
    if rng.random() < 0.2:  # marching on the spot
        swing, lift = rng.uniform(20, 50), rng.uniform(40, 80)
    key_s = np.arange(-step, length_s + step, step / 2)
    beat = np.arange(len(key_s))
    left = swing * np.sin(np.pi * beat / 2)
    flex = (
        lift * np.maximum(np.cos(np.pi * beat / 2), 0),
        lift * np.maximum(-np.cos(np.pi * beat / 2), 0),
    )
    path = np.tile(make_stance(trunk=rng.uniform(0, 8), arm_out=8, leg_out=4), (len(key_s), 1))
    path[:, 1], path[:, 2] = left + flex[0] / 2, -left + flex[1] / 2
    path[:, 3], path[:, 4] = left - flex[0] / 2, -left - flex[1] / 2
    path[:, 5], path[:, 6] = -0.8 * left, 0.8 * left
    path[:, 7], path[:, 8] = -0.8 * left + 20, 0.8 * left + 20
    return (key_s, path), "hip"


def _make_reach(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    bend = make_stance(
        trunk=rng.uniform(50, 105), thigh=rng.uniform(-5, 45), shin=rng.uniform(-25, 5),
        upper_arm=rng.uniform(0, 60), forearm=rng.uniform(0, 60), leg_out=rng.uniform(0, 10),
    )  # fmt: skip
    if rng.random() < 0.5:
        bend[7], bend[5] = rng.uniform(20, 120), rng.uniform(0, 60)
    stand = _stand(rng)
    if rng.random() < 0.3:  # several times: a hinge, not a squat
        bend[1:5] *= 0.4
        return _repeat(rng, stand, bend, length_s), "feet"
    return _sequence(rng, length_s, stand, bend, stand), "feet"


def _make_seat(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    seat = make_stance(
        trunk=rng.uniform(-10, 30), thigh=rng.uniform(75, 95), shin=rng.uniform(-10, 15),
        upper_arm=rng.uniform(0, 50), forearm=rng.uniform(20, 110), leg_out=rng.uniform(0, 15),
    )  # fmt: skip
    return _sequence(rng, length_s, seat, seat + rng.normal(0, 4, len(seat))), "feet"


def _make_descent(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    stances = [_stand(rng), _crouch(rng), _plank(rng, pike=rng.uniform(0, 40))]
    order = 1 if rng.random() < 0.6 else -1
    return _sequence(rng, length_s, *stances[::order]), "feet"


def _make_pike(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    pikes = [_plank(rng, pike=rng.uniform(50, 100)) for _ in range(2)]
    return _sequence(rng, length_s, *pikes), "hands"


def _make_lunge(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    top, low = _stand(rng), _stand(rng)
    low[5:] = top[5:]
    ahead, behind = (rng.uniform(60, 100), rng.uniform(-15, 10)), (-30, -95)
    low[1:5] = (ahead[0], behind[0] + rng.uniform(0, 35), ahead[1], behind[1] + rng.uniform(0, 35))
    if rng.random() < 0.5:
        low[[1, 2, 3, 4]] = low[[2, 1, 4, 3]]
    return _repeat(rng, top, low, length_s), "feet"


def _make_arm_raise(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    low, high = _stand(rng), _stand(rng)
    high[:5] = low[:5]
    high[9] = low[9]
    if rng.random() < 0.5:
        high[10] = rng.uniform(70, 170)
    return _repeat(rng, low, high, length_s), "feet"


def _make_curl(rng: np.random.Generator, length_s: float) -> tuple[Track, str]:
    low = make_stance(trunk=rng.uniform(-3, 8), upper_arm=rng.uniform(-8, 10), forearm=10, arm_out=8,
                  leg_out=rng.uniform(0, 15))  # fmt: skip
    high = low.copy()
    high[7:9] = rng.uniform(110, 150)
    if rng.random() < 0.4:
        high[8] = low[8]
    return _repeat(rng, low, high, length_s), "feet"


#: What is made, its label, and its relative frequency.
MAKERS: tuple[tuple[Callable[..., tuple[Track, str]], str, float], ...] = (
    (_make_squat, "squat", 4.0), (_make_push_up, "push_up", 4.0), (_make_plank, "plank", 1.5),
    (_make_curl, "bicep_curl", 1.0), (_make_standing, "other", 3.0), (_make_walk, "other", 2.0),
    (_make_reach, "other", 2.0), (_make_seat, "other", 1.0), (_make_descent, "other", 2.0),
    (_make_pike, "other", 1.5), (_make_lunge, "other", 2.0), (_make_arm_raise, "other", 2.0),
)  # fmt: skip


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
        action = make.__name__.removeprefix("_make_")
        xyz = _play(rng, make, walks=action == "walk")
        xy, visibility = _film(rng, xyz)
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


def _play(
    rng: np.random.Generator, make: Callable[..., tuple[Track, str]], *, walks: bool
) -> np.ndarray:
    """Move a random body through one maker's track: (T, 13, 3) metres."""
    length_s = 7.0
    time_s = np.arange(0, length_s, 1 / RATE_HZ)
    track, anchor = make(rng, length_s)
    xyz, _ = vary_body(rng, ease(track, time_s), anchor)
    if walks and rng.random() < 0.7:
        xyz[..., 2] += (rng.uniform(0.4, 1.5) * (time_s - length_s / 2))[:, None]
    return xyz


def _film(rng: np.random.Generator, xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Look at a figure from a random place: image positions (T, 13, 2) and visibility (T, 13)."""
    yaw = rng.uniform(0, 2 * np.pi) + np.linspace(0, rng.normal(0, 0.15), len(xyz))[:, None]
    pitch = np.deg2rad(rng.normal(8, 10))
    # The shipped network saw these figures with back and front exchanged, and so they stay.
    seen = look_from((xyz - xyz.mean(axis=(0, 1))) * [1.0, 1.0, -1.0], yaw, pitch)
    far = rng.uniform(2.2, 6.0) + seen[..., 2]
    xy = seen[..., :2] / far[..., None] * 600.0
    visibility = np.ones(xyz.shape[:2], dtype=np.float32)
    hide_far_joints(rng, visibility, seen[..., 2])
    return xy.astype(np.float32), visibility
