"""Trains the PoseRAC-style network on single poses from both ends of repetitions.

salient poses, poses of other movement -> PoseRAC, fit -> poserac-seed0.pt and .json
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from gym.counting.networks.poserac import PoseRAC
from gym.counting.triggers import SALIENT_CLASSES, choose_class, follow_trigger
from gym.errors import LabelsError
from gym.skeleton import PENN_MIRROR
from gym.training.counters.arena_data import ArenaData, CountedClip
from gym.training.counters.salient_poses import SalientPoses
from gym.training.counters.trained import CHECKS, STEPS, save_network, score_reps
from gym.training.loop import OnProgress, fit_network

BATCH = 256
_NOTHING = 0.2  #: share of a batch that is other movement
_MARGIN, _NEAREST = 0.2, 8  #: of the triplet loss: of so many of other groups
_RATE = 1e-3


class PoseDrawer:
    """Draws batches of poses: turned, mirrored, shaken and stretched to the box."""

    def __init__(
        self, poses: SalientPoses, others: np.ndarray, *, val: bool, seed: int, device: str
    ):
        part = poses.val == val
        self._device = torch.device(device)
        self._draws = torch.Generator(device=self._device).manual_seed(seed)
        self._joints = torch.tensor(poses.joints[part], dtype=torch.float32, device=device)
        self._others = torch.tensor(others, dtype=torch.float32, device=device)
        label, first = poses.label[part], poses.first[part]
        self._group = torch.tensor(2 * label + ~first, device=device)
        targets = np.zeros((part.sum(), len(SALIENT_CLASSES)), dtype=np.float32)
        targets[first, label[first]] = 1.0
        self._targets = torch.tensor(targets, device=device)
        # A class weighs as much as any other, however many poses it has.
        counts = np.bincount(2 * label + ~first, minlength=2 * len(SALIENT_CLASSES))
        self._chances = torch.tensor(1 / counts[2 * label + ~first], device=device)
        self._mirror = torch.tensor(np.array(PENN_MIRROR), device=device)

    def draw(self, size: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return poses (N, 26), what their classes should be (N, 8), and which end of which (N,)."""
        nothing = int(_NOTHING * size)
        which = torch.multinomial(
            self._chances, size - nothing, replacement=True, generator=self._draws
        )
        place = torch.rand(nothing, generator=self._draws, device=self._device) * len(self._others)
        joints = torch.cat(
            [self._joints[which], self._others[place.long().clamp(max=len(self._others) - 1)]]
        )
        none = torch.zeros(nothing, len(SALIENT_CLASSES), device=self._device)
        targets = torch.cat([self._targets[which], none])
        group = torch.cat(
            [self._group[which], torch.full_like(place, 2 * len(SALIENT_CLASSES)).long()]
        )
        return self._spoil(joints), targets, group

    def _spoil(self, joints: Tensor) -> Tensor:
        def normal(*shape: int) -> Tensor:
            return torch.randn(shape, generator=self._draws, device=self._device)

        n = len(joints)
        turn = 0.15 * normal(n, 1)
        x, y = (joints * torch.exp(0.1 * normal(n, 1, 2))).unbind(-1)
        cos, sin = torch.cos(turn), torch.sin(turn)
        joints = torch.stack([x * cos - y * sin, x * sin + y * cos], dim=-1)
        flip = (normal(n) < 0)[:, None, None]
        sign = torch.tensor([-1.0, 1.0], device=self._device)
        joints = torch.where(flip, joints[:, self._mirror] * sign, joints)
        joints = joints + 0.04 * normal(*joints.shape)
        low, high = joints.amin(1, keepdim=True), joints.amax(1, keepdim=True)
        return ((joints - low) / (high - low).clamp(min=1e-4) - 0.5).flatten(1)


def measure_pose_loss(network: nn.Module, batch: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Return cross-entropy of the classes plus a triplet loss: own group against the nearest others."""
    joints, targets, group = batch
    answer = network(joints)
    embedding = functional.normalize(answer["embedding"], dim=-1)
    away = (2 - 2 * embedding @ embedding.T).clamp(min=1e-8).sqrt()
    same = (group[:, None] == group).float()
    # Means, not the hardest alone, which would draw all to one point.
    own = (away * same).sum(1) / same.sum(1)
    others = torch.where(same > 0, 9.0, away)
    nearest = others.topk(min(_NEAREST, len(others)), largest=False).values.mean(1)
    triplet = torch.relu(own - nearest + _MARGIN).mean()
    return triplet + 8 * functional.binary_cross_entropy_with_logits(answer["classes"], targets)


@torch.inference_mode()
def count_sequences(network: PoseRAC, clips: Sequence[CountedClip], device: str) -> np.ndarray:
    """Count recorded sequences, the class predicted: int (C,)."""
    counts = []
    for clip in clips:
        joints = torch.tensor(clip.boxed, dtype=torch.float32, device=device).flatten(1)
        scores = torch.sigmoid(network(joints)["classes"]).cpu().numpy()
        counts.append(len(follow_trigger(scores[:, choose_class(scores)])))
    return np.array(counts)


def train_poserac(
    data: ArenaData,
    out: Path,
    *,
    seed: int = 0,
    device: str = "cpu",
    steps: int | None = None,
    minutes: float | None = None,
    batch: int = BATCH,
    on_progress: OnProgress | None = None,
) -> Path:
    """Train the network, and save it with its curve; otherwise as `train_sequence_network`.

    Raises
    ------
    LabelsError
        When there are no salient poses.
    """
    if data.salient is None:
        raise LabelsError(
            "The salient poses are missing, which this network learns from.",
            "Point --data at a folder that holds countix_fitness/.",
        )
    torch.manual_seed(seed)
    poses, pools, clips = data.salient, data.pools, data.clips
    network = PoseRAC().to(device)
    drawer = PoseDrawer(poses, pools["train"].others, val=False, seed=seed, device=device)
    checks = PoseDrawer(poses, pools["val"].others, val=True, seed=1, device=device)
    fixed = [checks.draw(512) for _ in range(4)]
    true = np.array([clip.reps for clip in clips])
    told: list[dict[str, float]] = []

    @torch.inference_mode()
    def score(one: nn.Module) -> float:
        one.eval()
        loss = float(torch.stack([measure_pose_loss(one, drawn) for drawn in fixed]).mean())
        counted = score_reps(count_sequences(one, clips, device), true) if clips else {}
        told.append({"salient": loss} | counted)
        return loss + counted.get("nmae", 0.0) + 1 - counted.get("obo", 1.0)

    network, curve = fit_network(
        network,
        lambda one: measure_pose_loss(one, drawer.draw(batch)),
        score,
        steps=steps or STEPS,
        minutes=minutes,
        check_every=max((steps or STEPS) // CHECKS, 1),
        clip=1.0,
        memory=0.998,
        lower_is_better=True,
        peak_rate=_RATE,
        on_progress=on_progress,
    )
    for row, figures in zip(curve, told, strict=True):
        row |= figures
    record = {
        "name": "poserac",
        "seed": seed,
        "steps": curve[-1]["step"],
        "batch": batch,
        "ticks": 1,
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "best_score": min(row["score"] for row in curve),
        "curve": curve,
        "poses": {"train": int((~poses.val).sum()), "val": int(poses.val.sum())},
        "counted": len(clips),
    }
    return save_network(network, record, out)
