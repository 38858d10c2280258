"""A workout's tables: what is written is what was found."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from gym.export.tables import angles_csv, reps_csv
from gym.schema import CoachReport, FormReport, RepCount
from tests.made_workouts import make_workout


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_reps_table() -> None:
    rows = read_csv(reps_csv(make_workout()))
    assert len(rows) == 3
    first, second, partial = rows
    assert (first["number"], first["kind"], first["start_s"]) == ("1", "full", "0.2")
    assert first["duration_s"] == "0.7"
    measured = ("eccentric_s", "pause_s", "concentric_s", "rest_s", "range_share", "speed_loss")
    assert [first[name] for name in measured] == ["0.3", "0.0", "0.35", "0.1", "0.9", "0.0"]
    assert (second["rest_s"], second["left_right"]) == ("", "0.12")
    assert {partial[name] for name in measured} == {""}
    assert (first["squat.depth_value"], first["squat.depth_verdict"]) == ("-0.21", "fail")
    assert first["squat.depth_unit"] == "thigh lengths"
    assert (first["squat.lean_value"], first["squat.lean_verdict"]) == ("", "unseen")
    assert (second["squat.lean_value"], second["squat.lean_verdict"]) == ("31.0", "pass")
    assert partial["reason"] == "the way up, never finished"  # with its comma
    assert (partial["squat.depth_value"], partial["squat.depth_verdict"]) == ("", "")


def test_a_workout_without_a_report_has_empty_columns() -> None:
    (first, *_) = read_csv(reps_csv(replace(make_workout(), report=CoachReport())))
    assert (first["duration_s"], first["eccentric_s"], first["range_share"]) == ("0.7", "", "")


def test_reps_table_without_reps_is_its_header() -> None:
    workout = make_workout()
    none = replace(
        workout,
        counts={"heuristic": RepCount("heuristic", (), np.empty(0), np.empty(0))},
        form=FormReport(),
        report=CoachReport(),
    )
    assert reps_csv(none).startswith("number,kind,reason,start_s")
    assert read_csv(reps_csv(none)) == []


def test_angles_table() -> None:
    rows = read_csv(angles_csv(make_workout()))
    assert len(rows) == 60
    assert list(rows[0]) == ["time_s", "left_knee_deg", "right_knee_deg", "phase"]
    assert (rows[0]["left_knee_deg"], rows[-1]["left_knee_deg"]) == ("170.0", "80.0")
    assert {row["right_knee_deg"] for row in rows} == {""}
    assert [rows[i]["phase"] for i in (0, 1)] == ["", ""]
    assert float(rows[2]["phase"]) == pytest.approx(2 / 59, abs=1e-4)
    assert rows[-1]["time_s"] == "2.95"


def test_angles_table_takes_the_phase_at_other_times() -> None:
    workout = make_workout()
    count = RepCount("heuristic", (), np.array([0.5, 1.5]), np.array([0.0, 1.0]))
    rows = read_csv(angles_csv(replace(workout, counts={"heuristic": count})))
    phases = {row["time_s"]: row["phase"] for row in rows}
    assert (phases["0.45"], phases["0.5"], phases["1.0"], phases["1.55"]) == ("", "0.0", "0.5", "")
