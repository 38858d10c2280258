"""How strict the rules are: for beginners, as usual, as in competitions, as in army tests.

A strictness changes limits of the rules, never which reps are counted. It says how far a limit is moved
from the usual one, so that it means the same however a measure's zero lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gym.exercises.rules import Exercise, FormRule

STANDARD = "standard"


@dataclass(frozen=True)
class Change:
    """How a rule's limits differ from the usual ones.

    Attributes
    ----------
    stricter_by : float
        How far the pass limit moves to the strict side, in the rule's unit; negative is easier.
    band : float
        How far the fail limit is from the pass limit, in the rule's unit.
    source : str
        Where this comes from; never blank.
    """

    stricter_by: float
    band: float
    source: str


@dataclass(frozen=True)
class Strictness:
    """A choice of how strict the rules are.

    Attributes
    ----------
    name, title : str
        The name on the command line and in files, and the name shown to users.
    about : str
        What it is for, in a sentence.
    changes : mapping of rule code to Change
        Rules that are not in it stay as they are.
    eased : str
        The source of what makes every other rule easier; empty where nothing does. A rep may then stop
        short by the whole band from pass to fail, and posture has a band twice as wide.
    """

    name: str
    title: str
    about: str
    changes: Mapping[str, Change] = field(default_factory=dict)
    eased: str = ""


BEGINNER = Strictness(
    name="beginner",
    title="Beginner",
    about="For your first weeks: what is usually borderline counts as good, and posture may be a little "
    "further off.",
    eased="One band easier than the usual limit, as range and control come with training (progression "
    "of the ACSM's and NSCA's exercise guidelines; the amount is engineering judgement, unverified).",
)

COMPETITION = Strictness(
    name="competition",
    title="Competition (IPF)",
    about="Powerlifting's technical rules for the squat, the bench press and the deadlift.",
    changes={
        "squat.depth": Change(
            0.07,
            0.07,
            "The top of the legs at the hip joint lower than the top of the knees (IPF technical "
            "rules). The crease of the hip is about 8 cm above the hip joint, the top of the knee about "
            "5 cm above the knee's: the hip joint then lies 0.07 thigh lengths lower than where it is "
            "level (engineering judgement).",
        ),
        "squat.lockout": Change(
            5.0,
            10.0,
            "Upright with the knees locked before and after (IPF technical rules); correct squats end "
            "within 13 degrees of the athlete's own straightest.",
        ),
        "bench_press.range": Change(
            10.0,
            15.0,
            "Bar on the chest, the underside of the elbows level with the shoulder joint or below (IPF "
            "technical rules): elbows bent by 90 degrees at least.",
        ),
        "bench_press.lockout": Change(
            5.0,
            10.0,
            "Arms straight, elbows locked (IPF technical rules): within 15 degrees of the lifter's own "
            "straightest (engineering judgement).",
        ),
        "deadlift.lockout": Change(
            5.0,
            10.0,
            "Knees locked, shoulders back (IPF technical rules): within 15 degrees of the lifter's own "
            "straightest; recorded deadlifts end within 12.",
        ),
    },
)

ARMY = Strictness(
    name="army",
    title="Army test",
    about="As a grader counts push-ups, sit-ups, pull-ups and planks in fitness tests.",
    changes={
        "push_up.depth": Change(
            0.05,
            0.10,
            "Upper arms at least parallel to the floor (US Army, push-up event; USAF AFI 36-2905), "
            "without the allowance of the usual limit.",
        ),
        "push_up.lockout": Change(
            5.0,
            10.0,
            "Back up until the elbows are fully extended (US Army, push-up event; USAF AFI 36-2905); "
            "nineteen of twenty push-ups labelled as correct end within 15 degrees of straight.",
        ),
        "sit_up.range": Change(
            50.0,
            15.0,
            "Up to vertical: the base of the neck above the base of the spine (US Army APFT, FM 7-22). "
            "A rounded back measures 10 degrees less (engineering judgement).",
        ),
        "sit_up.lowered": Change(
            5.0,
            10.0,
            "Down until the bottom of the shoulder blades touches the floor (US Army APFT, FM 7-22); "
            "people who lie measure 6 degrees at the most.",
        ),
        "sit_up.knees": Change(
            10.0,
            15.0,
            "Knees bent to 90 degrees (US Army APFT, FM 7-22); BlazePose sees up to 15 more.",
        ),
        "pull_up.range": Change(
            0.0,
            0.15,
            "Chin above the bar, or it does not count (US Marine Corps PFT, MCO 6100.13A): half the "
            "usual band.",
        ),
        "pull_up.hang": Change(
            5.0,
            10.0,
            "Dead hang, elbows locked, before each rep (US Marine Corps PFT, MCO 6100.13A): within 15 "
            "degrees of the athlete's own straightest; recorded pull-ups hang within 11.",
        ),
        "plank.line": Change(
            0.01,
            0.02,
            "Straight from head to heels, or the event ends (US Army, plank event); the amount is "
            "engineering judgement, unverified.",
        ),
    },
)

#: All there are, by name, the usual one first.
STRICTNESS: dict[str, Strictness] = {
    one.name: one
    for one in (
        Strictness(STANDARD, "Standard", "The usual limits, as coaches teach the exercise."),
        BEGINNER,
        COMPETITION,
        ARMY,
    )
}


def apply_strictness(exercise: Exercise | None, strictness: str) -> Exercise | None:
    """Return an exercise whose rules have the limits, and their sources, of a strictness.

    Parameters
    ----------
    exercise : Exercise or None
        None stays None.
    strictness : str
        A name in `STRICTNESS`.

    Raises
    ------
    ValueError
        There is no such strictness.
    """
    if strictness not in STRICTNESS:
        raise ValueError(f"expected one of {list(STRICTNESS)}, got {strictness!r}")
    if exercise is None or strictness == STANDARD:
        return exercise
    how = STRICTNESS[strictness]
    return replace(exercise, rules=tuple(_change(rule, how) for rule in exercise.rules))


def _change(rule: FormRule, how: Strictness) -> FormRule:
    """Return a rule with the limits of a strictness."""
    pass_limit, fail_limit = rule.limits
    band = abs(fail_limit - pass_limit)
    change = how.changes.get(rule.code)
    if change is None and how.eased:
        far = rule.measures_depth
        change = Change(-band if far else 0.0, band if far else 2 * band, how.eased)
    if change is None:
        return rule
    strict = 1.0 if pass_limit > fail_limit else -1.0
    pass_limit += strict * change.stricter_by
    limits = (round(pass_limit, 4), round(pass_limit - strict * change.band, 4))
    return replace(rule, limits=limits, source=change.source)
