"""How an exercise is described: the joint angle that makes a rep, and the rules for good form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FormRule:
    """One thing a coach looks at in every rep.

    Attributes
    ----------
    code : str
        "exercise.what", as in the JSON files.
    name : str
        As shown to users.
    measure : str
        The name of a measure in `gym.exercises.measures.MEASURES`.
    unit : str
        The measure's unit.
    limits : (pass_limit, fail_limit)
        At or better than the first: pass; worse than the second: fail; between: borderline. If the
        first is larger, more is better. A rule with ``fault_below`` ignores the sign of the measure.
    views : tuple of str
        The camera views from which it can be judged; from other views it is "not judgeable".
    cue, why : str
        What to do, in a few words; and why it matters, in a sentence.
    source : str
        Where the limits come from; never blank.
    fault : str
        The name of the fault, as in ``form.frame_share``.
    cue_below, fault_below : str
        The cue and the fault for negative values, if a measure can be off in both directions.
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
        The name in files, and the name shown to users.
    angle : str
        The joint whose angle closes and opens once per rep: "knee", "elbow".
    height : (str, str)
        The upper and the lower joint whose height difference gets smaller on the way down.
    bend_deg : float
        How much the angle must close, at least, to be this exercise at all.
    drop_m : float
        How far the height must fall, at least, in metres; without it, bending limbs are something else.
    trunk_tilt_deg : (low, high)
        The range of the trunk's angle from the vertical at the top of a rep.
    bottom_tilt_deg : (low, high)
        The same at the bottom.
    rep_s : (fastest, slowest)
        How long one rep takes, in seconds.
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
