"""Workouts and poses as files: what is written is what was found, and bad files are refused."""

from __future__ import annotations

import csv
import io
import json
import math
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gym import limits
from gym.errors import Cancelled, ClipError, GymError, PoseFileError
from gym.export import record as report
from gym.media.reader import ClipReader, ClipWriter
from gym.schema import (
    Classification,
    ClipInfo,
    ExerciseSet,
    Finding,
    FormReport,
    Frame,
    J,
    PoseSequence,
    Rep,
    RepCount,
    RepKind,
    Segment,
    Signals,
    Verdict,
    View,
    Workout,
)
from gym.skeleton import joint_index

NAN = float("nan")
SIZE = (320, 240)
DATA = Path(__file__).parents[3] / "shared" / "data"


def make_poses(frames: int = 60, rate: float = 20.0) -> PoseSequence:
    """Return a standing figure, unseen in frame 3, its left wrist unseen throughout."""
    rng = np.random.default_rng(5)
    xy_px = np.tile(rng.uniform((80, 60), (240, 200), (J, 2)), (frames, 1, 1)).astype(np.float32)
    xyz_m = rng.normal(0, 0.4, (frames, J, 3)).astype(np.float32)
    visibility = np.full((frames, J), 0.9, dtype=np.float32)
    for hole in ((3,), (slice(None), joint_index("left_wrist"))):
        xy_px[hole], xyz_m[hole], visibility[hole] = NAN, NAN, 0
    return PoseSequence(np.arange(frames) / rate, xy_px, xyz_m, visibility, SIZE, "full")


def make_finding(verdict: Verdict, value: float = 0.04, code: str = "squat.depth") -> Finding:
    return Finding(code, "Depth", verdict, value, "thigh lengths", 0.05, "Sit deeper – please", "")


def make_workout(poses: PoseSequence | None = None) -> Workout:
    """Return a set of two whole reps and a partial one, with something unknown everywhere."""
    poses = poses or make_poses()
    frames = len(poses)
    reps = (
        Rep(0.2, 0.5, 0.9),
        Rep(1.0, np.float64(1.3), 1.6),
        Rep(1.7, 2.0, 2.2, RepKind.PARTIAL, "the way up, never finished"),
    )
    findings = (
        (
            make_finding(Verdict.FAIL, np.float64(-0.21)),
            make_finding(Verdict.UNSEEN, NAN, "squat.lean"),
        ),
        (make_finding(Verdict.PASS), make_finding(Verdict.PASS, 31.0, "squat.lean")),
        (),
    )
    angles = np.column_stack([np.linspace(170, 80, frames), np.full(frames, NAN)])
    phase = np.linspace(0, 1, frames)
    phase[:2] = NAN
    return Workout(
        clip=ClipInfo("squat.mp4", frames / 20, frames, *SIZE),
        poses=poses,
        signals=Signals(
            poses.time_s, angles, ("left_knee", "right_knee"), "left", View("side", NAN, 0.9)
        ),
        exercise=Classification(
            "squat",
            NAN,
            "user",
            {"squat": np.float32(0.75), "other": 0.25},
            (Segment(0.0, 3.0, "squat", NAN),),
        ),
        counts={
            "heuristic": RepCount("heuristic", reps, poses.time_s, phase),
            "learned": RepCount("learned", reps[:1], poses.time_s, phase),
        },
        counter="heuristic",
        form=FormReport(findings, {"good": 0.8, "forward_lean": NAN}, 1, "Sit deeper"),
        sets=(ExerciseSet("squat", 0.2, 1.6, {"heuristic": np.int64(2), "learned": 1}),),
        notes=("A note.",),
        versions={"app": "0.1.0", "pose": None},
    )


# --- JSON ---------------------------------------------------------------------------------------

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
    found = report.to_json(make_workout())
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
    found = json.loads(report.to_json_text(make_workout()))  # json.loads would take NaN, dumps not
    assert found["reps"][0]["findings"][1]["value"] is None
    assert found["view"]["yaw_deg"] is None
    assert found["exercise"]["probability"] is None
    assert found["exercise"]["timeline"][0]["probability"] is None
    assert found["form"]["frame_share"] == {"good": 0.8, "forward_lean": None}
    assert found["versions"] == {"app": "0.1.0", "pose": None, "stgcn": None, "phase": None}
    assert "NaN" not in report.to_json_text(make_workout())


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
    found = report.to_json(empty)
    check_schema(found, SCHEMA)
    assert found["reps"] == []
    assert found["clip"]["rotation_deg"] is None
    assert found["pose"]["model"] is None
    assert found["form"]["frame_share"] == {}


def test_json_lists_reps_that_nobody_judged() -> None:
    found = report.to_json(replace(make_workout(), form=FormReport()))
    assert [rep["findings"] for rep in found["reps"]] == [[], [], []]


def test_json_refuses_findings_that_miss_a_rep() -> None:
    workout = make_workout()
    short = replace(workout, form=replace(workout.form, findings=workout.form.findings[:2]))
    with pytest.raises(ValueError, match="zip"):
        report.to_json(short)


# --- CSV ----------------------------------------------------------------------------------------


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_reps_table() -> None:
    rows = read_csv(report.reps_csv(make_workout()))
    assert len(rows) == 3
    first, second, partial = rows
    assert (first["number"], first["kind"], first["start_s"]) == ("1", "full", "0.2")
    assert (first["duration_s"], first["eccentric_s"], first["concentric_s"]) == (
        "0.7",
        "0.3",
        "0.4",
    )
    assert (first["squat.depth_value"], first["squat.depth_verdict"]) == ("-0.21", "fail")
    assert first["squat.depth_unit"] == "thigh lengths"
    assert (first["squat.lean_value"], first["squat.lean_verdict"]) == ("", "unseen")
    assert (second["squat.lean_value"], second["squat.lean_verdict"]) == ("31.0", "pass")
    assert partial["reason"] == "the way up, never finished"  # with its comma
    assert (partial["squat.depth_value"], partial["squat.depth_verdict"]) == ("", "")


def test_reps_table_without_reps_is_its_header() -> None:
    workout = make_workout()
    none = replace(
        workout,
        counts={"heuristic": RepCount("heuristic", (), np.empty(0), np.empty(0))},
        form=FormReport(),
    )
    assert report.reps_csv(none).startswith("number,kind,reason,start_s")
    assert read_csv(report.reps_csv(none)) == []


def test_angles_table() -> None:
    rows = read_csv(report.angles_csv(make_workout()))
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
    rows = read_csv(report.angles_csv(replace(workout, counts={"heuristic": count})))
    phases = {row["time_s"]: row["phase"] for row in rows}
    assert (phases["0.45"], phases["0.5"], phases["1.0"], phases["1.55"]) == ("", "0.0", "0.5", "")


# --- pose files ---------------------------------------------------------------------------------


def assert_same_poses(one: PoseSequence, other: PoseSequence) -> None:
    for name in ("time_s", "xy_px", "xyz_m", "visibility"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.image_size == other.image_size


def save_arrays(path: Path, **changes: object) -> Path:
    """Write a pose file with some arrays changed; None leaves one out."""
    poses = make_poses(4)
    arrays = {
        "time_s": poses.time_s,
        "xy_px": poses.xy_px,
        "xyz_m": poses.xyz_m,
        "visibility": poses.visibility,
        "image_size": np.array(SIZE),
    } | changes
    np.savez(path, **{name: a for name, a in arrays.items() if a is not None})
    return path


def save_frames(path: Path, time_s: np.ndarray) -> Path:
    """Write a pose file with frames at some times, in which all joints lie in one place."""
    frames = len(time_s)
    return save_arrays(
        path,
        time_s=time_s,
        xy_px=np.ones((frames, J, 2), np.float16),
        xyz_m=np.ones((frames, J, 3), np.float16),
        visibility=np.ones((frames, J), np.float16),
    )


def test_other_people_come_back_from_a_file(tmp_path: Path) -> None:
    others = np.full((60, 2), NAN)
    others[::20] = (0, 1)
    poses = replace(make_poses(), others=others)
    report.write_poses(poses, tmp_path / "poses.npz")
    np.testing.assert_array_equal(report.read_poses(tmp_path / "poses.npz").others, others)


def test_a_file_that_says_nothing_of_others(tmp_path: Path) -> None:
    report.write_poses(make_poses(), tmp_path / "poses.npz")
    with np.load(tmp_path / "poses.npz") as stored:
        assert set(stored) == {"time_s", "xy_px", "xyz_m", "visibility", "image_size"}
    assert report.read_poses(tmp_path / "poses.npz").others is None


@pytest.mark.parametrize(
    "others",
    [np.zeros((4, 3)), np.zeros((3, 2)), np.full((4, 2), -1.0), np.full((4, 2), np.inf)],
)
def test_absurd_numbers_of_others_are_refused(tmp_path: Path, others: np.ndarray) -> None:
    with pytest.raises(PoseFileError, match="is not a pose file"):
        report.read_poses(save_arrays(tmp_path / "p.npz", others=others))


def test_poses_come_back_as_they_were(tmp_path: Path) -> None:
    poses = make_poses()
    report.write_poses(poses, tmp_path / "poses")  # the name stays as it is given
    assert_same_poses(report.read_poses(tmp_path / "poses"), poses)
    assert report.read_poses(tmp_path / "poses").model is None
    assert [p.name for p in tmp_path.iterdir()] == ["poses"]  # nothing half-written left


def test_a_pose_file_is_plain_arrays(tmp_path: Path) -> None:
    report.write_poses(make_poses(), tmp_path / "poses.npz")
    with np.load(tmp_path / "poses.npz", allow_pickle=False) as arrays:
        assert set(arrays.files) == {"time_s", "xy_px", "xyz_m", "visibility", "image_size"}
        assert arrays["image_size"].tolist() == list(SIZE)


def test_half_known_joints_are_unseen(tmp_path: Path) -> None:
    xy_px, xyz_m = np.full((4, J, 2), 50.0), np.zeros((4, J, 3))
    visibility = np.full((4, J), 0.8)
    xy_px[0, 0, 1] = NAN
    xy_px[1, 1] = 1e300  # too large for float32
    xyz_m[2, 2, 0] = np.inf
    visibility[3, 3] = NAN
    path = save_arrays(tmp_path / "p.npz", xy_px=xy_px, xyz_m=xyz_m, visibility=visibility)
    poses = report.read_poses(path)
    assert np.isnan(poses.xy_px[0, 0]).all()
    assert np.isnan(poses.xyz_m[0, 0]).all()
    assert poses.visibility[0, 0] == 0
    assert np.isnan(poses.xy_px[1, 1]).all()
    assert np.isnan(poses.xyz_m[2, 2]).all()
    assert (poses.xy_px[2, 2] == 50).all()
    assert poses.visibility[2, 2] == np.float32(0.8)
    assert poses.visibility[3, 3] == 0


def test_joints_far_outside_the_picture_were_seen_by_nobody(tmp_path: Path) -> None:
    xy_px = np.full((4, J, 2), 50.0)
    xy_px[0, 0], xy_px[0, 1] = (50, 240 + 79), (50, 240 + 81)  # a quarter of 320 is 80
    path = save_arrays(tmp_path / "p.npz", xy_px=xy_px, visibility=np.full((4, J), 0.5))
    poses = report.read_poses(path)
    assert poses.visibility[0, :2].tolist() == [0.5, 0]
    assert poses.xy_px[0, 1].tolist() == [50, 321]


def test_other_number_types_are_taken(tmp_path: Path) -> None:
    time_s = np.arange(4, dtype=np.int32)
    whole = np.zeros((4, J, 2), np.int16)
    path = save_arrays(
        tmp_path / "p.npz",
        time_s=time_s,
        xy_px=whole,
        visibility=np.ones((4, J), np.float16),
        image_size=np.array([320.0, 240.0]),
    )
    poses = report.read_poses(path)
    assert poses.time_s.tolist() == [0, 1, 2, 3]
    assert poses.image_size == SIZE


def test_frames_too_close_to_tell_apart_are_left_out(tmp_path: Path) -> None:
    time_s = np.array([0, 0.004, 0.008, 0.016])
    poses = report.read_poses(save_arrays(tmp_path / "p.npz", time_s=time_s))
    assert poses.time_s.tolist() == [0, 0.016]


def test_the_longest_clip_is_read_and_a_longer_one_is_not(tmp_path: Path) -> None:
    """What the reader of clips lets through can be judged again."""
    time_s = np.arange(0, limits.MAX_CLIP_S + 1e-6, 1.0)
    poses = report.read_poses(save_frames(tmp_path / "p.npz", time_s))
    assert (len(poses), poses.time_s[-1]) == (1201, 1200)
    with pytest.raises(PoseFileError, match=f"{limits.MAX_FRAMES} is the limit"):
        report.read_poses(save_frames(tmp_path / "p.npz", np.arange(limits.MAX_FRAMES + 1) / 100))


def test_a_file_over_the_size_of_a_clip_is_not_opened(tmp_path: Path) -> None:
    path = save_arrays(tmp_path / "p.npz")
    with path.open("r+b") as file:
        file.truncate(limits.MAX_CLIP_BYTES + 1)
    with pytest.raises(PoseFileError, match=r"p\.npz has more than 500 MB"):
        report.read_poses(path)


def test_what_a_small_file_unpacks_to_stays_small(tmp_path: Path) -> None:
    """A gigabyte of zeros behind a modest header is a few kilobytes in a file."""
    path = save_arrays(tmp_path / "p.npz", time_s=None)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (4,)}
    )
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("time_s.npy", "w") as member,
    ):
        member.write(header.getvalue() + np.arange(4.0).tobytes())
        for _ in range(200):
            member.write(bytes(10**6))
    tracemalloc.start()
    try:
        assert len(report.read_poses(path)) == 4
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("members", [1000, 70_000])
def test_an_archive_of_many_members_is_refused(tmp_path: Path, members: int) -> None:
    path = save_arrays(tmp_path / "p.npz")
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(members):
            archive.writestr(f"{number}", b"")
    tracemalloc.start()
    try:
        with pytest.raises(PoseFileError, match=r"p\.npz is damaged, or not a pose file"):
            report.read_poses(path)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


def test_of_frames_with_the_same_time_the_first_is_kept(tmp_path: Path) -> None:
    xy_px = np.zeros((4, J, 2)) + np.arange(4)[:, None, None]
    path = save_arrays(tmp_path / "p.npz", time_s=np.array([0, 0.1, 0.1, 0.2]), xy_px=xy_px)
    poses = report.read_poses(path)
    assert poses.time_s.tolist() == [0, 0.1, 0.2]
    assert poses.xy_px[:, 0, 0].tolist() == [0, 1, 3]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"time_s": None}, "time_s is missing"),
        ({"image_size": None}, "image_size is missing"),
        ({"xy_px": np.zeros((4, 17, 2))}, "xy_px is an array"),
        ({"xy_px": np.zeros((4, J, 3))}, "xy_px is an array"),
        ({"visibility": np.zeros((3, J))}, "differ in length"),
        ({"xyz_m": np.zeros(())}, "xyz_m is an array"),
        ({"xyz_m": np.zeros((4, J, 3), complex)}, "xyz_m is an array"),
        ({"time_s": np.array([b"0", b"1", b"2", b"3"])}, "time_s is an array"),
        ({"time_s": np.array([None] * 4)}, "time_s is an array"),  # pickled objects
        ({"time_s": np.array([0, 0.2, 0.1, 0.3])}, "times run backwards"),
        ({"time_s": np.array([0, NAN, 0.1, 0.3])}, "times are numbers"),
        ({"time_s": np.array([0, 0.1, 0.2, np.inf])}, "times are numbers"),
        ({"time_s": np.array([-np.inf, 0.1, 0.2, 0.3])}, "times are numbers"),
        ({"time_s": np.array([-0.1, 0.0, 0.1, 0.2])}, "times begin before 0"),
        ({"time_s": np.arange(4) * 1e6}, "longer than 20 minutes, if its times are in seconds"),
        ({"time_s": np.array([0, 0.1, 0.2, 1200.1])}, "longer than 20 minutes"),
        ({"time_s": np.arange(4, dtype=np.longdouble)}, "time_s is an array"),
        ({"xy_px": np.zeros((4, J, 2), [("x", "f4")])}, "xy_px is an array"),
        ({"visibility": np.full((4, J), 57.0)}, "visibility"),
        ({"image_size": np.array([320, 0])}, "image size is 320 x 0"),
        ({"image_size": np.array([NAN, 240])}, "image size"),
        ({"image_size": np.array([10**9, 240])}, "image size"),
        ({"image_size": np.array([320])}, "image_size is an array"),
        (
            {
                "time_s": np.zeros(0),
                "xy_px": np.zeros((0, J, 2)),
                "xyz_m": np.zeros((0, J, 3)),
                "visibility": np.zeros((0, J)),
            },
            "no frames",
        ),
    ],
)
def test_what_is_no_pose_file_is_refused(
    tmp_path: Path, changes: dict[str, object], word: str
) -> None:
    with pytest.raises(PoseFileError, match=word) as caught:
        report.read_poses(save_arrays(tmp_path / "squat.npz", **changes))
    assert caught.value.message.startswith("squat.npz ")
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message
    assert caught.value.advice


def test_an_array_that_claims_to_be_huge_is_refused_unread(tmp_path: Path) -> None:
    path = save_arrays(tmp_path / "p.npz", time_s=None)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("time_s.npy", header.getvalue())
    with pytest.raises(PoseFileError, match="1000000000000 frames"):
        report.read_poses(path)


@pytest.mark.parametrize("raw", [b"", b"{", b"(" * 3000, b"-" * 9000 + b"1", b"\0" * 100])
def test_a_broken_header_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = save_arrays(tmp_path / "p.npz", time_s=None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("time_s.npy", b"\x93NUMPY\x01\x00" + len(raw).to_bytes(2, "little") + raw)
    with pytest.raises(PoseFileError):
        report.read_poses(path)


@pytest.mark.parametrize("content", [b"", b"time_s,xy_px\n0,1\n", b"PK\x03\x04 not a zip"])
def test_files_of_other_kinds_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.npz"
    path.write_bytes(content)
    with pytest.raises(PoseFileError, match="damaged, or not a pose file"):
        report.read_poses(path)


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PoseFileError, match="does not exist"):
        report.read_poses(tmp_path / "none.npz")
    with pytest.raises(PoseFileError):
        report.read_poses(tmp_path)


def test_damaged_bytes_never_get_further_than_a_sentence(tmp_path: Path) -> None:
    report.write_poses(make_poses(6), tmp_path / "good.npz")
    good = (tmp_path / "good.npz").read_bytes()
    rng = np.random.default_rng(7)
    path, refused = tmp_path / "bad.npz", 0
    for attempt in range(300):
        bad = bytearray(good)
        if attempt % 3 == 0:
            bad = bad[: rng.integers(len(bad))]
        else:  # the headers at the start and the directory at the end are what parsers read
            for _ in range(3):
                ends = (int(rng.integers(200)), len(bad) - 1 - int(rng.integers(500)))
                bad[ends[attempt % 2]] = int(rng.integers(256))
        path.write_bytes(bad)
        try:
            report.read_poses(path)
        except PoseFileError:
            refused += 1
    assert refused > 200


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "poses.npz"
    report.write_poses(make_poses(5), path)

    def full_disk(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space"):
        report.write_poses(make_poses(9), path)
    monkeypatch.undo()
    assert len(report.read_poses(path)) == 5
    assert [p.name for p in tmp_path.iterdir()] == ["poses.npz"]


@pytest.mark.parametrize("folder", ["poses/npz", "synthetic"])
def test_recorded_pose_files_are_read(folder: str) -> None:
    if not (DATA / folder).is_dir():
        pytest.skip(f"the recorded data is not here: {folder}")
    pattern = "*.pose.npz" if folder == "synthetic" else "*.npz"
    for path in sorted((DATA / folder).glob(pattern))[:20]:
        poses = report.read_poses(path)
        with np.load(path) as arrays:
            kept = limits.thin_times(arrays["time_s"])
            assert len(poses) == kept.sum() > 0
            np.testing.assert_array_equal(poses.xy_px, arrays["xy_px"][kept])


# --- kept analyses ------------------------------------------------------------------------------


def test_an_analysis_comes_back(tmp_path: Path) -> None:
    clip = ClipInfo("Kniebeuge – 1.mov", 3.0, 60, 720, 1280, 90, stopped_s=2.9)
    report.write_analysis(tmp_path / "new" / "one", clip, make_poses())
    found, poses = report.read_analysis(tmp_path / "new" / "one")
    assert found == clip
    assert poses.model == "full"
    assert_same_poses(poses, make_poses())
    assert sorted(p.name for p in (tmp_path / "new" / "one").iterdir()) == [
        "clip.json",
        "poses.npz",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"frames": "sixty"},
        {"frames": -1},
        {"duration_s": NAN},
        {"width_px": None},
        {"name": 7},
        {"model": "../../full"},
        {"model": 3},
        {"rotation_deg": True},
    ],
)
def test_a_damaged_analysis_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    report.write_analysis(tmp_path, make_workout().clip, make_poses())
    about = json.loads((tmp_path / "clip.json").read_text()) | change
    (tmp_path / "clip.json").write_text(json.dumps(about))
    with pytest.raises(PoseFileError, match="missing or damaged"):
        report.read_analysis(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 100_000, "\xff"])
def test_an_analysis_without_its_facts_is_refused(tmp_path: Path, text: str) -> None:
    report.write_analysis(tmp_path, make_workout().clip, make_poses())
    (tmp_path / "clip.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(PoseFileError, match="missing or damaged"):
        report.read_analysis(tmp_path)


def test_an_analysis_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PoseFileError, match="missing or damaged"):
        report.read_analysis(tmp_path)


# --- the annotated video ------------------------------------------------------------------------


def write_grey_clip(path: Path, times_s: list[float], size: tuple[int, int] = SIZE) -> Path:
    image = np.full((size[1], size[0], 3), 128, np.uint8)
    with ClipWriter(path, size) as out:
        for time_s in times_s:
            out.write(Frame(image, time_s))
    return path


def read_frames(path: Path) -> list[Frame]:
    with ClipReader(path) as clip:
        return list(clip)


def test_annotated_video_keeps_every_frame_and_its_time(tmp_path: Path) -> None:
    workout = make_workout()
    uneven = np.cumsum([0, *([0.04, 0.06] * 29), 0.05]).tolist()
    clip = write_grey_clip(tmp_path / "clip.mp4", uneven)
    report.write_annotated_video(workout, clip, tmp_path / "out.mp4")
    before, after = read_frames(clip), read_frames(tmp_path / "out.mp4")
    assert len(after) == len(before) == 60
    assert [f.time_s for f in after] == pytest.approx([f.time_s for f in before], abs=1e-4)
    assert after[0].image.shape == before[0].image.shape
    for old, new in zip(before, after, strict=True):
        assert np.abs(new.image.astype(int) - old.image).max() > 60  # something is drawn on each
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clip.mp4", "out.mp4"]


def skeleton_strength(image: np.ndarray) -> float:
    """Return how much differs from grey in the middle, where only a skeleton is drawn."""
    return float(np.abs(image[60:190, 90:230].astype(int) - 128).mean())


def test_poses_are_found_by_time(tmp_path: Path) -> None:
    poses = make_poses()  # 20 a second for 3 s; the clip has 5 a second and goes on for longer
    times_s = [i / 5 for i in range(20)]
    clip = write_grey_clip(tmp_path / "clip.mp4", times_s)
    report.write_annotated_video(make_workout(poses), clip, tmp_path / "out.mp4")
    strengths = {f.time_s: skeleton_strength(f.image) for f in read_frames(tmp_path / "out.mp4")}
    for time_s, strength in strengths.items():
        assert (strength > 4) == (time_s < 3.05), (time_s, strength)


def test_nothing_is_drawn_where_nobody_was_seen(tmp_path: Path) -> None:
    clip = write_grey_clip(tmp_path / "clip.mp4", [0.0, 0.15, 0.3])  # unseen in frame 3: 0.15 s
    report.write_annotated_video(make_workout(), clip, tmp_path / "out.mp4")
    first, unseen, last = (skeleton_strength(f.image) for f in read_frames(tmp_path / "out.mp4"))
    assert unseen < 2 < first
    assert last > 2


def test_poses_are_scaled_to_the_clip(tmp_path: Path) -> None:
    extents = []
    for size in ((160, 120), SIZE):
        clip = write_grey_clip(tmp_path / f"{size[0]}.mp4", [0.0], size)
        report.write_annotated_video(make_workout(), clip, tmp_path / "out.mp4")
        image = read_frames(tmp_path / "out.mp4")[0].image
        free = image[round(0.4 * size[1]) : -size[1] // 8, size[0] // 4 : -size[0] // 4]
        drawn = np.abs(free.astype(int) - 128).max(axis=2) > 60  # no status there: the skeleton
        rows, columns = np.nonzero(drawn)
        shares = [np.percentile(rows, (2, 98)) / size[1], np.percentile(columns, (2, 98)) / size[0]]
        extents.append(np.concatenate(shares))
    np.testing.assert_allclose(extents[0], extents[1], atol=0.03)


@pytest.mark.parametrize(
    ("time_s", "words", "verdict"),
    [
        (0.5, "", None),
        (0.95, "Sit deeper – please", Verdict.FAIL),
        (1.65, "Good rep", Verdict.PASS),
        (2.9, "Not counted: the way up, never finished", Verdict.UNSEEN),
        (9.0, "", None),
    ],
)
def test_the_cue_is_that_of_the_last_rep(
    monkeypatch: pytest.MonkeyPatch, time_s: float, words: str, verdict: Verdict | None
) -> None:
    told: dict[str, object] = {}
    monkeypatch.setattr(
        "gym.drawing.status.draw_status", lambda image, **status: told.update(status)
    )
    report._annotate(np.zeros((240, 320, 3), np.uint8), make_workout(), time_s)
    assert (told["cue"], told["verdict"]) == (words, verdict)
    assert told["exercise"] == "Squat"
    assert told["count"] == {0.5: 0, 0.95: 1}.get(time_s, 2)  # the partial rep is not counted
    assert math.isnan(told["phase"]) == (time_s == 9.0)


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    clip = write_grey_clip(tmp_path / "clip.mp4", [i / 20 for i in range(60)])
    heard: list[tuple[str, float]] = []
    report.write_annotated_video(
        make_workout(), clip, tmp_path / "out.mp4", lambda *told: heard.append(told)
    )
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < 0.1
    assert 0.9 < shares[-1] <= 1
    assert {stage for stage, _ in heard} == {"Drawing the video"}


def test_a_cancelled_video_leaves_no_file(tmp_path: Path) -> None:
    clip = write_grey_clip(tmp_path / "clip.mp4", [i / 20 for i in range(60)])

    def cancel(stage: str, share: float) -> None:
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        report.write_annotated_video(make_workout(), clip, tmp_path / "out.mp4", cancel)
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_clip_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClipError) as caught:
        report.write_annotated_video(make_workout(), tmp_path / "gone.mp4", tmp_path / "out.mp4")
    assert isinstance(caught.value, GymError)
    assert list(tmp_path.iterdir()) == []
