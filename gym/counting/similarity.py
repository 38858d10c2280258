"""The self-similarity counter: whatever the body does again and again, alike, is a repetition.

It knows no exercise and was trained on nothing, so it also counts what no rule describes: pull-ups,
sit-ups, jumping jacks. It needs the whole recording. Four steps:

1. Thirteen joints become seven places, left and right averaged, about the middle of the trunk, in the
   image and in space. Taking one side for the other, as pose networks do, then changes nothing, and
   much of a walk cancels out.
2. The *movement* is the direction in that space along which the body is mostly under way (the main
   component of its velocity); its position along it is one curve, whose turning points, with a
   threshold relative to the swing around them, cut the recording into cycles.
3. Every cycle, brought to the same length, is compared with every other: a self-similarity matrix of
   whole skeletons. Cycles that resemble others are the set, at any tempo and with any pauses; walking
   in, getting up or a reach for a bottle resemble nothing. Of many cycles more likeness is asked, as
   each has more others to resemble by chance. Where that is no clear set, other movements are tried
   (the next components, and the main one of every 12 s), and the most regular set is taken.
4. What is left before and after is searched again for itself: another set, or another camera angle.

A period read from the matrix of single frames, lag by lag, was tried first: three times the error on
RepCount's clips, for people change their tempo and pause. Two limits remain: who only walks has steps
counted, and one movement alone counts once, since nothing speaks against it.

References
----------
Dwibedi et al., "Counting Out Time" (RepNet), CVPR 2020: repetition as self-similarity.
Hsu et al., spectrograms of the self-similarity of poses, for counting without training.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from gym.counting.cycles import (
    RATE_HZ,
    Cycle,
    CycleSet,
    compare_cycles,
    find_main_movements,
    find_movements_of_parts,
    find_turning_points,
    join_halves,
    measure_regularity,
    measure_swing,
    ndimage,
    place_body,
)
from gym.counting.sizes import usual_size
from gym.exercises import Exercise
from gym.exercises.signals import measure_sides
from gym.features import is_stretched, trunk_tilt_deg
from gym.schema import Pose, PoseSequence, Reason, Rep, RepCount, RepKind


class SimilarityCounter:
    """Counts by self-similarity, whatever the exercise.

    Parameters
    ----------
    exercise : Exercise or None
        Only tells which end of the movement is the bottom: where its joint is closed. Without one,
        the end at which the set starts and stops is the top.
    turn_share : float
        The path has turned when it has come back by this share of the swing around it.
    whole_share : float
        A cycle cut by an end of the clip counts if it shows this share of its other half.
    spread, spread_share : float
        How much less than 1 a cycle's likeness may be: this much, and this many times what the set's
        better cycles (75th percentile) lack. A set of clear repetitions is strict with others.
    alike, chance : float
        It is to be at least this, where 1 is equal and 0 unrelated; of many cycles more than this, since
        each is compared with the three most like it, and the more there are the more alike those are by
        chance: by so many standard deviations of a normal distribution.
    part_share : float
        Cycles smaller than this share of the set's larger ones are partial.
    least_swing : float
        Movements smaller than this are trembling, in body sizes: the joints' root mean square
        distance from the trunk's middle, half a metre or so.
    sure : float
        From this likeness on, as a median over three cycles or more, something surely is a set.
    alternate : float
        Cycles alternate, as left and right do, when they are so much more like the next but one.
    drift_s : float
        What drifts over more than this is a change of place or posture, no repetition.
    calm_s : float
        How far joints are smoothed: a fifth of the fastest repetition known.
    """

    name = "spectral"  # what files and commands call it, though there is no spectrum
    title = "Self-similarity"
    weights = ""
    causal = False

    @staticmethod
    def counts(exercise: Exercise | None) -> bool:
        """Tell whether it can count an exercise: any, even one that nobody described (None)."""
        return True

    def __init__(
        self,
        exercise: Exercise | None = None,
        turn_share: float = 0.4,
        whole_share: float = 0.6,
        spread: float = 0.2,
        spread_share: float = 2.0,
        alike: float = 0.3,
        chance: float = 0.2,
        part_share: float = 0.45,
        least_swing: float = 0.3,
        sure: float = 0.6,
        alternate: float = 0.2,
        drift_s: float = 6.0,
        calm_s: float = 0.09,
    ) -> None:
        self._exercise = exercise
        self._turn_share, self._whole_share = turn_share, whole_share
        self._spread, self._spread_share = spread, spread_share
        self._alike, self._chance = alike, chance
        self._part_share, self._least_swing = part_share, least_swing
        self._sure, self._alternate = sure, alternate
        self._drift_s, self._calm_s = drift_s, calm_s
        self._frames: list[Pose] = []
        self._has_shape = True  # whether heights and angles mean anything

    def update(self, pose: Pose) -> None:
        """Take the next frame; nothing is known before the end."""
        self._frames.append(pose)

    def finish(self) -> RepCount:
        """Count over the whole recording."""
        poses = PoseSequence.collect(self._frames, (1, 1))
        phase = np.full(len(poses), np.nan)
        if poses.seen.sum() < 4:
            return RepCount(self.name, (), poses.time_s, phase)
        grid_s, body, known = place_body(poses, self._calm_s)
        self._has_shape = not is_stretched(poses)
        closing = self._closing(poses, grid_s)
        reps: list[Rep] = []
        likeness: list[float] = []
        for found in self._find_sets(body, known, closing):
            start_s, end_s = grid_s[list(found.reach)]
            inside = (poses.time_s >= start_s) & (poses.time_s <= end_s)
            if not self._is_in_position(poses.xyz_m[inside]):
                continue
            reps += _to_reps(found, grid_s)
            likeness += found.likeness[found.counted].tolist()
            phase[inside] = np.interp(poses.time_s[inside], grid_s, _to_phase(found))
        phase[~poses.seen] = np.nan
        reps.sort(key=lambda rep: rep.bottom_s)
        sureness = float(np.clip(np.median(likeness), 0, 1)) if likeness else np.nan
        return RepCount(self.name, tuple(reps), poses.time_s, phase, sureness=sureness)

    def _is_in_position(self, xyz_m: np.ndarray) -> bool:
        """Tell whether the trunk lies as the exercise wants it, in the middle of a set."""
        tilts_deg = trunk_tilt_deg(xyz_m)
        unknown = self._exercise is None or not self._has_shape
        if unknown or not np.isfinite(tilts_deg).any():
            return True
        (low, high), (low_bottom, high_bottom) = (
            self._exercise.trunk_tilt_deg,
            self._exercise.turn_tilt_deg,
        )
        middle_deg = float(np.nanmedian(tilts_deg))
        return (low + low_bottom) / 2 <= middle_deg <= (high + high_bottom) / 2

    def _closing(self, poses: PoseSequence, grid_s: np.ndarray) -> np.ndarray:
        """Return how far out the exercise's signal is, in its unit; NaN where that is not known."""
        unknown = np.full(len(grid_s), np.nan)
        if self._exercise is None or not self._has_shape:
            return unknown
        signal = self._exercise.signal
        flat = np.full_like(poses.xyz_m, np.nan)
        values = measure_sides(poses.xy_px, flat if len(signal.parts) == 3 else poses.xyz_m, signal)
        seen = np.isfinite(values).all(axis=1)
        if not seen.any():
            return unknown
        out = values if signal.rises else -values
        return np.interp(grid_s, poses.time_s[seen], out[seen].mean(axis=1))

    def _find_sets(
        self, body: np.ndarray, known: np.ndarray, closing: np.ndarray, more: bool = False
    ) -> list[CycleSet]:
        """Find the set of a stretch, then more of them before and after it."""
        found = self._find_set(body, known, closing)
        if found is None or (more and not self._is_surely_a_set(found)):
            return []
        start, end = found.reach
        sets = [found]
        for part in (slice(0, start), slice(end, len(body))):
            if part.stop - part.start < 6 * RATE_HZ:
                continue
            for other in self._find_sets(body[part], known[part], closing[part], more=True):
                sets.append(_shift(other, part.start, len(body)))
        return sets

    def _find_set(
        self, body: np.ndarray, known: np.ndarray, closing: np.ndarray
    ) -> CycleSet | None:
        """Find the cycles that resemble each other along the stretch's main movement."""
        if known.sum() < 4:
            return None
        drift = ndimage().gaussian_filter1d(body, self._drift_s * RATE_HZ, axis=0, mode="nearest")
        moves = body - drift
        main, *others = find_main_movements(moves, known, most=3)
        sets = self._find_along(main, moves, known)
        if not (sets and self._is_surely_a_set(sets[0])):
            # Talking, walking about and a shaky pose can move the body more than the exercise does.
            others += find_movements_of_parts(moves, known)
            tried = [sets, *(self._find_along(one, moves, known) for one in others)]
            tried = [found for found in tried if found]
            sets = max(tried, key=lambda found: measure_regularity(moves, found[0]), default=[])
        if not sets:
            return None
        best = sets[0]
        start, end = best.reach
        if np.isfinite(closing).all() and np.ptp(closing[start : end + 1]) > 0:
            trend = np.corrcoef(closing[start : end + 1], best.path[start : end + 1])[0, 1]
            known_end = [found for found in sets if found.turn_sign * trend > 0]
            best = known_end[0] if known_end else best
        return best

    def _find_along(
        self, movement: np.ndarray, moves: np.ndarray, known: np.ndarray
    ) -> list[CycleSet]:
        """Find the cycles along a movement, by which end they turn at: the more of them first."""
        path = moves @ movement
        swing = measure_swing(path)
        floor = max(0.4 * float(np.percentile(swing[known], 75)), self._least_swing)
        turns = find_turning_points(path, self._turn_share * np.maximum(swing, floor))
        sets = [self._judge(moves, path, known, turns, sign) for sign in (1, -1)]
        sets = [found for found in sets if found.counted.any()]
        return sorted(sets, key=lambda found: -int(found.counted.sum()))

    def _is_surely_a_set(self, found: CycleSet) -> bool:
        """Tell whether something is a set, whatever else there is: three cycles or more, much alike."""
        counted = found.counted
        return counted.sum() >= 3 and float(np.median(found.likeness[counted])) >= self._sure

    def _judge(
        self,
        moves: np.ndarray,
        path: np.ndarray,
        known: np.ndarray,
        turns: list[tuple[int, int]],
        sign: int,
    ) -> CycleSet:
        """Cut the path at the turning points that are not of this sign, and compare the cycles."""
        cycles = self._cut_cycles(path, known, turns, sign)
        likeness = compare_cycles(moves, cycles)
        swing = np.array([cycle.swing for cycle in cycles])
        whole = np.array([not cycle.cut for cycle in cycles], dtype=bool)
        alike = self._least_alike(len(cycles))
        if whole.any():
            unlike = 1.0 - float(np.percentile(likeness[whole], 75))
            alike = max(alike, 1.0 - self._spread - self._spread_share * unlike)
        counted = whole & (likeness >= alike)
        if counted.any():
            counted &= swing >= self._part_share * usual_size(swing[counted])
        if self._exercise is None:  # a squat and a push-up have one turn; of others nobody knows
            cycles, likeness, counted = join_halves(
                moves, cycles, likeness, counted, self._alternate
            )
        return CycleSet(path, tuple(cycles), likeness, alike, counted, sign)

    def _least_alike(self, cycles: int) -> float:
        """Return how alike a cycle has to be to the three most like it, of so many."""
        if cycles < 2:
            return 0.0  # a single one has nothing to be like
        beyond = NormalDist().inv_cdf(1 - 2 / max(cycles, 3))
        return self._alike + self._chance * beyond

    def _cut_cycles(
        self, path: np.ndarray, known: np.ndarray, turns: list[tuple[int, int]], sign: int
    ) -> list[Cycle]:
        """Return the cycles around the turning points of one sign."""
        cycles = []
        for i in range(1, len(turns) - 1):
            if turns[i][1] != sign:
                continue
            start, turn, end = (turns[k][0] for k in (i - 1, i, i + 1))
            there, back = abs(path[turn] - path[start]), abs(path[turn] - path[end])
            cut = ""
            if i == 1 and there < self._whole_share * back:
                cut = Reason.UNDER_WAY
            if i == len(turns) - 2 and back < self._whole_share * there:
                cut = Reason.UNFINISHED
            # Whatever the body does between two repetitions, it starts and ends this one at the
            # nearer of its two rests.
            swing = float(min(there, back))
            away = np.abs(path[start : end + 1] - path[turn]) >= 0.9 * swing
            before, after = away[: turn - start + 1], away[turn - start :]
            end = turn + int(np.argmax(after))
            start += int(np.flatnonzero(before)[-1])
            if known[start : end + 1].mean() >= 0.5:
                cycles.append(Cycle(start, turn, end, swing, cut))
        return cycles


def _shift(found: CycleSet, by: int, samples: int) -> CycleSet:
    """Return a set found in a part, in the numbering of the whole.

    What the part's ends cut is left out: they are no ends of the clip.
    """
    whole = np.array([not cycle.cut for cycle in found.cycles])
    path = np.full(samples, np.nan)
    path[by : by + len(found.path)] = found.path
    cycles = tuple(
        replace(c, start=c.start + by, turn=c.turn + by, end=c.end + by)
        for c in found.cycles
        if not c.cut
    )
    return replace(
        found,
        path=path,
        cycles=cycles,
        likeness=found.likeness[whole],
        counted=found.counted[whole],
    )


def _to_reps(found: CycleSet, grid_s: np.ndarray) -> list[Rep]:
    """Return a set's cycles as repetitions; what lies outside the set is left out."""
    first, last = found.reach
    largest = usual_size([c.swing for c in found.cycles])
    reps = []
    for cycle, alike, counts in zip(found.cycles, found.likeness, found.counted, strict=True):
        start_s, end_s = float(grid_s[cycle.start]), float(grid_s[cycle.end])
        bottom_s = _middle_of_turn(found.path, cycle, grid_s)
        if counts:
            reps.append(Rep(start_s, bottom_s, end_s))
            continue
        reason = cycle.cut
        if not reason and first <= cycle.turn <= last:
            small = cycle.swing < 0.5 * largest
            reason = Reason.SMALL_BESIDE if small else Reason.UNLIKE_OTHERS
        if reason and (alike >= found.alike / 2 or not cycle.cut):  # the half that is there
            reps.append(Rep(start_s, bottom_s, end_s, RepKind.PARTIAL, reason))
    return reps


def _middle_of_turn(path: np.ndarray, cycle: Cycle, grid_s: np.ndarray) -> float:
    """Return the middle of the time within a twentieth of the way of the turn, in seconds."""
    part = path[cycle.start : cycle.end + 1]
    near = np.abs(part - path[cycle.turn]) <= 0.05 * cycle.swing
    turn = cycle.turn - cycle.start
    before = turn - int(np.argmin(near[turn::-1])) + 1 if not near[: turn + 1].all() else 0
    after = turn + int(np.argmin(near[turn:])) - 1 if not near[turn:].all() else len(part) - 1
    return float((grid_s[cycle.start + before] + grid_s[cycle.start + after]) / 2)


def _to_phase(found: CycleSet) -> np.ndarray:
    """Return 0 at rest, 1 at the turn, by the levels of the cycles around: (G,)."""
    counted = [c for c, yes in zip(found.cycles, found.counted, strict=True) if yes]
    samples = np.arange(len(found.path))
    turn = np.interp(samples, [c.turn for c in counted], [found.path[c.turn] for c in counted])
    rests = [k for c in counted for k in (c.start, c.end)]
    rest = np.interp(samples, rests, found.path[rests])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip((found.path - rest) / (turn - rest), 0.0, 1.0)
