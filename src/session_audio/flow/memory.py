"""Memory goes back to the system when it is no longer used.

The C library keeps what was freed: a pool a thread, and large blocks too once it has seen a
few.  Models free and take hundreds of megabytes from many threads, so without this a run
holds several times what it uses.  Only glibc needs it; elsewhere nothing is done.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from functools import cache

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
"""Names of the two parameters (malloc.h)."""
_POOLS = 2
_LARGE = 16 << 20
"""Bytes from which a block is taken from the system and given back whole."""


@cache
def be_frugal() -> None:
    """Few pools, and large blocks of their own; before threads take their first memory."""
    with suppress(OSError, AttributeError, TypeError):  # TypeError: Windows
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, _POOLS)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Collect what nothing refers to, and return what is free to the system."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):  # TypeError: Windows
        ctypes.CDLL(None).malloc_trim(0)
