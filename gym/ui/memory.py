"""The server's memory: glibc keeps much of what threads have used, unless it is told otherwise.

Every live session has threads of its own; after twenty of them the server held half as much again.
Without glibc (macOS, musl) nothing happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc

_M_ARENA_MAX = -8  # glibc's malloc.h


def spare_memory() -> None:
    """Let all threads share two pools of memory; called when the server starts."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def give_memory_back() -> None:
    """Return what is no longer used to the system."""
    gc.collect()  # the parts of a connection refer to each other, and hold its coders and frames
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
