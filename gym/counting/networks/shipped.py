"""The arena's networks with the weights that come with the app, loaded when first asked."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from gym.cards import MODELS, read_weights
from gym.counting.networks import build_network
from gym.errors import WeightsError

_ADVICE = "Get the folder models/ again, or train the network: python -m gym train counter {name}."
_CHUNK = 64  #: windows looked at together: more need memory, fewer need time


def load_network(path: Path) -> tuple[nn.Module, dict]:
    """Load a network, ready to answer, and its card.

    Parameters
    ----------
    path : Path
        ``<name>.pt``; the card is beside it.

    Raises
    ------
    WeightsError
        When they are missing, damaged, or of another network.
    """
    advice = _ADVICE.format(name=path.stem)
    raw, card = read_weights(path, advice)
    network = build_network(path.stem)
    try:
        state = torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
        network.load_state_dict(state)  # kept in half precision, used in single
    except (RuntimeError, KeyError, ValueError, EOFError, AttributeError) as error:
        raise WeightsError(f"{path.name} holds no weights of this network.", advice) from error
    return network.eval(), card


@cache
def shipped_network(name: str) -> tuple[nn.Module, dict]:
    """Load a network that comes with the app, once."""
    return load_network(MODELS / f"{name}.pt")


def answer_windows(
    network: nn.Module,
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """Return what reads windows (W, T, 27) with a network, as `gym.counting.speeds.read_reps` asks."""

    @torch.inference_mode()
    def answer(features: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        parts = [
            network.read(network(torch.from_numpy(features[k : k + _CHUNK])))
            for k in range(0, len(features), _CHUNK)
        ]
        density, sure, ends = (
            None if parts[0][field] is None else torch.cat([one[field] for one in parts]).numpy()
            for field in range(3)
        )
        return density, sure, ends

    return answer


@torch.inference_mode()
def score_classes(network: nn.Module, boxed: np.ndarray) -> np.ndarray:
    """Return each frame's shares of the classes, (G, 8), from poses (G, 13, 2)."""
    joints = torch.from_numpy(boxed.astype(np.float32)).flatten(1)
    return torch.sigmoid(network(joints)["classes"]).numpy()
