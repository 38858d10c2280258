"""Gathers what repetitions are made of: single cycles of anything, and movement that is none.

    recordings, made motions, salient poses -> cycles there and back
    people who walk, throw, lie down, get ready -> other movement

`made_repetitions` repeats the one and puts the other before, after and in their place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from gym.counting.body_box import RATE_HZ, fill_joints
from gym.counting.cycles import find_main_movements, find_turning_points, measure_swing
from gym.skeleton import PENN_HIPS, PENN_MIRROR, PENN_SHOULDERS
from gym.smoothing import interpolate
from gym.training.countix import make_repetitions
from gym.training.datasets import Movement, read_blazepose, read_penn
from gym.training.made_movements import make_movements
from gym.training.prmd import read_prmd

SAMPLES = 64  #: of a cycle, 32 for the way out and 32 for the way back
MADE, MADE_VAL = 1200, 150
_VAL_SEED = 1_000_003
_MOST_CYCLES = 8  #: of one recording
_CALM_S, _DRIFT_S = 0.06, 6.0
#: What nobody would count, though some of it goes to and fro.
_NO_CYCLES = (
    "standing", "walk", "reach", "sitting", "sit_down", "descent", "lie", "at_the_lens", "hang",
    "dance", "yoga", "strum_guitar", "plank", "plank_hold", "wall_sit",
)  # fmt: skip
_THROWS = (
    "baseball_pitch", "baseball_swing", "bowl", "golf_swing", "tennis_forehand", "tennis_serve",
)  # fmt: skip
_NO_LABELS: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CyclePool:
    """What repetitions are made of, in body units: the hips in the middle, the trunk 1 long.

    Attributes
    ----------
    cycles : float16 (C, 64, 13, 2)
        Closed paths: from rest at 0 to the turn at 32 and back. Neighbours may be of one family.
    family_start, family_size : int64 (M,)
        Where the cycles of one recording lie; they are what one person does again and again.
    family_weight : float64 (M,)
        How often a family is to be drawn; they sum to 1.
    others : float16 (F, 13, 2)
        Other movement, 30 frames a second, one recording blended into the next.
    """

    cycles: np.ndarray
    family_start: np.ndarray
    family_size: np.ndarray
    family_weight: np.ndarray
    others: np.ndarray

    def to_arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """Return the arrays by name, for a file that holds several pools."""
        return {f"{prefix}.{name}": getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], prefix: str) -> CyclePool:
        """Read what `to_arrays` returned."""
        return cls(*(arrays[f"{prefix}.{name}"] for name in cls.__dataclass_fields__))


def read_pools(data: Path, seed: int = 0) -> dict[str, CyclePool]:
    """Read all recordings and return the pools for training and for choosing: "train", "val".

    Parameters
    ----------
    data : Path
        Holds ``penn_action/`` and ``poses/``; and whatever there is of ``ui_prmd/`` and
        ``countix_fitness/`` (of which only the single poses are used here).
    seed : int
        Of made motions and views.

    Raises
    ------
    LabelsError
        When a data set is missing.
    """
    data = Path(data)
    movements = read_penn(data / "penn_action") + read_blazepose(data / "poses", _NO_LABELS)
    movements += make_movements(MADE, seed=seed, labels=_NO_LABELS)
    if (data / "ui_prmd").is_dir():
        movements += read_prmd(data / "ui_prmd", _NO_LABELS, seed=seed, views=4)
    if (data / "countix_fitness").is_dir():
        movements += make_repetitions(data / "countix_fitness", _NO_LABELS, seed=seed, copies=2)
    made = make_movements(MADE_VAL, seed=_VAL_SEED, labels=_NO_LABELS)
    parts = {split: [m for m in movements if m.split == split] for split in ("train", "val")}
    parts["val"] += made
    return {split: gather_pool(part, seed) for split, part in parts.items()}


def gather_pool(movements: Iterable[Movement], seed: int = 0) -> CyclePool:
    """Cut movements into cycles and other movement."""
    rng = np.random.default_rng(seed)
    families: list[np.ndarray] = []
    sources: list[str] = []
    others: list[np.ndarray] = []
    for movement in movements:
        views = _view(movement, rng)
        none = movement.action in _NO_CYCLES
        if none or movement.action in _THROWS:
            others += views[:1]
        if none:
            continue
        others += _cut_outside(movement, views[0]) if views else []
        for view in views:
            cycles = cut_cycles(view, halves=movement.source == "penn")
            if len(cycles):
                families.append(cycles)
                sources.append(movement.source)
    sizes = np.array([len(family) for family in families])
    share = {
        name: 1 / np.sqrt(sources.count(name)) for name in set(sources)
    }  # of each source's sum
    weight = np.array([share[name] for name in sources])
    return CyclePool(
        np.concatenate(families).astype(np.float16),
        np.cumsum(sizes) - sizes,
        sizes,
        weight / weight.sum(),
        _chain(others, rng).astype(np.float16),
    )


def _view(movement: Movement, rng: np.random.Generator) -> list[np.ndarray]:
    """Return a movement's joints (T, 13, 2) as filmed; where the depth is known from one side more."""
    known = np.isfinite(movement.xy).all(axis=-1)
    sides = known | known[:, PENN_MIRROR]
    if len(known) < 12 or sides.mean(axis=0).min() < 0.4:
        return []
    at_s = np.arange(movement.time_s[0], movement.time_s[-1], 1 / RATE_HZ)
    views = [movement.xy.astype(float)]
    if movement.xyz is not None:
        turn, tilt = rng.uniform(-np.pi, np.pi), np.radians(rng.normal(5, 12))
        x, y, z = np.moveaxis(movement.xyz.astype(float), -1, 0)
        across, away = np.cos(turn) * x + np.sin(turn) * z, np.cos(turn) * z - np.sin(turn) * x
        views.append(np.stack([across, np.cos(tilt) * y - np.sin(tilt) * away], axis=-1))
    return [measure_body(fill_joints(interpolate(movement.time_s, view, at_s))) for view in views]


def measure_body(joints: np.ndarray) -> np.ndarray:
    """Bring joints (T, 13, 2) to body units: the hips in the middle, the trunk 1 long."""
    hips, shoulders = (
        joints[:, places].mean(axis=1, keepdims=True) for places in (PENN_HIPS, PENN_SHOULDERS)
    )
    trunk = np.median(np.linalg.norm(hips - shoulders, axis=-1))
    height = (
        np.ptp(joints, axis=1).max(axis=-1).mean()
    )  # a trunk that points at the camera is short
    return (joints - hips) / max(float(trunk), 0.3 * float(height), 1e-6)


def cut_cycles(joints: np.ndarray, *, halves: bool = False) -> np.ndarray:
    """Cut a recording into closed cycles along its main movement.

    Parameters
    ----------
    joints : (T, 13, 2)
        Body units, 30 frames a second.
    halves : bool
        Whether a single way out may be run backwards, where there is no cycle.

    Returns
    -------
    ndarray (C, 64, 13, 2)
        From the end at which the recording mostly starts and stops. C may be 0.
    """
    calm = gaussian_filter1d(joints, _CALM_S * RATE_HZ, axis=0, mode="nearest")
    flat = calm.reshape(len(calm), -1)
    moves = flat - gaussian_filter1d(flat, _DRIFT_S * RATE_HZ, axis=0, mode="nearest")
    main = find_main_movements(moves, np.ones(len(moves), dtype=bool))[0]
    path = flat @ main
    swing = measure_swing(path)
    least = max(
        0.35 * float(np.percentile(swing, 75)), 0.25
    )  # trunk lengths, of all joints together
    turns = find_turning_points(path, np.maximum(0.35 * swing, least))
    if len(turns) < 2:
        return np.empty((0, SAMPLES, 13, 2))
    middle = (path.max() + path.min()) / 2
    rest = -1 if path[0] + path[-1] < 2 * middle else 1
    cycles = []
    for (start, sign), (turn, _), (end, _) in zip(turns, turns[1:], turns[2:], strict=False):
        if sign == rest and 8 <= end - start <= 10 * RATE_HZ:
            there, back = (_stretch(calm[a : b + 1]) for a, b in ((start, turn), (turn, end)))
            cycle = np.concatenate([there, back])
            gap = calm[end] - calm[start]
            cycles.append(cycle - gap * (np.arange(SAMPLES) / SAMPLES)[:, None, None])
    if not cycles and halves:
        for (start, sign), (turn, _) in pairwise(turns):
            if turn - start >= 4:
                way = calm[start : turn + 1] if sign == rest else calm[start : turn + 1][::-1]
                there = _stretch(way)
                cycles.append(np.concatenate([there, way[-1:], there[:0:-1]]))
    step = max(len(cycles) / _MOST_CYCLES, 1.0)
    kept = [cycles[int(k * step)] for k in range(int(len(cycles) / step))]
    return np.array(kept).reshape(-1, SAMPLES, 13, 2)


def _stretch(way: np.ndarray) -> np.ndarray:
    """Bring one way, (n, 13, 2), to 32 samples, the last one left out."""
    at = np.arange(SAMPLES // 2) * (len(way) - 1) / (SAMPLES // 2)
    return interpolate(np.arange(len(way)), way, at)


def _cut_outside(movement: Movement, joints: np.ndarray) -> list[np.ndarray]:
    """Return what lies before and after the marked set, where a recording has marks."""
    if movement.active_s is None:
        return []
    first, last = (
        int((t - movement.time_s[0] + sign * 1.0) * RATE_HZ)
        for t, sign in zip(movement.active_s, (-1, 1), strict=True)
    )
    parts = [joints[: max(first, 0)], joints[max(last, 0) :]]
    return [part for part in parts if len(part) >= RATE_HZ]


def _chain(parts: list[np.ndarray], rng: np.random.Generator, blend: int = 15) -> np.ndarray:
    """Join recordings in random order, each blended into the next over half a second."""
    parts = [parts[k] for k in rng.permutation(len(parts)) if len(parts[k]) > 2 * blend]
    share = ((1 - np.cos(np.pi * (np.arange(blend) + 0.5) / blend)) / 2)[:, None, None]
    chained = [parts[0]]
    for part in parts[1:]:
        before = chained[-1]
        chained[-1] = before[:-blend]
        chained.append(before[-blend:] * (1 - share) + part[:blend] * share)
        chained.append(part[blend:])
    return np.concatenate(chained)
