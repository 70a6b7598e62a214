"""What a server hands out of a file's content: whole, or the stretch that a player asks for."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from session_audio import files

_BLOCK = 1 << 18
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def content_of(path: Path, request: Request) -> Response:
    """The answer with the content of `path`, encrypted or not; it is decrypted as it is sent.

    A range of bytes is answered as one (206), or refused where there are no such bytes (416).

    Raises
    ------
    OSError, StoreError
        When it cannot be read.
    """
    size = files.size(path)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"accept-ranges": "bytes", "content-length": str(size)}
    first, last = 0, size - 1
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked and any(asked.groups()):
        first, last = _stretch(asked[1], asked[2], size)
        if not 0 <= first <= last:
            return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
        headers["content-range"] = f"bytes {first}-{last}/{size}"
        headers["content-length"] = str(last - first + 1)
    with files.opened(path):  # what cannot be read is told before anything is sent
        pass
    status = 206 if "content-range" in headers else 200
    body = _read(path, first, last + 1) if request.method == "GET" else iter(())
    return StreamingResponse(body, status, headers, kind)


def _stretch(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte of the range that was asked for."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(size - 1, int(last)) if last else size - 1


def _read(path: Path, first: int, end: int) -> Iterator[bytes]:
    with files.opened(path) as file:
        file.seek(first)
        while first < end and (block := file.read(min(_BLOCK, end - first))):
            first += len(block)
            yield block
