"""Content that is read at any place, as Python's files are: what its readers have in common."""

from __future__ import annotations

import io


class Seekable(io.RawIOBase):
    """A place within content of a known length; who inherits it reads there."""

    _at = 0
    """Where the next byte is read."""

    def length(self) -> int:
        """Bytes of content."""
        raise NotImplementedError

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; see `io.IOBase.seek`."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.length()}[whence]
        self._at = max(0, base + offset)
        return self._at
