"""What measures of legs and trunk leave in a picture; see `gym.form.measures`."""

from __future__ import annotations

import numpy as np

from gym.drawing.figure import Figure
from gym.drawing.marks import Arc, Gap, Line, Mark, Tag
from gym.drawing.shapes import UP, length, mark_joint, mark_levels, mark_tilt, turn

#: A trunk within this angle of upright never counts as a lean (see `gym.form.measures.legs`).
_UPRIGHT_DEG = 25.0


def mark_thigh_levels(figure: Figure, text: str) -> list[Mark]:
    """Mark the levels of hips and knees."""
    hip, knee = figure.middle("hip"), figure.middle("knee")
    return [Line(hip, knee), *mark_levels(hip, knee, ("hips", "knees"), text)]


def mark_front_thigh(figure: Figure, text: str) -> list[Mark]:
    """Mark the levels of hip and knee of the leg whose hip is lower beside its knee: that in front."""
    drops = [figure.of(side, "hip")[1] - figure.of(side, "knee")[1] for side in figure.sides]
    side = figure.sides[0 if np.isnan(drops).all() else int(np.nanargmax(drops))]
    hip, knee = figure.of(side, "hip"), figure.of(side, "knee")
    return [Line(hip, knee), *mark_levels(hip, knee, ("hip", "front knee"), text)]


def mark_front_shin(figure: Figure, text: str) -> list[Mark]:
    """Mark the tilt of the shin that stands steeper: that of the leg in front."""
    shins = [(figure.of(side, "ankle"), figure.of(side, "knee")) for side in figure.sides]
    tilts = [abs(np.arctan2(knee[0] - ankle[0], ankle[1] - knee[1])) for ankle, knee in shins]
    ankle, knee = shins[0 if np.isnan(tilts).all() else int(np.nanargmin(tilts))]
    return mark_tilt(ankle, knee, UP, text)


def mark_squat_lean(figure: Figure, text: str) -> list[Mark]:
    """Mark the trunk, the shin, and what the trunk is compared with: the shin's tilt, or 25°."""
    hip, shoulder = figure.middle("hip"), figure.middle("shoulder")
    knee, ankle = figure.near("knee"), figure.near("ankle")
    trunk, shin = shoulder - hip, knee - ankle
    tilt_deg = float(np.degrees(np.arctan2(abs(shin[0]), -shin[1])))
    along, word = shin, "as the shin"
    if tilt_deg < _UPRIGHT_DEG:
        along, word = (
            turn(UP, np.sign(trunk[0]) * _UPRIGHT_DEG),
            f"{_UPRIGHT_DEG:.0f}° from upright",
        )
    allowed = hip + along * (length(trunk) / length(along))
    return [
        Line(ankle, knee),
        Line(hip, shoulder),
        Line(hip, allowed, dashed=True),
        Arc(hip, allowed, shoulder, text),
        Tag(allowed, word),
    ]


def mark_trunk_drop(figure: Figure, text: str) -> list[Mark]:
    """Mark the trunk now, and as it was where the hips were lowest."""
    hips, shoulders = figure.path("hip"), figure.path("shoulder")
    known = np.isfinite(hips).all(axis=1) & np.isfinite(shoulders).all(axis=1)
    if not known.any():
        return []
    lowest = int(np.argmax(np.where(known, hips[:, 1], -np.inf)))
    hip, shoulder = figure.middle("hip"), figure.middle("shoulder")
    before = hip + shoulders[lowest] - hips[lowest]
    return [
        Line(hip, shoulder),
        Line(hip, before, dashed=True),
        Arc(hip, before, shoulder, text),
        Tag(before, "at the bottom"),
    ]


def mark_hips_fallen(figure: Figure, text: str) -> list[Mark]:
    """Mark the hips' level now, and where they were highest."""
    now, path = figure.middle("hip"), figure.path("hip")[:, 1]
    if not np.isfinite(path).any():
        return []
    highest = np.array([now[0], np.nanpercentile(path, 3)])
    return mark_levels(highest, now, ("hips at the top", "hips"), text)


def mark_knees_apart(figure: Figure, text: str) -> list[Mark]:
    """Mark how far the knees are from each other, and the feet; and where knees over feet would be."""
    knees, ankles = ([figure.of(side, part) for side in figure.sides] for part in ("knee", "ankle"))
    level = (knees[0][1] + knees[1][1]) / 2
    plumbs = [Line(ankle, np.array([ankle[0], level]), dashed=True) for ankle in ankles]
    legs = [Line(knee, ankle) for knee, ankle in zip(knees, ankles, strict=True)]
    return [*plumbs, *legs, Gap(*ankles), Gap(*knees, text)]


def mark_hips_aside(figure: Figure, text: str) -> list[Mark]:
    """Mark how far the middle of the hips is beside the middle of the feet."""
    hips, feet = figure.middle("hip"), figure.middle("ankle")
    above = np.array([feet[0], hips[1]])
    return [
        Line(*(figure.of(side, "ankle") for side in figure.sides)),
        Line(feet, above, dashed=True),
        Gap(above, hips, text),
    ]


def mark_hip_levels(figure: Figure, text: str) -> list[Mark]:
    """Mark both thighs, and the levels of both hips."""
    left, right = figure.of("left", "hip"), figure.of("right", "hip")
    thighs = [Line(figure.of(side, "hip"), figure.of(side, "knee")) for side in ("left", "right")]
    return [*thighs, *mark_levels(left, right, ("left hip", "right hip"), text)]


def mark_heel(figure: Figure, text: str) -> list[Mark]:
    """Mark how far the near heel is above the toes."""
    heel, toes = figure.near("heel"), figure.near("foot_index")
    below = np.array([heel[0], toes[1]])
    beneath = (below + toes) / 2 - UP * 0.35 * length(toes - heel)
    return [
        Line(heel, toes),
        Line(toes, below, dashed=True),
        Gap(below, heel),
        Tag(beneath, text),
    ]


def mark_legs_bent(figure: Figure, text: str) -> list[Mark]:
    """Mark the knee or the hip, whichever is bent more, of the side where it is straighter."""
    joints = (("hip", "knee", "ankle"), ("knee", "hip", "shoulder"))
    sides = [figure.side_with(True, *parts) for parts in joints]
    angles = [figure.angle(side, *parts) for side, parts in zip(sides, joints, strict=True)]
    worst = 0 if np.isnan(angles).all() else int(np.nanargmin(angles))
    return mark_joint(*(figure.of(sides[worst], part) for part in joints[worst]), text)


def mark_feet(figure: Figure, text: str) -> list[Mark]:
    """Mark how far the feet are apart, and the shoulders."""
    feet, shoulders = (
        [figure.of(side, part) for side in figure.sides] for part in ("ankle", "shoulder")
    )
    return [Gap(*shoulders), Gap(*feet, text)]


def mark_near_knee(figure: Figure, text: str) -> list[Mark]:
    """Mark the near knee's angle."""
    a, b, c = map(figure.near, ("hip", "knee", "ankle"))
    return [Line(a, b), Line(b, c), Arc(b, a, c, text)]
