"""The log of who did what with a group: lines are added and never changed.

``audit.jsonl`` in the group's folder holds one JSON object a line.  Each carries the
SHA-256 of itself with that of the line before it, so that a line that was changed, moved or
removed is found.  Only lines taken off the end are not: note the last hash elsewhere.
It holds ids, accounts of this machine, days and counts; never a name of the roster, never words.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from session_audio import __version__, locks, permissions
from session_audio.errors import StoreError
from session_audio.files import explained, key_of

FILE = "audit.jsonl"
_LOCK = ".audit.lock"
_FIRST = "0" * 64
_WAIT = 10.0


@dataclass(frozen=True)
class Verified:
    """What reading a log through came to."""

    lines: int
    broken: int | None
    """The first line that is not as it was written, from 1; None where all are."""
    last: str
    """Hash of the last good line."""


def note(group: Path, verb: str, facts: Mapping[str, object]) -> None:
    """Add a line to the log of the group in `group`.

    Parameters
    ----------
    group : Path
    verb : str
        What was done, as the command line calls it.
    facts : mapping
        On what, and how it ended: ids, days, numbers.

    Raises
    ------
    StoreError
        When the log cannot be written.
    """
    path = group / FILE
    try:
        with locks.held(group / _LOCK, _WAIT):
            if not path.exists():
                permissions.new_file(path)
            _drop_unfinished(path)
            row: dict[str, Any] = {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "account": _account(),
                "verb": verb,
                **facts,
                "version": __version__,
                "before": _last_hash(path),
            }
            _append(path, (json.dumps(row | {"hash": key_of(row)}) + "\n").encode())
    except locks.HeldError:
        raise StoreError(f"{FILE} is in use by another program") from None
    except OSError as error:
        raise explained(error, path) from None


def verify(group: Path) -> Verified:
    """Read the log of the group in `group` through.

    Raises
    ------
    StoreError
        When there is none, or it cannot be read.
    """
    try:
        lines = _whole(group / FILE).splitlines()
    except FileNotFoundError:
        raise StoreError(
            f"{group.name} has no {FILE}", hint="It is begun by the first run."
        ) from None
    except OSError as error:
        raise explained(error, group / FILE) from None
    before = _FIRST
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            claimed = row.pop("hash")
            good = row["before"] == before and claimed == key_of(row)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            good = False
        if not good:
            return Verified(len(lines), number, before)
        before = claimed
    return Verified(len(lines), None, before)


def _append(path: Path, line: bytes) -> None:
    """Add a line whole or not at all."""
    end = path.stat().st_size
    try:
        with path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError:  # the disk is full
        os.truncate(path, end)
        raise


def _drop_unfinished(path: Path) -> None:
    """Take off a last line without an end: whoever wrote it was killed, or lost its power."""
    whole = len(_whole(path))
    if whole < path.stat().st_size:
        os.truncate(path, whole)


def _whole(path: Path) -> bytes:
    """The lines that were written to their end."""
    content = path.read_bytes()
    return content[: content.rfind(b"\n") + 1]


def _last_hash(path: Path) -> str:
    """The hash of the last line; that of nothing where it cannot be read, which `verify` tells."""
    lines = path.read_bytes().splitlines()
    try:
        return str(json.loads(lines[-1])["hash"]) if lines else _FIRST
    except (ValueError, KeyError, TypeError, RecursionError):
        return _FIRST


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user, or no user database (Windows)
        return "unknown"
