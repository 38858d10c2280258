"""The words that every page, chart, file and picture uses for the same thing, and what to tell of a clip.

A rep is good, borderline, to work on, or not judgeable; one that is not whole is partial, and is not
counted. A rep in which no rule says "to work on" is clean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from gym.exercises import EXERCISES, HOLDS, OTHER, Exercise, FormRule, Kind, title_of
from gym.pose.people import describe_people
from gym.schema import (
    Agreement,
    Classification,
    ClipInfo,
    Finding,
    Hold,
    PoseSequence,
    RepCount,
    RepKind,
    Unseen,
    Verdict,
    Workout,
)

_VIEWS = ("side", "diagonal", "front", "rear")  # those that show most come first

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
LOW_CONFIDENCE = 0.6  #: below this a count is said to be unsure
PARTIAL, PARTIAL_SIGN = "partial", "◐"
CLEAN_REPS = "Clean reps"


def say_verdict(verdict: Verdict) -> str:
    """Return a verdict as a sign and a word.

    >>> say_verdict(Verdict.FAIL)
    '✗ to work on'
    """
    return f"{VERDICT_SIGNS[verdict]} {VERDICT_WORDS[verdict]}"


def finding_text(finding: Finding) -> str:
    """Return one finding as a sign, the value and its unit."""
    if finding.verdict is Verdict.UNSEEN or math.isnan(finding.value):
        return say_verdict(Verdict.UNSEEN)
    return f"{VERDICT_SIGNS[finding.verdict]} {say_value(finding.value, finding.unit)}"


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


def say_value(value: float, unit: str) -> str:
    """Return a value with its unit, rounded to meaningful digits.

    >>> say_value(41.7, "°"), say_value(0.123, "thigh lengths")
    ('42°', '0.12 thigh lengths')
    """
    if math.isnan(value):
        return "–"
    if unit == "°":
        return f"{round(value)}°"
    return f"{round(value, 2) + 0.0:.2f} {unit}"  # never -0.00


def name_ways(exercise: Exercise | None) -> tuple[str, str]:
    """Return what the two halves of a rep are called.

    >>> name_ways(EXERCISES["pull_up"]), name_ways(None)
    (('up', 'down'), ('out', 'back'))
    """
    return exercise.ways if exercise else ("out", "back")


def name_ends(exercise: Exercise | None) -> tuple[str, str]:
    """Return what the two ends of a rep's way are called: at rest, and at the turn.

    >>> name_ends(EXERCISES["squat"]), name_ends(EXERCISES["jumping_jack"])
    (('top', 'bottom'), ('rest', 'turn'))
    """
    ends = {"down": ("top", "bottom"), "up": ("bottom", "top")}
    return ends.get(name_ways(exercise)[0], ("rest", "turn"))


def say_turn(exercise: Exercise | None, time_s: float) -> str:
    """Say when a rep turns.

    >>> say_turn(EXERCISES["squat"], 1.5), say_turn(EXERCISES["bicep_curl"], 1.5)
    ('lowest at 1.50 s', 'turns at 1.50 s')
    """
    how = "lowest" if name_ways(exercise)[0] == "down" else "turns"
    return f"{how} at {time_s:.2f} s"


def list_exercises(kind: Kind = Kind.REPS) -> str:
    """Return the exercises of a kind, several of each, as they stand in a sentence.

    >>> list_exercises(Kind.HOLD)
    'planks and wall sits'
    """
    return join_words([one.plural for one in EXERCISES.values() if one.kind is kind])


def join_words(words: Sequence[str]) -> str:
    """Join words as in a sentence.

    >>> join_words(["squats", "lunges", "planks"]), join_words(["squats"])
    ('squats, lunges and planks', 'squats')
    """
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def say_where_from(view: str) -> str:
    """Say from where to film.

    >>> say_where_from("side"), say_where_from("diagonal")
    ('from the side', 'diagonally')
    """
    return "diagonally" if view == "diagonal" else f"from the {view}"


def list_unjudged(workout: Workout) -> list[str]:
    """Say what could not be judged in any whole rep, why, and where to put the camera; none is fine."""
    exercise = EXERCISES.get(workout.exercise.label)
    whole = [
        found
        for rep, found in zip(workout.reps, workout.form.findings, strict=False)
        if rep.kind is RepKind.FULL
    ]
    rules: dict[Unseen, list[FormRule]] = {}
    for rule in exercise.rules if exercise else ():
        same = [one for found in whole for one in found if one.code == rule.code]
        reasons = [one.unseen for one in same if one.unseen not in (None, Unseen.PARTIAL)]
        if reasons and len(reasons) == len(same):
            rules.setdefault(max(reasons, key=reasons.count), []).append(rule)
    label = workout.signals.view.label
    return [_say_unjudged(why, some, label) for why, some in rules.items()]


def _say_unjudged(why: Unseen, rules: Sequence[FormRule], view: str) -> str:
    """Say why some rules could not be judged, and what to do about it."""
    names = ", ".join(rule.name.lower() for rule in rules)
    shared = [one for one in _VIEWS if all(one in rule.views for rule in rules)]
    where = say_where_from(shared[0] if shared else rules[0].views[0])
    if why is Unseen.VIEW:
        seen_from = f"From the {view}" if view in ("side", "front", "rear") else "From here"
        return f"{seen_from} the camera does not show: {names}. Film {where} to have that judged."
    if why is Unseen.UNSURE:
        return f"Too unsure from here: {names}. Film {where}, with the phone at hip height."
    return f"The joints were not seen well enough for: {names}. Film the whole body {where}."


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


def say_holds(holds: Sequence[Hold]) -> str:
    """Say what was held, and for how long.

    >>> say_holds([Hold("plank", 1.0, 43.3), Hold("plank", 50.0, 60.0)])
    'Plank: held 42.3 s and 10.0 s'
    """
    lines = []
    for name in dict.fromkeys(hold.exercise for hold in holds):
        lengths = [f"{hold.seconds:.1f} s" for hold in holds if hold.exercise == name]
        said = " and ".join([", ".join(lengths[:-1]), lengths[-1]] if lengths[1:] else lengths)
        lines.append(f"{title_of(name)}: held {said}")
    return "; ".join(lines)


def say_drift(finding: Finding) -> str:
    """Say that a hold got worse towards its end; empty where it did not, or not by much.

    By half of the limit at least: less is not seen by eye either.
    """
    worse = finding.drift >= abs(finding.limit) / 2
    return "worse towards the end" if worse else ""


def say_slow_motion(factor: int, reps: int, exercise: str) -> str:
    """Say that a clip seems to be slowed down, and what to do about it."""
    return (
        f"This looks like slow motion: played {factor} times faster it shows "
        f"{reps} {EXERCISES[exercise].plural}. Reps are counted at real speed "
        "only, so send the clip as it was filmed, or speed it up first."
    )


def say_doubt(agreement: Agreement) -> str:
    """Say why a count is unsure; empty where it is not."""
    if not agreement.confidence < LOW_CONFIDENCE:
        return ""
    if agreement.visibility < agreement.agreed_share:
        why = "the arms and legs were hard to see"
    elif len(agreement.members) == 1:
        why = "only one counter can count this, and the reps are not much alike"
    else:
        why = f"the counters disagree about {agreement.disputed} of the reps"
    return f"This count is unsure: {why}."


def list_notes(
    clip: ClipInfo,
    poses: PoseSequence,
    exercise: Classification,
    count: RepCount,
    agreement: Agreement,
    holds: Sequence[Hold] = (),
) -> list[str]:
    """Say what the user should know about this clip and its result, in plain sentences."""
    notes = []
    if clip.stopped_s is not None:
        notes.append(
            f"The file is damaged: it could be read up to {clip.stopped_s:.1f} s, and that part "
            "was analysed."
        )
    seen = float(poses.seen.mean()) if len(poses) else 0.0
    if seen < 0.9:
        notes.append(f"The athlete was not in view in {1 - seen:.0%} of the frames.")
    notes += describe_people(poses)
    if exercise.label in HOLDS:
        notes += [] if holds else [_explain_no_hold(clip, exercise)]
    elif count.count == 0:
        notes.append(_explain_no_reps(clip, exercise, count))
    elif doubt := say_doubt(agreement):
        notes.append(doubt)
    return notes


def _explain_no_hold(clip: ClipInfo, exercise: Classification) -> str:
    """Say why nothing was timed."""
    held = EXERCISES[exercise.label]
    if clip.duration_s < held.rep_s[0]:
        return f"The clip is too short for a {held.title.lower()}: {clip.duration_s:.1f} s."
    return (
        f"No {held.title.lower()} was held for {held.rep_s[0]:.0f} s or longer with the joints in view. "
        f"Film the whole body from the {held.best_view}."
    )


def _explain_no_reps(clip: ClipInfo, exercise: Classification, count: RepCount) -> str:
    """Say why nothing was counted."""
    if clip.duration_s < 1.0:
        return f"The clip is too short for a rep: {clip.duration_s:.1f} s."
    if exercise.label not in EXERCISES:
        seen_as = (
            "" if exercise.label == OTHER else f"; it looks like {title_of(exercise.label).lower()}"
        )
        return (
            f"No exercise that has rules was recognised{seen_as}. If the clip shows one, choose "
            f"it yourself: {list_exercises()} are counted."
        )
    if count.reps:
        reasons = "; ".join(dict.fromkeys(rep.reason for rep in count.reps))
        return f"Only partial reps were found, no whole one: {reasons}."
    chosen = EXERCISES[exercise.label]
    return (
        f"No {chosen.title.lower()} was found: no movement with the joints in view was large enough. "
        f"Film the whole body {say_where_from(chosen.best_view)}."
    )
