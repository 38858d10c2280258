"""Long tasks in a process of their own: every way in which it can end."""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from gym.errors import ClipTooLarge, GymError
from gym.server import jobs
from gym.server.jobs import Job, cancel_all, jobs_are_paused, pause_jobs, start_job

LIMIT_S = 30.0  # for a test that has gone wrong; none of them takes a tenth of it


# --- the tasks, run in the worker ----------------------------------------------------------------


def add(folder: Path, report, a: int, b: int) -> dict:
    """Report three times and return what the worker can see of itself."""
    print("a library that prints to stdout")
    for i in range(3):
        report(f"stage {i}", i / 3)
    (folder / "kept.txt").write_text("kept")
    main = sys.modules["__main__"]
    return {
        "sum": a + b,
        "pid": os.getpid(),
        "nice": os.nice(0),
        "threads": os.environ["OMP_NUM_THREADS"],
        "tmp": os.environ["TMPDIR"],
        "main": getattr(main, "__file__", None),
        "streamlit": "streamlit" in sys.modules,
    }


def wait_for_ever(folder: Path, report, note: str = "") -> None:
    """Write something, say so, and never end; with a child of its own, which must die as well."""
    (folder / "half.mp4").write_bytes(b"half")
    child = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    child.start()
    report(f"{os.getpid()} {child.pid} {note}", 0.5)
    time.sleep(600)


def count_up(folder: Path, report) -> int:
    """Take one step after the other, a byte each, until somebody says that it is enough."""
    steps = 0
    with (folder / "steps").open("ab", buffering=0) as out:
        while not (folder / "enough").exists():
            steps += out.write(b".")
            report("counting", 0.1)
            time.sleep(0.001)
    return steps


def refuse(folder: Path, report) -> None:
    raise ClipTooLarge("The clip is too large.", "Cut it.")


def stumble(folder: Path, report) -> None:
    (folder / "half.mp4").write_bytes(b"half")
    raise ZeroDivisionError("a bug of ours")


def be_killed(folder: Path, report) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run_out_of_memory(folder: Path, report) -> None:
    raise MemoryError


# --- what the page sees --------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_job_outlives_its_test():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "TASKS_MODULE", __name__)
        yield
        cancel_all()
        pause_jobs(False)


def finished(job: Job) -> Job:
    assert job.wait(LIMIT_S), f"still {job.state}"
    return job


def reached(job: Job, state: str = "running", fraction: float = 0.0) -> Job:
    """Wait until a job is in a state and has reported so much."""
    end_s = time.monotonic() + LIMIT_S
    while job.state != state or job.fraction < fraction:
        if job.ended or time.monotonic() > end_s:
            pytest.fail(f"{job.state} at {job.stage!r}")
        os.sched_yield()
    return job


def alive(pid: int) -> bool:
    """Whether a process runs (one that has ended but was not waited for does not)."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(*pids: int) -> bool:
    end_s = time.monotonic() + LIMIT_S
    while any(alive(pid) for pid in pids) and time.monotonic() < end_s:
        os.sched_yield()
    return not any(alive(pid) for pid in pids)


def test_result_progress_and_surroundings(tmp_path):
    job = finished(start_job(add, tmp_path / "job", a=2, b=3))
    assert (job.state, job.fraction, job.error) == ("done", 1.0, None)
    assert job.stage == "stage 2"
    assert job.result["sum"] == 5
    assert job.result["pid"] != os.getpid()
    assert job.result["nice"] >= 10
    assert job.result["threads"] == "1"
    assert job.result["tmp"] == str(tmp_path / "job")
    assert job.result["streamlit"] is False
    assert (tmp_path / "job/kept.txt").exists()


def test_main_script_does_not_run_in_the_worker(tmp_path, monkeypatch):
    # What Streamlit does for each run of a page: it puts a module of its own in __main__'s place.
    script = tmp_path / "app.py"
    script.write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(script), raising=False)
    job = finished(start_job(add, tmp_path / "job", a=1, b=1))
    assert job.state == "done"
    assert job.result["main"] is None
    assert not (tmp_path / "ran").exists()


def test_users_situation_crosses_whole(tmp_path):
    job = finished(start_job(refuse, tmp_path / "job"))
    assert job.state == "error"
    assert type(job.error) is ClipTooLarge
    assert (job.error.message, job.error.advice) == ("The clip is too large.", "Cut it.")
    assert not job.is_bug
    assert not job.folder.exists()


def test_bug_is_told_as_ours_and_logged(tmp_path, capfd):
    job = finished(start_job(stumble, tmp_path / "job"))
    assert job.state == "error"
    assert job.is_bug
    assert type(job.error) is GymError
    assert job.error.advice
    assert not job.folder.exists()
    logged = capfd.readouterr().err
    assert "Traceback" in logged
    assert "a bug of ours" in logged


def test_memory_gone(tmp_path):
    job = finished(start_job(run_out_of_memory, tmp_path / "job"))
    assert job.state == "error"
    assert "memory" in job.error.message
    assert not job.is_bug
    assert job.error.advice


def test_cancel_kills_the_whole_family_and_removes_the_folder(tmp_path):
    job = reached(start_job(wait_for_ever, tmp_path / "job"), fraction=0.5)
    pids = [int(pid) for pid in job.stage.split()]
    assert all(alive(pid) for pid in pids)
    job.cancel()
    finished(job)
    assert job.state == "cancelled"
    assert job.error is None
    assert not job.folder.exists()
    assert gone(*pids)
    job.cancel()  # once more, to no effect
    assert job.state == "cancelled"


def test_one_at_a_time_and_the_queue_moves_on(tmp_path):
    first = reached(start_job(wait_for_ever, tmp_path / "1"))
    second = start_job(add, tmp_path / "2", a=1, b=1)
    third = start_job(add, tmp_path / "3", a=2, b=2)
    assert second.state == third.state == "queued"
    assert "Waiting" in second.stage
    second.cancel()
    finished(second)
    assert second.state == "cancelled"
    assert not second.folder.exists()
    assert first.state == "running"
    first.cancel()
    assert finished(third).result["sum"] == 4


def test_a_job_that_nobody_waits_for_is_cancelled_running_or_queued(tmp_path, monkeypatch):
    assert jobs.UNWATCHED_S + 5 * jobs.WATCH_EVERY_S <= 30
    monkeypatch.setattr(jobs, "UNWATCHED_S", 0.3)
    monkeypatch.setattr(jobs, "WATCH_EVERY_S", 0.05)
    pages = {"running", "queued"}
    running = start_job(wait_for_ever, tmp_path / "1", is_watched=lambda: "running" in pages)
    queued = start_job(add, tmp_path / "2", is_watched=lambda: "queued" in pages, a=1, b=1)
    last = start_job(add, tmp_path / "3", a=1, b=2)
    reached(running, fraction=0.5)
    assert not running.wait(1.0), "it has a page"
    pages.remove("queued")
    assert finished(queued).state == "cancelled"
    assert not queued.folder.exists()
    assert running.state == "running"
    pause_jobs(True)  # whoever left does not come back because somebody trains
    pages.remove("running")
    assert finished(running).state == "cancelled"
    assert not running.folder.exists()
    pause_jobs(False)
    assert finished(last).result["sum"] == 3


def test_a_page_that_comes_back_in_time_keeps_its_job(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "UNWATCHED_S", 100.0)  # time is told, not waited for
    monkeypatch.setattr(jobs, "SILENT_S", math.inf)
    pages = {"page"}
    job = start_job(wait_for_ever, tmp_path / "job", is_watched=lambda: bool(pages))
    reached(job, fraction=0.5)
    for _ in range(3):  # a reload now and then
        pages.clear()
        job._watch(90.0)
        assert job.state == "running"
        pages.add("page")
        job._watch(1.0)
        assert job.state == "running"
    pages.clear()
    job._watch(90.0)
    job._watch(90.0)
    assert job.state == "cancelled"
    assert job.wait(LIMIT_S)


def test_time_left(tmp_path, monkeypatch):
    job = reached(start_job(wait_for_ever, tmp_path / "job"), fraction=0.5)
    assert job.left_s is None  # too early to tell
    job._started_s = job._reported_s - 10.0
    monkeypatch.setattr(jobs.time, "monotonic", lambda: job._reported_s + 4.0)
    assert job.left_s == pytest.approx(6.0)  # half done after 10 s, and 4 s have gone since
    monkeypatch.setattr(jobs.time, "monotonic", lambda: job._reported_s + 60.0)
    assert job.left_s == 0.0
    monkeypatch.undo()


def test_worker_dies_with_a_server_that_was_killed(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from gym.server import jobs; from gym.server.jobs import start_job\n"
        "from tests.server.test_jobs import wait_for_ever; jobs.TASKS_MODULE = 'tests.server.test_jobs'\n"
        f"job = start_job(wait_for_ever, Path({str(tmp_path / 'job')!r}))\n"
        "while job.fraction < 0.5: pass\n"
        "print(job.stage, flush=True); sys.stdin.read()"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert all(alive(pid) for pid in pids)
        server.kill()
    assert gone(*pids)


# --- jobs are paused while somebody trains -----------------------------------------------------------


def wait_until(condition: Callable[[], bool], limit_s: float = LIMIT_S) -> bool:
    """Wait until something holds; say whether it does in the end."""
    end_s = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end_s:
        os.sched_yield()
    return condition()


def count_steps(folder: Path) -> int:
    """Return how many steps the task in a folder has taken."""
    steps = folder / "steps"
    return steps.stat().st_size if steps.exists() else 0


def stands_still(folder: Path) -> bool:
    """Watch for a while in which a task that goes on takes a hundred steps."""
    before = count_steps(folder)
    return not wait_until(lambda: count_steps(folder) != before, limit_s=0.2)


def test_a_paused_job_stands_still_and_goes_on_where_it_was(tmp_path):
    job = reached(start_job(count_up, tmp_path / "job"), fraction=0.1)
    assert wait_until(lambda: count_steps(job.folder) > 10)
    pause_jobs(True)
    assert jobs_are_paused()
    assert wait_until(lambda: stands_still(job.folder))
    steps, stage = count_steps(job.folder), job.stage
    assert stands_still(job.folder)
    assert (job.state, job.stage) == ("running", stage)
    pause_jobs(False)
    assert not jobs_are_paused()
    assert wait_until(lambda: count_steps(job.folder) > steps + 10)
    (job.folder / "enough").touch()
    assert finished(job).state == "done"
    assert job.result > steps + 10


def test_a_job_that_is_started_while_jobs_are_paused_waits(tmp_path):
    pause_jobs(True)
    first, second = (start_job(add, tmp_path / name, a=1, b=2) for name in "12")
    assert not wait_until(lambda: first.ended or first.fraction > 0, limit_s=0.3)
    assert not (first.folder / "kept.txt").exists()
    assert second.state == "queued"
    pause_jobs(False)
    assert finished(first).result["sum"] == finished(second).result["sum"] == 3


def test_a_job_whose_turn_comes_while_jobs_are_paused_waits_too(tmp_path):
    first = reached(start_job(count_up, tmp_path / "1"), fraction=0.1)
    second = start_job(count_up, tmp_path / "2")
    pause_jobs(True)
    first.cancel()
    assert finished(first).state == "cancelled"
    assert not wait_until(lambda: second.ended or count_steps(second.folder) > 1, limit_s=0.3)
    pause_jobs(False)
    assert wait_until(lambda: count_steps(second.folder) > 10)
    (second.folder / "enough").touch()
    assert finished(second).state == "done"


def test_a_worker_that_is_only_starting_is_paused_too(tmp_path):
    job = reached(start_job(count_up, tmp_path / "job"))  # its process has just been made
    pause_jobs(True)
    assert wait_until(lambda: count_steps(job.folder) > 0)  # until it listens it goes on
    assert wait_until(lambda: stands_still(job.folder), limit_s=5.0)
    pause_jobs(False)
    assert wait_until(lambda: count_steps(job.folder) > 10)
    (job.folder / "enough").touch()
    assert finished(job).state == "done"


def test_a_paused_job_can_be_cancelled(tmp_path):
    job = reached(start_job(count_up, tmp_path / "job"), fraction=0.1)
    pid = job._process.pid
    pause_jobs(True)
    assert wait_until(lambda: stands_still(job.folder))
    waiting = start_job(add, tmp_path / "waiting", a=1, b=2)
    waiting.cancel()
    job.cancel()
    assert finished(job).state == finished(waiting).state == "cancelled"
    assert not job.folder.exists()
    assert gone(pid)


def test_pausing_and_resuming_twice_is_as_good_as_once(tmp_path):
    job = reached(start_job(count_up, tmp_path / "job"), fraction=0.1)
    for paused in (False, True, True, False, False):
        pause_jobs(paused)
        assert jobs_are_paused() is paused
    steps = count_steps(job.folder)
    assert wait_until(lambda: count_steps(job.folder) > steps + 10)
    (job.folder / "enough").touch()
    assert finished(job).state == "done"


def test_pausing_a_job_that_ends_just_then_does_no_harm(tmp_path):
    job = reached(start_job(count_up, tmp_path / "job"), fraction=0.1)
    (job.folder / "enough").touch()
    while not job.ended:
        pause_jobs(True)
        pause_jobs(False)
    assert finished(job).state == "done"


def test_a_paused_worker_dies_with_a_server_that_was_killed(tmp_path):
    folder = tmp_path / "job"
    code = (
        "import sys; from pathlib import Path\n"
        "from gym.server import jobs; from gym.server.jobs import pause_jobs, start_job\n"
        "from tests.server.test_jobs import count_up; jobs.TASKS_MODULE = 'tests.server.test_jobs'\n"
        f"job = start_job(count_up, Path({str(folder)!r}))\n"
        "while not job.fraction: pass\n"
        "pause_jobs(True)\n"
        "print(job._process.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        pid = int(server.stdout.readline())
        assert wait_until(lambda: stands_still(folder))
        assert alive(pid)
        server.kill()
    try:
        assert wait_until(lambda: not alive(pid), limit_s=5.0)
    finally:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


# --- workers that hang, are killed, cannot start, or find no room ------------------------------------


def hang(folder: Path, report) -> None:
    (folder / "half.mp4").write_bytes(b"half")
    report("about to hang", 0.5)
    os.kill(os.getpid(), signal.SIGSTOP)


def fill_the_disk(folder: Path, report) -> None:
    (folder / "half.mp4").write_bytes(b"half")
    with open("/dev/full", "wb", buffering=0) as full:
        full.write(b"no room")


def write_too_much(folder: Path, report) -> None:
    """Write a clip where files may not grow beyond a limit, as on a disk that fills up."""
    import resource

    import numpy as np

    from gym.media.writer import ClipWriter
    from gym.schema import Frame

    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    noise = np.random.default_rng(0)
    with ClipWriter(folder / "clip.mp4", (320, 240)) as clip:
        for i in range(300):
            clip.write(Frame(noise.integers(0, 255, (240, 320, 3), np.uint8), i / 30))


class MakesFolder:
    """What runs code in whoever unpickles it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self._path),)


def take_over(folder: Path, report, path: str) -> None:
    """Answer with what a worker would send that a hostile clip has taken over."""
    pipe = report.__self__._pipe
    pipe.write(pickle.dumps(("done", MakesFolder(Path(path)))) + b"\n")
    pipe.flush()
    time.sleep(600)


def answer_without_end(folder: Path, report) -> None:
    pipe = report.__self__._pipe
    while True:
        pipe.write(b"x" * 2**16)


def be_killed_for_memory(folder: Path, report, counter: str) -> None:
    """Be killed as the system does it when memory runs out: counted, then killed."""
    Path(counter).write_text("pgfault 5\noom_kill 4\n")
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_hangs_is_ended_and_the_queue_moves_on(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "SILENT_S", 0.3)
    monkeypatch.setattr(jobs, "WATCH_EVERY_S", 0.05)
    job = start_job(hang, tmp_path / "job")
    after = start_job(add, tmp_path / "after", a=1, b=2)
    assert finished(job).state == "error"
    assert "stopped answering" in job.error.message
    assert job.error.advice
    assert not job.is_bug
    assert not job.folder.exists()
    monkeypatch.undo()
    assert finished(after).result["sum"] == 3


def test_a_paused_job_is_not_taken_for_hung(tmp_path, monkeypatch):
    job = reached(start_job(count_up, tmp_path / "job"), fraction=0.1)
    pause_jobs(True)
    monkeypatch.setattr(jobs, "SILENT_S", 0.3)
    monkeypatch.setattr(jobs, "WATCH_EVERY_S", 0.05)
    assert not job.wait(1.5)
    monkeypatch.undo()
    pause_jobs(False)
    (job.folder / "enough").touch()
    assert finished(job).state == "done"


def test_a_worker_that_is_killed_was_stopped_and_memory_is_not_blamed(tmp_path):
    job = finished(start_job(be_killed, tmp_path / "job"))
    assert job.state == "error"
    assert "memory" not in job.error.message
    assert "stopped" in job.error.message
    assert job.error.advice
    assert not job.is_bug
    assert not job.folder.exists()


def test_memory_is_blamed_where_the_system_says_so(tmp_path, monkeypatch):
    counter = tmp_path / "vmstat"
    counter.write_text("pgfault 5\noom_kill 3\n")
    monkeypatch.setattr(jobs, "OOM_COUNTER", counter)
    job = finished(start_job(be_killed_for_memory, tmp_path / "job", counter=counter))
    assert "memory" in job.error.message
    job = finished(start_job(be_killed, tmp_path / "job"))  # the counter stays where it was
    assert "memory" not in job.error.message


def test_a_worker_that_cannot_be_started_is_told_and_the_queue_moves_on(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))
    job = finished(start_job(add, tmp_path / "job", a=1, b=2))
    assert job.state == "error"
    assert "could not be started" in job.error.message
    assert job.error.advice
    assert not job.folder.exists()
    monkeypatch.undo()
    assert finished(start_job(add, tmp_path / "job", a=1, b=2)).result["sum"] == 3


def test_a_job_that_gets_no_thread_is_told_and_does_not_block_the_queue(tmp_path, monkeypatch):
    reached(first := start_job(count_up, tmp_path / "1"), fraction=0.1)

    def refuse_thread(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse_thread)
        with pytest.raises(GymError, match="could not be started"):
            start_job(add, tmp_path / "2", a=1, b=1)
    assert not (tmp_path / "2").exists()
    (first.folder / "enough").touch()
    assert finished(start_job(add, tmp_path / "3", a=1, b=2)).result["sum"] == 3


@pytest.mark.parametrize("task", [fill_the_disk, write_too_much])
def test_a_full_disk_is_told_and_nothing_stays(tmp_path, task):
    job = finished(start_job(task, tmp_path / "job"))
    assert job.state == "error"
    assert not job.is_bug
    assert isinstance(job.error, GymError)
    assert re.search("room|free space", f"{job.error.message} {job.error.advice}")
    assert not job.folder.exists()


@pytest.mark.parametrize("task", [take_over, answer_without_end])
def test_what_a_worker_answers_is_only_read_never_run(tmp_path, task):
    arguments = {"path": tmp_path / "made"} if task is take_over else {}
    job = finished(start_job(task, tmp_path / "job", **arguments))
    assert job.state == "error"
    assert job.is_bug
    assert not (tmp_path / "made").exists()


def test_only_listed_tasks_with_plain_arguments_are_started(tmp_path):
    with pytest.raises(ValueError, match="TASKS"):
        start_job(lambda folder, report: None, tmp_path / "job")
    with pytest.raises(ValueError, match="TASKS"):
        start_job(reached, tmp_path / "job")
    with pytest.raises(TypeError):
        start_job(add, tmp_path / "job", a=object(), b=1)
    assert not (tmp_path / "job").exists()


def test_the_apps_own_tasks_are_listed():
    from gym.server import tasks

    assert {task.__name__ for task in tasks.TASKS} == {
        *("estimate_upload", "render_annotated", "score_labelled"),
    }


TASKS = (
    *(add, wait_for_ever, count_up, refuse, stumble, be_killed, run_out_of_memory, hang),
    *(fill_the_disk, write_too_much, take_over, answer_without_end, be_killed_for_memory),
)
