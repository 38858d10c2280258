"""Where a rep begins and ends: one rule for every counter.

The rule is measured on the exercise's signal, so that it is the same whatever a counter follows. It is
told for a squat; what begins and ends below, as a pull-up does, is turned round:

- The **last** rep counts once the athlete is at least 90 % of the way back to their usual top. One
  that the clip cuts off before that is partial.
- The **first** rep counts when it begins at most a quarter of the way down. One that begins lower was
  under way before the clip, and is partial; but not where a set may begin at the turn, on the floor.
- Where the effort comes first, as in a pull-up, the last rep counts once the athlete has been up, even
  if the clip ends there.
- A lone rep before or after the set, after a pause and in **another place**, is preparation: ducking
  under the bar, picking up a weight.
- Between two reps the athlete comes up by at least 60 % of the way they went down. Two dips with less
  between them are one rep with a double dip.

Joints that were not seen decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np

from gym.exercises import Exercise
from gym.exercises.signals import measure_sides, see_sides
from gym.features import SEEN_VISIBILITY, is_stretched, mean_known, pixels_per_metre
from gym.schema import Gate, PoseSequence, Reason, Rep, RepCount, RepKind
from gym.skeleton import HIPS
from gym.smoothing import smooth

#: Share of the way up that the last rep needs: 0.9, less the 0.02 by which a moving joint's angle lags
#: behind, as the pose network steadies its joints over some frames.
WAY_BACK = 0.88
#: Share of the way down at which the first rep may begin.
BEGUN = 0.25
#: Share of the way down that lies between two reps. A tired athlete does not stretch fully:
#: 0.6 counts the late reps of a set of 76 as people did, 0.7 loses most.
BETWEEN = 0.6
#: A lone rep this long before or after the others, and this far from them, is not of their set.
PAUSE_S, ANOTHER_PLACE_M = 4.0, 0.5


class Timed(Protocol):
    """What begins, turns and ends, in seconds: a rep, or a dip that may become one."""

    start_s: float
    bottom_s: float
    end_s: float


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
    effort_first : bool
        Whether the way out is the effort.
    place_m : float64 (T, 2) or None
        Where the hips are in the picture, in metres of the athlete's size; NaN where not known.
    """

    time_s: np.ndarray
    level: np.ndarray
    seen: np.ndarray
    least: float
    has_shape: bool = True
    from_turn: bool = False
    each_side: bool = False
    effort_first: bool = False
    place_m: np.ndarray | None = None

    def sees(self, rep: Rep) -> bool:
        """Tell whether the joint was seen in two thirds of a rep's frames."""
        inside = self.seen[self._frames(rep.start_s, rep.end_s)]
        return len(inside) > 0 and float(inside.mean()) >= 2 / 3

    def moves_away(self, one: Rep, other: Rep) -> bool:
        """Tell whether two reps were done in different places; False where that is not known."""
        if self.place_m is None:
            return False
        places = [
            np.nanmedian(part, axis=0) if np.isfinite(part).any() else np.full(2, np.nan)
            for part in (self.place_m[self._frames(r.start_s, r.end_s)] for r in (one, other))
        ]
        return bool(np.linalg.norm(places[0] - places[1]) > ANOTHER_PLACE_M)

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


def is_same_rep(one: Timed, other: Timed) -> bool:
    """Tell whether two counters, or both sides of the body, did the same rep.

    It is the same when both turn within a quarter of a rep, at least 0.25 s, or share half of their time.
    """
    lengths_s = one.end_s - one.start_s, other.end_s - other.start_s
    if abs(one.bottom_s - other.bottom_s) <= max(0.25, sum(lengths_s) / 8):
        return True
    shared_s = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return shared_s > 0.5 * (sum(lengths_s) - shared_s)


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
        exercise.lifts_first,
        _place_hips(poses),
    )


def _place_hips(poses: PoseSequence) -> np.ndarray:
    """Return where the hips are: the picture, in metres where the athlete is, and how near: (T, 2)."""
    scale = pixels_per_metre(poses.xy_px, poses.xyz_m)
    across = mean_known(poses.xy_px[:, HIPS].astype(float))[:, 0] / scale
    # Twice as near is as far as a metre: a step towards the camera counts like one to the side.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([across, np.log2(scale)], axis=1)


def apply_bounds(count: RepCount, path: SignalPath) -> RepCount:
    """Join double dips, settle what the ends of the clip cut off, and set preparation aside."""
    count = _join_double_dips(count, path)
    count = _count_whole_efforts(count, path)
    count = _refuse_cut_reps(count, path)
    return _set_preparation_aside(count, path)


def _count_whole_efforts(count: RepCount, path: SignalPath) -> RepCount:
    """Count a rep whose effort is whole, though an end of the clip cuts its other half."""
    if not count.reps:
        return count
    reps = list(count.reps)
    full = [rep for rep in reps if rep.kind is RepKind.FULL]
    tops = [path.top(a, b) for a, b in pairwise([-np.inf, *(rep.bottom_s for rep in full), np.inf])]
    depths = [top - path.bottom(rep) for top, rep in zip(tops, full, strict=False)]
    needed = WAY_BACK * float(np.nanmedian(depths)) if np.isfinite(depths).any() else path.least
    last, first = reps[-1], reps[0]
    if path.effort_first and last.reason == Reason.UNFINISHED and path.sees(last):
        before_s = full[-1].bottom_s if full else -np.inf
        if path.top(before_s, last.bottom_s) - path.bottom(last) >= max(needed, path.least):
            reps[-1] = replace(last, kind=RepKind.FULL, reason="")
    if path.from_turn and first.reason == Reason.UNDER_WAY and path.sees(first):
        after_s = full[0].bottom_s if full else np.inf
        if path.top(first.bottom_s, after_s) - path.bottom(first) >= max(needed, path.least):
            reps[0] = replace(first, kind=RepKind.FULL, reason="")
    return replace(count, reps=tuple(reps))


def _refuse_cut_reps(count: RepCount, path: SignalPath) -> RepCount:
    """Make partial the first and the last rep of which the clip does not show enough."""
    full = [i for i, rep in enumerate(count.reps) if rep.kind is RepKind.FULL]
    if not full:
        return count
    reps, evidence = list(count.reps), list(count.evidence)
    edges_s = [-np.inf, *(reps[i].bottom_s for i in full), np.inf]
    tops = np.array([path.top(a, b) for a, b in pairwise(edges_s)])
    usual = float(np.nanmedian(tops[1:-1]) if len(full) > 2 else np.fmax.reduce(tops))
    opening = path.is_opening_at_the_end(edges_s[-2])
    ends = []
    if not path.effort_first:
        ends += [(full[-1], tops[-1] if opening else np.inf, WAY_BACK, Reason.UNFINISHED)]
    if not path.from_turn:
        ends += [(full[0], tops[0], 1 - BEGUN, Reason.UNDER_WAY)]
    for place, top, share, reason in ends:
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


def _set_preparation_aside(count: RepCount, path: SignalPath) -> RepCount:
    """Make partial a lone rep before or after the set that was done in another place."""
    full = [i for i, rep in enumerate(count.reps) if rep.kind is RepKind.FULL]
    if len(full) < 3:
        return count
    reps = list(count.reps)
    usual_s = float(np.median([reps[i].end_s - reps[i].start_s for i in full]))
    for lone, beside, gap_s in (
        (full[0], full[1], reps[full[1]].start_s - reps[full[0]].end_s),
        (full[-1], full[-2], reps[full[-1]].start_s - reps[full[-2]].end_s),
    ):
        if gap_s > max(PAUSE_S, 2 * usual_s) and path.moves_away(reps[lone], reps[beside]):
            reps[lone] = replace(reps[lone], kind=RepKind.PARTIAL, reason=Reason.PREPARATION)
    return replace(count, reps=tuple(reps))


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
