"""Recordings joined byte by byte (``copy /b a.wav+b.wav``): where each begins in the file.

A decoder stops at the end that the first header names, and the rest is lost without a word.
Formats without such a header (MP3, FLAC, Ogg, Matroska, AAC) are read on by the decoder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from session_audio import files
from session_audio.seekable import Seekable

_BLOCK = 1 << 20
_MOST = 1000
"""Parts that are followed: more is damage, not a recording."""


def parts(path: Path) -> list[tuple[int, int]]:
    """First and last byte (exclusive) of each recording in the file; one where nothing is joined.

    Only files that begin again with a header of the same kind count as joined.
    """
    length = files.size(path)
    found: list[tuple[int, int]] = []
    with files.opened(path) as file:
        start = 0
        while len(found) < _MOST and start < length:
            end = _end(file, start, length)
            if end is None or end >= length or _end(file, end, length) is None:
                break
            found.append((start, end))
            start = end
    return [*found, (start, length)]


def outgrew_header(path: Path) -> bool:
    """Whether a WAV holds sound beyond the length in its header, as a recorder's crash leaves it.

    What follows the sound is a chunk (with a name, and a length that fits) in a whole file.
    """
    length = files.size(path)
    with files.opened(path) as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return False
        at = 12
        while at + 8 <= length:
            file.seek(at)
            name, size = file.read(4), int.from_bytes(file.read(4), "little")
            if name == bytes(4):  # a recorder that takes its room ahead: zeros are no sound
                file.seek(at)
                return any(block.strip(b"\0") for block in iter(lambda: file.read(_BLOCK), b""))
            if not (name.isascii() and name.decode("ascii", "replace").isprintable()):
                return True
            at += 8 + size + size % 2
            if name == b"data" and size in (0, 0xFFFFFFFF):
                return False  # "not known": the decoder reads to the end
    return False


class Part(Seekable):
    """A stretch of a file's bytes, read as if it were a file."""

    def __init__(self, path: Path, start: int, end: int) -> None:
        self._file = files.opened(path)
        self._start, self._end, self._at = start, end, 0

    def length(self) -> int:
        """Bytes of content."""
        return self._end - self._start

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; fewer at the end."""
        left = max(0, self._end - self._start - self._at)
        self._file.seek(self._start + self._at)
        data = self._file.read(left if size < 0 else min(size, left))
        self._at += len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def _end(file: BinaryIO, start: int, length: int) -> int | None:
    """Where the recording that begins at `start` ends by its own header; None if none begins."""
    file.seek(start)
    head = file.read(24)
    for looks, measure in _HEADERS:
        if looks(head):
            end = measure(file, start, length, head)
            return end if end is None or end > start else None
    return None


def _riff(_: BinaryIO, start: int, __: int, head: bytes) -> int | None:
    size = int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")
    # 0 and the greatest number stand for "not known": a recorder that could not end the file.
    return None if size in (0, 0xFFFFFFFF) else start + 8 + size + size % 2


def _w64(_: BinaryIO, start: int, __: int, head: bytes) -> int | None:
    return start + (int.from_bytes(head[16:24], "little") + 7) // 8 * 8


def _mp4(file: BinaryIO, start: int, length: int, _: bytes) -> int | None:
    return _walk(file, start, length, 0, b"ftyp", _box)


def _caf(file: BinaryIO, start: int, length: int, _: bytes) -> int | None:
    return _walk(file, start, length, 8, b"caff", _caf_chunk)


def _box(head: bytes, at: int) -> tuple[bytes, int]:
    size = int.from_bytes(head[:4], "big")
    return head[4:8], at + (int.from_bytes(head[8:16], "big") if size == 1 else size)


def _caf_chunk(head: bytes, at: int) -> tuple[bytes, int]:
    size = int.from_bytes(head[4:12], "big", signed=True)
    return head[:4], at + 12 + size if size >= 0 else -1


def _walk(
    file: BinaryIO,
    start: int,
    length: int,
    header: int,
    again: bytes,
    chunk: Callable[[bytes, int], tuple[bytes, int]],
) -> int | None:
    """The end of the chunks from `start`: the file's, or where a header comes `again`."""
    at = start + header
    while at < length:
        file.seek(at)
        kind, after = chunk(file.read(16), at)
        if kind == again and at > start + header:
            return at
        if after <= at:
            return length
        at = after
    return length


_HEADERS: tuple[
    tuple[Callable[[bytes], bool], Callable[[BinaryIO, int, int, bytes], int | None]], ...
] = (
    (lambda head: head[:4] == b"RIFF" and head[8:12] in (b"WAVE", b"AVI "), _riff),
    (lambda head: head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"), _riff),
    (lambda head: head[:16] == bytes.fromhex("726966662e91cf11a5d628db04c10000"), _w64),
    (lambda head: head[4:8] == b"ftyp", _mp4),
    (lambda head: head[:6] == b"caff\x00\x01", _caf),
)
