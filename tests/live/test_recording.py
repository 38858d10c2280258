"""The recording of a live set knows its own time."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

import numpy as np

from gym.live.recording import Recording
from gym.schema import Frame


def test_a_live_set_knows_when_it_was_recorded(tmp_path: Path) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    before = datetime.now().astimezone()
    with closing(Recording(tmp_path / "clip.mp4", image)) as recording:
        for time_s in (0.0, 0.1):
            recording.write(Frame(image, time_s))
        info = recording.info
    assert before <= info.recorded_at <= datetime.now().astimezone()
    assert info.name == f"Live set, {info.recorded_at:%Y-%m-%d %H:%M}"
