"""The figures of a comparison with the truth, each with a 95 % bootstrap interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import bootstrap


def score_counts(errors: Sequence[int], truths: Sequence[int]) -> dict[str, object]:
    """Score a counter over clips.

    Parameters
    ----------
    errors : sequence of int
        Signed: counted less true.
    truths : sequence of int
        The true counts, for the normalised error.

    Returns
    -------
    dict
        ``n``; ``mae`` the mean absolute error; ``nmae`` the same as a share of the truth; ``obo`` the
        share off by at most one; ``exact``; ``bias`` the mean signed error; each but ``n`` as
        ``{"value": x, "interval": [low, high]}``.
    """
    error, truth = np.array(errors, dtype=float), np.array(truths, dtype=float)
    share = np.abs(error) / np.maximum(truth, 1)
    return {
        "n": len(error),
        "mae": with_interval(np.abs(error)),
        "nmae": with_interval(share),
        "obo": with_interval((np.abs(error) <= 1).astype(float)),
        "exact": with_interval((error == 0).astype(float)),
        "bias": with_interval(error),
    }


def with_interval(values: np.ndarray | Sequence[float | None]) -> dict[str, object]:
    """Return the mean of the known values with its 95 % bootstrap interval; None where there is none.

    The same values always give the same interval.
    """
    known = np.array([v for v in values if v is not None and np.isfinite(v)], dtype=float)
    if not len(known):
        return {"value": None, "interval": [None, None]}
    value = float(known.mean())
    if len(known) < 2 or np.ptp(known) == 0:
        return {"value": round(value, 4), "interval": [round(value, 4)] * 2}
    interval = bootstrap(
        (known,), np.mean, n_resamples=2000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    return {
        "value": round(value, 4),
        "interval": [round(float(interval.low), 4), round(float(interval.high), 4)],
    }


def match_bottoms(
    found_s: Sequence[float], true_s: Sequence[float], reach_s: Sequence[float]
) -> int:
    """Match found bottoms one to one with true ones, each within its reach; return how many match."""
    if not len(found_s) or not len(true_s):
        return 0
    away = np.abs(np.subtract.outer(np.array(true_s), np.array(found_s)))
    allowed = away <= np.array(reach_s)[:, None]
    rows, columns = linear_sum_assignment(np.where(allowed, away, 1e6))
    return int(allowed[rows, columns].sum())
