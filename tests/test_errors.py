"""The user's situations: each has its sentence and its advice, wherever it comes from."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from gym import errors
from gym.errors import Cancelled, ClipError, ClipTooLarge, GymError, NoVideoError


def list_errors(kind: type[GymError] = GymError) -> Iterator[type[GymError]]:
    """Yield an error and all that derive from it."""
    yield kind
    for child in kind.__subclasses__():
        yield from list_errors(child)


def fail(kind: type[GymError]) -> None:
    raise kind("The clip is upside down.", "Turn it.")


@pytest.mark.parametrize("kind", [*list_errors()])
def test_an_error_stays_whole_when_pickled(kind: type[GymError]) -> None:
    copy = pickle.loads(pickle.dumps(kind("The clip is upside down.", "Turn it.")))
    assert type(copy) is kind
    assert (copy.message, copy.advice) == ("The clip is upside down.", "Turn it.")
    assert str(copy) == "The clip is upside down."


def test_an_error_crosses_a_process_boundary() -> None:
    with (
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool,
        pytest.raises(ClipTooLarge) as caught,
    ):
        pool.submit(fail, ClipTooLarge).result()
    assert (caught.value.message, caught.value.advice) == ("The clip is upside down.", "Turn it.")


def test_advice_may_be_missing() -> None:
    assert GymError("It rains.").advice == ""
    assert Cancelled().message == "Stopped."


def test_a_clip_can_be_refused_as_any_clip() -> None:
    assert issubclass(ClipTooLarge, ClipError)
    assert issubclass(NoVideoError, ClipError)


def test_the_tree_in_the_documentation_is_the_tree() -> None:
    for kind in list_errors():
        assert kind.__name__ in errors.__doc__
