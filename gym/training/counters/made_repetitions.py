"""Makes repetitions of anything, with their truth: RepNet's recipe on skeletons.

One cycle, of whatever kind, is done again and again: with another tempo each time, with pauses, more
or less far, after and before other movement. Some windows hold none at all, or one so slow or so fast
that it is to be counted at another speed. Then the picture is turned and mirrored, joints shake and
get lost, as trackers do, and every frame is stretched to a box (`gym.counting.body_box`).

All windows of a batch are made together, on the device that trains.

References
----------
Dwibedi et al., "Counting Out Time" (RepNet), CVPR 2020, section 4: repetitions made from any video.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gym.skeleton import PENN_JOINTS, PENN_MIRROR
from gym.training.counters.cycle_pool import SAMPLES, CyclePool

LEAST_TICKS = 4.0  #: of a repetition: fewer ticks do not show its way there and back
_MOST_REPS = 36
_MOST_IN_A_SET = 12  #: where the whole set lies in the window
#: Shares of the windows: without repetition, too slow, too fast; and sets longer than the window.
_NONE, _SLOW, _FAST, _CUT = 0.18, 0.10, 0.05, 0.45


@dataclass(frozen=True, eq=False)
class MadeBatch:
    """Windows and what is true of them: ``N`` windows of ``T`` ticks.

    Attributes
    ----------
    features : float32 (N, T, 27)
        The joints' places in the box, and 1 where somebody was seen.
    inside : float32 (N, T)
        1 in a repetition that is to be counted at this speed.
    period : float32 (N, T)
        Its length in ticks; 0 outside.
    phase : float32 (N, T)
        How far it is done, 0..1, the turn at a half; 0 outside.
    density : float32 (N, T)
        Repetitions a tick, evenly spread over each.
    peaks : float32 (N, T)
        The same as a bell over each: its middle the mean, a sixth of its length the deviation.
    """

    features: Tensor
    inside: Tensor
    period: Tensor
    phase: Tensor
    density: Tensor
    peaks: Tensor


class RepetitionMaker:
    """Makes batches from a pool.

    Parameters
    ----------
    pool : CyclePool
    ticks : int
        Of a window.
    seed : int
    device : torch.device or str
    """

    def __init__(
        self, pool: CyclePool, ticks: int, seed: int, device: torch.device | str = "cpu"
    ) -> None:
        self._ticks, self._device = ticks, torch.device(device)
        self._draws = torch.Generator(device=self._device).manual_seed(seed)

        def move(array: np.ndarray, dtype: torch.dtype) -> Tensor:
            return torch.tensor(array, dtype=dtype, device=self._device)

        self._cycles = move(pool.cycles, torch.float32)
        self._others = move(pool.others, torch.float32)
        self._start = move(pool.family_start, torch.int64)
        self._size = move(pool.family_size, torch.int64)
        self._chances = move(pool.family_weight, torch.float32)
        self._mirror = move(PENN_MIRROR, torch.int64)

    def make(self, windows: int) -> MadeBatch:
        """Make a batch of so many windows."""
        n, ticks = windows, self._ticks
        kind = self._uniform(n)
        none = kind < _NONE
        slow = ~none & (kind < _NONE + _SLOW)
        fast = ~none & ~slow & (kind < _NONE + _SLOW + _FAST)
        period = 2 ** self._uniform(n, low=np.log2(LEAST_TICKS), high=np.log2(ticks / 2))
        period = torch.where(slow, ticks * 2 ** self._uniform(n, low=-0.2, high=2.0), period)
        period = torch.where(fast, self._uniform(n, low=1.3, high=3.0), period)
        starts, lengths, reps = self._plan(period, slow | fast)
        at = torch.arange(ticks, device=self._device, dtype=torch.float32).expand(n, ticks)
        rep = (torch.searchsorted(starts, at.contiguous(), right=True) - 1).clamp(min=0)
        share = (at - starts.gather(1, rep)) / lengths.gather(1, rep)
        going = (share >= 0) & (share < 1) & (rep < reps[:, None]) & ~none[:, None]
        joints = self._move(rep, torch.where(going, share, 0.0), fast)
        last = (reps - 1).clamp(min=0)[:, None]
        end = (starts + lengths).gather(1, last)
        joints = self._surround(joints, at, starts[:, :1], end, none)
        counted = (going & ~(slow | fast)[:, None]).float()
        length = lengths.gather(1, rep)
        bell = torch.exp(-0.5 * ((share - 0.5) * 6).square()) * 6 / (length * np.sqrt(2 * np.pi))
        return MadeBatch(
            features=self._film(joints),
            inside=counted,
            period=length * counted,
            phase=share.clamp(0, 1) * counted,
            density=counted / length,
            peaks=bell * counted,
        )

    def _uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        drawn = torch.rand(shape, generator=self._draws, device=self._device)
        return low + (high - low) * drawn

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self._draws, device=self._device)

    def _choose(self, rows: int, *values: float) -> Tensor:
        """Draw one of some values for each row."""
        places = (self._uniform(rows) * len(values)).long().clamp(max=len(values) - 1)
        return torch.tensor(values, device=self._device)[places]

    def _plan(self, period: Tensor, odd: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Plan when each repetition begins and how long it lasts: (N, K), (N, K), how many (N,)."""
        n, ticks = len(period), self._ticks
        number = torch.arange(_MOST_REPS, device=self._device).expand(n, -1)
        fit = (ticks / period).clamp(max=_MOST_REPS - 3.0)
        cut = odd | (self._uniform(n) < _CUT)
        few = 1 + (self._uniform(n) * fit.clamp(max=_MOST_IN_A_SET)).floor()
        few = torch.where((few < 2) & (self._uniform(n) < 0.7), 2.0, few)
        reps = torch.where(cut, fit.ceil() + 2, few).clamp(max=_MOST_REPS).long()
        uneven = self._uniform(n, high=0.22)[:, None]
        drift = self._uniform(n, low=-0.35, high=0.35)[:, None]
        share = number / reps[:, None] - 0.5
        lengths = period[:, None] * torch.exp(
            uneven * self._normal(n, _MOST_REPS).clamp(-2, 2) + drift * share
        )
        pauses = self._uniform(n, _MOST_REPS, low=0.1, high=0.9) * period[:, None]
        rests = (self._uniform(n) < 0.3)[:, None] & (self._uniform(n, _MOST_REPS) < 0.5)
        steps = lengths + torch.where(rests, pauses, 0.0)
        ends = steps.cumsum(1)
        starts = ends - steps
        total = ends.gather(1, reps[:, None] - 1)[:, 0]
        room = ticks - total
        shift = self._uniform(n) * room.abs()
        # A set longer than the window goes on before it and after it.
        starts = starts + torch.where(room > 0, shift, -shift)[:, None]
        return starts.contiguous(), lengths, reps

    def _move(self, rep: Tensor, share: Tensor, fast: Tensor) -> Tensor:
        """Move a body through repetitions: which (N, T), and how far each is done, to (N, T, 13, 2)."""
        n = len(rep)
        family = torch.multinomial(self._chances, n, replacement=True, generator=self._draws)
        own = self._uniform(n, _MOST_REPS) * (self._uniform(n) < 0.7)[:, None]  # or always the same
        cycle = self._start[family, None] + (own * self._size[family, None]).long()
        # Out faster than back, or in jerks: never standing still, never backwards.
        bend = 0.5 * self._uniform(n, 2, low=-1.0) + 0.12 * self._normal(n, 2)
        turn = 2 * np.pi * share
        bend = bend.clamp(-0.6, 0.6)[:, :, None]
        share = share + bend[:, 0] * torch.sin(turn) / (2 * np.pi)
        share = share + 0.5 * bend[:, 1] * torch.sin(2 * turn) / (4 * np.pi)
        back = (self._uniform(n) < 0.3)[:, None]
        share = torch.where(back, -share, share)
        from_turn = torch.where(self._uniform(n) < 0.15, 0.5, 0.0)
        anywhere = torch.where(self._uniform(n) < 0.08, self._uniform(n), from_turn)[:, None]
        which = cycle.gather(1, rep)
        pose, rest = self._look_up(which, share + anywhere), self._look_up(which, anywhere)
        first = self._look_up(cycle[:, :1], anywhere)
        size = 1 + self._uniform(n, 1, high=0.25) * self._uniform(n, _MOST_REPS, low=-1.0, high=0.6)
        size = size * torch.where(fast, self._uniform(n, low=0.1, high=0.6), 1.0)[:, None]
        return first + (pose - rest) * size.gather(1, rep)[..., None, None]

    def _look_up(self, cycle: Tensor, share: Tensor) -> Tensor:
        """Return the poses (N, T, 13, 2) of cycles at shares of their way; a share of 1 is 0 again."""
        at = (share % 1.0) * SAMPLES
        before = at.floor()
        rest = (at - before)[..., None, None]
        before = before.long() % SAMPLES
        cycle, before = torch.broadcast_tensors(cycle, before)
        after = (before + 1) % SAMPLES
        return self._cycles[cycle, before] * (1 - rest) + self._cycles[cycle, after] * rest

    def _surround(
        self, joints: Tensor, at: Tensor, start: Tensor, end: Tensor, none: Tensor
    ) -> Tensor:
        """Put other movement before the first repetition and after the last, or everywhere."""
        n = len(joints)
        for ahead, away in ((True, start - at), (False, at - end)):
            pace = 2 ** self._uniform(n, 1, low=-1.0, high=3.0)
            span = pace * self._ticks
            first = self._uniform(n, 1) * (len(self._others) - 1 - span)
            place = first + pace * (self._ticks - at if ahead else at)
            before = place.floor()
            rest = (place - before)[..., None, None]
            low = before.long().clamp(0, len(self._others) - 2)
            other = self._others[low] * (1 - rest) + self._others[low + 1] * rest
            blend = self._uniform(n, 1, low=3.0, high=self._ticks / 4)
            share = (away / blend).clamp(0, 1)
            share = (1 - torch.cos(np.pi * share)) / 2
            still = self._uniform(n, 1) < 0.3
            share = torch.where(still & ~none[:, None], 0.0, share)
            if ahead:
                rests = (self._uniform(n, 1) < 0.15) & none[:, None]
                share = torch.where(none[:, None], torch.where(rests, 0.0, 1.0), share)
            else:
                share = torch.where(none[:, None], 0.0, share)
            joints = joints + share[..., None, None] * (other - joints)
        return joints

    def _film(self, joints: Tensor) -> Tensor:
        """Turn, mirror, shake, lose and box the joints (N, T, 13, 2); return features (N, T, 27)."""
        n, ticks = joints.shape[:2]
        turn = 0.15 * self._normal(n, 1) + 0.1 * self._wander(n, 1)[..., 0]
        cos, sin = torch.cos(turn)[..., None], torch.sin(turn)[..., None]
        x, y = joints[..., 0], joints[..., 1]
        wide = torch.exp(
            0.15 * self._normal(n, 1, 1)
        )  # before the turn, so that the box does not undo it
        x = x * wide
        joints = torch.stack([x * cos - y * sin, x * sin + y * cos], dim=-1)
        swapped = joints[:, :, self._mirror]
        flip = (self._uniform(n) < 0.5)[:, None, None, None]
        sign = torch.tensor([-1.0, 1.0], device=self._device)
        joints = torch.where(flip, swapped * sign, joints)
        # Trackers take one side for the other now and then.
        mixed = (self._uniform(n, 1) < 0.12) & (self._uniform(n, ticks) < 0.1)
        joints = torch.where(mixed[..., None, None], joints[:, :, self._mirror], joints)
        joints = joints + self._choose(n, 0.004, 0.015, 0.04)[:, None, None, None] * self._normal(
            *joints.shape
        )
        joints = joints + self._shake(n)
        for _ in range(2):
            joints = self._lose_joint(joints)
        low, high = joints.amin(2, keepdim=True), joints.amax(2, keepdim=True)
        boxed = (joints - low) / (high - low).clamp(min=1e-4) - 0.5
        boxed = boxed * (1 + 0.05 * self._normal(n, 1, 1, 2)) + 0.02 * self._normal(n, 1, 1, 2)
        gap, first = self._draw_gap(n, 0.25, ticks / 8)
        boxed = torch.where(
            gap[..., None, None], boxed[torch.arange(n, device=self._device)[:, None], first], boxed
        )
        return torch.cat([boxed.flatten(2), 1.0 - gap[..., None].float()], dim=-1)

    def _wander(self, n: int, channels: int) -> Tensor:
        """Draw slow random paths (N, T, channels) that go about 1 far over the window."""
        return (self._normal(n, self._ticks, channels) / self._ticks**0.5).cumsum(1)

    def _shake(self, n: int) -> Tensor:
        """Draw noise with a memory of some ticks, another for each joint: (N, T, 13, 2)."""
        joints = len(PENN_JOINTS)
        noise = self._normal(n, joints * 2, self._ticks + 16)
        memory = self._choose(n, 2.0, 4.0, 8.0, 14.0)[:, None]
        lag = torch.arange(-8, 9, device=self._device)[None]
        kernel = (torch.cos(np.pi * (lag / (memory + 1)).clamp(-0.5, 0.5)) ** 2).clamp(min=0)
        kernel = kernel / kernel.square().sum(1, keepdim=True).sqrt()
        noise = torch.einsum("nctk,nk->nct", noise.unfold(2, 17, 1), kernel)
        size = self._choose(n, 0.0, 0.01, 0.03, 0.06)[:, None] * self._uniform(n, joints, high=1.5)
        noise = noise.view(n, joints, 2, self._ticks).permute(0, 3, 1, 2)
        return noise * size[:, None, :, None]

    def _draw_gap(self, n: int, chance: float, most: float) -> tuple[Tensor, Tensor]:
        """Draw a stretch of ticks for some windows: (N, T) where, and (N, T) its first tick."""
        first = (self._uniform(n, 1) * self._ticks).long()
        length = 1 + self._uniform(n, 1) * most
        at = torch.arange(self._ticks, device=self._device)[None]
        gap = (at >= first) & (at < first + length) & (self._uniform(n, 1) < chance)
        return gap, first.expand(-1, self._ticks)

    def _lose_joint(self, joints: Tensor) -> Tensor:
        """Leave one joint where it was, or a little off, for a while in some windows."""
        n = len(joints)
        gap, first = self._draw_gap(n, 0.2, self._ticks)
        which = (self._uniform(n, 1) * len(PENN_JOINTS)).long().clamp(max=len(PENN_JOINTS) - 1)
        one = torch.arange(len(PENN_JOINTS), device=self._device)[None] == which
        held = joints[torch.arange(n, device=self._device)[:, None], first]
        held = held + 0.1 * self._normal(*joints.shape)[:, :1]
        return torch.where((gap[:, :, None] & one[:, None])[..., None], held, joints)
