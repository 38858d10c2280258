"""SSTRAC-style: a spatial and a temporal stream of transformers, a similarity matrix, a density.

Exact: what the paper's abstract and its authors' page tell: skeletons; one stream of attention between
the joints of a moment, one between moments; a similarity matrix; a density whose sum is the count.
Adapted: nothing lifts the joints to three dimensions, since boxed poses have lost their proportions.
Ours: all sizes and the loss, of which nothing was published; a second output, whether anything repeats
at this speed; windows at several speeds.

References
----------
"SSTRAC: Skeleton-Based Dual-Stream Spatio-Temporal Transformer for Repetitive Action Counting", IEEE
Access 2025.
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
from gym.skeleton import PENN_JOINTS

_J = len(PENN_JOINTS)


class SSTRAC(nn.Module):
    """Reads a density from two streams' similarity."""

    sight = Sight(64, least=0.7)

    def __init__(self, joint_width: int = 24, width: int = 64, after: int = 96) -> None:
        super().__init__()
        self.joint = nn.Linear(4, joint_width)
        self.joint_name = nn.Parameter(0.02 * torch.randn(_J, joint_width))
        self.spatial = make_transformer(joint_width, 4, 2 * joint_width)
        self.gather = nn.Linear(_J * joint_width, width)
        self.encoder = MotionEncoder(width)
        self.temporal = make_transformer(width, 4, 2 * width)
        self.warmth = nn.Parameter(torch.zeros(2))
        self.conv = nn.Sequential(
            nn.Conv2d(2, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 24, 3, stride=(1, 2), padding=1), nn.BatchNorm2d(24), nn.ReLU(),
        )  # fmt: skip
        self.enter = nn.Linear(24 * self.sight.ticks // 2, after)
        self.attend = make_transformer(after, 4, 2 * after)
        self.answer = make_head(after, 2)
        self.register_buffer("places", encode_places(self.sight.ticks, after), persistent=False)
        self.register_buffer("moments", encode_places(self.sight.ticks, width), persistent=False)

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        """Answer: ``density`` (N, T), and ``inside`` (N, T) before its sigmoid."""
        n, ticks = features.shape[:2]
        joints = features[..., : 2 * _J].reshape(n, ticks, _J, 2)
        change = nn.functional.pad(joints[:, 2:] - joints[:, :-2], (0, 0, 0, 0, 1, 1))
        tokens = self.joint(torch.cat([joints, 3 * change], dim=-1)) + self.joint_name
        tokens = self.spatial(tokens.flatten(0, 1)).view(n, ticks, -1)
        streams = (self.gather(tokens), self.temporal(self.encoder(features) + self.moments))
        maps = []
        for stream, warmth in zip(streams, self.warmth, strict=True):
            away = measure_distances(stream)
            maps.append(
                torch.exp(
                    -torch.exp(warmth) * away / away.mean((1, 2), keepdim=True).clamp(min=1e-3)
                )
            )
        matrix = torch.stack(maps, dim=1)
        rows = self.conv(matrix).permute(0, 2, 1, 3).flatten(2)
        said = self.answer(self.attend(torch.relu(self.enter(rows)) + self.places))
        density = nn.functional.softplus(said[..., 0] - 3)
        return {"density": density, "inside": said[..., 1], "matrix": matrix.mean(1)}

    def read(self, answer: dict[str, Tensor]) -> Reading:
        """Take the density as it is."""
        return Reading(answer["density"], torch.sigmoid(answer["inside"]))
