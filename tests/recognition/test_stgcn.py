"""The graph by hand, the input's normalisation, and a network that can learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gym.recognition.stgcn import (
    BONES,
    CHANNELS,
    STGCN,
    StgcnConfig,
    count_parameters,
    hop_distance,
    partition_neighbours,
    to_input,
)
from gym.skeleton import PENN_JOINTS, PENN_MIRROR, mirrored

SMALL = StgcnConfig("app", ("squat", "push_up", "other"), widths=(8, 8, 16, 16))


def body(frames: int = 64) -> np.ndarray:
    """A window (1, T, 13, 2) of an upright body that moves a little."""
    rng = np.random.default_rng(0)
    stance = rng.normal(0, 60, (13, 2)) + 300
    return (stance + rng.normal(0, 2, (1, frames, 13, 2))).astype(np.float32)


def test_partition_of_a_path_is_as_worked_out_by_hand():
    # a - b - c - d, centre b: distances 1, 0, 1, 2
    joints, bones = ("a", "b", "c", "d"), (("a", "b"), ("b", "c"), ("c", "d"))
    same, closer, further = partition_neighbours(joints, bones, ("b",))
    assert np.array_equal(np.diag(same), np.float32([1 / 2, 1 / 3, 1 / 3, 1 / 2]))
    assert np.count_nonzero(same) == 4  # no two neighbours are equally far: only the joint itself
    # [v, w]: what w takes from v. a and c take from the closer b, d from the closer c.
    assert closer[1, 0] == pytest.approx(1 / 2)
    assert closer[1, 2] == pytest.approx(1 / 3)
    assert closer[2, 3] == pytest.approx(1 / 2)
    assert np.count_nonzero(closer) == 3
    # b takes from the further a and c, c from the further d.
    assert further[0, 1] == pytest.approx(1 / 3)
    assert further[2, 1] == pytest.approx(1 / 3)
    assert further[3, 2] == pytest.approx(1 / 3)
    assert np.count_nonzero(further) == 3


def test_hops_are_counted_over_the_shortest_way():
    hops = hop_distance(("a", "b", "c"), (("a", "b"), ("b", "c"), ("a", "c")))
    assert hops[0, 2] == 1
    assert np.array_equal(hops, hops.T)


@pytest.mark.parametrize("centre", [("left_hip",), ("left_hip", "right_hip")])
def test_each_joint_takes_one_in_all(centre):
    groups = partition_neighbours(PENN_JOINTS, BONES, centre)
    assert groups.shape == (3, 13, 13)
    assert np.allclose(groups.sum(axis=(0, 1)), 1)
    # Every bone and every joint itself lies in exactly one group.
    assert np.count_nonzero(groups) == 2 * len(BONES) + 13


def test_only_the_mid_hip_makes_the_partition_mirror_symmetric():
    def asymmetry(centre):
        groups = partition_neighbours(PENN_JOINTS, BONES, centre)
        return np.abs(groups - groups[:, PENN_MIRROR][:, :, PENN_MIRROR]).max()

    assert asymmetry(("left_hip", "right_hip")) == 0
    assert asymmetry(("left_hip",)) > 0


def test_mirror_swaps_names():
    assert [PENN_JOINTS[i] for i in PENN_MIRROR] == [mirrored(name) for name in PENN_JOINTS]


def test_input_ignores_place_and_size_but_not_gravity():
    window = body()
    plain = to_input(window)
    assert torch.allclose(plain, to_input(3.7 * window + np.float32([500, -80])), atol=1e-4)
    turned = window[..., ::-1].copy()
    assert not torch.allclose(plain, to_input(turned), atol=0.1)


def test_unseen_joints_become_zeros_that_say_so():
    window = body()
    window[:, 10:20, 3] = np.nan
    x = to_input(window)
    assert torch.isfinite(x).all()
    assert (x[0, :, 10:20, 3] == 0).all()
    seen = CHANNELS.index("seen")
    assert x[0, seen].sum() == 64 * 13 - 10
    # A motion needs both of its frames, a bone both of its ends (the wrist hangs on the elbow).
    assert x[0, CHANNELS.index("motion_x"), 9, 3] == 0
    assert x[0, CHANNELS.index("bone_x"), 12, PENN_JOINTS.index("left_wrist")] == 0


def test_nobody_at_all_is_finite():
    x = to_input(np.full((1, 64, 13, 2), np.nan, dtype=np.float32))
    assert (x == 0).all()
    assert torch.isfinite(STGCN(SMALL).eval()(x)).all()


def test_input_of_another_skeleton_is_refused():
    with pytest.raises(ValueError, match=r"expected shape \(N, T, 13, 2\), got \(1, 64, 33, 2\)"):
        to_input(np.zeros((1, 64, 33, 2)))


def test_empty_frames_do_not_dilute_the_answer():
    network = STGCN(SMALL).eval()
    with torch.inference_mode():
        network.normalise.running_var += 1  # not the identity
        full = to_input(body())
        padded = full.clone()
        padded[:, :, :32] = 0
        shown = network(padded) - network.classify.bias
        assert shown.norm() > 0.5 * (network(full) - network.classify.bias).norm()


def test_network_is_small_and_scores_every_label():
    network = STGCN(StgcnConfig("app", tuple("abcdefghijk"))).eval()
    assert network(torch.zeros(2, len(CHANNELS), 64, 13)).shape == (2, 11)
    assert 100_000 < count_parameters(network) < 3_000_000


def test_edges_are_learnable():
    network = STGCN(SMALL)
    network(to_input(body())).sum().backward()
    for block in network.blocks:
        used = block.adjacency > 0
        assert block.importance.grad[used].abs().sum() > 0
        assert block.importance.grad[~used].abs().sum() == 0


def test_config_survives_its_card():
    assert StgcnConfig.from_dict(SMALL.to_dict()) == SMALL
    with pytest.raises(ValueError, match="expected the settings"):
        StgcnConfig.from_dict({"name": "app"})
