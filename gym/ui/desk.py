"""The desk: who trains live on this server, who waits, and when other work gives way.

A pose network keeps a core busy, so there is room for one session on every two cores, as the browser
is often on the same machine. Whoever comes later waits in line. Analyses stand still during a set, and
only where no core is left for them. A session whose camera is silent is ended: closed tabs and lost
networks are not always told.
"""

from __future__ import annotations

import os
import threading
import time

from streamlit.runtime import Runtime

from gym.live.session import LiveSession
from gym.live.view import Stage
from gym.server.jobs import hold_work
from gym.server.memory import give_memory_back
from gym.ui.clips import at_stop
from gym.ui.components.camera import hang_up

#: Names how many may train at once, for a server that can do more.
ROOM_VARIABLE = "VIRTUAL_GYM_LIVE_SESSIONS"
CORES_EACH = 2  #: what a session takes, its browser included
SILENT_S = 12.0  #: a camera that sends nothing for so long is gone,
GONE_S = 2.0  #: or for so long when its page is gone as well
WATCH_EVERY_S = 0.5

_lock = threading.Lock()
_sessions: dict[LiveSession, str] = {}  # in the order of coming, each with its browser session
_watcher: threading.Thread | None = None


def count_places() -> int:
    """Return how many may train at once."""
    try:
        return max(1, int(os.environ[ROOM_VARIABLE]))
    except (KeyError, ValueError):
        return max(1, count_cores() // CORES_EACH)


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def join(session: LiveSession, browser: str = "") -> None:
    """Put a session at the end of the line; it leaves by itself when it has ended.

    ``browser`` names the browser session it belongs to, so that a closed page is noticed soon.
    """
    global _watcher
    with _lock:
        _sessions[session] = browser
        if end_all not in at_stop:
            at_stop.insert(0, end_all)
        if _watcher is None:
            _watcher = threading.Thread(target=_watch, name="live-watcher", daemon=True)
            _watcher.start()


def count_ahead(session: LiveSession | None = None) -> int:
    """Return how many sessions must end before it is this one's turn; None is somebody new."""
    with _lock:
        going = [one for one in _sessions if not one.ended.is_set()]
    before = going.index(session) if session in going else len(going)
    return max(0, before - count_places() + 1)


def end_all() -> None:
    """End every session and wait a little until all is released; called when the server stops."""
    with _lock:
        sessions = list(_sessions)
    for session in sessions:
        session.end("the server was stopped")
    for session in sessions:
        session.ended.wait(5.0)


def _watch() -> None:
    """End silent sessions and let ended ones go (the watcher's life)."""
    global _watcher
    while True:
        time.sleep(WATCH_EVERY_S)
        now_s, ended = time.monotonic(), []
        with _lock:
            for session, browser in list(_sessions.items()):
                if session.ended.is_set():
                    del _sessions[session]
                    ended.append((session, browser))
                elif now_s - session.heard_s > (GONE_S if _is_gone(browser) else SILENT_S):
                    session.end("the camera's pictures stopped coming")
            over = not _sessions
            hold_work(_is_short_of_cores())
            if over:
                _watcher = None
        for session, browser in ended:
            if _is_gone(browser):
                hang_up(session)
        if ended:
            give_memory_back()
        if over:
            return


def _is_short_of_cores() -> bool:
    """Tell whether those who are in a set leave no core to an analysis."""
    stages = [session.view.stage for session in _sessions]
    training = stages.count(Stage.COUNTDOWN) + stages.count(Stage.TRAINING)
    return training > 0 and training * CORES_EACH >= count_cores()


def _is_gone(browser: str) -> bool:
    """Tell whether a browser session has no connected page."""
    return bool(browser) and Runtime.exists() and not Runtime.instance().is_active_session(browser)
