"""Opens a recording and reads what it claims, without decoding it.

Kept free of NumPy, so that ``session-audio check`` starts fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from session_audio.errors import AudioError
from session_audio.schema import Recording

SHORTEST = 1.0
"""Seconds below which there is nothing to analyse."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file says of its sound: seconds (None where it does not say), Hz, channels."""

    duration: float | None
    rate: int
    channels: int


def look(recording: Recording) -> Claim:
    """What the recording claims to hold.

    Raises
    ------
    AudioError
        When it is missing, empty, no sound, under 1 s, or lacks the channel asked for.
    """
    path = recording.file
    with opened(path) as (container, stream):
        duration = claimed(container, stream, path)
        rate, channels = int(stream.rate or 0), int(stream.channels or 0)
    if not (rate and channels):
        raise undecodable(path)
    if duration is not None and duration < SHORTEST:
        raise too_short(path, duration)
    if recording.channel is not None and recording.channel >= channels:
        raise no_channel(path, channels, recording.channel)
    return Claim(duration, rate, channels)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container in `path` and its first stream of sound.

    Raises
    ------
    AudioError
        When it is missing, empty, may not be read, or holds no sound.
    """
    import av

    try:
        if not path.is_file():
            raise AudioError(f"{path.name} is not there", hint="Check `file` in session.toml.")
        if path.stat().st_size == 0:
            raise AudioError(f"{path.name} is empty (0 bytes)", hint="Export it again.")
        container = av.open(str(path), metadata_errors="ignore")
    except PermissionError:
        raise AudioError(
            f"{path.name} may not be read", hint="Check the file's permissions."
        ) from None
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioError(
            f"{path.name} is not a sound or video file that can be read ({type(error).__name__})",
            hint="Export it as WAV, FLAC, MP3, M4A or MP4.",
        ) from error
    with container:
        if not container.streams.audio:
            raise AudioError(f"{path.name} holds no sound", hint="Check `file` in session.toml.")
        yield container, container.streams.audio[0]


def claimed(container: Any, stream: Any, path: Path) -> float | None:
    """Length that the file claims, in seconds; None where it claims none."""
    seconds: float | None = container.duration / 1e6 if container.duration else None
    if stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    # A RIFF file's length is guessed from its bytes; its header says how many there were.
    with path.open("rb") as file:
        head = file.read(8)
    size = int.from_bytes(head[4:8], "little") + 8
    if seconds and head[:4] == b"RIFF" and 8 < size < 0xFFFFFFFF:
        return max(seconds, seconds * size / path.stat().st_size)
    return seconds


def undecodable(path: Path) -> AudioError:
    """The error for a file that looks like a recording and holds nothing."""
    return AudioError(
        f"{path.name} holds no sound that can be decoded",
        hint="Export it as WAV, FLAC, MP3, M4A or MP4.",
    )


def too_short(path: Path, seconds: float, hint: str | None = None) -> AudioError:
    """The error for a recording with next to nothing in it."""
    return AudioError(
        f"{path.name} holds {seconds:.1f} s of sound; expected at least {SHORTEST:.0f} s", hint=hint
    )


def no_channel(path: Path, channels: int, asked: int) -> AudioError:
    """The error for a channel that the recording lacks."""
    return AudioError(
        f"{path.name} has {channels} channel(s); session.toml asks for channel {asked} "
        "(counted from 0)"
    )
