"""An encrypted file: chunks of AES-256-GCM, each of which tells its place and the last one itself.

The form (version 1), in bytes:

    26  ``session-audio encrypted 1`` and a line feed
     8  which key (see `keys`)
    32  salt, drawn anew for each file
        chunks: 65 536 bytes of content (the last: up to as many), each with 16 more that prove it

The key of a file is drawn from the group's by HKDF-SHA256 over the 66 bytes before the chunks.
A chunk's nonce is its number (11 bytes) and 1 for the last chunk, else 0: the STREAM construction,
as the age format has it.  So a file that was cut short, put together from two, or changed in one
bit is refused, and any place can be read without what is before it.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO, cast

from session_audio.errors import DamagedError
from session_audio.seekable import Seekable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"session-audio encrypted 1\n"
ID_BYTES, KEY_BYTES, _SALT, _TAG = 8, 32, 32, 16
HEADER = len(MAGIC) + ID_BYTES + _SALT
CHUNK = 1 << 16
_SEALED = CHUNK + _TAG


def is_sealed(head: bytes) -> bool:
    """Whether a file that begins with `head` is an encrypted one."""
    return head.startswith(MAGIC)


def damaged(name: str) -> DamagedError:
    """The error for the encrypted file `name`, which is not as it was written."""
    return DamagedError(
        f"{name} is encrypted, and was changed or cut short since it was written",
        hint="Restore it from a copy; what a run made can be deleted, and is made again.",
    )


def key_id_in(head: bytes, name: str) -> bytes:
    """Which key the file `name`, which begins with `head`, was encrypted with.

    Raises
    ------
    DamagedError
        When the file ends within its header.
    """
    if len(head) < HEADER:
        raise damaged(name)
    return head[len(MAGIC) : len(MAGIC) + ID_BYTES]


def size_within(size: int, name: str) -> int:
    """Bytes of content in the encrypted file `name`, which has `size` bytes.

    Raises
    ------
    DamagedError
        When no file of this form has that size.
    """
    body = size - HEADER
    chunks = -(-body // _SEALED)
    if chunks < 1 or body - (chunks - 1) * _SEALED < _TAG:
        raise damaged(name)
    return body - chunks * _TAG


def _cipher(key: bytes, header: bytes) -> AESGCM:
    # here, so that the command line starts without them
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=None, info=header).derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class SealedWriter(io.RawIOBase):
    """Writes content to `file` as an encrypted one, from the first byte to the last.

    Parameters
    ----------
    file : BinaryIO
        Stays open; written to where it stands.
    key : bytes
        32 bytes.
    key_id : bytes
        8 bytes that name it.
    """

    def __init__(self, file: BinaryIO, key: bytes, key_id: bytes) -> None:
        header = MAGIC + key_id + os.urandom(_SALT)
        self._file, self._cipher = file, _cipher(key, header)
        self._number, self._rest, self._ended = 0, bytearray(), False
        file.write(header)

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, content: object) -> int:
        """Take `content`; what fills a chunk is written."""
        with memoryview(cast(bytes, content)) as view:
            plain, done = view.cast("B"), 0
            while done < len(plain):
                if len(self._rest) == CHUNK:  # more comes, so it is not the last
                    self._put(last=False)
                part = plain[done : done + CHUNK - len(self._rest)]
                self._rest += part
                done += len(part)
            return done

    def end(self) -> None:
        """Write the last chunk: without it the file is refused."""
        if not self._ended:
            self._ended = True
            self._put(last=True)

    def _put(self, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._file.write(self._cipher.encrypt(nonce, bytes(self._rest), None))
        self._number += 1
        self._rest.clear()


class SealedReader(Seekable):
    """The content of an encrypted file, from any place.

    Parameters
    ----------
    file : BinaryIO
        Open, and closed with this.
    key : bytes
        32 bytes.
    name : str
        What errors call it.

    Raises
    ------
    DamagedError
        When the file was changed or cut short, or the key is another; also while reading.
    """

    def __init__(self, file: BinaryIO, key: bytes, name: str) -> None:
        self._file, self._at, self.name = file, 0, name
        file.seek(0)
        header = file.read(HEADER)
        key_id_in(header, name)
        self._cipher = _cipher(key, header)
        self.size = size_within(file.seek(0, io.SEEK_END), name)
        self._last = max(0, -(-self.size // CHUNK) - 1)
        self._held: tuple[int, bytes] = (-1, b"")
        self._chunk(self._last)  # one that was cut short is refused before anything is read

    def length(self) -> int:
        """Bytes of content."""
        return self.size

    def readinto(self, buffer: object) -> int:
        """Fill `buffer`; less only at the end."""
        with memoryview(cast(bytearray, buffer)) as view:
            target, done = view.cast("B"), 0
            while done < len(target) and self._at < self.size:
                number, within = divmod(self._at, CHUNK)
                part = self._chunk(number)[within : within + len(target) - done]
                target[done : done + len(part)] = part
                done, self._at = done + len(part), self._at + len(part)
            return done

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            from cryptography.exceptions import InvalidTag

            self._file.seek(HEADER + number * _SEALED)
            sealed, nonce = self._file.read(_SEALED), _nonce(number, last=number == self._last)
            try:
                self._held = number, self._cipher.decrypt(nonce, sealed, None)
            except InvalidTag:
                raise damaged(self.name) from None
        return self._held[1]

    def close(self) -> None:
        """Close the file; what was read is let go."""
        self._held = (-1, b"")
        self._file.close()
        super().close()
