"""Trains the learned counter's network (`gym.counting.phase_net`).

    read_takes, make_takes -> SetSampler -> PhaseNet, fit -> phase-seed0.npz

`PhaseNet` is the same network as `gym.counting.phase_net.PhaseNetwork`, a whole sequence at a time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from gym.counting.phase_net import LABELS, PhaseConfig
from gym.training.counters.made_takes import make_takes
from gym.training.counters.sets import SetSampler
from gym.training.counters.takes import Take, read_takes
from gym.training.loop import OnProgress, fit_network

STEPS = 2000  # about five minutes on one idle core
BATCH = 16
MADE_TAKES = 600
#: Validation: made takes of a seed that no training uses, and sequences that stay the same.
_VAL_SEED, _VAL_MADE, _VAL_SEQUENCES = 1_000_003, 90, 128
_LABEL_SHARE = 0.5  #: weight of the labels in the loss, relative to the phase


class PhaseNet(nn.Module):
    """The network, for training. ``N`` sequences, ``T`` ticks, ``F`` features, ``W`` width."""

    def __init__(self, config: PhaseConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.enter = nn.Conv1d(config.features, width, 1)
        self.blocks = nn.ModuleList(
            nn.Conv1d(width, width, 3, dilation=dilation) for dilation in config.dilations
        )
        self.read = nn.Conv1d(width, width, 1)
        self.answer = nn.Conv1d(width, 2 + len(config.labels), 1)
        with torch.no_grad():
            for block in self.blocks:  # without normalisation, so start close to the identity
                nn.init.kaiming_normal_(block.weight, nonlinearity="relu")
                block.weight *= 0.5

    def forward(self, features: Tensor) -> Tensor:
        """Answer for every tick: (N, T, F) to (N, T, 2 + labels)."""
        x = torch.relu(self.enter(features.transpose(1, 2)))  # (N, W, T)
        for block, dilation in zip(self.blocks, self.config.dilations, strict=True):
            past = nn.functional.pad(x, (2 * dilation, 0))  # (N, W, 2 dilation + T)
            x = x + torch.relu(block(past))  # (N, W, T)
        return self.answer(torch.relu(self.read(x))).transpose(1, 2)


def export_weights(network: PhaseNet) -> dict[str, np.ndarray]:
    """Return the weights for `gym.counting.phase_net.PhaseNetwork`."""
    arrays = {}
    for name in ("enter", "read", "answer"):
        layer = getattr(network, name)
        arrays[f"{name}.weight"], arrays[f"{name}.bias"] = layer.weight[:, :, 0], layer.bias
    for k, block in enumerate(network.blocks):
        oldest_first = block.weight.permute(0, 2, 1)  # (W, 3, W)
        arrays[f"block{k}.weight"] = oldest_first.flatten(1)
        arrays[f"block{k}.bias"] = block.bias
    return {name: np.ascontiguousarray(a.detach().numpy()) for name, a in arrays.items()}


def measure_loss(answer: Tensor, target: Tensor, config: PhaseConfig) -> Tensor:
    """Compare answers (N, T, 2 + labels) with the targets (N, T, 5) of `SetSampler`.

    The answer at a tick is about `lag_ticks` earlier.
    """
    lag = config.lag_ticks
    answer, target = answer[:, lag:], target[:, : answer.shape[1] - lag]
    sure, label, known = target[..., 2], target[..., 3].long(), target[..., 4]
    away = (answer[..., :2] - target[..., :2]).square().sum(-1)
    surprise = nn.functional.cross_entropy(
        answer[..., 2:].flatten(0, 1), label.flatten(), reduction="none"
    )
    phase = (away * sure).sum() / sure.sum().clamp(min=1)
    labels = (surprise * known.flatten()).sum() / known.sum().clamp(min=1)
    return phase + _LABEL_SHARE * labels


def fit(
    network: PhaseNet,
    sampler: SetSampler,
    score: Callable[[PhaseNet], float],
    *,
    batch: int = BATCH,
    **settings: object,
) -> tuple[PhaseNet, list[dict[str, float]]]:
    """Train a network by `fit_network`, which describes the settings and what is returned.

    Parameters
    ----------
    network : PhaseNet
    sampler : SetSampler
    score : network -> float
        Lower is better.
    batch : int
    """

    def measure(one: PhaseNet) -> Tensor:
        features, target = map(torch.from_numpy, sampler.draw_batch(batch))
        return measure_loss(one(features), target, one.config)

    return fit_network(
        network, measure, score, clip=1.0, memory=0.99, lower_is_better=True, **settings
    )


def train_phase(
    data: Path,
    seed: int = 0,
    out: Path = Path("models"),
    on_progress: OnProgress | None = None,
    *,
    steps: int = STEPS,
) -> Path:
    """Train the network and save it with its curve.

    Parameters
    ----------
    data : Path
        Holds ``penn_action/`` and ``poses/``.
    seed : int
        The same seed on the same machine gives the same network.
    out : Path
        Gets ``phase-seed<seed>.npz`` and ``.json`` (settings, curve). The card that the application
        reads is written by `gym.training.counters.card`.
    on_progress : callable, optional
        Called with a description, including the last validation score, and the share done.
    steps : int
        Fewer batches, for a trial.

    Returns
    -------
    Path
        The weights.

    Raises
    ------
    LabelsError
        When a data set is missing.
    """
    if on_progress is not None:
        on_progress("reading the recordings", 0.0)
    takes = read_takes(Path(data))
    return train_on(takes, seed, Path(out), on_progress, steps=steps)


def train_on(
    takes: Iterable[Take],
    seed: int,
    out: Path,
    on_progress: OnProgress | None = None,
    *,
    steps: int = STEPS,
) -> Path:
    """Train on takes that were already read, with artificial ones added; otherwise `train_phase`."""
    torch.manual_seed(seed)
    takes = [*takes, *make_takes(MADE_TAKES, seed), *make_takes(_VAL_MADE, _VAL_SEED, "val")]
    parts = {split: [t for t in takes if t.split == split] for split in ("train", "val")}
    checks = SetSampler(parts["val"], seed=_VAL_SEED)
    fixed = [
        tuple(map(torch.from_numpy, checks.draw_batch(32))) for _ in range(_VAL_SEQUENCES // 32)
    ]
    network = PhaseNet(PhaseConfig())

    @torch.inference_mode()
    def score(one: PhaseNet) -> float:
        losses = [measure_loss(one(features), target, one.config) for features, target in fixed]
        return float(torch.stack(losses).mean())

    sampler = SetSampler(parts["train"], seed)
    network, curve = fit(network, sampler, score, steps=steps, on_progress=on_progress)
    path = out / f"phase-seed{seed}.npz"
    out.mkdir(parents=True, exist_ok=True)
    np.savez(path, **export_weights(network))
    used = Counter((t.source, t.split, t.label) for t in takes if t.split in parts)
    record = {
        "config": network.config.to_dict(),
        "seed": seed,
        "steps": steps,
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "best_score": min(c["score"] for c in curve),
        "curve": curve,
        "takes": {
            split: {
                source: {label: used[source, split, label] for label in LABELS}
                for source in ("blazepose", "penn", "made")
            }
            for split in parts
        },
        "repetitions": {split: sum(len(t.spans) for t in parts[split]) for split in parts},
    }
    path.with_suffix(".json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    return path
