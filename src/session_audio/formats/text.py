"""Text as other programs save it: UTF-8, UTF-16, and the code page of Windows.

A file that is none of these is refused, and so is UTF-8 with a few broken bytes: read as a
code page it would give every umlaut as two wrong letters.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from session_audio import files
from session_audio.errors import FormatError

MOST_BYTES = 200_000_000
"""A larger file is no transcript (ours: two hours of words as JSON take 3 MB)."""
WINDOWS = "Windows-1252"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BROKEN = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[\u0080-\ud7ff\ue000-\U0010ffff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Text:
    """What a file holds, and the encoding that it was read in where it is not UTF-8."""

    text: str
    other_encoding: str | None = None

    def lines(self) -> list[str]:
        """Its lines; only line feeds and carriage returns end one."""
        return re.split(r"\r\n|\r|\n", self.text)


def read(path: Path) -> Text:
    """The text in `path`.

    Raises
    ------
    FormatError
        When it is not there, too large, or no text.
    """
    try:
        size = files.size(path)
        if size > MOST_BYTES:
            raise FormatError(
                f"{path.name} holds {size / 1e6:.0f} MB; a transcript has at most "
                f"{MOST_BYTES / 1e6:.0f}",
                hint="Is it a recording?",
            )
        return decode(files.read_bytes(path), path.name)
    except FileNotFoundError:
        raise FormatError(f"{path.name} is not there") from None
    except OSError as error:
        raise FormatError(f"{path.name} cannot be read ({error.strerror})") from None


def decode(content: bytes, name: str) -> Text:
    """`content` as text.

    Raises
    ------
    FormatError
        When it is no text; `name` is the file's.

    Examples
    --------
    >>> decode("für".encode("cp1252"), "a.csv")
    Text(text='für', other_encoding='Windows-1252')
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _whole(content, encoding, name, None if encoding == "utf-8-sig" else "UTF-16")
    head = content[:4096]
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(zeros) > 1 and zeros.count(0) > 0.6 * len(zeros):
            return _whole(content, encoding, name, "UTF-16")
    text = content.decode("utf-8", "surrogateescape")
    broken = len(_BROKEN.findall(text))
    if not broken:
        return _checked(text, name, None)
    if len(_BEYOND_ASCII.findall(text)) >= broken:
        at = text.count("\n", 0, _BROKEN.search(text).start()) + 1  # type: ignore[union-attr]
        raise FormatError(
            f"{name}, line {at} is damaged: {broken} bytes are not UTF-8, the rest is",
            hint="Export the file again.",
        )
    return _whole(content, "cp1252", name, WINDOWS)


def _whole(content: bytes, encoding: str, name: str, said: str | None) -> Text:
    try:
        return _checked(content.decode(encoding), name, said)
    except UnicodeDecodeError:
        raise _no_text(name) from None


def _checked(text: str, name: str, said: str | None) -> Text:
    if _CONTROL.search(text):
        raise _no_text(name)
    return Text(text, said)


def _no_text(name: str) -> FormatError:
    return FormatError(
        f"{name} is no text that can be read",
        hint='Save it as UTF-8 (Excel calls it "CSV UTF-8").',
    )
