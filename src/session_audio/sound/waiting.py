"""Recordings that are still being written: told, not read as far as they happen to go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from session_audio.errors import AudioError

FRESH = 10.0
"""Seconds since the last change within which somebody may still be writing."""
PAUSE = 1.0
"""Seconds between the two looks at such a file."""


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Refuse the block's result where the file changed meanwhile.

    Raises
    ------
    AudioError
        When it did.
    """
    before = _state(path)
    yield
    if _state(path) != before:
        raise _growing(path)


def settle(path: Path) -> None:
    """Refuse a file that was changed a moment ago and is being changed now.

    Raises
    ------
    AudioError
        When it grows.
    """
    before = _state(path)
    if before is None or abs(time.time() - before[1] / 1e9) > FRESH:
        return
    time.sleep(PAUSE)
    if _state(path) != before:
        raise _growing(path)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_size, about.st_mtime_ns


def _growing(path: Path) -> AudioError:
    return AudioError(
        f"{path.name} is still growing: it is being copied, downloaded or recorded",
        hint="Run again when that has ended.",
    )
