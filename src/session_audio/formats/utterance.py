"""What every transcript reader gives: a stretch of text with its time and speaker."""

from __future__ import annotations

from dataclasses import dataclass

from session_audio.errors import FormatError


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


def seconds(text: str, name: str, where: str) -> float:
    """Seconds from ``12.5``, ``1:02.5`` or ``0:01:02,500``.

    >>> seconds("1:02.5", "a.csv", "line 2")
    62.5

    Raises
    ------
    FormatError
        When it is no time.
    """
    parts = text.strip().replace(",", ".").split(":")
    try:
        if not 1 <= len(parts) <= 3:
            raise ValueError
        at = 0.0
        for part in parts:
            at = at * 60 + float(part)
    except ValueError:
        raise FormatError(
            f"{name}, {where}: a time is not seconds or h:mm:ss", hint="Check the time columns."
        ) from None
    return at
