"""A recording in parts, as `session.toml` gives them: which follows which, and when each began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Protocol


class Part(Protocol):
    """What is said of one part; `manifest` has the file's fields."""

    part: int | None
    start: time | None
    offset: float


def mistakes(recordings: Sequence[Part], who: str | None) -> list[str]:
    """What is wrong with the parts of one sound: the room's, or one participant's."""
    whose = f"of {who}" if who else "of the room"
    count = len(recordings)
    numbers = [r.part for r in recordings if r.part is not None]
    starts = [r.start for r in recordings if r.start is not None]
    if count > 1 and not numbers and not starts:
        if who:  # channels of one file, or devices: each is a track of its own
            return []
        return [
            f"it names {count} recordings {whose}; expected one, or parts that follow one another "
            '(part = 1, part = 2, or start = "19:42:10"), or one a participant'
        ]
    wrong = []
    if (numbers and len(numbers) < count) or (starts and len(starts) < count):
        wrong.append(
            f"some recordings {whose} have a part or a start and some do not; expected all or none"
        )
    elif numbers and sorted(numbers) != list(range(1, count + 1)):
        given = ", ".join(str(n) for n in sorted(numbers))
        wrong.append(f"the parts {whose} are {given}; expected 1 to {count}, each once")
    if count > 1 and len({r.offset for r in recordings}) > 1:
        wrong.append(f"the parts {whose} have different offsets; expected that of the first in all")
    return wrong


def second_of_day(at: time) -> float:
    """Seconds since midnight."""
    return at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6
