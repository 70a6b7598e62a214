"""One process at a time: locks that end with the process that holds them.

The system's own file locks are used where the folder has them (`filelock`: flock on Linux
and macOS, LockFileEx on Windows); they end with the process, however it ends.  A network
share may know none.  There, a file beside the lock says who holds it: host, process and the
process's start, and its time of change is renewed every `HEARTBEAT` seconds.  Such a file is
taken over where its process is gone from this machine, and where it was not renewed for
`ABANDONED` seconds, if it is another machine's.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

HEARTBEAT = 20.0
"""Seconds between two signs of life of a holder, where the folder has no locks."""
ABANDONED = 600.0
"""Seconds without a sign of life after which another machine's lock counts for nothing."""
FOREVER = -1.0
"""As a timeout: wait until the holder lets go."""

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)
_TWO_LOOKS = 0.3
"""Seconds in which a dead holder's file is removed and the lock then taken."""
_POLL = 0.1
_MODE = 0o600


class HeldError(Exception):
    """Another process holds the lock."""


class Lock:
    """A lock that this process holds until `release`; made by `take`."""

    def __init__(self, inner: BaseFileLock, sign: _SignOfLife | None = None) -> None:
        self._inner, self._sign = inner, sign

    def release(self) -> None:
        """Let go; a lock that was let go is left alone."""
        if self._sign is not None:
            self._sign.end()
        self._inner.release()


@contextlib.contextmanager
def held(path: Path, timeout: float = 0.0) -> Iterator[None]:
    """Hold the lock `path` inside the block; see `take`."""
    lock = take(path, timeout)
    try:
        yield
    finally:
        lock.release()


def take(path: Path, timeout: float = 0.0) -> Lock:
    """Take the lock `path`, a file whose folder exists.

    Parameters
    ----------
    path : Path
        The file; it stays when the lock is let go.
    timeout : float
        Seconds to wait for another holder; `FOREVER` waits until it lets go.

    Raises
    ------
    HeldError
        When another holder did not let go in time.
    OSError
        When the file cannot be made.
    """
    native = FileLock(path, mode=_MODE, thread_local=False, fallback_to_soft=False)
    try:
        native.acquire(timeout=timeout, poll_interval=_POLL)
        return Lock(native)
    except Timeout:
        raise HeldError(path.name) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return _take_soft(path.with_name(f"{path.name}.held"), timeout)


def _take_soft(path: Path, timeout: float) -> Lock:
    """Take a lock that is a file, where the folder has no other."""
    soft = SoftFileLock(path, mode=_MODE, thread_local=False)
    until = time.monotonic() + max(timeout, _TWO_LOOKS)
    while True:
        _remove_abandoned(path)
        try:
            soft.acquire(timeout=_TWO_LOOKS, poll_interval=_POLL)
            return Lock(soft, _SignOfLife(path))
        except Timeout:
            if timeout >= 0 and time.monotonic() >= until:
                raise HeldError(path.name) from None


class _SignOfLife:
    """Renews the time of a lock's file until ended; ends with the process."""

    def __init__(self, path: Path) -> None:
        self._path, self._over = path, threading.Event()
        threading.Thread(target=self._renew, name="lock", daemon=True).start()

    def _renew(self) -> None:
        while not self._over.wait(HEARTBEAT):
            with contextlib.suppress(OSError):
                os.utime(self._path)

    def end(self) -> None:
        self._over.set()


def _remove_abandoned(path: Path) -> None:
    """Remove a lock's file that nobody renews, unless its process is alive on this machine.

    Times are the file server's, so clocks that differ between machines do no harm: the
    file is compared with one that is made now.
    """
    with contextlib.suppress(OSError):
        before = path.stat()
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        aside.touch(_MODE)
        age = aside.stat().st_mtime - before.st_mtime
        aside.unlink()
        if age < ABANDONED or _alive_here(path):
            return
        # Renamed first: what somebody else took over meanwhile is put back.
        path.rename(aside)
        now = aside.stat()
        if (now.st_ino, now.st_mtime_ns) == (before.st_ino, before.st_mtime_ns):
            aside.unlink()
        elif not path.exists():
            aside.rename(path)


def _alive_here(path: Path) -> bool:
    """Whether the file names a process of this machine that is there, be it stopped for now.

    Where the number was given to another process since, `filelock` sees it by its start.
    """
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if len(lines) < 2 or not lines[0].isdecimal():
        return False
    host = lines[1].split("?")[0]  # what follows is a mark of the container
    return host == socket.gethostname() and psutil.pid_exists(int(lines[0]))
