"""A saved analysis: the poses of a clip and what is known of it, from which it can be judged again.

It lies among the pose files because it is what judging starts from, as they are, and no result.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields, replace
from datetime import datetime
from pathlib import Path

from gym.errors import PoseFileError
from gym.files import write_whole
from gym.pose.weights import MODELS
from gym.posefiles import read_poses, write_poses
from gym.schema import ClipInfo, PoseSequence


def write_analysis(folder: str | Path, clip: ClipInfo, poses: PoseSequence) -> None:
    """Write what is needed to judge a clip again: ``poses.npz`` and ``clip.json`` in a folder.

    The folder is created if it is missing. ``clip.json`` is written last, so a folder that has one
    is complete. The caller puts the clip itself (``clip.mp4``) in the same folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_poses(poses, folder / "poses.npz")
    about = {**asdict(clip), "model": poses.model}
    text = json.dumps(about, indent=1, default=datetime.isoformat) + "\n"
    write_whole(folder / "clip.json", text.encode())


def read_analysis(folder: str | Path) -> tuple[ClipInfo, PoseSequence]:
    """Read a saved analysis.

    Raises
    ------
    PoseFileError
        There is none in the folder, or it is damaged.
    """
    folder = Path(folder)
    try:
        poses = read_poses(folder / "poses.npz")
        clip, model = _check_clip(json.loads((folder / "clip.json").read_bytes()))
    except (PoseFileError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise PoseFileError(
            "The saved analysis of this clip is missing or damaged.", "Analyse the clip again."
        ) from error
    return clip, replace(poses, model=model)


def _check_clip(about: dict[str, object]) -> tuple[ClipInfo, str | None]:
    """Turn ``clip.json`` into what it says, or raise ValueError, KeyError or TypeError."""
    names = (field.name for field in fields(ClipInfo) if field.name != "recorded_at")
    clip = ClipInfo(**{name: about[name] for name in names})
    if about.get("recorded_at") is not None:  # analyses of earlier versions do not say
        clip = replace(clip, recorded_at=datetime.fromisoformat(about["recorded_at"]))
    numbers = (clip.duration_s, clip.frames, clip.width_px, clip.height_px)
    optional = tuple(n for n in (clip.rotation_deg, clip.stopped_s) if n is not None)
    if not all(type(n) in (int, float) and 0 <= n < math.inf for n in numbers + optional):
        raise ValueError(f"expected finite numbers, got {numbers + optional}")
    model = about["model"]
    if not isinstance(clip.name, str) or model not in (None, *MODELS):
        raise ValueError(f"expected a clip's and a pose model's name, got {clip.name!r}, {model!r}")
    return clip, model
