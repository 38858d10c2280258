"""What was found in a clip that teaches an exercise, as a Plotly figure."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from gym.charts.style import CURVE, MARKS, REP_COLOUR, band, style, style_time_axis, thin_line
from gym.exercises import Signal
from gym.schema import Rep


def plot_signal(
    time_s: np.ndarray, value: np.ndarray, signal: Signal, reps: tuple[Rep, ...]
) -> go.Figure:
    """Draw a signal over time, with a numbered mark at the turn of each rep.

    Parameters
    ----------
    time_s, value : ndarray (T,)
        In the signal's unit; NaN where unseen, which leaves a gap.
    signal : Signal
    reps : tuple of Rep
        Those that count.
    """
    figure = go.Figure()
    drawn_s, drawn = thin_line(time_s, value)
    digits = 0 if signal.unit == "°" else 2
    figure.add_scatter(
        x=drawn_s,
        y=drawn.round(3),
        name=signal.title,
        **CURVE,
        line={"width": 2.5},
        hovertemplate=f"%{{y:.{digits}f}} {signal.unit}<extra></extra>",
    )
    known = np.isfinite(value)
    turns_s = np.array([rep.bottom_s for rep in reps])
    figure.add_scatter(
        x=turns_s,
        y=np.interp(turns_s, time_s[known], value[known]) if known.any() else np.zeros(len(reps)),
        name="turn of a rep",
        **MARKS,
        marker={"size": 11, "color": REP_COLOUR},
        hovertext=[f"Rep {n}, at {t:.1f} s" for n, t in enumerate(turns_s, start=1)],
    )
    figure.update_layout(shapes=[band(r.start_s, r.end_s, REP_COLOUR, 0.12) for r in reps])
    style(figure, height_px=290)
    style_time_axis(figure, float(time_s[-1]) if len(time_s) else 0.0)
    unit = "degrees" if signal.unit == "°" else signal.unit
    figure.update_yaxes(title_text=f"{signal.title} ({unit})")
    return figure
