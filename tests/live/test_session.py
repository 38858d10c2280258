"""Live sessions: with the pose network on the sample clip, and with a script of poses in its place."""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import av
import numpy as np
import pytest

from gym.counting.body_stream import BodyStream
from gym.errors import ClipError, WeightsError
from gym.exercises import EXERCISES
from gym.live import pace
from gym.live.coach import LiveCoach
from gym.live.recording import Recording
from gym.live.session import COUNTDOWN_FROM, IDLE_S, LEFT_S, RIGHT_S, UNSEEN_S, WHOLE_S, LiveSession
from gym.live.view import Call, LiveSettings, LiveView, Stage
from gym.media.reader import ClipReader
from gym.pose.estimator import PoseEstimator
from gym.schema import Frame, Pose, PoseSequence
from gym.session import analyse_poses
from gym.ui.components.camera import LiveProcessor
from tests.figure import STANDING, TOP_M, plank, pose_body
from tests.synthetic import Camera, Move, Take, Tempo, curl, film, hide, hold, squat
from tests.ui.test_camera import camera_frame

LIMIT_S = 30.0  # for a test that has gone wrong
SQUAT = LiveSettings("squat")

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")


@dataclass(frozen=True, eq=False)
class Look:
    """What a session made of one frame."""

    frame: Frame
    picture: np.ndarray
    view: LiveView


def show(session: LiveSession, frames: Sequence[Frame]) -> list[Look]:
    """Show frames to a session until it ends of its own accord; they wait for it to get ready."""
    looks = []
    for frame in frames:
        if session.view.why_ended or session.error:
            break
        picture = session.look(frame.image, frame.time_s)
        while session.view.stage is Stage.PREPARING and not session.ending:
            time.sleep(0.001)
            picture = session.look(frame.image, frame.time_s)
        looks.append(Look(frame, picture, session.view))
    return looks


def settle(session: LiveSession) -> None:
    """Let a session get ready."""
    while session.view.stage in (Stage.CONNECTING, Stage.PREPARING):
        session.look(np.zeros((360, 640, 3), np.uint8), -0.05)
        time.sleep(0.001)


def end(session: LiveSession, why: str = "stopped") -> LiveSession:
    session.end(why)
    assert session.ended.wait(LIMIT_S)
    return session


def stages(looks: Sequence[Look]) -> list[str]:
    """Return the stages gone through, in order."""
    return [stage.value for stage, _ in groupby(look.view.stage for look in looks)]


def calls(looks: Sequence[Look]) -> list[Call]:
    """Return what was said aloud, in order."""
    said = {look.view.call.number: look.view.call for look in looks}
    assert list(said) == sorted(said)
    return [call for number, call in said.items() if number]


def words(looks: Sequence[Look]) -> list[str]:
    return [call.words for call in calls(looks)]


def counts(looks: Sequence[Look]) -> list[int]:
    """Return the counts that were shown in the set, in order, each once."""
    shown = (look.view.state.count for look in looks if look.view.state)
    return [count for count, _ in groupby(shown)]


def live_threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.name.startswith(("live", "write-behind"))}


def wait_until(condition: Callable[[], bool], limit_s: float = 5.0) -> bool:
    """Wait until something holds; say whether it does in the end."""
    end_s = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end_s:
        os.sched_yield()
    return condition()


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = live_threads()
    yield
    assert wait_until(lambda: live_threads() <= before), live_threads() - before


# ============================================================= with the pose network, real pictures


@dataclass(frozen=True, eq=False)
class Footage:
    """The sample clip's frames, and the room without the athlete."""

    frames: list[Frame]
    room: np.ndarray

    def between(self, start_s: float, end_s: float, every: int = 2) -> list[np.ndarray]:
        return [f.image for f in self.frames if start_s <= f.time_s < end_s][::every]

    @property
    def standing(self) -> np.ndarray:
        return self.frames[63].image

    @property
    def one_squat(self) -> list[np.ndarray]:
        """A squat of a second and a half, with a little standing before and after."""
        return self.between(16.3, 18.8)


STEP_S = 0.08  # between frames: every second one of the sample's


def play(*parts: Sequence[np.ndarray], step_s: float = STEP_S, start_s: float = 0.0) -> list[Frame]:
    """Put pictures one after the other, as frames of a camera."""
    images = [image for part in parts for image in part]
    return [Frame(image, start_s + i * step_s) for i, image in enumerate(images)]


def countdown(footage: Footage) -> list[Frame]:
    """Return the frames of somebody who stands still for the countdown, five a second."""
    return play([footage.standing] * (5 * COUNTDOWN_FROM + 1), step_s=0.2)


def train(footage: Footage, folder: Path, *parts: Sequence[np.ndarray]) -> list[Look]:
    """Do a set of squats without framing; the session is ended."""
    session = LiveSession(SQUAT, folder)
    session.begin()
    before = countdown(footage)
    looks = show(session, [*before, *play(*parts, start_s=before[-1].time_s + STEP_S)])
    end(session)
    return looks


@pytest.fixture(scope="module")
def footage(sample_clip: Path, pose_model: str) -> Footage:
    with ClipReader(sample_clip) as clip:
        frames = list(clip)
    # While walking in, the athlete hides no place for half of the time.
    room = np.median([frame.image for frame in frames[:40:2]], axis=0).astype(np.uint8)
    return Footage(frames, room)


@dataclass(frozen=True, eq=False)
class Training:
    """A session from the first frame to the third rep of the sample, stopped then."""

    session: LiveSession
    looks: list[Look]
    shown: list[np.ndarray]  #: the camera's pictures, as they were before

    def in_stage(self, stage: Stage) -> list[Look]:
        return [look for look in self.looks if look.view.stage is stage]


@pytest.fixture(scope="module")
def training(footage: Footage, tmp_path_factory: pytest.TempPathFactory) -> Training:
    """Everything as in life: framing, countdown, three squats with the exercise recognised."""
    session = LiveSession(LiveSettings("auto", target_reps=3), tmp_path_factory.mktemp("live"))
    lead = play([footage.standing] * 56, step_s=0.1)
    frames = [*lead, *play(footage.between(2.6, 11.8), start_s=lead[-1].time_s + STEP_S)]
    images = [frame.image.copy() for frame in frames]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pace, "SLOW_FRAME_S", math.inf)  # this machine may be busy
        looks = show(session, frames)
    end(session)
    return Training(session, looks, images)


def test_a_session_goes_from_framing_to_the_end(training: Training) -> None:
    assert stages(training.looks) == ["framing", "countdown", "training"]
    assert training.session.view.stage is Stage.ENDED
    assert training.session.view.why_ended == "stopped"
    assert training.session.error is None


def test_three_two_one_and_the_reps_are_called(training: Training) -> None:
    assert words(training.looks)[:5] == ["3", "2", "1", "Go", "1."]
    said = calls(training.looks)
    assert [call.number for call in said] == list(range(1, 8))  # a call for each rep, no more
    cue = EXERCISES["squat"].rules[0].cue
    assert cue in training.session.result.workout.form.findings[2][0].cue  # the third is shallow
    assert said[6].words == "3. That was your target."
    assert said[6].sound == "done"
    assert {call.sound for call in said[:3]} == {"count"}


def test_a_number_is_called_every_second(training: Training) -> None:
    heard_s = {}
    for look in training.looks:
        heard_s.setdefault(look.view.call.words, look.frame.time_s)
    steps_s = np.diff([heard_s[word] for word in ("3", "2", "1", "Go")])
    assert steps_s == pytest.approx(1.0, abs=0.21)  # a frame's time


def test_the_reps_are_counted_live(training: Training) -> None:
    assert counts(training.looks) == [0, 1, 2, 3]
    last = training.looks[-1].view.state
    assert last.exercise == "squat"
    assert last.cue == EXERCISES["squat"].rules[0].cue
    assert not any(look.view.state for look in training.in_stage(Stage.FRAMING))


def test_the_view_tells_how_it_goes(training: Training) -> None:
    view = training.session.view
    assert view.frames == len(training.looks)
    assert view.model in ("full", "lite")
    assert view.frames_per_s > 0
    assert view.delay_s >= 0
    assert view.advice == ""


def test_the_result_is_what_judging_its_poses_gives(training: Training) -> None:
    live_set = training.session.result.workout
    recorded = analyse_poses(live_set.clip, live_set.poses)
    assert live_set.count.count == 3
    for name, count in recorded.counts.items():
        assert live_set.counts[name].reps == count.reps
    assert repr(live_set.form) == repr(recorded.form)
    assert live_set.exercise.label == recorded.exercise.label == "squat"
    assert (live_set.sets, live_set.notes) == (recorded.sets, recorded.notes)
    assert live_set.versions == recorded.versions


def test_the_clip_holds_the_set_frame_by_frame(training: Training) -> None:
    result = training.session.result
    with ClipReader(result.clip) as clip:
        times_s = [frame.time_s for frame in clip]
        info, size = clip.info(), clip.size
    poses = result.workout.poses
    assert times_s == pytest.approx(poses.time_s.tolist(), abs=1e-4)
    assert times_s[0] == 0.0
    assert len(times_s) == len(training.in_stage(Stage.TRAINING))
    assert size == poses.image_size == (640, 360)
    assert result.workout.clip.frames == info.frames == len(poses)
    assert result.workout.clip.duration_s == pytest.approx(info.duration_s, abs=0.01)
    assert poses.model == training.session.view.model


def apart(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mean difference of two pictures, 0..255."""
    return float(np.abs(a.astype(int) - b).mean())


def test_the_athlete_sees_a_mirror_and_the_clip_is_none(training: Training) -> None:
    with ClipReader(training.session.result.clip) as clip:
        recorded = [frame.image for frame in clip]
    for look, image in zip(training.in_stage(Stage.TRAINING), recorded, strict=True):
        given = look.frame.image
        assert apart(image, given) < 4 < apart(image, given[:, ::-1])
        assert look.picture.shape == given.shape
        assert apart(look.picture, given[:, ::-1]) < apart(look.picture, given)
        # The skeleton and the count are for the athlete, not for the clip.
        assert apart(look.picture, given[:, ::-1]) > 4


def test_the_cameras_pictures_are_not_drawn_on(training: Training) -> None:
    for look, image in zip(training.looks, training.shown, strict=True):
        np.testing.assert_array_equal(look.frame.image, image)


def test_who_leaves_and_comes_back_keeps_the_count(footage: Footage, tmp_path: Path) -> None:
    empty = [footage.room] * 36  # three seconds
    looks = train(footage, tmp_path, footage.one_squat, empty, footage.one_squat)
    assert counts(looks) == [0, 1, 2]
    times_s = [look.frame.time_s for look in looks]
    gone = [look for look in looks if look.frame.image is footage.room]
    assert {look.view.state.count for look in gone} == {1}
    unseen_s = [time_s - gone[0].frame.time_s for time_s in (g.frame.time_s for g in gone)]
    asked = next(i for i, s in enumerate(unseen_s) if s > UNSEEN_S + STEP_S)
    # The picture asks to come back, after a moment and not before.
    assert (
        apart(gone[asked].picture, gone[-1].picture) < 1 < apart(gone[3].picture, gone[-1].picture)
    )
    assert times_s == sorted(times_s)
    assert looks[-1].view.state.seen_s == pytest.approx(times_s[-1] - times_s[0] - 3.0, abs=0.21)


def cut_out(image: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Return where somebody is, bool (H, W)."""
    return np.abs(image.astype(int) - room).max(axis=2) > 25


def walk_through(
    footage: Footage, images: Sequence[np.ndarray], start: int, *, behind: bool
) -> list[np.ndarray]:
    """Let a second person, in the same clothes, walk from right to left through the pictures."""
    walker = footage.between(0.0, 1.7)
    middle_px = np.linspace(137, 300, len(walker))  # where they are while they walk in
    places_px = np.linspace(600, 40, len(images) - start)
    out = list(images[:start])
    for i, (image, to_px) in enumerate(zip(images[start:], places_px, strict=True)):
        step = i % len(walker)
        mask = cut_out(walker[step], footage.room)
        mask[:, : int(middle_px[step]) - 60] = mask[:, int(middle_px[step]) + 75 :] = False
        by_px = int(to_px - (640 - middle_px[step]))
        mask, person = (np.roll(a[:, ::-1], by_px, axis=1) for a in (mask, walker[step]))
        if behind:
            mask = mask & ~cut_out(image, footage.room)
        out.append(np.where(mask[..., None], person, image))
    return out


@pytest.mark.parametrize("behind", [True, False])
def test_somebody_walking_through_is_not_counted(
    footage: Footage, tmp_path: Path, behind: bool
) -> None:
    """Behind the athlete while they squat; in front of the camera while they rest."""
    squats = [*footage.one_squat, *footage.one_squat]
    if behind:
        pictures = walk_through(footage, squats, 10, behind=True)
    else:
        rest = walk_through(footage, [footage.standing] * 30, 0, behind=False)
        pictures = [*footage.one_squat, *rest, *footage.one_squat]
    looks = train(footage, tmp_path, pictures)
    assert counts(looks) == [0, 1, 2]


def test_a_picture_that_grows_during_the_set_is_judged_alike(
    footage: Footage, tmp_path: Path
) -> None:
    before = countdown(footage)
    squats = [*footage.one_squat, *footage.one_squat]
    frames = [*before, *play(squats, start_s=before[-1].time_s + STEP_S)]
    bottoms_deg = []
    for name, sizes in (("steady", [(640, 360)]), ("growing", [(320, 180), (176, 96), (480, 270)])):
        folder = tmp_path / name
        folder.mkdir()
        session = LiveSession(SQUAT, folder)
        session.begin()
        processor = LiveProcessor(session)
        settle(session)
        for frame in frames:
            size = [*sizes, (640, 360)][min(int(frame.time_s / 2.0), len(sizes))]
            sent = av.VideoFrame.from_ndarray(frame.image, format="rgb24").reformat(
                *size, "yuv420p"
            )
            sent.pts, sent.time_base = round(90_000 * (frame.time_s + 1)), Fraction(1, 90_000)
            processor.recv(sent)
        workout = end(session).result.workout
        assert workout.poses.image_size == (640, 360)
        assert workout.count.count == 2
        knee = f"{workout.signals.near_side}_knee"
        bottoms_deg.append(np.nanmin(workout.signals.angle(knee)))
    assert bottoms_deg[1] == pytest.approx(bottoms_deg[0], abs=2)


def native_threads() -> int:
    """Return how many threads the process has, those of MediaPipe and FFmpeg included."""
    return len(os.listdir("/proc/self/task"))


def test_nothing_is_left_of_a_session(footage: Footage, tmp_path: Path) -> None:
    def train_a_little(folder: Path) -> tuple[int, int, int]:
        folder.mkdir()
        before = native_threads()
        session = LiveSession(SQUAT, folder)
        session.begin()
        show(session, [*countdown(footage), *play([footage.standing] * 3, start_s=4.0)])
        during = native_threads()
        end(session)
        assert session.result is not None
        wait_until(lambda: native_threads() <= before)
        return before, during, native_threads()

    train_a_little(tmp_path / "first")  # libraries keep a few for good
    before, during, after = train_a_little(tmp_path / "second")
    assert before == after < during  # the landmarker and the encoder had some


def test_without_a_pose_model_the_session_says_what_to_do(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    session = LiveSession(LiveSettings(), tmp_path)
    image = np.zeros((48, 64, 3), np.uint8)
    image[:, :32] = 200
    session.look(image, 0.0)
    assert session.ended.wait(LIMIT_S)
    np.testing.assert_array_equal(session.look(image, 0.1), image[:, ::-1])
    assert isinstance(session.error, WeightsError)
    assert "python -m gym weights" in session.error.advice
    assert session.result is None
    assert session.view.stage is Stage.ENDED


# ==================================================================== with a script of poses instead

SMALL = Camera(yaw_deg=80, focal_px=225, image_size=(320, 180))
GREY = np.full((180, 320, 3), 128, np.uint8)
GREY[:, :100] = 90  # so that left and right differ


class Script:
    """Stands in for the pose network: gives the poses of a made motion, by the frame's time."""

    def __init__(self, poses: PoseSequence) -> None:
        self.poses = poses
        self.made: list[str] = []
        self.closed = 0
        self.too_small = False
        self.before_each: Callable[[], None] = lambda: None
        self.before_making: Callable[[], None] = lambda: None

    def make(self, model: str) -> Script:
        self.before_making()
        self.made.append(model)
        return self

    def estimate(self, frame: Frame) -> Pose:
        self.before_each()
        index = min(
            int(np.searchsorted(self.poses.time_s, frame.time_s - 1e-6)), len(self.poses) - 1
        )
        return replace(self.poses[index], time_s=frame.time_s)

    def close(self) -> None:
        self.closed += 1


Acting = Callable[..., Script]


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch) -> Acting:
    """Put a script in the pose network's place."""

    def put(motion: Sequence[Move] | Take | PoseSequence, fps: float = 10.0) -> Script:
        if not isinstance(motion, Take | PoseSequence):
            motion = film(motion, SMALL, fps=fps)
        script = Script(motion if isinstance(motion, PoseSequence) else motion.poses)
        monkeypatch.setattr("gym.live.session.PoseEstimator", script.make)
        monkeypatch.setattr(pace, "available_models", lambda: {"full": None, "lite": "not here"})
        return script

    return put


def frames_of(script: Script, image: np.ndarray = GREY) -> list[Frame]:
    return [Frame(image, float(time_s)) for time_s in script.poses.time_s]


def away(take: Take, *stretches: tuple[float, float]) -> PoseSequence:
    """Let the athlete be out of view between some times."""
    time_s = take.poses.time_s
    gone = np.zeros(len(time_s), bool)
    for start_s, end_s in stretches:
        gone |= (time_s >= start_s) & (time_s < end_s)
    return hide(take.poses, gone)


def begun(script: Script, folder: Path, settings: LiveSettings = SQUAT) -> LiveSession:
    session = LiveSession(settings, folder)
    session.begin()
    return session


# --- into place ---------------------------------------------------------------------------------


def test_who_stands_right_is_counted_down_after_a_second(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 7)])
    session = LiveSession(SQUAT, tmp_path)
    looks = show(session, frames_of(script))
    assert stages(looks) == ["framing", "countdown", "training"]
    began_s = {look.view.stage: look.frame.time_s for look in reversed(looks)}
    assert RIGHT_S <= began_s[Stage.COUNTDOWN] <= RIGHT_S + 1.5
    assert began_s[Stage.TRAINING] - began_s[Stage.COUNTDOWN] == pytest.approx(
        COUNTDOWN_FROM, abs=0.1
    )
    assert words(looks) == ["3", "2", "1", "Go"]
    end(session)


def test_who_cannot_stand_right_is_counted_down_all_the_same(act: Acting, tmp_path: Path) -> None:
    """Facing the camera: not the best view, but a set can be counted."""
    ahead = replace(SMALL, yaw_deg=0)
    script = act(film([hold(STANDING, WHOLE_S + 5)], ahead, fps=10))
    session = LiveSession(SQUAT, tmp_path)
    looks = show(session, frames_of(script))
    framing = [look for look in looks if look.view.stage is Stage.FRAMING]
    assert framing[-1].view.advice.startswith("Turn")
    assert WHOLE_S - 0.2 < framing[-1].frame.time_s < WHOLE_S + 1.5
    assert stages(looks) == ["framing", "countdown", "training"]
    end(session)


def test_who_is_too_small_is_asked_to_come_closer(act: Acting, tmp_path: Path) -> None:
    take = film([hold(STANDING, 2)], SMALL, fps=10)
    script = act(away(take, (0.0, 99.0)))
    script.too_small = True
    session = LiveSession(SQUAT, tmp_path)
    looks = show(session, frames_of(script))
    assert looks[-1].view.advice == "Come closer: you are too small in the picture."
    end(session)


def test_somebody_else_in_view_is_told_before_the_set(act: Acting, tmp_path: Path) -> None:
    """Found in one frame in ten; the athlete stands right, and there is no more to advise."""
    poses = film([hold(STANDING, 4)], SMALL, fps=10).poses
    others = np.full((len(poses), 2), np.nan)
    others[3:20:10], others[23::10] = (0, 1), (0, 0)
    script = act(replace(poses, others=others))
    session = LiveSession(SQUAT, tmp_path)
    looks = show(session, frames_of(script))
    said = [look.view.advice.startswith("Someone else is in view") for look in looks]
    assert said[10:22] == [True] * 12
    assert not any(said[24:])
    assert "countdown" in stages(looks)
    end(session)


def test_the_summary_of_a_set_tells_of_somebody_else(act: Acting, tmp_path: Path) -> None:
    poses = film([hold(STANDING, 4), squat(), squat(), hold(STANDING, 1)], SMALL, fps=10).poses
    others = np.full((len(poses), 2), np.nan)
    others[::10] = (1, 0)
    script = act(replace(poses, others=others))
    session = begun(script, tmp_path)
    show(session, frames_of(script))
    end(session)
    sentence = "Two people are in view; the one on the right was followed."
    assert sentence in session.result.workout.notes


def test_begin_counts_down_at_once(act: Acting, tmp_path: Path) -> None:
    take = film([hold(STANDING, 8)], SMALL, fps=10)
    script = act(away(take, (0.0, 2.0)))  # nobody is in place
    session = LiveSession(SQUAT, tmp_path)
    frames = frames_of(script)
    assert stages(show(session, frames[:3])) == ["framing"]
    session.begin()
    looks = show(session, frames[3:])
    assert stages(looks) == ["countdown", "training"]
    assert words(looks) == ["3", "2", "1", "Go"]
    end(session)


def test_who_leaves_while_framed_is_not_counted_down(act: Acting, tmp_path: Path) -> None:
    take = film([hold(STANDING, WHOLE_S + 3)], SMALL, fps=10)
    script = act(away(take, (1.2, 99.0)))
    session = LiveSession(SQUAT, tmp_path)
    looks = show(session, frames_of(script))
    assert stages(looks) == ["framing"]
    assert looks[-1].view.advice
    assert words(looks) == []
    end(session)
    assert (session.result, session.error) == (None, None)
    assert list(tmp_path.iterdir()) == []


def test_who_leaves_during_the_countdown_is_framed_again(act: Acting, tmp_path: Path) -> None:
    take = film([hold(STANDING, 14)], SMALL, fps=10)
    script = act(away(take, (3.5, 6.0)))
    session = LiveSession(SQUAT, tmp_path)
    looks = show(session, frames_of(script))
    assert stages(looks) == ["framing", "countdown", "framing", "countdown", "training"]
    heard = words(looks)
    assert heard[0] == "3"
    assert heard[-4:] == ["3", "2", "1", "Go"]
    assert "Go" not in heard[:-4]
    end(session)


def test_a_session_in_which_no_set_begins_ends(act: Acting, tmp_path: Path) -> None:
    take = film([hold(STANDING, IDLE_S + 5)], SMALL, fps=1)
    script = act(hide(take.poses, np.ones(len(take.poses), bool)))
    session = LiveSession(SQUAT, tmp_path)
    looks = show(session, frames_of(script))
    assert looks[-1].frame.time_s == pytest.approx(IDLE_S, abs=2.1)
    assert session.ended.wait(LIMIT_S)
    assert session.view.why_ended == "no set was started for some minutes"
    assert (session.result, session.error) == (None, None)
    assert script.closed == len(script.made) == 1


# --- the line -----------------------------------------------------------------------------------


def test_who_comes_later_waits_and_goes_on_in_turn(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 8)])
    ahead = [2, 2, 1, 1, 0]
    session = LiveSession(SQUAT, tmp_path, lambda one: ahead.pop(0))
    assert session.view.stage is not Stage.TRAINING
    frames = frames_of(script)
    looks = show(session, frames[:4])
    assert [look.view.stage for look in looks] == [Stage.WAITING] * 4
    assert [look.view.ahead for look in looks] == [2, 2, 1, 1]
    assert script.made == []  # the network's memory is spent only in turn
    looks = show(session, frames[4:])  # and once it is its turn it is not asked again
    assert ahead == []
    assert stages(looks) == ["framing", "countdown", "training"]
    assert looks[0].view.frames == 1  # those that waited were not looked at
    end(session)


def test_waiting_is_no_idling(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 6)])
    turn = threading.Event()
    session = LiveSession(SQUAT, tmp_path, lambda one: 0 if turn.is_set() else 1)
    looks = show(session, [Frame(GREY, t) for t in np.arange(-400.0, 0.0, 20.0)])
    assert stages(looks) == ["waiting"]
    assert apart(looks[0].picture, GREY[:, ::-1]) > 1  # told in the picture
    turn.set()
    assert stages(show(session, frames_of(script))) == ["framing", "countdown", "training"]
    end(session)


def test_who_gives_up_waiting_leaves_nothing(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 1)])
    session = LiveSession(SQUAT, tmp_path, lambda one: 1)
    show(session, frames_of(script))
    end(session)
    assert (session.result, session.error, script.made) == (None, None, [])


# --- the set ------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> float:
    """Let a set end after a shorter time without anybody; returns that time."""
    assert LEFT_S > 10
    monkeypatch.setattr("gym.live.session.LEFT_S", 5.0)
    return 5.0


def test_a_set_ends_when_nobody_is_in_view_any_more(
    act: Acting, tmp_path: Path, impatient: float
) -> None:
    take = film([hold(STANDING, 4), squat(), squat(), hold(STANDING, 9)], SMALL, fps=10)
    left_s = take.full[-1].end_s + 1
    script = act(away(take, (left_s, 99.0)))
    session = begun(script, tmp_path)
    looks = show(session, frames_of(script))
    assert looks[-1].frame.time_s == pytest.approx(left_s + impatient, abs=0.25)
    assert session.ended.wait(LIMIT_S)
    assert session.view.why_ended == "nobody was in view any longer"
    assert session.result.workout.count.count == 2
    assert session.result.clip.is_file()
    assert session.error is None


def test_a_set_into_which_nobody_comes_ends_too(
    act: Acting, tmp_path: Path, impatient: float
) -> None:
    take = film([hold(STANDING, 12)], SMALL, fps=5)
    script = act(hide(take.poses, np.ones(len(take.poses), bool)))
    session = begun(script, tmp_path)
    looks = show(session, frames_of(script))
    assert looks[-1].frame.time_s == pytest.approx(COUNTDOWN_FROM + impatient, abs=0.5)
    assert session.ended.wait(LIMIT_S)
    assert session.result.workout.count.count == 0
    assert session.result.workout.notes


def test_a_set_may_not_last_for_ever(act: Acting, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("gym.live.session.MAX_CLIP_S", 2.0)
    script = act([hold(STANDING, 9)])
    session = begun(script, tmp_path)
    looks = show(session, frames_of(script))
    assert looks[-1].frame.time_s == pytest.approx(COUNTDOWN_FROM + 2.1, abs=0.15)
    assert session.ended.wait(LIMIT_S)
    assert session.result.workout.clip.duration_s == pytest.approx(2.2, abs=0.15)
    assert session.result.workout.poses.time_s[-1] <= 2.0  # or it could not be read again as poses


def test_a_turned_phone_ends_the_set_and_keeps_it(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 4), squat(), squat(), hold(STANDING, 3)])
    session = begun(script, tmp_path)
    frames = frames_of(script)
    looks = show(session, frames[:-10])
    turned = np.ascontiguousarray(np.rot90(GREY))
    picture = session.look(turned, frames[-10].time_s)
    assert session.ended.wait(LIMIT_S)
    assert picture.shape == turned.shape
    assert isinstance(session.error, ClipError)
    assert session.error.advice
    workout = session.result.workout
    assert workout.count.count == counts(looks)[-1] == 2
    with ClipReader(session.result.clip) as clip:
        times_s = [frame.time_s for frame in clip]
    assert times_s == pytest.approx(workout.poses.time_s.tolist(), abs=1e-4)
    assert workout.clip.frames == len(times_s)


def test_a_clip_that_cannot_be_written_is_told(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 5)])
    session = begun(script, tmp_path / "gone")
    show(session, frames_of(script))
    end(session)  # if it did not notice before, it does so when the file is finished
    assert isinstance(session.error, ClipError)
    assert "disk" in session.error.advice
    assert session.result.clip is None
    assert session.result.workout.count.count == 0
    assert script.closed == len(script.made) == 1


@pytest.mark.parametrize("target", [1, 2, 3])
def test_the_target_is_announced_once(act: Acting, tmp_path: Path, target: int) -> None:
    script = act([hold(STANDING, 4), *[squat()] * 3, hold(STANDING, 1)])
    session = begun(script, tmp_path, LiveSettings("squat", target_reps=target))
    heard = words(show(session, frames_of(script)))[4:]
    end(session)
    assert len(heard) == 3
    told = [i for i, text in enumerate(heard, start=1) if "That was your target." in text]
    assert told == [target]


def test_a_target_that_was_passed_unrecognised_is_announced_too(
    act: Acting, tmp_path: Path
) -> None:
    """Fast reps go by before the exercise is recognised; then they are counted all at once."""
    fast = Tempo(0.4, 0.0, 0.4, 0.1)
    script = act([hold(STANDING, 3.5), *[squat(tempo=fast)] * 8, hold(STANDING, 1)], fps=20)
    session = begun(script, tmp_path, LiveSettings("auto", target_reps=1))
    looks = show(session, frames_of(script))
    end(session)
    assert counts(looks)[1] > 1, "the first count should be beyond the target"
    assert sum("That was your target." in text for text in words(looks)) == 1


def test_a_rep_is_called_with_one_cue_at_most(act: Acting, tmp_path: Path) -> None:
    bad = squat(depth=-0.4, lean_deg=75, shin_deg=15)
    script = act([hold(STANDING, 4), squat(lean_deg=32), bad, hold(STANDING, 1)])
    session = begun(script, tmp_path)
    good, poor = calls(show(session, frames_of(script)))[4:]
    end(session)
    assert (good.words, good.sound) == ("1.", "count")
    assert poor.sound == "cue"
    cues = [rule.cue for rule in EXERCISES["squat"].rules]
    assert poor.words in [f"2. {cue}" for cue in cues]


@pytest.mark.parametrize("back_s", [0.0, 0.001, 5.0])
def test_frames_that_do_not_come_later_are_passed_over(
    act: Acting, tmp_path: Path, back_s: float
) -> None:
    script = act([hold(STANDING, 4), squat(), hold(STANDING, 1)])
    session = begun(script, tmp_path)
    looks = []
    for frame in frames_of(script):
        looks += show(session, [frame])
        before = session.view
        picture = session.look(GREY, frame.time_s - back_s)
        np.testing.assert_array_equal(picture, GREY[:, ::-1])
        assert session.view is before
    end(session)
    assert counts(looks) == [0, 1]
    workout = session.result.workout
    assert len(workout.poses) == sum(look.view.stage is Stage.TRAINING for look in looks)


# --- getting ready --------------------------------------------------------------------------------


def test_the_networks_are_loaded_beside_the_cameras_thread(act: Acting, tmp_path: Path) -> None:
    """The camera gives up on a frame that takes ten seconds."""
    script = act([hold(STANDING, 6)])
    go_on, makers = threading.Event(), []

    def think() -> None:
        makers.append(threading.current_thread())
        assert go_on.wait(LIMIT_S)

    script.before_making = think
    session = begun(script, tmp_path)
    first, *frames = frames_of(script)
    for _ in range(3):  # would not come back if the frame waited
        picture = session.look(first.image, first.time_s)
        assert session.view.stage is Stage.PREPARING
        assert picture.shape == GREY.shape
        assert apart(picture, GREY[:, ::-1]) > 1  # it says so
    assert session.view.frames == 0
    go_on.set()
    assert stages(show(session, [first, *frames])) == ["countdown", "training"]
    end(session)
    assert len(makers) == 1
    assert makers[0] is not threading.main_thread()


def test_who_leaves_while_it_gets_ready_leaves_nothing(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 1)])
    go_on = threading.Event()
    script.before_making = lambda: go_on.wait(LIMIT_S)
    session = LiveSession(SQUAT, tmp_path)
    session.look(GREY, 0.0)
    session.end("gone")
    assert not session.ended.wait(0.05)
    go_on.set()
    assert session.ended.wait(LIMIT_S)
    assert script.closed == len(script.made) == 1
    assert session.result is None


# --- faults of this program -----------------------------------------------------------------------


class Fault(Exception):
    """Something that nobody thought of."""


def fail(*args: object, **options: object) -> None:
    raise Fault("nobody thought of this")


def is_told(session: LiveSession, caplog: pytest.LogCaptureFixture) -> bool:
    """Tell whether a fault is told in a sentence with advice, and logged with its traceback."""
    assert session.ended.wait(LIMIT_S)
    error = session.error
    assert error is not None
    assert error.message.endswith(".")
    assert "error in this program" in error.message
    assert error.advice
    assert session.view.why_ended
    assert session.view.stage is Stage.ENDED
    return any(record.exc_info and record.exc_info[0] is Fault for record in caplog.records)


SPOTS = {
    "the pose network": "tests.live.test_session.Script.estimate",
    "the coach": "gym.live.coach.LiveCoach._follow_label",
    "a counter": "gym.counting.heuristic.HeuristicCounter.follow",
    "the recording": "gym.live.recording.Recording.write",
    "the picture": "gym.live.picture.draw_status",
}


@pytest.mark.parametrize("spot", SPOTS.values(), ids=SPOTS)
def test_a_fault_in_a_frame_is_told_and_the_set_is_kept(
    act: Acting, tmp_path: Path, monkeypatch, caplog, spot: str
) -> None:
    script = act([hold(STANDING, 4), squat(), squat(), hold(STANDING, 2)])
    session = begun(script, tmp_path)
    frames = frames_of(script)
    looks = show(session, frames[:-5])
    with monkeypatch.context() as patch:
        patch.setattr(spot, fail)
        picture = session.look(frames[-5].image, frames[-5].time_s)
        assert session.ending  # at once, not when the camera has been silent for long
    np.testing.assert_array_equal(picture, GREY[:, ::-1])
    assert is_told(session, caplog)
    result = session.result
    assert result.workout.count.count == counts(looks)[-1] == 2
    assert len(result.poses) >= len([look for look in looks if look.view.stage is Stage.TRAINING])
    with ClipReader(result.clip) as clip:
        assert len(list(clip)) == pytest.approx(len(result.poses), abs=1)
    assert script.closed == 1


def test_a_counter_that_fails_at_one_pose_costs_that_pose_only(
    act: Acting, tmp_path: Path, monkeypatch, caplog
) -> None:
    """It would fail there again when the set is judged anew."""
    script = act([hold(STANDING, 4), squat(), squat(), hold(STANDING, 2)])
    session = begun(script, tmp_path)
    push, fatal_s = BodyStream.push, script.poses.time_s[-5] - COUNTDOWN_FROM

    def fail_late(stream: BodyStream, pose: Pose):
        return fail() if pose.time_s > fatal_s - 0.05 else push(stream, pose)

    monkeypatch.setattr(BodyStream, "push", fail_late)
    show(session, frames_of(script))
    assert is_told(session, caplog)
    assert session.result.workout.count.count == 2


@pytest.mark.parametrize("spot", ["gym.live.picture.draw_skeleton", "gym.live.session.LiveCoach"])
def test_a_fault_before_the_set_is_told(
    act: Acting, tmp_path: Path, monkeypatch, caplog, spot: str
) -> None:
    script = act([hold(STANDING, 3)])
    monkeypatch.setattr(spot, fail)
    session = LiveSession(SQUAT, tmp_path)
    show(session, frames_of(script))
    assert is_told(session, caplog)
    assert session.result is None
    assert script.closed == len(script.made)


def test_a_picture_that_cannot_be_converted_is_told(
    act: Acting, tmp_path: Path, monkeypatch, caplog
) -> None:
    script = act([hold(STANDING, 4), squat(), hold(STANDING, 1)])
    session = begun(script, tmp_path)
    show(session, frames_of(script))
    monkeypatch.setattr(LiveSession, "fit", fail)
    frame = camera_frame((640, 360), 99.0)
    assert LiveProcessor(session).recv(frame) is frame
    assert is_told(session, caplog)
    assert session.result.workout.count.count == 1


AT_THE_END = {
    "the pose network": "tests.live.test_session.Script.close",
    "the clip": "gym.live.recording.Recording.close",
    "the coach": "gym.live.coach.LiveCoach.finish",
    "the judging": "gym.live.session.judge",
}


@pytest.mark.parametrize("spot", list(AT_THE_END.values())[:3], ids=list(AT_THE_END)[:3])
def test_a_fault_at_the_end_does_not_lose_the_set(
    act: Acting, tmp_path: Path, monkeypatch, caplog, spot: str
) -> None:
    script = act([hold(STANDING, 4), squat(), squat(), hold(STANDING, 2)])
    session = begun(script, tmp_path)
    show(session, frames_of(script))
    recording = session._recording
    with monkeypatch.context() as patch:
        patch.setattr(spot, fail)
        end(session)
    recording.close()
    assert is_told(session, caplog)
    assert session.result.workout.count.count == 2
    assert (session.result.clip is None) == ("recording" in spot)


def test_where_nothing_can_be_judged_poses_clip_and_count_are_kept(
    act: Acting, tmp_path: Path, monkeypatch, caplog
) -> None:
    script = act([hold(STANDING, 4), squat(), squat(), hold(STANDING, 2)])
    session = begun(script, tmp_path)
    show(session, frames_of(script))
    monkeypatch.setattr(AT_THE_END["the coach"], fail)
    monkeypatch.setattr(AT_THE_END["the judging"], fail)
    end(session)
    assert is_told(session, caplog)
    result = session.result
    assert result.workout is None
    assert session.view.state.count == 2
    assert result.poses.time_s[-1] == pytest.approx(
        script.poses.time_s[-1] - COUNTDOWN_FROM, abs=0.15
    )
    with ClipReader(result.clip) as clip:
        assert len(list(clip)) == len(result.poses)


def test_a_disk_that_is_full_at_the_end_keeps_the_set(
    act: Acting, tmp_path: Path, monkeypatch
) -> None:
    script = act([hold(STANDING, 4), squat(), hold(STANDING, 1)])
    session = begun(script, tmp_path)
    show(session, frames_of(script))
    recording, full = session._recording, ClipError("The disk is full.", "Make room.")

    def refuse(recording: Recording) -> None:
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(Recording, "close", refuse)
        end(session)
    recording.close()
    assert session.error is full
    assert session.result.clip is None
    assert session.result.workout.count.count == 1


def test_a_result_moves_with_its_recording(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 4), squat()])
    folder, other = tmp_path / "page" / "live", tmp_path / "another page"
    folder.mkdir(parents=True)
    other.mkdir()
    session = begun(script, folder)
    show(session, frames_of(script))
    result = end(session).result
    assert result.move_to(folder.parent) is result
    moved = result.move_to(other)
    assert moved.clip == other / "live" / "clip.mp4"
    assert moved.clip.is_file()
    assert not folder.exists()
    assert moved.workout is result.workout
    lost = replace(result, clip=None)
    assert lost.move_to(other) is lost


# --- the size of the pictures --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((1280, 720), (640, 360)),
        ((640, 480), (640, 480)),
        ((480, 640), (480, 640)),  # a phone held upright
        ((1080, 1920), (360, 640)),
        ((641, 401), (640, 400)),
        ((176, 96), (640, 360)),  # 16:9, rounded by the browser
        ((108, 144), (480, 640)),
        ((800, 400), (640, 320)),
    ],
)
def test_a_picture_keeps_its_shape(
    act: Acting, tmp_path: Path, size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    act([hold(STANDING, 1)])
    assert LiveSession(SQUAT, tmp_path).fit(*size) == wanted


def test_during_a_set_all_pictures_have_one_size(act: Acting, tmp_path: Path) -> None:
    """Browsers send smaller pictures while the line or the machine is busy, and larger ones again."""
    script = act([hold(STANDING, 5)])
    session = begun(script, tmp_path)
    show(session, frames_of(script))
    assert session.view.stage is Stage.TRAINING
    size = (GREY.shape[1], GREY.shape[0])
    for sent in ((1280, 720), (480, 270), (212, 120), (322, 180), (176, 96), (240, 134), (84, 48)):
        assert session.fit(*sent) == size
    for turned in ((720, 1280), (640, 480), (320, 240), (96, 176)):
        assert session.fit(*turned) != size
    end(session)


def test_a_browser_that_sends_smaller_pictures_for_a_while_does_not_end_the_set(
    act: Acting, tmp_path: Path
) -> None:
    script = act([hold(STANDING, 4), squat(), hold(STANDING, 2)])
    session = begun(script, tmp_path)
    processor = LiveProcessor(session)
    settle(session)
    sizes = {4: (480, 270), 5: (320, 180), 6: (1280, 720)}
    for time_s in script.poses.time_s:
        processor.recv(camera_frame(sizes.get(int(time_s), (640, 360)), float(time_s)))
    assert session.error is None
    assert not session.view.why_ended
    end(session)
    workout = session.result.workout
    assert workout.poses.image_size == (640, 360)
    assert len(workout.poses) == workout.clip.frames
    assert workout.poses.time_s[-1] == pytest.approx(
        script.poses.time_s[-1] - COUNTDOWN_FROM, abs=0.2
    )


#: What browsers send in the first seconds of a call, by the second.
RAMP = [(320, 180), (176, 96), (480, 270), (640, 360), (960, 540), (1280, 720)]


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("second", [0.7, 3.0, 0.3], ids=["into the set", "long", "before"])
def test_a_picture_that_grows_neither_ends_nor_bends_a_set(
    act: Acting, tmp_path: Path, second: float, upright: bool
) -> None:
    script = act([hold(STANDING, 4), squat(), squat(), squat(), hold(STANDING, 2)])
    session, seen = begun(script, tmp_path), []
    look = session.look
    session.look = lambda image, time_s: (seen.append(image.shape[1::-1]), look(image, time_s))[1]
    processor = LiveProcessor(session)
    settle(session)
    for time_s in script.poses.time_s:
        size = RAMP[min(int(time_s / second), len(RAMP) - 1)]
        processor.recv(camera_frame(size[::-1] if upright else size, float(time_s)))
    assert not session.view.why_ended
    end(session)
    assert session.error is None
    wanted = (360, 640) if upright else (640, 360)
    workout = session.result.workout
    assert workout.poses.image_size == wanted
    assert set(seen[round(10 * COUNTDOWN_FROM) + 2 :]) == {wanted}
    assert workout.count.count == 3
    assert len(workout.poses) == workout.clip.frames


# --- the end ------------------------------------------------------------------------------------


@pytest.fixture
def finished(monkeypatch) -> list[LiveCoach]:
    """Note every set that is judged."""
    judged: list[LiveCoach] = []
    finish = LiveCoach.finish

    def note(coach: LiveCoach, *args: object):
        judged.append(coach)
        return finish(coach, *args)

    monkeypatch.setattr(LiveCoach, "finish", note)
    return judged


def test_a_session_ends_once_whoever_ends_it(
    act: Acting, tmp_path: Path, finished: list[LiveCoach]
) -> None:
    script = act([hold(STANDING, 4), squat()])
    session = begun(script, tmp_path)
    show(session, frames_of(script))
    barrier = threading.Barrier(8)

    def end_at_once(number: int) -> None:
        barrier.wait(LIMIT_S)
        session.end(f"reason {number}")

    threads = [threading.Thread(target=end_at_once, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert session.ended.wait(LIMIT_S)
    result, why = session.result, session.view.why_ended
    assert why in {f"reason {number}" for number in range(8)}
    session.end("too late")
    assert session.ended.is_set()
    assert (session.result, session.view.why_ended) == (result, why)
    assert len(finished) == 1
    assert script.closed == len(script.made) == 1


def test_ending_never_waits_for_the_frame_that_is_looked_at(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 5)])
    session = begun(script, tmp_path)
    *frames, last = frames_of(script)
    show(session, frames)
    looking, go_on = threading.Event(), threading.Event()

    def think() -> None:
        looking.set()
        assert go_on.wait(LIMIT_S)

    script.before_each = think
    looker = threading.Thread(target=session.look, args=(last.image, last.time_s))
    looker.start()
    assert looking.wait(LIMIT_S)
    session.end("gone")  # would never come back if it waited
    assert not session.ended.is_set()
    assert script.closed == 0
    go_on.set()
    looker.join(LIMIT_S)
    assert session.ended.wait(LIMIT_S)
    assert script.closed == 1
    assert session.view.stage is Stage.ENDED
    stage_frames = session.result.workout.clip.frames
    assert session.result.workout.poses.time_s[-1] == pytest.approx(
        last.time_s - COUNTDOWN_FROM, abs=0.15
    )
    assert stage_frames == len(session.result.workout.poses)


def test_after_the_end_frames_are_mirrored_and_no_more(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 1)])
    session = LiveSession(SQUAT, tmp_path)
    show(session, frames_of(script))
    view = end(session).view
    np.testing.assert_array_equal(session.look(GREY, 99.0), GREY[:, ::-1])
    assert session.view == view
    assert view.stage is Stage.ENDED


def test_a_session_without_a_frame_ends_as_well(tmp_path: Path, act: Acting) -> None:
    act([hold(STANDING, 1)])
    session = end(LiveSession(SQUAT, tmp_path), "")
    assert (session.result, session.error) == (None, None)
    assert session.view.stage is Stage.ENDED
    assert session.view.frames == 0


def test_a_set_of_one_frame_is_a_set(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 4)])
    session = begun(script, tmp_path)
    for frame in frames_of(script):
        show(session, [frame])
        if session.view.stage is Stage.TRAINING:
            break
    end(session)
    assert session.result.workout.clip.frames == len(session.result.workout.poses) == 1
    assert session.result.workout.count.count == 0
    with ClipReader(session.result.clip) as clip:
        assert len(list(clip)) == 1


def test_every_frame_shows_that_the_camera_lives(act: Acting, tmp_path: Path) -> None:
    script = act([hold(STANDING, 1)])
    session = LiveSession(SQUAT, tmp_path, lambda one: 1)
    heard_s = session.heard_s
    for frame in frames_of(script):  # also while waiting
        session.look(frame.image, frame.time_s)
        assert heard_s < session.heard_s <= time.monotonic()
        heard_s = session.heard_s
    end(session)


# --- keeping up ---------------------------------------------------------------------------------


@pytest.mark.parametrize("lite", [None, "not here"])
def test_a_slow_machine_trains_all_the_same(act: Acting, tmp_path: Path, monkeypatch, lite) -> None:
    script = act([hold(STANDING, 11)])
    monkeypatch.setattr(pace, "available_models", lambda: {"full": None, "lite": lite})
    monkeypatch.setattr(pace, "SLOW_FRAME_S", 0.0)
    session = LiveSession(SQUAT, tmp_path)
    looks = show(session, frames_of(script))
    assert stages(looks) == ["framing", "countdown", "training"]
    assert script.made == ["full", *(["lite", "lite"] if lite is None else ["full"])]
    assert session.view.model == script.made[-1]
    end(session)
    assert max(session.fit(1280, 720)) == pace.NARROW_PX
    assert script.closed == len(script.made)
    assert session.result.workout.poses.model == script.made[-1]


def test_a_slow_machine_with_nobody_in_view_turns_to_a_lighter_way(
    act: Acting, tmp_path: Path, monkeypatch
) -> None:
    poses = film([hold(STANDING, 6)], SMALL, fps=10).poses
    script = act(hide(poses, np.ones(len(poses), bool)))
    monkeypatch.setattr(pace, "SLOW_FRAME_S", 0.0)
    session = LiveSession(SQUAT, tmp_path)
    show(session, frames_of(script))
    assert session.error is None
    assert len(script.made) == 2
    end(session)


def test_who_waited_is_measured_with_the_network(act: Acting, tmp_path: Path, monkeypatch) -> None:
    """Frames that only wait in line are quick on any machine."""
    script = act([hold(STANDING, 13)], fps=5)
    script.before_each = lambda: time.sleep(0.01)  # a slow network
    monkeypatch.setattr(pace, "SLOW_FRAME_S", 0.01)
    turn = threading.Event()
    session = LiveSession(SQUAT, tmp_path, lambda one: 0 if turn.is_set() else 1)
    show(session, [Frame(GREY, t) for t in np.arange(-8.0, 0.0, 0.2)])
    turn.set()
    looks = show(session, frames_of(script))
    end(session)
    assert stages(looks) == ["framing", "countdown", "training"]
    assert max(session.fit(1280, 720)) == pace.NARROW_PX


def test_the_sessions_estimator_is_the_real_one() -> None:
    """The script stands in for this class: same calls."""
    assert sys.modules[LiveSession.__module__].PoseEstimator is PoseEstimator
    assert callable(PoseEstimator.estimate)
    assert callable(PoseEstimator.close)


# --- other exercises ----------------------------------------------------------------------------


def test_a_set_that_rises_and_takes_turns_is_trained_to_its_end(
    act: Acting, tmp_path: Path
) -> None:
    down = pose_body(2, 2, 2, 178, 172)
    moves = [hold(down, 4), *[curl("left"), curl("right")] * 2, hold(down, 1.5)]
    script = act(moves, fps=15.0)
    session = begun(script, tmp_path, LiveSettings("bicep_curl"))
    looks = show(session, frames_of(script))
    end(session)
    assert counts(looks) == [0, 1, 2, 3, 4]
    assert {look.view.status.upwards for look in looks if look.view.status} == {True}
    words = [look.view.call.words for look in looks]
    assert any(word.startswith("4.") for word in words)
    result = session.result
    assert result.workout.count.count == 4
    assert result.counted.counts["agreement"].reps == result.workout.counts["agreement"].reps


def test_what_is_held_is_trained_without_reps(act: Acting, tmp_path: Path) -> None:
    script = act([hold(plank(TOP_M), 8)])
    session = begun(script, tmp_path, LiveSettings("plank", target_reps=3))
    looks = show(session, frames_of(script))
    end(session)
    assert counts(looks) == [0]
    statuses = [look.view.status for look in looks if look.view.status]
    assert {(status.count, status.exercise) for status in statuses} == {(None, "Plank")}
    assert session.error is None
    assert session.result.workout.exercise.label == "plank"
    assert session.result.workout.count.count == 0
