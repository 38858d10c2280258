"""Slow motion: a clip that is no set at its own speed, and a clear one several times faster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gym.counting.ensemble import Ensemble
from gym.exercises import EXERCISES, OTHER
from gym.notes import say_slow_motion
from gym.schema import Classification, PoseSequence, RepCount
from gym.sets import SHORTEST_SET_S

FACTORS = (4, 8)  #: how many times slower phones play what they film at 120 and 240 frames/s


def is_slow(named: Classification, count: RepCount) -> bool:
    """Tell whether no movement was recognised, or a rep took longer than any should."""
    if named.label not in EXERCISES:
        return named.label == OTHER
    slowest_s = EXERCISES[named.label].rep_s[1]
    return any(rep.end_s - rep.start_s > slowest_s for rep in count.reps)


def find_slow_motion(
    poses: PoseSequence,
    named: Classification,
    recognise: Callable[[PoseSequence], Classification],
) -> str:
    """Say how many times faster the poses show a clear set; empty where they show none."""
    for factor in FACTORS:
        fast = _speed_up(poses, factor)
        if not len(fast) or fast.time_s[-1] - fast.time_s[0] < SHORTEST_SET_S:
            break
        found = recognise(fast)
        if found.label not in EXERCISES or named.label not in (OTHER, found.label):
            continue
        agreement, _ = Ensemble(fast).combine(found)
        if agreement.count.count > 1 and agreement.agreed_share >= 0.9:
            return say_slow_motion(factor, agreement.count.count, found.label)
    return ""


def _speed_up(poses: PoseSequence, factor: int) -> PoseSequence:
    """Return poses as they would be if the clip was played faster, at the same frame rate."""
    arrays = {
        name: getattr(poses, name)[::factor] for name in ("xy_px", "xyz_m", "visibility", "time_s")
    }
    return replace(poses, **arrays | {"time_s": arrays["time_s"] / factor, "others": None})
