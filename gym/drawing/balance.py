"""How left against right, the ends of reps, heels and head are drawn and said."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gym.drawing.limbs import (
    ALONG,
    UP,
    Body,
    Drawing,
    length_of,
    mark_bend,
    mark_corner,
    mark_joint,
    mark_levels,
    mark_tilt,
)
from gym.drawing.marks import Arc, Gap, Line, Mark, Tag


def _mark_knees_apart(body: Body, text: str) -> list[Mark]:
    knees, ankles = ([body.of(side, part) for side in body.sides] for part in ("knee", "ankle"))
    shins = [Line(knee, ankle) for knee, ankle in zip(knees, ankles, strict=True)]
    return [*shins, Line(*ankles, dashed=True), Gap(*knees, text)]


def _mark_hips_aside(body: Body, text: str) -> list[Mark]:
    """Mark the middle between the feet, drawn up, and how far the hips are from it."""
    hips, feet = body.middle("hip"), body.middle("ankle")
    above = np.array([feet[0], hips[1]])
    return [
        Line(*(body.of(side, "ankle") for side in body.sides)),
        Line(feet, above, dashed=True),
        Gap(above, hips, text),
    ]


def _mark_hip_levels(body: Body, text: str) -> list[Mark]:
    """Mark the line of the hips and both thighs."""
    hips = [body.of(side, "hip") for side in body.sides]
    thighs = [Line(hip, body.of(side, "knee")) for hip, side in zip(hips, body.sides, strict=True)]
    return [*thighs, Line(*hips), Tag(np.mean(hips, axis=0), text)]


def _mark_hips_fallen(body: Body, text: str) -> list[Mark]:
    hips, ankles = body.middle("hip"), body.middle("ankle")
    return mark_levels(hips, ankles, ("hips", "ankles"), text)


def _mark_heel(body: Body, text: str) -> list[Mark]:
    heel, toes = body.near("heel"), body.near("foot_index")
    return [Line(heel, toes), Gap(np.array([heel[0], toes[1]]), heel, text)]


def _mark_trunk(body: Body, text: str) -> list[Mark]:
    hips, shoulders = body.middle("hip"), body.middle("shoulder")
    return [Line(hips, shoulders), Tag(shoulders, text)]


def _mark_straight_body(body: Body, text: str) -> list[Mark]:
    """Mark shin, thigh and trunk of the straighter leg."""
    side = body.side_with(True, "hip", "knee", "ankle")
    chain = [body.of(side, part) for part in ("ankle", "knee", "hip", "shoulder")]
    limbs = [Line(a, b) for a, b in pairwise(chain)]
    return [*limbs, Tag(chain[1], text)]


def _mark_elbows_out(body: Body, text: str) -> list[Mark]:
    shoulders, elbows = (
        [body.of(side, part) for side in body.sides] for part in ("shoulder", "elbow")
    )
    arms = [Line(a, b) for a, b in zip(shoulders, elbows, strict=True)]
    return [Line(*shoulders), *arms, Tag(elbows[0], text)]


def _mark_head(body: Body, text: str) -> list[Mark]:
    """Mark the trunk's line, drawn on, and the head beside it."""
    hip, shoulder, ear = map(body.near, ("hip", "shoulder", "ear"))
    trunk = shoulder - hip
    ahead = shoulder + trunk * (length_of(ear - shoulder) / max(length_of(trunk), 1e-6))
    return [
        Line(hip, shoulder),
        Line(shoulder, ahead, dashed=True),
        Line(shoulder, ear),
        Tag(ear, text),
    ]


def _mark_front_shin(body: Body, text: str) -> list[Mark]:
    """Mark the shin that stands steeper, and upright beside it."""
    shins = [(body.of(side, "ankle"), body.of(side, "knee")) for side in body.sides]
    flat = [abs(knee[0] - ankle[0]) / max(length_of(knee - ankle), 1e-6) for ankle, knee in shins]
    ankle, knee = shins[0 if np.isnan(flat).all() else int(np.nanargmin(flat))]
    upright = ankle + UP * length_of(knee - ankle)
    return [Line(ankle, knee), Line(ankle, upright, dashed=True), Arc(ankle, upright, knee, text)]


def _mark_both_arms(body: Body, text: str) -> list[Mark]:
    chains = [
        [body.of(side, part) for part in ("shoulder", "elbow", "wrist")] for side in body.sides
    ]
    limbs = [Line(a, b) for chain in chains for a, b in pairwise(chain)]
    return [*limbs, Tag(chains[0][1], text)]


_ELBOW = ("shoulder", "elbow", "wrist")

#: As `gym.drawing.measured.DRAWINGS`, of which they are part.
BALANCE_DRAWINGS: dict[str, Drawing] = {
    "knees_apart": Drawing(_mark_knees_apart, "Knees {} apart"),
    "hips_aside": Drawing(
        _mark_hips_aside, "Hips {} to the left", "Hips {} to the right", "Hips in the middle"
    ),
    "depth_difference": Drawing(
        _mark_hip_levels,
        "Left hip {} higher than the right one",
        "Right hip {} higher than the left one",
        "Both hips as high",
    ),
    "hips_fallen": Drawing(_mark_hips_fallen, "Hips sank by {}"),
    "heels_up": Drawing(_mark_heel, "Heel lifted by {}", "Heel {} lower than at rest"),
    "trunk_drop": Drawing(
        _mark_trunk, "Trunk dropped by {} on the way up", "Trunk rose by {} at once"
    ),
    "legs_bent": Drawing(_mark_straight_body, "Knees or hips {} from straight"),
    "elbow_lockout": Drawing(mark_joint(True, *_ELBOW), "Elbow {} from its straightest"),
    "arms_straight": Drawing(mark_joint(True, *_ELBOW), "Elbow {} from its straightest"),
    "elbows_flared": Drawing(_mark_elbows_out, "Elbows {} out from the trunk"),
    "head_line": Drawing(
        _mark_head,
        "Head {} above the line of the trunk",
        "Head {} below the line of the trunk",
        "Head in line with the trunk",
    ),
    "front_shin": Drawing(_mark_front_shin, "Front shin {} from upright"),
    "trunk_lowered": Drawing(
        mark_tilt("hip", "shoulder", ALONG), "Trunk still raised by {}", "Trunk {} below level"
    ),
    "arms_closed": Drawing(mark_bend(False, *_ELBOW), "Elbow bent by {} at the most"),
    "arms_lowered": Drawing(
        mark_corner(True, "hip", "shoulder", "elbow"), "Arm still {} from the trunk"
    ),
    "arms_bent": Drawing(mark_bend(False, *_ELBOW), "Elbow bent by {}"),
    "arms_uneven": Drawing(
        _mark_both_arms,
        "Left elbow bent {} more than the right one",
        "Right elbow bent {} more than the left one",
        "Both elbows as straight",
    ),
}
