"""Exercises that a user taught with a clip: their files, and their place among the others.

    gym.teaching --Taught--> keep_taught --> <data folder>/exercises/own_<name>.json
                                 |
    read_taught  <---------------+           --> EXERCISES, from which everything else takes them

`EXERCISES` is one dict for the whole process, so what one person teaches everybody sees who uses the
same server. Teaching is therefore offered only where the app runs for one person on this computer, and
a server for several reads none. Where it is offered, an entry comes or goes only when that person keeps
or deletes an exercise; everything else only reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from gym.errors import TeachError
from gym.exercises import EXERCISES, Exercise, FormRule, Posture, Signal, Travel
from gym.files import write_whole
from gym.skeleton import BLAZEPOSE_JOINTS

SCHEMA = 1
MOMENTS = 32  #: of a rep, at which its template tells the signal
MAX_BYTES = 64_000  #: twenty times what a file of ours has
MAX_TAUGHT = 100  #: more than anybody tells apart in a list to choose from
MAX_TITLE = 40  #: characters: what a select box shows
#: How far a rep goes beside those that taught it: as far is good, two thirds is half a rep. In taught
#: and other clips of one exercise the same person's reps differ by about a tenth (engineering judgement).
PASS_SHARE, FAIL_SHARE = 0.85, 0.70
#: Of what a rep has to have at all: what a counter takes for half a rep has 45 % of the others' size.
#: A camera that stands elsewhere shows up to a fifth less of the same rep.
LEAST_SHARE = 0.5

#: Of the others' reps, how many a signal has that can be relied on: clips that taught well had 0.8 and
#: more of them, two of a head and feet out of the picture 0.69.
SURE_SHARE = 0.75

VIEWS = ("side", "diagonal", "front", "rear")
_NAME = re.compile(r"own_[a-z0-9_]{1,48}")
_PARTS = frozenset(name.removeprefix("left_") for name in BLAZEPOSE_JOINTS if "left_" in name)
_ADVICE = "Teach the exercise once more, or delete the file."
_SILHOUETTES = {Posture.STANDING: "standing", Posture.ON_HANDS: "plank"}
#: The joints whose angles tell most of a part that moves.
_MAIN_ANGLES = {
    "knee": ("knee", "hip"),
    "hip": ("hip", "knee"),
    "elbow": ("elbow", "shoulder"),
    "shoulder": ("shoulder", "elbow"),
    "wrist": ("shoulder", "elbow"),
}


@dataclass(frozen=True)
class Taught:
    """An exercise as a clip taught it.

    Attributes
    ----------
    name, title : str
        The name in files, "own_" and the title's letters; and the one that the user gave it.
    taught_on : str
        The day, as in "2026-11-27".
    reps : int
        How many reps taught it.
    signal : Signal
        What repeats.
    way : float
        How far the signal goes in a rep, in its unit: the median of the reps.
    travel : Travel or None
    start : Posture
    view : str
        From where the camera saw it: "side", "diagonal", "front" or "rear".
    trunk_tilt_deg, turn_tilt_deg, rep_s : (low, high)
        As in `Exercise`.
    template, spread : tuple of float
        The signal at `MOMENTS` even moments of a rep, as a share of its way: the mean of the reps, 0 at
        rest and 1 at the turn, and how much they differ (standard deviation).
    agreed : float
        How far the body's other joints made the same reps, 0..1.
    """

    name: str
    title: str
    taught_on: str
    reps: int
    signal: Signal
    way: float
    travel: Travel | None
    start: Posture
    view: str
    trunk_tilt_deg: tuple[float, float]
    turn_tilt_deg: tuple[float, float]
    rep_s: tuple[float, float]
    template: tuple[float, ...]
    spread: tuple[float, ...]
    agreed: float

    @property
    def doubt(self) -> str:
        """Why to look closely at what was found; empty where there is no doubt."""
        if self.agreed >= SURE_SHARE:
            return ""
        return (
            "The joints do not quite agree on these reps, so they may not be counted well in other "
            "clips. A clip with the whole body in view teaches better."
        )

    @cached_property
    def exercise(self) -> Exercise:
        """The exercise as everything else takes it."""
        level = "lying" if self.start.is_level else "standing"
        return Exercise(
            name=self.name,
            title=self.title,
            plural=f"reps of {self.title}",
            start=self.start,
            start_advice="Begin as in the clip that taught it.",
            silhouette=_SILHOUETTES.get(self.start, level),
            best_view=self.view,
            main_angles=_MAIN_ANGLES.get(self.signal.joint, ("knee", "hip")),
            signal=self.signal,
            travel=self.travel,
            trunk_tilt_deg=self.trunk_tilt_deg,
            turn_tilt_deg=self.turn_tilt_deg,
            rep_s=self.rep_s,
            rules=(self._range_rule(),),
            ways=("out", "back"),
        )

    def _range_rule(self) -> FormRule:
        """Return the rule that a rep goes as far as those that taught it."""
        digits = 0 if self.signal.unit == "°" else 2
        way = f"{self.way:.{digits}f} {self.signal.unit}".replace(" °", "°")
        return FormRule(
            code=f"{self.name}.range",
            name="Range",
            measure="signal_range",
            unit=self.signal.unit,
            limits=(round(PASS_SHARE * self.way, 3), round(FAIL_SHARE * self.way, 3)),
            views=_comparable_views(self.signal, self.view),
            cue="Go as far as in the clip that taught it.",
            why="A rep is compared with your own.",
            source=f"Your own clip, taught on {self.taught_on}: {self.reps} reps of {way}. From "
            f"{PASS_SHARE:.0%} of that a rep is good, below {FAIL_SHARE:.0%} it is shallow.",
            fault="shallow",
            measures_depth=True,
        )


def _comparable_views(signal: Signal, view: str) -> tuple[str, ...]:
    """Return the views from which a way looks as long as from the one that taught it.

    A height does from everywhere. An angle and a distance are foreshortened from elsewhere.
    """
    if len(signal.parts) == 2:
        return VIEWS
    return ("side", "diagonal") if view in ("side", "diagonal") else (view, "diagonal")


def describe_signal(signal: Signal) -> str:
    """Return what a signal measures, in words.

    >>> describe_signal(Signal(("wrist", "hip"), 0.2)), describe_signal(Signal(("ankle",), 0.2))
    ('height of the wrists over the hips', 'distance of the ankles')
    """
    words = ["feet" if part == "foot_index" else f"{part}s" for part in signal.parts]
    if len(words) == 3:
        return f"angle of the {words[1]}"
    return (
        f"height of the {words[0]} over the {words[1]}"
        if len(words) == 2
        else f"distance of the {words[0]}"
    )


def data_folder() -> Path:
    """Return this user's folder for what the program keeps; it need not be there.

    The variable GYM_DATA names another one.
    """
    if chosen := os.environ.get("GYM_DATA"):
        return Path(chosen)
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    elif sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "virtual-gym-assistant"


def exercises_folder() -> Path:
    """Return the folder with a file for each taught exercise; it need not be there."""
    return data_folder() / "exercises"


def check_title(title: str) -> str:
    """Return a title as it is kept: one line without spaces around it.

    Raises
    ------
    TeachError
        It is empty, too long, no text, or another exercise's.
    """
    tidy = " ".join(unicodedata.normalize("NFC", title).split())
    if not tidy or not any(character.isalnum() for character in tidy):
        raise TeachError("The exercise needs a name.", "Type one, such as Calf raise.")
    if len(tidy) > MAX_TITLE:
        raise TeachError(
            f"The name has {len(tidy)} characters.", f"Choose one of {MAX_TITLE} at the most."
        )
    if not tidy.isprintable() or _has_hidden(tidy):
        raise TeachError("The name has characters that cannot be shown.", "Type another name.")
    # "auto" and "other" have a meaning of their own wherever exercises are chosen.
    if _fold(tidy) in {"auto", "other", *map(_fold, EXERCISES), *map(_fold, _titles())}:
        raise TeachError(f"There is an exercise called {tidy} already.", "Choose another name.")
    return tidy


def _titles() -> list[str]:
    return [exercise.title for exercise in EXERCISES.values()]


def _fold(title: str) -> str:
    """Return a title so that two that look alike are equal."""
    return unicodedata.normalize("NFKC", title).casefold().replace("_", " ").replace("-", " ")


def _has_hidden(text: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co") for character in text)


def name_taught(title: str) -> str:
    """Return the name in files of a new exercise: "own_" and the plain letters of its title.

    >>> name_taught("Wadenheben über Kante")
    'own_wadenheben_uber_kante'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    letters = sum(character.isalnum() for character in title)
    if len(slug.replace("_", "")) < letters / 2:  # most of it has no plain letters
        slug = hashlib.sha256(title.encode()).hexdigest()[:12]
    name, number = f"own_{slug[:40]}", 2
    while name in EXERCISES or (exercises_folder() / f"{name}.json").exists():
        name, number = f"own_{slug[:40]}_{number}", number + 1
    return name


def keep_taught(taught: Taught) -> Path:
    """Write an exercise's file and put it among the others; return the file.

    Raises
    ------
    TeachError
        Its title is taken, there are too many, or the file cannot be written.
    """
    check_title(taught.title)
    if len(list_taught()) >= MAX_TAUGHT:
        raise TeachError(f"There are {MAX_TAUGHT} exercises of your own.", "Delete one first.")
    path = exercises_folder() / f"{taught.name}.json"
    text = json.dumps({"schema": SCHEMA, **asdict(taught)}, indent=1, ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise TeachError(
            f"The exercise cannot be kept in {path.parent}: {error.strerror}.",
            "Make room or give yourself the right to write there, or name another folder in the "
            "variable GYM_DATA.",
        ) from error
    EXERCISES[taught.name] = taught.exercise
    return path


def delete_taught(name: str) -> None:
    """Delete an exercise's file and take it from among the others; one that is gone is no error.

    Raises
    ------
    TeachError
        The file cannot be deleted; the exercise stays.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"expected the name of a taught exercise, got {name!r}")
    try:
        (exercises_folder() / f"{name}.json").unlink(missing_ok=True)
    except OSError as error:
        raise TeachError(f"{name} cannot be deleted: {error.strerror}.") from error
    EXERCISES.pop(name, None)


def list_taught() -> list[str]:
    """Return the names of the taught exercises among the others."""
    return [name for name in EXERCISES if _NAME.fullmatch(name)]


def load_taught() -> list[str]:
    """Put the exercises of this user's folder among the others (what a program does when it starts).

    Those whose files are gone are taken out.

    Returns
    -------
    list of str
        A sentence for each file that cannot be used; it is left out.
    """
    found, problems = [], []
    for path in _list_files():
        try:
            found.append(read_taught(path))
        except TeachError as error:
            problems.append(f"{error.message} {error.advice}")
    for name in list_taught():
        del EXERCISES[name]
    for taught in sorted(found, key=lambda one: _fold(one.title)):
        try:
            check_title(taught.title)
        except TeachError as error:
            problems.append(f"{taught.name}.json is left out: {error.message} {error.advice}")
        else:
            EXERCISES[taught.name] = taught.exercise
    return problems


def _list_files() -> list[Path]:
    """Return the files that may be exercises: of more than are allowed, the first ones by name."""
    try:
        found = sorted(exercises_folder().glob("*.json"))
    except OSError:  # a folder that may not be looked into holds nothing for this user
        return []
    return [path for path in found if not path.name.startswith(".")][:MAX_TAUGHT]


def read_taught(path: Path) -> Taught:
    """Read an exercise's file, which may come from anywhere: nothing of it is believed.

    Raises
    ------
    TeachError
        It cannot be read, or is no such file.
    """
    try:
        with open(path, "rb", opener=_open_plain) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _refuse(path, "it is no plain file")
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refuse(path, error.strerror or "it cannot be read") from error
    if len(content) > MAX_BYTES:
        raise _refuse(path, f"it has more than {MAX_BYTES // 1000} kB")
    try:
        taught = _to_taught(json.loads(content))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _refuse(path, "something in it is missing or not what it should be") from error
    if taught.name != path.stem:
        raise _refuse(path, "it has another exercise's name")
    return taught


def _open_plain(path: str, flags: int) -> int:
    """Open a file without waiting for a pipe's other end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse(path: Path, problem: str) -> TeachError:
    name = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in path.name)
    return TeachError(f"{name[:80]} is no exercise that was taught: {problem}.", _ADVICE)


def _to_taught(found: dict) -> Taught:
    """Check every field; raises ValueError, KeyError or TypeError where one is not as it should be."""
    if type(found) is not dict or found["schema"] != SCHEMA:
        raise ValueError("expected schema 1")
    title, name = found["title"], found["name"]
    _expect(type(name) is str and bool(_NAME.fullmatch(name)))
    _expect(type(title) is str and 0 < len(title) <= MAX_TITLE and title.isprintable())
    _expect(not _has_hidden(title) and any(map(str.isalnum, title)))
    parts = found["signal"]["parts"]
    _expect(type(parts) is list and 1 <= len(parts) <= 3 and set(parts) <= _PARTS)
    _expect(len(set(parts)) == len(parts))
    largest = 180.0 if len(parts) == 3 else 5.0  # degrees; metres, more than a body reaches
    way = _number(found["way"], 0.01, largest)
    signal = Signal(
        tuple(parts),
        _number(found["signal"]["least"], 0.005, way),
        rises=_flag(found["signal"]["rises"]),
        each_side=_flag(found["signal"]["each_side"]),
    )
    travel = None
    if (moved := found["travel"]) is not None:
        _expect(moved["upper"] in _PARTS and moved["lower"] in _PARTS)
        travel = Travel(moved["upper"], moved["lower"], _number(moved["least_m"], 0.01, 5.0))
    _expect(found["view"] in VIEWS)
    _expect(type(found["reps"]) is int and 0 < found["reps"] < 10_000)
    return Taught(
        name=name,
        title=title,
        taught_on=date.fromisoformat(found["taught_on"]).isoformat(),
        reps=found["reps"],
        signal=signal,
        way=way,
        travel=travel,
        start=Posture(found["start"]),
        view=found["view"],
        trunk_tilt_deg=_range(found["trunk_tilt_deg"], 0.0, 180.0),
        turn_tilt_deg=_range(found["turn_tilt_deg"], 0.0, 180.0),
        rep_s=_range(found["rep_s"], 0.1, 600.0),
        template=_curve(found["template"]),
        spread=_curve(found["spread"]),
        agreed=_number(found["agreed"], 0.0, 1.0),
    )


def _expect(fits: bool) -> None:
    if not fits:
        raise ValueError("a field is not what it should be")


def _number(value: object, low: float, high: float) -> float:
    _expect(type(value) in (int, float) and low <= value <= high)
    return float(value)


def _flag(value: object) -> bool:
    _expect(type(value) is bool)
    return value


def _range(value: object, low: float, high: float) -> tuple[float, float]:
    _expect(type(value) is list and len(value) == 2)
    first, last = (_number(one, low, high) for one in value)
    _expect(first < last)
    return first, last


def _curve(value: object) -> tuple[float, ...]:
    _expect(type(value) is list and len(value) == MOMENTS)
    return tuple(_number(one, -10.0, 10.0) for one in value)
