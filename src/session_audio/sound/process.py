"""Decoding in a process of its own, within limits of time and memory.

Decoders are large libraries that read whatever people recorded, and some input makes them
crash, hang or take all memory.  Here that ends one piece of work with a clear error, never the
program.  Sound does not pass between the processes: the other one writes the file.

The process imports what it needs and no model (about a second), is started at the first
piece of work, and ends by itself when there was none for `IDLE` seconds.
"""

from __future__ import annotations

import atexit
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import psutil

from session_audio.encryption.covered import lent
from session_audio.errors import AudioError
from session_audio.ports import Progress, no_progress
from session_audio.settings import MachineSettings
from session_audio.sound.worker import receive, send

T = TypeVar("T")
IDLE = 5.0
"""Seconds without work after which the process is ended."""
_DYING = 10.0
"""Seconds that a process may take to end when it has crashed (to write what the system keeps)."""
_LOOK = 0.5
"""Seconds between two looks at its memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What decoding may take.

    Parameters
    ----------
    stall : float
        Seconds without any progress after which it is ended.
    memory : float
        Bytes of memory at which it is ended.
    """

    stall: float = 300.0
    memory: float = 2e9

    @classmethod
    def of(cls, settings: MachineSettings) -> Limits:
        """As the settings say."""
        return cls(settings.decoding_stall, settings.decoding_memory * 1e9)


class _Process:
    """The process, and what it says."""

    def __init__(self) -> None:
        paths = os.pathsep.join(p for p in sys.path if p)
        self._child = subprocess.Popen(
            [sys.executable, "-m", "session_audio.sound.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._said: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="decoding", daemon=True).start()

    def _listen(self) -> None:
        assert self._child.stdout is not None
        with suppress(OSError, ValueError):
            while (message := receive(self._child.stdout)) is not None:
                self._said.put(message)
        self._said.put(None)

    @property
    def alive(self) -> bool:
        """Whether it can be given work."""
        return self._child.poll() is None

    def ask(self, message: object) -> None:
        """Give it work."""
        assert self._child.stdin is not None
        with suppress(OSError):  # it is dead, which the answer tells
            send(self._child.stdin, message)

    def answer(self, seconds: float) -> Any:
        """What it says next; None when it ended.

        Raises
        ------
        queue.Empty
            When it says nothing for so long.
        """
        return self._said.get(timeout=seconds)

    def memory(self) -> int:
        """Bytes of memory that it holds now."""
        with suppress(psutil.Error):
            here = psutil.Process(self._child.pid)
            # On Windows the Python of a virtual environment is a launcher of another.
            more = here.children(recursive=True) if psutil.WINDOWS else []
            return sum(int(process.memory_info().rss) for process in (here, *more))
        return 0

    def ended(self) -> int:
        """What it ended with, after it said its last."""
        with suppress(subprocess.TimeoutExpired):
            return self._child.wait(_DYING)
        return self.end()

    def end(self) -> int:
        """Kill it; what it ended with."""
        self._child.kill()
        code = self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        return code


_lock = threading.Lock()
_process: _Process | None = None
_timer: threading.Timer | None = None


def run(
    work: Callable[..., T],
    *arguments: object,
    name: str,
    progress: Progress = no_progress,
    limits: Limits | None = None,
) -> T:
    """``work(*arguments, progress=...)`` in the decoding process.

    Parameters
    ----------
    work : callable
        A function of a module.
    *arguments
        Small values.
    name : str
        The file, as errors call it.
    progress : Progress
    limits : Limits, optional

    Raises
    ------
    AudioError
        When the process died, stood still or took too much memory; and what `work` raises.
    """
    global _process, _timer
    with _lock:
        if _timer is not None:
            _timer.cancel()
        if _process is None or not _process.alive:
            _process = _Process()
        _process.ask((work.__module__, work.__name__, arguments, lent()))
        try:
            kind, value, text = _ended(_process, name, progress, limits or Limits())
        except BaseException:
            _end()
            raise
        _timer = threading.Timer(IDLE, close)
        _timer.daemon = True
        _timer.start()
    if kind == "error":
        raise value from (RuntimeError(text) if text else None)
    result: T = value
    return result


def _ended(process: _Process, name: str, progress: Progress, limits: Limits) -> Any:
    """The last thing that the process says of its work; an error where there is none."""
    heard, share = time.monotonic(), 0.0
    while True:
        try:
            message = process.answer(_LOOK)
        except queue.Empty:
            message = ()
        if message is None:
            raise AudioError(
                f"{name} could not be decoded: the decoder broke down over it ({_how(process)})",
                hint="The file is damaged or in an unusual form. Export it as WAV or FLAC with a "
                "sound editor, and name that file.",
            )
        if process.memory() > limits.memory:
            raise AudioError(
                f"{name} could not be decoded: it took more than {limits.memory / 1e9:.1f} GB "
                "of memory",
                hint="Export it as WAV or FLAC, or raise `decoding_memory` in [machine] of "
                "settings.toml.",
            )
        if message:
            if message[0] != "progress":
                return message
            heard = time.monotonic()
            share = max(share, message[1])
            progress(share)
        elif time.monotonic() - heard > limits.stall:
            raise AudioError(
                f"{name} could not be decoded: nothing came of it for {limits.stall:.0f} s",
                hint="Is it on a share or in a cloud folder that does not answer? Copy it to this "
                "computer. Else raise `decoding_stall` in [machine] of settings.toml.",
            )


def _how(process: _Process) -> str:
    code = process.ended()
    return f"signal {-code}" if code < 0 else f"code {code}"


def _end() -> None:
    global _process
    if _process is not None:
        _process.end()
        _process = None


def close() -> None:
    """End the process, unless it is at work."""
    if _lock.acquire(blocking=False):
        try:
            _end()
        finally:
            _lock.release()


atexit.register(_end)
