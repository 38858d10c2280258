"""What a live session used goes back to the system, whatever small things were kept meanwhile."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Large pieces come and go, as networks do; small ones between them stay. Prints what is left, in MB.
CODE = """
import os
from gym.server.memory import limit_arenas
import numpy as np

def measure_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

limit_arenas()
np.ones(2**24, np.uint8)  # from now on a pool would take what is smaller
before_mb = measure_mb()
large, small = [], []
for _ in range(30):
    large.append(np.ones(2**23, np.uint8))
    small.append(bytearray(10_000))
del large
print(measure_mb() - before_mb)
"""


def test_large_pieces_leave_no_holes() -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("this system has no glibc")
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 10  # of 240
