"""Clips by URL, over real HTTP."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit import config

from gym.server.tokens import forget_file, keep_file
from gym.ui.clips import clip_routes, clip_url
from gym.ui.visitor import COOKIE, VisitorCookie

ROOT = Path(__file__).parents[2]
LIMIT_S = 30.0
VISITOR, STRANGER = "v" * 32, "s" * 32


@pytest.fixture
def base_path():
    """Serve below a path, as behind a proxy."""
    config.set_option("server.baseUrlPath", "/gym/")
    yield "/gym"
    config.set_option("server.baseUrlPath", "")


@contextlib.contextmanager
def served():
    """Serve the route alone; give a function that sends a request and returns the open answer.

    Requests come from the visitor, unless ``Cookie`` says otherwise.
    """
    app = Starlette(
        routes=[*clip_routes(), Route("/", lambda request: PlainTextResponse("a page"))],
        middleware=[Middleware(VisitorCookie)],
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    end_s = time.monotonic() + LIMIT_S
    while not server.started and time.monotonic() < end_s:
        os.sched_yield()
    port = server.servers[0].sockets[0].getsockname()[1]

    def send(path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
        usual = {"Connection": "close", "Cookie": f"{COOKIE}={VISITOR}"}
        connection.request(method, path, headers=usual | headers)
        return connection.getresponse()

    try:
        yield send
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(256)) * 400)
    token = keep_file(path, VISITOR)
    yield path, token
    forget_file(token)


def test_ranges_and_headers(clip):
    path, token = clip
    whole = path.read_bytes()
    with served() as send:
        answer = send(clip_url(token))
        assert (answer.status, answer.read()) == (200, whole)
        assert answer.getheader("content-type") == "video/mp4"
        assert answer.getheader("accept-ranges") == "bytes"
        assert answer.getheader("cache-control") == "no-store"
        assert answer.getheader("x-content-type-options") == "nosniff"
        answer = send(clip_url(token), Range="bytes=1000-1999")
        assert (answer.status, answer.read()) == (206, whole[1000:2000])
        assert answer.getheader("content-range") == f"bytes 1000-1999/{len(whole)}"
        assert send(clip_url(token), Range="bytes=-10").read() == whole[-10:]
        assert send(clip_url(token), Range=f"bytes={len(whole)}-").status == 416
        answer = send(clip_url(token), method="HEAD")
        assert (answer.status, answer.getheader("content-length")) == (200, str(len(whole)))
        assert send(clip_url(token), method="POST").status == 405


def test_unknown_forgotten_and_removed(clip):
    path, token = clip
    with served() as send:
        for wrong in ("", "x", token[:-1], "../../etc/passwd", "%2e%2e%2fclip.mp4", "clip.mp4"):
            assert send(f"/clips/{wrong}").status == 404
        path.unlink()
        assert send(clip_url(token)).status == 404
        path.write_bytes(b"back again")
        assert send(clip_url(token)).status == 200
        forget_file(token)
        forget_file(token)  # once more, to no effect
        assert send(clip_url(token)).status == 404


def test_a_clip_answers_to_the_browser_it_was_made_for_and_to_no_other(clip):
    path, token = clip
    with served() as send:
        for cookie in ("", f"{COOKIE}={STRANGER}", f"{COOKIE}=", "other=1", f"x{COOKIE}={VISITOR}"):
            for headers in ({}, {"Range": "bytes=0-99"}):
                answer = send(clip_url(token), Cookie=cookie, **headers)
                assert (answer.status, answer.read()) == (404, b"No such clip.")
                assert answer.getheader("cache-control") == "no-store"
        assert send(clip_url(token), Cookie=f"other=1; {COOKIE}={VISITOR}").status == 200
        # The sample is everybody's: the same file, and an address for each visitor.
        token_of_other = keep_file(path, STRANGER)
        assert token_of_other != token
        assert send(clip_url(token_of_other)).status == 404
        assert send(clip_url(token_of_other), Cookie=f"{COOKIE}={STRANGER}").status == 200
        assert send(clip_url(token)).status == 200
        forget_file(token_of_other)
        # Where cookies are refused nobody can tell whose a clip is.
        nobodys = keep_file(path, "")
        assert send(clip_url(nobodys), Cookie="").status == 404
        forget_file(nobodys)


def test_a_browser_gets_its_cookie_with_the_first_page_it_opens(base_path):
    with served() as send:

        def cookie_of(**headers: str) -> str | None:
            return send("/", **{"Cookie": "", "Accept": "text/html,*/*;q=0.8"} | headers).getheader(
                "set-cookie"
            )

        cookie = cookie_of()
        value, *marks = cookie.split("; ")
        assert set(marks) == {"HttpOnly", "SameSite=Lax", "Path=/gym"}
        name, _, visitor = value.partition("=")
        assert name == COOKIE
        assert len(visitor) == 32
        assert cookie_of() != cookie, "each browser has its own"
        assert cookie_of(Cookie=value) is None
        assert cookie_of(Cookie=f"{COOKIE}=../etc") is not None
        assert cookie_of(Accept="*/*") is None, "only a page: of what follows, each part has it"


def test_below_a_base_path(clip, base_path):
    _, token = clip
    assert clip_url(token) == f"/gym/clips/{token}"
    with served() as send:
        assert send(clip_url(token), Range="bytes=0-1").read() == b"\x00\x01"


LARGE = """
import resource, sys
from pathlib import Path
from gym.server.tokens import keep_file
from gym.ui.clips import clip_url
from tests.ui.test_clips import VISITOR, served

def peak_kb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

url = clip_url(keep_file(Path(sys.argv[1]), VISITOR))
with served() as send:
    send(url, Range="bytes=0-99").read()
    before_kb, answer = peak_kb(), send(url)
    size = sum(len(part) for part in iter(lambda: answer.read(2**16), b""))
print(size, peak_kb() - before_kb)
"""


def test_large_clip_is_streamed_not_held(tmp_path):
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)
    command = [sys.executable, "-c", LARGE, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    size, grown_kb = map(int, done.stdout.split())
    assert size == 100 * 2**20
    assert grown_kb < 20_000
