"""The training loop that both networks share."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

#: Called with a description, including the last validation score, and the share done, 0..1.
OnProgress = Callable[[str, float], None]

Network = TypeVar("Network", bound=nn.Module)

_LOOKS = 12  #: at the score, where training lasts some minutes
_CLOCK = 10_000  #: parts of those minutes


def fit_network(
    network: Network,
    measure_loss: Callable[[Network], Tensor],
    score: Callable[[Network], float],
    *,
    steps: int,
    minutes: float | None = None,
    clip: float,
    memory: float,
    lower_is_better: bool = False,
    peak_rate: float = 3e-3,
    check_every: int = 100,
    on_progress: OnProgress | None = None,
) -> tuple[Network, list[dict[str, float]]]:
    """Train a network and return its best state by validation.

    Parameters
    ----------
    network : Network
    measure_loss : network -> Tensor
        The loss on a fresh batch.
    score : network -> float
        Given a running mean of the weights, which is steadier.
    steps, check_every : int
    minutes : float, optional
        In place of ``steps``: for how long to train. The rate then follows the clock, and the score
        is looked at `_LOOKS` times.
    clip : float
        The longest gradient that is used without being shortened.
    memory : float
        Of the running mean, for each step; shorter at first.
    lower_is_better : bool
        Whether the best score is the lowest.
    peak_rate : float
        Of AdamW, reached after a tenth of the steps, then falling as a cosine.
    on_progress : callable, optional

    Returns
    -------
    network : Network
        The best one, in evaluation mode.
    curve : list of dict
        ``step``, ``loss`` (mean since the last check), ``score``.
    """
    optimiser = torch.optim.AdamW(network.parameters(), lr=peak_rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, peak_rate, total_steps=_CLOCK if minutes else steps, pct_start=0.1
    )

    def follow(mean: Tensor, now: Tensor, step: Tensor) -> Tensor:
        shorter = int(step) / (int(step) + 9)
        return mean.lerp(now, 1 - min(memory, shorter)) if mean.is_floating_point() else now

    mean_of = AveragedModel(network, avg_fn=follow, use_buffers=True)
    mean_of.update_parameters(network)  # begins with the first weights
    sign = -1.0 if lower_is_better else 1.0
    best_state, best, curve, losses = None, -np.inf, [], []
    step, looks, begun_s = 0, 0, time.monotonic()
    share = 0.0
    while share < 1:
        step += 1
        network.train()
        loss = measure_loss(network)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), clip)
        optimiser.step()
        share = step / steps
        if minutes:
            share = min((time.monotonic() - begun_s) / (60 * minutes), 1.0)
        for _ in range(int(share * _CLOCK) - schedule.last_epoch if minutes else 1):
            schedule.step()
        mean_of.update_parameters(network)
        losses.append(loss.detach())
        due = share * _LOOKS >= looks + 1 if minutes else step % check_every == 0
        if due or share >= 1:
            looks = int(share * _LOOKS)
            value = float(score(mean_of.module))
            mean_loss = float(torch.stack(losses).mean())
            curve.append({"step": step, "loss": mean_loss, "score": value})
            losses = []
            if sign * value >= best:
                best, best_state = sign * value, copy.deepcopy(mean_of.module.state_dict())
        if on_progress is not None:
            shown = f", validation {curve[-1]['score']:.3f}" if curve else ""
            on_progress(f"training{shown}", share)
    network.load_state_dict(best_state)
    return network.eval(), curve
