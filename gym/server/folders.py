"""Where a server keeps its visitors' files: one folder, locked for as long as the server lives.

It goes when the server stops. A server that crashed leaves its folder unlocked, and the next one to start
removes it. (POSIX only.)
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import shutil
import tempfile
import threading
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

SERVER_PREFIX = "virtual-gym-"

_lock = threading.Lock()
_server: tuple[Path, IO[str]] | None = None


def server_folder() -> Path:
    """Return this server's folder in the system's temporary one, made at the first call."""
    global _server
    with _lock:
        if _server is None:
            # Locked under another name first, so that no sweeping server ever sees it unlocked.
            new = Path(tempfile.mkdtemp(prefix=f"new-{SERVER_PREFIX}"))
            lock_file = (new / "lock").open("w")
            fcntl.flock(lock_file, fcntl.LOCK_EX)
            folder = new.rename(new.with_name(new.name.removeprefix("new-")))
            _server = (folder, lock_file)
            atexit.register(remove_server_folder)
        return _server[0]


def make_session_folder() -> Path:
    """Make a new folder in the server's; nobody else on the machine may look into it."""
    return Path(tempfile.mkdtemp(prefix="session-", dir=server_folder()))


def remove_server_folder() -> None:
    """Remove all that this server keeps; called when it stops."""
    global _server
    with _lock:
        if _server is not None:
            folder, lock_file = _server
            shutil.rmtree(folder, ignore_errors=True)
            lock_file.close()
            _server = None


def remove_stale_folders() -> None:
    """Remove the folders that crashed servers left behind; live servers hold a lock on theirs."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SERVER_PREFIX}*"):
        try:
            with (folder / "lock").open("r+") as lock_file:
                fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # locked: its server is alive; or not ours to open
            continue
        log.info("removed the folder of a server that crashed: %s", folder)
