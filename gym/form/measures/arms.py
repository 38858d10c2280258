"""Measures of arms and the line of the body: a number in each frame that does not depend on body size."""

from __future__ import annotations

import numpy as np

from gym.features import mean_known
from gym.form.measures.body import Body, limb_length, miss_straight, over_sides

_LEAST_SHOWN = 0.6  #: of a body that points at the camera; of less the line cannot be told


def measure_push_up_depth(body: Body) -> np.ndarray:
    """Shoulder below elbow, in upper-arm lengths: 0 level, positive deeper; (T,)."""
    upper_arm = body.near["shoulder"] - body.near["elbow"]
    return -body.heights("shoulder", "elbow")[:, 0] / limb_length(upper_arm)


def measure_push_up_line(body: Body) -> np.ndarray:
    """Hip off the line from the shoulder to what carries the legs, in lengths of that line; (T,).

    Positive piked or rounded, negative sagging. The line of somebody on the knees ends there, and so
    does that of somebody whose feet are out of the picture: hips that bend by an angle then leave it by
    as large a share. A body that points at the camera is longer than the picture shows.
    """
    shorter = find_knees_carry(body)[:, None] | np.isnan(body.near["ankle"])
    end = np.where(shorter, body.near["knee"], body.near["ankle"])
    along = end - body.near["shoulder"]
    hip = body.near["hip"] - body.near["shoulder"]
    below = (along[:, 0] * hip[:, 1] - along[:, 1] * hip[:, 0]) * np.sign(along[:, 0])
    if body.viewpoint.shown < _LEAST_SHOWN:
        return np.full(len(hip), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return -below / np.square(along).sum(axis=1) * body.viewpoint.shown


def find_knees_carry(body: Body) -> np.ndarray:
    """Tell in which frames somebody on the hands is on the knees, not on the feet: bool (T,).

    Knees on the floor are about as low as the ankles, or lower where the feet are up; and they are
    bent, as those of somebody whose feet stand on a bench are not.
    """
    shin = body.near["ankle"] - body.near["knee"]
    low = shin[:, 1] < 0.15 * limb_length(shin)  # on the toes: 0.3 at the top
    bent = body.angles("hip", "knee", "ankle")[:, 0] < 160.0
    return low & bent


def measure_hands_down(body: Body) -> np.ndarray:
    """Hands below the knees, in shin lengths: 0 level, positive lower; (T,)."""
    return body.limb_px("knee", "wrist")[:, 1] / limb_length(body.limb_px("knee", "ankle"))


def measure_elbow_closing(body: Body) -> np.ndarray:
    """How far the more bent elbow is closed: 0 straight, 180 folded; degrees, (T,)."""
    return 180.0 - over_sides(np.fmin, body.angles("shoulder", "elbow", "wrist"))


def measure_elbow_opening(body: Body) -> np.ndarray:
    """The elbow's angle in the arm that is straighter; degrees, (T,)."""
    return over_sides(np.fmax, body.angles("shoulder", "elbow", "wrist"))


def measure_arm_swing(body: Body) -> np.ndarray:
    """The angle between trunk and upper arm, of the arm that is bent more; degrees, (T,)."""
    elbows = body.angles("shoulder", "elbow", "wrist")
    arms = body.angles("hip", "shoulder", "elbow")
    known = np.where(np.isnan(elbows), np.inf, elbows)
    return np.take_along_axis(arms, known.argmin(axis=1)[:, None], axis=1)[:, 0]


def measure_arm_raise(body: Body) -> np.ndarray:
    """The angle between trunk and upper arm, of the arm that is higher; degrees, (T,)."""
    return over_sides(np.fmax, body.angles("hip", "shoulder", "elbow"))


def measure_chin_over_hands(body: Body) -> np.ndarray:
    """Mouth above the hands, in upper-arm lengths: 0 level, positive higher; (T,).

    More than one length is no pull-up, but a head that left the picture: NaN.
    """
    hands = mean_known(body.sides_px("wrist"))
    arm = body.sides_px("shoulder") - body.sides_px("elbow")
    above = (hands - body.mouth)[:, 1] / max(limb_length(arm[:, 0]), limb_length(arm[:, 1]))
    return np.where(above > 1.0, np.nan, above)


def measure_shoulders_ahead(body: Body) -> np.ndarray:
    """How far the elbow is from below the shoulder, along the floor, in upper-arm lengths; (T,)."""
    upper_arm = body.near["elbow"] - body.near["shoulder"]
    return np.abs(upper_arm[:, 0]) / limb_length(upper_arm)


def measure_elbow_lockout(body: Body) -> np.ndarray:
    """How far the straighter elbow is from this athlete's straight, see `miss_straight`; (T,) degrees."""
    return miss_straight(measure_elbow_opening(body))


def measure_head_line(body: Body) -> np.ndarray:
    """The head's angle to the trunk's line: positive raised, negative hanging; degrees, (T,).

    From 10 degrees below that line, where ears are when the head is in line: half of 123 push-ups
    labelled as correct measure between -20 and -3 degrees.
    """
    trunk = body.near["shoulder"] - body.near["hip"]
    neck = body.sides_px("ear")[:, 0] - body.near["shoulder"]
    cross = (trunk[:, 0] * neck[:, 1] - trunk[:, 1] * neck[:, 0]) * np.sign(trunk[:, 0])
    return 10.0 - np.degrees(np.arctan2(cross, (trunk * neck).sum(axis=1)))


def measure_arms_uneven(body: Body) -> np.ndarray:
    """How much further the left elbow is closed than the right one; degrees, (T,)."""
    angles = body.angles("shoulder", "elbow", "wrist")
    return angles[:, 1 - body.left] - angles[:, body.left]
