"""The arena's networks are trained, chosen, written and used, each on a little made data."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gym.__main__ import main
from gym.counting.body_box import box_body
from gym.counting.networks import NETWORKS, build_network
from gym.counting.networks.shipped import answer_windows, load_network, shipped_network
from gym.counting.speeds import read_reps
from gym.counting.triggers import SALIENT_CLASSES
from gym.errors import LabelsError, WeightsError
from gym.skeleton import to_penn
from gym.training.counters.arena import measure_loss, train_counter
from gym.training.counters.arena_card import write_arena_card
from gym.training.counters.arena_data import ArenaData, CountedClip, read_arena_data, write_bundle
from gym.training.counters.counted_score import CountedScore
from gym.training.counters.cycle_pool import gather_pool, measure_body
from gym.training.counters.made_repetitions import RepetitionMaker
from gym.training.counters.salient_poses import SalientPoses
from gym.training.counters.trained import score_reps
from gym.training.loop import fit_network
from gym.training.made_movements import make_movements
from tests.motions import do

names = pytest.mark.parametrize("name", NETWORKS)


@pytest.fixture(scope="module")
def data() -> ArenaData:
    """Two pools of made motions, two counted clips, and salient poses of two exercises."""
    pools = {
        split: gather_pool(make_movements(30, seed=seed, labels=()))
        for seed, split in enumerate(("train", "val"))
    }
    clips = []
    for reps in (2, 3):
        _, boxed, seen = box_body(do("squat", reps=reps).poses)
        clips.append(CountedClip(f"squat{reps}", "squat", reps, boxed.astype(np.float16), seen))
    joints, label, first = [], [], []
    for exercise in ("squat", "push_up"):
        poses = do(exercise, reps=2).poses
        body = measure_body(to_penn(poses.xy_px.astype(float)))
        for end, place in ((True, 0), (False, len(body) // 2)):
            joints += [body[place]] * 4
            label += [SALIENT_CLASSES.index(exercise)] * 4
            first += [end] * 4
    val = np.arange(len(label)) % 4 == 0
    poses = SalientPoses(np.array(joints, dtype=np.float16), np.array(label), np.array(first), val)
    return ArenaData(pools, tuple(clips), poses)


@names
def test_a_training_ends_with_weights_and_a_card_that_can_be_used(
    name: str, data: ArenaData, tmp_path: Path
) -> None:
    train_counter(name, data, tmp_path / "runs", steps=1, batch=4, val_windows=4)
    card = write_arena_card(name, tmp_path / "runs", data.clips, tmp_path)
    network, read = load_network(tmp_path / f"{name}.pt")
    assert read == json.loads(json.dumps(card))
    assert card["validation_by_seed"] == {"0": card["training"]["best_score"]}
    assert {"nmae", "obo", "exact"} == set(card["counted"]) < set(card["validation"])
    assert not network.training
    page = (tmp_path / f"{name}.md").read_text(encoding="utf-8")
    assert all(word in page for word in ("Exact:", "Ours:", "batches: 1 of", "licence"))


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "poserac"])
def test_its_loss_falls_on_a_batch_that_it_sees_again_and_again(name: str, data: ArenaData) -> None:
    torch.manual_seed(0)
    network = build_network(name)
    batch = RepetitionMaker(data.pools["train"], network.sight.ticks, 0).make(2)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(5):
        loss = measure_loss(name, network, batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert all(weight.grad is not None for weight in network.parameters())
    assert losses[-1] < 0.95 * losses[0]


def test_the_same_seed_trains_the_same_network(data: ArenaData, tmp_path: Path) -> None:
    raw = [
        train_counter(
            "poserac", data, tmp_path / str(k), steps=2, batch=8, val_windows=8
        ).read_bytes()
        for k in range(2)
    ]
    assert raw[0] == raw[1]


def test_counted_clips_are_counted_as_the_counter_would(data: ArenaData) -> None:
    network, _ = shipped_network("repnet")
    found = CountedScore(data.clips, network.sight, "cpu").count(network)
    alone = [
        len(
            read_reps(answer_windows(network), c.boxed.astype(np.float32), c.seen, network.sight)[0]
        )
        for c in data.clips
    ]
    assert found.tolist() == alone


def test_of_several_seeds_the_best_by_validation_ships(data: ArenaData, tmp_path: Path) -> None:
    for seed in (0, 1, 2):
        path = train_counter(
            "poserac", data, tmp_path, seed=seed, steps=1, batch=4, val_windows=4
        ).with_suffix(".json")
        record = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(record | {"best_score": abs(seed - 1.1)}), encoding="utf-8")
    card = write_arena_card("poserac", tmp_path, out=tmp_path)
    assert card["training"]["seed"] == 1
    shipped = (tmp_path / "poserac.pt").read_bytes()
    assert shipped == (tmp_path / "poserac-seed1.pt").read_bytes()


def test_scores_of_counts() -> None:
    scores = score_reps(np.array([4, 6, 0]), np.array([4, 5, 2]))
    assert scores == pytest.approx({"nmae": (0.2 + 1.0) / 3, "obo": 2 / 3, "exact": 1 / 3})


def test_all_of_it_fits_one_file(data: ArenaData, tmp_path: Path) -> None:
    write_bundle(data, tmp_path / "arena.npz")
    again = read_arena_data(tmp_path / "arena.npz")
    assert [(c.id, c.exercise, c.reps) for c in again.clips] == [
        (c.id, c.exercise, c.reps) for c in data.clips
    ]
    assert all(
        np.array_equal(a.boxed, b.boxed) for a, b in zip(again.clips, data.clips, strict=True)
    )
    assert np.array_equal(again.pools["val"].others, data.pools["val"].others)
    assert np.array_equal(again.salient.first, data.salient.first)


def test_what_is_missing_is_told(data: ArenaData, tmp_path: Path, capsys) -> None:
    with pytest.raises(LabelsError, match="salient"):
        train_counter("poserac", replace(data, salient=None), tmp_path, steps=1)
    with pytest.raises(WeightsError, match="No trained network"):
        write_arena_card("repnet", tmp_path, out=tmp_path)
    options = [f"--data={tmp_path}", f"--out={tmp_path / 'out'}"]
    assert main(["train", "counter", "repnet", *options]) == 1
    assert "Point --data at" in capsys.readouterr().err
    assert main(["train", "counter", *options]) == 1
    assert "train counter NAME" in capsys.readouterr().err


def test_the_command_line_trains_one(data: ArenaData, tmp_path: Path, capsys) -> None:
    write_bundle(data, tmp_path / "arena.npz")
    options = [f"--data={tmp_path / 'arena.npz'}", f"--out={tmp_path}", "--steps=2", "--seed=5"]
    assert main(["train", "counter", "poserac", *options]) == 0
    assert {"poserac.pt", "poserac.json", "poserac.md", "poserac-seed5.pt"} <= {
        path.name for path in tmp_path.iterdir()
    }


def test_a_training_by_the_clock_ends_on_time_with_its_best_state() -> None:
    torch.manual_seed(0)
    network = torch.nn.Linear(3, 1)

    def measure(one: torch.nn.Module) -> torch.Tensor:
        return (one(torch.ones(4, 3)) - 2).square().mean()

    looked = []

    def score(one: torch.nn.Module) -> float:
        looked.append(float(measure(one).detach()))
        return looked[-1]

    begun_s = time.monotonic()
    network, curve = fit_network(
        network, measure, score, steps=10**9, minutes=0.01, clip=1.0, memory=0.9,
        lower_is_better=True, peak_rate=0.1,
    )  # fmt: skip
    assert 0.6 <= time.monotonic() - begun_s < 30
    assert 1 <= len(curve) <= 12
    assert curve[-1]["step"] > 12
    assert min(looked) == float((network(torch.ones(4, 3)) - 2).square().mean())
    assert looked[-1] < looked[0]
