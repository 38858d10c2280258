"""The command line keeps its contract: exit status, what goes where, and nothing unasked."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from gym.__main__ import main
from gym.media import reader
from gym.media.reader import ClipReader
from gym.posefiles import read_poses, write_poses
from tests.conftest import AnalysedClip
from tests.figure import STANDING
from tests.made_clips import add_sound, spaced, write_clip, write_sound
from tests.made_exercises import bow, make_take
from tests.synthetic import film, hide, hold, squat

ROOT = Path(__file__).parents[1]

#: The keys of the JSON, schema 1, and the kind of value of each; None may stand for a number.
NUMBER, TEXT = (int, float, type(None)), str
SHAPE = {
    "schema": int,
    "clip": {
        "name": TEXT,
        "duration_s": NUMBER,
        "frames": int,
        "width_px": int,
        "height_px": int,
        "rotation_deg": NUMBER,
    },
    "pose": {"model": (TEXT, type(None)), "frames_with_pose": int},
    "view": {"label": TEXT, "yaw_deg": NUMBER, "confidence": NUMBER},
    "exercise": {
        "label": TEXT,
        "probability": NUMBER,
        "chosen_by": TEXT,
        "frame_share": dict,
        "timeline": [{"start_s": NUMBER, "end_s": NUMBER, "label": TEXT, "probability": NUMBER}],
    },
    "sets": [{"exercise": TEXT, "start_s": NUMBER, "end_s": NUMBER, "counts": dict}],
    "counts": dict,
    "counter": TEXT,
    "reps": [
        {
            "number": int,
            "start_s": NUMBER,
            "bottom_s": NUMBER,
            "end_s": NUMBER,
            "kind": TEXT,
            "findings": [
                {
                    "code": TEXT,
                    "verdict": TEXT,
                    "value": NUMBER,
                    "unit": TEXT,
                    "limit": NUMBER,
                    "cue": TEXT,
                }
            ],
        }
    ],
    "form": {"frame_share": dict, "shallow_reps": int},
    "versions": {
        "app": TEXT,
        "pose": (TEXT, type(None)),
        "stgcn": (TEXT, type(None)),
        "phase": (TEXT, type(None)),
    },
}


def check_shape(found: object, shape: object, place: str = "") -> None:
    """Assert that a JSON value has the agreed keys, of the agreed kinds; more may stand there."""
    if isinstance(shape, dict):
        for key, inner in shape.items():
            assert key in found, f"{place}.{key} is missing"
            check_shape(found[key], inner, f"{place}.{key}")
    elif isinstance(shape, list):
        assert isinstance(found, list), place
        for index, one in enumerate(found):
            check_shape(one, shape[0], f"{place}[{index}]")
    else:
        assert isinstance(found, shape), f"{place} is {found!r}"


def run(*arguments: object, temporary: Path | None = None) -> subprocess.CompletedProcess:
    """Run the program itself, its temporary files in a folder of their own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if temporary:
        environment["TMPDIR"] = str(temporary)
    return subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-m", "gym", *map(str, arguments)],
        cwd=temporary or ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def pose_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The poses of two squats."""
    path = tmp_path_factory.mktemp("poses") / "squat.npz"
    write_poses(film([hold(STANDING, 1), *[squat()] * 2, hold(STANDING, 1)]).poses, path)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


# The whole of it --------------------------------------------------------------------------------


def test_analyse_writes_what_was_asked_for_and_says_nothing_else(
    tmp_path: Path, analysed_clip: AnalysedClip
) -> None:
    out, temporary = tmp_path / "out", tmp_path / "tmp"
    out.mkdir()
    temporary.mkdir()
    names = {"--csv": "reps.csv", "--video": "annotated.mp4", "--poses": "poses.npz"}
    asked = [part for option, name in names.items() for part in (option, out / name)]
    done = run("analyse", analysed_clip.path, "--json", "-", *asked, temporary=temporary)
    assert (done.returncode, done.stderr) == (0, "")  # MediaPipe's own log lines included
    found = json.loads(done.stdout)
    check_shape(found, SHAPE)
    assert found["schema"] == 1
    assert found["exercise"]["label"] == "squat"
    assert found["counts"]["heuristic"] == 1
    assert found["pose"]["model"] == "full"
    assert len(found["versions"]["pose"]) == 64
    assert sorted(os.listdir(out)) == sorted(names.values())
    assert os.listdir(temporary) == []
    poses = read_poses(out / "poses.npz")
    assert poses.time_s.tolist() == analysed_clip.poses.time_s.tolist()
    assert len(poses) == found["clip"]["frames"]
    (rep,) = csv.DictReader(io.StringIO((out / "reps.csv").read_text()))
    assert float(rep["bottom_s"]) == found["reps"][0]["bottom_s"]
    with ClipReader(out / "annotated.mp4") as annotated:
        frames = list(annotated)
    assert [frame.time_s for frame in frames] == pytest.approx(poses.time_s, abs=1e-4)


def test_a_refused_clip_gives_a_sentence_and_nothing_else(tmp_path: Path, pose_model: str) -> None:
    """The one refusal that comes after MediaPipe was at work, with its own words on descriptor 2."""
    clip = write_clip(tmp_path / "empty.mp4", spaced(5), (160, 120))
    out, temporary = tmp_path / "out", tmp_path / "tmp"
    out.mkdir()
    temporary.mkdir()
    asked = ["--video", out / "a.mp4", "--csv", out / "a.csv", "--json", out / "a.json"]
    done = run("analyse", clip, "--model", pose_model, *asked, temporary=temporary)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "Nobody is in view in empty.mp4. Film the whole body in good light, and try again.\n"
    )
    assert os.listdir(out) == os.listdir(temporary) == []


def test_count_needs_no_video_and_no_pose_network(pose_file: Path) -> None:
    script = (
        "import sys\n"
        "from gym.__main__ import main\n"
        "status = main(sys.argv[1:])\n"
        "heavy = {'mediapipe', 'av', 'cv2', 'streamlit'} & set(sys.modules)\n"
        "sys.exit(status or (f'imported {heavy}' if heavy else 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "count", str(pose_file), "--json", "-"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["counts"]["heuristic"] == 2


# Results ----------------------------------------------------------------------------------------


def test_count_gives_the_agreed_json(folder: Path, pose_file: Path, capsys) -> None:
    assert main(["count", str(pose_file), "--json", "-"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    check_shape(found, SHAPE)
    assert said.err == ""
    assert found["clip"]["name"] == "squat.npz"
    assert found["clip"]["rotation_deg"] is None
    assert found["pose"]["model"] is None
    assert found["versions"]["pose"] is None
    assert found["counts"]["heuristic"] == 2
    assert found["sets"][0]["counts"]["heuristic"] == 2
    assert [rep["number"] for rep in found["reps"]] == [1, 2]
    assert {rep["kind"] for rep in found["reps"]} == {"full"}
    codes = {finding["code"] for finding in found["reps"][0]["findings"]}
    assert {"squat.depth", "squat.lean"} <= codes
    assert set(found["form"]["frame_share"]) == {"good", "forward_lean"}
    assert os.listdir(folder) == []


def test_json_to_a_file_is_the_same(folder: Path, pose_file: Path, capsys) -> None:
    assert main(["count", str(pose_file), "--json", "-"]) == 0
    text = capsys.readouterr().out
    (folder / "a.json").write_text("an older one")
    assert main(["count", str(pose_file), "--json", "a.json"]) == 0
    assert (folder / "a.json").read_text() == text
    assert capsys.readouterr().out == ""
    assert os.listdir(folder) == ["a.json"]


def test_the_users_choice_has_no_probability(pose_file: Path, capsys) -> None:
    assert main(["count", str(pose_file), "--exercise", "squat", "--json", "-"]) == 0
    exercise = json.loads(capsys.readouterr().out)["exercise"]
    assert (exercise["label"], exercise["chosen_by"]) == ("squat", "user")
    assert exercise["probability"] is None


def test_the_json_says_how_strict_it_was(pose_file: Path, capsys) -> None:
    found = {}
    for name in ("standard", "competition", "beginner"):
        arguments = ["--strictness", name] if name != "standard" else []
        asked = ["count", str(pose_file), "--exercise", "squat", *arguments, "--json", "-"]
        assert main(asked) == 0
        found[name] = json.loads(capsys.readouterr().out)
        assert found[name]["settings"] == {"strictness": name, "limits": {}}
    limits = {name: one["reps"][0]["findings"][0]["limit"] for name, one in found.items()}
    assert limits["beginner"] < limits["standard"] < limits["competition"]
    assert len({str(one["counts"]) for one in found.values()}) == 1


def test_what_is_not_known_is_null(tmp_path: Path, capsys) -> None:
    take = film([hold(STANDING, 2)])
    moving = np.arange(len(take.poses)) >= 3
    write_poses(hide(take.poses, moving), tmp_path / "gone.npz")
    assert main(["count", str(tmp_path / "gone.npz"), "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    check_shape(found, SHAPE)
    assert found["exercise"]["label"] == "other"
    assert found["counts"] == dict.fromkeys(found["counts"], 0)
    assert found["sets"] == found["reps"] == []
    assert found["form"]["frame_share"] == {}
    assert found["pose"]["frames_with_pose"] == 3


def test_without_json_the_result_is_said(folder: Path, pose_file: Path, capsys) -> None:
    assert main(["count", str(pose_file)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("squat: heuristic 2, learned 2, spectral 2, agreement 2\n")
    assert said.err == ""
    assert os.listdir(folder) == []


# The user's situations --------------------------------------------------------------------------


def refuse(capsys: pytest.CaptureFixture, *arguments: object) -> str:
    """Run a command that must be refused; return the one line it says."""
    assert main([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith(".\n")
    assert said.err.count("\n") == 1
    return said.err


@pytest.fixture
def bad_clips(tmp_path: Path) -> Path:
    """A folder of files that are refused."""
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "nothing.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("Three sets of ten.\n" * 50)
    with av.open(str(folder / "sound.mp4"), "w") as out:
        write_sound(out, add_sound(out, folder / "sound.mp4"), 0.2)
    return folder


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nothing.mp4", "nothing.mp4 is empty."),
        ("text.mp4", "text.mp4 cannot be read as a video."),
        ("sound.mp4", "sound.mp4 holds no moving pictures."),
        ("none.mp4", "There is no file none.mp4."),
        ("../bad", "bad cannot be read as a video."),
    ],
)
def test_a_bad_clip_is_refused(
    folder: Path, bad_clips: Path, name: str, sentence: str, capsys
) -> None:
    asked = ["--json", "a.json", "--csv", "a.csv", "--video", "a.mp4", "--poses", "a.npz"]
    assert refuse(capsys, "analyse", bad_clips / name, *asked).startswith(sentence)
    assert os.listdir(folder) == []


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [("MAX_CLIP_BYTES", "clips may have up to"), ("MAX_CLIP_S", "is longer than")],
)
def test_a_clip_over_the_limit_is_refused(
    folder: Path, tmp_path: Path, limit: str, sentence: str, capsys, monkeypatch
) -> None:
    clip = write_clip(tmp_path / "long.mp4", spaced(30), (64, 48))
    monkeypatch.setattr(reader, limit, 0.5)
    assert sentence in refuse(capsys, "analyse", clip, "--video", "a.mp4")
    assert os.listdir(folder) == []


def test_a_missing_model_is_refused(
    folder: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    clip = write_clip(tmp_path / "a.mp4", spaced(3), (64, 48))
    line = refuse(capsys, "analyse", clip, "--video", "out.mp4")
    assert line.startswith("The pose model 'full' is not on this machine.")
    assert "python -m gym weights" in line
    assert os.listdir(folder) == []


def test_a_bad_pose_file_is_refused(folder: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "a.npz").write_bytes(b"nothing of the kind")
    for name in ("a.npz", "none.npz"):
        assert refuse(capsys, "count", tmp_path / name, "--json", "a.json").startswith(name)
    assert os.listdir(folder) == []


def test_poses_of_nobody_are_refused(tmp_path: Path, pose_file: Path, capsys) -> None:
    poses = read_poses(pose_file)
    write_poses(hide(poses, np.ones(len(poses), dtype=bool)), tmp_path / "nobody.npz")
    line = refuse(capsys, "count", tmp_path / "nobody.npz", "--json", "-")
    assert line.startswith("Nobody is in view in nobody.npz.")


@pytest.mark.parametrize("option", ["--json", "--csv", "--video", "--poses"])
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("none/a.out", "there is no folder none"),
        (".", "it is a folder"),
        ("clip.mp4", "it is the file to be read"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_at_once(
    folder: Path, option: str, place: str, reason: str, capsys
) -> None:
    (folder / "clip.mp4").write_bytes(b"no clip: it would be refused, had it been opened")
    line = refuse(capsys, "analyse", "clip.mp4", option, place)
    assert f"cannot be written: {reason}. Choose another place." in line
    assert os.listdir(folder) == ["clip.mp4"]


def test_a_pose_file_is_not_overwritten(tmp_path: Path, pose_file: Path, capsys) -> None:
    line = refuse(capsys, "count", pose_file, "--json", pose_file)
    assert "it is the file to be read" in line
    read_poses(pose_file)


def test_a_full_disk_is_told(pose_file: Path, capsys) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    line = refuse(capsys, "count", pose_file, "--json", "/dev/full")
    assert line.startswith("full cannot be written: No space left on device.")


def test_a_full_standard_output_is_told(pose_file: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gym", "count", str(pose_file), "--json", "-"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "Standard output cannot be written: No space left on device.\n"


# Usage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["juggle"],
        ["analyse"],
        ["analyse", "a.mp4", "--exercise", "juggling"],
        ["analyse", "a.mp4", "--counter", "abacus"],
        ["analyse", "a.mp4", "--model", "huge"],
        ["count", "a.npz", "--strictness", "lenient"],
        ["count"],
        ["count", "a.npz", "--video", "a.mp4"],
        ["evaluate", "--labels", "labels.csv"],
        ["evaluate", "--labels", "l.csv", "--root", ".", "--exercise", "squat"],
        ["evaluate", "--labels", "l.csv", "--root", ".", "--workers", "0"],
        ["weights", "huge"],
        ["bench", "--runs", "some"],
    ],
)
def test_wrong_usage_has_its_own_status(folder: Path, arguments: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("usage: python -m gym")
    assert os.listdir(folder) == []


def test_progress_is_shown_on_a_terminal_only_and_wiped(
    pose_file: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(f"id,file,exercise,reps\na,{pose_file.name},squat,2\n")
    command = ["evaluate", "--labels", str(labels), "--root", str(pose_file.parent)]
    command += ["--workers", "1"]
    assert main(command) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(command) == 0
    line = "1 of 1 100%"
    assert capsys.readouterr().err == f"\r{line}\r{' ' * len(line)}\r"


# Evaluate and weights ---------------------------------------------------------------------------


def test_evaluate_says_and_writes_its_figures(folder: Path, pose_file: Path, capsys) -> None:
    (folder / "labels.csv").write_text(
        f"id,file,exercise,reps\na,{pose_file.name},squat,3\nb,none.npz,squat,1\n"
    )
    command = ["evaluate", "--labels", "labels.csv", "--root", str(pose_file.parent)]
    assert main([*command, "--workers", "1"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith("exercise: auto\n")
    assert "heuristic=2" in said.out
    assert "none.npz does not exist" in said.out
    assert "heuristic, all: n 2 mae 1.0 [1.0, 1.0]" in said.out
    assert os.listdir(folder) == ["labels.csv"]
    assert main([*command, "--workers", "1", "--exercise", "given", "--out", "new/out"]) == 0
    report = json.loads((folder / "new" / "out" / "report.json").read_text())
    assert report["exercise"] == "given"
    assert sorted(os.listdir(folder / "new" / "out")) == ["clips.csv", "report.json"]


def test_evaluate_refuses_bad_tables_and_places(folder: Path, pose_file: Path, capsys) -> None:
    (folder / "labels.csv").write_text("id,file,exercise\n")
    command = ["evaluate", "--root", str(pose_file.parent), "--labels"]
    assert refuse(capsys, *command, "none.csv").startswith("none.csv cannot be read as a table.")
    assert "lacks the column reps" in refuse(capsys, *command, "labels.csv")
    line = refuse(capsys, *command, "labels.csv", "--out", "labels.csv")
    assert line.startswith("labels.csv cannot be written: File exists.")
    assert os.listdir(folder) == ["labels.csv"]


def test_weights_that_are_there_are_not_fetched(
    pose_model: str, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert main(["weights", pose_model]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("pose models ready: full\n", "")


def test_weights_that_cannot_be_fetched_are_told(
    tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    line = refuse(capsys, "weights")
    assert line.startswith(
        "The pose model could not be fetched: /nowhere/python could not be started."
    )
    assert "python -m gym weights" in line
    assert os.listdir(tmp_path) == []


def test_an_exercise_is_taught_listed_counted_and_deleted(tmp_path: Path, capsys) -> None:
    file = str(tmp_path / "take.npz")
    write_poses(make_take(bow, 4, 80), tmp_path / "take.npz")
    assert main(["teach", file, "--name", "Good morning", "--reps", "4"]) == 0
    told = capsys.readouterr()
    assert "Count it with --exercise own_good_morning." in told.out
    assert told.err == ""
    assert main(["exercises"]) == 0
    listed = capsys.readouterr().out
    assert "squat: Squat\n" in listed
    assert "own_good_morning: Good morning. Your own clip, taught on" in listed

    write_poses(make_take(bow, 6, 70), tmp_path / "other.npz")
    other = str(tmp_path / "other.npz")
    assert main(["count", other, "--exercise", "own_good_morning", "--json", "-"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["exercise"]["label"] == "own_good_morning"
    assert record["counts"]["agreement"] == 6
    assert {rep["findings"][0]["verdict"] for rep in record["reps"]} == {"pass"}

    assert main(["teach", file, "--name", "good MORNING"]) == 1
    assert "already" in capsys.readouterr().err
    assert main(["exercises", "--delete", "own_good_morning"]) == 0
    assert main(["exercises", "--delete", "own_good_morning"]) == 1
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(["count", other, "--exercise", "own_good_morning"])
    assert stopped.value.code == 2


def test_what_teaches_nothing_is_told_and_nothing_is_kept(
    tmp_path: Path, capsys, own_exercises: Path
) -> None:
    write_poses(make_take(bow, 2, 80), tmp_path / "two.npz")
    assert main(["teach", str(tmp_path / "two.npz"), "--name", "Mine"]) == 1
    assert "done only twice in this clip. Film 3 or more reps" in capsys.readouterr().err
    assert not own_exercises.exists()


def test_a_broken_file_of_an_own_exercise_stops_nothing(
    tmp_path: Path, capsys, own_exercises: Path
) -> None:
    own_exercises.mkdir(parents=True)
    (own_exercises / "own_a.json").write_text("{")
    assert main(["exercises"]) == 0
    told = capsys.readouterr()
    assert "squat: Squat" in told.out
    assert told.err.startswith("own_a.json is no exercise that was taught: ")
