"""What memory a benchmark's process, and those it started, hold."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def peak() -> int:
    """Most bytes that this process ever held.

    Not getrusage's where the system tells its own: that one keeps the parent's peak across
    the start of a child.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
    return 1024 * int(line.split()[1])


class Memory:
    """The most memory that this process and those it started held, in bytes, as seen."""

    def __init__(self) -> None:
        self.together = 0
        self.here = 0
        self._end = threading.Event()

    def look(self) -> None:
        """Look once."""
        me, *others = _family(os.getpid())
        self.together = max(self.together, _of(me, "Rss") + sum(_of(p, "Private") for p in others))
        self.here = max(self.here, peak())

    def watch(self) -> None:
        """Look every second until told to end."""
        while not self._end.wait(1.0):
            self.look()

    @classmethod
    @contextmanager
    def watched(cls) -> Iterator[Memory]:
        """Watch while the body runs."""
        memory = cls()
        thread = threading.Thread(target=memory.watch, daemon=True)
        thread.start()
        try:
            yield memory
        finally:
            memory._end.set()
            thread.join()
            memory.look()


def _family(pid: int) -> list[int]:
    """A process and its descendants."""
    pids = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids += [p for child in children.read_text().split() for p in _family(int(child))]
        except OSError:
            continue
    return pids


def _of(pid: int, kind: str) -> int:
    """Bytes of a process: those resident (``Rss``), or those it shares with none (``Private``)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return 1024 * sum(int(x.split()[1]) for x in lines if x.startswith(kind))
