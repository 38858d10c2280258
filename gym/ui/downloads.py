"""The part of a page that offers the results as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from gym.export.record import to_json_text
from gym.export.tables import angles_csv, holds_csv, reps_csv
from gym.posefiles.npz import to_npz
from gym.schema import PoseSequence, Workout
from gym.server.tasks import ANNOTATED_CLIP
from gym.session import JudgeSettings
from gym.ui.guard import guarded_fragment, show_error
from gym.ui.opened import OpenedAnalysis

_REFRESH_S = 0.5


def show_downloads(opened: OpenedAnalysis, workout: Workout, settings: JudgeSettings) -> None:
    """Offer the results as files; the video takes long to make, so it is made on request."""
    st.subheader("Download the results")
    stem = Path(workout.clip.name).stem or "clip"
    with st.container(horizontal=True, gap="small"):
        if workout.reps or not workout.holds:
            _offer("Reps (CSV)", lambda: reps_csv(workout), f"{stem}-reps.csv", "text/csv")
        if workout.holds:
            _offer("Holds (CSV)", lambda: holds_csv(workout), f"{stem}-holds.csv", "text/csv")
        _offer("Angles (CSV)", lambda: angles_csv(workout), f"{stem}-angles.csv", "text/csv")
        name, mime = f"{stem}.json", "application/json"
        _offer("Everything (JSON)", lambda: to_json_text(workout), name, mime)
        offer_poses(workout.poses, stem)
    if opened.video is not None:
        _show_annotated(opened, settings, f"{stem}-annotated.mp4")


def offer_poses(poses: PoseSequence, stem: str) -> None:
    """Offer poses as a file."""
    file_name, mime = f"{stem}-poses.npz", "application/octet-stream"
    _offer("Poses (NPZ)", lambda: to_npz(poses), file_name, mime)


def _offer(label: str, make: Callable[[], str | bytes], file_name: str, mime: str) -> None:
    """Show a button that makes a file when it is clicked."""
    st.download_button(
        label, make, file_name=file_name, mime=mime, on_click="ignore", key=file_name
    )


def _show_annotated(opened: OpenedAnalysis, settings: JudgeSettings, file_name: str) -> None:
    """Offer to make the annotated video, show its progress, then offer it for download."""
    if opened.rendering is None or opened.rendered_for != settings:
        if st.button(
            "Make the annotated video",
            key="render",
            help="An MP4 file (H.264) with the skeleton, the count and the cues drawn into the picture.",
        ):
            opened.render(settings)
            st.rerun()
    elif not opened.rendering.ended:
        _show_rendering(opened)
    elif opened.rendering.error is not None:
        show_error(opened.rendering.error)
    elif opened.rendering.state == "done":
        video = opened.rendering.folder / ANNOTATED_CLIP
        st.download_button(
            "Annotated video (MP4)",
            lambda: video.open("rb"),
            file_name=file_name,
            mime="video/mp4",
            on_click="ignore",
            type="primary",
            key="annotated",
        )


@guarded_fragment(run_every=_REFRESH_S)
def _show_rendering(opened: OpenedAnalysis) -> None:
    """Show the progress of the annotated video; run the page again when it is done."""
    job = opened.rendering
    if job is None or job.ended:
        st.rerun()
    st.progress(job.fraction, text=f"{job.stage} · {job.fraction:.0%}")
    if st.button("Cancel", key="cancel_render"):
        opened.drop_rendering()
        st.rerun()
