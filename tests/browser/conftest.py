"""The real server and a real Chromium, for tests that look at the app as its users do.

Without Chromium they are skipped. Every page fails its test for a JavaScript error, and for any
request to another machine.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
HERE = ("localhost", "127.0.0.1")
PATIENCE_MS = 20_000  # the machine may be busy with other things
expect.set_options(timeout=PATIENCE_MS)


@contextlib.contextmanager
def serve(
    script: Path, folder: Path, streamlit: Sequence[str] = ("-m", "streamlit"), **environment: str
) -> Iterator[str]:
    """Run ``streamlit run script`` with its temporary files in a folder; give its address.

    At the end the server must have gone in good order, leaving no temporary file.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log_path, temporary = folder / "server.log", folder / "tmp"
    temporary.mkdir()
    command = [sys.executable, *streamlit, "run", str(script), f"--server.port={port}"]
    command += ["--server.address=127.0.0.1"]
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT), **environment}
    with (
        log_path.open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            _wait_until_up(f"http://127.0.0.1:{port}/_stcore/health", server, log_path)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                pytest.fail(f"the server did not stop: {log_path.read_text()}")
    left = [str(path.relative_to(temporary)) for path in temporary.rglob("*")]
    assert not left, f"left behind: {left}"


def _wait_until_up(health: str, server: subprocess.Popen, log_path: Path) -> None:
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=5):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.1)
            pytest.fail(f"the server did not start: {log_path.read_text()}")


def find_server(url: str) -> psutil.Process:
    """Return the process that serves an address."""
    option = f"--server.port={url.rsplit(':', 1)[1]}"
    return next(
        one for one in psutil.process_iter(["cmdline"]) if option in (one.info["cmdline"] or ())
    )


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Give a function that starts a Chromium, Debian's or the one that CHROMIUM names, with switches."""
    path = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if not path:
        pytest.skip("no Chromium here: apt-get install chromium, or name one in CHROMIUM")
    options = ["--no-sandbox", "--disable-dev-shm-usage"]
    options += ["--autoplay-policy=no-user-gesture-required", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        yield lambda *more: chromium.launch(executable_path=path, args=[*options, *more])


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """A Chromium with a camera that shows a test picture."""
    browser = launch("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    yield browser
    browser.close()


class Pages:
    """Opens pages, each in a browser session of its own, and notes what goes wrong in them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._troubles: list[str] = []

    def __call__(self, url: str, **options: object) -> Page:
        """Open an address, with Playwright's options for a browser context."""
        options = {"viewport": {"width": 1280, "height": 900}} | options
        context = self._browser.new_context(**options)
        self._contexts.append(context)
        context.on("page", self._watch)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        return page

    def check(self) -> None:
        """Fail when any page had a JavaScript error or asked another machine."""
        assert not self._troubles, self._troubles

    def close(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._troubles.append(f"JavaScript error: {error}"))
        page.on("request", lambda request: self._look_at(request.url))

    def _look_at(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in HERE:
            self._troubles.append(f"asked another machine: {url}")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Pages]:
    """Give a function that opens an address in a fresh browser session."""
    pages = Pages(browser)
    yield pages
    pages.close()
    pages.check()


@pytest.fixture(scope="session")
def app_url(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app itself."""
    folder = tmp_path_factory.mktemp("app")
    with serve(ROOT / "app.py", folder, VIRTUAL_GYM_FOLDERS="1") as url:
        yield url
