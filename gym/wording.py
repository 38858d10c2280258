"""What was measured, in units that a person reads: centimetres, shares of a limb, and plain sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gym.exercises import Exercise
from gym.notes import join_words, name_ends, name_ways
from gym.schema import Fading, OddRep, RepReport, RepTempo, SetReport

#: A limb's length as a share of the body's height (Drillis and Contini, 1966; Winter, "Biomechanics and
#: Motor Control of Human Movement", 2009, figure 4.1); shoulders to hips, and shoulders to ankles.
HEIGHT_SHARE = {
    "thigh lengths": 0.245,
    "shin lengths": 0.246,
    "upper-arm lengths": 0.186,
    "trunk lengths": 0.288,
    "body lengths": 0.779,
}
_USUAL_HEIGHT_CM = 172.0  # only to choose a word, where nobody told a height
_HAND_CM, _FINGER_CM = 8.5, 2.0  # widths (DIN 33402, the middle of women and men)
#: What a depth is measured against, by the code of its rule.
_LEVELS = {
    "squat.depth": "parallel",
    "lunge.depth": "parallel",
    "push_up.depth": "the elbows",
    "pull_up.range": "the hands",
}
_OTHER = {"°": "degrees", "m": "metres"}


def say_length(value: float, unit: str, height_cm: float = math.nan) -> str:
    """Say a length that is known in limbs: in centimetres where the height is known, else in words.

    Parameters
    ----------
    value : float
        Its sign is not said.
    unit : str
        A key of `HEIGHT_SHARE`; other units are said as they are.
    height_cm : float
        The athlete's; NaN where it was not told.

    Examples
    --------
    >>> say_length(-0.2, "thigh lengths"), say_length(-0.2, "thigh lengths", 180.0)
    ("a hand's width", '9 cm')
    """
    if math.isnan(value):
        return "–"
    if unit not in HEIGHT_SHARE:
        return f"{abs(value):.0f}°" if unit == "°" else f"{abs(value):.2f} {unit}"
    if math.isfinite(height_cm):
        return f"{abs(value) * HEIGHT_SHARE[unit] * height_cm:.0f} cm"
    usual_cm = abs(value) * HEIGHT_SHARE[unit] * _USUAL_HEIGHT_CM
    if usual_cm < 0.5 * _FINGER_CM:
        return "less than a finger's width"
    if usual_cm < 1.5 * _FINGER_CM:
        return "a finger's width"
    if usual_cm < 0.75 * _HAND_CM:
        return f"{'two' if usual_cm < 2.5 * _FINGER_CM else 'three'} fingers' width"
    if usual_cm < 1.5 * _HAND_CM:
        return "a hand's width"
    if usual_cm < 2.5 * _HAND_CM:
        return "two hands' width"
    return f"{abs(value):.1f} {unit}"


def say_depth(code: str, value: float, unit: str, height_cm: float = math.nan) -> str:
    """Say how deep a rep went, against the level that its rule is about.

    Examples
    --------
    >>> say_depth("squat.depth", -0.2, "thigh lengths")
    "a hand's width above parallel"
    >>> say_depth("push_up.depth", 0.1, "upper-arm lengths", 180.0)
    '3 cm below the elbows'
    """
    level = _LEVELS.get(code)
    if math.isnan(value) or level is None:
        return say_length(value, unit, height_cm)
    if abs(value) * HEIGHT_SHARE.get(unit, 1.0) * _USUAL_HEIGHT_CM < 0.5 * _FINGER_CM:
        return f"level with {level}" if level.startswith("the ") else level
    higher = (value > 0) == code.startswith("pull_up")
    return f"{say_length(value, unit, height_cm)} {'above' if higher else 'below'} {level}"


def say_joint(name: str) -> str:
    """Return an angle's name as it stands in a sentence.

    >>> say_joint("left_knee")
    'left knee'
    """
    return name.replace("_", " ")


def name_phases(exercise: Exercise | None) -> tuple[str, str, str, str]:
    """Return what the phases of a rep are called, in the order in which they happen.

    >>> from gym.exercises import EXERCISES
    >>> name_phases(EXERCISES["pull_up"])
    ('up', 'pause', 'down', 'rest')
    """
    out, back = name_ways(exercise)
    return out, "pause", back, "rest"


def order_phases(tempo: RepTempo, exercise: Exercise | None) -> tuple[float, float, float, float]:
    """Return a rep's phases in the order in which they happen, in seconds; NaN where not known."""
    lifts_first = exercise is not None and exercise.lifts_first
    ways = (tempo.eccentric_s, tempo.concentric_s)
    out_s, back_s = ways[::-1] if lifts_first else ways
    return out_s, tempo.pause_s, back_s, tempo.rest_s


def say_tempo(tempo: RepTempo, exercise: Exercise | None) -> str:
    """Return a rep's tempo as coaches write it: seconds out, paused, back, at rest.

    >>> from gym.exercises import EXERCISES
    >>> say_tempo(RepTempo(2.04, 0.5, 1.0), EXERCISES["squat"])
    '2.0 · 0.5 · 1.0 · –'
    """
    phases_s = order_phases(tempo, exercise)
    return " · ".join("–" if math.isnan(phase_s) else f"{phase_s:.1f}" for phase_s in phases_s)


def say_odd(odd: OddRep, exercise: Exercise | None) -> str:
    """Say which rep is unlike the others, by which joint, and when."""
    how = "wider" if odd.difference_deg > 0 else "narrower"
    rest, turn = name_ends(exercise)
    where = f"{odd.share:.0%} into it"
    if odd.share < 0.1 or odd.share > 0.9:
        where = f"at the {rest}" if rest != "rest" else "near its rest"
    elif 0.4 < odd.share < 0.6:
        where = f"at the {turn}"
    return (
        f"Rep {odd.number} is unlike your good ones: {where} ({odd.time_s:.1f} s) the angle of the "
        f"{say_joint(odd.joint)} is {abs(odd.difference_deg):.0f}° {how}."
    )


def say_fading(fading: Fading) -> str:
    """Say what gets less from rep to rep."""
    what = {
        "range": "Your range gets smaller",
        "speed": "You get slower",
        "symmetry": "Left and right drift apart",
    }[fading.what]
    return (
        f"{what} from rep to rep: by {abs(fading.change):.0%} over the set "
        f"({abs(fading.high):.0%} to {abs(fading.low):.0%})."
    )


def list_sentences(
    about: SetReport,
    reps: Sequence[RepReport],
    exercise: Exercise | None,
    height_cm: float = math.nan,
) -> list[tuple[str, str]]:
    """Say what a coach would of one set: a title and a sentence each; what is not known has none.

    Parameters
    ----------
    about : SetReport
    reps : sequence of RepReport
        Of the set's whole reps.
    exercise : Exercise or None
    height_cm : float
        The athlete's; NaN where it was not told.
    """
    said = [
        ("Tempo", _say_usual_tempo(reps, exercise)),
        ("Range", _say_range(about, reps, height_cm)),
        ("Speed", _say_speed(about, reps, exercise, height_cm)),
        ("Left and right", _say_sides(about)),
        ("Evenness", _say_evenness(about)),
        ("Fatigue", " ".join(say_fading(one) for one in about.fading)),
        ("Time under tension", f"{about.tension_s:.0f} s, without the rests."),
    ]
    return [(title, sentence) for title, sentence in said if sentence]


def _say_usual_tempo(reps: Sequence[RepReport], exercise: Exercise | None) -> str:
    """Say the median seconds of each phase; a pause or a rest that hardly ever is, is left out."""
    names = name_phases(exercise)
    columns = np.array([order_phases(one.tempo, exercise) for one in reps]).reshape(-1, 4)
    parts = []
    for name, phase_s in zip(names, columns.T, strict=True):
        known = phase_s[np.isfinite(phase_s)]
        if len(known) and (usual_s := float(np.median(known))) > 0:
            parts.append(f"{usual_s:.1f} s {name}")
    return f"{join_words(parts)} (median)." if parts else ""


def _say_range(about: SetReport, reps: Sequence[RepReport], height_cm: float) -> str:
    """Say how far the reps went, and how that compares with the best."""
    shares = _known([one.range_share for one in reps])
    amounts = _known([one.range_out for one in reps])
    if not len(shares):
        return ""
    unit = about.unit
    amount = f"{np.median(amounts):.0f}°" if unit == "°" else f"{np.median(amounts):.2f} {unit}"
    travel = _known([one.travel_trunks for one in reps])
    if len(travel) and math.isfinite(height_cm):
        amount += (
            f", the body moves {say_length(float(np.median(travel)), 'trunk lengths', height_cm)}"
        )
    if len(shares) == 1:
        return f"{amount}."
    return f"{amount} (median); {shares.min():.0%} to {shares.max():.0%} of your best rep."


def _say_speed(
    about: SetReport, reps: Sequence[RepReport], exercise: Exercise | None, height_cm: float
) -> str:
    """Say how fast the effort is, and whether it got slower by more than chance."""
    trunks, speeds = (_known([getattr(one, k) for one in reps]) for k in ("trunk_speed", "speed"))
    if not len(speeds):
        return ""
    out, back = name_ways(exercise)
    way = out if exercise is not None and exercise.lifts_first else back
    if len(trunks) and math.isfinite(height_cm):
        much = f"{say_length(float(np.median(trunks)), 'trunk lengths', height_cm)} a second"
    elif len(trunks):
        much = f"{np.median(trunks):.2f} trunk lengths a second"
    else:
        much = f"{np.median(speeds):.0f} {_OTHER.get(about.unit, about.unit)} a second"
        much = f"{np.median(speeds):.2f} metres a second" if about.unit == "m" else much
    if math.isnan(about.speed_loss):
        return f"{much} on the way {way} (median)."
    if about.is_slower:
        loss = f"{about.speed_loss:.0%} slower at the end (±{about.speed_loss_sd:.0%})"
    else:
        loss = f"no clear loss to the end ({-about.speed_loss:+.0%}, ±{about.speed_loss_sd:.0%})"
    return f"{much} on the way {way} (median), {loss}."


def _say_sides(about: SetReport) -> str:
    """Say whether one side goes further than the other by more than from rep to rep."""
    if math.isnan(about.left_right):
        return ""
    if not about.is_uneven:
        return "no difference larger than from rep to rep."
    side, other = ("left", "right") if about.left_right > 0 else ("right", "left")
    return (
        f"the {side} goes {abs(about.left_right):.0%} further than the {other} "
        f"(±{about.left_right_sd:.0%} from rep to rep)."
    )


def _say_evenness(about: SetReport) -> str:
    """Say how much the reps vary."""
    spreads = (("the range", about.range_spread), ("the time", about.duration_spread))
    parts = [f"{name} by {spread:.0%}" for name, spread in spreads if not math.isnan(spread)]
    return f"from rep to rep {join_words(parts)}." if parts else ""


def _known(values: Sequence[float]) -> np.ndarray:
    """Return the values that are known."""
    return np.array([value for value in values if math.isfinite(value)])
