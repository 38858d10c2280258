"""Which exercise a clip shows: one file each way of telling, one interface.

A classifier is a function of a recorded clip's poses. The app uses the network, which can also follow a
live session (`gym.recognition.network.RecognitionStream`); posture alone is what it has to beat.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

from gym.recognition.posture import classify_posture
from gym.schema import Classification, PoseSequence

if TYPE_CHECKING:
    from gym.recognition.network import Recogniser


class Classifier(Protocol):
    """What every classifier offers."""

    def __call__(self, poses: PoseSequence) -> Classification:
        """Recognise the exercise of a recorded clip; nobody in view is "other"."""


@cache
def shipped_recogniser() -> Recogniser:
    """Return the exercise recogniser that is shipped, loaded once.

    Raises
    ------
    WeightsError
    """
    from gym.recognition.network import load_recogniser  # torch takes a second to import

    return load_recogniser()


def classify_movement(poses: PoseSequence) -> Classification:
    """Recognise the exercise by the network.

    Raises
    ------
    WeightsError
        When the shipped weights cannot be used.
    """
    if not poses.seen.any():
        return classify_posture(poses)
    return shipped_recogniser().classify(poses)


CLASSIFIERS: dict[str, Classifier] = {"network": classify_movement, "posture": classify_posture}
DEFAULT_CLASSIFIER = "network"
