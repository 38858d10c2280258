"""Speed and memory, measured in one run and told as ratios, beside the limits that README promises.

What is compared: our pose estimation with MediaPipe's own cost for the same frames; the whole command
with the clip's length; each counter with one millisecond a frame; a live session with the frames a
second that it needs; the memory of the whole command on a long clip with its limit. Absolute times
depend on the machine; ratios less so. The limits hold on a machine that does nothing else.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from gym.counting import COUNTERS, count_reps
from gym.exercises import EXERCISES
from gym.live.coach import LiveCoach
from gym.schema import Frame, PoseSequence
from gym.session import analyse_poses, estimate_poses

SAMPLE = Path(__file__).parent / "assets" / "sample" / "clip.mp4"
TRUTH = SAMPLE.with_name("truth.json")
ENLARGED = 2  #: the sample's 640 x 360 become 1280 x 720
FRAMES_PER_S = 30
CLIP_S = 30
LONG_S = 600
MEMORY_LIMIT_MB = 900
LIVE_FRAMES = 150  #: the countdown, and two seconds of a set
LIVE_FRAMES_PER_S = 12  #: at least, beside a browser that takes a core
LIVE_LATE_S = 0.4  #: after its end a rep is told at the latest


@dataclass(frozen=True)
class Figure:
    """One thing measured: in words, as a ratio, and the ratio that it may reach, if there is one."""

    text: str
    ratio: float
    limit: float | None = None

    @property
    def passed(self) -> bool:
        """Whether it keeps its limit."""
        return self.limit is None or self.ratio <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f" (limit {self.limit:g})"
        return f"{self.text}: ratio {self.ratio:.2f}{limit}" + ("" if self.passed else " BEYOND")


def run_bench(clip: Path | None = None, *, runs: int = 3, memory: bool = False) -> Iterator[Figure]:
    """Measure, and yield each figure once it is known.

    Parameters
    ----------
    clip : Path, optional
        Measure on this clip instead of the sample, looped to 30 s of 1280 x 720 at 30 frames/s.
    runs : int
        Number of runs of the whole command; the median is reported.
    memory : bool
        Also analyse a 10-minute clip and report the peak memory (takes about ten minutes).
    """
    with tempfile.TemporaryDirectory(prefix="gym-bench-") as folder:
        if clip is None:
            clip = Path(folder) / "clip.mp4"
            _write_loop(clip, CLIP_S)
        yield from _bench_pose(clip)
        yield from _bench_judging(clip)
        live = Path(folder) / "live"  # its recording has the clip's name
        live.mkdir()
        yield from _bench_live(live)
        yield from _bench_command(clip, Path(folder), runs)
        if memory:
            long = Path(folder) / "long.mp4"
            _write_loop(long, LONG_S)
            yield from _bench_memory(long, Path(folder))


def _write_loop(out: Path, length_s: float) -> None:
    """Write the sample, looped and enlarged, as a clip of a given length."""
    from gym.media.reader import ClipReader
    from gym.media.writer import ClipWriter

    with ClipReader(SAMPLE) as sample:
        pictures = [frame.image for frame in sample]
    there_and_back = cycle([*pictures, *pictures[-2:0:-1]])  # no jump at the seam
    height, width = (ENLARGED * side for side in pictures[0].shape[:2])
    with ClipWriter(out, (width, height), FRAMES_PER_S) as writer:
        for index, picture in enumerate(islice(there_and_back, int(length_s * FRAMES_PER_S))):
            large = picture.repeat(ENLARGED, 0).repeat(ENLARGED, 1)
            writer.write(Frame(large, index / FRAMES_PER_S))


def _bench_pose(clip: Path) -> Iterator[Figure]:
    """Compare our pose estimation, frame by frame, with MediaPipe's own cost."""
    from gym.media.reader import ClipReader
    from gym.pose.estimator import PoseEstimator, time_landmarker

    with ClipReader(clip) as reader:
        frames = list(islice(reader, 240))
    own_ms = [seconds * 1000 for seconds in time_landmarker(frames)]
    with PoseEstimator() as estimator:
        ours_ms = [_milliseconds(lambda f=frame: estimator.estimate(f)) for frame in frames]
    own, ours = statistics.median(own_ms), statistics.median(ours_ms)
    yield Figure(
        f"pose, full: {ours:.1f} ms a frame, MediaPipe alone {own:.1f}", ours / own, limit=1.3
    )


def _bench_judging(clip: Path) -> Iterator[Figure]:
    """Measure each counter and the whole judging on one core."""
    info, poses = estimate_poses(clip)
    for name in COUNTERS:
        ms = _milliseconds(lambda n=name: _count_squats(poses, n)) / len(poses)
        yield Figure(f"counter {name}: {ms:.3f} ms a frame, compared with 1 ms", ms, limit=1)
    ms = statistics.median(_milliseconds(lambda: analyse_poses(info, poses)) for _ in range(3))
    yield Figure(
        f"judging again: {ms:.0f} ms for {info.duration_s:.0f} s of video",
        ms / 1000 / info.duration_s,
    )


def _count_squats(poses: PoseSequence, counter: str) -> None:
    count_reps(poses, EXERCISES["squat"], counter)


def _bench_live(folder: Path) -> Iterator[Figure]:
    """Measure a live set of the sample, frame by frame, and how soon each rep is told."""
    from gym.live.session import LiveSession
    from gym.live.view import LiveSettings, Stage
    from gym.media.reader import ClipReader
    from gym.posefiles.analysis import read_analysis

    with ClipReader(SAMPLE) as reader:
        frames = list(islice(reader, LIVE_FRAMES))
    session = LiveSession(LiveSettings(), folder)
    while session.view.stage in (Stage.CONNECTING, Stage.PREPARING):  # the networks load
        session.look(frames[0].image, -0.1)
        time.sleep(0.01)
    session.begin()
    spent_ms = [_milliseconds(lambda f=frame: session.look(f.image, f.time_s)) for frame in frames]
    session.end("measured")
    session.ended.wait()
    ms = statistics.median(spent_ms)
    yield Figure(
        f"live: {ms:.1f} ms a frame, {LIVE_FRAMES_PER_S} frames a second wanted",
        ms * LIVE_FRAMES_PER_S / 1000,
        limit=1,
    )
    _, poses = read_analysis(SAMPLE.parent)
    ends_s = [
        rep["end_s"] for rep in json.loads(TRUTH.read_text())["reps"] if rep["kind"] == "full"
    ]
    coach, told_s = LiveCoach(), []
    for index in range(len(poses)):
        told_s += [poses.time_s[index]] * (coach.update(poses[index]).count - len(told_s))
    late_s = max(told - end for told, end in zip(told_s, ends_s, strict=True))
    yield Figure(
        f"live: a rep is told {late_s:.2f} s after its end at most, {LIVE_LATE_S} s allowed",
        late_s / LIVE_LATE_S,
        limit=1,
    )


def _bench_command(clip: Path, folder: Path, runs: int) -> Iterator[Figure]:
    """Compare the whole command, annotated video and all, with the clip's length."""
    length_s = _read_length_s(clip)
    command = _analyse_command(clip, folder)
    walls = []
    for _ in range(runs):
        walls.append(_milliseconds(lambda: subprocess.run(command, check=True)) / 1000)
    wall = statistics.median(walls)
    spread = ", ".join(f"{s:.1f}" for s in walls)
    yield Figure(
        f"analyse --json --video: {wall:.1f} s for {length_s:.1f} s of video (runs: {spread})",
        wall / length_s,
        limit=1.6,
    )


def _bench_memory(clip: Path, folder: Path) -> Iterator[Figure]:
    """Report the peak memory of the command on a long clip, children included."""
    peak_mb, wall_s = _run_watched(_analyse_command(clip, folder))
    yield Figure(
        f"memory, {_read_length_s(clip) / 60:.0f} minutes of 1280 x 720: peak {peak_mb:.0f} of "
        f"{MEMORY_LIMIT_MB} MB, {wall_s:.0f} s",
        peak_mb / MEMORY_LIMIT_MB,
        limit=1,
    )


def _run_watched(command: Sequence[str]) -> tuple[float, float]:
    """Run a command; return the peak of its and its children's memory (MB), and its seconds."""
    started = time.perf_counter()
    process = subprocess.Popen(command)
    peak_kb = 0
    while process.poll() is None:
        time.sleep(0.1)  # at its very start the process is still a copy of this one
        peak_kb = max(peak_kb, _tree_kb(process.pid))
    return peak_kb / 1024, time.perf_counter() - started


def _tree_kb(pid: int) -> int:
    """Return the resident memory of a process and its children, in kB, where /proc tells it."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            status = Path(f"/proc/{one}/status").read_text()
            total += next(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmRSS"))
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, StopIteration):
            continue  # it has ended in the meantime
    return total


def _analyse_command(clip: Path, folder: Path) -> list[str]:
    """Return the command line that is measured."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    outputs = [f"--json={folder / 'out.json'}", f"--video={folder / 'out.mp4'}"]
    return [sys.executable, "-m", "gym", "analyse", str(clip), *outputs]


def _read_length_s(clip: Path) -> float:
    """Return the length of a clip, from its file."""
    from gym.media.reader import ClipReader

    with ClipReader(clip) as reader:
        return reader.expected_s or float(np.nan)


def _milliseconds(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
