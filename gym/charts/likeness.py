"""How alike every two moments of a clip are, as a Plotly figure."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from gym.charts.style import style

#: From the page's own background to the colour of reps: light and dark pages alike.
_SCALE = [[0, "rgba(47, 130, 196, 0)"], [1, "rgb(47, 130, 196)"]]


def plot_likeness(time_s: np.ndarray, likeness: np.ndarray) -> go.Figure:
    """Draw a self-similarity matrix.

    Parameters
    ----------
    time_s : ndarray (N,)
    likeness : ndarray (N, N)
        0 to 1; NaN is left open.

    Returns
    -------
    go.Figure
        A square of cells with time on both axes; pointing at a cell tells both times.
    """
    figure = go.Figure()
    figure.add_heatmap(
        x=time_s.round(2),
        y=time_s.round(2),
        z=(100 * likeness).round().astype(np.float32),
        zmin=0,
        zmax=100,
        colorscale=_SCALE,
        showscale=False,
        hoverongaps=False,
        hovertemplate="%{x:.1f} s and %{y:.1f} s<br>%{z:.0f}% alike<extra></extra>",
    )
    style(figure, height_px=420)
    figure.update_xaxes(title_text="Time (s)", showgrid=False)
    figure.update_yaxes(title_text="Time (s)", showgrid=False, zeroline=False)
    if len(time_s) > 1:
        figure.update_xaxes(range=[time_s[0], time_s[-1]])
        figure.update_yaxes(range=[time_s[0], time_s[-1]])
    return figure
