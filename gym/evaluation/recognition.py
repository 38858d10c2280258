"""Finds out how good the recogniser is, and writes it on its card.

measure_benchmark     Penn Action's 15 actions, official split, beside two plain baselines
measure_clips         clips under the application's labels: per label, confusion, intervals
measure_negatives     what is neither squat nor push-up: how often it is called one
measure_development   the development clips: clip labels and per-frame accuracy
write_card            all of it -> models/stgcn.pt, stgcn.json (code reads), stgcn.md (people read)
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from gym.errors import WeightsError
from gym.evaluation.recognition_card import to_markdown
from gym.recognition import (
    HOP_S,
    VISIBILITY_IN_USE,
    Recogniser,
    label_frames,
    read_checkpoint,
)
from gym.schema import PoseSequence
from gym.skeleton import BLAZEPOSE_JOINTS, PENN_JOINTS, joint_index
from gym.stgcn import STGCN, StgcnConfig, count_parameters, to_input
from gym.training.augmentation import body_spread, flip
from gym.training.datasets import (
    PENN_ACTIONS,
    PENN_EXERCISES,
    Movement,
    read_blazepose,
    read_penn,
    read_pose_movement,
)
from gym.training.recogniser import estimate_probabilities
from gym.training.windows import cut_windows

#: Names one clip from its poses; a rule to compare the network with.
Heuristic = Callable[[PoseSequence], str]

LEAD = ("squat", "push_up")


def wilson(right: int, total: int) -> list[float]:
    """Return the 95 % Wilson interval of a share, [low, high]; [nan, nan] of nothing."""
    if not total:
        return [float("nan"), float("nan")]
    z, p = 1.959964, right / total
    middle = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * np.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    return [float(middle - half), float(middle + half)]


def score_labels(truth: Sequence[str], found: Sequence[str], labels: Sequence[str]) -> dict:
    """Score label against label.

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


def to_pose_sequence(movement: Movement) -> PoseSequence:
    """Give 13 joints back to BlazePose's 33, for rules that want those; the rest is unseen."""
    frames = len(movement.time_s)
    xy = np.full((frames, len(BLAZEPOSE_JOINTS), 2), np.nan, dtype=np.float32)
    visibility = np.zeros((frames, len(BLAZEPOSE_JOINTS)), dtype=np.float32)
    places = {"head": ("nose", "left_ear", "right_ear")}
    for i, name in enumerate(PENN_JOINTS):
        for place in places.get(name, (name,)):
            xy[:, joint_index(place)] = movement.xy[:, i]
            visibility[:, joint_index(place)] = movement.visibility[:, i]
    # A flat body, half a metre from hip to shoulder: as much as two dimensions can say.
    torso = np.linalg.norm(
        xy[:, joint_index("left_shoulder")] - xy[:, joint_index("left_hip")], axis=-1
    )
    metre = 2 * float(np.nanmedian(torso)) if np.isfinite(torso).any() else body_spread(movement.xy)
    hips = [joint_index("left_hip"), joint_index("right_hip")]
    hip = np.where(np.isfinite(xy[:, hips]), xy[:, hips], xy[:, hips[::-1]]).mean(axis=1)
    flat = (xy - hip[:, None]) / metre
    xyz = np.concatenate([flat, np.zeros_like(flat[..., :1])], axis=-1)
    xyz[~np.isfinite(flat).all(axis=-1)] = np.nan
    size = (int(np.nanmax(xy, initial=1.0)) + 1,) * 2
    return PoseSequence(movement.time_s, xy, xyz, visibility, size)


def measure_benchmark(
    penn: list[Movement], networks: dict[str, STGCN], heuristic: Heuristic | None = None
) -> dict:
    """Compare networks with two baselines on Penn Action's official test part, all 15 actions.

    Parameters
    ----------
    penn : list of Movement
        The whole data set.
    networks : dict of name to STGCN
        Trained with the configuration "penn15".
    heuristic : callable, optional
        Knows squats, push-ups and "other" only: scored on those three.

    Returns
    -------
    dict
        One score for each network and baseline.
    """
    test = [m for m in penn if m.split == "test"]
    train = [m for m in penn if m.split == "train"]
    truth = [m.action for m in test]
    config = StgcnConfig("penn15", PENN_ACTIONS, rate_hz=None)
    windows = np.concatenate([cut_windows(m, config) for m in test])
    mirrored = np.stack([flip(window) for window in windows])
    scores = {}
    for name, network in networks.items():
        # A clip and its mirror image: the mean of both answers.
        found = estimate_probabilities(network, windows) + estimate_probabilities(network, mirrored)
        names = [network.config.labels[i] for i in found.argmax(axis=1)]
        scores[name] = score_labels(truth, names, PENN_ACTIONS)
    scores["logistic regression"] = score_labels(truth, _regress(train, test, config), PENN_ACTIONS)
    if heuristic is not None:
        three = {"squat": "squat", "pushup": "push_up"}
        called = [heuristic(to_pose_sequence(m)) for m in test]
        called = [name if name in LEAD else "other" for name in called]
        scores["posture heuristic"] = score_labels(
            [three.get(name, "other") for name in truth], called, [*LEAD, "other"]
        )
    return scores


def describe_windows(windows: np.ndarray) -> np.ndarray:
    """Describe windows by plain statistics: mean, spread, least and most of each joint's channels.

    Parameters
    ----------
    windows : (N, T, 13, 2)

    Returns
    -------
    float32 (N, features)
    """
    x = to_input(windows).numpy()  # (N, C, T, V)
    parts = (x.mean(axis=2), x.std(axis=2), x.min(axis=2), x.max(axis=2))
    return np.concatenate([part.reshape(len(x), -1) for part in parts], axis=1)


def _regress(train: list[Movement], test: list[Movement], config: StgcnConfig) -> list[str]:
    """Name the test clips by logistic regression on pose statistics, mirror images included."""
    # Only this comparison needs scikit-learn: it is no requirement of the application.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    windows = np.concatenate([cut_windows(m, config) for m in train])
    windows = np.concatenate([windows, np.stack([flip(w) for w in windows])])
    labels = [m.action for m in train] * 2
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    model.fit(describe_windows(windows), labels)
    tested = np.concatenate([cut_windows(m, config) for m in test])
    return model.predict(describe_windows(tested)).tolist()


def classify_movements(recogniser: Recogniser, movements: list[Movement]) -> list[str]:
    """Name each movement as the application would."""
    found = []
    for m in movements:
        seen = (m.visibility >= VISIBILITY_IN_USE)[..., None]
        joints = np.where(seen, m.xy, np.nan).astype(np.float32)
        found.append(recogniser.classify_joints(m.time_s, joints).label)
    return found


def measure_clips(recogniser: Recogniser, movements: list[Movement]) -> dict:
    """Score whole clips under the application's labels."""
    found = classify_movements(recogniser, movements)
    return score_labels([m.label for m in movements], found, recogniser.labels)


def measure_negatives(recogniser: Recogniser, movements: list[Movement]) -> dict:
    """Count how often what is neither squat nor push-up is called one.

    Returns
    -------
    dict
        ``n``, ``clean`` (the share that is not), its interval, and ``false_alarms``: for each
        action as its authors call it, what it was called and how often.
    """
    chosen = [m for m in movements if m.label not in LEAD]
    found = classify_movements(recogniser, chosen)
    alarms: dict[str, Counter] = {}
    for movement, name in zip(chosen, found, strict=True):
        if name in LEAD:
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
    """Name the development clips from their recorded poses.

    Parameters
    ----------
    recogniser : Recogniser
    clips : Path
        Holds ``labels.csv`` and ``reps.csv``.
    poses : Path
        Holds one pose file ``<id>.npz`` for each clip.
    known_sources : set of str
        Where the training clips come from; other clips are also reported by themselves.

    Returns
    -------
    dict
        ``clips`` (one row each), and for squats and push-ups the mean over the clips of the share
        of frames inside reps that carry the right label. A frame without a pose counts as wrong.
    """
    with (clips / "reps.csv").open(newline="", encoding="utf-8") as lines:
        reps = [(r["id"], float(r["start_s"]), float(r["end_s"])) for r in csv.DictReader(lines)]
    rows = []
    with (clips / "labels.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            m = read_pose_movement(poses / f"{row['id']}.npz", id=row["id"])
            joints = np.where((m.visibility >= VISIBILITY_IN_USE)[..., None], m.xy, np.nan)
            answer = recogniser.classify_joints(m.time_s, joints.astype(np.float32))
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
    """Time one window's forward pass on one core: median milliseconds."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    config = network.config
    window = torch.zeros(1, len(config.channels), config.window_frames, len(config.joints))
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        network(window)
        spent.append(time.perf_counter() - start)
    torch.set_num_threads(threads)
    return float(np.median(spent) * 1e3)


def write_card(
    data: Path,
    runs: Path,
    out: Path = Path("models"),
    *,
    clip_poses: Path | None = None,
    heuristic: Heuristic | None = None,
) -> dict:
    """Choose the shipped seed by validation, measure everything, write weights and card.

    Parameters
    ----------
    data : Path
        Holds ``penn_action/``, ``poses/`` and ``clips/``.
    runs : Path
        Where `gym.training.recogniser.train_stgcn` put its networks.
    out : Path
        Gets ``stgcn.pt``, ``stgcn.json`` and ``stgcn.md``.
    clip_poses : Path, optional
        The development clips' pose files; without them that part stays empty.
    heuristic : callable, optional
        The posture heuristic to compare with.

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
    penn = read_penn(data / "penn_action")
    recorded = read_blazepose(data / "poses", network.config.labels)
    penn_test = [m for m in penn if m.split == "test"]
    val = [m for m in recorded if m.split == "val"]
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(best, out / "stgcn.pt")
    weights = (out / "stgcn.pt").read_bytes()
    card = {
        "name": "stgcn",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "bytes": len(weights),
        "parameters": count_parameters(network),
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
            "movements": _count_movements([*penn, *recorded]),
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
            "development": _measure_development(recogniser, data, clip_poses),
            "benchmark": measure_benchmark(
                penn,
                {p.stem: read_checkpoint(p, p.name) for p in records if p not in shipped},
                heuristic,
            ),
        },
    }
    text = json.dumps(card, indent=1).replace("NaN", "null")
    (out / "stgcn.json").write_text(text + "\n", encoding="utf-8")
    (out / "stgcn.md").write_text(to_markdown(card), encoding="utf-8")
    return card


def _measure_development(recogniser: Recogniser, data: Path, poses: Path | None) -> dict | None:
    """Measure the development clips where their poses are at hand."""
    if poses is None:
        return None
    with (data / "poses" / "labels.csv").open(newline="", encoding="utf-8") as lines:
        known = {row["source"] for row in csv.DictReader(lines)}
    return measure_development(recogniser, data / "clips", poses, known)


def _runs(folder: Path) -> list[Path]:
    """List the trained networks that have their record beside them."""
    return [p for p in sorted(Path(folder).glob("*.pt")) if p.with_suffix(".json").is_file()]


def _count_movements(movements: list[Movement]) -> dict:
    """Count movements by source, split and label."""
    counts: dict = {}
    for m in movements:
        labels = counts.setdefault(m.source, {}).setdefault(m.split, {})
        labels[m.label] = labels.get(m.label, 0) + 1
    return counts
