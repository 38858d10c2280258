"""A state machine with two thresholds that cuts one signal into dips: out from rest, and back.

The signal is turned so that rest is high and the turn is low: a closing knee as it is, an opening elbow
with its sign changed. A dip begins when the signal has fallen by a share of the athlete's own range, and
is done when it has risen again by a larger share of its fall: two thresholds, so that a trembling limb
does not count twice, and relative ones, so that tall and short, deep and shallow, side and front count
alike.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gym.schema import Gate, Reason

_STILL_S = 0.25  #: a lift that has gained less than a tenth within this is at its top


class Sample(NamedTuple):
    """One smoothed instant; NaN where not known."""

    time_s: float
    level: float  #: the signal, turned so that rest is high
    height_m: float  #: what has to travel
    tilt_deg: float
    visibility: float


@dataclass(frozen=True)
class Dip:
    """One way out and back of the signal, and what the gates look at."""

    start_s: float
    bottom_s: float
    end_s: float
    depth: float  #: fall, from the top before to the bottom, in the signal's unit
    return_share: float  #: how much of it rose again
    flat_s: tuple[float, float]  #: when it came within a tenth of its lowest, and when it left
    travel_m: float  #: fall of the height, the larger of before and after the bottom
    top_tilt_deg: float
    bottom_tilt_deg: float
    visibility: float
    leave_level: float  #: the level below which it began ...
    return_level: float  #: ... and above which it was done
    side: int  #: of the body: 0 left, 1 right, -1 both
    from_turn: bool = False  #: whether it began at the turn, and has no way out
    gates: tuple[Gate, ...] = ()  #: what makes it a rep of the exercise, the set aside

    @cached_property  # asked of all dips in every frame
    def reason(self) -> Reason | str:
        """Why it is no rep of the exercise; empty if it is one."""
        return next((gate.reason for gate in self.gates if not gate.passed), "")


class DipFinder:
    """Finds dips in samples that come one after the other.

    Parameters
    ----------
    least : float
        The smallest fall that matters, in the signal's unit.
    leave_share, return_share, gap_s : float
        As in `gym.counting.heuristic.HeuristicCounter`.
    from_turn : bool
        Whether the first dip may begin at its turn.
    side : int
        Of the body: 0 left, 1 right, -1 both.

    Attributes
    ----------
    samples : list of Sample
        Those whose level is known.
    times_s : list of float
        Of all samples.
    usual_depth : float
        The athlete's own range; set it once it is known.
    """

    def __init__(
        self,
        least: float,
        leave_share: float,
        return_share: float,
        gap_s: float,
        from_turn: bool = False,
        side: int = -1,
    ) -> None:
        self._least, self._gap_s, self._side = least, gap_s, side
        self._leave_share, self._return_share = leave_share, return_share
        self._may_begin_low = from_turn
        self.samples: list[Sample] = []
        self.times_s: list[float] = []
        self.usual_depth = 2.0 * least
        self._down = False
        self._top = self._bottom = self._low = -1  # indices into samples; -1: none yet

    def phase_at(self, now_s: float) -> float:
        """Return how far the signal is out at the moment, 0..1; NaN where it is not known."""
        if self._top < 0 or now_s - self.samples[-1].time_s > self._gap_s:
            return float("nan")
        fall = self.samples[self._top].level - self.samples[-1].level
        return min(max(fall / self.usual_depth, 0.0), 1.0)

    def step(self, sample: Sample) -> Dip | None:
        """Take one sample; return the dip that it completes."""
        self.times_s.append(sample.time_s)
        if np.isnan(sample.level):
            return None
        if self.samples and sample.time_s - self.samples[-1].time_s > self._gap_s:
            self._down, self._top = False, -1
        self.samples.append(sample)
        now, level = len(self.samples) - 1, sample.level
        if self._may_begin_low and not self._down and (first := self._begin_low(now)) is not None:
            return first
        if not self._down:
            if self._top < 0 or level >= self.samples[self._top].level:
                self._top = now
            elif level < self._leave_level():
                self._down, self._bottom, self._may_begin_low = True, now, False
            return None
        if level < self.samples[self._bottom].level:
            self._bottom = now
        if level <= self._return_level():
            return None
        dip = self._measure(now)
        self._down, self._top = False, now
        return dip

    def finish(self) -> Dip | None:
        """Return the dip that the end of the clip cuts, if one is under way."""
        last = len(self.samples) - 1
        if self._may_begin_low and not self._down and last >= 0:
            return self._begin_low(last, ended=True)
        return self._measure(last) if self._down else None

    def _begin_low(self, now: int, *, ended: bool = False) -> Dip | None:
        """Return a first rep that has only the way back, once it has risen and rises no more."""
        level = self.samples[now].level
        if self._low < 0 or level <= self.samples[self._low].level:
            self._low = now
        risen = level - self.samples[self._low].level
        if risen < max(self._return_share * self.usual_depth, self._least):
            return None
        before = bisect_left(self.samples, (self.samples[now].time_s - _STILL_S,))
        if not ended and level - self.samples[before].level > 0.1 * risen:
            return None
        self._may_begin_low = False
        self._top = self._bottom = self._low
        dip = self._measure(now, from_turn=True)
        self._top = now
        return dip

    def _leave_level(self) -> float:
        """Return the level below which a dip begins."""
        return self.samples[self._top].level - self._leave_share * self.usual_depth

    def _return_level(self) -> float:
        """Return the level above which the one under way is done."""
        top, bottom = self.samples[self._top].level, self.samples[self._bottom].level
        return bottom + max(self._return_share * (top - bottom), 0.5 * self._least)

    def _measure(self, now: int, from_turn: bool = False) -> Dip | None:
        """Measure the dip between the top before it and the sample ``now``."""
        if self._top < 0 or (self._bottom <= self._top and not from_turn):
            return None
        part = np.array(self.samples[self._top : now + 1])
        bottom = self._bottom - self._top
        _, level, height, tilt, seen = part.T
        depth = (level[-1] if from_turn else level[0]) - level[bottom]
        begun = np.flatnonzero(level[:bottom] >= level[bottom] + 0.9 * depth)
        start = int(begun[-1]) if len(begun) else 0
        low = level <= level[bottom] + 0.1 * depth
        enter = bottom - int(np.argmin(low[bottom::-1])) + 1 if not low[: bottom + 1].all() else 0
        leave = (
            bottom + int(np.argmin(low[bottom:])) - 1 if not low[bottom:].all() else len(low) - 1
        )
        rests = [-1] if from_turn else [0, start, -1]
        tops = tilt[[start, -1]] if not from_turn else tilt[[-1, -1]]
        hidden = np.zeros(self._unseen(part[start:]))
        return Dip(
            start_s=float(part[start, 0]),
            bottom_s=float(part[bottom, 0]),
            end_s=float(part[-1, 0]),
            depth=float(depth),
            return_share=float((level[bottom:].max() - level[bottom]) / max(depth, 1e-6)),
            flat_s=(float(part[enter, 0]), float(part[leave, 0])),
            travel_m=float(
                np.fmax.reduce(height[rests]) - np.fmin.reduce(height[enter : leave + 1])
            ),
            top_tilt_deg=float(np.fmax.reduce(tops) + np.fmin.reduce(tops)) / 2,
            bottom_tilt_deg=float(tilt[bottom]),
            visibility=float(np.percentile(np.append(seen[start:], hidden), 100 / 3)),
            leave_level=self._leave_level(),
            return_level=self._return_level(),
            side=self._side,
            from_turn=from_turn,
        )

    def _unseen(self, part: np.ndarray) -> int:
        """Return how many frames between the first and last of some samples show no such joints."""
        first, last = np.searchsorted(self.times_s, [part[0, 0], part[-1, 0]])
        return int(last - first + 1 - len(part))
