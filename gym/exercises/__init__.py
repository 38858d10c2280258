"""What we believe about each exercise: pure data, one file each, every limit with its source."""

from gym.exercises.bench_press import BENCH_PRESS
from gym.exercises.bicep_curl import BICEP_CURL
from gym.exercises.deadlift import DEADLIFT
from gym.exercises.front_raise import FRONT_RAISE
from gym.exercises.jumping_jack import JUMPING_JACK
from gym.exercises.lateral_raise import LATERAL_RAISE
from gym.exercises.lunge import LUNGE
from gym.exercises.plank import PLANK
from gym.exercises.pull_up import PULL_UP
from gym.exercises.push_up import PUSH_UP
from gym.exercises.rules import LEVEL_TILT_DEG, Exercise, FormRule, Kind, Posture
from gym.exercises.shoulder_press import SHOULDER_PRESS
from gym.exercises.signals import Signal, Travel
from gym.exercises.sit_up import SIT_UP
from gym.exercises.squat import SQUAT
from gym.exercises.wall_sit import WALL_SIT

#: All that has rules, by name: what is counted, then what is held.
EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for exercise in (
        *(SQUAT, PUSH_UP, LUNGE, DEADLIFT, PULL_UP, SIT_UP, BICEP_CURL, SHOULDER_PRESS),
        *(JUMPING_JACK, LATERAL_RAISE, FRONT_RAISE, BENCH_PRESS, PLANK, WALL_SIT),
    )
}

OTHER = "other"  #: the label for anything that is not a known exercise
#: Labels of postures that are held: people also rest in one between reps.
HOLDS = tuple(name for name, exercise in EXERCISES.items() if exercise.kind is Kind.HOLD)
#: Labels of movements that look alike forwards and backwards in time.
REVERSIBLE = frozenset(EXERCISES.keys() - set(HOLDS))
#: Labels of movements that contain squats or push-ups: examples neither for nor against them.
COMBINED = ("burpee", "get_up", "clean_and_jerk")


def title_of(label: str) -> str:
    """Return the title to show for a recognised label, with or without rules.

    >>> title_of("push_up"), title_of("clean_and_jerk"), title_of("other")
    ('Push-up', 'Clean and jerk', 'Other movement')
    """
    if label in EXERCISES:
        return EXERCISES[label].title
    return "Other movement" if label == OTHER else label.replace("_", " ").capitalize()


def name_in_files(label: str) -> tuple[str, str]:
    """Return what files call an exercise, and which variant of that it is; empty where it is its own.

    >>> name_in_files("front_raise"), name_in_files("squat"), name_in_files("other")
    (('lateral_raise', 'front'), ('squat', ''), ('other', ''))
    """
    exercise = EXERCISES.get(label)
    if exercise is None or not exercise.variant_of:
        return label, ""
    return exercise.variant_of, exercise.variant


def label_of(name: str, variant: str) -> str:
    """Return the label of an exercise as files call it; a variant that is not known here is left out.

    >>> label_of("lateral_raise", "front"), label_of("squat", "sumo")
    ('front_raise', 'squat')
    """
    if not variant:
        return name
    named = (label for label in EXERCISES if name_in_files(label) == (name, variant))
    return next(named, name)


__all__ = [
    "COMBINED",
    "EXERCISES",
    "HOLDS",
    "LEVEL_TILT_DEG",
    "OTHER",
    "REVERSIBLE",
    "Exercise",
    "FormRule",
    "Kind",
    "Posture",
    "Signal",
    "Travel",
    "label_of",
    "name_in_files",
    "title_of",
]
