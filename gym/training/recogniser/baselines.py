"""Simple baselines to compare the network with.

describe_windows     windows -> statistics of the pose, for logistic regression
regress_actions      Penn Action's clips, one window each
recognise_movement   a movement as the app would, by the network or by the plain recogniser
PlainRecogniser      the app's labels, with the same windows as the network
"""

from __future__ import annotations

import numpy as np

from gym.features import mean_known
from gym.recognition.network import Recogniser
from gym.recognition.stgcn import STGCN, StgcnConfig, to_input
from gym.recognition.windows import VISIBILITY_IN_USE
from gym.schema import Classification, PoseSequence
from gym.skeleton import BLAZEPOSE_JOINTS, PENN_HIPS, PENN_JOINTS, PENN_MIRROR, PENN_SHOULDERS
from gym.training.datasets import Movement
from gym.training.recogniser.augmentation import flip
from gym.training.recogniser.windows import WindowSampler, cut_windows


def _stand_in(name: str) -> int:
    """Return which of the 13 joints to use for one of BlazePose's: none for hands, feet, faces."""
    side = name.split("_")[0]
    if name.endswith(("heel", "foot_index")):
        name = f"{side}_ankle"
    elif name.endswith(("pinky", "index", "thumb")):
        name = f"{side}_wrist"
    return PENN_JOINTS.index(name) if name in PENN_JOINTS else PENN_JOINTS.index("head")


_STANDS_FOR = np.array([_stand_in(name) for name in BLAZEPOSE_JOINTS])


def to_pose_sequence(movement: Movement) -> PoseSequence:
    """Turn 13 joints into BlazePose's 33, for rules that need all of them.

    BlazePose guesses hidden limbs, while Penn Action leaves them out: an unseen joint is replaced by
    the other side's, as in a side view, or else by the middle of the body. The body is flat, half a
    metre from hip to shoulder, since there are only two dimensions.
    """
    xy = np.where(np.isfinite(movement.xy), movement.xy, movement.xy[:, PENN_MIRROR])
    known = np.isfinite(xy)
    anybody = known.any(axis=(1, 2))
    xy = np.where(known, xy, mean_known(xy)[:, None])
    hip = xy[:, PENN_HIPS].mean(axis=1)
    torso = np.linalg.norm(xy[:, PENN_SHOULDERS].mean(axis=1) - hip, axis=-1)
    metre = max(2 * float(np.median(torso[anybody])) if anybody.any() else 1.0, 1e-3)
    flat = (xy - hip[:, None]) / metre
    xyz = np.concatenate([flat, np.zeros_like(flat[..., :1])], axis=-1)
    visibility = np.maximum(movement.visibility, movement.visibility[:, PENN_MIRROR])
    size = (int(np.nanmax(xy, initial=1.0)) + 1,) * 2
    return PoseSequence(
        movement.time_s, xy[:, _STANDS_FOR], xyz[:, _STANDS_FOR], visibility[:, _STANDS_FOR], size
    )


def recognise_movement(recogniser: Recogniser, movement: Movement) -> Classification:
    """Recognise a movement as the app would."""
    seen = (movement.visibility >= VISIBILITY_IN_USE)[..., None]
    joints = np.where(seen, movement.xy, np.nan).astype(np.float32)
    return recogniser.classify_joints(movement.time_s, joints)


def describe_windows(windows: np.ndarray) -> np.ndarray:
    """Describe windows by simple statistics: mean, spread, minimum, maximum of each joint's channels.

    Parameters
    ----------
    windows : (N, T, 13, 2)

    Returns
    -------
    float32 (N, features)
    """
    x = to_input(windows).numpy()  # (N, C, T, V)
    parts = (x.mean(axis=2), x.std(axis=2), x.min(axis=2), x.max(axis=2))
    return np.concatenate([part.reshape(len(x), -1) for part in parts], axis=1)


def regress_actions(train: list[Movement], test: list[Movement], config: StgcnConfig) -> list[str]:
    """Recognise the test clips by logistic regression on pose statistics, with mirror images."""
    windows = np.concatenate([cut_windows(m, config) for m in train])
    windows = np.concatenate([windows, np.stack([flip(w) for w in windows])])
    labels = [m.action for m in train] * 2
    model = _regression()
    model.fit(describe_windows(windows), labels)
    tested = np.concatenate([cut_windows(m, config) for m in test])
    return model.predict(describe_windows(tested)).tolist()


class PlainRecogniser(Recogniser):
    """Logistic regression on pose statistics instead of the network; the rest is the same.

    Parameters
    ----------
    movements : list of Movement
        The training part, from which the same augmented windows are drawn.
    config : StgcnConfig
    seed : int
    windows : int
        How many to draw.
    """

    def __init__(
        self, movements: list[Movement], config: StgcnConfig, *, seed: int, windows: int = 12000
    ) -> None:
        super().__init__(STGCN(config))
        drawn, targets = WindowSampler(movements, config, seed).draw_batch(windows)
        self._model = _regression()
        self._model.fit(describe_windows(drawn), targets.argmax(axis=1))

    def estimate_windows(self, windows: np.ndarray, batch: int = 32) -> np.ndarray:
        """Name windows (N, T, 13, 2): probabilities, float64 (N, labels)."""
        found = np.zeros((len(windows), len(self.labels)))
        found[:, self._model.classes_] = self._model.predict_proba(describe_windows(windows))
        return found


def _regression():
    """Build the regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
