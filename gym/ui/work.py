"""The long pieces of work that pages start as jobs; they run in a process without Streamlit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gym.schema import ClipInfo, PoseSequence, Workout

#: Names of ours in a job's folder: an uploaded file's own name is never used as a path.
UPLOAD, BROWSER_CLIP, ANNOTATED_CLIP = "upload", "clip.mp4", "annotated.mp4"


def estimate_upload(
    folder: Path, report: Callable[[str, float], None], *, name: str, model: str
) -> tuple[ClipInfo, PoseSequence]:
    """Estimate the poses of the file ``upload`` in the folder, and write the browser's clip there.

    Parameters
    ----------
    folder : Path
    report : callable
        Takes the stage's name and the fraction done, 0..1.
    name : str
        The file's own name, for messages only.
    model : str
        "lite", "full" or "heavy".
    """
    from gym.session import estimate_poses

    upload = folder / UPLOAD
    clip, poses = estimate_poses(
        upload, name=name, model=model, browser_clip=folder / BROWSER_CLIP, on_progress=report
    )
    upload.unlink()  # all that follows needs the browser's clip only
    return clip, poses


def render_annotated(
    folder: Path, report: Callable[[str, float], None], *, workout: Workout, clip: Path
) -> Path:
    """Write the annotated video of a judged clip into the folder, and return its path."""
    from gym.report import write_annotated_video

    out = folder / ANNOTATED_CLIP
    write_annotated_video(workout, clip, out, on_progress=report)
    return out
