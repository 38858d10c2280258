"""What heuristic counters watch, smoothed, frame by frame: counters of several exercises may share it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gym.exercises import Exercise, Signal, Travel
from gym.exercises.signals import measure_alike, measure_travel, see_alike
from gym.features import pixels_per_metre, trunk_tilt_deg
from gym.schema import Pose
from gym.smoothing import Smoother


class BodyStream:
    """Measures the signals of some exercises in every frame.

    Parameters
    ----------
    exercises : iterable of Exercise

    Attributes
    ----------
    times_s : list of float
        Of all frames.
    samples : list of (float, float64 (columns,))
        The smoothed values, and when; a few frames behind. NaN where not known.
    """

    def __init__(self, exercises: Iterable[Exercise]) -> None:
        exercises = tuple(exercises)
        signals = dict.fromkeys(_bare(one.signal) for one in exercises)
        self._alike = tuple(  # by the number of their parts, which are measured all at once
            tuple(parts for parts in signals if len(parts) == size)
            for size in sorted({len(parts) for parts in signals})
        )
        self._signals = tuple(parts for group in self._alike for parts in group)
        self._travels = tuple(
            dict.fromkeys((t.upper, t.lower) for one in exercises if (t := one.travel))
        )
        self.times_s: list[float] = []
        self.samples: list[tuple[float, np.ndarray]] = []
        self._smoother = Smoother(fill=True)
        self._latest: Pose | None = None

    def columns(self, exercise: Exercise) -> list[int]:
        """Return where an exercise's values stand: two sides, their visibilities, travel, tilt.

        The travel's place is that of the tilt where nothing has to travel.
        """
        at = 4 * self._signals.index(_bare(exercise.signal))
        tilt = travel = 4 * len(self._signals)
        if exercise.travel is not None:
            place = self._travels.index((exercise.travel.upper, exercise.travel.lower))
            travel = tilt + 1 + place
        return [at, at + 1, at + 2, at + 3, travel, tilt]

    def push(self, pose: Pose) -> None:
        """Add one frame; what another counter gave already is passed over."""
        if pose is self._latest:
            return
        self._latest = pose
        self.times_s.append(pose.time_s)
        self.samples += self._smoother.push(pose.time_s, self._measure(pose))

    def finish(self) -> None:
        """Settle the last frames; a second time does nothing."""
        self.samples += self._smoother.flush()

    def _measure(self, pose: Pose) -> np.ndarray:
        """Return all columns of one frame."""
        scale = np.asarray(pixels_per_metre(pose.xy_px, pose.xyz_m))
        columns: list[np.ndarray] = []
        for group in self._alike:
            sides = measure_alike(pose.xy_px, pose.xyz_m, group, scale)  # (signals, 2)
            seen = see_alike(pose.visibility, group).astype(float)
            seen[np.isnan(sides)] = np.nan
            columns.append(np.concatenate([sides, seen], axis=1).ravel())
        tilt_deg = float(trunk_tilt_deg(pose.xyz_m))
        if np.isnan(tilt_deg):  # no world coordinates: as the picture shows it
            flat = np.concatenate([pose.xy_px, np.zeros_like(pose.xy_px[:, :1])], axis=1)
            tilt_deg = float(trunk_tilt_deg(flat))
        travels = [
            measure_travel(pose.xy_px, pose.xyz_m, Travel(upper, lower, 0.0), scale)
            for upper, lower in self._travels
        ]
        return np.concatenate([*columns, [tilt_deg], travels])


def _bare(signal: Signal) -> tuple[str, ...]:
    """Return what is measured of a signal; how a counter reads it is the counter's matter."""
    return signal.parts
