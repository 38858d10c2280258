"""What the learned counter learns from: recordings with the phase in every frame.

A take is a recording whose reps are known. People marked only few of them, and only roughly, so the
reps are those of the heuristic counter, as the card says. Between their turning points the phase
follows the joint angle that makes the rep.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from gym.counting import Counter
from gym.counting.heuristic import HeuristicCounter
from gym.counting.phase_net import LABELS, RunningSize, measure_trunk, place_body
from gym.exercises import COMBINED, EXERCISES
from gym.features import mean_known, pixels_per_metre
from gym.posefiles import read_poses
from gym.schema import J, PoseSequence, Reason, RepCount, RepKind
from gym.skeleton import PENN_JOINTS, SIDES, joint_index, to_penn
from gym.smoothing import interpolate
from gym.training.datasets import Movement, read_penn, read_rows

TAKE_HZ = 30.0
ASIDE = 0.2  #: weight of the phase outside sets, where it should stay at the top
_SURE_S = 1.5  #: further than this from any rep is outside the set
_EDGE_S = 0.3  #: how far before the first and after the last rep the top may be

#: The usual ratio of a bone's length to the trunk's, to estimate the trunk in flat data.
_TRUNKS = {
    ("shoulder", "hip"): 1.0, ("hip", "knee"): 1.15, ("knee", "ankle"): 1.2,
    ("shoulder", "elbow"): 1.75, ("elbow", "wrist"): 1.95,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Take:
    """One recording sampled at `TAKE_HZ`, with its phase and label in every frame.

    Attributes
    ----------
    id, group, source, split : str
        As in `gym.training.datasets.Movement`.
    label : str
        In `gym.counting.phase_net.LABELS`.
    body : float32 (T, 13, 5)
        Image and world in trunk lengths around the hips, y up; gaps bridged. World 0 where the
        source is flat.
    visibility : float32 (T, 13)
        0 where unseen.
    phase : float32 (T,)
        0 at the top, 1 at the bottom.
    rising : bool (T,)
    sure : float32 (T,)
        Weight of the phase in training.
    set_share : float32 (T,)
        1 inside a set, 0 outside, NaN where it is not known.
    spans : tuple of (first, bottom, last) frames of the whole reps
    """

    id: str
    group: str
    source: str
    split: str
    label: str
    body: np.ndarray
    visibility: np.ndarray
    phase: np.ndarray
    rising: np.ndarray
    sure: np.ndarray
    set_share: np.ndarray
    spans: tuple[tuple[int, int, int], ...]

    def __len__(self) -> int:
        return len(self.body)


def read_takes(data: Path) -> list[Take]:
    """Read all recordings for training and validating the learned counter.

    Parameters
    ----------
    data : Path
        Holds ``poses/`` (BlazePose; its own split, excluded rows are left out) and
        ``penn_action/`` (flat; its official split, "val" as in `read_penn`).

    Raises
    ------
    LabelsError
        When a data set is missing.
    """
    table = Path(data) / "poses" / "labels.csv"
    takes: list[Take | None] = []
    for row in read_rows(table):
        if row["split"] in ("train", "val") and not row["exercise"].startswith(COMBINED):
            poses = read_poses(table.parent / row["file"])
            label = row["train_as"] if row["train_as"] in LABELS else "none"
            names = (f"blaze{row['id']}", f"blaze-{row['group']}", "blazepose", row["split"])
            takes.append(make_take(poses, label, names))
    for movement in read_penn(Path(data) / "penn_action"):
        if movement.label not in COMBINED:
            takes.append(_from_penn(movement))
    return [take for take in takes if take is not None]


def _from_penn(movement: Movement) -> Take | None:
    """Make a take of 13 flat joints."""
    xy = np.full((len(movement.time_s), J, 2), np.nan)
    for place, name in enumerate(PENN_JOINTS):
        for joint in ("left_ear", "right_ear") if name == "head" else (name,):
            xy[:, joint_index(joint)] = movement.xy[:, place]
    trunk_px = _guess_trunk(movement.xy)
    if trunk_px is None:
        return None
    flat = (xy - mean_known(xy)[:, None]) / (2 * trunk_px)  # a trunk is about half a metre
    xyz = np.concatenate([flat, 0 * flat[..., :1]], axis=-1)
    poses = PoseSequence(movement.time_s, xy, xyz, np.isfinite(xy[..., 0]).astype(float), (1, 1))
    label = movement.label if movement.label in LABELS else "none"
    names = (movement.id, movement.group, "penn", movement.split)
    return make_take(poses, label, names, trunk_px=trunk_px)


def _guess_trunk(xy: np.ndarray) -> float | None:
    """Estimate the trunk's length in the image from the greatest lengths of the bones."""
    place = {name: k for k, name in enumerate(PENN_JOINTS)}
    guesses = []
    for (upper, lower), share in _TRUNKS.items():
        for side in SIDES:
            bone = xy[:, place[f"{side}_{upper}"]] - xy[:, place[f"{side}_{lower}"]]
            lengths = np.linalg.norm(bone, axis=1)
            if np.isfinite(lengths).sum() > 3:
                guesses.append(share * np.nanpercentile(lengths, 90))
    return float(np.percentile(guesses, 75)) if guesses else None


def count_poses(counter: Counter, poses: PoseSequence) -> RepCount:
    """Run a counter over recorded poses."""
    for index in range(len(poses)):
        counter.update(poses[index])
    return counter.finish()


def fill_gaps(values: np.ndarray) -> np.ndarray:
    """Bridge NaN over time by straight lines, and hold the ends; 0 where nothing is known.

    (T, ...) to the same shape.
    """
    at = np.arange(len(values))
    return np.nan_to_num(interpolate(at, values, at))


def make_take(
    poses: PoseSequence,
    label: str,
    names: tuple[str, str, str, str],
    *,
    trunk_px: float | None = None,
) -> Take | None:
    """Turn poses into a take.

    Parameters
    ----------
    poses : PoseSequence
    label : str
        In `LABELS`; the heuristic counts the exercise's reps.
    names : id, group, source, split
    trunk_px : float, optional
        The trunk's length in the image if the world is not known; the world is then left 0.

    Returns
    -------
    Take or None
        None if nobody is seen, or no rep of the exercise.
    """
    if not poses.seen.any() or len(poses) < 5:
        return None
    count = None
    if label != "none":
        count = count_poses(HeuristicCounter(EXERCISES[label]), poses)
        if not count.reps:
            return None
    image, world = (to_penn(points.astype(float)) for points in (poses.xy_px, poses.xyz_m))
    trunk_m = measure_trunk(world)
    sizes = np.stack([trunk_m, trunk_m * pixels_per_metre(poses.xy_px, poses.xyz_m)], axis=1)
    if trunk_px is not None:
        sizes[:] = 1.0, trunk_px
    size = RunningSize()
    # A sequence may begin in the middle of a clip, when the size is already known.
    size.follow(np.nanmedian(sizes, axis=0))
    running = np.array([size.follow(row) for row in sizes])
    body = place_body(image, world, running[:, 0], running[:, 1])
    visibility = to_penn(poses.visibility[..., None].astype(float))[..., 0]
    visibility = np.where(np.isfinite(body[..., 0]), visibility, 0.0)
    body = fill_gaps(body)
    if trunk_px is not None:
        body[..., 2:] = 0.0
    at_s = np.arange(poses.time_s[0], poses.time_s[-1] + 1e-9, 1 / TAKE_HZ)
    phase, rising, sure, set_share, spans = _annotate(at_s, count)
    return Take(
        *names,
        label=label,
        body=interpolate(poses.time_s, body, at_s).astype(np.float32),
        visibility=interpolate(poses.time_s, visibility, at_s).astype(np.float32),
        phase=phase.astype(np.float32),
        rising=rising,
        sure=sure.astype(np.float32),
        set_share=set_share.astype(np.float32),
        spans=spans,
    )


def _annotate(
    at_s: np.ndarray, count: RepCount | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, tuple[tuple[int, int, int], ...]]:
    """Return for every time what `Take` holds: phase, rising, sure, set share; and the spans."""
    frames = len(at_s)
    phase, rising = np.zeros(frames), np.zeros(frames, dtype=bool)
    edge = int(_EDGE_S * TAKE_HZ)
    sure, set_share = np.full(frames, ASIDE), np.zeros(frames)
    reps = sorted(count.reps, key=lambda rep: rep.bottom_s) if count else []
    if not reps:
        return phase, rising, sure, set_share, ()
    known = np.isfinite(count.phase)
    raw = np.interp(at_s, count.time_s[known], count.phase[known])

    def frame(time_s: float) -> int:
        return int(np.clip(round((time_s - at_s[0]) * TAKE_HZ), 0, frames - 1))

    marks = [(frame(rep.start_s), frame(rep.bottom_s), frame(rep.end_s)) for rep in reps]
    away = np.full(frames, np.inf)
    for first, _, last in marks:
        index = np.arange(frames)
        away = np.minimum(away, np.maximum(np.maximum(first - index, index - last), 0) / TAKE_HZ)
    set_share[:] = np.where(away <= 0.1, 1.0, np.where(away > _SURE_S, 0.0, np.nan))
    sure[:] = np.where(away <= 0.5, 1.0, np.where(away > _SURE_S, ASIDE, 0.0))
    # The turning points: tops between the reps, bottoms within.
    tops = [max(marks[0][0] - edge, 0)]
    tops[0] += int(np.argmin(raw[tops[0] : marks[0][1] + 1]))
    for (_, low, last), (first, after, _) in pairwise(marks):
        a, b = min(last, first), max(last, first)
        a, b = max(a - 2, low), min(b + 3, after)
        tops.append(a + int(np.argmin(raw[a:b])) if b > a else a)
    end = min(marks[-1][2] + edge, frames - 1)
    tops.append(marks[-1][1] + int(np.argmin(raw[marks[-1][1] : end + 1])))
    full = [rep.kind is RepKind.FULL for rep in reps]
    lows = [raw[first : last + 1].max() for first, _, last in marks]
    usual = np.median([low for low, whole in zip(lows, full, strict=True) if whole] or [1.0])
    spans = []
    for k, (first, bottom, last) in enumerate(marks):
        a, b = tops[k], tops[k + 1]
        for part, high, climbs in ((slice(a, bottom + 1), raw[a], False),
                                   (slice(bottom, b + 1), raw[b], True)):  # fmt: skip
            low = lows[k] if full[k] else max(usual, lows[k])
            high = min(high, 0.4 * low)
            phase[part] = np.clip((raw[part] - high) / max(low - high, 0.2), 0, 1)
            rising[part] = climbs
        if full[k]:
            spans.append((a, bottom, b))
        elif reps[k].reason in (Reason.SMALL_BESIDE, Reason.TOO_SMALL):
            phase[a : b + 1] = np.minimum(phase[a : b + 1], 0.45)
        elif reps[k].reason not in (Reason.UNFINISHED, Reason.UNDER_WAY):
            sure[first : last + 1] = 0.0
    return phase, rising, sure, set_share, tuple(spans)


def gather_groups(takes: Iterable[Take]) -> list[list[Take]]:
    """Gather takes that share a source."""
    groups: dict[str, list[Take]] = {}
    for take in takes:
        groups.setdefault(take.group, []).append(take)
    return list(groups.values())
