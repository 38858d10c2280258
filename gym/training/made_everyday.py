"""Artificial movements before, between and after sets: standing, walking, sitting, getting down and up.

Each function makes one random variant: a track of stances over some seconds, and what does not move.
All sizes are engineering judgement: they only have to cover what people do.
"""

from __future__ import annotations

import numpy as np

from gym.athlete.stick_figure import STANCE, change_stance, make_stance
from gym.training.made_stances import (
    HANGING,
    Made,
    choose_arms,
    cycle,
    make_crouch,
    make_lying,
    make_plank,
    make_seat,
    make_stand,
    pass_through,
    repeat,
    vary,
)


def make_standing(rng: np.random.Generator, length_s: float) -> Made:
    """Stand about, changing what the arms do."""
    stances = [make_stand(rng) for _ in range(rng.integers(1, 4))]
    stances = [0.75 * stances[0] + 0.25 * stance for stance in stances]
    return pass_through(rng, length_s, *stances), "feet"


def make_walk(rng: np.random.Generator, length_s: float) -> Made:
    """Walk, march on the spot, run."""
    step, swing, lift = rng.uniform(0.4, 0.8), rng.uniform(12, 32), rng.uniform(10, 60)
    if rng.random() < 0.2:  # marching on the spot
        swing, lift = rng.uniform(20, 50), rng.uniform(40, 80)
    elif rng.random() < 0.25:  # running
        step, swing, lift = rng.uniform(0.25, 0.4), rng.uniform(20, 40), rng.uniform(50, 100)
    key_s = np.arange(-step, length_s + step, step / 2)
    beat = np.arange(len(key_s))
    left = swing * np.sin(np.pi * beat / 2)
    flex = (
        lift * np.maximum(np.cos(np.pi * beat / 2), 0),
        lift * np.maximum(-np.cos(np.pi * beat / 2), 0),
    )
    elbow = rng.uniform(10, 40) if step > 0.4 else rng.uniform(60, 110)
    path = np.tile(make_stance(trunk=rng.uniform(0, 8), arm_out=8, leg_out=4), (len(key_s), 1))
    path[:, 1], path[:, 2] = left + flex[0] / 2, -left + flex[1] / 2
    path[:, 3], path[:, 4] = left - flex[0] / 2, -left - flex[1] / 2
    path[:, 5], path[:, 6] = -0.8 * left, 0.8 * left
    path[:, 7], path[:, 8] = -0.8 * left + elbow, 0.8 * left + elbow
    if rng.random() < 0.3:  # carrying something
        for name, angle in choose_arms(rng).items():
            for place in (i for i, key in enumerate(STANCE) if key.endswith(name)):
                path[:, place] = angle
    return (key_s, path), "hip"


def make_reach(rng: np.random.Generator, length_s: float) -> Made:
    """Bend down for something once, and straighten up again."""
    bend = make_stance(
        trunk=rng.uniform(50, 105), thigh=rng.uniform(-5, 45), shin=rng.uniform(-25, 5),
        upper_arm=rng.uniform(0, 60), forearm=rng.uniform(0, 60), leg_out=rng.uniform(0, 10),
    )  # fmt: skip
    if rng.random() < 0.5:
        bend[7], bend[5] = rng.uniform(20, 120), rng.uniform(0, 60)
    return pass_through(rng, length_s, make_stand(rng), bend, make_stand(rng)), "feet"


def make_sitting(rng: np.random.Generator, length_s: float) -> Made:
    """Sit on a chair, leaning forward or back."""
    lean = rng.uniform(-25, -7) if rng.random() < 0.5 else rng.uniform(8, 35)
    seat = change_stance(
        make_seat(rng), trunk=lean, upper_arm=rng.uniform(0, 50), forearm=rng.uniform(20, 130)
    )
    if rng.random() < 0.3:  # on the floor
        seat = change_stance(seat, thigh=rng.uniform(85, 135), shin=rng.uniform(20, 95))
    return pass_through(rng, length_s, seat, vary(rng, seat, 6)), "feet"


def make_sit_down(rng: np.random.Generator, length_s: float) -> Made:
    """Sit down on a chair, or stand up from it, once."""
    stances = [make_stand(rng, HANGING), make_seat(rng)]
    stances[1] = change_stance(
        stances[1], upper_arm=rng.uniform(5, 45), forearm=rng.uniform(20, 90)
    )
    between = 0.5 * (stances[0] + stances[1])
    between = change_stance(between, trunk=rng.uniform(25, 50))
    order = 1 if rng.random() < 0.5 else -1
    return pass_through(rng, length_s, *[stances[0], between, stances[1]][::order]), "feet"


def make_descent(rng: np.random.Generator, length_s: float) -> Made:
    """Get down to the floor, or up from it."""
    stances = [make_stand(rng), make_crouch(rng), make_plank(rng, pike=rng.uniform(0, 40))]
    if rng.random() < 0.4:  # by sitting, onto the back
        seat = change_stance(
            make_lying(rng), trunk=rng.uniform(-35, 10), upper_arm=-30, forearm=-20
        )
        stances[2] = seat
        if rng.random() < 0.6:
            stances.append(make_lying(rng))
    order = 1 if rng.random() < 0.6 else -1
    return pass_through(rng, length_s, *stances[::order]), "feet"


def make_lie(rng: np.random.Generator, length_s: float) -> Made:
    """Lie on the back or on the front, moving little."""
    stance = make_lying(rng)
    if rng.random() < 0.35:
        stance = change_stance(
            stance, trunk=rng.uniform(82, 92), thigh=rng.uniform(-94, -86),
            shin=rng.uniform(-94, -80), upper_arm=rng.uniform(60, 120),
        )  # fmt: skip
    return pass_through(rng, length_s, stance, vary(rng, stance, 8)), "hip"


def make_yoga(rng: np.random.Generator, length_s: float) -> Made:
    """Hold poses: downward dog, child's pose, warrior, cobra, tree, forward fold."""
    lean = rng.uniform(55, 85)
    poses = [
        make_plank(rng, pike=rng.uniform(50, 100)),
        make_stance(trunk=rng.uniform(85, 110), thigh=rng.uniform(45, 75), shin=-92,
                    upper_arm=rng.uniform(85, 130), forearm=95),
        make_stance(left_thigh=rng.uniform(55, 90), left_shin=rng.uniform(-10, 5),
                    right_thigh=-rng.uniform(30, 60), right_shin=-rng.uniform(35, 60),
                    arm_out=rng.uniform(75, 100), forearm_out=90, leg_out=rng.uniform(0, 25)),
        make_stance(trunk=lean - 40, thigh=-90, shin=-90, upper_arm=rng.uniform(-5, 25),
                    forearm=rng.uniform(-5, 20), arm_out=10),
        make_stance(left_thigh=40, left_shin=-60, left_leg_out=50, arm_out=rng.uniform(0, 175),
                    forearm_out=rng.uniform(120, 180)),
        make_stance(trunk=rng.uniform(100, 150), thigh=rng.uniform(0, 15), upper_arm=20),
    ]  # fmt: skip
    chosen = [poses[i] for i in rng.permutation(len(poses))[: rng.integers(1, 3)]]
    if rng.random() < 0.35:
        chosen = [*chosen, make_stand(rng)]
    return pass_through(rng, length_s, *chosen), "feet"


def make_pike(rng: np.random.Generator, length_s: float) -> Made:
    """Hold an inverted V, or press the head down from it."""
    pikes = [make_plank(rng, pike=rng.uniform(50, 100)) for _ in range(2)]
    return pass_through(rng, length_s, *pikes), "hands"


def make_dance(rng: np.random.Generator, length_s: float) -> Made:
    """Move all limbs smoothly and at random while standing."""
    base = make_stand(rng)
    keys = []
    for _ in range(rng.integers(3, 8)):
        key = base + rng.normal(0, 1, len(base)) * np.array([10.0, *[16] * 4, *[45] * 4, *[10] * 2,
                                                             *[30] * 4, 8])  # fmt: skip
        key[3:5] = np.minimum(key[3:5], key[1:3])  # knees bend one way only
        keys.append(key)
    return cycle(rng, length_s, keys, (0.3, 1.2)), "feet"


def make_hang(rng: np.random.Generator, length_s: float) -> Made:
    """Hang from a bar, swinging a little."""
    hang = make_stance(
        upper_arm=rng.uniform(170, 186), forearm=rng.uniform(174, 184), arm_out=rng.uniform(3, 35),
        thigh=rng.uniform(-10, 20), shin=rng.uniform(-60, 0), forearm_out=rng.uniform(0, 20),
    )  # fmt: skip
    sway = change_stance(hang, trunk=rng.uniform(-8, 8), thigh=hang[1] + rng.uniform(-12, 12))
    return repeat(rng, hang, sway, length_s), "hands"


def make_at_the_lens(rng: np.random.Generator, length_s: float) -> Made:
    """Use the phone: only head, shoulders and sometimes hands are seen."""
    base = change_stance(make_stand(rng), trunk=rng.uniform(-5, 35), upper_arm=rng.uniform(0, 90),
                         forearm=rng.uniform(60, 150))  # fmt: skip
    others = [vary(rng, base, rng.uniform(3, 25)) for _ in range(rng.integers(1, 4))]
    return pass_through(rng, length_s, base, *others), "feet"
