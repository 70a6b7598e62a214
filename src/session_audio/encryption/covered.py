"""Which group a file belongs to, whether it is kept encrypted there, and by which key.

A group that is encrypted has an ``encryption.json`` in its folder: which key wraps the keys of its
files, and these, wrapped.  The last of them encrypts what is written from now on.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from session_audio.encryption import keys
from session_audio.encryption.sealed import HEADER, is_sealed, key_id_in
from session_audio.errors import EncryptionKeyError

NOTE = "encryption.json"
OUT, VOICES, ENROLLING = "out", "voices", ".enrolling-"
WRITTEN = ("review.json", "learning.json")
"""In a session's folder: what people decided, and what trainees marked."""

_KEYS: dict[str, bytes] = {}
"""Keys of files that this process has, by id."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A key of files, as the group's key wraps it."""

    id: str
    key: str
    made: str
    """The day."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """How a group is encrypted: the content of its ``encryption.json``."""

    master: str
    """Id of the group's key."""
    files: tuple[Wrapped, ...]
    """Keys of its files; the last one is used for what is written."""
    brought: bool = False
    """Whether recordings, and transcripts and chats from elsewhere, are to be encrypted too."""
    version: int = 1

    def text(self) -> str:
        """As it is written."""
        return json.dumps(asdict(self), indent=1) + "\n"


def of(group: Path) -> Encryption | None:
    """How the group in `group` is encrypted; None where it is not.

    Raises
    ------
    EncryptionKeyError
        When what says so cannot be read.
    """
    path = group / NOTE
    try:
        facts = path.stat()
        return _read(path, facts.st_mtime_ns, facts.st_size)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        raise EncryptionKeyError(
            f"{group.name}: {NOTE} cannot be read",
            hint="Restore it from a copy: without it nobody can read the group's files.",
        ) from None


@lru_cache(maxsize=64)
def _read(path: Path, _modified: int, _size: int) -> Encryption:
    given = json.loads(path.read_text(encoding="utf-8"))
    if given["version"] != 1:
        raise ValueError("a later version wrote it")
    wrapped = tuple(Wrapped(str(w["id"]), str(w["key"]), str(w["made"])) for w in given["files"])
    if not wrapped:
        raise ValueError("it names no key")
    return Encryption(str(given["master"]), wrapped, given.get("brought") is True)


def group_of(path: Path) -> Path | None:
    """The folder of the encrypted group that `path` lies in; None where it lies in none."""
    above = path.absolute().parents
    return next((folder for folder in above if (folder / NOTE).exists()), None)


def is_ours(path: Path, group: Path) -> bool:
    """Whether this software wrote `path`, a private file in the folder `group`."""
    parts = path.absolute().relative_to(group).parts
    return (
        OUT in parts[:2]
        or parts[0] == VOICES
        or parts[0].startswith(ENROLLING)
        or (len(parts) == 2 and parts[1] in WRITTEN)
    )


def key_to_write(path: Path) -> tuple[bytes, bytes] | None:
    """Key and id for what is to be written as `path`; None where it is written in the clear.

    A file that somebody brought stays as it is: encrypted, or not.

    Raises
    ------
    EncryptionKeyError
        When the group's key is not to be had, or is another.
    """
    group = group_of(path)
    if group is None or not (is_ours(path, group) or key_id_of(path)):
        return None
    return present_key(group)


def present_key(group: Path) -> tuple[bytes, bytes]:
    """Key and id by which files of the encrypted group in `group` are written now.

    Raises
    ------
    EncryptionKeyError
        When it is not encrypted, or its key is not to be had.
    """
    known = of(group)
    if known is None:
        raise EncryptionKeyError(f"{group.name} is not encrypted")
    return _key(known, known.files[-1].id, group.name), bytes.fromhex(known.files[-1].id)


def key_to_read(id: bytes, path: Path) -> bytes:
    """The key with `id`, by which `path` was encrypted.

    Raises
    ------
    EncryptionKeyError
        When it is not to be had.
    """
    if id.hex() in _KEYS:
        return _KEYS[id.hex()]
    group = group_of(path)
    known = None if group is None else of(group)
    if group is None or known is None:
        raise EncryptionKeyError(
            f"{path.name} is encrypted, and no folder above it holds {NOTE}",
            hint="Read it where it was written, in its group's folder.",
        )
    if id.hex() not in {wrapped.id for wrapped in known.files}:
        raise EncryptionKeyError(
            f"{path.name} is encrypted by a key that {group.name}'s {NOTE} does not name",
            hint="Is it another group's file? Or restore encryption.json from a later copy.",
        )
    return _key(known, id.hex(), group.name)


def has_key(group: Path) -> None:
    """See that what is encrypted in the group in `group` can be read; nothing where nothing is.

    Raises
    ------
    EncryptionKeyError
        When its key is not to be had, or is another.
    """
    if (known := of(group)) is not None:
        _key(known, known.files[-1].id, group.name)


def _key(known: Encryption, id: str, group: str) -> bytes:
    if id not in _KEYS:
        master = keys.find(known.master, group)
        for wrapped in known.files:
            _KEYS[wrapped.id] = keys.unwrapped(wrapped.key, master, group)
    return _KEYS[id]


def lent() -> dict[str, bytes]:
    """The keys that this process has, for one that it started and talks to by a pipe."""
    return dict(_KEYS)


def borrow(lent: dict[str, bytes]) -> None:
    """Have the keys that another process lent."""
    _KEYS.update(lent)


def forget_keys() -> None:
    """Have no key any more: what is read next asks for it again."""
    _KEYS.clear()


def key_id_of(path: Path) -> bytes | None:
    """By which key the file `path` was encrypted; None where it is not, or is not there."""
    try:
        with path.open("rb") as file:
            head = file.read(HEADER)
    except OSError:
        return None
    return key_id_in(head.ljust(HEADER), path.name) if is_sealed(head) else None
