"""Layers that several of the arena's networks use."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from gym.counting.body_box import FEATURES


class MotionEncoder(nn.Module):
    """Embeds every tick with its neighbours: (N, T, F) to (N, T, W).

    The features and their change from the tick before to the tick after go through three convolutions
    over time, the last one wider. It stands where published counters have a video network.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                nn.Conv1d(2 * FEATURES, width, 3, padding=1),
                nn.Conv1d(width, width, 3, padding=1),
                nn.Conv1d(width, width, 3, padding=3, dilation=3),
            ]
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in self.layers)

    def forward(self, features: Tensor) -> Tensor:
        """Embed the ticks."""
        x = features.transpose(1, 2)
        change = nn.functional.pad(x[:, :, 2:] - x[:, :, :-2], (1, 1))
        x = torch.cat([x, 3 * change], dim=1)
        for number, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            new = torch.relu(norm(layer(x)))
            x = x + new if number else new
        return x.transpose(1, 2)


def measure_distances(x: Tensor) -> Tensor:
    """Return the squared distance of every tick's embedding to every other's: (N, T, W) to (N, T, T)."""
    square = x.square().sum(-1)
    return (square[:, :, None] + square[:, None] - 2 * x @ x.transpose(1, 2)).clamp(min=0)


def encode_places(ticks: int, width: int) -> Tensor:
    """Return the sinusoids that tell a transformer where a tick is: (T, W)."""
    place = torch.arange(ticks, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    return torch.stack([torch.sin(place * rate), torch.cos(place * rate)], dim=-1).flatten(1)


def make_transformer(width: int, heads: int, hidden: int, *, norm_first: bool = True) -> nn.Module:
    """Return one transformer layer over ticks."""
    return nn.TransformerEncoderLayer(
        width, heads, hidden, dropout=0.1, batch_first=True, norm_first=norm_first
    )


def make_head(width: int, outputs: int) -> nn.Module:
    """Return two layers that turn an embedding into outputs."""
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, outputs))
