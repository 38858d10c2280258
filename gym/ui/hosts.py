"""Who may talk to the server: pages that it served itself, under the names that it is served by.

A page of another site can have its own name point at this computer (DNS rebinding), connect to the
app from a visitor's browser, or show it in a frame. Streamlit looks at the names for its websocket
only, and lets in the pages of every other program on ``localhost``.
"""

from __future__ import annotations

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

_NOT_SERVED = (
    "This app is not served under this name. The person who runs it can add the name: "
    'make serve HOSTS="the name".'
)
_NOT_OURS = "This page belongs to another site, which may not use this app."


class HostGuard:
    """Answers the hosts in ``server.allowedHosts`` and their own pages only (ASGI middleware)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it in a sentence."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not is_host_allowed(headers.get("host")):
            await PlainTextResponse(_NOT_SERVED, 403)(scope, receive, send)
        elif not _is_our_page(headers.get("origin"), headers["host"]):
            await PlainTextResponse(_NOT_OURS, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, _unframed(send))


def _is_our_page(origin: str | None, host: str) -> bool:
    """Tell whether a request comes from a page of this server; what is no browser names none."""
    if origin is None or origin in st.get_option("server.corsAllowedOrigins"):
        return True
    return origin.partition("://")[2].lower() == host.lower()


def _unframed(send: Send) -> Send:
    """Let other sites show no answer in a frame of theirs."""

    async def send_unframed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Frame-Options"] = "SAMEORIGIN"
            headers.append("Content-Security-Policy", "frame-ancestors 'self'")
        await send(message)

    return send_unframed
