"""The analysis a visitor has open: kept in their session, judged as often as they like.

Each step of `gym.session` is remembered by what it depends on: poses are estimated and the exercise
recognised once, reps are counted once for each exercise, and every other counter or limit only judges
them again. Opening another clip replaces the first and removes its files.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gym.counting.ensemble import count_alone
from gym.errors import Cancelled
from gym.posefiles.analysis import read_analysis, write_analysis
from gym.schema import Classification, ClipInfo, PoseSequence, RepCount, Workout
from gym.server import tasks
from gym.server.jobs import Job, start_job
from gym.server.tokens import forget_file
from gym.session import AUTO, Counted, JudgeSettings, count, judge, recognise
from gym.ui.cached import SAMPLE_FOLDER, count_sample
from gym.ui.clips import keep_clip
from gym.ui.uploads import copy_upload, taking
from gym.ui.visits import current_visit, drop_open, keep_open, session_folder

if TYPE_CHECKING:
    from gym.live.view import LiveResult

_OPENED, _OPENING = "opened_analysis", "opening_analysis"
#: The widget that holds the visitor's choice of exercise.
EXERCISE_KEY = "exercise"
#: The widget that holds how strict the rules are.
STRICTNESS_KEY = "strictness"
_REMEMBERED = 8
K, V = TypeVar("K"), TypeVar("V")


@dataclass
class OpenedAnalysis:
    """A clip whose poses are known.

    Attributes
    ----------
    clip, poses
        What the pose pass found.
    video : Path or None
        The clip as the browser plays it; None for a live set whose clip could not be written.
    folder : Path or None
        Removed when another clip is opened; None for the sample.
    kept : bool
        Whether the Live page still shows it, so that it stays when another clip is opened.
    recognised : Classification or None
        What is recognised, whatever the visitor chose; None until it is asked for.
    """

    clip: ClipInfo
    poses: PoseSequence
    video: Path | None
    folder: Path | None
    kept: bool = False
    recognised: Classification | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    rendering: Job | None = None
    rendered_for: JudgeSettings | None = None
    _counted: dict[str, Counted] = field(default_factory=dict)  # by the choice of exercise
    _judged: dict[JudgeSettings, Workout] = field(default_factory=dict)
    _alone: dict[tuple[str, str], RepCount] = field(default_factory=dict)  # by exercise and counter

    @property
    def token(self) -> str:
        """The clip's token for the player."""
        return keep_clip(self.video)

    def judge(self, settings: JudgeSettings) -> Workout:
        """Return the workout under these settings; what was worked out before is not done again."""

        exercise = settings.exercise

        def judge_counted() -> Workout:
            counted = _remember(self._counted, exercise, lambda: self._count(exercise))
            return judge(
                self.clip,
                self.poses,
                counted,
                settings.counter,
                settings.limits,
                settings.strictness,
            )

        return _remember(self._judged, settings, judge_counted)

    def _count(self, exercise: str) -> Counted:
        if self.recognised is None:
            self.recognised = recognise(self.poses)
        return count(self.poses, self.recognised, exercise)

    def has_counted(self, exercise: str, counter: str) -> bool:
        """Tell whether `count_also` has the answer already."""
        return (exercise, counter) in self._alone

    def count_also(self, settings: JudgeSettings, counter: str) -> RepCount:
        """Return what a counter that has no vote counts; done once for each choice of exercise.

        Raises
        ------
        WeightsError
            The counter's network cannot be used.
        """
        named = self.judge(settings).exercise
        return _remember(
            self._alone,
            (settings.exercise, counter),
            lambda: count_alone(self.poses, named, counter),
        )

    def forget(self, exercise: str) -> None:
        """Forget what was counted as an exercise: another one has its name now, or none."""
        self._counted.pop(exercise, None)
        for key in [one for one in self._alone if one[0] == exercise]:
            del self._alone[key]
        for settings in [one for one in self._judged if one.exercise == exercise]:
            del self._judged[settings]

    def render(self, settings: JudgeSettings) -> None:
        """Start to write the annotated video of the workout under these settings."""
        self.drop_rendering()
        analysis = self.video.parent
        if not (analysis / "clip.json").exists():  # a set that was trained live
            write_analysis(analysis, self.clip, self.poses)
        self.rendering = start_job(
            tasks.render_annotated,
            session_folder() / f"render-{secrets.token_hex(8)}",
            is_watched=current_visit().is_watched,
            clip=self.video,
            **asdict(settings),
        )
        self.rendered_for = settings

    def close(self) -> None:
        """Remove the files and forget the clip."""
        self.drop_rendering()
        if self.folder is not None:
            if self.video and self.video.exists():
                forget_file(self.token)
            shutil.rmtree(self.folder, ignore_errors=True)

    def drop_rendering(self) -> None:
        """Stop the annotated video, or remove it."""
        if self.rendering is not None:
            self.rendering.cancel()
            shutil.rmtree(self.rendering.folder, ignore_errors=True)
        self.rendering = self.rendered_for = None


@dataclass
class Opening:
    """A clip whose poses are being estimated."""

    name: str
    job: Job


def opened_analysis() -> OpenedAnalysis | None:
    """Return what the visitor has open, if anything."""
    opened = st.session_state.get(_OPENED)
    if opened is not None and not opened.video.exists():  # closed by another page of the browser
        drop_open(_OPENED)
        opened = None
    return opened


def opening_analysis() -> Opening | None:
    """Return the clip that is being analysed, if any."""
    return st.session_state.get(_OPENING)


def open_sample() -> None:
    """Open the shipped sample's stored analysis in place of what was open."""
    stop_opening()
    clip, poses, recognised, counted = count_sample()
    video = SAMPLE_FOLDER / tasks.BROWSER_CLIP
    sample = OpenedAnalysis(clip, poses, video, folder=None, recognised=recognised)
    sample._counted[AUTO] = counted
    _replace(sample)


def open_live_set(result: LiveResult, settings: JudgeSettings) -> OpenedAnalysis:
    """Open a set that was judged live; an upload that is under way goes on.

    A set without a clip is not opened on the other pages, which play it.
    """
    workout, folder = result.workout, result.clip and result.clip.parent
    opened = OpenedAnalysis(
        workout.clip, workout.poses, result.clip, folder, kept=True, recognised=result.recognised
    )
    opened._judged[settings] = workout
    if result.counted is not None:
        opened._counted[settings.exercise] = result.counted
    if result.clip is not None:
        _replace(opened)
        st.session_state[EXERCISE_KEY] = settings.exercise
        st.session_state[STRICTNESS_KEY] = settings.strictness
    return opened


def let_go(opened: OpenedAnalysis) -> None:
    """Keep an analysis no longer than it is open."""
    opened.kept = False
    if opened is not opened_analysis():
        opened.close()


def open_upload(upload: UploadedFile, model: str) -> None:
    """Take an uploaded file over and start to estimate its poses.

    Parameters
    ----------
    upload : UploadedFile
        Moved to a file with a name of ours.
    model : str
        "lite", "full" or "heavy".
    """
    with taking(upload):
        stop_opening()
        visit = current_visit()
        folder = visit.folder / f"clip-{secrets.token_hex(8)}"
        try:
            copy_upload(upload, folder / tasks.UPLOAD)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    job = start_job(
        tasks.estimate_upload, folder, is_watched=visit.is_watched, name=upload.name, model=model
    )
    keep_open(_OPENING, Opening(upload.name, job))


def finish_opening() -> None:
    """Open what a finished job has found.

    Raises
    ------
    GymError
        The job failed or was stopped; what was open before stays open.
    """
    opening = drop_open(_OPENING)
    if opening.job.error is not None:
        raise opening.job.error
    if opening.job.state == "cancelled":  # not by the visitor: `stop_opening` leaves none behind
        raise Cancelled(
            "The analysis was stopped, because its page was closed or lost its connection.",
            "Upload the clip again and keep the page open.",
        )
    if opening.job.state == "done":
        folder = opening.job.folder
        clip, poses = read_analysis(folder)
        _replace(OpenedAnalysis(clip, poses, folder / tasks.BROWSER_CLIP, folder))


def stop_opening() -> None:
    """Cancel the analysis that is under way, if any."""
    opening = drop_open(_OPENING)
    if opening is not None:
        opening.job.cancel()
        if opening.job.state == "done":  # it was over before the cancel arrived
            shutil.rmtree(opening.job.folder, ignore_errors=True)


def _remember(kept: dict[K, V], key: K, make: Callable[[], V]) -> V:
    """Return what was made for a key, or make it; beyond `_REMEMBERED` the longest unused is dropped."""
    value = kept.pop(key) if key in kept else make()
    kept[key] = value  # the latest last
    while len(kept) > _REMEMBERED:
        del kept[next(iter(kept))]
    return value


def _replace(opened: OpenedAnalysis) -> None:
    before = opened_analysis()
    if before is not None and not before.kept:
        before.close()
    keep_open(_OPENED, opened)
    st.session_state[EXERCISE_KEY] = (
        "auto"  # what was chosen for another clip is wrong for this one
    )
