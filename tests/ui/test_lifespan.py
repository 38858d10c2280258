"""The end of the server: what is stopped, in which order, and what is removed."""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gym.server.folders import server_folder
from gym.ui import lifespan
from tests.server.test_live_queue import Visitor


def test_sessions_end_before_jobs_are_cancelled_and_the_folder_goes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, seen = Visitor(), []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(lifespan, "warm_up", lambda: None)
    monkeypatch.setattr(
        lifespan, "cancel_all", lambda: seen.append((visitor.why, server_folder().exists()))
    )

    async def live() -> None:
        async with lifespan.lifespan(None):
            lifespan.live_queue.join(visitor)
            (server_folder() / "clip.mp4").write_bytes(b"x")

    with ThreadPoolExecutor(1) as thread:  # this one may have a loop already, a browser's
        thread.submit(asyncio.run, live()).result()
    assert seen == [(["the server was stopped"], True)]
    assert list(tmp_path.iterdir()) == []
