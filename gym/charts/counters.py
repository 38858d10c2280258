"""What the counters counted as Plotly figures, and what one of them saw of a rep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from gym.charts.style import (
    CURVE,
    LEVEL,
    MARGIN,
    MARKS,
    REP_COLOUR,
    SMALL,
    VERDICT_COLOURS,
    add_phase,
    band,
    note_inside,
    style,
    style_phase_axis,
    style_time_axis,
    thin_line,
    verdict_marker,
)
from gym.exercises import Exercise
from gym.notes import PARTIAL, name_ends, say_not_counted, say_turn
from gym.schema import Rep, RepCount, RepEvidence, RepKind, Verdict


def plot_counters(
    counts: Mapping[str, RepCount],
    duration_s: float,
    disputed_s: Sequence[tuple[float, float]] = (),
    exercise: Exercise | None = None,
) -> go.Figure:
    """Draw the reps of several counters, one row each, on one time axis.

    Parameters
    ----------
    counts : mapping of title to RepCount
        From the top row down.
    duration_s : float
        The clip's.
    disputed_s : sequence of (start_s, end_s)
        Where the counters disagree: marked across all rows.
    exercise : Exercise, optional
        What was counted, for the words.

    Returns
    -------
    go.Figure
        A bar from start to end and a tick at the turn of each whole rep; an open triangle for a
        partial one.
    """
    figure = go.Figure()
    for row, (title, count) in enumerate(counts.items()):
        full = [rep for rep in count.reps if rep.kind is RepKind.FULL]
        partial = [rep for rep in count.reps if rep.kind is RepKind.PARTIAL]
        figure.add_scatter(
            x=[moment for rep in full for moment in (rep.start_s, rep.end_s, None)],
            y=[row] * (3 * len(full)),
            name=title,
            mode="lines",
            line={"width": 11, "color": REP_COLOUR},
            opacity=0.3,
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=[rep.bottom_s for rep in full],
            y=[row] * len(full),
            name=title,
            **MARKS,
            marker={"symbol": "line-ns-open", "size": 20, "color": REP_COLOUR, "line_width": 3},
            hovertext=[
                f"{title}, rep {number}: {say_turn(exercise, rep.bottom_s)}"
                for number, rep in enumerate(full, start=1)
            ],
        )
        figure.add_scatter(
            x=[rep.bottom_s for rep in partial],
            y=[row] * len(partial),
            name=f"{title}, {PARTIAL}",
            **MARKS,
            marker=verdict_marker(Verdict.UNSEEN, 1, partial=True),
            hovertext=[f"{title}. {say_not_counted(rep.reason)}" for rep in partial],
        )
    labels = [
        note_inside(f"{title}: <b>{count.count}</b>", row - 0.25, "left", "bottom")
        for row, (title, count) in enumerate(counts.items())
    ]
    figure.update_layout(
        shapes=[band(*span_s, VERDICT_COLOURS[Verdict.BORDERLINE], 0.22) for span_s in disputed_s],
        annotations=labels,
        showlegend=False,
    )
    style(figure, height_px=MARGIN["t"] + MARGIN["b"] + 58 * max(len(counts), 1))
    style_time_axis(figure, duration_s)
    figure.update_yaxes(
        range=[max(len(counts), 1) - 0.6, -0.75],
        showticklabels=False,
        showgrid=False,
        zeroline=False,
    )
    return figure


def plot_phases(
    counts: Mapping[str, RepCount], duration_s: float, exercise: Exercise | None = None
) -> go.Figure:
    """Draw the phase curves of several counters over each other.

    Parameters
    ----------
    counts : mapping of title to RepCount
    duration_s : float
        The clip's.
    exercise : Exercise, optional
        What was counted, for the words and the direction.

    Returns
    -------
    go.Figure
        A line a counter, 0 at rest to 1 at the turn, drawn the way the body goes; none for a counter
        that has no phase. For a counter that estimates it, a dotted line shows how probable it is that
        this is not part of a set, 0 to 1.
    """
    figure = go.Figure()
    for title, count in counts.items():
        time_s, phase = thin_line(count.time_s, count.phase)
        if np.isfinite(phase).any():
            add_phase(figure, time_s, phase, title, exercise, showlegend=True)
        if count.in_set is not None:
            time_s, outside = thin_line(count.time_s, 1 - count.in_set)
            figure.add_scatter(
                x=time_s,
                y=outside,
                name=f"{title}: not in a set",
                line={"dash": "dot", "width": 1},
                hovertemplate="%{y:.0%} not in a set<extra></extra>",
            )
    style(figure, height_px=310)
    style_time_axis(figure, duration_s)
    style_phase_axis(figure, exercise)
    return figure


def plot_curves(counts: Mapping[str, RepCount], duration_s: float) -> go.Figure:
    """Draw the curves that counters followed, one row each, on one time axis.

    Parameters
    ----------
    counts : mapping of title to RepCount
        From the top row down.
    duration_s : float
        The clip's.

    Returns
    -------
    go.Figure
        Each row is as high as its own highest value, as the units differ; pointing at it tells the
        value. Nothing is drawn where a counter has no evidence: further from its reps.
    """
    figure = go.Figure()
    labels = []
    for row, (title, count) in enumerate(counts.items()):
        time_s, value = join_evidence(count)
        signal, unit = (
            (count.evidence[0].signal, count.evidence[0].unit) if count.evidence else ("", "")
        )
        name = f"{title}: {signal.lower()}" if signal else f"{title}: nothing found"
        labels.append(note_inside(name, row - 0.62, "left", "bottom"))
        time_s, value = thin_line(time_s, value)
        highest = np.nanmax(value, initial=0.0) or 1.0
        figure.add_scatter(
            x=time_s,
            y=(row - 0.58 * value / highest).round(3),
            name=title,
            **CURVE,
            line={"width": 2, "color": REP_COLOUR},
            hovertext=[f"{title}, {signal.lower()}: {one:.2f} {unit}".rstrip() for one in value],
            hovertemplate="%{hovertext} at %{x:.1f} s<extra></extra>",
        )
    rows = max(len(counts), 1)
    figure.update_layout(annotations=labels, showlegend=False)
    style(figure, height_px=MARGIN["t"] + MARGIN["b"] + 84 * rows)
    style_time_axis(figure, duration_s)
    figure.update_yaxes(
        range=[rows - 0.9, -1], showticklabels=False, showgrid=False, zeroline=False
    )
    return figure


def join_evidence(count: RepCount) -> tuple[np.ndarray, np.ndarray]:
    """Join the evidence of a counter's reps to one curve in time order.

    Returns
    -------
    time_s, value : ndarray (N,)
        Moments that several reps show are there once; between reps that lie apart is one NaN.
    """
    known: dict[float, float] = {}
    end_s = np.inf  # of what is joined so far
    parts = [one for one in count.evidence if len(one.time_s)]
    for one in sorted(parts, key=lambda one: one.time_s[0]):
        if one.time_s[0] > end_s:
            known[float(end_s + one.time_s[0]) / 2] = float("nan")
        known |= dict(zip(one.time_s.tolist(), one.value.tolist(), strict=True))
        end_s = max(known)
    moments_s = sorted(known)
    return np.array(moments_s), np.array([known[moment] for moment in moments_s])


def plot_evidence(rep: Rep, evidence: RepEvidence, exercise: Exercise | None = None) -> go.Figure:
    """Draw the signal that a counter followed around one rep, and the levels it had to cross.

    Parameters
    ----------
    rep : Rep
    evidence : RepEvidence
    exercise : Exercise, optional
        What was counted, for the words.

    Returns
    -------
    go.Figure
        The signal against seconds of the clip, a dashed line for each threshold, and a named mark
        where the rep starts, turns and ends.
    """
    figure = go.Figure()
    unit = "°" if evidence.unit == "°" else f" {evidence.unit}".rstrip()
    figure.add_scatter(
        x=evidence.time_s,
        y=evidence.value.round(3),
        name=evidence.signal,
        mode="lines",
        line={"width": 2.5},
        connectgaps=False,
        showlegend=False,
        hovertemplate="%{y:.3g}" + unit + " at %{x:.2f} s<extra></extra>",
    )
    falls = _add_moments(figure, rep, evidence, name_ends(exercise)[1])
    for number, (name, level) in enumerate(evidence.thresholds):
        figure.add_hline(level, line=LEVEL)
        # Two levels are often close together, so their names go to opposite ends.
        side = "left" if number % 2 == 0 else "right"
        figure.add_annotation(note_inside(name, level, side, "top" if falls else "bottom"))
    style(figure, height_px=300)
    if len(evidence.time_s):
        figure.update_xaxes(range=[evidence.time_s[0], evidence.time_s[-1]])
    figure.update_xaxes(title_text="Time (s)")
    label = "degrees" if evidence.unit == "°" else evidence.unit
    figure.update_yaxes(
        title_text=f"{evidence.signal} ({label})" if label else evidence.signal, zeroline=False
    )
    figure.update_layout(showlegend=False)
    return figure


def _add_moments(figure: go.Figure, rep: Rep, evidence: RepEvidence, turn: str) -> bool:
    """Mark where a rep starts, turns and ends; return whether the signal falls on the way out."""
    known = np.isfinite(evidence.value)
    if not known.any():
        return True
    moments_s = [rep.start_s, rep.bottom_s, rep.end_s]
    levels = np.interp(moments_s, evidence.time_s[known], evidence.value[known])
    falls = bool(levels[1] < levels[[0, 2]].mean())
    figure.add_scatter(
        x=moments_s,
        y=levels,
        mode="markers",
        marker={"size": 11, "color": REP_COLOUR},
        cliponaxis=False,
        hoverinfo="skip",
    )
    # Keep the words clear of the curve: start and end inside it, the turn's beyond it.
    up_px = 14 if falls else -14
    words = (("start", 22, up_px), (turn, 0, -up_px), ("end", -18, up_px))
    for (word, x_px, y_px), time_s, level in zip(words, moments_s, levels, strict=True):
        place = {"x": time_s, "y": level, "xshift": x_px, "yshift": y_px}
        figure.add_annotation(place, text=word, showarrow=False, font=SMALL)
    low, high = np.nanmin(evidence.value), np.nanmax(evidence.value)
    room = 0.16 * (high - low) or 0.1
    figure.update_yaxes(range=[low - room, high + room])
    return falls
