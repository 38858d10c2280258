"""How bright a picture is, and the person in it."""

from __future__ import annotations

import numpy as np

from gym.schema import Pose
from gym.skeleton import SIDES, joint_index

_BODY_POINTS = [
    ("nose", "nose"),
    ("left_ear", "right_ear"),
    ("left_shoulder", "right_shoulder"),
    *((f"{side}_{joint}", f"{side}_{joint}") for side in SIDES for joint in ("hip", "knee")),
    *((f"{side}_{a}", f"{side}_{b}")
      for side in SIDES
      for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"), ("hip", "knee"),
                   ("knee", "ankle"))),
]  # fmt: skip
#: Where the brightness of the person is measured: halfway between two joints, or on one.
_FIRST, _SECOND = np.array([[joint_index(name) for name in pair] for pair in _BODY_POINTS]).T
_LUMINANCE = np.array([0.299, 0.587, 0.114])  # of R, G, B, from ITU-R BT.601


def measure_light(image: np.ndarray, pose: Pose, rows: int = 30) -> np.ndarray:
    """Measure how bright a picture and the person in it are.

    The person is measured on the joints and halfway along the bones, not in a box, because a box would
    include what is around them, such as a window.

    Parameters
    ----------
    image : uint8 (H, W, 3) RGB
    pose : Pose
        In that image's pixels.
    rows : int
        How many rows are used; small details do not matter for brightness.

    Returns
    -------
    float64 (3,)
        Mean luminance, 0..255, of the picture and of the person, and the value that the brightest fifth
        of the person exceeds. The last two are NaN if fewer than five points are seen.
    """
    height, width = image.shape[:2]
    step = max(1, min(height, width) // rows)
    picture = image[::step, ::step].mean(axis=(0, 1)) @ _LUMINANCE
    points = (pose.xy_px[_FIRST] + pose.xy_px[_SECOND]) / 2
    clear = np.minimum(pose.visibility[_FIRST], pose.visibility[_SECOND]) >= 0.5
    with np.errstate(invalid="ignore"):
        inside = clear & ((points >= 0) & (points < (width, height))).all(axis=1)
    if inside.sum() < 5:
        return np.array([picture, np.nan, np.nan])
    columns, rows_px = points[inside].astype(int).T
    person = np.sort(image[rows_px, columns] @ _LUMINANCE)
    return np.array([picture, person.mean(), person[int(0.8 * len(person))]])
