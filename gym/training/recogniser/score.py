"""Measures how good the recogniser is, and writes its card.

measure_benchmark     Penn Action's 15 actions, official split, compared with two simple baselines
measure_clips         clips with the app's labels: per label, confusion, intervals
measure_negatives     anything else: how often it is called an exercise
measure_development   the development clips: clip labels and per-frame accuracy
write_card            all of it -> models/stgcn.pt, stgcn.json (for code), stgcn.md (for people)
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from gym.errors import WeightsError
from gym.exercises import OTHER
from gym.posefiles import read_poses
from gym.recognition.network import Recogniser, read_checkpoint
from gym.recognition.posture import classify_posture
from gym.recognition.stgcn import STGCN, StgcnConfig, count_parameters
from gym.recognition.timeline import HOP_S, label_frames
from gym.recognition.windows import VISIBILITY_IN_USE
from gym.training.cards import describe_weights, write_weights
from gym.training.datasets import (
    PENN_ACTIONS,
    PENN_EXERCISES,
    Movement,
    read_penn,
    read_pose_movement,
    read_rows,
)
from gym.training.recogniser.augmentation import flip
from gym.training.recogniser.baselines import (
    PlainRecogniser,
    recognise_movement,
    regress_actions,
    to_pose_sequence,
)
from gym.training.recogniser.card import draw_graph, to_markdown
from gym.training.recogniser.held_out import (
    measure_held_out,
    read_folds,
    read_held_out,
    wilson,
)
from gym.training.recogniser.train import BATCH, estimate_probabilities, read_movements
from gym.training.recogniser.windows import cut_windows

#: What the posture heuristic and the development clips are compared on.
LEAD = ("squat", "push_up")


def score_labels(truth: Sequence[str], found: Sequence[str], labels: Sequence[str]) -> dict:
    """Compare found labels with true ones.

    Returns
    -------
    dict
        ``n``, ``accuracy`` with its interval, ``per_label`` (n, precision, recall with intervals,
        f1), and ``confusion`` (rows: truth, columns: found, in the order of ``labels``).
    """
    confusion = np.zeros((len(labels), len(labels)), dtype=int)
    for t, f in zip(truth, found, strict=True):
        confusion[labels.index(t), labels.index(f)] += 1
    right, total = int(np.trace(confusion)), int(confusion.sum())
    per_label = {}
    for i, label in enumerate(labels):
        hit, actual, called = confusion[i, i], confusion[i].sum(), confusion[:, i].sum()
        if not actual:
            continue
        per_label[label] = {
            "n": int(actual),
            "recall": float(hit / actual),
            "recall_interval": wilson(int(hit), int(actual)),
            "precision": float(hit / called) if called else None,
            "precision_interval": wilson(int(hit), int(called)) if called else None,
            "f1": float(2 * hit / (actual + called)),
        }
    return {
        "n": total,
        "accuracy": right / total if total else None,
        "accuracy_interval": wilson(right, total),
        "per_label": per_label,
        "labels": list(labels),
        "confusion": confusion.tolist(),
    }


def measure_benchmark(penn: list[Movement], networks: dict[str, STGCN]) -> dict:
    """Compare networks with two baselines on Penn Action's official test part, all 15 actions.

    Parameters
    ----------
    penn : list of Movement
        The whole data set.
    networks : dict of name to STGCN
        Trained with the configuration "penn15".

    Returns
    -------
    dict
        One score for each network and baseline. The posture heuristic knows only squats, push-ups and
        "other", and is scored on those three.
    """
    test = [m for m in penn if m.split == "test"]
    train = [m for m in penn if m.split == "train"]
    truth = [m.action for m in test]
    config = StgcnConfig("penn15", PENN_ACTIONS, rate_hz=None)
    windows = np.concatenate([cut_windows(m, config) for m in test])
    mirrored = np.stack([flip(window) for window in windows])
    scores = {}
    for name, network in networks.items():
        # The mean of the answers for a clip and its mirror image.
        found = estimate_probabilities(network, windows) + estimate_probabilities(network, mirrored)
        names = [network.config.labels[i] for i in found.argmax(axis=1)]
        scores[name] = score_labels(truth, names, PENN_ACTIONS)
    scores["logistic regression"] = score_labels(
        truth, regress_actions(train, test, config), PENN_ACTIONS
    )
    three = {"squat": "squat", "pushup": "push_up"}
    called = [classify_posture(to_pose_sequence(m)).label for m in test]
    called = [name if name in LEAD else "other" for name in called]
    scores["posture heuristic"] = score_labels(
        [three.get(name, "other") for name in truth], called, [*LEAD, "other"]
    )
    return scores


def measure_clips(recogniser: Recogniser, movements: list[Movement]) -> dict:
    """Score whole clips with the app's labels."""
    found = [recognise_movement(recogniser, m).label for m in movements]
    return score_labels([m.label for m in movements], found, recogniser.labels)


def measure_negatives(recogniser: Recogniser, movements: list[Movement]) -> dict:
    """Count how often something else is called one of the exercises.

    Returns
    -------
    dict
        ``n``, ``clean`` (the share that is not), its interval, and ``false_alarms``: for each
        action as its authors call it, what it was called and how often.
    """
    chosen = [m for m in movements if m.label == OTHER]
    found = [recognise_movement(recogniser, m).label for m in chosen]
    alarms: dict[str, Counter] = {}
    for movement, name in zip(chosen, found, strict=True):
        if name != OTHER:
            alarms.setdefault(movement.action, Counter())[name] += 1
    wrong = sum(sum(counter.values()) for counter in alarms.values())
    return {
        "n": len(chosen),
        "clean": 1 - wrong / len(chosen) if chosen else None,
        "clean_interval": wilson(len(chosen) - wrong, len(chosen)),
        "false_alarms": {action: dict(counter) for action, counter in sorted(alarms.items())},
        "n_by_action": dict(sorted(Counter(m.action for m in chosen).items())),
    }


def measure_development(
    recogniser: Recogniser, clips: Path, poses: Path, known_sources: set[str]
) -> dict:
    """Recognise the development clips from their recorded poses.

    Parameters
    ----------
    recogniser : Recogniser
    clips : Path
        Holds ``labels.csv`` and ``reps.csv``.
    poses : Path
        Holds one pose file ``<id>.npz`` for each clip.
    known_sources : set of str
        Sources of the training clips; clips from other sources are also reported separately.

    Returns
    -------
    dict
        ``clips`` (one row each), and for squats and push-ups the mean over the clips of the share
        of frames inside reps that carry the right label. A frame without a pose counts as wrong.
    """
    reps = [
        (r["id"], float(r["start_s"]), float(r["end_s"])) for r in read_rows(clips / "reps.csv")
    ]
    rows = []
    for row in read_rows(clips / "labels.csv"):
        m = read_pose_movement(poses / f"{row['id']}.npz", id=row["id"])
        answer = recognise_movement(recogniser, m)
        inside = np.zeros(len(m.time_s), dtype=bool)
        for _, start_s, end_s in (rep for rep in reps if rep[0] == row["id"]):
            inside |= (m.time_s >= start_s) & (m.time_s <= end_s)
        seen = np.isfinite(m.xy).any(axis=(1, 2))
        named = np.array(label_frames(answer.timeline, m.time_s)) == row["exercise"]
        rows.append(
            {
                "id": row["id"],
                "exercise": row["exercise"],
                "found": answer.label,
                "probability": answer.probability,
                "frame_accuracy": float((named & seen)[inside].mean()),
                "source_in_training": row["source"] in known_sources,
                "timeline": [
                    [round(s.start_s, 2), round(s.end_s, 2), s.label, round(s.probability, 3)]
                    for s in answer.timeline
                ],
            }
        )
    return {**_summarise_rows(rows), "clips": rows}


def _summarise_rows(rows: list[dict]) -> dict:
    """Average the development rows, all and those from new sources."""
    summary: dict = {}
    for name, part in (
        ("all", rows),
        ("new_sources", [row for row in rows if not row["source_in_training"]]),
    ):
        right = sum(row["found"] == row["exercise"] for row in part)
        summary[name] = {"n": len(part), "right": right, "interval": wilson(right, len(part))}
        for exercise in LEAD:
            shares = [row["frame_accuracy"] for row in part if row["exercise"] == exercise]
            summary[name][f"{exercise}_frame_accuracy"] = float(np.mean(shares)) if shares else None
    return summary


@torch.inference_mode()
def measure_speed(network: STGCN, repeats: int = 200) -> float:
    """Time one window's forward pass on one core: median milliseconds of processor time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    config = network.config
    window = torch.zeros(1, len(config.channels), config.window_frames, len(config.joints))
    spent = []
    for _ in range(repeats):
        start = time.thread_time()
        network(window)
        spent.append(time.thread_time() - start)
    torch.set_num_threads(threads)
    return float(np.median(spent) * 1e3)


def write_card(
    data: Path, runs: Path, out: Path = Path("models"), *, clip_poses: Path | None = None
) -> dict:
    """Choose the shipped seed by validation, measure everything, and write weights and card.

    Parameters
    ----------
    data : Path
        Holds ``penn_action/`` and ``poses/``, and what else there is of the folders that
        `read_movements` reads, and ``clips/``.
    runs : Path
        Where `gym.training.recogniser.train.train_stgcn` put its networks.
    out : Path
        Gets ``stgcn.pt``, ``stgcn.json``, ``stgcn.md`` and ``stgcn.svg``, the graph.
    clip_poses : Path, optional
        The development clips' pose files; without them that part stays empty.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    WeightsError
        When there is no trained network of the configuration "app".
    """
    records = {path: json.loads(path.with_suffix(".json").read_text()) for path in _runs(runs)}
    shipped = {p: r for p, r in records.items() if r["config"]["name"] == "app"}
    if not shipped:
        raise WeightsError(
            f"No trained recogniser in {runs}.", "Train one: python -m gym train stgcn."
        )
    best = max(shipped, key=lambda path: shipped[path]["best_score"])
    network = read_checkpoint(best, best.name)
    recogniser = Recogniser(network)
    movements = read_movements(data, network.config, seed=shipped[best]["seed"])
    penn_test = [m for m in movements if m.source == "penn" and m.split == "test"]
    val = [m for m in movements if m.source == "blazepose" and m.split == "val"]
    folds = read_folds(best, shipped[best]["folds"])
    raw = best.read_bytes()
    card = {
        **describe_weights("stgcn", raw, count_parameters(network)),
        "labels": list(network.config.labels),
        "joints": list(network.config.joints),
        "window": {
            "frames": network.config.window_frames,
            "rate_hz": network.config.rate_hz,
            "hop_s": HOP_S,
            "visibility": VISIBILITY_IN_USE,
        },
        "config": network.config.to_dict(),
        "training": {
            "seed": shipped[best]["seed"],
            "steps": shipped[best]["steps"],
            "finish_steps": shipped[best]["finish_steps"],
            "movements": shipped[best]["learned_from"],
            "validation_score_by_seed": {str(r["seed"]): r["best_score"] for r in shipped.values()},
            "curve": shipped[best]["curve"],
        },
        "metrics": {
            "forward_ms": measure_speed(network),
            "penn_test": measure_clips(recogniser, penn_test),
            "blazepose_val": measure_clips(recogniser, val),
            "negatives_blazepose_val": measure_negatives(recogniser, val),
            "negatives_penn_test": measure_negatives(
                recogniser, [m for m in penn_test if m.action not in PENN_EXERCISES]
            ),
            "held_out": measure_held_out(
                read_held_out(data, network.config.labels),
                folds,
                fold_steps=shipped[best]["fold_steps"],
            ),
            "development": _measure_development(recogniser, data, clip_poses),
            "rivals": _measure_rivals(
                network.config, shipped[best]["steps"], movements, data, clip_poses
            ),
            "benchmark": _measure_benchmark(data, [p for p in records if p not in shipped], out),
        },
    }
    write_weights(out / "stgcn.pt", raw, card, to_markdown)
    (out / "stgcn.svg").write_text(draw_graph(network.config.centre), encoding="utf-8")
    return card


def _measure_benchmark(data: Path, networks: list[Path], out: Path) -> dict:
    """Measure the benchmark; without networks for it, keep what the card says already."""
    card = out / "stgcn.json"
    if not networks and card.is_file():
        return json.loads(card.read_text(encoding="utf-8"))["metrics"]["benchmark"]
    penn = read_penn(data / "penn_action")
    return measure_benchmark(penn, {p.stem: read_checkpoint(p, p.name) for p in networks})


def _measure_development(recogniser: Recogniser, data: Path, poses: Path | None) -> dict | None:
    """Measure the development clips if their poses are available."""
    if poses is None:
        return None
    known = {row["source"] for row in read_rows(data / "poses" / "labels.csv")}
    return measure_development(recogniser, data / "clips", poses, known)


def _measure_rivals(
    config: StgcnConfig,
    steps: int,
    movements: list[Movement],
    data: Path,
    poses: Path | None,
) -> dict:
    """Measure logistic regression, and the heuristic on the development clips, in short.

    The regression sees no more windows than the network did in its steps.
    """
    train = [m for m in movements if m.split == "train"]
    plain = PlainRecogniser(train, config, seed=0, windows=min(12000, steps * BATCH))
    val = [m for m in movements if m.source == "blazepose" and m.split == "val"]
    test = [m for m in movements if m.source == "penn" and m.split == "test"]
    called = [
        classify_posture(read_poses(data / "poses" / f"npz/{_number(m)}.npz")).label for m in val
    ]
    known = [m.label if m.label in LEAD else "other" for m in val]
    return {
        "logistic regression": {
            "penn_test": measure_clips(plain, test)["accuracy"],
            "blazepose_val": measure_clips(plain, val)["accuracy"],
            "negatives_blazepose_val": measure_negatives(plain, val)["clean"],
            "development": (_measure_development(plain, data, poses) or {}).get("all"),
        },
        "posture heuristic": {
            "blazepose_val": float(
                np.mean(
                    [(a if a in LEAD else OTHER) == b for a, b in zip(called, known, strict=True)]
                )
            ),
            "negatives_blazepose_val": float(
                np.mean([c == OTHER for c, m in zip(called, val, strict=True) if m.label == OTHER])
            ),
            "development": _measure_heuristic(data, poses),
        },
    }


def _number(movement: Movement) -> str:
    """Return the number of a recorded clip's pose file."""
    return f"{int(movement.id.removeprefix('blaze')):04d}"


def _measure_heuristic(data: Path, poses: Path | None) -> dict | None:
    """Count the development clips that a rule names right."""
    if poses is None:
        return None
    rows = read_rows(data / "clips" / "labels.csv")
    called = [classify_posture(read_poses(poses / f"{row['id']}.npz")).label for row in rows]
    right = sum(name == row["exercise"] for name, row in zip(called, rows, strict=True))
    return {"n": len(rows), "right": right}


def _runs(folder: Path) -> list[Path]:
    """List the trained networks that have their record in the same folder."""
    return [p for p in sorted(Path(folder).glob("*-seed*.pt")) if p.with_suffix(".json").is_file()]
