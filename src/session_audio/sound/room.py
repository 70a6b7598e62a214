"""What decoding needs of the disk, told before it starts."""

from __future__ import annotations

import shutil
from pathlib import Path

from session_audio.errors import AudioError
from session_audio.sound.samples import MODEL_RATE

_SCRATCH, _KEPT = 4 * MODEL_RATE, 2 * MODEL_RATE
"""Bytes a second while it works, and of the sound that is kept."""


def needed(seconds: float) -> int:
    """Bytes of disk that a recording of `seconds` needs while it is decoded."""
    return round(seconds * (_SCRATCH + _KEPT))


def free_at(folder: Path) -> int:
    """Bytes free on the disk of `folder`, which may not be there yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def check(seconds: float | None, folder: Path) -> None:
    """Refuse a recording for whose sound `folder`'s disk has no room.

    Parameters
    ----------
    seconds : float or None
        What the recording claims; without, nothing is known.
    folder : Path
        Where its sound will be; may not be there yet.

    Raises
    ------
    AudioError
        Saying what is needed and what is there.
    """
    if seconds is None:
        return
    need, free = needed(seconds), free_at(folder)
    if need > free:
        raise AudioError(
            f"{seconds / 3600:.1f} h of sound need {need / 1e9:.2f} GB on the disk while they are "
            f"decoded, and {free / 1e9:.2f} GB are free",
            hint="Free some space and run again.",
        )
