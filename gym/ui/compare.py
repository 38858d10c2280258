"""The Compare page for one clip: every counter's answer on one time axis, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

import pandas as pd
import streamlit as st

from gym.charts.counters import plot_counters, plot_curves, plot_phases
from gym.charts.likeness import plot_likeness
from gym.charts.style import WITH_TOOL_BAR
from gym.counting import ARENA, COUNTERS, DEFAULT_COUNTER
from gym.counting.agreement import METHOD, explain_disagreements
from gym.counting.likeness import LONGEST_S, compare_moments
from gym.counting.similarity import SimilarityCounter
from gym.errors import WeightsError
from gym.exercises import EXERCISES, HOLDS, title_of
from gym.notes import PARTIAL, say_confidence, say_holds
from gym.schema import Disagreement, Rep, RepCount, RepKind, Verdict, Workout
from gym.session import JudgeSettings
from gym.ui.ask import pick_exercise
from gym.ui.clips import clip_url
from gym.ui.components.player import PlayerRep, show_player
from gym.ui.guard import guarded_fragment, plain
from gym.ui.opened import EXERCISE_KEY, OpenedAnalysis

CHART_KEYS = ("chart_counters", "chart_phases", "chart_curves", "chart_likeness")
_CARDS_IN_A_ROW, _CARDS_IN_A_ROW_OF_MANY = 5, 4  # of many an even number: a phone has two in a row
_CLICKED = "clicked_disagreement"


def ask_exercise() -> JudgeSettings:
    """Ask which exercise the clip shows; the Analyse page shares the answer, and the counter."""
    exercise = pick_exercise(EXERCISE_KEY)
    return JudgeSettings(exercise, st.session_state.get("counter", DEFAULT_COUNTER))


def ask_true_count(opened: OpenedAnalysis) -> int | None:
    """Ask how many whole reps the clip really shows; None if left empty."""
    return st.number_input(
        "True count, if you know it",
        min_value=0,
        value=None,
        step=1,
        placeholder="count them yourself",
        key=f"true_count_{opened.id}",
        persist_state="session",
        help="How many whole reps you counted yourself. Each counter then shows its error.",
    )


def counter_title(name: str) -> str:
    """Return a counter's name as people read it."""
    kind = COUNTERS.get(name) or ARENA.get(name)
    return name if kind is None else kind.title


def ask_counters() -> list[str]:
    """Ask which counters to show beside what they say together; those that vote, unless changed."""
    voters = [name for name in COUNTERS if name != METHOD]
    chosen = st.pills(
        "Counters to show",
        [*voters, *ARENA],
        selection_mode="multi",
        default=voters,
        format_func=counter_title,
        key="shown_counters",
        persist_state="session",
        help="Those called “-style” are published systems, built again on skeletons. They have no "
        "vote, and count only when you choose them.",
    )
    return [name for name in (*voters, *ARENA) if name in chosen]


def show_only(opened: OpenedAnalysis, settings: JudgeSettings, chosen: Sequence[str]) -> Workout:
    """Return the workout with the chosen counters' answers, and what those that vote say together.

    Those of the arena count now, if they have not counted this clip yet. One whose network cannot be
    used is left out, and the page says why.
    """
    workout = opened.judge(settings)
    counts = {name: workout.counts[name] for name in chosen if name in workout.counts}
    asked = [name for name in chosen if name in ARENA and workout.exercise.label not in HOLDS]
    waits = any(not opened.has_counted(settings.exercise, name) for name in asked)
    with st.spinner("Counting with the counters you chose …") if waits else nullcontext():
        for name in asked:
            try:
                counts[name] = opened.count_also(settings, name)
            except WeightsError as error:
                told = f"{plain(error.message)} {plain(error.advice)}"
                st.warning(f"**{counter_title(name)}**: {told}")
    together = {METHOD: workout.counts[METHOD]}
    return replace(workout, counts={**counts, **together}, counter=METHOD)


def show_counts(workout: Workout, true_count: int | None) -> None:
    """Show each counter's count, how far off it is, and the confidence; of a hold its seconds."""
    clip = workout.clip
    st.caption(
        f"{plain(clip.name)} · {clip.duration_s:.1f} s · {title_of(workout.exercise.label)} · "
        f"{workout.signals.view.label} view"
    )
    held = workout.exercise.label in HOLDS
    names = () if held else workout.counts
    cards = [(counter_title(name), *_card(workout, name, true_count)) for name in names]
    if not held:
        cards.append(("Confidence", *say_confidence(workout.confidence)))
    with st.container(key="summary"):
        many = len(cards) > _CARDS_IN_A_ROW
        in_row = _CARDS_IN_A_ROW_OF_MANY if many else max(len(cards), 2)
        for start in range(0, len(cards), in_row):
            row = cards[start : start + in_row]
            for column, (label, value, detail) in zip(st.columns(in_row), row, strict=False):
                with column.container(border=True, gap="xxsmall"):
                    st.metric(label, value)
                    st.caption(detail)
    if held:
        title = title_of(workout.exercise.label).lower()
        held = f" {say_holds(workout.holds)}." if workout.holds else ""
        st.info(f"A {title} is timed, not counted, so there is nothing to compare.{held}")
    for note in workout.notes:
        st.warning(plain(note))


def comparable_counts(workout: Workout) -> dict[str, RepCount]:
    """Return the counts that can be compared: each counter's own, where it counts the exercise."""
    exercise = EXERCISES.get(workout.exercise.label)
    return {
        name: count
        for name, count in workout.counts.items()
        if name in workout.agreement.members or (name in ARENA and ARENA[name].counts(exercise))
    }


def error_words(error: int) -> str:
    """Say how far off a count is.

    >>> error_words(0), error_words(2), error_words(-1)
    ('✓ exact', '✗ 2 too many', '✗ 1 missed')
    """
    if error == 0:
        return "✓ exact"
    return f"✗ {error} too many" if error > 0 else f"✗ {-error} missed"


def _card(workout: Workout, name: str, true_count: int | None) -> tuple[str, str]:
    """Return a counter's count, and the line below it: its error where the true count is known."""
    if name not in (*comparable_counts(workout), METHOD):
        return "–", "cannot count this exercise"
    count = workout.counts[name]
    partial = len(count.reps) - count.count
    detail = f"and {partial} {PARTIAL}" if partial else f"none {PARTIAL}"
    if true_count is not None:
        detail = error_words(count.count - true_count)
    return str(count.count), detail


@guarded_fragment()
def show_side_by_side(opened: OpenedAnalysis, workout: Workout) -> None:
    """Show one player, each counter's reps in a row of their own, and the disagreements.

    Of a hold there is the player alone: no counter has anything to show.
    """
    if workout.exercise.label in HOLDS:
        show_player(
            url=clip_url(opened.token), poses=workout.poses, reps=[], chart_keys=(), key="player"
        )
        return
    singles = comparable_counts(workout)
    disputed = workout.agreement.disagreements  # among those that vote, whoever is shown
    exercise = EXERCISES.get(workout.exercise.label)
    titled = {counter_title(name): workout.counts[name] for name in (*singles, METHOD)}
    phases = {counter_title(name): one for name, one in singles.items() if name not in ARENA}
    followed = {counter_title(name): one for name, one in singles.items() if name in ARENA}
    duration_s = workout.clip.duration_s
    voted = set(singles) == set(workout.agreement.members)
    disagreements = explain_disagreements(singles, workout.poses) if not voted else disputed
    picture, curves = st.columns([5, 6], gap="medium")
    seek_s, seek_id = _show_disagreements(opened, workout, disagreements)
    with picture:
        show_player(
            url=clip_url(opened.token),
            poses=workout.poses,
            reps=list_player_reps(workout, disputed),
            chart_keys=CHART_KEYS,
            key="player",
            seek_s=seek_s,
            seek_id=seek_id,
        )
    with curves:
        disputed_s = [(row.start_s, row.end_s) for row in disagreements]
        st.markdown("**Reps, counter by counter**")
        with st.container(key="chart_counters"):
            figure = plot_counters(titled, duration_s, disputed_s, exercise)
            st.plotly_chart(figure, key="chart_counters_figure", config=WITH_TOOL_BAR)
        st.caption(
            "Each bar is a rep from start to end, with a tick where it turns; ▽ is a partial "
            "rep, not counted. The counters disagree where it is shaded."
        )
        if phases:
            st.markdown("**Phase curves**")
            with st.container(key="chart_phases"):
                figure = plot_phases(phases, duration_s, exercise)
                st.plotly_chart(figure, key="chart_phases_figure", config=WITH_TOOL_BAR)
        if followed:
            st.markdown("**What the networks followed**")
            with st.container(key="chart_curves"):
                figure = plot_curves(followed, duration_s)
                st.plotly_chart(figure, key="chart_curves_figure", config=WITH_TOOL_BAR)
            st.caption(
                "A density tells how many reps there are in a second. It is drawn around the reps that "
                "were found, each row as high as its own highest point."
            )
        if SimilarityCounter.name in singles:
            _show_likeness(workout)


def _show_likeness(workout: Workout) -> None:
    """Show, where the visitor asks for it, how alike every two moments of the clip are."""
    if not st.toggle("Show how alike every two moments are", key="show_likeness"):
        return
    poses, duration_s = workout.poses, workout.clip.duration_s
    if duration_s > LONGEST_S:
        start_s = st.slider(
            f"{LONGEST_S:.0f} seconds from", 0.0, duration_s - LONGEST_S, step=1.0, format="%.0f s"
        )
        poses = poses.cut(start_s, start_s + LONGEST_S)
    time_s, likeness = compare_moments(poses)
    if not len(time_s):
        st.caption("Nobody is in view here.")
        return
    with st.container(key="chart_likeness"):
        figure = plot_likeness(time_s, likeness)
        st.plotly_chart(figure, key="chart_likeness_figure", config=WITH_TOOL_BAR)
    st.caption(
        "Each cell compares two moments: the stronger the blue, the more alike the body. The line from "
        "corner to corner is each moment with itself. What repeats along it, patch by patch, is the body "
        "back where it was a rep ago: the self-similarity counter looks for that. Point at a cell for "
        "both times; a click takes the player to the one on the axis below."
    )


def list_player_reps(workout: Workout, disagreements: Sequence[Disagreement]) -> list[PlayerRep]:
    """List the reps of all counters together, with the votes for those in dispute."""
    voters = workout.agreement.members
    listed = []
    for number, rep in enumerate(workout.counts[METHOD].reps, start=1):
        votes = [
            sum(name in voters for name in row.found_by)
            for row in disagreements
            if rep.start_s <= row.bottom_s <= rep.end_s or row.start_s <= rep.bottom_s <= row.end_s
        ]
        disputed = bool(votes) and votes[0] < len(voters)
        listed.append(
            PlayerRep(
                number,
                rep.start_s,
                rep.bottom_s,
                rep.end_s,
                Verdict.BORDERLINE if disputed else Verdict.PASS,
                label=_label(rep, f"{votes[0]} of {len(voters)} counters" if disputed else ""),
                kind=rep.kind,  # an outvoted rep is not counted in the player either
                word="disputed" if disputed else "undisputed",
            )
        )
    return listed


def _label(rep: Rep, votes: str) -> str:
    """Return what the player says next to a rep: why it is not counted, or its votes."""
    return votes if rep.kind is RepKind.FULL else rep.reason


def _show_disagreements(
    opened: OpenedAnalysis, workout: Workout, disagreements: Sequence[Disagreement]
) -> tuple[float | None, int]:
    """Show each disagreement as a row; return the moment that was clicked and the click's number."""
    singles = comparable_counts(workout)
    st.subheader("Where they disagree")
    if len(singles) < 2:
        few = "Only one of these counters" if singles else "None of these counters"
        st.caption(f"{few} can count this exercise, so there is nothing to compare.")
        return None, 0
    if not disagreements:
        counts = {count.count for count in singles.values()}
        st.success(
            "No counter found a rep." if counts == {0} else "All counters found the same reps."
        )
        return None, 0
    several = len(disagreements) > 1
    st.caption(
        f"{len(disagreements)} rep{'s were' if several else ' was'} not counted by every counter. "
        "Click a row to see that moment in the player."
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
    # After a new count the table may be shorter than the one that was clicked.
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
