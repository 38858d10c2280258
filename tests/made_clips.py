"""Builds clips for tests, hard ones included: rotated, variable rate, sound only, any codec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np

from gym.media.reader import ClipReader
from gym.media.writer import ClipWriter
from gym.schema import ClipInfo, Frame

PATTERN_TIMES = [0.0, 0.014, 0.05, 0.4, 0.4333, 1.7, 1.7167, 2.5]  # a phone in bad light
#: The colours of a test picture's quarters, clockwise from the top left.
CORNERS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 220), "white": (235,) * 3}


def draw_corners(width: int, height: int) -> np.ndarray:
    """Return uint8 (H, W, 3): quarters red, green, blue, white, clockwise from top left."""
    image = np.zeros((height, width, 3), np.uint8)
    top, left = slice(None, height // 2), slice(None, width // 2)
    bottom, right = slice(height // 2, None), slice(width // 2, None)
    quarters = ((top, left), (top, right), (bottom, right), (bottom, left))
    for quarter, colour in zip(quarters, CORNERS.values(), strict=True):
        image[quarter] = colour
    return image


def name_corners(image: np.ndarray) -> list[str]:
    """Return the colour in the middle of each quarter, clockwise from the top left."""
    height, width = image.shape[:2]
    points = ((1, 1), (1, 3), (3, 3), (3, 1))
    middles = [image[y * height // 4, x * width // 4].astype(int) for y, x in points]
    return [
        min(CORNERS, key=lambda name: np.abs(middle - CORNERS[name]).sum()) for middle in middles
    ]


def draw_moving_bar(index: int, width: int, height: int) -> np.ndarray:
    """Return uint8 (H, W, 3): a white bar on grey, further right with each ``index``."""
    image = np.full((height, width, 3), 60, np.uint8)
    start = index * 4 % max(1, width - 8)
    image[:, start : start + 8] = 235
    return image


def write_clip(
    path: Path,
    times_s: Sequence[float],
    size: tuple[int, int] = (64, 48),
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    container: str | None = None,
    rate: int = 30,
    clock: Fraction = Fraction(1, 90000),
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    turn_ccw_deg: int | None = None,
    mirrored: bool = False,
    aspect: Fraction | None = None,
    metadata: dict[str, str] | None = None,
    sound_s: float = 0.0,
    draw: Callable[[int, int, int], np.ndarray] = draw_moving_bar,
) -> Path:
    """Write a clip with frames at ``times_s``; ``draw(index, width, height)`` makes each."""
    with av.open(str(path), "w", format=container, options=container_options or {}) as out:
        out.metadata.update(metadata or {})
        stream = out.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        stream.codec_context.time_base = clock
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if turn_ccw_deg is not None or mirrored:
            stream.set_display_rotation(turn_ccw_deg or 0, hflip=mirrored)
        sound = add_sound(out, path) if sound_s else None
        for index, time_s in enumerate(times_s):
            frame = av.VideoFrame.from_ndarray(draw(index, *size), format="rgb24")
            frame.pts, frame.time_base = round(time_s / clock), clock
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        if sound:
            write_sound(out, sound, sound_s)
    return path


def add_sound(out: av.container.OutputContainer, path: Path) -> av.AudioStream:
    """Add a sound track in a codec that the container takes."""
    return out.add_stream("libopus" if path.suffix in (".webm", ".mkv") else "aac", rate=48000)


def write_sound(out: av.container.OutputContainer, stream: av.AudioStream, length_s: float) -> None:
    """Write silence."""
    samples = 960
    for start in range(0, round(length_s * 48000), samples):
        frame = av.AudioFrame(
            "fltp" if stream.codec_context.name == "aac" else "s16", "stereo", samples
        )
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 48000, start
        frame.time_base = Fraction(1, 48000)
        out.mux(stream.encode(frame))
    out.mux(stream.encode())


def spaced(count: int, rate: float = 30.0, start_s: float = 0.0) -> list[float]:
    """Return ``count`` times at an even rate."""
    return [start_s + index / rate for index in range(count)]


def put_small(
    image: np.ndarray, factor: float, place: tuple[float, float], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Put a picture, made smaller, into a grey one of ``size`` (width, height).

    ``place`` says where: (0, 0) is the top left corner, (1, 1) the bottom right. Returns the picture
    and where the small one's corner lies in it, in pixels.
    """
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    left, top = round(place[0] * (size[0] - width)), round(place[1] * (size[1] - height))
    whole = np.full((size[1], size[0], 3), 120, np.uint8)
    whole[top : top + height, left : left + width] = small
    return whole, np.array([left, top])


def read(path: Path, **names: str) -> tuple[list[Frame], ClipInfo]:
    """Read a clip whole, checking what holds for every clip."""
    with ClipReader(path, **names) as clip:
        frames = list(clip)
        info, size = clip.info(), clip.size
    times_s = [frame.time_s for frame in frames]
    assert times_s[0] == 0
    assert all(later > earlier for earlier, later in pairwise(times_s))
    assert {frame.image.shape for frame in frames} == {(size[1], size[0], 3)}
    assert all(side % 2 == 0 for side in size)
    assert frames[0].image.dtype == np.uint8
    assert frames[0].image.flags.c_contiguous
    assert info.frames == len(frames)
    return frames, info


def times_of(frames: list[Frame]) -> np.ndarray:
    return np.array([frame.time_s for frame in frames])


def save(path: Path, frames: list[Frame]) -> Path:
    height, width = frames[0].image.shape[:2]
    with ClipWriter(path, (width, height)) as out:
        for frame in frames:
            out.write(frame)
    return path
