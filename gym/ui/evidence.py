"""Why a rep was counted: the signal, the checks it passed, and three pictures of it."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from gym.charts.counters import plot_evidence
from gym.charts.style import WITHOUT_TOOL_BAR
from gym.exercises import EXERCISES, HOLDS
from gym.notes import name_ends
from gym.schema import Gate, Rep, RepCount, RepEvidence, RepKind, Workout
from gym.ui.compare import counter_title
from gym.ui.guard import guarded_fragment
from gym.ui.opened import OpenedAnalysis

_AROUND_S = 1.0


@guarded_fragment()
def show_why(opened: OpenedAnalysis, workout: Workout) -> None:
    """Show why a rep that the visitor chooses was counted or not; nothing of a hold."""
    if workout.exercise.label in HOLDS:
        return
    st.subheader("Why was this counted?")
    counters = [name for name, count in workout.counts.items() if count.reps]
    if not counters:
        st.caption("No counter found a rep.")
        return
    left, right = st.columns(2)
    with left:
        name = st.selectbox(
            "Counter",
            counters,
            format_func=counter_title,
            key=f"why_counter_{opened.id}",
            persist_state="session",
        )
    count = workout.counts[name]
    with right:
        index = st.selectbox(
            "Rep",
            range(len(count.reps)),
            format_func=lambda index: rep_title(count, index),
            key=f"why_rep_{opened.id}_{name}",
        )
    rep, evidence = count.reps[index], evidence_of(count, index)
    seen, asked = st.columns([6, 5], gap="medium")
    with seen:
        _show_stills(opened, workout, rep)
        st.markdown(f"**{evidence.signal}**")
        st.plotly_chart(
            plot_evidence(rep, evidence, EXERCISES.get(workout.exercise.label)),
            key="chart_evidence",
            config=WITHOUT_TOOL_BAR,
        )
    with asked:
        _show_decision(rep, evidence)
        if evidence.gates:
            st.markdown("**Checks**, in the order they are made")
            st.table(gate_table(evidence.gates), border="horizontal", hide_index=True)
        else:
            st.caption("This counter shows its signal only; it has no separate checks.")


def rep_title(count: RepCount, index: int) -> str:
    """Return what a rep is called in the list."""
    rep = count.reps[index]
    if rep.kind is RepKind.PARTIAL:
        return f"({index + 1}) at {rep.bottom_s:.1f} s, not counted"
    return f"{index + 1} at {rep.bottom_s:.1f} s"


def evidence_of(count: RepCount, index: int) -> RepEvidence:
    """Return a counter's evidence for a rep; its phase curve where it gives none."""
    if count.evidence:
        return count.evidence[index]
    rep = count.reps[index]
    near = (count.time_s >= rep.start_s - _AROUND_S) & (count.time_s <= rep.end_s + _AROUND_S)
    return RepEvidence("Phase", "", count.time_s[near], count.phase[near])


def gate_table(gates: tuple[Gate, ...]) -> pd.DataFrame:
    """Return a row for each check: what was measured, what was needed, and whether it passed."""
    return pd.DataFrame(
        [
            {
                "": "✓" if gate.passed else "✗",
                "Check": gate.name,
                "Measured": _amount(gate.value, gate.unit),
                "Needed": needed_text(gate),
            }
            for gate in gates
        ]
    )


def needed_text(gate: Gate) -> str:
    """Say what passes a check.

    >>> needed_text(Gate("Knee bend", 80.0, "°", low=30.0)), needed_text(Gate("Time", 2.0, "s", 0.3, 15))
    ('at least 30°', '0.3 to 15 s')
    """
    if math.isinf(gate.high):
        return f"at least {_amount(gate.low, gate.unit)}"
    if math.isinf(gate.low):
        return f"at most {_amount(gate.high, gate.unit)}"
    return f"{_amount(gate.low, '')} to {_amount(gate.high, gate.unit)}"


def _amount(value: float, unit: str) -> str:
    """Return a value with its unit, rounded to meaningful digits."""
    if math.isnan(value):
        return "not known"
    if unit == "%":
        return f"{value:.0%}"
    whole = unit == "°" or abs(value) >= 10
    number = f"{value:.0f}" if whole else f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{number}{'' if unit in ('', '°') else ' '}{unit}"


def _show_decision(rep: Rep, evidence: RepEvidence) -> None:
    """Say in a sentence what was decided, and why."""
    failed = [gate for gate in evidence.gates if not gate.passed]
    if rep.kind is RepKind.PARTIAL:
        st.warning(f"**Not counted**: {rep.reason or 'it is only part of a rep'}.")
    elif not evidence.gates:
        st.success("**Counted.**")
    else:
        passed = len(evidence.gates) - len(failed)
        st.success(f"**Counted**: it passed {passed} of {len(evidence.gates)} checks.")


def _show_stills(opened: OpenedAnalysis, workout: Workout, rep: Rep) -> None:
    """Show the frames in which the rep starts, turns, and ends."""
    from gym.drawing.stills import draw_rep  # late: OpenCV and PyAV

    turn = name_ends(EXERCISES.get(workout.exercise.label))[1]
    moments = ("Start", turn.capitalize(), "End")
    stills = draw_rep(opened.video, workout.poses, rep, workout.signals.near_side)
    with st.container(key="stills"):
        for column, moment, still in zip(st.columns(3, gap="small"), moments, stills, strict=True):
            with column:
                st.image(
                    still.image,
                    caption=f"{moment} · {still.time_s:.2f} s",
                    width="stretch",
                    output_format="JPEG",
                )
