"""Counts recorded sequences with a network that is being trained, all their windows together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from gym.counting.networks import SequenceNetwork
from gym.counting.speeds import Sight, choose_speed, cut_windows, decode, merge_windows
from gym.training.counters.arena_data import CountedClip
from gym.training.counters.trained import score_reps

_CHUNK = 128  #: windows that a network looks at together: attention on a GPU has its limits


class CountedScore:
    """Counts recorded sequences with a network.

    Parameters
    ----------
    clips : list of CountedClip
    sight : Sight
        The network's.
    device : str
    """

    def __init__(self, clips: Sequence[CountedClip], sight: Sight, device: str) -> None:
        self._clips, self._sight = clips, sight
        cut = [cut_windows(clip.boxed.astype(np.float32), clip.seen, sight.ticks) for clip in clips]
        self._plans = [plan for _, plan in cut]
        self._sizes = [len(features) for features, _ in cut]
        self._features = torch.from_numpy(np.concatenate([one for one, _ in cut])).to(device)

    @torch.inference_mode()
    def count(self, network: SequenceNetwork) -> np.ndarray:
        """Return the counts of all sequences, int (C,)."""
        parts = [
            network.read(network(self._features[k : k + _CHUNK]))
            for k in range(0, len(self._features), _CHUNK)
        ]
        density, sure, ends = (
            None if parts[0][field] is None else torch.cat([p[field] for p in parts]).cpu().numpy()
            for field in range(3)
        )
        counts, done = [], 0
        for clip, plan, size in zip(self._clips, self._plans, self._sizes, strict=True):
            part = slice(done, done + size)
            done += size
            both = None if ends is None else ends[part]
            best = choose_speed(merge_windows(density[part], sure[part], both, plan), self._sight)
            counts.append(len(decode(best, self._sight, clip.boxed)))
        return np.array(counts)

    def measure(self, network: SequenceNetwork) -> dict[str, float]:
        """Return ``nmae``, the mean error as a share of the truth, ``obo`` and ``exact``."""
        return score_reps(self.count(network), np.array([clip.reps for clip in self._clips]))
