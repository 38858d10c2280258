"""Looks at a recording at several speeds, as RepNet does, and reads the repetitions off the surest.

A network sees windows of a fixed number of ticks. A tick may last one frame or eight (of 30 a second),
so that a fast repetition and a slow one both fit. Each speed's windows overlap by half and are merged;
the speed at which the network is surest counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gym.counting.body_box import FEATURES
from gym.counting.triggers import Span, follow_trigger

#: Frames a tick: RepNet's own.
STRIDES = (1, 2, 3, 4, 8)
#: Ticks that a repetition lasts at the least: from the first number on a speed may do, from the second
#: on it does; and at the most, as shares of a window, the other way round.
_SHORTEST, _LONGEST = (3.0, 6.0), (0.35, 0.5)
#: Of a network that names salient poses: the weight of a new tick, and what enters and leaves a pose. It
#: learned shares that rise and fall evenly, so that little more than a half is a pose already.
_MOMENTUM, _ENTER, _LEAVE = 0.5, 0.52, 0.45


@dataclass(frozen=True)
class Sight:
    """How a network sees, and from when on it is believed.

    Attributes
    ----------
    ticks : int
        Of a window.
    least : float
        Where it is less sure than this, nothing is counted. Chosen on validation.
    """

    ticks: int
    least: float = 0.5


@dataclass(frozen=True, eq=False)
class SpeedReading:
    """What a network says at one speed: ``n`` ticks.

    Attributes
    ----------
    stride : int
        Frames a tick.
    density, sure : float64 (n,)
        As in `gym.counting.networks.Reading`.
    ends : float64 (n, 2) or None
    """

    stride: int
    density: np.ndarray
    sure: np.ndarray
    ends: np.ndarray | None = None


#: A stride, its ticks, and the first tick of each window.
Plan = list[tuple[int, int, np.ndarray]]


def cut_windows(boxed: np.ndarray, seen: np.ndarray, ticks: int) -> tuple[np.ndarray, Plan]:
    """Cut a recording into windows at every speed that fits it.

    Parameters
    ----------
    boxed : (G, 13, 2); seen : bool (G,)
        As `gym.counting.body_box.box_body` returns them.
    ticks : int
        Of a window.

    Returns
    -------
    features : float32 (W, ticks, 27)
    plan : list of (stride, ticks in all, first ticks (n,))
        What the windows are, in that order.
    """
    flat = boxed.reshape(len(boxed), -1)
    windows, plan = [], []
    for stride in STRIDES:
        total = -(-len(flat) // stride)
        if stride > 1 and total < ticks // 2:
            break
        rows = np.concatenate([_calm(flat, stride), seen[:, None]], axis=1)[::stride]
        short = max(ticks - total, 0)
        if short:  # hold the last pose; nobody is seen there
            held = np.repeat(rows[-1:], short, axis=0)
            held[:, -1] = 0.0
            rows = np.concatenate([rows, held])
        last = len(rows) - ticks
        firsts = np.unique(np.append(np.arange(0, last, ticks // 2), last))
        windows.append(rows[firsts[:, None] + np.arange(ticks)])
        plan.append((stride, total, firsts))
    return np.concatenate(windows).astype(np.float32).reshape(-1, ticks, FEATURES), plan


def _calm(flat: np.ndarray, stride: int) -> np.ndarray:
    """Average each frame with those that the stride leaves out around it."""
    if stride == 1:
        return flat
    padded = np.pad(flat, ((stride // 2, stride - 1 - stride // 2), (0, 0)), mode="edge")
    summed = np.cumsum(np.concatenate([np.zeros((1, flat.shape[1])), padded]), axis=0)
    return (summed[stride:] - summed[:-stride]) / stride


def merge_windows(
    density: np.ndarray, sure: np.ndarray, ends: np.ndarray | None, plan: Plan
) -> list[SpeedReading]:
    """Merge what was said about the windows of `cut_windows`; their middles weigh most."""
    ticks = density.shape[1]
    weight = 1.0 - np.abs(np.arange(ticks) - (ticks - 1) / 2) / (ticks / 2 + 1)
    values = np.stack([density, sure, *(np.moveaxis(ends, -1, 0) if ends is not None else ())])
    readings, done = [], 0
    for stride, total, firsts in plan:
        merged = np.zeros((len(values), firsts[-1] + ticks))
        weights = np.zeros(firsts[-1] + ticks)
        for first in firsts:
            merged[:, first : first + ticks] += values[:, done] * weight
            weights[first : first + ticks] += weight
            done += 1
        merged = (merged / weights)[:, :total]
        both = merged[2:].T if ends is not None else None
        readings.append(SpeedReading(stride, merged[0], merged[1], both))
    return readings


def choose_speed(readings: Sequence[SpeedReading], sight: Sight) -> SpeedReading:
    """Return the reading that is surest of repetitions which its windows show well."""
    return max(readings, key=lambda reading: measure_sureness(reading, sight))


def measure_sureness(reading: SpeedReading, sight: Sight) -> float:
    """Return how sure a reading is over the clip, 0..1, of repetitions that fit its windows."""
    span = max(min(sight.ticks // 4, len(reading.sure)), 1)
    sure = _average(reading.sure, span)
    period = sure / np.maximum(_average(reading.density, span), 1e-4)
    fits = np.interp(period, _SHORTEST, (0.0, 1.0))
    fits = fits * np.interp(period / sight.ticks, _LONGEST, (1.0, 0.0))
    return float((sure * fits).mean())


def _average(values: np.ndarray, span: int) -> np.ndarray:
    """Average over a span of ticks around each."""
    return _calm(values[:, None], span)[:, 0]


def find_active(reading: SpeedReading, sight: Sight) -> np.ndarray:
    """Tell in which ticks the network is sure enough to count: bool (n,)."""
    sure = _average(reading.sure, max(min(sight.ticks // 8, len(reading.sure)), 1))
    return sure >= sight.least


def spread_reps(reading: SpeedReading, sight: Sight, boxed: np.ndarray) -> list[Span]:
    """Return the repetitions of a density: as many as its rounded sum, each holding as much of it.

    The turn is where the body is farthest from how it begins and ends.
    """
    density = reading.density * find_active(reading, sight)
    gathered = np.cumsum(density)
    reps = int(np.rint(gathered[-1]))
    if not reps:
        return []
    share = gathered[-1] / reps
    at = np.arange(reps) * share
    # Within a pause the sum stands still: a repetition begins after it and ends before it.
    starts = np.searchsorted(gathered, at + 0.04 * share)
    ends = np.searchsorted(gathered, at + 0.96 * share) + 1
    ends[:-1] = np.minimum(ends[:-1], starts[1:])
    spans = []
    for start, end in zip(starts * reading.stride, ends * reading.stride, strict=True):
        first, last = int(min(start, len(boxed) - 1)), int(min(end, len(boxed) - 1))
        rest = (boxed[first] + boxed[last]) / 2
        away = np.square(boxed[first : last + 1] - rest).sum(axis=(1, 2))
        spans.append((float(first), float(first + np.argmax(away)), float(last)))
    return spans


def read_reps(
    answer: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray | None]],
    boxed: np.ndarray,
    seen: np.ndarray,
    sight: Sight,
) -> tuple[list[Span], SpeedReading]:
    """Let a network look at a recording and return the repetitions, with the reading that counts.

    Parameters
    ----------
    answer : features (W, T, 27) -> density, sure, ends
        What the network says about windows.
    boxed, seen
        As in `cut_windows`.
    sight : Sight
    """
    features, plan = cut_windows(boxed, seen, sight.ticks)
    best = choose_speed(merge_windows(*answer(features), plan), sight)
    return decode(best, sight, boxed), best


def decode(reading: SpeedReading, sight: Sight, boxed: np.ndarray) -> list[Span]:
    """Return the repetitions of a reading, by its salient poses where it has them."""
    if reading.ends is None:
        return spread_reps(reading, sight, boxed)
    lean = (reading.ends[:, 0] - reading.ends[:, 1]) * find_active(reading, sight)
    spans = follow_trigger((1 + lean) / 2, _MOMENTUM, _ENTER, _LEAVE)
    return [tuple(min(at * reading.stride, len(boxed) - 1.0) for at in span) for span in spans]
