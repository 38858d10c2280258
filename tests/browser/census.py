"""Runs `streamlit` so that it tells what it holds: after SIGUSR1 it writes that to the file in CENSUS."""

from __future__ import annotations

import gc
import json
import os
import signal
import threading
from collections import Counter
from pathlib import Path

import psutil

#: What each connection has of its own: ours, the library's and its libraries'. The session itself stays
#: with its page, for the summary.
OF_A_CONNECTION = (
    "LiveCoach", "LiveProcessor", "PoseEstimator", "Recording",
    "WebRtcWorker", "AsyncVideoProcessTrack", "RTCPeerConnection",
)  # fmt: skip
#: Threads of pools, which keep some whatever happens.
POOLS = ("AnyIO worker thread", "ThreadPoolExecutor", "asyncio_")


def tell(*_: object) -> None:
    """Write how many live objects there are of each kind, the threads, and the memory in MB."""
    gc.collect()
    kinds = Counter(type(one).__name__ for one in gc.get_objects())
    threads = sorted(t.name for t in threading.enumerate() if not t.name.startswith(POOLS))
    census = {"objects": {name: kinds[name] for name in OF_A_CONNECTION}, "threads": threads}
    census["memory_mb"] = psutil.Process().memory_info().rss / 2**20
    path = Path(os.environ["CENSUS"])
    path.with_suffix(".part").write_text(json.dumps(census))
    path.with_suffix(".part").replace(path)


if __name__ == "__main__":
    from streamlit.web.cli import main

    gc.freeze = lambda: None  # it would hide from the census what lives at that moment
    signal.signal(signal.SIGUSR1, tell)
    main()
