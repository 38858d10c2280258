"""Files of taught exercises: kept whole, read without trust, found again, and gone when deleted."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from gym.errors import TeachError
from gym.exercises import EXERCISES, Posture, Signal, Travel
from gym.exercises import taught as module
from gym.exercises.taught import (
    MAX_BYTES,
    MAX_TITLE,
    MOMENTS,
    Taught,
    check_title,
    data_folder,
    delete_taught,
    keep_taught,
    list_taught,
    load_taught,
    name_taught,
    read_taught,
)


def make(title: str = "Calf raise", **other: object) -> Taught:
    """Make what a clip of five calf raises would teach."""
    one = Taught(
        name=name_taught(title),
        title=title,
        taught_on="2026-11-27",
        reps=5,
        signal=Signal(("hip", "foot_index"), 0.05, rises=True),
        way=0.1,
        travel=Travel("hip", "knee", 0.02),
        start=Posture.STANDING,
        view="side",
        trunk_tilt_deg=(0.0, 30.0),
        turn_tilt_deg=(0.0, 30.0),
        rep_s=(0.4, 15.0),
        template=(0.5,) * MOMENTS,
        spread=(0.1,) * MOMENTS,
        agreed=0.9,
    )
    return replace(one, **other)


def test_what_is_kept_is_read_again(own_exercises: Path) -> None:
    one = make()
    path = keep_taught(one)
    assert path == own_exercises / "own_calf_raise.json"
    assert read_taught(path) == one
    assert EXERCISES["own_calf_raise"] == one.exercise
    del EXERCISES["own_calf_raise"]  # as after a restart
    assert load_taught() == []
    assert EXERCISES["own_calf_raise"] == one.exercise
    assert [file.name for file in own_exercises.iterdir()] == ["own_calf_raise.json"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Calf raise", "own_calf_raise"),
        ("Wadenheben über Kante", "own_wadenheben_uber_kante"),
        ("../../etc/passwd", "own_etc_passwd"),
        ("a" * MAX_TITLE, f"own_{'a' * MAX_TITLE}"),
        ("CON", "own_con"),
    ],
)
def test_a_title_gets_a_safe_name(title: str, name: str, own_exercises: Path) -> None:
    one = make(check_title(title))
    assert one.name == name
    assert keep_taught(one).parent == own_exercises


@pytest.mark.parametrize("title", ["深蹲", "приседание", "腕立て伏せ", "تمرين", "🏋️ lift"])
def test_titles_of_every_script_work(title: str) -> None:
    one = make(check_title(title))
    path = keep_taught(one)
    assert path.name.isascii()
    assert read_taught(path).title == title
    with pytest.raises(TeachError, match="already"):
        check_title(title)


def test_two_titles_of_one_name_are_kept_apart() -> None:
    keep_taught(make("Überzug"))
    other = make("Uberzug")
    assert other.name == "own_uberzug_2"
    keep_taught(other)
    assert sorted(list_taught()) == ["own_uberzug", "own_uberzug_2"]


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("", "needs a name"),
        ("  \n ", "needs a name"),
        ("***", "needs a name"),
        ("a" * (MAX_TITLE + 1), "characters"),
        ("a\x00b", "cannot be shown"),
        ("a\u202eb", "cannot be shown"),
        ("Squat", "already"),
        (" push-UP ", "already"),
        ("push up", "already"),
        ("auto", "already"),
        ("Other", "already"),
    ],
)
def test_a_title_that_will_not_do_is_refused(title: str, told: str) -> None:
    with pytest.raises(TeachError, match=told):
        check_title(title)


def test_a_deleted_exercise_is_gone_everywhere(own_exercises: Path) -> None:
    one = make()
    keep_taught(one)
    delete_taught(one.name)
    assert one.name not in EXERCISES
    assert list(own_exercises.iterdir()) == []
    delete_taught(one.name)  # again is no error
    assert make().name == "own_calf_raise"  # and the title is free
    check_title("Calf raise")


@pytest.mark.parametrize("name", ["squat", "own_", "own_../squat", "../own_a", ""])
def test_nothing_else_can_be_deleted(name: str) -> None:
    with pytest.raises(ValueError, match="taught exercise"):
        delete_taught(name)
    assert "squat" in EXERCISES


def test_what_another_program_deleted_goes_when_they_are_loaded() -> None:
    path = keep_taught(make())
    path.unlink()
    assert load_taught() == []
    assert list_taught() == []


def change(**fields: object) -> bytes:
    """Return a good file's text with some fields changed; a field of ... is left out."""
    keep_taught(make())
    found = json.loads((module.exercises_folder() / "own_calf_raise.json").read_text())
    delete_taught("own_calf_raise")
    for name, value in fields.items():
        found[name] = value
        if value is ...:
            del found[name]
    return json.dumps(found).encode()


HOSTILE = {
    "schema": {"schema": 2},
    "missing": {"way": ...},
    "name": {"name": "squat"},
    "another name": {"name": "own_other"},
    "path": {"name": "own_../../x"},
    "long title": {"title": "a" * 1000},
    "control": {"title": "a\x1b[2J"},
    "no title": {"title": ""},
    "title list": {"title": ["a"]},
    "unknown part": {"signal": {"parts": ["tail"], "least": 1, "rises": True, "each_side": False}},
    "part list": {"signal": {"parts": [["a"]], "least": 1, "rises": True, "each_side": False}},
    "four parts": {
        "signal": {
            "parts": ["hip", "knee", "ankle", "heel"],
            "least": 0.05,
            "rises": True,
            "each_side": False,
        }
    },
    "no flag": {
        "signal": {"parts": ["hip", "heel"], "least": 0.05, "rises": "yes", "each_side": False}
    },
    "signal text": {"signal": "knee"},
    "nan": {"way": float("nan")},
    "infinite": {"way": float("inf")},
    "negative": {"way": -1.0},
    "huge": {"way": 10**400},
    "true": {"way": True},
    "least beyond the way": {
        "signal": {"parts": ["hip", "heel"], "least": 0.5, "rises": True, "each_side": False}
    },
    "range": {"rep_s": [5, 1]},
    "range of text": {"rep_s": ["a", "b"]},
    "tilt": {"trunk_tilt_deg": [0, 1e9]},
    "curve": {"template": [0.0] * 5},
    "long curve": {"template": [0.0] * 5000},
    "curve of text": {"spread": "0" * MOMENTS},
    "posture": {"start": "flying"},
    "view": {"view": "above"},
    "day": {"taught_on": "yesterday"},
    "day number": {"taught_on": 5},
    "reps": {"reps": -3},
    "agreed": {"agreed": 2},
    "travel": {"travel": {"upper": "tail", "lower": "hip", "least_m": 0.1}},
    "travel list": {"travel": [1, 2, 3]},
}


@pytest.mark.parametrize("fields", HOSTILE.values(), ids=HOSTILE)
def test_a_file_is_not_believed(fields: dict, own_exercises: Path) -> None:
    content = change(**fields)
    own_exercises.mkdir(parents=True, exist_ok=True)
    (own_exercises / "own_calf_raise.json").write_bytes(content)
    (problem,) = load_taught()
    assert problem.startswith("own_calf_raise.json is no exercise that was taught: ")
    assert list_taught() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 60_000,
        b" " * (MAX_BYTES + 1),
        b'{"schema":1}',
    ],
    ids=["empty", "cut", "list", "null", "bytes", "deep", "large", "bare"],
)
def test_what_is_no_exercise_is_told_in_a_sentence(content: bytes, own_exercises: Path) -> None:
    own_exercises.mkdir(parents=True)
    (own_exercises / "own_a.json").write_bytes(content)
    keep_taught(make())
    (problem,) = load_taught()
    assert problem.startswith("own_a.json is no exercise that was taught: ")
    assert list_taught() == ["own_calf_raise"]  # the good one stays


def test_what_is_no_plain_file_is_left_out(own_exercises: Path) -> None:
    own_exercises.mkdir(parents=True)
    (own_exercises / "own_folder.json").mkdir()
    os.mkfifo(own_exercises / "own_pipe.json")
    (own_exercises / "own_gone.json").symlink_to(own_exercises / "nowhere")
    (own_exercises / ".own_half.part").write_bytes(b"{")
    assert len(load_taught()) == 3
    assert list_taught() == []


def test_a_file_that_takes_a_known_title_is_left_out(own_exercises: Path) -> None:
    content = change(title="Squat")
    (own_exercises / "own_calf_raise.json").write_bytes(content)
    (problem,) = load_taught()
    assert "already" in problem
    assert list_taught() == []


def test_nothing_is_left_where_it_cannot_be_written(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GYM_DATA", str(tmp_path / "file"))
    with pytest.raises(TeachError, match="cannot be kept"):
        keep_taught(make())
    assert list_taught() == []
    assert load_taught() == []


def test_a_write_that_fails_leaves_what_was_there(monkeypatch, own_exercises: Path) -> None:
    keep_taught(make())

    def fail(one: object, other: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(TeachError, match="No space left"):
        keep_taught(make("Side bend"))
    assert [file.name for file in own_exercises.iterdir()] == ["own_calf_raise.json"]
    assert list_taught() == ["own_calf_raise"]


def test_there_are_not_too_many(monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_TAUGHT", 1)
    keep_taught(make())
    with pytest.raises(TeachError, match="1 exercises of your own"):
        keep_taught(make("Side bend"))


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {}, "home/.local/share/virtual-gym-assistant"),
        ("linux", {"XDG_DATA_HOME": "xdg"}, "xdg/virtual-gym-assistant"),
        ("darwin", {}, "home/Library/Application Support/virtual-gym-assistant"),
        ("win32", {"APPDATA": "roaming"}, "roaming/virtual-gym-assistant"),
        ("linux", {"GYM_DATA": "mine"}, "mine"),
    ],
)
def test_the_folder_is_the_systems_own(platform, variables, folder, monkeypatch) -> None:
    for name in ("GYM_DATA", "XDG_DATA_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    assert data_folder() == Path(folder)


def test_doubt_is_told_where_the_joints_disagree() -> None:
    assert make().doubt == ""
    assert "do not quite agree" in make(agreed=0.6).doubt


def test_the_rule_says_where_it_comes_from() -> None:
    (rule,) = make().exercise.rules
    assert rule.source.startswith("Your own clip, taught on 2026-11-27: 5 reps of 0.10 m.")
    assert rule.views == ("side", "diagonal", "front", "rear")  # a height looks alike from all
    assert rule.limits == (0.085, 0.07)
    angle = make("Kick", signal=Signal(("hip", "knee", "ankle"), 20.0), way=40.0, view="front")
    assert angle.exercise.rules[0].views == ("front", "diagonal")
    assert "40°" in angle.exercise.rules[0].source
