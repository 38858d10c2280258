"""Recognise the exercise from poses: which one, when, and with what probability.

    load_recogniser(models) -> Recogniser          the network with its card, checked
    Recogniser.classify(poses) -> Classification   a recorded clip
    Recogniser.follow() -> RecognitionStream       live: update(pose), current, finish()

A window of about four seconds moves over the poses in half-second steps, and the network labels each.
The labels are averaged where windows overlap, smoothed so that they do not change without a reason,
and summarised. Recorded clips and live sessions use the same steps; for a recorded clip the windows
are only run together.
"""

from __future__ import annotations

import io
import itertools
import pickle
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from gym.cards import MODELS, agree, read_weights
from gym.errors import WeightsError
from gym.recognition.stgcn import STGCN, StgcnConfig, to_input
from gym.schema import Classification, Pose, PoseSequence, Segment
from gym.skeleton import PENN_JOINTS, to_penn

OTHER = "other"

#: Seconds between two windows: short compared with a rep, and fast enough.
HOP_S = 0.5

#: A joint less visible than this counts as unseen (BlazePose guesses hidden limbs).
VISIBILITY_IN_USE = 0.2

#: Longest gap between frames that is bridged by a straight line, seconds.
LONGEST_GAP_S = 0.35

#: The cost of a change of label, in nats: it takes about a second of clear windows to change.
SWITCH_COST = 3.0

#: A clip gets an exercise's label from this many seconds and this share of the clip on.
SHORTEST_SET_S = 1.5
SMALLEST_SHARE = 0.1

_ADVICE = "Download the project again, or train the recogniser again: python -m gym train stgcn."


def sample_at(time_s: np.ndarray, values: np.ndarray, at_s: np.ndarray) -> np.ndarray:
    """Sample joints at other times by linear interpolation between neighbouring frames.

    Parameters
    ----------
    time_s : float64 (T,), strictly increasing
    values : (T, 13, D)
        NaN where unseen.
    at_s : float64 (S,)

    Returns
    -------
    float32 (S, 13, D)
        NaN outside the recording, in gaps longer than `LONGEST_GAP_S`, and where a joint is unseen
        in the nearer frame; where only the further one lacks it, the nearer one's value.
    """
    at_s = np.asarray(at_s, dtype=np.float64)
    out = np.full((len(at_s), *values.shape[1:]), np.nan, dtype=np.float32)
    if not len(time_s):
        return out
    slack = 1e-6
    inside = (at_s >= time_s[0] - slack) & (at_s <= time_s[-1] + slack)
    if len(time_s) == 1:
        out[inside] = values[0]
        return out
    right = np.clip(np.searchsorted(time_s, at_s, side="right"), 1, len(time_s) - 1)
    left = right - 1
    gap = time_s[right] - time_s[left]
    share = np.clip((at_s - time_s[left]) / gap, 0.0, 1.0).astype(np.float32)[:, None, None]
    a, b = values[left], values[right]
    mixed = a + share * (b - a)
    mixed = np.where(np.isfinite(mixed), mixed, np.where(share < 0.5, a, b))
    near_a_frame = np.minimum(at_s - time_s[left], time_s[right] - at_s) <= 1 / 60
    good = inside & ((gap <= LONGEST_GAP_S) | near_a_frame)
    out[good] = mixed[good]
    return out


def to_joints(xy_px: np.ndarray, visibility: np.ndarray) -> np.ndarray:
    """Pick the 13 joints that are seen: (T, 33, 2) and (T, 33) -> (T, 13, 2), else NaN."""
    seen = to_penn(visibility[..., None]) >= VISIBILITY_IN_USE
    return np.where(seen, to_penn(xy_px), np.nan).astype(np.float32)


def cut_window(
    time_s: np.ndarray, joints: np.ndarray, end_s: float, config: StgcnConfig
) -> np.ndarray:
    """Cut the window that ends at a time: float32 (window_frames, 13, 2), NaN where unseen."""
    offsets = (np.arange(config.window_frames) - config.window_frames + 1) / config.rate_hz
    return sample_at(time_s, joints, end_s + offsets)


class Recogniser:
    """The trained network, ready for use.

    Attributes
    ----------
    network : STGCN
    config : StgcnConfig
    card : dict
        What `gym.evaluation` measured for these weights.
    sha256 : str
        Of the weights file.
    """

    weights = "stgcn"  #: their name in files

    def __init__(self, network: STGCN, card: dict | None = None, sha256: str = "") -> None:
        if network.config.rate_hz is None or OTHER not in network.config.labels:
            raise ValueError(
                f"expected a network with a window rate and the label {OTHER!r}, "
                f"got {network.config.name!r}"
            )
        self.network = network.eval()
        self.config = network.config
        self.card = card or {}
        self.sha256 = sha256

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the probabilities."""
        return self.config.labels

    def version(self) -> str:
        """Return what names these weights in files: their sha256."""
        return self.sha256

    @torch.inference_mode()
    def estimate_windows(self, windows: np.ndarray, batch: int = 32) -> np.ndarray:
        """Label windows (N, T, 13, 2): probabilities, float64 (N, labels).

        A window in which almost nobody is seen is "other".
        """
        found = np.zeros((len(windows), len(self.labels)))
        found[:, self.labels.index(OTHER)] = 1.0
        filled = np.flatnonzero(_filled(windows) >= 0.05)
        for some in np.split(filled, range(batch, len(filled), batch)):
            scores = self.network(to_input(windows[some]))
            found[some] = torch.softmax(scores, dim=1).numpy()
        return found

    def classify(self, poses: PoseSequence) -> Classification:
        """Recognise the exercise in a recorded clip.

        Returns
        -------
        Classification
            ``chosen_by`` "model". Segments follow one another without a gap from the first frame
            to the last; a clip without frames or people is "other".
        """
        return self.classify_joints(poses.time_s, to_joints(poses.xy_px, poses.visibility))

    def classify_joints(self, time_s: np.ndarray, joints: np.ndarray) -> Classification:
        """Recognise the exercise from 13 joints, float32 (T, 13, 2), NaN where unseen."""
        stream = self.follow()
        stream.time_s, stream.joints = time_s, joints
        ends = stream.pending_ends(last=True)
        if ends:
            windows = np.stack(
                [cut_window(stream.time_s, stream.joints, end, self.config) for end in ends]
            )
            stream.accept(ends, windows, self.estimate_windows(windows))
        return stream.summarise()

    def follow(self) -> RecognitionStream:
        """Begin a live session."""
        return RecognitionStream(self)


class RecognitionStream:
    """Recognises the exercise while poses arrive.

    Attributes
    ----------
    time_s : float64 (T,)
        Of the frames that later windows still need, and of all frames for `summarise`.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        self.recogniser = recogniser
        self.time_s = np.zeros(0)
        self.joints = np.zeros((0, len(PENN_JOINTS), 2), dtype=np.float32)
        self._times: list[float] = []
        self._ends: list[float] = []
        self._filled: list[float] = []
        self._found: list[np.ndarray] = []

    def update(self, pose: Pose) -> None:
        """Add one more pose; every `HOP_S` the network looks at the last seconds."""
        self._times.append(pose.time_s)
        joints = to_joints(pose.xy_px[None], pose.visibility[None])
        window_s = self.recogniser.config.window_frames / self.recogniser.config.rate_hz
        recent = self.time_s > pose.time_s - window_s - 1.0
        self.time_s = np.append(self.time_s[recent], pose.time_s)
        self.joints = np.concatenate([self.joints[recent], joints])
        self._run(self.pending_ends())

    def finish(self) -> Classification:
        """Look at what is left and summarise the session."""
        self._run(self.pending_ends(last=True))
        return self.summarise()

    @property
    def current(self) -> tuple[str, float]:
        """What is being done now: a label and its probability over the last second."""
        if not self._found:
            return OTHER, float("nan")
        count = max(1, round(1.0 / HOP_S))
        weight = np.array(self._filled[-count:]) + 1e-3
        mean = np.average(self._found[-count:], axis=0, weights=weight)
        best = int(mean.argmax())
        return self.recogniser.labels[best], float(mean[best])

    def pending_ends(self, *, last: bool = False) -> list[float]:
        """Return the end times of the windows that can be cut now; ``last`` adds the clip's end."""
        times = self._times or self.time_s
        if not len(times):
            return []
        first_s, now_s = float(times[0]), float(times[-1])
        ends = []
        number = len(self._ends) + 1
        while first_s + number * HOP_S <= now_s:
            ends.append(first_s + number * HOP_S)
            number += 1
        latest = ends[-1] if ends else (self._ends[-1] if self._ends else None)
        if last and (latest is None or latest < now_s - 1e-6):
            ends.append(now_s)
        return ends

    def accept(self, ends: Sequence[float], windows: np.ndarray, found: np.ndarray) -> None:
        """Keep what the network said about windows."""
        self._ends += list(ends)
        self._filled += _filled(windows).tolist()
        self._found += list(found)

    def _run(self, ends: list[float]) -> None:
        for end in ends:
            config = self.recogniser.config
            window = cut_window(self.time_s, self.joints, end, config)[None]
            self.accept([end], window, self.recogniser.estimate_windows(window))

    def summarise(self) -> Classification:
        """Turn the windows seen so far into segments and a label."""
        times = np.asarray(self._times or self.time_s)
        if not self._ends:
            return Classification(OTHER, float("nan"), "model")
        config = self.recogniser.config
        window_s = (config.window_frames - 1) / config.rate_hz
        blended = blend_windows(
            np.array(self._ends), np.array(self._filled), np.array(self._found), window_s
        )
        path = smooth_labels(blended)
        edges = np.array([times[0], *self._ends])
        segments = to_segments(path, blended, edges, self.recogniser.labels)
        return summarise_segments(segments, times)


def _filled(windows: np.ndarray) -> np.ndarray:
    """Return the share of frames with a person, for each window."""
    return np.isfinite(windows).any(axis=(2, 3)).mean(axis=1)


def blend_windows(
    ends_s: np.ndarray, filled: np.ndarray, found: np.ndarray, window_s: float
) -> np.ndarray:
    """Blend overlapping windows into the label probabilities of each hop.

    Parameters
    ----------
    ends_s : float64 (N,)
        Hop ``i`` lies between the ends ``i - 1`` and ``i``.
    filled : float64 (N,)
        A window's weight: a half-empty one knows less.
    found : float64 (N, labels)
    window_s : float

    Returns
    -------
    float64 (N, labels), each row sums to 1
        A window has the most weight at its middle.
    """
    hops = ends_s - np.minimum(HOP_S, np.diff(ends_s, prepend=ends_s[0] - HOP_S)) / 2
    # Hop i lies in the windows i, i + 1 ... that begin before it: a few, however long the clip is.
    number = np.arange(len(hops))
    most = int((np.searchsorted(ends_s, hops + window_s) - number).max(initial=0))
    blended, total = np.zeros_like(found), np.zeros((len(hops), 1))
    for later in range(most):
        some = slice(0, len(hops) - later)
        place = (hops[some] - (ends_s[later:] - window_s)) / window_s  # 0 begin .. 1 end
        inside = (place > 0) & (place < 1)
        weight = np.where(inside, np.sin(np.pi * place.clip(0, 1)) ** 2, 0.0)
        weight = (weight * (filled[later:] + 1e-3) + 1e-9 * inside)[:, None]
        blended[some] += weight * found[later:]
        total[some] += weight
    return blended / total


def smooth_labels(probability: np.ndarray, switch_cost: float = SWITCH_COST) -> np.ndarray:
    """Find the most likely labels when every change has a cost (Viterbi): int (N,)."""
    score = np.log(np.maximum(probability, 1e-4))
    best, came_from = score[0], []
    for row in score[1:]:
        leader = int(best.argmax())
        stay = best >= best[leader] - switch_cost
        came_from.append(np.where(stay, np.arange(len(best)), leader))
        best = np.where(stay, best, best[leader] - switch_cost) + row
    path = [int(best.argmax())]
    for previous in reversed(came_from):
        path.append(int(previous[path[-1]]))
    return np.array(path[::-1])


def to_segments(
    path: np.ndarray, probability: np.ndarray, edges_s: np.ndarray, labels: Sequence[str]
) -> tuple[Segment, ...]:
    """Join neighbouring hops of one label; ``edges_s`` (N + 1,) bounds the N hops."""
    cuts = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    return tuple(
        Segment(
            float(edges_s[a]),
            float(edges_s[b]),
            labels[path[a]],
            float(probability[a:b, path[a]].mean()),
        )
        for a, b in itertools.pairwise(cuts)
    )


def summarise_segments(segments: tuple[Segment, ...], time_s: np.ndarray) -> Classification:
    """Label a clip with the exercise that takes up most of it.

    Rest may be longer than the set, so "other" is used only if no exercise lasts for at least
    `SHORTEST_SET_S` (half of a shorter clip) and `SMALLEST_SHARE` of the clip.
    """
    seconds: dict[str, float] = {}
    sureness: dict[str, float] = {}
    for segment in segments:
        length = segment.end_s - segment.start_s
        seconds[segment.label] = seconds.get(segment.label, 0.0) + length
        sureness[segment.label] = sureness.get(segment.label, 0.0) + length * segment.probability
    total = sum(seconds.values())
    needed = max(min(SHORTEST_SET_S, 0.5 * total), SMALLEST_SHARE * total)
    lasting = {k: s for k, s in seconds.items() if k != OTHER and s >= needed}
    label = max(lasting, key=lasting.__getitem__) if lasting else OTHER
    if label in seconds and seconds[label] > 0:
        probability = sureness[label] / seconds[label]
    else:
        probability = float(np.mean([s.probability for s in segments]))
    names = label_frames(segments, time_s)
    share = {name: names.count(name) / len(names) for name in dict.fromkeys(names)}
    return Classification(label, probability, "model", share, segments)


def label_frames(segments: Sequence[Segment], time_s: np.ndarray) -> list[str]:
    """Return the timeline's label of each frame."""
    starts = np.array([segment.start_s for segment in segments])
    place = np.clip(np.searchsorted(starts, time_s, side="right") - 1, 0, None)
    return [segments[i].label for i in place]


def load_recogniser(folder: Path = MODELS) -> Recogniser:
    """Load the shipped network with its card and check that they belong together.

    Parameters
    ----------
    folder : Path
        Holds ``stgcn.pt`` and ``stgcn.json``.

    Raises
    ------
    WeightsError
        When a file is missing or damaged, or when card, weights and code disagree; the message
        names both sides.
    """
    path = Path(folder) / "stgcn.pt"
    raw, card = read_weights(path, _ADVICE)
    network = read_checkpoint(io.BytesIO(raw), path.name)
    config = network.config
    found = {
        "labels": list(config.labels),
        "joints": list(config.joints),
        "config": config.to_dict(),
    }
    for what, value in found.items():
        agree(what, path, card.get(what), value, _ADVICE)
    if config.joints != PENN_JOINTS:
        raise WeightsError(
            f"{path.name} was trained on the joints {config.joints}, this program has "
            f"{PENN_JOINTS}.", _ADVICE,
        )  # fmt: skip
    return Recogniser(network, card, card["sha256"])


def read_checkpoint(file: Path | io.BytesIO, name: str) -> STGCN:
    """Read settings and weights; ``name`` is the file's name in error messages.

    Raises
    ------
    WeightsError
        When the file is damaged or not a checkpoint of this network.
    """
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
        network = STGCN(StgcnConfig.from_dict(content["config"]))
        network.load_state_dict(content["state"])
    except (
        OSError, RuntimeError, ValueError, KeyError, TypeError, EOFError,
        pickle.UnpicklingError, zipfile.BadZipFile,
    ) as error:  # fmt: skip
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"The weights {name} cannot be loaded: {reason}", _ADVICE) from error
    return network.eval()
