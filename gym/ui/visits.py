"""What each visit to the server keeps, through reloads of its page: a folder, and what is open.

Streamlit begins a new session whenever a page is loaded again. A `Visit` outlives that: the same browser
finds again what its page had open, if it comes back soon. Whatever a visitor uploads lies in one folder
of the visit, which goes when the visit is over.
"""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gym.server.folders import make_session_folder
from gym.server.tokens import forget_files
from gym.ui.visitor import current_visitor

#: A visitor who lost the connection (a phone that was put away) may come back for this long.
GRACE_S = 600.0
#: A page that is loaded again within so long finds what it had open.
FOUND_AGAIN_S = 120.0
_VISIT, _LOST = "visit", "visit_is_lost"

_lock = threading.RLock()
_visits: list[Visit] = []


@dataclass(eq=False)
class Visit:
    """What a page keeps on this server, through reloads.

    Attributes
    ----------
    folder : Path
        Its files; gone when the visit is over.
    visitor : str
        Whose it is, by `gym.ui.visitor`; "" where the browser takes no cookies.
    pages : set of str
        The Streamlit sessions that show it: a new one with each reload.
    things : dict
        What is open, by its key in the session's state.
    seen_s : float
        When a page of it was last connected (monotonic seconds).
    """

    folder: Path
    visitor: str
    pages: set[str]
    things: dict[str, Any] = field(default_factory=dict)
    seen_s: float = field(default_factory=time.monotonic)

    def is_watched(self) -> bool:
        """Tell whether a page of it is connected, whatever it shows; True where nobody can know."""
        return not Runtime.exists() or self.is_connected()

    def is_connected(self) -> bool:
        """Tell whether a page of it has a connection to this server."""
        connected = any(is_active(page) for page in list(self.pages))
        if connected:
            self.seen_s = time.monotonic()
        return connected


def session_folder() -> Path:
    """Return the folder of this page's visit; what lies in it goes when the visit is over."""
    return current_visit().folder


def current_visit() -> Visit:
    """Return the visit that the running page belongs to, begun at the first call."""
    visit = st.session_state.get(_VISIT)
    if visit is None or not visit.folder.is_dir():
        visit = Visit(make_session_folder(), current_visitor(), {_page_id()})
        with _lock:
            _visits.append(visit)
        st.session_state[_VISIT] = visit
    return visit


def keep_open(key: str, thing: object) -> None:
    """Put something into the session's state, where a page that is loaded again finds it."""
    st.session_state[key] = current_visit().things[key] = thing
    st.session_state[_LOST] = False  # no longer worth a word


def drop_open(key: str) -> Any:
    """Take something out of the session's state and the visit; None where it is not there."""
    if visit := st.session_state.get(_VISIT):
        visit.things.pop(key, None)
    return st.session_state.pop(key, None)


def come_back() -> None:
    """Let a page that was loaded again find what it had open; for the beginning of every page.

    A page is another's reload when it comes from the same browser, soon after that was closed. One
    that comes too late, perhaps from somebody else at the same computer, learns that it has.
    """
    if _VISIT in st.session_state:
        return
    st.session_state[_VISIT] = None  # only a session's first run can be a reload
    # A page that reconnects names its session: another one means that the server began anew, or has
    # not kept the session for so long.
    names = st.context.headers.get("Sec-Websocket-Protocol", "").split(",")
    st.session_state[_LOST] = len(names) > 2 and names[2].strip() not in ("", _page_id())
    visitor = current_visitor()
    with _lock:
        left = [
            visit
            for visit in _visits
            if visit.visitor == visitor and visit.things and not visit.is_connected()
        ]
        if not visitor or not left:
            return
        visit = max(left, key=lambda one: one.seen_s)
        if time.monotonic() - visit.seen_s > FOUND_AGAIN_S:
            visit.things.clear()
            st.session_state[_LOST] = True
            return
        visit.pages.add(_page_id())
    st.session_state[_VISIT] = visit
    st.session_state.update({_LOST: False, **visit.things})


def has_lost_all() -> bool:
    """Tell whether what a page had open is gone, and nothing else was opened since."""
    return st.session_state.get(_LOST, False)


def is_active(session_id: str) -> bool:
    """Tell whether a Streamlit session has a connected page."""
    return Runtime.exists() and Runtime.instance().is_active_session(session_id)


def _page_id() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""


def find_grace_s() -> float:
    """Return how long the files of a visitor who left are kept."""
    # Streamlit itself still knows a session for disconnectedSessionTTL after its browser left.
    return max(GRACE_S, st.get_option("server.disconnectedSessionTTL") + 60.0)


def remove_ended_visits(now_s: float | None = None) -> None:
    """Remove the folders, and forget the clips, of visits whose browser is gone for good.

    Parameters
    ----------
    now_s : float, optional
        The monotonic time to judge by.
    """
    now_s = time.monotonic() if now_s is None else now_s
    grace_s = find_grace_s()
    with _lock:
        visits = list(_visits)
    for visit in visits:
        if not visit.is_connected() and now_s - visit.seen_s > grace_s:
            _remove_visit(visit)


def _remove_visit(visit: Visit) -> None:
    """Remove a visit's folder, and the tokens of its files; of the visitor's last visit, all."""
    with _lock:
        _visits.remove(visit)
        visit.things.clear()
        others = any(other.visitor == visit.visitor for other in _visits)
    forget_files(visit.folder, None if others else visit.visitor)
    shutil.rmtree(visit.folder, ignore_errors=True)
