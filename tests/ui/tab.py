"""A browser's tab without a browser: it speaks to the real server as Streamlit's own page does."""

from __future__ import annotations

import contextlib
import http.client
import time
import uuid
from urllib.parse import urlsplit

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import find_server

LIMIT_S = 60.0
_ACCOUNT_AGE_S = 5.1  # Streamlit works it out no more often


class Tab:
    """One tab of a browser at one page.

    Attributes
    ----------
    cookies : dict
        The browser's; another tab of the same browser is given them.
    session_id : str
        Streamlit's.
    elements : list of Element
        What the latest run of the page showed.
    """

    def __init__(self, url: str, page: str = "", cookies: dict[str, str] | None = None) -> None:
        self._url, self._page = urlsplit(url), page
        self.cookies = {} if cookies is None else cookies
        self.session_id = ""
        self.elements: list[Element] = []
        self._open = contextlib.ExitStack()
        self._socket: ClientConnection | None = None
        self.get(f"/{page}", Accept="text/html").read()
        self.get("/_stcore/health").read()
        self.connect()
        self.run()

    def connect(self, url: str = "") -> None:
        """Open the connection, as a tab does that has lost it: with the name of its session.

        The server may have another address by now.
        """
        self._url = urlsplit(url) if url else self._url
        xsrf = self.cookies["_streamlit_xsrf"]
        protocols = ["streamlit", xsrf] + [self.session_id] * bool(self.session_id)
        headers = {"Cookie": self._cookie(), "Origin": self._url.geturl()}
        self._socket = self._open.enter_context(
            connect(
                f"ws://{self._url.netloc}/_stcore/stream",
                subprotocols=protocols,
                additional_headers=headers,
                max_size=None,
            )
        )

    def close(self) -> None:
        """Close the tab."""
        self._open.close()

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        """Ask for something with the browser's cookies, and keep those that come."""
        return self._ask("GET", path, headers=headers)

    def run(self, *widgets: WidgetState) -> None:
        """Run the page once, with what is in its widgets."""
        state = ClientState(page_name=self._page)
        state.widget_states.widgets.extend(widgets)
        self._socket.send(BackMsg(rerun_script=state).SerializeToString())
        self.elements = []
        end_s = time.monotonic() + LIMIT_S
        while time.monotonic() < end_s:
            message = ForwardMsg.FromString(self._socket.recv(timeout=LIMIT_S))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session_id = message.new_session.initialize.session_id
            elif kind == "delta" and message.delta.HasField("new_element"):
                self.elements.append(message.delta.new_element)
            elif kind == "script_finished":
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    return
                self.elements = []
        raise TimeoutError("the page runs and runs")

    def words(self) -> str:
        """Return all that the latest run said."""
        return "\n".join(str(element) for element in self.elements)

    def find(self, kind: str, label: str = "") -> object:
        """Return the latest run's element of a kind with a label."""
        for element in self.elements:
            if element.WhichOneof("type") == kind:
                found = getattr(element, kind)
                if label in found.label:
                    return found
        raise AssertionError(f"no {kind} {label!r} in {self.words()[:3000]}")

    def press(self, label: str) -> None:
        """Press a button."""
        self.run(WidgetState(id=self.find("button", label).id, trigger_value=True))

    def upload(self, name: str, content: bytes, take: bool = True) -> int:
        """Upload a file into the page's uploader, and run the page; return the answer's status."""
        file_id, edge = str(uuid.uuid4()), uuid.uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body = b"".join(
            (head.encode(), b"Content-Type: video/mp4\r\n\r\n", content, f"\r\n--{edge}--".encode())
        )
        answer = self._ask(
            "PUT",
            f"/_stcore/upload_file/{self.session_id}/{file_id}",
            body,
            {
                "Content-Type": f"multipart/form-data; boundary={edge}",
                "X-Xsrftoken": self.cookies["_streamlit_xsrf"],
            },
        )
        answer.read()
        if take:
            widget = WidgetState(id=self.find("file_uploader").id)
            widget.file_uploader_state_value.uploaded_file_info.append(
                UploadedFileInfo(name=name, size=len(content), file_id=file_id)
            )
            self.run(widget)
        return answer.status

    def run_until(self, words: str, limit_s: float = LIMIT_S) -> None:
        """Run the page until it says something."""
        end_s = time.monotonic() + limit_s
        while words not in self.words():
            assert time.monotonic() < end_s, f"no {words!r} in {self.words()[:3000]}"
            time.sleep(0.2)
            self.run()

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict | None = None
    ) -> http.client.HTTPResponse:
        link = http.client.HTTPConnection(self._url.hostname, self._url.port, timeout=LIMIT_S)
        link.request(method, path, body, {"Cookie": self._cookie(), **(headers or {})})
        answer = link.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


def pick(tab: Tab, label: str, choice: str) -> None:
    """Pick one of several buttons of a page."""
    group = tab.find("button_group", label)
    widget = WidgetState(id=group.id)
    widget.string_array_value.data.append(choice)
    tab.run(widget)


def kept_bytes(tab: Tab) -> int:
    """Return how much of uploads the server holds in memory, by its own account."""
    time.sleep(_ACCOUNT_AGE_S)
    text = tab.get("/_stcore/metrics?families=cache_memory_bytes").read().decode()
    return sum(
        int(float(line.rsplit(" ", 1)[1]))
        for line in text.splitlines()
        if "UploadedFileManager" in line
    )


def workers_of(url: str) -> list[psutil.Process]:
    """Return the processes in which a server's analyses run."""
    server = find_server(url).pid
    return [
        one
        for one in psutil.process_iter(["cmdline", "ppid"])
        if one.info["ppid"] == server and "serve_job" in " ".join(one.info["cmdline"] or ())
    ]
