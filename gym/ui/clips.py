"""Clips by URL for the player.

Why a route of our own. Streamlit's media files live in RAM (a 100 MB clip would cost 100 MB for as
long as a page shows it) and its ``static/`` folder has guessable names. ``app.py`` therefore makes
an `st.App` (Streamlit's public way to add routes), which ``streamlit run app.py`` finds by itself;
the same file, run as a page script, is the home page:

    if __name__ == "__main__":        # run by Streamlit for each visitor
        show_home()
    else:                             # imported once by the server
        app = st.App(__file__, routes=clip_routes(), lifespan=lifespan, ...)

``pages/`` beside it, deep links and AppTest work as they do without it. The file is streamed from
disk by Starlette's FileResponse, which answers Range requests. A URL answers to the browser that it
was made for (`gym.ui.visitor`) and to no other, and no browser stores what it gets.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from gym.server.tokens import find_file, keep_file
from gym.ui.visitor import base_path, current_visitor, read_visitor

_MEDIA_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".png": "image/png"}


def keep_clip(path: Path) -> str:
    """Return the token of a file for the visitor whose page runs, as `keep_file` does."""
    return keep_file(path, current_visitor())


def clip_url(token: str) -> str:
    """Return the address of the file behind a token, from the root of the server (with its base path)."""
    return f"{base_path()}/clips/{token}"


def clip_routes() -> list[Route]:
    """Return the route that serves kept clips, for `st.App`."""
    return [Route(f"{base_path()}/clips/{{token}}", _serve_clip)]


async def _serve_clip(request: Request) -> Response:
    """Answer with the file behind a token, or the part of it that was asked for."""
    path = find_file(request.path_params["token"], read_visitor(request.cookies))
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if path is None:
        return PlainTextResponse("No such clip.", 404, headers)
    media_type = _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
    return FileResponse(path, headers=headers, media_type=media_type)
