"""What is concluded: reps, how the counters agree, findings on form, a whole workout."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from gym.schema.observed import Classification, ClipInfo, PoseSequence, Signals, freeze
from gym.schema.set_report import CoachReport


class Verdict(StrEnum):
    """The answer about one thing in one rep; `gym.notes` has the words that users see."""

    PASS = "pass"
    BORDERLINE = "borderline"
    FAIL = "fail"
    UNSEEN = "unseen"  #: not judgeable: the view or the picture does not show it


class Unseen(StrEnum):
    """Why something cannot be judged."""

    VIEW = "view"  #: the camera does not show it from where it is
    JOINTS = "joints"  #: the joints were not seen
    UNSURE = "unsure"  #: what was measured may be off by too much
    PARTIAL = (
        "partial"  #: a partial rep, another movement, or too short a set: it means nothing there
    )


class RepKind(StrEnum):
    """A whole rep, or one that stopped part of the way (listed, not counted)."""

    FULL = "full"
    PARTIAL = "partial"


class Reason(StrEnum):
    """Why a movement is not counted as a rep, in the words that users see."""

    OTHER_MOVEMENT = "it looks like another movement"
    LIMBS_UNSEEN = "the limbs were not seen"
    JOINTS_UNSEEN = "the joints were not seen well enough"
    TOO_SMALL = "too small a movement"
    NO_FALL = "the body did not go down"
    NO_RISE = "nothing went up"
    POSITION = "not in position"
    DURATION = "too fast or too slow"
    NO_BOTTOM = "it does not reach the bottom"
    SMALL_BESIDE = "much smaller than the others"  #: said only where its size was measured
    UNLIKE_OTHERS = "not like the other reps"
    UNFINISHED = "not finished before the clip ended"
    UNDER_WAY = "already under way when the clip began"
    PREPARATION = "apart from the set, in another place"


@dataclass(frozen=True)
class Rep:
    """One rep: away from rest at ``start_s``, at the turn at ``bottom_s``, back at ``end_s``.

    The turn is the bottom of a squat, and the top of a pull-up.
    """

    start_s: float
    bottom_s: float
    end_s: float
    kind: RepKind = RepKind.FULL
    reason: Reason | str = ""  #: why it is partial; or how the counters voted


@dataclass(frozen=True)
class Gate:
    """One condition that a counter checks for a rep.

    Attributes
    ----------
    name : str
        What is measured, as shown to users.
    value : float
        In ``unit``; NaN where it is not known, and then it passes.
    unit : str
    low, high : float
        What passes, ends included; infinite where there is no limit.
    reason : Reason or ""
        Why the rep is not counted if this fails.
    """

    name: str
    value: float
    unit: str
    low: float = float("-inf")
    high: float = float("inf")
    reason: Reason | str = ""

    @property
    def passed(self) -> bool:
        """Whether the value is within the limits, or not known."""
        return not (self.value < self.low or self.value > self.high)


@dataclass(frozen=True, eq=False)
class RepEvidence:
    """Why a counter counted a rep or not: the signal it used, and the conditions it checked.

    Attributes
    ----------
    signal : str
        The name of the signal, such as "Knee angle".
    unit : str
    time_s, value : float64 (n,)
        The signal around the rep; NaN where it is not known.
    thresholds : tuple of (str, float)
        The levels that the signal had to cross, in that order, each with its name.
    gates : tuple of Gate
        In the order in which they are checked.
    """

    signal: str
    unit: str
    time_s: np.ndarray
    value: np.ndarray
    thresholds: tuple[tuple[str, float], ...] = ()
    gates: tuple[Gate, ...] = ()

    def __post_init__(self) -> None:
        time_s = freeze(self, "time_s", (None,), np.float64)
        freeze(self, "value", (len(time_s),), np.float64)


@dataclass(frozen=True, eq=False)
class RepCount:
    """A counter's answer.

    Attributes
    ----------
    method : str
        The counter's name.
    reps : tuple of Rep
        In time order; the partial ones are listed but not counted.
    time_s : float64 (T,)
    phase : float64 (T,)
        0 at rest, 1 at the turn; NaN where it is not known.
    evidence : tuple of RepEvidence
        One for each of ``reps``; empty if the counter gives none.
    in_set : float64 (T,) or None
        The probability, 0..1, that a frame belongs to a set; None if the counter gives none.
    exercise_specific : bool
        Whether it looks for one exercise: what it saw and did not count is then another movement.
    sureness : float
        How sure the counter is of its own reps, 0..1; NaN if it does not say.
    learned_from : str
        The counter from whose answers it learned, whose vote it shares; empty if it has one of its own.
    """

    method: str
    reps: tuple[Rep, ...]
    time_s: np.ndarray
    phase: np.ndarray
    evidence: tuple[RepEvidence, ...] = ()
    in_set: np.ndarray | None = None
    exercise_specific: bool = False
    sureness: float = float("nan")
    learned_from: str = ""

    def __post_init__(self) -> None:
        time_s = freeze(self, "time_s", (None,), np.float64)
        freeze(self, "phase", (len(time_s),), np.float64)
        if self.in_set is not None:
            freeze(self, "in_set", (len(time_s),), np.float64)
        if self.evidence and len(self.evidence) != len(self.reps):
            raise ValueError(
                f"RepCount.evidence: expected one for each of {len(self.reps)} reps, "
                f"got {len(self.evidence)}"
            )

    @property
    def count(self) -> int:
        """The number of whole reps."""
        return sum(rep.kind is RepKind.FULL for rep in self.reps)


@dataclass(frozen=True)
class Disagreement:
    """One rep that not every counter has.

    Attributes
    ----------
    start_s, bottom_s, end_s : float
        As the first of those who have it says.
    found_by : tuple of str
        The counters that have it.
    missed_by : tuple of (str, str)
        Each other counter, and why it does not have it, in a few words.
    """

    start_s: float
    bottom_s: float
    end_s: float
    found_by: tuple[str, ...]
    missed_by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Agreement:
    """What several counters say together.

    Attributes
    ----------
    count : RepCount
        The combined answer; reps that were outvoted are listed as partial, with the votes.
    confidence : float
        0..1: ``agreed_share`` times ``visibility``; NaN where nothing was counted.
    agreed_share : float
        The share of counters on the winning side, as a mean over all reps that any of them found.
        With a single counter, how sure it is of itself, at most 0.75. NaN where nothing was counted.
    visibility : float
        How well the better side's limbs were seen during the set, 0..1, 1 from 0.8 on.
    members : tuple of str
        The counters that took part, the best first.
    disputed : int
        Reps on which not all who could see them agree.
    disagreements : tuple of Disagreement
        The reps that not every member has.
    """

    count: RepCount
    confidence: float
    agreed_share: float
    visibility: float
    members: tuple[str, ...]
    disputed: int = 0
    disagreements: tuple[Disagreement, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One rule's answer about one rep.

    ``value`` and ``limit`` are in ``unit``; NaN where not known. ``time_s`` is the frame that shows it.

    Of a hold, ``value`` is the worst that lasted a moment, ``kept_share`` the share (0..1) of the judged
    time within the limit, and ``drift`` how much worse the last fifth of it was than the first, in
    ``unit``, negative where it was better; NaN where not known, and of a rep.

    ``uncertainty`` is how far the value may be off, one standard deviation in ``unit``; NaN where not
    known. ``unseen`` says why the verdict is "not judgeable", and is None otherwise.
    """

    code: str
    name: str
    verdict: Verdict
    value: float
    unit: str
    limit: float
    cue: str
    why: str = ""
    time_s: float = float("nan")
    kept_share: float = float("nan")
    drift: float = float("nan")
    uncertainty: float = float("nan")
    unseen: Unseen | None = None


@dataclass(frozen=True)
class Hold:
    """A posture that was kept from ``start_s`` to ``end_s``, and what its rules say about it."""

    exercise: str
    start_s: float
    end_s: float
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if not self.end_s >= self.start_s:
            raise ValueError(
                f"Hold: expected an end at {self.start_s} s or later, got {self.end_s}"
            )

    @property
    def seconds(self) -> float:
        """How long it was kept."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class FormReport:
    """How good the form of the reps, or of the holds, was.

    Attributes
    ----------
    findings : tuple (one per rep, in the order of the reps) of tuples of Finding
    frame_share : dict of str to float
        "good" and each fault: its share of the judgeable frames inside reps or holds; empty when none
        is.
    shallow_reps : int
        Full reps that failed the depth rule.
    cue : str
        The one thing to work on; empty when there is none.
    """

    findings: tuple[tuple[Finding, ...], ...] = ()
    frame_share: dict[str, float] = field(default_factory=dict)
    shallow_reps: int = 0
    cue: str = ""


@dataclass(frozen=True)
class ExerciseSet:
    """A stretch of one exercise, and each counter's number of reps in it.

    Of a hold there are none, and ``hold_s`` is how long it lasted; NaN of reps.
    """

    exercise: str
    start_s: float
    end_s: float
    counts: dict[str, int]
    hold_s: float = float("nan")


@dataclass(frozen=True, eq=False)
class Workout:
    """All results for a clip, as shown on the pages and written to files."""

    clip: ClipInfo
    poses: PoseSequence
    signals: Signals
    exercise: Classification
    counts: dict[str, RepCount]
    counter: str
    form: FormReport
    sets: tuple[ExerciseSet, ...]
    agreement: Agreement | None = None  #: what the counters say together
    holds: tuple[Hold, ...] = ()  #: what was held, in time order, whatever the exercise
    notes: tuple[str, ...] = ()  #: what the user should know, in plain sentences
    strictness: str = "standard"  #: whose limits the rules had (`gym.exercises.strictness`)
    own_limits: dict[str, float] = field(default_factory=dict)  #: the user's own, by rule code
    versions: dict[str, str | None] = field(default_factory=dict)
    #: What a coach says of the chosen counter's reps and sets.
    report: CoachReport = field(default_factory=CoachReport)

    @property
    def confidence(self) -> float:
        """The confidence in the common count, 0..1; NaN where nothing was found."""
        return float("nan") if self.agreement is None else self.agreement.confidence

    @property
    def count(self) -> RepCount:
        """The chosen counter's answer."""
        return self.counts[self.counter]

    @property
    def reps(self) -> tuple[Rep, ...]:
        """The chosen counter's reps, partial ones included."""
        return self.count.reps
