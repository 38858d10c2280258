"""Long work in a process of its own: progress, time left, cancel, one at a time.

    job = start_job(analyse_upload, folder, clip=path)      # in a page
    job.look()                                              # in each refresh: somebody is watching
    job.state, job.stage, job.fraction, job.left_s          # "queued" -> "running" -> ...
    job.result                                              # "done"
    job.error                                               # "error": a sentence and an advice

The worker is a plain child, ``python -c``, and not `multiprocessing`'s: that one would run the main
script again in the child, and under ``streamlit run`` Streamlit puts the page in its place. The
child gets the function by name and its arguments through stdin, and then when to stand still; it
answers through what was its stdout. When the server dies, stdin ends and the child goes too. To kill
it is a safe way to cancel: all it writes lies in the job's folder. (POSIX only, as is the lock in
`gym.ui.clips`.)
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from gym.errors import GymError

log = logging.getLogger(__name__)

#: A job that no page has looked at for so long has lost its browser tab.
UNWATCHED_S = 300.0
WATCH_EVERY_S = 1.0
#: No estimate of the time left before so much time and so much of the work.
ESTIMATE_AFTER_S, ESTIMATE_AFTER_FRACTION = 2.0, 0.02
#: Numerical libraries would each start a thread a core and fight over the two there are.
ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB")
}

OnReport = Callable[[str, float], None]  #: (stage, fraction 0..1 of the whole)

_turn = threading.Condition()
_waiting: list[Job] = []  # the first of them runs
_watcher: threading.Thread | None = None
_held = False  # whether all work stands still
_HOLD, _GO = b"h", b"g"


class Job:
    """One piece of long work; made by `start_job`.

    Attributes
    ----------
    folder : Path
        The working folder; gone when the job was cancelled or failed.
    state : str
        "queued" (another job is running), "running", "done", "cancelled" or "error".
    stage : str
        What it is doing, as the work itself names it.
    fraction : float
        How much of the whole is done, 0..1.
    result : object
        What the function returned, once done.
    error : GymError or None
        What happened, in a sentence with advice, when the state is "error".
    is_bug : bool
        The error is this program's own; its traceback is in the server's log.
    """

    def __init__(self, work: Callable[..., Any], folder: Path, arguments: dict[str, Any]) -> None:
        self.folder = folder
        self.state = "queued"
        self.stage = "Waiting for another analysis to finish"
        self.fraction = 0.0
        self.result: Any = None
        self.error: GymError | None = None
        self.is_bug = False
        self._call = pickle.dumps((work, folder, arguments))
        self._name = work.__qualname__
        self._started_s = self._reported_s = self._looked_s = time.monotonic()
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

    def look(self) -> None:
        """Say that somebody still waits for this job."""
        self._looked_s = time.monotonic()

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
        """Wait for the turn, do the work, clear up (the body of the job's thread)."""
        try:
            with _turn:
                _turn.wait_for(
                    lambda: (_waiting[0] is self and not _held) or self.state == "cancelled"
                )
                running = self.state == "queued"
                if running:
                    self.state, self.stage = "running", "Starting"
                    self._started_s = self._reported_s = time.monotonic()
            if running:
                self._work()
        finally:
            if self.state != "done":
                shutil.rmtree(self.folder, ignore_errors=True)
            with _turn:
                _waiting.remove(self)
                _turn.notify_all()
            self._ended.set()

    def _work(self) -> None:
        """Start the worker and follow what it says until it ends."""
        with _turn:
            if self.state == "cancelled":
                return
            self._process = process = subprocess.Popen(
                [sys.executable, "-c", "from gym.ui.jobs import serve_job; serve_job()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Temporary files go where they are removed with the job.
                env={**os.environ, **ONE_THREAD, **_python_path(), "TMPDIR": str(self.folder)},
                start_new_session=True,  # so that the worker's own children are killed with it
            )
        outcome = None
        try:
            with contextlib.suppress(BrokenPipeError), process:
                process.stdin.write(self._call)
                process.stdin.flush()
                outcome = self._follow(process.stdout)
                if outcome is None:  # let it print its traceback: it dies when stdin is closed
                    process.wait()
        finally:
            self._settle(outcome, process.returncode)

    def _follow(self, answers: IO[bytes]) -> tuple[str, Any] | None:
        """Take in the worker's reports; return its last word, None when it died without one."""
        while True:
            try:
                kind, *content = pickle.load(answers)
            except (EOFError, pickle.UnpicklingError):
                return None
            if kind == "listens":
                with _turn:
                    self._listens = True
                    self._tell(_HOLD if _held else _GO)
                continue
            if kind != "report":
                return kind, content[0]
            self.stage, self.fraction = content
            self._reported_s = time.monotonic()

    def _settle(self, outcome: tuple[str, Any] | None, status: int) -> None:
        """Turn the worker's last word, or its way of dying, into the job's state."""
        with _turn:
            if self.state == "cancelled":
                return
            if outcome is not None and outcome[0] == "done":
                self.result, self.fraction, self.state = outcome[1], 1.0, "done"
                return
            if outcome is not None:
                self.error = outcome[1]
            elif status == -signal.SIGKILL:
                self.error = _out_of_memory()
            else:
                self.is_bug = True
                self.error = GymError(
                    "The analysis stopped because of a fault in this program.",
                    "Your clip is probably fine. The server's log says what went wrong.",
                )
                log.error("the worker of %s died with status %d", self._name, status)
            self.state = "error"

    def _kill(self) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _tell(self, word: bytes) -> None:
        """Tell the worker to stand still or to go on, once it listens."""
        if self._listens:
            with contextlib.suppress(OSError, ValueError):  # it has just ended
                self._process.stdin.write(word)
                self._process.stdin.flush()


def start_job(work: Callable[..., Any], folder: Path, **arguments: Any) -> Job:
    """Start long work, or queue it while other work is running.

    Parameters
    ----------
    work : callable
        ``work(folder, report, **arguments)``, a function of a module (not of a page: the worker
        imports it by name), which calls ``report(stage, fraction)`` and returns what can be
        pickled. It may raise a GymError, which reaches `Job.error` whole.
    folder : Path
        Where the work puts its files; made when missing, removed when the work does not end well.
    **arguments
        Passed on; they cross a process boundary, so they must be picklable.
    """
    global _watcher
    folder.mkdir(parents=True, exist_ok=True)
    job = Job(work, folder, arguments)
    with _turn:
        _waiting.append(job)
        if _watcher is None:
            _watcher = threading.Thread(target=_watch, name="job-watcher", daemon=True)
            _watcher.start()
            atexit.register(cancel_all)
    threading.Thread(target=job._run, name=f"job-{job._name}", daemon=True).start()
    return job


def hold_work(held: bool) -> None:
    """Let all work stand still, or go on: it gives way while somebody trains before the camera."""
    global _held
    with _turn:
        if held != _held:
            _held = held
            for job in _waiting:
                job.look()  # nobody may have looked while it stood still
                job._tell(_HOLD if held else _GO)
            _turn.notify_all()


def work_is_held() -> bool:
    """Whether all work stands still at the moment."""
    return _held


def cancel_all() -> None:
    """Cancel every job, waiting or running; called when the server stops."""
    with _turn:
        jobs = list(_waiting)
    for job in reversed(jobs):  # the queue first, or each would start when the one before it ends
        job.cancel()
    for job in jobs:
        job.wait(5.0)


def cancel_unwatched() -> None:
    """Cancel the jobs at which no page has looked for `UNWATCHED_S`."""
    with _turn:
        jobs = [] if _held else list(_waiting)
    for job in jobs:
        if time.monotonic() - job._looked_s > UNWATCHED_S:
            log.info("cancelled %s: nobody waits for it any more", job._name)
            job.cancel()


def serve_job() -> None:
    """Do the job that comes through stdin (the whole life of a worker process)."""
    os.nice(10)
    with contextlib.suppress(OSError):  # when memory runs out, the server shall survive
        Path("/proc/self/oom_score_adj").write_text("500")
    # Whatever a library prints must not end up among the answers.
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)
        answers = _Answers(pipe)
        work, folder, arguments = pickle.load(sys.stdin.buffer)
        # Only now: what the server says earlier would get lost in the buffer.
        threading.Thread(target=_listen, args=(answers,), daemon=True).start()
        answers.send("listens")
        try:
            result = work(folder, answers.report, **arguments)
        except GymError as error:
            answers.send("error", error)
        except MemoryError:
            answers.send("error", _out_of_memory())
        else:
            answers.send("done", result)
        # Any other exception is a bug: Python prints it to the server's log and exits with 1.


class _Answers:
    """The worker's end of the pipe to the server."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._last_s, self._last_stage = 0.0, ""
        self.going = threading.Event()
        self.going.set()

    def send(self, *message: object) -> None:
        pickle.dump(message, self._pipe)
        self._pipe.flush()

    def report(self, stage: str, fraction: float) -> None:
        """Tell how far the work is, at most ten times a second within a stage; wait while held."""
        self.going.wait()
        now_s = time.monotonic()
        if stage != self._last_stage or now_s - self._last_s > 0.1:
            self._last_s, self._last_stage = now_s, stage
            self.send("report", stage, min(1.0, max(0.0, float(fraction))))


def _listen(answers: _Answers) -> None:
    """Stand still and go on as the server says; die when it does, which ends stdin."""
    while word := os.read(0, 1):
        answers.going.clear() if word == _HOLD else answers.going.set()
    os.killpg(0, signal.SIGKILL)


def _watch() -> None:
    while True:
        time.sleep(WATCH_EVERY_S)
        cancel_unwatched()


def _out_of_memory() -> GymError:
    return GymError(
        "The computer ran out of memory during the analysis.",
        "Close other programs, or try a shorter clip or the lite model.",
    )


def _python_path() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
