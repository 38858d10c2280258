"""The heuristic counter: a state machine on one joint angle with two thresholds.

The angle (the knee's in a squat, the elbow's in a push-up) opens and closes once a repetition. A
repetition begins when it has closed by a share of the athlete's own range, and is done when it has
opened again by a larger share of what it closed: two thresholds, so that a trembling limb does not
count twice, and relative ones, so that tall and short, deep and shallow, side and front count alike.
Coaching limits, in contrast, are absolute and live in `gym.exercises`.

Gates then tell the exercise from other movement: the limbs must bend *and* the body must go down,
the trunk must lie as it does in this exercise, the joints must be seen, the time must be possible,
and one set's repetitions resemble each other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from gym.counting.sizes import usual_size
from gym.exercises import Exercise
from gym.features import (
    ANGLES,
    SEEN_VISIBILITY,
    angle_visibility,
    joint_angles,
    mean_known,
    pixels_per_metre,
    trunk_tilt_deg,
)
from gym.schema import Gate, Pose, Reason, Rep, RepCount, RepEvidence, RepKind
from gym.skeleton import SIDES, both_sides
from gym.smoothing import Smoother


@dataclass(frozen=True)
class _Dip:
    """One closing and opening of the angle, and what the gates look at."""

    start_s: float
    bottom_s: float
    end_s: float
    bend_deg: float  #: closing, from the top before to the bottom
    return_share: float  #: how much of it opened again
    flat_s: tuple[float, float]  #: when it came within a tenth of its lowest, and when it left
    drop_m: float  #: fall of the height, the larger of before and after the bottom
    top_tilt_deg: float
    bottom_tilt_deg: float
    visibility: float
    leave_deg: float  #: the angle below which it began ...
    return_deg: float  #: ... and above which it was done
    gates: tuple[Gate, ...] = ()  #: what makes it a repetition of the exercise, the set aside

    @cached_property  # asked of all dips in every frame
    def reason(self) -> Reason | str:
        """Why it is no repetition of the exercise; empty if it is one."""
        return next((gate.reason for gate in self.gates if not gate.passed), "")


#: One smoothed sample: time, angle (deg), height (m), trunk tilt (deg), visibility.
_Sample = tuple[float, float, float, float, float]


class HeuristicCounter:
    """Counts by a joint-angle state machine.

    Parameters
    ----------
    exercise : Exercise
    leave_share : float
        A repetition begins when the angle has closed by this share of the range so far ...
    return_share : float
        ... and is done when it has opened by this share of the closing. A tired athlete does not
        stretch fully: 0.6 counts the late repetitions of a set of 76 as people did, 0.7 loses most.
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
        When nobody is seen for longer, a repetition under way is dropped.
    """

    name = "heuristic"
    title = "Joint-angle heuristic"
    weights = ""
    causal = True

    @staticmethod
    def counts(exercise: Exercise | None) -> bool:
        """Tell whether it can count an exercise: any that is described."""
        return exercise is not None

    def __init__(
        self,
        exercise: Exercise,
        leave_share: float = 0.3,
        return_share: float = 0.6,
        part_share: float = 0.45,
        begun_share: float = 0.6,
        seen_visibility: float = SEEN_VISIBILITY,
        gap_s: float = 1.0,
    ) -> None:
        self._exercise = exercise
        self._leave_share, self._return_share = leave_share, return_share
        self._part_share, self._seen_visibility = part_share, seen_visibility
        self._begun_share, self._gap_s = begun_share, gap_s
        self._angle_columns = [list(ANGLES).index(f"{side}_{exercise.angle}") for side in SIDES]
        self._upper, self._lower = (both_sides(part) for part in exercise.height)
        self._smoother = Smoother(fill=True)
        self._times_s: list[float] = []
        self._samples: list[_Sample] = []  # the smoothed ones, whose angle is known
        self._dips: list[_Dip] = []
        self._range_deg = 2.0 * exercise.bend_deg  # the athlete's own one, once known
        self._down = False
        self._top = self._bottom = -1  # indices into _samples; -1: none yet

    def update(self, pose: Pose) -> Rep | None:
        """Take the next frame; return a repetition as soon as it is done."""
        self._times_s.append(pose.time_s)
        announced = None
        for time_s, values in self._smoother.push(pose.time_s, self._measure(pose)):
            announced = self._step(time_s, values) or announced
        return announced

    @property
    def phase(self) -> float:
        """How far down the body is at the moment, 0..1; NaN where it is not known."""
        if self._top < 0 or self._times_s[-1] - self._samples[-1][0] > self._gap_s:
            return float("nan")
        closed_deg = self._samples[self._top][1] - self._samples[-1][1]
        return min(max(closed_deg / self._range_deg, 0.0), 1.0)

    def finish(self) -> RepCount:
        """Settle what was open and judge each dip against the whole set."""
        for time_s, values in self._smoother.flush():
            self._step(time_s, values)
        dips = list(self._dips)
        if self._down and (open_dip := self._measure_dip(len(self._samples) - 1)) is not None:
            dips.append(open_dip)
        judged, typical = self._judge(dips)
        reps, evidence = (tuple(part) for part in zip(*judged, strict=True)) if judged else ((), ())
        phase = self._phase(reps, typical)
        times_s = np.array(self._times_s)
        return RepCount(self.name, reps, times_s, phase, evidence, exercise_specific=True)

    def _measure(self, pose: Pose) -> np.ndarray:
        """Return both sides' angles and visibilities, height and trunk tilt; NaN where unseen."""
        # The image foreshortens joints that turn away, the world coordinates flatten deep bends:
        # their mean is better than either on every view recorded.
        angles = (joint_angles(pose.xy_px) + joint_angles(pose.xyz_m))[self._angle_columns] / 2
        seen = angle_visibility(pose.visibility)[self._angle_columns].astype(float)
        seen[np.isnan(angles)] = np.nan
        upper = mean_known(pose.xy_px[self._upper].astype(float))[1]
        # Whoever lifts one foot stands on the other: the body has not gone down.
        lower = np.fmax.reduce(pose.xy_px[self._lower, 1].astype(float))
        height_m = (lower - upper) / pixels_per_metre(pose.xy_px, pose.xyz_m)
        return np.array([*angles, *seen, height_m, trunk_tilt_deg(pose.xyz_m)])

    def _fuse(self, time_s: float, values: np.ndarray) -> _Sample | None:
        """Make one sample of the two sides: the better seen one leads. None where neither is."""
        angles, seen = values[:2], values[2:4]
        known = np.isfinite(angles) & np.isfinite(seen)
        if not known.any():
            return None
        weights = np.square(seen[known]) + 1e-4
        angle = float((angles[known] * weights).sum() / weights.sum())
        return time_s, angle, float(values[4]), float(values[5]), float(seen[known].max())

    def _step(self, time_s: float, values: np.ndarray) -> Rep | None:
        """Move the state machine by one smoothed sample."""
        sample = self._fuse(time_s, values)
        if sample is None:
            return None
        if self._samples and time_s - self._samples[-1][0] > self._gap_s:
            self._down, self._top = False, -1
        self._samples.append(sample)
        now, angle = len(self._samples) - 1, sample[1]
        if not self._down:
            if self._top < 0 or angle >= self._samples[self._top][1]:
                self._top = now
            elif angle < self._leave_deg():
                self._down, self._bottom = True, now
            return None
        if angle < self._samples[self._bottom][1]:
            self._bottom = now
        if angle <= self._return_deg():
            return None
        dip = self._measure_dip(now)
        self._down, self._top = False, now
        if dip is None:
            return None
        self._dips.append(dip)
        if not dip.reason:
            self._range_deg = float(usual_size([d.bend_deg for d in self._good_dips()]))
        if dip.reason or self._is_small(dip, self._good_dips()):
            return None
        return Rep(dip.start_s, dip.bottom_s, dip.end_s)

    def _leave_deg(self) -> float:
        """Return the angle below which a repetition begins."""
        return self._samples[self._top][1] - self._leave_share * self._range_deg

    def _return_deg(self) -> float:
        """Return the angle above which the one under way is done."""
        top, bottom = self._samples[self._top][1], self._samples[self._bottom][1]
        return bottom + max(self._return_share * (top - bottom), 0.5 * self._exercise.bend_deg)

    def _good_dips(self) -> list[_Dip]:
        """Return the dips so far that nothing speaks against."""
        return [dip for dip in self._dips if not dip.reason]

    def _is_small(self, dip: _Dip, others: list[_Dip]) -> bool:
        """Tell whether a dip is far smaller than the larger ones of some others."""
        return self._share_of(dip, others) < self._part_share

    def _share_of(self, dip: _Dip, others: list[_Dip]) -> float:
        """Return a dip's size as a share of the larger ones of some others; NaN without others."""
        if not others:
            return float("nan")
        usual = usual_size([(d.bend_deg, d.drop_m) for d in others])
        return float(np.nanmean(np.array([dip.bend_deg, dip.drop_m]) / usual))

    def _measure_dip(self, now: int) -> _Dip | None:
        """Measure the dip between the top before it and the sample ``now``."""
        if self._top < 0 or self._bottom <= self._top:
            return None
        part = np.array(self._samples[self._top : now + 1])
        bottom = self._bottom - self._top
        _, angle, height, tilt, seen = part.T
        bend = angle[0] - angle[bottom]
        level = angle[bottom] + 0.9 * bend
        start = int(np.flatnonzero(angle[:bottom] >= level)[-1])
        low = angle <= angle[bottom] + 0.1 * bend
        enter = bottom - int(np.argmin(low[bottom::-1])) + 1 if not low[: bottom + 1].all() else 0
        leave = (
            bottom + int(np.argmin(low[bottom:])) - 1 if not low[bottom:].all() else len(low) - 1
        )
        dip = _Dip(
            start_s=float(part[start, 0]),
            bottom_s=float(part[bottom, 0]),
            end_s=float(part[-1, 0]),
            flat_s=(float(part[enter, 0]), float(part[leave, 0])),
            bend_deg=float(bend),
            return_share=float((angle[bottom:].max() - angle[bottom]) / max(bend, 1e-6)),
            drop_m=float(
                np.fmax.reduce(height[[0, start, -1]]) - np.fmin.reduce(height[enter : leave + 1])
            ),
            top_tilt_deg=float(
                np.fmax.reduce(tilt[[start, -1]]) + np.fmin.reduce(tilt[[start, -1]])
            )
            / 2,
            bottom_tilt_deg=float(tilt[bottom]),
            visibility=float(
                np.percentile(
                    np.append(seen[start:], np.zeros(self._unseen(part[start:]))), 100 / 3
                )
            ),
            leave_deg=self._leave_deg(),
            return_deg=self._return_deg(),
        )
        return replace(dip, gates=self._ask(dip))

    def _unseen(self, part: np.ndarray) -> int:
        """Return how many frames between the first and last of some samples show no such joints."""
        first, last = np.searchsorted(self._times_s, [part[0, 0], part[-1, 0]])
        return int(last - first + 1 - len(part))

    def _ask(self, dip: _Dip) -> tuple[Gate, ...]:
        """Return what makes a dip a repetition of this exercise, the rest of the set aside."""
        exercise = self._exercise
        upper = exercise.height[0]
        return (
            Gate(
                "Visibility of the joints, 0 to 1",
                dip.visibility,
                "",
                self._seen_visibility,
                reason=Reason.JOINTS_UNSEEN,
            ),
            Gate(
                f"{exercise.angle.capitalize()} bend",
                dip.bend_deg,
                "°",
                exercise.bend_deg,
                reason=Reason.TOO_SMALL,
            ),
            Gate(f"Fall of the {upper}s", dip.drop_m, "m", exercise.drop_m, reason=Reason.NO_FALL),
            Gate(
                "Trunk at the top", dip.top_tilt_deg, "°", *exercise.trunk_tilt_deg, Reason.POSITION
            ),
            Gate(
                "Trunk at the bottom",
                dip.bottom_tilt_deg,
                "°",
                *exercise.bottom_tilt_deg,
                Reason.POSITION,
            ),
            Gate("Time", dip.end_s - dip.start_s, "s", *exercise.rep_s, Reason.DURATION),
        )

    def _least_share(self, good: list[_Dip]) -> float:
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
        self, dip: _Dip, after: _Dip | None, good: list[_Dip], part_share: float
    ) -> tuple[Gate, ...]:
        """Return what makes a dip a whole repetition of its set."""
        rise_deg = self._rise_deg(dip, after)
        return (
            Gate(
                "Size compared with the larger reps",
                self._share_of(dip, good),
                "%",
                part_share,
                reason=Reason.SMALL_BESIDE,
            ),
            Gate(
                "Way back up",
                dip.return_share,
                "%",
                self._return_share,
                reason=Reason.UNFINISHED,
            ),
            Gate(
                "Way down compared with the way up",
                dip.bend_deg / rise_deg if rise_deg > 0 else np.nan,
                "%",
                self._begun_share,
                reason=Reason.UNDER_WAY,
            ),
        )

    def _judge(self, dips: list[_Dip]) -> tuple[list[tuple[Rep, RepEvidence]], tuple[float, float]]:
        """Decide on every dip with the whole set known; also return the set's angle range."""
        good = [dip for dip in dips if not dip.reason and dip.return_share >= 0.5]
        part_share = self._least_share(good)
        judged = []
        track = np.array([sample[:2] for sample in self._samples]).reshape(-1, 2)
        for dip, after in zip(dips, [*dips[1:], None][: len(dips)], strict=True):
            if dip.reason and not self._is_listed(dip, bool(good)):
                continue
            gates = (*dip.gates, *self._ask_beside(dip, after, good, part_share))
            if dip is not dips[0] or dip.start_s - self._samples[0][0] >= self._gap_s:
                gates = gates[
                    :-1
                ]  # only what the clip's start may have cut is asked for its way down
            reason = next((gate.reason for gate in gates if not gate.passed), "")
            kind = RepKind.PARTIAL if reason else RepKind.FULL
            # Whoever pauses at the bottom is lowest at no particular time: take the middle.
            bottom_s = sum(dip.flat_s) / 2
            rep = Rep(dip.start_s, bottom_s, self._end_s(dip, after), kind, reason)
            judged.append((rep, self._show(rep, dip, gates, track)))
        reps = [rep for rep, _ in judged]
        first = reps[0].start_s if reps else 0.0
        last = reps[-1].end_s if reps else 0.0
        angles = [sample[1] for sample in self._samples if first <= sample[0] <= last]
        limits = np.percentile(angles, [5, 95]) if len(angles) > 1 else (np.nan, np.nan)
        return judged, (float(limits[0]), float(limits[1]))

    def _is_listed(self, dip: _Dip, beside_whole_ones: bool) -> bool:
        """Tell whether a dip that is no rep is told of: a small one in a set, or one that is too slow."""
        if dip.reason == Reason.TOO_SMALL:
            return beside_whole_ones and dip.drop_m >= self._exercise.drop_m
        slowest_s = self._exercise.rep_s[1]
        return dip.reason == Reason.DURATION and dip.end_s - dip.start_s > slowest_s

    def _show(self, rep: Rep, dip: _Dip, gates: tuple[Gate, ...], track: np.ndarray) -> RepEvidence:
        """Return what was seen of one repetition, half its length before and after included."""
        around_s = max(0.5, (rep.end_s - rep.start_s) / 2)
        near = track[
            (track[:, 0] >= rep.start_s - around_s) & (track[:, 0] <= rep.end_s + around_s)
        ]
        return RepEvidence(
            f"{self._exercise.angle.capitalize()} angle",
            "°",
            near[:, 0],
            near[:, 1],
            (("begins below", dip.leave_deg), ("done above", dip.return_deg)),
            gates,
        )

    def _way_back(self, dip: _Dip, after: _Dip | None) -> np.ndarray:
        """Return times and angles from a dip's bottom to the next one's: (n, 2)."""
        first = bisect_left(self._samples, (dip.bottom_s,))
        last = bisect_right(self._samples, (after.bottom_s, np.inf)) if after else None
        return np.array([sample[:2] for sample in self._samples[first:last]])

    def _rise_deg(self, dip: _Dip, after: _Dip | None) -> float:
        """Return how far the angle opens after a dip."""
        return float(np.ptp(self._way_back(dip, after)[:, 1]))

    def _end_s(self, dip: _Dip, after: _Dip | None) -> float:
        """Return when the angle has opened again as far as it does before the next dip."""
        back = self._way_back(dip, after)
        low, high = back[0, 1], back[:, 1].max()
        level = low + 0.9 * min(high - low, dip.bend_deg)
        reached = np.flatnonzero(back[:, 1] >= level)
        return float(back[reached[0], 0]) if len(reached) else dip.end_s

    def _phase(self, reps: tuple[Rep, ...], limits: tuple[float, float]) -> np.ndarray:
        """Return 0 at the set's top, 1 at its bottom, for every frame; NaN where unknown."""
        phase = np.full(len(self._times_s), np.nan)
        low, high = limits
        if not reps or not high > low:
            return phase
        at = np.searchsorted(self._times_s, [sample[0] for sample in self._samples])
        angles = np.array([sample[1] for sample in self._samples])
        phase[at] = np.clip((high - angles) / (high - low), 0.0, 1.0)
        return phase
