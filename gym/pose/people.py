"""Who else is in view, and whether the one who is followed stays the same, in plain sentences."""

from __future__ import annotations

import numpy as np

from gym.features import mean_known, pixels_per_metre
from gym.kept import kept_with_poses
from gym.schema import PoseSequence
from gym.skeleton import TRUNK


def describe_others(poses: PoseSequence, share: float = 0.2, looks: int = 2) -> str:
    """Say that several people are in view, and which of them was followed; empty where not.

    Parameters
    ----------
    poses : PoseSequence
    share : float
        Of the looks for other people, how many must have found some: a passer-by takes fewer.
    looks : int
        And at least so many: one alone may be a mistake.
    """
    if poses.others is None:
        return ""
    known = poses.others[np.isfinite(poses.others).all(axis=1)]
    beside = known[known.sum(axis=1) > 0]
    if len(beside) < max(looks, share * len(known)):
        return ""
    number = "Two" if np.median(beside.sum(axis=1)) < 2 else "Several"
    return f"{number} people are in view; {_name_followed(beside > 0)} was followed."


def _name_followed(beside: np.ndarray, share: float = 0.8) -> str:
    """Name the one who was followed by whether others are to the left and right: bool (n, 2)."""
    places = {
        "the one on the left": (False, True),
        "the one in the middle": (True, True),
        "the one on the right": (True, False),
    }
    for name, sides in places.items():
        if (beside == sides).all(axis=1).mean() >= share:
            return name
    return "only one of them"


@kept_with_poses
def find_changes(
    poses: PoseSequence,
    jump_m: float = 0.45,
    speed_m_s: float = 3.0,
    ratio: float = 1.8,
    window_s: float = 0.5,
    lasting_s: float = 1.0,
) -> list[float]:
    """Return the times from which on someone else was followed, or the camera was elsewhere.

    Parameters
    ----------
    poses : PoseSequence
    jump_m, speed_m_s : float
        From one seen frame to the next nobody's trunk moves further than ``jump_m`` and what
        ``speed_m_s`` adds, in half a second at the longest.
    ratio, window_s : float
        From one ``window_s`` to the next nobody's size in the picture changes so much: walking up to
        the camera made 1.5 over 291 recorded clips, and what was larger was cut.
    lasting_s : float
        What is shorter than this before or after it is no change but a mistake.
    """
    seen = np.flatnonzero(poses.seen)
    time_s = poses.time_s[seen]
    if not len(seen) or time_s[-1] - time_s[0] < 2 * lasting_s:
        return []
    xy_px = poses.xy_px[seen]
    centre = mean_known(xy_px[:, TRUNK].astype(float))
    px_per_m = pixels_per_metre(xy_px, poses.xyz_m[seen])

    def part(k: int) -> tuple[slice, slice]:
        """Return the frames of a moment before frame ``k``, and of one from it on."""
        first = np.searchsorted(time_s, time_s[k - 1] - window_s)
        last = np.searchsorted(time_s, time_s[k] + window_s, side="right")
        return slice(first, k), slice(k, last)

    def stays_away(k: int) -> bool:
        before, after = part(k)
        back_px = [
            np.linalg.norm(centre[before] - centre[k], axis=1).min(),
            np.linalg.norm(centre[after] - centre[k - 1], axis=1).min(),
        ]
        return min(back_px) > jump_m * px_per_m[k - 1 : k + 1].max()

    def grows(k: int) -> bool:
        middles = []
        for frames in part(k):
            whole = seen[frames.stop - 1] - seen[frames.start] + 1
            steady = frames.stop - frames.start >= max(3, 0.9 * whole)
            middles.append(np.median(px_per_m[frames]) if steady else np.nan)
        return bool(max(middles) > ratio * min(middles))

    with np.errstate(invalid="ignore", divide="ignore"):
        away_m = np.linalg.norm(np.diff(centre, axis=0), axis=1)
        away_m /= np.maximum(px_per_m[1:], px_per_m[:-1])
    far = away_m > jump_m + speed_m_s * np.minimum(np.diff(time_s), 0.5)
    now_and_then = np.arange(time_s[0], time_s[-1], 0.4 * window_s)[1:]
    found = [k for k in np.flatnonzero(far) + 1 if stays_away(k)]
    found += [k for k in np.searchsorted(time_s, now_and_then) if grows(k)]
    changes_s: list[float] = []
    for at_s in time_s[sorted(found)]:
        before_s = changes_s[-1] if changes_s else time_s[0]
        if at_s - before_s >= lasting_s and time_s[-1] - at_s >= lasting_s:
            changes_s.append(float(at_s))
    return changes_s


def describe_change(poses: PoseSequence) -> str:
    """Say from when on someone else was followed; empty where the same person was all along."""
    changes_s = find_changes(poses)
    if not changes_s:
        return ""
    return f"From {changes_s[0]:.0f} s on someone else was followed, or the camera showed another view."


def describe_people(poses: PoseSequence) -> list[str]:
    """Return what there is to say about the people in view, a sentence each."""
    return [text for text in (describe_others(poses), describe_change(poses)) if text]
