"""Render a surface to pixels: a camera, and the nearest surface in every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gym.athlete.body import unit


class Camera:
    """A pinhole camera that looks at the athlete.

    Parameters
    ----------
    yaw_deg : float
        0 in front of the athlete, 90 at the athlete's left, -90 at the right.
    target_m : (3,)
        What is in the middle of the picture.
    distance_m, height_m : float
        From the target, over the floor, and of the camera itself.
    size : (width, height) in px
    view_deg : float
        The vertical field of view.
    """

    def __init__(
        self,
        yaw_deg: float,
        target_m: tuple[float, float, float],
        distance_m: float,
        height_m: float,
        size: tuple[int, int] = (640, 360),
        view_deg: float = 38.0,
    ) -> None:
        yaw = np.radians(yaw_deg)
        target = np.array(target_m, dtype=float)
        self.yaw_deg, self.size = yaw_deg, size
        self.eye_m = np.array(
            [target[0] + distance_m * np.sin(yaw), height_m, target[2] + distance_m * np.cos(yaw)]
        )
        ahead = unit(target - self.eye_m)
        right = unit(np.cross(ahead, [0.0, 1.0, 0.0]))
        self._axes = np.stack([right, np.cross(ahead, right), ahead])  # right, down, ahead
        self._focal_px = size[1] / 2 / np.tan(np.radians(view_deg) / 2)

    def project(self, points_m: np.ndarray, scale: int = 1) -> np.ndarray:
        """Return where points (..., 3) m appear: x and y in px, times ``scale``, and depth in m."""
        seen = (points_m - self.eye_m) @ self._axes.T
        depth = np.maximum(seen[..., 2:], 0.05)
        middle = np.array(self.size) / 2
        xy = (self._focal_px * seen[..., :2] / depth + middle) * scale
        return np.concatenate([xy, seen[..., 2:]], axis=-1)

    def rays(self, scale: int = 1) -> np.ndarray:
        """Return each pixel's direction, float64 (H, W, 3), one metre ahead; ``scale`` px per pixel."""
        width, height = self.size
        x = ((np.arange(width * scale) + 0.5) / scale - width / 2) / self._focal_px
        y = ((np.arange(height * scale) + 0.5) / scale - height / 2) / self._focal_px
        across, down = np.meshgrid(x, y)
        return np.stack([across, down, np.ones_like(across)], axis=-1) @ self._axes


@dataclass(frozen=True, eq=False)
class Coverage:
    """The pixels that a surface covers.

    Attributes
    ----------
    pixel : int (N,), row * width + column, each once
    face : int (N,), the nearest face there
    corner : float64 (N, 3), the shares of the face's three corners at the pixel's middle
    depth : float64 (N,)
    """

    pixel: np.ndarray
    face: np.ndarray
    corner: np.ndarray
    depth: np.ndarray


def find_nearest(points: np.ndarray, faces: np.ndarray, size: tuple[int, int]) -> Coverage:
    """Find the nearest face in every pixel, among those that face the camera.

    Every pixel in the box around every face is tested in one step; the smallest depth wins.

    Parameters
    ----------
    points : float64 (V, 3)
        Projected vertices: x and y in px (y down), depth.
    faces : int (F, 3)
        Anticlockwise in the room seen from outside.
    size : (width, height) in px
    """
    width, height = size
    a, b, c = (points[faces[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    low = np.minimum(np.minimum(a, b), c)
    high = np.maximum(np.maximum(a, b), c)
    limit = np.array([width, height])
    first = np.clip(np.ceil(low[:, :2] - 0.5), 0, limit).astype(int)
    last = np.clip(np.floor(high[:, :2] - 0.5) + 1, 0, limit).astype(int)
    box = np.maximum(last - first, 0)
    pixels = box[:, 0] * box[:, 1]
    face = np.nonzero((pixels > 0) & (area < -1e-9) & (low[:, 2] > 0.1))[0]
    pixels = pixels[face]
    within = np.arange(pixels.sum()) - np.repeat(np.cumsum(pixels) - pixels, pixels)
    face = np.repeat(face, pixels)
    column = first[face, 0] + within % box[face, 0]
    row = first[face, 1] + within // box[face, 0]
    x, y = column + 0.5, row + 0.5

    a, b, c, area = a[face], b[face], c[face], area[face]
    of_a = ((b[:, 0] - x) * (c[:, 1] - y) - (b[:, 1] - y) * (c[:, 0] - x)) / area
    of_b = ((c[:, 0] - x) * (a[:, 1] - y) - (c[:, 1] - y) * (a[:, 0] - x)) / area
    corner = np.stack([of_a, of_b, 1 - of_a - of_b], axis=1)
    hit = (corner >= -1e-6).all(axis=1)
    pixel, face, corner = (row * width + column)[hit], face[hit], corner[hit]
    depth = corner[:, 0] * a[hit, 2] + corner[:, 1] * b[hit, 2] + corner[:, 2] * c[hit, 2]

    nearest = np.full(width * height, np.inf)
    np.minimum.at(nearest, pixel, depth)
    wins = np.nonzero(depth == nearest[pixel])[0]
    pixel, once = np.unique(pixel[wins], return_index=True)
    wins = wins[once]
    return Coverage(pixel, face[wins], corner[wins], depth[wins])


def blur(image: np.ndarray, radius: int) -> np.ndarray:
    """Return an image (H, W, ...) blurred twice by a box of ``2 * radius + 1``; edges repeat."""
    span = 2 * radius + 1
    for axis in (0, 1, 0, 1):
        pad = [(0, 0)] * image.ndim
        pad[axis] = (radius + 1, radius)
        total = np.cumsum(np.pad(image, pad, mode="edge"), axis=axis)
        total = np.moveaxis(total, axis, 0)
        image = np.moveaxis((total[span:] - total[:-span]) / span, 0, axis)
    return image
