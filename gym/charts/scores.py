"""How right several counters were, as a Plotly figure."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from gym.charts.style import MARGIN, MARKS, REP_COLOUR, note_inside, style


def plot_scores(scores: Mapping[str, Mapping], measure: str) -> go.Figure:
    """Draw a share of clips for each counter, with its interval.

    Parameters
    ----------
    scores : mapping of title to dict
        ``value`` and ``interval`` (low, high), shares 0 to 1; from the top row down.
    measure : str
        What is shown, for the axis.

    Returns
    -------
    go.Figure
        A dot and a line a row, in percent.
    """
    figure = go.Figure()
    for row, score in enumerate(scores.values()):
        figure.add_scatter(
            x=[100 * end for end in score["interval"]],
            y=[row, row],
            mode="lines",
            line={"width": 5, "color": REP_COLOUR},
            opacity=0.3,
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=[100 * score["value"] for score in scores.values()],
        y=list(range(len(scores))),
        **MARKS,
        marker={"size": 11, "color": REP_COLOUR},
        hovertext=[
            f"{title}: {score['value']:.0%}, {score['interval'][0]:.0%} to {score['interval'][1]:.0%}"
            for title, score in scores.items()
        ],
    )
    rows = max(len(scores), 1)
    figure.update_layout(
        annotations=[
            note_inside(f"{title}: <b>{score['value']:.0%}</b>", row - 0.2, "left", "bottom")
            for row, (title, score) in enumerate(scores.items())
        ],
        showlegend=False,
    )
    style(figure, height_px=MARGIN["t"] + MARGIN["b"] + 44 * rows)
    figure.update_xaxes(
        title_text=f"{measure}, share of the clips", range=[-2, 102], ticksuffix="%"
    )
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(
        range=[rows - 0.5, -0.9], showticklabels=False, showgrid=False, zeroline=False
    )
    return figure
