"""Whole sets of the stick figure that vary as people do, with one rep that is unlike the others."""

from __future__ import annotations

import numpy as np

from gym.exercises import EXERCISES
from gym.features import measure_signals
from gym.schema import ExerciseSet, Finding, PoseSequence, Rep, RepKind, Signals, Verdict
from tests.motions import SEEN_FROM, WAYS, rep
from tests.synthetic import Camera, Move, Take, Tempo, add_noise, film, hold, push_up, squat

GOOD = (Finding("made.up", "Made up", Verdict.PASS, 0.0, "", 0.0, ""),)


def vary(rng: np.random.Generator) -> Tempo:
    """Return a tempo as one person's reps have it, now and then with a pause."""
    slow = rng.uniform(0.85, 1.2, 2)
    return Tempo(0.9 * slow[0], rng.uniform(0, 0.3), 0.8 * slow[1], rng.uniform(0.1, 0.6))


def make_set(name: str, reps: int, seed: int, odd: int | None = None) -> list[Move]:
    """Return a set of reps that differ by a few degrees; one leans far forward, or sags.

    Only squats and push-ups can have an odd one.
    """
    rng, moves = np.random.default_rng(seed), []
    for place in range(reps):
        tempo = vary(rng)
        if name == "squat":
            lean, shin = 40 + rng.normal(0, 3), 30 + rng.normal(0, 2)
            depth = 0.1 + rng.normal(0, 0.04)
            lean = 65.0 if place == odd else lean
            moves.append(squat(depth=depth, lean_deg=lean, shin_deg=shin, tempo=tempo))
        elif name == "push_up":
            depth, line = 0.1 + rng.normal(0, 0.05), rng.normal(0, 0.008)
            line = -0.10 if place == odd else line
            moves.append(push_up(depth=depth, line=line, tempo=tempo))
        else:
            moves.append(rep(name, tempo, part=1 - abs(rng.normal(0, 0.04))))
    return moves


def shoot(
    name: str,
    moves: list[Move],
    yaw_deg: float | None = None,
    *,
    noise: float = 0.0,
    seed: int = 0,
    fps: float = 25.0,
) -> Take:
    """Film moves with a second of rest on either side, joints jittering by a share of the trunk."""
    rest = hold(WAYS[name][0], 1.0)
    camera = Camera(yaw_deg=SEEN_FROM[name] if yaw_deg is None else yaw_deg)
    take = film([rest, *moves, rest], camera, fps=fps)
    poses = add_noise(take.poses, noise, seed) if noise else take.poses
    return Take(poses, take.reps)


def report_inputs(
    name: str, poses: PoseSequence, reps: tuple[Rep, ...]
) -> tuple[PoseSequence, Signals, object, tuple, tuple, tuple]:
    """Return what `report_workout` needs of reps that all passed their rules."""
    full = sum(one.kind is RepKind.FULL for one in reps)
    one = ExerciseSet(name, reps[0].start_s, reps[-1].end_s, {"made": full})
    signals, exercise = measure_signals(poses), EXERCISES[name]
    return poses, signals, exercise, reps, (GOOD,) * len(reps), (one,)
