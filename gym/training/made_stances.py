"""What made movements share: usual stances, and ways to move between them.

All sizes are engineering judgement: they only have to cover what people do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gym.athlete.stick_figure import STANCE, Track, change_stance, make_stance

#: A movement: its stances over time, and what does not move (`stick_figure.place_joints`).
Made = tuple[Track, str]

#: Upper arm, forearm and "out", from-to: reaching forward, a goblet, a bar on the back, hanging,
#: hands on the hips, overhead, crossed on the chest.
ARMS = (
    ((65, 100), (75, 105), (0, 15)), ((0, 40), (110, 160), (5, 30)),
    ((-40, 0), (100, 170), (25, 60)), ((-10, 10), (-5, 20), (5, 20)),
    ((-35, -10), (20, 60), (25, 50)), ((150, 185), (150, 190), (0, 30)),
    ((15, 70), (95, 150), (5, 40)),
)  # fmt: skip
HANGING = ARMS[3]


def choose_arms(rng: np.random.Generator, ranges: Sequence | None = None) -> dict[str, float]:
    """Choose what the arms do while the legs work."""
    ranges = ARMS[rng.integers(len(ARMS))] if ranges is None else ranges
    names = ("upper_arm", "forearm", "arm_out")
    return {name: rng.uniform(*bounds) for name, bounds in zip(names, ranges, strict=True)}


def repeat(
    rng: np.random.Generator,
    top: np.ndarray,
    bottoms: np.ndarray | Sequence[np.ndarray],
    length_s: float,
    *,
    half_s: tuple[float, float] = (0.35, 1.6),
    pause_share: float = 0.4,
) -> Track:
    """Leave a stance and come back to it, again and again, each rep a little different.

    Parameters
    ----------
    rng : numpy.random.Generator
    top : (16,)
    bottoms : (16,), or several
        Where the reps go; of several, one after the other.
    length_s : float
    half_s : (low, high)
        How long half a rep takes.
    pause_share : float
        How many of the turning points are held for a while.
    """
    bottoms = [bottoms] if isinstance(bottoms, np.ndarray) else list(bottoms)
    tempo = np.exp(rng.uniform(*np.log(half_s)))
    uneven = rng.uniform(0.75, 1.3)  # down faster than up, or slower
    pause_s = rng.uniform(0.1, 1.2) if rng.random() < 0.3 else rng.uniform(0.0, 0.5)
    pauses = rng.random() < pause_share
    time_s, stances = [-rng.uniform(0.0, 2 * tempo)], [top]
    number = int(rng.integers(len(bottoms)))
    while time_s[-1] < length_s:
        low = top + (bottoms[number % len(bottoms)] - top) * rng.uniform(0.85, 1.05)
        number += 1
        for step, stance in ((tempo * uneven, low), (tempo / uneven, top)):
            hold = pause_s * rng.uniform(0.5, 1.5) if pauses else 0.0
            time_s += [time_s[-1] + step * rng.uniform(0.8, 1.25)]
            stances += [stance]
            if hold > 0.05:
                time_s += [time_s[-1] + hold]
                stances += [stance]
    return np.array(time_s), np.stack(stances)


def pass_through(rng: np.random.Generator, length_s: float, *stances: np.ndarray) -> Track:
    """Pass through stances once, holding each for a while, then stay in the last."""
    time_s, path = [0.0], [stances[0]]
    for stance in stances:
        time_s += [time_s[-1] + rng.uniform(0.5, 1.3)]
        time_s += [time_s[-1] + rng.uniform(0.1, 0.8 * length_s / len(stances))]
        path += [stance, stance]
    return np.array([*time_s, time_s[-1] + length_s]), np.stack([*path, path[-1]])


def cycle(
    rng: np.random.Generator,
    length_s: float,
    stances: Sequence[np.ndarray],
    step_s: tuple[float, float],
) -> Track:
    """Go through stances in turn, again and again."""
    step = np.exp(rng.uniform(*np.log(step_s)))
    count = int(length_s / (0.8 * step)) + len(stances) + 4
    times = np.cumsum(step * rng.uniform(0.85, 1.2, count))
    times -= rng.uniform(1.2 * step, step * (1.2 + len(stances)))
    return times, np.stack([stances[i % len(stances)] for i in range(count)])


def swap_sides(stance: np.ndarray) -> np.ndarray:
    """Exchange left and right.

    >>> float(swap_sides(make_stance(left_thigh=30))[2])
    30.0
    """
    swapped = stance.copy()
    swapped[1:15:2], swapped[2:15:2] = stance[2:15:2], stance[1:15:2]
    swapped[15] = -stance[15]
    return swapped


def choose_sides(
    rng: np.random.Generator, top: np.ndarray, both: np.ndarray, names: Sequence[str]
) -> list[np.ndarray]:
    """Move both sides' limbs, one side's, or the sides in turn: the stances to repeat.

    Parameters
    ----------
    rng : numpy.random.Generator
    top, both : (16,)
        Where the limbs start, and where they go.
    names : angles without their side
        What moves on a side; everything else moves in any case.
    """
    kind = rng.random()
    if kind < 0.5:
        return [both]
    one = {}
    for still in ("left", "right"):
        held = {f"{still}_{name}": float(top[STANCE.index(f"{still}_{name}")]) for name in names}
        one[still] = change_stance(both, **held)
    if kind < 0.8:
        return [one["left"], one["right"]]
    return [one["left" if rng.random() < 0.5 else "right"]]


def make_plank(rng: np.random.Generator, *, low: bool = False, pike: float = 0.0) -> np.ndarray:
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


def make_stand(rng: np.random.Generator, arms: Sequence | None = None) -> np.ndarray:
    """Make an upright stance with the arms anywhere, or within the ranges of ``arms``."""
    return make_stance(
        trunk=rng.uniform(-3, 8), leg_out=rng.uniform(0, 18), **choose_arms(rng, arms)
    )


def make_seat(rng: np.random.Generator) -> np.ndarray:
    """Make a person on a chair or bench, back upright, arms hanging."""
    return make_stance(
        trunk=rng.uniform(-8, 12), thigh=rng.uniform(75, 98), shin=rng.uniform(-20, 20),
        upper_arm=rng.uniform(-8, 10), forearm=rng.uniform(0, 20), arm_out=rng.uniform(3, 15),
        leg_out=rng.uniform(0, 25),
    )  # fmt: skip


def make_crouch(rng: np.random.Generator) -> np.ndarray:
    """Make a deep crouch, hands near the floor."""
    return make_stance(
        trunk=rng.uniform(50, 80), thigh=rng.uniform(80, 120), shin=rng.uniform(-40, -10),
        upper_arm=rng.uniform(0, 40), forearm=rng.uniform(0, 40), leg_out=rng.uniform(0, 15),
    )  # fmt: skip


def make_lying(rng: np.random.Generator) -> np.ndarray:
    """Make a person on their back, legs straight or knees bent, arms on the floor."""
    legs = {"thigh": rng.uniform(84, 96), "shin": rng.uniform(84, 96)}
    if rng.random() < 0.6:
        legs = {"thigh": rng.uniform(115, 150), "shin": rng.uniform(5, 60)}
    return make_stance(
        trunk=rng.uniform(-94, -84), upper_arm=rng.uniform(70, 100), forearm=rng.uniform(75, 105),
        arm_out=rng.uniform(5, 60), leg_out=rng.uniform(0, 12), **legs,
    )  # fmt: skip


def make_all_fours(rng: np.random.Generator) -> np.ndarray:
    """Make a person on hands and knees."""
    return make_stance(
        trunk=rng.uniform(78, 92), thigh=rng.uniform(-12, 12), shin=rng.uniform(-98, -84),
        upper_arm=rng.uniform(-10, 10), forearm=rng.uniform(-10, 10), leg_out=rng.uniform(0, 8),
        arm_out=rng.uniform(0, 12),
    )  # fmt: skip


def vary(rng: np.random.Generator, stance: np.ndarray, size_deg: float) -> np.ndarray:
    """Change every angle a little."""
    return stance + rng.normal(0, size_deg, len(stance))
