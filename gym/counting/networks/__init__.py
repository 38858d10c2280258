"""The arena's networks: published counters, built again on skeletons, one file each.

All see windows of features (`gym.counting.body_box`): ``N`` windows, ``T`` ticks, ``F`` features. What
they return is their own; ``read`` turns it into a `Reading`, which is the same for all. What is exact,
adapted and ours stands at the top of each file. No code and no weights are anybody else's.
"""

from __future__ import annotations

import importlib
from typing import NamedTuple, Protocol

from torch import Tensor

from gym.counting.speeds import Sight

#: The networks by name, and where each is.
NETWORKS: dict[str, str] = {
    "repnet": "RepNet",
    "transrac": "TransRAC",
    "sstrac": "SSTRAC",
    "mamba": "MotionMamba",
    "spkdb": "SPKDB",
    "poserac": "PoseRAC",
}


class Reading(NamedTuple):
    """What a network says about every tick.

    Attributes
    ----------
    density : Tensor (N, T)
        Repetitions a tick.
    sure : Tensor (N, T)
        How sure it is that something repeats here at this speed, 0..1.
    ends : Tensor (N, T, 2) or None
        How much a pose looks like the rest and like the turn of a repetition, 0..1; None where the
        network does not say.
    """

    density: Tensor
    sure: Tensor
    ends: Tensor | None = None


class SequenceNetwork(Protocol):
    """What the networks that look at windows have in common."""

    sight: Sight

    def __call__(self, features: Tensor) -> dict[str, Tensor]:
        """Answer about windows of features (N, T, F)."""

    def read(self, answer: dict[str, Tensor]) -> Reading:
        """Turn an answer into what all networks say."""


def build_network(name: str) -> SequenceNetwork:
    """Return a network with new weights.

    Raises
    ------
    ValueError
        When there is none of this name.
    """
    if name not in NETWORKS:
        raise ValueError(f"expected one of {list(NETWORKS)}, got {name!r}")
    module = importlib.import_module(f"{__name__}.{name}")
    return getattr(module, NETWORKS[name])()
