"""The parts of a page that show a judged clip, from the summary to the player and the charts."""

from __future__ import annotations

import math
from itertools import cycle

import pandas as pd
import streamlit as st

from gym.charts.style import WITH_TOOL_BAR, WITHOUT_TOOL_BAR
from gym.charts.workout import plot_angles, plot_phase, plot_rule
from gym.exercises import EXERCISES, HOLDS, title_of
from gym.exercises.strictness import STANDARD, STRICTNESS, apply_strictness
from gym.notes import (
    CLEAN_REPS,
    PARTIAL,
    PARTIAL_SIGN,
    VERDICT_WORDS,
    finding_text,
    list_unjudged,
    say_confidence,
    say_not_counted,
    say_verdict,
    say_where_from,
)
from gym.schema import Finding, Rep, RepKind, Verdict, Workout
from gym.summary import find_best_rep, main_finding, overall_verdict, pair_reps, summarise_set
from gym.ui.clips import clip_url
from gym.ui.components.player import PlayerRep, PlayerSegment, show_player
from gym.ui.guard import guarded_fragment, plain
from gym.ui.holds import hold_figures, show_hold_lines, show_holds
from gym.ui.moments import show_moment
from gym.ui.opened import OpenedAnalysis
from gym.ui.set_report import show_set_report
from gym.wording import name_phases, say_tempo

_CHART_KEYS = ["chart_angles", "chart_phase"]
_CLICKED = "clicked_cell"
RANGE, SPEED = "Of best range", "Speed"  #: columns of the table of reps


def show_summary(workout: Workout) -> None:
    """Show the answer first: which exercise, how many reps or seconds, how good, what to work on."""
    clip, view = workout.clip, workout.signals.view
    st.caption(
        f"{plain(clip.name)} · {clip.duration_s:.1f} s · {clip.width_px} × {clip.height_px}"
        + (f" · {workout.poses.model} pose model" if workout.poses.model else "")
        + _say_strictness(workout)
    )
    held = workout.exercise.label in HOLDS
    done, good = hold_figures(workout) if held else _rep_figures(workout)
    with st.container(key="summary"):
        columns = st.columns(4, gap="small")
        _show_figure(columns[0], "Exercise", title_of(workout.exercise.label), _how_chosen(workout))
        _show_figure(columns[1], *done)
        _show_figure(columns[2], *good)
        _show_figure(
            columns[3],
            "Camera",
            f"{view.label.capitalize()} view" if view.label != "unknown" else "Unknown",
            f"{view.confidence:.0%} sure" if view.label != "unknown" else "no body in view",
        )
    if workout.form.cue:
        st.info(f"**Work on this:** {workout.form.cue}")
    elif _is_judged(workout):
        st.success("**Nothing to work on** in what the camera could see.")
    elif workout.count.count or (held and workout.holds):
        st.info(f"**Form was not judged:** {_why_unseen(workout)}")
    for line in list_unjudged(workout) if _is_judged(workout) else ():
        st.caption(plain(line))
    for note in workout.notes:
        st.warning(plain(note))


def _say_strictness(workout: Workout) -> str:
    """Say whose limits were applied, where they are not the usual ones."""
    changed = " with your own limits" if workout.own_limits else ""
    if workout.strictness == STANDARD:
        return f" · judged{changed}" if changed else ""
    return f" · judged as {STRICTNESS[workout.strictness].title}{changed}"


def _is_judged(workout: Workout) -> bool:
    """Tell whether any whole rep, or any hold of the exercise, could be judged."""
    same = [one.findings for one in workout.holds if one.exercise == workout.exercise.label]
    whole = [found for rep, found in pair_reps(workout) if rep.kind is RepKind.FULL]
    return any(overall_verdict(found) is not Verdict.UNSEEN for found in (*whole, *same))


def _rep_figures(workout: Workout) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Return how many reps there are and how many of them are clean: a label, a value, a detail."""
    summary = summarise_set(workout)
    judged = any(overall_verdict(found) is not Verdict.UNSEEN for found in workout.form.findings)
    partial = f"and {summary.partial} {PARTIAL}" if summary.partial else f"none {PARTIAL}"
    confidence, _ = say_confidence(workout.confidence)
    return (
        ("Reps", str(summary.full), f"{partial}, confidence {confidence}"),
        (
            CLEAN_REPS,
            f"{summary.clean} of {summary.full}" if judged else "–",
            "as far as the camera shows" if judged else VERDICT_WORDS[Verdict.UNSEEN],
        ),
    )


def _show_figure(column, label: str, value: str, detail: str) -> None:
    """Show one figure of the summary with a line that explains it."""
    with column.container(border=True, gap="xxsmall"):
        st.metric(label, value)
        st.caption(detail)


def _why_unseen(workout: Workout) -> str:
    """Say why no rep could be judged."""
    view, exercise = workout.signals.view.label, EXERCISES.get(workout.exercise.label)
    if exercise is None:
        return "there are no rules for this movement."
    where = say_where_from(exercise.best_view)
    if view != "unknown" and not any(view in rule.views for rule in exercise.rules):
        return f"a {view} view does not show what is judged here. Film {where}."
    return f"the important joints were not seen well enough. Film the whole body {where}."


def _how_chosen(workout: Workout) -> str:
    """Say who named the exercise, and with what certainty."""
    exercise = workout.exercise
    if exercise.chosen_by == "user":
        return "your choice"
    how = "recognised by posture" if exercise.chosen_by == "heuristic" else "recognised"
    return how if math.isnan(exercise.probability) else f"{how}, {exercise.probability:.0%} sure"


@guarded_fragment()
def show_playback(opened: OpenedAnalysis, workout: Workout) -> None:
    """Show the player beside the charts, and the reps below; a click in the table seeks."""
    pairs = pair_reps(workout)
    picture, curves = st.columns([5, 6], gap="medium")
    clicked, seek_id = _show_reps(opened, workout) if pairs else (None, 0)
    seek_s = clicked_time_s(workout, *clicked) if clicked else None
    with picture:
        show_player(
            url=clip_url(opened.token),
            poses=workout.poses,
            reps=[_to_player(n, rep, found) for n, (rep, found) in enumerate(pairs, start=1)],
            chart_keys=_CHART_KEYS,
            key="player",
            segments=_to_segments(workout),
            seek_s=seek_s,
            seek_id=seek_id,
            best=find_best_rep(workout),
        )
        _show_recognition(workout)
        show_set_report(workout)
    with curves:
        _show_chart("chart_angles", "Joint angles", plot_angles(workout))
        if workout.exercise.label in HOLDS:
            show_hold_lines(workout, "chart_phase")
        else:
            _show_chart("chart_phase", "Phase and reps", plot_phase(workout))
    show_holds(workout)
    show_moment(opened, workout, clicked, seek_id)


def _to_segments(workout: Workout) -> list[PlayerSegment]:
    """Return what was recognised when, for the strip above the slider."""
    return [
        PlayerSegment(s.start_s, s.end_s, f"{title_of(s.label)} {s.probability:.0%}")
        for s in workout.exercise.timeline
    ]


def _show_recognition(workout: Workout) -> None:
    """Say what was recognised when, and with what certainty."""
    parts = [
        f"{title_of(s.label)} {s.start_s:.1f} to {s.end_s:.1f} s ({s.probability:.0%})"
        for s in workout.exercise.timeline
    ]
    if parts:
        st.caption("Recognised: " + " · ".join(plain(part) for part in parts))
    if len(workout.sets) > 1:
        for number, one in enumerate(workout.sets, start=1):
            held = not math.isnan(one.hold_s)
            much = f"{one.hold_s:.1f} s" if held else f"{one.counts[workout.counter]} ×"
            st.markdown(
                f"**Set {number}:** {much} {title_of(one.exercise).lower()}, "
                f"{one.start_s:.1f} to {one.end_s:.1f} s"
            )


def _show_chart(key: str, title: str, figure) -> None:
    """Show a chart over time in the container in which the player looks for it."""
    st.markdown(f"**{title}**")
    with st.container(key=key):
        st.plotly_chart(figure, key=f"{key}_figure", config=WITH_TOOL_BAR)


def _show_reps(opened: OpenedAnalysis, workout: Workout) -> tuple[tuple[int, str] | None, int]:
    """Show the table of reps; return the cell that was clicked, and a new number for each click."""
    st.subheader("Rep by rep")
    st.caption(
        "Click a row to see that rep in the player. Click a measured value to see the moment it was "
        "measured, there and in the picture below."
    )
    answer = st.dataframe(
        rep_table(workout),
        hide_index=True,
        key=f"reps_{opened.id}",
        on_select="rerun",
        selection_mode="single-cell",
        column_config=_columns(workout),
    )
    cells = answer["selection"]["cells"]
    cell = (int(cells[0][0]), str(cells[0][1])) if cells else None
    last, count = st.session_state.get(_CLICKED, (None, 0))
    if cell != last:
        count += 1
        st.session_state[_CLICKED] = (cell, count)
    return cell, count


def clicked_time_s(workout: Workout, row: int, column: str) -> float | None:
    """Return the moment a cell of the table stands for: its measurement's, or the rep's start."""
    if row >= len(workout.reps):  # the click was on an earlier table with more rows
        return None
    rep, findings = pair_reps(workout)[row]
    moments_s = [f.time_s for f in findings if f.name == column and not math.isnan(f.time_s)]
    return moments_s[0] if moments_s else rep.start_s


def _columns(workout: Workout) -> dict:
    """Return how wide the table's columns are, and what they mean."""
    exercise = EXERCISES.get(workout.exercise.label)
    columns = {
        rule.name: st.column_config.TextColumn(help=f"{rule.why} Measured in {rule.unit}.")
        for rule in (exercise.rules if exercise else ())
    }
    columns[tempo_title(workout)] = st.column_config.TextColumn(
        help="Seconds of each phase. A pause lasts 0.3 s or longer."
    )
    columns[RANGE] = st.column_config.TextColumn(help="How far it went, of your best rep.")
    columns[SPEED] = st.column_config.TextColumn(
        help="Of the effort, against the best of the set's first three reps."
    )
    columns["What to do"] = st.column_config.TextColumn(width="large")
    return columns


def rep_table(workout: Workout) -> pd.DataFrame:
    """Return the reps as people read them: verdict, what was measured, and what to do.

    What the camera shows of no rep has no column: the page says so above.
    """
    judged = {one.code for found in workout.form.findings for one in found if one.unseen is None}
    rows = []
    for number, (rep, findings) in enumerate(pair_reps(workout), start=1):
        row = {
            "Rep": str(number) if rep.kind is RepKind.FULL else f"({number})",
            "Verdict": rep_verdict(rep, findings),
        }
        for finding in (one for one in findings if one.code in judged or not judged):
            row[finding.name] = finding_text(finding) if rep.kind is RepKind.FULL else ""
        row["Time"] = f"{rep.start_s:.1f} to {rep.end_s:.1f} s"
        row |= _report_cells(workout, number)
        row["What to do"] = rep_advice(rep, findings)
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def tempo_title(workout: Workout) -> str:
    """Return the title of the column with the tempo: what the phases of a rep are called."""
    return ", ".join(name_phases(EXERCISES.get(workout.exercise.label))).capitalize()


def _report_cells(workout: Workout, number: int) -> dict[str, str]:
    """Return what was measured of a rep's tempo, range and speed; no cells where nothing was."""
    if not workout.report.reps:
        return {}
    report, exercise = workout.report.reps[number - 1], EXERCISES.get(workout.exercise.label)
    share, loss = report.range_share, report.speed_loss
    return {
        tempo_title(workout): say_tempo(report.tempo, exercise),
        RANGE: "" if math.isnan(share) else f"{share:.0%}",
        SPEED: "" if math.isnan(loss) else f"{-loss:+.0%}".replace("-0%", "0%"),
    }


def rep_verdict(rep: Rep, findings: tuple[Finding, ...]) -> str:
    """Return a rep's verdict as a sign and a word."""
    if rep.kind is RepKind.PARTIAL:
        return f"{PARTIAL_SIGN} {PARTIAL}"
    return say_verdict(overall_verdict(findings))


def rep_advice(rep: Rep, findings: tuple[Finding, ...]) -> str:
    """Return why a rep is partial, or the cue of what was wrong with it; empty if nothing was."""
    if rep.kind is RepKind.PARTIAL:
        return say_not_counted(rep.reason)
    finding = main_finding(findings)
    faulty = finding is not None and finding.verdict in (Verdict.FAIL, Verdict.BORDERLINE)
    return finding.cue if faulty else ""


def _to_player(number: int, rep: Rep, findings: tuple[Finding, ...]) -> PlayerRep:
    """Return a rep as the player lists it."""
    partial = rep.kind is RepKind.PARTIAL
    verdict = Verdict.UNSEEN if partial else overall_verdict(findings)
    finding = None if partial else main_finding(findings)
    faulty = finding is not None and verdict in (Verdict.FAIL, Verdict.BORDERLINE)
    return PlayerRep(
        number,
        rep.start_s,
        rep.bottom_s,
        rep.end_s,
        verdict,
        label=finding.name.lower() if faulty else "",
        kind=rep.kind,
    )


def show_rules(workout: Workout) -> None:
    """Show what each rule measured in every rep, against its limit."""
    measured = {f.code for found in workout.form.findings for f in found if not math.isnan(f.value)}
    exercise = apply_strictness(EXERCISES.get(workout.exercise.label), workout.strictness)
    rules = [rule for rule in exercise.rules if rule.code in measured] if exercise else []
    if not rules:
        return
    st.subheader("Rule by rule")
    for rule, column in zip(rules, cycle(st.columns(2, gap="medium")), strict=False):
        with column:
            st.markdown(f"**{rule.name}.** {rule.why}")
            figure = plot_rule(workout, rule)
            st.plotly_chart(figure, key=f"chart_{rule.code}", config=WITHOUT_TOOL_BAR)
            st.caption(f"Source of the limit: {rule.source}")
