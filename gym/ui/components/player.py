"""The player: a clip with its skeleton, and one time cursor shared with the charts of the page.

A component in the page's own document (``player.html``, ``.css``, ``.js`` and ``player_figure.js``
in this folder). It plays, steps, loops, lays the best rep over the others as a ghost and moves the
cursor in the browser alone: nothing the user does in it causes a rerun. Poses reach it as a compact
binary file by the same route as the clip (`gym.ui.clips`), which works for two seconds as well as for
twenty minutes: JSON in the page would be about ten times as long and would be sent again with every
rerun. All its words about reps come from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gym.drawing.ghost import place_ghost
from gym.files import write_whole
from gym.notes import PARTIAL, PARTIAL_SIGN, VERDICT_SIGNS, VERDICT_WORDS
from gym.schema import PoseSequence, RepKind, Verdict
from gym.skeleton import DRAWN_BONES, SIDES, joint_index
from gym.ui.clips import clip_url, keep_clip
from gym.ui.components import declare_component
from gym.ui.visits import session_folder

_JOINTS = tuple(dict.fromkeys(name for bone in DRAWN_BONES for name in bone))
_UNSEEN = -32768
#: Positions are sent in ten-thousandths of the picture's width and height, a tenth of a pixel.
_STEPS = 10000

_player = declare_component("player", "player_figure")


@dataclass(frozen=True)
class PlayerRep:
    """One rep as the player shows it.

    Attributes
    ----------
    number : int
        As in the table of reps, from 1.
    start_s, bottom_s, end_s : float
    verdict : Verdict
        Gives the rep its colour and sign.
    label : str
        A few words next to the number, such as the cue; may be empty.
    kind : RepKind
        Partial reps are shown but not counted.
    word : str
        What a screen reader says of the rep; the verdict's word by default.
    """

    number: int
    start_s: float
    bottom_s: float
    end_s: float
    verdict: Verdict
    label: str = ""
    kind: RepKind = RepKind.FULL
    word: str = ""


@dataclass(frozen=True)
class PlayerSegment:
    """A stretch of the clip to mark above the slider, such as one set."""

    start_s: float
    end_s: float
    label: str


def show_player(
    *,
    url: str,
    poses: PoseSequence,
    reps: Sequence[PlayerRep],
    chart_keys: Sequence[str],
    key: str,
    segments: Sequence[PlayerSegment] = (),
    seek_s: float | None = None,
    seek_id: int = 0,
    best: int | None = None,
) -> None:
    """Show a clip with its skeleton, rep by rep, in step with charts.

    Parameters
    ----------
    url : str
        Where the clip is, from `gym.ui.clips.clip_url`.
    poses : PoseSequence
        With the times of the clip's frames.
    reps : sequence of PlayerRep
        In time order; each gets a button that repeats it.
    chart_keys : sequence of str
        The keys of the ``st.plotly_chart`` elements that share the cursor, anywhere on the page. Their
        x axis is time in seconds. A click seeks; with ``dragmode=False`` in a chart's layout, dragging
        does too.
    key : str
        Fixed, so that a rerun does not interrupt a playing clip.
    segments : sequence of PlayerSegment
    seek_s, seek_id : float, int
        Go to a time (seconds) once for each new pair, for example after a click in a table.
    best : int, optional
        The place among ``reps`` of the best one, which can be laid over the others as a ghost.
    """
    poses_file = _keep_poses(poses)
    duration_s = float(poses.time_s[-1]) if len(poses) else 0.0
    _player(
        key=key,
        data={
            "url": url,
            "posesUrl": clip_url(keep_clip(poses_file)),
            "frames": len(poses),
            "joints": len(_JOINTS),
            "bones": _bones(poses),
            "size": poses.image_size,
            "durationS": max(duration_s, 0.001),
            "reps": [rep_data(rep) for rep in reps],
            "segments": [
                {"startS": _rounded(s.start_s), "endS": _rounded(s.end_s), "label": s.label}
                for s in segments
            ],
            "chartKeys": list(chart_keys),
            "seekS": None if seek_s is None else _rounded(seek_s),
            "seekId": seek_id,
            "ghost": None if best is None else ghost_data(poses, reps, best),
        },
    )


def ghost_data(
    poses: PoseSequence, reps: Sequence[PlayerRep], best: int
) -> dict[str, object] | None:
    """Return how the best rep is laid over the others; None where there is no other, or none can be.

    ``places`` has `gym.drawing.ghost.GhostPlace` for each rep, None for the best itself.
    """
    places = [*place_ghost(poses, [(rep.start_s, rep.end_s) for rep in reps], best)]
    places[best] = None
    if not any(places):
        return None
    return {
        "rep": best,
        "places": [place and [round(part, 5) for part in place] for place in places],
        "words": f"Pale: rep {reps[best].number}, your best",
    }


def rep_data(rep: PlayerRep) -> dict[str, object]:
    """Return a rep as the browser shows it, with all its words."""
    whole = rep.kind is RepKind.FULL
    verdict = rep.verdict if whole else Verdict.UNSEEN
    title = f"Rep {rep.number}" if whole else f"{PARTIAL.capitalize()} rep"
    word = (rep.word or VERDICT_WORDS[verdict]) if whole else "not counted"
    name = title if whole else f"{title} {rep.number}"
    spoken = ", ".join(part for part in (name, word, rep.label) if part)
    return {
        "startS": _rounded(rep.start_s),
        "bottomS": _rounded(rep.bottom_s),
        "endS": _rounded(rep.end_s),
        "whole": whole,
        "verdict": str(verdict),
        "sign": VERDICT_SIGNS[verdict] if whole else PARTIAL_SIGN,
        "title": title,
        "word": word,
        "label": rep.label,
        "spoken": f"{spoken}: repeat it",
    }


def pack_poses(poses: PoseSequence) -> bytes:
    """Pack what is drawn of a pose sequence into bytes for the browser.

    Parameters
    ----------
    poses : PoseSequence
        T frames; of its joints the D that `DRAWN_BONES` names are kept.

    Returns
    -------
    bytes
        Little-endian, one after the other: float32 (T,) seconds, int16 (T, D, 2) ten-thousandths of
        the picture's width and height (-32768 where unseen), uint8 (T, D) visibility from 0 to 255.
    """
    drawn = [joint_index(name) for name in _JOINTS]
    share = poses.xy_px[:, drawn] / np.array(poses.image_size, dtype=np.float32)
    unseen = ~np.isfinite(share).all(axis=2)
    steps = np.clip(np.where(unseen[..., None], 0, share) * _STEPS, _UNSEEN + 1, -_UNSEEN - 1)
    steps = np.where(unseen[..., None], _UNSEEN, np.round(steps))
    seen = np.round(np.clip(np.nan_to_num(poses.visibility[:, drawn]), 0, 1) * 255)
    return b"".join(
        (
            poses.time_s.astype("<f4").tobytes(),
            steps.astype("<i2").tobytes(),
            seen.astype("u1").tobytes(),
        )
    )


def _keep_poses(poses: PoseSequence) -> Path:
    """Write the poses for the browser into the session's folder, once for the same content."""
    packed = pack_poses(poses)
    path = session_folder() / f"{hashlib.sha256(packed).hexdigest()[:32]}.poses"
    if not path.exists():
        write_whole(path, packed)
    return path


def _bones(poses: PoseSequence) -> list[tuple[int, int, str]]:
    """Return each drawn bone as two places in the packed joints, and which colour it has."""
    seen = {
        side: float(
            poses.visibility[:, [joint_index(n) for n in _JOINTS if n.startswith(side)]].sum()
        )
        for side in SIDES
    }
    near = max(SIDES, key=seen.__getitem__)
    bones = []
    for a, b in DRAWN_BONES:
        sides = {a.split("_")[0], b.split("_")[0]}
        colour = "trunk" if len(sides) == 2 else "near" if near in sides else "far"
        bones.append((_JOINTS.index(a), _JOINTS.index(b), colour))
    return bones


def _rounded(time_s: float) -> float:
    return round(float(time_s), 3)
