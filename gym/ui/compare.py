"""The Compare page for one clip: every counter's answer on one time axis, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from gym import charts
from gym.counting import COUNTERS, DEFAULT_COUNTER
from gym.counting.agreement import (
    METHOD,
    Agreement,
    Disagreement,
    combine_counts,
    explain_disagreements,
)
from gym.exercises import title_of
from gym.schema import RepCount, Workout
from gym.ui.ask import pick_exercise
from gym.ui.clips import clip_url
from gym.ui.guard import guarded_fragment, plain
from gym.ui.opened import EXERCISE_KEY, JudgeSettings, OpenedAnalysis
from gym.ui.player import PlayerRep, show_player

CHART_KEYS = ("chart_counters", "chart_phases")
CHART_CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "toImage"],
    "showTips": False,
}
_CARDS_IN_A_ROW = 5
_CLICKED = "clicked_disagreement"


def ask_exercise() -> JudgeSettings:
    """Ask what the set shows; that, and who counts, are the Analyse page's choices too."""
    exercise = pick_exercise(EXERCISE_KEY)
    return JudgeSettings(exercise, st.session_state.get("counter", DEFAULT_COUNTER))


def ask_true_count(opened: OpenedAnalysis) -> int | None:
    """Ask how many whole repetitions the clip really shows; None where nobody says."""
    return st.number_input(
        "True count, if you know it",
        min_value=0,
        value=None,
        step=1,
        placeholder="count by eye",
        key=f"true_count_{opened.id}",
        persist_state="session",
        help="Whole repetitions, as you count them yourself. Each counter then shows its error.",
    )


def counter_title(name: str) -> str:
    """Return a counter's name as people read it."""
    return COUNTERS[name].title if name in COUNTERS else name


def show_counts(workout: Workout, true_count: int | None) -> None:
    """Show what each counter says, how far it is from the truth, and how far they agree."""
    clip = workout.clip
    st.caption(
        f"{plain(clip.name)} · {clip.duration_s:.1f} s · {title_of(workout.exercise.label)} · "
        f"{workout.signals.view.label} view"
    )
    cards = [
        (counter_title(name), str(count.count), _card_detail(count, true_count))
        for name, count in workout.counts.items()
    ]
    agreement = combine(workout)
    if agreement is not None:
        detail = f"agreed on {agreement.agreed_share:.0%}, seen {agreement.visibility:.0%}"
        cards.append(("Confidence", f"{agreement.confidence:.0%}", detail))
    with st.container(key="summary"):
        for start in range(0, len(cards), _CARDS_IN_A_ROW):
            row = cards[start : start + _CARDS_IN_A_ROW]
            in_row = min(max(len(cards), 2), _CARDS_IN_A_ROW)
            for column, (label, value, detail) in zip(st.columns(in_row), row, strict=False):
                with column.container(border=True, gap="xxsmall"):
                    st.metric(label, value)
                    st.caption(detail)
    if agreement is not None and agreement.note:
        st.warning(agreement.note)
    for note in workout.notes:
        st.warning(plain(note))


def combine(workout: Workout) -> Agreement | None:
    """Return what the counters say together; None where there is only one to ask."""
    counts = single_counts(workout.counts)
    return combine_counts(counts, workout.poses) if len(counts) > 1 else None


def single_counts(counts: Mapping[str, RepCount]) -> dict[str, RepCount]:
    """Return the counts of the counters that count for themselves, in the registry's order."""
    return {name: count for name, count in counts.items() if name != METHOD}


def error_words(error: int) -> str:
    """Say how far a count is from the truth.

    >>> error_words(0), error_words(2), error_words(-1)
    ('✓ exact', '✗ 2 too many', '✗ 1 missed')
    """
    if error == 0:
        return "✓ exact"
    return f"✗ {error} too many" if error > 0 else f"✗ {-error} missed"


def _card_detail(count: RepCount, true_count: int | None) -> str:
    """Return the line below a counter's figure: its error where the truth is known."""
    if true_count is not None:
        return error_words(count.count - true_count)
    partial = len(count.reps) - count.count
    return f"and {partial} partial" if partial else "none partial"


@guarded_fragment()
def show_side_by_side(opened: OpenedAnalysis, workout: Workout) -> None:
    """Show one player, every counter's repetitions below each other, and the disagreements."""
    disagreements = explain_disagreements(workout.counts, workout.poses)
    titled = {counter_title(name): count for name, count in workout.counts.items()}
    curves_of = {counter_title(n): count for n, count in single_counts(workout.counts).items()}
    duration_s = workout.clip.duration_s
    picture, curves = st.columns([5, 6], gap="medium")
    seek_s, seek_id = _show_disagreements(opened, workout, disagreements)
    with picture:
        show_player(
            url=clip_url(opened.token),
            poses=workout.poses,
            reps=list_player_reps(workout, disagreements),
            chart_keys=CHART_KEYS,
            key="player",
            seek_s=seek_s,
            seek_id=seek_id,
        )
    with curves:
        disputed_s = [(row.start_s, row.end_s) for row in disagreements]
        st.markdown("**Repetitions, counter by counter**")
        with st.container(key="chart_counters"):
            figure = charts.plot_counters(titled, duration_s, disputed_s)
            st.plotly_chart(figure, key="chart_counters_figure", config=CHART_CONFIG)
        st.caption(
            "Bars from start to end, ticks at the bottom; ▽ seen but not counted; shaded where the "
            "counters disagree."
        )
        st.markdown("**Phase curves**")
        with st.container(key="chart_phases"):
            figure = charts.plot_phases(curves_of, duration_s)
            st.plotly_chart(figure, key="chart_phases_figure", config=CHART_CONFIG)


def list_player_reps(workout: Workout, disagreements: Sequence[Disagreement]) -> list[PlayerRep]:
    """List the repetitions of all counters together, with the votes for those in dispute."""
    singles = single_counts(workout.counts)
    together = workout.counts.get(METHOD) or combine_counts(singles, workout.poses).count
    listed = []
    for number, rep in enumerate(together.reps, start=1):
        votes = [
            len(row.found_by)
            for row in disagreements
            if rep.start_s <= row.bottom_s <= rep.end_s or row.start_s <= rep.bottom_s <= row.end_s
        ]
        listed.append(
            PlayerRep(
                number,
                rep.start_s,
                rep.bottom_s,
                rep.end_s,
                "borderline" if votes else "pass",
                label=f"{votes[0]} of {len(singles)}" if votes else "",
                kind=str(rep.kind),  # who is outvoted is not counted in the player either
            )
        )
    return listed


def _show_disagreements(
    opened: OpenedAnalysis, workout: Workout, disagreements: Sequence[Disagreement]
) -> tuple[float | None, int]:
    """Show each disagreement as a row; return the moment that was clicked, and the click's number."""
    singles = single_counts(workout.counts)
    st.subheader("Where they disagree")
    if len(singles) < 2:
        st.caption("There is only one counter so far: nothing to disagree with.")
        return None, 0
    if not disagreements:
        counts = {count.count for count in singles.values()}
        words = "No counter found a repetition." if counts == {0} else "Nowhere: same repetitions."
        st.success(words)
        return None, 0
    st.caption(
        f"{len(disagreements)} repetition{'s' if len(disagreements) > 1 else ''} that not every "
        "counter has. Click a row to see it in the player."
    )
    answer = st.dataframe(
        disagreement_table(singles, disagreements),
        hide_index=True,
        key=f"disagreements_{opened.id}",
        on_select="rerun",
        selection_mode="single-cell",
        column_config={
            counter_title(name): st.column_config.TextColumn(width="medium") for name in singles
        },
    )
    cells = answer["selection"]["cells"]
    row = int(cells[0][0]) if cells else None
    last, clicks = st.session_state.get(_CLICKED, (None, 0))
    cell = (opened.id, *map(str, cells[0])) if cells else None
    if cell != last:
        clicks += 1
        st.session_state[_CLICKED] = (cell, clicks)
    # A table that has been counted anew since may be shorter than the one that was clicked.
    seek_s = disagreements[row].start_s if row is not None and row < len(disagreements) else None
    return seek_s, clicks


def disagreement_table(
    counts: Mapping[str, RepCount], disagreements: Sequence[Disagreement]
) -> pd.DataFrame:
    """Return a row for each disagreement: when, and what each counter says about it."""
    rows = []
    for disagreement in disagreements:
        missed = dict(disagreement.missed_by)
        said = {
            counter_title(name): f"✗ {missed[name]}" if name in missed else "✓ counted"
            for name in counts
        }
        time = f"{disagreement.start_s:.1f} to {disagreement.end_s:.1f} s"
        rows.append({"Time": time, **said})
    return pd.DataFrame(rows)
