"""A copy of a session's sound to listen to: one small file at the session's own time.

Several recordings (a track a person, parts) are mixed, so that whoever listens hears the
conversation.  AAC in MP4 (``.m4a``) plays in every browser without anything to install.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from session_audio import files, permissions
from session_audio.errors import AudioError
from session_audio.interval import Interval
from session_audio.ports import Progress, no_progress
from session_audio.schema import Audio
from session_audio.sound import loudness
from session_audio.sound.silencing import PADDING

BIT_RATE = 32_000
"""Bits a second: speech at 16 kHz loses nothing that is missed; 90 minutes take 22 MB."""
_BLOCK = 1 << 16


def write_listening_copy(
    sounds: Sequence[Audio],
    offsets: Sequence[float],
    path: Path,
    progress: Progress = no_progress,
    silent: Sequence[Interval] = (),
) -> None:
    """Write `sounds`, mixed, as ``.m4a``; it appears whole or not at all.

    Parameters
    ----------
    sounds : sequence of Audio
        At least one; all of one rate, as `sound.ingest` makes them.
    offsets : sequence of float
        Second of the session at which each begins.
    path : Path
    progress : Progress
        Called with the share done.
    silent : sequence of Interval
        Seconds of the session in which nothing is to be heard; each is widened by
        `silencing.PADDING`.

    Raises
    ------
    AudioError
        When the sound cannot be encoded.
    StoreError
        When the file cannot be written.
    """
    import av

    rate = sounds[0].rate
    starts = [round(offset * rate) for offset in offsets]
    count = max(start + len(s.samples) for start, s in zip(starts, sounds, strict=True))
    permissions.new_folder(path.parent)
    with files.scratch(path.parent) as file:
        try:
            with _container(file) as out:
                stream = out.add_stream("aac", rate=rate, layout="mono")
                stream.bit_rate = BIT_RATE
                for first in range(0, count, _BLOCK):
                    mixed = _mixed(sounds, starts, first, min(first + _BLOCK, count))
                    _silence(mixed, first / rate, rate, silent)
                    frame = av.AudioFrame.from_ndarray(mixed[None, :], format="fltp", layout="mono")
                    frame.sample_rate, frame.pts = rate, first
                    out.mux(stream.encode(frame))
                    progress(min(1.0, (first + len(mixed)) / count))
                out.mux(stream.encode(None))
        except av.FFmpegError as error:
            if isinstance(error, OSError) and files.is_refusal(error):
                raise files.explained(error, path) from None
            raise AudioError(
                f"{path.name} could not be encoded ({type(error).__name__})",
                hint="Set report.sound = false to do without it.",
            ) from error
        file.seek(0)
        with files.writing(path) as target:
            shutil.copyfileobj(file, target)


def _container(file: BinaryIO) -> Any:
    """A container to be written to `file`, which can be played before it was read whole."""
    import av

    # At the end its index goes to the beginning: what was written is read by a second one.
    return av.open(
        file,
        "w",
        format="mp4",
        options={"movflags": "+faststart"},
        io_open=lambda *_: _Again(file),
    )


class _Again:
    """`file`, read from the beginning while another writes to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._at = file, 0

    def read(self, size: int) -> bytes:
        """At most `size` bytes."""
        before = self._file.tell()
        self._file.seek(self._at)
        data = self._file.read(size)
        self._at = self._file.tell()
        self._file.seek(before)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; see `io.IOBase.seek`."""
        before = self._file.tell()
        self._file.seek(self._at)
        self._at = self._file.seek(offset, whence)
        self._file.seek(before)
        return self._at

    def tell(self) -> int:
        """Where the next byte is read from."""
        return self._at

    def close(self) -> None:
        """Leave the file open: it is another's."""


def _mixed(sounds: Sequence[Audio], starts: Sequence[int], first: int, last: int) -> NDArray[Any]:
    """Samples ``[first, last)`` of the session, float32 in [-1, 1]."""
    out = np.zeros(last - first, dtype=np.float32)
    for start, sound in zip(starts, sounds, strict=True):
        a, b = max(first, start), min(last, start + len(sound.samples))
        if a < b:
            out[a - first : b - first] += sound.read(
                (a - start) / sound.rate, (b - start) / sound.rate
            )
    return loudness.limit(out)


def _silence(samples: NDArray[Any], start: float, rate: int, silent: Sequence[Interval]) -> None:
    """Silence, in place, what of `samples` (which begin at second `start`) lies in `silent`."""
    for span in silent:
        first = max(0, round((span.start - PADDING - start) * rate))
        last = round((span.end + PADDING - start) * rate)
        if last > first:
            samples[first:last] = 0.0
