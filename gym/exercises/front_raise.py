"""The front raise: straight arms to the front, both, one, or one after the other."""

from dataclasses import replace

from gym.exercises.lateral_raise import LATERAL_RAISE

#: What a raise is does not depend on where the arms go; only the camera stands elsewhere.
FRONT_RAISE = replace(
    LATERAL_RAISE,
    name="front_raise",
    title="Front raise",
    plural="front raises",
    silhouette="standing",
    best_view="side",
    rules=tuple(
        replace(rule, code=rule.code.replace("lateral_raise", "front_raise"))
        for rule in LATERAL_RAISE.rules
    ),
)
