"""Counts salient poses that come in turn, as PoseRAC does: the rest, the turn, the rest again.

References
----------
Yao, Cheng, Zou: "PoseRAC: Pose Saliency Transformer for Repetitive Action Counting", 2023.
"""

from __future__ import annotations

import numpy as np

#: The classes that salient poses are told apart by, by this project's names where it has them.
SALIENT_CLASSES: tuple[str, ...] = (
    "bench_press", "front_raise", "lunge", "pull_up", "push_up", "rope_pushdown", "sit_up", "squat",
)  # fmt: skip

#: A rest, a turn and a rest, as numbers of frames.
Span = tuple[float, float, float]


def follow_trigger(
    score: np.ndarray, momentum: float = 0.4, enter: float = 0.78, leave: float = 0.40
) -> list[Span]:
    """Return the repetitions of a salient pose's score, by PoseRAC's trigger.

    Parameters
    ----------
    score : (n,)
        How much each frame is the first salient pose, 0..1; its contrary is the second.
    momentum : float
        The weight of a new frame in the running score.
    enter, leave : float
        A pose has been there once its score was above the first and then fell below the second.

    Returns
    -------
    list of (rest, turn, rest)
        Frames. Whichever pose comes first begins a repetition, the other one counts it.
    """
    calm, running = np.empty(len(score)), 0.5
    for index, value in enumerate(score):
        running += momentum * (value - running)
        calm[index] = running
    seen: list[tuple[bool, int]] = []  # whether the first pose, and when it was clearest, in turn
    entered = {True: -1, False: -1}
    for index, value in enumerate(calm):
        for first in (True, False):
            own = value if first else 1 - value
            if entered[first] < 0:
                entered[first] = index if own > enter else -1
            elif own < leave:
                part = calm[entered[first] : index]
                best = entered[first] + int(np.argmax(part if first else -part))
                if not seen or seen[-1][0] != first:
                    seen.append((first, best))
                entered[first] = -1
    for first in (True, False):  # one that the clip's end cuts off
        if entered[first] >= 0 and seen and seen[-1][0] != first:
            part = calm[entered[first] :]
            seen.append((first, entered[first] + int(np.argmax(part if first else -part))))
    spans = []
    starts_at_rest = bool(seen) and seen[0][0]
    for number, (first, turn) in enumerate(seen):
        if first:
            continue
        before = seen[number - 1][1] if number else 0
        whole = number > 0 if starts_at_rest else number + 1 < len(seen)
        after = seen[number + 1][1] if number + 1 < len(seen) else len(score) - 1
        if whole and before < turn < after:
            spans.append((float(before), float(turn), float(after)))
    return spans


def choose_class(scores: np.ndarray) -> int:
    """Return the class that a clip shows: of each frame's shares (G, C), the highest mean."""
    return int(scores.mean(axis=0).argmax())
