"""How fast frames are looked at, and in which size they are wanted."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from statistics import median

from gym.pose.weights import available_models

log = logging.getLogger(__name__)

#: A frame that takes longer than this keeps a camera of 30 frames/s at under 14: too slow a machine.
SLOW_FRAME_S = 0.07
WARM_UP_FRAMES, MEASURED_FRAMES = 5, 15
WIDE_PX, NARROW_PX = 640, 424  #: the picture's longer side, and that on a slow machine
#: Browsers round a smaller picture's sides, to 16 px at most: 176 x 96 px is 640 x 360 made smaller.
ROUNDED_PX, SAME_SHAPE = 8, 0.03
SHAPES = (16 / 9, 4 / 3, 3 / 4, 9 / 16)  #: width to height, as cameras have them


class Pace:
    """Measures how fast frames are looked at, and knows what lighter way there is."""

    def __init__(self) -> None:
        there = [name for name, reason in available_models().items() if reason is None]
        heavier = [name for name in ("full", "lite") if name in there]
        self.model = heavier[0] if heavier else "full"
        self._lighter = heavier[1:]
        self.side_px = WIDE_PX
        self._busy_s: list[float] = []
        self._done_s: deque[float] = deque()
        self._frames = 0
        self._least_lag_s = math.inf

    def clock(self, started_s: float, time_s: float) -> dict[str, float]:
        """Take note of a frame that was looked at from ``started_s`` (monotonic) until now.

        Returns what `LiveView` tells of it, by the names there.
        """
        now_s = time.monotonic()
        self._busy_s.append(now_s - started_s)
        self._done_s.append(now_s)
        while self._done_s[0] < now_s - 2.0:
            self._done_s.popleft()
        self._frames += 1
        self._least_lag_s = min(self._least_lag_s, started_s - time_s)
        spent_s = now_s - self._done_s[0]
        return {
            "frames": self._frames,
            "frames_per_s": (len(self._done_s) - 1) / spent_s if spent_s > 0.5 else math.nan,
            "delay_s": now_s - time_s - self._least_lag_s,
        }

    @property
    def is_measured(self) -> bool:
        """Whether enough frames were looked at in the present way."""
        return len(self._busy_s) >= WARM_UP_FRAMES + MEASURED_FRAMES

    @property
    def is_slow(self) -> bool:
        """Whether the present way is too slow for this machine."""
        return self.is_measured and median(self._busy_s[-MEASURED_FRAMES:]) > SLOW_FRAME_S

    def fit(
        self, width_px: int, height_px: int, recorded: tuple[int, int] | None = None
    ) -> tuple[int, int]:
        """Return the size (width, height) in which a camera's frame is wanted.

        Browsers send smaller pictures at first and while the network is busy; once a set is
        ``recorded`` in one size, all are wanted in that, unless the camera was turned.
        """
        if recorded is not None:
            width, height = recorded
            off_px = abs(width_px - height_px * width / height)
            if off_px < max(ROUNDED_PX, SAME_SHAPE * width_px):
                return recorded
        shape = width_px / height_px
        # The shape that it will have when it has grown: a set may begin before.
        shape = next((s for s in SHAPES if abs(width_px - height_px * s) < ROUNDED_PX), shape)
        parts = (min(1.0, shape), min(1.0, 1 / shape))
        return tuple(round(self.side_px * part / 2) * 2 for part in parts)

    def step_down(self) -> bool:
        """Turn to a lighter model, or a smaller picture; False where there is nothing left."""
        if self._lighter:
            self.model = self._lighter.pop(0)
        elif self.side_px > NARROW_PX:
            self.side_px = NARROW_PX
        else:
            return False
        log.info("slow machine: going on with %s at %d px", self.model, self.side_px)
        self._busy_s.clear()
        return True
