"""A workout as files: JSON, CSV, an annotated video, and poses that can be judged again.

A pose file is a ``.npz`` of five arrays: ``time_s`` (T,), ``xy_px`` (T, 33, 2), ``xyz_m``
(T, 33, 3), ``visibility`` (T, 33) and ``image_size`` (2,); and ``others`` (T, 2) where other people
were looked for. It may come from anywhere, so reading believes nothing: every header is checked
before its numbers are loaded, and nothing in the file is ever executed.
"""

from __future__ import annotations

import io
import json
import lzma
import math
import os
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np

from gym.errors import PoseFileError
from gym.exercises import EXERCISES
from gym.features import hide_outside
from gym.files import read_array_header, to_csv, write_whole
from gym.limits import MAX_CLIP_BYTES, MAX_CLIP_S, MAX_FRAMES, thin_times
from gym.media.threads import read_ahead, write_behind
from gym.notes import say_not_counted, say_remark
from gym.pose.weights import MODELS
from gym.schema import ClipInfo, Finding, Frame, J, PoseSequence, Rep, RepKind, Verdict, Workout
from gym.summary import main_finding, pair_reps

MAX_SIDE_PX = 16_384
MAX_OTHERS = 1000

_POSE_ARRAYS: dict[str, tuple[int, ...]] = {  # each array's shape behind its T axis
    "time_s": (),
    "xy_px": (J, 2),
    "xyz_m": (J, 3),
    "visibility": (J,),
    "others": (2,),
}
_OPTIONAL = ("others",)
_POSE_ADVICE = (
    "Choose a .npz pose file written by `python -m gym analyse CLIP --poses FILE.npz`, or analyse "
    "the clip again."
)
#: An archive ends with where its list of members is, in its last bytes, and ours has five.
_TAIL_BYTES, _MAX_DIRECTORY_BYTES = 22 + 2**16, 10_000
#: What zipfile and numpy raise on bytes that are not a pose file.
_UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, tokenize.TokenError),
)


_NEAR_S = 0.1  # a pose this far from a frame is still used for it (every second frame was enough)
_CUE_S = 5.0  # how long a cue is shown, unless the next rep replaces it


def write_poses(poses: PoseSequence, path: str | Path) -> None:
    """Write a pose file.

    An existing file is replaced only when the new one is complete.
    """
    write_whole(Path(path), poses_npz(poses))


def poses_npz(poses: PoseSequence) -> bytes:
    """Return what is in a pose file; the pose model's name is not part of it."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        time_s=poses.time_s,
        xy_px=poses.xy_px,
        xyz_m=poses.xyz_m,
        visibility=poses.visibility,
        image_size=np.array(poses.image_size, dtype=np.int64),
        **({} if poses.others is None else {"others": poses.others}),
    )
    return content.getvalue()


def read_poses(path: str | Path) -> PoseSequence:
    """Read a pose file.

    Frames closer than `gym.limits.MIN_STEP_S` to the one before are left out. A joint without a finite
    image position is unseen: NaN, and its visibility 0. Infinite numbers count as NaN. Joints far
    outside the picture get visibility 0.

    Returns
    -------
    PoseSequence
        With at least one frame; ``model`` is None, since the file does not say.

    Raises
    ------
    PoseFileError
        The file is missing, damaged, over the limits of `gym.limits`, or not a pose file: an array is
        absent or of another shape or type, times run backwards, are negative or not finite, or a size
        is absurd.
    """
    path = Path(path)
    try:
        return _check_poses(**_read_arrays(path))
    except _NotPoses as error:
        raise PoseFileError(f"{path.name} {error}.", _POSE_ADVICE) from error


class _NotPoses(Exception):
    """What is wrong with a file, as the end of a sentence that begins with its name."""


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Load the arrays of a pose file, whose lengths may still differ."""
    try:
        if path.stat().st_size > MAX_CLIP_BYTES:
            raise _NotPoses(f"has more than {MAX_CLIP_BYTES / 10**6:.0f} MB")
        _check_directory(path)
        with zipfile.ZipFile(path) as archive:
            names = [*_POSE_ARRAYS, "image_size"]
            there = archive.namelist()
            names = [n for n in names if n not in _OPTIONAL or f"{n}.npy" in there]
            return {name: _read_array(archive, name) for name in names}
    except FileNotFoundError as error:
        raise _NotPoses("does not exist") from error
    except _UNREADABLE as error:
        raise _NotPoses("is damaged, or not a pose file") from error


def _check_directory(path: Path) -> None:
    """Refuse an archive whose list of members is long: to read it would take a memory of its own."""
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, _TAIL_BYTES), os.SEEK_END)
        tail = file.read()
    end = tail[tail.rfind(b"PK\5\6") :]
    size = int.from_bytes(end[12:16], "little")
    if len(end) < 22 or size > _MAX_DIRECTORY_BYTES or b"PK\6\7" in tail:
        raise _NotPoses("is damaged, or not a pose file")


def _read_array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """Load one array of numbers, having checked its header first."""
    try:
        member = archive.getinfo(f"{name}.npy")
    except KeyError as error:
        raise _NotPoses(f"is not a pose file: {name} is missing") from error
    with archive.open(member) as stream:
        try:
            shape, dtype = read_array_header(stream)
        except ValueError as error:
            raise _NotPoses(f"is not a pose file: {name} is no array") from error
    fits = (
        shape == (2,) if name == "image_size" else shape != () and shape[1:] == _POSE_ARRAYS[name]
    )
    if not fits or dtype.kind not in "fiu" or dtype.itemsize > 8:
        raise _NotPoses(f"is not a pose file: {name} is an array {shape} of {dtype}")
    if shape[0] > MAX_FRAMES:
        raise _NotPoses(f"holds {shape[0]} frames, and {MAX_FRAMES} is the limit")
    with archive.open(member) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _check_poses(
    time_s: np.ndarray,
    xy_px: np.ndarray,
    xyz_m: np.ndarray,
    visibility: np.ndarray,
    image_size: np.ndarray,
    others: np.ndarray | None = None,
) -> PoseSequence:
    """Turn a file's arrays, whose widths are right, into poses."""
    others = np.full((len(time_s), 2), np.nan) if others is None else others
    frames = {len(array) for array in (time_s, xy_px, xyz_m, visibility, others)}
    if len(frames) > 1:
        lengths = ", ".join(str(n) for n in sorted(frames))
        raise _NotPoses(f"is not a pose file: its arrays differ in length ({lengths})")
    if frames == {0}:
        raise _NotPoses("holds no frames")
    time_s = time_s.astype(np.float64)
    if not np.isfinite(time_s).all():
        raise _NotPoses("is not a pose file: not all of its times are numbers")
    if (np.diff(time_s) < 0).any():
        raise _NotPoses("is not a pose file: its times run backwards")
    if time_s[0] < 0:
        raise _NotPoses("is not a pose file: its times begin before 0")
    if time_s[-1] > MAX_CLIP_S:
        raise _NotPoses(
            f"lasts longer than {MAX_CLIP_S / 60:g} minutes, if its times are in seconds"
        )
    if not ((image_size >= 1) & (image_size <= MAX_SIDE_PX)).all():
        sides = " x ".join(f"{side:g}" for side in image_size)
        raise _NotPoses(f"is not a pose file: its image size is {sides}")
    if (others < 0).any() or (others > MAX_OTHERS).any():
        raise _NotPoses("is not a pose file: its numbers of other people are absurd")
    if (visibility < -0.01).any() or (visibility > 1.01).any():
        raise _NotPoses("is not a pose file: its visibility is not between 0 and 1")

    kept = thin_times(time_s)
    with np.errstate(over="ignore"):  # too large for float32: infinite, so unseen
        xy_px = xy_px[kept].astype(np.float32)
        xyz_m = xyz_m[kept].astype(np.float32)
        visibility = visibility[kept].astype(np.float32)
    visibility = np.nan_to_num(visibility, nan=0.0).clip(0.0, 1.0)
    unseen = ~np.isfinite(xy_px).all(axis=-1)
    xy_px[unseen] = np.nan
    xyz_m[unseen | ~np.isfinite(xyz_m).all(axis=-1)] = np.nan
    visibility[unseen] = 0.0
    width_px, height_px = (int(side) for side in image_size)
    visibility = hide_outside(xy_px, visibility, (width_px, height_px))
    seen_others = others[kept] if np.isfinite(others).any() else None
    size = (width_px, height_px)
    return PoseSequence(time_s[kept], xy_px, xyz_m, visibility, size, others=seen_others)


def write_analysis(folder: str | Path, clip: ClipInfo, poses: PoseSequence) -> None:
    """Write what is needed to judge a clip again: ``poses.npz`` and ``clip.json`` in a folder.

    The folder is created if it is missing. ``clip.json`` is written last, so a folder that has one
    is complete. The caller puts the clip itself (``clip.mp4``) in the same folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_poses(poses, folder / "poses.npz")
    about = {**asdict(clip), "model": poses.model}
    write_whole(folder / "clip.json", (json.dumps(about, indent=1) + "\n").encode())


def read_analysis(folder: str | Path) -> tuple[ClipInfo, PoseSequence]:
    """Read a saved analysis.

    Raises
    ------
    PoseFileError
        There is none in the folder, or it is damaged.
    """
    folder = Path(folder)
    try:
        poses = read_poses(folder / "poses.npz")
        clip, model = _check_clip(json.loads((folder / "clip.json").read_bytes()))
    except (PoseFileError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise PoseFileError(
            "The saved analysis of this clip is missing or damaged.", "Analyse the clip again."
        ) from error
    return clip, replace(poses, model=model)


def _check_clip(about: dict[str, object]) -> tuple[ClipInfo, str | None]:
    """Turn ``clip.json`` into what it says, or raise ValueError, KeyError or TypeError."""
    clip = ClipInfo(**{field.name: about[field.name] for field in fields(ClipInfo)})
    numbers = (clip.duration_s, clip.frames, clip.width_px, clip.height_px)
    optional = tuple(n for n in (clip.rotation_deg, clip.stopped_s) if n is not None)
    if not all(type(n) in (int, float) and 0 <= n < math.inf for n in numbers + optional):
        raise ValueError(f"expected finite numbers, got {numbers + optional}")
    model = about["model"]
    if not isinstance(clip.name, str) or model not in (None, *MODELS):
        raise ValueError(f"expected a clip's and a pose model's name, got {clip.name!r}, {model!r}")
    return clip, model


def to_json(workout: Workout) -> dict[str, object]:
    """Convert a workout to schema 1 of the command line's JSON.

    Numbers are plain Python's, rounded to what was measured (seconds to the millisecond, degrees to
    a tenth, everything else to four decimals); what is not known is None. ``number`` counts all the
    reps listed, the partial ones included, which ``counts`` leaves out.
    """
    clip, exercise, view = workout.clip, workout.exercise, workout.signals.view
    versions = {"app": None, "pose": None, "stgcn": None, "phase": None} | workout.versions
    return {
        "schema": 1,
        "clip": {
            "name": clip.name,
            "duration_s": _number(clip.duration_s, 3),
            "frames": int(clip.frames),
            "width_px": int(clip.width_px),
            "height_px": int(clip.height_px),
            "rotation_deg": _whole(clip.rotation_deg),
            "stopped_s": _number(clip.stopped_s, 3),
        },
        "pose": {
            "model": workout.poses.model,
            "frames_with_pose": int(workout.poses.seen.sum()),
        },
        "view": {
            "label": view.label,
            "yaw_deg": _number(view.yaw_deg, 1),
            "confidence": _number(view.confidence),
        },
        "exercise": {
            "label": exercise.label,
            "probability": _number(exercise.probability),
            "chosen_by": exercise.chosen_by,
            "frame_share": _shares(exercise.frame_share),
            "timeline": [
                {
                    "start_s": _number(segment.start_s, 3),
                    "end_s": _number(segment.end_s, 3),
                    "label": segment.label,
                    "probability": _number(segment.probability),
                }
                for segment in exercise.timeline
            ],
        },
        "sets": [
            {
                "exercise": one.exercise,
                "start_s": _number(one.start_s, 3),
                "end_s": _number(one.end_s, 3),
                "counts": {method: int(count) for method, count in one.counts.items()},
            }
            for one in workout.sets
        ],
        "counts": {method: int(count.count) for method, count in workout.counts.items()},
        "counter": workout.counter,
        "confidence": _number(workout.confidence),
        "reps": [
            {
                "number": number,
                "start_s": _number(rep.start_s, 3),
                "bottom_s": _number(rep.bottom_s, 3),
                "end_s": _number(rep.end_s, 3),
                "kind": str(rep.kind),
                "reason": rep.reason,
                "findings": [_finding_to_json(finding) for finding in findings],
            }
            for number, (rep, findings) in enumerate(pair_reps(workout), start=1)
        ],
        "form": {
            "frame_share": _shares(workout.form.frame_share),
            "shallow_reps": int(workout.form.shallow_reps),
            "cue": workout.form.cue,
        },
        "notes": list(workout.notes),
        "versions": dict(versions),
    }


def to_json_text(workout: Workout) -> str:
    """Return the JSON of a workout as text, ending in a newline; never a bare NaN."""
    return json.dumps(to_json(workout), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _finding_to_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "verdict": str(finding.verdict),
        "value": _number(finding.value),
        "unit": finding.unit,
        "limit": _number(finding.limit),
        "cue": finding.cue,
        "time_s": _number(finding.time_s, 3),
    }


def _number(value: float | None, digits: int = 4) -> float | None:
    """Return a rounded plain number, or None where it is not known."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits) + 0.0  # never -0.0


def _whole(value: int | None) -> int | None:
    return None if value is None else int(value)


def _shares(shares: dict[str, float]) -> dict[str, float | None]:
    return {name: _number(share) for name, share in shares.items()}


_REP_COLUMNS = (
    *("number", "kind", "reason", "start_s", "bottom_s", "end_s"),
    *("duration_s", "eccentric_s", "concentric_s"),
)


def reps_csv(workout: Workout) -> str:
    """Return the reps as a table: one row each, the partial ones included; unknown is empty.

    ``eccentric_s`` is the way down, ``concentric_s`` the way up. Each rule has three columns named
    by its code: its value, the value's unit and the verdict.
    """
    judged = pair_reps(workout)
    codes = list(dict.fromkeys(found.code for _, findings in judged for found in findings))
    rows = []
    for number, (rep, findings) in enumerate(judged, start=1):
        by_code = {found.code: found for found in findings}
        cells: list[object] = [number, str(rep.kind), rep.reason]
        cells += [_number(t, 3) for t in (rep.start_s, rep.bottom_s, rep.end_s)]
        cells += [
            _number(rep.end_s - rep.start_s, 3),
            _number(rep.bottom_s - rep.start_s, 3),
            _number(rep.end_s - rep.bottom_s, 3),
        ]
        for code in codes:
            found = by_code.get(code)
            cells += [_number(found.value), found.unit, str(found.verdict)] if found else [None] * 3
        rows.append(cells)
    header = [*_REP_COLUMNS]
    header += [f"{code}_{part}" for code in codes for part in ("value", "unit", "verdict")]
    return to_csv(header, rows)


def angles_csv(workout: Workout) -> str:
    """Return the angles as a table: one row a frame, degrees, and the phase; unknown is empty.

    The phase is the chosen counter's: 0 at the top, 1 at the bottom.
    """
    signals, count = workout.signals, workout.count
    phase = np.full(len(signals.time_s), np.nan)
    if len(count.time_s):
        phase = np.interp(signals.time_s, count.time_s, count.phase, left=np.nan, right=np.nan)
    header = ["time_s", *(f"{name}_deg" for name in signals.angle_names), "phase"]
    rows = (
        [_number(time_s, 3), *(_number(angle, 2) for angle in angles), _number(position)]
        for time_s, angles, position in zip(
            signals.time_s.tolist(), signals.angle_deg.tolist(), phase.tolist(), strict=True
        )
    )
    return to_csv(header, rows)


def write_annotated_video(
    workout: Workout,
    clip: Path,
    out: Path,
    on_progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write the clip with its skeleton, count, phase and cues drawn on every frame.

    Parameters
    ----------
    workout : Workout
    clip : Path
        The clip it was made from, as uploaded or as converted for the browser: poses are found by
        time and scaled to the size of its frames.
    out : Path
        The H.264 file to write.
    on_progress : callable, optional
        Called with the stage and the share done, 0..1. An exception from it stops the work and
        leaves no file.

    Raises
    ------
    ClipError
        The clip cannot be read.
    """
    from gym.media.reader import (  # with its libraries, which no other file needs
        ClipReader,
        ClipWriter,
    )

    length_s = max(workout.clip.duration_s, 1e-3)
    rate = min(max(workout.clip.frames / length_s, 1.0), 240.0)
    with (
        ClipReader(clip, workout.clip.name) as reader,
        ClipWriter(out, reader.size, fps_hint=rate) as film,
        write_behind(film.write) as write,
        read_ahead(reader) as frames,
    ):
        for frame in frames:
            write(Frame(_annotate(frame.image, workout, frame.time_s), frame.time_s))
            if on_progress:
                on_progress("Drawing the video", min(frame.time_s / length_s, 1.0))


def _annotate(image: np.ndarray, workout: Workout, time_s: float) -> np.ndarray:
    """Draw what is known at one moment into its frame."""
    from gym.drawing.skeleton import draw_skeleton
    from gym.drawing.status import draw_status

    poses, count, signals = workout.poses, workout.count, workout.signals
    near_side = signals.near_side if signals.view.label in ("side", "diagonal") else None
    nearest = _nearest(poses.time_s, time_s)
    if nearest is not None:
        draw_skeleton(image, poses[nearest], poses.image_size, near_side)
    nearest = _nearest(count.time_s, time_s)
    label = workout.exercise.label
    known = EXERCISES.get(label)
    done = [(rep, found) for rep, found in pair_reps(workout) if rep.end_s <= time_s]
    cue, verdict = "", None
    if done and time_s - done[-1][0].end_s <= _CUE_S:
        cue, verdict = _caption(*done[-1])
    return draw_status(
        image,
        count=sum(rep.kind is RepKind.FULL for rep, _ in done),
        exercise=known.title if known else label.replace("_", " ").capitalize(),
        phase=math.nan if nearest is None else float(count.phase[nearest]),
        cue=cue,
        verdict=verdict,
    )


def _nearest(time_s: np.ndarray, moment_s: float) -> int | None:
    """Return the index of the time nearest to a moment; None if even that is far away."""
    if not len(time_s):
        return None
    after = min(int(np.searchsorted(time_s, moment_s)), len(time_s) - 1)
    index = min(max(after - 1, 0), after, key=lambda i: abs(time_s[i] - moment_s))
    return index if abs(time_s[index] - moment_s) <= _NEAR_S else None


def _caption(rep: Rep, findings: tuple[Finding, ...]) -> tuple[str, Verdict]:
    """Return what a coach would say after a rep, and its verdict."""
    if rep.kind is RepKind.PARTIAL:
        return say_not_counted(rep.reason), Verdict.UNSEEN
    decisive = main_finding(findings)
    verdict = decisive.verdict if decisive else Verdict.UNSEEN
    return say_remark(verdict, decisive.cue if decisive else ""), verdict
