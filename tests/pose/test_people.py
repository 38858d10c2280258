"""Who else is in view, and whether the one who is followed stays the same."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gym.export.record import to_json
from gym.pose.people import describe_change, describe_others, find_changes
from gym.schema import PoseSequence
from gym.session import analyse_poses, describe_pose_file
from tests import synthetic
from tests.figure import STANDING
from tests.synthetic import Camera, film, hold, squat

NAN = float("nan")
SET = [hold(STANDING, 1), *[squat()] * 3, hold(STANDING, 1)]


def looked(poses: PoseSequence, *others: tuple[int, int], every: int = 10) -> PoseSequence:
    """Let each look have found so many people to the left and right; the last goes on."""
    seen = np.full((len(poses), 2), NAN)
    looks = seen[::every]
    looks[:] = others[-1]
    looks[: len(others)] = others
    return replace(poses, others=seen)


@pytest.fixture(scope="module")
def alone() -> PoseSequence:
    return film(SET).poses


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ([(0, 1)], "Two people are in view; the one on the left was followed."),
        ([(1, 0)], "Two people are in view; the one on the right was followed."),
        ([(1, 1)], "Several people are in view; the one in the middle was followed."),
        ([(0, 2)], "Several people are in view; the one on the left was followed."),
        ([(0, 1)] * 7 + [(1, 0)], "Two people are in view; only one of them was followed."),
        ([(0, 0)], ""),
        ([(0, 1), (0, 0)], ""),
    ],
)
def test_other_people_are_told(
    alone: PoseSequence, others: list[tuple[int, int]], sentence: str
) -> None:
    assert describe_others(looked(alone, *others)) == sentence


def test_a_passer_by_is_not_told(alone: PoseSequence) -> None:
    looks = len(looked(alone, (0, 0), every=5).others[::5])
    passing = [(0, 1)] * round(0.1 * looks)
    assert len(passing) > 2
    assert describe_others(looked(alone, *passing, (0, 0), every=5)) == ""


def test_where_nobody_looked_nothing_is_told(alone: PoseSequence) -> None:
    assert describe_others(alone) == ""
    assert describe_others(looked(alone, (NAN, NAN))) == ""


def test_the_notes_tell_of_others(alone: PoseSequence) -> None:
    poses = looked(alone, (0, 1))
    workout = analyse_poses(describe_pose_file(Path("two.npz"), poses), poses)
    sentence = "Two people are in view; the one on the left was followed."
    assert sentence in workout.notes
    assert sentence in to_json(workout)["notes"]
    assert workout.count.count == 3


# ------------------------------------------------------------------------------- another is followed


def joined(first: PoseSequence, then: PoseSequence, gap_s: float = 0.0) -> PoseSequence:
    """One sequence after the other, as if the track had been taken over."""
    step_s = float(np.median(np.diff(first.time_s)))
    later = then.time_s + first.time_s[-1] + step_s + gap_s
    arrays = ("xy_px", "xyz_m", "visibility")
    return replace(
        first,
        time_s=np.concatenate([first.time_s, later]),
        **{name: np.concatenate([getattr(p, name) for p in (first, then)]) for name in arrays},
    )


@pytest.mark.parametrize("gap_s", [0.0, 2.5])
@pytest.mark.parametrize(
    "other",
    [
        pytest.param(film([hold(STANDING + np.array([0, 0, 2.1]), 4)]).poses, id="beside"),
        pytest.param(film([hold(STANDING, 4)], Camera(distance_m=8)).poses, id="farther away"),
    ],
)
def test_somebody_else_who_is_followed_is_told(
    alone: PoseSequence, other: PoseSequence, gap_s: float
) -> None:
    poses = joined(alone, other, gap_s)
    changed_s = alone.time_s[-1] + gap_s
    assert find_changes(poses)[0] == pytest.approx(changed_s, abs=0.3)
    workout = analyse_poses(describe_pose_file(Path("two.npz"), poses), poses)
    assert describe_change(poses) in workout.notes
    assert re.match(r"From [89] s on someone else was followed", describe_change(poses)) or gap_s


@pytest.mark.parametrize("yaw_deg", [0.0, 60.0, 90.0])
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(SET, id="squats"),
        pytest.param([*synthetic.walk_in(turn_deg=90.0), *SET], id="walking in"),
        pytest.param([*synthetic.get_down(), synthetic.push_up()], id="getting down"),
        pytest.param(synthetic.rest_in_down_dog(), id="down dog"),
    ],
)
@pytest.mark.parametrize("fps", [10.0, 30.0])
def test_one_person_is_no_change(script: list, yaw_deg: float, fps: float) -> None:
    poses = film(script, Camera(yaw_deg), fps=fps).poses
    assert find_changes(synthetic.add_noise(poses, 0.02, seed=0)) == []
    gone = np.zeros(len(poses), bool)
    gone[len(poses) // 2 :][: round(fps)] = True
    assert find_changes(synthetic.hide(poses, gone)) == []


def test_wrong_frames_are_no_change(alone: PoseSequence) -> None:
    xy_px = alone.xy_px.copy()
    xy_px[40:44] += 900
    assert find_changes(replace(alone, xy_px=xy_px)) == []


def test_nobody_is_no_change() -> None:
    nothing = synthetic.hide(film([hold(STANDING, 1)]).poses, np.ones(30, bool))
    assert find_changes(nothing) == []
    assert find_changes(PoseSequence.collect([], (64, 48))) == []
