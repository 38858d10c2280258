"""Results that are kept for as long as the poses from which they came are in use."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from gym.schema import PoseSequence

Result = TypeVar("Result")


def kept_with_poses(function: Callable[..., Result]) -> Callable[..., Result]:
    """Keep a function's last result for each sequence of poses: its first argument, never changed.

    The further arguments have to be equal for the result to be used again. Nothing outlives the poses.
    """
    kept: WeakKeyDictionary[PoseSequence, tuple[tuple, Result]] = WeakKeyDictionary()

    @wraps(function)
    def answer(poses: PoseSequence, *others: object) -> Result:
        before = kept.get(poses)
        if before is None or before[0] != others:
            before = others, function(poses, *others)
            kept[poses] = before
        return before[1]

    return answer
