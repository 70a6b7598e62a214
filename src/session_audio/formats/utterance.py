"""What every transcript reader gives: a stretch of text with its time and speaker."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from session_audio.errors import FormatError

_SHOWN = 5
_NUMBER = re.compile(r"-?\d+(?:[.,]\d*)?|-?[.,]\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Utterance:
    """Some words by one speaker, as a file has them; not yet checked."""

    start: float
    end: float | None
    """None where the file does not say."""
    speaker: str | None
    """The file's own name for the speaker."""
    text: str
    where: str
    """Where in the file, for messages: ``"line 12"``; never the text."""
    is_word: bool = False
    """Whether the file gives the time of this one word."""
    probability: float | None = None
    may_name: bool = False
    """Whether lines of `text` may begin with ``Name:``, which is not yet looked at."""
    language: str | None = None
    """As the file says; an ISO 639-1 code."""


@dataclass
class Faults:
    """What is wrong with a file, place by place, to be told at once."""

    name: str
    """Of the file."""
    found: dict[str, list[str]] = field(default_factory=dict)
    """Places by what is wrong there."""

    def add(self, where: str, what: str) -> None:
        """Note one."""
        self.found.setdefault(what, []).append(where)

    def tell(self, hint: str | None = None) -> None:
        """Raise all that was found.

        Raises
        ------
        FormatError
            Where anything was; at most five places of a kind are named.
        """
        if self.found:
            parts = [f"{places(where)}: {what}" for what, where in self.found.items()]
            raise FormatError(f"{self.name}, {'; '.join(parts)}", hint=hint)


def places(where: list[str]) -> str:
    """Places in a file, the first few by name.

    >>> places(["line 2", "line 9", "line 11"])
    'line 2, 9, 11'
    """
    first = where[0].rsplit(" ", 1)[0]
    shown = [where[0], *(w.removeprefix(f"{first} ") for w in where[1:_SHOWN])]
    more = len(where) - _SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def time_of(text: str) -> float | None:
    """Seconds from ``12.5``, ``1:02.5`` or ``0:01:02,500``; None where it is no time.

    >>> time_of("1:02.5"), time_of("0:00:0x,000"), time_of("1:75")
    (62.5, None, None)
    """
    parts = text.strip().split(":")
    if not (1 <= len(parts) <= 3 and all(_NUMBER.fullmatch(part) for part in parts)):
        return None
    numbers = [float(part.replace(",", ".")) for part in parts]
    if any(not 0 <= later < 60 for later in numbers[1:]):
        return None
    at = 0.0
    for number in numbers:
        at = at * 60 + number
    return at


NO_TIME = "a time is not seconds or h:mm:ss"
CHECK_TIMES = "Check the time columns."


def seconds(text: str, name: str, where: str) -> float:
    """Seconds as `time_of` reads them.

    Raises
    ------
    FormatError
        When it is no time.
    """
    at = time_of(text)
    if at is None:
        raise FormatError(f"{name}, {where}: {NO_TIME}", hint=CHECK_TIMES)
    return at
