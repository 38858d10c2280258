"""The camera: pictures from the visitor's browser and back, over WebRTC.

The one place that knows streamlit-webrtc, and, beside `gym.media`, PyAV. Its thread takes the newest
frame and drops those that came meanwhile, so nothing queues up.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable
from functools import cache

import av
import streamlit as st
from av.video.reformatter import VideoReformatter
from streamlit_webrtc import VideoProcessorBase, webrtc_streamer
from streamlit_webrtc.credentials import get_cloudflare_ice_servers
from streamlit_webrtc.webrtc import _live_workers

from gym.live.pace import WIDE_PX
from gym.live.session import LiveSession

log = logging.getLogger(__name__)

#: More frames than a laptop looks at would only cost their coding.
FRAMES_PER_S = 30

#: A TURN server for hosted use: addresses divided by commas, and what they ask for.
TURN_VARIABLES = ("TURN_URLS", "TURN_USERNAME", "TURN_CREDENTIAL")
#: Or the keys of Cloudflare's service, which lends one.
TURN_KEYS = ("CLOUDFLARE_TURN_KEY_ID", "CLOUDFLARE_TURN_KEY_API_TOKEN")
_RETRY_S = 60.0  #: a service that lent no server is asked again after this long

_WORDS = {
    "start": "Start the camera",
    "stop": "Stop",
    "select_device": "Choose the camera",
    "select_camera": "Camera",
    "media_api_not_available": "This browser does not give pages access to a camera.",
    "device_ask_permission": "Please allow the camera.",
    "device_not_available": "No camera was found.",
    "device_access_denied": "The camera was not allowed.",
}


class LiveProcessor(VideoProcessorBase):
    """Hands a camera's frames to a live session, and its pictures back."""

    def __init__(self, session: LiveSession) -> None:
        self.session = session
        # A frame's own converter is not ours to use: the frame may be on its way back meanwhile.
        self._converter = VideoReformatter()

    def recv(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Take one frame, scaled to what the session wants; return the picture to show."""
        with self.session.guard():
            size = self.session.fit(frame.width, frame.height)
            taken = self._converter.reformat(frame, *size, "rgb24")
            picture = self.session.look(taken.to_ndarray(), frame.time)
            shown = av.VideoFrame.from_ndarray(picture, format="rgb24")
            # As the coder wants it: a frame that is sent twice is converted once.
            return self._converter.reformat(shown, format="yuv420p")
        return frame

    async def recv_queued(self, frames: list[av.VideoFrame]) -> list[av.VideoFrame]:
        """Take the newest frame; the older ones are late already."""
        return [self.recv(frames[-1])]

    def on_ended(self) -> None:
        """End the session: the camera was stopped, or the connection was lost."""
        self.session.end("")


def show_camera(
    make_session: Callable[[], LiveSession], facing: str = "user", key: str = "camera"
) -> bool:
    """Show the camera with its start and stop, and the choice of the camera.

    Parameters
    ----------
    make_session : callable
        Called without Streamlit's context, once for each connection.
    facing : str
        "user" or "environment": which of a phone's cameras is asked for.
    key : str
        Another for each ``facing``: the browser remembers a device for each key, and asks for that.

    Returns
    -------
    bool
        Whether pictures are going, or a connection is being made.
    """
    servers, problem = find_ice_servers()
    if problem:
        _log_once(problem)
        st.warning(
            "The TURN server that was set up for this app cannot be used, so the camera may not "
            "connect from another network. The server's log says why."
        )
    context = webrtc_streamer(
        key=key,
        video_processor_factory=lambda: LiveProcessor(make_session()),
        rtc_configuration={"iceServers": servers},
        media_stream_constraints={
            "video": {
                # A height as well would have browsers crop the picture to that shape.
                "width": {"ideal": WIDE_PX},
                "facingMode": {"ideal": facing},
                "frameRate": {"ideal": FRAMES_PER_S, "max": FRAMES_PER_S},
            },
            "audio": False,
        },
        video_html_attrs={
            "autoPlay": True,
            "muted": True,
            "controls": False,
            "style": {"width": "100%", "maxHeight": "680px"},
        },
        media_toggle_controls=False,
        translations=_WORDS,
    )
    return context.state.playing or context.state.signalling


def hang_up(session: LiveSession) -> None:
    """Close the connection of a session whose page is gone.

    The library notices only after half a minute, and keeps threads, coders and frames until then.
    """
    for worker in list(_live_workers):  # the library tells of them nowhere else
        if getattr(worker.video_processor, "session", None) is session:
            worker.stop()
            del worker
            gc.collect()  # its parts refer to each other; without a page nobody looks for such


def find_ice_servers() -> tuple[list[dict[str, object]], str]:
    """Return the TURN servers that the environment names; none of its own accord.

    On one machine or one home network none is needed.

    Returns
    -------
    servers : list of dict
        As WebRTC takes them.
    problem : str
        Why something was named and no server came of it, for whoever runs the server; else empty.
    """
    urls, username, credential = (os.environ.get(name, "") for name in TURN_VARIABLES)
    named = [url.strip() for url in urls.split(",") if url.strip()]
    if named:
        wrong = [url for url in named if not url.startswith(("turn:", "turns:", "stun:"))]
        if wrong:
            return [], f"TURN_URLS: {wrong[0]!r} does not begin with turn:, turns: or stun:."
        if not (username and credential) and any(url.startswith("turn") for url in named):
            return [], "TURN_URLS is set, but TURN_USERNAME or TURN_CREDENTIAL is not."
        return [{"urls": named, "username": username, "credential": credential}], ""
    if username or credential:
        return [], "TURN_USERNAME or TURN_CREDENTIAL is set, but TURN_URLS is not."
    keys = [os.environ.get(name, "") for name in TURN_KEYS]
    if all(keys):
        return _borrow_servers(*keys)
    return [], f"Only one of {' and '.join(TURN_KEYS)} is set." if any(keys) else ""


@st.cache_data(ttl=_RETRY_S, show_spinner=False)
def _borrow_servers(key_id: str, token: str) -> tuple[list[dict[str, object]], str]:
    """Ask Cloudflare for TURN servers; a stranger's STUN server is left out."""
    try:
        lent = get_cloudflare_ice_servers(key_id, token)
    except (OSError, ValueError) as error:
        return [], f"Cloudflare lent no TURN server: {error}."
    servers = [dict(server) for server in lent if "credential" in server]
    return servers, "" if servers else "Cloudflare's answer names no TURN server."


@cache
def _log_once(problem: str) -> None:
    """Write a problem to the server's log; not again with every rerun of every page."""
    log.warning("No TURN server can be used: %s", problem)
