"""What all figures share: colours, margins, axes and marks, and lines thin enough to draw.

Colours of lines, fonts and backgrounds are left to the page's theme; verdicts have colours that
are readable on light and dark pages, and each has its own shape.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from gym.exercises import Exercise
from gym.notes import name_ends, name_ways
from gym.schema import Verdict

#: A longer trace is thinned: a screen has fewer columns, and phones are slow to draw so many points.
MAX_POINTS = 3900
#: Readable (3:1 or more) on the light and on the dark background.
VERDICT_COLOURS = {
    Verdict.PASS: "#1c9560",
    Verdict.BORDERLINE: "#b97a08",
    Verdict.FAIL: "#dc4a60",
    Verdict.UNSEEN: "#7c8d95",
}
_VERDICT_MARKERS = {
    Verdict.PASS: "circle",
    Verdict.BORDERLINE: "diamond",
    Verdict.FAIL: "x",
    Verdict.UNSEEN: "circle-open",
}
#: For reps without a verdict, and for the moments of one rep.
REP_COLOUR = "#2f82c4"
MARGIN = {"l": 56, "r": 12, "t": 34, "b": 44}  # room above for the tool bar, below for the legend
SMALL = {"size": 12}  #: the font of words inside a figure
#: A line with invisible markers, so that a click or a tap finds the nearest moment; gaps stay gaps.
CURVE = {"mode": "lines+markers", "marker": {"size": 7, "opacity": 0}, "connectgaps": False}
#: Markers with a text of their own.
MARKS = {"mode": "markers", "hovertemplate": "%{hovertext}<extra></extra>"}
#: A level that something has to reach.
LEVEL = {"dash": "dash", "width": 1.5, "color": VERDICT_COLOURS[Verdict.UNSEEN]}
#: The ``config`` of a figure with zooming in its tool bar, and of one without a tool bar.
WITH_TOOL_BAR = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "toImage"],
    "showTips": False,
}
WITHOUT_TOOL_BAR = {"displayModeBar": False}
_GAP_S = 1.0  # between frames: what is longer is drawn as a gap


def style(figure: go.Figure, height_px: int) -> None:
    """Give every figure the same margins, legend and behaviour."""
    figure.update_layout(
        height=height_px,
        margin=MARGIN,
        hovermode="closest",
        dragmode=False,  # a finger on the chart scrolls the page; zooming is in the tool bar
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": -58
            / (height_px - MARGIN["t"] - 100),  # below the axis' title, in shares of the plot
            "yanchor": "top",
            "title": {"text": ""},
        },
    )
    figure.update_yaxes(fixedrange=True, automargin=False)


def style_time_axis(figure: go.Figure, duration_s: float) -> None:
    """Give all figures over time the same axis: the clip, from 0 to its end."""
    figure.update_xaxes(title_text="Time (s)", range=[0, max(duration_s, 0.1)])


def style_phase_axis(figure: go.Figure, exercise: Exercise | None) -> None:
    """Draw the phase from rest's 0 to the turn's 1, downwards where the body goes down first."""
    rest, turn = name_ends(exercise)
    down = turn == "bottom"
    figure.update_yaxes(
        title_text="Phase (0 to 1)",
        range=[1.12, -0.12] if down else [-0.12, 1.12],
        tickvals=[0, 0.5, 1],
        ticktext=[f"{rest} 0", "0.5", f"{turn} 1"],
    )


def verdict_marker(verdict: Verdict, reps: int, *, partial: bool = False) -> dict:
    """Return the marker that stands for a verdict or a partial rep, smaller where there are many."""
    return {
        "size": 12 if reps <= 30 else 8,
        "symbol": "triangle-down-open" if partial else _VERDICT_MARKERS[verdict],
        "color": VERDICT_COLOURS[verdict],
        "line": {"width": 1.5, "color": VERDICT_COLOURS[verdict]},
    }


def add_phase(
    figure: go.Figure,
    time_s: np.ndarray,
    phase: np.ndarray,
    name: str,
    exercise: Exercise | None,
    *,
    showlegend: bool,
) -> None:
    """Add one phase curve."""
    out, _ = name_ways(exercise)
    figure.add_scatter(
        x=time_s,
        y=phase.round(3),
        name=name,
        **CURVE,
        line={"width": 2.5},
        showlegend=showlegend,
        hovertemplate="%{y:.2f} of the way " + f"{out}<extra>{name if showlegend else ''}</extra>",
    )


def band(start_s: float, end_s: float, colour: str, opacity: float) -> dict:
    """Return the shape that shades a stretch of time from top to bottom."""
    return {
        "type": "rect",
        "yref": "paper",
        "x0": start_s,
        "x1": end_s,
        "y0": 0,
        "y1": 1,
        "line": {"width": 0},
        "layer": "below",
        "fillcolor": colour,
        "opacity": opacity,
    }


def note_inside(text: str, y: float, side: str, yanchor: str) -> dict:
    """Return words at one end of a figure, at a height in the y axis' unit."""
    return {
        "x": 0 if side == "left" else 1,
        "xref": "paper",
        "xanchor": side,
        "y": y,
        "yanchor": yanchor,
        "text": text,
        "showarrow": False,
        "font": SMALL,
    }


def thin_line(
    time_s: np.ndarray, value: np.ndarray, max_points: int = MAX_POINTS
) -> tuple[np.ndarray, np.ndarray]:
    """Thin a line for drawing, keeping its ends, its turning points and its gaps.

    The frames are cut into equal stretches; of each the lowest and the highest value stay, and one
    NaN where it has any. So no peak is lost and no gap is bridged, however long the clip. Between
    frames much further apart than is usual a NaN is added: nobody knows what happened there.

    Parameters
    ----------
    time_s, value : ndarray (T,)
        NaN in ``value`` where nothing was seen.
    max_points : int

    Returns
    -------
    time_s, value : ndarray (at most ``max_points``,)
    """
    steps_s = np.diff(time_s)
    if len(steps_s):
        gaps = np.flatnonzero(steps_s > max(_GAP_S, 5 * float(np.median(steps_s))))
        time_s = np.insert(time_s, gaps + 1, time_s[gaps] + steps_s[gaps] / 2)
        value = np.insert(value, gaps + 1, np.nan)
    frames = len(time_s)
    if frames <= max_points:
        return time_s, value
    keep = {0, frames - 1}
    for stretch in np.array_split(np.arange(frames), (max_points - 2) // 3):
        seen = np.isfinite(value[stretch])
        if seen.any():
            keep.update(
                (stretch[np.nanargmin(value[stretch])], stretch[np.nanargmax(value[stretch])])
            )
        if not seen.all():
            keep.add(stretch[np.argmin(seen)])
    chosen = np.array(sorted(keep))
    return time_s[chosen], value[chosen]
