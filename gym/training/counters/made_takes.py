"""Artificial recordings: a stick figure's squats and push-ups with their true phase, and others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from gym.athlete.stick_figure import Track, ease, hide_far_joints, look_from, vary_body
from gym.counting.phase_net import LABELS
from gym.skeleton import PENN_HIPS, PENN_JOINTS
from gym.training.counters.takes import ASIDE, TAKE_HZ, Take
from gym.training.made_movements import MAKERS

_LENGTH_S = 9.0


def make_takes(count: int, seed: int, split: str = "train") -> list[Take]:
    """Make takes: a third each of squats, push-ups and other movements, seen from all sides.

    Parameters
    ----------
    count : int
    seed : int
        The same seed makes the same takes.
    split : str
        "train" or "val".

    Returns
    -------
    list of Take
        9 s each, source "made", each in a group of its own.
    """
    rng = np.random.default_rng(seed)
    takes = []
    for number in range(count):
        label = LABELS[number % len(LABELS)]
        fitting = [
            make for make, name, _ in MAKERS if (name if name in LABELS else "none") == label
        ]
        make = fitting[rng.integers(len(fitting))]
        takes.append(_make_take(rng, make, label, f"made{seed}-{number}", split))
    return takes


def _make_take(rng: np.random.Generator, make: Callable, label: str, name: str, split: str) -> Take:
    """Move a random body through one track and look at it from a random place."""
    time_s = np.arange(0, _LENGTH_S, 1 / TAKE_HZ)
    track, anchor = make(rng, _LENGTH_S)
    stances = ease(track, time_s)
    frames = len(time_s)
    if label == "none":
        phase, rising, spans = np.zeros(frames), np.zeros(frames, dtype=bool), ()
    else:
        phase, rising, spans = _find_phase(track, stances, time_s)
    body, visibility = _film(rng, *vary_body(rng, stances, anchor))
    inside = float(label != "none")
    return Take(
        id=name,
        group=name,
        source="made",
        split=split,
        label=label,
        body=body.astype(np.float32),
        visibility=visibility.astype(np.float32),
        phase=phase.astype(np.float32),
        rising=rising,
        sure=np.full(frames, 1.0 if inside else ASIDE, dtype=np.float32),
        set_share=np.full(frames, inside, dtype=np.float32),
        spans=spans,
    )


def _find_phase(
    track: Track, stances: np.ndarray, time_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple[tuple[int, int, int], ...]]:
    """Measure how far every stance is on the way from the top to the bottom of its rep.

    Returns
    -------
    phase (T,), rising (T,), spans
        As in `Take`.
    """
    key_s, keys = track
    top = keys[0]
    away = np.linalg.norm(keys - top, axis=1)
    phase = np.linalg.norm(stances - top, axis=1) / max(away.max(), 1e-6)
    rising, spans = np.zeros(len(time_s), dtype=bool), []
    at_top = np.flatnonzero(away < 1e-6)
    for before, after in pairwise(at_top):
        if after == before + 1:
            continue  # a pause at the top
        start_s, end_s = key_s[before], key_s[after]
        bottom_s = (key_s[before + 1] + key_s[after - 1]) / 2
        part = (time_s >= start_s) & (time_s <= end_s)
        phase[part] *= away.max() / away[before + 1]
        rising |= (time_s > bottom_s) & (time_s <= end_s + min(0.2, 0.1 * (end_s - start_s)))
        if start_s >= 0 and end_s <= time_s[-1]:
            spans.append(tuple(round(moment * TAKE_HZ) for moment in (start_s, bottom_s, end_s)))
    return np.clip(phase, 0, 1), rising, tuple(spans)


def _film(
    rng: np.random.Generator, room_m: np.ndarray, trunk_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Look at a figure (T, 13, 3) from a random place: body (T, 13, 5), visibility (T, 13)."""
    frames = len(room_m)
    yaw = rng.uniform(0, 2 * np.pi) + np.linspace(0, rng.normal(0, 0.15), frames)[:, None]
    pitch = np.radians(rng.normal(8, 8))
    world = look_from(room_m - room_m.mean(axis=(0, 1)), -yaw, -pitch) * [1.0, -1.0, 1.0]
    far_m = rng.uniform(2.2, 6.0)
    image = world[..., :2] * (far_m / (far_m + world[..., 2:]))
    visibility = np.clip(rng.normal(0.95, 0.05, (frames, len(PENN_JOINTS))), 0, 1)
    hide_far_joints(rng, visibility, world[..., 2])
    around_hips = [
        points - points[:, PENN_HIPS].mean(axis=1, keepdims=True) for points in (image, world)
    ]
    return np.concatenate(around_hips, axis=-1) / trunk_m, visibility
