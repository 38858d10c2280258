"""What lives as long as the server: the line of live sessions, and the clean-up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator

import streamlit as st

from gym.exercises.taught import load_taught
from gym.server.folders import remove_server_folder, remove_stale_folders
from gym.server.jobs import cancel_all
from gym.server.live_queue import LiveQueue
from gym.server.memory import limit_arenas
from gym.ui.cached import warm_up
from gym.ui.uploads import drop_left_uploads
from gym.ui.visitor import serves_one_person
from gym.ui.visits import is_active, remove_ended_visits

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 30.0

live_queue = LiveQueue(is_active)


@contextlib.asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Clean up after crashed servers, then after visits, at last after this server.

    The end of the server's life is the place for it: a server stopped by a signal dies of that
    signal in the end, without running ``atexit``.
    """
    limit_arenas()
    remove_stale_folders()
    if serves_one_person():
        for problem in load_taught():
            log.warning(problem)
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    sweeping = asyncio.create_task(_sweep())
    try:
        yield
    finally:
        sweeping.cancel()
        live_queue.end_all()
        cancel_all()
        remove_server_folder()


async def _sweep() -> None:
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        await asyncio.to_thread(remove_ended_visits)
        drop_left_uploads()
