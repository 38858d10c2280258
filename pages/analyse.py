"""Analyse: upload a clip and get a verdict for every rep."""

import streamlit as st

from gym.ui.ask import ask_exercise_and_counter, ask_for_analysis, ask_limits
from gym.ui.downloads import show_downloads
from gym.ui.frame import begin_page
from gym.ui.guard import guard
from gym.ui.panels import show_playback, show_rules, show_summary
from gym.ui.set_report import show_comparison
from gym.ui.teach import show_teaching

begin_page("Analyse", icon="🎬")
st.title("Analyse a clip")

opened = ask_for_analysis()
if opened is not None:
    summary = st.container()
    with st.expander("Exercise, counter and limits"):
        settings = ask_exercise_and_counter()
        with guard():
            settings = ask_limits(settings, opened.judge(settings).exercise.label)
    show_teaching(opened)
    with guard():
        workout = opened.judge(settings)
        with summary:
            show_summary(workout)
        show_playback(opened, workout)
        show_rules(workout)
        show_comparison(workout)
        show_downloads(opened, workout, settings)
