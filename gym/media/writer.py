"""Frames to a file that every browser plays and scrubs quickly, at their true times."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from gym.errors import ClipError
from gym.media.reader import CODEC_THREADS, display_name
from gym.schema import Frame

ENCODER_CLOCK = Fraction(1, 90000)  # of the written times: fine enough for any frame rate


class ClipWriter:
    """Write frames as H.264 that every browser plays and scrubs quickly, at their true times.

    The file appears under its name only when all went well; on an exception nothing is left.

    Parameters
    ----------
    path : Path or str
        The MP4 file to write.
    size : tuple of int
        (width, height) in px of the frames to come; an odd last column or row is cut off.
    fps_hint : float
        About how many frames a second will come; steers the encoder only, not the times.
    """

    def __init__(self, path: Path | str, size: tuple[int, int], fps_hint: float = 30.0) -> None:
        self._path = Path(path)
        self._part = self._path.with_name(f".{self._path.name}.{uuid.uuid4().hex[:8]}.part")
        self._size = (int(size[0]), int(size[1]))
        if min(self._size) < 2:
            raise ValueError(f"expected pictures of at least 2 x 2 px, got {self._size}")
        if not fps_hint > 0:
            raise ValueError(f"expected fps_hint above 0, got {fps_hint}")
        self._frames = self._first_pts = self._last_pts = 0
        with self._disk():
            self._container = av.open(
                f"file:{self._part.absolute()}", "w", "mp4", options={"movflags": "+faststart"}
            )
        self._stream = stream = self._container.add_stream(
            "libx264",
            rate=Fraction(fps_hint).limit_denominator(1001),
            # A keyframe every 15 frames and no B-frames: a seek decodes little.
            options={"preset": "veryfast", "crf": "23", "g": "15", "bf": "0"},
        )
        stream.width, stream.height = (side // 2 * 2 for side in self._size)
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = ENCODER_CLOCK
        context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        context.color_range = ColorRange.MPEG
        context.thread_count = CODEC_THREADS
        self._reformatter = VideoReformatter()

    def write(self, frame: Frame) -> None:
        """Add one frame; its time must be later than the one before."""
        width, height = self._size
        if frame.image.shape != (height, width, 3):
            raise ValueError(f"expected shape {(height, width, 3)}, got {frame.image.shape}")
        pts = round(frame.time_s / ENCODER_CLOCK)
        if self._frames and pts <= self._last_pts:
            raise ValueError(
                f"expected a time after {float(self._last_pts * ENCODER_CLOCK):.5f} s, "
                f"got {frame.time_s:.5f} s"
            )
        if not self._frames:
            self._first_pts = pts
        self._last_pts, self._frames = pts, self._frames + 1
        even = np.ascontiguousarray(frame.image[: self._stream.height, : self._stream.width])
        picture = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(even, format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        picture.pts, picture.time_base = pts, ENCODER_CLOCK
        with self._disk():
            self._container.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Finish the file and give it its name."""
        if not self._frames:
            raise ValueError("expected at least one frame")
        with self._disk():
            packets = self._stream.encode()
            if packets and self._frames > 1:  # nobody told the last frame's length: take the mean
                packets[-1].duration = (self._last_pts - self._first_pts) // (self._frames - 1)
            self._container.mux(packets)
            self._container.close()
            os.replace(self._part, self._path)

    def discard(self) -> None:
        """Give up: remove what was written so far."""
        with suppress(av.FFmpegError):
            self._container.close()
        self._part.unlink(missing_ok=True)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Tell a full or write-protected disk in the user's words."""
        try:
            yield
        except (av.FFmpegError, OSError) as error:
            raise ClipError(
                f"The video {display_name(self._path.name)} cannot be written.",
                "Check that there is free space on the disk and that the folder is not write-protected.",
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                self.close()
        finally:
            if self._part.exists():
                self.discard()
