"""The recorder, for when no live connection can be made.

A component in the page's own document (``recorder.html``, ``.css``, ``.js`` in this folder). It
records with the browser's own camera, without sound, and gives the file to a Streamlit uploader on
the same page, which treats it like any chosen file. Until then no picture leaves the browser.
"""

from __future__ import annotations

from gym.ui.components import declare_component
from gym.ui.components.camera_check import STATE_OF_ERROR, STATES, CameraReport, explain_camera

COUNTDOWN_S = 5  #: time to walk from the button into the picture
MAX_RECORDING_S = 10 * 60  #: about 190 MB at the recorder's bit rate

_recorder = declare_component("recorder")


def show_recorder(*, uploader_key: str, facing: str = "environment", key: str = "recorder") -> None:
    """Show a camera that records a set and gives it to an uploader on the same page.

    Every recording can also be saved as a file, until the next one begins or the page is left, so it
    is not lost if the uploader is missing or refuses it.

    Parameters
    ----------
    uploader_key : str
        The key of an ``st.file_uploader`` that accepts "mp4" and "webm"; it may change between runs.
    facing : str
        Which of a phone's cameras: "user", or "environment", which is the better one.
    key : str
        Fixed, so that a rerun does not stop a recording.
    """
    explanations = {state: " ".join(explain_camera(CameraReport(state, ""))) for state in STATES}
    _recorder(
        key=key,
        data={
            "uploaderKey": uploader_key,
            "facing": facing,
            "countdownS": COUNTDOWN_S,
            "longestS": MAX_RECORDING_S,
            "stateOfError": STATE_OF_ERROR,
            "explanations": explanations,
        },
    )
