"""All that the arena's networks are trained on and chosen by, read once; also as one file to carry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gym.counting.body_box import fill_joints, fit_to_box
from gym.skeleton import to_penn
from gym.smoothing import interpolate
from gym.training.counters.cycle_pool import CyclePool, read_pools
from gym.training.counters.salient_poses import SalientPoses, read_salient
from gym.training.datasets import read_rows

_SPLITS = ("train", "val")


@dataclass(frozen=True, eq=False)
class CountedClip:
    """A recorded sequence with its count: ``boxed`` (G, 13, 2), ``seen`` (G,), ``reps``."""

    id: str
    exercise: str
    reps: int
    boxed: np.ndarray
    seen: np.ndarray


@dataclass(frozen=True, eq=False)
class ArenaData:
    """What the networks learn from, and what chooses between their states.

    Attributes
    ----------
    pools : dict of str to CyclePool
        "train" and "val": people of the one are not in the other.
    clips : tuple of CountedClip
        Only for choosing; may be empty.
    salient : SalientPoses or None
        For the one network that looks at single poses; None where there are none.
    """

    pools: dict[str, CyclePool]
    clips: tuple[CountedClip, ...]
    salient: SalientPoses | None


def read_arena_data(data: Path, seed: int = 0) -> ArenaData:
    """Read the recordings of a folder, or the file that `write_bundle` made of them.

    Parameters
    ----------
    data : Path
        Holds ``penn_action/`` and ``poses/``; and whatever there is of ``ui_prmd/`` and
        ``countix_fitness/``.
    seed : int
        Of made motions and of the videos that are kept for choosing.

    Raises
    ------
    LabelsError
        When a data set is missing.
    """
    if Path(data).is_file():
        return _read_bundle(Path(data))
    folder = Path(data) / "countix_fitness"
    has_countix = folder.is_dir()
    return ArenaData(
        read_pools(Path(data), seed),
        tuple(read_counted(folder)) if has_countix else (),
        read_salient(folder, seed) if has_countix else None,
    )


def read_counted(folder: Path) -> list[CountedClip]:
    """Read Countix-Fitness' counted sequences; no frame rate is given, 30 a second is assumed.

    Raises
    ------
    LabelsError
        When the table is missing.
    """
    clips = []
    rows = read_rows(Path(folder) / "sequences.csv")
    with np.load(Path(folder) / "sequences.npz") as stored:
        for row in rows:
            joints = stored[row["id"]].astype(float)[..., :2]
            seen = (joints != 0).any(axis=(1, 2))
            if seen.sum() < 8:
                continue
            known = np.flatnonzero(seen)
            at = np.arange(known[0], known[-1] + 1)
            filled = fill_joints(interpolate(known, to_penn(joints[seen]), at))
            boxed = fit_to_box(filled).astype(np.float16)
            clips.append(CountedClip(row["id"], row["exercise"], int(row["reps"]), boxed, seen[at]))
    return clips


def write_bundle(data: ArenaData, path: Path) -> None:
    """Write everything into one compressed file, for a machine without the recordings."""
    arrays = {}
    for split in _SPLITS:
        arrays |= data.pools[split].to_arrays(split)
    if data.salient is not None:
        arrays |= data.salient.to_arrays()
    arrays["clips.boxed"] = np.concatenate([clip.boxed for clip in data.clips])
    arrays["clips.seen"] = np.concatenate([clip.seen for clip in data.clips])
    arrays["clips.frames"] = np.array([len(clip.seen) for clip in data.clips])
    arrays["clips.reps"] = np.array([clip.reps for clip in data.clips])
    arrays["clips.id"] = np.array([clip.id for clip in data.clips])
    arrays["clips.exercise"] = np.array([clip.exercise for clip in data.clips])
    np.savez_compressed(path, **arrays)


def _read_bundle(path: Path) -> ArenaData:
    with np.load(path) as stored:
        arrays = dict(stored)
    frames = np.cumsum(arrays["clips.frames"])[:-1]
    columns = (
        arrays["clips.id"].tolist(),
        arrays["clips.exercise"].tolist(),
        arrays["clips.reps"].tolist(),
        np.split(arrays["clips.boxed"], frames),
        np.split(arrays["clips.seen"], frames),
    )
    return ArenaData(
        {split: CyclePool.from_arrays(arrays, split) for split in _SPLITS},
        tuple(CountedClip(*row) for row in zip(*columns, strict=True)),
        SalientPoses.from_arrays(arrays) if "salient.joints" in arrays else None,
    )
