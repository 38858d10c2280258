"""Reads UI-PRMD: optical markers of people who do squats, lunges and stand up from a chair.

Vakanski, Jun, Paul, Baker: "A Data Set of Human Body Movements for Physical Rehabilitation Exercises",
Data 3(1), 2018. The markers are known in space, so that a camera can be put anywhere.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from gym.skeleton import PENN_JOINTS, SIDES
from gym.smoothing import interpolate
from gym.training.datasets import Movement, read_rows
from gym.training.made_movements import film_room

#: The markers were recorded at 100 frames a second, of which every fourth is kept.
RATE_HZ = 25.0

#: Their movements, by this project's names; standing up from a chair is none of its exercises.
EXERCISES = {"deep_squat": "squat", "inline_lunge": "lunge", "side_lunge": "lunge"}

_BETWEEN_S = 0.4  #: from the end of one recorded rep to the start of the next


def read_prmd(
    folder: Path, labels: tuple[str, ...], *, seed: int, views: int = 5
) -> list[Movement]:
    """Read the repetitions of each person as one set, filmed from several places.

    Parameters
    ----------
    folder : Path
        Holds ``reps.csv`` and ``markers.npz``.
    labels : tuple of str
        The labels in use; any other movement becomes "other".
    seed : int
        Chooses the places.
    views : int
        Places for each set.

    Returns
    -------
    list of Movement
        Source "prmd", split "train"; one group for each person.

    Raises
    ------
    LabelsError
        When the table is missing.
    """
    rng = np.random.default_rng(seed)
    sets: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in read_rows(Path(folder) / "reps.csv"):
        sets[row["movement"], row["subject"], row["label"]].append(row["id"])
    movements = []
    with np.load(Path(folder) / "markers.npz") as stored:
        names = [str(name) for name in stored["marker_names"]]
        for (movement, subject, judged), reps in sets.items():
            room_m = _join([place_markers(stored[rep].astype(float), names) for rep in reps])
            label = EXERCISES.get(movement, "other")
            for view in range(views):
                xy, visibility = film_room(rng, room_m)
                movements.append(
                    Movement(
                        id=f"prmd-{movement}-{subject}-{judged}-{view}",
                        source="prmd",
                        action=movement,
                        label=label if label in labels else "other",
                        group=f"prmd-{subject}",
                        split="train",
                        time_s=np.arange(len(xy)) / RATE_HZ,
                        xy=xy,
                        visibility=visibility,
                    )
                )
    return movements


def place_markers(markers_mm: np.ndarray, names: list[str]) -> np.ndarray:
    """Place the 13 joints from markers on the skin.

    Parameters
    ----------
    markers_mm : (T, markers, 3)
        Any two level axes, then up.
    names : list of str
        Plug-in Gait's names of the markers.

    Returns
    -------
    (T, 13, 3): sideways (the person's left positive), up, forward; metres
        The axes are those of the pelvis at the start.

    References
    ----------
    Hip centres: Bell, Pedersen, Brand, "A comparison of the accuracy of several hip center location
    prediction methods", J. Biomechanics 23, 1990: 30 % of the pelvis' width down, 19 % back and 14 %
    in from the front spines. The other offsets, half a joint's thickness, are engineering judgement.
    """
    at = {name: markers_mm[:, i] / 1000.0 for i, name in enumerate(names)}
    across = at["LASI"] - at["RASI"]
    width = np.linalg.norm(across, axis=-1, keepdims=True)
    left = across / width
    ahead = (at["LASI"] + at["RASI"] - at["LPSI"] - at["RPSI"]) / 2
    ahead = ahead - (ahead * left).sum(axis=-1, keepdims=True) * left
    ahead = ahead / np.linalg.norm(ahead, axis=-1, keepdims=True)
    up = np.cross(ahead, left)
    top = np.array([0.0, 0.0, 1.0])
    joints = {"head": sum(at[k] for k in ("LFHD", "RFHD", "LBHD", "RBHD")) / 4 - 0.06 * top}
    for side, letter, sign in ((SIDES[0], "L", 1.0), (SIDES[1], "R", -1.0)):
        joints[f"{side}_shoulder"] = at[f"{letter}SHO"] - 0.04 * top
        joints[f"{side}_elbow"] = at[f"{letter}ELB"]
        joints[f"{side}_wrist"] = (at[f"{letter}WRA"] + at[f"{letter}WRB"]) / 2
        joints[f"{side}_hip"] = at[f"{letter}ASI"] - width * (
            0.14 * sign * left + 0.19 * ahead + 0.30 * up
        )
        joints[f"{side}_knee"] = at[f"{letter}KNE"] - 0.045 * sign * left
        joints[f"{side}_ankle"] = at[f"{letter}ANK"] - 0.03 * sign * left
    xyz = np.stack([joints[name] for name in PENN_JOINTS], axis=1)
    sideways = left[0] * [1.0, 1.0, 0.0]
    sideways = sideways / np.linalg.norm(sideways)
    axes = np.stack([sideways, top, np.cross(sideways, top)])
    return xyz @ axes.T


def _join(reps: list[np.ndarray]) -> np.ndarray:
    """Join repetitions (T, 13, 3) of one person, each starting where the last one stood."""
    joined = [reps[0]]
    count = round(_BETWEEN_S * RATE_HZ)
    for rep in reps[1:]:
        last = joined[-1][-1]
        moved = rep + (last - rep[0]).mean(axis=0)
        share = np.arange(1, count) / count
        between = interpolate(np.array([0.0, 1.0]), np.stack([last, moved[0]]), share)
        joined += [between, moved]
    return np.concatenate(joined)
