"""On which day a recording was made, by its own record."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

from session_audio import files

_KEYS = ("creation_time", "com.apple.quicktime.creationdate", "date", "ICRD", "date_recorded")
_EPOCHS = (1904, 1970)
"""Years that a recorder without a clock writes."""


def recorded_on(path: Path) -> date | None:
    """The day in the file's own record (local where it says so); None without one.

    A day is never taken from when the file was copied.
    """
    import av

    try:
        with files.opened(path) as file, av.open(file) as container:
            facts = {**container.metadata}
            for stream in container.streams:
                facts = {**stream.metadata, **facts}
    except Exception:  # what cannot be opened has no record; the check says what is wrong
        return None
    days = [day for key in _KEYS if (day := _day(facts.get(key, "")))]
    return days[0] if days else None


def _day(text: str) -> date | None:
    found = re.match(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}:\d{2})?", text)
    if not found:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None
    if moment.tzinfo is not None and text.endswith("Z"):
        moment = moment.astimezone()  # UTC; the session was on the day here
    return None if moment.year in _EPOCHS and moment.month == 1 else moment.date()
