"""Compare: one set counted by the counters you choose, many clips with known counts, or the systems."""

import streamlit as st

from gym.ui.ask import ask_for_analysis
from gym.ui.compare import (
    ask_counters,
    ask_exercise,
    ask_true_count,
    show_counts,
    show_only,
    show_side_by_side,
)
from gym.ui.counter_table import show_counter_table
from gym.ui.evidence import show_why
from gym.ui.frame import begin_page
from gym.ui.guard import guard
from gym.ui.scoreboard import show_scoreboard
from gym.ui.systems import show_systems

ONE, SEVERAL, SYSTEMS = "One clip", "Several clips", "The systems"

begin_page("Compare", icon="⚖️")
st.title("Compare the counters")
view = st.segmented_control(
    "What to compare",
    [ONE, SEVERAL, SYSTEMS],
    default=ONE,
    required=True,
    key="compare_view",
    label_visibility="collapsed",
    persist_state="session",
)

if view == SEVERAL:
    show_scoreboard()
    st.stop()
if view == SYSTEMS:
    with guard():
        show_systems()
    st.stop()

opened = ask_for_analysis()
if opened is not None:
    counts = st.container()
    left, right = st.columns(2)
    with left:
        settings = ask_exercise()
    with right:
        true_count = ask_true_count(opened)
    chosen = ask_counters()
    with guard():
        workout = show_only(opened, settings, chosen)
        with counts:
            show_counts(workout, true_count)
        show_side_by_side(opened, workout)
        show_counter_table(workout, true_count)
        show_why(opened, workout)
