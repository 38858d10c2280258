"""The camera: what a browser's frames become on their way to a session and back."""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import socket
import threading
import urllib.request
import urllib.response
from collections.abc import Callable, Coroutine, Iterator
from email.message import Message
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
import streamlit as st
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.contrib.media import MediaRelay
from aiortc.rtcicetransport import parse_stun_turn_uri
from streamlit_webrtc import WebRtcMode
from streamlit_webrtc.webrtc import WebRtcWorker

from gym.live.pace import WIDE_PX
from gym.live.session import LiveSession
from gym.live.view import LiveSettings
from gym.ui.components import camera
from gym.ui.components.camera import (
    FRAMES_PER_S,
    TURN_KEYS,
    TURN_VARIABLES,
    LiveProcessor,
    find_ice_servers,
    hang_up,
    show_camera,
)
from tests.made_clips import draw_corners, name_corners

SIZES = [(1280, 720), (480, 640), (640, 480), (320, 240)]
CLOCK = Fraction(1, 90000)


class Mirror:
    """A session that hands the mirrored picture back and remembers what it was shown."""

    def __init__(self, size: tuple[int, int] = (640, 360)) -> None:
        self.size = size
        self.asked: list[tuple[int, int]] = []
        self.seen: list[tuple[np.ndarray, float]] = []
        self.why: list[str] = []

    guard = LiveSession.guard

    def fit(self, width_px: int, height_px: int) -> tuple[int, int]:
        self.asked.append((width_px, height_px))
        return self.size

    def look(self, image: np.ndarray, time_s: float) -> np.ndarray:
        self.seen.append((image, time_s))
        return np.ascontiguousarray(image[:, ::-1])

    def end(self, why: str) -> None:
        self.why.append(why)


def camera_frame(size: tuple[int, int], time_s: float = 0.0) -> av.VideoFrame:
    """Return a picture as WebRTC's decoder gives it."""
    frame = av.VideoFrame.from_ndarray(draw_corners(*size), format="rgb24").reformat(
        format="yuv420p"
    )
    frame.pts, frame.time_base = round(time_s / CLOCK), CLOCK
    return frame


# ------------------------------------------------------------------------------- frames and back


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("wanted", [(640, 360), (424, 238), (360, 480)])
def test_a_frame_comes_in_the_size_that_the_session_wants(
    size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    session = Mirror(wanted)
    LiveProcessor(session).recv(camera_frame(size))
    ((image, _),) = session.seen
    assert session.asked == [size]
    assert (image.dtype, image.shape) == (np.uint8, (*wanted[::-1], 3))
    assert name_corners(image) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("size", SIZES)
def test_a_real_session_keeps_the_pictures_shape(size: tuple[int, int], tmp_path: Path) -> None:
    session = LiveSession(LiveSettings(), tmp_path, lambda one: 1)  # it waits in line
    shown = LiveProcessor(session).recv(camera_frame(size))
    assert max(shown.width, shown.height) == WIDE_PX
    assert shown.width % 2 == shown.height % 2 == 0
    assert shown.width / shown.height == pytest.approx(size[0] / size[1], rel=0.01)


@pytest.mark.parametrize("size", SIZES)
def test_the_sessions_picture_comes_back_as_the_coder_wants_it(size: tuple[int, int]) -> None:
    session = Mirror()
    shown = LiveProcessor(session).recv(camera_frame(size))
    image = session.seen[0][0]
    assert shown.format.name == "yuv420p"
    assert (shown.height, shown.width) == image.shape[:2]
    assert name_corners(shown.to_ndarray(format="rgb24")) == ["green", "red", "white", "blue"]


def test_the_session_is_told_the_cameras_time() -> None:
    session = Mirror()
    processor = LiveProcessor(session)
    for time_s in (0.0, 0.04, 1.5, 7200.25):
        processor.recv(camera_frame((64, 48), time_s))
    assert [time_s for _, time_s in session.seen] == pytest.approx([0.0, 0.04, 1.5, 7200.25])


def test_the_cameras_own_frame_stays_as_it_is() -> None:
    frame = camera_frame((1280, 720), 2.0)
    before = frame.to_ndarray().copy()
    shown = LiveProcessor(Mirror()).recv(frame)
    assert shown is not frame
    np.testing.assert_array_equal(frame.to_ndarray(), before)
    assert (frame.width, frame.height, frame.format.name) == (1280, 720, "yuv420p")
    assert frame.time == 2.0


def test_a_session_may_change_its_mind_about_the_size() -> None:
    session = Mirror()
    processor = LiveProcessor(session)
    processor.recv(camera_frame((1280, 720), 0.0))
    session.size = (424, 238)
    shown = processor.recv(camera_frame((1280, 720), 0.1))
    assert [image.shape for image, _ in session.seen] == [(360, 640, 3), (238, 424, 3)]
    assert (shown.width, shown.height) == (424, 238)


def test_only_the_newest_frame_is_looked_at() -> None:
    session = Mirror()
    frames = [camera_frame((64, 48), time_s) for time_s in (0.1, 0.2, 0.3)]
    # It never waits for anything. (`asyncio.run` fails while the browser tests keep a loop going.)
    with pytest.raises(StopIteration) as done:
        LiveProcessor(session).recv_queued(frames).send(None)
    shown = done.value.value
    assert [time_s for _, time_s in session.seen] == pytest.approx([0.3])
    assert len(shown) == 1
    assert shown[0].format.name == "yuv420p"


def test_the_end_of_the_pictures_ends_the_session() -> None:
    session = Mirror()
    LiveProcessor(session).on_ended()
    assert session.why == [""]


# ----------------------------------------------------------------------------- a page that is gone


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs in a thread, as a server's does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def connect(session: object, loop: asyncio.AbstractEventLoop) -> tuple[WebRtcWorker, Callable]:
    """Connect a camera to a session over WebRTC; returns the connection, and what ends the camera."""

    def wait_for(work: Coroutine) -> object:
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    async def offer() -> RTCPeerConnection:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.addTrack(VideoStreamTrack())
        await peer.setLocalDescription(await peer.createOffer())
        return peer

    async def make_relay() -> MediaRelay:
        return MediaRelay()

    factory = inspect.signature(WebRtcWorker).parameters
    options = {name: None for name, one in factory.items() if one.default is one.empty}
    peer = wait_for(offer())
    worker = WebRtcWorker(
        **options
        | {
            "mode": WebRtcMode.SENDRECV,
            "rtc_configuration": RTCConfiguration(iceServers=[]),
            "video_processor_factory": lambda: LiveProcessor(session),
            "async_processing": True, "sendback_video": True, "sendback_audio": True,
            "loop": loop, "relay": wait_for(make_relay()),
        }
    )  # fmt: skip
    answer = worker.process_offer(peer.localDescription.sdp, peer.localDescription.type, timeout=10)
    wait_for(peer.setRemoteDescription(RTCSessionDescription(answer.sdp, answer.type)))
    return worker, lambda: wait_for(peer.close())


def test_the_connection_of_a_session_is_closed_and_no_other(
    loop: asyncio.AbstractEventLoop,
) -> None:
    """The library's list of connections is private: this holds us to how it is."""
    gone, other = Mirror(), Mirror()
    (worker, end), (other_worker, end_other) = (connect(one, loop) for one in (gone, other))
    hang_up(gone)
    assert worker.pc.connectionState == "closed"
    assert other_worker.pc.connectionState != "closed"
    hang_up(other)
    assert other_worker.pc.connectionState == "closed"
    hang_up(other)  # again: nothing is left to close
    for finish in (end, end_other):
        finish()


# ------------------------------------------------------------------------------ the way over the net


@pytest.fixture
def asked(monkeypatch) -> list[object]:
    """An environment that names nothing; whatever asks the network fails and is noted."""
    for name in (*TURN_VARIABLES, *TURN_KEYS, "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    st.cache_data.clear()
    camera._log_once.cache_clear()
    requests: list[object] = []

    def refuse(*args: object, **options: object) -> None:
        requests.append(args)
        raise OSError("a request to somebody")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return requests


def name_turn(monkeypatch, names: tuple[str, ...], values: tuple[str, ...]) -> None:
    for name, value in zip(names, values, strict=True):
        monkeypatch.setenv(name, value)


def test_without_an_environment_nobody_is_named_or_asked(asked: list[object]) -> None:
    assert find_ice_servers() == ([], "")
    assert asked == []


def test_a_turn_server_of_ones_own(asked: list[object], monkeypatch) -> None:
    urls = "turn:turn.example.org:3478,turns:turn.example.org:5349?transport=tcp"
    name_turn(monkeypatch, TURN_VARIABLES, (urls, "someone", "secret"))
    server = {"urls": urls.split(","), "username": "someone", "credential": "secret"}
    assert find_ice_servers() == ([server], "")
    assert asked == []


@pytest.mark.parametrize(
    "urls", ["turn:a.example.org, turn:b.example.org", "turn:a.example.org,turn:b.example.org,"]
)
def test_addresses_may_be_written_loosely(asked: list[object], monkeypatch, urls: str) -> None:
    name_turn(monkeypatch, TURN_VARIABLES, (urls, "someone", "secret"))
    ((server,), _) = find_ice_servers()
    hosts = [parse_stun_turn_uri(url)["host"] for url in server["urls"]]
    assert hosts == ["a.example.org", "b.example.org"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (("turn:turn.example.org", "", ""), "TURN_USERNAME or TURN_CREDENTIAL is not"),
        (("turn:turn.example.org", "someone", ""), "TURN_USERNAME or TURN_CREDENTIAL is not"),
        (("turn.example.org", "someone", "secret"), "'turn.example.org' does not begin with"),
        (("", "someone", "secret"), "but TURN_URLS is not"),
        ((" , ", "someone", "secret"), "but TURN_URLS is not"),
    ],
)
def test_a_turn_server_named_by_half_is_told(
    asked: list[object], monkeypatch, values: tuple[str, ...], told: str
) -> None:
    name_turn(monkeypatch, TURN_VARIABLES, values)
    servers, problem = find_ice_servers()
    assert servers == []
    assert told in problem
    assert "secret" not in problem


@pytest.mark.parametrize("key", TURN_KEYS)
def test_half_a_key_is_told_and_nobody_is_asked(asked: list[object], monkeypatch, key: str) -> None:
    """Nor does another service's token that lies about for other reasons ask anybody."""
    monkeypatch.setenv("HF_TOKEN", "hf_something")
    assert find_ice_servers() == ([], "")
    monkeypatch.setenv(key, "key")
    servers, problem = find_ice_servers()
    assert servers == []
    assert problem.startswith("Only one of CLOUDFLARE_TURN_KEY_ID and")
    assert asked == []


def test_a_service_that_lends_nothing_is_told_and_not_asked_with_every_rerun(
    asked: list[object], monkeypatch
) -> None:
    name_turn(monkeypatch, TURN_KEYS, ("id", "secret"))
    monkeypatch.setenv("HF_TOKEN", "hf_something")
    servers, problem = find_ice_servers()
    assert servers == []
    assert problem.startswith("Cloudflare lent no TURN server")
    assert "secret" not in problem
    assert {host for host, *_ in asked} == {"rtc.live.cloudflare.com"}
    before = len(asked)
    assert find_ice_servers() == (servers, problem)
    assert len(asked) == before


def test_a_lent_turn_server_is_used_and_a_strangers_stun_is_not(
    asked: list[object], monkeypatch
) -> None:
    """The library's own code asks; only the wire is ours."""
    turn = {"urls": ["turn:lent.example.org"], "username": "u", "credential": "c"}
    answer = {"iceServers": [{"urls": ["stun:stranger.example.org"]}, turn]}

    class Wire(urllib.request.HTTPSHandler):
        def https_open(self, request: urllib.request.Request) -> urllib.response.addinfourl:
            assert "given-id" in request.full_url
            assert request.get_header("Authorization") == "Bearer given-token"
            body = io.BytesIO(json.dumps(answer).encode())
            response = urllib.response.addinfourl(body, Message(), request.full_url, 201)
            response.msg = "Created"
            return response

    name_turn(monkeypatch, TURN_KEYS, ("given-id", "given-token"))
    monkeypatch.setattr(urllib.request, "_opener", urllib.request.build_opener(Wire))
    assert find_ice_servers() == ([turn], "")


def test_a_turn_server_that_cannot_be_used_is_said_on_the_page_and_logged_once(
    asked: list[object], widget, monkeypatch, caplog
) -> None:
    name_turn(monkeypatch, TURN_VARIABLES, ("turn:turn.example.org", "someone", ""))
    said: list[str] = []
    monkeypatch.setattr(camera.st, "warning", said.append)
    for _ in range(3):
        assert widget(Mirror)["rtc_configuration"] == {"iceServers": []}
    assert len(said) == 3
    assert "TURN server" in said[0]
    assert "log" in said[0]
    (record,) = caplog.records
    assert "TURN_CREDENTIAL is not" in record.getMessage()
    name_turn(monkeypatch, TURN_VARIABLES, ("turn:turn.example.org", "someone", "secret"))
    widget(Mirror)
    assert len(said) == 3


# ------------------------------------------------------------------------------------- the widget


@pytest.fixture
def widget(monkeypatch) -> Callable[..., dict[str, object]]:
    """Put a widget in place of the real one, which needs a running server; returns what it got."""

    def show(make_session, **state: bool) -> dict[str, object]:
        got: dict[str, object] = {}

        def stand_in(**options: object) -> SimpleNamespace:
            got.update(options)
            return SimpleNamespace(
                state=SimpleNamespace(**{"playing": False, "signalling": False} | state)
            )

        monkeypatch.setattr(camera, "webrtc_streamer", stand_in)
        got["going"] = show_camera(make_session)
        return got

    return show


def test_the_camera_is_asked_for_no_more_than_is_needed(asked: list[object], widget) -> None:
    got = widget(Mirror)
    wanted = got["media_stream_constraints"]
    assert wanted["audio"] is False
    assert wanted["video"]["frameRate"]["max"] == FRAMES_PER_S
    # None would make streamlit-webrtc look for servers of its own.
    assert got["rtc_configuration"] == {"iceServers": []}
    assert asked == []


def test_each_connection_gets_a_session_of_its_own(asked: list[object], widget) -> None:
    make_processor = widget(Mirror)["video_processor_factory"]
    first, second = make_processor(), make_processor()
    assert isinstance(first, LiveProcessor)
    assert first.session is not second.session


@pytest.mark.parametrize("state", ["playing", "signalling"])
def test_it_is_going_while_connecting_and_while_playing(asked, widget, state: str) -> None:
    assert widget(Mirror, **{state: True})["going"] is True
    assert widget(Mirror)["going"] is False
