"""The server's memory: by default, glibc keeps much of what threads have used.

Every live session has its own threads; after twenty sessions the server used half as much memory
again. Without glibc (macOS, musl) nothing happens.
"""

from __future__ import annotations

import contextlib
import ctypes

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # glibc's malloc.h
_LARGE_BYTES = 2**20  # a frame of a live set is smaller: taking it from the system would cost time


def limit_arenas() -> None:
    """Let all threads share two pools of memory, for what is not large; called when the server starts.

    What is large, as networks are, then comes from the system and goes back to it at once. In a pool it
    would leave holes, which small things that stay keep from being given back.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def give_memory_back() -> None:
    """Return what is no longer used to the system."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
