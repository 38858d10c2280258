"""The phases of a rep: the way out, the pause at the turn, the way back, and the rest.

A pause is measured: it is where the speed stays below a share of that way's peak, for long enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gym.exercises import Exercise
from gym.exercises.signals import measure_sides, measure_travel, see_sides
from gym.features import SEEN_VISIBILITY, mean_known, pixels_per_metre
from gym.schema import PoseSequence, Rep
from gym.skeleton import HIPS, SHOULDERS
from gym.smoothing import LONGEST_GAP_S, find_neighbours, spread_times

RATE_HZ = 30.0  #: of the even times at which the movement is followed
#: Below this share of its peak speed a movement cannot be told from standing still: joints that jitter
#: by 2 % of the trunk's length reach it in a rep of 4 s.
STILL_SHARE = 0.12
#: What is slower than that at either end of a movement takes as long as the stretch between 30 % and 12 %
#: of the peak speed. Of the smoothest movement (Flash and Hogan, J. Neuroscience 5(7), 1985) it is 1.4
#: times as long, but smoothing lengthens that stretch: of made reps of five exercises, each way 0.6 to
#: 3 s long, phases are then right within 0.07 s (median), without either way being favoured.
_BRISK_SHARE, _TAIL = 0.30, 1.0
PAUSE_S = 0.3  #: what is shorter is the turn itself: no body turns at once
_ZONE = 0.2  # a pause at the turn lies within this share of the way, and so does one at rest
_REACH_S = 0.14  # half the width of the parabola whose slope is the speed
_SCALE_HZ = 5.0  # how often the size in the picture is measured
_AROUND_S = 1.0  # a counter sees a rep begin late and end early, but by no more than that
_KNOWN_SHARE = 0.8  # of a rep's time, so that its phases are known
LEFT, RIGHT, BOTH = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Movement:
    """The exercise's signal over a whole clip, at even times.

    Attributes
    ----------
    time_s : float64 (G,)
        Nowhere further than `LONGEST_GAP_S` from a frame.
    out : float64 (G, 3)
        How far out left, right and both together are, in the signal's unit: larger is nearer to the
        turn. NaN where unseen.
    speed : float64 (G, 3)
        Its change a second, positive on the way out.
    seen : float64 (G, 2)
        The visibility of left and right, 0..1.
    travel_trunks : float64 (G,)
        How far out the body is, in trunk lengths; NaN where the exercise moves no body, or unseen.
    each_side : bool
        Whether left and right may take turns.
    """

    time_s: np.ndarray
    out: np.ndarray
    speed: np.ndarray
    seen: np.ndarray
    travel_trunks: np.ndarray
    each_side: bool


@dataclass(frozen=True)
class Phases:
    """The moments at which a rep's phases change, in seconds of the clip.

    Attributes
    ----------
    start_s, turn_s, leave_s, end_s : float
        The body leaves rest, arrives at the turn, leaves it, and is back.
    out, back : float
        How far it went out, and came back, in the signal's unit.
    column : int
        `LEFT`, `RIGHT` or `BOTH`: what moved.
    """

    start_s: float
    turn_s: float
    leave_s: float
    end_s: float
    out: float
    back: float
    column: int


def follow_movement(poses: PoseSequence, exercise: Exercise) -> Movement:
    """Follow an exercise's signal through a clip, as its counters see it.

    Parameters
    ----------
    poses : PoseSequence
    exercise : Exercise
    """
    if len(poses) < 2:
        empty = np.empty((0, 4))
        return Movement(empty[:, 0], empty[:, :3], empty[:, :3], empty[:, :2], empty[:, 3], False)
    signal = exercise.signal
    sides = measure_sides(poses.xy_px, poses.xyz_m, signal)
    seen = see_sides(poses.visibility, signal).astype(float)
    sides[seen < SEEN_VISIBILITY] = np.nan
    weight = np.where(np.isfinite(sides), np.square(seen), 0.0)
    with np.errstate(invalid="ignore"):
        both = np.nansum(sides * weight, axis=1) / weight.sum(axis=1)
    paths = np.column_stack([sides, both, _measure_trunks(poses, exercise)])
    paths[:, :3] *= 1.0 if signal.rises else -1.0
    time_s = spread_times(poses.time_s, RATE_HZ, LONGEST_GAP_S / 2)
    even = _to_even_times(poses.time_s, paths, time_s)
    calm, speed = _smooth_evenly(even)
    before, after, share = find_neighbours(poses.time_s, time_s)
    nearer = np.where(share < 0.5, before, after)
    return Movement(time_s, calm[:, :3], speed[:, :3], seen[nearer], calm[:, 3], signal.each_side)


def follow_phases(movement: Movement, reps: Sequence[Rep]) -> list[Phases | None]:
    """Find the phases of each rep of a clip, in time order; None where too little was seen."""
    turns_s = [-np.inf, *(rep.bottom_s for rep in reps), np.inf]
    return [
        find_phases(movement, rep, before_s, after_s)
        for rep, before_s, after_s in zip(reps, turns_s, turns_s[2:], strict=False)
    ]


def find_phases(movement: Movement, rep: Rep, from_s: float, until_s: float) -> Phases | None:
    """Find when one rep's phases change; None where too little of it was seen.

    Parameters
    ----------
    movement : Movement
    rep : Rep
    from_s, until_s : float
        The turns of the reps before and after it, beyond which nothing is looked for.
    """
    low_s = min(max(from_s, rep.start_s - _AROUND_S), rep.start_s)
    high_s = max(min(until_s, rep.end_s + _AROUND_S), rep.end_s)
    low, first, last, high = np.searchsorted(
        movement.time_s, (low_s, rep.start_s, rep.end_s, high_s)
    ).tolist()
    first, last = max(first, low), min(last, high)  # where a partial rep lies in another one
    if last <= first:
        return None
    column = _choose_side(movement, first, last)
    out = movement.out[low:high, column]
    known = np.isfinite(movement.out[first:last, column])
    if known.sum() < max(3, _KNOWN_SHARE * (rep.end_s - rep.start_s) * RATE_HZ):
        return None
    time_s, speed = movement.time_s[low:high], movement.speed[low:high, column]
    inside = np.where(np.isfinite(out), out, -np.inf)
    turn = first - low + int(np.argmax(inside[first - low : last - low]))
    going = _find_way(out[: turn + 1][::-1], -speed[: turn + 1][::-1])
    coming = _find_way(out[turn:], speed[turn:])
    if going is None or coming is None:
        return None
    (going_on, went, _), (leaving, left, ends) = going, coming
    arrive, leave = turn - going_on, turn + leaving
    if (leave - arrive) / RATE_HZ < PAUSE_S:  # nothing lasts that long: it turned in between
        arrive = leave = turn + (left - went) / 2
    start, end = turn - going[2], turn + ends

    def at(sample: float) -> float:
        return float(np.interp(sample, np.arange(len(time_s)), time_s))

    return Phases(
        at(start),
        at(arrive),
        at(leave),
        at(end),
        out=float(out[turn] - out[round(start)]),
        back=float(out[turn] - out[round(end)]),
        column=column,
    )


def _find_way(out: np.ndarray, speed: np.ndarray) -> tuple[float, float, float] | None:
    """Find where the way from a turn to rest begins and ends, in samples.

    Parameters
    ----------
    out : (n,)
        From the turn on; NaN where unseen.
    speed : (n,)
        Negative where it goes towards rest.

    Returns
    -------
    begins, is_seen, ends : float, or None where nothing moves
        ``is_seen``: where it is first told from standing still.
    """
    known = np.isfinite(out)
    if known.sum() < 3:
        return None
    way = np.where(known, out, out[0])
    rest = int(np.argmin(way))
    amount = way[0] - way[rest]
    back = np.where(np.isfinite(speed), -speed, 0.0)
    # The first time that it comes near its rest: what follows may be the next movement.
    near_rest = int(np.argmax(way <= way[rest] + _ZONE * amount))
    peak = back[: near_rest + 1].max() if near_rest else 0.0
    if not amount > 0 or not peak > 0:
        return None
    still, brisk = back < STILL_SHARE * peak, back >= _BRISK_SHARE * peak
    leaves = int(np.argmax(way < way[0] - _ZONE * amount))
    at_turn = np.flatnonzero(still[:leaves])
    is_seen = int(at_turn[-1]) if len(at_turn) else 0
    begins = is_seen - _TAIL * int(np.argmax(brisk[is_seen:]))
    stops = np.flatnonzero(still[near_rest:])
    if not len(stops):
        return max(begins, 0.0), is_seen, rest
    stop = near_rest + int(stops[0])
    tail = _TAIL * (stop - int(np.flatnonzero(brisk[:stop])[-1]))
    goes_out = np.flatnonzero(back[stop:] < -STILL_SHARE * peak)
    room = goes_out[0] if len(goes_out) else len(way) - 1 - stop
    return max(begins, 0.0), is_seen, stop + min(tail, room)


def _choose_side(movement: Movement, first: int, last: int) -> int:
    """Return what moved between two samples: one side, where the other hardly did, or both."""
    if not movement.each_side or last <= first:
        return BOTH
    part = movement.out[first:last, :2]
    ranges = [
        np.ptp(side[np.isfinite(side)]) if np.isfinite(side).any() else 0.0 for side in part.T
    ]
    if max(ranges) == 0 or min(ranges) >= 0.5 * max(ranges):
        return BOTH
    return int(np.argmax(ranges))


def _measure_trunks(poses: PoseSequence, exercise: Exercise) -> np.ndarray:
    """Measure how far out the body is, in trunk lengths: (T,)."""
    if exercise.travel is None:
        return np.full(len(poses), np.nan)
    # Nobody comes much nearer within a fifth of a second, and comparing all joints takes time.
    often = max(1, round(len(poses) / (_SCALE_HZ * max(np.ptp(poses.time_s), 1.0))))
    scale = np.asarray(pixels_per_metre(poses.xy_px[::often], poses.xyz_m[::often]))
    known = np.isfinite(scale)
    if not known.any():
        return np.full(len(poses), np.nan)
    scale = np.interp(poses.time_s, poses.time_s[::often][known], scale[known])
    height_m = measure_travel(poses.xy_px, poses.xyz_m, exercise.travel, scale)[:, 0]
    trunk = mean_known(poses.xyz_m[:, SHOULDERS]) - mean_known(poses.xyz_m[:, HIPS])
    lengths_m = np.linalg.norm(trunk, axis=1)
    known = np.isfinite(lengths_m)
    length_m = float(np.median(lengths_m[known])) if known.any() else np.nan
    return -height_m / length_m if length_m > 0 else np.full(len(poses), np.nan)


def _to_even_times(time_s: np.ndarray, paths: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """Join known samples by straight lines: (T, n) to (S, n); NaN in longer gaps."""
    even = np.full((len(at_s), paths.shape[1]), np.nan)
    for column, path in enumerate(paths.T):
        known = np.isfinite(path)
        if known.sum() < 2:
            continue
        known_s = time_s[known]
        before, after, _ = find_neighbours(known_s, at_s)
        inside = (at_s >= known_s[0] - 1e-9) & (at_s <= known_s[-1] + 1e-9)
        near = known_s[after] - known_s[before] <= LONGEST_GAP_S + 1e-9
        even[:, column] = np.where(inside & near, np.interp(at_s, known_s, path[known]), np.nan)
    return even


def _smooth_evenly(even: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smooth even paths (S, n): the paths and their slopes a second, NaN where they were NaN.

    As `gym.smoothing` does it, a median of three, then a local parabola (Savitzky and Golay, 1964),
    but for a whole clip at once.
    """
    from scipy.ndimage import median_filter  # late: SciPy takes its time to import
    from scipy.signal import savgol_filter

    width = 2 * round(_REACH_S * RATE_HZ) + 1
    unknown = np.isnan(even)
    calm, speed = np.full(even.shape, np.nan), np.full(even.shape, np.nan)
    for column, path in enumerate(even.T):
        known = np.flatnonzero(~unknown[:, column])
        if len(known) <= width:
            continue
        filled = median_filter(np.interp(np.arange(len(path)), known, path[known]), size=3)
        calm[:, column] = savgol_filter(filled, width, 2)
        speed[:, column] = savgol_filter(filled, width, 2, deriv=1, delta=1 / RATE_HZ)
    calm[unknown], speed[unknown] = np.nan, np.nan
    return calm, speed
