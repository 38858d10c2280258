"""What an exercise is: the angle that makes a repetition, and the rules of its form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FormRule:
    """One thing a coach looks at in every repetition.

    Attributes
    ----------
    code : str
        "exercise.what", as in the JSON files.
    name : str
        What people read.
    measure : str
        The name of a measure in `gym.form.MEASURES`.
    unit : str
        The measure's unit.
    limits : (pass_limit, fail_limit)
        At or better than the first: pass; worse than the second: fail; between: borderline. Where the
        first is the larger, more is better. A rule with ``fault_below`` looks at the size alone.
    views : tuple of str
        The camera views from which it can be judged; from others it is "not judgeable".
    cue, why : str
        What to do, in a few words; and why it matters, in a sentence.
    source : str
        Where the limits come from; never blank.
    fault : str
        The name of failing it, as in ``form.frame_share``.
    cue_below, fault_below : str
        For a signed measure that can be off to either side: what to say of the negative one.
    """

    code: str
    name: str
    measure: str
    unit: str
    limits: tuple[float, float]
    views: tuple[str, ...]
    cue: str
    why: str
    source: str
    fault: str
    cue_below: str = ""
    fault_below: str = ""


@dataclass(frozen=True)
class Exercise:
    """What we believe about one exercise.

    Attributes
    ----------
    name, title : str
        The name in files, and the one people read.
    angle : str
        The joint whose angle closes and opens once a repetition: "knee", "elbow".
    height : (str, str)
        The joints, upper and lower, whose height difference falls on the way down.
    bend_deg : float
        The least closing of the angle that is a movement of the exercise at all.
    drop_m : float
        The least fall of the height in metres: limbs that bend without it do something else.
    trunk_tilt_deg : (low, high)
        Where the trunk's angle from the vertical lies at the top of a repetition.
    bottom_tilt_deg : (low, high)
        The same at the bottom.
    rep_s : (fastest, slowest)
        How long one repetition takes.
    rules : tuple of FormRule
    """

    name: str
    title: str
    angle: str
    height: tuple[str, str]
    bend_deg: float
    drop_m: float
    trunk_tilt_deg: tuple[float, float]
    bottom_tilt_deg: tuple[float, float]
    rep_s: tuple[float, float]
    rules: tuple[FormRule, ...]
