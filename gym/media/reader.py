"""A file to frames with true timestamps.

`ClipReader` gives upright RGB pictures one at a time, so memory does not grow with a clip's length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import cv2
import numpy as np
from av.stream import Disposition
from av.video.reformatter import VideoReformatter

from gym.errors import ClipError, ClipTooLarge, NoVideoError
from gym.limits import MAX_CLIP_BYTES, MAX_CLIP_S, MAX_PICTURES, next_due_s
from gym.schema import ClipInfo, Frame

MAX_SIDE_PX = 1280  #: longer pictures are scaled down: BlazePose looks at 256 x 256 anyway
MAX_PICTURE_PX = 8192 * 4608  #: an 8K picture; a small file can claim far more and fill the memory

#: Demuxers a stranger's file may use. Others open further files (playlists, image sequences) or
#: read any text as pictures. Sound formats are here to be refused as what they are.
FORMATS = (
    "mov,matroska,avi,gif,apng,mpegts,mpeg,mpegvideo,m4v,h264,hevc,obu,ivf,mjpeg,flv,asf,ogg,"
    "mp3,wav,flac,aac,aiff,amr"
)

CODEC_THREADS = 2  # more only hold more pictures and crowd out the pose network
FALLBACK_RATE = 30  # frames/s of a stream that tells neither times nor a rate
RESTART_S = 0.5  # a step back of this much is a new clock (joined recordings), not a stray frame
#: Where files say when they were recorded: a phone's local time tells the day best, then UTC.
RECORDED_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")
CLOCK_SET = datetime(2001, 1, 1, tzinfo=UTC)  # before it: a clock that begins in 1904, 1970 or 2000
CLOCK_AHEAD = timedelta(days=1)  # of a camera that takes its local time for UTC
SHORTFALL_S, SHORTFALL_SHARE = 0.5, 0.02  # less than promised by both: the file stopped early

ADVICE_UNREADABLE = "Save or export it again as an MP4, or copy it again from the phone or camera."
ADVICE_CUT = "Cut out the part with the exercise and upload that."


def display_name(name: str | Path) -> str:
    """Return a file name fit for showing: its last part, printable; never use it as a path.

    >>> display_name("../../etc/squat.mp4")
    'squat.mp4'
    """
    last = re.split(r"[/\\]", str(name))[-1]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in last) or "clip"


#: Clockwise turns in degrees, as OpenCV names them.
_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def _read_turn(picture: av.VideoFrame) -> tuple[int, bool]:
    """Return the clockwise turn a player must make, and whether it must mirror first."""
    stored = picture.side_data.get("DISPLAYMATRIX")
    if stored is None:
        return 0, False
    (a, b), (c, d) = np.frombuffer(bytes(stored), np.int32).reshape(3, 3)[:2, :2].tolist()
    mirrored = a * d < b * c
    if mirrored:
        a, b = -a, -b
    return round(math.degrees(math.atan2(b, a)) / 90) % 4 * 90, mirrored


def _read_recorded_at(metadata: Mapping[str, str]) -> datetime | None:
    """Return when a file says that it was recorded; None where that is unknown or cannot be."""
    latest = datetime.now(UTC) + CLOCK_AHEAD
    for tag in RECORDED_TAGS:
        try:
            recorded_at = datetime.fromisoformat(metadata.get(tag, ""))
        except ValueError:
            continue
        if recorded_at.tzinfo is not None and CLOCK_SET <= recorded_at <= latest:
            return recorded_at
    return None


class ClipReader:
    """Read a clip's frames, upright and in time order, one at a time.

    Parameters
    ----------
    path : Path or str
        The file.
    name : str, optional
        What to call it in messages; the file's own name by default.

    Attributes
    ----------
    size : tuple of int
        (width, height) in px of its frames: upright, square pixels, even, ≤ ``MAX_SIDE_PX``.
    expected_s : float or None
        The length that the file promises, for progress only; None where it cannot be true.

    Raises
    ------
    ClipError
        The file is empty, no video, or so damaged that not one frame decodes.
    ClipTooLarge
        Over ``MAX_CLIP_BYTES``, ``MAX_CLIP_S`` or ``MAX_PICTURES``: at once, or on the way where only
        reading shows it.
    NoVideoError
        Only sound, or only a cover picture.
    """

    def __init__(self, path: Path | str, name: str | None = None) -> None:
        self.name = display_name(name or Path(path).name)
        self._frames, self._time_s = 0, 0.0  # given so far, and the time of the last one
        self._clock_s = 0.0  # the time of the last picture, given or left out
        self._reached_s = 0.0  # the end of the last packet of any track
        self._damaged = False  # the last packet could not be read, or only in part
        self._ended = False
        self._reformatter = VideoReformatter()
        self._container = self._open(Path(path))
        try:
            self._recorded_at = _read_recorded_at(self._container.metadata)
            self._stream = self._choose_stream()
            self._step_s = float(1 / (self._stream.average_rate or FALLBACK_RATE))
            self._check_length(self._find_late_picture(Path(path)))
            promised_s = (self._container.duration or 0) / av.time_base
            self.expected_s = promised_s if 0 < promised_s <= MAX_CLIP_S else None
            self._pictures = self._decode()
            self._first = next(self._pictures, None)
            if self._first is None:
                message = f"No picture of {self.name} can be read: it is damaged or incomplete."
                raise ClipError(message, ADVICE_UNREADABLE)
            self._fit(self._first)
        except BaseException:
            self.close()
            raise

    def _open(self, path: Path) -> av.container.InputContainer:
        """Open the file as one of the known formats."""
        try:
            size = path.stat().st_size
            if size > MAX_CLIP_BYTES:
                raise ClipTooLarge(
                    f"{self.name} has {math.ceil(size / 10**6)} MB; clips may have up to "
                    f"{MAX_CLIP_BYTES / 10**6:.0f} MB.",
                    ADVICE_CUT,
                )
            if size == 0:
                raise ClipError(f"{self.name} is empty.", "Copy it again from the phone or camera.")
            # "file:" and the lists keep FFmpeg from reading a name or a playlist as an address.
            return av.open(
                f"file:{path.resolve()}",
                metadata_errors="ignore",
                options={"max_pixels": str(MAX_PICTURE_PX)},
                container_options={"protocol_whitelist": "file", "format_whitelist": FORMATS},
            )
        except FileNotFoundError as error:
            raise ClipError(
                f"There is no file {self.name}.", "Check its name and folder."
            ) from error
        except (av.FFmpegError, OSError) as error:
            raise ClipError(f"{self.name} cannot be read as a video.", ADVICE_UNREADABLE) from error

    def _choose_stream(self) -> av.VideoStream:
        """Return the stream with the moving pictures, set up for decoding."""
        not_moving = Disposition.attached_pic | Disposition.timed_thumbnails
        streams = [s for s in self._container.streams.video if not s.disposition & not_moving]
        if not streams:
            advice = "Choose a file with video, not only sound."
            raise NoVideoError(f"{self.name} holds no moving pictures.", advice)
        best = self._container.streams.best("video")
        stream = best if best in streams else streams[0]
        context = stream.codec_context
        if context is None:
            message = f"{self.name} uses a video format that this program cannot read."
            raise ClipError(message, ADVICE_UNREADABLE)
        if context.width * context.height > MAX_PICTURE_PX:
            raise ClipTooLarge(
                f"The pictures of {self.name} are too large: {context.width} x {context.height}.",
                "Save it with a smaller picture size; 1280 x 720 is enough.",
            )
        context.options = {"max_pixels": str(MAX_PICTURE_PX)}
        context.thread_type = "AUTO"
        context.thread_count = CODEC_THREADS
        return stream

    def _check_length(self, length_s: float) -> None:
        if length_s > MAX_CLIP_S:
            message = f"{self.name} is longer than {MAX_CLIP_S / 60:g} minutes."
            raise ClipTooLarge(message, ADVICE_CUT)

    def _find_late_picture(self, path: Path) -> float:
        """Return the time of a picture beyond the longest length, 0 where there is none.

        What a header says of the length, or does not say, is not asked. Nothing is decoded for this.
        """
        limit = (MAX_CLIP_S + self._start_s) * av.time_base
        with self._open(path) as probe:
            with suppress(av.FFmpegError):  # what cannot be sought in is gone through
                probe.seek(int(limit))
            with suppress(av.FFmpegError):
                for packet in probe.demux(probe.streams[self._stream.index]):
                    stamp = packet.dts if packet.pts is None else packet.pts
                    time_s = 0.0 if stamp is None else float(stamp * packet.time_base)
                    if packet.size and time_s - self._start_s > MAX_CLIP_S:
                        return time_s - self._start_s
        return 0.0

    @property
    def _start_s(self) -> float:
        """When the file's own clock begins."""
        return (self._container.start_time or 0) / av.time_base

    def _decode(self) -> Iterator[av.VideoFrame]:
        """Yield all that decodes; what cannot be read is skipped and noted."""
        context = self._stream.codec_context
        for packet in self._packets():
            try:
                yield from context.decode(packet)
                if packet is not None:
                    self._damaged = packet.is_corrupt
            except av.FFmpegError:
                self._damaged = True

    def _packets(self) -> Iterator[av.Packet | None]:
        """Yield the pictures' packets, then None, which makes the decoder give what it holds."""
        try:
            for packet in self._container.demux():
                stamp = packet.dts if packet.pts is None else packet.pts
                if stamp is None and not packet.size:
                    # PyAV's mark of the end, one for each track. The first one will do: it stumbles
                    # over tracks that turned up only on the way.
                    break
                if stamp is not None:
                    end_s = float((stamp + (packet.duration or 0)) * packet.time_base)
                    end_s -= self._start_s
                    self._reached_s = max(self._reached_s, end_s)
                if packet.stream is self._stream and packet.size:
                    yield packet
        except av.FFmpegError:  # the file ends badly: go on with what the decoder still holds
            self._damaged = True
        yield None

    def _fit(self, first: av.VideoFrame) -> None:
        """Settle the turn and the size that all frames get, from the first one."""
        self._turn_deg, self._mirrored = _read_turn(first)
        width, height = first.width, first.height
        aspect = self._stream.sample_aspect_ratio or Fraction(1)
        if aspect > 1:  # as browsers do: a side grows, so no detail is lost
            width = round(width * aspect)
        else:
            height = round(height / aspect)
        scale = min(1.0, MAX_SIDE_PX / max(width, height))
        self._scaled = tuple(max(2, round(side * scale / 2) * 2) for side in (width, height))
        sideways = self._turn_deg in (90, 270)
        self._shown = (height, width) if sideways else (width, height)
        self.size = self._scaled[::-1] if sideways else self._scaled

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames, once; times start at 0 and grow by ``MIN_STEP_S`` or more.

        What comes sooner is left out: of slow motion most frames, and whatever does not advance (a
        doubled or stray timestamp), since there is no true time to give it.
        """
        pictures, due_s = 0, 0.0
        picture, self._first = self._first, None
        start_s = self._stamp_s(picture) or 0.0 if picture else 0.0
        while picture is not None:
            stamp_s = self._stamp_s(picture)
            time_s = self._clock_s + self._step_s if stamp_s is None else stamp_s - start_s
            if time_s < self._clock_s - RESTART_S:
                start_s += time_s - self._clock_s - self._step_s
                time_s = self._clock_s + self._step_s
            if self._frames == 0:
                time_s = 0.0
            pictures += 1
            self._clock_s = max(self._clock_s, time_s)
            self._check_length(time_s)
            if pictures > MAX_PICTURES:
                raise ClipTooLarge(
                    f"{self.name} has more than {MAX_PICTURES} pictures.",
                    "Save it with 60 frames a second or fewer.",
                )
            if time_s >= due_s:
                self._time_s, self._frames, due_s = time_s, self._frames + 1, next_due_s(time_s)
                yield Frame(self._to_upright(picture), time_s)
            picture = next(self._pictures, None)
        self._ended = True

    def _stamp_s(self, picture: av.VideoFrame) -> float | None:
        """Return the time that the file gives a picture; None where it gives none."""
        # AVI stores no display times, and FFmpeg's guesses at them jump back and forth; pictures
        # leave the decoder in display order, so the storage times do in their place.
        stored_only = self._container.format.name == "avi"
        stamp = picture.dts if stored_only or picture.pts is None else picture.pts
        return None if stamp is None else float(stamp * self._stream.time_base)

    def _to_upright(self, picture: av.VideoFrame) -> np.ndarray:
        """Scale first, then turn the small picture: both are cheap that way."""
        width, height = self._scaled
        try:
            small = self._reformatter.reformat(
                picture, width, height, "rgb24", interpolation="AREA", threads=1
            )
        except av.FFmpegError as error:
            message = f"The pictures of {self.name} are stored in an unsupported way."
            raise ClipError(message, ADVICE_UNREADABLE) from error
        image = small.to_ndarray()
        if self._mirrored:
            image = cv2.flip(image, 1)
        if self._turn_deg:
            image = cv2.rotate(image, _TURNS[self._turn_deg])
        return np.ascontiguousarray(image)

    def info(self) -> ClipInfo:
        """Return what is known of the clip, complete once it was read to its end."""
        # Files often misstate how long the last frame lasts: take the mean of the others.
        step_s = self._time_s / (self._frames - 1) if self._frames > 1 else self._step_s
        duration_s = self._time_s + step_s
        missing_s = (self.expected_s or 0.0) - max(self._reached_s, duration_s)
        cut = missing_s > max(SHORTFALL_S, SHORTFALL_SHARE * (self.expected_s or 0.0))
        return ClipInfo(
            name=self.name,
            duration_s=duration_s,
            frames=self._frames,
            width_px=self._shown[0],
            height_px=self._shown[1],
            rotation_deg=self._turn_deg,
            stopped_s=self._time_s if self._ended and (self._damaged or cut) else None,
            recorded_at=self._recorded_at,
        )

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
