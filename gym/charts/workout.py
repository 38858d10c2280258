"""A workout as Plotly figures, which the player moves a time cursor over.

All figures over time have the same axis (seconds of the clip, from 0 to its end) and the same
margins, so a moment is at the same place in all of them. Gaps are frames in which a joint was not
seen.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from gym.charts.style import (
    CURVE,
    LEVEL,
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
from gym.exercises import EXERCISES, FormRule
from gym.form import follow_rule
from gym.notes import PARTIAL, VERDICT_WORDS, say_turn, say_value
from gym.schema import Finding, RepKind, Verdict, Workout
from gym.summary import overall_verdict, pair_reps

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
            **CURVE,
            line={"width": 1.5 if _is_far(name, workout) else 2.5},
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
        The phase (0 at rest, 1 at the turn, drawn the way the body goes) against seconds of the
        clip, and a marker with number and verdict at the turn of each rep.
    """
    figure = _time_figure(workout, height_px=290)
    count, exercise = workout.count, EXERCISES.get(workout.exercise.label)
    time_s, phase = thin_line(count.time_s, count.phase)
    add_phase(figure, time_s, phase, "Phase", exercise, showlegend=False)
    for word, marks in _turns(workout).items():
        figure.add_scatter(
            x=[mark["time_s"] for mark in marks],
            y=[mark["phase"] for mark in marks],
            name=word,
            **MARKS,
            marker=marks[0]["marker"],
            hovertext=[mark["text"] for mark in marks],
        )
    style_phase_axis(figure, exercise)
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
            **MARKS,
            marker=verdict_marker(verdict, reps),
            hovertext=[f"Rep {number}: {say_value(f.value, rule.unit)}" for number, f in chosen],
        )
    style(figure, height_px=280)
    _draw_limits(figure, rule, [finding for _, finding in rows])
    figure.update_xaxes(
        title_text="Rep", range=[0.4, reps + 0.6], nticks=12, dtick=1 if reps <= 12 else None
    )
    unit = "degrees" if rule.unit == "°" else rule.unit
    figure.update_yaxes(title_text=f"{rule.name} ({unit})", zeroline=False)
    return figure


def plot_hold(workout: Workout, rule: FormRule) -> go.Figure:
    """Draw what one rule measured for as long as something was held, against its limit.

    Parameters
    ----------
    workout : Workout
    rule : FormRule

    Returns
    -------
    go.Figure
        A line for each hold of the rule's exercise, in the rule's unit against seconds of the clip; the
        limit as it was applied, and a marker with the verdict at the worst that lasted for a moment.
        The holds are shaded, and so is what passes.
    """
    figure = _time_figure(workout, height_px=290)
    judged = [
        (hold, finding)
        for hold in workout.holds
        for finding in hold.findings
        if finding.code == rule.code and np.isfinite(finding.value)
    ]
    extremes = []
    for hold, finding in judged:
        time_s, value = thin_line(*follow_rule(workout.poses, hold, rule))
        extremes += [np.nanmin(value), np.nanmax(value)]
        figure.add_scatter(
            x=time_s,
            y=value.round(3),
            name=rule.name,
            **CURVE,
            line={"width": 2.5, "color": REP_COLOUR},
            showlegend=False,
            hovertemplate="%{y:.2f} at %{x:.1f} s<extra></extra>",
        )
        figure.add_scatter(
            x=[finding.time_s],
            y=[finding.value],
            name=VERDICT_WORDS[finding.verdict],
            **MARKS,
            marker=verdict_marker(finding.verdict, len(judged)),
            hovertext=[f"The worst: {finding.value:.2f} {rule.unit} at {finding.time_s:.1f} s"],
        )
    _draw_limits(figure, rule, [finding for _, finding in judged], extremes)
    unit = "degrees" if rule.unit == "°" else rule.unit
    figure.update_yaxes(title_text=f"{rule.name} ({unit})", zeroline=False)
    return figure


def angle_title(name: str) -> str:
    """Return an angle's name as people say it.

    >>> angle_title("left_knee")
    'Left knee'
    """
    return name.replace("_", " ").capitalize()


def _time_figure(workout: Workout, height_px: int) -> go.Figure:
    """Start a figure over the clip's time, with the reps shaded and numbered, and the holds shaded."""
    figure = go.Figure()
    pairs = pair_reps(workout)
    numbered = _numbers_that_fit(workout)
    spans, numbers = [], []  # added all together: hundreds one by one take seconds
    for number, (rep, findings) in enumerate(pairs, start=1):
        whole = rep.kind is RepKind.FULL
        verdict = overall_verdict(findings) if whole else Verdict.UNSEEN
        spans.append(band(rep.start_s, rep.end_s, VERDICT_COLOURS[verdict], 0.13))
        if number in numbered:
            numbers.append(
                {
                    "x": (rep.start_s + rep.end_s) / 2,
                    "y": 1,
                    "yref": "paper",
                    "yanchor": "top",
                    "text": f"{number}" if whole else f"({number})",
                    "showarrow": False,
                    "font": SMALL,
                }
            )
    for hold in workout.holds:
        verdict = overall_verdict(hold.findings)
        spans.append(band(hold.start_s, hold.end_s, VERDICT_COLOURS[verdict], 0.13))
    figure.update_layout(shapes=spans, annotations=numbers)
    style(figure, height_px)
    style_time_axis(figure, workout.clip.duration_s)
    return figure


def _draw_limits(
    figure: go.Figure, rule: FormRule, findings: list[Finding], shown: list[float] | None = None
) -> None:
    """Draw a rule's pass limit as it was applied, and shade what passes.

    ``shown`` are other values than the findings' that have to fit into the figure.
    """
    values = [finding.value for finding in findings] + (shown or [])
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
        figure.add_hline(one, line=LEVEL)
    figure.add_annotation(note_inside(f"{words} (dashed)", 1, "left", "bottom"), yref="paper")
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


def _turns(workout: Workout) -> dict[str, list[dict]]:
    """Group the reps' turns by verdict."""
    groups: dict[str, list[dict]] = {}
    count, exercise = workout.count, EXERCISES.get(workout.exercise.label)
    for number, (rep, findings) in enumerate(pair_reps(workout), start=1):
        partial = rep.kind is RepKind.PARTIAL
        verdict = Verdict.UNSEEN if partial else overall_verdict(findings)
        word = PARTIAL if partial else VERDICT_WORDS[verdict]
        groups.setdefault(word, []).append(
            {
                "time_s": rep.bottom_s,
                "phase": _phase_at(count.time_s, count.phase, rep.bottom_s),
                "text": f"Rep {number}: {word}, {say_turn(exercise, rep.bottom_s)}",
                "marker": verdict_marker(verdict, len(workout.reps), partial=partial),
            }
        )
    return groups


def _phase_at(time_s: np.ndarray, phase: np.ndarray, moment_s: float) -> float:
    """Return the phase of the frame nearest a moment, and the turn's 1 where it is not known."""
    if not len(time_s):
        return 1.0
    value = float(phase[np.argmin(np.abs(time_s - moment_s))])
    return value if np.isfinite(value) else 1.0


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
