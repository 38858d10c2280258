"""One vocabulary: the same words for the same thing wherever users look, and plain English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gym.charts.workout import plot_phase, plot_rule
from gym.exercises import EXERCISES, HOLDS
from gym.export.film import _caption
from gym.notes import PARTIAL, PARTIAL_SIGN, VERDICT_SIGNS, VERDICT_WORDS, say_verdict
from gym.posefiles.analysis import read_analysis
from gym.schema import Finding, RepKind, Verdict, Workout
from gym.session import JudgeSettings, analyse_poses, describe_pose_file
from gym.ui.components.player import PlayerRep, rep_data
from gym.ui.panels import finding_text, rep_advice, rep_table
from tests.figure import STANDING
from tests.synthetic import Camera, Move, film, hold

ROOT = Path(__file__).parents[1]
NAN = float("nan")

#: What users can read comes from these; training is for developers.
INTERFACE = ("app.py", "pages", "gym")
OFFLINE = ("gym/training/", "gym/athlete/")
#: Words of another vocabulary, or of nobody's everyday English.
BANNED = re.compile(
    r"\b(repetitions?|whoever|whom|shall|meanwhile|somebody|anew|beside|thereby|hence|fault"
    r"|without fault|stands still|matter not|kept analysis)\b|before the (web)?cam",
    re.IGNORECASE,
)


def list_files(suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files of the interface, those that are still to be rewritten left out."""
    places = [ROOT / place for place in INTERFACE]
    found = [p for place in places for p in ([place] if place.is_file() else place.rglob("*.*"))]
    return sorted(
        path for path in found if path.suffix in suffixes and not name_of(path).startswith(OFFLINE)
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def list_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and text of each string that a user may read.

    Docstrings are for developers, and so is what a ValueError says.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ValueError":
            node.args = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def find_banned() -> list[str]:
    """Return file, line and text of each string with a word that is not ours."""
    found = []
    for path in list_files((".py",)):
        texts = list_texts(path.read_text(encoding="utf-8"))
        # A lone lower-case word is a name in code, such as a field of a rule.
        words = (text for text in texts if not re.fullmatch(r"[a-z_.]+", text[1]))
        found += [f"{name_of(path)}:{line} {text}" for line, text in words if BANNED.search(text)]
    for path in list_files((".html", ".js")):
        lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        found += [f"{name_of(path)}:{n} {line.strip()}" for n, line in lines if BANNED.search(line)]
    for name in ("README.md", "CONTRIBUTING.md"):
        # Of code in a document only its strings count, as in a module.
        prose, *blocks = (ROOT / name).read_text(encoding="utf-8").split("```python\n")
        codes, proses = (
            zip(*(b.split("```", 1) for b in blocks), strict=True) if blocks else ((), ())
        )
        lines = [line for part in (prose, *proses) for line in part.splitlines()]
        lines += [text for code in codes for _, text in list_texts(code)]
        found += [f"{name}: {line}" for line in lines if BANNED.search(line)]
    return found


def test_the_walk_finds_what_a_user_reads_and_nothing_else():
    source = (
        '"""No repetition."""\nst.text(f"{n} repetitions")\nraise ValueError("a repetition")\n'
        'def f():\n    """Nor here."""\n    return "Whoever"\n'
    )
    assert sorted(list_texts(source)) == [(2, " repetitions"), (6, "Whoever")]
    assert len(list_files((".py",))) > 40
    assert [name_of(path) for path in list_files((".html",))]


def test_plain_words_wherever_users_look():
    assert find_banned() == []


def judge_made(label: str, moves: list[Move]) -> Workout:
    poses = film(moves, Camera(yaw_deg=80), fps=20.0).poses
    return analyse_poses(describe_pose_file(Path("a.npz"), poses), poses, JudgeSettings(label))


def test_who_does_nothing_is_told_how_to_film_what_they_chose() -> None:
    still = [hold(STANDING, 3)]
    (note,) = judge_made("squat", still).notes
    assert note.startswith("No squat was found")
    assert note.endswith("Film the whole body from the side.")
    (note,) = judge_made("pull_up", still).notes
    assert note.startswith("No pull-up was found")
    assert note.endswith("Film the whole body from the front.")
    (note,) = judge_made("auto", still).notes
    assert all(EXERCISES[name].plural in note for name in EXERCISES.keys() - set(HOLDS))
    (note,) = judge_made("plank", still).notes
    assert note.startswith("No plank was held for 2 s or longer")


def test_no_page_or_picture_names_one_exercise_for_all() -> None:
    """What is said of squats or push-ups comes from their data, or is about them alone."""
    rooms = (
        "gym/ui/",
        "gym/live/",
        "gym/charts/",
        "gym/drawing/",
        "gym/export/",
        "pages/",
        "app.py",
    )
    strays = [
        f"{name_of(path)}:{line} {text}"
        for path in list_files((".py",))
        if name_of(path).startswith(rooms)
        for line, text in list_texts(path.read_text(encoding="utf-8"))
        if re.search(r"\b(squats|push-ups|lowest)\b", text)
    ]
    assert strays == []


def test_the_words_for_verdicts_are_in_one_place():
    """No other module or script has a verdict's word or sign of its own."""
    own = {*VERDICT_WORDS.values(), "close"} - {str(verdict) for verdict in Verdict}
    own -= {"good"}  # also a key in files: the share of frames with good posture
    strays = [
        f"{name_of(path)}:{line} {text}"
        for path in list_files((".py",))
        if name_of(path) != "gym/notes.py"
        for line, text in list_texts(path.read_text(encoding="utf-8"))
        if text.strip("✓≈✗? ").lower() in own
    ]
    player = (ROOT / "gym/ui/components/player.js").read_text(encoding="utf-8").lower()
    strays += [word for word in VERDICT_WORDS.values() if f'"{word}"' in player]
    strays += [sign for sign in (*VERDICT_SIGNS.values(), PARTIAL_SIGN) if f'"{sign}"' in player]
    assert not strays


@pytest.fixture(scope="module")
def judged(sample_clip: Path) -> Workout:
    """The sample's reps with one verdict after the other, and its partial one."""
    workout = analyse_poses(*read_analysis(sample_clip.parent), JudgeSettings("squat", "heuristic"))
    rule = EXERCISES["squat"].rules[0]
    cues = {Verdict.FAIL: "Sit deeper.", Verdict.BORDERLINE: "A little deeper."}
    verdicts = iter(list(Verdict) * 9)
    findings = []
    for rep in workout.reps:
        verdict = Verdict.UNSEEN if rep.kind is RepKind.PARTIAL else next(verdicts)
        value = NAN if verdict is Verdict.UNSEEN else 0.1
        cue = cues.get(verdict, "")
        findings.append((Finding(rule.code, rule.name, verdict, value, rule.unit, 0.0, cue),))
    assert len({found[0].verdict for found in findings}) == len(Verdict)
    return replace(workout, form=replace(workout.form, findings=tuple(findings)))


def list_judged(workout: Workout) -> Iterator[tuple[int, Verdict | None]]:
    """Yield each rep's place and verdict; None for a partial one."""
    for index, (rep, found) in enumerate(zip(workout.reps, workout.form.findings, strict=True)):
        yield index, found[0].verdict if rep.kind is RepKind.FULL else None


def test_the_charts_show_the_shared_words(judged):
    marks = {line.name for line in plot_phase(judged).data if line.mode == "markers"}
    assert marks == {*VERDICT_WORDS.values(), PARTIAL}
    rule = plot_rule(judged, EXERCISES["squat"].rules[0])
    seen = {word for verdict, word in VERDICT_WORDS.items() if verdict is not Verdict.UNSEEN}
    assert {line.name for line in rule.data} == seen


def test_the_table_shows_the_shared_words(judged):
    table = rep_table(judged)
    for index, verdict in list_judged(judged):
        said = f"{PARTIAL_SIGN} {PARTIAL}" if verdict is None else say_verdict(verdict)
        assert table["Verdict"][index] == said
    unseen = next(i for i, verdict in list_judged(judged) if verdict is Verdict.UNSEEN)
    assert finding_text(judged.form.findings[unseen][0]) == say_verdict(Verdict.UNSEEN)


@pytest.mark.parametrize("verdict", Verdict)
def test_the_player_shows_the_shared_words(verdict):
    data = rep_data(PlayerRep(3, 0.0, 1.0, 2.0, verdict, label="depth"))
    assert data["sign"] == VERDICT_SIGNS[verdict]
    assert data["spoken"] == f"Rep 3, {VERDICT_WORDS[verdict]}, depth: repeat it"
    partial = rep_data(PlayerRep(4, 0.0, 1.0, 2.0, verdict, kind=RepKind.PARTIAL))
    assert (partial["sign"], partial["title"]) == (PARTIAL_SIGN, f"{PARTIAL.capitalize()} rep")
    assert partial["spoken"] == "Partial rep 4, not counted: repeat it"


def test_the_video_says_the_same_of_a_rep_as_the_table(judged):
    for index, verdict in list_judged(judged):
        rep, found = judged.reps[index], judged.form.findings[index]
        cue, drawn = _caption(rep, found)
        if verdict in (Verdict.PASS, Verdict.UNSEEN):
            assert VERDICT_WORDS[verdict] in cue.lower()
        else:
            assert cue == rep_advice(rep, found)
        assert drawn is (Verdict.UNSEEN if verdict is None else verdict)
