"""The moment that decides: a picture of what was measured in a rep or a hold that the visitor chooses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from gym.errors import ClipError
from gym.exercises import EXERCISES, Exercise, FormRule, Kind, title_of
from gym.exercises.strictness import apply_strictness
from gym.notes import VERDICT_WORDS, say_verdict
from gym.schema import Finding, RepKind, Verdict, Workout
from gym.summary import main_finding, overall_verdict, pair_reps
from gym.ui.opened import OpenedAnalysis
from gym.ui.set_report import given_height_cm

_PICTURES = "moment_pictures"
_REMEMBERED = 16  # pictures of the open clip, at about 0.1 MB
_TAKEN = "moment_click"  # the latest click in the table that was followed


@dataclass(frozen=True)
class Judged:
    """A rep or a hold with what was found, as one chooses it."""

    title: str
    exercise: Exercise
    span_s: tuple[float, float]
    findings: tuple[Finding, ...]

    @property
    def shown(self) -> dict[str, tuple[FormRule, Finding]]:
        """The rules that have a moment, by code, each with its finding."""
        rules = {rule.code: rule for rule in self.exercise.rules}
        return {
            finding.code: (rules[finding.code], finding)
            for finding in self.findings
            if finding.code in rules and math.isfinite(finding.time_s)
        }

    @property
    def deciding(self) -> str:
        """The code of the rule that decides the verdict, among those that have a moment."""
        finding = main_finding([finding for _, finding in self.shown.values()])
        return finding.code if finding else ""


def list_judged(workout: Workout) -> list[Judged]:
    """List the whole reps and the holds in which something was measured, in time order."""
    label = workout.exercise.label
    names = {label, *(hold.exercise for hold in workout.holds)} & EXERCISES.keys()
    strict = {name: apply_strictness(EXERCISES[name], workout.strictness) for name in names}
    judged = [
        Judged(f"Rep {number}", strict[label], (rep.start_s, rep.end_s), found)
        for number, (rep, found) in enumerate(pair_reps(workout), start=1)
        if label in strict and rep.kind is RepKind.FULL
    ]
    judged += [
        Judged(
            f"{title_of(hold.exercise)} {number}",
            strict[hold.exercise],
            (hold.start_s, hold.end_s),
            hold.findings,
        )
        for number, hold in enumerate(workout.holds, start=1)
    ]
    return sorted((one for one in judged if one.shown), key=lambda one: one.span_s)


def show_moment(
    opened: OpenedAnalysis, workout: Workout, clicked: tuple[int, str] | None = None, click: int = 0
) -> None:
    """Show the moment that decides as a picture; nothing where nothing was measured.

    Parameters
    ----------
    opened, workout
    clicked : (row, column) of the table of reps, optional
        Chooses the rep, and the rule if the column is one's; once for each new ``click``.
    click : int
        The click's number.
    """
    judged = {one.title: one for one in list_judged(workout)}
    if not judged:
        return
    st.subheader("The moment that decides")
    rep_key, rule_key = f"moment_rep_{opened.id}", f"moment_rule_{opened.id}"
    state = st.session_state
    if state.get(rep_key) not in judged:
        state[rep_key] = _choose_worst(list(judged.values()))
    if clicked is not None and state.get(_TAKEN) != (opened.id, click):
        state[_TAKEN] = (opened.id, click)
        row, column = clicked
        if f"Rep {row + 1}" in judged:
            state[rep_key] = f"Rep {row + 1}"
            shown = judged[state[rep_key]].shown.items()
            named = [code for code, (rule, _) in shown if rule.name == column]
            state[rule_key] = named[0] if named else judged[state[rep_key]].deciding
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        title = st.selectbox(
            _name_kind(list(judged.values())),
            list(judged),
            format_func=lambda one: f"{one} · {say_verdict(overall_verdict(judged[one].findings))}",
            key=rep_key,
            width=300,
        )
        one = judged[title]
        if state.get(rule_key) not in one.shown:
            state[rule_key] = one.deciding
        code = st.pills(
            "What was measured",
            list(one.shown),
            required=True,
            wrap=True,
            format_func=lambda code: _name_choice(*one.shown[code]),
            key=rule_key,
        )
    rule, finding = one.shown[code]
    picture, words = st.columns([4, 7], gap="medium")
    with picture, st.container(key="moment"):
        image, from_clip = _picture(opened, workout, one, rule, finding)
        st.image(
            image,
            caption=f"{title} at {finding.time_s:.2f} s",
            width="stretch",
            alt=f"{title}, {rule.name}: {VERDICT_WORDS[finding.verdict]}",
        )
    with words:
        _show_words(rule, finding, from_clip)


def _name_kind(judged: list[Judged]) -> str:
    """Say what there is to choose from."""
    kinds = {one.exercise.kind for one in judged}
    return "Rep or hold" if len(kinds) > 1 else "Hold" if Kind.HOLD in kinds else "Rep"


def _choose_worst(judged: list[Judged]) -> str:
    """Return the title of the first with the worst verdict."""
    gravity = (Verdict.FAIL, Verdict.BORDERLINE, Verdict.PASS, Verdict.UNSEEN)
    return min(judged, key=lambda one: gravity.index(overall_verdict(one.findings))).title


def _name_choice(rule: FormRule, finding: Finding) -> str:
    """Return a rule's name with the sign of its verdict."""
    return f"{say_verdict(finding.verdict).split(' ')[0]} {rule.name}"


def _show_words(rule: FormRule, finding: Finding, from_clip: bool) -> None:
    """Say beside the picture what it shows, for those who cannot see it as well."""
    from gym.drawing.measured import say_measured  # late: OpenCV

    measured, limit = say_measured(rule, finding, given_height_cm())
    st.markdown(f"**{rule.name}: {say_verdict(finding.verdict)}**  \n{measured}.  \n{limit}.")
    if finding.cue:
        st.markdown(f"**What to do:** {finding.cue}")
    st.caption(rule.why)
    if not from_clip:
        st.caption(
            "There is no video to take the picture from, so it is drawn from the poses alone."
        )


def _picture(
    opened: OpenedAnalysis, workout: Workout, one: Judged, rule: FormRule, finding: Finding
) -> tuple[bytes, bool]:
    """Return the picture as a JPEG, and whether it shows a frame of the clip; drawn only once."""
    kept = st.session_state.setdefault(_PICTURES, {})
    key = (opened.id, one.span_s, finding, given_height_cm())
    for other in [other for other in kept if other[0] != opened.id]:
        del kept[other]
    if key not in kept:
        kept[key] = _draw(opened.video, workout, one, rule, finding)
        while len(kept) > _REMEMBERED:
            del kept[next(iter(kept))]
    return kept[key]


def _draw(
    video: Path | None, workout: Workout, one: Judged, rule: FormRule, finding: Finding
) -> tuple[bytes, bool]:
    """Draw the picture on the clip's frame; on a plain ground where there is none."""
    from gym.drawing.moments import draw_moment, to_jpeg  # late: OpenCV and PyAV

    what = (workout.poses, one.span_s, rule, finding, one.exercise.signal, given_height_cm())
    if video is not None:
        try:
            return to_jpeg(draw_moment(video, *what)), True
        except ClipError:  # it is damaged, or its file is gone
            pass
    return to_jpeg(draw_moment(None, *what)), False
