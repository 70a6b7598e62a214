"""A temporary file that holds nothing in the clear: its key is drawn anew and never written.

Read and written at any place, as programs do that go back to fill in a header.
"""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import cast

from session_audio.seekable import Seekable

CHUNK = 1 << 16
_NONCE, _TAG = 12, 16
_SLOT = _NONCE + CHUNK + _TAG


class Scratch(Seekable):
    """A temporary file in `folder`, gone when it is closed or the process ends.

    Every chunk is encrypted by a nonce of its own each time it is written.
    """

    def __init__(self, folder: Path) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed with this)
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._at = self._size = 0
        self._number, self._chunk, self._changed = -1, bytearray(), False

    def writable(self) -> bool:
        """True."""
        return True

    def length(self) -> int:
        """Bytes of content."""
        return self._size

    def truncate(self, size: int | None = None) -> int:
        """Take everything out, and begin again; nothing else can be taken out.

        Raises
        ------
        io.UnsupportedOperation
            For a `size` but 0.
        """
        if size != 0:
            raise io.UnsupportedOperation("truncate")
        self._file.truncate(0)
        self._at = self._size = 0
        self._number, self._chunk, self._changed = -1, bytearray(), False
        return 0

    def readinto(self, buffer: object) -> int:
        """Fill `buffer`; less only at the end."""
        with memoryview(cast(bytearray, buffer)) as view:
            target, done = view.cast("B"), 0
            while done < len(target) and self._at < self._size:
                number, within = divmod(self._at, CHUNK)
                self._hold(number)
                last = within + min(len(target) - done, self._size - self._at)
                part = self._chunk[within:last]
                target[done : done + len(part)] = part
                done, self._at = done + len(part), self._at + len(part)
            return done

    def write(self, content: object) -> int:
        """Write `content` where it stands; what is skipped is zeros."""
        with memoryview(cast(bytes, content)) as view:
            plain, done = view.cast("B"), 0
            while done < len(plain):
                number, within = divmod(self._at, CHUNK)
                part = plain[done : done + CHUNK - within]
                self._hold(number)
                self._chunk[within : within + len(part)] = part
                self._changed = True
                done, self._at = done + len(part), self._at + len(part)
                self._size = max(self._size, self._at)
            return done

    def _hold(self, number: int) -> None:
        """Have the chunk `number` at hand; the one before is put away."""
        if number == self._number:
            return
        self._put_away()
        self._file.seek(number * _SLOT)
        slot = self._file.read(_SLOT)
        known = len(slot) == _SLOT and any(slot[:_NONCE])
        plain = self._cipher.decrypt(slot[:_NONCE], slot[_NONCE:], None) if known else bytes(CHUNK)
        self._number, self._chunk, self._changed = number, bytearray(plain), False

    def _put_away(self) -> None:
        if self._changed:
            nonce = os.urandom(_NONCE)
            self._file.seek(self._number * _SLOT)
            self._file.write(nonce + self._cipher.encrypt(nonce, bytes(self._chunk), None))
            self._changed = False

    def close(self) -> None:
        """Remove it."""
        self._file.close()
        super().close()
