"""What a run of a long recording needs of the machine, told before it starts.

Memory and time are those of docs/performance.md, measured on two processors; a longer session adds
little memory.
"""

from __future__ import annotations

from pathlib import Path

import psutil

from session_audio.sound import room

LONG = 2 * 3600.0
"""Seconds from which it is told."""
MEMORY = 2e9
"""Bytes of the whole flow at its most."""
OF_THE_LENGTH = 0.21
"""Seconds of the whole flow for a second of recording, on two processors with nothing else."""


def told(seconds: float | None, work: Path) -> list[str]:
    """What a recording of `seconds` needs and what is there; nothing for a shorter one.

    Parameters
    ----------
    seconds : float or None
        What the recordings claim.
    work : Path
        Where the decoded sound will be.
    """
    if seconds is None or seconds < LONG:
        return []
    disk, free = room.needed(seconds) / 1e9, room.free_at(work) / 1e9
    memory = psutil.virtual_memory().available / 1e9
    return [
        f"needs {disk:.1f} GB on the disk while it is decoded, {free:.1f} are free",
        f"about {MEMORY / 1e9:.0f} GB of memory, {memory:.1f} are free",
        f"some {lasts(seconds)} on two processors that do nothing else",
    ]


def lasts(seconds: float) -> str:
    """How long a run of so much sound takes, roughly.

    >>> lasts(2 * 3600), lasts(12 * 3600)
    ('25 minutes', '2.5 hours')
    """
    minutes = OF_THE_LENGTH * seconds / 60
    return f"{5 * round(minutes / 5)} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours"
