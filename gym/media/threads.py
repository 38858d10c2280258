"""Decode and encode video in parallel with other work, a few frames ahead or behind.

The pose network keeps one core busy, so reading and writing video run in their own threads (the
libraries release Python's lock). Queues are short, so memory use stays constant.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_DEPTH = 6  # frames; at 1280 x 720 that is 16 MB
_END = object()


@contextmanager
def read_ahead(source: Iterable[T]) -> Iterator[Iterator[T]]:
    """Iterate over a source in a thread, a few items ahead.

    An exception in the source comes out of the iterator. Leaving the block stops the thread.
    """
    items: queue.Queue[object] = queue.Queue(_DEPTH)
    failure: list[BaseException] = []
    stopped = threading.Event()

    def put(item: object) -> bool:
        while not stopped.is_set():
            try:
                items.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def run() -> None:
        try:
            for item in source:
                if not put(item):
                    return
        except BaseException as error:  # noqa: BLE001 - handed over, not hidden
            failure.append(error)
        put(_END)

    def taken() -> Iterator[T]:
        while (item := items.get()) is not _END:
            yield item
        if failure:
            raise failure[0]

    thread = threading.Thread(target=run, name="read-ahead", daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        stopped.set()
        thread.join()


@contextmanager
def write_behind(write: Callable[[T], None]) -> Iterator[Callable[[T], None]]:
    """Call ``write`` in a thread, in order, a few items behind.

    Leaving the block waits for the rest; an exception in ``write`` is raised by the next call or at
    the end. When the block itself fails, what is still waiting is dropped.
    """
    items: queue.Queue[object] = queue.Queue(_DEPTH)
    failure: list[BaseException] = []
    dropped = threading.Event()

    def run() -> None:
        while (item := items.get()) is not _END:
            if failure or dropped.is_set():
                continue  # keep emptying it, or the other thread waits forever
            try:
                write(item)
            except BaseException as error:  # noqa: BLE001 - handed over, not hidden
                failure.append(error)

    def hand_over(item: T) -> None:
        if failure:
            raise failure[0]
        items.put(item)

    thread = threading.Thread(target=run, name="write-behind", daemon=True)
    thread.start()
    try:
        yield hand_over
    except BaseException:
        dropped.set()
        raise
    finally:
        items.put(_END)
        thread.join()
    if failure:
        raise failure[0]
