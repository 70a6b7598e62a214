"""Opens a recording, finds its streams of sound, and reads what they claim, without decoding.

Kept free of NumPy, so that ``session-audio check`` starts fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from session_audio import files
from session_audio.errors import AudioError
from session_audio.ports import Progress, no_progress
from session_audio.schema import Recording
from session_audio.sound import joined, ogg, process, unreadable

SHORTEST = 1.0
"""Seconds below which there is nothing to analyse."""
MOST_CHANNELS = 64
"""What FFmpeg's resampler takes."""
_ON_FILE_CLOCK = ("matroska", "mov", "avi", "flv")
"""Demuxers whose times count from the start of the file; others may begin anywhere."""
_LATE, _LATEST = 0.25, 600.0
"""Seconds of delay that count, and up to which one is believed of a file without a length."""
_SIGN_OF_LIFE = 1000
"""Packets between two signs that the file is still being read."""

Bytes = tuple[int, int]
"""First and last byte (exclusive) of one recording in a file."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file says of its sound, and how much of it is there.

    Parameters
    ----------
    duration : float or None
        Seconds, as its headers say; None where they do not.
    readable : float or None
        Seconds that its packets hold, undecoded; None where they do not say.
    rate, channels : int
        Hz and channels of the stream that would be used.
    streams : tuple of int
        Streams of sound that can be decoded, counted from 0.
    undecodable : tuple of int
        Streams of sound for which there is no decoder.
    joined : int
        Recordings joined one after the other in the file.
    """

    duration: float | None
    readable: float | None
    rate: int
    channels: int
    streams: tuple[int, ...] = (0,)
    undecodable: tuple[int, ...] = ()
    joined: int = 1
    is_whole: bool = True
    """False where a file that names no length ends within its last piece."""

    @property
    def is_cut(self) -> bool:
        """Whether it breaks off before the end that it claims."""
        return breaks_off(self.readable, self.duration)


def breaks_off(seconds: float | None, claimed: float | None) -> bool:
    """Whether `seconds` are clearly fewer than were claimed."""
    return seconds is not None and claimed is not None and seconds < 0.98 * claimed - 1.0


def look(recording: Recording, limits: process.Limits | None = None) -> Claim:
    """What the recording claims to hold, and whether it is there.  In the decoding process.

    Raises
    ------
    AudioError
        When it is missing, empty, no sound, under 1 s, or lacks the channel or stream asked for.
    """
    name = recording.file.name
    return process.run(examine, absolute(recording), name=name, limits=limits)


def absolute(recording: Recording) -> Recording:
    """The recording by its whole path, for another process."""
    return replace(recording, file=recording.file.absolute())


def examine(recording: Recording, progress: Progress = no_progress) -> Claim:
    """As `look`, in this process: its packets are walked through, and not decoded."""
    path = recording.file
    there(path)
    ranges = joined.parts(path)
    duration: float | None = 0.0
    readable: float | None = 0.0
    rate = channels = 0
    streams: tuple[int, ...] = ()
    undecodable: tuple[int, ...] = ()
    for i, stretch in enumerate(ranges):
        with opened(path, recording.stream, stretch if len(ranges) > 1 else None) as (file, stream):
            duration = _sum(duration, claimed(file, stream, path if len(ranges) == 1 else None))
            if i == 0:
                rate, channels = int(stream.rate or 0), int(stream.channels or 0)
                streams, undecodable = decodable(file)
            readable = _sum(readable, _held(file, stream, progress))
    if not (rate and channels):
        raise cannot_decode(path)
    if duration is not None and readable is not None:
        duration = max(duration, readable)  # a header that was never closed names too little
    seconds = duration if readable is None else readable
    if seconds is not None and seconds < SHORTEST:
        raise too_short(path, seconds)
    if recording.channel is not None and recording.channel >= channels:
        raise no_channel(path, channels, recording.channel)
    whole = ogg.is_whole(path)
    return Claim(duration, readable, rate, channels, streams, undecodable, len(ranges), whole)


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second


def there(path: Path) -> None:
    """Refuse a file that is missing, empty or may not be read.

    Raises
    ------
    AudioError
        Which it is, and what to do.
    """
    if path.is_dir():
        raise AudioError(f"{path.name} is a folder", hint="Name the recording in it.")
    if not path.is_file():
        raise AudioError(f"{path.name} is not there", hint="Check `file` in session.toml.")
    if files.size(path) == 0:
        raise unreadable.empty(path)
    try:
        other = unreadable.known(path)
    except PermissionError:
        raise AudioError(
            f"{path.name} may not be read", hint="Check the file's permissions."
        ) from None
    if other is not None:  # before a decoder follows what a playlist names
        raise other


@contextmanager
def opened(
    path: Path, asked: int | None = None, stretch: Bytes | None = None
) -> Iterator[tuple[Any, Any]]:
    """The container in `path` (or in a stretch of its bytes), and the stream asked for.

    Parameters
    ----------
    path : Path
    asked : int, optional
        Which stream of sound, counted from 0; the first that can be decoded when not given.
    stretch : tuple of int, optional
        Bytes of the file that are one recording.

    Raises
    ------
    AudioError
        When it is no recording, or has no such stream.
    """
    import av

    source: Any = str(path) if stretch is None else joined.Part(path, *stretch)
    if stretch is None and files.is_encrypted(path):
        source = files.opened(path)
    try:
        options = {"protocol_whitelist": "file"}  # nothing is fetched
        if stretch is None and joined.outgrew_header(path):
            options["ignore_length"] = "1"
        container = av.open(source, metadata_errors="ignore", options=options)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise unreadable.explained(path, type(error).__name__) from error
    with container:
        yield container, _stream(container, path, asked)


def _stream(container: Any, path: Path, asked: int | None) -> Any:
    count = len(container.streams.audio)
    if not count:
        raise AudioError(f"{path.name} holds no sound", hint="Check `file` in session.toml.")
    streams, _ = decodable(container)
    if asked is None:
        if not streams:
            raise cannot_decode(path)
        asked = streams[0]
    if asked >= count:
        raise AudioError(
            f"{path.name} has {count} stream(s) of sound; session.toml asks for stream {asked} "
            "(counted from 0)"
        )
    if asked not in streams:
        others = ", ".join(str(i) for i in streams)
        raise AudioError(
            f"stream {asked} of {path.name} is in a form for which there is no decoder",
            hint=f"Can be decoded: {others}." if others else unreadable.ORDINARY,
        )
    stream = container.streams.audio[asked]
    if (stream.channels or 0) > MOST_CHANNELS:
        raise AudioError(
            f"{path.name} has {stream.channels} channels; at most {MOST_CHANNELS} can be read",
            hint="Export those that hold speech.",
        )
    return stream


def decodable(container: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Numbers of the streams of sound with a decoder, and of those without."""
    has = [stream.codec_context is not None for stream in container.streams.audio]
    return (
        tuple(i for i, known in enumerate(has) if known),
        tuple(i for i, known in enumerate(has) if not known),
    )


def late(container: Any, stream: Any) -> float:
    """Seconds by which the sound starts later than its file, on the player's clock."""
    if stream.start_time is None or stream.time_base is None:
        return 0.0
    on_file_clock = container.format.name.startswith(_ON_FILE_CLOCK)
    origin = 0.0 if on_file_clock else (container.start_time or 0) / 1e6
    delay = float(stream.start_time * stream.time_base) - origin
    latest = max(_LATEST, (container.duration or 0) / 1e6)
    return delay if _LATE < delay <= latest else 0.0


def claimed(container: Any, stream: Any, path: Path | None = None) -> float | None:
    """Length that the file claims, in seconds; None where it claims none.

    Without `path` the container is a part of a file, whose bytes say nothing more.
    """
    seconds: float | None = container.duration / 1e6 if container.duration else None
    if stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base) + late(container, stream)
    if path is None:
        return seconds
    # A RIFF file's length is guessed from its bytes; its header says how many there were.
    with files.opened(path) as file:
        head = file.read(8)
    size = int.from_bytes(head[4:8], "little") + 8
    if seconds and head[:4] == b"RIFF" and 8 < size < 0xFFFFFFFF:
        return max(seconds, seconds * size / files.size(path))
    return seconds


def _held(container: Any, stream: Any, progress: Progress) -> float | None:
    """Seconds in the stream's packets, as far as the file can be read."""
    import av

    first: float | None = None
    last = summed = 0.0
    with suppress(av.FFmpegError, ValueError):
        for i, packet in enumerate(container.demux(stream)):
            if i % _SIGN_OF_LIFE == 0:
                progress(0.0)
            if packet.pts is None or packet.time_base is None:
                continue
            begins = float(packet.pts * packet.time_base)
            lasts = float((packet.duration or 0) * packet.time_base)
            first = begins if first is None else min(first, begins)
            last, summed = max(last, begins + lasts), summed + lasts
    if first is None or not summed:
        return None
    return max(last - first, summed) + late(container, stream)


def cannot_decode(path: Path) -> AudioError:
    """The error for a file that looks like a recording and holds nothing that can be decoded."""
    return AudioError(f"{path.name} holds no sound that can be decoded", hint=unreadable.ORDINARY)


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
