"""Who may read what is written: its owner alone, whatever the umask.

Transcripts, sound and voice profiles are as private as the session.  Where a file system
knows no owners (a USB stick, some shares) nothing can be restricted, and nothing fails.
Windows gives a new folder to its owner where Python can ask for it, and else to whom the
folder above it is given.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

FILE, FOLDER = 0o600, 0o700
_ALL = 0o777


def new_file(path: Path) -> None:
    """Make `path` an empty file that only its owner can read; what was there is removed.

    Whoever writes it afterwards keeps that.
    """
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE))
    _allow(path, FILE)  # a umask may have taken more than it should


def new_folder(path: Path) -> None:
    """Make the folder `path`, and those above it that are missing, for their owner alone.

    A folder that is there stays as it is.

    Raises
    ------
    OSError
        When it cannot be made, or is no folder.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another process was faster
            folder.mkdir(mode=FOLDER)
            _allow(folder, FOLDER)
    path.mkdir(exist_ok=True)


def restrict(path: Path) -> None:
    """Take `path` (a file or folder of ours) from everybody but its owner."""
    _allow(path, FOLDER if path.is_dir() else FILE)


def restrict_all(folder: Path) -> None:
    """`restrict` `folder` and everything in it."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            restrict(path)


def open_to_others(path: Path) -> bool:
    """Whether anybody but the owner may read or enter `path`; never on Windows."""
    return os.name == "posix" and bool(path.stat().st_mode & (_ALL & ~FOLDER))


@contextlib.contextmanager
def owner_only() -> Iterator[None]:
    """What others write inside the block, and processes started there, is the owner's alone.

    Libraries and Prefect's server write files of their own; what we write needs no such help.
    """
    before = os.umask(_ALL & ~FOLDER)
    try:
        yield
    finally:
        os.umask(before)


def _allow(path: Path, mode: int) -> None:
    """Set the permissions of `path`, where the file system has any and it is ours."""
    with contextlib.suppress(OSError):
        if path.stat().st_mode & _ALL != mode:
            path.chmod(mode)
