"""A workout as JSON: what is written is what was found."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from gym.export.record import to_json, to_json_text
from gym.schema import FormReport, RepCount
from tests.made_workouts import make_workout

NUMBER = (int, float, type(None))
SCHEMA = {  # the contract, key by key; extra keys are allowed
    "schema": int,
    "clip": {
        "name": str,
        "duration_s": NUMBER,
        "frames": int,
        "width_px": int,
        "height_px": int,
        "rotation_deg": (int, type(None)),
    },
    "pose": {"model": (str, type(None)), "frames_with_pose": int},
    "view": {"label": str, "yaw_deg": NUMBER, "confidence": NUMBER},
    "exercise": {
        "label": str,
        "probability": NUMBER,
        "chosen_by": str,
        "frame_share": {},
        "timeline": [{"start_s": NUMBER, "end_s": NUMBER, "label": str, "probability": NUMBER}],
    },
    "sets": [{"exercise": str, "start_s": NUMBER, "end_s": NUMBER, "counts": {}}],
    "counts": {},
    "counter": str,
    "reps": [
        {
            "number": int,
            "start_s": NUMBER,
            "bottom_s": NUMBER,
            "end_s": NUMBER,
            "kind": str,
            "findings": [
                {
                    "code": str,
                    "verdict": str,
                    "value": NUMBER,
                    "unit": str,
                    "limit": NUMBER,
                    "cue": str,
                }
            ],
        }
    ],
    "form": {"frame_share": {}, "shallow_reps": int},
    "versions": {key: (str, type(None)) for key in ("app", "pose", "stgcn", "phase")},
}


def check_schema(value: object, schema: object, where: str = "json") -> None:
    if isinstance(schema, dict):
        assert type(value) is dict, where
        assert not schema.keys() - value.keys(), where
        for key, inner in schema.items():
            check_schema(value[key], inner, f"{where}.{key}")
    elif isinstance(schema, list):
        assert type(value) is list, where
        for i, item in enumerate(value):
            check_schema(item, schema[0], f"{where}[{i}]")
    else:
        kinds = schema if isinstance(schema, tuple) else (schema,)
        assert type(value) in kinds, f"{where}: {value!r} is {type(value)}"  # no numpy scalars


def test_json_keeps_the_contract() -> None:
    found = to_json(make_workout())
    check_schema(found, SCHEMA)
    assert found["schema"] == 1
    assert found["counts"] == {"heuristic": 2, "learned": 1}
    assert [rep["number"] for rep in found["reps"]] == [1, 2, 3]
    assert [rep["kind"] for rep in found["reps"]] == ["full", "full", "partial"]
    assert found["reps"][0]["findings"][0]["verdict"] == "fail"
    assert found["reps"][0]["findings"][0]["value"] == -0.21
    assert found["pose"] == {"model": "full", "frames_with_pose": 59}
    assert found["sets"][0]["counts"] == {"heuristic": 2, "learned": 1}


def test_json_says_null_for_what_is_not_known() -> None:
    found = json.loads(to_json_text(make_workout()))  # json.loads would take NaN, dumps not
    assert found["reps"][0]["findings"][1]["value"] is None
    assert found["view"]["yaw_deg"] is None
    assert found["exercise"]["probability"] is None
    assert found["exercise"]["timeline"][0]["probability"] is None
    assert found["form"]["frame_share"] == {"good": 0.8, "forward_lean": None}
    assert found["versions"] == {"app": "0.1.0", "pose": None, "stgcn": None, "phase": None}
    assert "NaN" not in to_json_text(make_workout())


def test_json_of_a_pose_file_without_reps() -> None:
    workout = make_workout()
    empty = replace(
        workout,
        clip=replace(workout.clip, rotation_deg=None),
        poses=replace(workout.poses, model=None),
        counts={"heuristic": RepCount("heuristic", (), np.empty(0), np.empty(0))},
        form=FormReport(),
        sets=(),
    )
    found = to_json(empty)
    check_schema(found, SCHEMA)
    assert found["reps"] == []
    assert found["clip"]["rotation_deg"] is None
    assert found["pose"]["model"] is None
    assert found["form"]["frame_share"] == {}


def test_json_lists_reps_that_nobody_judged() -> None:
    found = to_json(replace(make_workout(), form=FormReport()))
    assert [rep["findings"] for rep in found["reps"]] == [[], [], []]


def test_json_refuses_findings_that_miss_a_rep() -> None:
    workout = make_workout()
    short = replace(workout, form=replace(workout.form, findings=workout.form.findings[:2]))
    with pytest.raises(ValueError, match="zip"):
        to_json(short)
