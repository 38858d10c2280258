"""Who may talk to the server: asked of a real one, with what a browser or an attacker would send."""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT_S = 60.0
PATHS = ("/", "/compare", "/_stcore/health", "/_stcore/host-config", "/clips/none", "/gone.js")
SOCKET = "/_stcore/stream"

#: Sends a request to the server (path, headers) and returns the answer, read.
Send = Callable[..., http.client.HTTPResponse]


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[int]:
    """Run the app with its own settings; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    command += ["--server.fileWatcherType=none", *options]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            end_s = time.monotonic() + LIMIT_S
            while True:
                with contextlib.suppress(OSError):
                    ask(port, "/_stcore/health")
                    break
                assert server.poll() is None, (folder / "server.log").read_text()
                assert time.monotonic() < end_s, "the server did not start"
                time.sleep(0.1)
            yield port
        finally:
            server.terminate()
            server.wait(LIMIT_S)


def ask(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
    """Send a request; the headers are all that it has, ``Host`` included."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    for name, value in ({"Host": f"localhost:{port}"} | headers).items():
        if value:
            connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    if answer.status != 101:
        answer.read()
    connection.close()
    return answer


def shake_hands(port: int, **headers: str) -> int:
    """Ask for a websocket as a browser does; return the answer's status, 101 when it is opened."""
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    return ask(port, SOCKET, Sec_WebSocket_Key=key, **upgrade, **headers).status


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The server as ``make run`` starts it."""
    with serving(tmp_path_factory.mktemp("server")) as port:
        yield port


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST", "localhost."])
def test_this_computer_is_served(port: int, host: str) -> None:
    for path in PATHS:
        assert ask(port, path, Host=f"{host}:{port}").status != 403
    assert ask(port, "/", Host=f"{host}:{port}").status == 200
    assert shake_hands(port, Host=f"{host}:{port}", Origin=f"http://{host}:{port}") == 101
    assert shake_hands(port, Host=f"{host}:{port}") == 101  # a program that is no browser


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{}", "localhost.evil.example:{}", "localhost@evil.example", "",
     "192.168.1.20:{}", "[::1", "127.0.0.1.evil.example"],
)  # fmt: skip
def test_a_name_that_leads_here_from_elsewhere_is_refused(port: int, host: str) -> None:
    """DNS rebinding: the browser takes the attacker's page and this server for one site."""
    host = host.format(port)
    for path in PATHS:
        assert ask(port, path, Host=host).status in (400, 403), path
    assert shake_hands(port, Host=host, Origin=f"http://{host}") in (400, 403)
    assert shake_hands(port, Host=host) in (400, 403)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://localhost:1", "http://127.0.0.1:{}", "null", "https://", "http://[::1"],
)  # fmt: skip
def test_another_sites_page_is_refused(port: int, origin: str) -> None:
    """One of another program on this computer, too; so nobody comes in through a bare proxy."""
    origin = origin.format(port)
    assert shake_hands(port, Origin=origin) == 403
    assert ask(port, "/_stcore/health", Origin=origin).status == 403


def test_no_other_site_shows_it_in_a_frame(port: int) -> None:
    for path in PATHS:
        answer = ask(port, path)
        assert answer.getheader("X-Frame-Options") == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in answer.getheader("Content-Security-Policy")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is not this computer")
def test_the_server_listens_to_this_computer_only(port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=LIMIT_S)


def test_a_network_is_served_under_the_names_that_were_given(tmp_path: Path) -> None:
    options = make("serve", "HOSTS=gym.example.org 192.168.1.20").split("app.py ")[1].split()[2:]
    assert options[:2] == ["--server.address", "0.0.0.0"]
    with serving(tmp_path, *options) as port:
        for host in ("gym.example.org", f"192.168.1.20:{port}", f"localhost:{port}"):
            assert ask(port, "/", Host=host).status == 200
            assert shake_hands(port, Host=host, Origin=f"https://{host}") == 101
        assert ask(port, "/", Host="evil.example").status == 403
        assert shake_hands(port, Host="gym.example.org", Origin="https://evil.example") == 403
        if sys.platform == "linux":
            socket.create_connection(("127.0.0.2", port), timeout=LIMIT_S).close()


def test_a_network_has_to_be_told_its_names() -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        make("serve")
    assert "make serve HOSTS=" in caught.value.stderr


def make(*arguments: str) -> str:
    """Return the command that make would run last."""
    if not shutil.which("make"):
        pytest.skip("no make here")
    command = ["make", "-n", "--no-print-directory", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.replace("\\\n", " ").splitlines()[-1]
