"""What heuristic counters watch, smoothed, frame by frame: counters of several exercises may share it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gym.exercises import Exercise, Travel
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
        signals = dict.fromkeys(one.signal.parts for one in exercises)
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
        """Return where an exercise's values stand.

        They are: the signal left and right, the visibilities left and right, the trunk's tilt; and the
        travel of the body, of its left and of its right, if something has to travel.
        """
        at = 4 * self._signals.index(exercise.signal.parts)
        tilt = 4 * len(self._signals)
        columns = [at, at + 1, at + 2, at + 3, tilt]
        if exercise.travel is not None:
            place = self._travels.index((exercise.travel.upper, exercise.travel.lower))
            columns += [tilt + 1 + 3 * place + k for k in range(3)]
        return columns

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
        # Without world coordinates it is not known: the picture shortens a trunk that points at it.
        columns.append(trunk_tilt_deg(pose.xyz_m)[None])
        columns += [
            measure_travel(pose.xy_px, pose.xyz_m, Travel(upper, lower, 0.0), scale)
            for upper, lower in self._travels
        ]
        return np.concatenate(columns)
