"""Trains the arena's networks (`gym.counting.networks`) on made repetitions, each by its own loss.

    read_arena_data -> RepetitionMaker -> network, fit -> <name>-seed0.pt and .json

The best state is chosen by counting recorded sequences that no network is trained on, with as much
weight as by the loss on made repetitions of people that it never saw.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from gym.counting.networks import build_network
from gym.counting.networks.repnet import PERIODS
from gym.training.counters.arena_card import write_arena_card
from gym.training.counters.arena_data import ArenaData, read_arena_data
from gym.training.counters.counted_score import CountedScore
from gym.training.counters.made_repetitions import MadeBatch, RepetitionMaker
from gym.training.counters.poserac import BATCH as POSES
from gym.training.counters.poserac import train_poserac
from gym.training.counters.trained import CHECKS, STEPS, save_network
from gym.training.loop import OnProgress, fit_network

BATCH = 48
_VAL_SEED = 1_000_003
VAL_WINDOWS = 384
_RATES = {"repnet": 1e-3, "transrac": 1e-3, "sstrac": 1e-3, "mamba": 2e-3, "spkdb": 1e-3}


def measure_loss(name: str, network: nn.Module, batch: MadeBatch) -> Tensor:
    """Compare a network's answer with the truth of made windows, by the loss of its kind."""
    answer = network(batch.features)
    inside = functional.binary_cross_entropy_with_logits(answer["inside"], batch.inside)
    if name == "repnet":
        known = (batch.inside > 0) & (batch.period < PERIODS + 0.5)
        classes = (batch.period.round().long() - 1).clamp(0, PERIODS - 1)
        surprise = functional.cross_entropy(
            answer["period"].flatten(0, 1), classes.flatten(), reduction="none"
        )
        return inside + (surprise * known.flatten()).sum() / known.sum().clamp(min=1)
    if name == "spkdb":
        rest = (1 + torch.cos(2 * np.pi * batch.phase)) / 2
        total = batch.inside.sum().clamp(min=1)
        away = (torch.sigmoid(answer["rest"]) - rest).square()
        away = away + (torch.sigmoid(answer["turn"]) - 1 + rest).square()
        return inside + 4 * (away * batch.inside).sum() / total
    target = batch.peaks if name == "transrac" else batch.density
    density = answer["density"]
    found, true = torch.log1p(density.sum(1)), torch.log1p(batch.density.sum(1))
    count = functional.smooth_l1_loss(found, true, beta=0.1)
    return inside + count + 50 * functional.mse_loss(density, target)


def train_sequence_network(
    name: str,
    data: ArenaData,
    out: Path,
    *,
    seed: int = 0,
    device: str = "cpu",
    steps: int | None = None,
    minutes: float | None = None,
    batch: int = BATCH,
    val_windows: int = VAL_WINDOWS,
    on_progress: OnProgress | None = None,
) -> Path:
    """Train one network that looks at windows, and save it with its curve.

    Parameters
    ----------
    name : str
        In `gym.counting.networks.NETWORKS`, but "poserac", which looks at single poses.
    data : ArenaData
    out : Path
        Gets ``<name>-seed<seed>.pt`` (half precision) and ``.json``.
    seed : int
    device : str
        "cpu" or "cuda".
    steps : int, optional
    minutes : float, optional
        In place of the steps, how long it may take.
    batch, val_windows : int
    on_progress : callable, optional

    Returns
    -------
    Path
        The weights.
    """
    torch.manual_seed(seed)
    pools, clips = data.pools, data.clips
    network = build_network(name).to(device)
    maker = RepetitionMaker(pools["train"], network.sight.ticks, seed, device)
    checks = RepetitionMaker(pools["val"], network.sight.ticks, _VAL_SEED, device)
    fixed = [checks.make(min(val_windows, 128)) for _ in range(max(val_windows // 128, 1))]
    counted = CountedScore(clips, network.sight, device) if clips else None
    told: list[dict[str, float]] = []

    @torch.inference_mode()
    def score(one: nn.Module) -> float:
        one.eval()
        loss = float(torch.stack([measure_loss(name, one, windows) for windows in fixed]).mean())
        figures = {"made": loss}
        if counted is not None:
            figures |= counted.measure(one)
        told.append(figures)
        return loss + figures.get("nmae", 0.0) + 1 - figures.get("obo", 1.0)

    network, curve = fit_network(
        network,
        lambda one: measure_loss(name, one, maker.make(batch)),
        score,
        steps=steps or STEPS,
        minutes=minutes,
        check_every=max((steps or STEPS) // CHECKS, 1),
        clip=1.0,
        memory=0.998,
        lower_is_better=True,
        peak_rate=_RATES[name],
        on_progress=on_progress,
    )
    for row, figures in zip(curve, told, strict=True):
        row |= figures
    record = {
        "name": name,
        "seed": seed,
        "steps": curve[-1]["step"],
        "batch": batch,
        "ticks": network.sight.ticks,
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "best_score": min(row["score"] for row in curve),
        "curve": curve,
        "cycles": {split: len(pool.cycles) for split, pool in pools.items()},
        "families": {split: len(pool.family_size) for split, pool in pools.items()},
        "other_s": {split: len(pool.others) / 30 for split, pool in pools.items()},
        "counted": len(clips),
    }
    return save_network(network, record, out)


def train_counter(
    name: str, data: ArenaData, out: Path, *, batch: int | None = None, **settings: object
) -> Path:
    """Train any of the arena's networks; the settings are those of `train_sequence_network`."""
    if name == "poserac":
        return train_poserac(data, out, batch=batch or POSES, **settings)
    return train_sequence_network(name, data, out, batch=batch or BATCH, **settings)


def train_arena(
    name: str,
    data: Path,
    seed: int = 0,
    out: Path = Path("models"),
    on_progress: OnProgress | None = None,
    *,
    steps: int | None = None,
    device: str | None = None,
) -> Path:
    """Train one of the arena's networks from a folder of recordings, and write weights and card.

    Parameters
    ----------
    name : str
        In `gym.counting.networks.NETWORKS`.
    data : Path
        As `read_arena_data` wants it.
    seed : int
    out : Path
        Gets what `save_network` and `write_arena_card` write; the best of all seeds there ships.
    on_progress : callable, optional
    steps : int, optional
        Fewer batches, for a trial.
    device : str, optional
        "cpu" or "cuda"; a GPU by default, where there is one.

    Raises
    ------
    LabelsError
        When a data set is missing.
    """
    if on_progress is not None:
        on_progress("reading the recordings", 0.0)
    read = read_arena_data(data, seed)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    train_counter(name, read, out, seed=seed, device=device, steps=steps, on_progress=on_progress)
    write_arena_card(name, out, read.clips, out)
    return out / f"{name}.pt"
