"""Trains the exercise recogniser (`gym.recognition.stgcn`): one loop, two configurations.

app      squats, push-ups and other exercises, and "other"; recorded BlazePose clips, Penn
         Action and artificial movements; this is the one in the app
penn15   Penn Action's 15 actions on its official split; a benchmark, not shipped
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from gym.recognition.stgcn import STGCN, StgcnConfig, count_parameters, to_input
from gym.training.datasets import PENN_ACTIONS, Movement, read_blazepose, read_penn
from gym.training.loop import OnProgress, fit_network
from gym.training.made_movements import make_movements
from gym.training.recogniser.windows import WindowSampler, cut_windows, label_of

#: What the app tells apart. Other exercises have too few clips to be checked, so they are "other".
APP_LABELS: tuple[str, ...] = (
    "squat", "push_up", "pull_up", "sit_up", "bench_press", "jumping_jack", "clean_and_jerk",
    "jump_rope", "bicep_curl", "plank", "other",
)  # fmt: skip

CONFIGS: dict[str, StgcnConfig] = {
    "app": StgcnConfig("app", APP_LABELS),
    "penn15": StgcnConfig("penn15", PENN_ACTIONS, rate_hz=None),
}

#: Batches of a run; about 5 and 2 minutes on one idle core. Longer runs no longer improved.
STEPS = {"app": 1600, "penn15": 800}

BATCH = 64
MADE_MOVEMENTS = 1500
WINDOWS_PER_MOVEMENT = 8  # at most, in validation, so that long clips do not outweigh the others


def read_movements(data: Path, config: StgcnConfig, *, seed: int) -> list[Movement]:
    """Read all that a configuration learns from and is checked on.

    Parameters
    ----------
    data : Path
        Holds ``penn_action/`` and, for "app", ``poses/``.
    config : StgcnConfig
    seed : int
        Of the made movements. The split of Penn Action is the same for all seeds.

    Raises
    ------
    LabelsError
        When a data set is missing.
    """
    movements = read_penn(Path(data) / "penn_action")
    if config.name == "app":
        movements += read_blazepose(Path(data) / "poses", config.labels)
        movements += make_movements(MADE_MOVEMENTS, seed=seed, labels=config.labels)
    return movements


def validation_windows(
    movements: list[Movement], config: StgcnConfig
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut the "val" part into fixed windows.

    Returns
    -------
    windows : float32 (N, T, 13, 2)
    labels : int64 (N,)
    weights : float64 (N,)
        Every label of a source weighs the same, and every movement within it.
    """
    windows, labels, keys = [], [], []
    for movement in (m for m in movements if m.split == "val"):
        cut = cut_windows(movement, config)
        if len(cut) > WINDOWS_PER_MOVEMENT:
            cut = cut[np.linspace(0, len(cut) - 1, WINDOWS_PER_MOVEMENT).round().astype(int)]
        label = label_of(movement, config)
        windows.append(cut)
        labels += [config.labels.index(label)] * len(cut)
        keys += [(movement.source, label, movement.id)] * len(cut)
    per_movement = Counter(keys)
    movements_of = Counter(key[:2] for key in per_movement)
    weights = np.array([1.0 / per_movement[key] / movements_of[key[:2]] for key in keys])
    return np.concatenate(windows), np.array(labels), weights / weights.sum()


@torch.inference_mode()
def estimate_probabilities(network: STGCN, windows: np.ndarray, batch: int = 64) -> np.ndarray:
    """Run windows (N, T, 13, 2) through a network: probabilities (N, labels)."""
    network.eval()
    parts = [
        torch.softmax(network(to_input(windows[i : i + batch])), dim=1).numpy()
        for i in range(0, len(windows), batch)
    ]
    if not parts:
        return np.zeros((0, len(network.config.labels)), dtype=np.float32)
    return np.concatenate(parts)


def fit(
    network: STGCN,
    draw_batch: Callable[[int], tuple[np.ndarray, np.ndarray]],
    score: Callable[[STGCN], float],
    *,
    batch: int = BATCH,
    **settings: object,
) -> tuple[STGCN, list[dict[str, float]]]:
    """Train a network by `fit_network`, which describes the settings and what is returned.

    Parameters
    ----------
    network : STGCN
    draw_batch : size -> windows (N, T, 13, 2), targets (N, labels)
    score : network -> float
        Higher is better.
    batch : int
    """
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)

    def measure(one: STGCN) -> Tensor:
        windows, targets = draw_batch(batch)
        with torch.autocast("cpu", torch.bfloat16):  # half the time if the processor supports it
            return criterion(one(to_input(windows)), torch.from_numpy(targets))

    return fit_network(network, measure, score, clip=2.0, memory=0.995, **settings)


def train_stgcn(
    data: Path,
    config: str = "app",
    seed: int = 0,
    out: Path = Path("models"),
    on_progress: OnProgress | None = None,
    *,
    centre: tuple[str, ...] | None = None,
    steps: int | None = None,
) -> Path:
    """Train one network and save it with its curve.

    Parameters
    ----------
    data : Path
        Holds ``penn_action/`` and ``poses/``.
    config : str
        "app" or "penn15".
    seed : int
        The same seed on the same machine gives the same network.
    out : Path
        Gets ``<config>-seed<seed>.pt`` and ``.json`` (settings, curve, best score). The card that
        the application reads is written by `gym.training.recogniser.score`.
    on_progress : callable, optional
        Called with a description, including the last validation score, and the share done.
    centre : tuple of str, optional
        Another centre joint than the configuration's.
    steps : int, optional
        Fewer batches, for a trial.

    Returns
    -------
    Path
        The checkpoint.

    Raises
    ------
    ValueError
        When the configuration is not known.
    LabelsError
        When a data set is missing.
    """
    if config not in CONFIGS:
        raise ValueError(f"expected one of {sorted(CONFIGS)}, got {config!r}")
    settings = CONFIGS[config] if centre is None else replace(CONFIGS[config], centre=centre)
    steps = steps or STEPS[config]
    torch.manual_seed(seed)
    movements = read_movements(data, settings, seed=seed)
    sampler = WindowSampler([m for m in movements if m.split == "train"], settings, seed)
    windows, labels, weights = validation_windows(movements, settings)

    def score(network: STGCN) -> float:
        probability = estimate_probabilities(network, windows)
        right = probability[np.arange(len(labels)), labels]
        found = probability.argmax(axis=1) == labels
        # The share of right answers decides; their probability breaks ties.
        return float((weights * (found + 0.1 * right)).sum() / 1.1)

    network = STGCN(settings)
    network, curve = fit(network, sampler.draw_batch, score, steps=steps, on_progress=on_progress)
    root = "" if settings.centre == CONFIGS[config].centre else "-" + "-".join(settings.centre)
    path = Path(out) / f"{config}{root}-seed{seed}.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(network, path)
    record = {
        "config": settings.to_dict(), "seed": seed, "steps": steps,
        "parameters": count_parameters(network), "best_score": max(c["score"] for c in curve),
        "curve": curve,
        "movements": {s: sum(m.split == s for m in movements) for s in ("train", "val", "test")},
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    return path


def save_checkpoint(network: STGCN, path: Path) -> None:
    """Write settings and weights, in 32 bits."""
    state: dict[str, Tensor] = {k: v.detach().cpu() for k, v in network.state_dict().items()}
    torch.save({"config": network.config.to_dict(), "state": state}, path)
