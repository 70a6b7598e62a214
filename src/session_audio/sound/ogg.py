"""Whether an Ogg file (Opus, Vorbis, as messengers send it) is there to its last byte.

Ogg names no length, so a decoder reads a file that breaks off as if it ended there.
"""

from __future__ import annotations

from pathlib import Path

from session_audio.files import opened

_PAGE, _LARGEST = 27, 65_307
"""Bytes of a page's head without its table, and of the largest page."""


def is_whole(path: Path) -> bool:
    """False for an Ogg file whose last page is not there to its end; true for any other file."""
    with opened(path) as file:
        if file.read(4) != b"OggS":
            return True
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 2 * _LARGEST))
        end = file.read()
    at = end.rfind(b"OggS")
    page = end[at:]
    if at < 0 or len(page) < _PAGE:
        return False
    table = page[_PAGE : _PAGE + page[26]]
    return len(table) == page[26] and len(page) >= _PAGE + len(table) + sum(table)
