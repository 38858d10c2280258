"""The whole server, as several browsers see it: what it keeps, who finds what again, who learns what."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.browser.conftest import ROOT, find_server, serve
from tests.ui.tab import LIMIT_S, Tab, kept_bytes, pick, workers_of

pytestmark = pytest.mark.browser

NO_VIDEO = b"Monday: five squats\n" * 20_000  # less than what the server buffers on disk itself
SAID = "cannot be read as a video"
#: An analysis that lasts for seconds, so that it can be stopped before it ends, however slow we are.
VIDEO = (ROOT / "gym" / "assets" / "sample" / "clip.mp4").read_bytes()
GONE = "What this page had open is gone"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app."""
    with serve(ROOT / "app.py", tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def open_tab(url: str) -> Iterator[Callable[..., Tab]]:
    """Give a function that opens a tab; all are closed at the end, and their workers ended."""
    with contextlib.ExitStack() as opened:

        def open_one(page: str = "analyse", cookies: dict[str, str] | None = None) -> Tab:
            tab = Tab(url, page, cookies)
            opened.callback(tab.close)
            return tab

        yield open_one
        for worker in workers_of(url):
            worker.kill()


def stop_worker(url: str) -> psutil.Process:
    """Let the analysis that begins stand still; return its process."""
    end_s = time.monotonic() + LIMIT_S
    while time.monotonic() < end_s:
        for worker in workers_of(url):
            worker.suspend()
            return worker
        os.sched_yield()
    raise AssertionError("no analysis has begun")


def test_no_upload_stays_in_memory(url, open_tab):
    waiting = open_tab()
    waiting.upload("waiting.mp4", b"x" * 1000, take=False)
    assert kept_bytes(waiting) == 1000, "what was not taken yet is there: the measure is alive"
    for page in ("analyse", "live", "analyse"):
        tab = open_tab(page)
        assert tab.upload(f"{page}.mp4", NO_VIDEO) == 204
        assert f"Analysing **{page}.mp4**" in tab.words()
    several = open_tab("compare")
    pick(several, "What to compare", "Several clips")
    pick(several, "Where the clips are", "Uploads")
    several.upload("a.mp4", NO_VIDEO)
    several.upload("b.mp4", NO_VIDEO)
    assert "What does each clip show?" in several.words()
    with short_disk(url):
        full = open_tab()
        full.upload("full.mp4", NO_VIDEO)
        assert "no room left on the disk" in full.words()
    assert kept_bytes(waiting) == 1000


@contextlib.contextmanager
def short_disk(url: str) -> Iterator[None]:
    """Let the server write small files only, as where the disk is full."""
    pid = find_server(url).pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing_half_written(url, open_tab):
    tab = open_tab()
    with short_disk(url):
        tab.upload("notes.mp4", NO_VIDEO)
        assert "no room left on the disk" in tab.words()
        assert "Traceback" not in tab.words()
        assert not [path for path in temporary_of(url).rglob("clip-*") if path.is_dir()], (
            "nothing half-written"
        )
        # What goes wrong in a part of the page, where no page looks for it, is told just as plainly.
        shown = open_tab()
        shown.press("Try the sample")
        assert "no room left on the disk" in shown.words()
        assert "stack_trace" not in shown.words()
    shown.run()
    assert "no room left" not in shown.words()
    with short_disk(url):
        shown.press("Make the annotated video")
        shown.run_until("cannot be written")
    tab.run()
    tab.upload("notes.mp4", NO_VIDEO)  # the page is as good as before
    tab.run_until(SAID)


def temporary_of(url: str) -> Path:
    """Return where a server puts its temporary files."""
    return Path(find_server(url).environ()["TMPDIR"])


def test_a_reload_finds_its_running_analysis_and_nobody_else_does(url, open_tab):
    tab = open_tab()
    tab.upload("mine.mp4", VIDEO)
    worker = stop_worker(url)
    beside = open_tab(cookies=tab.cookies)
    assert "mine.mp4" not in beside.words(), "it has its page still"
    tab.close()
    stranger = open_tab()
    forger = open_tab(cookies={"virtual_gym_visitor": "x" * 32})
    again = open_tab(cookies=tab.cookies)
    assert "Analysing **mine.mp4**" in again.words()
    for other in (stranger, forger):
        other.run()
        assert "mine.mp4" not in other.words()
        assert GONE not in other.words()
    worker.resume()
    again.run_until("Rep by rep", limit_s=120)  # and learns how it ends
    assert "mine.mp4" in again.words()


def test_a_worker_that_is_killed_is_told_on_the_page(url, open_tab):
    tab = open_tab()
    tab.upload("mine.mp4", VIDEO)
    stop_worker(url).kill()
    tab.run_until("was stopped from outside")
    assert "memory" not in tab.words()
    tab.upload("mine.mp4", NO_VIDEO)
    tab.run_until(SAID)


def test_what_nobody_waits_for_ends_within_half_a_minute(url, open_tab):
    running, queued, last = open_tab(), open_tab(), open_tab()
    running.upload("running.mp4", VIDEO)
    worker = stop_worker(url)
    queued.upload("queued.mp4", NO_VIDEO)
    last.upload("last.mp4", NO_VIDEO)
    last.run_until("Waiting for another analysis")
    running.close()
    queued.close()
    last.run_until(SAID, limit_s=45)  # its turn has come
    assert worker not in workers_of(url)
    for tab, name in ((running, "running.mp4"), (queued, "queued.mp4")):
        again = open_tab(cookies=tab.cookies)
        assert "its page was closed" in again.words(), name


def test_the_clip_of_a_page_plays_in_its_own_browser_only(open_tab):
    mine, other = open_tab(), open_tab()
    addresses = []
    for tab in (mine, other):
        tab.press("Try the sample")
        addresses.append(sorted(set(re.findall(r"/clips/[\w-]{32}", tab.words()))))
    assert len(addresses[0]) == 2  # the clip and its poses
    assert not set(addresses[0]) & set(addresses[1])
    for address in addresses[0]:
        answer = mine.get(address, Range="bytes=0-9")
        assert (answer.status, len(answer.read())) == (206, 10)
        assert answer.getheader("cache-control") == "no-store"
        assert other.get(address).status == 404


def test_a_restart_of_the_server_is_told_to_the_pages_it_cuts_off(tmp_path_factory):
    with serve(ROOT / "app.py", tmp_path_factory.mktemp("first")) as url:
        tab, home = Tab(url, "analyse"), Tab(url)
        tab.upload("mine.mp4", VIDEO)
        stop_worker(url)
    with serve(ROOT / "app.py", tmp_path_factory.mktemp("second")) as url:
        for one in (tab, home):
            one.connect(url)
            one.run()
        assert GONE in tab.words()
        assert GONE not in home.words(), "nothing was open there"
        tab.upload("mine.mp4", NO_VIDEO)
        tab.run_until(SAID)
        tab.run()
        assert GONE not in tab.words(), "something else was opened since"
        new = Tab(url, "analyse", tab.cookies)
        assert GONE not in new.words()
        for one in (tab, home, new):
            one.close()
