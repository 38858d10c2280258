"""The parts of a page that a coach would write: the set in sentences, and a rep beside the best one."""

from __future__ import annotations

import math
from itertools import cycle

import numpy as np
import streamlit as st

from gym.charts.comparing import plot_joint
from gym.charts.style import WITHOUT_TOOL_BAR
from gym.charts.workout import angle_title
from gym.comparing.warping import Comparison, compare_reps
from gym.exercises import EXERCISES, HOLDS
from gym.notes import say_value
from gym.schema import RepKind, SetReport, Workout
from gym.summary import overall_verdict, pair_reps, summarise_set
from gym.ui.guard import guarded_fragment
from gym.wording import list_sentences, say_depth, say_joint, say_odd

_LEAST_SHARE = 0.9  # of the best range: a rep that reaches it is as good
_MOST_CHARTS = 4  # of the joints that differ most
_HEIGHT_KEY = "height_cm"


def show_set_report(workout: Workout) -> None:
    """Show what a coach would say of every set of the exercise."""
    if not workout.reps:
        return
    st.markdown("**The set, as a coach reports it**")
    height_cm = _ask_height()
    sets = workout.report.sets
    common = _depth_lines(workout, height_cm) + _posture_lines(workout)
    for number, about in enumerate(sets, start=1):
        if len(sets) > 1:
            st.markdown(f"Set {number}, {about.start_s:.1f} to {about.end_s:.1f} s")
        lines = set_lines(workout, about, height_cm)
        lines += common if len(sets) == 1 else []
        st.markdown("\n".join(f"- {line}" for line in lines))
    if common and len(sets) != 1:
        st.markdown("\n".join(f"- {line}" for line in common))


def set_lines(workout: Workout, about: SetReport, height_cm: float = math.nan) -> list[str]:
    """Return what a coach says of one set, as lines of Markdown."""
    exercise = EXERCISES.get(workout.exercise.label)
    first, last = about.first_rep - 1, about.last_rep
    whole = [
        report
        for report, rep in zip(
            workout.report.reps[first:last], workout.reps[first:last], strict=True
        )
        if rep.kind is RepKind.FULL
    ]
    said = list_sentences(about, whole, exercise, height_cm)
    lines = [f"**{title}**: {sentence}" for title, sentence in said]
    if about.best_rep is not None:
        worst = f"; the one to work on most: {about.worst_rep}" if _differ(workout, about) else ""
        lines.append(f"**Best rep**: {about.best_rep}{worst}.")
    return lines


def _differ(workout: Workout, about: SetReport) -> bool:
    """Tell whether the worst rep is worse than the best one by its verdict, or by much of its range."""
    pairs = pair_reps(workout)
    best, worst = (overall_verdict(pairs[n - 1][1]) for n in (about.best_rep, about.worst_rep))
    return best is not worst or workout.report.reps[about.worst_rep - 1].range_share < _LEAST_SHARE


def _ask_height() -> float:
    """Ask how tall the athlete is; NaN where nobody says."""
    given = st.number_input(
        "Your height in cm, for lengths in centimetres (optional)",
        min_value=100,
        max_value=230,
        value=None,
        step=1,
        key=_HEIGHT_KEY,
    )
    return math.nan if given is None else float(given)


def given_height_cm() -> float:
    """Return the height that the athlete gave on this page; NaN where they did not."""
    return float(st.session_state.get(_HEIGHT_KEY) or math.nan)


def _depth_lines(workout: Workout, height_cm: float) -> list[str]:
    """Say how deep the reps went, where a rule measured it."""
    summary = summarise_set(workout)
    if not summary.depth_unit:
        return []
    code = next(
        found.code
        for _, findings in pair_reps(workout)
        for found in findings
        if found.name == summary.depth_name
    )
    ends = [
        say_depth(code, value, summary.depth_unit, height_cm)
        for value in (summary.shallowest, summary.deepest)
    ]
    between = ends[0] if ends[0] == ends[1] else f"from {ends[0]} to {ends[1]}"
    spread = summary.depth_spread
    varying = "" if math.isnan(spread) else f", varying by {say_value(spread, summary.depth_unit)}"
    return [f"**{summary.depth_name}**: {between}{varying}."]


def _posture_lines(workout: Workout) -> list[str]:
    """Say which share of the time in reps the posture was good."""
    shares = [
        f"{share:.0%} {name.replace('_', ' ')}"
        for name, share in workout.form.frame_share.items()
        if share >= 0.005
    ]
    if not shares or workout.exercise.label in HOLDS:  # each hold has a row of its own
        return []
    return [f"**Posture**, as shares of the time in reps: {', '.join(shares)}."]


@guarded_fragment()
def show_comparison(workout: Workout) -> None:
    """Show a rep beside the best one, joint by joint; the visitor chooses both."""
    whole = [n for n, rep in enumerate(workout.reps, start=1) if rep.kind is RepKind.FULL]
    if len(whole) < 2 or not workout.report.sets:
        return
    st.subheader("Compare a rep with your best")
    _show_odd(workout)
    best = next((one.best_rep for one in workout.report.sets if one.best_rep), whole[0])
    odd = [rep.number for one in workout.report.sets for rep in one.odd if rep.number != best]
    worst = [one.worst_rep for one in workout.report.sets if one.worst_rep not in (None, best)]
    others = [n for n in whole if n != best]
    asked, against = st.columns(2, gap="medium")
    number = asked.selectbox(
        "Rep", whole, index=whole.index([*odd, *worst, *others][0]), key="compared_rep"
    )
    reference = against.selectbox(
        "Compared with",
        whole,
        index=whole.index(best),
        format_func=lambda n: f"{n} (your best)" if n == best else str(n),
        key="reference_rep",
    )
    comparison = compare(workout, number, reference)
    if number == reference or not comparison.joints:
        st.caption(
            "Choose two different reps."
            if number == reference
            else "The joints were not seen well enough in both reps."
        )
        return
    st.markdown(say_comparison(comparison, number, reference))
    order = np.argsort(-comparison.distance_deg)[:_MOST_CHARTS]
    for place, column in zip(order, cycle(st.columns(2, gap="medium")), strict=False):
        joint = comparison.joints[place]
        with column:
            away = comparison.distance_deg[place]
            st.markdown(f"**{angle_title(joint)}**: {away:.0f}° apart on average")
            figure = plot_joint(comparison, joint, f"Rep {number}", f"Rep {reference}")
            st.plotly_chart(figure, key=f"compared_{joint}", config=WITHOUT_TOOL_BAR)


def compare(workout: Workout, number: int, reference: int) -> Comparison:
    """Compare two reps by their numbers; the left's with the right's are compared mirrored."""
    sides = {workout.report.reps[n - 1].side for n in (number, reference)}
    return compare_reps(
        workout.signals,
        workout.reps[number - 1],
        workout.reps[reference - 1],
        mirrored=sides == {"left", "right"},
    )


def say_comparison(comparison: Comparison, number: int, reference: int) -> str:
    """Say where a rep differs most from another."""
    joint, time_s, difference_deg = comparison.find_largest()
    how = "wider" if difference_deg > 0 else "narrower"
    return (
        f"Rep {number} differs from rep {reference} most at {time_s:.1f} s: the angle of the "
        f"{say_joint(joint)} is {abs(difference_deg):.0f}° {how}. Both are matched moment by moment, "
        "so a slower rep is no difference."
    )


def _show_odd(workout: Workout) -> None:
    """Name the reps that are unlike the good ones, in a sentence each."""
    exercise = EXERCISES.get(workout.exercise.label)
    odd = [rep for one in workout.report.sets for rep in one.odd]
    compared = max(one.compared for one in workout.report.sets)
    for rep in odd:
        st.markdown(f"- {say_odd(rep, exercise)}")
    if not compared:
        st.caption("Four good reps are needed to tell which one is unlike the others.")
    elif not odd:
        st.caption(f"No rep is unlike the others: {compared} good ones were compared.")
