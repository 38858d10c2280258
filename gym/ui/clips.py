"""Clips by URL for the player, and each browser session's working folder.

Why a route of our own. Streamlit's media files live in RAM (a 100 MB clip would cost 100 MB for as
long as a page shows it) and its ``static/`` folder has guessable names. ``app.py`` therefore makes
an `st.App` (Streamlit's public way to add routes), which ``streamlit run app.py`` finds by itself;
the same file, run as a page script, is the home page:

    if __name__ == "__main__":        # run by Streamlit for each visitor
        show_home()
    else:                             # imported once by the server
        app = st.App(__file__, routes=clip_routes(), lifespan=keep_house)

``pages/`` beside it, deep links and AppTest work as they do without it. The file is streamed from
disk by Starlette's FileResponse, which answers Range requests.

Why folders of our own. Whatever a visitor uploads lies in one folder of their browser session, in
one folder of this server. The first goes when the session is over, the second when the server
stops; a server that crashed leaves its folder unlocked, and the next one to start removes it.
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
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gym.ui.cached import warm_up
from gym.ui.jobs import cancel_all
from gym.ui.memory import spare_memory

log = logging.getLogger(__name__)

#: A visitor who lost the connection (a phone that was put away) may come back for this long.
GRACE_S = 600.0
SWEEP_EVERY_S = 30.0
SERVER_PREFIX = "virtual-gym-"
_FOLDER_KEY = "session_folder"
_MEDIA_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".png": "image/png"}


@dataclass
class _Session:
    """Whose folder it is, and when its browser was last connected (monotonic seconds)."""

    id: str
    seen_s: float


#: What is called when the server stops, before its folder goes.
at_stop: list[Callable[[], None]] = [cancel_all]

_lock = threading.RLock()
_clips: dict[str, Path] = {}
_tokens: dict[tuple[Path, int, int], str] = {}
_sessions: dict[Path, _Session] = {}
_server: tuple[Path, IO[str]] | None = None


def keep_clip(path: Path) -> str:
    """Make a file reachable by a URL that cannot be guessed.

    Parameters
    ----------
    path : Path
        The file. The same file gives the same token, so pages may call this in every run; a file
        that was written anew gives another, so no browser shows an old one from its cache.

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
    with _lock:
        token = _tokens.setdefault(
            (path, stat.st_mtime_ns, stat.st_size), secrets.token_urlsafe(24)
        )
        _clips[token] = path
    return token


def clip_url(token: str) -> str:
    """Return the address of a kept file, from the root of the server (with its base path)."""
    return f"{_base_path()}/clips/{token}"


def forget_clip(token: str) -> None:
    """Make a token unknown again; the file stays."""
    with _lock:
        path = _clips.pop(token, None)
        for key in [key for key, known in _tokens.items() if known == token]:
            del _tokens[key]
    log.debug("forgot %s", path)


def session_folder() -> Path:
    """Return this browser session's own folder; what lies in it goes when the session ends."""
    folder = st.session_state.get(_FOLDER_KEY)
    if folder is None or not folder.is_dir():
        folder = Path(tempfile.mkdtemp(prefix="session-", dir=server_folder()))
        context = get_script_run_ctx()
        with _lock:
            _sessions[folder] = _Session(context.session_id if context else "", time.monotonic())
        st.session_state[_FOLDER_KEY] = folder
    return folder


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
        _sessions.clear()
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
    """Remove the folders, and forget the clips, of sessions whose browser is gone for good.

    Parameters
    ----------
    now_s : float, optional
        The monotonic time to judge by.
    """
    now_s = time.monotonic() if now_s is None else now_s
    grace_s = find_grace_s()
    with _lock:
        sessions = list(_sessions.items())
    for folder, session in sessions:
        if Runtime.exists() and Runtime.instance().is_active_session(session.id):
            session.seen_s = now_s
        elif now_s - session.seen_s > grace_s:
            remove_session_folder(folder)


def remove_session_folder(folder: Path) -> None:
    """Remove one session's folder and forget the clips in it."""
    with _lock:
        _sessions.pop(folder, None)
        inside = [token for token, path in _clips.items() if path.is_relative_to(folder.resolve())]
    for token in inside:
        forget_clip(token)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def keep_house(app: st.App) -> AsyncIterator[None]:
    """Clean up after crashed servers, then after sessions, at last after this server.

    The end of the server's life is the place for it: a server stopped by a signal dies of that
    signal in the end, without running ``atexit``.
    """
    spare_memory()
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
    return [Route(f"{_base_path()}/clips/{{token}}", _serve_clip)]


async def _sweep() -> None:
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        await asyncio.to_thread(remove_ended_sessions)


async def _serve_clip(request: Request) -> Response:
    """Answer with the file behind a token, or the part of it that was asked for."""
    path = _clips.get(request.path_params["token"])
    headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    if path is None or not path.is_file():
        headers["Cache-Control"] = "no-store"
        return PlainTextResponse("No such clip.", 404, headers)
    media_type = _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
    return FileResponse(path, headers=headers, media_type=media_type)


def _base_path() -> str:
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""
