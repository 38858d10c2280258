"""Where the camera is, taken from a set and the seconds around it: its direction, tilt and distance.

Whoever walks in from the camera, or turns to it before the set, says nothing about the set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gym.exercises import Posture
from gym.features import (
    SEEN_VISIBILITY,
    estimate_view,
    find_near_side,
    mean_known,
    pixels_per_metre,
)
from gym.schema import PoseSequence, Rep, View
from gym.skeleton import both_sides

#: The focal length as a share of the picture's longer side. A phone's main camera has 24 to 28 mm on 36
#: (0.67 to 0.78), and video crops a little of the picture; webcams have 0.75 to 0.9.
FOCAL_SHARE = 0.8
UNKNOWN_SIZE = (1, 1)  #: of a picture; its perspective is not known then
_REST_S = 0.2  # around the beginning and the end of a rep the body is at rest
#: People stand with the shoulders 2° ahead of the ankles (markers of seven people), and BlazePose leans
#: them towards the camera besides, by 2.5 to 5° (rendered squats before level and tilted cameras). Single
#: clips scatter by 3°. Cameras look down by 1°, give or take 6° (engineering judgement). The best guess
#: lies between what was measured and that.
_AHEAD_DEG, _BIAS_DEG, _SCATTER_DEG = 2.0, 2.5, 3.0
_USUAL_DEG, _USUAL_SPREAD_DEG = 1.0, 6.0
_LONG_M = 0.5  # from hands to feet, away from the camera: less does not show how the floor lies


@dataclass(frozen=True)
class Viewpoint:
    """From where a set is seen.

    Attributes
    ----------
    view : View
    near_side : str
        "left" or "right".
    tilt_deg, tilt_error_deg : float
        By how much the camera looks down, and how far that may be off (one standard deviation).
    focal_px : float
    distance_m : float
        From the camera to the hips; NaN without world coordinates.
    centre_px : (x, y)
        The middle of the picture.
    """

    view: View = field(default_factory=View)
    near_side: str = "left"
    tilt_deg: float = 0.0
    tilt_error_deg: float = _USUAL_SPREAD_DEG
    focal_px: float = 1.0
    distance_m: float = float("nan")
    centre_px: tuple[float, float] = (0.0, 0.0)

    @property
    def shown(self) -> float:
        """How much of a step ahead the picture shows: all of it from the side, and nothing from the
        front; all where the view is not known."""
        return 1.0 if np.isnan(self.view.yaw_deg) else float(np.sin(np.radians(self.view.yaw_deg)))


def estimate_viewpoint(
    poses: PoseSequence, reps: Sequence[Rep] = (), start: Posture | None = None
) -> Viewpoint:
    """Estimate from where a set is seen.

    Parameters
    ----------
    poses : PoseSequence
        Of the set, and of a few seconds around it at most.
    reps : sequence of Rep
        Before and after each the athlete is at rest.
    start : Posture, optional
        How the athlete is at rest: what stands is upright, and what is on hands and feet is level.
    """
    scale = pixels_per_metre(poses.xy_px, poses.xyz_m)
    focal_px = FOCAL_SHARE * max(poses.image_size)
    known = scale[np.isfinite(scale) & (poses.image_size != UNKNOWN_SIZE)]
    view = estimate_view(poses)
    tilt_deg, error_deg = _estimate_tilt(poses, reps, start, view.yaw_deg)
    width, height = poses.image_size
    return Viewpoint(
        view,
        find_near_side(poses),
        tilt_deg,
        error_deg,
        focal_px,
        focal_px / float(np.median(known)) if len(known) else float("nan"),
        (width / 2, height / 2),
    )


def _estimate_tilt(
    poses: PoseSequence, reps: Sequence[Rep], start: Posture | None, yaw_deg: float
) -> tuple[float, float]:
    """Estimate by how much the camera looks down, in degrees, and how far that may be off."""
    time_s = poses.time_s
    rest = np.zeros(len(poses), dtype=bool)
    for edge_s in (edge for rep in reps for edge in (rep.start_s, rep.end_s)):
        rest |= np.abs(time_s - edge_s) <= _REST_S
    world = poses.xyz_m[rest].astype(float)
    world[poses.visibility[rest] < SEEN_VISIBILITY] = np.nan
    if start is Posture.STANDING:
        _, down, away = _middle(world, "shoulder") - _middle(world, "ankle")
        ahead_deg = _AHEAD_DEG * np.cos(np.radians(yaw_deg))
        measured_deg = np.degrees(np.arctan2(-away, -down)) - ahead_deg - _BIAS_DEG
    elif start is Posture.ON_HANDS:
        _, down, away = _middle(world, "wrist") - _middle(world, "foot_index")
        measured_deg = np.degrees(np.arctan(-down / away)) if abs(away) > _LONG_M else np.nan
    else:
        measured_deg = np.nan
    if not np.isfinite(measured_deg):
        return 0.0, _USUAL_SPREAD_DEG
    trust = _USUAL_SPREAD_DEG**2 / (_USUAL_SPREAD_DEG**2 + _SCATTER_DEG**2)
    tilt_deg = trust * float(measured_deg) + (1 - trust) * _USUAL_DEG
    return tilt_deg, _SCATTER_DEG * trust**0.5


def _middle(world: np.ndarray, part: str) -> np.ndarray:
    """Return where the middle of both sides' parts usually is: (3,), NaN where unseen."""
    middle = mean_known(world[:, both_sides(part)])
    known = middle[np.isfinite(middle).all(axis=1)]
    return np.median(known, axis=0) if len(known) else np.full(3, np.nan)
