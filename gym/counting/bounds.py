"""Where a rep begins and ends: one rule for every counter.

The rule is measured on the exercise's signal, so that it is the same whatever a counter follows. It is
told for a squat; what begins and ends below, as a pull-up does, is turned round:

- The **last** rep counts once the athlete is at least 90 % of the way back to their usual top. One
  that the clip cuts off before that is partial.
- The **first** rep counts when it begins at most a quarter of the way down. One that begins lower was
  under way before the clip, and is partial; but not where a set may begin at the turn, on the floor.
- Between two reps the athlete comes up by at least 60 % of the way they went down. Two dips with less
  between them are one rep with a double dip.

Joints that were not seen decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from gym.exercises import Exercise
from gym.exercises.signals import measure_sides, see_sides
from gym.features import SEEN_VISIBILITY, is_stretched
from gym.schema import Gate, PoseSequence, Reason, Rep, RepCount, RepKind
from gym.smoothing import smooth

#: Share of the way up that the last rep needs: 0.9, less the 0.02 by which a moving joint's angle lags
#: behind, as the pose network steadies its joints over some frames.
WAY_BACK = 0.88
#: Share of the way down at which the first rep may begin.
BEGUN = 0.25
#: Share of the way down that lies between two reps. A tired athlete does not stretch fully:
#: 0.6 counts the late reps of a set of 76 as people did, 0.7 loses most.
BETWEEN = 0.6


@dataclass(frozen=True, eq=False)
class SignalPath:
    """The exercise's signal over time, turned so that rest is high and the turn is low.

    Attributes
    ----------
    time_s : float64 (T,)
    level : float64 (T,)
        Smoothed, in the signal's unit. NaN where not known.
    seen : bool (T,)
        Where its joints are more than a guess.
    least : float
        What falls by less is no movement of the exercise.
    has_shape : bool
        Whether angles mean anything: not where every frame was stretched to one box.
    from_turn : bool
        Whether a set may begin at the turn.
    each_side : bool
        Whether left and right may take turns; the level is then that of the side further out.
    """

    time_s: np.ndarray
    level: np.ndarray
    seen: np.ndarray
    least: float
    has_shape: bool = True
    from_turn: bool = False
    each_side: bool = False

    def sees(self, rep: Rep) -> bool:
        """Tell whether the joint was seen in two thirds of a rep's frames."""
        inside = self.seen[self._frames(rep.start_s, rep.end_s)]
        return len(inside) > 0 and float(inside.mean()) >= 2 / 3

    def top(self, from_s: float, until_s: float) -> float:
        """Return the highest level between two times; NaN where none is known."""
        return float(np.fmax.reduce(self.level[self._frames(from_s, until_s)], initial=np.nan))

    def bottom(self, rep: Rep) -> float:
        """Return the lowest level of a rep; NaN where none is known."""
        part = self.level[self._frames(rep.start_s, rep.end_s)]
        return float(np.fmin.reduce(part, initial=np.nan))

    def is_opening_at_the_end(self, since_s: float, within_s: float = 0.2) -> bool:
        """Tell whether the highest level since a time is the one with which the clip ends."""
        part = self._frames(since_s, np.inf)
        known = part.start + np.flatnonzero(np.isfinite(self.level[part]))
        if not len(known):
            return False
        widest = known[np.argmax(self.level[known])]
        return bool(self.time_s[known[-1]] - self.time_s[widest] <= within_s)

    def _frames(self, from_s: float, until_s: float) -> slice:
        first = np.searchsorted(self.time_s, from_s)
        return slice(int(first), int(np.searchsorted(self.time_s, until_s, side="right")))


def follow_signal(poses: PoseSequence, exercise: Exercise) -> SignalPath:
    """Measure the exercise's signal in every frame; the side that is seen better leads."""
    signal = exercise.signal
    sides = measure_sides(poses.xy_px, poses.xyz_m, signal) * (-1.0 if signal.rises else 1.0)
    visible = see_sides(poses.visibility, signal).astype(float)
    seen = visible.max(axis=1) >= SEEN_VISIBILITY
    has_shape = not is_stretched(poses)
    if signal.each_side:
        level = np.fmin.reduce(np.where(visible >= SEEN_VISIBILITY, sides, np.nan), axis=1)
    else:
        weight = np.where(np.isfinite(sides), np.square(visible) + 1e-4, 0.0)
        with np.errstate(invalid="ignore"):
            level = np.nansum(sides * weight, axis=1) / weight.sum(axis=1)
    return SignalPath(
        poses.time_s,
        smooth(poses.time_s, level[:, None])[:, 0],
        seen & np.isfinite(level) & has_shape,
        signal.least,
        has_shape,
        exercise.from_turn,
        signal.each_side,
    )


def apply_bounds(count: RepCount, path: SignalPath) -> RepCount:
    """Join double dips, and make partial what the clip cuts off at its start or end."""
    count = _join_double_dips(count, path)
    full = [i for i, rep in enumerate(count.reps) if rep.kind is RepKind.FULL]
    if not full:
        return count
    reps, evidence = list(count.reps), list(count.evidence)
    edges_s = [-np.inf, *(reps[i].bottom_s for i in full), np.inf]
    tops = np.array([path.top(a, b) for a, b in pairwise(edges_s)])
    usual = float(np.nanmedian(tops[1:-1]) if len(full) > 2 else np.fmax.reduce(tops))
    for place, top, share, reason in (
        (
            full[-1],
            tops[-1] if path.is_opening_at_the_end(edges_s[-2]) else np.inf,
            WAY_BACK,
            Reason.UNFINISHED,
        ),
        (full[0], tops[0], 1 - BEGUN, Reason.UNDER_WAY),
    ):
        if reason is Reason.UNDER_WAY and path.from_turn:
            continue
        low = path.bottom(reps[place])
        moves = usual - low >= path.least and path.sees(reps[place])
        if moves and top - low < share * (usual - low):
            reps[place] = replace(reps[place], kind=RepKind.PARTIAL, reason=reason)
            if evidence:
                gate = Gate("Way up at the clip's end or start", (top - low) / (usual - low), "%",
                            share, reason=reason)  # fmt: skip
                gates = (*evidence[place].gates, gate)
                evidence[place] = replace(evidence[place], gates=gates)
    return replace(count, reps=tuple(reps), evidence=tuple(evidence))


def _join_double_dips(count: RepCount, path: SignalPath) -> RepCount:
    """Make one rep of two full ones between which the athlete hardly came up."""
    reps: list[Rep] = []
    kept: list[int] = []
    before_s = -np.inf  # the bottom before the last of them
    for index, rep in enumerate(count.reps):
        if reps and _is_double_dip(before_s, reps[-1], rep, path):
            one = reps[-1]
            deeper = min(one, rep, key=lambda dip: path.bottom(dip))
            reps[-1] = Rep(one.start_s, deeper.bottom_s, rep.end_s)
        else:
            before_s = reps[-1].bottom_s if reps else before_s
            reps.append(rep)
            kept.append(index)
    evidence = tuple(count.evidence[i] for i in kept) if count.evidence else ()
    return replace(count, reps=tuple(reps), evidence=evidence)


def _is_double_dip(before_s: float, one: Rep, other: Rep, path: SignalPath) -> bool:
    """Tell whether two full reps in a row are one with a double dip."""
    if path.each_side or RepKind.PARTIAL in (one.kind, other.kind):
        return False
    low = path.bottom(one)
    way = path.top(before_s, one.bottom_s) - low
    back = path.top(one.bottom_s, other.bottom_s) - low
    seen = path.sees(one) and path.sees(other)
    return bool(seen and way >= path.least and back < BETWEEN * way)
