"""Several counters' answers, side by side: one answer with a confidence, and each disagreement.

Reps of different counters are the same one when their bottoms lie within a quarter of a rep, at least
0.25 s, or when they share half of their time. A rep then stands when

- most of the votes of those that could see it are for it; in a tie, when the first counter has it, so
  name the one that measures best first. A counter that learned from another's answers makes that one's
  mistakes again: the two share a vote;
- not half of those that look for this one exercise, the counters and the recogniser if it named it,
  saw another movement there. Only where the joints were hidden is such a counter blind, and has no say;
- no counter measured it and found it much smaller than the rest;
- the limbs that do it were seen;
- it is not the first or last of its set, doubted, and unlike the others to a counter that compares them;
- it shares no time with another: the one with more votes stays.

What does not stand is listed as partial, with the reason. The confidence is the share of counters on
the winning side, as a mean over all reps found, times how well the limbs were seen; both factors can
be read off, nothing is fitted. Where nothing was counted there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gym.counting.bounds import SignalPath, follow_signal, is_same_rep
from gym.exercises import Exercise
from gym.features import SEEN_VISIBILITY
from gym.schema import Agreement, Disagreement, PoseSequence, Reason, Rep, RepCount, RepKind
from gym.skeleton import LIMBS, SIDES, joint_index

METHOD = "agreement"
#: What one counter's word is worth that no other confirms, times how sure it is of itself: on 47 open
#: clips of other exercises self-similarity alone had the exact count in three of four.
_ALONE = 0.75
_SURE_VISIBILITY = 0.8  #: the near limbs of a well placed camera have 0.9; from here on, certain
_INSIDE = 0.5  #: below this probability a counter that says so saw no set of the exercise
_LEAST_S = 0.3  #: the fastest rep that a person does


def combine_counts(
    counts: Mapping[str, RepCount],
    poses: PoseSequence,
    exercise: Exercise | None = None,
    path: SignalPath | None = None,
    recognised: bool = False,
) -> Agreement:
    """Combine several counters' answers about one recording.

    Parameters
    ----------
    counts : mapping of counter name to RepCount
        The best counter first: it decides ties, and its times and phase are taken where it has them.
    poses : PoseSequence
        What they counted.
    exercise : Exercise, optional
        What they looked for; without one every counter has a say about everything.
    path : SignalPath, optional
        The exercise's signal, where it has been measured already.
    recognised : bool
        Whether the recogniser named the exercise: it then stands beside the counters that look for it.
    """
    if not counts:
        raise ValueError("expected at least one counter's answer, got none")
    names = list(counts)
    if exercise is not None and path is None:
        path = follow_signal(poses, exercise)
    found = [_vote(same, counts, poses, exercise, path, recognised) for same in _match_reps(counts)]
    _refuse_unlike_ends(found, counts)
    _part_in_time(found)
    full = [vote.rep for vote in found if vote.rep.kind is RepKind.FULL]
    # What was outvoted inside a rep that stands is no movement of its own.
    taken = full + [
        vote.rep
        for vote in found
        if vote.rep.kind is RepKind.PARTIAL
        and not (vote.outvoted and any(_same_time(vote.rep, rep) for rep in full))
    ]
    for name in names:
        for rep in counts[name].reps:
            if rep.kind is RepKind.PARTIAL and not any(_same_time(rep, other) for other in taken):
                taken.append(rep)
    taken.sort(key=lambda rep: rep.bottom_s)
    first = next((c for c in counts.values() if np.isfinite(c.phase).any()), counts[names[0]])
    count = RepCount(METHOD, tuple(taken), first.time_s, first.phase)
    agreed_share = float(np.mean([vote.share for vote in found])) if found else float("nan")
    if len(names) == 1:
        own = counts[names[0]].sureness
        agreed_share = _ALONE * (own if np.isfinite(own) else 1.0)
    if not count.count:
        agreed_share = float("nan")
    seen = _see_limbs(poses, count)
    return Agreement(
        count,
        round(agreed_share * seen, 3),
        round(agreed_share, 3),
        round(seen, 3),
        tuple(names),
        sum(vote.share < 1 for vote in found),
        explain_disagreements(counts, poses),
    )


@dataclass
class _Vote:
    """What becomes of one movement that some counters found."""

    rep: Rep
    votes: float  #: for it; counters that learned from one another share one
    share: float  #: of the votes of those who had a say, how many are on the winning side
    outvoted: bool = False  #: whether the votes alone refuse it

    def refuse(self, reason: Reason | str) -> None:
        """Make the rep a partial one."""
        self.rep = replace(self.rep, kind=RepKind.PARTIAL, reason=reason)


def _vote(
    same: Mapping[str, Rep],
    counts: Mapping[str, RepCount],
    poses: PoseSequence,
    exercise: Exercise | None,
    path: SignalPath | None,
    recognised: bool,
) -> _Vote:
    """Decide on one movement: who has it, who could see it, who saw something else."""
    rep = next(same[name] for name in counts if name in same)
    voters = [name for name in counts if _has_a_say(counts[name], rep, path)] or list(counts)
    rep = next((same[name] for name in voters if name in same), rep)  # whoever saw it knows when
    heads = [counts[name].learned_from or name for name in voters]
    weights = {name: 1 / heads.count(head) for name, head in zip(voters, heads, strict=True)}
    all_votes = len(set(heads))
    votes = sum(weights[name] for name in voters if name in same)
    found_by, tie = sum(name in same for name in voters), voters[0] in same
    vote = _Vote(rep, votes, max(votes, all_votes - votes) / all_votes)
    specific = [name for name in voters if counts[name].exercise_specific]
    refusing = [n for n in specific if n not in same and _took_for_another(rep, counts[n])]
    small = _find_small(rep, [counts[name] for name in voters], found_by)
    if small is not None:
        vote.rep = small
    elif _see_limbs(poses, None, rep, exercise) * _SURE_VISIBILITY < SEEN_VISIBILITY:
        vote.refuse(Reason.LIMBS_UNSEEN)
    elif refusing and 2 * len(refusing) >= len(specific) + recognised:
        vote.refuse(Reason.OTHER_MOVEMENT)
    elif 2 * votes < all_votes or (2 * votes == all_votes and not tie):
        could_see = "" if len(voters) == len(counts) else " that could see it"
        vote.refuse(f"counted by {found_by} of {len(voters)} counters{could_see}")
        vote.outvoted = True
    return vote


def _has_a_say(count: RepCount, rep: Rep, path: SignalPath | None) -> bool:
    """Tell whether a counter could see a rep: one that looks for one exercise needs its joint.

    One that says how probable a set is looks at the whole body, so that a hidden joint is no excuse.
    """
    if path is None or not count.exercise_specific:
        return True
    return path.has_shape if count.in_set is not None else path.sees(rep)


def _took_for_another(rep: Rep, count: RepCount) -> bool:
    """Tell whether a counter that does not have a rep saw another movement there.

    One that says how probable a set is says it by that; another has nothing at all at that time.
    """
    if count.in_set is None:
        return not any(_same_time(rep, other) for other in count.reps)
    inside = (count.time_s >= rep.start_s) & (count.time_s <= rep.end_s)
    return bool(np.nanmean(count.in_set[inside]) < _INSIDE)


def _refuse_unlike_ends(found: list[_Vote], counts: Mapping[str, RepCount]) -> None:
    """Refuse a set's first and last rep where a counter that compares bodies found it unlike the rest.

    Picking a weight up, or putting it down, bends the same joint as far as a rep does.
    """
    standing = [vote for vote in found if vote.rep.kind is RepKind.FULL]
    unlike = [
        rep for count in counts.values() for rep in count.reps if rep.reason == Reason.UNLIKE_OTHERS
    ]
    for vote in (standing[0], standing[-1]) if len(standing) > 2 else ():
        if vote.share < 1 and any(is_same_rep(vote.rep, rep) for rep in unlike):
            vote.refuse(Reason.UNLIKE_OTHERS)


def _part_in_time(found: list[_Vote]) -> None:
    """Let no two full reps share time.

    Of two that are in each other's way the one with fewer votes goes; where only their ends overlap
    they meet in the middle.
    """
    standing = [vote for vote in found if vote.rep.kind is RepKind.FULL]
    last: _Vote | None = None
    for vote in sorted(standing, key=lambda one: one.rep.bottom_s):
        if last is not None and last.rep.end_s > vote.rep.start_s:
            if _same_time(last.rep, vote.rep):
                fewer, more = sorted((vote, last), key=lambda one: one.votes)
                fewer.refuse(f"counted as one with the rep at {more.rep.bottom_s:.1f} s")
                last = more
                continue
            middle_s = (last.rep.end_s + vote.rep.start_s) / 2
            last.rep = replace(last.rep, end_s=middle_s)
            vote.rep = replace(vote.rep, start_s=middle_s)
        last = vote


def _find_small(rep: Rep, counts: Sequence[RepCount], votes: int) -> Rep | None:
    """Return the partial rep that counters measured here and found too small, if any.

    The first counter's measure decides, as it is of the joint and of the body's fall; the others look at
    the shape of the movement, which half a rep has as well, so they have to outvote those that count it.
    """
    small = [
        next(
            (r for r in count.reps if r.reason == Reason.SMALL_BESIDE and is_same_rep(rep, r)), None
        )
        for count in counts
    ]
    found = [r for r in small if r is not None]
    return found[0] if found and (small[0] is not None or len(found) > votes) else None


def explain_disagreements(
    counts: Mapping[str, RepCount], poses: PoseSequence | None = None
) -> tuple[Disagreement, ...]:
    """List the reps that not every counter has, in time order, and why.

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
    """Group the counters' full reps: each group is one rep, by who has it."""
    groups: list[dict[str, Rep]] = []
    for name, count in counts.items():
        reps = [rep for rep in count.reps if rep.kind is RepKind.FULL]
        heads = [next(iter(group.values())) for group in groups]
        free = set(range(len(reps)))
        if heads and reps:
            away = np.array([[abs(a.bottom_s - b.bottom_s) for b in reps] for a in heads])
            same = np.array([[is_same_rep(a, b) for b in reps] for a in heads])
            from scipy.optimize import linear_sum_assignment  # half a second to import

            rows, columns = linear_sum_assignment(np.where(same, away, 1e6))
            for row, column in zip(rows, columns, strict=True):
                if same[row, column]:
                    groups[row][name] = reps[column]
                    free.discard(int(column))
        groups += [{name: reps[column]} for column in sorted(free)]
    return sorted(groups, key=lambda group: next(iter(group.values())).bottom_s)


def _same_time(one: Rep, other: Rep) -> bool:
    """Tell whether the bottom of either lies in the other."""
    return (
        one.start_s <= other.bottom_s <= one.end_s or other.start_s <= one.bottom_s <= other.end_s
    )


def _explain_miss(rep: Rep, count: RepCount, poses: PoseSequence | None) -> str:
    """Say why a counter does not have a rep that another has."""
    full = [other for other in count.reps if other.kind is RepKind.FULL]
    for other in count.reps:
        if other.kind is RepKind.PARTIAL and _same_time(rep, other):
            return other.reason
    length_s = rep.end_s - rep.start_s
    for other in full:
        if _same_time(rep, other):
            return f"counted as one with the rep at {other.bottom_s:.1f} s"
    if poses is not None and _see_limbs(poses, None, rep) < 0.5:
        return "the arms and legs were hard to see"
    if len(count.time_s) and rep.end_s >= count.time_s[-1] - 0.25:
        return "cut by the end of the clip"
    if not full:
        return "it found no set here"
    if rep.bottom_s < full[0].start_s or rep.bottom_s > full[-1].end_s:
        return "outside the set it found"
    usual_s = float(np.median([other.end_s - other.start_s for other in full]))
    if length_s < max(_LEAST_S, 0.4 * usual_s):
        return f"too short: {length_s:.1f} s, its other reps take {usual_s:.1f} s"
    inside = (count.time_s >= rep.start_s) & (count.time_s <= rep.end_s)
    phase = count.phase[inside]
    if np.isfinite(phase).any() and np.nanmax(phase) < 0.5:
        return f"too shallow: {np.nanmax(phase):.0%} of its usual way"
    return "it saw no full movement there and back here"


def _see_limbs(
    poses: PoseSequence,
    count: RepCount | None,
    rep: Rep | None = None,
    exercise: Exercise | None = None,
) -> float:
    """Return how well the better side's limbs were seen in the set, or in one rep: 0..1.

    Those that do the exercise where it is given, else arms and legs.
    """
    reps = [rep] if rep else [r for r in count.reps if r.kind is RepKind.FULL]
    inside = poses.seen
    if reps:
        start_s, end_s = min(r.start_s for r in reps), max(r.end_s for r in reps)
        inside = inside & (poses.time_s >= start_s) & (poses.time_s <= end_s)
    if not inside.any():
        return 0.0
    sides = [
        poses.visibility[inside][:, [joint_index(joint) for joint in joints]].mean()
        for joints in (_limb_joints(side, exercise) for side in SIDES)
    ]
    return float(min(max(sides) / _SURE_VISIBILITY, 1.0))


def _limb_joints(side: str, exercise: Exercise | None) -> tuple[str, ...]:
    """Return the joints of one side's limbs."""
    if exercise is not None:
        return tuple(f"{side}_{part}" for part in exercise.signal.parts)
    return tuple(f"{side}_{limb}" for limb in LIMBS)
