"""RepCount poses as published by the PoseRAC line of work: 33 joints, min-max normalised per frame.

Scale, aspect ratio and height in the picture are lost, and there are no visibilities and no frame
rate. The adapter (`ADAPTER`, stated in every report) treats positions as fractions of a square picture
that is as high as a body (1.7 m), frames of zeros as unseen, and every other joint as seen, at 30
frames a second. Angles are distorted wherever the body was wider or narrower than high.
`normalise_like_repcount` does the same to our own poses, so that a counter can be tried on such poses
without using the validation clips.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from gym.errors import PoseFileError
from gym.features import mean_known
from gym.files import read_array_header
from gym.limits import MAX_CLIP_S
from gym.schema import J, PoseSequence
from gym.skeleton import HIPS

FRAMES_PER_S = 30.0
PICTURE_PX = 1000
BODY_M = 1.7
ADAPTER = (
    "RepCount poses are min-max normalised per frame and axis: taken as a square picture as high as a "
    "body of 1.7 m, frames of zeros as unseen, every other joint as seen, 30 frames a second."
)
_FLOATS = ("f2", "f4", "f8")
_ADVICE = (
    f"It has to be a .npy file of floats with the shape (frames, {J}, 3), as published by PoseRAC."
)


def read_repcount(path: Path) -> PoseSequence:
    """Read one ``.npy`` of RepCount poses, float32 (T, 33, 3), through the adapter above.

    Raises
    ------
    PoseFileError
        The file is missing, damaged, or not such a file.
    """
    try:
        with path.open("rb") as file:
            shape, dtype = read_array_header(file)
            if (
                len(shape) != 3
                or shape[1:] != (J, 3)
                or not shape[0]
                or dtype.str[1:] not in _FLOATS
            ):
                found = f"an array {shape} of {dtype}"
                raise PoseFileError(
                    f"{path.name} is not a RepCount pose file, but {found}.", _ADVICE
                )
            if shape[0] > MAX_CLIP_S * FRAMES_PER_S:
                message = f"{path.name} lasts longer than {MAX_CLIP_S / 60:g} minutes."
                raise PoseFileError(message, _ADVICE)
            file.seek(0)
            stored = np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise PoseFileError(f"There is no file {path.name}.", _ADVICE) from error
    except (OSError, ValueError, EOFError) as error:
        raise PoseFileError(f"{path.name} is damaged, or not a pose file.", _ADVICE) from error
    stored = stored.astype(np.float32)
    stored[(stored == 0).all(axis=(1, 2))] = np.nan
    return _to_poses(np.arange(len(stored)) / FRAMES_PER_S, stored)


def normalise_like_repcount(poses: PoseSequence) -> PoseSequence:
    """Normalise recorded poses as RepCount's are, and read them through the same adapter.

    Each frame's x, y and depth are stretched to 0..1 each; joints unseen stay NaN.
    """
    stored = np.concatenate([poses.xy_px, poses.xyz_m[..., 2:]], axis=-1)
    seen = np.isfinite(stored).all(axis=-1)
    low, high = (
        fold(np.where(seen[..., None], stored, start), axis=1, keepdims=True)
        for fold, start in ((np.min, np.inf), (np.max, -np.inf))
    )
    stored[~seen] = np.nan
    with np.errstate(invalid="ignore"):
        span = np.where(high > low, high - low, 1.0)
        stored = (stored - low) / span
    return replace(_to_poses(poses.time_s, stored), model=poses.model)


def _to_poses(time_s: np.ndarray, stored: np.ndarray) -> PoseSequence:
    """Read positions in 0..1, (T, J, 3), as poses; NaN where unseen."""
    stored = np.where(np.isfinite(stored).all(axis=-1, keepdims=True), stored, np.nan)
    hips = mean_known(stored[:, HIPS])[:, None]
    return PoseSequence(
        time_s,
        stored[..., :2] * PICTURE_PX,
        (stored - hips) * BODY_M,
        np.isfinite(stored[..., 0]).astype(float),
        (PICTURE_PX, PICTURE_PX),
    )
