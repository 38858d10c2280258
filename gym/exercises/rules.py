"""How an exercise is described: how it starts, what makes a rep, and the rules for good form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LEVEL_TILT_DEG = 45.0  #: a trunk tilted by more than this is closer to lying than to standing


class Posture(StrEnum):
    """How the body is held at the start of an exercise."""

    STANDING = "standing"
    LEVEL = "level"  #: with the floor


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
    measures_depth : bool
        Whether the measure is how deep a rep goes. Its fault makes a rep shallow, and is none of posture.
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
    measures_depth: bool = False


@dataclass(frozen=True)
class Exercise:
    """What we believe about one exercise.

    Attributes
    ----------
    name, title : str
        The name in files, and the name shown to users.
    start : Posture
        The posture between reps.
    start_advice : str
        What to tell somebody who is in another posture before the set.
    silhouette : str
        The outline to step into: a drawing in ``gym/exercises/silhouettes``, without its ".svg".
    angle : str
        The joint whose angle closes and opens once per rep: "knee", "elbow".
    main_angles : tuple of str
        The joints whose angles tell most about it, drawn in charts at once; the first tells most.
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
    start: Posture
    start_advice: str
    silhouette: str
    angle: str
    main_angles: tuple[str, ...]
    height: tuple[str, str]
    bend_deg: float
    drop_m: float
    trunk_tilt_deg: tuple[float, float]
    bottom_tilt_deg: tuple[float, float]
    rep_s: tuple[float, float]
    rules: tuple[FormRule, ...]
