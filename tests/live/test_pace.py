"""Pace: a slow machine is noticed and turns to a lighter way; a fast one keeps the best."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest

from gym.live.pace import MEASURED_FRAMES, NARROW_PX, WARM_UP_FRAMES, WIDE_PX, Pace


@pytest.fixture
def pace(monkeypatch) -> Callable[..., Pace]:
    """Make a pace with some models at hand."""

    def make(*models: str) -> Pace:
        there = {name: None if name in models else "not here" for name in ("lite", "full", "heavy")}
        monkeypatch.setattr("gym.live.pace.available_models", lambda: there)
        return Pace()

    return make


def spend(pace: Pace, seconds: float, frames: int = WARM_UP_FRAMES + MEASURED_FRAMES) -> None:
    """Look at frames that take so long."""
    for number in range(frames):
        pace.clock(time.monotonic() - seconds, 0.05 * number)


def test_a_fast_machine_keeps_the_full_model(pace) -> None:
    fast = pace("lite", "full", "heavy")
    assert (fast.model, fast.side_px) == ("full", WIDE_PX)
    spend(fast, 0.03, WARM_UP_FRAMES + MEASURED_FRAMES - 1)
    assert not fast.is_measured
    spend(fast, 0.03, 1)
    assert fast.is_measured
    assert not fast.is_slow


def test_a_slow_machine_turns_to_lite_then_to_a_smaller_picture(pace) -> None:
    slow = pace("lite", "full")
    ways = [(slow.model, slow.side_px)]
    while True:
        spend(slow, 0.1)
        assert slow.is_slow
        if not slow.step_down():
            break
        assert not slow.is_measured  # the new way is measured anew
        ways.append((slow.model, slow.side_px))
    assert ways == [("full", WIDE_PX), ("lite", WIDE_PX), ("lite", NARROW_PX)]


def test_without_lite_the_picture_becomes_smaller(pace) -> None:
    slow = pace("full")
    assert slow.step_down()
    assert (slow.model, slow.side_px) == ("full", NARROW_PX)
    assert not slow.step_down()


def test_with_lite_alone_lite_it_is(pace) -> None:
    assert pace("lite").model == "lite"
    assert pace().model == "full"  # whose absence is told when it is asked for


def test_the_first_frames_do_not_make_a_machine_slow(pace) -> None:
    """Loading the networks takes a second."""
    measured = pace("full", "lite")
    spend(measured, 2.0, WARM_UP_FRAMES)
    spend(measured, 0.03, MEASURED_FRAMES)
    assert measured.is_measured
    assert not measured.is_slow


def test_frames_a_second_and_delay_are_measured(pace, monkeypatch) -> None:
    now_s = 100.0
    monkeypatch.setattr("gym.live.pace.time.monotonic", lambda: now_s)
    clock = pace("full")
    first = clock.clock(99.98, 7.0)
    assert math.isnan(first["frames_per_s"])
    assert first["delay_s"] == pytest.approx(0.02)  # the quickest way so far counts as none
    told = {}
    for number in range(1, 61):  # 20 frames a second, 50 ms late and 20 ms looked at
        now_s = 100.0 + 0.05 * number
        told = clock.clock(now_s - 0.02, 7.0 + 0.05 * number - 0.05)
    assert told["frames"] == 61
    assert told["frames_per_s"] == pytest.approx(20.0)
    assert told["delay_s"] == pytest.approx(0.07)
