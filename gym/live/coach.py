"""The live coach: counts and judges while poses arrive, and ends with what a recording would give.

    coach = LiveCoach("auto")
    state = coach.update(pose)          # for every frame
    workout = coach.finish(clip, size)  # the set, as `gym.session` judges a recorded one

It drives the recogniser and the causal counters frame by frame; a recording folds over the same
loops, so both agree by construction. Until the exercise is recognised every known one is counted, and
what was counted of the right one is shown once it is known.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from gym.counting import COUNTERS
from gym.counting.heuristic import HeuristicCounter
from gym.exercises import EXERCISES, OTHER
from gym.features import measure_signals
from gym.form import judge_form
from gym.recognition import shipped_recogniser
from gym.schema import ClipInfo, Finding, Pose, PoseSequence, Rep, Verdict, Workout
from gym.session import AUTO, count, judge, recognise
from gym.sets import SHORTEST_SET_S
from gym.summary import main_finding, overall_verdict

#: The counters that can count live, in the order of `COUNTERS`.
LIVE_COUNTERS = tuple(name for name, kind in COUNTERS.items() if kind.causal)
DEFAULT_LIVE_COUNTER = HeuristicCounter.name

#: A rep is judged on this many seconds before its end: some reps, and little to work through.
JUDGED_S = 12.0


@dataclass(frozen=True)
class LiveState:
    """What the coach knows after a frame.

    Attributes
    ----------
    time_s : float
    exercise : str
        An exercise's name; until one is counted, what is recognised, which may be "other".
    probability : float
        Of the exercise at this moment, 0..1; NaN where the user chose, or something else is recognised.
    reps : tuple of Rep
        The whole repetitions announced so far. `LiveCoach.finish` may withdraw or add some.
    findings : tuple (one per rep) of tuples of Finding
    phase : float
        0 at the top, 1 at the bottom; NaN where it is not known.
    agreement : float
        The smaller count of the live counters beside the larger one, 0..1; NaN before the first rep, and
        where only one of them counts the exercise.
    seen_s : float
        When the athlete was last seen; NaN if not yet.
    looks_like : str
        Another exercise that is recognised for as long as a set, where the user chose one; or empty.
    """

    time_s: float
    exercise: str = OTHER
    probability: float = math.nan
    reps: tuple[Rep, ...] = ()
    findings: tuple[tuple[Finding, ...], ...] = ()
    phase: float = math.nan
    agreement: float = math.nan
    seen_s: float = math.nan
    looks_like: str = ""

    @property
    def count(self) -> int:
        """How many whole repetitions."""
        return len(self.reps)

    @property
    def verdict(self) -> Verdict | None:
        """The latest rep's verdict; None before the first."""
        return overall_verdict(self.findings[-1]) if self.findings else None

    @property
    def cue(self) -> str:
        """The one thing to say of the latest rep; empty where nothing was wrong with it."""
        finding = main_finding(self.findings[-1]) if self.findings else None
        return finding.cue if finding is not None else ""


class LiveCoach:
    """Counts and judges one set while it is done.

    Parameters
    ----------
    exercise : str
        "auto", or a name in `EXERCISES`.
    counter : str
        Whose count is shown: a name in `LIVE_COUNTERS`. Of an exercise that it cannot count, the first
        one's that can.

    Raises
    ------
    WeightsError
        The shipped networks cannot be used.
    """

    def __init__(self, exercise: str = AUTO, counter: str = DEFAULT_LIVE_COUNTER) -> None:
        if exercise != AUTO and exercise not in EXERCISES:
            raise ValueError(f"expected 'auto' or one of {list(EXERCISES)}, got {exercise!r}")
        if counter not in LIVE_COUNTERS:
            raise ValueError(f"expected one of {LIVE_COUNTERS}, got {counter!r}")
        self._choice, self._counter = exercise, counter
        self._active = OTHER if exercise == AUTO else exercise
        names = list(EXERCISES) if exercise == AUTO else [exercise]
        self._counters = {
            (name, kind): COUNTERS[kind](EXERCISES[name])
            for name in names
            for kind in LIVE_COUNTERS
            if COUNTERS[kind].counts(EXERCISES[name])
        }
        self._announced: dict[tuple[str, str], list[Rep]] = {key: [] for key in self._counters}
        self._findings: dict[str, list[tuple[Finding, ...]]] = {name: [] for name in names}
        self._recognition = shipped_recogniser().follow()
        self._since: tuple[str, float] = (OTHER, 0.0)  # what is recognised, and since when
        self._lasting = ""  # the exercise that has been recognised for as long as a set
        self.poses: list[Pose] = []  #: taken so far
        self._seen_s = math.nan

    def update(self, pose: Pose) -> LiveState:
        """Take the next frame's pose; times increase."""
        self.poses.append(pose)
        if pose.seen:
            self._seen_s = pose.time_s
        self._recognition.update(pose)
        label, probability = self._recognition.current
        self._follow_label(label, pose.time_s)
        for (name, kind), counter in self._counters.items():
            rep = counter.update(pose)
            # As in a recording: what is recognised as another exercise is not counted.
            if rep is not None and (self._choice != AUTO or label not in EXERCISES.keys() - {name}):
                self._announced[name, kind].append(rep)
                if self._active == OTHER and label == name:  # a rep and the network: no doubt left
                    self._active = name
        if self._active not in EXERCISES:
            return LiveState(pose.time_s, label, probability, seen_s=self._seen_s)
        who = self._who_counts()
        shown = self._counter if self._counter in who else who[0]
        reps = self._announced[self._active, shown]
        findings = self._findings[self._active]
        if len(findings) < len(reps):
            findings += self._judge(reps[len(findings) :])
        return LiveState(
            pose.time_s,
            self._active,
            probability if self._choice == AUTO and label == self._active else math.nan,
            tuple(reps),
            tuple(findings),
            self._counters[self._active, shown].phase,
            self._compare_counts(),
            self._seen_s,
            "" if self._lasting == self._active else self._lasting,
        )

    def finish(
        self, clip: ClipInfo, image_size: tuple[int, int], model: str | None = None
    ) -> Workout:
        """Judge the whole set, exactly as a recording of the same frames would be.

        Parameters
        ----------
        clip : ClipInfo
            Of the recording that was made meanwhile.
        image_size : (width, height) in px, to which the poses refer
        model : str, optional
            The pose model.
        """
        poses = PoseSequence.collect(self.poses, image_size, model)
        recognised = self._recognition.finish() if poses.seen.any() else recognise(poses)
        answers = {key: counter.finish() for key, counter in self._counters.items()}
        return judge(clip, poses, count(poses, recognised, self._choice, answers))

    def _follow_label(self, label: str, time_s: float) -> None:
        """Turn to another exercise once it has been recognised for long enough to be a set."""
        if label != self._since[0]:
            self._since = (label, time_s)
        lasts = time_s - self._since[1] >= SHORTEST_SET_S
        self._lasting = label if lasts and label in EXERCISES else ""
        if self._choice == AUTO and self._lasting:
            self._active = self._lasting

    def _judge(self, reps: Sequence[Rep]) -> tuple[tuple[Finding, ...], ...]:
        """Apply the rules to repetitions that were just announced."""
        from_s = min(rep.start_s for rep in reps) - JUDGED_S
        first = bisect_left(self.poses, from_s, key=lambda pose: pose.time_s)
        recent = PoseSequence.collect(self.poses[first:], (1, 1))
        exercise = EXERCISES[self._active]
        return judge_form(recent, measure_signals(recent), reps, exercise, {}).findings

    def _compare_counts(self) -> float:
        """Return how far the live counters agree."""
        counts = [len(self._announced[self._active, kind]) for kind in self._who_counts()]
        return min(counts) / max(counts) if len(counts) > 1 and max(counts) else math.nan

    def _who_counts(self) -> list[str]:
        """Return the live counters that count the exercise under way."""
        return [kind for name, kind in self._counters if name == self._active]
