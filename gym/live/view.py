"""The values of a live session: what is asked, what there is to show in every frame, and its result."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from gym.exercises import EXERCISES, OTHER, Exercise, title_of
from gym.exercises.strictness import STANDARD
from gym.live.coach import DEFAULT_LIVE_COUNTER, LiveState
from gym.schema import Classification, Pose, PoseSequence, Verdict, Workout
from gym.session import AUTO, Counted


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

    ``target_reps`` is None where they train without one; ``strictness`` is a name in
    `gym.exercises.strictness.STRICTNESS`.
    """

    exercise: str = AUTO
    counter: str = DEFAULT_LIVE_COUNTER
    target_reps: int | None = None
    strictness: str = STANDARD


@dataclass(frozen=True)
class Call:
    """What is said aloud: its ``number`` grows with each; ``sound`` is "count", "cue" or "done"."""

    number: int = 0
    words: str = ""
    sound: str = "count"


@dataclass(frozen=True)
class Status:
    """What the athlete reads in the picture during a set, as `gym.drawing.status` draws it."""

    count: int | None  #: None for what is held
    exercise: str
    phase: float
    upwards: bool  #: whether the exercise goes up first
    cue: str
    verdict: Verdict | None


def describe_set(state: LiveState, target_reps: int | None, unseen: bool) -> Status:
    """Say in a few words how the set goes; ``unseen`` is whether nobody was in view for a while."""
    cue = state.cue or ("Good." if state.verdict is Verdict.PASS else "")
    if target_reps is not None and state.count >= target_reps:
        cue = f"Target reached: {target_reps}. {cue}".strip()
    if state.looks_like:
        chosen, seen = (title_of(name).lower() for name in (state.exercise, state.looks_like))
        cue = f"This looks like a {seen}; you chose {chosen}."
    exercise = EXERCISES.get(state.exercise)
    return Status(
        None if state.is_held else state.count,
        "Begin" if state.exercise == OTHER else title_of(state.exercise),
        state.phase,
        exercise is not None and exercise.lifts_first,
        "I cannot see you: step back into the picture." if unseen else cue,
        Verdict.UNSEEN if unseen else state.verdict,
    )


@dataclass(frozen=True)
class LiveView:
    """What there is to show of a live session at one moment.

    Attributes
    ----------
    stage : Stage
    ahead : int
        How many others come first, while waiting.
    chosen : Exercise or None
        What the athlete chose; None where it is recognised.
    pose : Pose or None
        In the camera's picture, not mirrored; None while none is estimated.
    advice : str
        How to stand better, before the set; empty when all is right.
    placed : bool
        Whether the athlete stands as they should, before the set.
    facing : {"left", "right"}
        Where they look in the mirrored picture, or should turn to, before the set.
    countdown : int
        Seconds left.
    state : LiveState or None
        None before the set.
    status : Status or None
        None where no set is under way.
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
    chosen: Exercise | None = None
    pose: Pose | None = None
    advice: str = ""
    placed: bool = False
    facing: str = "right"
    countdown: int = 0
    state: LiveState | None = None
    status: Status | None = None
    frames: int = 0
    frames_per_s: float = math.nan
    delay_s: float = math.nan
    model: str = ""
    call: Call = field(default_factory=Call)
    why_ended: str = ""


@dataclass(frozen=True, eq=False)
class LiveResult:
    """What there is of a set that was done live.

    Attributes
    ----------
    clip : Path or None
        The recording; None where it could not be written.
    poses : PoseSequence
    workout : Workout or None
        The judged set; None where a fault of this program kept it from being judged.
    recognised, counted
        What it was judged on, as `gym.session.recognise` and `gym.session.count` return it.
    """

    clip: Path | None
    poses: PoseSequence
    workout: Workout | None
    recognised: Classification | None = None
    counted: Counted | None = None

    def move_to(self, folder: Path) -> LiveResult:
        """Return the result with its recording's folder moved into another one."""
        if self.clip is None or self.clip.parent.parent == folder:
            return self
        return replace(self, clip=Path(shutil.move(self.clip.parent, folder)) / self.clip.name)
