"""The phases of reps whose tempo is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gym.exercises import EXERCISES
from gym.schema import PoseSequence, Rep
from gym.tempo import Phases, follow_movement, follow_phases
from tests.made_sets import shoot
from tests.motions import rep, take_turns
from tests.synthetic import Take, Tempo, hide, mirror

#: Evenly slow, with a pause, lowered slowly and raised fast, and hardly still anywhere.
TEMPOS = (
    Tempo(0.9, 0.0, 0.8, 0.8),
    Tempo(2.0, 1.0, 0.8, 1.5),
    Tempo(3.0, 0.0, 0.9, 0.6),
    Tempo(1.2, 2.0, 1.0, 0.0),
    Tempo(0.5, 0.0, 0.5, 0.0),
    Tempo(0.5, 0.0, 0.5, 0.5),
)


def find(name: str, poses: PoseSequence, reps: tuple[Rep, ...]) -> list[Phases | None]:
    return follow_phases(follow_movement(poses, EXERCISES[name]), reps)


def shoot_tempos(name: str, noise: float = 0.0, fps: float = 25.0) -> Take:
    return shoot(name, [rep(name, tempo) for tempo in TEMPOS], noise=noise, fps=fps)


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("name", ["squat", "push_up", "lateral_raise", "shoulder_press"])
def test_phases_take_as_long_as_they_did(name: str, noise: float) -> None:
    take = shoot_tempos(name, noise)
    found = find(name, take.poses, take.reps)
    off = {"out": [], "pause": [], "back": []}
    for tempo, phases in zip(TEMPOS, found, strict=True):
        off["out"].append(phases.turn_s - phases.start_s - tempo.down_s)
        off["pause"].append(phases.leave_s - phases.turn_s - tempo.hold_s)
        off["back"].append(phases.end_s - phases.leave_s - tempo.up_s)
    for what, errors in off.items():
        assert np.median(np.abs(errors)) < 0.15, what
        # Of a slow press the arm's last degrees, of 3 s, are hardly seen.
        assert np.max(np.abs(errors)) < 0.75, what
        assert abs(np.mean(errors)) < 0.2, f"{what} is favoured"


@pytest.mark.parametrize("name", ["squat", "push_up", "bicep_curl", "pull_up"])
def test_only_what_stood_still_has_a_pause(name: str) -> None:
    take = shoot_tempos(name)
    found = find(name, take.poses, take.reps)
    paused = [phases.leave_s > phases.turn_s for phases in found]
    for tempo, has_pause in zip(TEMPOS, paused, strict=True):
        if (
            tempo.hold_s or tempo.down_s < 2
        ):  # of a curl the turn of a slow rep is hardly a movement
            assert has_pause == (tempo.hold_s > 0)


def test_the_rate_of_frames_changes_nothing() -> None:
    slow, fast = (
        find("squat", take.poses, take.reps)
        for take in (shoot_tempos("squat", fps=15.0), shoot_tempos("squat", fps=60.0))
    )
    for one, other in zip(slow, fast, strict=True):
        for moment in ("start_s", "turn_s", "leave_s", "end_s"):
            assert getattr(one, moment) == pytest.approx(getattr(other, moment), abs=0.2)


def test_a_counter_that_is_late_changes_nothing() -> None:
    """A counter sees a rep begin once it is well on its way, and end before it is over."""
    take = shoot_tempos("squat")
    late = tuple(
        replace(
            one, start_s=one.start_s + 0.15, bottom_s=one.bottom_s + 0.1, end_s=one.end_s - 0.15
        )
        for one in take.reps
    )
    for one, other in zip(
        find("squat", take.poses, take.reps), find("squat", take.poses, late), strict=True
    ):
        for moment in ("start_s", "turn_s", "leave_s", "end_s"):
            assert getattr(one, moment) == pytest.approx(getattr(other, moment), abs=0.1)


def test_a_mirrored_set_has_the_same_phases() -> None:
    take = shoot_tempos("squat")
    same = find("squat", mirror(take.poses), take.reps)
    for one, other in zip(find("squat", take.poses, take.reps), same, strict=True):
        assert one.turn_s == pytest.approx(other.turn_s, abs=0.05)
        assert one.out == pytest.approx(other.out, abs=1.0)


def test_arms_that_take_turns_each_have_their_own_phases() -> None:
    take = take_turns("bicep_curl", 3)
    columns = [phases.column for phases in find("bicep_curl", take.poses, take.reps)]
    assert columns == [0, 1] * 3


def test_what_was_not_seen_has_no_phases() -> None:
    take = shoot_tempos("squat")
    first, second = take.reps[:2]
    inside = (take.poses.time_s > first.start_s + 0.3) & (take.poses.time_s < first.end_s - 0.3)
    found = find("squat", hide(take.poses, inside), take.reps)
    assert found[0] is None
    assert found[1].turn_s == pytest.approx(second.start_s + TEMPOS[1].down_s, abs=0.3)
    nothing = hide(take.poses, np.ones(len(take.poses), dtype=bool))
    assert find("squat", nothing, take.reps) == [None] * len(take.reps)


def test_reps_that_share_time_are_each_measured() -> None:
    """A movement that another counter saw may lie inside a rep."""
    take = shoot_tempos("squat")
    first = take.reps[0]
    inner = replace(first, start_s=first.start_s + 0.2, bottom_s=first.end_s - 0.1)
    found = find("squat", take.poses, (first, inner, *take.reps[1:]))
    assert len(found) == len(take.reps) + 1
    assert found[0].turn_s == pytest.approx(found[1].turn_s, abs=0.1)
    after = find("squat", take.poses, (replace(first, bottom_s=first.end_s), inner))
    assert after[1].turn_s == pytest.approx(found[1].turn_s, abs=0.1)


def test_too_short_a_clip_has_no_phases() -> None:
    take = shoot("squat", [rep("squat")])
    arrays = ("time_s", "xy_px", "xyz_m", "visibility")
    for frames in (0, 1, 2):
        short = replace(take.poses, **{n: getattr(take.poses, n)[:frames] for n in arrays})
        assert find("squat", short, take.reps) == [None]
