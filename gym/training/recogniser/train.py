"""Trains the exercise recogniser (`gym.recognition.stgcn`): one loop, two configurations.

app      exercises, holds, and "other"; recorded BlazePose clips, Penn Action, Countix-Fitness,
         UI-PRMD and artificial movements; this is the one in the app
penn15   Penn Action's 15 actions on its official split; a benchmark, not shipped
"""

from __future__ import annotations

import copy
import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from gym.recognition.stgcn import STGCN, StgcnConfig, count_parameters, to_input
from gym.training.countix import make_repetitions, read_countix
from gym.training.datasets import (
    MIXED_CLIPS,
    PENN_ACTIONS,
    Movement,
    limit_labels,
    read_blazepose,
    read_labelled_clips,
    read_penn,
)
from gym.training.loop import OnProgress, fit_network
from gym.training.made_movements import make_movements
from gym.training.prmd import read_prmd
from gym.training.recogniser.windows import WindowSampler, cut_windows, label_of

#: What the app tells apart. Anything else is "other": too few clips to be checked.
APP_LABELS: tuple[str, ...] = (
    "squat", "push_up", "lunge", "deadlift", "pull_up", "sit_up", "bicep_curl", "shoulder_press",
    "jumping_jack", "lateral_raise", "front_raise", "bench_press", "plank", "wall_sit", "other",
)  # fmt: skip

CONFIGS: dict[str, StgcnConfig] = {
    "app": StgcnConfig("app", APP_LABELS),
    "penn15": StgcnConfig("penn15", PENN_ACTIONS, rate_hz=None),
}

#: Batches of a run; about 5 and 2 minutes on one idle core.
STEPS = {"app": 1600, "penn15": 800}

#: Batches and the highest learning rate of going on with ``clips2/``; what came before has not seen
#: it, so that leaving its groups out costs only these batches again.
FINISH_STEPS = 500
FINISH_RATE = 1e-3
FOLDS = 4

logger = logging.getLogger(__name__)

BATCH = 64
MADE_MOVEMENTS = 3500
WINDOWS_PER_MOVEMENT = 8  # at most, in validation, so that long clips do not outweigh the others


def read_movements(data: Path, config: StgcnConfig, *, seed: int) -> list[Movement]:
    """Read all that a configuration learns from and is checked on.

    Parameters
    ----------
    data : Path
        Holds ``penn_action/`` and, for "app", ``poses/``; and whatever there is of ``clips2/``,
        ``countix_fitness/`` and ``ui_prmd/``.
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
        movements = limit_labels(movements, config.labels)
        movements += read_blazepose(Path(data) / "poses", config.labels)
        movements += make_movements(MADE_MOVEMENTS, seed=seed, labels=config.labels)
        movements += _read_optional(data, config.labels, seed)
    return movements


def _read_optional(data: Path, labels: tuple[str, ...], seed: int) -> list[Movement]:
    """Read the data sets that training can do without."""
    readers: dict[str, tuple[Callable[[Path], list[Movement]], ...]] = {
        "clips2": (lambda folder: read_labelled_clips(folder, labels),),
        "countix_fitness": (
            lambda folder: read_countix(folder, labels),
            lambda folder: make_repetitions(folder, labels, seed=seed),
        ),
        "ui_prmd": (lambda folder: read_prmd(folder, labels, seed=seed),),
    }
    movements = []
    for name, reads in readers.items():
        folder = Path(data) / name
        if not folder.is_dir():
            logger.info("%s is not in %s: training goes on without it.", name, data)
            continue
        for read in reads:
            movements += read(folder)
    return [m for m in movements if m.id not in MIXED_CLIPS]


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
        Gets ``<config>-seed<seed>.pt`` and ``.json`` (settings, curve, best score), and where there
        is a ``clips2/``, a ``.fold<k>.pt`` each that saw all its groups but those of one fold. The
        card that the application reads is written by `gym.training.recogniser.score`.
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

    Notes
    -----
    The network first learns from everything but ``clips2/``, whose groups are sources of footage,
    and then goes on with it: once with all of it, and once for each fold without that fold.

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
    finish_steps = min(FINISH_STEPS, steps)
    torch.manual_seed(seed)
    movements = read_movements(data, settings, seed=seed)
    score = _build_score(movements, settings)
    train = [m for m in movements if m.split == "train"]
    others = [m for m in train if m.source != "clips2"]
    groups = sorted({m.group for m in train if m.source == "clips2"})
    folds = split_groups(groups, FOLDS, seed)
    total = steps + finish_steps * (len(folds) + 1 if groups else 0)
    progress = _Share(on_progress, total)

    network = STGCN(settings)
    draw = WindowSampler(others, settings, seed).draw_batch
    network, curve = fit(network, draw, score, steps=steps, on_progress=progress.part(steps))
    root = "" if settings.centre == CONFIGS[config].centre else "-" + "-".join(settings.centre)
    path = Path(out) / f"{config}{root}-seed{seed}.pt"
    path.parent.mkdir(parents=True, exist_ok=True)

    def finish(left_out: Sequence[str]) -> tuple[STGCN, list[dict[str, float]]]:
        """Go on from the network so far with all clips but those of some groups."""
        known = [m for m in train if m.source != "clips2" or m.group not in left_out]
        draw = WindowSampler(known, settings, seed).draw_batch
        # Only the last state is kept: where to stop is not chosen by any clip.
        return fit(
            copy.deepcopy(network), draw, score, steps=finish_steps, check_every=finish_steps,
            peak_rate=FINISH_RATE, on_progress=progress.part(finish_steps),
        )  # fmt: skip

    if groups:
        for number, left_out in enumerate(folds):
            save_checkpoint(finish(left_out)[0], path.with_name(f"{path.stem}.fold{number}.pt"))
        network, last = finish(())
        curve += [{**entry, "step": steps + entry["step"]} for entry in last]
    save_checkpoint(network, path)
    record = {
        "config": settings.to_dict(), "seed": seed, "steps": steps,
        "finish_steps": finish_steps if groups else 0, "folds": folds if groups else [],
        "fold_steps": finish_steps,
        "parameters": count_parameters(network), "best_score": curve[-1]["score"] if groups
        else max(c["score"] for c in curve), "curve": curve,
        "movements": {s: sum(m.split == s for m in movements) for s in ("train", "val", "test")},
        "learned_from": _count_movements(movements),
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    return path


def split_groups(groups: Sequence[str], count: int, seed: int) -> list[list[str]]:
    """Deal groups out into folds of almost the same number of groups.

    >>> split_groups(["a", "b", "c"], 2, 0)
    [['b', 'c'], ['a']]
    """
    dealt = np.random.default_rng(seed).permutation(sorted(groups))
    return [sorted(dealt[number::count].tolist()) for number in range(count)]


def _build_score(movements: list[Movement], config: StgcnConfig) -> Callable[[STGCN], float]:
    """Build the score by which the best state is chosen, on the validation part."""
    windows, labels, weights = validation_windows(movements, config)

    def score(network: STGCN) -> float:
        probability = estimate_probabilities(network, windows)
        right = probability[np.arange(len(labels)), labels]
        found = probability.argmax(axis=1) == labels
        # The share of right answers decides; their probability breaks ties.
        return float((weights * (found + 0.1 * right)).sum() / 1.1)

    return score


class _Share:
    """Tells the progress of one part of the work after another as a share of all of it."""

    def __init__(self, on_progress: OnProgress | None, total: int) -> None:
        self._on_progress = on_progress
        self._total, self._done = total, 0

    def part(self, steps: int) -> OnProgress | None:
        """Return what the next part, of some steps, calls."""
        before, self._done = self._done, self._done + steps
        if self._on_progress is None:
            return None
        return lambda what, share: self._on_progress(what, (before + share * steps) / self._total)


def _count_movements(movements: list[Movement]) -> dict[str, dict[str, dict[str, int]]]:
    """Count movements by source, split and label."""
    counts: dict[str, dict[str, Counter]] = {}
    for m in movements:
        counts.setdefault(m.source, {}).setdefault(m.split, Counter())[m.label] += 1
    return {source: {k: dict(n) for k, n in splits.items()} for source, splits in counts.items()}


def save_checkpoint(network: STGCN, path: Path) -> None:
    """Write settings and weights, in 32 bits."""
    state: dict[str, Tensor] = {k: v.detach().cpu() for k, v in network.state_dict().items()}
    torch.save({"config": network.config.to_dict(), "state": state}, path)
