"""The live picture depends on its frame and view alone, and drawing it changes neither."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from gym.live.picture import draw_picture
from gym.live.session import LiveSession
from gym.live.view import LiveSettings, LiveView, Stage
from tests.figure import STANDING
from tests.live.test_session import GREY, Acting, act, begun, end, frames_of, settle, show  # noqa: F401 - act is a fixture
from tests.synthetic import hold, squat


def test_observed_views_give_the_pictures_of_a_session(act: Acting, tmp_path: Path) -> None:  # noqa: F811
    script = act([hold(STANDING, 6), squat(), squat(lean_deg=75, shin_deg=15), hold(STANDING, 1)])
    settings, pictures, views = LiveSettings("squat", target_reps=1), [], []
    frames = frames_of(script)
    for name in ("looked", "observed"):
        (tmp_path / name).mkdir()
        session = LiveSession(settings, tmp_path / name)
        settle(session)
        for number, frame in enumerate(frames):
            if number == 10:  # before the pace plays a part
                session.begin()
            if name == "looked":
                pictures.append(session.look(frame.image, frame.time_s))
            else:
                views.append(session.observe(frame.image, frame.time_s))
        end(session)
    before = session.view
    assert {view.stage for view in views} == {Stage.FRAMING, Stage.COUNTDOWN, Stage.TRAINING}
    for frame, view, picture in zip(frames, views, pictures, strict=True):
        np.testing.assert_array_equal(draw_picture(frame.image, view), picture)
    assert session.view is before
    assert (frames[0].image == GREY).all()


def test_what_is_not_observed_is_not_drawn(act: Acting, tmp_path: Path) -> None:  # noqa: F811
    script = act([hold(STANDING, 1)])
    session = begun(script, tmp_path)
    looks = show(session, frames_of(script))
    assert session.observe(GREY, looks[-1].frame.time_s) is None  # no later than the last
    end(session)
    assert session.observe(GREY, 99.0) is None


def test_a_picture_without_anything_to_show_is_a_mirror() -> None:
    image, view = GREY.copy(), LiveView()
    for stage in (Stage.CONNECTING, Stage.TRAINING, Stage.ENDED):
        picture = draw_picture(image, replace(view, stage=stage))
        np.testing.assert_array_equal(picture, GREY[:, ::-1])
        picture[:] = 0  # its own
    assert (image == GREY).all()


def test_the_line_is_told_in_the_picture() -> None:
    views = [*(LiveView(Stage.WAITING, ahead) for ahead in (1, 2, 3)), LiveView(Stage.PREPARING)]
    assert len({draw_picture(GREY, view).tobytes() for view in views}) == len(views)
