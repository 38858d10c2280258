"""The recording of a live set: its frames, written in parallel with other work, and their details."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import numpy as np

from gym.errors import ClipError
from gym.media.threads import write_behind
from gym.media.writer import ClipWriter
from gym.schema import ClipInfo, Frame


class Recording:
    """Writes the frames of the set in a thread, for the player of the summary.

    Parameters
    ----------
    path : Path
        The file, which is playable once the recording is closed.
    image : uint8 (H, W, 3) RGB
        The first frame, for its size.
    """

    def __init__(self, path: Path, image: np.ndarray) -> None:
        height, width = image.shape[:2]
        self.path, self.size = path, (width, height)
        self._begun_at = datetime.now().astimezone()
        self._times_s: list[float] = []
        with ExitStack() as opening:
            writer = opening.enter_context(ClipWriter(path, self.size))
            self._write = opening.enter_context(write_behind(writer.write))
            self._open_things = opening.pop_all()

    def write(self, frame: Frame) -> None:
        """Add a frame; a frame of another size, as when a phone is turned, raises a ClipError."""
        if frame.image.shape[1::-1] != self.size:
            raise ClipError(
                "The size of the camera's picture changed.",
                "The set ends here. Do not turn the phone during a set.",
            )
        self._write(frame)
        self._times_s.append(frame.time_s)

    @property
    def info(self) -> ClipInfo:
        """What is known of the clip; there must be a frame."""
        step_s = self._times_s[-1] / max(len(self._times_s) - 1, 1)
        return ClipInfo(
            f"Live set, {self._begun_at:%Y-%m-%d %H:%M}",
            self._times_s[-1] + step_s,
            len(self._times_s),
            *self.size,
            recorded_at=self._begun_at,
        )

    def close(self) -> None:
        """Finish the file; a ClipError says that it cannot be written."""
        self._open_things.close()
