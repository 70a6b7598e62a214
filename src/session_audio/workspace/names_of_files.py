"""Names of files and folders that other computers take too, and paths that Windows can reach."""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath

from session_audio.files import on_windows

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³])(?:\..*)?", re.IGNORECASE)
_NEVER = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
LONG = 140
"""Characters of a folder from which Windows is given the long form: what is below adds 120, and
without it a path ends at 259."""


def wrong(name: str) -> str | None:
    """What is wrong with the name of a new folder; None where every system takes it.

    >>> wrong("2026-03-31-evening"), wrong("aux"), wrong("a/x")
    (None, 'Windows keeps this name for a device', 'it holds a sign that no name can have')
    """
    if not name or name.startswith("."):
        return "a name that begins with a dot is passed over"
    if len(name.encode()) > 200:
        return "it is too long"
    if _RESERVED.fullmatch(name):
        return "Windows keeps this name for a device"
    if name.endswith((" ", ".")):
        return "Windows takes no name that ends with a blank or a dot"
    return None if not _NEVER.search(name) else "it holds a sign that no name can have"


def reachable(path: Path) -> Path:
    """`path`, on Windows in the form in which it may be longer than 259 characters."""
    return Path(long_form(str(path.absolute()))) if on_windows() else path


def long_form(path: str) -> str:
    r"""A whole path of Windows, as it may be of any length, where it is long.

    >>> long_form("C:\\a"), long_form("C:\\" + 150 * "a")[:8]
    ('C:\\a', '\\\\?\\C:\\a')
    >>> long_form("\\\\server\\share\\" + 150 * "a")[:22]
    '\\\\?\\UNC\\server\\share\\a'
    """
    if len(path) < LONG or path.startswith("\\\\?\\"):
        return path
    whole = str(PureWindowsPath(path))
    if whole.startswith("\\\\"):
        return f"\\\\?\\UNC\\{whole[2:]}"
    return f"\\\\?\\{whole}"
