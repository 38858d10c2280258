"""The parts of a page that ask for a clip and for settings, and that show progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from typing import Any, Literal

import streamlit as st

from gym.counting import COUNTERS, DEFAULT_COUNTER
from gym.exercises import EXERCISES, HOLDS
from gym.exercises.rules import FormRule
from gym.exercises.strictness import STRICTNESS, apply_strictness
from gym.notes import join_words, say_where_from
from gym.pose.weights import MODELS, available_models
from gym.server.jobs import jobs_are_paused
from gym.session import AUTO, JudgeSettings
from gym.ui.cached import sample_is_there
from gym.ui.guard import guard, guarded_fragment, plain
from gym.ui.opened import (
    EXERCISE_KEY,
    STRICTNESS_KEY,
    OpenedAnalysis,
    Opening,
    finish_opening,
    open_sample,
    open_upload,
    opened_analysis,
    opening_analysis,
    stop_opening,
)

CLIP_TYPES = ("mp4", "mov", "webm", "avi", "mkv", "gif")
_MODEL_WORDS = {
    "lite": "lite (fastest)",
    "full": "full (recommended)",
    "heavy": "heavy (steadiest, slow)",
}
_UPLOADS = "uploads_taken"
_REFRESH_S = 0.5


def show_filming_advice() -> None:
    """Say what to film and how, while there is no clip yet."""
    with st.container(border=True):
        st.subheader("What to film")
        st.markdown(
            "- **One set** of one exercise, with one person in the picture and the **whole body** in "
            "view from head to feet the whole time.\n"
            f"{_list_best_views()}"
            "- Put the phone **at hip height**, or near the floor for what is done lying or on the "
            "hands. Lean it on something so that it does not shake.\n"
            "- Portrait or landscape, any frame rate, up to 20 minutes and 500 MB.\n"
            "- From elsewhere reps are counted too, but not all of the form can be judged."
        )


def _list_best_views() -> str:
    """Say from where to film which exercise, a line for each view."""
    views = dict.fromkeys(one.best_view for one in EXERCISES.values())
    lines = []
    for view in views:
        plurals = [one.plural for one in EXERCISES.values() if one.best_view == view]
        where = say_where_from(view)
        lines.append(f"- **{where[0].upper()}{where[1:]}**: {join_words(plurals)}.\n")
    return "".join(lines)


def ask_for_analysis() -> OpenedAnalysis | None:
    """Return the analysis that the visitor has open; ask for a clip if there is none.

    While a clip is being analysed, its progress is shown and None is returned.
    """
    opening = opening_analysis()
    if opening is not None and opening.job.ended:
        with guard():
            finish_opening()
        opening = None
    if opening is not None:
        show_opening(opening)
        return None
    opened = opened_analysis()
    if opened is None:
        asking, advice = st.columns(2, gap="large")
        with asking:
            ask_clip()
        with advice:
            show_filming_advice()
    else:
        with st.expander("Another clip"):
            ask_clip()
    return opened


def ask_clip() -> None:
    """Ask for a clip or offer the sample, and start what was chosen."""
    taken = st.session_state.get(_UPLOADS, 0)
    upload = st.file_uploader(
        "A clip of your set",
        type=CLIP_TYPES,
        key=f"upload_{taken}",
        help="Analysed on this machine and deleted when your session ends.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        model = _ask_model()
        if sample_is_there() and st.button("Try the sample", key="try_sample"):
            with guard():
                open_sample()
                st.rerun()
    if upload is not None:
        st.session_state[_UPLOADS] = taken + 1  # a fresh uploader takes the next clip
        with guard():
            open_upload(upload, model)
            st.rerun()


def _ask_model() -> str:
    """Ask for the pose model; say why if one is not available."""
    missing = {model: reason for model, reason in available_models().items() if reason}
    there = [model for model in MODELS if model not in missing]
    model = st.selectbox(
        "Pose model",
        there or ["full"],
        index=there.index("full") if "full" in there else 0,
        format_func=_MODEL_WORDS.get,
        key="pose_model",
        persist_state="session",
        width=260,
        help="Heavier models find the joints more steadily but take longer.",
    )
    for name, reason in missing.items():
        st.caption(f"{name} is not available. {reason}")
    return model


@guarded_fragment(run_every=_REFRESH_S)
def show_opening(opening: Opening) -> None:
    """Show the progress of the analysis and a way to stop it; run the page again when it is done."""
    job = opening.job
    if job.ended:
        st.rerun()
    with st.container(border=True, key="progress"):
        st.markdown(f"Analysing **{plain(opening.name)}**")
        left = f" · about {_duration(job.left_s)} left" if job.left_s is not None else ""
        if jobs_are_paused():
            left = " · waiting while someone is training live"
        st.progress(job.fraction, text=f"{job.stage} · {job.fraction:.0%}{left}")
        if st.button("Cancel", key="cancel_analysis"):
            stop_opening()
            st.rerun()


def pick_exercise(
    key: str, width: int | Literal["stretch"] = "stretch", disabled: bool = False
) -> str:
    """Ask which exercise a set shows: "auto", or an exercise's name."""
    if st.session_state.get(key, AUTO) not in (AUTO, *EXERCISES):  # one's own that was deleted
        st.session_state[key] = AUTO
    return st.selectbox(
        "Exercise",
        [AUTO, *sort_exercises()],
        format_func=lambda name: name_choice(name) if name in EXERCISES else "Recognise it",
        key=key,
        persist_state="session",
        width=width,
        disabled=disabled,
    )


def sort_exercises() -> list[str]:
    """Return the exercises' names as one looks for them: what is counted, then what is held."""
    return sorted(EXERCISES, key=lambda name: (name in HOLDS, EXERCISES[name].title))


def name_choice(name: str) -> str:
    """Return what an exercise is called in a list.

    >>> name_choice("squat"), name_choice("plank")
    ('Squat', 'Plank (held)')
    """
    return EXERCISES[name].title + (" (held)" if name in HOLDS else "")


def ask_exercise_and_counter() -> JudgeSettings:
    """Ask which exercise the set shows and which counter counts it."""
    left, right = st.columns(2)
    with left:
        exercise = pick_exercise(EXERCISE_KEY)
    with right:
        counter = st.selectbox(
            "Counter",
            list(COUNTERS),
            index=list(COUNTERS).index(DEFAULT_COUNTER),
            format_func=lambda name: COUNTERS[name].title,
            key="counter",
            persist_state="session",
            help="How reps are counted. The heuristic watches a joint angle cross two thresholds. The "
            "learned counter uses a neural network that follows the movement out and back. "
            "Self-similarity finds any movement that repeats. All together, they vote. The Compare "
            "page shows them side by side.",
        )
    return JudgeSettings(exercise, counter)


def ask_limits(settings: JudgeSettings, exercise: str) -> JudgeSettings:
    """Ask how strict to be, and for own limits for an exercise; return the settings with both."""
    if exercise not in EXERCISES:
        return settings
    strictness = ask_strictness(STRICTNESS_KEY, _start_from_strictness)
    st.caption(STRICTNESS[strictness].about)
    rules = apply_strictness(EXERCISES[exercise], strictness).rules
    st.markdown("**Limits**: what passes as good form. They do not change which reps are counted.")
    given = {}
    for rule, column in zip(rules, cycle(st.columns(2)), strict=False):
        with column:
            given[rule.code] = _ask_limit(rule)
    st.button("Reset the limits", on_click=_reset_limits, args=(rules,))
    limits = tuple((r.code, given[r.code]) for r in rules if given[r.code] != r.limits[0])
    return replace(settings, limits=limits, strictness=strictness)


def ask_strictness(key: str, on_change: Callable[[], None] | None = None, **options: Any) -> str:
    """Ask how strict to be: a name in `STRICTNESS`; ``options`` are the select box's."""
    return st.selectbox(
        "Strictness",
        list(STRICTNESS),
        format_func=lambda name: STRICTNESS[name].title,
        key=key,
        persist_state="session",
        on_change=on_change,
        help="Whose limits the form is judged by. Which reps are counted does not depend on it.",
        **options,
    )


def _start_from_strictness() -> None:
    """Let every limit start from the strictness that was just chosen."""
    strictness = st.session_state[STRICTNESS_KEY]
    for exercise in [*EXERCISES.values()]:
        rules = apply_strictness(exercise, strictness).rules
        _reset_limits(tuple(rule for rule in rules if _limit_key(rule) in st.session_state))


def _ask_limit(rule: FormRule) -> float:
    """Ask for one rule's pass limit."""
    if rule.fault_below:
        passing = "passes within ± this value"
    else:
        passing = f"passes at this or {'more' if rule.limits[0] > rule.limits[1] else 'less'}"
    unit = "degrees" if rule.unit == "°" else rule.unit
    value = st.number_input(
        f"{rule.name}, {unit}: {passing}",
        value=float(rule.limits[0]),
        step=1.0 if abs(rule.limits[0]) >= 5 else 0.01,
        format="%g",
        key=_limit_key(rule),
        persist_state="session",
    )
    st.caption(f"{rule.why} Without a change: {rule.limits[0]:g}. Source: {rule.source}")
    return value


def _reset_limits(rules: tuple[FormRule, ...]) -> None:
    for rule in rules:
        st.session_state[_limit_key(rule)] = float(rule.limits[0])


def _limit_key(rule: FormRule) -> str:
    return f"limit_{rule.code}"


def _duration(seconds: float) -> str:
    """Return a duration in seconds or minutes."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
