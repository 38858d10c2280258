"""The part of the Compare page for several clips: which counter is best on your own labelled clips."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gym.evaluation.report import LONG_REPS, error_of
from gym.evaluation.scoreboard import FILE_TYPES, LABELS, read_labelled_folder, read_report
from gym.exercises import EXERCISES, OTHER, title_of
from gym.files import disarm_cell, to_csv, write_whole
from gym.server.jobs import Job, start_job
from gym.server.tasks import score_labelled
from gym.ui.ask import CLIP_TYPES
from gym.ui.clips import current_visit, drop_open, keep_open, session_folder
from gym.ui.compare import counter_title
from gym.ui.guard import guard, guarded_fragment, plain, show_error
from gym.ui.uploads import copy_upload, taking

_SCORING, _GATHERED, _UPLOADS = "scoring", "scoring_uploads", "scoring_uploads_taken"
_FOLDER, _FILES = "A labelled folder", "Uploads"
FOLDERS_VARIABLE = "VIRTUAL_GYM_FOLDERS"  #: 1 where every visitor may read the server's folders
_REFRESH_S = 0.5
_EXERCISE_WORDS = {"given": "as labelled", "auto": "as recognised"}
_LIKELY_CHANCE = 0.05


@dataclass
class Scoring:
    """Several clips that are being counted, or were counted."""

    job: Job
    what: str


def show_scoreboard() -> None:
    """Ask for labelled clips, count them with every counter, and show which counter was right."""
    scoring: Scoring | None = st.session_state.get(_SCORING)
    if scoring is not None and not scoring.job.ended:
        _show_progress(scoring)
        return
    if scoring is None:
        _ask_clips()
        return
    with st.expander("Other clips", expanded=scoring.job.state != "done"):
        _ask_clips()
    if scoring.job.error is not None:
        show_error(scoring.job.error)
    elif scoring.job.state == "done":
        shutil.rmtree(scoring.job.folder / "clips", ignore_errors=True)  # only the figures stay
        _show_report(read_report(scoring.job.folder), scoring.what)
        _show_downloads(scoring.job.folder)
    else:
        st.warning("The comparison was stopped because its page was closed or lost its connection.")


def _ask_clips() -> None:
    """Ask where the labelled clips are, and start counting them."""
    ways = [_FOLDER, _FILES] if folders_are_offered() else [_FILES]
    way = st.segmented_control(
        "Where the clips are",
        ways,
        default=ways[0],
        required=True,
        key="scoring_way",
        persist_state="session",
    )
    exercise = st.selectbox(
        "Which exercise to count",
        list(_EXERCISE_WORDS),
        format_func=_EXERCISE_WORDS.get,
        key="scoring_exercise",
        persist_state="session",
        width=260,
    )
    with guard():
        if way == _FOLDER:
            _ask_folder(exercise)
        else:
            _ask_uploads(exercise)


def folders_are_offered() -> bool:
    """Whether visitors may name a folder, which is the server's: whoever runs it has to say so.

    No connection tells: behind a proxy every visitor seems to come from this computer.
    """
    return os.environ.get(FOLDERS_VARIABLE) == "1"


def _ask_folder(exercise: str) -> None:
    """Ask for a folder of this computer, and say what is in it."""
    text = st.text_input(
        "Folder on this computer",
        key="scoring_folder",
        persist_state="session",
        placeholder="/home/me/clips",
        help=f"It must contain a {LABELS} with the columns id, file, exercise and reps, and one row "
        "for each clip. Only clips and pose files inside the folder are read.",
    ).strip()
    if not text:
        st.caption(f"The folder needs a **{LABELS}** with the columns id, file, exercise and reps.")
        return
    root = Path(text).expanduser()
    clips = read_labelled_folder(root)
    kinds = pd.Series([clip.exercise for clip in clips]).value_counts()
    st.caption(
        f"{len(clips)} labelled clips: "
        + ", ".join(f"{number} {plain(str(name))}" for name, number in kinds.items())
    )
    if st.button("Score the clips", type="primary", key="score_folder"):
        _start(_new_folder(), root, exercise, root.name)
        st.rerun()


def _ask_uploads(exercise: str) -> None:
    """Ask for files, and for the exercise and the true count of each."""
    taken = st.session_state.get(_UPLOADS, 0)
    uploads = st.file_uploader(
        "Clips, or pose files (.npz)",
        type=(*CLIP_TYPES, "npz"),
        accept_multiple_files=True,
        key=f"scoring_files_{taken}",
        help="Analysed on this machine and deleted as soon as they are counted.",
    )
    gathered: Gathered | None = st.session_state.get(_GATHERED)
    if uploads:
        st.session_state[_UPLOADS] = taken + 1  # a fresh uploader takes the next clips
        with taking(*uploads):
            if gathered is None:
                gathered = Gathered(_new_folder())
                keep_open(_GATHERED, gathered)
            for upload in uploads:
                gathered.take(upload)
        st.rerun()
    if gathered is None or not gathered.names:
        return
    st.markdown("**What does each clip show?** Fill in the exercise and the number of whole reps.")
    truths = st.data_editor(
        pd.DataFrame(
            {
                "Clip": gathered.names,
                "Exercise": pd.Series(
                    [next(iter(EXERCISES))] * len(gathered.names), dtype="object"
                ),
                "Reps": pd.Series([None] * len(gathered.names), dtype="Int64"),
            }
        ),
        disabled=["Clip"],
        hide_index=True,
        key=f"scoring_truths_{gathered.folder.name}_{len(gathered.names)}",
        column_config={
            "Exercise": st.column_config.SelectboxColumn(
                options=[*EXERCISES, OTHER], required=True
            ),
            "Reps": st.column_config.NumberColumn(min_value=0, step=1),
        },
    )
    complete = bool(truths["Reps"].notna().all())
    if not complete:
        st.caption("Fill in the true number of reps for every clip.")
    with st.container(horizontal=True, gap="small"):
        if st.button("Score the clips", type="primary", key="score_uploads", disabled=not complete):
            gathered.write_labels(truths)
            drop_open(_GATHERED)
            what = f"{len(gathered.names)} uploads"
            _start(gathered.folder, gathered.clips_folder, exercise, what)
            st.rerun()
        if st.button("Remove these clips", key="remove_uploads"):
            drop_open(_GATHERED)
            shutil.rmtree(gathered.folder, ignore_errors=True)
            st.rerun()


@dataclass
class Gathered:
    """Uploaded clips that wait for the truth about them; on disk, not in memory."""

    folder: Path
    names: list[str] = field(default_factory=list)  #: as uploaded, for display
    files: list[str] = field(default_factory=list)  #: of ours, in `clips_folder`

    @property
    def clips_folder(self) -> Path:
        """Where the clips lie, and the table of what is true of them."""
        return self.folder / "clips"

    def take(self, upload: UploadedFile) -> None:
        """Move an upload to a file with a name of ours."""
        suffix = Path(upload.name).suffix.lower()
        file = f"clip-{len(self.files) + 1:03}{suffix if suffix in FILE_TYPES else ''}"
        copy_upload(upload, self.clips_folder / file)
        self.names.append(Path(upload.name.replace("\\", "/")).name)
        self.files.append(file)

    def write_labels(self, truths: pd.DataFrame) -> None:
        """Write the table of what is true of each clip, in the order of the clips."""
        table = {"id": self.names, "file": self.files}
        table |= {"exercise": list(truths["Exercise"]), "reps": list(truths["Reps"])}
        text = to_csv(list(table), zip(*table.values(), strict=True))
        write_whole(self.clips_folder / LABELS, text.encode())


def _new_folder() -> Path:
    return session_folder() / f"scores-{secrets.token_hex(8)}"


def _start(folder: Path, root: Path, exercise: str, what: str) -> None:
    """Start a new comparison in place of the previous one."""
    _drop()
    job = start_job(
        score_labelled,
        folder,
        is_watched=current_visit().is_watched,
        root=root.resolve(),
        exercise=exercise,
    )
    keep_open(_SCORING, Scoring(job, what))


def _drop() -> None:
    """Stop the running comparison, or remove the finished one."""
    scoring = drop_open(_SCORING)
    if scoring is not None:
        scoring.job.cancel()
        if scoring.job.state == "done":
            shutil.rmtree(scoring.job.folder, ignore_errors=True)


@guarded_fragment(run_every=_REFRESH_S)
def _show_progress(scoring: Scoring) -> None:
    """Show how far the comparison is, with a way to stop it."""
    job = scoring.job
    if job.ended:
        st.rerun()
    with st.container(border=True, key="scoring_progress"):
        st.markdown(f"Counting the reps in **{plain(scoring.what)}** with every counter")
        left = f" · about {job.left_s:.0f} s left" if job.left_s is not None else ""
        st.progress(job.fraction, text=f"{job.stage} · {job.fraction:.0%}{left}")
        if st.button("Cancel", key="cancel_scoring"):
            _drop()
            st.rerun()


def _show_report(report: Mapping[str, object], what: str) -> None:
    """Show the scoreboard, the tests between the counters, and the clips one by one."""
    exercise = _EXERCISE_WORDS[report["exercise"]]
    st.caption(f"{plain(what)} · {len(report['clips'])} clips · exercise {exercise}")
    failed = [row for row in report["clips"] if row["error"]]
    st.subheader("Scoreboard")
    groups = list(report["paired"])
    group = "all"
    if len(groups) > 2:  # "all" and more than one exercise
        group = st.segmented_control(
            "Exercise",
            groups,
            default="all",
            required=True,
            format_func=lambda name: "All" if name == "all" else title_of(name),
            key="scored_group",
            label_visibility="collapsed",
        )
    st.dataframe(score_table(report["methods"], group), hide_index=True, key="scores")
    st.caption(
        "In brackets: 95% bootstrap intervals. A clip that failed counts as 0 reps. "
        f"Clips with more than {LONG_REPS} reps are listed separately."
    )
    st.markdown("\n".join(f"- {line}" for line in paired_lines(report["paired"][group])))
    if report["long_clips"]:
        with st.expander("Long clips"):
            st.dataframe(
                score_table(report["long_clips"], "all"), hide_index=True, key="long_scores"
            )
    st.subheader("Clip by clip")
    if failed:
        lines = "".join(f"\n- {plain(row['id'])}: {plain(row['error'])}" for row in failed)
        st.warning(f"{len(failed)} of {len(report['clips'])} clips were not counted:{lines}")
    st.dataframe(clip_table(report["clips"]), hide_index=True, key="scored_clips")


def score_table(methods: Mapping[str, Mapping], group: str) -> pd.DataFrame:
    """Return a row for each counter that has scores for a group of clips, the best first."""
    scores = {name: by_group[group] for name, by_group in methods.items() if group in by_group}
    rows = [
        {
            "Counter": counter_title(name),
            "Clips": score["n"],
            "Mean error": _interval(score["mae"], "{:.2f}"),
            "Exact": _interval(score["exact"], "{:.0%}"),
            "Within one": _interval(score["obo"], "{:.0%}"),
            "Bias": _interval(score["bias"], "{:+.2f}"),
        }
        for name, score in sorted(scores.items(), key=lambda item: _mean_error(item[1]))
    ]
    return pd.DataFrame(rows)


def _mean_error(score: Mapping) -> float:
    """Return the mean error to sort by; infinite where no clip was scored."""
    value = score["mae"]["value"]
    return float("inf") if value is None else value


def paired_lines(pairs: Sequence[Mapping]) -> list[str]:
    """Say for every two counters which was closer to the true counts, and if that may be chance."""
    lines = []
    for pair in pairs:
        if not pair["n"]:
            continue
        less, (low, high) = pair["difference"]["value"], pair["difference"]["interval"]
        better, worse = pair["second"], pair["first"]
        wins = pair["second_better"], pair["first_better"]
        if less <= 0:  # the first one has the smaller errors: swap them
            better, worse, wins = worse, better, wins[::-1]
            less, low, high = -less, -high, -low
        names = f"**{counter_title(better)}** against **{counter_title(worse)}**"
        if wins == (0, 0):
            lines.append(f"{names}: equally close to the true count on all {pair['n']} clips.")
            continue
        doubt = "may be chance" if pair["p"] >= _LIKELY_CHANCE else "unlikely to be chance"
        lines.append(
            f"{names}: mean error smaller by {less + 0:.2f} [{low + 0:.2f}, {high + 0:.2f}]; closer "
            f"on {wins[0]} and further off on {wins[1]} of {pair['n']} clips; p = {pair['p']:.3f}, "
            f"{doubt} (paired permutation test)."
        )
    return lines


def clip_table(rows: Sequence[Mapping]) -> pd.DataFrame:
    """Return a row for each clip: the true count, and every counter's count with its error."""
    table = []
    for row in rows:
        truth = f"{row['reps']}" + (f" or {row['reps_alt']}" if row["reps_alt"] is not None else "")
        counts = {
            counter_title(name): _count_words(count, error_of(row, count))
            for name, count in row["counts"].items()
        }
        table.append(
            {
                # The table can be downloaded: see `to_csv`.
                "Clip": disarm_cell(row["id"]),
                "Exercise": disarm_cell(title_of(row["exercise"])),
                "True": truth,
                **counts,
                "Recognised": title_of(row["label"]) if row["label"] else "–",
                "Seconds": row["seconds"],
            }
        )
    return pd.DataFrame(table)


def _count_words(count: int, error: int) -> str:
    """Return a count with a sign and its error.

    >>> _count_words(5, 0), _count_words(4, -1)
    ('✓ 5', '✗ 4 (-1)')
    """
    return f"✓ {count}" if error == 0 else f"✗ {count} ({error:+d})"


def _interval(score: Mapping, pattern: str) -> str:
    """Return a figure with its interval in brackets; a dash where there is none."""
    if score["value"] is None:
        return "–"
    low, high = (pattern.format(edge) for edge in score["interval"])
    return f"{pattern.format(score['value'])} [{low}, {high}]"


def _show_downloads(folder: Path) -> None:
    """Offer the report as files."""
    with st.container(horizontal=True, gap="small"):
        for label, name, mime in (
            ("Report (JSON)", "report.json", "application/json"),
            ("Clips (CSV)", "clips.csv", "text/csv"),
        ):
            st.download_button(
                label,
                (folder / name).read_bytes,
                file_name=name,
                mime=mime,
                on_click="ignore",
                key=f"scores_{name}",
            )
