"""Which rep is unlike the good ones: told on made sets, and not invented on clean ones."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

from gym.comparing.curves import SAMPLES, Curves, cut_curves
from gym.comparing.unlike import FEWEST_GOOD, find_odd_reps
from gym.exercises import EXERCISES
from gym.features import measure_signals
from gym.schema import OddRep, PoseSequence, Rep, Verdict
from gym.tempo import follow_movement, follow_phases
from tests.made_sets import make_set, shoot
from tests.synthetic import Take, hide, mirror

VIEWS = {"squat": (80.0, 20.0, -60.0), "push_up": (90.0, 70.0, -90.0)}
ELSE = (80.0, 20.0, -60.0)


def cut(name: str, poses: PoseSequence, reps: tuple[Rep, ...]) -> Curves:
    movement = follow_movement(poses, EXERCISES[name])
    return cut_curves(measure_signals(poses), movement, reps, follow_phases(movement, reps))


def find(name: str, take: Take, *failed: int) -> tuple[tuple[OddRep, ...], int]:
    """Find odd reps where all but some passed their rules."""
    verdicts = [
        Verdict.FAIL if place in failed else Verdict.PASS for place in range(len(take.reps))
    ]
    return find_odd_reps(cut(name, take.poses, take.reps), take.reps, verdicts)


@pytest.mark.parametrize("name", ["squat", "push_up"])
@pytest.mark.parametrize("noise", [0.005, 0.01])
def test_an_odd_rep_is_named_with_its_joint_and_its_moment(name: str, noise: float) -> None:
    named = right_joint = at_turn = others = 0
    for seed, yaw_deg in enumerate(VIEWS[name]):
        take = shoot(name, make_set(name, 7, seed, odd=3), yaw_deg, noise=noise, seed=seed)
        odd, compared = find(name, take)
        others += sum(rep.number != 4 for rep in odd)
        rep = next((rep for rep in odd if rep.number == 4), None)
        if rep is None:
            continue
        assert compared == 7 - len(odd), "what is odd is not what the others are compared with"
        named += 1
        right_joint += rep.joint.split("_")[1] in ("hip", "shoulder")  # between which the trunk is
        # Who leans, leans most near the turn; who sags, sags all through.
        at_turn += 0.2 < rep.share < 0.8 or name == "push_up"
        truth = take.reps[3]
        assert truth.start_s - 0.5 < rep.time_s < truth.end_s + 0.5
        assert rep.distance > 1
        assert abs(rep.difference_deg) > 12
    assert others <= 1  # of 18, which vary as well
    assert named >= 2
    assert right_joint == at_turn == named


def test_a_lean_narrows_the_hip_and_the_other_side_s_in_a_mirror() -> None:
    take = shoot("squat", make_set("squat", 7, 1, odd=2), 60.0, noise=0.005)
    ((rep,), _) = find("squat", take)
    ((other,), _) = find("squat", Take(mirror(take.poses), take.reps))
    assert rep.number == other.number == 3
    assert rep.joint.split("_")[1] == other.joint.split("_")[1]
    assert rep.difference_deg == pytest.approx(other.difference_deg, abs=4)
    assert rep.time_s == pytest.approx(other.time_s, abs=0.3)


def test_clean_sets_have_hardly_any_odd_rep() -> None:
    """Of 200 reps that vary as one person's do, at most 2 %."""
    odd = reps = 0
    for name in ("squat", "push_up", "bicep_curl", "lateral_raise"):
        for seed in range(6):
            count, noise = (5, 9, 12)[seed % 3], (0.01, 0.02)[seed % 2]
            yaw_deg = VIEWS.get(name, ELSE)[seed % 3]
            take = shoot(name, make_set(name, count, seed + 40), yaw_deg, noise=noise, seed=seed)
            odd += len(find(name, take)[0])
            reps += count
    assert reps >= 200
    assert odd / reps <= 0.02


def test_a_rep_that_failed_is_no_example() -> None:
    take = shoot("squat", make_set("squat", FEWEST_GOOD + 2, 3), noise=0.005)
    assert find("squat", take)[1] == FEWEST_GOOD + 2
    assert find("squat", take, 0)[1] == FEWEST_GOOD + 1
    assert find("squat", take, 0, 1, 2) == ((), 0), "too few good ones to tell"


def test_a_failed_rep_is_said_to_be_odd_too() -> None:
    take = shoot("squat", make_set("squat", 6, 2, odd=5), 80.0, noise=0.005)
    odd, compared = find("squat", take, 5)
    assert [rep.number for rep in odd] == [6]
    assert compared == 5


def test_joints_that_were_not_seen_are_left_out() -> None:
    take = shoot("squat", make_set("squat", 6, 2, odd=5), 80.0, noise=0.005)
    unseen = np.zeros((len(take.poses), 33), dtype=bool)
    unseen[:, 11:23] = True  # no arms and no shoulders: nobody sees the trunk
    odd, compared = find("squat", Take(hide(take.poses, unseen), take.reps))
    assert compared >= 5
    assert all("knee" in rep.joint for rep in odd)
    nobody = hide(take.poses, np.ones(len(take.poses), dtype=bool))
    assert find("squat", Take(nobody, take.reps)) == ((), 0)


def test_curves_do_not_depend_on_tempo() -> None:
    moves = make_set("squat", 6, 4)
    curves = cut("squat", *(take := shoot("squat", moves)).__dict__.values())
    assert curves.angle_deg.shape == (6, len(curves.joints), SAMPLES)
    knee = curves.angle_deg[:, curves.joints.index("left_knee")]
    assert (np.ptp(knee, axis=0) < 15).all(), (
        "the reps differ by some degrees, and their tempo by 40 %"
    )
    assert (np.diff(curves.time_s, axis=1) >= 0).all()
    for times_s, rep in zip(curves.time_s, take.reps, strict=True):
        assert rep.start_s - 0.3 < times_s[0] < times_s[-1] < rep.end_s + 0.3


def test_incorrect_squats_of_other_people_are_told_from_their_correct_ones(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = data_folder / "ui_prmd"
    monkeypatch.syspath_prepend(str(folder))
    import project

    with (folder / "reps.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["movement"] == "deep_squat"]
    rng = np.random.default_rng(0)
    named = wrong = said = right = 0
    with np.load(folder / "markers.npz") as markers:
        names = [str(name) for name in markers["marker_names"]]
        for person in ("1", "4", "7"):
            own = [row for row in rows if row["subject"] == person]
            parts, reps, ahead = [], [], None
            for row in own:
                joints, forward = project.joints(markers[row["id"]].astype(float), names)
                ahead = forward if ahead is None else ahead
                begun = sum(map(len, parts))
                low = int(np.argmin(joints[:, [23, 24], 2].sum(axis=1)))
                reps.append(Rep(*((begun + k) / 25 for k in (0, low, len(joints) - 1))))
                parts.append(joints)
                parts.append(np.repeat(joints[-1:], 10, axis=0))
            room_m = np.concatenate(parts)
            xy_px, xyz_m = project.project(room_m, ahead, 60.0)
            poses = PoseSequence(
                np.arange(len(room_m)) / 25,
                xy_px + rng.normal(0, 1.5, xy_px.shape),
                xyz_m + rng.normal(0, 0.006, xyz_m.shape),
                np.full(room_m.shape[:2], 0.9),
                (1280, 720),
            )
            bad = [place for place, row in enumerate(own) if row["label"] == "incorrect"]
            odd, _ = find("squat", Take(poses, tuple(reps)), *bad)
            numbers = {rep.number - 1 for rep in odd}
            named += len(numbers & set(bad))
            said += len(numbers - set(bad))
            wrong, right = wrong + len(bad), right + len(own) - len(bad)
    sys.modules.pop("project", None)
    assert named / wrong > 0.85
    assert said / right < 0.06
