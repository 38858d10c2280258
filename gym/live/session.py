"""One live session, from the first frame of a camera to a set that can be judged.

    session = LiveSession(LiveSettings(), folder)
    picture = session.look(image, time_s)     # every frame: the mirrored picture to show
    session.view                              # at any time: what to show beside it
    session.end("stopped")                    # by whoever ends it; `take` is there when `ended` is set

Three stages: the athlete steps into place (`framing` says how), a countdown, the set. Only the set
is recorded, and only the frames that were looked at, so that what is counted live and what the
recording gives are the same. One thread looks; any thread may ask or end.

Whatever goes wrong ends the session, is told in `error`, and costs no more of the set than it must.
"""

from __future__ import annotations

import logging
import math
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from statistics import median

import numpy as np

from gym.drawing.framing import draw_advice, draw_countdown, draw_silhouette
from gym.drawing.status import draw_skeleton, draw_status
from gym.errors import GymError
from gym.exercises import EXERCISES, OTHER, title_of
from gym.limits import MAX_CLIP_S, next_due_s
from gym.live.coach import DEFAULT_LIVE_COUNTER, LiveCoach, LiveState
from gym.live.framing import FramingGuide
from gym.live.recording import Recording
from gym.pose.estimator import PoseEstimator
from gym.pose.weights import available_models
from gym.schema import Frame, Pose, PoseSequence, Verdict, Workout
from gym.session import AUTO, judge

log = logging.getLogger(__name__)

COUNTDOWN_FROM = 3  #: seconds
RIGHT_S = 1.0  #: standing right for so long begins the countdown ...
WHOLE_S = 8.0  #: ... as does being in view as a whole for so long: some rooms allow no better place
LEFT_S = 20.0  #: a set ends when nobody was in view for so long,
IDLE_S = 180.0  #: and a session in which no set begins after so long
UNSEEN_S = 1.0  #: after so long the picture asks the athlete to come back

#: A frame that takes longer than this keeps a camera of 30 frames/s at under 14: too slow a machine.
SLOW_FRAME_S = 0.07
WARM_UP_FRAMES, MEASURED_FRAMES = 5, 15
WIDE_PX, NARROW_PX = 640, 424  #: the picture's longer side, and that on a slow machine
#: Browsers round a smaller picture's sides, to 16 px at most: 176 x 96 px is 640 x 360 made smaller.
ROUNDED_PX, SAME_SHAPE = 8, 0.03
SHAPES = (16 / 9, 4 / 3, 3 / 4, 9 / 16)  #: width to height, as cameras have them
STATUS_SCALE = 1.8  #: letters that can be read from three metres


class Stage(StrEnum):
    """Where a live session is."""

    CONNECTING = "connecting"  #: no frame has come yet
    WAITING = "waiting"  #: others are training
    PREPARING = "preparing"  #: the networks are being loaded
    FRAMING = "framing"
    COUNTDOWN = "countdown"
    TRAINING = "training"
    ENDED = "ended"


@dataclass(frozen=True)
class LiveSettings:
    """What the athlete chose before the set.

    ``target_reps`` is None where they train without one.
    """

    exercise: str = AUTO
    counter: str = DEFAULT_LIVE_COUNTER
    target_reps: int | None = None


@dataclass(frozen=True)
class Call:
    """What is said aloud: its ``number`` grows with each; ``sound`` is "count", "cue" or "done"."""

    number: int = 0
    words: str = ""
    sound: str = "count"


@dataclass(frozen=True)
class LiveView:
    """What there is to show of a live session at one moment.

    Attributes
    ----------
    stage : Stage
    ahead : int
        How many others come first, while waiting.
    advice : str
        How to stand better, before the set; empty when all is right.
    state : LiveState or None
        None before the set.
    frames : int
        Looked at so far.
    frames_per_s : float
        Looked at in the last seconds; NaN at first.
    delay_s : float
        From a frame's arrival to its picture; the quickest arrival so far counts as none. NaN at first.
    model : str
        The pose model in use; empty before the first frame.
    call : Call
    why_ended : str
        In a few words; empty while it goes on.
    """

    stage: Stage = Stage.CONNECTING
    ahead: int = 0
    advice: str = ""
    state: LiveState | None = None
    frames: int = 0
    frames_per_s: float = math.nan
    delay_s: float = math.nan
    model: str = ""
    call: Call = field(default_factory=Call)
    why_ended: str = ""


@dataclass(frozen=True, eq=False)
class LiveTake:
    """What there is of a set that was done live.

    Attributes
    ----------
    clip : Path or None
        The recording; None where it could not be written.
    poses : PoseSequence
    workout : Workout or None
        The judged set; None where a fault of this program kept it from being judged.
    """

    clip: Path | None
    poses: PoseSequence
    workout: Workout | None

    def move_to(self, folder: Path) -> LiveTake:
        """Return the take with its recording's folder moved into another one."""
        if self.clip is None or self.clip.parent.parent == folder:
            return self
        return replace(self, clip=Path(shutil.move(self.clip.parent, folder)) / self.clip.name)


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
        self.take: LiveTake | None = None
        self.error: GymError | None = None  # the first thing that went wrong
        self.heard_s = time.monotonic()  # when the camera's latest frame came
        self._place = place
        self._lock = threading.Lock()  # held while a frame is looked at
        self._view, self._view_lock = LiveView(), threading.Lock()
        self._ending = threading.Lock()  # taken by the first who ends it, for good
        self._preparing: threading.Thread | None = None
        self._faulty = False  # something went wrong that is this program's own fault
        self._hurry = False
        self._exercise = EXERCISES.get(settings.exercise)
        self._pace = _Pace()
        self._guide = FramingGuide(self._exercise)
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
        """Return the size (width, height) in which it wants a camera's frame.

        Browsers send smaller pictures at first and while the network is busy; during a set all have
        one size, unless the camera was turned.
        """
        recording = self._recording
        if recording is not None:
            width, height = recording.size
            off_px = abs(width_px - height_px * width / height)
            if off_px < max(ROUNDED_PX, SAME_SHAPE * width_px):
                return recording.size
        shape = width_px / height_px
        # The shape that it will have when it has grown: a set may begin before.
        shape = next((s for s in SHAPES if abs(width_px - height_px * s) < ROUNDED_PX), shape)
        side = self._pace.side_px
        return tuple(round(side * part / 2) * 2 for part in (min(1.0, shape), min(1.0, 1 / shape)))

    def begin(self) -> None:
        """Begin the countdown with the next frame, however the athlete stands."""
        self._hurry = True

    def look(self, image: np.ndarray, time_s: float) -> np.ndarray:
        """Look at one frame of the camera.

        Parameters
        ----------
        image : uint8 (H, W, 3) RGB
            As the camera sees it, not mirrored; not changed.
        time_s : float
            When it was taken, by the camera's clock.

        Returns
        -------
        uint8 (H, W, 3) RGB
            The mirrored picture to show.
        """
        self.heard_s = started_s = time.monotonic()
        with self._lock:
            canvas = image.copy()
            if self.ending or time_s < next_due_s(self._last_s):
                return _mirror(canvas)
            with self.guard():
                if self._estimator is None:
                    return self._prepare(canvas)
                self._last_s = time_s
                picture = self._look(image, canvas, time_s)
                self._show(**self._pace.clock(started_s, time_s))
                return picture
            return _mirror(image)

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

    def _look(self, image: np.ndarray, canvas: np.ndarray, time_s: float) -> np.ndarray:
        """Do what the stage asks for; returns the picture."""
        if self._view.stage is Stage.PREPARING:
            self._go_to(Stage.FRAMING, time_s)
        pose = self._estimator.estimate(Frame(image, time_s))
        if np.isfinite(pose.others).all():
            self._others = bool(pose.others.any())
        draw_skeleton(canvas, pose)
        picture = _mirror(canvas)
        if self._view.stage is Stage.TRAINING:
            return self._train(image, picture, pose)
        return self._place_athlete(image, picture, pose)

    def _prepare(self, canvas: np.ndarray) -> np.ndarray:
        """Wait in line, then for the networks; returns the picture."""
        if self._preparing is None:
            if ahead := self._place(self):
                self._show(stage=Stage.WAITING, ahead=ahead)
                line = "You come next." if ahead == 1 else f"{ahead} come before you."
                return draw_advice(_mirror(canvas), f"Someone else is training. {line}")
            self._show(stage=Stage.PREPARING)
            # Not in the camera's thread: frames must go on, and it gives up after ten seconds.
            self._preparing = threading.Thread(
                target=self._load, name="live-preparing", daemon=True
            )
            self._preparing.start()
        return draw_advice(_mirror(canvas), "Getting ready.")

    def _load(self) -> None:
        """Load the networks (the body of the preparing thread)."""
        with self.guard():
            if self._coach is None:
                self._coach = LiveCoach(self.settings.exercise, self.settings.counter)
            self._show(model=self._pace.model)
            self._estimator = PoseEstimator(self._pace.model)  # the last: now it can begin

    def _lighten(self) -> None:
        """Get ready again, in a lighter way."""
        self._estimator.close()
        self._estimator = self._preparing = None

    def _place_athlete(self, image: np.ndarray, picture: np.ndarray, pose: Pose) -> np.ndarray:
        """Help the athlete into place, and count down when they are."""
        framing = self._guide.update(image, pose)
        since_s = pose.time_s - self._stage_s
        if self._view.stage is Stage.FRAMING:
            placed = self._guide.right_s >= RIGHT_S or self._guide.whole_s >= WHOLE_S
            if self._pace.is_slow and self._pace.step_down():
                self._lighten()
            elif self._hurry or (placed and self._pace.is_measured):
                self._go_to(Stage.COUNTDOWN, pose.time_s)
                self._say(str(COUNTDOWN_FROM))
            elif since_s > IDLE_S:
                self.end("no set was started for some minutes")
        elif not self._guide.whole_s and not self._hurry:
            self._go_to(Stage.FRAMING, pose.time_s)
        elif since_s >= COUNTDOWN_FROM:
            self._start(image, pose.time_s)
            return self._train(image, picture, pose)
        advice = framing.advice
        if not pose.seen and self._estimator.too_small:
            advice = "Come closer: you are too small in the picture."
        elif pose.seen and self._others:
            advice = advice or "Someone else is in view: only one of you is followed."
        self._show(advice=advice)
        if self._view.stage is Stage.COUNTDOWN:
            left = math.ceil(COUNTDOWN_FROM - (pose.time_s - self._stage_s))
            if str(left) != self._view.call.words:
                self._say(str(left))
            return draw_countdown(picture, left)
        draw_silhouette(picture, self._exercise, framing.right, self._guide.facing)
        return draw_advice(picture, advice)

    def _start(self, image: np.ndarray, time_s: float) -> None:
        """Begin the set: from now on every frame counts."""
        self._recording = Recording(self.folder / "clip.mp4", image)
        self._go_to(Stage.TRAINING, time_s)
        self._show(advice="")
        self._say("Go", "done")

    def _train(self, image: np.ndarray, picture: np.ndarray, pose: Pose) -> np.ndarray:
        """Count and judge; the set's time begins with its first frame."""
        time_s = pose.time_s - self._stage_s
        if time_s > MAX_CLIP_S:
            self.end("a set can last at most twenty minutes")
            return picture
        pose = replace(pose, time_s=time_s)
        before = self._view.state
        self._recording.write(Frame(image, time_s))
        state = self._coach.update(pose)
        self._show(state=state)
        if before is not None and state.count > before.count:
            self._announce(before.count, state)
        unseen_s = time_s - (0.0 if math.isnan(state.seen_s) else state.seen_s)
        if unseen_s > LEFT_S:
            self.end("nobody was in view any longer")
        return self._draw_set(picture, state, unseen_s > UNSEEN_S)

    def _announce(self, before: int, state: LiveState) -> None:
        """Say the count, with at most one cue; it may have gone up by several reps at once."""
        if before < (self.settings.target_reps or 0) <= state.count:
            self._say(f"{state.count}. That was your target.", "done")
        else:
            self._say(f"{state.count}. {state.cue}".strip(), "cue" if state.cue else "count")

    def _draw_set(self, picture: np.ndarray, state: LiveState, unseen: bool) -> np.ndarray:
        """Draw what the athlete reads from afar."""
        target = self.settings.target_reps
        cue = state.cue or ("Good." if state.verdict is Verdict.PASS else "")
        if target is not None and state.count >= target:
            cue = f"Target reached: {target}. {cue}".strip()
        if state.looks_like:
            chosen, seen = (title_of(name).lower() for name in (state.exercise, state.looks_like))
            cue = f"This looks like a {seen}; you chose {chosen}."
        title = "Begin" if state.exercise == OTHER else title_of(state.exercise)
        draw_status(
            picture,
            count=state.count,
            exercise=title,
            phase=state.phase,
            cue="I cannot see you: step back into the picture." if unseen else cue,
            verdict=Verdict.UNSEEN if unseen else state.verdict,
            scale=STATUS_SCALE,
        )
        return picture

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
        clip = workout = None
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
        if self._faulty:
            # As a recording is judged, without the frame at which the coach may have failed.
            before = PoseSequence.collect(coach.poses[:-1], size, model)
            with self.guard():
                workout = judge(info, before, exercise=self.settings.exercise)
        self.take = LiveTake(clip, poses, workout)


class _Pace:
    """Measures how fast frames are looked at, and knows what lighter way there is."""

    def __init__(self) -> None:
        there = [name for name, reason in available_models().items() if reason is None]
        heavier = [name for name in ("full", "lite") if name in there]
        self.model = heavier[0] if heavier else "full"
        self._lighter = heavier[1:]
        self.side_px = WIDE_PX
        self._busy_s: list[float] = []
        self._done_s: deque[float] = deque()
        self._frames = 0
        self._least_lag_s = math.inf

    def clock(self, started_s: float, time_s: float) -> dict[str, float]:
        """Take note of a frame that was looked at from ``started_s`` (monotonic) until now."""
        now_s = time.monotonic()
        self._busy_s.append(now_s - started_s)
        self._done_s.append(now_s)
        while self._done_s[0] < now_s - 2.0:
            self._done_s.popleft()
        self._frames += 1
        self._least_lag_s = min(self._least_lag_s, started_s - time_s)
        spent_s = now_s - self._done_s[0]
        return {
            "frames": self._frames,
            "frames_per_s": (len(self._done_s) - 1) / spent_s if spent_s > 0.5 else math.nan,
            "delay_s": now_s - time_s - self._least_lag_s,
        }

    @property
    def is_measured(self) -> bool:
        """Whether enough frames were looked at in the present way."""
        return len(self._busy_s) >= WARM_UP_FRAMES + MEASURED_FRAMES

    @property
    def is_slow(self) -> bool:
        """Whether the present way is too slow for this machine."""
        return self.is_measured and median(self._busy_s[-MEASURED_FRAMES:]) > SLOW_FRAME_S

    def step_down(self) -> bool:
        """Turn to a lighter model, or a smaller picture; False where there is nothing left."""
        if self._lighter:
            self.model = self._lighter.pop(0)
        elif self.side_px > NARROW_PX:
            self.side_px = NARROW_PX
        else:
            return False
        log.info("slow machine: going on with %s at %d px", self.model, self.side_px)
        self._busy_s.clear()
        return True


def _mirror(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(image[:, ::-1])
