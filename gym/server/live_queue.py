"""Who trains live on this server, who waits in line, and when the jobs are paused for it.

A pose network keeps a core busy, so there is room for one session on every two cores, as the browser
is often on the same machine. Whoever comes later waits in line. Jobs are paused during a set, and only
where no core is left for them. A session whose camera is silent is ended: closed tabs and lost networks
are not always told.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gym.server.jobs import pause_jobs
from gym.server.memory import give_memory_back

if TYPE_CHECKING:
    from gym.live.session import LiveSession

#: Names how many may train at once, for a server that can do more.
PLACES_VARIABLE = "VIRTUAL_GYM_LIVE_SESSIONS"
CORES_EACH = 2  #: what a session takes, its browser included
SILENT_S = 12.0  #: a camera that sends nothing for so long is gone,
GONE_S = 2.0  #: or for so long when its page is gone as well
WATCH_EVERY_S = 0.5


def count_places() -> int:
    """Return how many may train at once."""
    try:
        return max(1, int(os.environ[PLACES_VARIABLE]))
    except (KeyError, ValueError):
        return max(1, count_cores() // CORES_EACH)


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class LiveQueue:
    """The live sessions of a server, in the order of coming.

    Parameters
    ----------
    is_active : callable
        Tells of a browser session whether it has a connected page.
    """

    def __init__(self, is_active: Callable[[str], bool]) -> None:
        self._is_active = is_active
        self._lock = threading.Lock()
        self._sessions: dict[LiveSession, tuple[str, Callable[[LiveSession], None]]] = {}
        self._watcher: threading.Thread | None = None

    def join(
        self,
        session: LiveSession,
        browser: str = "",
        hang_up: Callable[[LiveSession], None] = lambda session: None,
    ) -> None:
        """Put a session at the end of the line; it leaves by itself when it has ended.

        Parameters
        ----------
        session : LiveSession
        browser : str, optional
            The browser session it belongs to, so that a closed page is noticed soon.
        hang_up : callable, optional
            Called when the session has ended and its page is gone.
        """
        with self._lock:
            self._sessions[session] = browser, hang_up
            if self._watcher is None:
                self._watcher = threading.Thread(
                    target=self._watch, name="live-watcher", daemon=True
                )
                self._watcher.start()

    def count_ahead(self, session: LiveSession | None = None) -> int:
        """Return how many sessions must end before it is this one's turn; None is somebody new."""
        with self._lock:
            going = [one for one in self._sessions if not one.ended.is_set()]
        before = going.index(session) if session in going else len(going)
        return max(0, before - count_places() + 1)

    def end_all(self) -> None:
        """End every session and wait a little until all is released; called when the server stops."""
        with self._lock:
            sessions = list(self._sessions)
        for session in sessions:
            session.end("the server was stopped")
        for session in sessions:
            session.ended.wait(5.0)

    def _watch(self) -> None:
        """End silent sessions and let ended ones go (the watcher's life)."""
        while True:
            time.sleep(WATCH_EVERY_S)
            now_s, ended = time.monotonic(), []
            with self._lock:
                for session, (browser, hang_up) in list(self._sessions.items()):
                    if session.ended.is_set():
                        del self._sessions[session]
                        ended.append((session, browser, hang_up))
                    elif now_s - session.heard_s > (GONE_S if self._is_gone(browser) else SILENT_S):
                        session.end("the camera's pictures stopped coming")
                over = not self._sessions
                pause_jobs(self._is_short_of_cores())
                if over:
                    self._watcher = None
            for session, browser, hang_up in ended:
                if self._is_gone(browser):
                    hang_up(session)
            if ended:
                give_memory_back()
            if over:
                return

    def _is_short_of_cores(self) -> bool:
        """Tell whether those who are in a set leave no core to a job."""
        from gym.live.view import Stage

        stages = [session.view.stage for session in self._sessions]
        training = stages.count(Stage.COUNTDOWN) + stages.count(Stage.TRAINING)
        return training > 0 and training * CORES_EACH >= count_cores()

    def _is_gone(self, browser: str) -> bool:
        """Tell whether a browser session has no connected page; one that is not known may have."""
        return bool(browser) and not self._is_active(browser)
