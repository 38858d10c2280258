"""What we believe about each exercise: pure data, one file each, every limit with its source."""

from gym.exercises.push_up import PUSH_UP
from gym.exercises.rules import LEVEL_TILT_DEG, Exercise, FormRule, Posture
from gym.exercises.squat import SQUAT

EXERCISES: dict[str, Exercise] = {exercise.name: exercise for exercise in (SQUAT, PUSH_UP)}

OTHER = "other"  #: the label for anything that is not a known exercise
#: Labels of postures that are held; people also rest in a plank between reps.
HOLDS = ("plank", "wall_sit")
#: Labels of movements that look alike forwards and backwards in time.
REVERSIBLE = frozenset(
    {
        "squat", "push_up", "lunge", "deadlift", "pull_up", "sit_up", "bench_press",
        "jumping_jack", "bicep_curl", "shoulder_press", "lateral_raise", "front_raise",
    }
)  # fmt: skip
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


__all__ = [
    "COMBINED",
    "EXERCISES",
    "HOLDS",
    "LEVEL_TILT_DEG",
    "OTHER",
    "REVERSIBLE",
    "Exercise",
    "FormRule",
    "Posture",
    "title_of",
]
