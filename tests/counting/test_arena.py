"""The arena's counters, with the weights that ship: exact at three tempos, 0 where nothing repeats."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from gym.__main__ import main
from gym.counting import COUNTERS, choose_members, count_reps
from gym.counting.arena import ARENA
from gym.exercises import EXERCISES
from gym.posefiles import write_poses
from gym.schema import PoseSequence, RepCount, RepKind
from tests.figure import LYING, STANDING, WALL_SIT
from tests.motions import do
from tests.synthetic import (
    Camera,
    Take,
    Tempo,
    add_noise,
    film,
    get_down,
    go_through,
    hold,
    squat,
)  # fmt: skip

ROOT = Path(__file__).parents[2]
counters = pytest.mark.parametrize("counter", ARENA)
#: A rep of 1.2 s, 2.2 s and 4.4 s.
TEMPOS = {
    "fast": Tempo(down_s=0.5, hold_s=0.1, up_s=0.5, rest_s=0.1),
    "usual": Tempo(),
    "slow": Tempo(down_s=2.0, hold_s=0.2, up_s=1.8, rest_s=0.4),
}
#: What nobody would count: standing, sitting down against a wall, getting down to lie.
NOTHING = {
    "standing": [hold(STANDING, 8.0)],
    "sitting down": [
        hold(STANDING, 2.0), *go_through(STANDING, WALL_SIT, step_s=1.2), hold(WALL_SIT, 4.0)
    ],
    "lying down": [hold(STANDING, 2.0), *get_down(), hold(LYING, 3.0)],
}  # fmt: skip


def count(counter: str, poses: PoseSequence) -> RepCount:
    """Count as if recorded, the exercise not told."""
    return count_reps(poses, None, counter)


@counters
@pytest.mark.parametrize("tempo", TEMPOS)
def test_reps_at_three_tempos_are_counted_exactly(counter: str, tempo: str) -> None:
    exercise = "push_up" if counter == "poserac" else "bicep_curl"
    take = do(exercise, reps=6, tempo=TEMPOS[tempo], fps=30.0)
    found = count(counter, take.poses)
    assert found.count == 6
    assert_times_are_in_order(found, take)


def assert_times_are_in_order(found: RepCount, take: Take) -> None:
    """Require reps one after the other, each turning once between its ends, near a true rep."""
    full = [rep for rep in found.reps if rep.kind is RepKind.FULL]
    assert all(rep.start_s <= rep.bottom_s <= rep.end_s for rep in full)
    assert all(one.end_s <= other.start_s for one, other in pairwise(full))
    assert full[0].end_s > take.full[0].start_s
    assert full[-1].start_s < take.full[-1].end_s
    assert len(found.evidence) == len(found.reps)
    assert np.nanmax(found.phase) > 0.9


@counters
@pytest.mark.parametrize("script", NOTHING)
def test_nothing_is_counted_where_nothing_repeats(counter: str, script: str) -> None:
    poses = film(NOTHING[script], Camera(yaw_deg=60)).poses
    # Its trigger counts a squat's pose as soon as it is reached, and a wall sit looks like one.
    fooled = counter == "poserac" and script == "sitting down"
    assert count(counter, add_noise(poses, 0.01, seed=0)).count <= fooled


@counters
def test_nobody_in_view_is_no_error(counter: str) -> None:
    nobody = film([hold(STANDING, 1.0)]).poses
    hidden = PoseSequence(
        nobody.time_s,
        np.full_like(nobody.xy_px, np.nan),
        np.full_like(nobody.xyz_m, np.nan),
        np.zeros_like(nobody.visibility),
        nobody.image_size,
    )
    found = count(counter, hidden)
    assert found.count == 0
    assert np.isnan(found.phase).all()


def test_they_have_no_vote_and_need_no_network_until_asked() -> None:
    assert not set(ARENA) & set(COUNTERS)
    assert not set(ARENA.values()) & set(choose_members(EXERCISES["squat"]))
    assert not any(kind.causal for kind in ARENA.values())
    script = "import sys; import gym.counting; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_poserac_counts_only_what_it_was_taught() -> None:
    assert ARENA["poserac"].counts(EXERCISES["squat"])
    assert not ARENA["poserac"].counts(EXERCISES["deadlift"])
    assert ARENA["repnet"].counts(EXERCISES["deadlift"])


def test_the_command_line_counts_with_one_when_asked(tmp_path: Path, capsys) -> None:
    rest = hold(STANDING, 1.0)
    path = tmp_path / "poses.npz"
    write_poses(film([rest, *[squat()] * 5, rest], Camera(yaw_deg=60)).poses, path)
    options = ["count", str(path), "--exercise=squat", "--json=-"]
    assert main([*options, "--counter=repnet"]) == 0
    asked = json.loads(capsys.readouterr().out)
    assert asked["counts"]["repnet"] == 5
    assert asked["versions"]["repnet"] == ARENA["repnet"].version()
    assert main(options) == 0
    usual = json.loads(capsys.readouterr().out)
    assert set(usual["counts"]) == set(COUNTERS)
    assert {name: asked["counts"][name] for name in COUNTERS} == usual["counts"]
