"""The network that recognises the exercise: a complete spatial-temporal graph convolutional network.

Written from Yan, Xiong and Lin, "Spatial Temporal Graph Convolutional Networks for Skeleton-Based
Action Recognition", AAAI 2018 (arXiv:1801.07455), with its letters: ``N`` windows in a batch,
``C`` channels, ``T`` frames, ``V`` joints, ``K`` groups of neighbours.

A skeleton is a graph. In every block, each joint first combines the values of its neighbours, with
separate weights for those at the same distance from the centre of the body, closer to it and further
away; then each joint combines its own values over time.

    to_input      (N, T, V, 2) pixels -> (N, C, T, V)      the input normalisation
    Block x 4     graph convolution -> temporal convolution, with a residual
    STGCN         four blocks -> pooling over time and joints -> one score for each label
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn

from gym.skeleton import PENN_HIPS, PENN_JOINTS, SIDES

#: The 13-joint skeleton's bones, each from the joint nearer to the hips.
BONES: tuple[tuple[str, str], ...] = (
    ("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"),
    ("left_shoulder", "head"), ("right_shoulder", "head"),
    *((f"{side}_{a}", f"{side}_{b}")
      for side in SIDES
      for a, b in (("hip", "shoulder"), ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"),
                   ("knee", "ankle"))),
)  # fmt: skip

_INDEX = {name: i for i, name in enumerate(PENN_JOINTS)}

#: Each joint's parent, for the bone channels (the left hip is its own parent).
_PARENT = np.arange(len(PENN_JOINTS))
for _a, _b in BONES:
    _PARENT[_INDEX[_b]] = _INDEX[_a]

CHANNELS = ("x", "y", "seen", "bone_x", "bone_y", "motion_x", "motion_y")


@dataclass(frozen=True)
class StgcnConfig:
    """What a checkpoint and its card must agree on.

    Attributes
    ----------
    name : str
        "app" (shipped) or "penn15" (Penn Action's own 15 actions, the benchmark).
    labels : tuple of str
        The order of the scores.
    joints : tuple of str
        The order of ``V``.
    window_frames : int
        ``T`` of the input.
    rate_hz : float or None
        Frames a second inside a window; None: a whole clip is stretched over one window.
    centre : tuple of str
        The joints whose mean distance partitions the neighbours: ("left_hip",) as in the
        reference, or both hips, which makes the partition mirror-symmetric.
    channels : tuple of str
    widths, strides : tuple of int
        Channels out of each of the four blocks, and its step in time.
    kernel : int
        Frames that a temporal convolution sees, odd.
    dropout : float
    """

    name: str
    labels: tuple[str, ...]
    joints: tuple[str, ...] = PENN_JOINTS
    window_frames: int = 64
    rate_hz: float | None = 16.0
    centre: tuple[str, ...] = ("left_hip",)
    channels: tuple[str, ...] = CHANNELS
    widths: tuple[int, ...] = (32, 48, 64, 96)
    strides: tuple[int, ...] = (2, 2, 2, 1)
    kernel: int = 9
    dropout: float = 0.1

    def to_dict(self) -> dict:
        """Return the settings as JSON has them (lists for tuples)."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict) -> StgcnConfig:
        """Return the settings that `to_dict` wrote.

        Raises
        ------
        ValueError
            When a setting is missing or unknown.
        """
        wanted = set(cls.__dataclass_fields__)
        if set(values) != wanted:
            raise ValueError(f"expected the settings {sorted(wanted)}, got {sorted(values)}")
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def hop_distance(joints: Sequence[str], bones: Sequence[tuple[str, str]]) -> np.ndarray:
    """Count the bones on the shortest way between every two joints, float64 (V, V)."""
    index = {name: i for i, name in enumerate(joints)}
    hops = np.full((len(joints), len(joints)), np.inf)
    np.fill_diagonal(hops, 0)
    for a, b in bones:
        hops[index[a], index[b]] = hops[index[b], index[a]] = 1
    for via in range(len(joints)):  # Floyd and Warshall
        hops = np.minimum(hops, hops[:, via, None] + hops[None, via, :])
    return hops


def partition_neighbours(
    joints: Sequence[str], bones: Sequence[tuple[str, str]], centre: Sequence[str]
) -> np.ndarray:
    """Build the normalised adjacency, split by distance to the centre of the body.

    Parameters
    ----------
    joints : V names
    bones : pairs of names
    centre : one or more names
        A joint's distance is the mean of its hops to these.

    Returns
    -------
    float32 (3, V, V)
        ``[k, v, w]``: the weight of joint ``v`` for joint ``w``. Groups: 0 at the same distance from
        the centre as ``w`` (including ``w``), 1 closer, 2 further away. A joint's weights sum to 1 over
        its neighbours (A D^-1).
    """
    hops = hop_distance(joints, bones)
    linked = hops <= 1
    weight = linked / linked.sum(axis=0, keepdims=True)
    index = {name: i for i, name in enumerate(joints)}
    depth = hops[:, [index[name] for name in centre]].mean(axis=1)
    step = np.sign(depth[:, None] - depth[None, :])  # of v, seen from w
    return np.stack([weight * (step == s) for s in (0, -1, 1)]).astype(np.float32)


def to_input(xy: np.ndarray) -> Tensor:
    """Normalise windows of 13 joints and add derived values as input channels.

    Parameters
    ----------
    xy : (N, T, V, 2)
        Image positions, y down, in any unit; NaN where unseen.

    Returns
    -------
    float32 (N, C, T, V)
        `CHANNELS`: position, seen (0 or 1), the vector from the joint's parent, the step to the
        next frame; 0 where unseen. Positions are centred on the window's mean hip and divided by
        the body's spread (root mean square distance to each frame's centroid: a torso seen from
        the front of a push-up is too short to divide by). Up stays up: gravity tells a plank from
        a stand.
    """
    xy = np.asarray(xy, dtype=np.float32)
    if xy.ndim != 4 or xy.shape[2:] != (len(PENN_JOINTS), 2):
        raise ValueError(f"expected shape (N, T, {len(PENN_JOINTS)}, 2), got {xy.shape}")
    seen = np.isfinite(xy).all(axis=-1, keepdims=True)  # (N, T, V, 1)
    filled = np.where(seen, xy, 0.0)
    joints_seen = seen.sum(axis=2)  # (N, T, 1)
    centroid = filled.sum(axis=2) / np.maximum(joints_seen, 1)  # (N, T, 2)
    away = np.where(seen, xy - centroid[:, :, None], 0.0)
    spread = np.sqrt((away**2).sum(axis=(1, 2, 3)) / np.maximum(seen.sum(axis=(1, 2, 3)), 1))
    scale = np.where(spread > 1e-6, spread, 1.0)[:, None, None, None]  # (N, 1, 1, 1)
    hip_count = seen[:, :, PENN_HIPS].sum(axis=(1, 2))  # (N, 1)
    hip = filled[:, :, PENN_HIPS].sum(axis=(1, 2)) / np.maximum(hip_count, 1)  # (N, 2)
    body = centroid.sum(axis=1) / np.maximum((joints_seen > 0).sum(axis=1), 1)
    centre = np.where(hip_count > 0, hip, body)[:, None, None, :]

    position = np.where(seen, (xy - centre) / scale, 0.0)
    bone = np.where(seen & seen[:, :, _PARENT], position - position[:, :, _PARENT], 0.0)
    motion = np.zeros_like(position)
    both = seen[:, 1:] & seen[:, :-1]
    # Five times: a step between two frames is small compared with a position.
    motion[:, :-1] = np.where(both, 5.0 * (position[:, 1:] - position[:, :-1]), 0.0)
    channels = np.concatenate([position, seen, bone, motion], axis=-1)  # (N, T, V, C)
    channels = np.clip(channels, -8.0, 8.0)  # so that one wrong joint does not dominate the window
    return torch.from_numpy(np.ascontiguousarray(channels.transpose(0, 3, 1, 2), np.float32))


class Block(nn.Module):
    """One spatial graph convolution and one temporal convolution, with a residual.

    Parameters
    ----------
    c_in, c_out : int
    adjacency : float32 (K, V, V)
    kernel : int
        Frames, odd.
    stride : int
        Step in time.
    dropout : float
    """

    def __init__(
        self,
        c_in: int,
        c_out: int,
        adjacency: Tensor,
        kernel: int = 9,
        stride: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.register_buffer("adjacency", adjacency, persistent=False)
        self.importance = nn.Parameter(torch.ones_like(adjacency))  # learnable, one for each edge
        self.groups = len(adjacency)
        self.spatial = nn.Conv2d(self.groups * c_in, c_out, 1)  # each group its own weights
        self.after_spatial = nn.BatchNorm2d(c_out)
        self.temporal = nn.Conv2d(c_out, c_out, (kernel, 1), (stride, 1), (kernel // 2, 0))
        self.after_temporal = nn.BatchNorm2d(c_out)
        self.dropout = nn.Dropout2d(dropout)  # whole channels: neighbours in time are alike
        self.residual: nn.Module = nn.Identity()
        if c_in != c_out or stride != 1:
            self.residual = nn.Sequential(
                nn.Conv2d(c_in, c_out, 1, (stride, 1)), nn.BatchNorm2d(c_out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, T, V) to (N, C_out, T / stride, V)."""
        n, c, t, v = x.shape
        edges = (self.adjacency * self.importance).permute(1, 0, 2).reshape(v, -1)  # (V, K V)
        # Gather the neighbours first, then weigh each group: the paper's sum, in the cheaper order.
        y = (x @ edges).view(n, c, t, self.groups, v)  # (N, C_in, T, K, V)
        y = y.permute(0, 3, 1, 2, 4).reshape(n, self.groups * c, t, v)  # (N, K C_in, T, V)
        y = self.spatial(y)  # (N, C_out, T, V)
        y = torch.relu(self.after_spatial(y))  # (N, C_out, T, V)
        y = self.dropout(self.after_temporal(self.temporal(y)))  # (N, C, T / stride, V)
        return torch.relu(y + self.residual(x))  # (N, C, T / stride, V)


class STGCN(nn.Module):
    """Score the exercises for windows of a moving skeleton.

    >>> network = STGCN(StgcnConfig("app", ("squat", "other"))).eval()
    >>> network(torch.zeros(2, 7, 64, 13)).shape
    torch.Size([2, 2])
    """

    def __init__(self, config: StgcnConfig) -> None:
        super().__init__()
        self.config = config
        adjacency = torch.from_numpy(partition_neighbours(config.joints, BONES, config.centre))
        channels = len(config.channels)
        self.normalise = nn.BatchNorm1d(channels * len(config.joints))
        widths = (channels, *config.widths)
        self.blocks = nn.ModuleList(
            Block(c_in, c_out, adjacency, config.kernel, stride, config.dropout)
            for c_in, c_out, stride in zip(widths, config.widths, config.strides, strict=False)
        )
        self.classify = nn.Linear(config.widths[-1], len(config.labels))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, T, V) to one score (logit) for each label, (N, labels)."""
        n, c, t, v = x.shape
        seen = x[:, self.config.channels.index("seen")].amax(dim=2)  # (N, T): 1 where anybody is
        x = x.permute(0, 1, 3, 2).reshape(n, c * v, t)  # (N, C V, T)
        x = self.normalise(x).view(n, c, v, t).permute(0, 1, 3, 2).contiguous()  # (N, C, T, V)
        for block in self.blocks:
            x = block(x)  # (N, C', T', V)
        # Frames without a person (before a live session, a gap) do not dilute the mean.
        weight = nn.functional.adaptive_avg_pool1d(seen[:, None], x.shape[2])[:, 0] + 1e-3
        weight = weight / weight.sum(dim=1, keepdim=True)  # (N, T')
        x = (x.mean(dim=3) * weight[:, None]).sum(dim=2)  # (N, C')
        return self.classify(x)  # (N, labels)


def count_parameters(network: nn.Module) -> int:
    """Return how many numbers training may change."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
