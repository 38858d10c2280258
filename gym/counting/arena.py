"""The arena: published counters, built again on skeletons, that count when asked and never vote.

`gym.counting.networks` has the networks and says of each what is exact, adapted and ours. All of them
need the whole recording and know no exercise (one knows eight). Nothing is loaded before one counts.
"""

from __future__ import annotations

import numpy as np

from gym.counting.body_box import box_body
from gym.counting.speeds import measure_sureness, read_reps
from gym.counting.triggers import SALIENT_CLASSES, Span, choose_class, follow_trigger
from gym.exercises import Exercise
from gym.schema import Pose, PoseSequence, Rep, RepCount, RepEvidence

_LEAST_FRAMES = 4  #: with somebody in view; fewer show no movement
_MARGIN_S = 0.5  #: of the curve that is shown around a rep


class ArenaCounter:
    """Counts what a network reads from windows at several speeds.

    Parameters
    ----------
    exercise : Exercise or None
        Makes no difference: the network knows none.

    Raises
    ------
    WeightsError
        In `finish`, when the network's weights cannot be used.
    """

    name = title = weights = ""
    causal = False
    curve = ("Density", "reps/s")  #: what the evidence shows

    @staticmethod
    def counts(exercise: Exercise | None) -> bool:
        """Tell whether it can count an exercise: any, even one that nobody described (None)."""
        return True

    @classmethod
    def version(cls) -> str:
        """Return the sha256 of the network's weights."""
        from gym.counting.networks.shipped import shipped_network

        return shipped_network(cls.weights)[1]["sha256"]

    def __init__(self, exercise: Exercise | None = None) -> None:
        self._frames: list[Pose] = []

    def update(self, pose: Pose) -> None:
        """Take the next frame; nothing is known before the end."""
        self._frames.append(pose)

    def finish(self) -> RepCount:
        """Count over the whole recording."""
        poses = PoseSequence.collect(self._frames, (1, 1))
        if poses.seen.sum() < _LEAST_FRAMES:
            return RepCount(self.name, (), poses.time_s, np.full(len(poses), np.nan))
        grid_s, boxed, seen = box_body(poses)
        spans, at, curve, sureness = self._read(grid_s, boxed, seen)
        reps = tuple(Rep(*(float(grid_s[int(place)]) for place in span)) for span in spans)
        phase = np.full(len(poses), np.nan)
        evidence = []
        for rep in reps:
            inside = (poses.time_s >= rep.start_s) & (poses.time_s <= rep.end_s)
            phase[inside] = _draw_phase(rep, poses.time_s[inside])
            near = (at >= rep.start_s - _MARGIN_S) & (at <= rep.end_s + _MARGIN_S)
            evidence.append(RepEvidence(*self.curve, at[near], curve[near]))
        phase[~poses.seen] = np.nan
        return RepCount(self.name, reps, poses.time_s, phase, tuple(evidence), sureness=sureness)

    def _read(
        self, grid_s: np.ndarray, boxed: np.ndarray, seen: np.ndarray
    ) -> tuple[list[Span], np.ndarray, np.ndarray, float]:
        """Return the repetitions, a curve over seconds that shows them, and how sure it is."""
        from gym.counting.networks.shipped import answer_windows, shipped_network

        network, _ = shipped_network(self.weights)
        spans, reading = read_reps(answer_windows(network), boxed, seen, network.sight)
        at = grid_s[:: reading.stride][: len(reading.density)]
        per_s = reading.density / np.maximum(np.gradient(at), 1e-3) if len(at) > 1 else at * 0
        return spans, at, per_s, measure_sureness(reading, network.sight)


def _draw_phase(rep: Rep, at_s: np.ndarray) -> np.ndarray:
    """Draw a rep's phase, 0 at rest and 1 at its turn, where only its times are known."""
    times_s = (rep.start_s, rep.bottom_s, rep.end_s)
    return np.sin(np.pi / 2 * np.interp(at_s, times_s, (0.0, 1.0, 0.0))) ** 2


class RepNetCounter(ArenaCounter):
    """Counts by RepNet's period of every moment, from a self-similarity matrix."""

    name = weights = "repnet"
    title = "RepNet-style"


class TransRACCounter(ArenaCounter):
    """Counts by TransRAC's density, from attention at several scales."""

    name = weights = "transrac"
    title = "TransRAC-style"


class SSTRACCounter(ArenaCounter):
    """Counts by a density from SSTRAC's spatial and temporal streams."""

    name = weights = "sstrac"
    title = "SSTRAC-style"


class MambaCounter(ArenaCounter):
    """Counts by a density from MSF-Mamba's state spaces."""

    name = weights = "mamba"
    title = "MSF-Mamba-style"


class SPKDBCounter(ArenaCounter):
    """Counts SPKDB-Net's salient poses: rest and turn."""

    name = weights = "spkdb"
    title = "SPKDB-style"


class PoseRACCounter(ArenaCounter):
    """Counts PoseRAC's salient poses of the class that it predicts, one of eight."""

    name = weights = "poserac"
    title = "PoseRAC-style"
    curve = ("First salient pose", "")

    @staticmethod
    def counts(exercise: Exercise | None) -> bool:
        """Tell whether an exercise is one of its classes; of None it predicts the class."""
        return exercise is None or exercise.name in SALIENT_CLASSES

    def _read(
        self, grid_s: np.ndarray, boxed: np.ndarray, seen: np.ndarray
    ) -> tuple[list[Span], np.ndarray, np.ndarray, float]:
        from gym.counting.networks.shipped import score_classes, shipped_network

        network, _ = shipped_network(self.weights)
        scores = score_classes(network, boxed)
        chosen = scores[:, choose_class(scores)]
        sureness = float(np.abs(2 * chosen - 1).mean())
        return follow_trigger(chosen), grid_s, chosen, sureness


#: The arena's counters, by name; `gym.counting.COUNTERS` are those that vote.
ARENA: dict[str, type[ArenaCounter]] = {
    counter.name: counter
    for counter in (
        RepNetCounter,
        TransRACCounter,
        SSTRACCounter,
        MambaCounter,
        SPKDBCounter,
        PoseRACCounter,
    )
}
