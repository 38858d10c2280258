"""The table of systems: what each is, how right it was on labelled clips, and what was published of it.

Everything shown was written by `python -m gym systems` and by the training of each network; nothing
is counted here.
"""

from __future__ import annotations

import json
from functools import cache

import pandas as pd
import streamlit as st

from gym.cards import MODELS
from gym.charts.scores import plot_scores
from gym.charts.style import WITHOUT_TOOL_BAR
from gym.counting import ARENA
from gym.errors import WeightsError

#: The labelled sets of the table, by name, as visitors know them.
SET_TITLES = {
    "clips": "Two exercises",
    "clips2": "Many exercises",
    "repcount_pose": "RepCount",
}
_SET_WORDS = {
    "clips": "of two exercises",
    "clips2": "of a dozen exercises and more",
    "repcount_pose": "of the data set RepCount, the half that is open, with poses stretched to a box",
}
SCORES = {"exact": "Exactly right", "obo": "Right within one"}
#: What is told of a network, by the word with which its card begins to tell it.
_ORIGINS = {
    "Exact": "As published",
    "Adapted": "Adapted to skeletons",
    "Ours": "Decided by us",
}


@cache
def read_systems() -> tuple[dict, ...]:
    """Read the table of systems that comes with the app, a dict a system.

    Raises
    ------
    WeightsError
        The table is missing or cannot be read.
    """
    path = MODELS / "systems.json"
    try:
        return tuple(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"The table of systems cannot be read: {error}.", "Install the app again."
        ) from error


@cache
def read_origins(weights: str) -> dict[str, str]:
    """Read from a network's card what is exact, adapted and ours; empty where it tells nothing."""
    card = MODELS / f"{weights}.md"
    told: dict[str, str] = {}
    if card.is_file():
        for part in card.read_text(encoding="utf-8").split("\n\n"):
            word, _, text = part.partition(": ")
            if word in _ORIGINS:
                told[_ORIGINS[word]] = " ".join(text.split())
    return told


def show_systems() -> None:
    """Show the systems: the figures of ours, their cost, what was published, and what is missing."""
    rows = read_systems()
    st.markdown(
        "Every counter of this app on the same labelled clips. Those called “-style” are published "
        "systems, **built again on skeletons by us; they are not the authors' weights**. None of these "
        "was trained on the clips or chosen by them. People looked at failures on them while the app "
        "was made, so new clips may be harder."
    )
    _show_scores(rows)
    st.subheader("Size and cost")
    st.dataframe(cost_table(rows), hide_index=True, key="systems_cost")
    _show_origins()
    st.subheader("What others have published")
    st.caption(
        "On other clips and by other rules than ours, most from colour video: never compare these "
        "with the figures above line by line. Error is the mean error as a share of the true count."
    )
    st.dataframe(
        published_table(rows),
        hide_index=True,
        height="content",
        key="systems_published",
        column_config={"How": st.column_config.TextColumn(width="large")},
    )
    st.subheader("Systems without a counter here")
    st.table(missing_table(rows), border="horizontal", hide_index=True)


def _show_scores(rows: tuple[dict, ...]) -> None:
    """Show how right each counter was on one of the labelled sets, as a figure and as a table."""
    st.subheader("How often each counter is right")
    sets = [name for name in SET_TITLES if any(scores_of(row, name) for row in rows)]
    left, right = st.columns(2)
    with left:
        name = st.segmented_control(
            "Clips",
            sets,
            default=sets[min(1, len(sets) - 1)],
            required=True,
            format_func=SET_TITLES.get,
            key="systems_set",
        )
    with right:
        score = st.segmented_control(
            "Measure",
            list(SCORES),
            default="exact",
            required=True,
            format_func=SCORES.get,
            key="systems_score",
        )
    scored = [(row["ours"], scores_of(row, name)) for row in rows if scores_of(row, name)]
    figure = plot_scores({title: scores[score] for title, scores in scored}, SCORES[score])
    st.plotly_chart(figure, key="chart_systems", config=WITHOUT_TOOL_BAR)
    st.caption(
        f"{max(scores['all'] for _, scores in scored)} clips {_SET_WORDS[name]}; the exercise is given, "
        "never the count. The line is the 95% bootstrap interval. A counter is measured on the clips "
        "whose exercise it knows."
    )
    st.dataframe(score_table(rows, name), hide_index=True, key="systems_scores")


def scores_of(row: dict, name: str) -> dict | None:
    """Return a system's scores on a labelled set; None where there are none."""
    return ((row.get("measured") or {}).get("sets") or {}).get(name)


def score_table(rows: tuple[dict, ...], name: str) -> pd.DataFrame:
    """Return a row for each counter with scores on a labelled set: shares and errors with intervals."""
    return pd.DataFrame(
        [
            {
                "Counter": row["ours"],
                "Clips": f"{scores['n']} of {scores['all']}",
                "Exact": _interval(scores["exact"], ".0%"),
                "Within one": _interval(scores["obo"], ".0%"),
                "Error": _interval(scores["nmae"], ".2f"),
                "Bias in reps": _interval(scores["bias"], "+.2f"),
            }
            for row in rows
            if (scores := scores_of(row, name))
        ]
    )


def cost_table(rows: tuple[dict, ...]) -> pd.DataFrame:
    """Return a row for each counter of ours: what it follows, its size, its time for a frame."""
    table = []
    for row in rows:
        if not row["counter"]:
            continue
        frame_ms = (row.get("measured") or {}).get("frame_ms")
        table.append(
            {
                "Counter": row["ours"],
                "After": row["title"] if row["counter"] in ARENA else "this project",
                "What it is": row["what"],
                "Parameters": f"{row['parameters']:,}" if "parameters" in row else "none",
                "ms a frame": "–" if frame_ms is None else f"{frame_ms:.2f}",
                "Counts live": "yes" if row["causal"] else "no",
            }
        )
    return pd.DataFrame(table)


def published_table(rows: tuple[dict, ...]) -> pd.DataFrame:
    """Return a row for each published figure, with the clips and the way it was measured."""
    return pd.DataFrame(
        [
            {
                "System": row["title"],
                "Clips": one["data"],
                "Error": "–" if one["nmae"] is None else f"{one['nmae']:.3f}",
                "Within one": "–" if one["obo"] is None else f"{one['obo']:.0%}",
                "How": one["protocol"],
            }
            for row in rows
            for one in row["published"]
        ]
    )


def missing_table(rows: tuple[dict, ...]) -> pd.DataFrame:
    """Return a row for each system without a counter of ours, and why."""
    return pd.DataFrame(
        [
            {"System": row["title"], "What it is": row["what"], "Why": row["missing"]}
            for row in rows
            if row["missing"]
        ]
    )


def say_published(row: dict) -> str:
    """Say the first published figure of a system; "–" where there is none."""
    for one in row["published"]:
        parts = [] if one["nmae"] is None else [f"error {one['nmae']:.2f}"]
        parts += [] if one["obo"] is None else [f"within one {one['obo']:.0%}"]
        return ", ".join(parts) or "–"
    return "–"


def _show_origins() -> None:
    """Show of a network that the visitor chooses what is as published, adapted, and ours."""
    st.subheader("What is as published, and what is not")
    name = st.selectbox(
        "Network",
        list(ARENA),
        format_func=lambda name: ARENA[name].title,
        key="systems_network",
        width=260,
    )
    told = read_origins(ARENA[name].weights)
    if not told:
        st.caption("Its card is missing.")
    columns = st.columns(max(len(told), 1), gap="medium")
    for column, (title, text) in zip(columns, told.items(), strict=False):
        with column:
            st.markdown(f"**{title}**")
            st.markdown(text[:1].upper() + text[1:])


def _interval(score: dict, form: str) -> str:
    """Write a value with its interval."""
    low, high = score["interval"]
    return f"{score['value']:{form}} ({low:{form}} to {high:{form}})"
