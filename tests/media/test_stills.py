"""Single frames of a clip are those of their moments."""

from __future__ import annotations

import numpy as np
import pytest

from gym.errors import ClipError
from gym.media.stills import read_stills
from gym.media.writer import ClipWriter
from gym.schema import Frame


def test_stills_are_the_frames_of_their_moments(tmp_path):
    clip = tmp_path / "clip.mp4"
    with ClipWriter(clip, (64, 48)) as out:
        for n in range(40):
            out.write(Frame(np.full((48, 64, 3), 6 * n, np.uint8), n / 20))
    stills = read_stills(clip, [1.61, 0.0, 0.5, 99.0])
    assert [round(still.image.mean() / 6) for still in stills] == [32, 0, 10, 39]
    assert [still.time_s for still in stills] == pytest.approx([1.6, 0.0, 0.5, 1.95], abs=1e-3)
    with pytest.raises(ClipError, match="cannot be read"):
        read_stills(tmp_path / "gone.mp4", [0.0])
