"""The camera's self-test: what the browser says when it is asked for a picture.

An unseen component (``camera_check.js`` beside this file) opens the camera for a moment, closes it
at once and reports; no picture leaves the browser.
"""

from __future__ import annotations

from dataclasses import dataclass

from gym.ui.components import declare_component

#: How long a question for permission may stand before the report says so, in seconds.
PATIENCE_S = 15

#: What a browser calls its refusals (the names of the exceptions of ``getUserMedia``).
STATE_OF_ERROR = {
    "NotAllowedError": "refused",
    "SecurityError": "refused",
    "NotFoundError": "no_camera",
    "OverconstrainedError": "no_camera",
    "NotReadableError": "busy",
    "AbortError": "busy",
}

_EXPLANATIONS = {
    "ok": (
        "The camera works.",
        "If no live picture appears, the network blocks the connection between your browser and "
        "the app. Record a clip here or choose a file instead.",
    ),
    "insecure": (
        "Browsers allow the camera only on pages with a secure address, and this one has none.",
        "Open the app with https, or as localhost on the computer it runs on.",
    ),
    "no_camera": (
        "Your browser cannot find a camera.",
        "Plug one in or switch it on (some laptops have a key or a slider for it), then try again. "
        "Or choose a file from your phone.",
    ),
    "refused": (
        "The browser is not allowed to use the camera.",
        "Click the camera or lock symbol in the address bar, allow the camera for this page and try "
        "again. If it is already allowed there, allow it for the browser in your system's privacy "
        "settings.",
    ),
    "busy": (
        "The camera does not send a picture. Another program may be using it.",
        "Close video calls and other programs or tabs that use the camera, then try again.",
    ),
    "waiting": (
        "The browser is waiting for your permission to use the camera.",
        "Look for the question near the address bar and choose Allow. If there is none, reload the "
        "page.",
    ),
    "other": (
        "The camera cannot be opened in this browser.",
        "Try again, or open the page in a current Chrome, Edge, Firefox or Safari.",
    ),
}
STATES = tuple(_EXPLANATIONS)

_camera_check = declare_component("camera_check")


@dataclass(frozen=True)
class CameraReport:
    """What the self-test found.

    Attributes
    ----------
    state : str
        "ok", "insecure" (a page without a secure address), "no_camera", "refused", "busy",
        "waiting" (nobody has answered the browser's question yet) or "other".
    detail : str
        The browser's own words, or the camera's name when it works; may be empty.
    """

    state: str
    detail: str


def check_camera(*, run: int, watch: str = "", key: str = "camera_check") -> CameraReport | None:
    """Test the camera once for each new run, and when a live camera fails; take no space on the page.

    The answer comes with one rerun, which this component causes, and is returned from then on for
    as long as the run stays the same. Only "waiting" is not the last word: when the question that
    stood for `PATIENCE_S` is answered at last, that answer comes with one rerun more.

    Parameters
    ----------
    run : int
        Another number for each test; 0 tests nothing.
    watch : str
        The key of the container that holds a live camera; when that shows an alert, the test runs by
        itself, and its answer goes again with the alert.
    key : str
        Fixed, so that a rerun does not test anew.

    Returns
    -------
    CameraReport or None
        None until the answer of this run, or of a failure, is there.
    """
    result = _camera_check(
        key=key,
        data={"run": run, "watch": watch, "patienceS": PATIENCE_S, "stateOfError": STATE_OF_ERROR},
        on_report_change=lambda: None,
    )
    report = result.report
    failed = bool(report) and report["run"] < 0  # found out by watching
    if not report or not (failed or (run and report["run"] == run)):
        return None
    return CameraReport(report["state"], report["detail"])


def explain_camera(report: CameraReport) -> tuple[str, str]:
    """Put a report into words for people.

    Returns
    -------
    tuple of str
        What happened, and what to do about it.

    Examples
    --------
    >>> explain_camera(CameraReport("insecure", ""))[1]
    'Open the app with https, or as localhost on the computer it runs on.'
    """
    return _EXPLANATIONS[report.state]
