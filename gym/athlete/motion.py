"""Sets whose truth is known: what the athlete does at every moment, and the correct verdicts.

A set is described rep by rep, as a coach would (how deep, how much lean, how fast). The positions of
the joints for it are found by bisection, so that the description and the motion agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gym.athlete.body import SIGN, Posture
from gym.athlete.postures import Angles, Arm, Body, Foot


@dataclass(frozen=True)
class Tempo:
    """How long a rep takes, in s: down, held at the bottom, up, and rest before the next."""

    down_s: float = 1.1
    hold_s: float = 0.15
    up_s: float = 0.95
    rest_s: float = 0.5


@dataclass(frozen=True)
class SquatRep:
    """One squat.

    Attributes
    ----------
    depth : float
        How far the hips go below the knees, in thigh lengths; negative if they stay above.
    lean_deg : float
        Of the trunk at the bottom.
    fault : str
        "shallow", "forward_lean", or nothing.
    kind : str
        "full", or "partial" for an unfinished rep.
    """

    depth: float = 0.08
    lean_deg: float = 36.0
    tempo: Tempo = Tempo()
    fault: str = ""
    kind: str = "full"


@dataclass(frozen=True)
class PushUpRep:
    """One push-up.

    Attributes
    ----------
    depth : float
        How far the shoulders go below the elbows, in upper-arm lengths; negative if they stay above.
    line_deg : float
        Bend at the hips during the whole rep: + hips high, - hips sagging.
    fault, kind : str
        As in `SquatRep`; a fault may be "shallow", "hollow" or "rounded".
    """

    depth: float = 0.05
    line_deg: float = 0.0
    tempo: Tempo = Tempo()
    fault: str = ""
    kind: str = "full"


@dataclass(frozen=True)
class Span:
    """When a rep happens, in s; ``bottom_s`` is the middle of the time at the bottom."""

    start_s: float
    down_until_s: float
    up_from_s: float
    end_s: float

    @property
    def bottom_s(self) -> float:
        """The middle of the time at the bottom."""
        return (self.down_until_s + self.up_from_s) / 2

    def phase(self, time_s: float) -> float:
        """Return how far down the rep is at a time: 0 at the top, 1 at the bottom."""
        if time_s < self.up_from_s:
            return ease((time_s - self.start_s) / (self.down_until_s - self.start_s))
        return 1 - ease((time_s - self.up_from_s) / (self.end_s - self.up_from_s))


def ease(fraction: float) -> float:
    """Return 0..1 for 0..1, starting and ending at rest (minimum jerk; Flash and Hogan 1985).

    >>> ease(-1), ease(0.5), ease(2)
    (0.0, 0.5, 1.0)
    """
    x = min(max(fraction, 0.0), 1.0)
    return min(x**3 * (10 - 15 * x + 6 * x * x), 1.0)


def lay_out(tempos: Sequence[Tempo], lead_s: float) -> tuple[Span, ...]:
    """Place reps in time, the first one beginning after ``lead_s``."""
    spans, start = [], lead_s
    for tempo in tempos:
        low = start + tempo.down_s
        rises = low + tempo.hold_s
        spans.append(Span(start, low, rises, rises + tempo.up_s))
        start = rises + tempo.up_s + tempo.rest_s
    return tuple(spans)


def find_root(value: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function crosses zero between two arguments, by bisection.

    Raises
    ------
    ValueError
        It has the same sign at both.
    """
    falling = value(low) > 0
    if falling == (value(high) > 0):
        raise ValueError(f"expected a change of sign between {low} and {high}, got none")
    for _ in range(20):
        middle = (low + high) / 2
        if (value(middle) > 0) == falling:
            low = middle
        else:
            high = middle
    return (low + high) / 2


class SquatSet:
    """A set of squats, with a few steps to the spot before it.

    Parameters
    ----------
    body : Body
    reps : sequence of SquatRep
    steps : int
        How many steps the athlete walks first; 0 for standing there from the start.
    still_s, tail_s : float
        Standing still before the first rep and after the last.
    """

    exercise = "squat"
    _STANCE_M, _TOES_OUT = 0.155, np.radians(18)  # half the width between the ankles; each foot
    _UPRIGHT_DEG, _KNEE_DEG = 3.0, 171.0  # standing at ease

    def __init__(
        self,
        body: Body,
        reps: Sequence[SquatRep],
        *,
        steps: int = 0,
        still_s: float = 1.0,
        tail_s: float = 1.2,
    ) -> None:
        self._body, self.reps = body, tuple(reps)
        self._feet = {
            side: Foot(
                np.array([sign * self._STANCE_M, body.ankle_height_m, 0.0]), sign * self._TOES_OUT
            )
            for side, sign in SIGN.items()
        }
        self._top_m = find_root(
            lambda y: self._measure(y, self._UPRIGHT_DEG).knee_deg - self._KNEE_DEG, 0.75, 1.0
        )
        self._bottom_m = [
            find_root(
                lambda y, rep=rep: self._measure(y, rep.lean_deg).hip_depth - rep.depth, 0.3, 0.9
            )
            for rep in reps
        ]
        standing = self._squat(self._top_m, self._UPRIGHT_DEG, 0.0)
        self._walk = Walk(body, steps, self._feet, body.middle(standing, "thigh"))
        self.spans = lay_out([rep.tempo for rep in reps], self._walk.duration_s + still_s)
        self.duration_s = self.spans[-1].end_s + tail_s

    def posture(self, time_s: float) -> Posture:
        """Return the posture at a time."""
        if time_s < self._walk.duration_s:
            return self._walk.posture(time_s)
        height_m, lean_deg, reach = self._top_m, self._UPRIGHT_DEG, 0.0
        for rep, span, bottom_m in zip(self.reps, self.spans, self._bottom_m, strict=True):
            if span.start_s <= time_s < span.end_s:
                phase = span.phase(time_s)
                height_m += (bottom_m - height_m) * phase
                lean_deg += (rep.lean_deg - lean_deg) * phase**0.85
                reach = ease(1.3 * phase)
        return self._squat(height_m, lean_deg, reach)

    def _squat(self, height_m: float, lean_deg: float, reach: float) -> Posture:
        """Squat on the feet of this set."""
        return self._body.squat(height_m, np.radians(lean_deg), self._feet, reach)

    def _measure(self, height_m: float, lean_deg: float) -> Angles:
        """Measure a squat's angles, which do not depend on the arms."""
        return self._body.measure(self._squat(height_m, lean_deg, 1.0))


class Walk:
    """Steps straight ahead; the last one places the feet side by side.

    Parameters
    ----------
    body : Body
    steps : int
        0 for none.
    feet : dict of side to Foot
        Where the feet end.
    hips_m : (3,)
        Where the hips end.
    """

    _STRIDE_M, _STEP_S, _SETTLE_S = 0.40, 0.52, 0.5
    _LIFT_M, _HALF_WIDTH_M, _DIP_M = 0.09, 0.09, 0.035
    _SWAY_S = np.linspace(-0.3, 0.3, 13)  # the trunk moves with the feet's mean over this time

    def __init__(self, body: Body, steps: int, feet: dict[str, Foot], hips_m: np.ndarray) -> None:
        self._body, self._steps, self._feet, self._hips_m = body, steps, feet, hips_m
        self.duration_s = steps * self._STEP_S + self._SETTLE_S if steps else 0.0

    def posture(self, time_s: float) -> Posture:
        """Return the posture at a time; before 0 the walk continues backwards without end."""
        around = [self._feet_at(time_s + shift) for shift in self._SWAY_S]
        left_z, right_z = (
            float(np.mean([feet[side].ankle_m[2] for feet in around])) for side in ("l", "r")
        )
        settled = ease((time_s - self.duration_s) / (2 * self._SETTLE_S) + 1)
        middle_z = float(self._feet["l"].ankle_m[2])
        dip_m, along_m = self._DIP_M * (1 - settled), (left_z + right_z) / 2 - middle_z
        hips = self._hips_m + np.array([0.0, -dip_m, along_m])
        ahead = left_z - right_z  # an arm swings with the other leg
        arms = {
            side: Arm(
                raised=np.radians(6) - sign * 0.8 * ahead,
                elbow=np.radians(14 + 14 * (1 - settled)),
                aside=np.radians(12),
            )
            for side, sign in SIGN.items()
        }
        return self._body.stand(hips, self._feet_at(time_s), np.radians(3), arms)

    def _feet_at(self, time_s: float) -> dict[str, Foot]:
        """Return both feet at a time: planted, or on the way to their next place."""
        step = min(int(np.floor(time_s / self._STEP_S)), self._steps)
        stands, swings = self._landing(step - 1), self._landing(step - 2)
        feet = {self._side(step - 1): stands, self._side(step): swings}
        if step < self._steps:
            u = ease(time_s / self._STEP_S - step)
            goal = self._landing(step)
            up = [0.0, self._LIFT_M * np.sin(np.pi * u), 0.0]
            feet[self._side(step)] = Foot(
                (1 - u) * swings.ankle_m + u * goal.ankle_m + up,
                (1 - u) * swings.turn + u * goal.turn,
                0.42 * np.sin(2 * np.pi * u),
            )
        return feet

    def _side(self, step: int) -> str:
        """Return which foot steps; the last step is the left foot's."""
        return "l" if (self._steps - step) % 2 else "r"

    def _landing(self, step: int) -> Foot:
        """Return where a step (0 is the first) puts its foot."""
        side = self._side(step)
        if step >= self._steps - 2:
            return self._feet[side]
        behind_m = (self._steps - 2 - step) * self._STRIDE_M
        end = self._feet[side].ankle_m
        ankle = np.array([SIGN[side] * self._HALF_WIDTH_M, end[1], end[2] - behind_m])
        return Foot(ankle, SIGN[side] * np.radians(6))


class PushUpSet:
    """A set of push-ups, held at the top before and after.

    Parameters
    ----------
    body : Body
    reps : sequence of PushUpRep
    still_s, tail_s : float
        Holding still before the first rep and after the last.
    """

    exercise = "push_up"
    _ELBOW_DEG = 168.0  # at the top

    def __init__(
        self,
        body: Body,
        reps: Sequence[PushUpRep],
        *,
        still_s: float = 1.2,
        tail_s: float = 1.0,
    ) -> None:
        self._body, self.reps = body, tuple(reps)
        self._hands_z_m: float | None = None  # as they come under the shoulders at the top
        self._top = self._rise(0.0, "elbow_deg", self._ELBOW_DEG)
        self._hands_z_m = float(body.middle(body.push_up(self._top), "hand")[2])
        self.spans = lay_out([rep.tempo for rep in reps], still_s)
        self.duration_s = self.spans[-1].end_s + tail_s
        self._bottom = [
            self._rise(np.radians(rep.line_deg), "shoulder_depth", rep.depth) for rep in reps
        ]

    def posture(self, time_s: float) -> Posture:
        """Return the posture at a time."""
        bend = sum(
            np.radians(rep.line_deg)
            * ease((time_s - span.start_s + 0.35) / 0.6)
            * (1 - ease((time_s - span.end_s) / 0.6))
            for rep, span in zip(self.reps, self.spans, strict=True)
        )
        rise = self._rise(bend, "elbow_deg", self._ELBOW_DEG) if bend else self._top
        for span, bottom in zip(self.spans, self._bottom, strict=True):
            if span.start_s <= time_s < span.end_s:
                rise += (bottom - rise) * span.phase(time_s)
        return self._body.push_up(rise, bend, self._hands_z_m)

    def _rise(self, bend: float, angle: str, value: float) -> float:
        """Return the body's rise (rad) at which one of the `Angles` has a given value."""

        def excess(rise: float) -> float:
            posture = self._body.push_up(rise, bend, self._hands_z_m)
            return getattr(self._body.measure(posture), angle) - value

        return find_root(excess, np.radians(1), np.radians(22))
