"""The report of an evaluation: the figures of each counter and exercise, and a row for each clip."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

import gym
from gym.counting import COUNTERS
from gym.evaluation.form import Judged, score_form
from gym.evaluation.labels import LabelledClip
from gym.evaluation.repcount import describe_published
from gym.evaluation.scores import compare_counters, match_bottoms, score_counts, with_interval
from gym.exercises import EXERCISES, OTHER
from gym.files import to_csv, write_whole

LONG_REPS = 40  #: clips of more are reported apart: one of them would outweigh all others


T = TypeVar("T")


@dataclass(frozen=True)
class ClipResult:
    """The results for one labelled clip.

    ``label`` is the recognised exercise (None if the clip failed); ``counts`` and ``bottoms_s`` are by
    counter; ``frame_accuracy`` is the share of frames inside the labelled reps whose label is right
    (None without such spans); ``form_error`` is by kind of form; ``judged`` is each
    rated rep's form; ``error`` says why the clip failed, or
    why nothing was counted.
    """

    clip: LabelledClip
    label: str | None
    counts: dict[str, int]
    bottoms_s: dict[str, tuple[float, ...]] = field(default_factory=dict)
    frame_accuracy: float | None = None
    form_error: dict[str, float] = field(default_factory=dict)
    judged: tuple[Judged, ...] = ()
    robustness: tuple[dict[str, object], ...] = ()
    seconds: float = 0.0
    error: str | None = None


def make_report(results: Sequence[ClipResult], exercise: str, layout: str) -> dict[str, object]:
    """Summarise by method and exercise, separately for clips of usual length and long ones."""
    # RepCount's published figures are over all its clips, so ours are too.
    longest = np.inf if layout == "repcount" else LONG_REPS
    usual = [r for r in results if r.clip.reps <= longest]
    long = [r for r in results if r.clip.reps > longest]
    return {
        "schema": 1,
        "exercise": exercise,
        "format": layout,
        "version": gym.__version__,
        "clip_length": "all clips"
        if layout == "repcount"
        else f"methods: clips of {LONG_REPS} reps or fewer; long_clips: the others",
        "methods": {name: _by_exercise(name, usual) for name in COUNTERS},
        "long_clips": {name: _by_exercise(name, long) for name in COUNTERS} if long else {},
        "paired": pair_counters([_row(result) for result in usual], list(COUNTERS)),
        "recognition": _recognition(results),
        "robustness": _pool_robustness(results),
        **describe_published(layout),
        "form": _form(results),
        "form_reps": score_form([one for result in results for one in result.judged]),
        "clips": [_row(result) for result in results],
    }


def _by_exercise(method: str, results: Sequence[ClipResult]) -> dict[str, object]:
    """Score one counter for each exercise and for all."""
    scored = {}
    for name, group in _group(results, lambda result: result.clip.exercise).items():
        errors = [r.clip.error_of(r.counts[method]) for r in group]
        scored[name] = {
            **score_counts(errors, [r.clip.reps for r in group]),
            "event_f1": _event_f1(method, group),
        }
    return scored


def _group(clips: Sequence[T], exercise_of: Callable[[T], str]) -> dict[str, list[T]]:
    """Group clips: all of them, and those of each exercise."""
    groups = {"all": list(clips)}
    for clip in clips:
        groups.setdefault(exercise_of(clip), []).append(clip)
    return groups


def _event_f1(method: str, results: Sequence[ClipResult]) -> float | None:
    """Return the F1 of found bottoms, over all clips whose bottoms are labelled.

    A bottom is found when one lies within the larger of 0.25 s and a quarter of the rep.
    """
    matched = found = true = 0
    for result in results:
        clip = result.clip
        if not clip.bottom_s:
            continue
        lengths = [end - start for start, end in clip.spans_s]
        if len(lengths) != len(clip.bottom_s):
            lengths = [1.0] * len(clip.bottom_s)
        bottoms = result.bottoms_s.get(method, ())
        matched += match_bottoms(bottoms, clip.bottom_s, [max(0.25, s / 4) for s in lengths])
        found += len(bottoms)
        true += len(clip.bottom_s)
    return round(2 * matched / (found + true), 4) if true else None


def _recognition(results: Sequence[ClipResult]) -> dict[str, object]:
    """Score the recognised exercise, over clips and over frames inside reps."""
    groups = _group(results, lambda result: result.clip.exercise)
    return {
        name: {
            "n": len(group),
            "clip_accuracy": with_interval([float(r.label == right_label(r.clip)) for r in group]),
            "frame_accuracy": with_interval([r.frame_accuracy for r in group]),
        }
        for name, group in groups.items()
    }


def _form(results: Sequence[ClipResult]) -> dict[str, object]:
    """Score form: the mean absolute error of each kind, by exercise."""
    kinds: dict[str, dict[str, list[float]]] = {}
    for result in results:
        for kind, error in result.form_error.items():
            kinds.setdefault(result.clip.exercise, {}).setdefault(kind, []).append(error)
    return {
        exercise: {kind: {"n": len(v), "mae": with_interval(v)} for kind, v in by_kind.items()}
        for exercise, by_kind in kinds.items()
    }


def pair_counters(
    rows: Sequence[Mapping[str, object]], counters: Sequence[str]
) -> dict[str, list[dict[str, object]]]:
    """Compare every two counters over a report's clips.

    Returns
    -------
    dict
        For "all" and each exercise, what `compare_counters` says.
    """
    return {
        group: compare_counters(
            {name: [error_of(row, row["counts"][name]) for row in chosen] for name in counters}
        )
        for group, chosen in _group(rows, lambda row: row["exercise"]).items()
    }


def error_of(row: Mapping[str, object], count: int) -> int:
    """Return a count's signed error, from the nearer one of a clip's true counts."""
    right = [row["reps"], row["reps_alt"]]
    return min((count - reps for reps in right if reps is not None), key=abs)


def _pool_robustness(results: Sequence[ClipResult]) -> list[dict[str, object]]:
    """Add up the clips' rows: for each counter and change, the share of trials that kept the count."""
    pooled: dict[tuple[str, str], dict[str, object]] = {}
    for row in (row for result in results for row in result.robustness):
        one = pooled.setdefault(
            (row["counter"], row["change"]), {**row, "n": 0, "changed": [], "unchanged": None}
        )
        one["n"] += row["n"]
        one["changed"] = [*one["changed"], *row["changed"]]
        one["unchanged"] = round(1 - len(one["changed"]) / one["n"], 4)
    return list(pooled.values())


def _row(result: ClipResult) -> dict[str, object]:
    """Return one clip's line of the report."""
    clip = result.clip
    accuracy = result.frame_accuracy
    return {
        "id": clip.id,
        "exercise": clip.exercise,
        "group": clip.group,
        "reps": clip.reps,
        "reps_alt": clip.reps_alt,
        "counts": dict(result.counts),
        "label": result.label,
        "frame_accuracy": None if accuracy is None else round(accuracy, 4),
        "form_error": {kind: round(error, 4) for kind, error in result.form_error.items()},
        "seconds": round(result.seconds, 2),
        "error": result.error,
    }


def _to_table(rows: Sequence[dict[str, object]]) -> str:
    """Return the clips' lines as a table; a column for each counter and kind of form."""
    flat = []
    for row in rows:
        counts = {f"count_{name}": count for name, count in row["counts"].items()}
        form = {f"form_error_{kind}": error for kind, error in row["form_error"].items()}
        plain = {k: v for k, v in row.items() if not isinstance(v, dict)}
        flat.append({**plain, **counts, **form})
    columns = list(dict.fromkeys(name for row in flat for name in row))
    return to_csv(columns, [[row.get(name) for name in columns] for row in flat])


def right_label(clip: LabelledClip) -> str:
    """Return what the clip should be recognised as: "other" if the exercise is not known here."""
    return clip.exercise if clip.exercise in EXERCISES else OTHER


def write_report(report: dict[str, object], folder: Path) -> None:
    """Write ``report.json`` and ``clips.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, allow_nan=False)
    write_whole(folder / "report.json", (text + "\n").encode())
    write_whole(folder / "clips.csv", _to_table(report["clips"]).encode())


def describe_report(report: dict) -> str:
    """Return a report's figures as plain lines."""
    lines = [f"exercise: {report['exercise']}", f"{'clip':<12}{'truth':>6}  counts"]
    for row in report["clips"]:
        truth = f"{row['reps']}" + (f"/{row['reps_alt']}" if row["reps_alt"] is not None else "")
        counts = " ".join(f"{name}={count}" for name, count in row["counts"].items())
        lines.append(
            f"{row['id']:<12}{truth:>6}  {counts}  {row['label']} {row['error'] or ''}".rstrip()
        )
    for title, part in (("", report["methods"]), ("long clips, ", report["long_clips"])):
        for method, by_exercise in part.items():
            for exercise, score in by_exercise.items():
                figures = " ".join(
                    f"{name} {score[name]['value']} {score[name]['interval']}"
                    for name in ("mae", "nmae", "obo", "exact", "bias")
                )
                lines.append(
                    f"{title}{method}, {exercise}: n {score['n']} {figures} event_f1 {score['event_f1']}"
                )
    for exercise, pairs in report["paired"].items():
        for pair in pairs:
            lines.append(
                f"{pair['first']} against {pair['second']}, {exercise}: n {pair['n']} "
                f"difference of mae {pair['difference']['value']} p {pair['p']}"
            )
    for row in report["robustness"]:
        lines.append(
            f"robustness, {row['counter']}, {row['change']}: {row['unchanged']} of {row['n']}"
        )
    for exercise, score in report["recognition"].items():
        lines.append(
            f"recognition, {exercise}: n {score['n']} clips {score['clip_accuracy']['value']} "
            f"frames {score['frame_accuracy']['value']}"
        )
    for one in report.get("published", {}).get("results", ()):
        lines.append(
            f"published, {one['method']}: nmae {one['nmae']} obo {one['obo']} {one['note']}"
        )
    for exercise, kinds in report["form"].items():
        for kind, score in kinds.items():
            lines.append(f"form, {exercise}, {kind}: n {score['n']} mae {score['mae']['value']}")
    for code, score in report["form_reps"].items():
        shown = " ".join(f"{name} {value}" for name, value in score.items())
        lines.append(f"form of rated reps, {code}: {shown}")
    return "\n".join(lines) + "\n"
