"""The live coach: counts and judges while poses arrive, and ends with what a recording would give.

    coach = LiveCoach("auto")
    state = coach.update(pose)          # for every frame
    workout = coach.finish(clip, size)  # the set, as `gym.session` judges a recorded one

It drives the recogniser and the causal counters frame by frame; a recording folds over the same
loops, so both agree by construction. What the counters watch is measured in every frame, for all
exercises at once; only the exercise that is recognised is counted at once. Another one is counted from
the set's beginning as soon as it is recognised.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from gym.counting import COUNTERS
from gym.counting.heuristic import HeuristicCounter
from gym.exercises import EXERCISES, HOLDS, OTHER
from gym.exercises.strictness import STANDARD, apply_strictness
from gym.form import UNKNOWN_SIZE, judge_form
from gym.recognition import shipped_recogniser
from gym.schema import (
    Classification,
    ClipInfo,
    Finding,
    Pose,
    PoseSequence,
    Rep,
    Verdict,
    Workout,
)
from gym.session import AUTO, Counted, count, judge, recognise
from gym.sets import NEW_SET_S, SHORTEST_SET_S
from gym.summary import main_finding, overall_verdict

#: The counters that can count live, in the order of `COUNTERS`.
LIVE_COUNTERS = tuple(name for name, kind in COUNTERS.items() if kind.causal)
DEFAULT_LIVE_COUNTER = HeuristicCounter.name

#: A rep is judged on this many seconds before its end: some reps, and little to work through.
JUDGED_S = 12.0
#: What was recognised so long after a rep's end says what the rep was. No counter tells of one sooner,
#: so it does not matter whether the exercise was followed all the time or caught up with later.
TOLD_S = 0.17


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
        0 at rest, 1 at the turn; NaN where it is not known.
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
    def is_held(self) -> bool:
        """Whether it is an exercise without reps."""
        return self.exercise in HOLDS

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
    strictness : str
        Whose limits the rules have: a name in `gym.exercises.strictness.STRICTNESS`.

    Attributes
    ----------
    poses : list of Pose
        Taken so far.
    recognised, counted
        After `finish`: what the network and the counters found in the set, for more of `gym.session`.

    Raises
    ------
    WeightsError
        The shipped networks cannot be used.
    """

    def __init__(
        self,
        exercise: str = AUTO,
        counter: str = DEFAULT_LIVE_COUNTER,
        strictness: str = STANDARD,
    ) -> None:
        if exercise != AUTO and exercise not in EXERCISES:
            raise ValueError(f"expected 'auto' or one of {list(EXERCISES)}, got {exercise!r}")
        if counter not in LIVE_COUNTERS:
            raise ValueError(f"expected one of {LIVE_COUNTERS}, got {counter!r}")
        apply_strictness(None, strictness)  # refuses what there is not
        self._choice, self._counter, self._strictness = exercise, counter, strictness
        self._active = OTHER if exercise == AUTO else exercise
        names = list(EXERCISES) if exercise == AUTO else [exercise]
        counted = [EXERCISES[name] for name in names if name not in HOLDS]
        self._names = {one.name for one in counted}
        self._streams = {kind: COUNTERS[kind].open_stream(counted) for kind in LIVE_COUNTERS}
        self._counters = {
            (one.name, kind): COUNTERS[kind](one, stream=stream)
            for one in counted
            for kind, stream in self._streams.items()
            if COUNTERS[kind].counts(one)
        }
        self._announced: dict[tuple[str, str], list[Rep]] = {key: [] for key in self._counters}
        self._findings: dict[str, list[tuple[Finding, ...]]] = {name: [] for name in names}
        self._recognition = shipped_recogniser().follow()
        self._labels: list[tuple[float, str]] = []  # what was recognised, and since when
        self._lasting = ""  # the exercise that has been recognised for as long as a set
        self._seen_s = math.nan
        self._size = UNKNOWN_SIZE
        self.poses: list[Pose] = []
        self.recognised: Classification | None = None
        self.counted: Counted | None = None

    def update(self, pose: Pose, image_size: tuple[int, int] = UNKNOWN_SIZE) -> LiveState:
        """Take the next frame's pose; times increase.

        Parameters
        ----------
        pose : Pose
        image_size : (width, height) in px, to which it refers
            Without it heights are judged as the picture shows them, with its perspective.
        """
        self.poses.append(pose)
        self._size = image_size
        if pose.seen:
            self._seen_s = pose.time_s
        self._recognition.update(pose)
        label, probability = self._recognition.current
        self._follow_label(label, pose.time_s)
        for stream in self._streams.values():
            stream.push(pose)
        nothing_counted = self._choice == AUTO and self._active not in self._names
        new_reps = self._catch_up(label) if nothing_counted else []
        if any(self._label_after(rep) == label for rep in new_reps):
            self._active = label  # a rep and the network: no doubt left
        if self._active not in EXERCISES:
            return LiveState(pose.time_s, label, probability, seen_s=self._seen_s)
        self._catch_up(self._active)
        who = self._who_counts()
        shown = self._active, self._counter if self._counter in who else next(iter(who), "")
        reps = self._announced.get(shown, [])
        findings = self._findings[self._active]
        if len(findings) < len(reps):
            findings += self._judge(reps[len(findings) :])
        return LiveState(
            pose.time_s,
            self._active,
            probability if self._choice == AUTO and label == self._active else math.nan,
            tuple(reps),
            tuple(findings),
            self._counters[shown].phase if who else math.nan,
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
        self.recognised = self._recognition.finish() if poses.seen.any() else recognise(poses)
        asked = {self._choice, self.recognised.label, *(s.label for s in self.recognised.timeline)}
        answers = {
            (name, kind): counter.finish()
            for (name, kind), counter in self._counters.items()
            if name in asked
        }
        self.counted = count(poses, self.recognised, self._choice, answers)
        return judge(clip, poses, self.counted, strictness=self._strictness)

    def _follow_label(self, label: str, time_s: float) -> None:
        """Turn to another exercise once it has been recognised for long enough to be a set."""
        if not self._labels or label != self._labels[-1][1]:
            self._labels.append((time_s, label))
        # People rest in a plank between push-ups: that alone does not end what is counted.
        rests = label in HOLDS and self._active in self._names
        lasts = time_s - self._labels[-1][0] >= (NEW_SET_S if rests else SHORTEST_SET_S)
        self._lasting = label if lasts and label in EXERCISES else ""
        if self._choice == AUTO and self._lasting:
            self._active = self._lasting

    def _label_after(self, rep: Rep) -> str:
        """Return what was recognised when a rep had just ended."""
        place = bisect_right(self._labels, rep.end_s + TOLD_S, key=lambda one: one[0])
        return self._labels[max(place - 1, 0)][1]

    def _catch_up(self, name: str) -> list[Rep]:
        """Count all that was done of an exercise since it was followed last; return the new reps.

        As in a recording, what is recognised as another exercise is not counted.
        """
        others = self._names - {name} if self._choice == AUTO else set()
        found = []
        for kind in (kind for one, kind in self._counters if one == name):
            reps = self._counters[name, kind].follow()
            kept = [rep for rep in reps if self._label_after(rep) not in others]
            self._announced[name, kind] += kept
            found += kept
        return found

    def _judge(self, reps: Sequence[Rep]) -> tuple[tuple[Finding, ...], ...]:
        """Apply the rules to repetitions that were just announced."""
        from_s = min(rep.start_s for rep in reps) - JUDGED_S
        first = bisect_left(self.poses, from_s, key=lambda pose: pose.time_s)
        recent = PoseSequence.collect(self.poses[first:], self._size)
        exercise = apply_strictness(EXERCISES[self._active], self._strictness)
        return judge_form(recent, reps, exercise, {}).findings

    def _compare_counts(self) -> float:
        """Return how far the live counters agree."""
        counts = [len(self._announced[self._active, kind]) for kind in self._who_counts()]
        return min(counts) / max(counts) if len(counts) > 1 and max(counts) else math.nan

    def _who_counts(self) -> list[str]:
        """Return the live counters that count the exercise under way."""
        return [kind for name, kind in self._counters if name == self._active]
