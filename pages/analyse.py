"""Analyse: from an uploaded clip to a verdict for every rep."""

import streamlit as st

from gym.ui.ask import (
    ask_clip,
    ask_exercise_and_counter,
    ask_limits,
    show_filming_advice,
    show_opening,
)
from gym.ui.downloads import show_downloads
from gym.ui.frame import begin_page
from gym.ui.guard import guard
from gym.ui.opened import finish_opening, opened_analysis, opening_analysis
from gym.ui.panels import show_playback, show_rules, show_summary

begin_page("Analyse", icon="🎬")
st.title("Analyse a clip")

opening = opening_analysis()
if opening is not None and opening.job.ended:
    with guard():
        finish_opening()
    opening = None
opened = opened_analysis()

if opening is not None:
    show_opening(opening)
elif opened is None:
    asking, advice = st.columns(2, gap="large")
    with asking:
        ask_clip()
    with advice:
        show_filming_advice()
else:
    with st.expander("Another clip"):
        ask_clip()

if opened is not None and opening is None:
    summary = st.container()
    with st.expander("Exercise, counter and limits"):
        settings = ask_exercise_and_counter()
        with guard():
            settings = ask_limits(settings, opened.judge(settings).exercise.label)
    with guard():
        workout = opened.judge(settings)
        with summary:
            show_summary(workout)
        show_playback(opened, workout)
        show_rules(workout)
        show_downloads(opened, workout, settings)
