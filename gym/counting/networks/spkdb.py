"""SPKDB-style: salient poses, seen by a branch for the whole body and one for its telling parts.

Exact: what was published: two branches, all joints and the head, shoulders and hands; attention for
what is far apart, convolutions for what is near; salient poses whose turns are counted.
Adapted: the salient poses are the rest and the turn of whatever repeats, so that no class is needed,
and no class can be chosen by the true count.
Ours: all sizes and the loss, of which nothing was published; an output that says whether anything
repeats at this speed; windows at several speeds.

References
----------
"SPKDB-Net: salient pose key dual-branch network for repetitive action counting", CVIU 2025.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gym.counting.networks import Reading
from gym.counting.networks.layers import MotionEncoder, encode_places, make_head, make_transformer
from gym.counting.speeds import Sight
from gym.skeleton import PENN_JOINTS

#: The telling parts: head, shoulders, hands.
_PARTS = [
    2 * place + axis
    for place, name in enumerate(PENN_JOINTS)
    if name == "head" or name.endswith(("shoulder", "wrist"))
    for axis in (0, 1)
]


class Branch(nn.Module):
    """Attention over all ticks beside a convolution over near ones, twice: (N, T, W) to the same."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.far = nn.ModuleList(make_transformer(width, 4, 2 * width) for _ in range(2))
        self.near = nn.ModuleList(nn.Conv1d(width, width, 5, padding=2, groups=4) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """Run over the ticks."""
        for far, near in zip(self.far, self.near, strict=True):
            x = far(x) + torch.relu(near(x.transpose(1, 2))).transpose(1, 2)
        return x


class SPKDB(nn.Module):
    """Finds the rest and the turn of whatever repeats."""

    sight = Sight(128)

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.encoder = MotionEncoder(width)
        self.whole, self.part = Branch(width), Branch(width)
        self.fuse = nn.Linear(2 * width, width)
        self.answer = make_head(width, 3)
        mask = torch.zeros(2 * len(PENN_JOINTS) + 1)
        mask[[*_PARTS, -1]] = 1.0
        self.register_buffer("telling", mask, persistent=False)
        self.part_encoder = MotionEncoder(width)
        self.register_buffer("places", encode_places(self.sight.ticks, width), persistent=False)

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        """Answer before their sigmoids: ``rest``, ``turn`` and ``inside``, (N, T) each."""
        whole = self.whole(self.encoder(features) + self.places)
        part = self.part(self.part_encoder(features * self.telling) + self.places)
        x = torch.relu(self.fuse(torch.cat([whole, part], dim=-1)))
        rest, turn, inside = self.answer(x).unbind(-1)
        return {"rest": rest, "turn": turn, "inside": inside}

    def read(self, answer: dict[str, Tensor]) -> Reading:
        """Tell how much each pose is rest or turn; the density is half of how fast that changes."""
        ends = torch.sigmoid(torch.stack([answer["rest"], answer["turn"]], dim=-1))
        sure = torch.sigmoid(answer["inside"])
        lean = ends[..., 1] - ends[..., 0]  # from -1 at rest to 1 at the turn: 4 a repetition
        change = nn.functional.pad((lean[:, 1:] - lean[:, :-1]).abs(), (1, 0))
        return Reading(change / 4 * sure, sure, ends)
