"""Learn an exercise from a clip: find the signal that repeats, and what its reps have in common.

    poses --self-similarity--> reps --which signal makes them?--> Signal --its reps--> Taught

The self-similarity counter knows no exercise: it says where something repeats. Of all signals that a
counter could watch (`list_signals`) those are kept whose reps are alike and large beside their noise, and
of these the one whose dips, counted as any exercise's are, are those reps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, pairwise

import numpy as np

from gym.counting import count_reps
from gym.counting.cycles import find_turning_points
from gym.counting.heuristic import HeuristicCounter
from gym.counting.similarity import SimilarityCounter
from gym.errors import TeachError
from gym.exercises import LEVEL_TILT_DEG, Exercise, Posture, Signal, Travel
from gym.exercises.measures import MEASURES, Body
from gym.exercises.signals import measure_sides, measure_travel, see_sides
from gym.exercises.taught import LEAST_SHARE, MOMENTS, VIEWS, Taught, check_title, name_taught
from gym.features import (
    SEEN_VISIBILITY,
    estimate_view,
    find_near_side,
    is_stretched,
    trunk_tilt_deg,
)
from gym.pose.people import describe_people
from gym.schema import PoseSequence, Rep, RepKind
from gym.skeleton import LIMBS, SIDES, joint_index
from gym.smoothing import smooth

LEAST_REPS = 3  #: two may be alike by chance
#: What a signal trembles by while the body is still, and what is added to its noise, so that no tiny
#: movement wins by being smooth: BlazePose's angles and heights do so on recorded clips.
_FLOOR = {"°": 3.0, "m": 0.015}
_LEAST_WAY = {"°": 12.0, "m": 0.05}  #: smaller movements are lost in the noise of another clip
_TRIED = 12  #: signals that are counted, and have a vote on what the reps are
#: Each side alone has half the joints to go by: it has to be clearly better than both together.
_ONE_SIDE_WORTH = 0.75
_AGREED = 0.5  #: of the others' reps a signal has to make so many
_TILT_MARGIN_DEG = 30.0  #: other people, and what another camera makes of the same trunk
_TRAVEL_SHARE, _LEAST_TRAVEL_M = 0.4, 0.15
_FILM = (
    f"Film {LEAST_REPS} or more reps one after the other, all alike, with the whole body in view, and "
    "stand still for a second before and after."
)


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A signal, how clean it is (its way beside what its reps differ by), and the reps it makes."""

    signal: Signal
    quality: float
    reps: tuple[Rep, ...] = ()


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


def teach_exercise(
    poses: PoseSequence, title: str, reps: int | None = None, day: date | None = None
) -> Taught:
    """Learn an exercise from a clip of three or more reps.

    Parameters
    ----------
    poses : PoseSequence
        Of one person who does nothing but this exercise, but for what comes before and after it.
    title : str
        What the user calls it.
    reps : int, optional
        How many reps the clip shows, where the user says so: what repeats otherwise is not taken.
    day : date, optional
        When that is; today by default.

    Raises
    ------
    TeachError
        The title cannot be used, several people are in view, the joints are unseen, nothing repeats
        or not often enough, or no signal shows it.
    """
    title = check_title(title)
    _check_people(poses)
    repeats = _whole(count_reps(poses, None, SimilarityCounter.name).reps)
    rated = _rate_signals(poses, repeats if len(repeats) >= LEAST_REPS else [])
    if not rated:
        raise _refuse_stillness(poses, repeats)
    counted = [_count(poses, candidate) for candidate in rated[:_TRIED]]
    best = _choose(counted, repeats, reps)
    if best is None:
        raise _refuse_signals(counted, repeats, reps)
    return _describe(poses, title, best.signal, best.reps, day or date.today())


def _check_people(poses: PoseSequence) -> None:
    """Refuse a clip that shows nobody, several people or several scenes."""
    if not poses.seen.any():
        raise TeachError("Nobody is in view in this clip.", _FILM)
    if is_stretched(poses):
        raise TeachError(
            "These poses were stretched to one size, so that angles and heights mean nothing.",
            _FILM,
        )
    if said := describe_people(poses):
        raise TeachError(said[0], "Teach an exercise with a clip of one person, without cuts.")


def _whole(reps: Iterable[Rep]) -> list[Rep]:
    return [rep for rep in reps if rep.kind is RepKind.FULL]


def _rate_signals(poses: PoseSequence, repeats: Sequence[Rep]) -> list[_Candidate]:
    """Return the signals that go far enough, with their direction, the cleanest first."""
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
        rated = _rate(poses.time_s, *both, visible, signal, repeats)
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
) -> _Candidate | None:
    """Rate one signal by its raw and smoothed values, (T, 1) or each side's; None if it shows nothing."""
    if (np.isfinite(calm).sum(axis=0) < 8).any():
        return None
    near = slice(None)
    if repeats:
        around = np.searchsorted(time_s, [repeats[0].start_s - 2.0, repeats[-1].end_s + 2.0])
        near = slice(*around.tolist())
    signal = replace(signal, rises=_leaves_upwards(calm[near]))
    reps = repeats or _find_dips(time_s, calm if signal.rises else -calm)
    if len(reps) < LEAST_REPS:
        return None
    shapes = np.stack([_resample(time_s, calm, rep) for rep in reps])  # (N, MOMENTS, sides)
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
    return _Candidate(replace(signal, least=LEAST_SHARE * way), quality)


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


def _resample(time_s: np.ndarray, values: np.ndarray, rep: Rep) -> np.ndarray:
    """Return values (T, ...) at even moments of a rep: (MOMENTS, ...); NaN where never seen."""
    at_s = np.linspace(rep.start_s, rep.end_s, MOMENTS)
    columns = []
    for column in values.T:
        known = np.isfinite(column)
        inside = known & (time_s >= rep.start_s - 0.1) & (time_s <= rep.end_s + 0.1)
        enough = inside.sum() >= 4
        columns.append(np.interp(at_s, time_s[known], column[known]) if enough else at_s * np.nan)
    return np.stack(columns, axis=-1)


def _count(poses: PoseSequence, candidate: _Candidate) -> _Candidate:
    """Return a candidate with the reps that a counter finds by its signal."""
    count = count_reps(poses, _draft(candidate.signal), HeuristicCounter.name)
    return replace(candidate, reps=tuple(_whole(count.reps)))


def _choose(
    candidates: Sequence[_Candidate], repeats: Sequence[Rep], reps: int | None
) -> _Candidate | None:
    """Return the candidate whose reps most others have as well, and cleanly; None where none will do.

    Each of them has a vote, by how clean it is; self-similarity's is worth the cleanest one's.
    """
    votes = [(one.reps, one.quality) for one in candidates]
    votes.append((tuple(repeats), candidates[0].quality))
    total = sum(weight for found, weight in votes if found)
    best, best_worth = None, 0.0
    for one in candidates:
        if len(one.reps) < LEAST_REPS or (reps is not None and len(one.reps) != reps):
            continue
        agreed = sum(weight * _compare(one.reps, other) for other, weight in votes if other) / total
        if (agreed >= _AGREED or reps is not None) and (
            worth := one.quality * agreed**2
        ) > best_worth:
            best, best_worth = one, worth
    return best


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


def _refuse_stillness(poses: PoseSequence, repeats: Sequence[Rep]) -> TeachError:
    """Return why there is no signal at all."""
    limbs = [joint_index(f"{side}_{part}") for side in SIDES for part in LIMBS]
    if np.median(poses.visibility[poses.seen][:, limbs].max(axis=0)) < SEEN_VISIBILITY:
        return TeachError("The joints were not seen well enough.", _FILM)
    if not repeats:
        return TeachError("Nothing in this clip repeats.", _FILM)
    times = {1: "only once", 2: "only twice"}.get(len(repeats), f"{len(repeats)} times")
    return TeachError(
        f"What is alike was done {times} in this clip, and no joint moves far enough to count by.",
        _FILM,
    )


def _refuse_signals(
    candidates: Sequence[_Candidate], repeats: Sequence[Rep], reps: int | None
) -> TeachError:
    """Return why no signal will do."""
    found = sorted({len(one.reps) for one in candidates} | {len(repeats)})
    most = found[-1]
    if reps is not None and most >= LEAST_REPS:
        return TeachError(
            f"No movement in this clip is made {reps} times; some are {most} times.",
            "Count the reps again, or leave the number out.",
        )
    if most < LEAST_REPS:
        times = ("not at all", "only once", "only twice")[most]
        return TeachError(f"What is alike was done {times} in this clip.", _FILM)
    return TeachError(
        "The joints of this clip repeat nothing together: each moves at times of its own.", _FILM
    )


def _describe(
    poses: PoseSequence, title: str, signal: Signal, reps: Sequence[Rep], day: date
) -> Taught:
    """Write down what the reps have in common."""
    values = Body(poses, find_near_side(poses), signal).signal()
    ways = [_measure_way(poses.time_s, values, rep) for rep in reps]
    way = float(np.nanmedian(ways))
    template, spread = _draw_template(poses, signal, reps, way)
    at_rest, at_turn = _see_tilt(poses, reps)
    lengths_s = [rep.end_s - rep.start_s for rep in reps]
    view = estimate_view(poses).label
    return Taught(
        name=name_taught(title),
        title=title,
        taught_on=day.isoformat(),
        reps=len(reps),
        signal=replace(signal, least=round(LEAST_SHARE * way, 3)),
        way=round(way, 3),
        travel=_find_travel(poses, signal, reps),
        start=_name_posture(poses, reps),
        view=view if view in VIEWS else "side",
        trunk_tilt_deg=at_rest,
        turn_tilt_deg=at_turn,
        # A third of the fastest, four times the slowest: others are quicker, or pause at the turn.
        rep_s=(round(max(0.2, min(lengths_s) / 3), 2), round(max(15.0, 4 * max(lengths_s)), 2)),
        template=template,
        spread=spread,
    )


def _measure_way(time_s: np.ndarray, values: np.ndarray, rep: Rep) -> float:
    """Return how far the signal goes in a rep, as the rule about it measures that."""
    inside = values[(time_s >= rep.start_s) & (time_s <= rep.end_s)]
    known = inside[np.isfinite(inside)]
    return MEASURES["signal_range"].choose(known) if len(known) else float("nan")


def _draw_template(
    poses: PoseSequence, signal: Signal, reps: Sequence[Rep], way: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the mean rep and how much the reps differ: 0 at rest, 1 at the turn."""
    values = Body(poses, find_near_side(poses), signal).signal()[:, None]
    shapes = np.stack([_resample(poses.time_s, values, rep)[:, 0] for rep in reps])
    out = (shapes - (shapes[:, :1] + shapes[:, -1:]) / 2) / (way if signal.rises else -way)
    kept = out[np.isfinite(out).all(axis=1)]
    mean, differ = kept.mean(axis=0), kept.std(axis=0)
    return tuple(mean.round(3).tolist()), tuple(differ.round(3).tolist())


def _see_tilt(
    poses: PoseSequence, reps: Sequence[Rep]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the range of the trunk's tilt at rest and at the turn, with a margin, in degrees."""
    tilt = smooth(poses.time_s, trunk_tilt_deg(poses.xyz_m)[:, None])[:, 0]
    rest_s = [moment for rep in reps for moment in (rep.start_s, rep.end_s)]
    ranges = []
    for moments_s in (rest_s, [rep.bottom_s for rep in reps]):
        seen = tilt[np.searchsorted(poses.time_s, moments_s).clip(0, len(tilt) - 1)]
        seen = seen[np.isfinite(seen)]
        if not len(seen):  # no world coordinates
            ranges.append((0.0, 180.0))
            continue
        # Of the middle ones: a dumbbell that is picked up first is no rep.
        low, high = (float(deg) for deg in np.percentile(seen, [15, 85]))
        low, high = max(low - _TILT_MARGIN_DEG, 0.0), min(high + _TILT_MARGIN_DEG, 180.0)
        ranges.append((round(low, 1), round(high, 1)))
    return ranges[0], ranges[1]


def _find_travel(poses: PoseSequence, signal: Signal, reps: Sequence[Rep]) -> Travel | None:
    """Return a height of the body that changes clearly in every rep; a height needs no other."""
    import os

    if len(signal.parts) != 3 or os.environ.get("NOTRAVEL"):
        return None
    best, best_m = None, _LEAST_TRAVEL_M
    pairs = (("shoulder", "ankle"), ("hip", "ankle"), ("shoulder", "wrist"), ("shoulder", "knee"))
    for upper, lower in (*pairs, *(pair[::-1] for pair in pairs)):
        height = measure_travel(poses.xy_px, poses.xyz_m, Travel(upper, lower, 0.0))
        height = smooth(poses.time_s, height[:, None])
        shapes = np.stack([_resample(poses.time_s, height, rep)[:, 0] for rep in reps])
        falls = (shapes[:, 0] + shapes[:, -1]) / 2 - shapes.min(axis=1)
        steady = np.isfinite(falls).all() and falls.min() > 0.6 * np.median(falls)
        if steady and (fall := float(np.median(falls))) > best_m:
            best, best_m = Travel(upper, lower, round(_TRAVEL_SHARE * fall, 3)), fall
    return best


def _name_posture(poses: PoseSequence, reps: Sequence[Rep]) -> Posture:
    """Return the posture at rest, between the reps."""
    at = np.searchsorted(poses.time_s, [rep.start_s for rep in reps]).clip(0, len(poses) - 1)
    tilt_deg = trunk_tilt_deg(poses.xyz_m[at])
    if not np.isfinite(tilt_deg).any() or np.nanmedian(tilt_deg) <= LEVEL_TILT_DEG:
        return Posture.STANDING
    hands_m = measure_sides(poses.xy_px[at], poses.xyz_m[at], Signal(("shoulder", "wrist"), 0.0))
    on_hands = bool(np.isfinite(hands_m).any() and np.nanmedian(hands_m) > 0.2)
    return Posture.ON_HANDS if on_hands else Posture.LYING
