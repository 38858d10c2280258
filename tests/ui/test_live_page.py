"""The Live page after a session: what it says when something went wrong, and what is left of the set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gym.errors import ClipError
from gym.live.recording import Recording
from gym.live.session import LiveSession
from gym.server.folders import server_folder
from gym.server.live_ticket import LiveHolder
from gym.ui import live
from tests.figure import STANDING
from tests.live.test_session import act, begun, end, fail, frames_of, show  # noqa: F401 - act is a fixture
from tests.synthetic import hold, squat
from tests.ui.test_pages import app, pictures, words  # noqa: F401 - app is a fixture

CAMERA = "the camera is here"
Ended = Callable[..., AppTest]


@pytest.fixture
def ended(app: AppTest, act, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ended:  # noqa: F811
    """Do two squats, end the session with some parts failing, and open the page."""

    def train(**faults: Callable) -> AppTest:
        # The real camera needs the real server.
        monkeypatch.setattr(live, "show_camera", lambda *_: bool(live.st.text(CAMERA)) and False)
        folder = server_folder() / "session" / "live-set"
        folder.mkdir(parents=True)
        script = act([hold(STANDING, 4), squat(), squat(), hold(STANDING, 2)])
        session = begun(script, folder)
        frames = frames_of(script)
        show(session, frames[:-3])
        recording = session._recording
        with monkeypatch.context() as patch:
            for spot, fault in faults.items():
                patch.setattr(spot.replace("__", "."), fault)
            show(session, frames[-3:])
            end(session)
        recording.close()
        return open_page(session)

    def open_page(session: LiveSession) -> AppTest:
        app.session_state["live_holder"] = LiveHolder("", session)
        page = app.switch_page("pages/live.py").run()
        assert not page.exception, page.exception[0].value
        return page

    return train


def labels(page: AppTest) -> set[str]:
    return {button.label for button in (*page.button, *page.get("download_button"))}


def count(page: AppTest) -> str:
    return next(figure.value for figure in page.metric if figure.label == "Reps")


def said(page: AppTest) -> str:
    return "\n".join(str(box.value) for box in (*page.error, *page.info))


def test_a_set_without_trouble_is_summed_up(ended: Ended) -> None:
    page = ended()
    assert count(page) == "2"
    assert not page.error
    assert {"Train again", "Poses (NPZ)", "Make the annotated video"} <= labels(page)


def test_a_fault_in_a_frame_is_said_and_the_set_is_summed_up(ended: Ended) -> None:
    page = ended(gym__live__picture__draw_status=fail)
    (error,) = page.error
    assert "error in this program" in error.value
    assert "is kept" in error.value
    assert "stopped coming" not in said(page)
    assert count(page) == "2"
    assert {"Train again", "Poses (NPZ)", "Make the annotated video"} <= labels(page)


def test_a_fault_in_the_judging_is_said_with_the_count_and_the_poses(ended: Ended) -> None:
    page = ended(gym__live__coach__LiveCoach__finish=fail, gym__live__session__judge=fail)
    (error,) = page.error
    assert "error in this program" in error.value
    assert "Counted until then: 2" in said(page)
    assert "Poses (NPZ)" in labels(page)
    assert CAMERA in [text.value for text in page.text]  # ready for the next set


def test_a_disk_that_is_full_is_said_and_the_set_is_summed_up_without_its_clip(
    ended: Ended,
) -> None:
    def refuse(recording: Recording) -> None:
        raise ClipError("The disk is full.", "Make room.")

    page = ended(gym__live__recording__Recording__close=refuse)
    (error,) = page.error
    assert "The disk is full" in error.value
    assert count(page) == "2"
    assert "Poses (NPZ)" in labels(page)
    assert "Make the annotated video" not in labels(page)
    assert "opened_analysis" not in page.session_state  # the other pages play it
    assert "There is no video to take the picture from" in words(page)
    assert [from_clip for _, from_clip in pictures(page).values()] == [False]
    page.button(key="train_again").click().run()
    assert not page.exception
    assert CAMERA in [text.value for text in page.text]
    assert "The disk is full" not in said(page)
    assert "hip height" in words(page)
