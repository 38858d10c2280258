"""Compare: one set counted by every counter, or many clips with known counts."""

import streamlit as st

from gym.ui.ask import ask_for_analysis
from gym.ui.compare import ask_exercise, ask_true_count, show_counts, show_side_by_side
from gym.ui.evidence import show_why
from gym.ui.frame import begin_page
from gym.ui.guard import guard
from gym.ui.scoreboard import show_scoreboard

ONE, SEVERAL = "One clip", "Several clips"

begin_page("Compare", icon="⚖️")
st.title("Compare the counters")
view = st.segmented_control(
    "What to compare",
    [ONE, SEVERAL],
    default=ONE,
    required=True,
    key="compare_view",
    label_visibility="collapsed",
    persist_state="session",
)

if view == SEVERAL:
    show_scoreboard()
    st.stop()

opened = ask_for_analysis()
if opened is not None:
    counts = st.container()
    left, right = st.columns(2)
    with left:
        settings = ask_exercise()
    with right:
        true_count = ask_true_count(opened)
    with guard():
        workout = opened.judge(settings)
        with counts:
            show_counts(workout, true_count)
        show_side_by_side(opened, workout)
        show_why(opened, workout)
