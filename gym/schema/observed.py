"""What is seen: a clip, its frames, poses, and what is measured in every frame."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from gym.skeleton import BLAZEPOSE_JOINTS, joint_index

J = len(BLAZEPOSE_JOINTS)


def freeze(owner: object, name: str, shape: tuple[int | None, ...], dtype: type) -> np.ndarray:
    """Check one array field's shape (None: any) and replace it by a read-only view of its type."""
    array = np.asarray(getattr(owner, name), dtype=dtype)
    fits = array.ndim == len(shape) and all(
        want in (None, got) for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = tuple("any" if n is None else n for n in shape)
        raise ValueError(
            f"{type(owner).__name__}.{name}: expected shape {wanted}, got {array.shape}"
        )
    array = array.view()
    array.setflags(write=False)
    object.__setattr__(owner, name, array)
    return array


@dataclass(frozen=True)
class ClipInfo:
    """What is known about a clip after decoding.

    Attributes
    ----------
    name : str
        The file's name, for display only; never used as a path.
    duration_s : float
        Time of the last frame, from the first, plus one frame's time.
    frames : int
    width_px, height_px : int
        As shown, after rotation, before any scaling down.
    rotation_deg : int or None
        The clockwise rotation that the file asks for: 0, 90, 180 or 270; None for a pose file.
    stopped_s : float or None
        Where decoding a damaged file stopped; None if it was read to its end.
    recorded_at : datetime or None
        When it was recorded, with its time zone; None where the file does not say.
    """

    name: str
    duration_s: float
    frames: int
    width_px: int
    height_px: int
    rotation_deg: int | None = 0
    stopped_s: float | None = None
    recorded_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.recorded_at is not None and self.recorded_at.utcoffset() is None:
            raise ValueError(f"expected a time with its time zone, got {self.recorded_at}")


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture: ``image`` uint8 (H, W, 3) RGB, upright, and its time in seconds."""

    image: np.ndarray
    time_s: float


@dataclass(frozen=True, eq=False)
class Pose:
    """A skeleton at one moment.

    Attributes
    ----------
    time_s : float
    xy_px : float32 (J, 2)
        Image position, origin at the top left, y down; NaN where unseen.
    xyz_m : float32 (J, 3)
        Metres around the hip centre, in the camera's axes; NaN where unseen.
    visibility : float32 (J,)
        0..1; 0 where nobody was found.
    others : float32 (2,)
        How many other people were seen to the left and to the right of this one; NaN where nobody
        looked for them.
    """

    time_s: float
    xy_px: np.ndarray
    xyz_m: np.ndarray
    visibility: np.ndarray
    others: np.ndarray = field(default_factory=lambda: np.full(2, np.nan))

    def __post_init__(self) -> None:
        freeze(self, "xy_px", (J, 2), np.float32)
        freeze(self, "xyz_m", (J, 3), np.float32)
        freeze(self, "visibility", (J,), np.float32)
        freeze(self, "others", (2,), np.float32)

    @classmethod
    def unseen(cls, time_s: float) -> Pose:
        """Return the pose of a frame in which nobody was found."""
        return cls(time_s, np.full((J, 2), np.nan), np.full((J, 3), np.nan), np.zeros(J))

    @property
    def seen(self) -> bool:
        """Whether a person was found."""
        return bool(np.isfinite(self.xy_px).any())


@dataclass(frozen=True, eq=False)
class PoseSequence:
    """The poses of a clip.

    Attributes
    ----------
    time_s : float64 (T,), strictly increasing
    xy_px : float32 (T, J, 2), xyz_m : float32 (T, J, 3), visibility : float32 (T, J)
        As in `Pose`.
    image_size : (width, height) in px, the frame ``xy_px`` refers to
    model : str or None
        The pose model: "lite", "full", "heavy"; None when not known.
    others : float32 (T, 2) or None
        As in `Pose`; None where nobody looked for other people at all.
    """

    time_s: np.ndarray
    xy_px: np.ndarray
    xyz_m: np.ndarray
    visibility: np.ndarray
    image_size: tuple[int, int]
    model: str | None = None
    others: np.ndarray | None = None

    def __post_init__(self) -> None:
        time_s = freeze(self, "time_s", (None,), np.float64)
        frames = len(time_s)
        freeze(self, "xy_px", (frames, J, 2), np.float32)
        freeze(self, "xyz_m", (frames, J, 3), np.float32)
        freeze(self, "visibility", (frames, J), np.float32)
        if self.others is not None:
            freeze(self, "others", (frames, 2), np.float32)
        if not np.all(np.diff(time_s) > 0):
            raise ValueError("PoseSequence.time_s: expected strictly increasing seconds")
        object.__setattr__(self, "image_size", (int(self.image_size[0]), int(self.image_size[1])))

    def __len__(self) -> int:
        return len(self.time_s)

    def __getitem__(self, index: int) -> Pose:
        arrays = (self.xy_px, self.xyz_m, self.visibility)
        others = {} if self.others is None else {"others": self.others[index]}
        return Pose(float(self.time_s[index]), *(array[index] for array in arrays), **others)

    def joint(self, name: str) -> np.ndarray:
        """Return one joint's image path, float32 (T, 2) px."""
        return self.xy_px[:, joint_index(name)]

    @property
    def seen(self) -> np.ndarray:
        """bool (T,): frames in which a person was found."""
        return np.isfinite(self.xy_px).any(axis=(1, 2))

    def cut(self, from_s: float, until_s: float) -> PoseSequence:
        """Return the poses between two times, both included; of other people nothing."""
        inside = (self.time_s >= from_s) & (self.time_s <= until_s)
        arrays = ("time_s", "xy_px", "xyz_m", "visibility")
        return replace(self, **{name: getattr(self, name)[inside] for name in arrays}, others=None)

    @classmethod
    def collect(
        cls, poses: list[Pose], image_size: tuple[int, int], model: str | None = None
    ) -> PoseSequence:
        """Stack poses of increasing time into one sequence (T may be 0)."""
        others = np.array([p.others for p in poses], dtype=np.float32).reshape(-1, 2)
        return cls(
            np.array([p.time_s for p in poses], dtype=np.float64),
            np.array([p.xy_px for p in poses], dtype=np.float32).reshape(-1, J, 2),
            np.array([p.xyz_m for p in poses], dtype=np.float32).reshape(-1, J, 3),
            np.array([p.visibility for p in poses], dtype=np.float32).reshape(-1, J),
            image_size,
            model,
            None if np.isnan(others).all() else others,
        )


@dataclass(frozen=True)
class View:
    """From where the camera sees the athlete.

    Attributes
    ----------
    label : str
        "side", "diagonal", "front", "rear", or "unknown".
    yaw_deg : float
        0 facing the camera, 90 side on, 180 from behind; NaN when unknown.
    confidence : float
        0..1.
    """

    label: str = "unknown"
    yaw_deg: float = float("nan")
    confidence: float = 0.0


@dataclass(frozen=True)
class Segment:
    """A stretch of a clip with one label."""

    start_s: float
    end_s: float
    label: str
    probability: float


@dataclass(frozen=True)
class Classification:
    """Which exercise a clip shows.

    Attributes
    ----------
    label : str
        An exercise's name, or "other".
    probability : float
        Of the label, 0..1; NaN when the user chose.
    chosen_by : str
        "model", "heuristic" or "user".
    frame_share : dict of str to float
        The share of frames under each label.
    timeline : tuple of Segment
        In time order, without gaps.
    """

    label: str
    probability: float
    chosen_by: str
    frame_share: dict[str, float] = field(default_factory=dict)
    timeline: tuple[Segment, ...] = ()


@dataclass(frozen=True, eq=False)
class Signals:
    """What is measured in every frame.

    Attributes
    ----------
    time_s : float64 (T,)
    angle_deg : float64 (T, A), smoothed; NaN where a joint is unseen
    angle_names : tuple of A names, such as "left_knee"
    near_side : str
        "left" or "right": the side that the camera sees better.
    view : View
    """

    time_s: np.ndarray
    angle_deg: np.ndarray
    angle_names: tuple[str, ...]
    near_side: str
    view: View

    def __post_init__(self) -> None:
        time_s = freeze(self, "time_s", (None,), np.float64)
        freeze(self, "angle_deg", (len(time_s), len(self.angle_names)), np.float64)

    def angle(self, name: str) -> np.ndarray:
        """Return one angle over time, float64 (T,) degrees."""
        return self.angle_deg[:, self.angle_names.index(name)]
