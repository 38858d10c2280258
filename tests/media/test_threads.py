"""Reading ahead and writing behind: the order stays, failures come out, and no thread stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import pytest

from gym.media.threads import _DEPTH, read_ahead, write_behind

LONG = 500  # far more than the queues hold
PATIENCE_S = 10.0  # a test that waits longer has hung


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


class Trouble(Exception):
    """What goes wrong in these tests."""


def test_reading_keeps_all_in_order() -> None:
    with read_ahead(range(LONG)) as items:
        assert list(items) == list(range(LONG))


def test_nothing_to_read_is_nothing_read() -> None:
    with read_ahead([]) as items:
        assert list(items) == []


def test_reading_runs_beside_the_reader_but_not_far_ahead() -> None:
    given = []
    ahead = threading.Event()

    def source() -> Iterator[int]:
        for number in range(LONG):
            given.append(number)
            if number == 2:
                ahead.set()
            yield number

    with read_ahead(source()) as items:
        assert next(items) == 0
        assert ahead.wait(PATIENCE_S), "nothing was read while the first item was in use"
    assert len(given) < 20, "memory would grow with the clip"


def test_a_failing_source_fails_the_reader_after_what_was_read() -> None:
    def source() -> Iterator[int]:
        yield from range(3)
        raise Trouble

    seen: list[int] = []
    with pytest.raises(Trouble), read_ahead(source()) as items:
        seen.extend(items)
    assert seen == [0, 1, 2]


def test_a_reader_may_stop_early() -> None:
    with read_ahead(count()) as items:
        assert next(items) == 0


def test_a_failing_reader_stops_the_source() -> None:
    def read_one_and_fail() -> None:
        with read_ahead(count()) as items:
            next(items)
            raise Trouble

    with pytest.raises(Trouble):
        read_one_and_fail()


def test_writing_keeps_all_in_order_and_is_done_at_the_end() -> None:
    written: list[int] = []
    with write_behind(written.append) as write:
        for number in range(LONG):
            write(number)
    assert written == list(range(LONG))


def test_writing_runs_beside_the_writer_but_not_far_behind() -> None:
    may_write = threading.Event()
    written, handed_over = [], []

    def slow_write(number: int) -> None:
        assert may_write.wait(PATIENCE_S)
        written.append(number)

    def hand_over_all() -> None:
        with write_behind(slow_write) as write:
            for number in range(LONG):
                write(number)
                handed_over.append(number)
                if number == 3:
                    some.set()

    some = threading.Event()
    worker = threading.Thread(target=hand_over_all)
    worker.start()
    assert some.wait(PATIENCE_S), "nothing was handed over while the first was being written"
    assert not written
    assert len(handed_over) < 20, "memory would grow with the clip"
    may_write.set()
    worker.join(PATIENCE_S)
    assert written == list(range(LONG))


def test_a_failed_write_comes_out_of_a_later_one() -> None:
    def fail(number: int) -> None:
        raise Trouble

    handed_over = []

    def hand_over_all() -> None:
        with write_behind(fail) as write:
            for number in range(LONG):
                write(number)
                handed_over.append(number)

    with pytest.raises(Trouble):
        hand_over_all()
    assert len(handed_over) < LONG


def test_a_failed_last_write_comes_out_at_the_end() -> None:
    def fail_on_last(number: int) -> None:
        if number == 2:
            raise Trouble

    def hand_over_all() -> None:
        with write_behind(fail_on_last) as write:
            for number in range(3):
                write(number)

    with pytest.raises(Trouble):
        hand_over_all()


def test_a_failing_block_drops_what_waits() -> None:
    begun, failing = threading.Event(), threading.Event()
    written = []

    def slow_write(number: int) -> None:
        begun.set()
        assert failing.wait(PATIENCE_S)
        written.append(number)
        if number:  # the block had not failed yet: give it the time to
            threading.Event().wait(0.5)

    def fail_while_writing() -> None:
        with write_behind(slow_write) as write:
            for number in range(5):
                write(number)
            assert begun.wait(PATIENCE_S)
            failing.set()
            raise Trouble

    with pytest.raises(Trouble):
        fail_while_writing()
    assert written in ([0], [0, 1])


def test_a_failed_write_lets_go_of_a_full_queue() -> None:
    full = threading.Event()
    caught = []

    def fail_when_full(number: int) -> None:
        assert full.wait(PATIENCE_S)
        raise Trouble

    def fill() -> None:
        try:
            with write_behind(fail_when_full) as write:
                for number in range(_DEPTH + 1):  # one being written, the others waiting
                    write(number)
                full.set()
        except Trouble as error:
            caught.append(error)

    worker = threading.Thread(target=fill, daemon=True)
    worker.start()
    worker.join(PATIENCE_S)
    assert caught
