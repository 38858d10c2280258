"""Live: train in front of the camera; each rep is counted and judged as you do it."""

import streamlit as st

from gym.ui.downloads import show_downloads
from gym.ui.frame import begin_page
from gym.ui.guard import guard
from gym.ui.live import (
    ask_live_settings,
    finish_set,
    judge_settings,
    keep_set,
    live_holder,
    show_end,
    show_stage,
    show_way_out,
    start_over,
)
from gym.ui.moments import show_moment
from gym.ui.panels import show_playback, show_rules, show_summary

begin_page("Live", icon="📹")
st.title("Train live")

opened = finish_set()
if opened is not None:
    show_end()
    st.button("Train again", type="primary", key="train_again", on_click=start_over)
    settings = judge_settings()
    with guard():
        workout = opened.judge(settings)
        show_summary(workout)
        if opened.video is not None:
            show_playback(opened, workout)
        else:
            show_moment(opened, workout)
        show_rules(workout)
        show_downloads(opened, workout, settings)
    keep_set(live_holder())
else:
    show_stage(ask_live_settings())
    show_way_out()
