"""What a person sees while a run is at work: bars in a terminal, plain lines in a log.

A terminal that is closed, or a log on a full disk, stops no session: what cannot be said is not.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Literal, Protocol, cast

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from session_audio.ports import Progress as Advance

StageState = Literal["done", "kept", "failed"]
"""How a stage ended: done now, kept from an earlier run, or failed."""


class Reporter(Protocol):
    """Told of every stage as it runs.  Ids, durations and fractions only."""

    def begin(self, session: str, stage: str) -> Advance:
        """A stage starts; returns what to call with the fraction done."""
        ...

    def end(self, session: str, stage: str, state: StageState, seconds: float) -> None:
        """A stage ended."""
        ...

    def batch(self, ended: int, of: int, left: float | None) -> None:
        """So many sessions of a batch ended; seconds `left`, None where nobody can tell."""
        ...


class Silent:
    """Says nothing."""

    def begin(self, session: str, stage: str) -> Advance:
        """Nothing."""
        return lambda _: None

    def end(self, session: str, stage: str, state: StageState, seconds: float) -> None:
        """Nothing."""

    def batch(self, ended: int, of: int, left: float | None) -> None:
        """Nothing."""


def so_far(ended: int, of: int, left: float | None) -> str:
    """How far a batch is, in words: ``"3 of 12 sessions, about 1 h 20 min left"``."""
    text = f"{ended} of {of} sessions"
    if left is None or ended == of:
        return text
    minutes = max(1, round(left / 60))
    if minutes >= 60:
        minutes = 5 * round(minutes / 5)
        return f"{text}, about {minutes // 60} h {minutes % 60:02d} min left"
    return f"{text}, about {minutes} min left"


class Lines:
    """One plain line a stage, for logs; a long stage also says how far it is, each minute."""

    def __init__(self, interval: float = 60.0) -> None:
        self._interval = interval

    def begin(self, session: str, stage: str) -> Advance:
        """Returns a callback that prints at most one line an interval."""
        last = time.monotonic()

        def advance(fraction: float) -> None:
            nonlocal last
            if time.monotonic() - last >= self._interval:
                last = time.monotonic()
                _say(f"{session}  {stage:<10}  {fraction:4.0%}")

        return advance

    def end(self, session: str, stage: str, state: StageState, seconds: float) -> None:
        """One line: session, stage, how it ended, seconds."""
        took = f"{seconds:7.1f} s" if state == "done" else ""
        _say(f"{session}  {stage:<10}  {state:<6} {took}".rstrip())

    def batch(self, ended: int, of: int, left: float | None) -> None:
        """One line."""
        _say(so_far(ended, of, left))


class _Unfailing:
    """A stream to which writing never fails."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def _say(line: str) -> None:
    """One write, as stages end side by side."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class Bars:
    """A bar for every stage that runs, and a line for each that ended."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._lock = threading.Lock()

    def begin(self, session: str, stage: str) -> Advance:
        """Adds a bar."""
        with self._lock:
            task = self._progress.add_task(f"{session}  {stage}", total=1.0)
            self._tasks[session, stage] = task
        return lambda fraction: self._progress.update(task, completed=min(1.0, fraction))

    def end(self, session: str, stage: str, state: StageState, seconds: float) -> None:
        """Takes the bar away and leaves a line."""
        with self._lock:
            task = self._tasks.pop((session, stage), None)
        if task is not None:
            self._progress.remove_task(task)
        if state != "kept":
            self._progress.console.print(
                f"{session}  {stage:<10}  {state:<6} {seconds:6.1f} s", highlight=False
            )

    def batch(self, ended: int, of: int, left: float | None) -> None:
        """Leaves a line."""
        self._progress.console.print(so_far(ended, of, left), highlight=False)


@contextmanager
def console_reporter() -> Iterator[Reporter]:
    """Bars where standard error is a terminal, lines where it is not."""
    console = Console(file=cast(IO[str], _Unfailing(sys.stderr)))
    if not console.is_terminal:
        yield Lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress)
