"""What may be put in: the same for a clip, a recording and a pose file, by every way in.

Times decide, not what a file's header promises, and the cost of a file follows the frames in it: a
gap between two of them is a gap, however long.
"""

from __future__ import annotations

import numpy as np

MAX_CLIP_BYTES = 500 * 10**6  #: 500 MB, as browsers, phones and Streamlit's upload field reckon
MAX_CLIP_S = 20 * 60.0

#: Frames that follow closer are left out: slow motion of 120 or 240 frames/s becomes 60, up to 70 stay
#: as they are. The counters look at 15 or 20 instants a second, the smoothing at a tenth of a second.
MIN_STEP_S = 0.0131
MAX_FRAMES = round(MAX_CLIP_S / MIN_STEP_S)  #: what is left of the longest clip
MAX_PICTURES = round(MAX_CLIP_S * 240)  #: in a file, before any is left out


def thin_times(time_s: np.ndarray) -> np.ndarray:
    """Tell which frames to keep, so that none is closer than ``MIN_STEP_S`` to the one before.

    Parameters
    ----------
    time_s : float64 (T,), in order

    Returns
    -------
    bool (T,)

    >>> thin_times(np.array([0.0, 0.0, 0.008, 0.016, 0.5])).tolist()
    [True, False, False, True, True]
    """
    kept = np.zeros(len(time_s), dtype=bool)
    due_s = -np.inf
    for index, at_s in enumerate(time_s.tolist()):
        if at_s >= due_s:
            kept[index], due_s = True, next_due_s(at_s)
    return kept


def next_due_s(time_s: float) -> float:
    """Return from when on another frame is kept; times in files are rounded, so a little early."""
    return time_s + MIN_STEP_S - 1e-6
