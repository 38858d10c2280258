"""Writes the recogniser's card as a page for people: ``models/stgcn.md``."""

from __future__ import annotations

import numpy as np

from gym.recognition.stgcn import BONES, hop_distance
from gym.skeleton import PENN_JOINTS, mirrored
from gym.training.cards import to_table

#: Where the joints are drawn, in px: the figure faces the reader, so its left is on the right.
_PLACES = {
    "head": (200, 40), "left_shoulder": (250, 100), "left_elbow": (295, 165),
    "left_wrist": (320, 235), "left_hip": (232, 230), "left_knee": (245, 325),
    "left_ankle": (255, 415),
}  # fmt: skip
_PLACES |= {mirrored(name): (400 - x, y) for name, (x, y) in _PLACES.items() if name != "head"}
_COLOURS = ("#d1495b", "#edae49", "#66a182", "#2e86ab", "#5b4b8a", "#7a7a7a")

_LIMITS = """\
- One person, most of the body in view. If a bystander is tracked instead, their movement is recognised.
- BlazePose has no head joint, so the mean of the ears is used for Penn Action's head.
- Rows, dips, swings, bridges and everything else that is not listed are "other".
- Standing still at the top of a rep is not yet an exercise: it takes about a second of movement.
- Deadlifts, presses and raises to the side were filmed by few people: they rest mainly on artificial
  movements. A wall sit rests on nothing else, and looks like a person who sits upright on a chair.
- The implement is not seen: a row with straight arms looks like a deadlift that pauses.
- Penn Action's clips show one rep, have no person or video numbers, and no frame rate (30 a second
  is assumed). Validation keeps runs of neighbouring clip numbers together, as nothing else is known.
- The development clips and those of other people were looked at while this was made: made movements
  were added for what was confused, and the least probability of a label (0.4) was set after seeing
  them. Without that rule 16 of the 21 clips of anything else were not called an exercise."""

_DATA = """\
- **Penn Action** (Zhang, Zhu, Derpanis, ICCV 2013): 2,326 clips with 13 joints drawn by people.
  Published for research; only the labels were used, no pictures, and none of it is shipped.
- **Recorded BlazePose clips** (`blazepose`) from public repositories, by their own split; many without
  a stated licence. Used for training and validation, none of it is shipped.
- **Clips of other people** (`clips2`) from public repositories, through BlazePose; licences mostly not
  stated. Used for training and, leaving groups of sources out, for figures; none of it is shipped.
- **Countix-Fitness** poses (`countix`: sequences; `salient`: repetitions made from two single poses of
  a person), published without a licence. Used for training only, none of it is shipped.
- **UI-PRMD** (`prmd`; Vakanski and others, Data 3(1), 2018): optical markers of 7 people, freely
  published for research, seen by made cameras. Used for training only, none of it is shipped.
- **Artificial movements** (`made`): a stick figure that does every exercise, and much that is none
  (`gym/training/made_exercises.py`, `made_others.py`, `made_everyday.py`)."""


def to_markdown(card: dict) -> str:
    """Write the card as a Markdown page."""
    metrics, training = card["metrics"], card["training"]
    window = card["window"]
    parts = [
        "# The exercise recogniser (ST-GCN)",
        "Written by `gym.training.recogniser.score`; do not edit by hand.",
        f"`stgcn.pt`: {card['bytes'] / 1e6:.1f} MB, {card['parameters']:,} parameters, sha256 "
        f"`{card['sha256']}`. One window: {window['frames']} frames at {window['rate_hz']:g} a "
        f"second; {metrics['forward_ms']:.1f} ms of processor time on one core (median, batch 1).",
        "Labels: " + ", ".join(f"`{label}`" for label in card["labels"]) + ".",
        "![The 13-joint graph: every joint combines its neighbours in three groups: at its own "
        "distance from the centre, closer, and further away](stgcn.svg)",
        "## Penn Action, 15 actions, official split (the benchmark; these weights are not shipped)",
        _benchmark(metrics["benchmark"]),
        "## The shipped network: Penn Action's test clips with the app's labels",
        _per_label(metrics["penn_test"]),
        "## The shipped network: recorded BlazePose clips, validation part",
        "The checkpoint was chosen on these clips, so the figures are optimistic.",
        _per_label(metrics["blazepose_val"]),
        "## Clips of other people, by networks that never saw their sources",
        _held_out(metrics["held_out"], training["finish_steps"]),
        "## None of the exercises",
        _negatives("recorded clips, validation part", metrics["negatives_blazepose_val"]),
        _negatives("Penn Action's non-gym test clips", metrics["negatives_penn_test"]),
        "## Development clips, through BlazePose",
        _development(metrics["development"]),
        "## Simple baselines, on the same clips",
        _rivals(metrics),
        "## Data and licences",
        _DATA,
        _movements(training["movements"]),
        "## Training",
        f"Seed {training['seed']}, {training['steps']} batches of 64, best state by validation; "
        f"then {training['finish_steps']} batches with the clips of other people. "
        "Validation score by seed: "
        + ", ".join(f"{k}: {v:.3f}" for k, v in training["validation_score_by_seed"].items())
        + "."
        + training.get("note", ""),
        _curve(training["curve"]),
        "## Limits",
        _LIMITS,
    ]
    return "\n\n".join(parts) + "\n"


def draw_graph(centre: tuple[str, ...]) -> str:
    """Draw the 13-joint graph as SVG: bones, distance to the centre, and the mirrored pairs.

    Parameters
    ----------
    centre : tuple of str
        The joints that the partition measures from.
    """
    hops = hop_distance(PENN_JOINTS, BONES)
    depth = hops[:, [PENN_JOINTS.index(name) for name in centre]].mean(axis=1)
    levels = sorted(set(depth.tolist()))
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 450" font-family="sans-serif" '
        'font-size="12"><rect width="560" height="450" fill="#ffffff"/>'
    ]
    for name, (x, y) in _PLACES.items():
        if name.startswith("left"):
            lines.append(
                f'<line x1="{x}" y1="{y}" x2="{400 - x}" y2="{y}" stroke="#bbbbbb" '
                'stroke-dasharray="2 4"/>'
            )
    for a, b in BONES:
        (x1, y1), (x2, y2) = _PLACES[a], _PLACES[b]
        lines.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#444444" stroke-width="3"/>'
        )
    for name, level in zip(PENN_JOINTS, depth.tolist(), strict=True):
        x, y = _PLACES[name]
        ring = ' stroke="#000000" stroke-width="3"' if name in centre else ""
        colour = _COLOURS[levels.index(level) % len(_COLOURS)]
        anchor, shift = ("end", -14) if name.startswith("right") else ("start", 14)
        lines.append(f'<circle cx="{x}" cy="{y}" r="9" fill="{colour}"{ring}/>')
        lines.append(
            f'<text x="{x + shift}" y="{y + 4}" text-anchor="{anchor}" fill="#222222">'
            f"{name.replace('_', ' ')}</text>"
        )
    lines.append('<text x="440" y="40" fill="#222222">bones from</text>')
    title = " and ".join(name.replace("_", " ") for name in centre)
    lines.append(f'<text x="440" y="56" fill="#222222">{title}</text>')
    for i, level in enumerate(levels):
        y = 80 + 24 * i
        lines.append(f'<circle cx="450" cy="{y}" r="8" fill="{_COLOURS[i % len(_COLOURS)]}"/>')
        lines.append(f'<text x="466" y="{y + 4}" fill="#222222">{level:g}</text>')
    lines.append('<text x="20" y="442" fill="#666666">dotted: joints that mirror each other</text>')
    return "\n".join(lines) + "\n</svg>\n"


def _share(value: float | None, interval: list[float] | None = None) -> str:
    """Write a share, with its 95 % interval."""
    if value is None:
        return "n/a"
    if interval is None:
        return f"{value:.3f}"
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _benchmark(scores: dict) -> str:
    rows = []
    for name, score in scores.items():
        per = score["per_label"]
        f1 = [per.get(label, {}).get("f1") for label in ("squat",)]
        f1.append((per.get("pushup") or per.get("push_up") or {}).get("f1"))
        accuracy = _share(score["accuracy"], score["accuracy_interval"])
        rows.append([name, str(score["n"]), accuracy, *(_share(value) for value in f1)])
    text = to_table(["", "clips", "top-1 [95 %]", "squat F1", "push-up F1"], rows)
    families: dict[str, list[dict]] = {}
    for name, score in scores.items():
        if "-seed" in name:
            families.setdefault(name.rsplit("-seed", 1)[0], []).append(score)
    for family, members in families.items():
        tops = [score["accuracy"] for score in members]
        worst = [min(s["per_label"][label]["f1"] for s in members) for label in ("squat", "pushup")]
        text += (
            f"\n\n`{family}` over {len(members)} seeds: mean top-1 {np.mean(tops):.4f}, worst "
            f"{min(tops):.4f}; worst F1 squat {worst[0]:.4f}, push-up {worst[1]:.4f}."
        )
    return text + (
        "\n\n`penn15` partitions the neighbours by their distance to the left hip, as the "
        "reference does; a name with `left_hip-right_hip` by the distance to the mid-hip, which "
        "is mirror-symmetric. The posture heuristic knows squats, push-ups and other only and is "
        "scored on those three, on a flat body (Penn Action has no depth)."
    )


def _per_label(score: dict) -> str:
    rows = [
        [
            label, str(s["n"]), _share(s["recall"], s["recall_interval"]),
            _share(s["precision"], s["precision_interval"]), _share(s["f1"]),
        ]
        for label, s in score["per_label"].items()
    ]  # fmt: skip
    text = to_table(["label", "clips", "recall [95 %]", "precision [95 %]", "F1"], rows)
    text += f"\n\nAll: {_share(score['accuracy'], score['accuracy_interval'])} of {score['n']}."
    confusion = [
        [label, *(str(n) if n else "." for n in row)]
        for label, row in zip(score["labels"], score["confusion"], strict=True)
        if sum(row)
    ]
    return text + "\n\n" + to_table(["truth \\ found", *score["labels"]], confusion)


def _held_out(score: dict | None, finish_steps: int) -> str:
    """Write what networks call the clips of groups that they never saw."""
    if score is None:
        return "Not measured: the clips were not available."
    rows = [
        [
            name.replace("_", " "),
            str(part["n"]),
            str(part["right"]),
            ", ".join(f"{label} {n}" for label, n in part["called"].items()),
        ]
        for name, part in sorted(
            score["by_exercise"].items(), key=lambda item: (not item[1]["known"], item[0])
        )
    ]
    known, other = score["known"], score["other"]
    return (
        f"In {score['folds']} folds over the groups (sources of footage): each clip is recognised by a "
        "network that was trained without its group, like the shipped one, with "
        f"{score['fold_steps']} batches of the other clips of other people (shipped: {finish_steps}).\n\n"
        f"The exercise is right in {known['right']} of {known['n']} clips: "
        f"{_share(known['share'], known['interval'])}. Not called an exercise: {other['right']} of "
        f"{other['n']} clips of anything else: {_share(other['share'], other['interval'])}.\n\n"
        + to_table(["exercise", "clips", "right", "else called"], rows)
    )


def _negatives(what: str, score: dict) -> str:
    alarms = [
        f"{action}: {', '.join(f'{k} {n}' for k, n in found.items())} of "
        f"{score['n_by_action'][action]}"
        for action, found in score["false_alarms"].items()
    ]
    return (
        f"- {what}: {_share(score['clean'], score['clean_interval'])} of {score['n']} are not "
        f"called one. False alarms: {'; '.join(alarms) or 'none'}."
    )


def _development(score: dict | None) -> str:
    if score is None:
        return "Not measured: the clips' poses were not available."
    rows = [
        [
            row["id"], row["exercise"], row["found"], _share(row["probability"]),
            _share(row["frame_accuracy"]), "" if row["source_in_training"] else "new",
        ]
        for row in score["clips"]
    ]  # fmt: skip
    text = to_table(["clip", "truth", "found", "probability", "frames right", "source"], rows)
    for name, title in (("all", "All clips"), ("new_sources", "Clips from new sources only")):
        part = score[name]
        text += (
            f"\n\n{title}: {part['right']} of {part['n']} labels right; frames inside reps right: "
            f"squat {_share(part['squat_frame_accuracy'])}, "
            f"push-up {_share(part['push_up_frame_accuracy'])}."
        )
    return text


def _rivals(metrics: dict) -> str:
    development = metrics["development"] or {}
    network = {
        "penn_test": metrics["penn_test"]["accuracy"],
        "blazepose_val": metrics["blazepose_val"]["accuracy"],
        "negatives_blazepose_val": metrics["negatives_blazepose_val"]["clean"],
        "development": development.get("all"),
    }
    rows = []
    for name, score in {"the network": network, **metrics["rivals"]}.items():
        clips = score["development"]
        frames = [
            _share((clips or {}).get(f"{exercise}_frame_accuracy"))
            for exercise in ("squat", "push_up")
        ]
        rows.append(
            [
                name, _share(score.get("penn_test")), _share(score["blazepose_val"]),
                _share(score["negatives_blazepose_val"]),
                f"{clips['right']} of {clips['n']}" if clips else "n/a", *frames,
            ]
        )  # fmt: skip
    header = [
        "", "Penn test clips", "recorded, validation", "other, not called an exercise",
        "development clips", "squat frames", "push-up frames",
    ]  # fmt: skip
    return to_table(header, rows) + (
        "\n\nLogistic regression sees the same windows and the same augmentation, as statistics; "
        "the posture heuristic is scored on squat, push-up and other only."
    )


def _movements(counts: dict) -> str:
    rows = [
        [source, split, ", ".join(f"{label} {n}" for label, n in sorted(labels.items()))]
        for source, splits in counts.items()
        for split, labels in splits.items()
    ]
    return to_table(["source", "part", "clips"], rows)


def _curve(curve: list[dict]) -> str:
    rows = [[str(c["step"]), f"{c['loss']:.3f}", f"{c['score']:.3f}"] for c in curve]
    return to_table(["batch", "training loss", "validation score"], rows)
