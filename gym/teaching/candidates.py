"""Which signal makes the reps of a clip: every signal that a counter could watch is tried.

    list_signals --rate--> the cleanest ones --count--> their reps --choose--> the one most agree with

A signal is clean where its reps are alike and large beside its noise. Joints move together, so most clean
signals make the same reps; the one that does so most cleanly is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np

from gym.counting import count_reps
from gym.counting.cycles import find_turning_points
from gym.counting.heuristic import HeuristicCounter
from gym.exercises import Exercise, Posture, Signal
from gym.exercises.signals import measure_sides, see_sides
from gym.exercises.taught import LEAST_SHARE, MOMENTS
from gym.features import SEEN_VISIBILITY
from gym.schema import PoseSequence, Rep, RepKind
from gym.skeleton import LIMBS
from gym.smoothing import smooth

LEAST_REPS = 3  #: two may be alike by chance
#: What a signal trembles by while the body is still, and what is added to its noise, so that no tiny
#: movement wins by being smooth: BlazePose's angles and heights do so on recorded clips.
_FLOOR = {"°": 3.0, "m": 0.015}
_LEAST_WAY = {"°": 12.0, "m": 0.05}  #: smaller movements are lost in the noise of another clip
TRIED = 12  #: signals that are counted, and have a vote on what the reps are
#: Each side alone has half the joints to go by: it has to be clearly better than both together.
_ONE_SIDE_WORTH = 0.75
_AGREED = 0.5  #: of the others' reps a signal has to make so many


@dataclass(frozen=True, eq=False)
class Candidate:
    """A signal, how clean it is (its way beside what its reps differ by), and the reps it makes.

    Of one that was chosen ``agreed`` says how far the others make the same reps: 0..1.
    """

    signal: Signal
    quality: float
    reps: tuple[Rep, ...] = ()
    agreed: float = 0.0


def list_signals() -> tuple[Signal, ...]:
    """Return every signal that is tried, without a direction: angles, heights and distances."""
    angles = (
        *(("hip", "knee", "ankle"), ("shoulder", "hip", "knee")),
        *(("shoulder", "elbow", "wrist"), ("hip", "shoulder", "elbow")),
    )
    # On its toes the body rises over them only.
    toes = ((part, "foot_index") for part in ("shoulder", "hip", "knee", "ankle", "heel"))
    heights = (*combinations(LIMBS, 2), *toes)
    distances = ((part,) for part in ("wrist", "elbow", "knee", "ankle"))
    both = [Signal(parts, 0.0) for parts in (*angles, *heights, *distances)]
    return (*both, *(replace(one, each_side=True) for one in both if len(one.parts) > 1))


def rate_signals(
    poses: PoseSequence, repeats: Sequence[Rep], other_end: bool = False
) -> list[Candidate]:
    """Return the signals that go far enough, with their direction, the cleanest first.

    Parameters
    ----------
    poses : PoseSequence
    repeats : sequence of Rep
        By self-similarity; where there are none each signal's own dips are taken.
    other_end : bool
        Whether rest is at the other end than it seems.
    """
    signals = list_signals()
    sides = [measure_sides(poses.xy_px, poses.xyz_m, one) for one in signals]
    calm = smooth(poses.time_s, np.concatenate(sides, axis=1))
    found = []
    for place, (signal, raw) in enumerate(zip(signals, sides, strict=True)):
        visible = see_sides(poses.visibility, signal).astype(float)
        both = (raw, calm[:, 2 * place : 2 * place + 2])
        if not signal.each_side:
            both = [_fuse(values, visible) for values in both]
            visible = visible.max(axis=1, keepdims=True)
        rated = _rate(poses.time_s, *both, visible, signal, repeats, other_end)
        if rated is not None:
            found.append(rated)
    return sorted(found, key=lambda one: one.quality, reverse=True)


def _fuse(sides: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Make one value of two sides, as counters do: (T, 2) to (T, 1), NaN where neither is seen."""
    weight = np.where(np.isfinite(sides), np.square(visible) + 1e-4, 0.0)
    with np.errstate(invalid="ignore"):
        return np.nansum(sides * weight, axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)


def _rate(
    time_s: np.ndarray,
    raw: np.ndarray,
    calm: np.ndarray,
    visible: np.ndarray,
    signal: Signal,
    repeats: Sequence[Rep],
    other_end: bool,
) -> Candidate | None:
    """Rate one signal by its raw and smoothed values, (T, 1) or each side's; None if it shows nothing."""
    if (np.isfinite(calm).sum(axis=0) < 8).any():
        return None
    near = slice(None)
    if repeats:
        around = np.searchsorted(time_s, [repeats[0].start_s - 2.0, repeats[-1].end_s + 2.0])
        near = slice(*around.tolist())
    signal = replace(signal, rises=_leaves_upwards(calm[near]) != other_end)
    reps = repeats or _find_dips(time_s, calm if signal.rises else -calm)
    if len(reps) < LEAST_REPS:
        return None
    shapes = np.stack([resample(time_s, calm, rep) for rep in reps])  # (N, MOMENTS, sides)
    out = np.abs(shapes - (shapes[:, :1] + shapes[:, -1:]) / 2)
    ways = np.nanmax(np.nan_to_num(out), axis=1)
    moving = ways.argmax(axis=1)  # the side that does it, in each rep
    shapes, ways = shapes[np.arange(len(reps)), :, moving], ways.max(axis=1)
    way, unit = float(np.median(ways)), signal.unit
    inside = (time_s >= reps[0].start_s) & (time_s <= reps[-1].end_s)
    seen = visible[inside].max(axis=1)
    if not np.isfinite(shapes).all() or way < _LEAST_WAY[unit] or seen.mean() < SEEN_VISIBILITY:
        return None
    shapes = shapes - np.median(shapes, axis=1, keepdims=True)
    differ = float(np.mean(np.abs(shapes - np.median(shapes, axis=0))))
    trembles = float(np.nanmedian(np.abs(raw - calm)[inside]))
    quality = way / (differ + trembles + _FLOOR[unit]) * float(seen.mean())
    quality *= _ONE_SIDE_WORTH if signal.each_side else 1.0
    return Candidate(replace(signal, least=LEAST_SHARE * way), quality)


def _leaves_upwards(level: np.ndarray) -> bool:
    """Tell in which direction a signal leaves its rest, from (T, sides) of a set.

    Rest is where the set begins, where it ends, and where the body stays longer: two of the three, and
    in a tie where it begins.
    """
    swing = np.ptp(np.nanpercentile(level, [5, 95], axis=0), axis=0)
    level = level[:, int(np.argmax(swing))]
    level = level[np.isfinite(level)]
    low, high = np.percentile(level, [5, 95])
    share = (level - low) / max(high - low, 1e-9)
    ends = [
        1.0 - 2.0 * float(np.median(part)) for part in (share[:5], share[-5:])
    ]  # 1 low, -1 high
    votes = [np.sign(end) if abs(end) > 0.4 else 0.0 for end in ends]
    stays = float(np.mean(share < 0.25) - np.mean(share > 0.75))
    votes.append(np.sign(stays) if abs(stays) > 0.1 else 0.0)
    return bool((sum(votes) or votes[0] or stays) > 0)


def _find_dips(time_s: np.ndarray, out: np.ndarray) -> list[Rep]:
    """Return where a signal goes out and back, by itself: (T, sides), high at the turn."""
    reps: list[Rep] = []
    for column in out.T:
        known = np.isfinite(column)
        path, at_s = column[known], time_s[known]
        least = np.full(len(path), 0.4 * np.ptp(np.percentile(path, [5, 95])))
        turns = find_turning_points(path, least)
        for (start, _), (turn, sign), (end, _) in zip(turns, turns[1:], turns[2:], strict=False):
            if sign > 0:
                reps.append(Rep(float(at_s[start]), float(at_s[turn]), float(at_s[end])))
    reps.sort(key=lambda rep: rep.bottom_s)
    apart = [
        a for a, b in pairwise(reps) if b.bottom_s - a.bottom_s > 0.25
    ]  # both sides at once: one
    return [*apart, *reps[-1:]]


def resample(time_s: np.ndarray, values: np.ndarray, rep: Rep) -> np.ndarray:
    """Return values (T, ...) at even moments of a rep: (MOMENTS, ...); NaN where never seen."""
    at_s = np.linspace(rep.start_s, rep.end_s, MOMENTS)
    columns = []
    for column in values.T:
        known = np.isfinite(column)
        inside = known & (time_s >= rep.start_s - 0.1) & (time_s <= rep.end_s + 0.1)
        enough = inside.sum() >= 4
        columns.append(np.interp(at_s, time_s[known], column[known]) if enough else at_s * np.nan)
    return np.stack(columns, axis=-1)


def keep_whole(reps: Iterable[Rep]) -> list[Rep]:
    """Return the reps that are not partial."""
    return [rep for rep in reps if rep.kind is RepKind.FULL]


def count_candidate(poses: PoseSequence, candidate: Candidate) -> Candidate:
    """Return a candidate with the reps that a counter finds by its signal."""
    count = count_reps(poses, _draft(candidate.signal), HeuristicCounter.name)
    return replace(candidate, reps=tuple(keep_whole(count.reps)))


def choose_candidate(
    candidates: Sequence[Candidate], repeats: Sequence[Rep], reps: int | None
) -> Candidate | None:
    """Return the candidate whose reps most others have as well, and cleanly; None where none will do.

    Each of them has a vote, by how clean it is; self-similarity's is worth the cleanest one's.

    Parameters
    ----------
    candidates : sequence of Candidate
        Counted, the cleanest first.
    repeats : sequence of Rep
        By self-similarity.
    reps : int or None
        How many there are, where that is known.
    """
    votes = [(one.reps, one.quality) for one in candidates]
    votes.append((tuple(repeats), candidates[0].quality))
    total = sum(weight for found, weight in votes if found)
    worth: dict[float, Candidate] = {}
    for one in candidates:
        if len(one.reps) < LEAST_REPS or (reps is not None and len(one.reps) != reps):
            continue
        agreed = sum(weight * _compare(one.reps, other) for other, weight in votes if other) / total
        if agreed >= _AGREED or reps is not None:
            worth[one.quality * agreed**2] = replace(one, agreed=agreed)
    if not worth:
        return None
    best = worth[max(worth)]
    in_turns = [value for value, one in worth.items() if _adds_other_side(best, one, candidates)]
    return worth[max(in_turns)] if in_turns else best


def _adds_other_side(best: Candidate, each: Candidate, candidates: Sequence[Candidate]) -> bool:
    """Tell whether left and right by themselves have a candidate's reps, and nearly as many more.

    From the side the near limb leads, and what both make together misses the other's turns. What both
    sides do at once is seen in both together as well, and adds nothing.
    """
    if best.signal.each_side or not each.signal.each_side:
        return False
    parts = each.signal.parts
    both = [one for one in candidates if one.signal.parts == parts and not one.signal.each_side]
    shared = _compare(best.reps, each.reps) * max(len(best.reps), len(each.reps))
    more = [len(each.reps) >= 1.5 * len(one.reps) for one in (best, *both)]
    return bool(both) and all(more) and shared >= 0.8 * len(best.reps)


def _compare(one: Sequence[Rep], other: Sequence[Rep]) -> float:
    """Return how many reps two signals share, of the one that has more: those that turn together."""
    usual_s = float(np.median([rep.end_s - rep.start_s for rep in one]))
    bottoms_s = np.array([rep.bottom_s for rep in other])
    near = max(0.25, usual_s / 4)
    shared = sum(bool((np.abs(bottoms_s - rep.bottom_s) <= near).any()) for rep in one)
    return shared / max(len(one), len(other))


def _draft(signal: Signal) -> Exercise:
    """Return an exercise of which nothing is known but its signal."""
    return Exercise(
        name="own_draft",
        title="",
        plural="",
        start=Posture.STANDING,
        start_advice="",
        silhouette="standing",
        best_view="side",
        main_angles=(),
        signal=signal,
        travel=None,
        trunk_tilt_deg=(0.0, 180.0),
        turn_tilt_deg=(0.0, 180.0),
        rep_s=(0.2, 60.0),
        rules=(),
        ways=("out", "back"),
    )
