"""Several counters' answers, side by side: one answer with a confidence, and each disagreement.

Repetitions of different counters are the same one when their bottoms lie within a quarter of a
repetition, at least 0.25 s, or when they share half of their time. Each then has votes: a repetition
stands when most counters have it; in a tie, when the first counter has it, so name the one that
measures best first. What one of them measured and found much smaller than the rest is partial,
whoever counts it. A counter that finds next to nothing where another finds a set has no vote. The
confidence is the share of all repetitions found that nobody disputes, times how well the limbs were
seen; both factors can be read off, nothing is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gym.counting.heuristic import HeuristicCounter
from gym.counting.learned import LearnedCounter
from gym.counting.spectral import SpectralCounter
from gym.exercises import Exercise
from gym.schema import SMALL_BESIDE, Pose, PoseSequence, Rep, RepCount, RepKind
from gym.skeleton import SIDES, joint_index

METHOD = "agreement"
LOW_CONFIDENCE = 0.6  #: below this the count is to be shown as unsure
_ALONE = 0.5  #: one counter's word, that no other confirms or disputes
_SURE_VISIBILITY = 0.8  #: the near limbs of a well placed camera have 0.9; from here on, certain
_A_SET = 3  #: repetitions that are a set, not a chance
_LEAST_S = 0.3  #: the fastest repetition that a person does
_LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


@dataclass(frozen=True, eq=False)
class Agreement:
    """What several counters say together.

    Attributes
    ----------
    count : RepCount
        The combined answer; repetitions that were outvoted are listed as partial, with the votes.
    confidence : float
        0..1: ``agreed_share`` times ``visibility``.
    agreed_share : float
        The share of all repetitions that any counter found on which all agree; 1 where all find
        none, 0.5 where there is only one counter.
    visibility : float
        How well the better side's limbs were seen during the set, 0..1, 1 from 0.8 on.
    counters : tuple of str
        Who took part.
    """

    count: RepCount
    confidence: float
    agreed_share: float
    visibility: float
    counters: tuple[str, ...]

    @property
    def note(self) -> str:
        """What to tell the user where the count is unsure; empty where it is not."""
        if self.confidence >= LOW_CONFIDENCE:
            return ""
        if self.visibility < self.agreed_share:
            why = "the arms and legs were hardly seen"
        elif len(self.counters) == 1:
            why = "only one counter can count this, and no other confirms it"
        else:
            why = f"the counters agree on {self.agreed_share:.0%} of the repetitions"
        return f"This count is unsure: {why}."


@dataclass(frozen=True)
class Disagreement:
    """One repetition that not every counter has.

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


class AgreementCounter:
    """Counts by the agreement of others.

    After `finish`, ``agreement`` holds the confidence too.

    Parameters
    ----------
    exercise : Exercise or None
        Without one, only the counters that need none take part.
    counters : sequence of counters, optional
        Fresh ones, the best first.
    """

    name = METHOD
    title = "All counters together"
    causal = False

    @staticmethod
    def knows(exercise: Exercise | None) -> bool:
        """Tell whether it can count an exercise: any, even one that nobody described (None)."""
        return True

    def __init__(self, exercise: Exercise | None = None, counters: Sequence | None = None) -> None:
        if counters is None:
            counters = [kind(exercise) for kind in choose_members(exercise)]
        self._counters = counters
        self._frames: list[Pose] = []
        self.agreement: Agreement | None = None

    def update(self, pose: Pose) -> None:
        """Take the next frame; nothing is settled before the end."""
        self._frames.append(pose)
        for counter in self._counters:
            counter.update(pose)

    def finish(self) -> RepCount:
        """Return the combined answer."""
        counts = {counter.name: counter.finish() for counter in self._counters}
        self.agreement = combine_counts(counts, PoseSequence.collect(self._frames, (1, 1)))
        return self.agreement.count


def choose_members(exercise: Exercise | None) -> tuple[type, ...]:
    """Return the counters that have a say about an exercise, the best first."""
    members = (HeuristicCounter, LearnedCounter, SpectralCounter)
    return tuple(kind for kind in members if kind.knows(exercise))


def combine_counts(counts: Mapping[str, RepCount], poses: PoseSequence) -> Agreement:
    """Combine several counters' answers about one recording.

    Parameters
    ----------
    counts : mapping of counter name to RepCount
        The best counter first: it decides ties, and its times and phase are taken where it has them.
    poses : PoseSequence
        What they counted.
    """
    if not counts:
        raise ValueError("expected at least one counter's answer, got none")
    names = list(counts)
    voters = _choose_voters(counts)
    reps, agreed = [], []
    for same in _match_reps(counts):
        chosen = next(same[name] for name in names if name in same)
        votes, tie = sum(name in same for name in voters), voters[0] in same
        agreed.append(len(same) == len(names))
        small = _find_small(chosen, [counts[name] for name in voters])
        if small is not None:
            chosen = small
        elif 2 * votes < len(voters) or (2 * votes == len(voters) and not tie):
            reason = f"counted by {len(same)} of {len(names)} counters"
            chosen = replace(chosen, kind=RepKind.PARTIAL, reason=reason)
        reps.append(chosen)
    taken = list(reps)
    for name in names:
        for rep in counts[name].reps:
            if rep.kind is RepKind.PARTIAL and not any(_same_time(rep, other) for other in taken):
                taken.append(rep)
    taken.sort(key=lambda rep: rep.bottom_s)
    first = next((c for c in counts.values() if np.isfinite(c.phase).any()), counts[names[0]])
    count = RepCount(METHOD, tuple(taken), first.time_s, first.phase)
    found = sorted((counts[name].count, place) for place, name in enumerate(voters))
    if not found[0][0] <= count.count <= found[-1][0]:
        # Counters that cut one movement differently can add up to more than any of them says.
        middle = counts[voters[found[(len(found) - 1) // 2][1]]]
        count = replace(count, reps=middle.reps)
    agreed_share = float(np.mean(agreed)) if agreed else 1.0
    if len(names) == 1:
        agreed_share = _ALONE
    seen = _see_limbs(poses, count)
    confidence, agreed_share, seen = (
        round(x, 3) for x in (agreed_share * seen, agreed_share, seen)
    )
    return Agreement(count, confidence, agreed_share, seen, tuple(names))


def _find_small(rep: Rep, counts: Sequence[RepCount]) -> Rep | None:
    """Return the partial repetition that a counter measured here and found too small, if any.

    The others look at the shape of the movement, which half a repetition has as well.
    """
    measured = (r for count in counts for r in count.reps if r.reason == SMALL_BESIDE)
    return next((other for other in measured if _same_time(rep, other)), None)


def _choose_voters(counts: Mapping[str, RepCount]) -> list[str]:
    """Return who has a say: a counter that finds next to nothing where another finds a set is blind.

    It may not know the view, or miss the joints that it needs; the low confidence tells of it.
    """
    most = max(count.count for count in counts.values())
    blind = most / 3 if most >= _A_SET else 0
    return [name for name, count in counts.items() if count.count >= blind]


def explain_disagreements(
    counts: Mapping[str, RepCount], poses: PoseSequence | None = None
) -> tuple[Disagreement, ...]:
    """List the repetitions that not every counter has, in time order, and why.

    Parameters
    ----------
    counts : mapping of counter name to RepCount
        Of one recording; a combined answer is left aside.
    poses : PoseSequence, optional
        For the visibility of the joints.
    """
    counts = {name: count for name, count in counts.items() if name != METHOD}
    rows = []
    for same in _match_reps(counts):
        if len(same) == len(counts):
            continue
        rep = next(iter(same.values()))
        missed = tuple(
            (name, _explain_miss(rep, count, poses))
            for name, count in counts.items()
            if name not in same
        )
        rows.append(Disagreement(rep.start_s, rep.bottom_s, rep.end_s, tuple(same), missed))
    return tuple(sorted(rows, key=lambda row: row.bottom_s))


def _match_reps(counts: Mapping[str, RepCount]) -> list[dict[str, Rep]]:
    """Group the counters' full repetitions: each group is one repetition, by who has it."""
    groups: list[dict[str, Rep]] = []
    for name, count in counts.items():
        reps = [rep for rep in count.reps if rep.kind is RepKind.FULL]
        heads = [next(iter(group.values())) for group in groups]
        free = set(range(len(reps)))
        if heads and reps:
            away = np.array([[abs(a.bottom_s - b.bottom_s) for b in reps] for a in heads])
            same = np.array([[_is_same(a, b) for b in reps] for a in heads])
            from scipy.optimize import linear_sum_assignment  # half a second to import

            rows, columns = linear_sum_assignment(np.where(same, away, 1e6))
            for row, column in zip(rows, columns, strict=True):
                if same[row, column]:
                    groups[row][name] = reps[column]
                    free.discard(int(column))
        groups += [{name: reps[column]} for column in sorted(free)]
    return sorted(groups, key=lambda group: next(iter(group.values())).bottom_s)


def _is_same(one: Rep, other: Rep) -> bool:
    """Tell whether two counters' repetitions are the same one."""
    lengths_s = one.end_s - one.start_s, other.end_s - other.start_s
    if abs(one.bottom_s - other.bottom_s) <= max(0.25, sum(lengths_s) / 8):
        return True
    shared_s = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return shared_s > 0.5 * (sum(lengths_s) - shared_s)


def _same_time(one: Rep, other: Rep) -> bool:
    """Tell whether the bottom of either lies in the other."""
    return (
        one.start_s <= other.bottom_s <= one.end_s or other.start_s <= one.bottom_s <= other.end_s
    )


def _explain_miss(rep: Rep, count: RepCount, poses: PoseSequence | None) -> str:
    """Say why a counter does not have a repetition that another has."""
    full = [other for other in count.reps if other.kind is RepKind.FULL]
    for other in count.reps:
        if other.kind is RepKind.PARTIAL and _same_time(rep, other):
            return other.reason
    length_s = rep.end_s - rep.start_s
    for other in full:
        if _same_time(rep, other):
            return f"counted as one with the repetition at {other.bottom_s:.1f} s"
    if poses is not None and (seen := _see_limbs(poses, None, rep)) < 0.5:
        return f"low visibility: the limbs were seen {seen:.0%} of the way to sure"
    if len(count.time_s) and rep.end_s >= count.time_s[-1] - 0.25:
        return "cut by the end of the clip"
    if not full:
        return "it found no set here"
    if rep.bottom_s < full[0].start_s or rep.bottom_s > full[-1].end_s:
        return "outside the set it found"
    usual_s = float(np.median([other.end_s - other.start_s for other in full]))
    if length_s < max(_LEAST_S, 0.4 * usual_s):
        return f"too short: {length_s:.1f} s, its others take {usual_s:.1f} s"
    inside = (count.time_s >= rep.start_s) & (count.time_s <= rep.end_s)
    phase = count.phase[inside]
    if np.isfinite(phase).any() and np.nanmax(phase) < 0.5:
        return f"below amplitude: {np.nanmax(phase):.0%} of its usual way down"
    return "it saw no turn and return here"


def _see_limbs(poses: PoseSequence, count: RepCount | None, rep: Rep | None = None) -> float:
    """Return how well the better side's limbs were seen in the set, or in one repetition: 0..1."""
    reps = [rep] if rep else [r for r in count.reps if r.kind is RepKind.FULL]
    inside = np.ones(len(poses), dtype=bool)
    if reps:
        start_s, end_s = min(r.start_s for r in reps), max(r.end_s for r in reps)
        inside = (poses.time_s >= start_s) & (poses.time_s <= end_s)
    if not inside.any():
        return 0.0
    sides = [
        poses.visibility[inside][:, [joint_index(f"{side}_{limb}") for limb in _LIMBS]].mean()
        for side in SIDES
    ]
    return float(min(max(sides) / _SURE_VISIBILITY, 1.0))
