"""The long pieces of work that pages start as jobs; they run in a process without Streamlit.

What they find lies in files of their folders: a job's process sends nothing back but plain words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

OnReport = Callable[[str, float], None]  #: takes the stage's name and the fraction done, 0..1

#: Names of ours in a job's folder: an uploaded file's own name is never used as a path.
UPLOAD, BROWSER_CLIP, ANNOTATED_CLIP = "upload", "clip.mp4", "annotated.mp4"


def estimate_upload(folder: Path, report: OnReport, *, name: str, model: str) -> None:
    """Estimate the poses of the file ``upload`` in the folder, and write the browser's clip there.

    The result is for `gym.posefiles.analysis.read_analysis`.

    Parameters
    ----------
    folder : Path
    report : callable
    name : str
        The file's own name, for messages only.
    model : str
        "lite", "full" or "heavy".
    """
    from gym.posefiles.analysis import write_analysis
    from gym.session import estimate_poses

    upload = folder / UPLOAD
    clip, poses = estimate_poses(
        upload, name=name, model=model, browser_clip=folder / BROWSER_CLIP, on_progress=report
    )
    upload.unlink()  # all that follows needs the browser's clip only
    write_analysis(folder, clip, poses)


def render_annotated(
    folder: Path,
    report: OnReport,
    *,
    clip: str,
    exercise: str,
    counter: str,
    limits: Sequence[tuple[str, float]],
    strictness: str,
) -> None:
    """Write the annotated video of a clip into the folder.

    Parameters
    ----------
    folder : Path
    report : callable
    clip : str
        Where the browser's clip lies, its analysis beside it (`gym.posefiles.analysis.write_analysis`):
        that is judged once more, which gives the same.
    exercise, counter, limits, strictness
        As in `gym.session.JudgeSettings`.
    """
    from gym.exercises.taught import load_taught
    from gym.export.film import write_annotated_video
    from gym.posefiles.analysis import read_analysis
    from gym.session import JudgeSettings, analyse_poses

    report("Judging the poses", 0.0)
    load_taught()  # this process is not the server's: the exercise may be one of the user's own
    settings = JudgeSettings(exercise, counter, tuple(limits), strictness)
    workout = analyse_poses(*read_analysis(Path(clip).parent), settings)
    write_annotated_video(workout, Path(clip), folder / ANNOTATED_CLIP, on_progress=report)


def score_labelled(folder: Path, report: OnReport, *, root: str, exercise: str) -> None:
    """Count the labelled clips below ``root`` with every counter; the report is in the folder."""
    from gym.evaluation.scoreboard import score_clips

    score_clips(folder, report, root=Path(root), exercise=exercise)


#: All that may be started as a job.
TASKS = (estimate_upload, render_annotated, score_labelled)
