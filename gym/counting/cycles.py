"""Cycles of a moving body: the path along which it mostly moves, its turns, and how alike they are."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import numpy as np

from gym.counting.proportions import restore_proportions
from gym.features import is_stretched, mean_known
from gym.schema import PoseSequence, Reason
from gym.skeleton import PENN_HIPS, PENN_SHOULDERS, to_penn
from gym.smoothing import interpolate, spread_times

#: Samples a second: six in the fastest repetition known, and few enough for 20 minutes.
RATE_HZ = 15.0
GAP_S = 3.0  #: of a longer gap between frames the middle is left out
_CYCLE_SAMPLES = 12
_ALTERNATING = 6  #: so many in a row alternate: three of each kind, fewer do by chance


@dataclass(frozen=True)
class Cycle:
    """There and back: sample numbers of the rest before, the turn, the rest after."""

    start: int
    turn: int
    end: int
    swing: float  #: the smaller way, there or back, in body sizes (of all places together)
    cut: Reason | str = ""  #: why it is not whole, where an end of the clip cuts it


@dataclass(frozen=True, eq=False)
class CycleSet:
    """The cycles of one stretch, which of them count, and how alike each is to its like."""

    path: np.ndarray  #: (G,) position along the movement
    cycles: tuple[Cycle, ...]
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


def place_body(
    poses: PoseSequence, calm_s: float = 0.09
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place the body at evenly spaced times, those far from every frame left out.

    ``calm_s`` is the standard deviation of the Gaussian that smooths it.

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
    views = [poses.xy_px, poses.xyz_m]
    if is_stretched(poses):
        restored = restore_proportions(poses)
        views = [restored[..., :2], restored]
    parts = []
    for points in views:
        joints = interpolate(time_s, to_penn(points.astype(float)), grid_s)
        joints = joints - mean_known(joints[:, PENN_SHOULDERS + PENN_HIPS])[:, None]
        size = np.sqrt(mean_known(np.square(joints).sum(axis=-1, keepdims=True)))
        pairs = mean_known(np.stack([joints[:, 1::2], joints[:, 2::2]], axis=-2))
        placed = np.concatenate([joints[:, :1], pairs], axis=1).reshape(len(grid_s), -1)
        parts.append(placed / max(float(np.median(size)), 1e-9))
    body = np.nan_to_num(np.concatenate(parts, axis=1))
    body = ndimage().median_filter(body, size=(3, 1), mode="nearest")
    body = ndimage().gaussian_filter1d(body, calm_s * RATE_HZ, axis=0, mode="nearest")
    after = np.searchsorted(seen_s, grid_s).clip(0, len(seen_s) - 1)
    before = (after - 1).clip(0)
    known = seen_s[after] - seen_s[before] <= 0.7
    known &= (grid_s >= seen_s[0] - 0.1) & (grid_s <= seen_s[-1] + 0.1)
    return grid_s, body, known


def find_main_movements(moves: np.ndarray, known: np.ndarray, most: int = 1) -> list[np.ndarray]:
    """Return the unit vectors along which the body mostly moves, the main one first.

    They are the main components of the velocity, in which a change of posture or a cut weighs little;
    no frame faster than the middle one weighs more than that.
    """
    velocity = np.gradient(moves, axis=0)[known]
    speed = np.linalg.norm(velocity, axis=1, keepdims=True)
    velocity = velocity / np.maximum(speed, max(float(np.median(speed)), 1e-9))
    return list(np.linalg.eigh(velocity.T @ velocity)[1].T[: -most - 1 : -1])


def find_movements_of_parts(
    moves: np.ndarray, known: np.ndarray, part_s: float = 12.0
) -> list[np.ndarray]:
    """Return the main movement of each part of a recording; parts of 12 s hold three slow reps.

    Every part overlaps half of the next; one that was hardly seen has none. A recording that is not
    longer than one and a half parts has none either.
    """
    samples = int(part_s * RATE_HZ)
    if len(moves) <= 1.5 * samples:
        return []
    parts = (slice(k, k + samples) for k in range(0, len(moves) - samples // 2, samples // 2))
    return [
        find_main_movements(moves[part], known[part])[0]
        for part in parts
        if known[part].sum() >= samples // 2
    ]


def measure_swing(path: np.ndarray, window_s: float = 6.0) -> np.ndarray:
    """Return how far the path swings within three seconds of each sample."""
    samples = int(window_s * RATE_HZ) | 1
    high, low = (
        ndimage().percentile_filter(path, share, samples, mode="nearest") for share in (90, 10)
    )
    return high - low


def find_turning_points(path: np.ndarray, least: np.ndarray) -> list[tuple[int, int]]:
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


def compare_cycles(moves: np.ndarray, cycles: list[Cycle], others: int = 3) -> np.ndarray:
    """Return how alike each cycle is to the three most like it: 1 equal, 0 unrelated, (N,).

    A cycle alone has nothing to be compared with: it gets 0.3, which is enough where nothing else
    happens.
    """
    if len(cycles) < 2:
        return np.full(len(cycles), 0.3)
    shapes = _to_shapes(moves, cycles)
    energy = np.maximum(np.square(shapes).sum(axis=1), 1e-12)
    likeness = np.empty(len(cycles))
    for first in range(0, len(cycles), 256):  # rows of the self-similarity matrix, some at a time
        rows = np.arange(first, min(first + 256, len(cycles)))
        alike = 2 * shapes[rows] @ shapes.T / (energy[rows, None] + energy)
        alike[np.arange(len(rows)), rows] = -np.inf
        most = min(others, len(cycles) - 1)
        best = np.partition(alike, len(cycles) - most, axis=1)[:, -most:]
        likeness[rows] = best.mean(axis=1)
    return likeness


def measure_regularity(moves: np.ndarray, found: CycleSet) -> float:
    """Return for how many samples a set goes on, times how alike its cycles are all among each other.

    Alike in movement, and in how long and how wide they are: what only happens to resemble two or
    three others is neither. Less than three cycles have no regularity: 0.
    """
    cycles = [cycle for cycle, yes in zip(found.cycles, found.counted, strict=True) if yes]
    if len(cycles) < 3:
        return 0.0
    shapes = _to_shapes(moves, cycles)
    energy = np.maximum(np.square(shapes).sum(axis=1), 1e-12)
    samples = np.array([cycle.end - cycle.start for cycle in cycles], dtype=float)
    swing = np.array([cycle.swing for cycle in cycles])
    total = 0.0
    for k in range(len(cycles)):
        alike = 2 * shapes @ shapes[k] / (energy + energy[k])
        ratio = _ratio(samples, samples[k]) * _ratio(swing, swing[k])
        others = (alike * np.sqrt(ratio)).sum() - 1.0
        total += samples[k] * max(float(others), 0.0) / (len(cycles) - 1)
    return total


def _ratio(values: np.ndarray, one: float) -> np.ndarray:
    """Return the smaller of two sizes as a share of the larger."""
    return np.minimum(values, one) / np.maximum(np.maximum(values, one), 1e-12)


def join_halves(
    moves: np.ndarray,
    cycles: list[Cycle],
    likeness: np.ndarray,
    counted: np.ndarray,
    clearly: float = 0.2,
) -> tuple[list[Cycle], np.ndarray, np.ndarray]:
    """Join the cycles two by two where they alternate: left and right, or a dip and a swing.

    They alternate where six in a row resemble the next but one more than the next, by ``clearly``.
    Returns the cycles, their likeness, and which count.
    """
    which = np.flatnonzero(counted)
    if len(which) < _ALTERNATING:
        return cycles, likeness, counted
    shapes = _to_shapes(moves, [cycles[k] for k in which])
    energy = np.maximum(np.square(shapes).sum(axis=1), 1e-12)

    def alike(step: int) -> np.ndarray:
        dots = (shapes[:-step] * shapes[step:]).sum(axis=1)
        return 2 * dots / (energy[:-step] + energy[step:])

    beside, beyond = alike(1), alike(2)
    margin = ndimage().median_filter(
        beyond - (beside[:-1] + beside[1:]) / 2, size=7, mode="nearest"
    )
    joined, keep = list(cycles), np.ones(len(cycles), dtype=bool)
    for first, last in _runs(margin > clearly):
        if last - first + 2 < _ALTERNATING:
            continue
        for k in range(first, last + 1, 2):  # the cycles first to last + 1 alternate
            one, two = cycles[which[k]], cycles[which[k + 1]]
            turn = one.turn if one.swing >= two.swing else two.turn
            joined[which[k]] = Cycle(one.start, turn, two.end, max(one.swing, two.swing))
            keep[which[k + 1]] = False
    return [c for c, kept in zip(joined, keep, strict=True) if kept], likeness[keep], counted[keep]


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Return the first index of each run of True, and the index after its last."""
    edges = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def _to_shapes(moves: np.ndarray, cycles: list[Cycle]) -> np.ndarray:
    """Return each cycle's skeletons at twelve moments, less their mean, as one vector: (N, 13 D)."""
    half = _CYCLE_SAMPLES // 2
    start, turn, end = np.array([(c.start, c.turn, c.end) for c in cycles], dtype=float).T[
        ..., None
    ]
    share = np.arange(half + 1) / half
    at = np.concatenate([start + (turn - start) * share[:-1], turn + (end - turn) * share], axis=1)
    low = np.floor(at).astype(int).clip(0, len(moves) - 2)
    share = (at - low)[..., None]
    skeletons = (1 - share) * moves[low] + share * moves[low + 1]
    return (skeletons - skeletons.mean(axis=1, keepdims=True)).reshape(len(cycles), -1)
