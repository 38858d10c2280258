"""The worker's side of a job: run the task that the server names, and report to the server.

The server sends the task's name, its folder and its arguments through stdin, a line of JSON, and then
a byte whenever it pauses or resumes its jobs. The worker answers through what was its stdout, in lines of
JSON: ["listens"], ["report", stage, fraction], and at last ["done", result] or ["error", kind, message,
advice].
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from gym.errors import GymError
from gym.files import explain_full_disk

Task = Callable[..., Any]  #: task(folder, report, **arguments)

PAUSE, RESUME = b"p", b"r"  #: what the server says to a worker


def serve_job(tasks_module: str) -> None:
    """Run the task that comes through stdin (the whole life of a worker process)."""
    os.nice(10)
    with contextlib.suppress(OSError):  # when memory runs out, the server shall survive
        Path("/proc/self/oom_score_adj").write_text("500")
    # Whatever a library prints must not end up among the answers.
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)
        answers = _Answers(pipe)
        name, folder, arguments = json.loads(sys.stdin.buffer.readline())
        task = list_tasks(tasks_module)[name]
        # Only now: what the server says earlier would get lost in the buffer.
        threading.Thread(target=_listen, args=(answers,), daemon=True).start()
        answers.send("listens")
        try:
            result = task(Path(folder), answers.report, **arguments)
        except GymError as error:
            answers.send_error(error)
        except MemoryError:
            answers.send_error(out_of_memory())
        except OSError as error:
            told = out_of_memory() if error.errno == errno.ENOMEM else explain_full_disk(error)
            if told is None:
                raise
            answers.send_error(told)
        else:
            answers.send("done", result)
        # Any other exception is a bug: Python prints it to the server's log and exits with 1.


class _Answers:
    """The worker's end of the pipe to the server."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._last_s, self._last_stage = 0.0, ""
        self.resumed = threading.Event()
        self.resumed.set()

    def send(self, *message: object) -> None:
        self._pipe.write(json.dumps(message).encode() + b"\n")
        self._pipe.flush()

    def send_error(self, error: GymError) -> None:
        self.send("error", type(error).__name__, error.message, error.advice)

    def report(self, stage: str, fraction: float) -> None:
        """Tell how far the task is, at most ten times a second within a stage; wait while paused."""
        self.resumed.wait()
        now_s = time.monotonic()
        if stage != self._last_stage or now_s - self._last_s > 0.1:
            self._last_s, self._last_stage = now_s, stage
            self.send("report", stage, float(fraction))


def _listen(answers: _Answers) -> None:
    """Pause and go on as the server says; die when it does, which ends stdin."""
    while word := os.read(0, 1):
        answers.resumed.clear() if word == PAUSE else answers.resumed.set()
    os.killpg(0, signal.SIGKILL)


def list_tasks(module: str) -> dict[str, Task]:
    """Return the ``TASKS`` of a module by their names."""
    return {task.__name__: task for task in importlib.import_module(module).TASKS}


def out_of_memory() -> GymError:
    """Return what to tell when memory ran out."""
    return GymError(
        "The computer ran out of memory during the analysis.",
        "Close other programs, or try a shorter clip or the lite model.",
    )
