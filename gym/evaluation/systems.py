"""The table of systems: what each is, what was published of it, and our figures on labelled clips.

    read_sets -> measure_systems -> make_table -> systems.json (for code), systems.md (for people)

The exercise is given, as counters are compared here, not the recogniser. A clip whose exercise a
counter does not know is left out of its figures and counted in its coverage.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from gym.cards import MODELS
from gym.counting import COUNTERS, count_reps
from gym.counting.arena import ARENA
from gym.errors import GymError, WeightsError
from gym.evaluation.labels import LabelledClip, Row, read_labels
from gym.evaluation.published import SYSTEMS
from gym.evaluation.repcount import read_repcount_labels
from gym.evaluation.scores import score_counts
from gym.exercises import EXERCISES
from gym.files import write_whole
from gym.posefiles import read_poses
from gym.schema import PoseSequence
from gym.session import estimate_poses

#: The labelled sets, by the folder they lie in, and how the table calls them.
SETS: dict[str, str] = {
    "clips": "open clips (development)",
    "clips2": "clips2 (development)",
    "repcount_pose": "RepCount, open half (poses stretched to a box)",
}
_FIGURES = ("exact", "obo", "nmae", "bias")


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """Clips of one folder with their poses: ``name`` in `SETS`, ``clips``, ``poses``."""

    name: str
    clips: tuple[LabelledClip, ...]
    poses: tuple[PoseSequence, ...]


def read_sets(
    data: Path,
    clip_poses: Path | None = None,
    on_progress: Callable[[str, float], None] | None = None,
) -> list[LabelledSet]:
    """Read whatever labelled sets there are in a folder.

    Parameters
    ----------
    data : Path
        May hold ``clips/``, ``clips2/`` and ``repcount_pose/``.
    clip_poses : Path, optional
        Pose files ``<id>.npz`` of ``clips/``; without them the videos are looked at, which takes minutes.
    on_progress : callable, optional

    Raises
    ------
    LabelsError
        A table cannot be used.
    """
    sets = []
    for name in SETS:
        folder = Path(data) / name
        if not folder.is_dir():
            continue
        table = folder / "labels.csv"
        if name == "repcount_pose":
            clips = read_repcount_labels(table, folder)
        else:
            clips = read_labels(table, folder, _is_counted)
        poses = []
        for number, clip in enumerate(clips):
            if on_progress is not None:
                on_progress(f"reading {name}", number / len(clips))
            poses.append(_read_clip(clip, name, clip_poses))
        sets.append(LabelledSet(name, tuple(clips), tuple(poses)))
    return sets


def _is_counted(row: Row) -> bool:
    """Tell whether a row has a count, and one to be sure of."""
    return row["reps"] != "" and row.get("count_sure") != "n"


def _read_clip(clip: LabelledClip, name: str, clip_poses: Path | None) -> PoseSequence:
    """Read a clip's poses, or estimate them."""
    if name == "repcount_pose":
        return read_poses(clip.file, "repcount")
    if clip_poses is not None and name == "clips":
        return read_poses(clip_poses / f"{clip.id}.npz")
    if clip.file.suffix == ".npz":
        return read_poses(clip.file)
    return estimate_poses(clip.file)[1]


def measure_systems(
    sets: Iterable[LabelledSet],
    counters: Iterable[str],
    on_progress: Callable[[str, float], None] | None = None,
) -> dict[str, dict[str, object]]:
    """Count all clips with every counter, the exercise given.

    Returns
    -------
    dict of counter name to dict
        ``sets``: by set ``score_counts`` of it, with ``all`` clips and the ``counts`` by clip;
        ``frame_ms``: the time for a frame. A counter without its weights has the reason as ``missing``.
    """
    sets, found = list(sets), {}
    for name in counters:
        kind = COUNTERS.get(name) or ARENA[name]
        try:
            if kind.weights:
                kind.version()
        except WeightsError as error:
            found[name] = {"missing": error.message}
            continue
        figures, spent_s, frames = {}, 0.0, 0
        for number, one in enumerate(sets):
            if on_progress is not None:
                on_progress(f"counting with {name}", number / len(sets))
            counts: dict[str, int] = {}
            errors, truths = [], []
            for clip, poses in zip(one.clips, one.poses, strict=True):
                exercise = EXERCISES.get(clip.exercise)
                if not kind.counts(exercise):
                    continue
                begun_s = time.process_time()
                counts[clip.id] = count_reps(poses, exercise, name).count
                spent_s, frames = spent_s + time.process_time() - begun_s, frames + len(poses)
                errors.append(clip.error_of(counts[clip.id]))
                truths.append(clip.reps)
            figures[one.name] = {
                **score_counts(errors, truths), "all": len(one.clips), "counts": counts
            }  # fmt: skip
        found[name] = {"sets": figures, "frame_ms": round(1e3 * spent_s / max(frames, 1), 3)}
    return found


def make_table(measured: dict[str, dict[str, object]]) -> list[dict[str, object]]:
    """Join what is published of every system with what was measured, one dict a system."""
    rows = []
    for system in SYSTEMS:
        row = asdict(system)
        kind = COUNTERS.get(system.counter) or ARENA.get(system.counter)
        if kind is not None:
            row |= {"causal": kind.causal, **_describe_weights(kind.weights)}
        row["measured"] = measured.get(system.counter)
        rows.append(row)
    return rows


def _describe_weights(name: str) -> dict[str, object]:
    """Return a shipped network's size, from its card; nothing for a counter without one."""
    card = MODELS / f"{name}.json"
    if not name or not card.is_file():
        return {}
    told = json.loads(card.read_text(encoding="utf-8"))
    return {"parameters": told["parameters"], "bytes": told["bytes"]}


def write_table(rows: list[dict[str, object]], out: Path) -> None:
    """Write ``systems.json`` and ``systems.md`` into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "systems.json", (json.dumps(rows, indent=1) + "\n").encode())
    write_whole(out / "systems.md", to_markdown(rows).encode())


_HEAD = """\
# Systems that count, compared

Written by `python -m gym systems`; do not edit by hand.

Counters of others are **built again on skeletons by us, not the authors' weights**; what is exact,
adapted and ours stands on each network's card. All networks learned from the same pool, and all count
the same clips and poses, the exercise given and never the count. Ours are development figures: people
looked at failures on these clips, but no network of the arena was trained on them or chosen by them.
Error: mean absolute error as a share of the truth; bias: mean signed error; in brackets the 95 %
bootstrap interval. Published figures are of other clips and protocols: never compare line by line."""


def to_markdown(rows: list[dict[str, object]]) -> str:
    """Write the table as a Markdown page."""
    parts = [_HEAD]
    for name, title in SETS.items():
        lines = [_describe_scores(row, name) for row in rows]
        lines = [line for line in lines if line]
        if lines:
            head = ("system", "clips", "exact", "within one", "error", "bias")
            parts += [f"## On {title}", _lay_out(head, lines)]
    sizes = [
        (
            row["title"], f"{row['parameters']:,}" if "parameters" in row else "none",
            _say_ms(row["measured"]), "yes" if row["causal"] else "no",
        )
        for row in rows if row["counter"]
    ]  # fmt: skip
    parts += [
        "## Size and cost",
        _lay_out(("system", "parameters", "ms a frame, one core", "counts live"), sizes),
        "## Published figures",
        _lay_out(
            ("system", "data", "error", "within one", "protocol"),
            [
                (
                    row["title"],
                    one["data"],
                    f"{one['nmae']:.3f}",
                    f"{one['obo']:.3f}",
                    one["protocol"],
                )
                for row in rows
                for one in row["published"]
            ],
        ),
        "## Without a row of ours",
        _lay_out(
            ("system", "what it is", "why"),
            [(row["title"], row["what"], why) for row in rows if (why := _say_missing(row))],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _say_ms(measured: dict | None) -> str:
    """Return the time for a frame; empty where nothing was measured."""
    return f"{measured['frame_ms']:.2f}" if measured and "frame_ms" in measured else ""


def _say_missing(row: dict) -> str:
    """Return why a system has no figures of ours; empty where it has."""
    measured = row["measured"] or {}
    return row["missing"] or measured.get("missing", "")


def _describe_scores(row: dict, name: str) -> tuple[str, ...]:
    """Make a system's line for one set; empty without figures."""
    scores = ((row["measured"] or {}).get("sets") or {}).get(name)
    if not scores or not scores["n"]:
        return ()
    cells = []
    for key in _FIGURES:
        value, (low, high) = scores[key]["value"], scores[key]["interval"]
        form = "+.2f" if key == "bias" else ".2f"
        cells.append(f"{value:{form}} ({low:{form}} to {high:{form}})")
    return (row["title"], f"{scores['n']} of {scores['all']}", *cells)


def _lay_out(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Lay out a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_systems(
    data: Path | None,
    out: Path,
    clip_poses: Path | None = None,
    on_progress: Callable[[str, float], None] | None = None,
) -> str:
    """Measure every system on what there is in a folder, write the table, and return it as Markdown.

    Raises
    ------
    GymError
        A table of labels cannot be used, or the data folder holds none of the sets.
    """
    measured = {}
    if data is not None:
        sets = read_sets(data, clip_poses, on_progress)
        if not sets:
            raise GymError(
                f"There is nothing to count in {data}.",
                f"The folder has to hold one of {', '.join(SETS)}.",
            )
        names = [system.counter for system in SYSTEMS if system.counter]
        measured = measure_systems(sets, names, on_progress)
    rows = make_table(measured)
    write_table(rows, out)
    return to_markdown(rows)
