"""The learned counter: cycles of the phase that a network reads from the movement (`phase_net`).

The network says in every tick how far down the body is, whether it goes down or up, and which
exercise is going on. A repetition comes from the top, reaches the bottom and returns, its phase going
round the circle once, inside a set of the exercise. What goes down only part of the way and comes up
again does not go round: it is listed as partial.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from gym.counting.phase_net import RATE_HZ, PhaseStream, PhaseTick, load_phase_weights
from gym.counting.sizes import usual_size
from gym.exercises import Exercise
from gym.schema import Gate, Pose, Reason, Rep, RepCount, RepEvidence, RepKind

AROUND = 5  #: repetitions before and after that one is compared with; fatigue changes them slowly
_WARM_UP_S = 0.5  #: until it has seen so much the network wavers; that is no partial repetition


@dataclass(frozen=True)
class _Cycle:
    """One way out and back, as indices of ticks."""

    top: int | None  #: the last at the top before it; None: it began before the clip
    bottom: int
    end: int  #: the first at the top after it, or the clip's last
    cut: bool = False  #: the clip ended first


class LearnedCounter:
    """Counts cycles of the learned phase.

    Parameters
    ----------
    exercise : Exercise
    stream : PhaseStream, optional
        What the network says; its own by default. Counters that are given the same poses may share it.
    top_phase, bottom_phase : float
        A repetition comes from below the first, goes beyond the second and back below the first.
    cut_phase : float
        The clip's last repetition may end this far below the top: people stop the camera early.
    part_phase : float
        What goes down this far, but not to the bottom, is a partial repetition.
    part_share : float
        What moves the body less than this share of what the repetitions around it do (`usual_size` of up
        to `AROUND` on either side) is partial, however deep it looks.
    inside : float
        How probable a set of the exercise must be, as a mean over the repetition.
    gap_s : float
        When nobody is seen for longer, a repetition under way is dropped.

    Raises
    ------
    WeightsError
        When the shipped weights cannot be used.
    """

    name = "learned"
    title = "Learned phase"
    weights = "phase"
    causal = True

    @staticmethod
    def counts(exercise: Exercise | None) -> bool:
        """Tell whether the shipped network was trained on an exercise."""
        return exercise is not None and exercise.name in load_phase_weights().config.labels

    @staticmethod
    def open_stream(exercises: Iterable[Exercise]) -> PhaseStream:
        """Return what counters of these exercises may share: one network knows them all."""
        return PhaseStream()

    @staticmethod
    def version() -> str:
        """Return the sha256 of the shipped network's weights."""
        return load_phase_weights().card["sha256"]

    def __init__(
        self,
        exercise: Exercise,
        stream: PhaseStream | None = None,
        top_phase: float = 0.35,
        bottom_phase: float = 0.6,
        cut_phase: float = 0.4,
        part_phase: float = 0.2,
        part_share: float = 0.5,
        inside: float = 0.5,
        gap_s: float = 1.0,
    ) -> None:
        self._stream = stream or PhaseStream()
        self._label = self._stream.labels.index(exercise.name)
        self._exercise = exercise
        self._top_phase, self._bottom_phase = top_phase, bottom_phase
        self._cut_phase, self._part_phase = cut_phase, part_phase
        self._part_share, self._inside, self._gap_s = part_share, inside, gap_s
        self._unseen = 0  # ticks since anybody was seen
        self._ticks: list[PhaseTick] = []  # of the stream, so far as they are followed
        self._cycles: list[_Cycle] = []
        self._top: int | None = None  # the latest tick at the top, since somebody is in view
        self._bottom: int | None = None  # the lowest tick of the cycle under way

    def update(self, pose: Pose) -> Rep | None:
        """Take the next frame; return a repetition as soon as it is done."""
        self._stream.push(pose)
        announced = self.follow()
        return announced[-1] if announced else None

    def follow(self) -> list[Rep]:
        """Work through what the stream has got since; return the reps that are done."""
        ticks = self._stream.ticks[len(self._ticks) :]
        return [rep for tick in ticks if (rep := self._follow(tick)) is not None]

    @property
    def phase(self) -> float:
        """How far down the body is at the moment, 0..1; NaN where nobody is in view."""
        return self._ticks[-1].phase if self._ticks and not self._unseen else float("nan")

    def finish(self) -> RepCount:
        """Settle what was open, judge the last repetition and add the partial ones."""
        self._stream.finish()
        self.follow()
        cycles = list(self._cycles)
        if self._bottom is not None:
            cycles.append(_Cycle(self._top, self._bottom, len(self._ticks) - 1, cut=True))
        found = []
        for k, cycle in enumerate(cycles):
            around = cycles[max(k - AROUND, 0) : k] + cycles[k + 1 : k + 1 + AROUND]
            found.append((cycle, self._ask(cycle, around)))
        found += [(cycle, self._ask(cycle, cycles)) for cycle in self._find_partials(cycles)]
        listed = sorted(
            ((self._make_rep(cycle, gates), self._tell(cycle, gates)) for cycle, gates in found
             if _is_listed(gates)),
            key=lambda pair: pair[0].bottom_s,
        )  # fmt: skip
        if not any(rep.kind is RepKind.FULL for rep, _ in listed):
            listed = []  # small movements alone are no set
        reps, evidence = (
            (tuple(column) for column in zip(*listed, strict=True)) if listed else ((), ())
        )
        phase = self._draw_phase(reps)
        times_s = np.array(self._stream.times_s)
        return RepCount(
            self.name,
            reps,
            times_s,
            phase,
            evidence,
            self.in_set,
            exercise_specific=True,
            learned_from="heuristic",  # the truth of the recorded sets that the network learned
        )

    def _follow(self, tick: PhaseTick) -> Rep | None:
        """Move the state by the newest tick; return the repetition that it completes."""
        now, phase = len(self._ticks), tick.phase
        self._ticks.append(tick)
        self._unseen = 0 if tick.seen else self._unseen + 1
        if self._unseen > self._gap_s * RATE_HZ:
            self._top = self._bottom = None
        elif phase < self._top_phase:
            top, bottom = self._top, self._bottom
            self._top, self._bottom = now, None
            if bottom is not None:
                cycle = _Cycle(top, bottom, now)
                self._cycles.append(cycle)
                gates = self._ask(cycle, self._cycles[-AROUND - 1 : -1])
                return self._make_rep(cycle, gates) if all(g.passed for g in gates) else None
        elif self._bottom is None:
            self._bottom = now if phase > self._bottom_phase else None
        elif phase > self._ticks[self._bottom].phase:
            self._bottom = now
        return None

    def _ask(self, cycle: _Cycle, around: list[_Cycle]) -> tuple[Gate, ...]:
        """Put every condition to a cycle; the first two decide whether it is listed at all."""
        ticks, first, rep = self._ticks, self._first(cycle), self._time(cycle)
        share, usual = np.nan, [self._measure(one) for one in around if self._goes_round(one)]
        if usual:
            share = self._measure(cycle) / usual_size(usual)
        back = self._cut_phase if cycle.cut else self._top_phase
        return (
            Gate("Inside a set", self._mean_inside(cycle), "probability", low=self._inside,
                 reason=Reason.OTHER_MOVEMENT),
            Gate("Share of a full cycle", self._turn(cycle), "turns", low=0.5),
            Gate("Phase at the bottom", ticks[cycle.bottom].phase, "", low=self._bottom_phase,
                 reason=Reason.NO_BOTTOM),
            Gate("Phase at the end", ticks[cycle.end].phase, "", high=back,
                 reason=Reason.UNFINISHED),
            Gate("Phase at the start", ticks[first].phase, "", high=self._top_phase,
                 reason=Reason.UNDER_WAY),
            Gate("Size compared with nearby reps", float(share), "of theirs",
                 low=self._part_share, reason=Reason.SMALL_BESIDE),
            Gate("Duration", rep.end_s - rep.start_s, "s", *self._exercise.rep_s,
                 reason=Reason.DURATION),
        )  # fmt: skip

    def _make_rep(self, cycle: _Cycle, gates: tuple[Gate, ...]) -> Rep:
        """Make a repetition, partial where a gate did not let it pass."""
        rep = self._time(cycle)
        for gate in gates:
            if not gate.passed:
                return replace(rep, kind=RepKind.PARTIAL, reason=gate.reason)
        return rep

    def _tell(self, cycle: _Cycle, gates: tuple[Gate, ...]) -> RepEvidence:
        """Say what a cycle looked like and what was asked of it."""
        margin = int(0.5 * RATE_HZ)
        near = self._ticks[max(self._first(cycle) - margin, 0) : cycle.end + 1 + margin]
        levels = (self._bottom_phase, self._cut_phase if cycle.cut else self._top_phase)
        return RepEvidence(
            "Learned phase",
            "",
            np.array([tick.time_s for tick in near]),
            np.array([tick.phase for tick in near]),
            tuple(zip(("the bottom is reached", "the top is reached again"), levels, strict=True)),
            gates,
        )

    def _goes_round(self, cycle: _Cycle) -> bool:
        """Tell whether a cycle is whole, inside a set, its phase turning instead of wavering."""
        whole = not cycle.cut and cycle.top is not None
        return whole and self._turn(cycle) > 0.5 and self._mean_inside(cycle) >= self._inside

    def _mean_inside(self, cycle: _Cycle) -> float:
        """Return how probable a set of the exercise is during a cycle."""
        part = self._ticks[self._first(cycle) : cycle.end + 1]
        return float(np.mean([tick.shares[self._label] for tick in part]))

    def _turn(self, cycle: _Cycle) -> float:
        """Return how far the phase goes round the circle; NaN where it need not."""
        if cycle.cut or cycle.top is None or self._ticks[cycle.bottom].phase < self._bottom_phase:
            return float("nan")
        steps = np.diff([tick.angle for tick in self._ticks[cycle.top : cycle.end + 1]])
        return float(((steps + np.pi) % (2 * np.pi) - np.pi).sum() / (2 * np.pi))

    def _measure(self, cycle: _Cycle) -> float:
        """Measure how far the joints move from top to bottom: root mean square, trunk lengths."""
        top, bottom = (
            np.mean([tick.body for tick in self._ticks[max(at - 1, 0) : at + 2]], axis=0)
            for at in (self._first(cycle), cycle.bottom)
        )
        return float(np.sqrt(np.square(bottom - top).mean()))

    def _first(self, cycle: _Cycle) -> int:
        """Return a cycle's first tick: at the top, or where somebody came into view."""
        if cycle.top is not None:
            return cycle.top
        first = cycle.bottom
        while first > 0 and self._ticks[first - 1].phase >= self._top_phase:
            first -= 1
        return first

    def _time(self, cycle: _Cycle) -> Rep:
        """Find when the way down began, the middle of the bottom, and the end of the way up."""
        ticks, low, first = self._ticks, self._ticks[cycle.bottom].phase, self._first(cycle)

        def go(index: int, step: int, level: float) -> int:
            """Go from a tick on until the phase is below a level, or no longer falls at the top."""
            while ticks[index].phase > level and 0 <= index + step < len(ticks):
                rises = ticks[index + step].phase > ticks[index].phase
                if rises and not first <= index <= cycle.end:
                    break
                index += step
            return index

        start, end = go(first, -1, 0.1 * low), go(cycle.end, 1, 0.1 * low)
        enter, leave = go(cycle.bottom, -1, 0.9 * low), go(cycle.bottom, 1, 0.9 * low)
        bottom_s = (ticks[enter].time_s + ticks[leave].time_s) / 2
        return Rep(ticks[start].time_s, bottom_s, ticks[end].time_s)

    def _find_partials(self, cycles: list[_Cycle]) -> list[_Cycle]:
        """Find what goes down part of the way only, between the cycles."""
        busy = np.zeros(len(self._ticks), dtype=bool)
        for cycle in cycles:
            busy[self._first(cycle) : cycle.end + 1] = True
        partials, valley, peak = [], None, None
        for now, tick in enumerate(self._ticks):
            if busy[now] or now < _WARM_UP_S * RATE_HZ:
                valley = peak = None
            elif peak is None:
                if valley is None or tick.phase <= self._ticks[valley].phase:
                    valley = now
                elif tick.phase >= self._ticks[valley].phase + self._part_phase:
                    peak = now
            elif tick.phase >= self._ticks[peak].phase:
                peak = now
            elif 2 * tick.phase <= self._ticks[valley].phase + self._ticks[peak].phase:
                partials.append(_Cycle(valley, peak, now))
                valley, peak = now, None
        return partials

    def _draw_phase(self, reps: tuple[Rep, ...]) -> np.ndarray:
        """Return the phase for every frame; NaN outside sets, where it means nothing."""
        times_s = np.array(self._stream.times_s)
        if not self._ticks:
            return np.full(len(times_s), np.nan)
        at_s, phase, inside = np.array(
            [(t.time_s, t.phase, t.shares[self._label]) for t in self._ticks]
        ).T
        known = np.interp(times_s, at_s, inside) >= self._inside
        for rep in reps:
            known |= (times_s >= rep.start_s) & (times_s <= rep.end_s)
        return np.where(known, np.interp(times_s, at_s, phase), np.nan)

    @property
    def in_set(self) -> np.ndarray:
        """float64 (T,): how probable a set of the exercise is in every frame, after `finish`."""
        if not self._ticks:
            return np.full(len(self._stream.times_s), np.nan)
        at_s, inside = np.array([(t.time_s, t.shares[self._label]) for t in self._ticks]).T
        return np.interp(self._stream.times_s, at_s, inside)


def _is_listed(gates: tuple[Gate, ...]) -> bool:
    """Tell whether a cycle is one of this exercise, and no wavering of the phase."""
    return all(gate.passed for gate in gates[:2])
