"""What a run needs beside its session's folder, on one object.

A flow's parameters are recorded by Prefect, so a flow takes folders only and finds its
context here: the one that `using` set around it, in the same thread or in a thread of
Prefect's (which copies the caller's context variables), else the ordinary one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from session_audio.errors import PausedError
from session_audio.flow.engines import Engines, load_engines
from session_audio.flow.progress import Reporter, Silent
from session_audio.settings import Settings


@dataclass(frozen=True)
class Context:
    """How sessions are run: with which models, who is told, by which settings and clock."""

    engines: Callable[[Settings], Engines] = load_engines
    reporter: Reporter = field(default_factory=Silent)
    settings_file: Path | None = None
    """Used for every group; without it, each group's own."""
    today: Callable[[], date] = date.today
    """The day on which consent is judged."""
    until: datetime | None = None
    """No stage begins after this."""

    def is_over(self) -> bool:
        """Whether the time until which a run may work is over."""
        return self.until is not None and datetime.now() >= self.until

    def may_begin(self) -> None:
        """Refuse to begin a stage when the time is over.

        Raises
        ------
        PausedError
            Saying what to do.
        """
        if self.until is not None and self.is_over():
            raise PausedError(
                f"not begun: it is past {self.until:%H:%M}, and a run may work until then",
                hint="What was done is kept; the same command goes on from there.",
            )


_CURRENT: ContextVar[Context] = ContextVar("session_audio_context", default=Context())  # noqa: B039


def current() -> Context:
    """The context in force."""
    return _CURRENT.get()


@contextmanager
def using(context: Context) -> Iterator[None]:
    """Run what is inside with `context`."""
    token = _CURRENT.set(context)
    try:
        yield
    finally:
        _CURRENT.reset(token)
