"""All counters on one recording: each one's answer, and what they say together of what was recognised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from gym.counting import COUNTERS, choose_members, count_reps
from gym.counting.agreement import METHOD, combine_counts
from gym.counting.bounds import SignalPath, apply_bounds, follow_signal
from gym.exercises import EXERCISES, HOLDS, OTHER
from gym.schema import Agreement, Classification, PoseSequence, RepCount
from gym.sets import keep_reps, label_at, lasts_as_set

#: Counters' own answers, by the names of the exercise and the counter.
Answers = Mapping[tuple[str, str], RepCount]


class Ensemble:
    """Lets every counter count a recording, each exercise once.

    Parameters
    ----------
    poses : PoseSequence
    answers : mapping of (exercise, counter) to RepCount
        What was counted already, as the counter's ``finish`` returned it.
    also : tuple of str
        Counters of the arena that are to count as well; they have no vote.
    """

    def __init__(
        self, poses: PoseSequence, answers: Answers | None = None, also: tuple[str, ...] = ()
    ) -> None:
        self._poses, self._answers = poses, answers or {}
        self._names = (*COUNTERS, *also)
        self._asked: dict[str, tuple[dict[str, RepCount], SignalPath | None]] = {}

    def combine(self, named: Classification) -> tuple[Agreement, dict[str, RepCount]]:
        """Combine the counters' answers about one exercise; return all of them as well.

        Of a hold nothing is counted, whatever moves meanwhile. Unless the user chose, what lies where
        another exercise was recognised is not counted.
        """
        if named.label not in self._asked:
            self._asked[named.label] = self._ask(named.label)
        counts, path = self._asked[named.label]
        counts = {name: _keep_own(count, named) for name, count in counts.items()}
        exercise = EXERCISES.get(named.label)
        if named.label in HOLDS:  # nothing to count, so nobody has a say
            none = RepCount(METHOD, (), self._poses.time_s, np.full(len(self._poses), np.nan))
            agreement = Agreement(none, np.nan, np.nan, np.nan, ())
        else:
            asked = {kind.name: counts[kind.name] for kind in choose_members(exercise)}
            agreement = combine_counts(
                asked, self._poses, exercise, path, named.chosen_by == "model"
            )
        found = {**counts, METHOD: agreement.count}
        return agreement, {name: found[name] for name in self._names}

    def name_hold(self, recognised: Classification) -> Classification:
        """Name a clip of a hold after the exercise whose reps it shows, however long its rests last.

        Any other clip, and a hold without reps, is what it was recognised as.
        """
        most, best = 0, recognised
        for name in EXERCISES if recognised.label in HOLDS else ():
            if lasts_as_set(recognised, name):
                parts = [part for part in recognised.timeline if part.label == name]
                lengths_s = [part.end_s - part.start_s for part in parts]
                sure = np.average([part.probability for part in parts], weights=lengths_s)
                one = replace(recognised, label=name, probability=float(sure))
                count = self.combine(one)[0].count.count
                if count > most:
                    most, best = count, one
        return best

    def _ask(self, label: str) -> tuple[dict[str, RepCount], SignalPath | None]:
        """Return each counter's own answer about an exercise, and the path of its signal."""
        exercise, poses = EXERCISES.get(label), self._poses
        held = label in HOLDS
        path = None if exercise is None or held else follow_signal(poses, exercise)
        counts = {}
        for name in (name for name in self._names if name != METHOD):
            if label == OTHER or held:
                counts[name] = RepCount(name, (), poses.time_s, np.full(len(poses), np.nan))
            elif (label, name) in self._answers:
                counts[name] = apply_bounds(self._answers[label, name], path)
            else:
                counts[name] = count_reps(poses, exercise, name, path)
        return counts, path


def count_alone(poses: PoseSequence, named: Classification, counter: str) -> RepCount:
    """Let one counter count what was recognised or chosen, as it counts beside the others.

    Parameters
    ----------
    poses : PoseSequence
    named : Classification
        As `gym.session.count` named it.
    counter : str
        A name in `COUNTERS` or `ARENA`.

    Returns
    -------
    RepCount
        Without reps where there is nothing to count, or the counter cannot count it.

    Raises
    ------
    WeightsError
        The counter's network cannot be used.
    """
    if named.label == OTHER:
        return RepCount(counter, (), poses.time_s, np.full(len(poses), np.nan))
    return _keep_own(count_reps(poses, EXERCISES.get(named.label), counter), named)


def _keep_own(count: RepCount, named: Classification) -> RepCount:
    """Leave out what lies where another exercise was recognised, unless the user chose."""
    if named.chosen_by == "user":
        return count
    others = EXERCISES.keys() - {named.label}
    return keep_reps(count, lambda rep: label_at(named, rep.bottom_s) not in others)
