"""The server's folder: there while the server lives, and not left behind."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from gym.server.folders import remove_stale_folders

ROOT = Path(__file__).parents[2]
LIMIT_S = 30.0

SERVER = """
import sys, tempfile
from pathlib import Path
tempfile.tempdir = sys.argv[1]
from gym.server import folders
folders.remove_stale_folders()
(folders.server_folder() / "clip.mp4").write_bytes(b"x")
print(folders.server_folder(), flush=True)
sys.stdin.readline()
"""


@contextlib.contextmanager
def other_server(temporary: Path):
    """Run a process that keeps a folder as a server does; give it and its folder."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(temporary)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_folders_of_crashed_servers_go_and_of_live_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "virtual-gym-notes").mkdir()  # somebody else's: it has no lock file of ours
    with other_server(tmp_path) as (crashed, stale), other_server(tmp_path) as (live, held):
        crashed.send_signal(signal.SIGKILL)
        crashed.wait()
        assert stale.is_dir()
        remove_stale_folders()
        assert not stale.exists()
        assert (held / "clip.mp4").exists()
        live.communicate("stop\n", timeout=LIMIT_S)
        assert not held.exists()  # an orderly end leaves nothing
    assert [path.name for path in tmp_path.iterdir()] == ["virtual-gym-notes"]
