"""Runs the training that the command line asks for."""

from __future__ import annotations

import argparse
import importlib.util

from gym.errors import GymError
from gym.training.loop import OnProgress


def check_training(network: str, counter: str | None) -> None:
    """Refuse what cannot be trained, before minutes of work go into it.

    Raises
    ------
    GymError
        A library is missing, or a counter's name is missing or does not belong here.
    """
    if (network == "counter") != (counter is not None):
        raise GymError(
            "A counter's name is needed by, and only by: train counter NAME.",
            "Write for example: python -m gym train counter repnet.",
        )
    if network == "stgcn" and importlib.util.find_spec("sklearn") is None:
        raise GymError(
            "Training this network also needs scikit-learn, for the comparison on its card.",
            "Install it: python -m pip install -r requirements-dev.txt.",
        )


def run_training(options: argparse.Namespace, on_progress: OnProgress) -> None:
    """Train a network and write its card.

    Parameters
    ----------
    options : argparse.Namespace
        ``network`` ("stgcn", "phase" or "counter"), ``counter``, ``data``, ``seed``, ``out``,
        ``config``, ``clip_poses``, ``steps`` and ``device``, as `gym.__main__` reads them.
    on_progress : callable

    Raises
    ------
    GymError
        When a data set is missing.
    """
    data, seed, out = options.data, options.seed, options.out
    if options.network == "counter":
        from gym.training.counters.arena import train_arena

        train_arena(
            options.counter,
            data,
            seed,
            out,
            on_progress,
            steps=options.steps,
            device=options.device,
        )
    elif options.network == "phase":
        from gym.training.counters.card import write_card as write_phase_card
        from gym.training.counters.train import STEPS, train_phase

        train_phase(data, seed, out, on_progress, steps=options.steps or STEPS)
        write_phase_card(data, out, out, clip_poses=options.clip_poses)
    else:
        from gym.training.recogniser.score import write_card
        from gym.training.recogniser.train import train_stgcn

        train_stgcn(data, options.config, seed, out, on_progress, steps=options.steps)
        if options.config == "app":
            write_card(data, out, out, clip_poses=options.clip_poses)
