"""Holds: how long a posture was kept, and when.

An exercise that is held says which values of the body stay within limits (``Exercise.held``), which one
has to be steady (``signal``), and how the trunk lies. A hold begins when all of it is so and ends when
something is not: getting into position, and out of it, does not count.

What cannot be told from joints alone: whether a back leans on a wall or the thighs rest on a chair, and
whether somebody who props himself up on his elbows carries his hips or lets them hang to the floor. From
the front the legs of a plank hide behind the trunk, so a bent knee may go unseen. Planks on the knees are
not timed.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gym.exercises import Exercise, Kind
from gym.exercises.signals import Signal, see_sides
from gym.exercises.stays import measure_stay
from gym.features import SEEN_VISIBILITY, estimate_view, trunk_tilt_deg
from gym.schema import Hold, PoseSequence
from gym.smoothing import smooth

UNSEEN_S = 1.0  #: nobody gets up and down again so quickly: unseen for so long is bridged
#: Out of position for so long is a wobble of the body or of the measurement: nobody rests so shortly.
WOBBLE_S = 0.5
_STEADY_S = 1.0  # a value is steady where it changes little for a second
#: A hold begins and ends where its signal comes within this share of what it may change: two degrees.
#: Whoever gets into position is slow at its end, and takes half a second for the last ten degrees.
_SETTLED_SHARE = 0.1
_SETTLING_S = 1.0  # and no longer: what is further away is another part of the hold


def find_holds(poses: PoseSequence, exercise: Exercise) -> tuple[Hold, ...]:
    """Find when a posture was held.

    Parameters
    ----------
    poses : PoseSequence
    exercise : Exercise
        One that is held.

    Returns
    -------
    tuple of Hold
        In time order, without findings; those shorter or longer than ``exercise.rep_s`` are left out.

    Raises
    ------
    ValueError
        The exercise is counted, not held.
    """
    if exercise.kind is not Kind.HOLD:
        raise ValueError(f"expected an exercise that is held, got {exercise.name}")
    if not len(poses):
        return ()
    signal, known, kept = _follow_posture(poses, exercise)
    shortest_s, longest_s = exercise.rep_s
    settled = _SETTLED_SHARE * exercise.signal.least
    holds = []
    for places in _join_frames(poses.time_s, known, kept):
        times_s, values = poses.time_s[places], signal[places]
        late_s = _unsettled_s(times_s - times_s[0], values, settled)
        early_s = _unsettled_s(times_s[-1] - times_s[::-1], values[::-1], settled)
        start_s, end_s = float(times_s[0] + late_s), float(times_s[-1] - early_s)
        if shortest_s <= end_s - start_s <= longest_s:
            holds.append(Hold(exercise.name, start_s, end_s))
    return tuple(holds)


def _follow_posture(
    poses: PoseSequence, exercise: Exercise
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the signal, whether the posture is known, and whether it is the exercise's: (T,) each.

    The trunk and the exercise's signal have to be seen; any other value that is not known passes.
    """
    signal = exercise.signal
    all_parts = list(dict.fromkeys([signal.parts, *(stay.parts for stay in exercise.held)]))
    columns = [trunk_tilt_deg(poses.xyz_m), *(measure_stay(poses, parts) for parts in all_parts)]
    smoothed = smooth(poses.time_s, np.stack(columns, axis=1))
    tilt_deg = smoothed[:, 0]
    values = dict(zip(all_parts, smoothed[:, 1:].T, strict=True))
    if not np.isfinite(poses.xyz_m).any():  # no world coordinates: as the picture shows it
        flat = np.concatenate([poses.xy_px, np.zeros_like(poses.xy_px[..., :1])], axis=-1)
        tilt_deg = trunk_tilt_deg(flat)
    known = np.isfinite(tilt_deg) & np.isfinite(values[signal.parts]) & _is_visible(poses, exercise)
    low_deg, high_deg = exercise.trunk_tilt_deg
    kept = (tilt_deg >= low_deg) & (tilt_deg <= high_deg)
    kept &= _find_steady(poses.time_s, values[signal.parts], signal.least)
    for stay in exercise.held:
        value = values[stay.parts]
        kept &= ~((value < stay.low) | (value > stay.high))
        if np.isfinite(stay.change):
            kept &= np.isnan(value) | _find_steady(poses.time_s, value, stay.change)
    return values[signal.parts], known, kept & known


def _is_visible(poses: PoseSequence, exercise: Exercise) -> np.ndarray:
    """Tell in which frames the joints of the signal are seen, on the better side: bool (T,).

    Seen from the front or from behind, the trunk of somebody on hands and feet hides the legs: there it
    is enough to see what else has to be steady, the arms that carry.
    """
    seen = see_sides(poses.visibility, exercise.signal).max(axis=1)
    if estimate_view(poses).label in ("front", "rear"):
        for stay in exercise.held:
            if np.isfinite(stay.change):
                seen = np.fmax(
                    seen, see_sides(poses.visibility, Signal(stay.parts, 0.0)).max(axis=1)
                )
    return seen >= SEEN_VISIBILITY


def _find_steady(time_s: np.ndarray, values: np.ndarray, change: float) -> np.ndarray:
    """Tell which frames lie within a second in which a value changes by no more: bool (T,)."""
    steady = np.zeros(len(time_s), dtype=bool)
    ends = np.searchsorted(time_s, time_s + _STEADY_S, side="right")
    for first, end in enumerate(ends):
        if time_s[end - 1] - time_s[first] < _STEADY_S / 2:  # the clip's end, or hardly a frame
            continue
        known = values[first:end][np.isfinite(values[first:end])]
        if len(known) and known.max() - known.min() <= change:
            steady[first:end] = True
    return steady


def _join_frames(time_s: np.ndarray, known: np.ndarray, kept: np.ndarray) -> list[np.ndarray]:
    """Join frames in position to stretches, over what is short enough to be bridged; return places."""
    places = np.flatnonzero(kept)
    cuts = []
    for at, (before, place) in enumerate(pairwise(places), start=1):
        out = time_s[before + 1 : place][known[before + 1 : place]]
        out_s = out[-1] - out[0] if len(out) else 0.0
        if time_s[place] - time_s[before] > UNSEEN_S or out_s > WOBBLE_S:
            cuts.append(at)
    return np.split(places, cuts) if len(places) else []


def _unsettled_s(away_s: np.ndarray, values: np.ndarray, settled: float) -> float:
    """Return how long, at one end of a stretch, its signal is still on the way.

    Parameters
    ----------
    away_s : float64 (n,)
        The frames' times from that end, rising from 0.
    values : float64 (n,)
    settled : float
        How near the signal has to be to what it is in the two seconds that follow.
    """
    usual = np.median(values[away_s <= _SETTLING_S + 2.0])
    there = np.flatnonzero(np.abs(values - usual) <= settled)
    late_s = away_s[there[0]] if len(there) else 0.0
    return float(late_s) if late_s <= _SETTLING_S else 0.0
