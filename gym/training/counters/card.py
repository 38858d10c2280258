"""Measures how good the learned counter is, and writes its card.

measure_validation    recorded clips used to choose the best training state, by source of the truth
measure_development   the development clips: counts, bottoms, and changes that should not matter
write_card            all of it -> models/phase.npz, phase.json (for code), phase.md (for people)
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gym.counting.heuristic import HeuristicCounter
from gym.counting.learned import LearnedCounter
from gym.counting.phase_net import PhaseConfig, PhaseWeights, read_arrays
from gym.errors import WeightsError
from gym.evaluation.labels import LabelledClip, read_labels
from gym.evaluation.robustness import measure_robustness
from gym.evaluation.scores import match_bottoms, score_counts
from gym.exercises import EXERCISES, Exercise
from gym.posefiles import read_poses
from gym.schema import PoseSequence, RepKind
from gym.skeleton import PENN_JOINTS
from gym.training.cards import describe_weights, to_table, write_weights
from gym.training.counters.takes import count_poses
from gym.training.datasets import read_rows

LONG_REPS = 40  #: clips with more reps are listed separately: one would outweigh all others


def measure_validation(weights: PhaseWeights, data: Path) -> dict[str, object]:
    """Count the recorded clips of the validation part.

    Returns
    -------
    dict
        ``marked``: compared with marks by people, one for each rep, partial ones included, and noisy;
        ``pseudo``: compared with the heuristic counter, which made the truth for training;
        ``negatives``: the share of other exercises' clips in which a squat or push-up is counted.
    """
    known = {name: one for name, one in EXERCISES.items() if name in weights.config.labels}
    marked, pseudo, false, others = [], [], 0, 0
    rows = read_rows(data / "poses" / "labels.csv")
    for row in (row for row in rows if row["split"] == "val"):
        poses = read_poses(data / "poses" / row["file"])
        exercise = known.get(row["train_as"])
        if exercise is None:
            others += 1
            counters = (LearnedCounter(one, weights) for one in known.values())
            false += any(count_poses(counter, poses).count for counter in counters)
            continue
        found = count_poses(LearnedCounter(exercise, weights), poses).count
        pseudo.append((found, count_poses(HeuristicCounter(exercise), poses).count))
        if row["rep_marks_s"]:
            marked.append((found, len(row["rep_marks_s"].split())))
    return {
        "marked": _score(marked),
        "pseudo": _score(pseudo),
        "negatives": {"n": others, "counted": false},
    }


def _score(pairs: list[tuple[int, int]]) -> dict[str, object]:
    """Score pairs of (found, true) counts."""
    return score_counts([found - true for found, true in pairs], [true for _, true in pairs])


def measure_development(weights: PhaseWeights, clips: Path, poses: Path) -> dict[str, object]:
    """Count the development clips from their recorded poses, the exercise given.

    Parameters
    ----------
    weights : PhaseWeights
    clips : Path
        Holds ``labels.csv``.
    poses : Path
        Holds one pose file ``<id>.npz`` for each clip.

    Returns
    -------
    dict
        ``clips`` (one row each), ``usual`` and ``long`` (the scores up to and over `LONG_REPS`
        reps), ``event_f1``, ``robustness`` and ``frame_ms``, the time for a frame.
    """
    labels = weights.config.labels
    labelled = [one for one in _read_development(clips, poses) if one[0].exercise in labels]
    rows, matched, found_all, true_all, spent_s, frames = [], 0, 0, 0, 0.0, 0
    for clip, exercise, sequence in labelled:
        begun_s = time.process_time()
        learned = count_poses(LearnedCounter(exercise, weights), sequence)
        spent_s, frames = spent_s + time.process_time() - begun_s, frames + len(sequence)
        heuristic = count_poses(HeuristicCounter(exercise), sequence)
        bottoms = [rep.bottom_s for rep in learned.reps if rep.kind is RepKind.FULL]
        gaps = np.diff(clip.bottom_s)
        lengths = np.append(gaps, gaps[-1:] if len(gaps) else 2.0)
        matched += match_bottoms(bottoms, clip.bottom_s, np.maximum(0.25, 0.25 * lengths))
        found_all, true_all = found_all + len(bottoms), true_all + len(clip.bottom_s)
        counts = {"heuristic": heuristic.count, "learned": learned.count}
        rows.append({"id": clip.id, "exercise": exercise.name, "reps": clip.reps, **counts})

    def count(sequence: PoseSequence, exercise: Exercise, _: str) -> int:
        return count_poses(LearnedCounter(exercise, weights), sequence).count

    usual = [(r["learned"], r["reps"]) for r in rows if r["reps"] <= LONG_REPS]
    long = [(r["learned"], r["reps"]) for r in rows if r["reps"] > LONG_REPS]
    changes = measure_robustness(
        ((clip.id, exercise, sequence) for clip, exercise, sequence in labelled),
        [LearnedCounter.name],
        count=count,
    )
    return {
        "usual": _score(usual),
        "long": _score(long) if long else None,
        "event_f1": round(2 * matched / max(found_all + true_all, 1), 4),
        "robustness": [{k: row[k] for k in ("change", "n", "unchanged")} for row in changes],
        "frame_ms": round(1e3 * spent_s / max(frames, 1), 3),
        "clips": rows,
    }


def _read_development(
    clips: Path, poses: Path
) -> Iterator[tuple[LabelledClip, Exercise, PoseSequence]]:
    """Read the labelled clips with their poses."""
    for clip in read_labels(clips / "labels.csv", clips):
        yield clip, EXERCISES[clip.exercise], read_poses(poses / f"{clip.id}.npz")


def write_card(
    data: Path, runs: Path, out: Path = Path("models"), *, clip_poses: Path | None = None
) -> dict[str, object]:
    """Choose the shipped seed by validation, measure everything, and write weights and card.

    Parameters
    ----------
    data : Path
        Holds ``poses/`` and ``clips/``.
    runs : Path
        Where `gym.training.counters.train.train_phase` put its networks.
    out : Path
        Gets ``phase.npz``, ``phase.json`` and ``phase.md``.
    clip_poses : Path, optional
        The development clips' pose files; without them that part stays empty.

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
        for path in sorted(runs.glob("phase-seed*.npz"))
    }
    if not records:
        raise WeightsError(
            f"No trained network in {runs}.", "Train one: python -m gym train phase."
        )
    best = min(records, key=lambda path: records[path]["best_score"])
    record, raw = records[best], best.read_bytes()
    weights = PhaseWeights(read_arrays(raw), PhaseConfig(), {})
    development = None
    if clip_poses is not None:
        development = measure_development(weights, data / "clips", clip_poses)
    card = {
        **describe_weights("phase", raw, record["parameters"]),
        "joints": list(PENN_JOINTS),
        "config": record["config"],
        "training": {
            **{key: record[key] for key in ("seed", "steps", "takes", "repetitions", "curve")},
            "validation_loss_by_seed": {str(r["seed"]): r["best_score"] for r in records.values()},
        },
        "metrics": {
            "validation": measure_validation(weights, data),
            "development": development,
        },
    }
    write_weights(out / "phase.npz", raw, card, to_markdown)
    return card


_DATA = """\
- **Recorded BlazePose clips** from public repositories, by their own split; many without a stated
  licence. Used for training and validation, none of it is shipped.
- **Penn Action** (Zhang, Zhu, Derpanis, ICCV 2013): squats and push-ups with one rep, and other
  actions; two dimensions only, so the network sees them without world coordinates. Published for
  research; only the labels were used, no pictures, and none of it is shipped.
- **Artificial takes**: a stick figure's squats and push-ups, whose phase is known, and other movements.

The truth for the recorded clips is the heuristic counter's answer, because people marked only few reps,
and only roughly; the phase between its turning points follows the joint angle. So on ordinary clips
this network learned what the heuristic sees, and from the changes below it learned to see it where the
heuristic's angle is lost. Sequences are composed of pieces: other movement before and after, pauses,
partial reps, speed times 0.55 to 2, depth times 0.8 to 1.05. Then the camera turns by up to 70 degrees
(for 3-D recordings and artificial takes), left and right are swapped, joints jitter and get lost, the
world or image coordinates are left out, or every frame is stretched to a box of one size, like the
published RepCount poses (none of which were used for training)."""

_LIMITS = """\
- Squats and push-ups only; anything else is "none".
- One person, most of the body in view. BlazePose has no head joint, so the mean of the ears is used
  for Penn Action's head.
- It looks 0.3 s ahead and back over 6.4 s; a hold longer than that at the bottom may end a rep.
- The development clips were used to decide how reps are read from the phase (the first one, one that is
  cut off, one that is too small), and RepCount's poses for the box-stretching and the choice between two
  trainings: the figures for both are development figures."""


def to_markdown(card: dict) -> str:
    """Write the card as a Markdown page."""
    training, metrics = card["training"], card["metrics"]
    config = card["config"]
    parts = [
        "# The learned counter's network",
        "Written by `gym.training.counters.card`; do not edit by hand.",
        f"`phase.npz`: {card['bytes'] / 1e6:.2f} MB, {card['parameters']:,} parameters, sha256 "
        f"`{card['sha256']}`. A causal network of dilated convolutions at {config['rate_hz']:g} ticks "
        f"a second, which answers {config['lag_ticks'] / config['rate_hz']:g} s late: the phase as a "
        f"point on the circle, and one of {', '.join(f'`{name}`' for name in config['labels'])}.",
        "## Development clips, through BlazePose, the exercise given",
        _describe_development(metrics["development"]),
        "## Recorded clips, validation part",
        "The training state was chosen on sequences made from these clips, so the figures are "
        "optimistic.",
        _describe_validation(metrics["validation"]),
        "## Data and licences",
        _DATA,
        to_table(
            ["part", "source", *config["labels"]],
            [
                [split, source, *map(str, labels.values())]
                for split, sources in training["takes"].items()
                for source, labels in sources.items()
            ],
        ),
        "Whole reps: "
        + ", ".join(f"{split} {n}" for split, n in training["repetitions"].items())
        + ".",
        "## Training",
        f"Seed {training['seed']}, {training['steps']} batches, best state by validation. "
        "Validation loss by seed: "
        + ", ".join(f"{k}: {v:.3f}" for k, v in training["validation_loss_by_seed"].items())
        + ".",
        to_table(
            ["batch", "training loss", "validation loss"],
            [[str(c["step"]), f"{c['loss']:.3f}", f"{c['score']:.3f}"] for c in training["curve"]],
        ),
        "## Limits",
        _LIMITS,
    ]
    return "\n\n".join(parts) + "\n"


def _describe_scores(name: str, scores: dict | None) -> list[str]:
    """Make a row: clips, MAE with its interval, exact, within one, bias."""
    if not scores or not scores["n"]:
        return [name, "0", "", "", "", ""]
    low, high = scores["mae"]["interval"]
    shares = (f"{scores[key]['value']:.0%}" for key in ("exact", "obo"))
    mae = f"{scores['mae']['value']:.2f} ({low:.2f} to {high:.2f})"
    return [name, str(scores["n"]), mae, *shares, f"{scores['bias']['value']:+.2f}"]


_SCORES = ["", "clips", "MAE (95 % interval)", "exact", "within one", "bias"]


def _describe_development(found: dict | None) -> str:
    """Show the development figures."""
    if found is None:
        return "Not measured: the poses were not available."
    names = (f"up to {LONG_REPS} reps", f"more than {LONG_REPS}")
    scores = [_describe_scores(n, found[k]) for n, k in zip(names, ("usual", "long"), strict=True)]
    changes = [
        [row["change"], str(row["n"]), f"{row['unchanged']:.1%}"] for row in found["robustness"]
    ]
    clips = [[str(row[key]) for key in row] for row in found["clips"]]
    return "\n\n".join(
        [
            to_table(_SCORES, scores),
            f"Bottoms found: F1 {found['event_f1']:.3f}. Cost: {found['frame_ms']:.2f} ms a frame on "
            "one core.",
            to_table(["change", "trials", "counts unchanged"], changes),
            to_table(["clip", "exercise", "true", "heuristic", "learned"], clips),
        ]
    )


def _describe_validation(found: dict) -> str:
    """Show the validation figures."""
    names = {"marked": "against people's marks", "pseudo": "against the heuristic counter"}
    rows = [_describe_scores(name, found[key]) for key, name in names.items()]
    others = found["negatives"]
    return (
        to_table(_SCORES, rows)
        + f"\n\nA squat or a push-up is counted in {others['counted']} of {others['n']} clips of other "
        "exercises."
    )
