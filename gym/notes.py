"""The words that every page, chart, file and picture uses for the same thing.

A rep is good, borderline, to work on, or not judgeable; one that is not whole is partial, and is not
counted. A rep in which no rule says "to work on" is clean.
"""

from __future__ import annotations

import math

from gym.schema import Verdict

VERDICT_WORDS = {
    Verdict.PASS: "good",
    Verdict.BORDERLINE: "borderline",
    Verdict.FAIL: "to work on",
    Verdict.UNSEEN: "not judgeable",
}
VERDICT_SIGNS = {
    Verdict.PASS: "✓",
    Verdict.BORDERLINE: "≈",
    Verdict.FAIL: "✗",
    Verdict.UNSEEN: "?",
}
PARTIAL, PARTIAL_SIGN = "partial", "◐"
CLEAN_REPS = "Clean reps"


def say_verdict(verdict: Verdict) -> str:
    """Return a verdict as a sign and a word.

    >>> say_verdict(Verdict.FAIL)
    '✗ to work on'
    """
    return f"{VERDICT_SIGNS[verdict]} {VERDICT_WORDS[verdict]}"


def say_remark(verdict: Verdict, cue: str) -> str:
    """Return what a coach would say right after a rep: the cue, or the verdict where there is none.

    >>> say_remark(Verdict.PASS, ""), say_remark(Verdict.UNSEEN, ""), say_remark(Verdict.FAIL, "Up!")
    ('Good rep', 'Not judgeable from this view', 'Up!')
    """
    if verdict is Verdict.PASS:
        return f"{VERDICT_WORDS[verdict].capitalize()} rep"
    if verdict is Verdict.UNSEEN:
        return f"{VERDICT_WORDS[verdict].capitalize()} from this view"
    return cue


def say_not_counted(reason: str) -> str:
    """Say that a rep was not counted, and why where that is known.

    >>> say_not_counted("not finished before the clip ended")
    'Not counted: not finished before the clip ended'
    """
    return f"Not counted: {reason}" if reason else "Not counted"


def say_confidence(confidence: float) -> tuple[str, str]:
    """Return the confidence in a count as a figure, and what it means.

    >>> say_confidence(0.934), say_confidence(float("nan"))
    (('93%', 'in the common count'), ('–', 'nothing was found'))
    """
    if math.isnan(confidence):
        return "–", "nothing was found"
    return f"{confidence:.0%}", "in the common count"
