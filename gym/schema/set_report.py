"""What a coach reports of every rep and every set: tempo, speed, range, sides, and what fades."""

from __future__ import annotations

from dataclasses import dataclass

_UNKNOWN = float("nan")


@dataclass(frozen=True)
class RepTempo:
    """How long each phase of a rep took, in seconds; NaN where it could not be measured.

    Attributes
    ----------
    eccentric_s, concentric_s : float
        The way against which the load pulls, and the way of the effort, without their pauses. Where
        neither way is the effort, as in a jumping jack, the way out stands for the first.
    pause_s : float
        How long the body stood still at the turn; 0 where it did not.
    rest_s : float
        How long it stood still before the next rep; NaN after the last rep of a set.
    """

    eccentric_s: float = _UNKNOWN
    pause_s: float = _UNKNOWN
    concentric_s: float = _UNKNOWN
    rest_s: float = _UNKNOWN

    @property
    def tension_s(self) -> float:
        """Seconds from the beginning of the movement to its end."""
        return self.eccentric_s + self.pause_s + self.concentric_s


@dataclass(frozen=True)
class RepReport:
    """What was measured of one rep; NaN where it is not known.

    Attributes
    ----------
    tempo : RepTempo
    range_out : float
        How far the exercise's signal went, in ``SetReport.unit``.
    range_share : float
        The same as a share of the person's best whole rep in the clip.
    travel_trunks : float
        How far the body moved (the hips in a squat), in trunk lengths.
    speed : float
        Mean speed of the concentric phase, in ``SetReport.unit`` a second.
    trunk_speed : float
        The same in trunk lengths a second.
    speed_loss : float
        How much slower than the best of the set's first reps, as a share of that.
    left_right : float
        Left minus right, as a share of the larger, -1..1; NaN unless both sides are seen and moved.
    side : str
        "left" or "right" where only that side moved, else "".
    """

    tempo: RepTempo = RepTempo()
    range_out: float = _UNKNOWN
    range_share: float = _UNKNOWN
    travel_trunks: float = _UNKNOWN
    speed: float = _UNKNOWN
    trunk_speed: float = _UNKNOWN
    speed_loss: float = _UNKNOWN
    left_right: float = _UNKNOWN
    side: str = ""


@dataclass(frozen=True)
class Fading:
    """Something that gets less from rep to rep, beyond chance.

    Attributes
    ----------
    what : str
        "range", "speed" or "symmetry".
    change : float
        From the set's first rep to its last, as a share: -0.2 is a fifth less.
    low, high : float
        The 95 % interval of ``change``.
    p_value : float
        How likely so steady a fall is by chance.
    """

    what: str
    change: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class OddRep:
    """A rep that is unlike the person's good ones, and where it differs most.

    Attributes
    ----------
    number : int
        Among all the reps listed, from 1.
    joint : str
        The angle that differs most, such as "left_knee".
    time_s : float
        When it does, in seconds of the clip.
    share : float
        The same as a share of the rep, 0..1.
    difference_deg : float
        By how much: positive where the angle is wider than in the good reps.
    distance : float
        How far the whole rep is from the good ones; 1 is the limit.
    """

    number: int
    joint: str
    time_s: float
    share: float
    difference_deg: float
    distance: float


@dataclass(frozen=True)
class SetReport:
    """What a coach says of one set; NaN where it is not known.

    Attributes
    ----------
    start_s, end_s : float
    first_rep, last_rep : int
        Numbers of its first and last rep, partial ones included, from 1.
    unit : str
        Of ranges ("°" or "m") and, for each second, of speeds.
    tension_s : float
        Seconds in movement and in pauses at the turn, partial reps included; without the rests.
    range_spread, duration_spread : float
        Standard deviation over whole reps of the range and of the time under tension, as a share of
        the mean.
    speed_loss, speed_loss_sd : float
        The mean of the last two whole reps against the best of the first three, as a share of that;
        and how much of it rep-to-rep variation alone may make up, one standard deviation.
    left_right, left_right_sd : float
        Mean of left minus right, as a share of the larger, and its standard deviation.
    best_rep, worst_rep : int or None
        Numbers of the whole reps with the best and the worst verdict; of several the one with the
        largest, or the smallest, range. None where there is only one.
    fading : tuple of Fading
        What gets less from rep to rep.
    odd : tuple of OddRep
        Reps unlike the good ones, in time order.
    compared : int
        How many good reps the others were compared with; 0 where there were too few.
    """

    start_s: float
    end_s: float
    first_rep: int
    last_rep: int
    unit: str = ""
    tension_s: float = _UNKNOWN
    range_spread: float = _UNKNOWN
    duration_spread: float = _UNKNOWN
    speed_loss: float = _UNKNOWN
    speed_loss_sd: float = _UNKNOWN
    left_right: float = _UNKNOWN
    left_right_sd: float = _UNKNOWN
    best_rep: int | None = None
    worst_rep: int | None = None
    fading: tuple[Fading, ...] = ()
    odd: tuple[OddRep, ...] = ()
    compared: int = 0

    @property
    def is_uneven(self) -> bool:
        """Whether left and right differ by more than 10 % and by more than from rep to rep.

        A smaller difference is within what people vary (Bishop and others, Strength and Conditioning
        Journal 40(4), 2018).
        """
        return abs(self.left_right) > max(0.10, self.left_right_sd)

    @property
    def is_slower(self) -> bool:
        """Whether the speed fell by more than what reps vary by themselves.

        Three standard deviations: the best of three is by 0.85 above the mean without any loss.
        """
        return self.speed_loss > 3 * self.speed_loss_sd


@dataclass(frozen=True)
class CoachReport:
    """The report of a workout: one `RepReport` for each rep listed, one `SetReport` for each set."""

    reps: tuple[RepReport, ...] = ()
    sets: tuple[SetReport, ...] = ()
