"""One live session, from the first frame of a camera to a set that can be judged.

    session = LiveSession(LiveSettings(), folder)
    view = session.observe(image, time_s)     # every frame: pose, stage, advice, the set so far
    picture = draw_picture(image, view)       # what the athlete sees; `look` does both
    session.view                              # at any time: what to show beside it
    session.end("stopped")                    # by whoever ends it; `result` is there when `ended` is set

Three stages: the athlete steps into place (`framing` says how), a countdown, the set. Only the set
is recorded, and only the frames that were looked at, so that what is counted live and what the
recording gives are the same. One thread looks; any thread may ask or end.

Whatever goes wrong ends the session, is told in `error`, and costs no more of the set than it must.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from gym.errors import GymError
from gym.exercises import EXERCISES
from gym.limits import MAX_CLIP_S, next_due_s
from gym.live.coach import LiveCoach, LiveState
from gym.live.framing import FramingChecker
from gym.live.pace import Pace
from gym.live.picture import draw_picture, mirror
from gym.live.recording import Recording
from gym.live.view import Call, LiveResult, LiveSettings, LiveView, Stage, describe_set
from gym.pose.estimator import PoseEstimator
from gym.schema import Frame, Pose, PoseSequence
from gym.session import count, judge, recognise

log = logging.getLogger(__name__)

COUNTDOWN_FROM = 3  #: seconds
RIGHT_S = 1.0  #: standing right for so long begins the countdown ...
WHOLE_S = 8.0  #: ... as does being in view as a whole for so long: some rooms allow no better place
LEFT_S = 20.0  #: a set ends when nobody was in view for so long,
IDLE_S = 180.0  #: and a session in which no set begins after so long
UNSEEN_S = 1.0  #: after so long the picture asks the athlete to come back


class LiveSession:
    """What happens between a camera and its athlete.

    Parameters
    ----------
    settings : LiveSettings
    folder : Path
        Where the recording goes; it must exist.
    place : callable, optional
        How many other sessions come first; looked at until it is this one's turn.
    """

    def __init__(
        self,
        settings: LiveSettings,
        folder: Path,
        place: Callable[[LiveSession], int] = lambda session: 0,
    ) -> None:
        self.settings, self.folder = settings, folder
        self.ended = threading.Event()
        self.result: LiveResult | None = None
        self.error: GymError | None = None  # the first thing that went wrong
        self.heard_s = time.monotonic()  # when the camera's latest frame came
        self._place = place
        self._lock = threading.Lock()  # held while a frame is looked at
        self._ending = threading.Lock()  # taken by the first who ends it, for good
        self._preparing: threading.Thread | None = None
        self._faulty = False  # something went wrong that is this program's own fault
        self._hurry = False
        exercise = EXERCISES.get(settings.exercise)
        self._view = LiveView(chosen=exercise)
        self._view_lock = threading.Lock()
        self._pace = Pace()
        self._checker = FramingChecker(exercise)
        self._estimator: PoseEstimator | None = None
        self._coach: LiveCoach | None = None
        self._recording: Recording | None = None
        self._others = False  # whether somebody else was in view when that was looked for last
        self._stage_s = self._last_s = -math.inf

    @property
    def view(self) -> LiveView:
        """What there is to show now."""
        return self._view

    @property
    def ending(self) -> bool:
        """Whether somebody has ended it; `ended` is set when all is done."""
        return self._ending.locked()

    def fit(self, width_px: int, height_px: int) -> tuple[int, int]:
        """Return the size (width, height) in which it wants a camera's frame; in a set one size."""
        recording = self._recording
        return self._pace.fit(width_px, height_px, recording and recording.size)

    def begin(self) -> None:
        """Begin the countdown with the next frame, however the athlete stands."""
        self._hurry = True

    def observe(self, image: np.ndarray, time_s: float) -> LiveView | None:
        """Observe one frame of the camera, and draw nothing.

        Parameters
        ----------
        image : uint8 (H, W, 3) RGB
            As the camera sees it, not mirrored; not changed.
        time_s : float
            When it was taken, by the camera's clock.

        Returns
        -------
        LiveView or None
            None for a frame that is passed over: it comes too soon, or the session is over.
        """
        self.heard_s = time.monotonic()
        with self._lock, self.guard():
            if self.ending or time_s < next_due_s(self._last_s):
                return None
            if self._estimator is None:
                self._prepare()
            else:
                self._last_s = time_s
                self._follow(image, self._estimator.estimate(Frame(image, time_s)))
            return self._view
        return None

    def look(self, image: np.ndarray, time_s: float) -> np.ndarray:
        """Observe one frame of the camera, and return the mirrored picture to show."""
        view = self.observe(image, time_s)
        if view is not None:
            with self.guard():
                picture = draw_picture(image, view)
                if view.pose is not None:
                    self._show(**self._pace.clock(self.heard_s, time_s))
                return picture
        return mirror(image)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """End the session when something goes wrong inside, and keep it as the session's `error`.

        For its threads and the camera's: above them is nobody to whom an exception would tell
        anything. One that is no `GymError` is a fault of this program, and goes to the log.
        """
        try:
            yield
        except GymError as error:
            self.error = self.error or error
            self.end("an error")
        except BaseException:  # logged and told, not hidden
            log.exception("an error in a live session")
            self._faulty = True
            self.error = self.error or GymError(
                "The session ended because of an error in this program.",
                "A set that had begun is kept. Please start the camera again; the server's log says "
                "what went wrong.",
            )
            self.end("an error in this program")

    def end(self, why: str) -> None:
        """End the session and release all it holds, once; the set so far is judged.

        Returns at once: `ended` is set when all is done. ``why`` is told to the athlete.
        """
        # Never waits: the event loop that tells of a lost connection must go on.
        if self._ending.acquire(blocking=False):
            self._show(why_ended=why)
            threading.Thread(target=self._close, name="live-closing", daemon=True).start()

    def _show(self, **changes: object) -> None:
        with self._view_lock:
            self._view = replace(self._view, **changes)

    def _say(self, words: str, sound: str = "count") -> None:
        self._show(call=Call(self._view.call.number + 1, words, sound))

    def _go_to(self, stage: Stage, time_s: float) -> None:
        self._stage_s = time_s
        self._show(stage=stage)

    def _follow(self, image: np.ndarray, pose: Pose) -> None:
        """Do what the stage asks for."""
        if self._view.stage is Stage.PREPARING:
            self._go_to(Stage.FRAMING, pose.time_s)
        if np.isfinite(pose.others).all():
            self._others = bool(pose.others.any())
        self._show(pose=pose, status=None)
        if self._view.stage is not Stage.TRAINING:
            self._place_athlete(image, pose)
        if self._view.stage is Stage.TRAINING:
            self._train(image, pose)

    def _prepare(self) -> None:
        """Wait in line, then for the networks."""
        if self._preparing is not None:
            return
        if ahead := self._place(self):
            self._show(stage=Stage.WAITING, ahead=ahead)
            return
        self._show(stage=Stage.PREPARING, pose=None)
        # Not in the camera's thread: frames must go on, and it gives up after ten seconds.
        self._preparing = threading.Thread(target=self._load, name="live-preparing", daemon=True)
        self._preparing.start()

    def _load(self) -> None:
        """Load the networks (the body of the preparing thread)."""
        with self.guard():
            if self._coach is None:
                self._coach = LiveCoach(
                    self.settings.exercise, self.settings.counter, self.settings.strictness
                )
            self._show(model=self._pace.model)
            self._estimator = PoseEstimator(self._pace.model)  # the last: now it can begin

    def _lighten(self) -> None:
        """Get ready again, in a lighter way."""
        self._estimator.close()
        self._estimator = self._preparing = None

    def _place_athlete(self, image: np.ndarray, pose: Pose) -> None:
        """Help the athlete into place, and count down when they are."""
        too_small = not pose.seen and self._estimator.too_small
        framing = self._checker.update(image, pose)
        since_s = pose.time_s - self._stage_s
        if self._view.stage is Stage.FRAMING:
            placed = self._checker.right_s >= RIGHT_S or self._checker.whole_s >= WHOLE_S
            if self._pace.is_slow and self._pace.step_down():
                self._lighten()
            elif self._hurry or (placed and self._pace.is_measured):
                self._go_to(Stage.COUNTDOWN, pose.time_s)
                self._say(str(COUNTDOWN_FROM))
            elif since_s > IDLE_S:
                self.end("no set was started for some minutes")
        elif not self._checker.whole_s and not self._hurry:
            self._go_to(Stage.FRAMING, pose.time_s)
        elif since_s >= COUNTDOWN_FROM:
            self._start(image, pose.time_s)
            return
        advice = framing.advice
        if too_small:
            advice = "Come closer: you are too small in the picture."
        elif pose.seen and self._others:
            advice = advice or "Someone else is in view: only one of you is followed."
        self._show(advice=advice, placed=framing.right, facing=self._checker.facing)
        if self._view.stage is Stage.COUNTDOWN:
            left = math.ceil(COUNTDOWN_FROM - (pose.time_s - self._stage_s))
            self._show(countdown=left)
            if str(left) != self._view.call.words:
                self._say(str(left))

    def _start(self, image: np.ndarray, time_s: float) -> None:
        """Begin the set: from now on every frame counts."""
        self._recording = Recording(self.folder / "clip.mp4", image)
        self._go_to(Stage.TRAINING, time_s)
        self._show(advice="")
        self._say("Go", "done")

    def _train(self, image: np.ndarray, pose: Pose) -> None:
        """Count and judge; the set's time begins with its first frame."""
        time_s = pose.time_s - self._stage_s
        if time_s > MAX_CLIP_S:
            self.end("a set can last at most twenty minutes")
            return
        pose = replace(pose, time_s=time_s)
        before = self._view.state
        self._recording.write(Frame(image, time_s))
        state = self._coach.update(pose, self._recording.size)
        unseen_s = time_s - (0.0 if math.isnan(state.seen_s) else state.seen_s)
        status = describe_set(state, self.settings.target_reps, unseen_s > UNSEEN_S)
        self._show(state=state, status=status)
        if before is not None and state.count > before.count:
            self._announce(before.count, state)
        if unseen_s > LEFT_S:
            self.end("nobody was in view any longer")

    def _announce(self, before: int, state: LiveState) -> None:
        """Say the count, with at most one cue; it may have gone up by several reps at once."""
        if before < (self.settings.target_reps or 0) <= state.count:
            self._say(f"{state.count}. That was your target.", "done")
        else:
            self._say(f"{state.count}. {state.cue}".strip(), "cue" if state.cue else "count")

    def _close(self) -> None:
        """Release everything and judge the set (the body of the closing thread)."""
        if self._preparing is not None:
            self._preparing.join()
        # The lock is for taking them away only: whoever stops the camera waits for its last frame.
        with self._lock:
            estimator, coach, recording = self._estimator, self._coach, self._recording
            self._estimator = self._coach = self._recording = None
        try:
            if estimator is not None:
                with self.guard():
                    estimator.close()
            if recording is not None:
                self._keep(coach, recording)
        finally:
            self._show(stage=Stage.ENDED)
            self.ended.set()

    def _keep(self, coach: LiveCoach, recording: Recording) -> None:
        """Finish the recording and judge the set; where one of them fails, the other is kept."""
        clip = workout = recognised = counted = None
        with self.guard():
            recording.close()
            clip = recording.path
        if not coach.poses:
            return
        info, size, model = recording.info, recording.size, self._view.model
        poses = PoseSequence.collect(coach.poses, size, model)
        if not self._faulty:
            with self.guard():
                workout = coach.finish(info, size, model)
                recognised, counted = coach.recognised, coach.counted
        if self._faulty:
            # As a recording is judged, without the frame at which the coach may have failed.
            before = PoseSequence.collect(coach.poses[:-1], size, model)
            with self.guard():
                recognised = recognise(before)
                counted = count(before, recognised, self.settings.exercise)
                workout = judge(info, before, counted)
        self.result = LiveResult(clip, poses, workout, recognised, counted)
