"""RepNet-style: the period of every tick, read from a self-similarity matrix.

Exact: windows of 64 ticks; the matrix, a softmax over each row of minus the squared distances, divided
by 13.544; a convolution of 3 by 3 to 32 channels, each row of it 2,048 numbers; two heads with a
transformer layer each (4 heads, normalised first): 32 classes of period, and whether anything repeats;
their loss; the score, the root of periodicity times confidence, and the count, the sum of 1 / period
where the score is above a half; several speeds, of which the surest counts.
Adapted: skeletons in place of pictures, so `MotionEncoder` in place of ResNet and a 3-D convolution. The
confidence is that of a period and those 15 % around it, since made repetitions do not all last alike.
Ours: 128 numbers an embedding and 64 in the heads, where it has 512 each; the embedding is normalised
and the matrix enters as multiples of its mean, so that it trains in minutes.

References
----------
Dwibedi, Aytar, Tompson, Sermanet, Zisserman: "Counting Out Time: Class Agnostic Video Repetition
Counting in the Wild", CVPR 2020.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gym.counting.networks import Reading
from gym.counting.networks.layers import (
    MotionEncoder,
    encode_places,
    make_head,
    make_transformer,
    measure_distances,
)
from gym.counting.speeds import Sight

PERIODS = 32
_TEMPERATURE = 13.544
_SURE = 0.5
_NEAR = (
    0.15  #: periods so much apart, as a share, are one answer, for no two repetitions last alike
)
_SHORTEST = 3  #: ticks; of a shorter period its authors are never sure


class RepNet(nn.Module):
    """Reads the period from the self-similarity matrix."""

    sight = Sight(64)

    def __init__(self, width: int = 128, head: int = 64) -> None:
        super().__init__()
        self.encoder = MotionEncoder(width)
        self.embed = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))
        self.conv = nn.Conv2d(1, 32, 3, padding=1)
        self.enter = nn.ModuleList(nn.Linear(32 * self.sight.ticks, head) for _ in range(2))
        self.attend = nn.ModuleList(make_transformer(head, 4, head) for _ in range(2))
        self.answer = nn.ModuleList([make_head(head, PERIODS), make_head(head, 1)])
        periods = torch.arange(1, PERIODS + 1)
        reach = (_NEAR * periods).clamp(min=1)
        near = (periods[:, None] - periods).abs() <= reach
        self.register_buffer("near", near.float().T, persistent=False)
        self.register_buffer("places", encode_places(self.sight.ticks, head), persistent=False)

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        """Answer: ``period`` (N, T, 32) and ``inside`` (N, T), both before softmax and sigmoid."""
        x = self.embed(self.encoder(features))
        matrix = torch.softmax(-measure_distances(x) / _TEMPERATURE, dim=-1)
        rows = (
            torch.relu(self.conv(self.sight.ticks * matrix[:, None])).permute(0, 2, 1, 3).flatten(2)
        )
        said = [
            answer(attend(torch.relu(enter(rows)) + self.places))
            for enter, attend, answer in zip(self.enter, self.attend, self.answer, strict=True)
        ]
        return {"period": said[0], "inside": said[1][..., 0], "matrix": matrix}

    def read(self, answer: dict[str, Tensor]) -> Reading:
        """Count one repetition in a period, where the score is above a half."""
        shares = torch.softmax(answer["period"], dim=-1)
        near = shares @ self.near
        confidence, best = near.max(dim=-1)
        periods = torch.arange(1, PERIODS + 1, device=shares.device)
        around = shares * self.near[best]
        rate = around.sum(-1) / (around * periods).sum(-1).clamp(min=1e-6)
        confidence = torch.where(best + 1 < _SHORTEST, 0.0, confidence)
        score = torch.sqrt(torch.sigmoid(answer["inside"]) * confidence)
        return Reading(torch.where(score > _SURE, rate, 0.0), score)
