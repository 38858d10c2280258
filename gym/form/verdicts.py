"""From a measured value to a verdict: within the limits, between them, or beyond."""

from __future__ import annotations

import numpy as np

from gym.exercises import FormRule
from gym.schema import Finding, Unseen, Verdict

#: A value that may be off by this many times the borderline band says nothing.
TOO_UNSURE = 2.0


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


def find_nothing(rule: FormRule, pass_limit: float, unseen: Unseen) -> Finding:
    """Return the finding of a rule that cannot be judged."""
    return Finding(
        rule.code,
        rule.name,
        Verdict.UNSEEN,
        float("nan"),
        rule.unit,
        pass_limit,
        "",
        rule.why,
        unseen=unseen,
    )


def find(
    rule: FormRule,
    value: float,
    limits: tuple[float, float],
    time_s: float,
    uncertainty: float = float("nan"),
) -> Finding:
    """Compare a rule's value with its limits.

    A pass and a fail need more room to the limit than the value may be off. What may be off by more than
    `TOO_UNSURE` times the distance of the two limits is not judgeable near them.
    """
    below = bool(rule.fault_below) and value < 0
    size = abs(value) if rule.fault_below else value
    near = min(abs(size - limit) for limit in limits) < 2 * uncertainty
    if near and uncertainty > TOO_UNSURE * abs(limits[0] - limits[1]):
        return find_nothing(rule, limits[0], Unseen.UNSURE)
    verdict = _compare(size, *limits, 0.0 if np.isnan(uncertainty) else uncertainty)
    wrong = verdict is Verdict.FAIL or _compare(size, *limits) is not Verdict.PASS
    return Finding(
        code=rule.code,
        name=rule.name,
        verdict=verdict,
        value=value,
        unit=rule.unit,
        limit=-limits[0] if below else limits[0],
        cue=(rule.cue_below if below else rule.cue) if wrong else "",
        why=rule.why,
        time_s=time_s,
        uncertainty=uncertainty,
    )


def _compare(
    value: float, pass_limit: float, fail_limit: float, uncertainty: float = 0.0
) -> Verdict:
    """Compare a value with the limits; if the pass limit is the larger one, more is better."""
    sign = 1.0 if pass_limit > fail_limit else -1.0
    if sign * value - uncertainty >= sign * pass_limit:
        return Verdict.PASS
    return Verdict.BORDERLINE if sign * value + uncertainty >= sign * fail_limit else Verdict.FAIL
