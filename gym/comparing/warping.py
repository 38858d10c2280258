"""A rep against a reference rep, matched in time by dynamic time warping (Sakoe and Chiba, 1978)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gym.comparing.curves import sample_angles
from gym.schema import Rep, Signals
from gym.skeleton import mirrored as mirrored_name

MOMENTS = 60  #: of a rep, at which it is compared
#: A moment is matched with none that is further away than this share of the rep: the bottom of one rep
#: is never the top of another.
_BAND_SHARE = 0.25


@dataclass(frozen=True, eq=False)
class Comparison:
    """How a rep differs from a reference rep.

    Attributes
    ----------
    joints : tuple of A names
        The angles that are known in both, as they are called in the rep; may be empty.
    time_s : float64 (MOMENTS,)
        Seconds of the clip, during the rep.
    share : float64 (MOMENTS,)
        The same as a share of the rep, 0..1.
    angle_deg, reference_deg : float64 (A, MOMENTS)
        The rep, and what the reference does at the same point of the movement.
    """

    joints: tuple[str, ...]
    time_s: np.ndarray
    share: np.ndarray
    angle_deg: np.ndarray
    reference_deg: np.ndarray

    @property
    def difference_deg(self) -> np.ndarray:
        """Rep minus reference, float64 (A, MOMENTS): positive where the angle is wider."""
        return self.angle_deg - self.reference_deg

    @property
    def distance_deg(self) -> np.ndarray:
        """The mean size of the difference of each joint, float64 (A,)."""
        return np.abs(self.difference_deg).mean(axis=1)

    def find_largest(self) -> tuple[str, float, float] | None:
        """Return the joint that differs most at any moment, when (s), and by how much (degrees)."""
        if not self.joints:
            return None
        joint, moment = np.unravel_index(
            np.argmax(np.abs(self.difference_deg)), self.angle_deg.shape
        )
        return (
            self.joints[joint],
            float(self.time_s[moment]),
            float(self.difference_deg[joint, moment]),
        )


def compare_reps(
    signals: Signals, rep: Rep, reference: Rep, *, mirrored: bool = False
) -> Comparison:
    """Compare a rep with a reference rep of the same clip.

    Parameters
    ----------
    signals : Signals
    rep, reference : Rep
    mirrored : bool
        Whether the one is done by the left and the other by the right: the reference's left is then
        compared with the rep's right.
    """
    from dtaidistance import dtw, dtw_ndim  # late: only this panel needs it

    share = np.linspace(0.0, 1.0, MOMENTS)
    time_s = rep.start_s + share * (rep.end_s - rep.start_s)
    reference_s = reference.start_s + share * (reference.end_s - reference.start_s)
    own, other = (sample_angles(signals, at_s[None])[0] for at_s in (time_s, reference_s))
    names = signals.angle_names
    if mirrored:
        other = other[[names.index(mirrored_name(name)) for name in names]]
    known = np.isfinite(own).all(axis=1) & np.isfinite(other).all(axis=1)
    joints = tuple(name for name, seen in zip(names, known, strict=True) if seen)
    own, other = own[known], other[known]
    matched = other.copy()
    if joints:
        path = dtw_ndim.warping_path(
            np.ascontiguousarray(own.T),
            np.ascontiguousarray(other.T),
            window=round(_BAND_SHARE * MOMENTS),
            use_c=dtw.dtw_cc is not None,
        )
        mine, theirs = np.array(path).T
        times = np.bincount(mine, minlength=MOMENTS)
        matched = np.array(
            [np.bincount(mine, weights=row[theirs], minlength=MOMENTS) for row in other]
        )
        matched = matched / times
    return Comparison(joints, time_s, share, own, matched)
