"""The command line: the same functions as the app, for scripts and tests.

Exit status: 0 done; 1 a problem the user can solve (one sentence and advice on standard error);
2 wrong usage. Progress goes to standard error, and only if that is a terminal.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gym.errors import GymError, NobodyInView
from gym.files import write_whole
from gym.schema import ClipInfo, PoseSequence, Workout

#: The commands that know the user's own exercises; networks are trained and scored without them.
_WITH_OWN = ("analyse", "count", "teach", "exercises")


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] in _WITH_OWN:
        from gym.exercises.taught import load_taught

        sys.stderr.writelines(f"{problem}\n" for problem in load_taught())
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
    from gym.counting.arena import ARENA
    from gym.exercises import EXERCISES
    from gym.exercises.strictness import STANDARD, STRICTNESS
    from gym.pose.weights import MODELS

    parser = argparse.ArgumentParser(prog="python -m gym", description="Virtual Gym Assistant")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    judging = argparse.ArgumentParser(add_help=False)
    judging.add_argument("--exercise", choices=("auto", *EXERCISES), default="auto")
    judging.add_argument("--counter", choices=(*COUNTERS, *ARENA), default=DEFAULT_COUNTER)
    judging.add_argument("--strictness", choices=tuple(STRICTNESS), default=STANDARD)
    judging.add_argument(
        "--json", metavar="FILE", help="write the result as JSON; - is standard output"
    )

    analyse = commands.add_parser(
        "analyse", parents=[judging], help="analyse a clip: count the reps and judge the form"
    )
    analyse.add_argument("clip", type=Path, metavar="CLIP")
    analyse.add_argument("--model", choices=MODELS, default="full")
    analyse.add_argument(
        "--csv", type=Path, metavar="FILE", help="write the reps, or the holds, as a table"
    )
    analyse.add_argument("--video", type=Path, metavar="FILE", help="write the annotated video")
    analyse.add_argument("--poses", type=Path, metavar="FILE", help="write the poses (.npz)")
    analyse.set_defaults(run=_analyse)

    count = commands.add_parser("count", parents=[judging], help="the same for a pose file")
    count.add_argument("poses", type=Path, metavar="POSES.npz")
    count.set_defaults(run=_count)

    teach = commands.add_parser(
        "teach", help="teach an exercise of your own with a clip of three reps or more"
    )
    teach.add_argument("clip", type=Path, metavar="CLIP|POSES.npz")
    teach.add_argument("--name", required=True, metavar="TITLE", help='such as "Calf raise"')
    teach.add_argument("--reps", type=_to_positive, metavar="N", help="how many the clip shows")
    teach.add_argument(
        "--other-end", action="store_true", help="a rep begins at the other end than it seems"
    )
    teach.add_argument("--model", choices=MODELS, default="full")
    teach.set_defaults(run=_teach)

    exercises = commands.add_parser(
        "exercises", help="list the exercises by name, and what taught your own"
    )
    exercises.add_argument("--delete", metavar="NAME", help="delete one of your own")
    exercises.set_defaults(run=_exercises)

    evaluate = commands.add_parser("evaluate", help="compare every counter with labelled clips")
    evaluate.add_argument("--labels", type=Path, required=True, metavar="FILE")
    evaluate.add_argument("--root", type=Path, required=True, metavar="FOLDER")
    evaluate.add_argument("--exercise", choices=("given", "auto"), default="auto")
    evaluate.add_argument("--format", choices=("clips", "repcount"), default="clips")
    evaluate.add_argument("--out", type=Path, metavar="FOLDER", help="write the report there")
    evaluate.add_argument(
        "--robustness",
        action="store_true",
        help="also count again after changes that should not matter",
    )
    evaluate.add_argument(
        "--workers", type=_to_positive, metavar="N", help="number of parallel processes"
    )
    evaluate.set_defaults(run=_evaluate)

    systems = commands.add_parser(
        "systems", help="write the table of systems: published figures, and ours on labelled clips"
    )
    systems.add_argument("--data", type=Path, metavar="FOLDER", help="with labelled sets to count")
    systems.add_argument("--clip-poses", type=Path, metavar="FOLDER", help="poses of its clips/")
    systems.add_argument("--out", type=Path, default=Path("models"), metavar="FOLDER")
    systems.set_defaults(run=_systems)

    train = commands.add_parser("train", help="train a network and write its card")
    train.add_argument("network", choices=("stgcn", "phase", "counter"))
    train.add_argument("counter", nargs="?", choices=tuple(ARENA), help="which, of the arena's")
    train.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    train.add_argument("--seed", type=int, default=0, metavar="N")
    train.add_argument("--out", type=Path, default=Path("models"), metavar="FOLDER")
    train.add_argument("--config", choices=("app", "penn15"), default="app", help="of the stgcn")
    train.add_argument("--clip-poses", type=Path, metavar="FOLDER", help="development poses")
    train.add_argument("--steps", type=_to_positive, metavar="N", help="fewer, for a trial")
    train.add_argument(
        "--device", choices=("cpu", "cuda"), help="of a counter; a GPU where there is one"
    )
    train.set_defaults(run=_train)

    weights = commands.add_parser("weights", help="fetch and verify the pose models")
    weights.add_argument(
        "models", nargs="*", type=_to_model, metavar="MODEL", help=", ".join(MODELS)
    )
    weights.set_defaults(run=_weights)

    sample = commands.add_parser("sample", help="rebuild the sample clip that comes with the app")
    sample.add_argument("--out", type=Path, metavar="FILE.mp4")
    sample.set_defaults(run=_sample)

    bench = commands.add_parser("bench", help="measure speed and memory against their limits")
    bench.add_argument("--clip", type=Path, metavar="CLIP", help="measure on this clip")
    bench.add_argument("--runs", type=_to_positive, default=3, metavar="N")
    bench.add_argument("--memory", action="store_true", help="also for a 10-minute clip")
    bench.set_defaults(run=_bench)
    return parser


def _to_positive(text: str) -> int:
    """Read a number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number of 1 or more, got {text!r}")
    return int(text)


def _to_model(text: str) -> str:
    """Read the name of a pose model."""
    from gym.pose.weights import MODELS

    if text not in MODELS:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(MODELS)}, got {text!r}")
    return text


class _Progress:
    """One line on standard error, where that is a terminal; gone at the end."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._line = ""

    def __call__(self, stage: str, fraction: float) -> None:
        self._write(f"{stage} {fraction:4.0%}")

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *exc: object) -> None:
        self._write("")

    def _write(self, line: str) -> None:
        if self._shown and line != self._line:
            sys.stderr.write("\r" + line.ljust(len(self._line)) + ("" if line else "\r"))
            sys.stderr.flush()
            self._line = line


def _analyse(options: argparse.Namespace) -> None:
    from gym.exercises import HOLDS
    from gym.export.film import write_annotated_video
    from gym.export.tables import holds_csv, reps_csv
    from gym.posefiles import write_poses
    from gym.session import JudgeSettings, analyse

    _check_places(options, options.clip, "json", "csv", "video", "poses")
    # The annotated video is drawn on the upright, scaled clip: decoding a phone's 4K twice is slow.
    with tempfile.TemporaryDirectory(prefix="gym-") as folder, _Progress() as progress:
        browser_clip = Path(folder) / "clip.mp4" if options.video else None
        workout = analyse(
            options.clip,
            JudgeSettings(options.exercise, options.counter, strictness=options.strictness),
            model=options.model,
            browser_clip=browser_clip,
            on_progress=progress,
        )
        if options.video:
            write_annotated_video(workout, browser_clip, options.video, on_progress=progress)
    if options.poses:
        with _writing(options.poses):
            write_poses(workout.poses, options.poses)
    if options.csv:
        held = workout.exercise.label in HOLDS
        _write_text(options.csv, holds_csv(workout) if held else reps_csv(workout))
    _show(workout, options)


def _teach(options: argparse.Namespace) -> None:
    from gym.exercises.taught import check_title, describe_signal, keep_taught
    from gym.session import estimate_poses
    from gym.teaching import teach_exercise

    check_title(options.name)  # before minutes of work go into it
    if options.clip.suffix.lower() == ".npz":
        _, poses = _read_poses(options.clip)
    else:
        with _Progress() as progress:
            _, poses = estimate_poses(options.clip, model=options.model, on_progress=progress)
    taught = teach_exercise(poses, options.name, options.reps, options.other_end)
    keep_taught(taught)
    rule = taught.exercise.rules[0]
    _say(
        f"{taught.title} is taught, by the {describe_signal(taught.signal)}. {rule.source}\n"
        f"Count it with --exercise {taught.name}.\n"
    )
    if taught.doubt:
        _say(taught.doubt + "\n")


def _exercises(options: argparse.Namespace) -> None:
    from gym.errors import TeachError
    from gym.exercises import EXERCISES
    from gym.exercises.taught import delete_taught, list_taught

    own = list_taught()
    if options.delete is None:
        for name, exercise in EXERCISES.items():
            _say(
                f"{name}: {exercise.title}{'. ' + exercise.rules[0].source if name in own else ''}\n"
            )
    elif options.delete in own:
        delete_taught(options.delete)
        _say(f"{options.delete} is deleted.\n")
    else:
        raise TeachError(
            f"There is no exercise of your own with the name {options.delete!r}.",
            f"Choose one of: {', '.join(own)}." if own else "None has been taught yet.",
        )


def _read_poses(path: Path) -> tuple[ClipInfo, PoseSequence]:
    """Read a pose file with somebody in it."""
    from gym.posefiles import read_poses
    from gym.session import describe_pose_file

    poses = read_poses(path)
    clip = describe_pose_file(path, poses)
    if not poses.seen.any():
        raise NobodyInView(
            f"Nobody is in view in {clip.name}.", "Choose a pose file with a person in it."
        )
    return clip, poses


def _count(options: argparse.Namespace) -> None:
    from gym.session import JudgeSettings, analyse_poses

    _check_places(options, options.poses, "json")
    clip, poses = _read_poses(options.poses)
    settings = JudgeSettings(options.exercise, options.counter, strictness=options.strictness)
    _show(analyse_poses(clip, poses, settings), options)


def _show(workout: Workout, options: argparse.Namespace) -> None:
    """Write the JSON where it was asked for, else say the result in a few lines."""
    from gym.exercises import HOLDS
    from gym.export.record import to_json_text
    from gym.notes import say_holds

    if options.json == "-":
        _say(to_json_text(workout))
    elif options.json:
        _write_text(Path(options.json), to_json_text(workout))
    else:
        counts = ", ".join(f"{name} {count.count}" for name, count in workout.counts.items())
        counted = "" if workout.exercise.label in HOLDS else f"{workout.exercise.label}: {counts}"
        for line in (counted, say_holds(workout.holds), *workout.notes, workout.form.cue):
            if line:
                _say(line + "\n")


def _say(text: str) -> None:
    """Write to standard output at once, so that a full disk or a closed pipe is told here."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        with open(os.devnull, "wb") as nowhere:  # where the rest goes that Python still holds
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise GymError(f"Standard output cannot be written: {error.strerror}.") from error


def _check_places(options: argparse.Namespace, source: Path, *names: str) -> None:
    """Refuse files that could not be written, before minutes of work go into them."""
    asked = [Path(text) for name in names if (text := getattr(options, name)) not in (None, "-")]
    for path in asked:
        if path.is_dir():
            reason = "it is a folder"
        elif not path.parent.is_dir():
            reason = f"there is no folder {path.parent}"
        elif not os.access(path if path.exists() else path.parent, os.W_OK):
            reason = "that place is write-protected"
        elif path.exists() and source.exists() and path.samefile(source):
            reason = "it is the file to be read"
        else:
            continue
        raise GymError(f"{path.name or path} cannot be written: {reason}.", "Choose another place.")


def _write_text(path: Path, text: str) -> None:
    """Write a text file that was asked for."""
    with _writing(path):
        write_whole(path, text.encode())


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Tell in the user's words that a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise GymError(
            f"{path.name} cannot be written: {error.strerror}.", "Choose another place."
        ) from error


def _evaluate(options: argparse.Namespace) -> None:
    from gym.evaluation.evaluate import default_workers, evaluate, open_pool
    from gym.evaluation.report import describe_report, write_report

    if options.out:
        with _writing(options.out):
            options.out.mkdir(parents=True, exist_ok=True)
    with _Progress() as progress, open_pool(options.workers or default_workers()) as pool:
        report = evaluate(
            options.labels,
            options.root,
            exercise=options.exercise,
            layout=options.format,
            executor=pool,
            robustness=options.robustness,
            on_clip=lambda done, total, result: progress(f"{done} of {total}", done / total),
        )
    if options.out:
        with _writing(options.out):
            write_report(report, options.out)
    _say(describe_report(report))


def _systems(options: argparse.Namespace) -> None:
    from gym.evaluation.systems import write_systems

    with _writing(options.out), _Progress() as progress:
        _say(write_systems(options.data, options.out, options.clip_poses, progress))


def _train(options: argparse.Namespace) -> None:
    """Train one network; the card of what the app ships is written from all runs in the folder."""
    from gym.training.run import check_training, run_training

    check_training(options.network, options.counter)
    with _writing(options.out):
        options.out.mkdir(parents=True, exist_ok=True)
    with _Progress() as progress:
        run_training(options, progress)


def _weights(options: argparse.Namespace) -> None:
    from gym.pose.weights import MODELS, available_models, fetch_pose_models

    shown = sys.stderr.isatty()
    ready = fetch_pose_models(
        options.models or MODELS,
        on_step=lambda text: sys.stderr.write(text + "\n") if shown else None,
    )
    _say(f"pose models ready: {', '.join(ready)}\n")
    for model, reason in available_models().items():
        if reason and model in (options.models or MODELS):
            _say(f"{model} is not there. {reason}\n")


def _sample(options: argparse.Namespace) -> None:
    from gym.athlete.sample import rebuild_sample, write_sample

    with _Progress() as progress:
        if options.out:
            write_sample(options.out, on_progress=progress)
        else:
            rebuild_sample(on_progress=progress)


def _bench(options: argparse.Namespace) -> None:
    from gym.bench import run_bench

    beyond = 0
    for figure in run_bench(options.clip, runs=options.runs, memory=options.memory):
        _say(f"{figure}\n")
        beyond += not figure.passed
    if beyond:
        raise GymError(
            f"{beyond} of these figures are beyond what README promises of an idle machine.",
            "Measure again while the machine does nothing else.",
        )


def _quiet_native_code() -> None:
    """Keep what MediaPipe's and FFmpeg's native code logs off standard error.

    Nothing else stops it: MediaPipe heeds none of its libraries' log settings. So descriptor 2, which
    native code writes to, leads nowhere, and Python's standard error to where it always led.
    """
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)


if __name__ == "__main__":
    _quiet_native_code()
    sys.exit(main())
