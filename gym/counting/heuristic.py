"""The heuristic counter: a state machine on one signal with two thresholds.

The signal (the knee's angle in a squat, the elbow's in a push-up) leaves its resting value and comes
back once a rep: `gym.counting.dips` finds that. Its thresholds are relative; coaching limits, in
contrast, are absolute and live in `gym.exercises`.

Gates then tell the exercise from other movement: the limbs must bend *and* the body must travel, the
trunk must lie as it does in this exercise, the joints must be seen, the time must be possible, and one
set's reps resemble each other.

Where left and right may take turns each side has its own state machine, and what both do at once is one
rep.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from gym.counting.body_stream import BodyStream
from gym.counting.bounds import is_same_rep
from gym.counting.dips import Dip, DipFinder, Sample
from gym.counting.sizes import usual_size
from gym.exercises import Exercise, Kind
from gym.features import SEEN_VISIBILITY
from gym.schema import Gate, Pose, Reason, Rep, RepCount, RepEvidence, RepKind


class HeuristicCounter:
    """Counts by a state machine on the exercise's signal.

    Parameters
    ----------
    exercise : Exercise
    stream : BodyStream, optional
        What is measured of the body; its own by default. Counters that are given the same poses may
        share one that measures all their exercises.
    leave_share : float
        A rep begins when the signal has left rest by this share of the range so far ...
    return_share : float
        ... and is done when it has come back by this share of its way. A tired athlete does not
        stretch fully: 0.6 counts the late reps of a set of 76 as people did, 0.7 loses most.
    part_share : float
        Dips smaller than this share of the set's larger ones (`usual_size`) are partial. It is the
        mean of two shares, as each misleads: half a knee's bend is a third of the way down, and from
        the front the last part of the way down seems to be most of the bend.
    begun_share : float
        A first dip, within ``gap_s`` of the clip's start, that closes by less than this share of what
        it then opens began before the clip.
    seen_visibility : float
        The better side's joints must be at least this visible in two thirds of its frames.
    gap_s : float
        When nobody is seen for longer, a rep under way is dropped.
    """

    name = "heuristic"
    title = "Joint-angle heuristic"
    weights = ""
    causal = True

    @staticmethod
    def counts(exercise: Exercise | None) -> bool:
        """Tell whether it can count an exercise: any that is described and not held."""
        return exercise is not None and exercise.kind is Kind.REPS

    @staticmethod
    def open_stream(exercises: Iterable[Exercise]) -> BodyStream:
        """Return what counters of these exercises may share."""
        return BodyStream(exercises)

    def __init__(
        self,
        exercise: Exercise,
        stream: BodyStream | None = None,
        leave_share: float = 0.3,
        return_share: float = 0.6,
        part_share: float = 0.45,
        begun_share: float = 0.6,
        seen_visibility: float = SEEN_VISIBILITY,
        gap_s: float = 1.0,
    ) -> None:
        self._exercise = exercise
        self._stream = stream or BodyStream([exercise])
        self._columns = self._stream.columns(exercise)
        self._read = 0  # samples of the stream that were followed
        self._return_share, self._part_share = return_share, part_share
        self._seen_visibility = seen_visibility
        self._begun_share, self._gap_s = begun_share, gap_s
        signal = exercise.signal
        self._sign = -1.0 if signal.rises else 1.0
        sides = (0, 1) if signal.each_side and len(signal.parts) > 1 else (-1,)
        self._finders = tuple(
            DipFinder(signal.least, leave_share, return_share, gap_s, exercise.from_turn, side)
            for side in sides
        )
        self._dips: list[Dip] = []
        self._announced: list[Rep] = []

    def update(self, pose: Pose) -> Rep | None:
        """Take the next frame; return a rep as soon as it is done."""
        self._stream.push(pose)
        announced = self.follow()
        return announced[-1] if announced else None

    def follow(self) -> list[Rep]:
        """Work through what the stream has got since; return the reps that are done."""
        samples = self._stream.samples[self._read :]
        self._read += len(samples)
        return [rep for time_s, values in samples for rep in self._step(time_s, values)]

    @property
    def phase(self) -> float:
        """How far out the body is at the moment, 0..1; NaN where it is not known."""
        now_s = self._stream.times_s[-1] if self._stream.times_s else np.nan
        phases = [finder.phase_at(now_s) for finder in self._finders]
        return float(np.fmax.reduce(phases, initial=np.nan))

    def finish(self) -> RepCount:
        """Settle what was open and judge each dip against the whole set."""
        self._stream.finish()
        self.follow()
        dips = list(self._dips)
        for finder in self._finders:
            if (open_dip := finder.finish()) is not None:
                dips.append(self._ask(open_dip))
        dips = _join_sides(dips)
        judged, typical = self._judge(dips)
        reps, evidence = (tuple(part) for part in zip(*judged, strict=True)) if judged else ((), ())
        phase = self._phase(reps, typical)
        times_s = np.array(self._stream.times_s)
        return RepCount(self.name, reps, times_s, phase, evidence, exercise_specific=True)

    def _step(self, time_s: float, values: np.ndarray) -> list[Rep]:
        """Move the state machines by one smoothed sample; return the reps that are done."""
        left, right, left_seen, right_seen, tilt, *ways = values[self._columns]
        travels = ways or [np.nan] * 3  # of the body, its left, its right
        sides = self._sign * np.array([left, right])
        seen = np.array([left_seen, right_seen])
        done = []
        turns = len(self._finders) > 1  # left and right may take turns
        for place, finder in enumerate(self._finders):
            level, visible = (sides[place], seen[place]) if turns else _fuse(sides, seen)
            dip = finder.step(
                Sample(time_s, level, travels[place + 1 if turns else 0], tilt, visible)
            )
            if dip is not None and (rep := self._take(self._ask(dip))) is not None:
                done.append(rep)
        return done

    def _take(self, dip: Dip) -> Rep | None:
        """Keep a dip; return it as a rep where it is one, and none that the other side has done."""
        self._dips.append(dip)
        if not dip.reason:
            for finder in self._finders:
                finder.usual_depth = float(usual_size([d.depth for d in self._good_dips()]))
        if dip.reason or self._is_small(dip, self._good_dips()):
            return None
        if any(is_same_rep(dip, other) for other in self._announced[-2:]):
            return None
        rep = Rep(dip.start_s, dip.bottom_s, dip.end_s)
        self._announced.append(rep)
        return rep

    def _good_dips(self) -> list[Dip]:
        """Return the dips so far that nothing speaks against."""
        return [dip for dip in self._dips if not dip.reason]

    def _is_small(self, dip: Dip, others: list[Dip]) -> bool:
        """Tell whether a dip is far smaller than the larger ones of some others."""
        return self._share_of(dip, others) < self._part_share

    def _share_of(self, dip: Dip, others: list[Dip]) -> float:
        """Return a dip's size as a share of the larger ones of some others; NaN without others."""
        if not others:
            return float("nan")
        share = dip.depth / float(usual_size([d.depth for d in others]))
        ways_m = [d.travel_m for d in others if np.isfinite(d.travel_m)]
        if not ways_m or np.isnan(dip.travel_m):
            return share
        return (share + dip.travel_m / float(usual_size(ways_m))) / 2

    def _ask(self, dip: Dip) -> Dip:
        """Return a dip with what makes it a rep of this exercise, the rest of the set aside."""
        exercise, signal, travel = self._exercise, self._exercise.signal, self._exercise.travel
        gates = [
            Gate("Visibility of the joints, 0 to 1", dip.visibility, "", self._seen_visibility,
                 reason=Reason.JOINTS_UNSEEN),
            Gate(signal.change, dip.depth, signal.unit, signal.least, reason=Reason.TOO_SMALL),
        ]  # fmt: skip
        if travel is not None:
            up = exercise.lifts_first or signal.rises
            name = f"Rise of the {travel.lower}s" if up else f"Fall of the {travel.upper}s"
            reason = Reason.NO_RISE if up else Reason.NO_FALL
            gates.append(Gate(name, dip.travel_m, "m", travel.least_m, reason=reason))
        gates += [
            Gate("Trunk at rest", dip.top_tilt_deg, "°", *exercise.trunk_tilt_deg, Reason.POSITION),
            Gate("Trunk at the turn", dip.bottom_tilt_deg, "°", *exercise.turn_tilt_deg,
                 Reason.POSITION),
            Gate("Time", dip.end_s - dip.start_s, "s", *exercise.rep_s, Reason.DURATION),
        ]  # fmt: skip
        return replace(dip, gates=tuple(gates))

    def _least_share(self, good: list[Dip]) -> float:
        """Return how large a dip has to be beside the set's larger ones, with the whole set known.

        No line is drawn between dips that are nearly equal: below ``part_share`` it goes down as far
        as one follows the other within a fifth, as in a set that gets shallower.
        """
        shares = sorted((self._share_of(dip, good) for dip in good), reverse=True)
        least = self._part_share
        for larger, share in pairwise(shares):
            if share < least and larger >= least and share >= 0.8 * larger:
                least = share
        return least

    def _ask_beside(
        self, dip: Dip, after: Dip | None, good: list[Dip], part_share: float
    ) -> tuple[Gate, ...]:
        """Return what makes a dip a whole repetition of its set."""
        rise = float(np.ptp(self._way_back(dip, after)[:, 1]))
        return (
            Gate(
                "Size compared with the larger reps",
                self._share_of(dip, good),
                "%",
                part_share,
                reason=Reason.SMALL_BESIDE,
            ),
            Gate(
                "Way back",
                dip.return_share,
                "%",
                self._return_share,
                reason=Reason.UNFINISHED,
            ),
            Gate(
                "Way out compared with the way back",
                dip.depth / rise if rise > 0 else np.nan,
                "%",
                self._begun_share,
                reason=Reason.UNDER_WAY,
            ),
        )

    def _judge(self, dips: list[Dip]) -> tuple[list[tuple[Rep, RepEvidence]], tuple[float, float]]:
        """Decide on every dip with the whole set known; also return the set's range of the signal."""
        good = [dip for dip in dips if not dip.reason and dip.return_share >= 0.5]
        part_share = self._least_share(good)
        judged = []
        for place, dip in enumerate(dips):
            if dip.reason and not self._is_listed(dip, bool(good)):
                continue
            after = next((other for other in dips[place + 1 :] if other.side == dip.side), None)
            gates = (*dip.gates, *self._ask_beside(dip, after, good, part_share))
            first_s = self._samples(dip)[0].time_s
            begun_here = self._exercise.from_turn or dip.start_s - first_s >= self._gap_s
            if dip is not dips[0] or begun_here:
                gates = gates[
                    :-1
                ]  # only what the clip's start may have cut is asked for its way out
            reason = next((gate.reason for gate in gates if not gate.passed), "")
            kind = RepKind.PARTIAL if reason else RepKind.FULL
            # Whoever pauses at the turn is lowest at no particular time: take the middle.
            bottom_s = sum(dip.flat_s) / 2
            rep = Rep(dip.start_s, bottom_s, self._end_s(dip, after), kind, reason)
            judged.append((rep, self._show(rep, dip, gates)))
        judged.sort(key=lambda pair: pair[0].bottom_s)
        reps = [rep for rep, _ in judged]
        first_s = reps[0].start_s if reps else 0.0
        last_s = reps[-1].end_s if reps else 0.0
        levels = [
            sample.level
            for finder in self._finders
            for sample in finder.samples
            if first_s <= sample.time_s <= last_s
        ]
        limits = np.percentile(levels, [5, 95]) if len(levels) > 1 else (np.nan, np.nan)
        return judged, (float(limits[0]), float(limits[1]))

    def _samples(self, dip: Dip) -> list[Sample]:
        """Return the samples of a dip's side."""
        return self._finders[max(dip.side, 0)].samples

    def _is_listed(self, dip: Dip, beside_whole_ones: bool) -> bool:
        """Tell whether a dip that is no rep is told of: a small one in a set, or one that is too slow."""
        if dip.reason == Reason.TOO_SMALL:
            travel = self._exercise.travel
            return beside_whole_ones and (travel is None or dip.travel_m >= travel.least_m)
        slowest_s = self._exercise.rep_s[1]
        return dip.reason == Reason.DURATION and dip.end_s - dip.start_s > slowest_s

    def _show(self, rep: Rep, dip: Dip, gates: tuple[Gate, ...]) -> RepEvidence:
        """Return what was seen of one rep, half its length before and after included."""
        around_s = max(0.5, (rep.end_s - rep.start_s) / 2)
        samples = self._samples(dip)
        first = bisect_left(samples, (rep.start_s - around_s,))
        last = bisect_right(samples, (rep.end_s + around_s, np.inf))
        near = np.array([sample[:2] for sample in samples[first:last]]).reshape(-1, 2)
        signal = self._exercise.signal
        levels = self._sign * dip.leave_level, self._sign * dip.return_level
        words = ("begins above", "done below") if signal.rises else ("begins below", "done above")
        return RepEvidence(
            signal.title,
            signal.unit,
            near[:, 0],
            self._sign * near[:, 1],
            tuple(zip(words, levels, strict=True)),
            gates,
        )

    def _way_back(self, dip: Dip, after: Dip | None) -> np.ndarray:
        """Return times and levels from a dip's bottom to the next one's: (n, 2)."""
        samples = self._samples(dip)
        first = bisect_left(samples, (dip.bottom_s,))
        last = bisect_right(samples, (after.bottom_s, np.inf)) if after else None
        return np.array([sample[:2] for sample in samples[first:last]])

    def _end_s(self, dip: Dip, after: Dip | None) -> float:
        """Return when the signal has come back as far as it does before the next dip."""
        back = self._way_back(dip, after)
        low, high = back[0, 1], back[:, 1].max()
        level = low + 0.9 * min(high - low, dip.depth)
        reached = np.flatnonzero(back[:, 1] >= level)
        return float(back[reached[0], 0]) if len(reached) else dip.end_s

    def _phase(self, reps: tuple[Rep, ...], limits: tuple[float, float]) -> np.ndarray:
        """Return 0 at rest, 1 at the turn, for every frame; NaN where unknown."""
        times_s = self._stream.times_s
        phase = np.full(len(times_s), np.nan)
        low, high = limits
        if not reps or not high > low:
            return phase
        for finder in self._finders:
            at = np.searchsorted(times_s, [sample.time_s for sample in finder.samples])
            levels = np.array([sample.level for sample in finder.samples])
            phase[at] = np.fmax(phase[at], np.clip((high - levels) / (high - low), 0.0, 1.0))
        return phase


def _fuse(sides: np.ndarray, seen: np.ndarray) -> tuple[float, float]:
    """Make one level and visibility of two sides: the better seen one leads. NaN where neither is."""
    known = np.isfinite(sides) & np.isfinite(seen)
    if not known.any():
        return float("nan"), float("nan")
    weights = np.square(seen[known]) + 1e-4
    level = float((sides[known] * weights).sum() / weights.sum())
    return level, float(seen[known].max())


def _join_sides(dips: list[Dip]) -> list[Dip]:
    """Keep one of two dips that left and right do at once: one that is a rep, the better seen one."""
    kept: list[Dip] = []
    for dip in sorted(dips, key=lambda one: one.bottom_s):
        same = next(
            (k for k, o in enumerate(kept) if o.side != dip.side and is_same_rep(dip, o)), None
        )
        if same is None:
            kept.append(dip)
        elif (not dip.reason, dip.visibility) > (not kept[same].reason, kept[same].visibility):
            kept[same] = dip
    return kept
