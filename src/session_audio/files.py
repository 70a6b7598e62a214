"""Files written whole or not at all, and read; what is said when that fails; keys made of content.

Every file that outlives the process is written by `writing` (or `write_text`,
`write_bytes`): under a temporary name beside its place, brought to the disk, then renamed.
Whoever reads meanwhile, or after a power cut, finds the old file or the new one.  Only
the owner can read it (`permissions`), but for weights, which hold nobody's words.

In an encrypted group what is written is encrypted (`encryption.covered` says where), and every file
is read by `opened`, `read_text` or `read_bytes`, which tell by its first bytes whether it is.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from session_audio import permissions
from session_audio.encryption import covered, sealed
from session_audio.encryption.scratch import Scratch
from session_audio.errors import DamagedError, SessionAudioError, StoreError

PART = ".part"
"""Ends the temporary name of a file that is being written; no two writers have the same name."""
_TEMPORARY = re.compile(rf"(\.[0-9a-f]{{8}})?{re.escape(PART)}$")
_BEGINNING = threading.RLock()
"""Held for a moment by whoever begins a file, and to the end by `hold_still`."""
PATIENCE = 2.0
"""Seconds for which a file that another program has open is tried again (Windows)."""
_PAUSE = 0.05
LARGE = 5_000_000
"""Bytes above which size and time of change speak for a file's content."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_TOO_LONG = (3, 206)
"""What Windows says of a path that is longer than 259 characters."""
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def on_windows() -> bool:
    """Whether this is Windows, where a file that somebody has open cannot be replaced."""
    return sys.platform == "win32"


def is_refusal(error: OSError) -> bool:
    """Whether the disk is full or may not be written: the machine's fault, not the code's."""
    return error.errno in (*_FULL, *_REFUSED)


def explained(
    error: OSError,
    path: Path,
    kind: type[SessionAudioError] = StoreError,
    *,
    full: str = "Free some space and run again: what was done is kept.",
    refused: str = "Check the folder's permissions.",
) -> SessionAudioError:
    """The error for `path`, which could not be written, with what to do.

    Parameters
    ----------
    error : OSError
        What the system said.
    path : Path
        What was to be written; only its name and its folder's are told.
    kind : type
        The class of the error returned.
    full, refused : str
        What to do where the disk is full, and where writing is not allowed.
    """
    if error.errno in _FULL:
        return kind(f"the disk is full; {path.name} could not be written", hint=full)
    if error.errno in _REFUSED:
        return kind(f"{path.parent.name}/{path.name} may not be written", hint=refused)
    if error.errno == errno.ENAMETOOLONG or getattr(error, "winerror", None) in _TOO_LONG:
        return kind(
            f"the path of {path.name[:40]} is too long for this system",
            hint="Move the group's folder nearer to the root, or shorten the names of folders.",
        )
    return kind(f"{path.name} could not be written ({error.strerror or type(error).__name__})")


@contextlib.contextmanager
def written(path: Path, *, private: bool = True) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it when the block ends well.

    Parameters
    ----------
    path : Path
        Folders above it that are missing are made.
    private : bool
        Whether its owner alone can read it, and enter the folders made; else the umask decides.

    Raises
    ------
    StoreError
        When the disk is full, the folder cannot be written, or (on Windows) another program
        keeps the file open.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}{PART}")
    try:
        if private:
            permissions.new_folder(path.parent)
            with _BEGINNING:
                permissions.new_file(part)
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        flush(part)
        put(part, path)
    except OSError as error:
        _discard(part)
        raise explained(error, path) from None
    except BaseException:
        _discard(part)
        raise


@contextlib.contextmanager
def into(path: Path) -> Iterator[BinaryIO]:
    """A file to write from the first byte to the last, encrypted where `path` is kept so.

    For a `path` that `written` gave, or one that is renamed afterwards.

    Raises
    ------
    EncryptionKeyError
        When the group is encrypted, and its key is not to be had.
    """
    key = covered.key_to_write(path.with_name(_TEMPORARY.sub("", path.name)))
    with _begun(path) as file, _encrypted(file, key) as target:
        yield target


def _begun(path: Path) -> BinaryIO:
    """The file `path`, opened to be written anew."""
    with _BEGINNING:
        return path.open("wb")


def hold_still() -> None:
    """Let no other thread begin a file any more, as this process ends now.

    What they have begun can then be removed, and nothing takes its place.
    """
    _BEGINNING.acquire(timeout=PATIENCE)


@contextlib.contextmanager
def _encrypted(file: BinaryIO, key: tuple[bytes, bytes] | None) -> Iterator[BinaryIO]:
    """`file`, or where there is a `key` what encrypts into it."""
    if key is None:
        yield file
        return
    target = sealed.SealedWriter(file, *key)
    yield cast(BinaryIO, target)
    target.end()


@contextlib.contextmanager
def writing(path: Path, *, private: bool = True) -> Iterator[BinaryIO]:
    """What is written in the block becomes the file `path`, whole or not at all; see `written`."""
    with written(path, private=private) as part, into(part) as file:
        yield file


def write_text(path: Path, text: str, *, private: bool = True) -> None:
    """Write UTF-8 `text` whole or not at all; line ends stay as they are."""
    write_bytes(path, text.encode("utf-8"), private=private)


def write_bytes(path: Path, content: bytes, *, private: bool = True) -> None:
    """Write `content` whole or not at all; see `written`."""
    with writing(path, private=private) as file:
        file.write(content)


def copy(source: Path, target: Path) -> None:
    """Write the content of `source` as `target`, whole or not at all."""
    with opened(source) as content, writing(target) as file:
        shutil.copyfileobj(content, file)


def scratch(folder: Path) -> BinaryIO:
    """A temporary file in `folder`, read and written at any place; never in the clear."""
    return cast(BinaryIO, Scratch(folder))


def rewrite(path: Path, key: tuple[bytes, bytes] | None) -> None:
    """Write the file `path` anew: encrypted by `key` (and its id), or without one in the clear.

    It is read back before it takes its place, and counts as changed when it was before.

    Raises
    ------
    DamagedError
        When `path` is encrypted and damaged; it stays as it is.
    StoreError
        When it cannot be written, or what was read back is not what was written.
    """
    about = path.stat()
    with written(path) as part:
        with opened(path) as content, _begun(part) as file, _encrypted(file, key) as target:
            shutil.copyfileobj(content, target)
        if digest(part) != digest(path):
            raise StoreError(f"{path.name} was not written as it is; it stays as it was")
        os.utime(part, ns=(about.st_atime_ns, about.st_mtime_ns))


# --- reading


def opened(path: Path) -> io.BufferedReader:
    """The content of the file `path`, read from any place; it is closed by the caller.

    Raises
    ------
    OSError
        When it is not there, or may not be read.
    EncryptionKeyError
        When it is encrypted, and its key is not to be had.
    DamagedError
        When it is encrypted, and was changed or cut short; also while it is read.
    """
    file = path.open("rb")
    try:
        head = file.read(sealed.HEADER)
        file.seek(0)
        if not sealed.is_sealed(head):
            return file
        key = covered.key_to_read(sealed.key_id_in(head, path.name), path)
        return io.BufferedReader(sealed.SealedReader(file, key, path.name))
    except BaseException:
        file.close()
        raise


def read_bytes(path: Path) -> bytes:
    """The content of the file `path`; see `opened`."""
    with opened(path) as file:
        return file.read()


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """The content of the file `path` as text, its line ends as Python reads them; see `opened`.

    Raises
    ------
    UnicodeDecodeError
        When it is no such text.
    """
    with io.TextIOWrapper(opened(path), encoding) as file:
        return file.read()


def size(path: Path) -> int:
    """Bytes of content in the file `path`, encrypted or not.

    Raises
    ------
    OSError
        When it is not there.
    DamagedError
        When it is encrypted, and was cut short.
    """
    whole = path.stat().st_size
    return sealed.size_within(whole, path.name) if is_encrypted(path) else whole


def is_encrypted(path: Path) -> bool:
    """Whether the file `path` is there, and encrypted."""
    return covered.key_id_of(path) is not None


def put(part: Path, path: Path) -> None:
    """Rename `part` (a file or a folder) to `path`, and see that the name is kept.

    Raises
    ------
    StoreError
        When another program has `path` open and does not let go (Windows).
    OSError
        When the system refuses otherwise.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(part, path)  # noqa: PTH105 (one call, so that tests can stand in for Windows)
            break
        except PermissionError:
            if not on_windows() or not path.exists():
                raise
            if time.monotonic() >= until:
                raise StoreError(
                    f"{path.name} is open in another program and could not be replaced",
                    hint="Close it there and run again: what was done is kept.",
                ) from None
            time.sleep(_PAUSE)
    _flush_folder(path.parent)


def flush(path: Path) -> None:
    """Bring what was written to the file `path` to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Bring a new name to the disk, where the system can (Windows and some shares cannot)."""
    if on_windows():
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _discard(part: Path) -> None:
    """Remove a temporary file; one that cannot be removed must not hide the first error."""
    with contextlib.suppress(OSError):
        part.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """SHA-256 of a file's content, as hex; of its bytes where it is encrypted and damaged."""
    try:
        with opened(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except DamagedError:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


class Mark(NamedTuple):
    """What a file held when it was written."""

    size: int
    modified: int
    """Nanoseconds."""
    sha256: str


def mark(path: Path) -> Mark:
    """The mark of the file `path` as it is now."""
    status = path.stat()
    return Mark(size(path), status.st_mtime_ns, digest(path))


def holds(path: Path, marked: Mark) -> bool:
    """Whether the file `path` is there and holds what it held when it was `marked`.

    By content; but a file above `LARGE` bytes whose size and time of change are as they were
    is not read again.
    """
    try:
        if size(path) != marked.size:
            return False
        if marked.size > LARGE and path.stat().st_mtime_ns == marked.modified:
            return True
        return digest(path) == marked.sha256
    except (OSError, DamagedError):
        return False


def key_of(values: object) -> str:
    """SHA-256 of plain values, independent of the order of mappings."""
    plain = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()
