"""Where a rep begins and ends: one rule for every counter.

The rule is measured on the exercise's joint angle, so that it is the same whatever a counter follows:

- The **last** rep counts once the athlete is at least 90 % of the way back to their usual top. One
  that the clip cuts off before that is partial.
- The **first** rep counts when it begins at most a quarter of the way down. One that begins lower was
  under way before the clip, and is partial.
- Between two reps the athlete comes up by at least 60 % of the way they went down. Two dips with less
  between them are one rep with a double dip.

Joints that were not seen decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from gym.exercises import Exercise
from gym.features import (
    ANGLES,
    SEEN_VISIBILITY,
    angle_visibility,
    is_stretched,
    joint_angles,
    mean_known,
)
from gym.schema import Gate, PoseSequence, Reason, Rep, RepCount, RepKind
from gym.skeleton import SIDES
from gym.smoothing import smooth

#: Share of the way up that the last rep needs: 0.9, less the 0.02 by which a moving joint's angle lags
#: behind, as the pose network steadies its joints over some frames.
WAY_BACK = 0.88
#: Share of the way down at which the first rep may begin.
BEGUN = 0.25
#: Share of the way down that lies between two reps. A tired athlete does not stretch fully:
#: 0.6 counts the late reps of a set of 76 as people did, 0.7 loses most.
BETWEEN = 0.6


@dataclass(frozen=True, eq=False)
class JointPath:
    """The exercise's joint angle over time.

    Attributes
    ----------
    time_s : float64 (T,)
    angle_deg : float64 (T,)
        Smoothed; open is large. NaN where not known.
    seen : bool (T,)
        Where the joint and its neighbours are more than a guess.
    least_deg : float
        What closes by less is no movement of the exercise.
    has_shape : bool
        Whether angles mean anything: not where every frame was stretched to one box.
    """

    time_s: np.ndarray
    angle_deg: np.ndarray
    seen: np.ndarray
    least_deg: float
    has_shape: bool = True

    def sees(self, rep: Rep) -> bool:
        """Tell whether the joint was seen in two thirds of a rep's frames."""
        inside = self.seen[self._frames(rep.start_s, rep.end_s)]
        return len(inside) > 0 and float(inside.mean()) >= 2 / 3

    def top_deg(self, from_s: float, until_s: float) -> float:
        """Return the largest angle between two times; NaN where none is known."""
        return float(np.fmax.reduce(self.angle_deg[self._frames(from_s, until_s)], initial=np.nan))

    def bottom_deg(self, rep: Rep) -> float:
        """Return the smallest angle of a rep; NaN where none is known."""
        part = self.angle_deg[self._frames(rep.start_s, rep.end_s)]
        return float(np.fmin.reduce(part, initial=np.nan))

    def is_opening_at_the_end(self, since_s: float, within_s: float = 0.2) -> bool:
        """Tell whether the largest angle since a time is the one with which the clip ends."""
        part = self._frames(since_s, np.inf)
        known = part.start + np.flatnonzero(np.isfinite(self.angle_deg[part]))
        if not len(known):
            return False
        widest = known[np.argmax(self.angle_deg[known])]
        return bool(self.time_s[known[-1]] - self.time_s[widest] <= within_s)

    def _frames(self, from_s: float, until_s: float) -> slice:
        first = np.searchsorted(self.time_s, from_s)
        return slice(int(first), int(np.searchsorted(self.time_s, until_s, side="right")))


def follow_joint(poses: PoseSequence, exercise: Exercise) -> JointPath:
    """Measure the exercise's joint angle in every frame.

    The picture foreshortens joints that turn away and the world coordinates flatten deep bends; their
    mean is better than either. Where there are no world coordinates the picture alone decides. The
    side that is seen better leads.
    """
    columns = [list(ANGLES).index(f"{side}_{exercise.angle}") for side in SIDES]
    picture, world = (joint_angles(p)[:, columns] for p in (poses.xy_px, poses.xyz_m))
    angles = mean_known(np.stack([picture, world], axis=-1)[..., None])[..., 0]
    visible = angle_visibility(poses.visibility)[:, columns].astype(float)
    weight = np.where(np.isfinite(angles), np.square(visible) + 1e-4, 0.0)
    seen = visible.max(axis=1) >= SEEN_VISIBILITY
    has_shape = not is_stretched(poses)
    with np.errstate(invalid="ignore"):
        angle_deg = np.nansum(angles * weight, axis=1) / weight.sum(axis=1)
    return JointPath(
        poses.time_s,
        smooth(poses.time_s, angle_deg[:, None])[:, 0],
        seen & np.isfinite(angle_deg) & has_shape,
        exercise.bend_deg,
        has_shape,
    )


def apply_bounds(count: RepCount, path: JointPath) -> RepCount:
    """Join double dips, and make partial what the clip cuts off at its start or end."""
    count = _join_double_dips(count, path)
    full = [i for i, rep in enumerate(count.reps) if rep.kind is RepKind.FULL]
    if not full:
        return count
    reps, evidence = list(count.reps), list(count.evidence)
    edges_s = [-np.inf, *(reps[i].bottom_s for i in full), np.inf]
    tops = np.array([path.top_deg(a, b) for a, b in pairwise(edges_s)])
    usual = float(np.nanmedian(tops[1:-1]) if len(full) > 2 else np.fmax.reduce(tops))
    for place, top, share, reason in (
        (
            full[-1],
            tops[-1] if path.is_opening_at_the_end(edges_s[-2]) else np.inf,
            WAY_BACK,
            Reason.UNFINISHED,
        ),
        (full[0], tops[0], 1 - BEGUN, Reason.UNDER_WAY),
    ):
        low = path.bottom_deg(reps[place])
        moves = usual - low >= path.least_deg and path.sees(reps[place])
        if moves and top - low < share * (usual - low):
            reps[place] = replace(reps[place], kind=RepKind.PARTIAL, reason=reason)
            if evidence:
                gate = Gate("Way up at the clip's end or start", (top - low) / (usual - low), "%",
                            share, reason=reason)  # fmt: skip
                gates = (*evidence[place].gates, gate)
                evidence[place] = replace(evidence[place], gates=gates)
    return replace(count, reps=tuple(reps), evidence=tuple(evidence))


def _join_double_dips(count: RepCount, path: JointPath) -> RepCount:
    """Make one rep of two full ones between which the athlete hardly came up."""
    reps: list[Rep] = []
    kept: list[int] = []
    before_s = -np.inf  # the bottom before the last of them
    for index, rep in enumerate(count.reps):
        if reps and _is_double_dip(before_s, reps[-1], rep, path):
            one = reps[-1]
            deeper = min(one, rep, key=lambda dip: path.bottom_deg(dip))
            reps[-1] = Rep(one.start_s, deeper.bottom_s, rep.end_s)
        else:
            before_s = reps[-1].bottom_s if reps else before_s
            reps.append(rep)
            kept.append(index)
    evidence = tuple(count.evidence[i] for i in kept) if count.evidence else ()
    return replace(count, reps=tuple(reps), evidence=evidence)


def _is_double_dip(before_s: float, one: Rep, other: Rep, path: JointPath) -> bool:
    """Tell whether two full reps in a row are one with a double dip."""
    if RepKind.PARTIAL in (one.kind, other.kind):
        return False
    low_deg = path.bottom_deg(one)
    way_deg = path.top_deg(before_s, one.bottom_s) - low_deg
    back_deg = path.top_deg(one.bottom_s, other.bottom_s) - low_deg
    seen = path.sees(one) and path.sees(other)
    return bool(seen and way_deg >= path.least_deg and back_deg < BETWEEN * way_deg)
