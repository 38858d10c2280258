"""Changes that should not change a count: frame rate, side, picture size, lost and jittering joints.

Each change is applied to recorded poses, and the share of clips whose count stays the same is
measured. Turning the athlete is reported without a requirement: a pose network's depth is a guess, so
a turned BlazePose skeleton is not what the network would have seen from there.

A counter's own constants are changed as well, one at a time: a count that hangs on the third digit of a
number that somebody chose is luck.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from gym.counting import COUNTERS, DEFAULT_COUNTER, Counter, count_reps
from gym.counting.bounds import SignalPath, apply_bounds, follow_signal
from gym.exercises import Exercise, Signal, Travel
from gym.features import mean_known, pixels_per_metre
from gym.schema import PoseSequence
from gym.skeleton import HIPS, MIRROR, SHOULDERS
from gym.smoothing import find_neighbours, spread_times

REQUIRED_SHARE = 0.95
SEEDS = (0, 1, 2, 3, 4)
CONSTANT_FACTORS = (0.8, 0.9, 1.1, 1.2)
CONSTANTS_CHANGED = "constants changed by 10 and 20 %"

#: Counts one clip: poses, exercise, the counter's name.
CountClip = Callable[[PoseSequence, Exercise, str], int]


@dataclass(frozen=True)
class Change:
    """A change to poses that should not change the count.

    Attributes
    ----------
    name : str
    apply : callable
        Takes poses and a seed; gives the changed poses.
    seeds : tuple of int
        More than one if the change is random.
    required : float or None
        The share of clips whose count must not change; None if it is only reported.
    """

    name: str
    apply: Callable[[PoseSequence, int], PoseSequence]
    seeds: tuple[int, ...] = (0,)
    required: float | None = REQUIRED_SHARE


def keep_rate(poses: PoseSequence, rate_hz: float) -> PoseSequence:
    """Keep the frame nearest each tick of a lower frame rate, with its own time."""
    if not len(poses):
        return poses
    ticks_s = np.arange(poses.time_s[0], poses.time_s[-1] + 1e-9, 1 / rate_hz)
    after = np.searchsorted(poses.time_s, ticks_s).clip(0, len(poses) - 1)
    before = (after - 1).clip(0)
    nearer = ticks_s - poses.time_s[before] < poses.time_s[after] - ticks_s
    return _pick(poses, np.unique(np.where(nearer, before, after)))


def interpolate_rate(poses: PoseSequence, rate_hz: float) -> PoseSequence:
    """Interpolate to a frame rate; NaN beside a frame in which a joint was not seen.

    A gap of more than a second between frames stays one.
    """
    if len(poses) < 2:
        return poses
    time_s = spread_times(poses.time_s, rate_hz, reach_s=0.5)
    before, after, share = find_neighbours(poses.time_s, time_s)

    def between(values: np.ndarray) -> np.ndarray:
        weight = share.reshape(-1, *[1] * (values.ndim - 1))
        mixed = (1 - weight) * values[before] + weight * values[after]
        # Not 0 * NaN: on a frame itself its neighbour does not matter.
        mixed = np.where(weight == 0, values[before], mixed)
        return np.where(weight == 1, values[after], mixed)

    xy_px = between(poses.xy_px)
    visibility = np.where(np.isnan(xy_px[..., 0]), 0.0, between(poses.visibility))
    return replace(
        poses,
        time_s=time_s,
        xy_px=xy_px,
        xyz_m=between(poses.xyz_m),
        visibility=visibility,
        others=None,
    )


def mirror(poses: PoseSequence) -> PoseSequence:
    """Flip the picture; left becomes right."""
    return replace(
        poses,
        xy_px=(poses.xy_px * [-1, 1] + [poses.image_size[0], 0])[:, MIRROR],
        xyz_m=(poses.xyz_m * [-1, 1, 1])[:, MIRROR],
        visibility=poses.visibility[:, MIRROR],
    )


def rescale(poses: PoseSequence, factor: float) -> PoseSequence:
    """Make the picture smaller or larger."""
    width, height = poses.image_size
    size = (round(width * factor), round(height * factor))
    return replace(poses, xy_px=poses.xy_px * factor, image_size=size)


def drop_joints(poses: PoseSequence, share: float, seed: int) -> PoseSequence:
    """Lose a share of all joints, independently for each joint and frame."""
    lost = np.random.default_rng(seed).random(poses.visibility.shape) < share
    return replace(
        poses,
        xy_px=np.where(lost[..., None], np.nan, poses.xy_px),
        xyz_m=np.where(lost[..., None], np.nan, poses.xyz_m),
        visibility=np.where(lost, 0.0, poses.visibility),
    )


def jitter(poses: PoseSequence, share: float, seed: int) -> PoseSequence:
    """Add normal noise to every joint, a share of the trunk's length, in image and space."""
    rng = np.random.default_rng(seed)
    trunk_m = _trunk_m(poses)
    scale = pixels_per_metre(poses.xy_px, poses.xyz_m)
    trunk_px = trunk_m * (float(np.nanmedian(scale)) if np.isfinite(scale).any() else 0.0)
    return replace(
        poses,
        xy_px=poses.xy_px + rng.normal(0, share * trunk_px, poses.xy_px.shape),
        xyz_m=poses.xyz_m + rng.normal(0, share * trunk_m, poses.xyz_m.shape),
    )


def turn(poses: PoseSequence, yaw_deg: float) -> PoseSequence:
    """Turn the athlete about the vertical, and see the skeleton in space from the camera.

    The image positions become the turned skeleton's parallel projection, at the same place and size.
    """
    c, s = np.cos(np.radians(yaw_deg)), np.sin(np.radians(yaw_deg))
    xyz_m = poses.xyz_m.astype(float) @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
    hips_px = mean_known(poses.xy_px[:, HIPS].astype(float))
    scale = pixels_per_metre(poses.xy_px, poses.xyz_m)
    xy_px = hips_px[:, None] + xyz_m[..., :2] * scale[:, None, None]
    return replace(poses, xy_px=xy_px, xyz_m=xyz_m)


CHANGES: tuple[Change, ...] = (
    *(
        Change(f"{rate} frames/s", lambda poses, seed, rate=rate: keep_rate(poses, rate))
        for rate in (10, 15, 24)
    ),
    Change("60 frames/s, interpolated", lambda poses, seed: interpolate_rate(poses, 60)),
    Change("mirrored", lambda poses, seed: mirror(poses)),
    Change("half the picture size", lambda poses, seed: rescale(poses, 0.5)),
    Change("a tenth of the joints lost", lambda poses, seed: drop_joints(poses, 0.10, seed), SEEDS),
    Change("2 % of the trunk's length of jitter", lambda p, seed: jitter(p, 0.02, seed), SEEDS),
    *(
        Change(
            f"turned by {yaw_deg:+d}°, in BlazePose's space",
            lambda poses, seed, yaw_deg=yaw_deg: turn(poses, yaw_deg),
            required=None,
        )
        for yaw_deg in (-30, 30)
    ),
)


def _count_clip(poses: PoseSequence, exercise: Exercise, counter: str) -> int:
    """Count by a registered counter."""
    return count_reps(poses, exercise, counter).count


def measure_robustness(
    clips: Iterable[tuple[str, Exercise, PoseSequence]],
    counters: Sequence[str],
    *,
    changes: Sequence[Change] = CHANGES,
    count: CountClip = _count_clip,
    on_clip: Callable[[str], None] = lambda clip_id: None,
) -> list[dict[str, object]]:
    """Measure the share of clips for which each counter's count stays the same.

    Parameters
    ----------
    clips : iterable of (id, exercise, poses)
        Taken one at a time, so a generator that reads them is fine.
    counters : sequence of str
    changes : sequence of Change
    count : callable
        How one clip is counted.
    on_clip : callable
        Called with the id of each finished clip.

    Returns
    -------
    list of dict
        One row for each counter and change: ``counter``, ``change``, ``n`` (clips times seeds),
        ``unchanged`` (share; None without clips), ``required`` (None: reported only), ``changed``
        (``id``, ``seed``, ``before``, ``after`` of each that did change).
    """
    trials = {(name, change.name): 0 for name in counters for change in changes}
    changed: dict[tuple[str, str], list[dict[str, object]]] = {key: [] for key in trials}
    for clip_id, exercise, poses in clips:
        before = {name: count(poses, exercise, name) for name in counters}
        for change in changes:
            for seed in change.seeds:
                other = change.apply(poses, seed)
                for name in counters:
                    key = name, change.name
                    trials[key] += 1
                    after = count(other, exercise, name)
                    if after != before[name]:
                        case = {"id": clip_id, "seed": seed, "before": before[name], "after": after}
                        changed[key].append(case)
        on_clip(clip_id)
    return [
        {
            "counter": name,
            "change": change.name,
            "n": (n := trials[name, change.name]),
            "unchanged": round(1 - len(changed[name, change.name]) / n, 4) if n else None,
            "required": change.required,
            "changed": changed[name, change.name],
        }
        for name in counters
        for change in changes
    ]


def list_constants(kind: type[Counter], exercise: Exercise | None) -> dict[str, float]:
    """List the numbers that a counter counts by.

    They are the keyword defaults of its ``__init__`` and, unless it has a network, which learned the
    exercise, the numbers in the exercise's description; both ends of a range are two of them. What is 0
    has no tenth more, and is left out.

    Returns
    -------
    dict of str to number
        "turn_share", or "squat.rep_s[0]" for one of the exercise's.
    """
    found = {
        name: parameter.default
        for name, parameter in inspect.signature(kind.__init__).parameters.items()
        if _is_number(parameter.default)
    }
    for field in () if exercise is None or kind.weights else fields(exercise):
        value = getattr(exercise, field.name)
        if _is_number(value):
            found[f"{exercise.name}.{field.name}"] = value
        elif isinstance(value, tuple) and value and all(_is_number(one) for one in value):
            found |= {f"{exercise.name}.{field.name}[{k}]": one for k, one in enumerate(value)}
        elif isinstance(value, Signal | Travel):
            numbers = {
                f"{field.name}.{k}": one for k, one in vars(value).items() if _is_number(one)
            }
            found |= {f"{exercise.name}.{name}": one for name, one in numbers.items()}
    return {name: value for name, value in found.items() if value}


def measure_constants(
    clips: Iterable[tuple[str, Exercise | None, PoseSequence]],
    counters: Sequence[str],
    *,
    kinds: dict[str, type[Counter]] = COUNTERS,
    factors: Sequence[float] = CONSTANT_FACTORS,
) -> list[dict[str, object]]:
    """Measure the share of trials in which a counter's constants do not matter.

    Each constant is changed alone, by each factor. The common count has no constants of its own, and is
    left out.

    Parameters
    ----------
    clips : iterable of (id, exercise, poses)
        An exercise that no rule describes is None.
    counters : sequence of str
    kinds : dict of str to type
    factors : sequence of float

    Returns
    -------
    list of dict
        Rows as `measure_robustness` gives them, one for each counter and constant and one for all of a
        counter's constants; of each changed count the ``factor`` instead of the seed.
    """
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for clip_id, exercise, poses in clips:
        for counter in counters:
            kind = kinds[counter]
            if counter == DEFAULT_COUNTER or not kind.counts(exercise):
                continue
            constants = list_constants(kind, exercise)
            path = None if exercise is None else follow_signal(poses, exercise)
            before = _count_by(kind, exercise, poses, path, {}) if constants else 0
            for constant, value in constants.items():
                for factor in factors:
                    changed = round(value * factor) if isinstance(value, int) else value * factor
                    after = before
                    if changed != value:
                        after = _count_by(kind, exercise, poses, path, {constant: changed})
                    case = {"id": clip_id, "factor": factor, "before": before, "after": after}
                    for change in (CONSTANTS_CHANGED, f"{constant} changed by 10 and 20 %"):
                        one = {"counter": counter, "change": change, "n": 0, "required": None}
                        row = rows.setdefault((counter, change), {**one, "changed": []})
                        row["n"] += 1
                        row["changed"] += (
                            [{"constant": constant, **case}] if after != before else []
                        )
    return [
        {**row, "unchanged": round(1 - len(row["changed"]) / row["n"], 4)} for row in rows.values()
    ]


def _is_number(value: object) -> bool:
    """Tell whether a value is a number, which yes and no are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count_by(
    kind: type[Counter],
    exercise: Exercise | None,
    poses: PoseSequence,
    path: SignalPath | None,
    constants: dict[str, float],
) -> int:
    """Count as `gym.counting.count_reps` does, with some constants changed."""
    own = {}
    for name, value in constants.items():
        if "." in name:
            exercise = _change_exercise(exercise, name.split(".", 1)[1], value)
            path = follow_signal(poses, exercise)
        else:
            own[name] = value
    counter = kind(exercise, **own)
    for index in range(len(poses)):
        counter.update(poses[index])
    count = counter.finish()
    if path is not None:
        count = apply_bounds(count, path)
    return count.count


def _change_exercise(exercise: Exercise, name: str, value: float) -> Exercise:
    """Return an exercise with another number, such as "signal.least" or "rep_s[0]"."""
    if "." in name:
        part, _, number = name.partition(".")
        return replace(exercise, **{part: replace(getattr(exercise, part), **{number: value})})
    name, _, index = name.rstrip("]").partition("[")
    if not index:
        return replace(exercise, **{name: value})
    values = list(getattr(exercise, name))
    values[int(index)] = value
    return replace(exercise, **{name: tuple(values)})


def _trunk_m(poses: PoseSequence) -> float:
    """Return the median distance of shoulders and hips in space; 0 where it is never seen."""
    trunk = mean_known(poses.xyz_m[:, SHOULDERS].astype(float)) - mean_known(
        poses.xyz_m[:, HIPS].astype(float)
    )
    length = np.linalg.norm(trunk, axis=1)
    return float(np.nanmedian(length)) if np.isfinite(length).any() else 0.0


def _pick(poses: PoseSequence, frames: np.ndarray) -> PoseSequence:
    """Return some frames of a sequence."""
    arrays = ("time_s", "xy_px", "xyz_m", "visibility")
    return replace(poses, **{name: getattr(poses, name)[frames] for name in arrays}, others=None)
