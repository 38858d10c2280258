"""Long tasks, each in a process of its own: progress, time left, cancel, one at a time.

    job = start_job(estimate_upload, folder, name=name, model="full")   # in a page
    job.state, job.stage, job.fraction, job.left_s          # "queued" -> "running" -> ...
    job.folder                                              # "done": what was found lies there
    job.error                                               # "error": a sentence and an advice

The worker (`gym.server.worker`) is a plain child, ``python -c``, and not `multiprocessing`'s: that one
would run the main script again in the child, and under ``streamlit run`` Streamlit puts the page in its
place. Nothing that it answers is ever executed: it decodes what strangers send, and a hostile file may
have taken it over. When the server dies, its stdin ends and it goes too. To kill it is a safe way to
cancel: all it writes lies in the job's folder. (POSIX only, as is the lock in `gym.server.folders`.)

A job that nobody waits for any more is cancelled, and so is one that no longer reports: either would
hold up everybody else's.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from gym import errors
from gym.errors import GymError
from gym.server.worker import PAUSE, RESUME, Task, list_tasks, out_of_memory

log = logging.getLogger(__name__)

#: The module whose ``TASKS`` may be started as jobs, and nothing else.
TASKS_MODULE = "gym.server.tasks"
#: A job without a page for so long is nobody's any more; a page that is loaded again takes seconds.
UNWATCHED_S = 20.0
#: A worker that reports nothing for so long hangs. To load all networks takes half a minute on a
#: busy machine; after that, every frame is a report.
SILENT_S = 120.0
WATCH_EVERY_S = 1.0
#: Where Linux counts the processes that it kills when memory runs out.
OOM_COUNTER = Path("/proc/vmstat")
#: No estimate of the time left before so much time and so much of the task.
ESTIMATE_AFTER_S, ESTIMATE_AFTER_FRACTION = 2.0, 0.02
#: Numerical libraries would each start a thread a core and fight over the two there are.
ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB")
}

_turn = threading.Condition()
_waiting: list[Job] = []  # the first of them runs
_watcher: threading.Thread | None = None
_paused = False  # whether all jobs are paused
_LONGEST_LINE = 2**20  # bytes of an answer
#: How people and service managers end a process; anything else is a fault of the program's.
_STOPS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Job:
    """One long task; made by `start_job`.

    Attributes
    ----------
    folder : Path
        The working folder; gone when the job was cancelled or failed.
    state : str
        "queued" (another job is running), "running", "done", "cancelled" or "error".
    stage : str
        What it is doing, as the task itself names it.
    fraction : float
        How much of the whole is done, 0..1.
    result : object
        What the function returned (plain JSON), once done.
    error : GymError or None
        What happened, in a sentence with advice, when the state is "error".
    is_bug : bool
        The error is this program's own; its traceback is in the server's log.
    """

    def __init__(
        self, task: Task, folder: Path, arguments: dict[str, Any], is_watched: Callable[[], bool]
    ) -> None:
        self.folder = folder
        self.state = "queued"
        self.stage = "Waiting for another analysis to finish"
        self.fraction = 0.0
        self.result: Any = None
        self.error: GymError | None = None
        self.is_bug = False
        self._name = _find_name(task)
        call = [self._name, str(folder), arguments]
        self._call = json.dumps(call, default=os.fspath).encode() + b"\n"
        self._is_watched = is_watched
        self._unwatched_s = self._silent_s = 0.0
        self._started_s = self._reported_s = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None
        self._listens = False
        self._ended = threading.Event()

    @property
    def left_s(self) -> float | None:
        """Seconds that are probably left; None while it is not known."""
        spent_s = self._reported_s - self._started_s
        if self.state != "running" or spent_s < ESTIMATE_AFTER_S:
            return None
        if self.fraction < ESTIMATE_AFTER_FRACTION:
            return None
        left_s = spent_s * (1 - self.fraction) / self.fraction
        return max(0.0, left_s - (time.monotonic() - self._reported_s))

    @property
    def ended(self) -> bool:
        """Whether it is over, one way or another."""
        return self._ended.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is over (for tests and the command line); say whether it is."""
        return self._ended.wait(timeout_s)

    def cancel(self) -> None:
        """Stop it, waiting or running, and remove its folder; nothing happens when it is over."""
        with _turn:
            if self.ended or self.state == "cancelled":
                return
            queued, self.state = self.state == "queued", "cancelled"
            _turn.notify_all()
        if not queued:
            self._kill()

    def _run(self) -> None:
        """Wait for the turn, run the task, clear up (the body of the job's thread)."""
        try:
            with _turn:
                _turn.wait_for(
                    lambda: (_waiting[0] is self and not _paused) or self.state == "cancelled"
                )
                running = self.state == "queued"
                if running:
                    self.state, self.stage = "running", "Starting"
                    self._started_s = self._reported_s = time.monotonic()
            if running:
                self._run_task()
        finally:
            if self.state != "done":
                shutil.rmtree(self.folder, ignore_errors=True)
            with _turn:
                _waiting.remove(self)
                _turn.notify_all()
            self._ended.set()

    def _run_task(self) -> None:
        """Start the worker and follow what it says until it ends."""
        oom_kills = _count_oom_kills()
        try:
            process = self._start_worker()
        except OSError as error:
            log.warning("no worker could be started: %s", error)
            with _turn:
                if self.state != "cancelled":
                    self.state, self.error = "error", _cannot_start()
            return
        with _turn:
            self._process = process
            if self.state == "cancelled":  # while it was started
                self._kill()
        outcome = None
        try:
            with contextlib.suppress(BrokenPipeError), process:
                process.stdin.write(self._call)
                process.stdin.flush()
                outcome = self._follow(process.stdout)
                if outcome is None:  # let it print its traceback: it dies when stdin is closed
                    process.wait()
        finally:
            self._settle(outcome, process.returncode, _count_oom_kills() != oom_kills)

    def _start_worker(self) -> subprocess.Popen[bytes]:
        program = f"from gym.server.worker import serve_job; serve_job({TASKS_MODULE!r})"
        return subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Temporary files go where they are removed with the job.
            env={**os.environ, **ONE_THREAD, **_python_path(), "TMPDIR": str(self.folder)},
            start_new_session=True,  # so that the worker's own children are killed with it
        )

    def _follow(self, answers: IO[bytes]) -> tuple[str, Any] | None:
        """Take in the worker's reports; return its last word, None when it died without one."""
        while line := answers.readline(_LONGEST_LINE):
            try:
                kind, *content = json.loads(line)
                if kind == "report":
                    stage, fraction = content
                    self.stage, self.fraction = str(stage), min(1.0, max(0.0, float(fraction)))
                    self._silent_s, self._reported_s = 0.0, time.monotonic()
                elif kind == "listens":
                    with _turn:
                        self._listens = True
                        self._tell(PAUSE if _paused else RESUME)
                elif kind == "done":
                    return kind, content[0]
                else:
                    return kind, _read_error(*content)
            except (ValueError, TypeError, LookupError, RecursionError) as error:
                log.error("the worker of %s answered nonsense: %s", self._name, error)
                self._kill()
                return "nonsense", None
        return None

    def _settle(self, outcome: tuple[str, Any] | None, status: int, memory_ran_out: bool) -> None:
        """Turn the worker's last word, or its way of dying, into the job's state."""
        kind, content = outcome or ("", None)
        with _turn:
            if self.state == "cancelled":
                return
            if kind == "done":
                self.result, self.fraction, self.state = content, 1.0, "done"
                self.error = None
            elif kind == "error":
                self.state, self.error = "error", content
            elif self.error is not None:  # the watcher's word, which killed it
                self.state = "error"
            elif kind != "nonsense" and -status in _STOPS:
                self.state = "error"
                self.error = out_of_memory() if memory_ran_out else _stopped()
            else:
                self.state, self.is_bug = "error", True
                self.error = GymError(
                    "The analysis stopped because of an error in this program.",
                    "Your clip is probably fine. The details are in the server's log.",
                )
                log.error("the worker of %s died with status %d", self._name, status)

    def _watch(self, passed_s: float) -> None:
        """Cancel the job when nobody waits for it, end it when it hangs (once a second or so).

        Time is counted while the server itself runs: one that was stopped for an hour and goes on
        has not seen an hour without reports.
        """
        self._unwatched_s = 0.0 if self._is_watched() else self._unwatched_s + passed_s
        if self._unwatched_s > UNWATCHED_S:
            log.info("cancelled %s: nobody waits for it any more", self._name)
            self.cancel()
        with _turn:
            self._silent_s = self._silent_s + passed_s if self.state == "running" else 0.0
            if _paused:
                self._silent_s = 0.0
            hangs = self._silent_s > SILENT_S and self.error is None
            if hangs:
                log.error("the worker of %s has hung at %r: it is ended", self._name, self.stage)
                self.error = GymError(
                    "The analysis stopped answering and was ended.",
                    "Try again. If it happens again, save the clip again as an MP4 first.",
                )
        if hangs:
            self._kill()

    def _kill(self) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _tell(self, word: bytes) -> None:
        """Tell the worker to pause or to go on, once it listens."""
        if self._listens:
            with contextlib.suppress(OSError, ValueError):  # it has just ended
                self._process.stdin.write(word)
                self._process.stdin.flush()


def start_job(
    task: Task, folder: Path, *, is_watched: Callable[[], bool] = lambda: True, **arguments: Any
) -> Job:
    """Start a long task, or queue it while another one is running.

    Parameters
    ----------
    task : callable
        ``task(folder, report, **arguments)``, one of the ``TASKS`` of `TASKS_MODULE`, which calls
        ``report(stage, fraction)``, leaves its results as files in the folder, and may return plain
        JSON. It may raise a GymError, which reaches `Job.error` whole.
    folder : Path
        Where the task puts its files; made when missing, removed when it does not end well.
    is_watched : callable
        Tells whether anybody still waits for it; asked every second or so.
    **arguments
        Passed on as JSON; paths arrive as text.

    Raises
    ------
    GymError
        It cannot be started now.
    OSError
        There is no room for the folder.
    """
    global _watcher
    job = Job(task, folder, arguments, is_watched)
    folder.mkdir(parents=True, exist_ok=True)
    thread = threading.Thread(target=job._run, name=f"job-{job._name}", daemon=True)
    with _turn:
        try:
            if _watcher is None:
                watcher = threading.Thread(target=_watch, name="job-watcher", daemon=True)
                watcher.start()
                _watcher = watcher
                atexit.register(cancel_all)
            _waiting.append(job)
            thread.start()
        except RuntimeError as error:  # the system allows no further thread
            _waiting[:] = [other for other in _waiting if other is not job]
            shutil.rmtree(folder, ignore_errors=True)
            raise _cannot_start() from error
    return job


def pause_jobs(paused: bool) -> None:
    """Pause all jobs, or let them go on: they give way while somebody trains before the camera."""
    global _paused
    with _turn:
        if paused != _paused:
            _paused = paused
            for job in _waiting:
                job._tell(PAUSE if paused else RESUME)
            _turn.notify_all()


def jobs_are_paused() -> bool:
    """Whether all jobs are paused at the moment."""
    return _paused


def cancel_all() -> None:
    """Cancel every job, waiting or running; called when the server stops."""
    with _turn:
        jobs = list(_waiting)
    for job in reversed(jobs):  # the queue first, or each would start when the one before it ends
        job.cancel()
    for job in jobs:
        job.wait(5.0)


def _watch() -> None:
    while True:
        passed_s = WATCH_EVERY_S
        time.sleep(passed_s)
        with _turn:
            jobs = list(_waiting)
        for job in jobs:
            job._watch(passed_s)


def _find_name(task: Task) -> str:
    """Return the name of a task; a ValueError for anything else."""
    for name, known in list_tasks(TASKS_MODULE).items():
        if known is task:
            return name
    raise ValueError(f"expected one of the TASKS of {TASKS_MODULE}, got {task!r}")


def _read_error(name: str, message: str, advice: str) -> GymError:
    """Turn a worker's words into the error that they name."""
    kind = vars(errors).get(name)
    if not (isinstance(kind, type) and issubclass(kind, GymError)):
        kind = GymError
    return kind(str(message), str(advice))


def _count_oom_kills() -> str:
    """Return how many processes the system has killed for want of memory, "" where it is not told."""
    with contextlib.suppress(OSError):
        if found := re.search(r"^oom_kill (\d+)$", OOM_COUNTER.read_text(), re.MULTILINE):
            return found[1]
    return ""


def _cannot_start() -> GymError:
    return GymError(
        "The analysis could not be started: the computer is too busy.",
        "Close other programs and try again.",
    )


def _stopped() -> GymError:
    return GymError(
        "The analysis was stopped from outside this program.",
        "Close other programs and try again.",
    )


def _python_path() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
