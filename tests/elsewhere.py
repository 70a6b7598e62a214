"""Makes this process look, to our own code, like a system that is not Linux.

Python's library and the packages stay as they are: they are other people's, and have their
own versions for each system.  What session_audio and pipelines import is what such a system
offers: no POSIX modules, few signals, `os` without POSIX functions, folders that cannot be
opened as files, and a `sys.platform` to match.
"""

from __future__ import annotations

import builtins
import ctypes
import os
import signal
import sys
import types
from pathlib import Path
from typing import Any

OURS = ("session_audio", "pipelines")
MISSING = {"fcntl", "resource", "termios", "pwd", "grp", "pty", "tty", "posix", "syslog"}
NO_SIGNALS = {
    "SIGHUP",
    "SIGKILL",
    "SIGQUIT",
    "SIGALRM",
    "SIGUSR1",
    "SIGUSR2",
    "SIGPIPE",
    "SIGCHLD",
    "SIGTSTP",
    "SIGCONT",
    "SIGSTOP",
    "SIGWINCH",
    "alarm",
    "pause",
    "setitimer",
    "pthread_kill",
    "sigwait",
    "pthread_sigmask",
    "siginterrupt",
}
NO_OS = {
    "O_NOFOLLOW",
    "O_NONBLOCK",
    "O_CLOEXEC",
    "O_DIRECTORY",
    "fork",
    "forkpty",
    "killpg",
    "geteuid",
    "getuid",
    "getgid",
    "getegid",
    "getpgid",
    "setsid",
    "setpgid",
    "chown",
    "fchown",
    "lchown",
    "fchmod",
    "uname",
    "sysconf",
    "mkfifo",
    "nice",
    "getpriority",
    "sched_getaffinity",
    "wait",
    "WNOHANG",
    "statvfs",
    "posix_fallocate",
    "sendfile",
    "getloadavg",
    "ttyname",
    "register_at_fork",
}


class Without(types.ModuleType):
    """A module without some of its names, and with others in their place."""

    def __init__(self, real: types.ModuleType, missing: set[str], **instead: Any) -> None:
        super().__init__(real.__name__)
        self.__dict__.update({"_real": real, "_missing": missing, "_instead": instead})

    def __getattr__(self, name: str) -> Any:
        if name in self._missing:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if name in self._instead:
            return self._instead[name]
        return getattr(self._real, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)


def open_(path: Any, *args: Any, **kwargs: Any) -> int:
    if not isinstance(path, int) and Path(path).is_dir():
        raise PermissionError(13, "Permission denied", str(path))
    return os.open(path, *args, **kwargs)


def cdll(name: str | None, *args: Any, **kwargs: Any) -> Any:
    if name is None:
        raise TypeError("argument of type 'NoneType' is not iterable")
    return ctypes.CDLL(name, *args, **kwargs)


def pretend(platform: str) -> None:
    """From now on, our modules see `platform`; those imported before are refused."""
    early = [name for name in sys.modules if name.split(".")[0] in OURS]
    assert not early, early
    windows = platform == "win32"
    given = {"sys": Without(sys, {"getdlopenflags"} if windows else set(), platform=platform)}
    missing = {"posix_fallocate", "sched_getaffinity"}
    if windows:
        given["os"] = Without(os, NO_OS, open=open_)
        given["signal"] = Without(signal, NO_SIGNALS)
        given["ctypes"] = Without(ctypes, set(), CDLL=cdll)
    else:
        given["os"] = Without(os, missing)
    real = builtins.__import__

    def importing(name: str, globals_: Any = None, *rest: Any, **more: Any) -> Any:
        importer = str((globals_ or {}).get("__name__", ""))
        if importer.split(".")[0] in OURS:
            if windows and name.split(".")[0] in MISSING:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            if name in given:
                return given[name]
        return real(name, globals_, *rest, **more)

    builtins.__import__ = importing
