"""Form rep by rep, beside two people who looked: how often it is right, and how often it is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gym.schema import RepKind, Verdict, Workout
from gym.summary import pair_reps

#: What raters write, by the kind of thing that they look at, and the verdict that it stands for.
RATINGS = {
    "depth": {"full": Verdict.PASS, "borderline": Verdict.BORDERLINE, "shallow": Verdict.FAIL},
    "posture": {
        "straight": Verdict.PASS,
        "upright_ok": Verdict.PASS,
        "forward_lean": Verdict.FAIL,
        "rounded": Verdict.FAIL,
        "hollow": Verdict.FAIL,
    },
}
#: The rule that judges the same thing.
RULES = {
    ("squat", "depth"): "squat.depth",
    ("squat", "posture"): "squat.lean",
    ("push_up", "depth"): "push_up.depth",
    ("push_up", "posture"): "push_up.line",
}


@dataclass(frozen=True)
class RatedRep:
    """What two raters wrote of a rep: verdicts by kind; UNSEEN where one could not tell."""

    start_s: float
    end_s: float
    ratings: dict[str, tuple[Verdict, Verdict]]


@dataclass(frozen=True)
class Judged:
    """One rule's verdict on one rated rep, beside both raters'; None where the rep was not found."""

    code: str
    raters: tuple[Verdict, Verdict]
    verdict: Verdict | None


def to_verdict(kind: str, word: str) -> Verdict:
    """Return the verdict that a rater's word stands for; UNSEEN for none, or for one not known."""
    return RATINGS[kind].get(word, Verdict.UNSEEN)


def pair_ratings(exercise: str, rated: Iterable[RatedRep], workout: Workout) -> tuple[Judged, ...]:
    """Put each rated rep beside the found one whose turn lies in it."""
    whole = [(rep, found) for rep, found in pair_reps(workout) if rep.kind is RepKind.FULL]
    judged = []
    for one in rated:
        findings = next(
            (found for rep, found in whole if one.start_s <= rep.bottom_s <= one.end_s), ()
        )
        verdicts = {finding.code: finding.verdict for finding in findings}
        for kind, raters in one.ratings.items():
            if code := RULES.get((exercise, kind)):
                judged.append(Judged(code, raters, verdicts.get(code)))
    return tuple(judged)


def score_form(judged: Sequence[Judged]) -> dict[str, dict[str, object]]:
    """Score each rule on the reps that both raters judged.

    Returns
    -------
    dict of rule code to dict
        ``rated`` reps that both judged, ``coverage`` the share of them that was judged here; ``agreed``
        those of them on which both raters agree and that were judged here, ``right`` the share of these
        with the same verdict, ``contradicted`` the share with the opposite one; and of the fault, over
        the same reps, ``precision``, ``recall`` and ``f1``. None where there is nothing to divide by.
    """
    scores: dict[str, dict[str, object]] = {}
    for code in sorted({one.code for one in judged}):
        rated = [one for one in judged if one.code == code and Verdict.UNSEEN not in one.raters]
        here = [one for one in rated if one.verdict not in (None, Verdict.UNSEEN)]
        agreed = [one for one in here if len(set(one.raters)) == 1]
        pairs = Counter((one.raters[0], one.verdict) for one in agreed)
        hits = pairs[Verdict.FAIL, Verdict.FAIL]
        found = sum(n for (_, verdict), n in pairs.items() if verdict is Verdict.FAIL)
        true = sum(n for (rater, _), n in pairs.items() if rater is Verdict.FAIL)
        opposite = {Verdict.PASS, Verdict.FAIL}
        scores[code] = {
            "rated": len(rated),
            "coverage": _divide(len(here), len(rated)),
            "agreed": len(agreed),
            "right": _divide(sum(n for (a, b), n in pairs.items() if a is b), len(agreed)),
            "contradicted": _divide(
                sum(n for pair, n in pairs.items() if set(pair) == opposite), len(agreed)
            ),
            "precision": _divide(hits, found),
            "recall": _divide(hits, true),
            "f1": _divide(2 * hits, found + true),
        }
    return scores


def _divide(part: int, whole: int) -> float | None:
    """Return a share; None of nothing."""
    return round(part / whole, 4) if whole else None
