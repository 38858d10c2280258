"""A workout as tables in CSV: a row a rep, a row a hold, or a row a frame."""

from __future__ import annotations

import numpy as np

from gym.export.fields import round_known
from gym.files import to_csv
from gym.schema import RepReport, Workout
from gym.summary import pair_reps

_REP_COLUMNS = (
    *("number", "kind", "reason", "start_s", "bottom_s", "end_s"),
    "duration_s",
)
_TEMPO_COLUMNS = ("eccentric_s", "pause_s", "concentric_s", "rest_s")
_REPORT_COLUMNS = (
    *("range_share", "travel_trunks", "speed", "trunk_speed", "speed_loss", "left_right"),
)
_HOLD_COLUMNS = ("number", "exercise", "start_s", "end_s", "seconds")


def reps_csv(workout: Workout) -> str:
    """Return the reps as a table: one row each, the partial ones included; unknown is empty.

    ``concentric_s`` is the effort: the way back, or the way out where that goes up, as in a pull-up;
    ``eccentric_s`` is the other way, and neither holds a pause. Where people know no such ways, as in
    a jumping jack, the way out is ``eccentric_s``. The other measured columns are those of
    `gym.schema.RepReport`. Each rule has four columns named by its code: its value, the value's unit,
    the verdict, and how far the value may be off.
    """
    judged = pair_reps(workout)
    codes = list(dict.fromkeys(found.code for _, findings in judged for found in findings))
    reports = workout.report.reps or (RepReport(),) * len(judged)
    rows = []
    for number, ((rep, findings), report) in enumerate(zip(judged, reports, strict=True), start=1):
        by_code = {found.code: found for found in findings}
        cells: list[object] = [number, str(rep.kind), rep.reason]
        cells += [round_known(t, 3) for t in (rep.start_s, rep.bottom_s, rep.end_s)]
        cells.append(round_known(rep.end_s - rep.start_s, 3))
        cells += [round_known(getattr(report.tempo, name), 3) for name in _TEMPO_COLUMNS]
        cells += [round_known(getattr(report, name)) for name in _REPORT_COLUMNS]
        for code in codes:
            found = by_code.get(code)
            cells += (
                [
                    *(round_known(found.value), found.unit, str(found.verdict)),
                    round_known(found.uncertainty),
                ]
                if found
                else [None] * 4
            )
        rows.append(cells)
    header = [*_REP_COLUMNS, *_TEMPO_COLUMNS, *_REPORT_COLUMNS]
    header += [
        f"{code}_{part}" for code in codes for part in ("value", "unit", "verdict", "uncertainty")
    ]
    return to_csv(header, rows)


def holds_csv(workout: Workout) -> str:
    """Return the holds as a table: one row each; unknown is empty.

    Each rule has five columns named by its code: the worst value that lasted for a moment, its unit and
    verdict, when it was (seconds of the clip), and the share of the time within the limit.
    """
    codes = list(dict.fromkeys(found.code for hold in workout.holds for found in hold.findings))
    rows = []
    for number, hold in enumerate(workout.holds, start=1):
        by_code = {found.code: found for found in hold.findings}
        cells: list[object] = [number, hold.exercise]
        cells += [round_known(t, 3) for t in (hold.start_s, hold.end_s, hold.seconds)]
        for code in codes:
            found = by_code.get(code)
            if found is None:
                cells += [None] * 5
                continue
            cells += [round_known(found.value), found.unit, str(found.verdict)]
            cells += [round_known(found.time_s, 3), round_known(found.kept_share)]
        rows.append(cells)
    header = [*_HOLD_COLUMNS]
    header += [
        f"{code}_{part}"
        for code in codes
        for part in ("value", "unit", "verdict", "time_s", "kept_share")
    ]
    return to_csv(header, rows)


def angles_csv(workout: Workout) -> str:
    """Return the angles as a table: one row a frame, degrees, and the phase; unknown is empty.

    The phase is the chosen counter's: 0 at rest, 1 at the turn.
    """
    signals, count = workout.signals, workout.count
    phase = np.full(len(signals.time_s), np.nan)
    if len(count.time_s):
        phase = np.interp(signals.time_s, count.time_s, count.phase, left=np.nan, right=np.nan)
    header = ["time_s", *(f"{name}_deg" for name in signals.angle_names), "phase"]
    rows = (
        [
            round_known(time_s, 3),
            *(round_known(angle, 2) for angle in angles),
            round_known(position),
        ]
        for time_s, angles, position in zip(
            signals.time_s.tolist(), signals.angle_deg.tolist(), phase.tolist(), strict=True
        )
    )
    return to_csv(header, rows)
