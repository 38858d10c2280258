"""Artificial reps of exercises that the recogniser does not know: dips, rows, swings, bridges, climbers.

Each function makes one random variant: a track of stances over some seconds, and what does not move.
All sizes are engineering judgement: they only have to cover what people do.
"""

from __future__ import annotations

import numpy as np

from gym.athlete.stick_figure import change_stance, make_stance
from gym.training.made_stances import (
    HANGING,
    Made,
    choose_sides,
    cycle,
    make_all_fours,
    make_crouch,
    make_lying,
    make_plank,
    make_seat,
    make_stand,
    repeat,
    swap_sides,
)

_ARM = ("upper_arm", "forearm", "arm_out", "forearm_out")


def make_good_morning(rng: np.random.Generator, length_s: float) -> Made:
    """Bend at the hips again and again with the hands at the head, the hips or stretched out."""
    top = make_stand(rng)
    while abs(top[5]) < 15 and top[7] < 30:  # hanging arms would be a deadlift's
        top = make_stand(rng)
    lean = rng.uniform(45, 100)
    low = change_stance(
        top, trunk=lean, thigh=rng.uniform(0, 28), shin=rng.uniform(-12, 8),
        upper_arm=top[5] - rng.uniform(0.7, 1.0) * lean,
        forearm=top[7] - rng.uniform(0.7, 1.0) * lean,
    )  # fmt: skip
    return repeat(rng, top, low, length_s), "feet"


def make_arm_moves(rng: np.random.Generator, length_s: float) -> Made:
    """Move the arms in ways that are no raise, press or curl: circles, waving, clapping, boxing."""
    base = make_seat(rng) if rng.random() < 0.2 else make_stand(rng)
    kind = rng.random()
    if kind < 0.35:  # somewhere and back, across the usual planes
        high = change_stance(
            base, left_upper_arm=rng.uniform(-60, 170), right_upper_arm=rng.uniform(-60, 170),
            left_arm_out=rng.uniform(-50, 60), right_arm_out=rng.uniform(-50, 60),
            left_forearm=rng.uniform(0, 200), right_forearm=rng.uniform(0, 200),
        )  # fmt: skip
        return repeat(rng, base, high, length_s), "feet"
    if kind < 0.6:  # boxing: the guard, then one arm straight
        guard = change_stance(base, upper_arm=rng.uniform(5, 50), forearm=rng.uniform(115, 160))
        jab = change_stance(guard, left_upper_arm=rng.uniform(75, 100),
                            left_forearm=rng.uniform(80, 105), left_arm_out=-10)  # fmt: skip
        return repeat(rng, guard, [jab, swap_sides(jab)], length_s, half_s=(0.15, 0.5)), "feet"
    if kind < 0.8:  # rope pushdown: elbows still, the forearms go down
        high = change_stance(base, trunk=rng.uniform(0, 22), upper_arm=rng.uniform(-10, 20),
                             forearm=rng.uniform(85, 135), arm_out=rng.uniform(0, 15))  # fmt: skip
        low = change_stance(high, forearm=rng.uniform(-5, 25))
        return repeat(rng, high, low, length_s), "feet"
    reach = rng.uniform(60, 110)  # chest flies
    wide = change_stance(base, upper_arm=rng.uniform(0, 20), arm_out=reach, forearm_out=reach)
    front = change_stance(base, upper_arm=rng.uniform(75, 100), forearm=rng.uniform(80, 105),
                          arm_out=rng.uniform(-8, 10))  # fmt: skip
    return repeat(rng, wide, front, length_s), "feet"


def make_dip(rng: np.random.Generator, length_s: float) -> Made:
    """Make dips: between bars, or behind the body on a bench."""
    if rng.random() < 0.55:
        top = make_stance(
            trunk=rng.uniform(0, 25), upper_arm=rng.uniform(-12, 4), forearm=rng.uniform(-6, 8),
            arm_out=rng.uniform(2, 15), thigh=rng.uniform(-15, 40), shin=rng.uniform(-100, 0),
        )  # fmt: skip
    else:
        leg = rng.uniform(55, 88)
        top = make_stance(
            trunk=rng.uniform(-12, 12), upper_arm=rng.uniform(-28, -8), thigh=leg,
            forearm=rng.uniform(-15, 5), shin=leg + rng.uniform(-80, 5),
        )  # fmt: skip
    low = change_stance(
        top, trunk=top[0] + rng.uniform(-3, 22), upper_arm=top[5] - rng.uniform(45, 85),
        forearm=rng.uniform(-12, 18), arm_out=rng.uniform(5, 35),
    )  # fmt: skip
    low[1:5] += rng.uniform(-8, 12)
    return repeat(rng, top, low, length_s), "hands"


def make_row(rng: np.random.Generator, length_s: float) -> Made:
    """Make rows: bent over, one arm, seated or standing at a cable, upright."""
    kind = rng.random()
    if kind < 0.6:  # bent over: the arms hang, then the elbows go back
        lean = rng.uniform(35, 95)
        long = make_stance(
            trunk=lean, thigh=rng.uniform(8, 42), shin=rng.uniform(-28, 0),
            upper_arm=rng.uniform(-8, 22), forearm=rng.uniform(-8, 20), arm_out=rng.uniform(0, 12),
            leg_out=rng.uniform(0, 14),
        )  # fmt: skip
        if rng.random() < 0.4:  # a knee and a hand on a bench, the other arm pulls
            long = change_stance(
                long, trunk=rng.uniform(68, 98), left_thigh=rng.uniform(-12, 22),
                left_shin=rng.uniform(-95, -75), right_thigh=rng.uniform(-32, 12),
                right_shin=rng.uniform(-42, -5),
            )  # fmt: skip
            near = change_stance(
                long, right_upper_arm=-rng.uniform(55, 100), right_forearm=rng.uniform(-30, 25),
                right_arm_out=rng.uniform(5, 45), trunk=long[0] - rng.uniform(0, 10),
            )  # fmt: skip
            if rng.random() < 0.5:
                long, near = swap_sides(long), swap_sides(near)
            return repeat(rng, long, near, length_s), "feet"
    elif kind < 0.85:  # a cable in front
        base = make_seat(rng) if rng.random() < 0.5 else make_stand(rng)
        if rng.random() < 0.4:
            base = change_stance(base, thigh=rng.uniform(80, 110), shin=rng.uniform(55, 95))
        long = change_stance(base, trunk=rng.uniform(0, 40), upper_arm=rng.uniform(60, 100),
                             forearm=rng.uniform(65, 105), arm_out=rng.uniform(0, 12))  # fmt: skip
    else:  # upright: the elbows go up at the sides
        long = make_stand(rng, HANGING)
        high = change_stance(long, arm_out=rng.uniform(70, 110), forearm=rng.uniform(0, 25),
                             forearm_out=rng.uniform(-65, -30))  # fmt: skip
        return repeat(rng, long, high, length_s), "feet"
    near = change_stance(
        long, trunk=long[0] - rng.uniform(0, 14), upper_arm=long[5] - rng.uniform(55, 100),
        forearm=long[7] + rng.uniform(-20, 25), arm_out=rng.uniform(5, 55),
    )  # fmt: skip
    return repeat(rng, long, choose_sides(rng, long, near, _ARM), length_s), "feet"


def make_swing(rng: np.random.Generator, length_s: float) -> Made:
    """Swing a kettlebell with both hands."""
    back = make_stance(
        trunk=rng.uniform(40, 82), thigh=rng.uniform(12, 55), shin=rng.uniform(-28, 0),
        upper_arm=rng.uniform(-45, -12), forearm=rng.uniform(-50, -10), leg_out=rng.uniform(8, 28),
        arm_out=rng.uniform(-10, 4),
    )  # fmt: skip
    reach = rng.uniform(50, 110) if rng.random() < 0.8 else rng.uniform(140, 180)
    top = change_stance(
        back, trunk=rng.uniform(-10, 6), thigh=0, shin=0, upper_arm=reach,
        forearm=reach + rng.uniform(-5, 22),
    )  # fmt: skip
    return repeat(rng, top, back, length_s, half_s=(0.35, 0.9), pause_share=0.0), "feet"


def make_bridge(rng: np.random.Generator, length_s: float) -> Made:
    """Lift the hips from the floor, on both legs or one."""
    low = change_stance(make_lying(rng), thigh=rng.uniform(118, 150), shin=rng.uniform(0, 35))
    high = change_stance(
        low, trunk=-90 - rng.uniform(15, 45), thigh=rng.uniform(80, 112), shin=rng.uniform(-10, 15)
    )
    if rng.random() < 0.25:
        up = rng.uniform(80, 130)
        low, high = (change_stance(s, left_thigh=up, left_shin=up) for s in (low, high))
    return repeat(rng, low, high, length_s), "feet"


def make_leg_raise(rng: np.random.Generator, length_s: float) -> Made:
    """Raise the legs: lying, hanging, one after the other, bicycle."""
    if rng.random() < 0.25:  # hanging
        low = make_stance(upper_arm=180, forearm=180, arm_out=rng.uniform(5, 25))
        lift, knee = rng.uniform(60, 110), rng.uniform(0, 90)
        high = change_stance(low, thigh=lift, shin=lift - knee, trunk=rng.uniform(-20, 0))
        return repeat(rng, low, high, length_s), "hands"
    low = change_stance(make_lying(rng), thigh=rng.uniform(88, 105), shin=rng.uniform(88, 105))
    lift, knee = rng.uniform(130, 185), rng.choice([0.0, rng.uniform(40, 100)])
    high = change_stance(low, thigh=lift, shin=lift - knee)
    if rng.random() < 0.4:
        low = change_stance(low, trunk=rng.uniform(-90, -55))
        one = change_stance(high, left_thigh=low[1], left_shin=low[3], trunk=low[0])
        return cycle(rng, length_s, [one, swap_sides(one)], (0.2, 0.8)), "hip"
    return repeat(rng, low, high, length_s), "hip"


def make_plank_moves(rng: np.random.Generator, length_s: float) -> Made:
    """Move in a plank without a push-up: legs up or out, hands to the shoulders, rocking, up and down."""
    plank = make_plank(rng, pike=rng.uniform(-8, 15))
    low = change_stance(
        plank, upper_arm=rng.uniform(-12, 15), forearm=rng.uniform(80, 98), trunk=plank[0] + 8
    )
    base = low if rng.random() < 0.5 else plank
    kind = rng.integers(6)
    if kind == 0:
        one = change_stance(base, left_thigh=base[1] - rng.uniform(8, 30),
                            left_shin=base[3] - rng.uniform(8, 30))  # fmt: skip
    elif kind == 1:
        one = change_stance(base, left_leg_out=rng.uniform(20, 45))
    elif kind == 2:  # a hand to the shoulder, or stretched out
        one = change_stance(base, left_upper_arm=rng.uniform(0, 110),
                            left_forearm=rng.uniform(80, 190))  # fmt: skip
    elif kind == 3:  # rocking forwards and back
        shift = rng.uniform(8, 25)
        one = change_stance(base, upper_arm=base[5] - shift, forearm=base[7] - 0.3 * shift)
        return repeat(rng, base, one, length_s), "hands"
    elif kind == 4:  # from the forearms onto the hands
        return cycle(rng, length_s, [low, 0.5 * (low + plank), plank], (0.3, 0.9)), "hands"
    else:  # hips up and down
        lift = rng.uniform(20, 60)
        one = base.copy()
        one[0] += lift / 2
        one[1:5] += lift / 2
        return repeat(rng, base, one, length_s), "hands"
    return repeat(rng, base, [one, swap_sides(one)], length_s, half_s=(0.2, 1.0)), "hands"


def make_floor_moves(rng: np.random.Generator, length_s: float) -> Made:
    """Work the belly in other ways than sit-ups: both ends up, bicycles, twists, touching the heels."""
    low = make_lying(rng)
    kind = rng.integers(4)
    if kind == 0:  # trunk and legs rise together
        flat = change_stance(low, thigh=90, shin=90, upper_arm=rng.uniform(235, 275),
                             forearm=rng.uniform(235, 275))  # fmt: skip
        lift = rng.uniform(25, 65)
        high = change_stance(flat, trunk=-90 + lift, thigh=90 + lift, shin=90 + lift,
                             upper_arm=rng.uniform(90, 130), forearm=rng.uniform(90, 130))  # fmt: skip
        return repeat(rng, flat, high, length_s), "hip"
    if kind == 1:  # bicycle: one knee comes, the other leg is straight
        head = change_stance(
            low, trunk=rng.uniform(-75, -50), upper_arm=200, forearm=290, arm_out=50
        )
        one = change_stance(head, left_thigh=rng.uniform(140, 185), left_shin=rng.uniform(50, 100),
                            right_thigh=rng.uniform(92, 115), right_shin=rng.uniform(92, 115),
                            trunk_out=rng.uniform(0, 12))  # fmt: skip
        return cycle(rng, length_s, [one, swap_sides(one)], (0.25, 0.9)), "hip"
    if kind == 2:  # seated twists
        seat = make_stance(trunk=rng.uniform(-50, -20), thigh=rng.uniform(110, 140),
                           shin=rng.uniform(20, 85))  # fmt: skip
        one = change_stance(seat, left_upper_arm=20, right_upper_arm=60, left_arm_out=35,
                            right_arm_out=-45, forearm=rng.uniform(60, 110), trunk_out=8)  # fmt: skip
        return cycle(rng, length_s, [one, swap_sides(one)], (0.25, 0.9)), "hip"
    bent = change_stance(low, trunk=rng.uniform(-82, -65), thigh=rng.uniform(120, 150),
                         shin=rng.uniform(0, 40), upper_arm=80, forearm=80)  # fmt: skip
    one = change_stance(bent, trunk_out=rng.uniform(8, 22), left_upper_arm=70)
    return cycle(rng, length_s, [one, swap_sides(one)], (0.25, 0.9)), "hip"


def make_climber(rng: np.random.Generator, length_s: float) -> Made:
    """Run in a plank: one knee to the chest, then the other."""
    plank = make_plank(rng, pike=rng.uniform(-5, 40))
    one = change_stance(plank, left_thigh=rng.uniform(-10, 55), left_shin=rng.uniform(-95, -50))
    return cycle(rng, length_s, [one, swap_sides(one)], (0.15, 0.7)), "hands"


def make_high_knees(rng: np.random.Generator, length_s: float) -> Made:
    """Run on the spot with high knees, or kick the heels up."""
    base = make_stand(rng)
    if rng.random() < 0.7:
        one = change_stance(base, left_thigh=rng.uniform(55, 112), left_shin=rng.uniform(-30, 12))
    else:
        one = change_stance(base, left_thigh=rng.uniform(-10, 15), left_shin=rng.uniform(-125, -80))
    if rng.random() < 0.6:  # the arms run along
        one = change_stance(
            one, left_upper_arm=-30, right_upper_arm=40, left_forearm=60, right_forearm=130
        )
    return cycle(rng, length_s, [one, swap_sides(one)], (0.15, 0.6)), "hip"


def make_burpee(rng: np.random.Generator, length_s: float) -> Made:
    """Make burpees, with and without a push-up and a jump."""
    stand, crouch, plank = make_stand(rng), make_crouch(rng), make_plank(rng)
    crouch = change_stance(crouch, upper_arm=rng.uniform(0, 35), forearm=rng.uniform(0, 30))
    keys = [stand, crouch, plank, crouch]
    if rng.random() < 0.5:
        keys = [stand, crouch, plank, make_plank(rng, low=True), plank, crouch]
    if rng.random() < 0.5:
        keys = [change_stance(stand, upper_arm=rng.uniform(150, 180), forearm=175), *keys]
    return cycle(rng, length_s, keys, (0.3, 0.9)), "feet"


def make_step_up(rng: np.random.Generator, length_s: float) -> Made:
    """Step onto something and down again."""
    top = make_stand(rng)
    low = change_stance(
        top, left_thigh=rng.uniform(45, 100), left_shin=rng.uniform(-28, 5),
        right_thigh=rng.uniform(-12, 12), right_shin=rng.uniform(-25, 5),
        trunk=rng.uniform(0, 30),
    )  # fmt: skip
    lows = [low] if rng.random() < 0.5 else [low, swap_sides(low)]
    if len(lows) == 1:  # the foot that stays on the step
        return repeat(rng, top, lows, length_s), "left_ankle"
    return repeat(rng, top, lows, length_s, pause_share=0.1), "hip"


def make_all_fours_moves(rng: np.random.Generator, length_s: float) -> Made:
    """Move on hands and knees: bird dog, kicks, back round and hollow."""
    base = make_all_fours(rng)
    if rng.random() < 0.5:
        lift = rng.uniform(60, 100)
        one = change_stance(base, left_thigh=-lift, left_shin=-lift - rng.uniform(-10, 10),
                            right_upper_arm=rng.uniform(60, 110),
                            right_forearm=rng.uniform(60, 110))  # fmt: skip
    elif rng.random() < 0.5:
        one = change_stance(
            base, left_thigh=-rng.uniform(40, 95), left_shin=rng.uniform(-185, -100)
        )
    else:
        one = change_stance(base, trunk=base[0] + rng.uniform(8, 30), thigh=rng.uniform(20, 60))
    ways = [one, swap_sides(one)] if rng.random() < 0.5 else [one]
    return repeat(rng, base, ways, length_s, half_s=(0.4, 1.8)), "hip"
