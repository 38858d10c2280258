"""Clips by URL for the player, and what each visit to the server keeps: a folder, and what is open.

Why a route of our own. Streamlit's media files live in RAM (a 100 MB clip would cost 100 MB for as
long as a page shows it) and its ``static/`` folder has guessable names. ``app.py`` therefore makes
an `st.App` (Streamlit's public way to add routes), which ``streamlit run app.py`` finds by itself;
the same file, run as a page script, is the home page:

    if __name__ == "__main__":        # run by Streamlit for each visitor
        show_home()
    else:                             # imported once by the server
        app = st.App(__file__, routes=clip_routes(), lifespan=keep_house, ...)

``pages/`` beside it, deep links and AppTest work as they do without it. The file is streamed from
disk by Starlette's FileResponse, which answers Range requests. A URL answers to the browser that it
was made for (`gym.ui.visitor`) and to no other, and no browser stores what it gets.

Why visits. Streamlit begins a new session whenever a page is loaded again. A `Visit` outlives that:
the same browser finds again what its page had open, if it comes back soon. Whatever a visitor
uploads lies in one folder of the visit, in one folder of this server. The first goes when the visit
is over, the second when the server stops; a server that crashed leaves its folder unlocked, and the
next one to start removes it.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import fcntl
import logging
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gym.server.jobs import cancel_all
from gym.server.memory import limit_arenas
from gym.ui.cached import warm_up
from gym.ui.uploads import drop_left_uploads
from gym.ui.visitor import base_path, current_visitor, read_visitor

log = logging.getLogger(__name__)

#: A visitor who lost the connection (a phone that was put away) may come back for this long.
GRACE_S = 600.0
#: A page that is loaded again within so long finds what it had open.
FOUND_AGAIN_S = 120.0
SWEEP_EVERY_S = 30.0
SERVER_PREFIX = "virtual-gym-"
_VISIT, _LOST = "visit", "visit_is_lost"
_MEDIA_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".png": "image/png"}


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
        connected = Runtime.exists() and any(
            Runtime.instance().is_active_session(page) for page in list(self.pages)
        )
        if connected:
            self.seen_s = time.monotonic()
        return connected


#: What is called when the server stops, before its folder goes.
at_stop: list[Callable[[], None]] = [cancel_all]

_lock = threading.RLock()
_clips: dict[str, tuple[Path, str]] = {}  # by token: the file, and the visitor it is for
_tokens: dict[tuple[str, Path, int, int], str] = {}
_visits: list[Visit] = []
_server: tuple[Path, IO[str]] | None = None


def keep_clip(path: Path, visitor: str | None = None) -> str:
    """Make a file reachable by a URL that cannot be guessed, for one visitor.

    Parameters
    ----------
    path : Path
        The file. The same file gives the same token, so pages may call this in every run; a file
        that was written anew gives another, so that a player notices.
    visitor : str, optional
        Whom it is for; the one whose page runs, by default.

    Returns
    -------
    str
        The token, 192 random bits. It is good until `forget_clip`, or until the session folder
        that holds the file goes.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    """
    path = path.resolve(strict=True)
    stat = path.stat()
    visitor = current_visitor() if visitor is None else visitor
    with _lock:
        token = _tokens.setdefault(
            (visitor, path, stat.st_mtime_ns, stat.st_size), secrets.token_urlsafe(24)
        )
        _clips[token] = path, visitor
    return token


def clip_url(token: str) -> str:
    """Return the address of a kept file, from the root of the server (with its base path)."""
    return f"{base_path()}/clips/{token}"


def forget_clip(token: str) -> None:
    """Make a token unknown again; the file stays."""
    with _lock:
        _clips.pop(token, None)
        for key in [key for key, known in _tokens.items() if known == token]:
            del _tokens[key]


def session_folder() -> Path:
    """Return the folder of this page's visit; what lies in it goes when the visit is over."""
    return current_visit().folder


def current_visit() -> Visit:
    """Return the visit that the running page belongs to, begun at the first call."""
    visit = st.session_state.get(_VISIT)
    if visit is None or not visit.folder.is_dir():
        folder = Path(tempfile.mkdtemp(prefix="session-", dir=server_folder()))
        visit = Visit(folder, current_visitor(), {_page_id()})
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


def _page_id() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""


def server_folder() -> Path:
    """Return this server's folder in the system's temporary one, made at the first call."""
    global _server
    with _lock:
        if _server is None:
            # Locked under another name first, so that no sweeping server ever sees it unlocked.
            new = Path(tempfile.mkdtemp(prefix=f"new-{SERVER_PREFIX}"))
            lock_file = (new / "lock").open("w")
            fcntl.flock(lock_file, fcntl.LOCK_EX)
            folder = new.rename(new.with_name(new.name.removeprefix("new-")))
            _server = (folder, lock_file)
            atexit.register(remove_server_folder)
        return _server[0]


def remove_server_folder() -> None:
    """Remove all that this server keeps; called when it stops."""
    global _server
    with _lock:
        if _server is not None:
            folder, lock_file = _server
            shutil.rmtree(folder, ignore_errors=True)
            lock_file.close()
            _server = None
        _visits.clear()
        _clips.clear()
        _tokens.clear()


def remove_stale_folders() -> None:
    """Remove the folders that crashed servers left behind; live servers hold a lock on theirs."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SERVER_PREFIX}*"):
        try:
            with (folder / "lock").open("r+") as lock_file:
                fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # locked: its server is alive; or not ours to open
            continue
        log.info("removed the folder of a server that crashed: %s", folder)


def find_grace_s() -> float:
    """Return how long the files of a visitor who left are kept."""
    # Streamlit itself still knows a session for disconnectedSessionTTL after its browser left.
    return max(GRACE_S, st.get_option("server.disconnectedSessionTTL") + 60.0)


def remove_ended_sessions(now_s: float | None = None) -> None:
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
        ended = [
            token
            for token, (path, visitor) in _clips.items()
            if path.is_relative_to(visit.folder.resolve())
            or (visitor == visit.visitor and not others)
        ]
    for token in ended:
        forget_clip(token)
    shutil.rmtree(visit.folder, ignore_errors=True)


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


def clip_routes() -> list[Route]:
    """Return the route that serves kept clips, for `st.App`."""
    return [Route(f"{base_path()}/clips/{{token}}", _serve_clip)]


async def _sweep() -> None:
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        await asyncio.to_thread(remove_ended_sessions)
        drop_left_uploads()


async def _serve_clip(request: Request) -> Response:
    """Answer with the file behind a token, or the part of it that was asked for."""
    path, owner = _clips.get(request.path_params["token"], (None, ""))
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if path is None or not owner or owner != read_visitor(request.cookies) or not path.is_file():
        return PlainTextResponse("No such clip.", 404, headers)
    media_type = _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
    return FileResponse(path, headers=headers, media_type=media_type)
