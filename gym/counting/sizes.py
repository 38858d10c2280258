"""How large a set's reps are: what a smaller movement is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def usual_size(sizes: Sequence) -> np.ndarray:
    """Return the size of a set's larger reps, along the first axis; NaN is passed over.

    It is the 75th percentile, so that a set with many half reps is measured by its whole ones. Of
    three or more it is one of the sizes, and never the largest: a single large movement, such as
    stepping up to the camera, has nothing like it and makes no other movement small.

    >>> float(usual_size([1.0, 1.0, 5.0])), float(usual_size([0.3, 1.0, 1.0, 1.0]))
    (1.0, 1.0)
    """
    known = np.asarray(sizes, dtype=float)
    return np.nanpercentile(known, 75, axis=0, method="lower" if len(known) > 2 else "linear")
