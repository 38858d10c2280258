"""Which browser is asking: a cookie of random bits, so that one visitor's clips are no other's.

Streamlit's own sessions end with each reload of a page, and its cookies can be read by any script of
the page. This one is set with the first page a browser opens, is sent back with the clips it plays
and with the connection of its pages, and ends with the browser. It says nothing about who it is.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "virtual_gym_visitor"
_RANDOM_BYTES = 24
_LOOKS = re.compile(r"[A-Za-z0-9_-]{32}")


def read_visitor(cookies: Mapping[str, str]) -> str:
    """Return the visitor that some cookies name, "" where they name none."""
    visitor = str(cookies.get(COOKIE, ""))
    return visitor if _LOOKS.fullmatch(visitor) else ""


def current_visitor() -> str:
    """Return the visitor whose page runs; "" outside of pages and where cookies are refused."""
    return read_visitor(st.context.cookies)


def serves_one_person() -> bool:
    """Tell whether the app runs for one person: on this computer, where nobody else reaches it."""
    return st.get_option("server.address") in ("127.0.0.1", "localhost", "::1")


def base_path() -> str:
    """Return the path that the app is served below, such as "/gym"; "" at the root."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


class VisitorCookie:
    """Gives a browser its cookie with the first page it opens (ASGI middleware for `st.App`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; add the cookie to the answer where it is due."""
        if scope["type"] != "http" or not _is_new(scope):
            await self._app(scope, receive, send)
            return
        # Lax, not Strict: a link on another site would else seem to come from a new browser.
        cookie = f"{COOKIE}={secrets.token_urlsafe(_RANDOM_BYTES)}; Path={base_path() or '/'}"
        cookie += "; HttpOnly; SameSite=Lax" + ("; Secure" if scope["scheme"] == "https" else "")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _is_new(scope: Scope) -> bool:
    """Tell whether a browser without the cookie opens a page: of what follows, each part has it."""
    opens_page = "text/html" in Headers(scope=scope).get("accept", "")
    return opens_page and not read_visitor(HTTPConnection(scope).cookies)
