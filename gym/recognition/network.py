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
import pickle
import zipfile
from pathlib import Path

import numpy as np
import torch

from gym.cards import MODELS, agree, read_weights
from gym.errors import WeightsError
from gym.exercises import OTHER
from gym.recognition.stgcn import STGCN, StgcnConfig, to_input
from gym.recognition.timeline import (
    HOP_S,
    blend_windows,
    smooth_labels,
    summarise_segments,
    to_segments,
)
from gym.recognition.windows import cut_window, to_joints
from gym.schema import Classification, Pose, PoseSequence
from gym.skeleton import PENN_JOINTS

_ADVICE = "Download the project again, or train the recogniser again: python -m gym train stgcn."


class Recogniser:
    """The trained network, ready for use.

    Attributes
    ----------
    network : STGCN
    config : StgcnConfig
    card : dict
        What `gym.training` measured for these weights.
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
        return stream.finish()

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

    def _run(self, ends: list[float]) -> None:
        """Keep what the network says about the windows with these ends."""
        if not ends:
            return
        config = self.recogniser.config
        windows = np.stack([cut_window(self.time_s, self.joints, end, config) for end in ends])
        self._ends += ends
        self._filled += _filled(windows).tolist()
        self._found += list(self.recogniser.estimate_windows(windows))

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
