"""The command line: the same functions as the app, for scripts and tests.

Exit status: 0 done; 1 a situation of the user's (one sentence and its advice on standard error);
2 wrong usage. Progress goes to standard error, and only where that is a terminal.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gym.errors import GymError

_MODELS = ("lite", "full", "heavy")


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _build_parser().parse_args(arguments)
    try:
        options.run(options)
    except GymError as error:
        sys.stderr.write(f"{error.message} {error.advice}".strip() + "\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 1
    return 0


def _build_parser() -> argparse.ArgumentParser:
    """Describe every command; the contract is the interface document's."""
    from gym.counting import COUNTERS, DEFAULT_COUNTER
    from gym.exercises import EXERCISES

    parser = argparse.ArgumentParser(prog="python -m gym", description="Virtual Gym Assistant")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    judging = argparse.ArgumentParser(add_help=False)
    judging.add_argument("--exercise", choices=("auto", *EXERCISES), default="auto")
    judging.add_argument("--counter", choices=tuple(COUNTERS), default=DEFAULT_COUNTER)
    judging.add_argument("--json", metavar="FILE", help="write the result; - is standard output")

    analyse = commands.add_parser("analyse", parents=[judging], help="a clip to a verdict")
    analyse.add_argument("clip", type=Path, metavar="CLIP")
    analyse.add_argument("--model", choices=_MODELS, default="full")
    analyse.add_argument("--csv", type=Path, metavar="FILE", help="write the reps as a table")
    analyse.add_argument("--video", type=Path, metavar="FILE", help="write the annotated video")
    analyse.add_argument("--poses", type=Path, metavar="FILE", help="write the poses (.npz)")
    analyse.set_defaults(run=_analyse)

    count = commands.add_parser("count", parents=[judging], help="a pose file to a verdict")
    count.add_argument("poses", type=Path, metavar="POSES.npz")
    count.set_defaults(run=_count)

    evaluate = commands.add_parser("evaluate", help="compare every counter with labelled clips")
    evaluate.add_argument("--labels", type=Path, required=True, metavar="FILE")
    evaluate.add_argument("--root", type=Path, required=True, metavar="FOLDER")
    evaluate.add_argument("--exercise", choices=("given", "auto"), default="auto")
    evaluate.add_argument("--format", choices=("clips", "repcount"), default="clips")
    evaluate.add_argument("--out", type=Path, metavar="FOLDER", help="write the report there")
    evaluate.add_argument("--workers", type=int, metavar="N", help="processes at once")
    evaluate.set_defaults(run=_evaluate)

    weights = commands.add_parser("weights", help="fetch and verify the pose models")
    weights.add_argument("models", nargs="*", metavar="MODEL", help="lite, full, heavy")
    weights.set_defaults(run=_weights)

    sample = commands.add_parser("sample", help="rebuild the shipped sample")
    sample.add_argument("--out", type=Path, metavar="FILE.mp4")
    sample.set_defaults(run=_sample)

    bench = commands.add_parser("bench", help="speed and memory, as ratios")
    bench.add_argument("--clip", type=Path, metavar="CLIP", help="measure on this clip")
    bench.add_argument("--runs", type=int, default=3, metavar="N")
    bench.add_argument("--memory", action="store_true", help="also the memory on a 10-minute clip")
    bench.set_defaults(run=_bench)
    return parser


class _Progress:
    """One line on standard error, where that is a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = ""

    def __call__(self, stage: str, fraction: float) -> None:
        line = f"\r{stage} {fraction:4.0%} "
        if self._shown and line != self._last:
            sys.stderr.write(line)
            sys.stderr.flush()
            self._last = line

    def end(self) -> None:
        if self._last:
            sys.stderr.write("\r" + " " * len(self._last) + "\r")


def _analyse(options: argparse.Namespace) -> None:
    import tempfile

    from gym.report import reps_csv, write_annotated_video, write_poses
    from gym.session import estimate_poses, judge

    progress = _Progress()
    # The annotated video is drawn on the upright, scaled clip: decoding a phone's 4K twice is slow.
    with tempfile.TemporaryDirectory(prefix="gym-") as folder:
        browser_clip = Path(folder) / "clip.mp4" if options.video else None
        clip, poses = estimate_poses(
            options.clip, model=options.model, browser_clip=browser_clip, on_progress=progress
        )
        workout = judge(clip, poses, exercise=options.exercise, counter=options.counter)
        if options.video:
            write_annotated_video(workout, browser_clip, options.video, on_progress=progress)
    progress.end()
    if options.poses:
        write_poses(poses, options.poses)
    if options.csv:
        _write_text(options.csv, reps_csv(workout))
    _show(workout, options)


def _count(options: argparse.Namespace) -> None:
    from gym.evaluation.evaluate import clip_of_poses
    from gym.report import read_poses
    from gym.session import judge

    poses = read_poses(options.poses)
    clip = clip_of_poses(options.poses, poses)
    _show(judge(clip, poses, exercise=options.exercise, counter=options.counter), options)


def _show(workout: object, options: argparse.Namespace) -> None:
    """Write the JSON where it was asked for, else say the result in a few lines."""
    from gym.report import to_json_text

    if options.json == "-":
        sys.stdout.write(to_json_text(workout))
    elif options.json:
        _write_text(Path(options.json), to_json_text(workout))
    if not options.json:
        counts = ", ".join(f"{name} {count.count}" for name, count in workout.counts.items())
        sys.stdout.write(f"{workout.exercise.label}: {counts}\n")
        for line in (*workout.notes, workout.form.cue):
            if line:
                sys.stdout.write(line + "\n")


def _write_text(path: Path, text: str) -> None:
    """Write a file that was asked for, or say why it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise GymError(
            f"{path.name} cannot be written: {error.strerror}.", "Choose another place."
        ) from error


def _evaluate(options: argparse.Namespace) -> None:
    from gym.evaluation.evaluate import default_workers, evaluate, write_report

    def show(done: int, total: int, result: object) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done}/{total} {result.clip.id:<20}")

    report = evaluate(
        options.labels,
        options.root,
        exercise=options.exercise,
        layout=options.format,
        workers=options.workers or default_workers(),
        on_clip=show,
    )
    if options.out:
        write_report(report, options.out)
    sys.stdout.write(_describe(report))


def _describe(report: dict) -> str:
    """Return a report's figures as plain lines."""
    lines = [f"exercise: {report['exercise']}", f"{'clip':<12}{'truth':>6}  counts"]
    for row in report["clips"]:
        truth = f"{row['reps']}" + (f"/{row['reps_alt']}" if row["reps_alt"] is not None else "")
        counts = " ".join(f"{name}={count}" for name, count in row["counts"].items())
        lines.append(
            f"{row['id']:<12}{truth:>6}  {counts}  {row['label']} {row['error'] or ''}".rstrip()
        )
    for title, part in (("", report["methods"]), ("long clips, ", report["long_clips"])):
        for method, by_exercise in part.items():
            for exercise, score in by_exercise.items():
                figures = " ".join(
                    f"{name} {score[name]['value']} {score[name]['interval']}"
                    for name in ("mae", "nmae", "obo", "exact", "bias")
                )
                lines.append(
                    f"{title}{method}, {exercise}: n {score['n']} {figures} event_f1 {score['event_f1']}"
                )
    for exercise, score in report["recognition"].items():
        lines.append(
            f"recognition, {exercise}: n {score['n']} clips {score['clip_accuracy']['value']} "
            f"frames {score['frame_accuracy']['value']}"
        )
    for exercise, kinds in report["form"].items():
        for kind, score in kinds.items():
            lines.append(f"form, {exercise}, {kind}: n {score['n']} mae {score['mae']['value']}")
    return "\n".join(lines) + "\n"


def _weights(options: argparse.Namespace) -> None:
    from gym.weights import fetch_pose_models

    unknown = sorted(set(options.models) - set(_MODELS))
    if unknown:
        sys.stderr.write(
            f"python -m gym weights: unknown model {unknown[0]}; there are {_MODELS}\n"
        )
        raise SystemExit(2)
    ready = fetch_pose_models(
        options.models or _MODELS, on_step=lambda text: sys.stderr.write(text + "\n")
    )
    sys.stdout.write(f"pose models ready: {', '.join(ready)}\n")


def _sample(options: argparse.Namespace) -> None:
    from gym.athlete.sample import write_sample

    progress = _Progress()
    write_sample(options.out, on_progress=progress)
    progress.end()


def _bench(options: argparse.Namespace) -> None:
    from gym.bench import run_bench

    for line in run_bench(options.clip, runs=options.runs, memory=options.memory):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
