"""A training room in daylight, and the athlete in it."""

from __future__ import annotations

import numpy as np

from gym.athlete.body import Posture, unit
from gym.athlete.clothes import MATERIALS, vertex_normals
from gym.athlete.mesh import Mesh
from gym.athlete.render import Camera, blur, find_nearest

#: Colours as they look, sRGB 0..1.
MATERIAL_RGB = {
    "skin": (0.80, 0.58, 0.46), "hair": (0.20, 0.13, 0.09), "lips": (0.70, 0.42, 0.38),
    "eye": (0.92, 0.91, 0.89), "iris": (0.20, 0.13, 0.09), "shirt": (0.88, 0.33, 0.24),
    "shorts": (0.15, 0.19, 0.28), "sock": (0.90, 0.90, 0.89), "shoe": (0.20, 0.45, 0.62),
    "sole": (0.93, 0.93, 0.92),
}  # fmt: skip

_WALL_RGB, _PANEL_RGB, _SKIRTING_RGB = (0.86, 0.86, 0.84), (0.62, 0.70, 0.72), (0.40, 0.45, 0.47)
_FLOOR_RGB, _MAT_RGB, _WOOD_RGB = (0.74, 0.64, 0.53), (0.25, 0.36, 0.42), (0.78, 0.60, 0.40)

_TO_LIGHT = unit(np.array([-0.55, 1.0, 0.45]))  # a high window, in front and to the right
_KEY = np.array([1.02, 0.97, 0.88])  # its light
_SKY = np.array([0.44, 0.47, 0.50])  # light from above, everywhere
_BOUNCE = np.array([0.26, 0.23, 0.20])  # what the floor reflects

_BACK_M, _SIDE_M, _HIGH_M = 2.3, 4.2, 3.4  # the room: walls behind and aside, ceiling


def to_linear(rgb: tuple[float, ...] | np.ndarray) -> np.ndarray:
    """Return a colour as amounts of light (sRGB approximated by a power of 2.2)."""
    return np.asarray(rgb, dtype=float) ** 2.2


class ShadowMap:
    """A shadow map: which points of the room the light reaches.

    Parameters
    ----------
    vertices_m : float64 (V, 3), faces : int (F, 3)
        The surface that casts the shadow.
    middle_m : (3,)
        The middle of the part of the floor that is covered.
    span_m : float
        How wide it is.
    """

    _PIXELS = 480

    def __init__(
        self, vertices_m: np.ndarray, faces: np.ndarray, middle_m: np.ndarray, span_m: float = 3.4
    ) -> None:
        ahead = -_TO_LIGHT
        right = unit(np.cross(ahead, [0.0, 1.0, 0.0]))
        self._axes = np.stack([right, np.cross(ahead, right), ahead])
        self._middle, self._px_per_m = middle_m, self._PIXELS / span_m
        size = (self._PIXELS, self._PIXELS)
        seen = find_nearest(self._project(vertices_m), faces, size)
        depth = np.full(self._PIXELS**2, np.inf)
        depth[seen.pixel] = seen.depth
        self._depth = depth.reshape(size)
        self._soft = blur(np.isfinite(self._depth).astype(np.float32), 5)

    def _project(self, points_m: np.ndarray) -> np.ndarray:
        """Return x and y in the map's px, and depth in m."""
        seen = (points_m - self._middle) @ self._axes.T
        seen[..., :2] = seen[..., :2] * self._px_per_m + self._PIXELS / 2
        seen[..., 2] += 10.0
        return seen

    def lit(self, points_m: np.ndarray) -> np.ndarray:
        """Return how much light reaches points (N, 3) of the surface that casts the shadow, 0..1."""
        x, y, depth = self._project(points_m).T
        reached = np.zeros(len(depth))
        taps = [(dx, dy) for dx in (-2.5, 0.0, 2.5) for dy in (-2.5, 0.0, 2.5)]
        for dx, dy in taps:
            column = np.clip(x + dx, 0, self._PIXELS - 1).astype(int)
            row = np.clip(y + dy, 0, self._PIXELS - 1).astype(int)
            reached += self._depth[row, column] > depth - 0.025
        return reached / len(taps)

    def shade(self, points_m: np.ndarray) -> np.ndarray:
        """Return how dark the soft shadow is at points (N, 3) below everything, 0..1."""
        x, y, _ = self._project(points_m).T
        inside = (x >= 0) & (x < self._PIXELS - 1) & (y >= 0) & (y < self._PIXELS - 1)
        column = np.where(inside, x, 0).astype(int)
        row = np.where(inside, y, 0).astype(int)
        return np.where(inside, self._soft[row, column], 0.0)


class Scene:
    """A room seen by a camera, in which the athlete is drawn.

    Parameters
    ----------
    mesh : Mesh
    camera : Camera
    middle_m : (x, z) in m
        Where the exercise mat lies.
    fineness : int
        Each pixel is the mean of this number squared.
    """

    def __init__(
        self,
        mesh: Mesh,
        camera: Camera,
        middle_m: tuple[float, float] = (0.0, 0.0),
        fineness: int = 2,
    ) -> None:
        self.mesh, self.camera, self._fineness = mesh, camera, fineness
        self._middle = np.array([middle_m[0], 0.0, middle_m[1]])
        self._colour = to_linear([MATERIAL_RGB[name] for name in MATERIALS])[mesh.material]
        self._room, self._floor_m = _paint_room(camera, self._middle)

    def draw(self, posture: Posture) -> np.ndarray:
        """Return a picture of the athlete in a posture, uint8 (H, W, 3) RGB."""
        mesh, camera = self.mesh, self.camera
        vertices = mesh.follow(posture.joints_m, posture.rotations)
        shadow = ShadowMap(vertices, mesh.faces, self._middle)
        picture = self._room.copy()
        on_floor = np.isfinite(self._floor_m[..., 0])
        floor = self._floor_m[on_floor]
        contact = _contact_shade(vertices, floor)
        picture[on_floor] *= (1 - 0.42 * shadow.shade(floor) - 0.30 * contact)[:, None]
        points = camera.project(vertices, self._fineness)
        limit = np.array(camera.size)
        low = np.clip(np.floor(points[:, :2].min(axis=0) / self._fineness), 0, limit).astype(int)
        high = np.clip(np.ceil(points[:, :2].max(axis=0) / self._fineness), 0, limit).astype(int)
        width, height = high - low
        if width > 0 and height > 0:
            points[:, :2] -= low * self._fineness
            athlete = self._draw_athlete(vertices, points, shadow, (width, height))
            window = picture[low[1] : high[1], low[0] : high[0]]
            window *= 1 - athlete[..., 3:]
            window += athlete[..., :3]
        return to_image(picture)

    def _draw_athlete(
        self,
        vertices: np.ndarray,
        points: np.ndarray,
        shadow: ShadowMap,
        size: tuple[int, int],
    ) -> np.ndarray:
        """Return the athlete's light and coverage, (H, W, 4), in a window of a size in px."""
        mesh, fineness = self.mesh, self._fineness
        width, height = size[0] * fineness, size[1] * fineness
        seen = find_nearest(points, mesh.faces, (width, height))
        corners = mesh.faces[seen.face]
        normals = vertex_normals(vertices, mesh.faces)
        normal = np.einsum("nk,nkj->nj", seen.corner, normals[corners])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        place = np.einsum("nk,nkj->nj", seen.corner, vertices[corners])
        light = _light(normal, shadow.lit(place + 0.02 * normal))
        light *= np.clip(0.70 + 0.6 * place[:, 1:2], 0, 1)  # less light near the floor
        fine = np.zeros((height * width, 4))
        fine[seen.pixel, :3] = self._colour[seen.face] * light
        fine[seen.pixel, 3] = 1.0
        return fine.reshape(size[1], fineness, size[0], fineness, 4).mean(axis=(1, 3))


def to_image(light: np.ndarray) -> np.ndarray:
    """Return amounts of light as a picture, uint8 RGB."""
    return (np.clip(light, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)


def _light(normal: np.ndarray, lit: np.ndarray | float = 1.0) -> np.ndarray:
    """Return the light on surfaces with normals (N, 3) that the window's light reaches (N,)."""
    towards = np.clip(normal @ _TO_LIGHT, 0, 1) * lit
    up = 0.5 + 0.5 * normal[:, 1]
    return towards[:, None] * _KEY + up[:, None] * _SKY + (1 - up)[:, None] * _BOUNCE


def _contact_shade(vertices: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Return how much of the sky the body hides from points of the floor (N, 3), 0..1."""
    cell, cells = 0.04, 100
    near = np.clip(1 - vertices[:, 1] / 0.35, 0, 1)
    middle = vertices.mean(axis=0)

    def row_of(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        index = ((points[:, [0, 2]] - middle[[0, 2]]) / cell + cells / 2).astype(int)
        return tuple(np.clip(index, 0, cells - 1).T)

    weight = np.zeros((cells, cells))
    np.add.at(weight, row_of(vertices), near)
    soft = blur(np.minimum(weight / 8, 1.0), 2)
    return soft[row_of(floor)]


# --- the room -----------------------------------------------------------------------------------


def _paint_room(camera: Camera, middle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the empty room's light (H, W, 3), and where its floor is (H, W, 3) m, NaN elsewhere."""
    scale = 3  # painted at three times the size, then averaged
    towards = 1.0 if camera.eye_m[0] <= middle[0] else -1.0  # the wall opposite the camera
    light, place = _paint_walls(camera, middle, towards, scale)
    vertices, faces, colours = _furniture(middle, towards)
    height, width = light.shape[:2]
    seen = find_nearest(camera.project(vertices, scale), faces, (width, height))
    a, b, c = (vertices[faces[seen.face, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    on_floor = (place[..., 1] < 1e-6).ravel()
    shadow = ShadowMap(vertices, faces, middle + np.array([towards * 1.3, 0.0, 0.0]), 6.5)
    flat = light.reshape(-1, 3)
    flat[on_floor] *= 1 - 0.35 * shadow.shade(place.reshape(-1, 3)[on_floor])[:, None]
    flat[seen.pixel] = colours[seen.face] * _light(normal)
    on_floor[seen.pixel] = False
    shape = (camera.size[1], scale, camera.size[0], scale)
    picture = light.reshape(*shape, 3).mean(axis=(1, 3))
    floor = on_floor.reshape(shape).all(axis=(1, 3))[..., None]
    # The athlete is in focus, the wall is not; this also makes the file smaller.
    picture = np.where(floor, picture, blur(picture, 2))
    return picture, np.where(floor, place[scale // 2 :: scale, scale // 2 :: scale], np.nan)


def _paint_walls(
    camera: Camera, middle: np.ndarray, towards: float, scale: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the light of floor, ceiling and walls, and where each pixel's is (m): (H, W, 3) both."""
    planes = [  # the camera stands inside: axis, where, the light of its points
        (1, 0.0, lambda at: _floor_light(at, middle)),
        (1, _HIGH_M, lambda at: np.full(at.shape, 0.8)),
        (0, middle[0] + towards * _BACK_M, _wall_light),
        (0, middle[0] - towards * _SIDE_M, _wall_light),
        (2, middle[2] - _SIDE_M, lambda at: 0.92 * _wall_light(at)),
        (2, middle[2] + _SIDE_M, lambda at: 1.08 * _wall_light(at)),
    ]
    ray = camera.rays(scale)
    light = np.zeros_like(ray)
    nearest = np.full(ray.shape[:2], np.inf)
    for axis, where, light_of in planes:
        with np.errstate(divide="ignore"):
            away = (where - camera.eye_m[axis]) / ray[..., axis]
        hit = (away > 0) & (away < nearest)
        nearest[hit] = away[hit]
        light[hit] = light_of(camera.eye_m + away[hit][:, None] * ray[hit])
    return light, camera.eye_m + nearest[..., None] * ray


def _floor_light(at: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Return the light of the floor at points (N, 3): boards, and the mat."""
    x, z = at[:, 0] - middle[0], at[:, 2] - middle[2]
    on_mat = (np.abs(x) < 0.42) & (np.abs(z) < 0.98)
    seam = np.abs((x + 0.3) % 0.6 - 0.3) < 0.004
    colour = np.where(seam[:, None], 0.82, 1.0) * to_linear(_FLOOR_RGB)
    colour = np.where(on_mat[:, None], to_linear(_MAT_RGB), colour)
    return colour * _light(np.array([[0.0, 1.0, 0.0]]))


def _wall_light(at: np.ndarray) -> np.ndarray:
    """Return the light of a wall at points (N, 3): skirting, a panel, and paint above."""
    high = at[:, 1:2]
    colour = np.where(high < 1.05, to_linear(_PANEL_RGB), to_linear(_WALL_RGB))
    return 0.88 * np.where(high < 0.10, to_linear(_SKIRTING_RGB), colour)


def _furniture(middle: np.ndarray, towards: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return wall bars and a jumping box as one surface: vertices m, faces, each face's light colour."""
    wall = middle[0] + towards * _BACK_M
    boxes = []  # lowest corner, highest corner, colour

    def add(x: tuple, y: tuple, z: tuple, colour: tuple) -> None:
        depth = sorted((wall - towards * x[0], wall - towards * x[1]))
        low = (depth[0], y[0], middle[2] + z[0])
        boxes.append((low, (depth[1], y[1], middle[2] + z[1]), colour))

    for post in (-2.05, -1.10):  # wall bars
        add((0.0, 0.12), (0.0, 2.3), (post, post + 0.05), _WOOD_RGB)
    for rung in np.arange(0.25, 2.25, 0.25):
        add((0.07, 0.11), (rung, rung + 0.035), (-2.05, -1.10), (0.86, 0.70, 0.50))
    add((0.15, 0.65), (0.0, 0.50), (1.35, 2.05), (0.82, 0.66, 0.46))  # a jumping box
    add((0.20, 0.60), (0.50, 0.75), (1.45, 1.95), (0.76, 0.60, 0.41))
    corner = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    square = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangle = np.array([t for a, b, c, d in square for t in ((a, b, c), (a, c, d))])
    vertices = np.concatenate([np.where(corner, high, low) for low, high, _ in boxes])
    faces = np.concatenate([triangle + 8 * k for k in range(len(boxes))])
    colours = np.repeat(to_linear([colour for *_, colour in boxes]), len(triangle), axis=0)
    return vertices, faces, colours
