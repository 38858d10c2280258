"""The learned counter's network: poses at a fixed rate and body size, and the phase in every tick.

    pose -> BodyClock -> describe_body -> PhaseNetwork -> PhaseTick: phase on the circle, exercise

`PhaseStream` is all of that, for the counters of several exercises at once.

Poses of any frame rate are resampled to one rate (ticks) and scaled to one body size. A causal network
(dilated convolutions over time, with residuals) says for every tick how far the body is on its way
down and up, as a point on a circle so that there is no jump, and which exercise is being done, if any.
`gym.training.counters.train` trains it. Here it runs tick by tick on plain arrays and keeps what it needs
from the past, so a live session and a recording work the same way and every frame takes the same time.

References
----------
Bai, Kolter, Koltun, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks for
Sequence Modeling", 2018 (arXiv:1803.01271).
"""

from __future__ import annotations

import io
import zipfile
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from gym.cards import MODELS, check_equal, read_weights
from gym.errors import WeightsError
from gym.features import mean_known, pixels_per_metre
from gym.schema import Pose
from gym.skeleton import PENN_HIPS, PENN_JOINTS, PENN_SHOULDERS, SIDES, to_penn

RATE_HZ = 20.0  #: ticks per second; the fastest reps known take 0.53 s, about 11 ticks
REACH_S = 0.1  #: a tick is a mean of the frames this near: at 10 frames a second, a straight line
LAG_TICKS = 4  #: the network answers for this many ticks ago, so it has seen what came next
MEMORY_S = 2.0  #: the body's size is a running mean over about this long
LONGEST_GAP_S = 5.0  #: the ticks skip a longer gap between frames

#: What the network tells apart: no set, or a set of one of these exercises.
LABELS: tuple[str, ...] = ("none", "squat", "push_up")

_PENN = {name: index for index, name in enumerate(PENN_JOINTS)}
_SPANS = np.array(
    [
        [_PENN[f"{side}_{part}"] for part in parts]
        for parts in (("hip", "knee", "ankle"), ("shoulder", "hip", "knee"),
                      ("shoulder", "elbow", "wrist"), ("hip", "shoulder", "elbow"))
        for side in SIDES
    ]
)  # fmt: skip

#: Values that describe a body in one tick: image, world, visibility, angles in both, world known.
FEATURES = 13 * (2 + 3 + 1) + 2 * len(_SPANS) + 1
BODY = slice(0, 13 * 5)  #: the indices of the joints among them
VISIBILITY = slice(13 * 5, 13 * 6)

_ADVICE = "Download the project again, or train the counter again: python -m gym train phase."


def describe_body(image: np.ndarray, world: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """Turn joints, already independent of position and size, into the network's input.

    Parameters
    ----------
    image : (..., 13, 2), world : (..., 13, 3)
        Trunk lengths around the hips, x right, y up; no NaN. A world of zeros means not known.
    visibility : (..., 13)
        0 where a joint is not seen now; its position is then the last known one.

    Returns
    -------
    float32 (..., FEATURES)
    """
    shape = image.shape[:-2]
    known = np.any(world != 0, axis=(-2, -1))
    cosines = []
    for points in (image, world):
        a, b, c = (points[..., _SPANS[:, k], :] for k in range(3))
        u, v = a - b, c - b
        sizes = np.sqrt((u * u).sum(-1) * (v * v).sum(-1))
        cosines.append((u * v).sum(-1) / np.maximum(sizes, 1e-6))
    parts = (
        image.reshape(*shape, -1), world.reshape(*shape, -1), visibility, *cosines, known[..., None]
    )  # fmt: skip
    return np.concatenate(parts, axis=-1).astype(np.float32)


class BodyClock:
    """Resamples poses to ticks, with the hips at the origin and a trunk of length 1.

    A tick is the mean of the frames within `REACH_S`, with more weight for nearer ones. It bridges lost
    joints and reduces jitter. A joint unseen for longer stays where it was, with visibility 0.
    """

    def __init__(self) -> None:
        self._frames: deque[tuple[float, np.ndarray]] = deque()
        self._start_s = 0.0
        self._last_s = -np.inf
        self._ticks = 0
        self._held = np.zeros((len(PENN_JOINTS), 5))
        self._size = RunningSize()

    def push(self, pose: Pose) -> list[tuple[float, np.ndarray]]:
        """Add one frame; return the ticks that are now final: time and features."""
        settled = []
        if pose.time_s - self._last_s > LONGEST_GAP_S:  # the first frame, too
            settled = self.flush()
            self._frames.clear()
            self._start_s, self._ticks = pose.time_s, 0
        self._last_s = pose.time_s
        self._frames.append((pose.time_s, self._measure(pose)))
        return settled + self._settle(pose.time_s - REACH_S)

    def flush(self) -> list[tuple[float, np.ndarray]]:
        """Return the ticks that were waiting for later frames."""
        return self._settle(self._last_s)

    def _measure(self, pose: Pose) -> np.ndarray:
        """Return image, world and visibility of the 13 joints, and the sizes: (14, 6)."""
        every = np.concatenate([pose.xy_px, pose.xyz_m, pose.visibility[:, None]], axis=1)
        values = np.full((len(PENN_JOINTS) + 1, 6), np.nan)
        values[:-1] = to_penn(every.astype(float))
        trunk_m = measure_trunk(values[:-1, 2:5])
        trunk_px = trunk_m * pixels_per_metre(pose.xy_px, pose.xyz_m)
        if np.isnan(trunk_px):  # no world coordinates: as long as it looks in the picture
            trunk_px = measure_trunk(values[:-1, :2])
        values[-1, :2] = trunk_m, trunk_px
        return values

    def _settle(self, until_s: float) -> list[tuple[float, np.ndarray]]:
        """Make every tick up to a time."""
        settled = []
        while (time_s := self._start_s + self._ticks / RATE_HZ) <= until_s + 1e-9:
            settled.append((time_s, self._tick(time_s)))
            self._ticks += 1
        return settled

    def _tick(self, time_s: float) -> np.ndarray:
        """Make one tick's features."""
        while self._frames and self._frames[0][0] < time_s - REACH_S:
            self._frames.popleft()
        near = [(t, values) for t, values in self._frames if t <= time_s + REACH_S]
        visibility = np.zeros(len(PENN_JOINTS))
        if near:
            weight = 1.0 - np.abs(np.array([t for t, _ in near]) - time_s) / REACH_S
            weight = np.maximum(weight, 1e-3)[:, None, None]
            values = np.array([v for _, v in near])
            known = np.isfinite(values)
            total = (weight * known).sum(axis=0)
            mean = (weight * np.where(known, values, 0.0)).sum(axis=0) / np.maximum(total, 1e-9)
            mean[total == 0] = np.nan
            visibility = np.nan_to_num(mean[:-1, 5] * total[:-1, 0] / weight.sum())
            trunk_m, trunk_px = self._size.follow(mean[-1, :2])
            placed = place_body(mean[:-1, :2], mean[:-1, 2:5], trunk_m, trunk_px)
            self._held = np.where(np.isfinite(placed), placed, self._held)
        return describe_body(self._held[:, :2], self._held[:, 2:], visibility)


class RunningSize:
    """Keeps a running mean of sizes: of all ticks at first, of the last `MEMORY_S` later."""

    def __init__(self) -> None:
        self._size = np.array([np.nan, np.nan])
        self._seen = np.zeros(2)

    def follow(self, sizes: np.ndarray) -> np.ndarray:
        """Add the sizes of one tick, NaN where unknown, and return the running means."""
        known = np.isfinite(sizes) & (sizes > 0)
        self._seen += known
        share = np.maximum(1.0 / np.maximum(self._seen, 1), 1.0 / (MEMORY_S * RATE_HZ))
        before = np.where(np.isfinite(self._size), self._size, sizes)
        self._size = np.where(known, before + share * (sizes - before), self._size)
        return self._size


def measure_trunk(world: np.ndarray) -> np.ndarray:
    """Return the distance from the shoulders' middle to the hips': (..., 13, 2 or 3) to (...)."""
    between = mean_known(world[..., PENN_SHOULDERS, :]) - mean_known(world[..., PENN_HIPS, :])
    return np.linalg.norm(between, axis=-1)


def place_body(
    image: np.ndarray, world: np.ndarray, trunk_m: np.ndarray, trunk_px: np.ndarray
) -> np.ndarray:
    """Put the hips at the origin, y up, the trunk at length 1: (..., 13, 5), NaN where unseen."""
    parts = []
    for points, size in ((image, trunk_px), (world, trunk_m)):
        hips = mean_known(points[..., PENN_HIPS, :])[..., None, :]
        parts.append((points - hips) / np.asarray(size)[..., None, None])
    return np.concatenate(parts, axis=-1) * np.array([1.0, -1.0, 1.0, -1.0, 1.0])


@dataclass(frozen=True)
class PhaseConfig:
    """What a checkpoint and its card must agree on."""

    width: int = 64
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    features: int = FEATURES
    rate_hz: float = RATE_HZ
    lag_ticks: int = LAG_TICKS
    labels: tuple[str, ...] = LABELS

    def to_dict(self) -> dict:
        """Return plain values, as read back from JSON."""
        lists = {"dilations": list(self.dilations), "labels": list(self.labels)}
        return asdict(self) | lists

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every array of weights."""
        width, out = self.width, 2 + len(self.labels)
        shapes: dict[str, tuple[int, ...]] = {
            "enter.weight": (width, self.features), "enter.bias": (width,),
            "read.weight": (width, width), "read.bias": (width,),
            "answer.weight": (out, width), "answer.bias": (out,),
        }  # fmt: skip
        for k in range(len(self.dilations)):
            shapes |= {f"block{k}.weight": (width, 3 * width), f"block{k}.bias": (width,)}
        return shapes


class PhaseNetwork:
    """The network, run one tick at a time: every block keeps the past values that it needs.

    Parameters
    ----------
    weights : mapping of name to float32 array
        As `PhaseConfig.shapes` names them.
    config : PhaseConfig
    """

    def __init__(self, weights: Mapping[str, np.ndarray], config: PhaseConfig) -> None:
        self._weights = weights
        self._config = config
        self._past = [deque([np.zeros(config.width, np.float32)] * 2 * d) for d in config.dilations]

    def step(self, features: np.ndarray) -> np.ndarray:
        """Add one tick's features; return cosine, sine and the labels' scores: (2 + labels,)."""
        w = self._weights
        x = np.maximum(w["enter.weight"] @ features + w["enter.bias"], 0)
        for k, (past, dilation) in enumerate(zip(self._past, self._config.dilations, strict=True)):
            looked = np.concatenate([past[0], past[dilation], x])
            past.popleft()
            past.append(x)
            x = x + np.maximum(w[f"block{k}.weight"] @ looked + w[f"block{k}.bias"], 0)
        x = np.maximum(w["read.weight"] @ x + w["read.bias"], 0)
        return w["answer.weight"] @ x + w["answer.bias"]


@dataclass(frozen=True)
class PhaseWeights:
    """The trained network with its card, ready for use.

    Attributes
    ----------
    arrays : mapping of name to float32 array
        As `PhaseConfig.shapes` says.
    config : PhaseConfig
    card : dict
        What `gym.training` measured for these weights.
    """

    arrays: Mapping[str, np.ndarray]
    config: PhaseConfig
    card: dict


def read_arrays(raw: bytes) -> dict[str, np.ndarray]:
    """Read a file of weights: NumPy's ``.npz``, arrays only.

    Raises
    ------
    OSError, ValueError, EOFError, zipfile.BadZipFile
        From NumPy, when the file is something else.
    """
    with np.load(io.BytesIO(raw), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@cache
def load_phase_weights(path: Path = MODELS / "phase.npz") -> PhaseWeights:
    """Load the shipped network with its card and check that they and this program agree.

    Raises
    ------
    WeightsError
        When a file is missing or damaged, or when card, weights and program disagree; the message
        names both sides.
    """
    raw, card = read_weights(path, _ADVICE)
    try:
        arrays = read_arrays(raw)
        settings = card["config"]
        config = PhaseConfig(
            width=int(settings["width"]), dilations=tuple(map(int, settings["dilations"]))
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise WeightsError(f"{path.name} or its card cannot be used: {error}.", _ADVICE) from error
    # What the card says of rate, features and labels has to be what this program does.
    check_equal("settings", path, settings, config.to_dict(), _ADVICE)
    check_equal("joints", path, card.get("joints"), list(PENN_JOINTS), _ADVICE)
    found = {name: array.shape for name, array in arrays.items()}
    check_equal("shapes", path, config.shapes(), found, _ADVICE)
    return PhaseWeights(arrays, config, card)


@dataclass(frozen=True, eq=False)
class PhaseTick:
    """The network's answer for one instant."""

    time_s: float
    phase: float  #: 0 top, 1 bottom
    angle: float  #: on the circle, radians: 0 at the top, positive downwards, negative upwards
    shares: tuple[float, ...]  #: how probable each of the network's labels is
    body: np.ndarray  #: float32 (65,): the joints, in trunk lengths
    seen: bool  #: whether any joint was


class PhaseStream:
    """The network's answers for poses that come one after the other.

    Counters of several exercises may share one: each gives it every pose, and reads the same ticks.

    Parameters
    ----------
    weights : PhaseWeights, optional
        The shipped ones by default.

    Raises
    ------
    WeightsError
        When the shipped weights cannot be used.
    """

    def __init__(self, weights: PhaseWeights | None = None) -> None:
        weights = weights or load_phase_weights()
        self.labels = weights.config.labels
        self.times_s: list[float] = []  #: of all frames
        self.ticks: list[PhaseTick] = []  #: answered so far
        self._network = PhaseNetwork(weights.arrays, weights.config)
        self._lag_ticks = weights.config.lag_ticks
        self._clock = BodyClock()
        self._features = np.zeros(weights.config.features, dtype=np.float32)  # the latest
        self._waiting: deque[tuple[float, np.ndarray]] = deque()  # ticks not answered for
        self._latest: Pose | None = None

    def push(self, pose: Pose) -> None:
        """Add one frame; what another counter gave already is passed over."""
        if pose is not self._latest:
            self._latest = pose
            self.times_s.append(pose.time_s)
            self._take(self._clock.push(pose))

    def finish(self) -> None:
        """Answer for all that waits, as if the body stayed as it is; a second time does nothing."""
        self._take(self._clock.flush())
        while self._waiting:
            self._answer()

    def _take(self, settled: list[tuple[float, np.ndarray]]) -> None:
        """Take ticks of the clock."""
        for time_s, self._features in settled:
            self._waiting.append((time_s, self._features))
            if len(self._waiting) > self._lag_ticks:
                self._answer()
            else:
                self._network.step(self._features)  # it would speak of a time before the clip

    def _answer(self) -> None:
        """Run the network by one tick; it answers for the tick that has waited longest."""
        cosine, sine, *scores = self._network.step(self._features)
        share = np.exp(np.array(scores) - max(scores))
        time_s, then = self._waiting.popleft()
        self.ticks.append(
            PhaseTick(
                time_s,
                float(np.clip((1 - cosine) / 2, 0, 1)),
                float(np.arctan2(sine, cosine)),
                tuple((share / share.sum()).tolist()),
                then[BODY],
                bool(then[VISIBILITY].any()),
            )
        )
