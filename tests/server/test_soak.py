"""The same many times over, on the whole server; minutes long: ``python -m pytest -m soak -s``."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from pathlib import Path

import pytest

from gym.server.jobs import SILENT_S
from gym.ui.lifespan import SWEEP_EVERY_S
from gym.ui.visits import FOUND_AGAIN_S
from tests.browser.conftest import ROOT, serve
from tests.ui.tab import Tab, find_server, kept_bytes, resident_bytes, workers_of

pytestmark = pytest.mark.soak

MEGABYTE = 10**6


def test_thirty_large_uploads_leave_the_memory_flat(tmp_path):
    content = b"no video" * (100 * MEGABYTE // 8)
    with serve(ROOT / "app.py", tmp_path) as url:
        server, taken_mb = find_server(url), []
        tab = Tab(url, "analyse")
        for number in range(30):
            if number in (10, 20):  # now and then in another browser
                tab.close()
                tab = Tab(url, "analyse")
            assert tab.upload(f"{number}.mp4", content) == 204
            tab.run_until("cannot be read as a video")
            taken_mb.append(resident_bytes(server) / MEGABYTE)
        print(f"\nserver after each upload of 100 MB, MB: {[round(mb) for mb in taken_mb]}")
        assert kept_bytes(tab) == 0
        assert taken_mb[29] <= 1.1 * taken_mb[4]
        tab.close()


def test_an_upload_of_a_page_that_was_closed_does_not_stay(tmp_path):
    with serve(ROOT / "app.py", tmp_path) as url:
        tab, other = Tab(url, "analyse"), Tab(url)
        tab.upload("left.mp4", bytes(10 * MEGABYTE), take=False)
        assert kept_bytes(other) == 10 * MEGABYTE
        tab.close()
        time.sleep(31)  # the server tidies up twice a minute
        assert kept_bytes(other) == 0
        other.close()


def test_who_comes_back_late_is_told_and_sees_nothing(tmp_path):
    with serve(ROOT / "app.py", tmp_path) as url:
        tab = Tab(url, "analyse")
        tab.press("Try the sample")
        tab.close()
        soon = Tab(url, "analyse", tab.cookies)
        assert "/clips/" in soon.words()
        soon.close()
        time.sleep(FOUND_AGAIN_S + SWEEP_EVERY_S + 5)
        late = Tab(url, "analyse", tab.cookies)
        assert "/clips/" not in late.words()
        assert "What this page had open is gone" in late.words()
        late.close()


def test_a_worker_that_hangs_does_not_block_the_others(tmp_path):
    with serve(ROOT / "app.py", tmp_path) as url:
        hung, waiting = Tab(url, "analyse"), Tab(url, "analyse")
        hung.upload("hung.mp4", b"no video")
        os.kill(next(pid for _ in range(10**6) for pid in workers_of(url)), signal.SIGSTOP)
        waiting.upload("waiting.mp4", b"no video")
        hung.run_until("The analysis stopped answering", limit_s=SILENT_S + 30)
        waiting.run_until("cannot be read as a video")
        hung.close()
        waiting.close()


def test_eight_browsers_at_once_see_their_own_clips_only(
    tmp_path: Path, squat_clip: Path, pose_model: str
):
    with serve(ROOT / "app.py", tmp_path) as url, contextlib.ExitStack() as opened:
        tabs = [Tab(url, "analyse") for _ in range(8)]
        for tab in tabs:
            opened.callback(tab.close)
        names = [f"browser {number}.mp4" for number in range(8)]
        for tab, name in zip(tabs, names, strict=True):
            tab.upload(name, squat_clip.read_bytes())
        addresses = []
        for tab in tabs:
            tab.run_until("/clips/", limit_s=300)
            addresses.append(sorted(set(re.findall(r"/clips/[\w-]{32}", tab.words()))))
        for number, tab in enumerate(tabs):
            tab.run()
            assert [name for name in names if name in tab.words()] == [names[number]]
            for owner, theirs in enumerate(addresses):
                assert {tab.get(one).status for one in theirs} == {200 if owner == number else 404}
