"""All counters of one clip in a table: what each counts, how far it agrees, its cost and its record."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gym.counting.agreement import METHOD, explain_disagreements
from gym.exercises import HOLDS
from gym.schema import RepCount, Workout
from gym.ui.compare import comparable_counts, counter_title, error_words
from gym.ui.systems import read_systems, say_published, scores_of

_OWN_SET, _SHARED_SET = "clips2", "repcount_pose"


def show_counter_table(workout: Workout, true_count: int | None) -> None:
    """Show the table of the counters that are shown; nothing of a hold."""
    if workout.exercise.label in HOLDS:
        return
    st.subheader("Counter by counter")
    st.dataframe(counter_table(workout, true_count), hide_index=True, key="counter_table")
    own, shared = (_clips_in(name) for name in (_OWN_SET, _SHARED_SET))
    st.caption(
        "“Also found” compares with what those that vote say together. Milliseconds are of one core, "
        f"without finding the body. Our figures are of {own} clips of many exercises, and of {shared} of "
        "the data set RepCount. Published figures are of other clips and by other rules, so they are no "
        "comparison; “The systems”, above, tells more."
    )


def counter_table(workout: Workout, true_count: int | None) -> pd.DataFrame:
    """Return a row for each counter: its count, how it agrees, its cost, its own and published figures.

    Parameters
    ----------
    workout : Workout
        With the counters to show.
    true_count : int or None
        Whole reps that the clip really shows, where known: then there is a column of errors.
    """
    systems = {row["counter"]: row for row in read_systems() if row["counter"]}
    able = comparable_counts(workout)
    table = []
    for name, count in workout.counts.items():
        counts = name in able or name == METHOD
        row = {"Counter": counter_title(name), "Reps": str(count.count) if counts else "–"}
        if true_count is not None:
            row["Right?"] = error_words(count.count - true_count) if counts else "–"
        together = workout.counts[METHOD]
        both, alone = compare_reps(count, together)
        voted = name != METHOD and counts
        row["Also found"] = f"{both} of {together.count} reps" if voted else "–"
        row["Found alone"] = str(alone) if voted else "–"
        table.append(row | _describe_system(systems.get(name)))
    return pd.DataFrame(table)


def compare_reps(count: RepCount, together: RepCount) -> tuple[int, int]:
    """Return how many reps a counter shares with what all say, and how many it has besides."""
    rows = explain_disagreements({"one": count, "all": together})
    alone = sum("one" in row.found_by for row in rows)
    return count.count - alone, alone


def _describe_system(system: dict | None) -> dict[str, str]:
    """Return a counter's cost, its figures on labelled clips and published ones; "–" where unknown."""
    system = system or {"published": ()}
    frame_ms = (system.get("measured") or {}).get("frame_ms")
    own, shared = (scores_of(system, name) for name in (_OWN_SET, _SHARED_SET))
    return {
        "ms a frame": "–" if frame_ms is None else f"{frame_ms:.2f}",
        "Exact, our clips": f"{own['exact']['value']:.0%}" if own else "–",
        "Within one, our clips": f"{own['obo']['value']:.0%}" if own else "–",
        "RepCount, ours": f"error {shared['nmae']['value']:.2f}, within one {shared['obo']['value']:.0%}"
        if shared
        else "–",
        "RepCount, published": say_published(system),
    }


def _clips_in(name: str) -> int:
    """Return how many clips a labelled set has."""
    return max(
        (scores["all"] for row in read_systems() if (scores := scores_of(row, name))), default=0
    )
