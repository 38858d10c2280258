"""Fields of a JSON file that may come from anywhere: each is what it should be, or it is refused."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Container
from enum import StrEnum
from typing import TypeVar

from gym.errors import RecordError

MAX_ITEMS, MAX_CHARACTERS = 10_000, 2000  #: of a list or an object; of a text
MAX_NUMBER, MAX_TIME_S = 1e9, 86_400.0

_ADVICE = (
    "Choose a .json file written by `python -m gym analyse CLIP --json FILE.json`, or analyse the clip "
    "again."
)

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)


def refuse(problem: str) -> RecordError:
    """Return the error that says in a sentence what is wrong with a file."""
    return RecordError(f"This is no result of a clip that this program wrote: {problem}.", _ADVICE)


class Part:
    """An object of a file, whose fields are read by name.

    Every method raises a RecordError where the field is missing or is not what it should be.

    Parameters
    ----------
    found : object
        What the file has there.
    place : str
        Where that is, for the message; empty for the whole file.
    added : container of str
        Names that earlier files lack: where they are missing, they count as null.
    """

    def __init__(self, found: object, place: str = "", added: Container[str] = ()) -> None:
        if type(found) is not dict or len(found) > MAX_ITEMS or not all(map(_is_text, found)):
            raise refuse(f"{place[:80] or 'it'} is not an object")
        self._found, self._place, self._added = found, place, added

    def _take(self, name: str) -> object:
        if name not in self._found and name not in self._added:
            raise refuse(f"{self._name(name)} is missing")
        return self._found.get(name)

    def _check(self, name: str, fits: bool, wanted: str) -> None:
        if not fits:
            raise refuse(f"{self._name(name)} is not {wanted}")

    def _name(self, name: str) -> str:
        return f"{self._place}.{name}"[:80].removeprefix(".")

    def knows(self, name: str) -> bool:
        """Return whether a field is not null."""
        return self._take(name) is not None

    def text(self, name: str, *null: T) -> str | T:
        """Return a text; ``null``, if given, is what null stands for."""
        value = self._take(name)
        if value is None and null:
            return null[0]
        self._check(name, _is_text(value), "a short text")
        return value

    def whole(self, name: str, *null: T) -> int | T:
        """Return a whole number from 0; ``null``, if given, is what null stands for."""
        value = self._take(name)
        if value is None and null:
            return null[0]
        self._check(name, type(value) is int and 0 <= value <= MAX_NUMBER, "a whole number")
        return value

    def number(self, name: str, low: float = -MAX_NUMBER, high: float = MAX_NUMBER) -> float:
        """Return a number within limits; NaN for null."""
        value = self._take(name)
        if value is None:
            return float("nan")
        fits = type(value) in (int, float) and low <= value <= high
        self._check(name, fits, f"a number from {low:,.0f} to {high:,.0f}")
        return float(value)

    def share(self, name: str) -> float:
        """Return a number from 0 to 1; NaN for null."""
        return self.number(name, 0.0, 1.0)

    def times_s(self, *names: str) -> list[float]:
        """Return times of the clip, all of them known and in this order."""
        times_s = [self.number(name, 0.0, MAX_TIME_S) for name in names]
        for name, earlier, later in zip(names, [0.0, *times_s], times_s, strict=False):
            self._check(name, later >= earlier, "a known time in its order")
        return times_s

    def choice(self, name: str, kind: type[Choice]) -> Choice:
        """Return one of the values of an enumeration."""
        text = self.text(name)
        self._check(name, text in [*kind], f"one of {', '.join(kind)}")
        return kind(text)

    def part(self, name: str) -> Part:
        """Return an object."""
        return Part(self._take(name), self._name(name), self._added)

    def items(self, name: str, read: Callable[[Part, str], T]) -> list[T]:
        """Return what ``read`` reads of each item of a list."""
        self._take(name)  # which tells that it is missing
        items = self._found.get(name, [])
        self._check(name, type(items) is list and len(items) <= MAX_ITEMS, "a list")
        numbered = {f"{number}": item for number, item in enumerate(items, start=1)}
        return [*Part(numbered, self._name(name), self._added).table(read).values()]

    def table(self, read: Callable[[Part, str], T]) -> dict[str, T]:
        """Return what ``read`` reads of every field, by its name."""
        return {name: read(self, name) for name in self._found}


def _is_text(value: object) -> bool:
    return (
        type(value) is str
        and len(value) <= MAX_CHARACTERS
        and (value.isprintable() or not any(map(_is_hidden, value)))
    )


def _is_hidden(character: str) -> bool:
    """Whether a character controls a screen, or is half of one, which nothing can write."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs")


def round_known(value: float | None, digits: int = 4) -> float | None:
    """Return a rounded plain number, or None where it is not known."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits) + 0.0  # never -0.0
