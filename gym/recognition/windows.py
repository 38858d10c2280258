"""Cuts poses into the windows that the network looks at."""

from __future__ import annotations

import numpy as np

from gym.recognition.stgcn import StgcnConfig
from gym.skeleton import to_penn
from gym.smoothing import sample_at

#: A joint less visible than this counts as unseen (BlazePose guesses hidden limbs).
VISIBILITY_IN_USE = 0.2


def to_joints(xy_px: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """Pick the 13 joints that are seen: (T, 33, 2) and (T, 33) -> (T, 13, 2), else NaN."""
    seen = to_penn(visibility[..., None]) >= VISIBILITY_IN_USE
    return np.where(seen, to_penn(xy_px), np.nan).astype(np.float32)


def cut_window(
    time_s: np.ndarray, joints: np.ndarray, end_s: float, config: StgcnConfig
) -> np.ndarray:
    """Cut the window that ends at a time: float32 (window_frames, 13, 2), NaN where unseen."""
    offsets = (np.arange(config.window_frames) - config.window_frames + 1) / config.rate_hz
    return sample_at(time_s, joints, end_s + offsets)
