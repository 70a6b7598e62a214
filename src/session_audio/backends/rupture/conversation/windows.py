"""Conversations out of single turns, and the windows in which the network reads them.

Turns come to the classifier one by one, each with the few before it.  Those that follow one
another are put together again, so that each is read with all that the network can hold of what
was said around it, before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from session_audio.schema import ContextTurn, TurnInContext

LONGEST_WINDOW = 480
"""Tokens that the network reads at once, of the 512 that it can."""
BEFORE = 120
"""Tokens of a window that only show what came before the turns that it scores ..."""
AFTER = 60
"""... and what came after."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns in order, of which the last ones are to be scored."""

    turns: tuple[ContextTurn, ...]
    rows: tuple[int, ...]
    """Places, in what was asked, of its last ``len(rows)`` turns."""

    @property
    def lead(self) -> int:
        """Turns at its begin that are only context."""
        return len(self.turns) - len(self.rows)


@dataclass(frozen=True, slots=True)
class Window:
    """The turns from `first` up to `last` are read, those from `start` up to `stop` scored."""

    first: int
    start: int
    stop: int
    last: int


def conversations(asked: Sequence[TurnInContext]) -> list[Conversation]:
    """Put turns together that follow one another, each in the context of the next.

    >>> one = TurnInContext("1", (), "Ann", "", "Hi.")
    >>> two = TurnInContext("2", (ContextTurn("Ann", "", "Hi."),), "Bo", "", "Hm.")
    >>> [c.rows for c in conversations([one, two, one])]
    [(0, 1), (2,)]
    """
    out: list[Conversation] = []
    turns: list[ContextTurn] = []
    rows: list[int] = []

    def close() -> None:
        if rows:
            out.append(Conversation(tuple(turns), tuple(rows)))

    for k, one in enumerate(asked):
        if not rows or not _follows(turns, one.context):
            close()
            turns, rows = list(one.context), []
        turns.append(ContextTurn(one.speaker, one.role, one.text))
        rows.append(k)
    close()
    return out


def _follows(turns: Sequence[ContextTurn], context: Sequence[ContextTurn]) -> bool:
    """Whether `context` is how `turns` end."""
    return bool(context) and tuple(turns[-len(context) :]) == tuple(context)


def windows(
    lengths: Sequence[int],
    start: int = 0,
    longest: int = LONGEST_WINDOW,
    before: int = BEFORE,
    after: int = AFTER,
) -> list[Window]:
    """Windows that together score each turn from `start` on once.

    At least one turn before is read where there is one, and at least one is scored.

    Parameters
    ----------
    lengths : sequence of int
        Tokens of each turn, with the mark after it.
    start : int
        The first turn that is scored.
    longest, before, after : int
        Tokens of a window, and of its turns that are only read.
    """
    out = []
    while start < len(lengths):
        first, used = start, 0
        while first > 0 and (first == start or used + lengths[first - 1] <= before):
            first -= 1
            used += lengths[first]
        stop = start
        while stop < len(lengths) and (stop == start or used + lengths[stop] <= longest - after):
            used += lengths[stop]
            stop += 1
        last = stop
        while last < len(lengths) and used + lengths[last] <= longest:
            used += lengths[last]
            last += 1
        if last == len(lengths):
            stop = last
        out.append(Window(first, start, stop, last))
        start = stop
    return out
