"""A rep beside a reference rep as Plotly figures: each joint over the rep's time."""

from __future__ import annotations

import plotly.graph_objects as go

from gym.charts.style import CURVE, REP_COLOUR, VERDICT_COLOURS, style
from gym.comparing.warping import Comparison
from gym.schema import Verdict

_HEIGHT_PX = 240


def plot_joint(comparison: Comparison, joint: str, rep: str, reference: str) -> go.Figure:
    """Draw one joint's angle in a rep and in its reference, and the difference between them.

    Parameters
    ----------
    comparison : Comparison
    joint : str
        One of its joints.
    rep, reference : str
        What the two are called in the legend.

    Returns
    -------
    go.Figure
        Degrees against seconds of the clip during the rep; the reference is where the warping put it,
        and what lies between the two is shaded.
    """
    figure = go.Figure()
    row = comparison.joints.index(joint)
    lines = (
        (reference, comparison.reference_deg[row], {"dash": "dash", "width": 2}, None),
        (rep, comparison.angle_deg[row], {"width": 2.5, "color": REP_COLOUR}, "tonexty"),
    )
    for name, angle_deg, line, fill in lines:
        figure.add_scatter(
            x=comparison.time_s.round(3),
            y=angle_deg.round(1),
            name=name,
            **CURVE,
            line=line if "color" in line else line | {"color": VERDICT_COLOURS[Verdict.UNSEEN]},
            fill=fill,
            fillcolor="rgba(47, 130, 196, 0.15)",
            hovertemplate="%{y:.0f}° at %{x:.1f} s<extra>" + name + "</extra>",
        )
    style(figure, _HEIGHT_PX)
    figure.update_xaxes(title_text="Time (s)")
    figure.update_yaxes(title_text="Angle (degrees)", ticksuffix="°")
    return figure
