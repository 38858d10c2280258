"""A recording compared with itself: reps are alike, rest and turn are not."""

from __future__ import annotations

import numpy as np

from gym.counting.likeness import LONGEST_S, MOST_MOMENTS, compare_moments
from gym.schema import PoseSequence
from tests.motions import do
from tests.synthetic import Tempo


def test_the_turns_of_all_reps_are_alike_and_unlike_the_rests():
    take = do("squat", reps=4, tempo=Tempo(rest_s=1.0), fps=30.0)
    time_s, likeness = compare_moments(take.poses)
    assert likeness.shape == (len(time_s), len(time_s))
    np.testing.assert_allclose(likeness, likeness.T, atol=1e-6)
    np.testing.assert_allclose(np.diag(likeness), 1.0, atol=1e-3)
    assert likeness.min() == 0.0
    turns = np.searchsorted(time_s, [rep.bottom_s for rep in take.full])
    rests = np.searchsorted(time_s, [rep.end_s + 0.5 for rep in take.full[:-1]])
    assert likeness[np.ix_(turns, turns)].min() > 0.7
    assert likeness[np.ix_(turns, rests)].max() < 0.5


def test_a_long_recording_has_as_many_cells_as_a_screen_can_show():
    take = do("squat", reps=12, tempo=Tempo(down_s=2.0, up_s=2.0), fps=30.0)
    assert take.poses.time_s[-1] > LONGEST_S
    time_s, _ = compare_moments(take.poses)
    assert len(time_s) <= MOST_MOMENTS


def test_where_nobody_is_seen_is_nothing_to_compare():
    poses = do("squat", reps=3, fps=30.0).poses
    pose = [poses[index] for index in range(len(poses))]
    unseen = type(pose[0]).unseen
    away = [unseen(one.time_s) if 2 < one.time_s < 5 else one for one in pose]
    time_s, likeness = compare_moments(PoseSequence.collect(away, poses.image_size))
    gone = (time_s > 2.5) & (time_s < 4.5)
    assert gone.any()
    assert np.isnan(likeness[gone]).all()
    assert np.isnan(likeness[:, gone]).all()
    assert np.isfinite(likeness[~gone][0]).any()
    nobody = PoseSequence.collect([unseen(one.time_s) for one in pose], poses.image_size)
    assert compare_moments(nobody)[1].shape == (0, 0)
