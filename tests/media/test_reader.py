"""Clips as phones, browsers and accidents make them: each is built here, so its truth is known."""

from __future__ import annotations

import os
import struct
import tomllib
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from gym import limits
from gym.errors import ClipError, ClipTooLarge, NoVideoError
from gym.media import reader as video
from gym.media.reader import ClipReader, display_name
from tests.made_clips import (
    CORNERS,
    PATTERN_TIMES,
    add_sound,
    draw_corners,
    name_corners,
    read,
    save,
    spaced,
    times_of,
    write_clip,
    write_sound,
)

UPRIGHT = ["red", "green", "blue", "white"]  # of `draw_corners`, clockwise from the top left


def corners(index: int, width: int, height: int) -> np.ndarray:
    return draw_corners(width, height)


def cut_short(path: Path, share: float) -> Path:
    """Keep only the first ``share`` of a file's bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * share)])
    return path


# Upright ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_rotated_clip_is_given_upright(tmp_path: Path, turn: int) -> None:
    def lying(index: int, width: int, height: int) -> np.ndarray:  # as the sensor recorded it
        return np.rot90(
            draw_corners(*((height, width) if turn % 180 else (width, height))), turn / 90
        )

    path = write_clip(tmp_path / "a.mp4", spaced(3), (64, 48), turn_ccw_deg=-turn, draw=lying)
    frames, info = read(path)
    assert name_corners(frames[0].image) == UPRIGHT
    assert info.rotation_deg == turn
    assert (info.width_px, info.height_px) == ((48, 64) if turn % 180 else (64, 48))


def test_a_portrait_clip_as_a_phone_writes_it(tmp_path: Path) -> None:
    """The matrix bytes of QuickTime for a quarter turn clockwise, put in by hand."""
    path = write_clip(tmp_path / "a.mov", spaced(3), (64, 48), draw=corners)
    straight = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 48 << 16, 0, 1 << 30)
    data = path.read_bytes()
    track = data.index(b"tkhd")
    at = data.index(straight, track)
    path.write_bytes(data[:at] + turned + data[at + len(turned) :])
    frames, info = read(path)
    assert info.rotation_deg == 90
    assert name_corners(frames[0].image) == ["white", "red", "green", "blue"]


@pytest.mark.parametrize(
    ("turn", "expected"),
    [(0, ["green", "red", "white", "blue"]), (90, ["blue", "green", "red", "white"])],
)
def test_a_mirrored_clip_is_shown_mirrored(tmp_path: Path, turn: int, expected: list[str]) -> None:
    path = write_clip(tmp_path / "a.mp4", spaced(2), turn_ccw_deg=turn, mirrored=True, draw=corners)
    frames, _ = read(path)
    assert name_corners(frames[0].image) == expected


# Sizes and colours -----------------------------------------------------------------------------


def test_4k_is_scaled_down_and_its_own_size_told(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "a.mp4",
        spaced(2),
        (3840, 2160),
        options={"preset": "ultrafast"},
        turn_ccw_deg=-90,
        draw=corners,
    )
    frames, info = read(path)
    assert (info.width_px, info.height_px) == (2160, 3840)
    assert frames[0].image.shape == (1280, 720, 3)
    assert name_corners(frames[0].image) == ["white", "red", "green", "blue"]


def test_odd_sizes_become_even(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", spaced(2), (65, 49), pix_fmt="yuv444p", draw=corners)
    frames, info = read(path)
    assert (info.width_px, info.height_px) == (65, 49)
    assert frames[0].image.shape == (48, 64, 3)
    assert name_corners(frames[0].image) == UPRIGHT


@pytest.mark.parametrize(
    ("aspect", "shown"), [("2", (128, 48)), ("1/2", (64, 96)), ("4/3", (85, 48))]
)
def test_oblong_pixels_are_shown_square(
    tmp_path: Path, aspect: str, shown: tuple[int, int]
) -> None:
    path = write_clip(tmp_path / "a.mp4", spaced(2), aspect=Fraction(aspect))
    frames, info = read(path)
    assert (info.width_px, info.height_px) == shown
    assert frames[0].image.shape[:2] == (shown[1], shown[0] // 2 * 2)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "suffix"),
    [
        ("libx264", "yuv420p", "mp4"),
        ("mjpeg", "yuvj420p", "avi"),
        ("libx264", "yuv422p10le", "mkv"),
    ],
)
def test_colours_survive(tmp_path: Path, codec: str, pix_fmt: str, suffix: str) -> None:
    clip = write_clip(
        tmp_path / f"a.{suffix}",
        spaced(2),
        codec=codec,
        pix_fmt=pix_fmt,
        clock=Fraction(1, 30),
        draw=corners,
    )
    image = read(clip)[0][0].image
    for (y, x), colour in zip(
        ((12, 16), (12, 48), (36, 48), (36, 16)), CORNERS.values(), strict=True
    ):
        assert np.abs(image[y, x].astype(int) - colour).max() <= 8


def test_a_change_of_size_in_mid_stream_is_scaled_to_the_first(tmp_path: Path) -> None:
    parts = [
        write_clip(tmp_path / f"{size[0]}.h264", spaced(10), size, container="h264", draw=corners)
        for size in ((64, 48), (128, 96), (48, 64))
    ]
    path = tmp_path / "joined.h264"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames, _ = read(path)
    assert len(frames) == 30
    assert all(name_corners(frame.image) == UPRIGHT for frame in frames)


# Times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("b_frames", ["0", "3"])
@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_variable_frame_times_are_exact(tmp_path: Path, suffix: str, b_frames: str) -> None:
    path = write_clip(tmp_path / f"a.{suffix}", PATTERN_TIMES, options={"bf": b_frames})
    frames, info = read(path)
    np.testing.assert_allclose(times_of(frames), PATTERN_TIMES, atol=1e-3)
    assert info.stopped_s is None


def test_times_start_at_zero(tmp_path: Path) -> None:
    frames, info = read(write_clip(tmp_path / "a.ts", spaced(30, start_s=7.0)))
    np.testing.assert_allclose(times_of(frames), spaced(30), atol=1e-3)
    assert info.duration_s == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("suffix", "codec", "pix_fmt", "options"),
    [
        ("avi", "mjpeg", "yuvj420p", {}),
        ("avi", "libx264", "yuv420p", {"bf": "3"}),
        ("avi", "mpeg4", "yuv420p", {"bf": "2"}),
        ("h264", "libx264", "yuv420p", {}),
        ("mjpeg", "mjpeg", "yuvj420p", {}),
    ],
)
def test_a_clip_without_timestamps_advances_at_its_rate(
    tmp_path: Path, suffix: str, codec: str, pix_fmt: str, options: dict[str, str]
) -> None:
    path = write_clip(
        tmp_path / f"a.{suffix}",
        spaced(30, 25),
        codec=codec,
        pix_fmt=pix_fmt,
        rate=25,
        clock=Fraction(1, 25),
        options=options,
    )
    frames, info = read(path)
    np.testing.assert_allclose(times_of(frames), spaced(30, 25), atol=1e-3)
    assert info.duration_s == pytest.approx(1.2, abs=1e-3)


def test_a_frame_that_does_not_advance_is_dropped(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "a.webm", [0, 0.1, 0.1004, 0.2], codec="libvpx", clock=Fraction(1, 90000)
    )
    frames, _ = read(path)  # WebM keeps milliseconds: the third frame falls on the second
    np.testing.assert_allclose(times_of(frames), [0, 0.1, 0.2], atol=1e-3)


@pytest.mark.parametrize("step_s", [0.5e-5, 1 / 90000, 1e-3])
def test_frames_too_close_to_tell_apart_are_left_out(tmp_path: Path, step_s: float) -> None:
    times_s = [at_s + k * step_s for at_s in spaced(10) for k in range(3)]
    path = write_clip(tmp_path / "a.mp4", times_s, clock=Fraction(1, 1_000_000))
    frames, _ = read(path)
    np.testing.assert_allclose(times_of(frames), spaced(10), atol=1e-4)
    save(tmp_path / "b.mp4", frames)  # as the page's copy: its clock is coarser
    np.testing.assert_allclose(times_of(read(tmp_path / "b.mp4")[0]), spaced(10), atol=1e-4)


@pytest.mark.parametrize(
    ("rate", "left"),
    [(24, 24), (30, 30), (50, 50), (60, 60), (70, 70), (90, 45), (100, 50), (120, 60), (240, 60)],
)
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
def test_of_slow_motion_only_the_frames_that_show_a_body_move_are_read(
    tmp_path: Path, suffix: str, rate: int, left: int
) -> None:
    path = write_clip(
        tmp_path / f"a.{suffix}",
        spaced(rate, rate),
        (32, 32),
        rate=rate,
        clock=Fraction(1, rate),
        options={"bf": "0", "preset": "ultrafast"},
    )
    frames, info = read(path)
    assert len(frames) == left
    assert np.diff(times_of(frames)).max() == pytest.approx(1 / left, abs=2e-3)
    assert info.duration_s == pytest.approx(1.0, abs=0.02)
    assert info.stopped_s is None


def test_recordings_joined_without_new_times_go_on(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.ts", PATTERN_TIMES, options={"bf": "0"})
    path.write_bytes(path.read_bytes() * 2)
    frames, _ = read(path)
    steps = np.diff(times_of(frames))
    np.testing.assert_allclose(steps[:7], np.diff(PATTERN_TIMES), atol=1e-3)
    np.testing.assert_allclose(steps[8:], np.diff(PATTERN_TIMES), atol=1e-3)


def test_frames_left_out_of_an_avi_leave_a_gap(tmp_path: Path) -> None:
    times_s = [0, 0.04, 0.08, 0.2, 0.24]
    clock = Fraction(1, 25)
    path = tmp_path / "a.avi"
    write_clip(path, times_s, codec="mjpeg", pix_fmt="yuvj420p", rate=25, clock=clock)
    np.testing.assert_allclose(times_of(read(path)[0]), times_s, atol=1e-3)


# Containers and codecs -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "codec", "pix_fmt"),
    [
        ("mov", "libx265", "yuv420p10le"),
        ("webm", "libvpx", "yuv420p"),
        ("webm", "libvpx-vp9", "yuv420p"),
        ("gif", "gif", "rgb8"),
        ("mkv", "libx264", "yuv420p"),
        ("avi", "mjpeg", "yuvj420p"),
    ],
)
def test_formats_that_people_have(tmp_path: Path, suffix: str, codec: str, pix_fmt: str) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"PyAV was built without {codec}")
    quick = {"libx265": {"x265-params": "log-level=none", "preset": "ultrafast"}}
    path = write_clip(
        tmp_path / f"a.{suffix}",
        spaced(10, 10),
        codec=codec,
        pix_fmt=pix_fmt,
        rate=10,
        clock=Fraction(1, 10),
        options=quick.get(codec, {}),
        draw=corners,
    )
    frames, info = read(path)
    np.testing.assert_allclose(times_of(frames), spaced(10, 10), atol=1e-3)
    assert info.duration_s == pytest.approx(1.0, abs=0.02)
    assert info.stopped_s is None
    assert name_corners(frames[-1].image) == UPRIGHT


def test_sound_that_goes_on_is_not_a_missing_picture(tmp_path: Path) -> None:
    for suffix in ("mp4", "mkv"):
        path = write_clip(tmp_path / f"a.{suffix}", spaced(30), sound_s=4.0)
        frames, info = read(path)
        assert len(frames) == 30
        assert info.stopped_s is None


@pytest.mark.parametrize("count", [1, 9])
def test_one_frame_or_a_third_of_a_second_is_a_clip(tmp_path: Path, count: int) -> None:
    frames, info = read(write_clip(tmp_path / "a.mp4", spaced(count)))
    assert len(frames) == count
    assert info.duration_s == pytest.approx(count / 30, abs=1e-3)


TOMORROW = datetime.now(UTC) + timedelta(days=2)
LOCAL = "com.apple.quicktime.creationdate"


@pytest.mark.parametrize(
    ("metadata", "recorded_at"),
    [
        ({}, None),
        ({"creation_time": "2026-03-01T17:30:00Z"}, "2026-03-01T17:30:00+00:00"),
        (
            {"creation_time": "2026-03-01T17:30:00Z", LOCAL: "2026-03-01T18:30:00+0100"},
            "2026-03-01T18:30:00+01:00",
        ),
        ({"creation_time": "2026-03-01T17:30:00Z", LOCAL: "soon"}, "2026-03-01T17:30:00+00:00"),
        ({LOCAL: "2026-03-01T18:30:00"}, None),  # nobody knows in which zone
        ({"date": "2026"}, None),
        ({"creation_time": "1904-01-01T00:00:01Z"}, None),
        ({"creation_time": "1970-01-02T00:00:00Z"}, None),
        ({LOCAL: "9999-12-31T23:59:59-23:59"}, None),
        ({LOCAL: "2026-03-01T18:30:00+99:00"}, None),
        ({LOCAL: "1" * 10_000}, None),
        ({LOCAL: TOMORROW.isoformat()}, None),
    ],
)
def test_when_a_clip_was_recorded(
    tmp_path: Path, metadata: dict[str, str], recorded_at: str | None
) -> None:
    tags = {"movflags": "use_metadata_tags"}
    path = write_clip(tmp_path / "a.mov", spaced(2), metadata=metadata, container_options=tags)
    told = read(path)[1].recorded_at
    assert (told and told.isoformat()) == recorded_at


def test_matroska_says_when_too(tmp_path: Path) -> None:
    at = "2026-03-01T17:30:00+00:00"
    path = write_clip(tmp_path / "a.mkv", spaced(2), metadata={"creation_time": at})
    assert read(path)[1].recorded_at == datetime.fromisoformat(at)


def test_metadata_that_is_not_utf8(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mkv", spaced(3), metadata={"title": "XXXXXXXX"})
    path.write_bytes(path.read_bytes().replace(b"XXXXXXXX", b"\xff\xfe\xe9\xff" * 2))
    with pytest.raises(UnicodeDecodeError):
        av.open(str(path))
    assert len(read(path)[0]) == 3


# Damage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "webm"])
@pytest.mark.parametrize("sound_s", [0.0, 6.0])
def test_a_truncated_clip_gives_what_decodes(tmp_path: Path, suffix: str, sound_s: float) -> None:
    fast_start = {"movflags": "+faststart"} if suffix in ("mp4", "mov") else {}
    path = write_clip(
        tmp_path / f"a.{suffix}",
        spaced(180),
        codec="libvpx" if suffix == "webm" else "libx264",
        options={"g": "30"},
        container_options=fast_start,
        sound_s=sound_s,
    )
    assert read(path)[1].stopped_s is None
    frames, info = read(cut_short(path, 0.6))
    assert 5 < len(frames) < 170
    assert info.stopped_s == frames[-1].time_s


def test_a_recording_that_was_never_finished(tmp_path: Path) -> None:
    path = cut_short(write_clip(tmp_path / "a.mp4", spaced(90)), 0.6)  # its index comes last
    with pytest.raises(ClipError, match=r"a\.mp4 cannot be read") as caught:
        ClipReader(path)
    assert caught.value.advice


def test_a_hole_in_the_middle_does_not_end_the_clip(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", spaced(120), (160, 120), options={"g": "15"})
    data = bytearray(path.read_bytes())
    hole = data.index(b"mdat") + len(data) // 3
    data[hole : hole + 300] = b"\xff" * 300
    path.write_bytes(data)
    frames, info = read(path)
    assert len(frames) > 90
    assert frames[-1].time_s == pytest.approx(119 / 30, abs=1e-3)
    assert info.stopped_s is None


def test_pictures_that_are_noise_to_the_end(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", spaced(120), (160, 120), options={"g": "15"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    middle = (start + end) // 2
    data[middle:end] = b"\xff" * (end - middle)
    path.write_bytes(data)
    frames, info = read(path)
    assert info.stopped_s == frames[-1].time_s < 3.5
    data[start:end] = b"\xff" * (end - start)
    path.write_bytes(data)
    with pytest.raises(ClipError, match="No picture"):
        ClipReader(path)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "ts", "gif"])
def test_whatever_the_damage_it_is_told_in_the_users_words(tmp_path: Path, suffix: str) -> None:
    codec, pix_fmt = ("gif", "rgb8") if suffix == "gif" else ("libx264", "yuv420p")
    clock = Fraction(1, 100 if suffix == "gif" else 30)
    path = write_clip(
        tmp_path / f"a.{suffix}", spaced(20), codec=codec, pix_fmt=pix_fmt, clock=clock
    )
    whole = path.read_bytes()
    rng = np.random.default_rng(7)
    outcomes = set()
    for _ in range(60):
        data = np.frombuffer(whole, np.uint8).copy()
        reach = rng.choice([200, len(data)])  # headers are short, and where it hurts
        places = rng.integers(0, reach, rng.choice([1, 5, 30]))
        data[places] = rng.integers(0, 256, len(places))
        path.write_bytes(data[: rng.choice([len(data), rng.integers(1, len(data))])].tobytes())
        try:
            read(path)
            outcomes.add("read")
        except ClipError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_reading_only_the_start_is_no_damage(tmp_path: Path) -> None:
    with ClipReader(write_clip(tmp_path / "a.mp4", spaced(60))) as clip:
        next(iter(clip))
        assert clip.info().stopped_s is None


# Refused ---------------------------------------------------------------------------------------


def refused(path: Path, kind: type[ClipError], name: str | None = None) -> ClipError:
    """Check a refusal's manners: its kind, one sentence, an advice, no path."""
    with pytest.raises(ClipError) as caught:
        list(ClipReader(path, name=name))
    error = caught.value
    assert type(error) is kind
    assert str(path.parent) not in error.message + error.advice
    assert error.message.endswith(".")
    assert error.message.count(". ") == 0
    assert error.advice.endswith(".")
    return error


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:4,\nother.mp4\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "content",
    ["", "squats " * 5000, PLAYLIST, "ffconcat version 1.0\nfile other.mp4\n", "\0" * 5000],
    ids=["empty", "text", "playlist", "list of files", "zeros"],
)
def test_files_that_are_no_video(tmp_path: Path, content: str) -> None:
    write_clip(tmp_path / "other.mp4", spaced(3))
    path = tmp_path / "squat.mp4"
    path.write_text(content)
    refused(path, ClipError)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "squat.mp4" in refused(tmp_path / "squat.mp4", ClipError).message
    (tmp_path / "folder.mp4").mkdir()
    refused(tmp_path / "folder.mp4", ClipError)


@pytest.mark.parametrize("cover", [False, True])
def test_sound_alone_is_no_video(tmp_path: Path, cover: bool) -> None:
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w", format="mp4") as out:
        sound = add_sound(out, path)
        if cover:
            picture = out.add_stream("mjpeg", rate=1)
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
            frame = av.VideoFrame.from_ndarray(draw_corners(64, 48), format="rgb24")
            out.mux(picture.encode(frame))
            out.mux(picture.encode())
        write_sound(out, sound, 1.0)
    with av.open(str(path)) as made:
        assert len(made.streams.video) == int(cover)
    refused(path, NoVideoError)


def test_over_the_size_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "a.mp4", spaced(3))
    monkeypatch.setattr(video, "MAX_CLIP_BYTES", path.stat().st_size - 1)
    refused(path, ClipTooLarge)
    monkeypatch.setattr(video, "MAX_CLIP_BYTES", path.stat().st_size)
    assert len(read(path)[0]) == 3


def test_over_the_length_limit_at_once_or_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "MAX_CLIP_S", 2.0)
    tells = write_clip(tmp_path / "a.mp4", spaced(90))
    with pytest.raises(ClipTooLarge):
        ClipReader(tells)
    silent = write_clip(tmp_path / "a.h264", spaced(90), container="h264")
    with ClipReader(silent) as clip:
        assert clip.expected_s is None
        with pytest.raises(ClipTooLarge):
            list(clip)


def forge_length(path: Path) -> None:
    """Let a file's header say that it lasts 58 hours."""
    data = bytearray(path.read_bytes())
    field, seconds = {".mkv": (b"\x44\x89\x88", 58 * 3600e3), ".flv": (b"duration\0", 58 * 3600)}[
        path.suffix
    ]
    at = data.index(field) + len(field)
    data[at : at + 8] = struct.pack(">d", seconds)
    path.write_bytes(data)


@pytest.mark.parametrize("suffix", ["mkv", "flv"])
def test_a_forged_length_is_not_believed(tmp_path: Path, suffix: str) -> None:
    path = write_clip(tmp_path / f"a.{suffix}", spaced(30), clock=Fraction(1, 1000))
    forge_length(path)
    with av.open(str(path)) as forged:
        assert forged.duration / av.time_base == 58 * 3600
    with ClipReader(path) as clip:
        assert clip.expected_s is None
    frames, info = read(path)
    np.testing.assert_allclose(times_of(frames), spaced(30), atol=2e-3)
    assert info.duration_s == pytest.approx(1.0, abs=0.02)
    assert info.stopped_s is None


def test_a_long_clip_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"  # a picture a minute
    write_clip(path, spaced(22, 1 / 60), clock=Fraction(1, 1000), options={"g": "1"})
    with pytest.raises(ClipTooLarge, match="longer than 20 minutes"):
        ClipReader(path)
    write_clip(path, spaced(21, 1 / 60), clock=Fraction(1, 1000), options={"g": "1"})
    assert len(read(path)[0]) == 21


def test_a_long_clip_that_does_not_tell_its_length_is_refused_as_soon(tmp_path: Path) -> None:
    """A browser's recording does not: it was analysed for 20 minutes first."""
    path = tmp_path / "a.webm"
    live = {"live": "1"}
    times_s, clock = spaced(22, 1 / 60), Fraction(1, 1000)
    write_clip(path, times_s, codec="libvpx", clock=clock, container_options=live)
    with av.open(str(path)) as clip:
        assert not clip.duration
    with pytest.raises(ClipTooLarge, match="longer than 20 minutes"):
        ClipReader(path)


def test_over_the_number_of_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "a.mp4", spaced(30, 240), clock=Fraction(1, 240))
    monkeypatch.setattr(video, "MAX_PICTURES", 29)
    assert "more than 29 pictures" in refused(path, ClipTooLarge).message
    monkeypatch.setattr(video, "MAX_PICTURES", 30)
    assert len(read(path)[0]) == 8


def test_every_limit_on_size_is_in_the_same_unit(tmp_path: Path) -> None:
    """Streamlit's upload field reckons in millions of bytes, so 500 MiB never got through it."""
    root = Path(video.__file__).parents[2]
    config = tomllib.loads((root / ".streamlit" / "config.toml").read_text())
    limit = config["server"]["maxUploadSize"]
    assert limit * 10**6 == limits.MAX_CLIP_BYTES
    assert f"{limit} MB" in (root / "gym" / "ui" / "ask.py").read_text()
    path = tmp_path / "a.mp4"
    with path.open("wb") as file:
        file.truncate(limits.MAX_CLIP_BYTES + 1)
    assert "a.mp4 has 501 MB; clips may have up to 500 MB." in refused(path, ClipTooLarge).message
    os.truncate(path, limits.MAX_CLIP_BYTES)
    assert "cannot be read as a video" in refused(path, ClipError).message


def test_pictures_of_impossible_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(
        tmp_path / "a.gif", spaced(2), codec="gif", pix_fmt="rgb8", clock=Fraction(1, 30)
    )
    data = path.read_bytes()
    path.write_bytes(data[:6] + struct.pack("<HH", 65535, 65535) + data[10:])  # 17 GB if believed
    refused(path, ClipError)
    path = write_clip(tmp_path / "a.mp4", spaced(2))
    monkeypatch.setattr(video, "MAX_PICTURE_PX", 64 * 48)
    read(path)
    monkeypatch.setattr(video, "MAX_PICTURE_PX", 64 * 48 - 1)
    assert "64 x 48" in refused(path, ClipTooLarge).message


def test_names_are_shown_by_their_last_part(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "stored.mp4", spaced(2))
    assert read(path)[1].name == "stored.mp4"
    assert read(path, name="../../x.mp4")[1].name == "x.mp4"
    assert display_name("..\\..\\x.mp4") == "x.mp4"
    assert display_name("a\nb\udce9.mp4") == "a�b�.mp4"
    assert display_name("../") == "clip"
    (tmp_path / "empty.mp4").touch()
    assert refused(tmp_path / "empty.mp4", ClipError, "../../x.mp4").message == "x.mp4 is empty."


def test_a_name_is_never_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("concat:a.mp4|b.mp4", "squat%03d.mp4", "-i.mp4", "été 中.mp4"):
        (tmp_path / name).write_bytes(write_clip(tmp_path / "plain.mp4", spaced(2)).read_bytes())
        assert len(read(Path(name))[0]) == 2
