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
   in, getting up or a reach for a bottle resemble nothing.
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

import importlib
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType

import numpy as np

from gym.counting.sizes import usual_size
from gym.exercises import Exercise
from gym.features import ANGLES, joint_angles, mean_known, trunk_tilt_deg
from gym.schema import Pose, PoseSequence, Reason, Rep, RepCount, RepKind
from gym.skeleton import PENN_HIPS, PENN_SHOULDERS, SIDES, to_penn
from gym.smoothing import interpolate, spread_times

#: Samples a second: six in the fastest repetition known, and few enough for 20 minutes.
RATE_HZ = 15.0
GAP_S = 3.0  #: of a longer gap between frames the middle is left out
_CYCLE_SAMPLES = 12


@dataclass(frozen=True)
class _Cycle:
    """There and back: sample numbers of the rest before, the turn, the rest after."""

    start: int
    turn: int
    end: int
    swing: float  #: the smaller way, there or back, in body sizes (of all places together)
    cut: Reason | str = ""  #: why it is not whole, where an end of the clip cuts it


@dataclass(frozen=True, eq=False)
class _Set:
    """The cycles of one stretch, which of them count, and how alike each is to its like."""

    path: np.ndarray  #: (G,) position along the movement
    cycles: tuple[_Cycle, ...]
    likeness: np.ndarray
    alike: float  #: the likeness from which on a cycle belongs to the set
    counted: np.ndarray
    turn_sign: int  #: whether the cycles turn where the path is high (1) or low (-1)

    @property
    def reach(self) -> tuple[int, int]:
        """The first and last sample of what counts."""
        return (
            min(c.start for c, yes in zip(self.cycles, self.counted, strict=True) if yes),
            max(c.end for c, yes in zip(self.cycles, self.counted, strict=True) if yes),
        )


@cache
def ndimage() -> ModuleType:
    """Return SciPy's filters, imported when first needed: the pages open without them."""
    return importlib.import_module("scipy.ndimage")


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
    alike : float
        It is to be at least this, where 1 is equal and 0 unrelated.
    part_share : float
        Cycles smaller than this share of the set's larger ones are partial.
    least_swing : float
        Movements smaller than this are trembling, in body sizes: the joints' root mean square
        distance from the trunk's middle, half a metre or so.
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
        alike: float = 0.2,
        part_share: float = 0.45,
        least_swing: float = 0.3,
    ) -> None:
        self._exercise = exercise
        self._turn_share, self._whole_share = turn_share, whole_share
        self._spread, self._spread_share, self._alike = spread, spread_share, alike
        self._part_share, self._least_swing = part_share, least_swing
        self._frames: list[Pose] = []

    def update(self, pose: Pose) -> None:
        """Take the next frame; nothing is known before the end."""
        self._frames.append(pose)

    def finish(self) -> RepCount:
        """Count over the whole recording."""
        poses = PoseSequence.collect(self._frames, (1, 1))
        phase = np.full(len(poses), np.nan)
        if poses.seen.sum() < 4:
            return RepCount(self.name, (), poses.time_s, phase)
        grid_s, body, known = _place_body(poses)
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
        if self._exercise is None or not np.isfinite(tilts_deg).any():
            return True
        (low, high), (low_bottom, high_bottom) = (
            self._exercise.trunk_tilt_deg,
            self._exercise.bottom_tilt_deg,
        )
        middle_deg = float(np.nanmedian(tilts_deg))
        return (low + low_bottom) / 2 <= middle_deg <= (high + high_bottom) / 2

    def _closing(self, poses: PoseSequence, grid_s: np.ndarray) -> np.ndarray:
        """Return how far the exercise's joint is closed, in degrees; NaN without an exercise."""
        unknown = np.full(len(grid_s), np.nan)
        if self._exercise is None:
            return unknown
        columns = [list(ANGLES).index(f"{side}_{self._exercise.angle}") for side in SIDES]
        angles = joint_angles(poses.xy_px)[:, columns]
        seen = np.isfinite(angles).all(axis=1)
        if not seen.any():
            return unknown
        return -np.interp(grid_s, poses.time_s[seen], angles[seen].mean(axis=1))

    def _find_sets(
        self, body: np.ndarray, known: np.ndarray, closing: np.ndarray, more: bool = False
    ) -> list[_Set]:
        """Find the set of a stretch, then more of them before and after it."""
        found = self._find_set(body, known, closing)
        if found is None or (more and not _is_surely_a_set(found)):
            return []
        start, end = found.reach
        sets = [found]
        for part in (slice(0, start), slice(end, len(body))):
            if part.stop - part.start < 6 * RATE_HZ:
                continue
            for other in self._find_sets(body[part], known[part], closing[part], more=True):
                sets.append(_shift(other, part.start, len(body)))
        return sets

    def _find_set(self, body: np.ndarray, known: np.ndarray, closing: np.ndarray) -> _Set | None:
        """Find the cycles that resemble each other along the stretch's main movement."""
        if known.sum() < 4:
            return None
        # What drifts over more than six seconds is a change of place or posture, no repetition.
        moves = body - ndimage().gaussian_filter1d(body, 6 * RATE_HZ, axis=0, mode="nearest")
        path = moves @ _main_movement(moves, known)
        swing = _swing_around(path)
        floor = max(0.4 * float(np.percentile(swing[known], 75)), self._least_swing)
        turns = _turning_points(path, self._turn_share * np.maximum(swing, floor))
        sets = [self._judge(moves, path, known, turns, sign) for sign in (1, -1)]
        sets = [found for found in sets if found.counted.any()]
        if not sets:
            return None
        best = max(sets, key=lambda found: int(found.counted.sum()))
        start, end = best.reach
        if np.isfinite(closing).all() and np.ptp(closing[start : end + 1]) > 0:
            trend = np.corrcoef(closing[start : end + 1], path[start : end + 1])[0, 1]
            known_end = [found for found in sets if found.turn_sign * trend > 0]
            best = known_end[0] if known_end else best
        return best

    def _judge(
        self,
        moves: np.ndarray,
        path: np.ndarray,
        known: np.ndarray,
        turns: list[tuple[int, int]],
        sign: int,
    ) -> _Set:
        """Cut the path at the turning points that are not of this sign, and compare the cycles."""
        cycles = self._cut_cycles(path, known, turns, sign)
        likeness = _compare(moves, cycles)
        swing = np.array([cycle.swing for cycle in cycles])
        whole = np.array([not cycle.cut for cycle in cycles], dtype=bool)
        alike = self._alike
        if whole.any():
            unlike = 1.0 - float(np.percentile(likeness[whole], 75))
            alike = max(alike, 1.0 - self._spread - self._spread_share * unlike)
        counted = whole & (likeness >= alike)
        if counted.any():
            counted &= swing >= self._part_share * usual_size(swing[counted])
        if self._exercise is None:  # a squat and a push-up have one turn; of others nobody knows
            cycles, likeness, counted = _join_halves(moves, cycles, likeness, counted)
        return _Set(path, tuple(cycles), likeness, alike, counted, sign)

    def _cut_cycles(
        self, path: np.ndarray, known: np.ndarray, turns: list[tuple[int, int]], sign: int
    ) -> list[_Cycle]:
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
                cycles.append(_Cycle(start, turn, end, swing, cut))
        return cycles


def _place_body(poses: PoseSequence) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place the body at evenly spaced times, those far from every frame left out.

    Returns
    -------
    grid_s : ndarray (G,)
    body : ndarray (G, D)
        Head and six pairs of joints about the trunk's middle, in body sizes; gaps are bridged.
    known : ndarray of bool (G,)
        False where nobody was seen for longer than 0.7 s.
    """
    time_s, seen_s = poses.time_s, poses.time_s[poses.seen]
    grid_s = spread_times(time_s, RATE_HZ, reach_s=GAP_S)
    parts = []
    for points in (poses.xy_px, poses.xyz_m):
        joints = interpolate(time_s, to_penn(points.astype(float)), grid_s)
        joints = joints - mean_known(joints[:, PENN_SHOULDERS + PENN_HIPS])[:, None]
        size = np.sqrt(mean_known(np.square(joints).sum(axis=-1, keepdims=True)))
        pairs = mean_known(np.stack([joints[:, 1::2], joints[:, 2::2]], axis=-2))
        placed = np.concatenate([joints[:, :1], pairs], axis=1).reshape(len(grid_s), -1)
        parts.append(placed / max(float(np.median(size)), 1e-9))
    body = np.nan_to_num(np.concatenate(parts, axis=1))
    body = ndimage().median_filter(body, size=(3, 1), mode="nearest")
    body = ndimage().gaussian_filter1d(body, 0.09 * RATE_HZ, axis=0, mode="nearest")
    after = np.searchsorted(seen_s, grid_s).clip(0, len(seen_s) - 1)
    before = (after - 1).clip(0)
    known = seen_s[after] - seen_s[before] <= 0.7
    known &= (grid_s >= seen_s[0] - 0.1) & (grid_s <= seen_s[-1] + 0.1)
    return grid_s, body, known


def _main_movement(moves: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the unit vector along which the body mostly moves.

    It is the main component of the velocity, in which a change of posture or a cut weighs little; no
    frame faster than the middle one weighs more than that.
    """
    velocity = np.gradient(moves, axis=0)[known]
    speed = np.linalg.norm(velocity, axis=1, keepdims=True)
    velocity = velocity / np.maximum(speed, max(float(np.median(speed)), 1e-9))
    return np.linalg.eigh(velocity.T @ velocity)[1][:, -1]


def _swing_around(path: np.ndarray, window_s: float = 6.0) -> np.ndarray:
    """Return how far the path swings within three seconds of each sample."""
    samples = int(window_s * RATE_HZ) | 1
    high, low = (
        ndimage().percentile_filter(path, share, samples, mode="nearest") for share in (90, 10)
    )
    return high - low


def _turning_points(path: np.ndarray, least: np.ndarray) -> list[tuple[int, int]]:
    """Return the samples at which the path turns, with 1 for high and -1 for low.

    It has turned when it has come back by ``least`` (G,). The first and the last may be no turns but
    where the recording begins and ends.
    """
    turns: list[tuple[int, int]] = []
    heading, high, low = 0, 0, 0
    for now, value in enumerate(path):
        if heading >= 0 and value > path[high]:
            high = now
        if heading <= 0 and value < path[low]:
            low = now
        if heading >= 0 and value < path[high] - least[now]:
            turns.append((high, 1))
            heading, low = -1, now
        elif heading <= 0 and value > path[low] + least[now]:
            turns.append((low, -1))
            heading, high = 1, now
    if heading:
        turns.append((high, 1) if heading > 0 else (low, -1))
    return turns


def _compare(moves: np.ndarray, cycles: list[_Cycle], others: int = 3) -> np.ndarray:
    """Return how alike each cycle is to the three most like it: 1 equal, 0 unrelated, (N,).

    A cycle alone has nothing to be compared with: it gets 0.3, which is enough where nothing else
    happens.
    """
    if len(cycles) < 2:
        return np.full(len(cycles), 0.3)
    shapes = np.array([_to_shape(moves, cycle) for cycle in cycles])
    energy = np.maximum(np.square(shapes).sum(axis=1), 1e-12)
    likeness = np.empty(len(cycles))
    for first in range(0, len(cycles), 256):  # rows of the self-similarity matrix, some at a time
        rows = np.arange(first, min(first + 256, len(cycles)))
        alike = 2 * shapes[rows] @ shapes.T / (energy[rows, None] + energy)
        alike[np.arange(len(rows)), rows] = -np.inf
        best = np.sort(alike, axis=1)[:, -min(others, len(cycles) - 1) :]
        likeness[rows] = best.mean(axis=1)
    return likeness


def _join_halves(
    moves: np.ndarray, cycles: list[_Cycle], likeness: np.ndarray, counted: np.ndarray
) -> tuple[list[_Cycle], np.ndarray, np.ndarray]:
    """Join the cycles two by two where they alternate: left and right, or a dip and a swing.

    They alternate where six in a row resemble the next but one clearly more than the next. Returns
    the cycles, their likeness, and which count.
    """
    which = np.flatnonzero(counted)
    if len(which) < 6:
        return cycles, likeness, counted
    shapes = np.array([_to_shape(moves, cycles[k]) for k in which])
    energy = np.maximum(np.square(shapes).sum(axis=1), 1e-12)

    def alike(step: int) -> np.ndarray:
        dots = (shapes[:-step] * shapes[step:]).sum(axis=1)
        return 2 * dots / (energy[:-step] + energy[step:])

    beside, beyond = alike(1), alike(2)
    margin = ndimage().median_filter(
        beyond - (beside[:-1] + beside[1:]) / 2, size=7, mode="nearest"
    )
    joined, keep = list(cycles), np.ones(len(cycles), dtype=bool)
    for first, last in _runs(margin > 0.2):
        if last - first + 2 < 6:
            continue
        for k in range(first, last + 1, 2):  # the cycles first to last + 1 alternate
            one, two = cycles[which[k]], cycles[which[k + 1]]
            turn = one.turn if one.swing >= two.swing else two.turn
            joined[which[k]] = _Cycle(one.start, turn, two.end, max(one.swing, two.swing))
            keep[which[k + 1]] = False
    return [c for c, kept in zip(joined, keep, strict=True) if kept], likeness[keep], counted[keep]


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return the first index of each run of True, and the index after its last."""
    edges = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def _to_shape(moves: np.ndarray, cycle: _Cycle) -> np.ndarray:
    """Return a cycle's skeletons at twelve moments, less their mean, as one vector."""
    half = _CYCLE_SAMPLES // 2
    at = np.concatenate(
        [
            np.linspace(cycle.start, cycle.turn, half, endpoint=False),
            np.linspace(cycle.turn, cycle.end, half + 1),
        ]
    )
    low = np.floor(at).astype(int).clip(0, len(moves) - 2)
    share = (at - low)[:, None]
    skeletons = (1 - share) * moves[low] + share * moves[low + 1]
    return (skeletons - skeletons.mean(axis=0)).ravel()


def _is_surely_a_set(found: _Set) -> bool:
    """Tell whether something found beside a set is one too: three cycles or more, much alike."""
    return found.counted.sum() >= 3 and np.median(found.likeness[found.counted]) >= 0.6


def _shift(found: _Set, by: int, samples: int) -> _Set:
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


def _to_reps(found: _Set, grid_s: np.ndarray) -> list[Rep]:
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


def _middle_of_turn(path: np.ndarray, cycle: _Cycle, grid_s: np.ndarray) -> float:
    """Return the middle of the time within a twentieth of the way of the turn, in seconds."""
    part = path[cycle.start : cycle.end + 1]
    near = np.abs(part - path[cycle.turn]) <= 0.05 * cycle.swing
    turn = cycle.turn - cycle.start
    before = turn - int(np.argmin(near[turn::-1])) + 1 if not near[: turn + 1].all() else 0
    after = turn + int(np.argmin(near[turn:])) - 1 if not near[turn:].all() else len(part) - 1
    return float((grid_s[cycle.start + before] + grid_s[cycle.start + after]) / 2)


def _to_phase(found: _Set) -> np.ndarray:
    """Return 0 at rest, 1 at the turn, by the levels of the cycles around: (G,)."""
    counted = [c for c, yes in zip(found.cycles, found.counted, strict=True) if yes]
    samples = np.arange(len(found.path))
    turn = np.interp(samples, [c.turn for c in counted], [found.path[c.turn] for c in counted])
    rests = [k for c in counted for k in (c.start, c.end)]
    rest = np.interp(samples, rests, found.path[rests])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip((found.path - rest) / (turn - rest), 0.0, 1.0)
