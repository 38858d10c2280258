"""A workout as JSON, schema 1 of the command line, and back.

    Workout --Record.of--> Record --to_record--> plain values --> text, and back as far as the Record

A file may come from anywhere, so reading believes nothing of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from gym.exercises import EXERCISES, label_of, name_in_files
from gym.exercises.strictness import STANDARD
from gym.export.fields import MAX_TIME_S, Part, refuse, round_known
from gym.export.report import ADDED, from_rep_report, from_set_report, to_report
from gym.schema import (
    Classification,
    ClipInfo,
    CoachReport,
    ExerciseSet,
    Finding,
    FormReport,
    Hold,
    Rep,
    RepKind,
    RepReport,
    Segment,
    Unseen,
    Verdict,
    View,
    Workout,
)
from gym.summary import pair_reps

MAX_RECORD_BYTES = 8 * 10**6  #: twice what a rep a second makes of the longest clip

#: What came to schema 1 later, so that earlier files lack it.
_ADDED = (
    *("stopped_s", "confidence", "notes", "reason", "time_s", "cue"),
    *("holds", "hold_s", "kept_share", "drift", "variant", "settings"),
    *ADDED,
)


@dataclass(frozen=True)
class Record:
    """What the JSON keeps of a workout: all but its poses, signals and phase curves.

    Numbers that are not known are NaN. The figures of `gym.summary` are to be had of it as well.

    Attributes
    ----------
    clip : ClipInfo
        Read from JSON, it does not say when it was recorded.
    model : str or None
        The pose model.
    frames_with_pose : int
    view : View
    exercise : Classification
    sets : tuple of ExerciseSet
    counts : dict of str to int
        Each counter's number of whole reps.
    counter : str
        The one whose reps are listed.
    confidence : float
    reps : tuple of Rep
        In time order, partial ones included.
    holds : tuple of Hold
    form : FormReport
        Read from JSON, a finding has the name and the reason that its rule has today.
    notes : tuple of str
    versions : dict of str to (str or None)
    strictness : str
        Whose limits the rules had; "standard" where an earlier file does not say it.
    own_limits : dict of str to float
        The user's own pass limits, by rule code.
    report : CoachReport
    """

    clip: ClipInfo
    model: str | None
    frames_with_pose: int
    view: View
    exercise: Classification
    sets: tuple[ExerciseSet, ...]
    counts: dict[str, int]
    counter: str
    confidence: float
    reps: tuple[Rep, ...]
    form: FormReport
    notes: tuple[str, ...]
    versions: dict[str, str | None]
    holds: tuple[Hold, ...] = ()
    strictness: str = STANDARD
    own_limits: dict[str, float] = field(default_factory=dict)
    report: CoachReport = field(default_factory=CoachReport)

    @classmethod
    def of(cls, workout: Workout) -> Record:
        """Take from a workout what is kept."""
        return cls(
            clip=workout.clip,
            model=workout.poses.model,
            frames_with_pose=int(workout.poses.seen.sum()),
            view=workout.signals.view,
            exercise=workout.exercise,
            sets=workout.sets,
            counts={method: count.count for method, count in workout.counts.items()},
            counter=workout.counter,
            confidence=workout.confidence,
            reps=workout.reps,
            form=workout.form,
            notes=workout.notes,
            versions={"app": None, "pose": None, "stgcn": None, "phase": None} | workout.versions,
            holds=workout.holds,
            strictness=workout.strictness,
            own_limits=workout.own_limits,
            report=workout.report,
        )


def to_json(workout: Workout) -> dict[str, object]:
    """Convert a workout to schema 1 of the command line's JSON."""
    return to_record(Record.of(workout))


def to_json_text(workout: Workout) -> str:
    """Return the JSON of a workout as text, ending in a newline; never a bare NaN."""
    return json.dumps(to_json(workout), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json_text(text: str | bytes) -> Record:
    """Read the JSON of a workout, as `to_json_text` writes it.

    Raises
    ------
    RecordError
        It is too long, no JSON, or not a workout's.
    """
    if len(text) > MAX_RECORD_BYTES:
        raise refuse(f"it has more than {MAX_RECORD_BYTES / 10**6:.0f} MB")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse("it is not JSON, or damaged") from error
    return from_record(found)


def to_record(record: Record) -> dict[str, object]:
    """Convert a record to plain values.

    Numbers are plain Python's, rounded to what was measured (seconds to the millisecond, degrees to
    a tenth, everything else to four decimals); what is not known is None. ``number`` counts all the
    reps listed, the partial ones included, which ``counts`` leaves out.
    """
    clip, exercise, view = record.clip, record.exercise, record.view
    reports = record.report.reps or (RepReport(),) * len(record.reps)
    return {
        "schema": 1,
        "clip": {
            "name": clip.name,
            "duration_s": round_known(clip.duration_s, 3),
            "frames": int(clip.frames),
            "width_px": int(clip.width_px),
            "height_px": int(clip.height_px),
            "rotation_deg": None if clip.rotation_deg is None else int(clip.rotation_deg),
            "stopped_s": round_known(clip.stopped_s, 3),
        },
        "pose": {"model": record.model, "frames_with_pose": record.frames_with_pose},
        "view": {
            "label": view.label,
            "yaw_deg": round_known(view.yaw_deg, 1),
            "confidence": round_known(view.confidence),
        },
        "exercise": {
            **_name_exercise(exercise.label, "label"),
            "probability": round_known(exercise.probability),
            "chosen_by": exercise.chosen_by,
            "frame_share": _round_shares(_join_variants(exercise.frame_share)),
            "timeline": [
                {
                    "start_s": round_known(segment.start_s, 3),
                    "end_s": round_known(segment.end_s, 3),
                    **_name_exercise(segment.label, "label"),
                    "probability": round_known(segment.probability),
                }
                for segment in exercise.timeline
            ],
        },
        "sets": [
            {
                **_name_exercise(one.exercise),
                "start_s": round_known(one.start_s, 3),
                "end_s": round_known(one.end_s, 3),
                "counts": {method: int(count) for method, count in one.counts.items()},
                "hold_s": round_known(one.hold_s, 3),
            }
            for one in record.sets
        ],
        "counts": dict(record.counts),
        "counter": record.counter,
        "confidence": round_known(record.confidence),
        "reps": [
            {
                "number": number,
                "start_s": round_known(rep.start_s, 3),
                "bottom_s": round_known(rep.bottom_s, 3),
                "end_s": round_known(rep.end_s, 3),
                "kind": str(rep.kind),
                "reason": rep.reason,
                "findings": [_from_finding(finding) for finding in findings],
                **from_rep_report(report),
            }
            for number, ((rep, findings), report) in enumerate(
                zip(pair_reps(record), reports, strict=True), start=1
            )
        ],
        "set_reports": [from_set_report(one) for one in record.report.sets],
        "holds": [
            {
                "exercise": hold.exercise,
                "start_s": round_known(hold.start_s, 3),
                "end_s": round_known(hold.end_s, 3),
                "seconds": round_known(hold.seconds, 3),
                "findings": [
                    _from_finding(finding)
                    | {
                        "kept_share": round_known(finding.kept_share),
                        "drift": round_known(finding.drift),
                    }
                    for finding in hold.findings
                ],
            }
            for hold in record.holds
        ],
        "form": {
            "frame_share": _round_shares(record.form.frame_share),
            "shallow_reps": int(record.form.shallow_reps),
            "cue": record.form.cue,
        },
        "settings": {
            "strictness": record.strictness,
            "limits": {code: round_known(limit) for code, limit in record.own_limits.items()},
        },
        "notes": list(record.notes),
        "versions": dict(record.versions),
    }


def from_record(found: object) -> Record:
    """Convert plain values, as `to_record` returns them, to a record again.

    Fields that are not known here, perhaps of a later version, are left out.

    Raises
    ------
    RecordError
        It is not of schema 1, a field is missing or of another kind, or a number is absurd.
    """
    whole = Part(found, added=_ADDED)
    if whole.whole("schema") != 1:
        raise refuse("it is not of schema 1")
    clip, pose, view = (whole.part(name) for name in ("clip", "pose", "view"))
    exercise, form = whole.part("exercise"), whole.part("form")
    reps = whole.items("reps", Part.part)
    settings = whole.part("settings") if whole.knows("settings") else None
    record = Record(
        clip=ClipInfo(
            name=clip.text("name"),
            duration_s=clip.times_s("duration_s")[0],
            frames=clip.whole("frames"),
            width_px=clip.whole("width_px"),
            height_px=clip.whole("height_px"),
            rotation_deg=clip.whole("rotation_deg", None),
            stopped_s=clip.times_s("stopped_s")[0] if clip.knows("stopped_s") else None,
        ),
        model=pose.text("model", None),
        frames_with_pose=pose.whole("frames_with_pose"),
        view=View(view.text("label"), view.number("yaw_deg", 0.0, 360.0), view.share("confidence")),
        exercise=Classification(
            label=_read_label(exercise, "label"),
            probability=exercise.share("probability"),
            chosen_by=exercise.text("chosen_by"),
            frame_share=_part_variant(
                exercise.part("frame_share").table(Part.share), _read_label(exercise, "label")
            ),
            timeline=tuple(
                Segment(
                    *part.times_s("start_s", "end_s"),
                    _read_label(part, "label"),
                    part.share("probability"),
                )
                for part in exercise.items("timeline", Part.part)
            ),
        ),
        sets=tuple(
            ExerciseSet(
                _read_label(part, "exercise"),
                *part.times_s("start_s", "end_s"),
                part.part("counts").table(Part.whole),
                part.number("hold_s", 0.0, MAX_TIME_S),
            )
            for part in whole.items("sets", Part.part)
        ),
        counts=whole.part("counts").table(Part.whole),
        counter=whole.text("counter"),
        confidence=whole.share("confidence"),
        reps=tuple(
            Rep(
                *part.times_s("start_s", "bottom_s", "end_s"),
                part.choice("kind", RepKind),
                part.text("reason", ""),
            )
            for part in reps
        ),
        form=FormReport(
            findings=tuple(
                tuple(_to_finding(found) for found in part.items("findings", Part.part))
                for part in reps
            ),
            frame_share=form.part("frame_share").table(Part.share),
            shallow_reps=form.whole("shallow_reps"),
            cue=form.text("cue", ""),
        ),
        holds=tuple(
            Hold(
                part.text("exercise"),
                *part.times_s("start_s", "end_s"),
                tuple(_to_finding(found) for found in part.items("findings", Part.part)),
            )
            for part in whole.items("holds", Part.part)
        ),
        notes=tuple(whole.items("notes", Part.text)),
        versions=whole.part("versions").table(lambda part, name: part.text(name, None)),
        strictness=settings.text("strictness") if settings else STANDARD,
        own_limits=settings.part("limits").table(Part.number) if settings else {},
        report=to_report(whole, reps),
    )
    if [part.whole("number") for part in reps] != [*range(1, len(reps) + 1)]:
        raise refuse("its reps are not numbered from 1")
    if record.counter not in record.counts:
        raise refuse("its counter is not among its counts")
    return record


def _name_exercise(label: str, field: str = "exercise") -> dict[str, str]:
    """Return the fields that tell an exercise and its variant."""
    name, variant = name_in_files(label)
    return {field: name, "variant": variant}


def _read_label(part: Part, field: str) -> str:
    """Return the label of an exercise that is told with its variant, or without, as earlier files do."""
    return label_of(part.text(field), part.text("variant", ""))


def _join_variants(shares: dict[str, float]) -> dict[str, float]:
    """Return shares under the names that files have: a variant's belongs to its exercise."""
    joined: dict[str, float] = {}
    for label, share in shares.items():
        name, _ = name_in_files(label)
        joined[name] = joined[name] + share if name in joined else share
    return joined


def _part_variant(shares: dict[str, float], label: str) -> dict[str, float]:
    """Return shares under labels again; what a file's exercise has is all of the variant it names."""
    name, _ = name_in_files(label)
    return {label if found == name else found: share for found, share in shares.items()}


def _from_finding(finding: Finding) -> dict[str, object]:
    """Convert one finding to plain values."""
    return {
        "code": finding.code,
        "verdict": str(finding.verdict),
        "value": round_known(finding.value),
        "unit": finding.unit,
        "limit": round_known(finding.limit),
        "cue": finding.cue,
        "time_s": round_known(finding.time_s, 3),
        "uncertainty": round_known(finding.uncertainty),
        "unseen": None if finding.unseen is None else str(finding.unseen),
    }


def _to_finding(part: Part) -> Finding:
    """Read one finding; its name and why it matters are those of its rule, if that is known here."""
    code = part.text("code")
    exercise = EXERCISES.get(code.partition(".")[0])
    rule = next((one for one in exercise.rules if one.code == code), None) if exercise else None
    return Finding(
        code=code,
        name=rule.name if rule else code,
        verdict=part.choice("verdict", Verdict),
        value=part.number("value"),
        unit=part.text("unit"),
        limit=part.number("limit"),
        cue=part.text("cue", ""),
        why=rule.why if rule else "",
        time_s=part.number("time_s", 0.0, MAX_TIME_S),
        kept_share=part.share("kept_share"),
        drift=part.number("drift"),
        uncertainty=part.number("uncertainty"),
        unseen=_to_unseen(part),
    )


def _to_unseen(part: Part) -> Unseen | None:
    """Read why something cannot be judged; None where it could be, or the file does not say."""
    return Unseen(why) if (why := part.text("unseen", "")) in list(Unseen) else None


def _round_shares(shares: dict[str, float]) -> dict[str, float | None]:
    return {name: round_known(share) for name, share in shares.items()}
