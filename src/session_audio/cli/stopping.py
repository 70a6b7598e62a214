"""What happens on Ctrl-C, on a request to end, and when the terminal is closed.

One rule for every verb: clean up, say so, and end with 128 and the signal's number, as shells
expect.  A verb that cannot be interrupted where it is gives `stopping` what to do instead.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Ctrl-C, a request to end, a closed terminal, Ctrl-Break; not every system has each."""


class Stopped(KeyboardInterrupt):
    """Somebody asked the program to stop, by the signal `number`."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def stop_code(stop: KeyboardInterrupt) -> int:
    """The exit code after a stop: 128 and the number of the signal."""
    return 128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)


def raise_stopped(number: int) -> None:
    """End by an exception, so that everything on the way out is tidied up."""
    raise Stopped(number)


def at_second_request(act: Callable[[], None]) -> None:
    """Call `act` when, from now on, this process is asked to stop again."""
    for number in _known():
        signal.signal(number, lambda _number, _frame: act())


def _known() -> list[signal.Signals]:
    """The signals of this system that ask to stop, but for those that the caller ignores."""
    named = (getattr(signal, name, None) for name in _NAMES)
    return [n for n in named if n is not None and signal.getsignal(n) not in (signal.SIG_IGN, None)]


@contextmanager
def stopping(act: Callable[[int], None] = raise_stopped) -> Iterator[None]:
    """Call `act` with the number of a signal that asks this process to stop.

    Signals that the caller ignores (nohup) stay ignored.  Signals reach the main thread
    alone; in another nothing is changed.
    """
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for known in _known():
            before[known] = signal.signal(known, lambda got, _frame: act(got))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
