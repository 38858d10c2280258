"""Draws the windows that the recogniser learns from, and the fixed ones it is checked on."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from gym.exercises import HOLDS, OTHER, REVERSIBLE
from gym.features import mean_known
from gym.recognition.stgcn import StgcnConfig
from gym.recognition.windows import VISIBILITY_IN_USE, cut_window
from gym.skeleton import PENN_JOINTS
from gym.smoothing import sample_at
from gym.training.datasets import Movement
from gym.training.recogniser import augmentation as change

#: A window in which the joints move less than this share of the body's spread shows no rep.
STILL_SHARE = 0.05

#: The visibility from which a joint counts as seen: random in training, one value in use.
VISIBILITY_RANGE = (0.02, 0.6)

#: How often a window is of something else.
OTHER_SHARE = 0.3

#: How much more often than an exercise with few variants those are drawn that have many, from the wall
#: to one leg, and that are easily taken for one another.
_LABEL_WEIGHT = {"squat": 1.8, "push_up": 1.8, "lunge": 1.3, "deadlift": 1.2, "bicep_curl": 1.2}

#: How often a window is stretched to a box, as all of Countix-Fitness is: the stretch must not tell
#: the exercises of one data set.
BOX_SHARE = 0.12

#: How often the picture's edge cuts the body.
CROP_SHARE = 0.08

#: How much more or less often than its number of groups says a source is drawn. Artificial movements
#: fill gaps: they must not outweigh real people, except where hardly anybody filmed what people do
#: besides. The other movements of the rest are of one kind each, or of no gym.
_SOURCE_WEIGHT = {"made": 0.55}
_OTHER_WEIGHT = {"made": 1.8, "penn": 0.6, "countix": 0.4, "salient": 0.4, "prmd": 0.5}


def measure_motion(xy: np.ndarray) -> float:
    """Measure how much a body changes its shape: (T, 13, 2) -> share of its spread.

    NaN where fewer than three joints are seen for a third of the frames with a person.
    """
    seen = np.isfinite(xy).all(axis=-1)
    anybody = seen.any(axis=1)
    if not anybody.any():
        return float("nan")
    often = seen[anybody].mean(axis=0) > 1 / 3
    if often.sum() < 3:
        return float("nan")
    body = xy[anybody][:, often]
    centred = body - mean_known(body)[:, None]
    return float(np.sqrt(np.nanvar(centred, axis=0).sum(axis=-1).mean()) / change.body_spread(xy))


class WindowSampler:
    """Draws augmented windows, balanced over labels, sources and shared sources.

    Parameters
    ----------
    movements : list of Movement
        The training part only.
    config : StgcnConfig
    seed : int
    """

    def __init__(self, movements: list[Movement], config: StgcnConfig, seed: int) -> None:
        self.config = config
        self.rng = np.random.default_rng(seed)
        self._pools: dict[str, dict[str, list[list[Movement]]]] = {}
        for label in config.labels:
            groups: dict[str, dict[str, list[Movement]]] = defaultdict(lambda: defaultdict(list))
            for movement in movements:
                if label_of(movement, config) == label:
                    groups[movement.source][movement.group].append(movement)
            self._pools[label] = {s: list(g.values()) for s, g in groups.items()}
        self._share = self._label_shares()

    def _label_shares(self) -> np.ndarray:
        """How often each label is drawn: evenly, or "other" more often."""
        share = {label: float(bool(self._pools[label])) for label in self.config.labels}
        if self.config.name == "app":
            share = {label: on * _LABEL_WEIGHT.get(label, 1.0) for label, on in share.items()}
            exercises = sum(share.values()) - share[OTHER]
            share[OTHER] *= OTHER_SHARE / (1 - OTHER_SHARE) * exercises
        total = np.array([share[label] for label in self.config.labels])
        return total / total.sum()

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        """Return one window (T, 13, 2), NaN where unseen, and its label's shares (labels,)."""
        config, rng = self.config, self.rng
        label = config.labels[rng.choice(len(config.labels), p=self._share)]
        movement = self._choose(label)
        target = np.zeros(len(config.labels), dtype=np.float32)
        target[config.labels.index(label)] = 1.0
        if config.rate_hz is None:
            xy = self._stretch(movement)
        else:
            xy, target = self._cut(movement, label, target)
            if movement.source != "countix" and rng.random() < BOX_SHARE:
                xy = change.stretch_to_box(xy, rng)
            elif rng.random() < CROP_SHARE:
                xy = change.crop_picture(xy, rng)
        return self._disturb(xy), target

    def draw_batch(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return windows (N, T, 13, 2) and targets (N, labels)."""
        windows, targets = zip(*(self.draw() for _ in range(size)), strict=True)
        return np.stack(windows), np.stack(targets)

    def _choose(self, label: str) -> Movement:
        """Choose a source, then a group, then a movement."""
        pools = self._pools[label]
        names = sorted(pools)
        weight = np.array([min(len(pools[name]), 60) ** 0.5 for name in names])
        usual = _OTHER_WEIGHT if label == OTHER else _SOURCE_WEIGHT
        weight *= [usual.get(name, 1.0) for name in names]
        source = pools[names[self.rng.choice(len(names), p=weight / weight.sum())]]
        group = source[self.rng.integers(len(source))]
        return group[self.rng.integers(len(group))]

    def _stretch(self, movement: Movement) -> np.ndarray:
        """Fill the window with most of a clip, whatever its length."""
        rng = self.rng
        share = rng.uniform(0.65, 1.0) if rng.random() < 0.7 else 1.0
        start = rng.uniform(0, 1 - share)
        last_s = movement.time_s[-1]
        at_s = np.linspace(start * last_s, (start + share) * last_s, self.config.window_frames)
        if rng.random() < 0.15:
            label = movement.label
            at_s = np.linspace(0, rng.uniform(1.2, 2.5) * last_s, self.config.window_frames)
            return change.loop(movement, at_s, rng, there_and_back=label in REVERSIBLE)
        return sample_at(movement.time_s, movement.xy, at_s)

    def _cut(
        self, movement: Movement, label: str, target: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Cut a window of true length, looped where the clip is short, with pauses."""
        rng, frames = self.rng, self.config.window_frames
        rate = self.config.rate_hz * float(np.exp(rng.uniform(-0.4, 0.4)))  # the athlete's tempo
        at_s = np.arange(frames) / rate
        other = self.config.labels.index(OTHER)
        threshold = rng.uniform(*VISIBILITY_RANGE)
        filmed = self._film_again(movement)
        if filmed.duration_s < 1.15 * at_s[-1] and rng.random() < 0.6:
            there_and_back = label in REVERSIBLE or rng.random() < 0.3
            xy = change.loop(filmed, at_s, rng, there_and_back=there_and_back)
            seen = np.nanmean(movement.visibility, axis=0) >= min(threshold, 0.3)
            xy = np.where(seen[None, :, None], xy, np.nan)
        else:
            at_s = at_s + self._start(movement, at_s[-1])
            xy = sample_at(filmed.time_s, filmed.xy, at_s)
            visible = sample_at(movement.time_s, movement.visibility[..., None], at_s)[..., 0]
            xy = change.hide_by_visibility(xy, np.nan_to_num(visible), threshold)
        if label not in (OTHER, *HOLDS) and measure_motion(xy) < STILL_SHARE:
            target = np.eye(len(target), dtype=np.float32)[
                other
            ]  # a pause, whatever the label says
        elif rng.random() < 0.3:
            xy, target = self._interrupt(xy, label, target, rate)
        return xy, target

    def _interrupt(
        self, xy: np.ndarray, label: str, target: np.ndarray, rate_hz: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Make a part of the window a pause or something else, and change the target to match."""
        rng, frames = self.rng, len(xy)
        before = bool(rng.random() < 0.5)
        lost = int(frames * rng.uniform(0.15, 1.0))
        if rng.random() < 0.5:
            xy = change.hold(xy, lost, rng, before=before)
            if label in HOLDS:
                return xy, target
        else:
            aside = self._choose(OTHER)
            at_s = np.arange(frames) / rate_hz
            at_s = at_s + self._start(aside, at_s[-1])
            other = sample_at(aside.time_s, aside.xy, at_s)
            xy = change.splice(xy, other, lost, before=before)
        # A window with 60% exercise is exercise; less than a sixth is only a twitch.
        exercise = float(np.clip((1 - lost / frames - 0.15) / 0.45, 0.0, 1.0))
        mixed = exercise * target
        mixed[self.config.labels.index(OTHER)] += 1 - exercise
        return xy, mixed

    def _film_again(self, movement: Movement) -> Movement:
        """Move the camera around a movement that is known in 3-D."""
        if movement.xyz is None or self.rng.random() < 0.55:
            return movement
        xy = change.turn_camera(movement.xy, movement.xyz, self.rng.uniform(-70, 70))
        return Movement(**{**vars(movement), "xy": xy})

    def _start(self, movement: Movement, window_s: float) -> float:
        """Choose where the window starts: inside the set; a short clip lies anywhere in it."""
        first, last = float(movement.time_s[0]), float(movement.time_s[-1])
        if movement.active_s is not None:
            first, last = max(first, movement.active_s[0]), min(last, movement.active_s[1])
        spare = last - first - window_s
        if spare > 0:
            return first + self.rng.uniform(0, spare)
        # In use, a window that is not full ends with the clip: mostly keep that.
        return first + (spare if self.rng.random() < 0.7 else self.rng.uniform(spare, 0))

    def _disturb(self, xy: np.ndarray) -> np.ndarray:
        """Change a window as another camera, body and estimator would have."""
        rng = self.rng
        if rng.random() < 0.5:
            xy = change.flip(xy)
        xy = change.rotate(xy, rng.normal(0, 6))
        if rng.random() < 0.06:  # a picture of the wrong shape
            xy = change.scale(xy, float(np.exp(rng.uniform(-0.8, 0.8))), 1.0)
        xy = change.scale(xy, rng.uniform(0.85, 1.15), rng.uniform(0.85, 1.15))
        size = change.body_spread(xy)
        if rng.random() < 0.3:
            drift = np.linspace(-0.5, 0.5, len(xy))[:, None, None] * rng.normal(0, 0.4 * size, 2)
            xy = change.translate(xy, drift)
        xy = change.add_jitter(xy, rng, abs(rng.normal(0, 0.025)))
        if rng.random() < 0.35:
            xy = change.drop_joints(xy, rng, 0.12)
        if rng.random() < 0.1:  # frames in which nobody was found
            start = rng.integers(len(xy))
            xy = xy.copy()
            xy[start : start + rng.integers(2, 12)] = np.nan
        return xy.astype(np.float32)


def label_of(movement: Movement, config: StgcnConfig) -> str:
    """Return a movement's label under a configuration."""
    return movement.action if config.name == "penn15" else movement.label


def cut_windows(movement: Movement, config: StgcnConfig, hop_s: float = 1.0) -> np.ndarray:
    """Cut a movement into plain windows (N, T, 13, 2), as in use; short ones are not looped."""
    visible = np.where((movement.visibility >= VISIBILITY_IN_USE)[..., None], movement.xy, np.nan)
    first, last = float(movement.time_s[0]), float(movement.time_s[-1])
    if config.rate_hz is None:
        at_s = np.linspace(first, last, config.window_frames)
        return sample_at(movement.time_s, visible, at_s)[None]
    window_s = (config.window_frames - 1) / config.rate_hz
    begin = first
    if movement.active_s is not None:
        begin, last = max(first, movement.active_s[0]), min(last, movement.active_s[1])
    ends = np.arange(min(begin + window_s, last), last + 1e-9, hop_s)
    windows = [cut_window(movement.time_s, visible, end, config) for end in ends]
    return np.stack(windows).reshape(-1, config.window_frames, len(PENN_JOINTS), 2)
