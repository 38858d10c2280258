"""The part of the Compare page for several clips: which counter is best on your own labelled clips."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gym.evaluation.scoreboard import FILE_TYPES, LABELS, read_labelled_folder
from gym.exercises import EXERCISES, OTHER, title_of
from gym.files import to_csv, write_whole
from gym.server.jobs import Job, start_job
from gym.server.tasks import score_labelled
from gym.ui.ask import CLIP_TYPES, sort_exercises
from gym.ui.guard import guard, guarded_fragment, plain, show_error
from gym.ui.score_report import EXERCISE_WORDS, show_report
from gym.ui.uploads import copy_upload, taking
from gym.ui.visits import current_visit, drop_open, keep_open, session_folder

_SCORING, _GATHERED, _UPLOADS = "scoring", "scoring_uploads", "scoring_uploads_taken"
_FOLDER, _FILES = "A labelled folder", "Uploads"
FOLDERS_VARIABLE = "VIRTUAL_GYM_FOLDERS"  #: 1 where every visitor may read the server's folders
_REFRESH_S = 0.5


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
        show_report(scoring.job.folder, scoring.what)
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
        list(EXERCISE_WORDS),
        format_func=EXERCISE_WORDS.get,
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
                options=[*sort_exercises(), OTHER], format_func=title_of, required=True
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
