"""Made repetitions: what they are made of, and that what is said of them is true."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gym.skeleton import to_penn
from gym.training.counters.cycle_pool import (
    SAMPLES,
    CyclePool,
    cut_cycles,
    gather_pool,
    measure_body,
)
from gym.training.counters.made_repetitions import LEAST_TICKS, RepetitionMaker
from gym.training.made_movements import make_movements
from tests.motions import do

TICKS = 64


@pytest.fixture(scope="module")
def pool() -> CyclePool:
    """Cycles and other movement of some made motions."""
    return gather_pool(make_movements(60, seed=0, labels=()))


def test_a_recording_is_cut_into_its_repetitions() -> None:
    poses = do("squat", reps=5, fps=30.0).poses
    body = measure_body(to_penn(poses.xy_px.astype(float)))
    cycles = cut_cycles(body)
    assert cycles.shape == (5, SAMPLES, 13, 2)
    knee = 9
    bend = np.linalg.norm(cycles[:, :, knee] - cycles[:, :1, knee], axis=-1)
    assert (np.abs(bend.argmax(axis=1) - SAMPLES // 2) <= 4).all()  # the turn is in the middle
    steps = np.linalg.norm(np.diff(cycles, axis=1, append=cycles[:, :1]), axis=-1).max(axis=2)
    assert (steps[:, -1] <= 1.5 * steps.max(axis=1)).all()  # the end meets the beginning


def test_a_pool_knows_whose_cycles_are_whose(pool: CyclePool) -> None:
    assert pool.family_size.sum() == len(pool.cycles)
    assert (pool.family_start == np.cumsum(pool.family_size) - pool.family_size).all()
    assert pool.family_weight.sum() == pytest.approx(1.0)
    assert np.isfinite(pool.cycles.astype(float)).all()
    assert np.isfinite(pool.others.astype(float)).all()
    again = CyclePool.from_arrays(pool.to_arrays("train"), "train")
    assert np.array_equal(again.cycles, pool.cycles)


def test_the_same_seed_makes_the_same_windows_and_another_does_not(pool: CyclePool) -> None:
    one, same, other = (RepetitionMaker(pool, TICKS, seed).make(8).features for seed in (3, 3, 4))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_what_is_said_of_the_windows_agrees(pool: CyclePool) -> None:
    made = RepetitionMaker(pool, TICKS, 0).make(400)
    assert made.features.shape == (400, TICKS, 27)
    assert torch.isfinite(made.features).all()
    assert float(made.features[..., :26].abs().max()) < 1.0
    inside = made.inside > 0
    assert torch.allclose(made.density[inside] * made.period[inside], torch.ones(1))
    assert all(
        float(one[~inside].abs().max()) == 0 for one in (made.density, made.period, made.phase)
    )
    # Within a repetition the phase goes on by one part of its length each tick.
    step = made.phase[:, 1:] - made.phase[:, :-1]
    goes_on = inside[:, 1:] & inside[:, :-1] & (step > 0)
    assert torch.allclose(step[goes_on], 1 / made.period[:, 1:][goes_on], atol=1e-3)
    # Both densities hold the same repetitions, but where the window cuts one.
    apart = (made.density.sum(1) - made.peaks.sum(1)).abs()
    assert float(apart.max()) < 1.1
    assert float(apart.median()) < 0.05
    lengths = made.period[inside]
    assert float(lengths.min()) > LEAST_TICKS / 2
    assert float(lengths.max()) < TICKS


def test_a_fair_share_holds_nothing_and_some_hold_many(pool: CyclePool) -> None:
    reps = RepetitionMaker(pool, TICKS, 1).make(600).density.sum(1)
    assert 0.2 < float((reps == 0).float().mean()) < 0.45  # without, too slow or too fast
    assert float(reps.max()) > 10


def test_the_body_moves_most_between_rest_and_turn(pool: CyclePool) -> None:
    """The truth is about the picture: at the turn the body is farther from rest than beside it."""
    made = RepetitionMaker(pool, TICKS, 2).make(400)
    away = []
    for features, phase, inside in zip(made.features, made.phase, made.inside, strict=True):
        rest = features[(inside > 0) & ((phase < 0.08) | (phase > 0.92)), :26]
        turn = features[(inside > 0) & ((phase - 0.5).abs() < 0.08), :26]
        if len(rest) > 3 and len(turn) > 3:
            between = float((rest.mean(0) - turn.mean(0)).norm())
            away.append(between > float((rest - rest.mean(0)).norm(dim=1).mean()))
    assert len(away) > 100
    assert np.mean(away) > 0.7
