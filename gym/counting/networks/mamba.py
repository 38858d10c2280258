"""MSF-Mamba-style: selective state spaces in both directions, over the motion of several scales.

Exact: the selective scan of Mamba (S6: the step, the way in and the way out depend on the input); two
directions; motion as the difference of the frames after and before, at several distances, weighed by
what is seen.
Adapted: it never counted repetitions, whatever was said of it: it recognised small gestures in colour
video. Here it looks at skeletons and answers with a density.
Ours: all sizes; the density and the output that says whether anything repeats at this speed.
The scan is plain PyTorch: a linear recurrence, solved in stretches side by side.

References
----------
"MSF-Mamba: Motion-aware State Fusion Mamba for Efficient Micro-Gesture Recognition", 2026.
Gu, Dao: "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", 2023.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gym.counting.networks import Reading
from gym.counting.networks.layers import MotionEncoder, make_head
from gym.counting.speeds import Sight

_STRETCH = 8  #: ticks that a scan takes one after the other
_REACHES = (1, 3, 9)  #: ticks before and after that motion is measured over


def scan(keep: Tensor, new: Tensor) -> Tensor:
    """Solve state[t] = keep[t] * state[t - 1] + new[t] along the second axis, from a state of 0.

    All stretches of `_STRETCH` ticks run side by side; then each is told where the one before ended.
    Shapes (N, T, W, S), T a multiple of `_STRETCH`.
    """
    n, ticks, *rest = new.shape
    keep, new = (x.view(n, ticks // _STRETCH, _STRETCH, *rest) for x in (keep, new))
    states, kept = [new[:, :, 0]], [keep[:, :, 0]]
    for tick in range(1, _STRETCH):
        states.append(keep[:, :, tick] * states[-1] + new[:, :, tick])
        kept.append(keep[:, :, tick] * kept[-1])
    carried = [torch.zeros_like(states[0][:, 0])]
    for stretch in range(ticks // _STRETCH - 1):
        carried.append(kept[-1][:, stretch] * carried[-1] + states[-1][:, stretch])
    ahead = torch.stack(carried, dim=1)[:, :, None]
    state = torch.stack(states, dim=2) + torch.stack(kept, dim=2) * ahead
    return state.view(n, ticks, *rest)


class SelectiveScan(nn.Module):
    """A selective state space over ticks: (N, T, W) to the same."""

    def __init__(self, width: int, states: int) -> None:
        super().__init__()
        self.select = nn.Linear(width, 2 * states + 1)
        self.step = nn.Linear(1, width)
        self.decay = nn.Parameter(torch.log(torch.arange(1, states + 1).float()).repeat(width, 1))
        self.past = nn.Parameter(torch.ones(width))
        self.states = states
        nn.init.uniform_(self.step.bias, -4.6, -2.2)  # steps of a hundredth to a tenth

    def forward(self, x: Tensor) -> Tensor:
        """Run over the ticks."""
        step, way_in, way_out = self.select(x).split([1, self.states, self.states], dim=-1)
        step = nn.functional.softplus(self.step(step))[..., None]  # (N, T, W, 1)
        keep = torch.exp(-step * torch.exp(self.decay))  # (N, T, W, S)
        state = scan(keep, step * way_in[:, :, None] * x[..., None])
        return (state * way_out[:, :, None]).sum(-1) + self.past * x


class MotionBlock(nn.Module):
    """Fuses motion of several scales into the ticks, then runs over them in both directions."""

    def __init__(self, width: int, states: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.weigh = nn.Linear(width, len(_REACHES))
        self.enter = nn.Linear(width, 2 * width)
        self.near = nn.Conv1d(width, width, 3, padding=1, groups=width)
        self.ways = nn.ModuleList(SelectiveScan(width, states) for _ in range(2))
        self.leave = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Run over the ticks: (N, T, W) to the same."""
        calm = self.norm(x)
        weights = torch.softmax(self.weigh(calm), dim=-1)
        padded = nn.functional.pad(calm.transpose(1, 2), (_REACHES[-1], _REACHES[-1]), "replicate")
        padded = padded.transpose(1, 2)
        for number, reach in enumerate(_REACHES):
            middle, ticks = _REACHES[-1], x.shape[1]
            after = padded[:, middle + reach : middle + reach + ticks]
            before = padded[:, middle - reach : middle - reach + ticks]
            calm = calm + weights[..., number, None] * (after - before)
        inner, gate = self.enter(calm).chunk(2, dim=-1)
        inner = nn.functional.silu(self.near(inner.transpose(1, 2)).transpose(1, 2))
        ahead, back = self.ways
        run = ahead(inner) + back(inner.flip(1)).flip(1)
        return x + self.leave(run * nn.functional.silu(gate))


class MotionMamba(nn.Module):
    """Reads a density from state spaces that run over the ticks."""

    sight = Sight(128, least=0.7)

    def __init__(self, width: int = 56, states: int = 6, blocks: int = 3) -> None:
        super().__init__()
        self.encoder = MotionEncoder(width)
        self.blocks = nn.ModuleList(MotionBlock(width, states) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.answer = make_head(width, 2)

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        """Answer: ``density`` (N, T), and ``inside`` (N, T) before its sigmoid."""
        x = self.encoder(features)
        for block in self.blocks:
            x = block(x)
        said = self.answer(self.norm(x))
        return {"density": nn.functional.softplus(said[..., 0] - 3), "inside": said[..., 1]}

    def read(self, answer: dict[str, Tensor]) -> Reading:
        """Take the density as it is."""
        return Reading(answer["density"], torch.sigmoid(answer["inside"]))
