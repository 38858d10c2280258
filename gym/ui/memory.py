"""The server's memory: by default, glibc keeps much of what threads have used.

Every live session has its own threads; after twenty sessions the server used half as much memory
again. Without glibc (macOS, musl) nothing happens.
"""

from __future__ import annotations

import contextlib
import ctypes

_M_ARENA_MAX = -8  # glibc's malloc.h


def spare_memory() -> None:
    """Let all threads share two pools of memory; called when the server starts."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def give_memory_back() -> None:
    """Return what is no longer used to the system."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
