"""A workout as JSON: what is written is what was found."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gym.errors import RecordError
from gym.export.record import from_json_text, from_record, to_json, to_json_text, to_record
from gym.posefiles.analysis import read_analysis
from gym.schema import (
    Agreement,
    Classification,
    ClipInfo,
    CoachReport,
    ExerciseSet,
    Fading,
    Finding,
    FormReport,
    OddRep,
    Rep,
    RepCount,
    RepKind,
    RepReport,
    RepTempo,
    Segment,
    SetReport,
    Verdict,
    View,
    Workout,
)
from gym.session import analyse_poses
from gym.summary import summarise_set
from tests.made_workouts import NAN, make_finding, make_workout

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
        report=CoachReport(),
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


def test_json_does_not_say_when_the_clip_was_recorded() -> None:
    workout = make_workout()
    clip = replace(workout.clip, recorded_at=datetime(2026, 3, 1, 18, 30, tzinfo=UTC))
    assert to_json(replace(workout, clip=clip)) == to_json(workout)


# Back from JSON ----------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs")), max_size=12)
VALUES = st.floats(-1e6, 1e6) | st.sampled_from([NAN, math.inf])
SHARES = st.floats(0, 1) | st.just(NAN)
TIMES = st.floats(0, 1200)
COUNTS = st.dictionaries(TEXTS, st.integers(0, 999), max_size=3)


@st.composite
def make_spans(draw: st.DrawFn, length: int = 2) -> list[float]:
    return sorted(draw(TIMES) for _ in range(length))


@st.composite
def make_workouts(draw: st.DrawFn) -> Workout:
    """Return a workout of anything that one may be of."""

    def several(make: Callable[[], object]) -> tuple:
        return tuple(make() for _ in range(draw(st.integers(0, 3))))

    def make_rep() -> Rep:
        return Rep(*draw(make_spans(3)), draw(st.sampled_from(RepKind)), draw(TEXTS))

    def make_finding() -> Finding:
        code = draw(TEXTS | st.just("squat.depth"))
        verdict, time_s = draw(st.sampled_from(Verdict)), draw(TIMES | st.just(NAN))
        value, limit = draw(VALUES), draw(VALUES)
        return Finding(code, "", verdict, value, draw(TEXTS), limit, draw(TEXTS), "", time_s)

    def make_rep_report() -> RepReport:
        tempo = RepTempo(*(draw(TIMES | st.just(NAN)) for _ in range(4)))
        return RepReport(tempo, *(draw(VALUES) for _ in range(7)), draw(TEXTS))

    def make_set_report(numbers: st.SearchStrategy[int]) -> SetReport:
        first, last = sorted((draw(numbers), draw(numbers)))
        span, figures = draw(make_spans()), [draw(VALUES) for _ in range(7)]
        best, worst = (draw(st.none() | numbers) for _ in range(2))
        fading = several(lambda: Fading(draw(TEXTS), *(draw(VALUES) for _ in range(4))))

        def make_odd() -> OddRep:
            away_deg, distance = draw(st.floats(-180, 180)), draw(st.floats(0, 99))
            return OddRep(draw(numbers), draw(TEXTS), draw(TIMES), draw(SHARES), away_deg, distance)

        odd, compared = several(make_odd), draw(st.integers(0, 99))
        return SetReport(
            *span, first, last, draw(TEXTS), *figures, best, worst, fading, odd, compared
        )

    reps = several(make_rep)
    numbers = st.integers(1, max(len(reps), 1))
    set_reports = several(lambda: make_set_report(numbers)) if reps else ()
    counts = {name: RepCount(name, reps, [], []) for name in draw(st.sets(TEXTS, min_size=1))}
    shares = st.dictionaries(TEXTS, SHARES, max_size=3)
    base = make_workout()
    yaw_deg = draw(st.floats(0, 180) | st.just(NAN))
    return replace(
        base,
        clip=ClipInfo(
            draw(TEXTS),
            draw(TIMES),
            *(draw(st.integers(0, 10**6)) for _ in range(3)),
            rotation_deg=draw(st.sampled_from([None, 0, 90, 180, 270])),
            stopped_s=draw(st.none() | TIMES),
        ),
        poses=replace(base.poses, model=draw(st.none() | TEXTS)),
        signals=replace(base.signals, view=View(draw(TEXTS), yaw_deg, draw(SHARES))),
        exercise=Classification(
            draw(TEXTS),
            draw(SHARES),
            draw(TEXTS),
            draw(shares),
            several(lambda: Segment(*draw(make_spans()), draw(TEXTS), draw(SHARES))),
        ),
        counts=counts,
        counter=draw(st.sampled_from(sorted(counts))),
        form=FormReport(
            tuple(several(make_finding) for _ in reps),
            draw(shares),
            draw(st.integers(0, 99)),
            draw(TEXTS),
        ),
        sets=several(lambda: ExerciseSet(draw(TEXTS), *draw(make_spans()), draw(COUNTS))),
        agreement=Agreement(base.count, draw(SHARES), NAN, 1.0, ()),
        notes=several(lambda: draw(TEXTS)),
        strictness=draw(TEXTS),
        own_limits=draw(st.dictionaries(TEXTS, VALUES, max_size=3)),
        versions=draw(st.dictionaries(TEXTS, st.none() | TEXTS, max_size=3)),
        report=CoachReport(tuple(make_rep_report() for _ in reps), set_reports),
    )


QUICK = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@QUICK
@given(make_workouts())
def test_every_workout_comes_back_from_json(workout: Workout) -> None:
    found = to_json(workout)
    assert to_record(from_record(found)) == found
    back = from_json_text(to_json_text(workout).encode())
    assert json.dumps(to_record(back)) == json.dumps(found)  # in the same order, too


def test_a_front_raise_is_told_as_a_lateral_raise_and_comes_back() -> None:
    base = make_workout()
    finding = make_finding(Verdict.PASS, 88.0, "lateral_raise.range")
    workout = replace(
        base,
        exercise=Classification(
            "front_raise",
            0.9,
            "model",
            {"front_raise": 0.6, "lateral_raise": 0.1, "squat": 0.3},
            (Segment(0.0, 2.0, "front_raise", 0.9), Segment(2.0, 3.0, "squat", 0.8)),
        ),
        sets=tuple(replace(one, exercise="front_raise") for one in base.sets),
        form=replace(base.form, findings=((finding,),) * len(base.reps)),
    )
    found = to_json(workout)
    told = found["exercise"]
    assert (told["label"], told["variant"]) == ("lateral_raise", "front")
    assert told["frame_share"] == {"lateral_raise": 0.7, "squat": 0.3}
    assert [(one["label"], one["variant"]) for one in told["timeline"]] == [
        ("lateral_raise", "front"),
        ("squat", ""),
    ]
    assert [(one["exercise"], one["variant"]) for one in found["sets"]] == [
        ("lateral_raise", "front")
    ]
    assert "front_raise" not in json.dumps(found)
    back = from_json_text(to_json_text(workout))
    assert back.exercise.label == back.sets[0].exercise == "front_raise"
    assert back.exercise.frame_share == {"front_raise": 0.7, "squat": 0.3}
    assert [one.label for one in back.exercise.timeline] == ["front_raise", "squat"]
    assert back.form.findings[0][0].name == "Range"


def test_other_exercises_have_no_variant_and_earlier_files_lack_it() -> None:
    found = to_json(make_workout())
    assert found["exercise"]["variant"] == found["sets"][0]["variant"] == ""
    del found["exercise"]["variant"], found["sets"][0]["variant"]
    assert from_record(found).exercise.label == "squat"
    found["exercise"]["variant"] = "one of a later version"
    assert from_record(found).exercise.label == "squat"


def test_the_sample_comes_back_from_json(sample_clip: Path) -> None:
    workout = analyse_poses(*read_analysis(sample_clip.parent))
    record = from_json_text(to_json_text(workout))
    assert to_record(record) == to_json(workout)
    assert record.clip == workout.clip
    assert (record.counter, record.counts[record.counter]) == (workout.counter, workout.count.count)
    assert [rep.kind for rep in record.reps] == [rep.kind for rep in workout.reps]
    for one, other in zip(record.form.findings, workout.form.findings, strict=True):
        assert [(f.code, f.name, f.why) for f in one] == [(f.code, f.name, f.why) for f in other]
    summary, now = summarise_set(record), summarise_set(workout)
    assert summary.clean == now.clean
    assert summary.deepest == pytest.approx(now.deepest, abs=1e-3)
    tension_s, now_s = (one.report.sets[0].tension_s for one in (record, workout))
    assert tension_s == pytest.approx(now_s, abs=0.01)


def test_a_file_of_the_contract_alone_comes_back() -> None:
    """What schema 1 says now beyond its first version is not asked of a file."""
    found = json.loads(to_json_text(make_workout()))
    del found["clip"]["stopped_s"], found["confidence"], found["notes"], found["form"]["cue"]
    del found["set_reports"]
    del found["settings"]
    for rep in found["reps"]:
        for name in ("reason", "tempo", "range_share", "speed", "speed_loss", "left_right", "side"):
            del rep[name]
        for finding in rep["findings"]:
            del finding["time_s"]
    check_schema(found, SCHEMA)
    record = from_record(found)
    assert (record.clip.stopped_s, record.notes, record.form.cue) == (None, (), "")
    assert (record.strictness, record.own_limits) == ("standard", {})
    assert record.reps[2].reason == ""
    assert math.isnan(record.form.findings[0][0].time_s)
    assert record.report.sets == ()
    assert math.isnan(record.report.reps[0].tempo.pause_s)


def test_json_has_the_report() -> None:
    found = to_json(make_workout())
    first, second, partial = found["reps"]
    assert first["tempo"] == {
        "eccentric_s": 0.3,
        "pause_s": 0.0,
        "concentric_s": 0.35,
        "rest_s": 0.1,
    }
    assert (second["tempo"]["rest_s"], second["range_share"], second["speed"]) == (None, 1.0, 330.0)
    assert set(partial["tempo"].values()) == {None}
    (one,) = found["set_reports"]
    assert (one["first_rep"], one["last_rep"], one["best_rep"], one["worst_rep"]) == (1, 2, 2, 1)
    assert (one["tension_s"], one["duration_spread"]) == (1.2, None)
    assert [part["what"] for part in one["fading"]] == ["speed"]
    assert (one["odd"][0]["number"], one["odd"][0]["joint"]) == (2, "left_hip")
    record = from_record(found)
    assert to_record(record) == found
    assert record.report.sets[0].odd == make_workout().report.sets[0].odd


def test_fields_of_a_later_version_are_left_out() -> None:
    found = to_json(make_workout())
    later = copy.deepcopy(found) | {"weather": {"rain": [1, 2]}}
    later["clip"]["lens"] = "wide"
    assert to_record(from_record(later)) == found


GONE = object()


def put(found: object, path: str, value: object) -> None:
    """Change one place of plain values, such as "reps/0/start_s"."""
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in way:
        found = found[step]
    if value is GONE:
        del found[last]
    else:
        found[last] = value


DEEP: list = []
for _ in range(10_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("schema", GONE, "schema is missing"),
        ("settings", [], "settings is not an object"),
        ("settings/strictness", 3, "settings.strictness is not a short text"),
        ("settings/limits", {"squat.depth": "deep"}, "settings.limits.squat.depth is not a number"),
        ("schema", 2, "it is not of schema 1"),
        ("schema", True, "schema is not a whole number"),
        ("schema", DEEP, "schema is not a whole number"),
        ("clip", GONE, "clip is missing"),
        ("clip", [], "clip is not an object"),
        ("clip", {n: n for n in range(3)}, "clip is not an object"),
        ("clip/name", 7, "clip.name is not a short text"),
        ("reps/0/tempo/pause_s", -1.0, "reps.1.tempo.pause_s is not a number"),
        ("reps/0/tempo", [], "reps.1.tempo is not an object"),
        ("set_reports/0/last_rep", 4, "its set reports name reps that it does not list"),
        ("set_reports/0/best_rep", 0, "its set reports name reps that it does not list"),
        ("set_reports/0/odd/0/number", 9, "its set reports name reps that it does not list"),
        ("set_reports/0/odd/0/share", 2.0, "set_reports.1.odd.1.share is not a number"),
        ("clip/name", "x" * 10**6, "clip.name is not a short text"),
        ("clip/name", "\ud800", "clip.name is not a short text"),
        ("clip/name", "\x1b[2J", "clip.name is not a short text"),
        ("clip/duration_s", NAN, "clip.duration_s is not a number"),
        ("clip/duration_s", None, "clip.duration_s is not a known time"),
        ("clip/duration_s", -1.0, "clip.duration_s is not a number from 0"),
        ("clip/duration_s", 1e300, "clip.duration_s is not a number from 0"),
        ("clip/duration_s", "3", "clip.duration_s is not a number"),
        ("clip/frames", 10**400, "clip.frames is not a whole number"),
        ("clip/frames", 1.5, "clip.frames is not a whole number"),
        ("clip/frames", -1, "clip.frames is not a whole number"),
        ("clip/stopped_s", math.inf, "clip.stopped_s is not a number"),
        ("view/confidence", 1.01, "view.confidence is not a number from 0 to 1"),
        ("exercise/frame_share", {"a": 2}, "exercise.frame_share.a is not a number from 0 to 1"),
        ("exercise/frame_share", {"\n": 1}, "exercise.frame_share is not an object"),
        ("exercise/timeline", {}, "exercise.timeline is not a list"),
        ("exercise/timeline/0/end_s", GONE, "exercise.timeline.1.end_s is missing"),
        ("sets/0/end_s", 0.1, "sets.1.end_s is not a known time in its order"),
        ("counts/heuristic", None, "counts.heuristic is not a whole number"),
        ("counter", "nobody", "its counter is not among its counts"),
        ("reps", None, "reps is not a list"),
        ("reps", [None], "reps.1 is not an object"),
        ("reps", [{}] * 10_001, "reps is not a list"),
        ("reps/1/number", 7, "its reps are not numbered from 1"),
        ("reps/1/bottom_s", 0.2, "reps.2.bottom_s is not a known time in its order"),
        ("reps/1/kind", "huge", "reps.2.kind is not one of full, partial"),
        ("reps/0/findings", DEEP, "reps.1.findings.1 is not an object"),
        ("reps/0/findings/0/verdict", None, "reps.1.findings.1.verdict is not a short text"),
        ("reps/0/findings/0/value", 1e12, "reps.1.findings.1.value is not a number"),
        ("reps/0/findings/0/code", GONE, "reps.1.findings.1.code is missing"),
        ("form/shallow_reps", None, "form.shallow_reps is not a whole number"),
        ("notes", ["fine", 3], "notes.2 is not a short text"),
        ("versions/app", {}, "versions.app is not a short text"),
    ],
)
def test_what_is_no_record_is_refused(path: str, value: object, problem: str) -> None:
    found = json.loads(to_json_text(make_workout()))
    put(found, path, value)
    with pytest.raises(RecordError) as caught:
        from_record(found)
    assert problem in caught.value.message
    check_words(caught.value)


def check_words(error: RecordError) -> None:
    """Check that an error is one plain sentence, with advice."""
    assert error.message.startswith("This is no result of a clip that this program wrote: ")
    assert error.message.endswith(".")
    assert error.message.isprintable()
    assert len(error.message) < 200
    assert error.advice.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        *("", "squats", "[]", "null", "7", "NaN", '{"schema": NaN}', '{"schema": 1', "{}"),
        *("[" * 100_000, '{"a":' * 100_000, "1" * 10_000, " " * 9_000_000, "\ufeff{}"),
        *(b"\xff\xfe\x00", b'{"schema": 1, "clip": "\xff"}', b"PK\x03\x04", b"\x80\x04."),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_no_json_of_a_workout_is_refused(text: str | bytes) -> None:
    with pytest.raises(RecordError) as caught:
        from_json_text(text)
    check_words(caught.value)


def list_paths(found: object, way: str = "") -> list[str]:
    """List the places of plain values, as `put` takes them."""
    if not isinstance(found, dict | list):
        return [way]
    steps = found.items() if isinstance(found, dict) else enumerate(found)
    inside = [path for step, inner in steps for path in list_paths(inner, f"{way}/{step}")]
    return [way, *inside]


BASE = json.loads(to_json_text(make_workout()))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@QUICK
@given(st.data())
def test_whatever_is_in_a_file_it_is_read_or_refused(data: st.DataObject) -> None:
    found = copy.deepcopy(BASE)
    place = data.draw(st.sampled_from(list_paths(BASE)[1:]))
    put(found, place.removeprefix("/"), data.draw(JSON))
    try:
        record = from_record(found)
    except RecordError as error:
        check_words(error)
    else:
        json.dumps(to_record(record), allow_nan=False).encode()
