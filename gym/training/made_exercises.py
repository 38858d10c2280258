"""Artificial reps and holds of every exercise that the recogniser knows, with their variants.

Each function makes one random variant: a track of stances over some seconds, and what does not move.
All sizes are engineering judgement: they only have to cover what people do.
"""

from __future__ import annotations

import numpy as np

from gym.athlete.stick_figure import change_stance, make_stance
from gym.training.made_stances import (
    HANGING,
    Made,
    choose_arms,
    choose_sides,
    make_lying,
    make_plank,
    make_seat,
    make_stand,
    pass_through,
    repeat,
    swap_sides,
)

_ARM = ("upper_arm", "forearm", "arm_out", "forearm_out")


def make_squat(rng: np.random.Generator, length_s: float) -> Made:
    """Make squats: wide, narrow, half, deep, with the arms anywhere, jumping, on one leg."""
    top = make_stand(rng, HANGING) if rng.random() < 0.25 else make_stand(rng)
    if rng.random() < 0.2:  # wide
        top = change_stance(top, leg_out=rng.uniform(18, 38))
    depth = rng.uniform(50, 115)
    bottom = change_stance(top, trunk=rng.uniform(15, 55), thigh=depth, shin=-rng.uniform(10, 40))
    wider = rng.uniform(0, 25)
    bottom = change_stance(
        bottom, left_leg_out=top[9] + wider, right_leg_out=top[10] + wider * rng.uniform(0.7, 1.2)
    )
    if abs(top[5]) < 12 and top[7] < 25:  # arms that hang: the knees bend more than in a deadlift
        bottom = change_stance(
            bottom, trunk=rng.uniform(10, 52), thigh=rng.uniform(72, 122),
            shin=-rng.uniform(15, 42),
        )  # fmt: skip
        if rng.random() < 0.6:  # beside the trunk, or swinging along
            arm = rng.uniform(-0.9 * bottom[0], 60)
            bottom = change_stance(bottom, upper_arm=arm, forearm=arm + rng.uniform(0, 40))
    if rng.random() < 0.3:  # arms that rise on the way down
        bottom = change_stance(bottom, upper_arm=rng.uniform(70, 95), forearm=rng.uniform(80, 100))
    if rng.random() < 0.08:  # on one leg
        bottom = change_stance(
            bottom, left_thigh=rng.uniform(50, 95), left_shin=rng.uniform(20, 80)
        )
        return repeat(rng, top, bottom, length_s), "right_ankle"
    half_s = (0.22, 0.5) if rng.random() < 0.12 else (0.35, 1.7)
    return repeat(rng, top, bottom, length_s, half_s=half_s), "feet"


def make_push_up(rng: np.random.Generator, length_s: float) -> Made:
    """Make push-ups: on the floor, hands or feet raised, against a wall, from the knees."""
    pike = rng.uniform(-15, 25)
    top, bottom = make_plank(rng, pike=pike), make_plank(rng, low=True, pike=pike)
    kind = rng.random()
    if kind < 0.25:  # hands on a bench, a bar or a wall; arms at right angles to the body
        lean = rng.uniform(15, 66)
        arm, out = rng.uniform(80, 95) - lean, rng.uniform(5, 30)
        top = make_stance(trunk=lean, thigh=-lean, shin=-lean, upper_arm=arm, forearm=arm + 5,
                          arm_out=out)  # fmt: skip
        low = lean + rng.uniform(6, 18)
        bottom = make_stance(
            trunk=low, thigh=-low, shin=-low, upper_arm=arm - rng.uniform(55, 95),
            forearm=arm + rng.uniform(0, 30), arm_out=out + rng.uniform(0, 40),
        )  # fmt: skip
    elif kind < 0.35:  # feet raised
        for stance in (top, bottom):
            stance[0] += rng.uniform(8, 25)
            stance[1:5] -= rng.uniform(8, 25)
    elif kind < 0.55:  # from the knees
        for stance in (top, bottom):
            stance[3:5] -= 70.0
    bottom = top + (bottom - top) * rng.uniform(0.55, 1.0)
    return repeat(rng, top, bottom, length_s, half_s=(0.25, 1.6)), "hands"


def make_lunge(rng: np.random.Generator, length_s: float) -> Made:
    """Make lunges: forward, reverse, walking, split, rear foot raised, to the side, jumping."""
    arms = choose_arms(rng)
    lean = rng.uniform(-3, 8)
    kind = rng.choice(["step", "split", "raised", "side", "jump"], p=[0.4, 0.2, 0.15, 0.15, 0.1])
    top = make_stance(trunk=lean, leg_out=rng.uniform(0, 8), **arms)
    low = make_stance(
        trunk=lean + rng.uniform(0, 35), left_thigh=rng.uniform(55, 100),
        left_shin=rng.uniform(-32, 8), right_thigh=rng.uniform(-35, 20),
        right_shin=rng.uniform(-105, -60), leg_out=rng.uniform(0, 10), **arms,
    )  # fmt: skip
    if kind == "side":
        top = change_stance(top, leg_out=rng.uniform(0, 30))
        low = change_stance(
            top, trunk=rng.uniform(15, 50), left_thigh=rng.uniform(50, 100),
            left_shin=rng.uniform(-40, -10), left_leg_out=rng.uniform(5, 35),
            right_thigh=rng.uniform(0, 25), right_shin=rng.uniform(-5, 15),
            right_leg_out=rng.uniform(35, 62),
        )  # fmt: skip
    if kind in ("split", "raised"):  # the feet stay where they are
        top = change_stance(
            top, left_thigh=rng.uniform(12, 35), left_shin=rng.uniform(-12, 10),
            right_thigh=rng.uniform(-38, -8), right_shin=rng.uniform(-50, -15),
        )  # fmt: skip
    if kind == "raised":  # Bulgarian
        behind = rng.uniform(-115, -75)
        top, low = (change_stance(s, right_shin=behind + rng.uniform(-8, 8)) for s in (top, low))
    if rng.random() < 0.15:  # the arms move along
        low = change_stance(low, **choose_arms(rng))
    lows = [low, swap_sides(low)] if kind not in ("split", "raised") else [low]
    if kind == "jump":
        track = repeat(rng, make_stance(trunk=lean, **arms), lows, length_s, half_s=(0.2, 0.45))
        return track, "feet"
    if rng.random() < 0.5:
        lows = lows[:1]
    if rng.random() < 0.5:
        top, lows = swap_sides(top), [swap_sides(one) for one in lows]
    # On the foot that stays, where there is one: a step moves the body.
    anchor = "feet" if rng.random() < 0.6 else str(rng.choice(["left_ankle", "right_ankle"]))
    return repeat(rng, top, lows, length_s, half_s=(0.4, 1.7)), anchor


def make_deadlift(rng: np.random.Generator, length_s: float) -> Made:
    """Make deadlifts: from the floor, Romanian, wide, on one leg; the arms hang."""
    out = rng.uniform(2, 14)
    top = make_stance(
        trunk=rng.uniform(-8, 6), upper_arm=rng.uniform(-4, 10), forearm=rng.uniform(0, 14),
        arm_out=out, forearm_out=rng.uniform(0, 8), leg_out=rng.uniform(0, 14),
        thigh=rng.uniform(-3, 5), shin=rng.uniform(-5, 0),
    )  # fmt: skip
    hang = {"upper_arm": rng.uniform(-8, 16), "forearm": rng.uniform(-6, 14)}
    kind = rng.choice(["floor", "romanian", "wide", "one leg"], p=[0.45, 0.33, 0.15, 0.07])
    if kind == "romanian":
        bottom = change_stance(
            top, trunk=rng.uniform(55, 98), thigh=rng.uniform(4, 32), shin=rng.uniform(-14, 6),
            **hang,
        )  # fmt: skip
    elif kind == "one leg":
        bottom = change_stance(
            top, trunk=rng.uniform(60, 95), left_thigh=rng.uniform(5, 28),
            left_shin=rng.uniform(-22, 0), right_thigh=-rng.uniform(40, 90),
            right_shin=-rng.uniform(50, 100), **hang,
        )  # fmt: skip
        return repeat(rng, top, bottom, length_s, half_s=(0.6, 1.8)), "left_ankle"
    else:
        bottom = change_stance(
            top, trunk=rng.uniform(42, 85), thigh=rng.uniform(25, 72), shin=rng.uniform(-28, -2),
            **hang,
        )  # fmt: skip
        if kind == "wide":
            top = change_stance(top, leg_out=rng.uniform(20, 38))
            bottom = change_stance(
                bottom, leg_out=rng.uniform(24, 48), trunk=rng.uniform(35, 65)
            )  # fmt: skip
    half_s = (0.45, 1.9)
    if rng.random() < 0.5:  # begins and rests at the floor
        return repeat(rng, bottom, top, length_s, half_s=half_s, pause_share=0.6), "feet"
    if kind != "romanian" and rng.random() < 0.25:  # one pull, after getting ready
        return pass_through(rng, 0.7 * length_s, bottom, top, bottom), "feet"
    return repeat(rng, top, bottom, length_s, half_s=half_s), "feet"


def make_pull_up(rng: np.random.Generator, length_s: float) -> Made:
    """Make pull-ups and chin-ups: narrow, wide, legs straight, bent or in front."""
    out = rng.uniform(0, 35)
    legs = {"thigh": rng.uniform(-10, 25), "shin": rng.uniform(-25, 5)}
    if rng.random() < 0.5:  # knees bent
        legs = {"thigh": rng.uniform(-10, 40), "shin": rng.uniform(-110, -40)}
    bottom = make_stance(
        trunk=rng.uniform(-8, 6), upper_arm=rng.uniform(168, 188), forearm=rng.uniform(172, 186),
        arm_out=out, forearm_out=out * rng.uniform(-0.2, 1.0), leg_out=rng.uniform(0, 10), **legs,
    )  # fmt: skip
    top = change_stance(
        bottom, trunk=rng.uniform(-28, 4), forearm=rng.uniform(160, 190),
        forearm_out=rng.uniform(-15, 20),
    )  # fmt: skip
    if out > 12:  # the elbows come down at the sides
        top = change_stance(top, arm_out=rng.uniform(115, 155))
    else:  # and in front
        top = change_stance(top, upper_arm=rng.uniform(10, 70), arm_out=rng.uniform(5, 25))
    if rng.random() < 0.3:  # the legs swing
        top = change_stance(top, thigh=legs["thigh"] + rng.uniform(0, 45))
    top = bottom + (top - bottom) * rng.uniform(0.7, 1.0)
    return repeat(rng, bottom, top, length_s, half_s=(0.4, 1.6)), "hands"


def make_sit_up(rng: np.random.Generator, length_s: float) -> Made:
    """Make sit-ups and crunches: knees bent, feet up, legs straight."""
    low = make_lying(rng)
    if rng.random() < 0.15:  # feet up
        low = change_stance(low, thigh=rng.uniform(150, 185), shin=rng.uniform(70, 110))
    high_deg = rng.uniform(-30, 35) if rng.random() < 0.65 else rng.uniform(-70, -42)
    upper, fore, out = (
        rng.uniform(*bounds)
        for bounds in (
            ((10, 50), (110, 150), (5, 35)),  # on the chest
            ((120, 165), (220, 290), (25, 70)),  # behind the head
            ((50, 100), (50, 105), (0, 15)),  # reaching
            ((-5, 20), (0, 30), (5, 30)),  # beside the body
        )[rng.integers(4)]
    )
    # The arms turn with the trunk.
    stances = [
        change_stance(low, trunk=trunk, upper_arm=upper - trunk, forearm=fore - trunk, arm_out=out)
        for trunk in (float(low[0]), high_deg)
    ]
    return repeat(rng, stances[0], stances[1], length_s, half_s=(0.3, 1.5)), "hip"


def make_bicep_curl(rng: np.random.Generator, length_s: float) -> Made:
    """Make curls: both arms, one, in turn; standing, seated, leaning on a bench."""
    base = make_seat(rng) if rng.random() < 0.25 else make_stand(rng, HANGING)
    upper = rng.uniform(-10, 15)
    if rng.random() < 0.15:  # the upper arm rests on something in front
        upper = rng.uniform(25, 60)
    low = change_stance(
        base, upper_arm=upper, forearm=upper + rng.uniform(4, 35), arm_out=rng.uniform(2, 20),
        forearm_out=rng.uniform(-15, 25),
    )  # fmt: skip
    high = change_stance(
        low, upper_arm=upper + rng.uniform(-5, 28), forearm=upper + rng.uniform(95, 152),
        forearm_out=rng.uniform(-25, 25),
    )  # fmt: skip
    if rng.random() < 0.25:  # with a swing of the back
        high = change_stance(high, trunk=low[0] - rng.uniform(3, 14))
    if rng.random() < 0.08:  # seated, leaning over one arm
        lean = rng.uniform(25, 65)
        seat = change_stance(make_seat(rng), trunk=lean, leg_out=rng.uniform(15, 40),
                             left_upper_arm=rng.uniform(20, 60), left_forearm=rng.uniform(-30, 40),
                             right_upper_arm=rng.uniform(-15, 20))  # fmt: skip
        low = change_stance(seat, right_forearm=rng.uniform(-5, 20))
        high = change_stance(seat, right_forearm=rng.uniform(90, 150))
        if rng.random() < 0.5:
            low, high = swap_sides(low), swap_sides(high)
        return repeat(rng, low, high, length_s, half_s=(0.4, 1.6)), "feet"
    highs = choose_sides(rng, low, high, _ARM)
    if rng.random() < 0.15 and len(highs) == 1:  # begins at the top
        return repeat(rng, highs[0], low, length_s, half_s=(0.3, 1.6)), "hip"
    return repeat(rng, low, highs, length_s, half_s=(0.3, 1.6)), "feet"


def make_shoulder_press(rng: np.random.Generator, length_s: float) -> Made:
    """Make presses overhead: bar or dumbbells, standing or seated, both arms, one, in turn."""
    base = make_seat(rng) if rng.random() < 0.4 else make_stand(rng, HANGING)
    if rng.random() < 0.4:  # a bar before the chest
        low = change_stance(
            base, upper_arm=rng.uniform(10, 70), forearm=rng.uniform(150, 185),
            arm_out=rng.uniform(10, 40), forearm_out=rng.uniform(-10, 15),
        )  # fmt: skip
    else:  # elbows at the sides
        low = change_stance(
            base, upper_arm=rng.uniform(-10, 35), forearm=rng.uniform(165, 190),
            arm_out=rng.uniform(35, 92), forearm_out=rng.uniform(-15, 15),
        )  # fmt: skip
    reach = rng.uniform(150, 182)
    high = change_stance(low, forearm=rng.uniform(170, 188), forearm_out=rng.uniform(-15, 12))
    if low[11] > 45:  # the elbows go up at the sides
        high = change_stance(high, arm_out=reach - rng.uniform(0, 15))
    else:
        high = change_stance(high, upper_arm=reach, arm_out=rng.uniform(2, 30))
    highs = choose_sides(rng, low, high, _ARM)
    if rng.random() < 0.1:  # the legs help
        highs = [change_stance(low, thigh=25, shin=-18, trunk=8), *highs]
    return repeat(rng, low, highs, length_s, half_s=(0.35, 1.6)), "feet"


def make_lateral_raise(rng: np.random.Generator, length_s: float) -> Made:
    """Make raises of the arms to the sides: both, one, in turn; standing or seated."""
    base = make_seat(rng) if rng.random() < 0.2 else make_stand(rng, HANGING)
    lean = rng.uniform(-3, 18)
    out, bend = rng.uniform(2, 18), rng.uniform(0, 30)
    low = change_stance(
        base, trunk=lean, upper_arm=rng.uniform(-5, 12), forearm=rng.uniform(0, 25), arm_out=out,
        forearm_out=out + rng.uniform(-12, 5),
    )  # fmt: skip
    reach = rng.uniform(62, 105)
    high = change_stance(
        low, arm_out=reach, forearm_out=reach - rng.uniform(-8, 22), upper_arm=rng.uniform(0, 30),
        forearm=rng.uniform(0, 30) + bend,
    )  # fmt: skip
    return repeat(rng, low, choose_sides(rng, low, high, _ARM), length_s), "feet"


def make_front_raise(rng: np.random.Generator, length_s: float) -> Made:
    """Make raises of the arms to the front: both, one, in turn; standing or seated."""
    base = make_seat(rng) if rng.random() < 0.15 else make_stand(rng, HANGING)
    low = change_stance(
        base, upper_arm=rng.uniform(-6, 14), forearm=rng.uniform(0, 22),
        arm_out=rng.uniform(0, 14), forearm_out=rng.uniform(-12, 12),
    )  # fmt: skip
    reach = rng.uniform(65, 115) if rng.random() < 0.85 else rng.uniform(115, 165)
    high = change_stance(
        low, upper_arm=reach, forearm=reach + rng.uniform(-5, 22), arm_out=rng.uniform(0, 20),
        forearm_out=rng.uniform(-15, 12),
    )  # fmt: skip
    if rng.random() < 0.25:
        high = change_stance(high, trunk=low[0] - rng.uniform(0, 12))
    return repeat(rng, low, choose_sides(rng, low, high, _ARM), length_s), "feet"


def make_jumping_jack(rng: np.random.Generator, length_s: float) -> Made:
    """Make jumping jacks, whole ones and with the arms only half up, stepped ones too."""
    closed = make_stance(
        trunk=rng.uniform(-3, 8), leg_out=rng.uniform(0, 6), arm_out=rng.uniform(4, 18),
        forearm_out=rng.uniform(0, 14), upper_arm=rng.uniform(-5, 10), forearm=rng.uniform(0, 25),
        thigh=rng.uniform(0, 8), shin=-rng.uniform(0, 12),
    )  # fmt: skip
    reach = rng.uniform(105, 178)
    wide = change_stance(
        closed, leg_out=rng.uniform(14, 36), arm_out=reach,
        forearm_out=min(reach + rng.uniform(-5, 35), 195),
    )  # fmt: skip
    wides = [wide]
    if rng.random() < 0.15:  # stepped: one leg after the other
        wides = [change_stance(wide, left_leg_out=2), change_stance(wide, right_leg_out=2)]
    half_s = (0.22, 0.7)
    return repeat(rng, closed, wides, length_s, half_s=half_s, pause_share=0.1), "feet"


def make_bench_press(rng: np.random.Generator, length_s: float) -> Made:
    """Make presses on a bench: flat, inclined, declined; bar or dumbbells; wide and close."""
    lean = rng.choice([0.0, rng.uniform(20, 45), -rng.uniform(8, 20)], p=[0.7, 0.2, 0.1])
    trunk = -90 + lean + rng.uniform(-5, 5)
    legs = {"thigh": rng.uniform(75, 112), "shin": rng.uniform(-25, 15)}
    if rng.random() < 0.12:  # on the floor, or feet on the bench
        legs = {"thigh": rng.uniform(115, 150), "shin": rng.uniform(20, 60)}
    out = rng.uniform(3, 25)
    high = make_stance(
        trunk=trunk, upper_arm=rng.uniform(165, 195), forearm=rng.uniform(172, 192), arm_out=out,
        forearm_out=rng.uniform(-5, 15), leg_out=rng.uniform(5, 28), **legs,
    )  # fmt: skip
    if rng.random() < 0.7:
        low = change_stance(
            high, arm_out=rng.uniform(60, 110), upper_arm=rng.uniform(120, 180),
            forearm_out=rng.uniform(-15, 20),
        )  # fmt: skip
    else:  # elbows close to the trunk
        low = change_stance(high, arm_out=rng.uniform(15, 45), upper_arm=rng.uniform(70, 115))
    low = high + (low - high) * rng.uniform(0.65, 1.0)
    return repeat(rng, high, low, length_s, half_s=(0.35, 1.6)), "hip"


def make_plank_hold(rng: np.random.Generator, length_s: float) -> Made:
    """Hold a plank, on the hands or on the forearms."""
    stance = make_plank(rng, pike=rng.uniform(-12, 22))
    if rng.random() < 0.6:
        lean = rng.uniform(78, 92)
        pike = rng.uniform(-12, 25)
        stance = make_stance(
            trunk=lean + pike / 2, thigh=-lean + pike / 2, shin=-lean + pike / 2,
            upper_arm=rng.uniform(-14, 18), forearm=rng.uniform(80, 100),
            arm_out=rng.uniform(0, 12), forearm_out=rng.uniform(-35, 10),
            leg_out=rng.uniform(0, 10),
        )  # fmt: skip
    if rng.random() < 0.15:  # on the knees
        stance[3:5] -= rng.uniform(30, 75)
    return pass_through(rng, length_s, stance), "hands"


def make_wall_sit(rng: np.random.Generator, length_s: float) -> Made:
    """Hold a seat against a wall, without a chair."""
    stance = make_stance(
        trunk=rng.uniform(-4, 6), thigh=rng.uniform(62, 94), shin=rng.uniform(-6, 10),
        leg_out=rng.uniform(0, 14), **choose_arms(rng),
    )  # fmt: skip
    return pass_through(rng, length_s, stance), "feet"
