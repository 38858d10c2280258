"""Clothes for the body: surfaces cut along hems, moved out from the skin, and given a material.

A garment is MakeHuman's plain suit (a second skin over the whole body), moved out by a few millimetres
and cut where a value given for each vertex turns negative.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gym.athlete.body import Rig, unit

#: The materials of the mesh's faces.
MATERIALS = (
    "skin", "hair", "lips", "eye", "iris", "shirt", "shorts", "sock", "shoe", "sole"
)  # fmt: skip

SOLE_M = 0.022  #: how far a shoe's sole lifts the foot off the floor

_ARM_BONES = ("upperarm", "lowerarm", "hand", "thumb", "index", "middle", "ring", "pinky")


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the unit normals of a surface's vertices, float64 (V, 3), outwards."""
    a, b, c = vertices[faces[:, 0]], vertices[faces[:, 1]], vertices[faces[:, 2]]
    of_face = np.cross(b - a, c - a)
    total = np.stack(
        [np.bincount(faces.ravel(), np.repeat(of_face[:, k], 3), len(vertices)) for k in range(3)],
        axis=1,
    )
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


@dataclass(eq=False)
class Part:
    """A surface that is being changed.

    Attributes
    ----------
    vertices : float64 (V, 3), in m
    shares : float64 (V, B), how much each bone moves each vertex
    faces : int (F, 3)
    """

    vertices: np.ndarray
    shares: np.ndarray
    faces: np.ndarray

    def where(self, keeps: np.ndarray) -> Part:
        """Return some of the faces, bool (F,), without the vertices that none of them uses."""
        used, faces = np.unique(self.faces[keeps], return_inverse=True)
        return Part(self.vertices[used], self.shares[used], faces.reshape(-1, 3))

    def smoothed(self, times: int) -> Part:
        """Return the surface with each vertex moved towards its neighbours: cloth hides small shapes."""
        ends = self.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        ends = np.concatenate([ends, ends[:, ::-1]])
        count = np.maximum(np.bincount(ends[:, 0], minlength=len(self.vertices)), 1)
        vertices = self.vertices
        for _ in range(times):
            neighbours = [
                np.bincount(ends[:, 0], vertices[ends[:, 1], k], len(vertices)) / count
                for k in range(3)
            ]
            vertices = 0.5 * vertices + 0.5 * np.stack(neighbours, axis=1)
        return Part(vertices, self.shares, self.faces)

    def let_out(self, by_m: np.ndarray | float) -> Part:
        """Return the surface moved outwards, by one distance or by one for each vertex."""
        by_m = np.broadcast_to(by_m, len(self.vertices))[:, None]
        normals = vertex_normals(self.vertices, self.faces)
        return Part(self.vertices + by_m * normals, self.shares, self.faces)

    def cut(self, value: np.ndarray) -> Part:
        """Return the part where a value (V,) is positive; its edge is where the value is zero."""
        inside = value[self.faces] > 0
        vertices, shares = [self.vertices], [self.shares]
        faces = [self.faces[inside.all(axis=1)]]
        count = len(self.vertices)
        for corners_inside in (1, 2):
            split = inside.sum(axis=1) == corners_inside
            alone = inside[split] == (corners_inside == 1)  # the corner that is alone on its side
            turn = (alone.argmax(axis=1)[:, None] + np.arange(3)) % 3
            a, b, c = np.take_along_axis(self.faces[split], turn, axis=1).T
            for end in (b, c):
                t = (value[a] / (value[a] - value[end]))[:, None]
                vertices.append((1 - t) * self.vertices[a] + t * self.vertices[end])
                shares.append((1 - t) * self.shares[a] + t * self.shares[end])
            ab = count + np.arange(len(a))
            ac = ab + len(a)
            count += 2 * len(a)
            if corners_inside == 1:
                faces.append(np.stack([a, ab, ac], axis=1))
            else:
                faces += [np.stack([ab, b, c], axis=1), np.stack([ab, c, ac], axis=1)]
        whole = Part(np.concatenate(vertices), np.concatenate(shares), np.concatenate(faces))
        return whole.where(np.ones(len(whole.faces), dtype=bool))


class _Tailor:
    """Measures how far inside each garment the vertices of a surface are, in m (negative: outside)."""

    def __init__(self, rig: Rig) -> None:
        self._shoulder, self._elbow = rig.at("upperarm_l"), rig.at("lowerarm_l")
        self._ankle = rig.at("foot_l")
        self._collar = rig.at("neck_01") + np.array([0.0, 0.005, 0.012])
        self._arm = [k for k, name in enumerate(rig.names) if name.startswith(_ARM_BONES)]
        knee_y, hip_y = rig.at("calf_l")[1], rig.at("thigh_l")[1]
        self.waist_y = rig.at("spine_01")[1] - 0.035
        self.hem_y = knee_y + 0.30 * (hip_y - knee_y)

    def on_arm(self, part: Part) -> np.ndarray:
        """Return which vertices belong to the arms."""
        return part.shares[:, self._arm].sum(axis=1) > 0.5

    def shirt(self, part: Part) -> np.ndarray:
        """Return the depth inside a shirt with short sleeves and a round collar."""
        y = part.vertices[:, 1]
        below_collar = np.linalg.norm(part.vertices - self._collar, axis=1) - 0.078
        trunk = np.minimum(y - (self.waist_y - 0.045), below_collar)
        trunk = np.where(y > self._collar[1] + 0.02, -0.1, trunk)
        mirrored = part.vertices * np.where(part.vertices[:, :1] < 0, [-1, 1, 1], 1)
        along = (mirrored - self._shoulder) @ unit(self._elbow - self._shoulder)
        sleeve = 0.58 * np.linalg.norm(self._elbow - self._shoulder) - along
        return np.where(self.on_arm(part), np.minimum(below_collar, sleeve), trunk)

    def shorts(self, part: Part) -> np.ndarray:
        """Return the depth inside shorts that end above the knee."""
        y = part.vertices[:, 1]
        inside = np.minimum(self.waist_y + 0.02 - y, y - self.hem_y)
        return np.where(self.on_arm(part), -1.0, inside)

    def socks(self, part: Part) -> np.ndarray:
        """Return the depth inside short socks, the feet included."""
        return self._ankle[1] + 0.065 - part.vertices[:, 1]

    def shoes(self, part: Part) -> np.ndarray:
        """Return the depth inside shoes, which are lower at the instep than at the heel."""
        ahead = np.clip((part.vertices[:, 2] - self._ankle[2] + 0.02) / 0.06, 0, 1)
        return self._ankle[1] + 0.035 - 0.016 * ahead - part.vertices[:, 1]


def dress(rig: Rig, body: Part, suit: Part) -> list[tuple[str, Part]]:
    """Cut clothes and shoes from the suit and leave the skin that shows.

    Returns
    -------
    list of (material, Part)
    """
    tailor = _Tailor(rig)
    cloth = suit.smoothed(4)
    y = cloth.vertices[:, 1]
    shirt = cloth.let_out(0.010 + 0.010 * np.clip((tailor.waist_y + 0.12 - y) / 0.16, 0, 1))
    fall = np.clip((tailor.waist_y - y) / (tailor.waist_y - tailor.hem_y), 0, 1)
    shorts = cloth.let_out(0.008 + 0.018 * fall)
    socks = suit.smoothed(2).let_out(0.004)
    shoes = suit.smoothed(12).let_out(0.014)  # smooth enough to hide the toes
    socks = socks.cut(np.minimum(tailor.socks(socks), 0.012 - tailor.shoes(socks)))
    shoes = shoes.cut(tailor.shoes(shoes))
    welt_y = 2.0 * SOLE_M  # where the upper meets the sole
    uppers = shoes.cut(shoes.vertices[:, 1] - welt_y)
    soles = shoes.cut(welt_y - shoes.vertices[:, 1])
    below = vertex_normals(soles.vertices, soles.faces)[:, 1] < -0.25
    below &= soles.vertices[:, 1] < welt_y - 0.001
    soles.vertices[:, 1] = np.where(below, 0.0, soles.vertices[:, 1])

    # Skin well inside the clothes is never seen, and could show through when they move.
    covered = np.maximum.reduce(
        [tailor.shirt(body) - 0.03, tailor.shorts(body) - 0.03, tailor.socks(body) - 0.015]
    )
    # At the waist a point is inside shirt and shorts, although near the edge of each.
    at_waist = (np.abs(body.vertices[:, 1] - tailor.waist_y) < 0.06) & ~tailor.on_arm(body)
    covered = (covered > 0) | at_waist
    skin = body.where(~covered[body.faces].all(axis=1))
    return [
        ("skin", skin),
        ("shirt", shirt.cut(tailor.shirt(shirt))),
        ("shorts", shorts.cut(tailor.shorts(shorts))),
        ("sock", socks),
        ("shoe", uppers),
        ("sole", soles),
    ]


def paint_head(skin: Part, eye: np.ndarray, mouth: np.ndarray) -> list[tuple[str, Part]]:
    """Separate hair, brows and lips from the other skin, and give the hair some thickness.

    Parameters
    ----------
    skin : Part
    eye, mouth : (3,) m
        The middle of the left eye and of the mouth.
    """
    x, y, z = np.abs(skin.vertices[:, 0]), skin.vertices[:, 1], skin.vertices[:, 2]
    hairline_y = eye[1] + 0.058 - 0.62 * np.clip(eye[2] - 0.03 - z, 0, 0.13)
    round_ear = np.hypot(1.2 * (z - eye[2] + 0.088), y - eye[1] + 0.010) - 0.040
    inside = np.minimum(y - hairline_y, np.where(x > 0.055, round_ear, 1.0))
    inside = np.where(y > eye[1] - 0.12, inside, -1.0)
    skin = skin.let_out(0.013 * np.clip(inside / 0.03, 0, 1))
    hair, face = skin.cut(inside), skin.cut(-inside)
    x, y, z = np.abs(face.vertices[face.faces].mean(axis=1)).T
    facing = z > eye[2] - 0.02
    arch_y = eye[1] + 0.0185 - 8 * (x - eye[0]) ** 2
    brows = facing & (np.abs(x - eye[0]) < 0.020) & (np.abs(y - arch_y) < 0.0035)
    half_lip = 0.0075 * np.sqrt(np.clip(1 - (x / 0.023) ** 2, 0, 1))
    lips = facing & (np.abs(y - mouth[1]) < half_lip)
    return [
        ("hair", hair),
        ("hair", face.where(brows)),
        ("lips", face.where(lips)),
        ("skin", face.where(~brows & ~lips)),
    ]


def paint_eye(eye: Part) -> list[tuple[str, Part]]:
    """Separate an eye's iris from its white."""
    centre = eye.vertices[eye.faces].mean(axis=1)
    middle = centre.mean(axis=0)
    iris = (np.hypot(*(centre - middle).T[:2]) < 0.007) & (centre[:, 2] > middle[2])
    return [("iris", eye.where(iris)), ("eye", eye.where(~iris))]
