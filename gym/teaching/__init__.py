"""Learn an exercise from a clip: find the signal that repeats, and what its reps have in common.

    poses --self-similarity--> reps --which signal makes them?--> Signal --its reps--> Taught

The self-similarity counter knows no exercise: it says where something repeats. Which signal makes these
reps is for `gym.teaching.candidates` to find; where self-similarity sees nothing, as in a small movement,
the signals' own dips take its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from gym.counting import count_reps
from gym.counting.similarity import SimilarityCounter
from gym.errors import TeachError
from gym.exercises import LEVEL_TILT_DEG, Posture, Signal, Travel
from gym.exercises.signals import measure_sides, measure_travel
from gym.exercises.taught import LEAST_SHARE, VIEWS, Taught, check_title, name_taught
from gym.features import (
    SEEN_VISIBILITY,
    estimate_view,
    find_near_side,
    is_stretched,
    trunk_tilt_deg,
)
from gym.form.measures import MEASURES, Body
from gym.pose.people import describe_people
from gym.schema import PoseSequence, Rep
from gym.skeleton import LIMBS, SIDES, both_sides, joint_index
from gym.smoothing import smooth
from gym.teaching.candidates import (
    LEAST_REPS,
    TRIED,
    Candidate,
    choose_candidate,
    count_candidate,
    keep_whole,
    rate_signals,
    resample,
)

#: Other people, and what another camera makes of the same trunk. It only has to tell upright, level and
#: bent down from each other, as the user says which exercise it is.
_TILT_MARGIN_DEG = 40.0
#: What has to travel is asked of others loosely: it only keeps out limbs that move alone.
_TRAVEL_SHARE, _LEAST_TRAVEL_M, _WELL_SEEN = 0.3, 0.2, 0.6
_FILM = (
    f"Film {LEAST_REPS} or more reps one after the other, all alike, with the whole body in view, and "
    "stand still for a second before and after."
)


def teach_exercise(
    poses: PoseSequence,
    title: str,
    reps: int | None = None,
    other_end: bool = False,
    day: date | None = None,
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
    other_end : bool
        Whether a rep begins at the other end than it seems. Rest is taken to be where the set begins,
        ends and pauses, and where these differ nobody but the user knows.
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
    repeats = keep_whole(count_reps(poses, None, SimilarityCounter.name).reps)
    rated = rate_signals(poses, repeats if len(repeats) >= LEAST_REPS else [], other_end)
    if not rated:
        raise _refuse_stillness(poses, repeats)
    counted = [count_candidate(poses, candidate) for candidate in rated[:TRIED]]
    best = choose_candidate(counted, repeats, reps)
    if best is None:
        raise _refuse_signals(counted, repeats, reps)
    taught = _describe(poses, title, best.signal, best.reps, day or date.today())
    return replace(taught, agreed=round(best.agreed, 2))


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
    candidates: Sequence[Candidate], repeats: Sequence[Rep], reps: int | None
) -> TeachError:
    """Return why no signal will do."""
    most = max(len(found) for found in (repeats, *(one.reps for one in candidates)))
    if reps is not None and most >= LEAST_REPS:
        return TeachError(
            f"No movement in this clip is made {reps} times; some are {most} times.",
            "Count the reps again, or leave the number out.",
        )
    if not repeats:
        return TeachError("Nothing in this clip repeats.", _FILM)
    if len(repeats) < LEAST_REPS:
        times = "once" if len(repeats) == 1 else "twice"
        return TeachError(f"What is alike was done only {times} in this clip.", _FILM)
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
        agreed=0.0,
    )


def _measure_way(time_s: np.ndarray, values: np.ndarray, rep: Rep) -> float:
    """Return how far the signal goes in a rep, as the rule about it measures that."""
    known = (time_s >= rep.start_s) & (time_s <= rep.end_s) & np.isfinite(values)
    choose = MEASURES["signal_range"].choose
    return choose(time_s[known], values[known]) if known.any() else float("nan")


def _draw_template(
    poses: PoseSequence, signal: Signal, reps: Sequence[Rep], way: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the mean rep and how much the reps differ: 0 at rest, 1 at the turn."""
    values = Body(poses, find_near_side(poses), signal).signal()[:, None]
    shapes = np.stack([resample(poses.time_s, values, rep)[:, 0] for rep in reps])
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
        # Who leans a little may also be upright.
        low = 0.0 if low < LEVEL_TILT_DEG else low - _TILT_MARGIN_DEG
        high = min(high + _TILT_MARGIN_DEG, 180.0)
        ranges.append((round(low, 1), round(high, 1)))
    return ranges[0], ranges[1]


def _find_travel(poses: PoseSequence, signal: Signal, reps: Sequence[Rep]) -> Travel | None:
    """Return the height of the body, where that changes clearly in every rep; a height needs no other.

    Only where the feet are well seen: others are made up.
    """
    if len(signal.parts) != 3:
        return None
    best, best_m = None, _LEAST_TRAVEL_M
    inside = (poses.time_s >= reps[0].start_s) & (poses.time_s <= reps[-1].end_s)
    feet = poses.visibility[inside][:, both_sides("ankle")].max(axis=1)
    if np.median(feet) < _WELL_SEEN:
        return None
    pairs = (("shoulder", "ankle"), ("hip", "ankle"))
    for upper, lower in (*pairs, *(pair[::-1] for pair in pairs)):
        height = measure_travel(poses.xy_px, poses.xyz_m, Travel(upper, lower, 0.0))[:, 0]
        height = smooth(poses.time_s, height[:, None])
        shapes = np.stack([resample(poses.time_s, height, rep)[:, 0] for rep in reps])
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
