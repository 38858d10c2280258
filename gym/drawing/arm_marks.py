"""What measures of arms, head and the line of the body leave in a picture; see `gym.form.measures`."""

from __future__ import annotations

import numpy as np

from gym.drawing.figure import Figure
from gym.drawing.marks import Arc, Gap, Line, Mark, Tag
from gym.drawing.shapes import UP, draw_angle, length, mark_bend, mark_levels, mark_swing, turn

ELBOW = ("shoulder", "elbow", "wrist")
#: Knees carry the body if the shin lies: the knee is at most so much above the ankle, in shin lengths,
#: and the leg is bent there. In a push-up on the toes the knee is 0.35 higher; with raised feet it is
#: lower, but the leg is straight.
_LYING_SHIN, _STRAIGHT_KNEE_DEG = 0.1, 160.0
_EARS_BELOW_DEG = 10.0  #: where ears are when the head is in line (see `gym.form.measures.arms`)


def mark_upper_arm_levels(figure: Figure, text: str) -> list[Mark]:
    """Mark the levels of shoulder and elbow."""
    shoulder, elbow = figure.near("shoulder"), figure.near("elbow")
    return [Line(shoulder, elbow), *mark_levels(shoulder, elbow, ("shoulder", "elbow"), text)]


def mark_body_line(figure: Figure, text: str) -> list[Mark]:
    """Mark shoulder, hip and ankle (the knee where the knees carry), and how far the hip is off."""
    shoulder, hip, knee, ankle = map(figure.near, ("shoulder", "hip", "knee", "ankle"))
    end = knee if _kneels(figure) or np.isnan(ankle).any() else ankle
    along = end - shoulder
    foot = shoulder + along * float((hip - shoulder) @ along / (along @ along))
    return [
        Line(shoulder, end, dashed=True),
        Line(shoulder, hip),
        Line(hip, end),
        Gap(foot, hip),
        Tag(hip + (UP if hip[1] < foot[1] else -UP) * 0.14 * length(along), text),
    ]


def _kneels(figure: Figure) -> bool:
    """Tell whether the knees carry the body, not the feet."""
    knee, ankle = figure.near("knee"), figure.near("ankle")
    above = (ankle[1] - knee[1]) / max(length(ankle - knee), 1e-6)
    bent = figure.angle(figure.sides[0], "hip", "knee", "ankle") < _STRAIGHT_KNEE_DEG
    return bool(above < _LYING_SHIN and bent)


def mark_head_line(figure: Figure, text: str) -> list[Mark]:
    """Mark the neck against the trunk's line, where ears are when the head is in line with it."""
    hip, shoulder, ear = map(figure.near, ("hip", "shoulder", "ear"))
    trunk = (shoulder - hip) / max(length(shoulder - hip), 1e-6)
    ahead = turn(trunk, np.sign(trunk[0]) * _EARS_BELOW_DEG) * 1.5 * length(ear - shoulder)
    return [
        Line(hip, shoulder),
        Line(shoulder, ear),
        Line(shoulder, shoulder + ahead, dashed=True),
        Arc(shoulder, shoulder + ahead, ear, text),
    ]


def mark_arm_swing(figure: Figure, text: str) -> list[Mark]:
    """Mark how far the upper arm turns, of the arm that is bent more."""
    side = figure.side_with(False, *ELBOW)
    swing = mark_swing(figure, side, "shoulder", "elbow", text)
    return swing and [Line(figure.of(side, "shoulder"), figure.of(side, "hip")), *swing]


def mark_elbows_flared(figure: Figure, text: str) -> list[Mark]:
    """Mark both upper arms beside the line of the shoulders: straight out is along it."""
    marks: list[Mark] = []
    shoulders = [figure.of(side, "shoulder") for side in figure.sides]
    for side, here, other in zip(figure.sides, shoulders, shoulders[::-1], strict=True):
        elbow = figure.of(side, "elbow")
        outwards = (here - other) / max(length(here - other), 1e-6) * length(elbow - here)
        marks += [Line(here, elbow), Line(other, here + outwards, dashed=True)]
    middle = figure.middle("shoulder")
    return [*marks, Tag(middle + UP * 0.4 * length(shoulders[0] - shoulders[1]), text)]


def mark_arms_uneven(figure: Figure, text: str) -> list[Mark]:
    """Mark how far both elbows are from straight, with the value at the one that is bent more."""
    worse = figure.side_with(False, *ELBOW)
    return [
        mark
        for side in figure.sides
        for mark in mark_bend(
            *(figure.of(side, part) for part in ELBOW), text if side == worse else ""
        )
    ]


def mark_hands_and_knees(figure: Figure, text: str) -> list[Mark]:
    """Mark the levels of hands and knees."""
    hands, knees = figure.middle("wrist"), figure.middle("knee")
    return mark_levels(hands, knees, ("hands", "knees"), text)


def mark_mouth_and_hands(figure: Figure, text: str) -> list[Mark]:
    """Mark the levels of mouth and hands."""
    return mark_levels(figure.mouth(), figure.middle("wrist"), ("mouth", "hands"), text)


def mark_shoulders_ahead(figure: Figure, text: str) -> list[Mark]:
    """Mark how far the elbow is from under the shoulder."""
    shoulder, elbow = figure.near("shoulder"), figure.near("elbow")
    below = np.array([shoulder[0], elbow[1]])
    return [Line(shoulder, elbow), Line(shoulder, below, dashed=True), Gap(below, elbow, text)]


def mark_signal(figure: Figure, text: str) -> list[Mark]:
    """Mark what a taught exercise is measured by: an angle, a height, or a distance."""
    if figure.signal is None:
        return []
    parts = figure.signal.parts
    if len(parts) == 3:
        return draw_angle(figure.signal.rises, *parts)(figure, text)
    if len(parts) == 2:
        upper, lower = (figure.middle(part) for part in parts)
        return mark_levels(upper, lower, parts, text)
    return [Gap(*(figure.of(side, parts[0]) for side in figure.sides), text)]
