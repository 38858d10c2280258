"""Which frames of a rep decide a rule, and how their values become one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gym.form.measures.body import Body
from gym.schema import Rep

#: What lasts no longer is an outlier, and decides nothing: a wrong frame or two, a jerk. A rep of a
#: second has its turn for about as long.
LASTING_S = 0.2
REST_S = 0.5  #: how far before a rep and after it the athlete's rest is looked for
NEAR_REST, NEAR_TURN = (
    0.1,
    0.2,
)  #: shares of the way's time that still belong to the rest, to the turn


class Part(StrEnum):
    """A part of a rep: which of its frames a rule is about."""

    WHOLE = "whole rep"
    MOVING = "whole rep but for the rest at its ends"
    OUT = "way out"
    TURN = "turn"
    MOMENT = "moment of the turn"
    BACK = "way back"
    END = "rest after it"
    REST = "rest before and after it"


def find_part(
    part: Part, rep: Rep, before: Rep | None = None, after: Rep | None = None
) -> list[tuple[float, float]]:
    """Return when a part of a rep is: stretches of (first, last) second, in time order.

    Parameters
    ----------
    part : Part
    rep : Rep
    before, after : Rep or None
        Its neighbours: no rest reaches into them.
    """
    out_s, back_s = rep.bottom_s - rep.start_s, rep.end_s - rep.bottom_s
    if part is Part.MOVING:
        return [(rep.start_s + NEAR_REST * out_s, rep.end_s - NEAR_REST * back_s)]
    if part is Part.OUT:
        return [(rep.start_s, rep.bottom_s)]
    if part is Part.BACK:
        return [(rep.bottom_s, rep.end_s)]
    if part is Part.MOMENT:
        half_s = LASTING_S / 2
        return [
            (max(rep.start_s, rep.bottom_s - half_s), min(rep.end_s, rep.bottom_s + half_s)),
        ]
    if part is Part.TURN:
        early = max(NEAR_TURN * out_s, LASTING_S / 2)
        late = max(NEAR_TURN * back_s, LASTING_S / 2)
        return [
            (max(rep.start_s, rep.bottom_s - early), min(rep.end_s, rep.bottom_s + late)),
        ]
    if part is Part.WHOLE:
        return [(rep.start_s, rep.end_s)]
    after_s = min(rep.end_s + REST_S, max(rep.end_s, after.start_s) if after else np.inf)
    end = (rep.end_s - NEAR_REST * back_s, after_s)
    if part is Part.END:
        return [end]
    before_s = max(rep.start_s - REST_S, min(rep.start_s, before.end_s) if before else -np.inf)
    return [(before_s, rep.start_s + NEAR_REST * out_s), end]


def find_frames(time_s: np.ndarray, stretches: list[tuple[float, float]]) -> np.ndarray:
    """Return the places of the frames within some stretches, ends included: int (n,)."""
    frames = [
        np.arange(np.searchsorted(time_s, first), np.searchsorted(time_s, last, side="right"))
        for first, last in stretches
    ]
    return np.concatenate(frames)


#: How the values of a rep, at least one and none of them NaN, become one: of their times and values.
Choose = Callable[[np.ndarray, np.ndarray], float]


def reach_most(time_s: np.ndarray, values: np.ndarray) -> float:
    """Return the highest value, ignoring single outliers: how far a rep goes."""
    return float(np.percentile(values, 97))


def hold_middle(time_s: np.ndarray, values: np.ndarray) -> float:
    """Return what holds for most of the time."""
    return float(np.median(values))


def spread(time_s: np.ndarray, values: np.ndarray) -> float:
    """Return how far the value moves, ignoring single outliers."""
    return float(np.percentile(values, 97) - np.percentile(values, 3))


def last_most(time_s: np.ndarray, values: np.ndarray) -> float:
    """Return the highest value that lasted."""
    return float(_calm(time_s, values).max())


def last_least(time_s: np.ndarray, values: np.ndarray) -> float:
    """Return the lowest value that lasted."""
    return float(_calm(time_s, values).min())


def last_furthest(time_s: np.ndarray, values: np.ndarray) -> float:
    """Return the value furthest from 0, to either side, that lasted."""
    calm = _calm(time_s, values)
    return float(calm[np.abs(calm).argmax()])


def _calm(time_s: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the median over the moment around each frame, `LASTING_S` long: (n,).

    Of a quick movement the moment is a sixth, so that its peak is left.
    """
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else LASTING_S
    lasting_s = min(LASTING_S, step_s * len(time_s) / 6)
    reach = round(lasting_s / 2 / max(step_s, 1e-3))
    padded = np.pad(values, reach, mode="edge")
    return np.median(sliding_window_view(padded, 2 * reach + 1), axis=1)


@dataclass(frozen=True)
class Measure:
    """A number in each frame, and how the values of a rep become one.

    Attributes
    ----------
    of_frames : callable
        From a `Body` to float64 (T,), NaN where unseen; or to (T, K), where K values have to show a
        fault and the least counts.
    choose : callable
        From the times and values of the frames that decide to one value.
    part : Part
        Which frames decide.
    since : Part or None
        The part of the rep from whose middle value on the others are told; None: from 0. What is
        compared with oneself a second ago depends neither on the build nor on the camera's height.
    in_set : callable or None
        From the values of a set's reps, float64 (R,) in time order with NaN where not known, to what is
        told of each; None: themselves.
    """

    of_frames: Callable[[Body], np.ndarray]
    choose: Choose
    part: Part = Part.WHOLE
    since: Part | None = None
    in_set: Callable[[np.ndarray], np.ndarray] | None = None

    @property
    def needs_turn(self) -> bool:
        """Whether the frames around the turn have to be seen: what goes furthest does so there."""
        whole = self.part in (Part.WHOLE, Part.MOVING)
        return whole and self.choose in (reach_most, last_most, last_furthest, spread)


FIRST_REPS = 3  #: what a set's later reps are compared with


def lose_since_first(values: np.ndarray) -> np.ndarray:
    """Return by how much each value, and all after it, is less than the middle one of the first: (R,).

    What comes back in a later rep was not lost. NaN where it is not known, and of a set that is hardly
    longer than what it is compared with.
    """
    first = values[:FIRST_REPS]
    if len(values) <= FIRST_REPS or np.isnan(first).sum() > 1:
        return np.full(len(values), np.nan)
    lost = float(np.nanmedian(first)) - values
    for_good = np.fmin.accumulate(lost[::-1])[::-1]
    return np.where(np.isnan(values), np.nan, for_good)
