"""A camera for Chromium that plays the project's sample: an athlete stands, squats, and stands still.

Every frame carries its number as a column of black and white squares at the camera's right edge,
which is the left one of the mirrored picture, so that a test knows which moment a picture shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from gym.media.reader import ClipReader

CAMERA_FPS = 30  # what Chromium plays an MJPEG file at, whatever the file says
BITS, SQUARE_PX, FIRST_PX = 10, 16, 104  # between the count and the cue in the picture
STAND_S = 16.0  #: before the set: a busy machine connects, is measured and counts down meanwhile
BEGIN_S = 9.0  #: about when the set begins, within seventeen seconds either way
STILL_S = 40.0  #: after it: the file would begin anew
FROM_S = 2.4  #: of the sample: by then the athlete has walked in
#: Its partial rep is left out, from rest to rest. It is 0.42 to 0.45 of the others' size, where 0.45
#: counts, so how many frames a busy machine looks at would decide about it.
LEFT_OUT_S = (14.4, 16.4)


def mark_frame(image: np.ndarray, number: int) -> np.ndarray:
    """Write the lowest bits of a number into a picture, the highest bit on top."""
    image = image.copy()
    for bit in range(BITS):
        top = FIRST_PX + bit * SQUARE_PX
        white = number >> (BITS - 1 - bit) & 1
        image[top : top + SQUARE_PX, -SQUARE_PX:] = 255 if white else 0
    return image


def read_mark(image: np.ndarray) -> int:
    """Read the number back from a picture that is not mirrored."""
    number = 0
    for bit in range(BITS):
        top = FIRST_PX + bit * SQUARE_PX
        square = image[top + 4 : top + SQUARE_PX - 4, -SQUARE_PX + 4 : -4]
        number = number << 1 | int(square.mean() > 128)
    return number


def play_sample(clip: Path) -> Iterator[np.ndarray]:
    """Yield the camera's pictures: standing, the sample's set, standing."""
    with ClipReader(clip) as reader:
        frames = [frame for frame in reader if frame.time_s >= FROM_S]
    times_s = np.array([frame.time_s for frame in frames])
    length_s = times_s[-1] - FROM_S - np.diff(LEFT_OUT_S)[0]
    stand = round(STAND_S * CAMERA_FPS)
    yield from [frames[0].image] * stand
    for time_s in to_sample_s(stand + np.arange(int(length_s * CAMERA_FPS))):
        yield frames[max(int(np.searchsorted(times_s, time_s, side="right")) - 1, 0)].image
    yield from [frames[-1].image] * round(STILL_S * CAMERA_FPS)


def write_camera(path: Path, images: Iterable[np.ndarray]) -> None:
    """Write pictures of one size as the MJPEG file that Chromium's fake camera plays."""
    with av.open(str(path), "w", format="mjpeg") as container:
        stream = None
        for number, image in enumerate(images):
            if stream is None:
                stream = container.add_stream("mjpeg", rate=CAMERA_FPS, options={"q:v": "4"})
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt, stream.time_base = "yuvj420p", Fraction(1, CAMERA_FPS)
            picture = av.VideoFrame.from_ndarray(mark_frame(image, number), format="rgb24")
            picture = picture.reformat(format="yuvj420p")
            # Without a time of its own one frame would be played for ever.
            picture.pts, picture.time_base = number, Fraction(1, CAMERA_FPS)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def unwrap_marks(marks: Sequence[int], near: float) -> np.ndarray:
    """Turn marks in the order of time into frame numbers, the first within half a turn of one."""
    turn = 2**BITS
    first = marks[0] + turn * round((near - marks[0]) / turn)
    steps = np.diff(np.asarray(marks)) % turn
    return np.concatenate([[first], first + np.cumsum(steps)]).astype(int)


def to_sample_s(numbers: np.ndarray) -> np.ndarray:
    """Return the sample's time that each frame shows; before the set its first."""
    time_s = FROM_S + np.maximum(numbers / CAMERA_FPS - STAND_S, 0.0)
    return time_s + np.where(time_s < LEFT_OUT_S[0], 0.0, np.diff(LEFT_OUT_S)[0])
