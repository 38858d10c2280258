"""Composes training sequences: lead-in, reps, pauses, partial reps and lead-out, with disturbances.

Recorded clips are short and mostly show one or two clean reps, unlike real sets. A sequence is made
from pieces of takes at the counter's rate, each at its own speed, with blended transitions, and then
seen from another side, mirrored, with jitter and lost joints.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gym.counting.phase_net import LABELS, RATE_HZ, describe_body
from gym.skeleton import PENN_HIPS, PENN_JOINTS, PENN_MIRROR, PENN_SHOULDERS, SIDES
from gym.training.counters.takes import TAKE_HZ, Take, gather_groups

_STEP = TAKE_HZ / RATE_HZ  # take frames a tick at natural speed
_LIMBS = [
    [PENN_JOINTS.index(f"{side}_{part}") for part in limb]
    for side in SIDES
    for limb in (("elbow", "wrist"), ("knee", "ankle"), ("wrist",), ("ankle",))
]
#: Columns of a played sequence: body (13 * 5), visibility (13), phase, rising, sure, set share.
_BODY, _SEEN = slice(0, 65), slice(65, 78)
_PHASE, _RISING, _SURE, _SET = 78, 79, 80, 81
_FASTEST_REP_S = 0.45

#: How often sources and kinds of sequence are drawn.
_SOURCES = {"blazepose": 0.6, "penn": 0.12, "made": 0.28}


class SetSampler:
    """Draws sequences with their targets.

    Parameters
    ----------
    takes : sequence of Take
    seed : int
    ticks : int
        Length of a sequence.
    """

    def __init__(self, takes: Sequence[Take], seed: int, ticks: int = 320) -> None:
        self.rng = np.random.default_rng(seed)
        self.ticks = ticks
        self._tables = {id(take): _tabulate(take) for take in takes}
        self._pools: dict[tuple[str, str], list[list[Take]]] = {}
        for label in LABELS:
            for source in _SOURCES:
                chosen = [
                    t for t in takes
                    if t.label == label and t.source == source and (label == "none" or t.spans)
                ]  # fmt: skip
                if chosen:
                    self._pools[label, source] = gather_groups(chosen)

    def draw_batch(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return features (N, ticks, F) and targets (N, ticks, 5).

        Targets: cosine and sine of the phase, their weight; the label's number, its weight.
        """
        pairs = [self.draw() for _ in range(size)]
        return np.stack([a for a, _ in pairs]), np.stack([b for _, b in pairs])

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        """Return one sequence's features and targets."""
        label = self.rng.choice(LABELS, p=[0.2, 0.4, 0.4])
        played = self.play(label)
        return self._disturb(played), _to_targets(played, LABELS.index(label))

    def play(self, label: str) -> np.ndarray:
        """Put one sequence together: (ticks, 82)."""
        rng, parts, length = self.rng, [], 0
        if label == "none":
            while length < self.ticks:
                parts.append(self._play_other(int(rng.uniform(4, 16) * RATE_HZ)))
                length += len(parts[-1])
            return _join(parts, rng)[: self.ticks]
        take = self._choose(label)
        if rng.random() < 0.5:
            parts.append(self._play_other(int(rng.uniform(0.5, 5) * RATE_HZ)))
        if rng.random() < (0.65 if len(take) > 5 * TAKE_HZ else 0.15):
            parts.append(self._play_through(take))
        else:
            parts += self._play_reps(take)
        length = sum(map(len, parts))
        while length < self.ticks:
            if rng.random() < 0.5:  # the same person continues
                parts += self._play_reps(take)
            else:
                parts.append(self._play_other(int(rng.uniform(1, 6) * RATE_HZ)))
            length = sum(map(len, parts))
        played = _join(parts, rng)
        late = rng.integers(0, min(len(played) - self.ticks, self.ticks // 2) + 1)
        return played[late : late + self.ticks]

    def _choose(self, label: str) -> Take:
        """Choose a source, a group and a take."""
        names = [name for name in _SOURCES if (label, name) in self._pools]
        share = np.array([_SOURCES[name] for name in names])
        groups = self._pools[label, names[self.rng.choice(len(names), p=share / share.sum())]]
        group = groups[self.rng.integers(len(groups))]
        return group[self.rng.integers(len(group))]

    def _play_other(self, ticks: int) -> np.ndarray:
        """Play something that is not a set of any exercise."""
        take, rng = self._choose("none"), self.rng
        step = _STEP * np.exp(rng.uniform(-0.5, 0.5))
        wanted = min(ticks, max(int((len(take) - 1) / step), 2))
        start = rng.uniform(0, max(len(take) - 1 - wanted * step, 0))
        return _sample(self._tables[id(take)], start + step * np.arange(wanted))

    def _play_through(self, take: Take) -> np.ndarray:
        """Play a take as it was recorded, a little faster or slower, the speed changing slowly."""
        step = _STEP * self._speed(take)
        frames, at = [], 0.0
        pace = 1.0
        if len(take) > 1.5 * self.ticks * step and self.rng.random() < 0.7:
            at = self.rng.uniform(0, len(take) - self.ticks * step)
        while at < len(take) - 1 and len(frames) < 2 * self.ticks:
            frames.append(at)
            pace = np.clip(pace + self.rng.normal(0, 0.03), 0.8, 1.25)
            at += step * pace
        return _sample(self._tables[id(take)], np.array(frames))

    def _speed(self, take: Take) -> float:
        """Choose how much faster than recorded, so that no rep becomes impossibly fast."""
        shortest_s = min(last - first for first, _, last in take.spans) / TAKE_HZ
        fastest = max(shortest_s / _FASTEST_REP_S, 1.0)
        speed = np.exp(self.rng.uniform(np.log(0.55), np.log(2.0)))
        return min(speed, fastest)

    def _play_reps(self, take: Take) -> list[np.ndarray]:
        """Play reps of a take, each one different."""
        rng, table = self.rng, self._tables[id(take)]
        speed = self._speed(take)
        pauses, parts = rng.random() < 0.3, []
        amplitude, tired = rng.uniform(0.8, 1.05), rng.uniform(0.97, 1.0)
        for _ in range(rng.integers(1, 13)):
            span = take.spans[rng.integers(len(take.spans))]
            step = _STEP * min(speed * rng.uniform(0.85, 1.18), 2.2)
            if rng.random() < 0.2:
                parts.append(self._play_partial(take, span, step))
            else:
                parts.append(self._play_rep(take, span, step, amplitude))
            amplitude *= tired
            if pauses or rng.random() < 0.1:
                parts.append(self._hold(table, span[2], rng.uniform(0.1, 2.0)))
        return parts

    def _play_rep(
        self, take: Take, span: tuple[int, int, int], step: float, amplitude: float
    ) -> np.ndarray:
        """Play one rep, perhaps with a pause at its bottom, and less deep."""
        first, bottom, last = span
        down = np.arange(first, bottom, step * self.rng.uniform(0.8, 1.25))
        up = np.arange(bottom, last + 1, step * self.rng.uniform(0.8, 1.25))
        wait = int(self.rng.uniform(0.1, 1.5) * RATE_HZ) if self.rng.random() < 0.12 else 0
        table = self._tables[id(take)]
        played = _sample(table, np.concatenate([down, np.full(wait, float(bottom)), up]))
        top = table[first, _BODY]
        played[:, _BODY] = top + amplitude * (played[:, _BODY] - top)
        played[:, _SURE], played[:, _SET] = 1.0, 1.0
        return played

    def _play_partial(self, take: Take, span: tuple[int, int, int], step: float) -> np.ndarray:
        """Go down a third of the way and come up again, which is not a rep."""
        first, bottom, last = span
        level = self.rng.uniform(0.15, 0.45)
        phase = take.phase
        deep = first + int(np.argmax(phase[first : bottom + 1] >= level))
        back = last - int(np.argmax(phase[bottom : last + 1][::-1] >= level))
        frames = np.concatenate([np.arange(first, deep, step), np.arange(back, last + 1, step)])
        played = _sample(self._tables[id(take)], frames)
        turn = len(np.arange(first, deep, step))
        _soften(played, turn, 3)
        played[:, _SURE], played[:, _SET] = 1.0, 1.0
        return played

    def _hold(self, table: np.ndarray, frame: int, seconds: float) -> np.ndarray:
        """Wait in one frame's posture, swaying a little."""
        ticks = max(int(seconds * RATE_HZ), 1)
        held = np.repeat(table[frame : frame + 1], ticks, axis=0)
        sway = np.cumsum(self.rng.normal(0, 0.003, (ticks, 65)), axis=0)
        held[:, _BODY] += np.where(held[:, _BODY] != 0, sway, 0)
        held[:, _PHASE], held[:, _SURE] = 0.0, 1.0
        held[:, _SET] = 1.0 if seconds < 1.0 else np.nan
        return held

    def _disturb(self, played: np.ndarray) -> np.ndarray:
        """See a sequence from another side, mirrored, jittered, with joints lost: features."""
        rng, ticks = self.rng, len(played)
        body = played[:, _BODY].reshape(ticks, 13, 5)
        image, world = body[..., :2].copy(), body[..., 2:].copy()
        visibility = played[:, _SEEN].copy()
        has_world = np.any(world != 0, axis=(1, 2))
        turn = _rotation(rng)
        if rng.random() < 0.6:
            world = world @ turn.T
            image = np.where(has_world[:, None, None], world[..., :2], image)
        roll = np.radians(rng.normal(0, 5))
        spin = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
        image, world[..., :2] = image @ spin.T, world[..., :2] @ spin.T
        if rng.random() < 0.5:
            image, world = image[:, PENN_MIRROR], world[:, PENN_MIRROR]
            visibility = visibility[:, PENN_MIRROR]
            image, world = image * [-1, 1], world * [-1, 1, 1]
        image = image * rng.uniform(0.85, 1.18) * np.array([rng.uniform(0.93, 1.07), 1.0])
        world = world * rng.uniform(0.9, 1.12)
        world[..., 2] *= rng.uniform(0.8, 1.2)
        image = image + _noise(rng, image.shape, 0.025, 0.02)
        world = world + _noise(rng, world.shape, 0.025, 0.03)
        world[~has_world] = 0.0
        which = rng.random()
        if which < 0.15:
            world[:] = 0.0
        elif which < 0.23:
            image = world[..., :2] * has_world[:, None, None] + image * ~has_world[:, None, None]
        elif which < 0.33:
            world = squash(world if has_world.all() else _stand_up(image), rng)
            image, visibility = world[..., :2], np.where(visibility > 0, 1.0, 0.0)
        lost = _lose(rng, ticks)
        visibility = np.clip(visibility, 0, 1) ** rng.uniform(0.5, 1.8)
        if rng.random() < 0.1:
            visibility = np.where(visibility > 0, 1.0, 0.0)
        visibility = np.clip(visibility + rng.normal(0, 0.03, visibility.shape), 0, 1)
        visibility = np.where(lost, 0.0, visibility)
        image, world = _hold_last(image, lost), _hold_last(world, lost)
        return describe_body(image, world, visibility)


def _tabulate(take: Take) -> np.ndarray:
    """Return a take as rows: (T, 82)."""
    return np.concatenate(
        [
            take.body.reshape(len(take), -1), take.visibility,
            take.phase[:, None], take.rising[:, None], take.sure[:, None], take.set_share[:, None],
        ],
        axis=1,
    ).astype(np.float32)  # fmt: skip


def _sample(table: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Sample rows at fractional frames; columns that are classes come from the nearer one."""
    frames = np.clip(frames, 0, len(table) - 1)
    low = np.minimum(frames.astype(int), max(len(table) - 2, 0))
    high = np.minimum(low + 1, len(table) - 1)
    share = (frames - low)[:, None].astype(np.float32)
    out = table[low] * (1 - share) + table[high] * share
    near = np.where(share[:, 0] < 0.5, low, high)
    out[:, _RISING:] = table[near, _RISING:]
    return out


def _join(parts: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Join parts one after the other, each blended smoothly into the next."""
    joined = np.concatenate(parts)
    for seam in np.cumsum([len(part) for part in parts])[:-1]:
        same = joined[seam - 1, _SET] == joined[seam, _SET] == 1.0
        ticks = 2 if same else int(rng.integers(4, 14))
        _soften(joined, int(seam), ticks)
        if not same:
            joined[max(seam - ticks, 0) : seam + ticks, _SURE] = 0.0
            around = joined[max(seam - ticks, 0) : seam + ticks, _SET]
            around[around == 0] = np.nan
    return joined


def _soften(played: np.ndarray, seam: int, ticks: int) -> None:
    """Replace the rows around a transition with a smooth path across it, in place."""
    low, high = max(seam - ticks, 0), min(seam + ticks, len(played)) - 1
    if high - low < 2:
        return
    share = np.linspace(0, 1, high - low + 1)[:, None]
    share = 0.5 - 0.5 * np.cos(np.pi * share)
    columns = slice(0, _PHASE)
    # Mixed with what was there: a straight path alone would show where the transition is.
    straight = played[low, columns] * (1 - share) + played[high, columns] * share
    weight = np.sin(np.linspace(0, np.pi, high - low + 1))[:, None] ** 0.5
    played[low : high + 1, columns] = (
        weight * straight + (1 - weight) * played[low : high + 1, columns]
    )


def squash(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Stretch every frame to a box of one size, as some published poses are: (ticks, 13, 3).

    Size and shape of the body then change with the posture; only the pattern is left. The real boxes
    contain hands and feet as well, so they are a little wider than the 13 joints.
    """
    low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
    size = np.maximum(high - low, 1e-3) * (1 + rng.uniform(0, 0.15, (1, 1, 3)))
    boxed = np.where(high > low, (points - low) / size, 0.0)
    boxed = boxed - boxed[:, PENN_HIPS].mean(axis=1, keepdims=True)
    trunks = np.linalg.norm(boxed[:, PENN_SHOULDERS].mean(axis=1), axis=-1)
    return boxed / max(float(np.median(trunks)), 0.05)


def _stand_up(image: np.ndarray) -> np.ndarray:
    """Give flat joints (ticks, 13, 2) a depth of 0."""
    return np.concatenate([image, np.zeros_like(image[..., :1])], axis=-1)


def _rotation(rng: np.random.Generator) -> np.ndarray:
    """Make a random turn of the camera: around the vertical, and up or down a little."""
    yaw, pitch = np.radians(rng.uniform(-70, 70)), np.radians(rng.normal(0, 7))
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    around = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    return np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]]) @ around


def _noise(rng: np.random.Generator, shape: tuple, quick: float, lasting: float) -> np.ndarray:
    """Make jitter: new in every tick, and an error that stays."""
    size = rng.uniform(0, quick)
    noise = rng.normal(0, size, shape) + rng.normal(0, rng.uniform(0, lasting), (1, *shape[1:]))
    slow = rng.normal(0, rng.uniform(0, lasting), (shape[0] // 10 + 2, *shape[1:]))
    at = np.arange(shape[0]) / 10
    low = at.astype(int)
    share = (at - low).reshape(-1, *[1] * (len(shape) - 1))
    return noise + slow[low] * (1 - share) + slow[low + 1] * share


def _lose(rng: np.random.Generator, ticks: int) -> np.ndarray:
    """Choose which joints are lost in which ticks: bool (ticks, 13)."""
    lost = rng.random((ticks, 13)) < (rng.uniform(0, 0.15) if rng.random() < 0.5 else 0.0)
    for limb in _LIMBS:
        if rng.random() < 0.05:
            start, length = rng.integers(ticks), rng.integers(5, ticks)
            lost[start : start + length, limb] = True
    while rng.random() < 0.15:
        start = rng.integers(ticks)
        lost[start : start + rng.integers(2, 16)] = True
    return lost


def _hold_last(points: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Keep lost joints where they were last seen: (ticks, 13, D)."""
    at = np.where(lost, -1, np.arange(len(points))[:, None])
    at = np.maximum.accumulate(at, axis=0)
    held = np.take_along_axis(points, np.maximum(at, 0)[..., None], axis=0)
    return np.where((at < 0)[..., None], 0.0, held)


def _to_targets(played: np.ndarray, label: int) -> np.ndarray:
    """Turn a played sequence's last columns into targets (ticks, 5)."""
    phase, rising = played[:, _PHASE], played[:, _RISING] > 0.5
    cosine = 1 - 2 * phase
    sine = np.sqrt(np.clip(1 - cosine**2, 0, 1)) * np.where(rising, -1, 1)
    share = played[:, _SET]
    return np.stack(
        [
            cosine, sine, played[:, _SURE],
            np.where(share > 0.5, label, 0), np.isfinite(share),
        ],
        axis=1,
    ).astype(np.float32)  # fmt: skip
