"""The parts of a page that show what was held: the seconds, the form over time, and the findings."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from gym.charts.style import WITH_TOOL_BAR
from gym.charts.workout import plot_hold
from gym.exercises import EXERCISES, FormRule, title_of
from gym.notes import VERDICT_WORDS, finding_text, say_drift, say_verdict
from gym.schema import Verdict, Workout
from gym.summary import kept_share, main_finding, overall_verdict


def hold_figures(workout: Workout) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Return how long it was held and how well: a label, a value and a detail each."""
    holds = [hold for hold in workout.holds if hold.exercise == workout.exercise.label]
    if not holds:
        return ("Held", "–", "nothing was held"), ("Within the limits", "–", "nothing to judge")
    total_s = sum(hold.seconds for hold in holds)
    longest_s = max(hold.seconds for hold in holds)
    many = f"in {len(holds)} holds, the longest {longest_s:.1f} s"
    kept = kept_share(holds)
    return (
        ("Held", f"{total_s:.1f} s", many if len(holds) > 1 else "in one hold"),
        ("Within the limits", "–", VERDICT_WORDS[Verdict.UNSEEN])
        if math.isnan(kept)
        else ("Within the limits", f"{kept:.0%}", "of that time, as far as seen"),
    )


def show_hold_lines(workout: Workout, key: str) -> None:
    """Show what each rule measured over time; the player moves its cursor over the one with this key."""
    rules = _judged_rules(workout)
    if not rules:
        st.caption("There is no form to draw over time: no hold could be judged.")
    for number, rule in enumerate(rules):
        st.markdown(f"**{rule.name} over time**")
        with st.container(key=key if number == 0 else f"{key}_{number}"):
            figure = plot_hold(workout, rule)
            st.plotly_chart(figure, key=f"{key}_{number}_figure", config=WITH_TOOL_BAR)


def show_holds(workout: Workout) -> None:
    """Show each hold in a row, with what was found; nothing where nothing was held."""
    if not workout.holds:
        return
    st.subheader("Hold by hold")
    st.caption(
        "A measured value is the worst that lasted for a second; behind it, the share of the time "
        "within the limit."
    )
    st.dataframe(
        hold_table(workout),
        hide_index=True,
        key="holds",
        column_config={"What to do": st.column_config.TextColumn(width="large")},
    )
    for rule in _judged_rules(workout):
        st.caption(f"**{rule.name}.** {rule.why} Source of the limit: {rule.source}")


def hold_table(workout: Workout) -> pd.DataFrame:
    """Return the holds as people read them: how long, the verdict, what was measured, what to do."""
    rows = []
    for hold in workout.holds:
        row = {
            "Hold": title_of(hold.exercise),
            "Held": f"{hold.seconds:.1f} s",
            "Time": f"{hold.start_s:.1f} to {hold.end_s:.1f} s",
            "Verdict": say_verdict(overall_verdict(hold.findings)),
        }
        for finding in hold.findings:
            parts = [finding_text(finding)]
            if not math.isnan(finding.kept_share):
                parts.append(f"{finding.kept_share:.0%} within the limit")
            row[finding.name] = ", ".join(part for part in (*parts, say_drift(finding)) if part)
        finding = main_finding(hold.findings)
        row["What to do"] = finding.cue if finding else ""
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def _judged_rules(workout: Workout) -> list[FormRule]:
    """Return the rules of which some hold has a value, each once."""
    measured = {f.code for hold in workout.holds for f in hold.findings if not math.isnan(f.value)}
    names = dict.fromkeys(hold.exercise for hold in workout.holds)
    return [rule for name in names for rule in EXERCISES[name].rules if rule.code in measured]
