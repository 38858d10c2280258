"""Chooses the shipped seed of an arena network by validation, and writes its weights and card.

What is exact, adapted and ours is said once, at the top of the network's own file, and copied here.
"""

from __future__ import annotations

import importlib
import inspect
import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from gym.counting.networks import NETWORKS, build_network
from gym.errors import WeightsError
from gym.training.cards import describe_weights, to_table, write_weights
from gym.training.counters.arena_data import CountedClip
from gym.training.counters.counted_score import CountedScore
from gym.training.counters.poserac import count_sequences
from gym.training.counters.trained import score_reps

_FIGURES = {
    "made": "loss on made repetitions",
    "salient": "loss on salient poses",
    "nmae": "error, share of the truth",
    "obo": "within one",
    "exact": "exact",
}


def write_arena_card(
    name: str, runs: Path, clips: Sequence[CountedClip] = (), out: Path = Path("models")
) -> dict[str, object]:
    """Write the weights that ship, their card for code and their card for people.

    Parameters
    ----------
    name : str
        In `gym.counting.networks.NETWORKS`.
    runs : Path
        Where `gym.training.counters.arena.train_counter` put its networks.
    clips : sequence of CountedClip
        Sequences that the shipped weights count once more, as the counter reads them now.
    out : Path
        Gets ``<name>.pt``, ``.json`` and ``.md``.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    WeightsError
        When there is no trained network.
    """
    records = {
        path: json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        for path in sorted(runs.glob(f"{name}-seed*.pt"))
    }
    if not records:
        raise WeightsError(
            f"No trained network in {runs}.", f"Train one: python -m gym train counter {name}."
        )
    best = min(records, key=lambda path: records[path]["best_score"])
    record, raw = records[best], best.read_bytes()
    chosen = min(record["curve"], key=lambda row: row["score"])
    card = {
        **describe_weights(name, raw, record["parameters"]),
        "ticks": record["ticks"],
        "training": {key: record[key] for key in record if key not in ("name", "parameters")},
        "validation": {key: chosen[key] for key in _FIGURES if key in chosen},
        "counted": _count_again(name, raw, clips) if clips else None,
        "validation_by_seed": {str(one["seed"]): one["best_score"] for one in records.values()},
    }
    write_weights(out / f"{name}.pt", raw, card, to_markdown)
    return card


def _count_again(name: str, raw: bytes, clips: Sequence[CountedClip]) -> dict[str, float]:
    """Count the validation sequences with the weights that ship, in half precision."""
    network = build_network(name)
    network.load_state_dict(torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True))
    network.eval()
    if name == "poserac":
        true = np.array([clip.reps for clip in clips])
        return score_reps(count_sequences(network, clips, "cpu"), true)
    return CountedScore(clips, network.sight, "cpu").measure(network)


def describe_system(name: str) -> tuple[str, str]:
    """Return what a network is in one line, and what of it is exact, adapted and ours."""
    module = importlib.import_module(f"gym.counting.networks.{name}")
    first, _, rest = inspect.cleandoc(module.__doc__).partition("\n\n")
    return first, rest


def to_markdown(card: dict) -> str:
    """Write the card as a Markdown page."""
    name, training = card["name"], card["training"]
    title, told = describe_system(name)
    told, _, references = told.partition("\n\nReferences\n----------\n")
    columns = [key for key in _FIGURES if key in training["curve"][-1]]
    seeds = ", ".join(f"{seed}: {score:.3f}" for seed, score in card["validation_by_seed"].items())
    parts = [
        f"# {NETWORKS[name]}, built again on skeletons",
        "Written by `gym.training.counters.arena_card`; do not edit by hand.",
        f"`{name}.pt`: {card['bytes'] / 1e6:.2f} MB, {card['parameters']:,} parameters in half "
        f"precision, sha256 `{card['sha256']}`.",
        title,
        told.replace("\nAdapted:", "\n\nAdapted:").replace("\nOurs:", "\n\nOurs:"),
        "## Reference",
        references,
        "## Training",
        f"Seed {training['seed']}, batches: {training['steps']:,} of {training['batch']}. "
        + _describe_data(training),
        f"The state was chosen by the loss on what no training saw, plus the figures on "
        f"{training['counted']} sequences of Countix-Fitness that no network here is trained on: these "
        "are validation figures, and flatter. Scores by seed, lower is better: " + seeds + ".",
        _describe_counted(card["counted"]),
        to_table(
            ["batch", "training loss", *(_FIGURES[key] for key in columns)],
            [
                [str(row["step"]), *(f"{row[key]:.3f}" for key in ("loss", *columns))]
                for row in training["curve"]
            ],
        ),
        "## Data and licences",
        _DATA,
    ]
    return "\n\n".join(parts) + "\n"


def _describe_counted(counted: dict[str, float] | None) -> str:
    """Say how the weights that ship count the validation sequences."""
    if counted is None:
        return "The weights that ship were not measured again."
    return (
        f"The weights that ship, read as the counter reads them now: error {counted['nmae']:.3f}, within "
        f"one {counted['obo']:.0%}, exact {counted['exact']:.0%}. The table is of the training."
    )


def _describe_data(training: dict) -> str:
    """Say what a network learned from."""
    if "poses" in training:
        poses = training["poses"]
        return (
            f"Single salient poses: {poses['train']:,} for training, {poses['val']:,} of other videos "
            "for choosing. Videos of the counted sequences may be among those of the poses."
        )
    cycles, families = training["cycles"], training["families"]
    return (
        f"Only made repetitions: {cycles['train']:,} cycles of {families['train']:,} recordings, views "
        f"and made motions, and {training['other_s']['train'] / 60:.0f} minutes of other movement; for "
        f"choosing {cycles['val']:,} cycles of {families['val']:,} others."
    )


_DATA = """\
Recorded BlazePose clips from public repositories (the training part; many without a stated licence),
Penn Action (Zhang, Zhu, Derpanis, ICCV 2013; training part), UI-PRMD (Vakanski and others, 2018), and
salient poses of Countix-Fitness; none of it is shipped. Artificial motions of a stick figure. The open
clips, clips2 and RepCount's poses were never trained on nor chosen by."""
