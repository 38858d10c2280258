"""What begins and ends with the server: clean-up, warm-up, and what is to be stopped."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable

import streamlit as st

from gym.server.folders import remove_server_folder, remove_stale_folders
from gym.server.jobs import cancel_all
from gym.server.memory import limit_arenas
from gym.ui.cached import warm_up
from gym.ui.uploads import drop_left_uploads
from gym.ui.visits import remove_ended_sessions

SWEEP_EVERY_S = 30.0

#: What is called when the server stops, before its folder goes.
at_stop: list[Callable[[], None]] = [cancel_all]


@contextlib.asynccontextmanager
async def keep_house(app: st.App) -> AsyncIterator[None]:
    """Clean up after crashed servers, then after sessions, at last after this server.

    The end of the server's life is the place for it: a server stopped by a signal dies of that
    signal in the end, without running ``atexit``.
    """
    limit_arenas()
    remove_stale_folders()
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    sweeping = asyncio.create_task(_sweep())
    try:
        yield
    finally:
        sweeping.cancel()
        for stop in at_stop:
            stop()
        remove_server_folder()


async def _sweep() -> None:
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        await asyncio.to_thread(remove_ended_sessions)
        drop_left_uploads()
