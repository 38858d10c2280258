"""What we believe about each exercise: pure data, one file each, every limit with its source."""

from gym.exercises.push_up import PUSH_UP
from gym.exercises.rules import Exercise, FormRule
from gym.exercises.squat import SQUAT

EXERCISES: dict[str, Exercise] = {exercise.name: exercise for exercise in (SQUAT, PUSH_UP)}

__all__ = ["EXERCISES", "Exercise", "FormRule"]
