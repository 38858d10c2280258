"""The line of live sessions: who trains, who waits, who is gone, and when jobs are paused."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gym.live.session import LiveSession
from gym.live.view import LiveSettings, LiveView, Stage
from gym.server import jobs, live_queue
from gym.server.jobs import jobs_are_paused, start_job
from gym.server.live_queue import LiveQueue
from tests.server.test_jobs import add

LIMIT_S = 20.0  # for a test that has gone wrong
queue = LiveQueue(is_active=lambda browser: browser == "open")


class Visitor:
    """A session that does nothing: it ends when it is told to."""

    def __init__(self, ends_after_s: float = 0.0, stage: Stage = Stage.TRAINING) -> None:
        self.ended = threading.Event()
        self.view = LiveView(stage)
        self.heard_s = math.inf  # its camera never falls silent
        self.why: list[str] = []
        self._ends_after_s = ends_after_s

    def end(self, why: str) -> None:
        self.why.append(why)
        if len(self.why) == 1:
            threading.Timer(self._ends_after_s, self.ended.set).start()


@pytest.fixture(autouse=True)
def quick_queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Watch often, have room for one, and leave an empty line behind."""
    monkeypatch.setattr(live_queue, "WATCH_EVERY_S", 0.01)
    have_cores(monkeypatch, 2)
    monkeypatch.setenv(live_queue.PLACES_VARIABLE, "1")
    yield
    queue.end_all()
    assert wait_until(lambda: not jobs_are_paused())
    assert wait_until(lambda: not watchers())


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait until something holds; say whether it does in the end."""
    end_s = time.monotonic() + LIMIT_S
    while not condition() and time.monotonic() < end_s:
        os.sched_yield()
    return condition()


def have_cores(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    """Let this process have so many cores of a larger machine."""
    monkeypatch.setattr(live_queue.os, "cpu_count", lambda: 64)
    monkeypatch.setattr(
        live_queue.os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False
    )


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "live-watcher"]


def join(*visitors: Visitor) -> None:
    for visitor in visitors:
        queue.join(visitor)


# ---------------------------------------------------------------------------------------- places


@pytest.mark.parametrize(
    ("named", "places"), [("1", 1), ("3", 3), ("0", 1), ("-2", 1), ("many", 4), ("", 4), (None, 4)]
)
def test_the_server_says_how_many_may_train(monkeypatch, named: str | None, places: int) -> None:
    have_cores(monkeypatch, 8)
    monkeypatch.delenv(live_queue.PLACES_VARIABLE)
    if named is not None:
        monkeypatch.setenv(live_queue.PLACES_VARIABLE, named)
    assert live_queue.count_places() == places


@pytest.mark.parametrize(("cores", "places"), [(1, 1), (2, 1), (3, 1), (4, 2)])
def test_there_is_a_place_for_every_two_cores(monkeypatch, cores: int, places: int) -> None:
    monkeypatch.delenv(live_queue.PLACES_VARIABLE)
    have_cores(monkeypatch, cores)
    assert live_queue.count_places() == places


@pytest.mark.parametrize(("cores", "places"), [(1, 1), (6, 3), (None, 1)])
def test_where_no_process_is_bound_to_cores_all_count(
    monkeypatch, cores: int | None, places: int
) -> None:
    monkeypatch.delenv(live_queue.PLACES_VARIABLE)
    monkeypatch.delattr(live_queue.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(live_queue.os, "cpu_count", lambda: cores)
    assert live_queue.count_places() == places


# ------------------------------------------------------------------------------------- the line


def test_an_empty_line_lets_anybody_begin() -> None:
    assert queue.count_ahead() == 0
    assert queue.count_ahead(Visitor()) == 0


def test_those_who_come_later_wait_in_the_order_of_coming() -> None:
    first, second, third = visitors = [Visitor() for _ in range(3)]
    join(*visitors)
    assert [queue.count_ahead(one) for one in visitors] == [0, 1, 2]
    assert queue.count_ahead() == 3
    first.end("")
    assert wait_until(first.ended.is_set)
    assert [queue.count_ahead(one) for one in (second, third)] == [0, 1]
    assert queue.count_ahead() == 2


def test_who_gives_up_waiting_lets_the_others_move_up() -> None:
    first, second, third = visitors = [Visitor() for _ in range(3)]
    join(*visitors)
    second.end("")
    assert wait_until(second.ended.is_set)
    assert queue.count_ahead(first) == 0
    assert queue.count_ahead(third) == 1
    assert queue.count_ahead() == 2


def test_as_many_begin_as_there_are_places(monkeypatch) -> None:
    monkeypatch.setenv(live_queue.PLACES_VARIABLE, "2")
    visitors = [Visitor() for _ in range(4)]
    join(*visitors)
    assert [queue.count_ahead(one) for one in visitors] == [0, 0, 1, 2]
    assert queue.count_ahead() == 3
    visitors[1].end("")
    assert wait_until(visitors[1].ended.is_set)
    assert [queue.count_ahead(visitors[i]) for i in (0, 2, 3)] == [0, 0, 1]


def test_who_has_ended_would_be_new_again() -> None:
    first, second = Visitor(), Visitor()
    join(first, second)
    first.end("")
    assert wait_until(first.ended.is_set)
    assert queue.count_ahead(first) == queue.count_ahead() == 1


# -------------------------------------------------------------------------------- silent cameras


def test_a_silent_session_is_ended_and_told_why(monkeypatch) -> None:
    monkeypatch.setattr(live_queue, "SILENT_S", 5.0)
    silent, loud = Visitor(), Visitor()
    silent.heard_s = time.monotonic() - 5.1
    loud.heard_s = time.monotonic() + LIMIT_S - 5.0
    join(silent, loud)
    assert wait_until(silent.ended.is_set)
    assert set(silent.why) == {"the camera's pictures stopped coming"}
    assert wait_until(lambda: queue.count_ahead(loud) == 0)
    assert not loud.why


def test_a_session_that_waits_is_ended_as_well_when_it_is_silent(monkeypatch) -> None:
    monkeypatch.setattr(live_queue, "SILENT_S", 5.0)
    trains, gone = Visitor(), Visitor()
    join(trains, gone)
    gone.heard_s = time.monotonic() - 6.0
    assert wait_until(gone.ended.is_set)
    assert queue.count_ahead() == 1
    assert not trains.why


def test_a_silent_session_whose_page_is_gone_ends_sooner(monkeypatch) -> None:
    monkeypatch.setattr(live_queue, "GONE_S", 1.0)
    monkeypatch.setattr(live_queue, "SILENT_S", 60.0)
    closed, still_open, loud, unknown = (Visitor() for _ in range(4))
    for quiet in (closed, still_open, unknown):
        quiet.heard_s = time.monotonic() - 1.1
    loud.heard_s = time.monotonic() + LIMIT_S  # its pictures come: a page that loads anew
    hung_up: list[Visitor] = []
    queue.join(closed, "closed", hung_up.append)
    queue.join(still_open, "open", hung_up.append)
    queue.join(loud, "closed", hung_up.append)
    queue.join(unknown)
    assert wait_until(closed.ended.is_set)
    assert wait_until(lambda: hung_up == [closed])
    assert not [*still_open.why, *loud.why, *unknown.why]


def test_a_session_that_takes_its_time_to_end_keeps_its_place(monkeypatch) -> None:
    monkeypatch.setattr(live_queue, "SILENT_S", 5.0)
    slow, waiting = Visitor(ends_after_s=0.2), Visitor()
    slow.heard_s = time.monotonic() - 6.0
    join(slow, waiting)
    assert wait_until(lambda: bool(slow.why))
    assert slow.ended.is_set() or queue.count_ahead(waiting) == 1
    assert wait_until(lambda: queue.count_ahead(waiting) == 0)


def test_a_real_session_that_never_gets_a_frame_is_ended(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(live_queue, "SILENT_S", 0.0)
    session = LiveSession(LiveSettings(), tmp_path, queue.count_ahead)
    queue.join(session)
    assert session.ended.wait(LIMIT_S)
    assert session.view.stage is Stage.ENDED
    assert session.view.why_ended == "the camera's pictures stopped coming"
    assert (session.result, session.error) == (None, None)
    assert wait_until(lambda: queue.count_ahead() == 0)
    assert list(tmp_path.iterdir()) == []


# ----------------------------------------------------------------------------- jobs are paused


def settled() -> bool:
    """Wait until the watcher has looked at all of them once more."""
    last = Visitor(stage=Stage.WAITING)
    queue.join(last)
    last.ended.set()
    gone = wait_until(lambda: last not in queue._sessions)
    with queue._lock:  # its round is over
        return gone


def test_jobs_are_paused_from_the_first_set_to_the_last() -> None:
    assert not jobs_are_paused()
    first, second = Visitor(), Visitor()
    join(first)
    assert wait_until(jobs_are_paused)
    join(second)
    first.end("")
    assert wait_until(lambda: first not in queue._sessions)
    assert jobs_are_paused()
    second.end("")
    assert wait_until(lambda: not jobs_are_paused())
    assert wait_until(lambda: not watchers())
    again = Visitor()
    join(again)
    assert wait_until(jobs_are_paused)
    assert len(watchers()) == 1
    again.end("")
    assert wait_until(lambda: not jobs_are_paused())


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.TRAINING])
def test_an_open_camera_alone_pauses_no_job(stage: Stage) -> None:
    """Only the countdown and the set do: not those who wait in line, or step into place."""
    join(Visitor(stage=stage))
    assert settled()
    assert jobs_are_paused() == (stage is Stage.COUNTDOWN)


@pytest.mark.parametrize(
    ("cores", "training", "paused"),
    [(1, 1, True), (2, 1, True), (3, 1, False), (4, 1, False), (4, 2, True), (5, 2, False)],
)
def test_jobs_are_paused_only_where_cores_are_short(
    monkeypatch, cores: int, training: int, paused: bool
) -> None:
    have_cores(monkeypatch, cores)
    join(*(Visitor() for _ in range(training)), Visitor(stage=Stage.WAITING))
    assert settled()
    assert jobs_are_paused() == paused


def test_jobs_go_on_between_two_sets() -> None:
    trains, waits = Visitor(), Visitor(stage=Stage.WAITING)
    join(trains, waits)
    assert wait_until(jobs_are_paused)
    trains.end("")
    assert wait_until(lambda: not jobs_are_paused())
    waits.view = LiveView(Stage.FRAMING)
    assert settled()
    assert not jobs_are_paused()
    waits.view = LiveView(Stage.COUNTDOWN)
    assert wait_until(jobs_are_paused)


def test_an_analysis_goes_on_when_nobody_trains_any_more(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "TASKS_MODULE", "tests.server.test_jobs")
    visitor = Visitor()
    join(visitor)
    assert wait_until(jobs_are_paused)
    job = start_job(add, tmp_path / "job", a=1, b=2)
    assert not job.wait(0.3)
    visitor.end("")
    assert job.wait(LIMIT_S)
    assert job.result["sum"] == 3


def test_one_watcher_is_enough() -> None:
    visitors = [Visitor() for _ in range(5)]
    join(*visitors)
    assert len(watchers()) == 1


def test_coming_and_going_all_at_once_leaves_nothing() -> None:
    """Joining while the last one leaves must not lose the watcher, or pause jobs for ever."""

    def come_and_go() -> None:
        for _ in range(20):
            visitor = Visitor()
            queue.join(visitor)
            queue.count_ahead(visitor)
            visitor.ended.set()

    threads = [threading.Thread(target=come_and_go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert wait_until(lambda: not jobs_are_paused())
    assert queue.count_ahead() == 0


# -------------------------------------------------------------------------------- the server stops


def test_when_the_server_stops_all_end_and_are_waited_for() -> None:
    visitors = [Visitor(ends_after_s=0.1) for _ in range(3)]
    join(*visitors)
    queue.end_all()
    assert all(visitor.ended.is_set() for visitor in visitors)
    assert {visitor.why[0] for visitor in visitors} == {"the server was stopped"}


def test_a_session_that_does_not_end_does_not_hold_up_the_server(monkeypatch) -> None:
    stuck, limits = Visitor(ends_after_s=0.05), []
    monkeypatch.setattr(stuck.ended, "wait", limits.append)
    join(stuck)
    queue.end_all()
    assert stuck.why == ["the server was stopped"]
    assert all(0 < limit_s <= 10 for limit_s in limits)  # None would wait for ever
    assert len(limits) == 1


def test_stopping_an_empty_line_is_no_matter() -> None:
    queue.end_all()
    assert queue.count_ahead() == 0
