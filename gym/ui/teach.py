"""Teach the app an exercise of one's own with the clip that is open, and delete one again."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gym.counting import count_reps
from gym.counting.bounds import follow_signal
from gym.exercises import EXERCISES
from gym.exercises.taught import (
    MAX_TITLE,
    Taught,
    check_title,
    delete_taught,
    describe_signal,
    keep_taught,
    list_taught,
    name_taught,
)
from gym.schema import RepKind
from gym.teaching import teach_exercise
from gym.teaching.candidates import LEAST_REPS
from gym.ui.guard import guard, plain
from gym.ui.opened import EXERCISE_KEY, OpenedAnalysis
from gym.ui.visitor import serves_one_person

_FOUND = "teach_found"  # (the clip's id, what it taught)
_TITLE, _REPS, _OTHER_END = "teach_title", "teach_reps", "teach_other_end"


def show_teaching(opened: OpenedAnalysis) -> None:
    """Offer to learn the exercise of the open clip, and list those that were taught."""
    with st.expander("Teach an exercise of your own"):
        if not serves_one_person():
            st.markdown(
                "Exercises of your own can be taught where the app runs on your own computer. This "
                "server has several visitors, who would all see them."
            )
            return
        st.markdown(
            f"Does this clip show {LEAST_REPS} reps or more of an exercise that is not in the list? "
            "Give it a name. The app finds the movement that repeats, and from then on counts it "
            "here, live and on the command line."
        )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            st.text_input(
                "Name of the exercise",
                key=_TITLE,
                max_chars=MAX_TITLE,
                placeholder="Calf raise",
                width=300,
            )
            st.number_input(
                "Reps in this clip",
                min_value=LEAST_REPS,
                value=None,
                step=1,
                key=_REPS,
                placeholder="not known",
                width=190,
                help="If you know it: the app then looks for a movement that is made so many times.",
            )
            asked = st.button("Find the movement", key="teach_find")
        st.checkbox(
            "A rep begins where the app sees its turn",
            key=_OTHER_END,
            help="If the marks below are where your reps begin and end, choose this and look again.",
        )
        with guard():
            if asked:
                _find(opened)
            clip, taught = st.session_state.get(_FOUND, ("", None))
            if clip == opened.id:
                _show_found(opened, taught)
        _show_taught()


def _find(opened: OpenedAnalysis) -> None:
    """Look for what repeats in the clip, and remember it."""
    st.session_state.pop(_FOUND, None)
    with st.spinner("Looking for what repeats"):
        found = teach_exercise(
            opened.poses,
            st.session_state[_TITLE],
            st.session_state[_REPS] or None,
            st.session_state[_OTHER_END],
        )
    st.session_state[_FOUND] = (opened.id, found)


def _show_found(opened: OpenedAnalysis, taught: Taught) -> None:
    """Show the reps of what was found, and offer to keep it."""
    from gym.charts.style import WITHOUT_TOOL_BAR  # late: Plotly
    from gym.charts.teaching import plot_signal

    path = follow_signal(opened.poses, taught.exercise)
    count = count_reps(opened.poses, taught.exercise, path=path)
    whole = tuple(rep for rep in count.reps if rep.kind is RepKind.FULL)
    digits = 0 if taught.signal.unit == "°" else 2
    way = f"{taught.way:.{digits}f} {taught.signal.unit}".replace(" °", "°")
    st.markdown(
        f"**{len(whole)} reps found**, by the {describe_signal(taught.signal)}: it changes by {way} in "
        "each. Are these your reps, with a mark at the turn of each? If not, say how many there are, or "
        "that they begin at the other end, and look again."
    )
    if taught.doubt:
        st.warning(taught.doubt)
    level = -path.level if taught.signal.rises else path.level
    st.plotly_chart(
        plot_signal(path.time_s, level, taught.signal, whole),
        key="teach_chart",
        config=WITHOUT_TOOL_BAR,
    )
    st.button("Keep it", type="primary", key="teach_keep", on_click=_keep, args=(opened, taught))


def _keep(opened: OpenedAnalysis, taught: Taught) -> None:
    """Keep what was found under the name that stands in its field now, and choose it."""
    with guard():
        title = check_title(st.session_state[_TITLE])
        named = replace(taught, title=title, name=name_taught(title))
        keep_taught(named)
        st.session_state.pop(_FOUND, None)
        st.session_state[_TITLE], st.session_state[_REPS] = "", None
        st.session_state[_OTHER_END] = False
        st.session_state[EXERCISE_KEY] = named.name
        opened.forget(named.name)
        st.toast(f"{plain(title)} is kept, and chosen for this clip.", icon="✅")


def _show_taught() -> None:
    """List the exercises that were taught, each with a button to delete it."""
    names = list_taught()
    if names:
        st.markdown("**Your own exercises**")
    for name in names:
        exercise = EXERCISES[name]
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.markdown(f"{plain(exercise.title)}  \n:small[{plain(exercise.rules[0].source)}]")
            st.button("Delete", key=f"delete_{name}", on_click=_delete, args=(name,))


def _delete(name: str) -> None:
    with guard():
        delete_taught(name)
