"""The camera: pictures from the visitor's browser and back, over WebRTC.

The one place that knows streamlit-webrtc, and, beside `gym.video`, PyAV. Its thread takes the newest
frame and drops those that came meanwhile, so nothing queues up.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import av
from av.video.reformatter import VideoReformatter
from streamlit_webrtc import VideoProcessorBase, webrtc_streamer
from streamlit_webrtc.credentials import get_available_ice_servers

from gym.live import WIDE_PX, LiveSession

#: More frames than a laptop looks at would only cost their coding.
FRAMES_PER_S = 30

#: A TURN server for hosted use: addresses divided by commas, and what they ask for.
TURN_VARIABLES = ("TURN_URLS", "TURN_USERNAME", "TURN_CREDENTIAL")
#: Or the keys of a service that lends one, which streamlit-webrtc asks for it.
TURN_SERVICES = (
    ("CLOUDFLARE_TURN_KEY_ID", "CLOUDFLARE_TURN_KEY_API_TOKEN"),
    ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
)

_WORDS = {
    "start": "Start the camera",
    "stop": "Stop",
    "select_device": "Choose the camera",
    "select_camera": "Camera",
    "media_api_not_available": "This browser gives pages no camera.",
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
    context = webrtc_streamer(
        key=key,
        video_processor_factory=lambda: LiveProcessor(make_session()),
        rtc_configuration={"iceServers": find_ice_servers()},
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


def find_ice_servers() -> list[dict[str, object]]:
    """Return the TURN servers that the environment names; none of its own accord.

    On one machine or one home network none is needed.
    """
    urls, username, credential = (os.environ.get(name, "") for name in TURN_VARIABLES)
    if urls.strip(" ,"):
        named = [url.strip() for url in urls.split(",") if url.strip()]
        return [{"urls": named, "username": username, "credential": credential}]
    if any(all(os.environ.get(name) for name in pair) for pair in TURN_SERVICES):
        return [dict(server) for server in get_available_ice_servers() if "credential" in server]
    return []
