"""What is written reads back as it was, and plays in browsers."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from gym.errors import ClipError
from gym.media.writer import ClipWriter
from gym.schema import Frame
from tests.made_clips import (
    CORNERS,
    PATTERN_TIMES,
    draw_corners,
    draw_moving_bar,
    name_corners,
    read,
    save,
    spaced,
    times_of,
)


def made_frames(times_s: list[float], size: tuple[int, int] = (64, 48)) -> list[Frame]:
    return [Frame(draw_moving_bar(i, *size), time_s) for i, time_s in enumerate(times_s)]


@pytest.mark.parametrize("times_s", [PATTERN_TIMES, spaced(50, 29.97), spaced(70, 70), [0.0]])
def test_what_is_written_reads_back_at_its_times(tmp_path: Path, times_s: list[float]) -> None:
    frames, info = read(save(tmp_path / "a.mp4", made_frames(times_s)))
    np.testing.assert_allclose(times_of(frames), times_s, atol=1e-3)
    for original, back in zip(made_frames(times_s), frames, strict=True):
        assert np.abs(original.image.astype(int) - back.image).mean() < 6
    with av.open(str(tmp_path / "a.mp4")) as made:  # the last frame stays for about one more
        assert made.duration / av.time_base == pytest.approx(info.duration_s, abs=2e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_what_is_written_plays_in_browsers(tmp_path: Path) -> None:
    still = draw_corners(64, 48)  # nothing in it asks for a keyframe of its own
    path = save(tmp_path / "a.mp4", [Frame(still, time_s) for time_s in spaced(64)])
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(path)) as made:
        stream = made.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt, context.codec_tag) == ("h264", "yuv420p", "avc1")
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        packets = [packet for packet in made.demux(stream) if packet.size]
    keys = [index for index, packet in enumerate(packets) if packet.is_keyframe]
    assert keys[0] == 0
    assert max(np.diff([*keys, len(packets)])) <= 15
    assert all(packet.pts == packet.dts for packet in packets)  # no B-frames


def test_written_colours_are_those_given(tmp_path: Path) -> None:
    frames = [Frame(draw_corners(64, 48), 0.0)]
    image = read(save(tmp_path / "a.mp4", frames))[0][0].image
    for (y, x), colour in zip(
        ((12, 16), (12, 48), (36, 48), (36, 16)), CORNERS.values(), strict=True
    ):
        assert np.abs(image[y, x].astype(int) - colour).max() <= 8


def test_odd_pictures_lose_their_last_row_and_column(tmp_path: Path) -> None:
    frames = [Frame(draw_corners(65, 49)[:, ::-1], 0.0)]  # a view, as a mirrored picture would be
    image = read(save(tmp_path / "a.mp4", frames))[0][0].image
    assert image.shape == (48, 64, 3)
    assert name_corners(image) == ["green", "red", "white", "blue"]


def test_nothing_is_left_of_a_clip_that_failed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"what was there before")

    def fail_midway() -> None:
        with ClipWriter(path, (64, 48)) as out:
            for frame in made_frames(spaced(40)):
                out.write(frame)
            assert len(list(tmp_path.iterdir())) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_midway()
    assert [left.name for left in tmp_path.iterdir()] == ["a.mp4"]
    assert path.read_bytes() == b"what was there before"


def test_mistakes_in_writing_are_named(tmp_path: Path) -> None:
    early, late = made_frames([0.0, 0.1])
    path = tmp_path / "a.mp4"
    with pytest.raises(ValueError, match="at least one frame"), ClipWriter(path, (8, 8)):
        pass
    with pytest.raises(ValueError, match="expected shape"), ClipWriter(path, (8, 8)) as out:
        out.write(early)
    with pytest.raises(ValueError, match=r"a time after 0\.1"):
        save(path, [late, early])
    assert not list(tmp_path.iterdir())
    with pytest.raises(ClipError, match=r"a\.mp4 cannot be written") as caught:
        save(tmp_path / "missing" / "a.mp4", [early])
    assert str(tmp_path) not in str(caught.value)
