"""The angles of every rep at the same shares of its way, whatever its tempo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gym.schema import Rep, Signals
from gym.smoothing import LONGEST_GAP_S, find_neighbours
from gym.tempo import Movement, Phases

SAMPLES = 50  #: of a rep: half of them on the way out, half on the way back
_OUT = SAMPLES // 2
_KNOWN_SHARE = 0.8  # of a rep, so that an angle's curve is known


@dataclass(frozen=True, eq=False)
class Curves:
    """What the joints of some reps do.

    Attributes
    ----------
    joints : tuple of A names, such as "left_knee"
        From the side only those of the near side.
    angle_deg : float64 (R, A, SAMPLES)
        All NaN where a joint was seen in less than most of the rep, else complete.
    time_s : float64 (R, SAMPLES)
        When each sample is, in seconds of the clip.
    share : float64 (R, SAMPLES)
        The same as a share of the rep, 0..1.
    """

    joints: tuple[str, ...]
    angle_deg: np.ndarray
    time_s: np.ndarray
    share: np.ndarray

    def __len__(self) -> int:
        return len(self.angle_deg)


def cut_curves(
    signals: Signals, movement: Movement, reps: Sequence[Rep], phases: Sequence[Phases | None]
) -> Curves:
    """Cut the joint angles into reps, at the same shares of the way out and of the way back.

    The way is the exercise's signal. So a pause, a slower rep, or a slow part of one is no other curve:
    it is compared where the joints are while the body is as far, and not when.

    Parameters
    ----------
    signals : Signals
    movement : Movement
    reps : sequence of Rep
    phases : sequence of Phases or None
        One for each rep; where it is not known, even times serve in place of even shares of the way.
    """
    at_s = np.array(
        [
            _spread_evenly(rep) if found is None else _spread_along(movement, found)
            for rep, found in zip(reps, phases, strict=True)
        ]
    ).reshape(-1, SAMPLES)
    start_s, end_s = at_s[:, :1], at_s[:, -1:]
    share = (at_s - start_s) / np.maximum(end_s - start_s, 1e-9)
    angles = sample_angles(signals, at_s)
    seen = [place for place, name in enumerate(signals.angle_names) if _is_seen(name, signals)]
    return Curves(tuple(signals.angle_names[k] for k in seen), angles[:, seen], at_s, share)


def _is_seen(name: str, signals: Signals) -> bool:
    """Whether an angle is seen at all: from the side the far limbs are guessed, however sure."""
    return signals.view.label != "side" or name.startswith(signals.near_side)


def sample_angles(signals: Signals, at_s: np.ndarray) -> np.ndarray:
    """Sample every angle at the moments of some reps.

    Parameters
    ----------
    signals : Signals
    at_s : float64 (R, S)
        Seconds of the clip.

    Returns
    -------
    float64 (R, A, S) degrees
        All NaN where a joint was seen in less than most of a rep, else complete.
    """
    angles = np.full((len(at_s), len(signals.angle_names), at_s.shape[1]), np.nan)
    if len(signals.time_s) > 1 and len(at_s):
        for joint, path in enumerate(signals.angle_deg.T):
            angles[:, joint] = _sample(signals.time_s, path, at_s)
    unseen = np.isnan(angles).mean(axis=2) > 1.0 - _KNOWN_SHARE
    for rep, joint in np.argwhere(np.isnan(angles).any(axis=2) & ~unseen):
        curve = angles[rep, joint]
        known = np.flatnonzero(np.isfinite(curve))
        angles[rep, joint] = np.interp(np.arange(at_s.shape[1]), known, curve[known])
    angles[unseen] = np.nan
    return angles


def _spread_evenly(rep: Rep) -> np.ndarray:
    """Return even times from a rep's start to its turn, and from there to its end: (SAMPLES,)."""
    going = np.linspace(rep.start_s, rep.bottom_s, _OUT, endpoint=False)
    return np.concatenate([going, np.linspace(rep.bottom_s, rep.end_s, SAMPLES - _OUT)])


def _spread_along(movement: Movement, phases: Phases) -> np.ndarray:
    """Return when a rep has made even shares of its way out, and of its way back: (SAMPLES,)."""
    ways = (
        (phases.start_s, phases.turn_s, np.linspace(0.0, 1.0, _OUT)),
        (phases.end_s, phases.leave_s, np.linspace(0.0, 1.0, SAMPLES - _OUT)),
    )
    times_s = []
    for rest_s, turn_s, shares in ways:
        first, last = np.searchsorted(movement.time_s, sorted((rest_s, turn_s))).tolist()
        time_s = movement.time_s[first : last + 1]
        out = movement.out[first : last + 1, phases.column]
        if rest_s > turn_s:
            time_s, out = time_s[::-1], out[::-1]
        known = np.isfinite(out)
        if known.sum() < 2:
            times_s.append(rest_s + shares * (turn_s - rest_s))
            continue
        # Jitter goes back a little: what was reached before counts.
        reached = np.maximum.accumulate(out[known])
        times_s.append(np.interp(reached[0] + shares * np.ptp(reached), reached, time_s[known]))
    return np.concatenate([times_s[0], times_s[1][::-1]])


def _sample(time_s: np.ndarray, path: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """Join an angle's known frames by straight lines: NaN in gaps, and outside the clip."""
    known = np.isfinite(path)
    if known.sum() < 2:
        return np.full(at_s.shape, np.nan)
    known_s, flat_s = time_s[known], at_s.ravel()
    before, after, _ = find_neighbours(known_s, flat_s)
    near = known_s[after] - known_s[before] <= LONGEST_GAP_S + 1e-9
    near &= (flat_s >= known_s[0] - LONGEST_GAP_S) & (flat_s <= known_s[-1] + LONGEST_GAP_S)
    return np.where(near, np.interp(flat_s, known_s, path[known]), np.nan).reshape(at_s.shape)
