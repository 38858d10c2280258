"""Turns the probabilities of windows into a timeline of labels, and into one label for the clip."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from gym.exercises import OTHER
from gym.schema import Classification, Segment

#: Seconds between two windows: short compared with a rep, and fast enough.
HOP_S = 0.5

#: The cost of a change of label, in nats: it takes about a second of clear windows to change.
SWITCH_COST = 3.0

#: A clip gets an exercise's label from this many seconds and this share of the clip on.
SHORTEST_SET_S = 1.5
SMALLEST_SHARE = 0.1

#: And from this mean probability on: with so many labels, one that is less likely is a guess, and what
#: the network does not know is "other".
LEAST_SURE = 0.4

#: Labels whose movements look alike from many sides; the one that is filmed most comes first. Where the
#: network is sure that it is one of them, but not which, it is that one: all are counted alike.
LOOK_ALIKES = ("squat", "lunge", "deadlift")
#: The share that they need together then.
TOGETHER = 0.6


def blend_windows(
    ends_s: np.ndarray, filled: np.ndarray, found: np.ndarray, window_s: float
) -> np.ndarray:
    """Blend overlapping windows into the label probabilities of each hop.

    Parameters
    ----------
    ends_s : float64 (N,)
        Hop ``i`` lies between the ends ``i - 1`` and ``i``.
    filled : float64 (N,)
        A window's weight: a half-empty one knows less.
    found : float64 (N, labels)
    window_s : float

    Returns
    -------
    float64 (N, labels), each row sums to 1
        A window has the most weight at its middle.
    """
    hops = ends_s - np.minimum(HOP_S, np.diff(ends_s, prepend=ends_s[0] - HOP_S)) / 2
    # Hop i lies in the windows i, i + 1 ... that begin before it: a few, however long the clip is.
    number = np.arange(len(hops))
    most = int((np.searchsorted(ends_s, hops + window_s) - number).max(initial=0))
    blended, total = np.zeros_like(found), np.zeros((len(hops), 1))
    for later in range(most):
        some = slice(0, len(hops) - later)
        place = (hops[some] - (ends_s[later:] - window_s)) / window_s  # 0 begin .. 1 end
        inside = (place > 0) & (place < 1)
        weight = np.where(inside, np.sin(np.pi * place.clip(0, 1)) ** 2, 0.0)
        weight = (weight * (filled[later:] + 1e-3) + 1e-9 * inside)[:, None]
        blended[some] += weight * found[later:]
        total[some] += weight
    return blended / total


def smooth_labels(probability: np.ndarray, switch_cost: float = SWITCH_COST) -> np.ndarray:
    """Find the most likely labels when every change has a cost (Viterbi): int (N,)."""
    score = np.log(np.maximum(probability, 1e-4))
    best, came_from = score[0], []
    for row in score[1:]:
        leader = int(best.argmax())
        stay = best >= best[leader] - switch_cost
        came_from.append(np.where(stay, np.arange(len(best)), leader))
        best = np.where(stay, best, best[leader] - switch_cost) + row
    path = [int(best.argmax())]
    for previous in reversed(came_from):
        path.append(int(previous[path[-1]]))
    return np.array(path[::-1])


def to_segments(
    path: np.ndarray, probability: np.ndarray, edges_s: np.ndarray, labels: Sequence[str]
) -> tuple[Segment, ...]:
    """Join neighbouring hops of one label; ``edges_s`` (N + 1,) bounds the N hops.

    A segment of one of the `LOOK_ALIKES` that is less sure than `LEAST_SURE` is the first of them, if
    they are sure enough together; it is then given that probability.
    """
    cuts = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    alike = [k for k, label in enumerate(labels) if label in LOOK_ALIKES]
    segments = []
    for a, b in itertools.pairwise(cuts):
        label, mean = labels[path[a]], probability[a:b].mean(axis=0)
        sure = float(mean[path[a]])
        if label in LOOK_ALIKES and sure < LEAST_SURE and mean[alike].sum() >= TOGETHER:
            label, sure = LOOK_ALIKES[0], LEAST_SURE
        segments.append(Segment(float(edges_s[a]), float(edges_s[b]), label, sure))
    return tuple(segments)


def summarise_segments(segments: tuple[Segment, ...], time_s: np.ndarray) -> Classification:
    """Label a clip with the exercise that takes up most of it.

    Rest may be longer than the set, so "other" is used only if no exercise lasts for at least
    `SHORTEST_SET_S` (half of a shorter clip) and `SMALLEST_SHARE` of the clip, and is `LEAST_SURE`.
    """
    seconds: dict[str, float] = {}
    sureness: dict[str, float] = {}
    for segment in segments:
        length = segment.end_s - segment.start_s
        seconds[segment.label] = seconds.get(segment.label, 0.0) + length
        sureness[segment.label] = sureness.get(segment.label, 0.0) + length * segment.probability
    total = sum(seconds.values())
    needed = max(min(SHORTEST_SET_S, 0.5 * total), SMALLEST_SHARE * total)
    lasting = {
        k: s
        for k, s in seconds.items()
        if k != OTHER and s >= needed and sureness[k] >= LEAST_SURE * s
    }
    label = max(lasting, key=lasting.__getitem__) if lasting else OTHER
    if label in seconds and seconds[label] > 0:
        probability = sureness[label] / seconds[label]
    else:
        probability = float(np.mean([s.probability for s in segments]))
    names = label_frames(segments, time_s)
    share = {name: names.count(name) / len(names) for name in dict.fromkeys(names)}
    return Classification(label, probability, "model", share, segments)


def label_frames(segments: Sequence[Segment], time_s: np.ndarray) -> list[str]:
    """Return the timeline's label of each frame."""
    starts = np.array([segment.start_s for segment in segments])
    place = np.clip(np.searchsorted(starts, time_s, side="right") - 1, 0, None)
    return [segments[i].label for i in place]
