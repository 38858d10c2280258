"""Single frames of a clip that was written here, wherever they are in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av

from gym.errors import ClipError
from gym.media.reader import display_name
from gym.schema import Frame

STILL_LATE_S = 0.004  # how much later than asked a frame may begin and still be the one meant


def read_stills(path: Path, times_s: Sequence[float]) -> list[Frame]:
    """Return the frames that stand on the screen at some moments of a clip.

    It seeks from keyframe to keyframe, so a moment late in a long clip costs no more than an early one.

    Parameters
    ----------
    path : Path
        A clip that `ClipWriter` wrote: upright, with times that start at 0.
    times_s : sequence of float
        Moments beyond the end give the last frame.

    Raises
    ------
    ClipError
        The clip is gone or cannot be read.
    """
    stills = []
    try:
        with av.open(f"file:{path.resolve()}") as container:
            stream = container.streams.video[0]
            first = stream.start_time or 0
            for time_s in times_s:
                # Times in files are rounded to their time base: a little later is still the same.
                until = first + (max(time_s, 0.0) + STILL_LATE_S) / stream.time_base
                container.seek(int(until), stream=stream)
                shown = None
                for picture in container.decode(stream):
                    if shown is not None and picture.pts > until:
                        break
                    shown = picture
                if shown is None:
                    raise ClipError(f"{display_name(path)} has no picture at {time_s:.1f} s.")
                at_s = float((shown.pts - first) * stream.time_base)
                stills.append(Frame(shown.to_ndarray(format="rgb24"), at_s))
    except (av.FFmpegError, OSError) as error:
        raise ClipError(
            f"No picture of {display_name(path)} can be shown: it cannot be read any more.",
            "Open the clip again.",
        ) from error
    return stills
