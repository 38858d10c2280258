"""Filters and resampling of paths over time; NaN where unseen."""

from __future__ import annotations

from collections import deque
from functools import lru_cache

import numpy as np

#: Longest gap between frames that is bridged by a straight line, seconds.
LONGEST_GAP_S = 0.35


class Smoother:
    """Smooths values over time but keeps their turning points: median, then a local parabola.

    The median over `spike_s` on either side removes single wrong frames. The parabola through the
    samples within `reach_s` on either side (Savitzky and Golay, 1964, for uneven times) removes the
    jitter without cutting off the bottom of a fast rep, as a mean would. Both look only that far
    ahead, so the same object works for a live session and a recording.

    Parameters
    ----------
    reach_s, spike_s : float
        Half widths in seconds. The fastest reps known take 0.5 s; 0.12 s is less than a quarter of
        that. Just over whole frames at 20, 25, 50 and 60 frames/s, so that rounding does not decide
        which frames are included.
    fill : bool
        Fill in a missing value if there are known ones within reach on both sides.
    """

    def __init__(self, reach_s: float = 0.122, spike_s: float = 0.052, fill: bool = False) -> None:
        self._reach_s, self._spike_s, self._fill = reach_s, spike_s, fill
        self._raw: deque[tuple[float, np.ndarray]] = deque()
        self._calm: deque[tuple[float, np.ndarray]] = deque()
        self._next_raw = 0  # the first of `_raw` not yet passed on to `_calm`
        self._next_calm = 0

    @property
    def delay_s(self) -> float:
        """How far it looks ahead, in seconds, plus one frame."""
        return self._reach_s + self._spike_s

    def push(self, time_s: float, values: np.ndarray) -> list[tuple[float, np.ndarray]]:
        """Add one sample (any number of values, NaN where unseen); return those that are now final."""
        self._raw.append((time_s, np.asarray(values, dtype=float)))
        return self._settle(time_s)

    def flush(self) -> list[tuple[float, np.ndarray]]:
        """Return the samples that were still waiting for later ones."""
        return self._settle(np.inf)

    def _settle(self, now_s: float) -> list[tuple[float, np.ndarray]]:
        """Pass on every sample whose whole neighbourhood is known by now."""
        while self._next_raw < len(self._raw):
            time_s = self._raw[self._next_raw][0]
            if now_s < time_s + self._spike_s and now_s != np.inf:
                break
            near = [v for t, v in self._raw if abs(t - time_s) <= self._spike_s]
            own = self._raw[self._next_raw][1]
            calm = np.where(np.isnan(own), np.nan, _nan_median(near)) if len(near) > 2 else own
            self._calm.append((time_s, calm))
            self._next_raw += 1
            while self._raw[0][0] < time_s - self._spike_s:
                self._raw.popleft()
                self._next_raw -= 1
        settled = []
        while self._next_calm < len(self._calm):
            time_s = self._calm[self._next_calm][0]
            complete = self._calm[-1][0] >= time_s + self._reach_s
            if not complete and now_s != np.inf and now_s < time_s + self.delay_s:
                break
            settled.append((time_s, self._fit(time_s)))
            self._next_calm += 1
            while self._calm[0][0] < time_s - self._reach_s:
                self._calm.popleft()
                self._next_calm -= 1
        return settled

    def _fit(self, time_s: float) -> np.ndarray:
        """Return the local parabola's value at one sample's time."""
        near = [(t, v) for t, v in self._calm if abs(t - time_s) <= self._reach_s]
        own = self._calm[self._next_calm][1]
        offsets = np.array([t for t, _ in near]) - time_s
        values = np.array([v for _, v in near])
        unknown = np.isnan(values)
        fitted = own.copy()
        if len(near) > 3:  # not by "@": its last digits depend on how many values there are
            fitted = (_parabola_weights(offsets)[:, None] * values).sum(axis=0)
        for column in np.flatnonzero(unknown.any(axis=0)):
            seen = ~unknown[:, column]
            missing = np.isnan(own[column])
            between = (offsets[seen] < 0).any() and (offsets[seen] > 0).any()
            if missing and not (self._fill and between):
                fitted[column] = np.nan
            elif seen.sum() > 3:
                fitted[column] = _parabola_weights(offsets[seen]) @ values[seen, column]
            elif missing:
                fitted[column] = np.interp(0.0, offsets[seen], values[seen, column])
            else:
                fitted[column] = own[column]
        return fitted


def _nan_median(samples: list[np.ndarray]) -> np.ndarray:
    """Return the median of each value over some samples, ignoring NaN; NaN where all are."""
    stacked = np.sort(np.array(samples), axis=0)  # NaN sorts last
    known = len(stacked) - np.isnan(stacked).sum(axis=0)
    columns = np.arange(stacked.shape[1])
    low = stacked[np.maximum(known - 1, 0) // 2, columns]
    high = stacked[np.minimum(known // 2, len(stacked) - 1), columns]
    return (low + high) / 2


def _parabola_weights(offsets_s: np.ndarray) -> np.ndarray:
    """Return the weights whose sum over samples is the least-squares parabola's value at 0."""
    # Most frames of a clip have the same neighbourhood; a tenth of a millisecond does not matter.
    return _parabola_weights_of(tuple(np.round(offsets_s, 4).tolist()))


@lru_cache(maxsize=4096)
def _parabola_weights_of(offsets_s: tuple[float, ...]) -> np.ndarray:
    """Solve for the weights."""
    x = np.array(offsets_s)
    x = x / max(np.abs(x).max(), 1e-9)
    return np.linalg.pinv(np.stack([np.ones_like(x), x, x * x], axis=1))[0]


def smooth(time_s: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Smooth a whole path by `Smoother`: (T, A) to (T, A), NaN where it was NaN."""
    smoother = Smoother()
    settled = [pair for t, v in zip(time_s, values, strict=True) for pair in smoother.push(t, v)]
    settled += smoother.flush()
    return np.array([v for _, v in settled]).reshape(values.shape)


def spread_times(time_s: np.ndarray, rate_hz: float, reach_s: float) -> np.ndarray:
    """Return evenly spread times from the first frame to the last, but none far from every frame.

    Parameters
    ----------
    time_s : float64 (T,), strictly increasing, at least one
    rate_hz : float
    reach_s : float
        A time further than this from every frame is left out, so gaps cost nothing.

    Returns
    -------
    float64 (G,)

    >>> spread_times(np.array([0.0, 0.1, 0.2, 3600.0]), 10, 0.1).round(1).tolist()
    [0.0, 0.1, 0.2, 0.3, 3599.9, 3600.0]
    """
    even_s = np.arange(time_s[0], time_s[-1] + 1e-9, 1 / rate_hz)
    after = np.searchsorted(time_s, even_s).clip(0, len(time_s) - 1)
    before = (after - 1).clip(0)
    away_s = np.minimum(np.abs(even_s - time_s[before]), np.abs(time_s[after] - even_s))
    return even_s[away_s <= reach_s + 1e-9]


def interpolate(time_s: np.ndarray, values: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """Join every value's known times by straight lines, however far apart, and hold the ends.

    Parameters
    ----------
    time_s : (T,), strictly increasing
    values : (T, ...)
        NaN where unseen.
    at_s : (S,)

    Returns
    -------
    float64 (S, ...)
        NaN only where a value is never seen.
    """
    out = np.full((len(at_s), *values.shape[1:]), np.nan)
    for index in np.ndindex(values.shape[1:]):
        column = values[:, *index]
        known = np.isfinite(column)
        if known.any():
            out[:, *index] = np.interp(at_s, time_s[known], column[known])
    return out


def find_neighbours(
    time_s: np.ndarray, at_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the frames around each time, or the two nearest beyond an end.

    Parameters
    ----------
    time_s : (T,), strictly increasing, at least two
    at_s : (S,)

    Returns
    -------
    before, after : int (S,)
    share : float64 (S,)
        How far from the one to the other, 0..1.
    """
    after = np.searchsorted(time_s, at_s, side="right").clip(1, len(time_s) - 1)
    before = after - 1
    share = (at_s - time_s[before]) / (time_s[after] - time_s[before])
    return before, after, share.clip(0.0, 1.0)


def sample_at(time_s: np.ndarray, values: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """Sample joints at other times by linear interpolation between neighbouring frames.

    Parameters
    ----------
    time_s : float64 (T,), strictly increasing
    values : (T, 13, D)
        NaN where unseen.
    at_s : float64 (S,)

    Returns
    -------
    float32 (S, 13, D)
        NaN outside the recording, in gaps longer than `LONGEST_GAP_S`, and where a joint is unseen
        in the nearer frame; where only the further one lacks it, the nearer one's value.
    """
    at_s = np.asarray(at_s, dtype=np.float64)
    out = np.full((len(at_s), *values.shape[1:]), np.nan, dtype=np.float32)
    if not len(time_s):
        return out
    slack = 1e-6
    inside = (at_s >= time_s[0] - slack) & (at_s <= time_s[-1] + slack)
    if len(time_s) == 1:
        out[inside] = values[0]
        return out
    left, right, share = find_neighbours(time_s, at_s)
    gap = time_s[right] - time_s[left]
    share = share.astype(np.float32)[:, None, None]
    a, b = values[left], values[right]
    mixed = a + share * (b - a)
    mixed = np.where(np.isfinite(mixed), mixed, np.where(share < 0.5, a, b))
    near_a_frame = np.minimum(at_s - time_s[left], time_s[right] - at_s) <= 1 / 60
    good = inside & ((gap <= LONGEST_GAP_S) | near_a_frame)
    out[good] = mixed[good]
    return out
