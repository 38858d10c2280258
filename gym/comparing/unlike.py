"""Which reps are unlike the person's good ones, after Kowsar and others (2016), and where they differ.

The good reps' curves span a space of few dimensions (principal components). A rep is odd if it lies far
out in that space, or beside it, against what the good reps themselves do when each is left out. Of seven
ways tried on markers of seven people (correct against incorrect deep squats and lunges, three views), it
told them apart best: nearest neighbours came close, one-class support vectors and the local outlier
factor did not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gym.comparing.curves import SAMPLES, Curves
from gym.schema import OddRep, Rep, RepKind, Verdict

FEWEST_GOOD = 4  #: good reps from which others can be told
#: What poses vary by themselves, degrees: of joints that jitter by 1 to 2 % of the trunk's length.
JITTER_DEG = 4.0
#: A rep is odd at so many times the good reps' usual distance; of few good reps nobody knows it well, so
#: that of four the limit is half as far again.
_LIMIT, _FEW = 1.7, 2.0
_LEAST_DISTANCE = 1.5  # half as far again as jitter alone takes a rep
_LEAST_DEG = 12.0  # a difference to speak of: twice the error of angles in the picture
_COMPONENTS = 3  # more than that are noise of one rep or another
_FOLDS, _MOST_GOOD = 10, 40  # so that the 300 reps of a long clip cost no more than a glance
_SMOOTH = 5  # samples, a tenth of a rep: the moment of a difference is no single sample


def find_odd_reps(
    curves: Curves, reps: Sequence[Rep], verdicts: Sequence[Verdict]
) -> tuple[tuple[OddRep, ...], int]:
    """Find the whole reps that are unlike the person's good ones.

    Parameters
    ----------
    curves : Curves
    reps : sequence of Rep
    verdicts : sequence of Verdict
        One for each rep, as of the curves: what failed is not good.

    Returns
    -------
    odd : tuple of OddRep
        In time order; empty where there are too few good reps.
    compared : int
        How many good reps they were compared with; 0 where there were too few.
    """
    whole = [k for k, rep in enumerate(reps) if rep.kind is RepKind.FULL]
    known = np.isfinite(curves.angle_deg[whole]).all(axis=2)
    if not known.any():
        return (), 0
    # Joints seen in most reps; and of those the reps in which all of them were.
    joints = np.flatnonzero(known.mean(axis=0) >= 0.8)
    usable = known[:, joints].all(axis=1) if len(joints) else np.zeros(len(whole), dtype=bool)
    good = usable & np.array([verdicts[k] is not Verdict.FAIL for k in whole])
    if good.sum() < FEWEST_GOOD:
        return (), 0
    angles = _drop_spikes(curves.angle_deg[np.ix_(whole, joints)])
    distance = _measure_distances(angles, usable, good)
    # What was odd among the good ones is not what the others are compared with.
    better = good & ~(distance > 1.0)
    if FEWEST_GOOD <= better.sum() < good.sum():
        good = better
        distance = _measure_distances(angles, usable, good)
    usual = np.median(angles[good], axis=0)
    scale = np.hypot(JITTER_DEG, 1.4826 * np.median(np.abs(angles[good] - usual), axis=0))
    odd = []
    for place in np.flatnonzero(distance > 1.0):
        joint, sample, difference = _find_difference(angles[place] - usual, scale)
        if abs(difference) >= _LEAST_DEG:
            odd.append(
                OddRep(
                    whole[place] + 1,
                    curves.joints[joints[joint]],
                    float(curves.time_s[whole[place], sample]),
                    float(curves.share[whole[place], sample]),
                    difference,
                    float(distance[place]),
                )
            )
    return tuple(odd), int(good.sum())


def _drop_spikes(angles: np.ndarray) -> np.ndarray:
    """Drop what lasts for less than a tenth of a rep: a limb lost for a moment is no odd rep."""
    from scipy.ndimage import median_filter  # late: SciPy takes its time to import

    return median_filter(angles, size=(1, 1, 2 * _SMOOTH + 1), mode="nearest")


def _measure_distances(angles: np.ndarray, usable: np.ndarray, good: np.ndarray) -> np.ndarray:
    """Measure how far each rep is from the good ones, in limits: (R,), NaN where it is not usable.

    A good rep is compared with the others only.
    """
    flat = angles.reshape(len(angles), -1)
    places = np.flatnonzero(good)
    distance = np.full(len(angles), np.nan)
    folds = min(len(places), _FOLDS)
    for fold in range(folds):
        kept = np.delete(places, np.s_[fold::folds])
        left_out = places[fold::folds]
        distance[left_out] = _measure_away(flat[kept], flat[left_out])
    others = np.flatnonzero(usable & ~good)
    if len(others):
        distance[others] = _measure_away(flat[places], flat[others])
    limit = _LIMIT * (1.0 + _FEW / len(places)) * float(np.median(distance[places]))
    return distance / max(limit, _LEAST_DISTANCE)


def _measure_away(good: np.ndarray, reps: np.ndarray) -> np.ndarray:
    """Measure how far reps (R, n) are from good ones (G, n), in their usual spread: (R,)."""
    from sklearn.decomposition import PCA  # late: it takes a second to import

    if len(good) > _MOST_GOOD:
        good = good[np.linspace(0, len(good) - 1, _MOST_GOOD).round().astype(int)]
    model = PCA(min(_COMPONENTS, len(good) - 1), svd_solver="full").fit(good)
    along = model.transform(reps)
    # Jitter that lasts through a rep moves a component by so much.
    spread = np.sqrt(model.explained_variance_ + SAMPLES * JITTER_DEG**2)
    beside = np.square(reps - model.inverse_transform(along)).mean(axis=1)
    return np.sqrt(np.square(along / spread).mean(axis=1) + beside / JITTER_DEG**2)


def _find_difference(difference_deg: np.ndarray, scale: np.ndarray) -> tuple[int, int, float]:
    """Find where a rep differs most: the joint, the sample, and by how many degrees."""
    window = np.ones(_SMOOTH) / _SMOOTH
    padded = np.pad(difference_deg, ((0, 0), (_SMOOTH // 2, _SMOOTH // 2)), mode="edge")
    calm = np.array([np.convolve(row, window, "valid") for row in padded])
    joint, sample = np.unravel_index(np.argmax(np.abs(calm) / scale), calm.shape)
    return int(joint), int(sample), float(calm[joint, sample])
