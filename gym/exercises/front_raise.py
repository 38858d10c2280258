"""The front raise: straight arms to the front, both, one, or one after the other."""

from dataclasses import replace

from gym.exercises.lateral_raise import LATERAL_RAISE

#: What a raise is, and its rules, do not depend on where the arms go; only the camera stands elsewhere.
FRONT_RAISE = replace(
    LATERAL_RAISE,
    name="front_raise",
    title="Front raise",
    plural="front raises",
    silhouette="standing",
    best_view="side",
    variant_of="lateral_raise",
    variant="front",
)
