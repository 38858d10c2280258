"""A workout as JSON: schema 1 of the command line."""

from __future__ import annotations

import json
import math

from gym.schema import Finding, Workout
from gym.summary import pair_reps


def to_json(workout: Workout) -> dict[str, object]:
    """Convert a workout to schema 1 of the command line's JSON.

    Numbers are plain Python's, rounded to what was measured (seconds to the millisecond, degrees to
    a tenth, everything else to four decimals); what is not known is None. ``number`` counts all the
    reps listed, the partial ones included, which ``counts`` leaves out.
    """
    clip, exercise, view = workout.clip, workout.exercise, workout.signals.view
    versions = {"app": None, "pose": None, "stgcn": None, "phase": None} | workout.versions
    return {
        "schema": 1,
        "clip": {
            "name": clip.name,
            "duration_s": round_known(clip.duration_s, 3),
            "frames": int(clip.frames),
            "width_px": int(clip.width_px),
            "height_px": int(clip.height_px),
            "rotation_deg": _whole(clip.rotation_deg),
            "stopped_s": round_known(clip.stopped_s, 3),
        },
        "pose": {
            "model": workout.poses.model,
            "frames_with_pose": int(workout.poses.seen.sum()),
        },
        "view": {
            "label": view.label,
            "yaw_deg": round_known(view.yaw_deg, 1),
            "confidence": round_known(view.confidence),
        },
        "exercise": {
            "label": exercise.label,
            "probability": round_known(exercise.probability),
            "chosen_by": exercise.chosen_by,
            "frame_share": _shares(exercise.frame_share),
            "timeline": [
                {
                    "start_s": round_known(segment.start_s, 3),
                    "end_s": round_known(segment.end_s, 3),
                    "label": segment.label,
                    "probability": round_known(segment.probability),
                }
                for segment in exercise.timeline
            ],
        },
        "sets": [
            {
                "exercise": one.exercise,
                "start_s": round_known(one.start_s, 3),
                "end_s": round_known(one.end_s, 3),
                "counts": {method: int(count) for method, count in one.counts.items()},
            }
            for one in workout.sets
        ],
        "counts": {method: int(count.count) for method, count in workout.counts.items()},
        "counter": workout.counter,
        "confidence": round_known(workout.confidence),
        "reps": [
            {
                "number": number,
                "start_s": round_known(rep.start_s, 3),
                "bottom_s": round_known(rep.bottom_s, 3),
                "end_s": round_known(rep.end_s, 3),
                "kind": str(rep.kind),
                "reason": rep.reason,
                "findings": [_finding_to_json(finding) for finding in findings],
            }
            for number, (rep, findings) in enumerate(pair_reps(workout), start=1)
        ],
        "form": {
            "frame_share": _shares(workout.form.frame_share),
            "shallow_reps": int(workout.form.shallow_reps),
            "cue": workout.form.cue,
        },
        "notes": list(workout.notes),
        "versions": dict(versions),
    }


def to_json_text(workout: Workout) -> str:
    """Return the JSON of a workout as text, ending in a newline; never a bare NaN."""
    return json.dumps(to_json(workout), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _finding_to_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "verdict": str(finding.verdict),
        "value": round_known(finding.value),
        "unit": finding.unit,
        "limit": round_known(finding.limit),
        "cue": finding.cue,
        "time_s": round_known(finding.time_s, 3),
    }


def round_known(value: float | None, digits: int = 4) -> float | None:
    """Return a rounded plain number, or None where it is not known."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), digits) + 0.0  # never -0.0


def _whole(value: int | None) -> int | None:
    return None if value is None else int(value)


def _shares(shares: dict[str, float]) -> dict[str, float | None]:
    return {name: round_known(share) for name, share in shares.items()}
