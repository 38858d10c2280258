"""Clips by URL for the player.

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
"""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from gym.ui.visitor import base_path, current_visitor, read_visitor

_MEDIA_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".png": "image/png"}

_lock = threading.RLock()
_clips: dict[str, tuple[Path, str]] = {}  # by token: the file, and the visitor it is for
_tokens: dict[tuple[str, Path, int, int], str] = {}


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


def clip_routes() -> list[Route]:
    """Return the route that serves kept clips, for `st.App`."""
    return [Route(f"{base_path()}/clips/{{token}}", _serve_clip)]


async def _serve_clip(request: Request) -> Response:
    """Answer with the file behind a token, or the part of it that was asked for."""
    path, owner = _clips.get(request.path_params["token"], (None, ""))
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if path is None or not owner or owner != read_visitor(request.cookies) or not path.is_file():
        return PlainTextResponse("No such clip.", 404, headers)
    media_type = _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
    return FileResponse(path, headers=headers, media_type=media_type)
