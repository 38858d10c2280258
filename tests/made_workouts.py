"""A made workout in which something is unknown everywhere, and its poses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gym.schema import (
    Classification,
    ClipInfo,
    CoachReport,
    ExerciseSet,
    Fading,
    Finding,
    FormReport,
    J,
    OddRep,
    PoseSequence,
    Rep,
    RepCount,
    RepKind,
    RepReport,
    RepTempo,
    Segment,
    SetReport,
    Signals,
    Verdict,
    View,
    Workout,
)
from gym.skeleton import joint_index

NAN = float("nan")
SIZE = (320, 240)


def make_poses(frames: int = 60, rate: float = 20.0) -> PoseSequence:
    """Return a standing figure, unseen in frame 3, its left wrist unseen throughout."""
    rng = np.random.default_rng(5)
    xy_px = np.tile(rng.uniform((80, 60), (240, 200), (J, 2)), (frames, 1, 1)).astype(np.float32)
    xyz_m = rng.normal(0, 0.4, (frames, J, 3)).astype(np.float32)
    visibility = np.full((frames, J), 0.9, dtype=np.float32)
    for hole in ((3,), (slice(None), joint_index("left_wrist"))):
        xy_px[hole], xyz_m[hole], visibility[hole] = NAN, NAN, 0
    return PoseSequence(np.arange(frames) / rate, xy_px, xyz_m, visibility, SIZE, "full")


def make_finding(verdict: Verdict, value: float = 0.04, code: str = "squat.depth") -> Finding:
    return Finding(code, "Depth", verdict, value, "thigh lengths", 0.05, "Sit deeper – please", "")


def make_workout(poses: PoseSequence | None = None) -> Workout:
    """Return a set of two whole reps and a partial one, with something unknown everywhere."""
    poses = poses or make_poses()
    frames = len(poses)
    reps = (
        Rep(0.2, 0.5, 0.9),
        Rep(1.0, np.float64(1.3), 1.6),
        Rep(1.7, 2.0, 2.2, RepKind.PARTIAL, "the way up, never finished"),
    )
    findings = (
        (
            make_finding(Verdict.FAIL, np.float64(-0.21)),
            make_finding(Verdict.UNSEEN, NAN, "squat.lean"),
        ),
        (make_finding(Verdict.PASS), make_finding(Verdict.PASS, 31.0, "squat.lean")),
        (),
    )
    angles = np.column_stack([np.linspace(170, 80, frames), np.full(frames, NAN)])
    phase = np.linspace(0, 1, frames)
    phase[:2] = NAN
    return Workout(
        clip=ClipInfo("squat.mp4", frames / 20, frames, *SIZE),
        poses=poses,
        signals=Signals(
            poses.time_s, angles, ("left_knee", "right_knee"), "left", View("side", NAN, 0.9)
        ),
        exercise=Classification(
            "squat",
            NAN,
            "user",
            {"squat": np.float32(0.75), "other": 0.25},
            (Segment(0.0, 3.0, "squat", NAN),),
        ),
        counts={
            "heuristic": RepCount("heuristic", reps, poses.time_s, phase),
            "learned": RepCount("learned", reps[:1], poses.time_s, phase),
        },
        counter="heuristic",
        form=FormReport(findings, {"good": 0.8, "forward_lean": NAN}, 1, "Sit deeper"),
        sets=(ExerciseSet("squat", 0.2, 1.6, {"heuristic": np.int64(2), "learned": 1}),),
        notes=("A note.",),
        versions={"app": "0.1.0", "pose": None},
        report=make_report(),
    )


def make_report() -> CoachReport:
    """Return the report of these three reps; of the last nothing was measured."""
    first = RepTempo(0.3, 0.0, 0.35, 0.1)
    second = RepTempo(0.25, np.float64(0.0), 0.3)
    reps = (
        RepReport(first, 90.0, 0.9, 0.8, 260.0, 2.3, 0.0, NAN),
        RepReport(second, 100.0, 1.0, 0.9, 330.0, 3.0, -0.27, 0.12, "left"),
        RepReport(),
    )
    fading = Fading("speed", -0.25, -0.4, -0.1, 0.004)
    odd = OddRep(2, "left_hip", 1.31, 0.5, -21.0, 1.4)
    one = SetReport(0.2, 1.6, 1, 2, "°", 1.2, 0.07, NAN, best_rep=2, worst_rep=1, fading=(fading,))
    return CoachReport(reps, (replace(one, odd=(odd,), compared=4),))


def assert_same_poses(one: PoseSequence, other: PoseSequence) -> None:
    for name in ("time_s", "xy_px", "xyz_m", "visibility"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.image_size == other.image_size
