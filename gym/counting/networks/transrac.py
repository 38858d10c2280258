"""TransRAC-style: a density of repetitions, from how attention of three scales relates the ticks.

Exact: windows of 64 ticks; scales of 1, 4 and 8 ticks; for each scale the attention maps of 4 heads,
12 in all; a convolution of 12 to 32 channels, each row of it 2,048 numbers; sinusoidal places; one
transformer layer of 4 heads; an MLP that ends in one number a tick; the target, a bell over each
repetition with a sixth of its length as deviation; its squared error; the count, the rounded sum.
Adapted: skeletons, so `MotionEncoder` and means over 1, 4 and 8 ticks in place of a video network; a
clip is seen in several windows and at several speeds (theirs squeezes it into 64 frames).
Ours: 64 numbers an embedding and 96 after the maps, where it has 512; a second output, whether
anything repeats at this speed, which chooses the speed; a learning rate that trains from scratch.

References
----------
Hu, Dong, Zhao, Lian, Li, Gao: "TransRAC: Encoding Multi-scale Temporal Correlation with Transformers
for Repetitive Action Counting", CVPR 2022.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gym.counting.networks import Reading
from gym.counting.networks.layers import MotionEncoder, encode_places, make_transformer
from gym.counting.speeds import Sight

_SCALES = (1, 4, 8)
_HEADS = 4


class TransRAC(nn.Module):
    """Reads a density from attention maps of several scales."""

    sight = Sight(64, least=0.7)

    def __init__(self, width: int = 64, after: int = 96) -> None:
        super().__init__()
        self.encoder = MotionEncoder(width)
        self.query = nn.ModuleList(nn.Linear(width, width) for _ in _SCALES)
        self.key = nn.ModuleList(nn.Linear(width, width) for _ in _SCALES)
        self.conv = nn.Conv2d(_HEADS * len(_SCALES), 32, 3, padding=1)
        self.norm = nn.BatchNorm2d(32)
        self.enter = nn.Linear(32 * self.sight.ticks, after)
        self.enter_norm = nn.LayerNorm(after)
        self.attend = make_transformer(after, _HEADS, after, norm_first=False)
        self.answer = nn.Sequential(
            nn.Linear(after, after), nn.ReLU(), nn.Linear(after, after // 2), nn.ReLU(),
            nn.Linear(after // 2, 2),
        )  # fmt: skip
        self.register_buffer("places", encode_places(self.sight.ticks, after), persistent=False)

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        """Answer: ``density`` (N, T), and ``inside`` (N, T) before its sigmoid."""
        x = self.encoder(features)
        n, ticks, width = x.shape
        maps = []
        for scale, query, key in zip(_SCALES, self.query, self.key, strict=True):
            padded = nn.functional.pad(
                x.transpose(1, 2), ((scale - 1) // 2, scale // 2), "replicate"
            )
            wide = nn.functional.avg_pool1d(padded, scale, 1).transpose(1, 2)
            q, k = (
                part(wide).view(n, ticks, _HEADS, width // _HEADS).transpose(1, 2)
                for part in (query, key)
            )
            maps.append(torch.softmax(q @ k.transpose(2, 3) / (width // _HEADS) ** 0.5, dim=-1))
        matrix = torch.cat(maps, dim=1)
        rows = torch.relu(self.norm(self.conv(matrix))).permute(0, 2, 1, 3).flatten(2)
        rows = self.enter_norm(torch.relu(self.enter(rows)) + self.places)
        said = self.answer(self.attend(rows))
        density = nn.functional.softplus(said[..., 0] - 3)
        return {"density": density, "inside": said[..., 1], "matrix": matrix.mean(1)}

    def read(self, answer: dict[str, Tensor]) -> Reading:
        """Take the density as it is."""
        return Reading(answer["density"], torch.sigmoid(answer["inside"]))
