"""The home page: what the app does in one picture, and links to its pages."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from gym.exercises import Kind
from gym.notes import list_exercises
from gym.ui.cached import sample_is_there
from gym.ui.frame import APP_NAME, PAGES, begin_page
from gym.ui.guard import guard
from gym.ui.opened import open_sample

_ASSETS = Path(__file__).parents[1] / "assets"
#: The picture in three parts (file, title, text), so that a phone can show them below each other.
_STEPS = (
    ("step_find.svg", "Your body is found", "33 joints in every frame of your clip."),
    (
        "step_count.svg",
        "Reps are counted",
        "Half reps are listed as partial. Walking in or picking up a bottle is not a rep.",
    ),
    (
        "step_judge.svg",
        "Your form is judged",
        "Each verdict comes with the measured value, its limit and the moment in the video.",
    ),
)


def show_home() -> None:
    """Show the home page."""
    begin_page("Home", icon="🏋️")
    st.title(APP_NAME)
    st.markdown(
        "Film a set, or train live in front of your camera. Every rep is counted and its form is "
        "judged, and you see why in the picture."
    )
    st.markdown(
        f"It counts **{list_exercises()}**, and it knows what is held: **{list_exercises(Kind.HOLD)}**."
    )
    _show_picture()
    with st.container(key="page_links"):
        _show_page_links()
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Your clips stay here")
        st.markdown(
            "Your clips are analysed on the machine that runs this app. No pictures, results or "
            "usage statistics are sent anywhere else, and an uploaded clip is deleted when your "
            "session ends."
        )
    with right:
        st.subheader("What it cannot do")
        st.markdown(
            "- It works with one person and one camera, and judges only what the camera sees. A "
            "front view hides how far the trunk leans, so the app then says *not judgeable* instead "
            "of guessing.\n"
            "- Joints are estimated from pictures. Expect errors of several degrees, and more in "
            "loose clothes or poor light.\n"
            "- It is a training aid. It is not a medical device and does not replace a coach."
        )


def _show_picture() -> None:
    """Show what happens to a clip, step by step."""
    for number, (column, step) in enumerate(zip(st.columns(3), _STEPS, strict=True), start=1):
        file_name, title, words = step
        with column.container(border=True, height="stretch"):
            st.image(str(_ASSETS / file_name), width="stretch")
            st.markdown(f"**{number} · {title}**  \n{words}")


def _show_page_links() -> None:
    """Offer each page and the sample, each with one line that says what it is for."""
    pages = PAGES[1:]
    columns = st.columns(len(pages) + 1)
    for column, page in zip(columns, pages, strict=False):
        with column.container(border=True, height="stretch"):
            st.page_link(page.path, label=f"**{page.title}** →")
            st.markdown(page.purpose)
    if not sample_is_there():
        return
    with columns[-1].container(border=True, height="stretch"):
        if st.button("Try the sample", type="primary"):
            with guard():
                open_sample()
                st.switch_page("pages/analyse.py")
        st.markdown(
            "See the finished analysis of a short clip. There is nothing to upload and no waiting."
        )
