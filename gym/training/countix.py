"""Reads the poses published for Countix-Fitness: sequences, and single poses at the turn of a rep.

Sequences are stretched to a box in every frame (`gym.posefiles.repcount` has the adapter's story), so
training stretches other recordings in the same way now and then. The single poses are true to shape:
two of one person, one at each end of a rep, become a few made repetitions of a real body.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from gym.athlete.stick_figure import RATE_HZ
from gym.features import mean_known
from gym.skeleton import PENN_JOINTS, SIDES, to_penn
from gym.smoothing import find_neighbours, interpolate
from gym.training.datasets import PENN_RATE_HZ, Movement, read_rows

_LENGTH_S = 7.0

#: Countix calls raises to the front and to the sides "front raises". In a pose with raised arms, how
#: far sideways an arm points (a share of its length, along the shoulders), or how far apart the wrists
#: are in the box: above the second number it is a lateral raise, below the first a front raise, and
#: between them the camera does not tell.
_SIDEWAYS_ARM = (0.35, 0.6)
_WRISTS_APART = (0.55, 0.75)

#: A raised wrist hangs less than this share of the trunk's length below its shoulder.
_RAISED = 0.35


def read_countix(folder: Path, labels: tuple[str, ...]) -> list[Movement]:
    """Read the sequences as movements.

    Parameters
    ----------
    folder : Path
        Holds ``sequences.csv`` and ``sequences.npz``.
    labels : tuple of str
        The labels in use; any other exercise becomes "other".

    Returns
    -------
    list of Movement
        Source "countix", split "train". Every frame fills a square of 1 by 1; a frame of zeros is
        unseen. No frame rate is given: 30 a second is assumed.

    Raises
    ------
    LabelsError
        When the table is missing.
    """
    rows = read_rows(Path(folder) / "sequences.csv")
    movements = []
    with np.load(Path(folder) / "sequences.npz") as stored:
        for row in rows:
            joints = stored[row["id"]].astype(np.float32)[..., :2]
            joints[(joints == 0).all(axis=(1, 2))] = np.nan
            name, xy = f"countix-{row['id']}", to_penn(joints)
            exercise = row["exercise"]
            if exercise == "front_raise":
                exercise = _name_raise(_measure_wrists(xy), _WRISTS_APART)
            if exercise is None:
                continue
            movements.append(_to_movement(name, name, exercise, xy, PENN_RATE_HZ, labels))
    return [m for m in movements if m.visibility.any()]


def _to_movement(
    name: str,
    group: str,
    exercise: str,
    xy: np.ndarray,
    rate_hz: float,
    labels: tuple[str, ...],
) -> Movement:
    """Make a movement of positions (T, 13, 2); the group's first word is the source."""
    return Movement(
        id=name,
        source=group.split("-")[0],
        action=exercise,
        label=exercise if exercise in labels else "other",
        group=group,
        split="train",
        time_s=np.arange(len(xy)) / rate_hz,
        xy=xy.astype(np.float32),
        visibility=np.isfinite(xy).all(axis=-1).astype(np.float32),
    )


def _name_raise(sideways: float, between: tuple[float, float]) -> str | None:
    """Call a raise of the arms by how far sideways they go; None where that is not clear or known."""
    if sideways > between[1]:
        return "lateral_raise"
    return "front_raise" if sideways < between[0] else None


def _measure_arms(xyz: np.ndarray) -> float:
    """Measure how far sideways raised arms point, in poses (N, 13, 3): -1..1, NaN without one."""
    at = {name: xyz[:, i] for i, name in enumerate(PENN_JOINTS)}
    across = at["left_shoulder"] - at["right_shoulder"]
    across = across / np.linalg.norm(across, axis=-1, keepdims=True)
    trunk = (at["left_hip"] + at["right_hip"] - at["left_shoulder"] - at["right_shoulder"])[
        :, 1
    ] / 2
    shares = []
    for side, sign in ((SIDES[0], 1.0), (SIDES[1], -1.0)):
        arm = at[f"{side}_wrist"] - at[f"{side}_shoulder"]
        raised = arm[:, 1] < _RAISED * trunk
        share = sign * (arm * across).sum(axis=-1) / np.linalg.norm(arm, axis=-1)
        shares.append(share[raised])
    found = np.concatenate(shares)
    return float(np.median(found)) if len(found) else float("nan")


def _measure_wrists(xy: np.ndarray) -> float:
    """Measure how far apart two raised wrists are in boxes (T, 13, 2); NaN without such frames."""
    at = {name: xy[:, i] for i, name in enumerate(PENN_JOINTS)}
    trunk = (at["left_hip"] + at["right_hip"] - at["left_shoulder"] - at["right_shoulder"])[
        :, 1
    ] / 2
    raised = [at[f"{s}_wrist"][:, 1] - at[f"{s}_shoulder"][:, 1] < _RAISED * trunk for s in SIDES]
    both = raised[0] & raised[1]
    apart = np.abs(at["left_wrist"] - at["right_wrist"])[both, 0]
    return float(np.median(apart)) if both.sum() >= 5 else float("nan")


def make_repetitions(
    folder: Path, labels: tuple[str, ...], *, seed: int, copies: int = 3
) -> list[Movement]:
    """Make repetitions of real bodies from single poses at both ends of a rep.

    Parameters
    ----------
    folder : Path
        Holds ``salient_poses.csv`` and ``salient_poses.npz``.
    labels : tuple of str
    seed : int
    copies : int
        Movements for each video, each with its own tempo, poses and unsteadiness.

    Returns
    -------
    list of Movement
        Source "salient", split "train", 7 s each, one group for each video.

    Raises
    ------
    LabelsError
        When the table is missing.
    """
    rng = np.random.default_rng(seed)
    rows = read_rows(Path(folder) / "salient_poses.csv")
    with np.load(Path(folder) / "salient_poses.npz") as stored:
        poses = stored["xyz_px"].astype(np.float32)
    ends: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    exercise_of = {}
    for row in rows:
        ends[row["video"]][row["salient"]].append(int(row["row"]))
        exercise_of[row["video"]] = row["exercise"]
    movements = []
    for video, found in ends.items():
        if set(found) != {"salient1", "salient2"}:
            continue
        exercise = exercise_of[video]
        if exercise == "front_raise":
            xyz = to_penn(poses[found["salient1"] + found["salient2"]])
            exercise = _name_raise(_measure_arms(xyz), _SIDEWAYS_ARM)
        if exercise is None:
            continue
        first, second = (to_penn(poses[found[key], :, :2]) for key in ("salient1", "salient2"))
        for copy in range(copies):
            xy = _repeat_poses(rng, first, second)
            if xy is None:
                break
            name, group = f"salient-{video}-{copy}", f"salient-{video}"
            movements.append(_to_movement(name, group, exercise, xy, RATE_HZ, labels))
    return movements


def _repeat_poses(
    rng: np.random.Generator, first: np.ndarray, second: np.ndarray
) -> np.ndarray | None:
    """Move between poses (N, 13, 2) of one end of a rep and poses of the other: (T, 13, 2).

    Only poses that the same camera may have seen follow one another: some joints hardly move. None
    where there are none, as after a cut.
    """
    start = first[rng.integers(len(first))]
    size = _measure_size(start)
    firsts = [pose for pose in first if _far_apart(start, pose) < 0.25 * size]
    seconds = sorted(second, key=lambda pose: _far_apart(start, pose))[:4]
    seconds = [pose for pose in seconds if _far_apart(start, pose) < 0.5 * size]
    if not seconds:
        return None
    ends = [(firsts, start), (seconds, seconds[0])]
    if rng.random() < 0.5:
        ends.reverse()
    half_s = np.exp(rng.uniform(np.log(0.35), np.log(2.0)))
    pause_s = rng.uniform(0.1, 0.8) if rng.random() < 0.35 else 0.0
    time_s, keys, number = [-rng.uniform(0, 2 * half_s)], [start], 0
    while time_s[-1] < _LENGTH_S:
        others, usual = ends[number % 2]
        # A little of another rep's end makes every rep a new one.
        other = others[rng.integers(len(others))]
        key = usual + rng.uniform(0.0, 0.5) * (other - usual)
        time_s.append(time_s[-1] + half_s * rng.uniform(0.8, 1.25))
        keys.append(key)
        if pause_s:
            time_s.append(time_s[-1] + pause_s * rng.uniform(0.5, 1.5))
            keys.append(key)
        number += 1
    at_s = np.arange(0, _LENGTH_S, 1 / RATE_HZ)
    left, right, share = find_neighbours(np.array(time_s), at_s)
    share = (0.5 - 0.5 * np.cos(np.pi * share))[:, None, None]
    path = np.stack(keys)
    xy = path[left] * (1 - share) + path[right] * share
    return (xy + _wander(rng, len(xy), 0.02 * size)).astype(np.float32)


def _far_apart(one: np.ndarray, other: np.ndarray) -> float:
    """Return how far the joints are apart that hardly move: the mean of the nearest four."""
    return float(np.sort(np.linalg.norm(one - other, axis=-1))[:4].mean())


def _measure_size(pose: np.ndarray) -> float:
    """Return the mean distance of the joints to their middle."""
    return float(np.linalg.norm(pose - mean_known(pose[None])[0], axis=-1).mean())


def _wander(rng: np.random.Generator, frames: int, size: float) -> np.ndarray:
    """Make smooth random paths of all joints, (frames, 13, 2)."""
    knots = max(3, int(frames / RATE_HZ / 0.5))
    path = rng.normal(0, size, (knots, len(PENN_JOINTS), 2)) + rng.normal(0, size, (knots, 1, 2))
    return interpolate(np.arange(knots), path, np.linspace(0, knots - 1, frames))
