"""A workout as Plotly figures, which the player moves a time cursor over.

All figures over time have the same axis (seconds of the clip, from 0 to its end) and the same
margins, so a moment is at the same place in all of them. Gaps are frames in which a joint was not
seen. Colours of lines, fonts and backgrounds are left to the page's theme; verdicts have colours that
are readable on light and dark pages, and each has its own shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from gym.exercises import EXERCISES, FormRule
from gym.notes import PARTIAL, VERDICT_WORDS, say_not_counted
from gym.schema import Finding, Rep, RepCount, RepEvidence, RepKind, Verdict, Workout
from gym.summary import overall_verdict, pair_reps

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
_REP_COLOUR = "#2f82c4"
_MARGIN = {"l": 56, "r": 12, "t": 34, "b": 44}  # room above for the tool bar, below for the legend
_GAP_S = 1.0  # between frames: what is longer is drawn as a gap
_MAX_NUMBERS = 20  # rep numbers that fit along a figure, on a phone


def plot_angles(workout: Workout) -> go.Figure:
    """Draw the joint angles over time, the near side first.

    Parameters
    ----------
    workout : Workout

    Returns
    -------
    go.Figure
        One line for each angle, in degrees against seconds of the clip; a gap where the joint was not
        seen. The angles that matter for the exercise are shown, the others are in the legend.
    """
    figure = _time_figure(workout, height_px=380)
    for name in _near_side_first(workout):
        time_s, angle_deg = thin_line(workout.signals.time_s, workout.signals.angle(name))
        if not np.isfinite(angle_deg).any():
            continue
        label = angle_title(name)
        shown = _is_main(name, workout)
        figure.add_scatter(
            x=time_s,
            y=angle_deg.round(1),
            name=label,
            mode="lines+markers",  # invisible markers: a click or a tap finds the nearest moment
            marker={"size": 7, "opacity": 0},
            line={"width": 1.5 if _is_far(name, workout) else 2.5},
            connectgaps=False,
            visible=True if shown else "legendonly",
            hovertemplate="%{y:.0f}°<extra>" + label + "</extra>",
        )
    figure.update_yaxes(title_text="Angle (degrees)", ticksuffix="°", rangemode="normal")
    return figure


def plot_phase(workout: Workout) -> go.Figure:
    """Draw the movement as the counter saw it, and where each rep was.

    Parameters
    ----------
    workout : Workout

    Returns
    -------
    go.Figure
        The phase (0 at the top, 1 at the bottom, drawn downwards) against seconds of the clip, and
        a marker with number and verdict at the bottom of each rep.
    """
    figure = _time_figure(workout, height_px=290)
    count = workout.count
    time_s, phase = thin_line(count.time_s, count.phase)
    _add_phase(figure, time_s, phase, "Phase", showlegend=False)
    for word, marks in _bottoms(workout).items():
        figure.add_scatter(
            x=[mark["time_s"] for mark in marks],
            y=[mark["phase"] for mark in marks],
            name=word,
            mode="markers",
            marker=marks[0]["marker"],
            hovertext=[mark["text"] for mark in marks],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    _style_phase_axis(figure)
    return figure


def plot_rule(workout: Workout, rule: FormRule) -> go.Figure:
    """Draw what one rule measured in every rep, against its limit.

    Parameters
    ----------
    workout : Workout
    rule : FormRule

    Returns
    -------
    go.Figure
        A marker for each rep, in the rule's unit, and the limit as it was applied; the side on which
        a rep passes is shaded. Partial reps and reps that could not be judged have a place on the
        axis but no marker.
    """
    figure = go.Figure()
    reps = len(workout.reps)
    rows = [
        (number, finding)
        for number, (rep, findings) in enumerate(pair_reps(workout), start=1)
        for finding in findings
        if finding.code == rule.code and np.isfinite(finding.value) and rep.kind is RepKind.FULL
    ]
    for verdict in Verdict:
        chosen = [(number, finding) for number, finding in rows if finding.verdict is verdict]
        if not chosen:
            continue
        figure.add_scatter(
            x=[number for number, _ in chosen],
            y=[finding.value for _, finding in chosen],
            name=VERDICT_WORDS[verdict],
            mode="markers",
            marker=_verdict_marker(verdict, reps),
            hovertext=[f"Rep {number}: {f.value:.2f} {rule.unit}" for number, f in chosen],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    _style(figure, height_px=280)
    _draw_limits(figure, rule, [finding for _, finding in rows])
    figure.update_xaxes(
        title_text="Rep", range=[0.4, reps + 0.6], nticks=12, dtick=1 if reps <= 12 else None
    )
    unit = "degrees" if rule.unit == "°" else rule.unit
    figure.update_yaxes(title_text=f"{rule.name} ({unit})", zeroline=False)
    return figure


def plot_counters(
    counts: Mapping[str, RepCount],
    duration_s: float,
    disputed_s: Sequence[tuple[float, float]] = (),
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

    Returns
    -------
    go.Figure
        A bar from start to end and a tick at the bottom of each whole rep; an open triangle for a
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
            line={"width": 11, "color": _REP_COLOUR},
            opacity=0.3,
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=[rep.bottom_s for rep in full],
            y=[row] * len(full),
            name=title,
            mode="markers",
            marker={
                "symbol": "line-ns-open",
                "size": 20,
                "color": _REP_COLOUR,
                "line": {"width": 3},
            },
            hovertext=[
                f"{title}, rep {number}: lowest at {rep.bottom_s:.2f} s"
                for number, rep in enumerate(full, start=1)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
        figure.add_scatter(
            x=[rep.bottom_s for rep in partial],
            y=[row] * len(partial),
            name=f"{title}, {PARTIAL}",
            mode="markers",
            marker={**_verdict_marker(Verdict.UNSEEN, 1), "symbol": "triangle-down-open"},
            hovertext=[f"{title}. {say_not_counted(rep.reason)}" for rep in partial],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    labels = [
        _note_inside(f"{title}: <b>{count.count}</b>", row - 0.25, "left", "bottom")
        for row, (title, count) in enumerate(counts.items())
    ]
    figure.update_layout(
        shapes=[_band(*span_s, VERDICT_COLOURS[Verdict.BORDERLINE], 0.22) for span_s in disputed_s],
        annotations=labels,
        showlegend=False,
    )
    _style(figure, height_px=_MARGIN["t"] + _MARGIN["b"] + 58 * max(len(counts), 1))
    figure.update_xaxes(title_text="Time (s)", range=[0, max(duration_s, 0.1)])
    figure.update_yaxes(
        range=[max(len(counts), 1) - 0.6, -0.75],
        showticklabels=False,
        showgrid=False,
        zeroline=False,
    )
    return figure


def plot_phases(counts: Mapping[str, RepCount], duration_s: float) -> go.Figure:
    """Draw the phase curves of several counters over each other.

    Parameters
    ----------
    counts : mapping of title to RepCount
    duration_s : float
        The clip's.

    Returns
    -------
    go.Figure
        A line a counter, 0 at the top to 1 at the bottom, drawn downwards; none for a counter that
        has no phase. For a counter that estimates it, a dotted line shows how probable it is that
        this is not part of a set, 0 to 1.
    """
    figure = go.Figure()
    for title, count in counts.items():
        time_s, phase = thin_line(count.time_s, count.phase)
        if np.isfinite(phase).any():
            _add_phase(figure, time_s, phase, title, showlegend=True)
        if count.in_set is not None:
            time_s, outside = thin_line(count.time_s, 1 - count.in_set)
            figure.add_scatter(
                x=time_s,
                y=outside,
                name=f"{title}: not in a set",
                line={"dash": "dot", "width": 1},
                hovertemplate="%{y:.0%} not in a set<extra></extra>",
            )
    _style(figure, height_px=310)
    figure.update_xaxes(title_text="Time (s)", range=[0, max(duration_s, 0.1)])
    _style_phase_axis(figure)
    return figure


def plot_evidence(rep: Rep, evidence: RepEvidence) -> go.Figure:
    """Draw the signal that a counter followed around one rep, and the levels it had to cross.

    Parameters
    ----------
    rep : Rep
    evidence : RepEvidence

    Returns
    -------
    go.Figure
        The signal against seconds of the clip, a dashed line for each threshold, and a named mark
        where the rep starts, is lowest and ends.
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
    known = np.isfinite(evidence.value)
    falls = True
    if known.any():
        moments_s = [rep.start_s, rep.bottom_s, rep.end_s]
        levels = np.interp(moments_s, evidence.time_s[known], evidence.value[known])
        falls = bool(levels[1] < levels[[0, 2]].mean())
        figure.add_scatter(
            x=moments_s,
            y=levels,
            mode="markers",
            marker={"size": 11, "color": _REP_COLOUR},
            cliponaxis=False,
            hoverinfo="skip",
        )
        # Keep the words clear of the curve: start and end inside it, bottom beyond its turn.
        up_px = 14 if falls else -14
        words = (("start", 22, up_px), ("bottom", 0, -up_px), ("end", -18, up_px))
        for (word, x_px, y_px), time_s, level in zip(words, moments_s, levels, strict=True):
            figure.add_annotation(
                x=time_s,
                y=level,
                text=word,
                showarrow=False,
                xshift=x_px,
                yshift=y_px,
                font_size=12,
            )
        low, high = np.nanmin(evidence.value), np.nanmax(evidence.value)
        room = 0.16 * (high - low) or 0.1
        figure.update_yaxes(range=[low - room, high + room])
    for number, (name, level) in enumerate(evidence.thresholds):
        figure.add_hline(
            level, line={"dash": "dash", "width": 1.5, "color": VERDICT_COLOURS[Verdict.UNSEEN]}
        )
        # Two levels are often close together, so their names go to opposite ends.
        side = "left" if number % 2 == 0 else "right"
        figure.add_annotation(_note_inside(name, level, side, "top" if falls else "bottom"))
    _style(figure, height_px=300)
    if len(evidence.time_s):
        figure.update_xaxes(range=[evidence.time_s[0], evidence.time_s[-1]])
    figure.update_xaxes(title_text="Time (s)")
    label = "degrees" if evidence.unit == "°" else evidence.unit
    figure.update_yaxes(
        title_text=f"{evidence.signal} ({label})" if label else evidence.signal, zeroline=False
    )
    figure.update_layout(showlegend=False)
    return figure


def angle_title(name: str) -> str:
    """Return an angle's name as people say it.

    >>> angle_title("left_knee")
    'Left knee'
    """
    return name.replace("_", " ").capitalize()


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


def _time_figure(workout: Workout, height_px: int) -> go.Figure:
    """Start a figure over the clip's time, with the reps shaded and numbered."""
    figure = go.Figure()
    pairs = pair_reps(workout)
    numbered = _numbers_that_fit(workout)
    spans, numbers = [], []  # added all together: hundreds one by one take seconds
    for number, (rep, findings) in enumerate(pairs, start=1):
        whole = rep.kind is RepKind.FULL
        verdict = overall_verdict(findings) if whole else Verdict.UNSEEN
        spans.append(_band(rep.start_s, rep.end_s, VERDICT_COLOURS[verdict], 0.13))
        if number in numbered:
            numbers.append(
                {
                    "x": (rep.start_s + rep.end_s) / 2,
                    "y": 1,
                    "yref": "paper",
                    "yanchor": "top",
                    "text": f"{number}" if whole else f"({number})",
                    "showarrow": False,
                    "font": {"size": 12},
                }
            )
    figure.update_layout(shapes=spans, annotations=numbers)
    _style(figure, height_px)
    figure.update_xaxes(title_text="Time (s)", range=[0, max(workout.clip.duration_s, 0.1)])
    return figure


def _band(start_s: float, end_s: float, colour: str, opacity: float) -> dict:
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


def _note_inside(text: str, y: float, side: str, yanchor: str) -> dict:
    """Return words at one end of a figure, at a height in the y axis' unit."""
    return {
        "x": 0 if side == "left" else 1,
        "xref": "paper",
        "xanchor": side,
        "y": y,
        "yanchor": yanchor,
        "text": text,
        "showarrow": False,
        "font": {"size": 12},
    }


def _add_phase(
    figure: go.Figure, time_s: np.ndarray, phase: np.ndarray, name: str, *, showlegend: bool
) -> None:
    """Add one phase curve."""
    figure.add_scatter(
        x=time_s,
        y=phase.round(3),
        name=name,
        mode="lines+markers",
        marker={"size": 7, "opacity": 0},
        line={"width": 2.5},
        connectgaps=False,
        showlegend=showlegend,
        hovertemplate="%{y:.2f} of the way down<extra>" + (name if showlegend else "") + "</extra>",
    )


def _style_phase_axis(figure: go.Figure) -> None:
    """Draw the phase downwards, from the top's 0 to the bottom's 1."""
    figure.update_yaxes(
        title_text="Phase (0 to 1)",
        range=[1.12, -0.12],
        tickvals=[0, 0.5, 1],
        ticktext=["top 0", "0.5", "bottom 1"],
    )


def _style(figure: go.Figure, height_px: int) -> None:
    """Give every figure the same margins, legend and behaviour."""
    figure.update_layout(
        height=height_px,
        margin=_MARGIN,
        hovermode="closest",
        dragmode=False,  # a finger on the chart scrolls the page; zooming is in the tool bar
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": -58 / (height_px - 34 - 100),  # below the axis' title, in shares of the plot
            "yanchor": "top",
            "title": {"text": ""},
        },
    )
    figure.update_yaxes(fixedrange=True, automargin=False)


def _draw_limits(figure: go.Figure, rule: FormRule, findings: list[Finding]) -> None:
    """Draw a rule's pass limit as it was applied, and shade where a rep passes."""
    values = [finding.value for finding in findings]
    limit = next((f.limit for f in findings if np.isfinite(f.limit)), rule.limits[0])
    if rule.fault_below:  # too far to either side is a fault: a band around 0
        limits, words = [-abs(limit), abs(limit)], f"passes within ±{abs(limit):g}"
    elif rule.limits[0] > rule.limits[1]:
        limits, words = [limit], f"passes above {limit:g}"
    else:
        limits, words = [limit], f"passes below {limit:g}"
    low, high = min(values + limits), max(values + limits)
    room = 0.15 * (high - low) or 0.1
    low, high = low - room, high + room
    if rule.fault_below:
        passing = limits
    else:
        passing = [limit, high] if rule.limits[0] > rule.limits[1] else [low, limit]
    figure.add_hrect(
        *passing, line_width=0, layer="below", fillcolor=VERDICT_COLOURS[Verdict.PASS], opacity=0.1
    )
    for one in limits:
        figure.add_hline(
            one, line={"dash": "dash", "width": 1.5, "color": VERDICT_COLOURS[Verdict.UNSEEN]}
        )
    figure.add_annotation(
        x=0,
        xref="paper",
        xanchor="left",
        y=1,
        yref="paper",
        yanchor="bottom",
        text=f"{words} (dashed)",
        showarrow=False,
        font={"size": 12},
    )
    figure.update_yaxes(range=[low, high])


def _near_side_first(workout: Workout) -> list[str]:
    """Order the angles: those of the exercise, near side before far side, then the others."""
    main = _main_joints(workout)

    def place(name: str) -> tuple[bool, bool, int]:
        joint = name.split("_", 1)[-1]
        order = main.index(joint) if joint in main else len(main)
        return not _is_main(name, workout), _is_far(name, workout), order

    return sorted(workout.signals.angle_names, key=place)


def _main_joints(workout: Workout) -> tuple[str, ...]:
    """Return the joints whose angles tell most about the exercise, the first most."""
    exercise = EXERCISES.get(workout.exercise.label)
    return exercise.main_angles if exercise else ("knee", "hip", "elbow")


def _is_far(name: str, workout: Workout) -> bool:
    """Whether an angle belongs to the side away from the camera."""
    side = name.split("_", 1)[0]
    return side in ("left", "right") and side != workout.signals.near_side


def _is_main(name: str, workout: Workout) -> bool:
    """Whether an angle is shown at once: of the exercise, and on a side that is seen."""
    joint = name.split("_", 1)[-1]
    facing = workout.signals.view.label in ("front", "rear")
    return joint in _main_joints(workout) and (facing or not _is_far(name, workout))


def _bottoms(workout: Workout) -> dict[str, list[dict]]:
    """Group the reps' lowest points by verdict."""
    groups: dict[str, list[dict]] = {}
    count = workout.count
    for number, (rep, findings) in enumerate(pair_reps(workout), start=1):
        partial = rep.kind is RepKind.PARTIAL
        verdict = Verdict.UNSEEN if partial else overall_verdict(findings)
        word = PARTIAL if partial else VERDICT_WORDS[verdict]
        marker = _verdict_marker(verdict, len(workout.reps))
        if partial:
            marker["symbol"] = "triangle-down-open"
        groups.setdefault(word, []).append(
            {
                "time_s": rep.bottom_s,
                "phase": _phase_at(count.time_s, count.phase, rep.bottom_s),
                "text": f"Rep {number}: {word}, lowest at {rep.bottom_s:.2f} s",
                "marker": marker,
            }
        )
    return groups


def _phase_at(time_s: np.ndarray, phase: np.ndarray, moment_s: float) -> float:
    """Return the phase of the frame nearest a moment, and the bottom's 1 where it is not known."""
    if not len(time_s):
        return 1.0
    value = float(phase[np.argmin(np.abs(time_s - moment_s))])
    return value if np.isfinite(value) else 1.0


def _verdict_marker(verdict: Verdict, reps: int) -> dict:
    """Return the marker that stands for a verdict, smaller where there are many."""
    return {
        "size": 12 if reps <= 30 else 8,
        "symbol": _VERDICT_MARKERS[verdict],
        "color": VERDICT_COLOURS[verdict],
        "line": {"width": 1.5, "color": VERDICT_COLOURS[verdict]},
    }


def _numbers_that_fit(workout: Workout) -> set[int]:
    """Return the numbers of the reps that can be written along the clip without overlapping."""
    apart_s, last_s = workout.clip.duration_s / _MAX_NUMBERS, -np.inf
    numbers = set()
    for number, rep in enumerate(workout.reps, start=1):
        middle_s = (rep.start_s + rep.end_s) / 2
        if middle_s - last_s >= apart_s:
            numbers.add(number)
            last_s = middle_s
    return numbers
