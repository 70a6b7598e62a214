"""Files that a session's manifest names, found as people write and copy them.

A name is met in either Unicode form and in other case, and with a backslash of Windows.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize

from session_audio import files

_CONTROL = re.compile(r"[\x00-\x1f]")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_ENDS = 1 << 16
"""Bytes at the beginning and the end by which two recordings are compared."""


def _same(name: str) -> str:
    return normalize("NFC", name).casefold()


def find(folder: Path, name: str) -> Path:
    """The file that `name` means in `folder`; where nothing is there, as it is written."""
    exact = folder / name
    if _CONTROL.search(name) or _is_file(exact):
        return exact
    at = folder
    for part in re.split(r"[\\/]", name):
        found = at / part
        if part not in ("", ".", "..") and not os.path.exists(found) and at.is_dir():  # noqa: PTH110 (False for what no name can be)
            like = [p for p in at.iterdir() if _same(p.name) == _same(part)]
            found = like[0] if len(like) == 1 else found
        at = found
    return at if _is_file(at) else exact


def problems(folder: Path, name: str, *, missing: bool) -> list[str]:
    """What is wrong with the name of a file; with `missing`, also that it is not there."""
    if _CONTROL.search(name):
        return [
            "the name of a file holds a line's end, a tab or the like: in TOML write / in place "
            "of \\ in a path, or put it in single quotes"
        ]
    if not missing or _is_file(find(folder, name)):
        return []
    shown = Path(name.replace("\\", "/")).name
    if os.path.isdir(find(folder, name)):  # noqa: PTH112 (False for what no name can be)
        return [f"{shown} is a folder: write the file in it, as in {shown}/recording.m4a"]
    text = f"the file {shown} is not there"
    if _WINDOWS.match(name):
        text += " (a path of Windows; here paths look otherwise)"
    ending = Path(name).suffix.casefold()
    like = [p.name for p in folder.iterdir() if ending and p.suffix.casefold() == ending]
    if len(like) == 1:
        text += f'; the folder holds {like[0]}: write file = "{like[0]}", if it is that'
    return [text]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or holds what no name can
        return False


def is_inside(folder: Path, file: Path) -> bool:
    """Whether `file` as it is written lies in `folder`; a link in it is its owner's business."""
    inside = os.path.normpath(folder.absolute())
    return Path(os.path.normpath(file.absolute())).is_relative_to(inside)


def content(path: Path) -> str | None:
    """What stands for a file's content: length, beginning and end; None where it is not there."""
    try:
        size, changed = files.size(path), path.stat().st_mtime_ns
    except (OSError, ValueError):
        return None
    return _content(path, size, changed) if size else None


@lru_cache(maxsize=4096)
def _content(path: Path, size: int, _changed: int) -> str | None:
    try:
        with files.opened(path) as file:
            ends = file.read(_ENDS)
            file.seek(max(0, size - _ENDS))
            return f"{size}-{hashlib.sha256(ends + file.read()).hexdigest()}"
    except OSError:
        return None
