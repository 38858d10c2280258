"""The sample clip, a push-up clip for tests, and the truth about them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from gym.athlete.body import Posture
from gym.athlete.mesh import read_mesh
from gym.athlete.motion import PushUpRep, PushUpSet, SquatRep, SquatSet, Tempo
from gym.athlete.postures import Body
from gym.athlete.render import Camera
from gym.athlete.scene import Scene
from gym.schema import Frame

OnProgress = Callable[[str, float], None]

#: Where the sample is kept: a saved analysis, with its truth in the same folder.
SAMPLE_FOLDER = Path(__file__).parents[1] / "assets" / "sample"

FRAMES_PER_S = 25

#: Good squats at three tempos; one too shallow, one leaning too far, one not finished.
SQUATS = (
    SquatRep(depth=0.20, lean_deg=25),
    SquatRep(depth=0.22, lean_deg=26, tempo=Tempo(down_s=1.7, hold_s=0.5, up_s=1.2)),
    SquatRep(depth=-0.30, lean_deg=23, tempo=Tempo(down_s=0.9, up_s=0.8), fault="shallow"),
    SquatRep(depth=0.12, lean_deg=64, tempo=Tempo(down_s=1.2, up_s=1.1), fault="forward_lean"),
    SquatRep(depth=-0.60, lean_deg=18, tempo=Tempo(down_s=0.7, up_s=0.65), kind="partial"),
    SquatRep(depth=0.20, lean_deg=26, tempo=Tempo(down_s=0.75, hold_s=0.1, up_s=0.7)),
)

#: Good push-ups at three tempos, one too shallow, one with sagging hips.
PUSH_UPS = (
    PushUpRep(depth=0.12, line_deg=3),
    PushUpRep(depth=0.15, line_deg=3, tempo=Tempo(down_s=1.4, hold_s=0.3, up_s=1.1)),
    PushUpRep(depth=-0.22, line_deg=3, tempo=Tempo(down_s=0.7, up_s=0.6), fault="shallow"),
    PushUpRep(depth=0.11, line_deg=-14, fault="hollow"),
    PushUpRep(depth=0.12, line_deg=3, tempo=Tempo(down_s=0.8, up_s=0.7)),
)


def write_sample(out: Path, on_progress: OnProgress | None = None) -> dict[str, object]:
    """Render the sample clip, a set of squats seen from the athlete's right.

    Parameters
    ----------
    out : Path
        The MP4 file to write.
    on_progress : callable, optional
        Told the stage's name and the share that is done, 0..1.

    Returns
    -------
    dict
        The truth about the clip, from `describe_set`.

    Raises
    ------
    WeightsError
        The athlete's body is not cached and cannot be fetched.
    ClipError
        The file cannot be written.
    """
    if on_progress:
        on_progress("Building the athlete", 0.0)
    mesh = read_mesh()
    squats = SquatSet(Body(mesh.rig), SQUATS, steps=3, still_s=0.7, tail_s=1.1)
    camera = Camera(-80, (0.0, 0.86, 0.05), distance_m=3.05, height_m=1.15)
    return _film(squats, Scene(mesh, camera), out, on_progress)


def write_push_ups(out: Path, on_progress: OnProgress | None = None) -> dict[str, object]:
    """Render a set of push-ups seen from the athlete's right; otherwise like `write_sample`."""
    mesh = read_mesh()
    push_ups = PushUpSet(Body(mesh.rig), PUSH_UPS)
    camera = Camera(-84, (0.0, 0.40, 0.64), distance_m=2.6, height_m=0.95)
    return _film(push_ups, Scene(mesh, camera, (0.0, 0.6)), out, on_progress)


def rebuild_sample(folder: Path = SAMPLE_FOLDER, on_progress: OnProgress | None = None) -> None:
    """Render the sample clip and analyse it: a saved analysis, with a ``truth.json``.

    Raises
    ------
    WeightsError
        The athlete's body or the pose model is not there and cannot be fetched.
    """
    from gym.posefiles.analysis import (
        write_analysis,  # these need MediaPipe, the rendering does not
    )
    from gym.session import estimate_poses

    def share(start: float, end: float) -> OnProgress | None:
        """Turn one stage's progress into that of the whole."""
        if on_progress is None:
            return None
        return lambda stage, done: on_progress(stage, start + (end - start) * done)

    folder.mkdir(parents=True, exist_ok=True)
    clip = folder / "clip.mp4"
    write_truth(write_sample(clip, share(0.0, 0.85)), folder / "truth.json")
    info, poses = estimate_poses(clip, name="sample.mp4", on_progress=share(0.85, 1.0))
    write_analysis(folder, info, poses)


def write_truth(truth: dict[str, object], path: Path) -> None:
    """Write the truth about a clip as JSON."""
    path.write_text(json.dumps(truth, separators=(",", ":")) + "\n")


def describe_set(
    exercise_set: SquatSet | PushUpSet, body: Body, postures: Sequence[Posture]
) -> dict[str, object]:
    """Describe the truth about a set, given its posture in every frame.

    Returns
    -------
    dict
        ``exercise``, ``count`` (of full reps), ``frames``, ``frames_per_s``, ``duration_s``; ``reps``,
        each with its times in s, kind, fault (or null) and the angles at its bottom; ``angles``, each
        a list with a value for each frame. The angles are those of `gym.athlete.postures.Angles`,
        measured in three dimensions between the rig's joints.
    """
    every = [asdict(body.measure(posture)) for posture in postures]
    reps = []
    for number, (rep, span) in enumerate(
        zip(exercise_set.reps, exercise_set.spans, strict=True), start=1
    ):
        angles = asdict(body.measure(exercise_set.posture(span.bottom_s)))
        reps.append(
            {
                "number": number,
                "kind": rep.kind,
                "fault": rep.fault or None,
                "start_s": round(span.start_s, 3),
                "bottom_s": round(span.bottom_s, 3),
                "end_s": round(span.end_s, 3),
                **{name: round(value, 3) for name, value in angles.items()},
            }
        )
    return {
        "exercise": exercise_set.exercise,
        "count": sum(rep.kind == "full" for rep in exercise_set.reps),
        "frames": len(postures),
        "frames_per_s": FRAMES_PER_S,
        "duration_s": len(postures) / FRAMES_PER_S,
        "reps": reps,
        "angles": {name: [round(frame[name], 2) for frame in every] for name in every[0]},
    }


def _film(
    exercise_set: SquatSet | PushUpSet, scene: Scene, out: Path, on_progress: OnProgress | None
) -> dict[str, object]:
    """Render a set into a file and describe the truth about it."""
    from gym.media.writer import ClipWriter

    camera = scene.camera
    frames = round(exercise_set.duration_s * FRAMES_PER_S)
    postures = [exercise_set.posture(k / FRAMES_PER_S) for k in range(frames)]
    with ClipWriter(out, camera.size, FRAMES_PER_S) as clip:
        for k, posture in enumerate(postures):
            clip.write(Frame(scene.draw(posture), k / FRAMES_PER_S))
            if on_progress:
                on_progress("Rendering the clip", (k + 1) / frames)
    return {
        **describe_set(exercise_set, Body(scene.mesh.rig), postures),
        "width_px": camera.size[0],
        "height_px": camera.size[1],
        "camera_yaw_deg": abs(camera.yaw_deg),
        "near_side": "right" if camera.yaw_deg < 0 else "left",
    }
