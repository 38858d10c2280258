"""The arena's networks: what their files promise, and the pieces that are computed in a clever way."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import torch

from gym.cards import MODELS
from gym.counting.body_box import FEATURES
from gym.counting.networks import NETWORKS, build_network
from gym.counting.networks.mamba import scan
from gym.counting.networks.repnet import PERIODS, RepNet
from gym.counting.networks.shipped import load_network, shipped_network
from gym.errors import WeightsError

names = pytest.mark.parametrize("name", NETWORKS)


@names
def test_its_file_says_what_is_exact_adapted_and_ours(name: str) -> None:
    told = importlib.import_module(f"gym.counting.networks.{name}").__doc__
    assert all(f"\n{word}: " in told for word in ("Exact", "Adapted", "Ours"))
    assert "References" in told


@names
def test_the_shipped_weights_are_small_and_their_card_is_about_them(name: str) -> None:
    network, card = shipped_network(name)
    assert (MODELS / f"{name}.pt").stat().st_size <= 1_000_000
    assert card["parameters"] == sum(weight.numel() for weight in network.parameters())
    page = (MODELS / f"{name}.md").read_text(encoding="utf-8")
    assert "Ours:" in page
    assert card["sha256"] in page


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "poserac"])
def test_a_window_is_answered_whatever_stands_beside_it(name: str) -> None:
    torch.manual_seed(0)
    network = build_network(name).eval()
    windows = torch.rand(3, network.sight.ticks, FEATURES) - 0.5
    with torch.inference_mode():
        together, alone = network.read(network(windows)), network.read(network(windows[1:2]))
    assert together.density.shape == together.sure.shape == (3, network.sight.ticks)
    assert float(together.density.min()) >= 0
    assert 0 <= float(together.sure.min()) <= float(together.sure.max()) <= 1
    assert torch.allclose(together.density[1], alone.density[0], atol=1e-5)


def test_an_unknown_network_and_damaged_weights_are_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match="repnet"):
        build_network("nothing")
    for suffix in (".pt", ".json"):
        (tmp_path / f"repnet{suffix}").write_bytes((MODELS / f"repnet{suffix}").read_bytes())
    with (tmp_path / "repnet.pt").open("ab") as file:
        file.write(b"x")
    with pytest.raises(WeightsError, match="sha256"):
        load_network(tmp_path / "repnet.pt")


def test_the_scan_in_stretches_is_the_recurrence() -> None:
    draws = torch.Generator().manual_seed(0)
    keep, new = (torch.rand(2, 48, 3, 2, generator=draws) for _ in range(2))
    state, states = torch.zeros(2, 3, 2), []
    for tick in range(48):
        state = keep[:, tick] * state + new[:, tick]
        states.append(state)
    assert torch.allclose(scan(keep, new), torch.stack(states, dim=1), atol=1e-6)


def test_repnet_counts_one_in_a_period_where_its_score_is_above_a_half() -> None:
    network = RepNet()
    period = torch.full((1, network.sight.ticks, PERIODS), -20.0)
    period[:, :, 7] = 20.0  # eight ticks
    inside = torch.where(torch.arange(network.sight.ticks) < 32, 20.0, -20.0)[None]
    reading = network.read({"period": period, "inside": inside})
    assert float(reading.density.sum()) == pytest.approx(4.0, abs=1e-3)
    period[:, :, 7], period[:, :, 1] = -20.0, 20.0  # two ticks: too short to be sure of
    assert float(network.read({"period": period, "inside": inside}).density.sum()) == 0.0


def test_mamba_hears_both_directions() -> None:
    torch.manual_seed(0)
    network = build_network("mamba").eval()
    windows = torch.rand(1, network.sight.ticks, FEATURES) - 0.5
    changed = windows.clone()
    changed[:, 64] += 0.5
    with torch.inference_mode():
        away = (network(changed)["density"] - network(windows)["density"]).abs()[0].numpy()
    assert np.all(away[[40, 88]] > 0)  # a change in the middle is felt far before it and far after
