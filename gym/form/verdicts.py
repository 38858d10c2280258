"""From a measured value to a verdict: within the limits, between them, or beyond."""

from __future__ import annotations

import numpy as np

from gym.exercises import FormRule
from gym.schema import Finding, Verdict


def limits_of(rule: FormRule, own_limit: float | None) -> tuple[float, float]:
    """Return a rule's limits, moved to the user's own pass limit where there is one."""
    pass_limit, fail_limit = rule.limits
    if own_limit is None:
        return pass_limit, fail_limit
    return own_limit, own_limit + fail_limit - pass_limit


def badness(rule: FormRule, values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Return values so that more is worse."""
    if rule.fault_below:
        return np.abs(values)
    return -values if limits[0] > limits[1] else values


def find_nothing(rule: FormRule, pass_limit: float) -> Finding:
    """Return the finding of a rule that cannot be judged."""
    return Finding(
        rule.code, rule.name, Verdict.UNSEEN, float("nan"), rule.unit, pass_limit, "", rule.why
    )


def find(rule: FormRule, value: float, limits: tuple[float, float], time_s: float) -> Finding:
    """Compare a rule's value with its limits."""
    below = bool(rule.fault_below) and value < 0
    verdict = _compare(abs(value) if rule.fault_below else value, *limits)
    cue = (rule.cue_below if below else rule.cue) if verdict is not Verdict.PASS else ""
    return Finding(
        code=rule.code,
        name=rule.name,
        verdict=verdict,
        value=value,
        unit=rule.unit,
        limit=-limits[0] if below else limits[0],
        cue=cue,
        why=rule.why,
        time_s=time_s,
    )


def _compare(value: float, pass_limit: float, fail_limit: float) -> Verdict:
    """Compare a value with the limits; if the pass limit is the larger one, more is better."""
    sign = 1.0 if pass_limit > fail_limit else -1.0
    if sign * value >= sign * pass_limit:
        return Verdict.PASS
    return Verdict.BORDERLINE if sign * value >= sign * fail_limit else Verdict.FAIL
