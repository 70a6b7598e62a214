"""``encrypt`` and ``decrypt``: what a group keeps, encrypted at rest, and its key changed.

Each file is written anew beside its place, read back, and then takes its place; so whoever is
stopped begins again where it was.  While a session is written nobody else is at work on it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from session_audio import files
from session_audio.encryption import covered, keys
from session_audio.encryption.covered import NOTE, Encryption, Wrapped
from session_audio.encryption.keys import Source
from session_audio.errors import EncryptionKeyError, SessionAudioError
from session_audio.files import PART
from session_audio.resources import user_folder
from session_audio.schema import Session
from session_audio.speakers import profiles
from session_audio.workspace import manifest
from session_audio.workspace.review_file import LEARNING, REVIEW
from session_audio.workspace.store import OUT, SessionStore

_LOCK = "lock"
BY_THEIR_PATH = (".eaf", ".textgrid")
"""Files that a library opens by itself, so that they stay in the clear."""


@dataclass
class Encrypted:
    """What was written anew, or why not: ids and numbers alone."""

    key: str = ""
    """Id of the group's key."""
    files: int = 0
    """Files that were written anew."""
    left: list[SessionAudioError] = field(default_factory=list)
    """Why a session, or a file, stayed as it was."""
    stays_clear: list[str] = field(default_factory=list)
    """Files brought by somebody that cannot be read when they are encrypted."""
    made: bool = False
    """Whether a new key was made."""


def encrypt(
    group: Path, source: Source | None, *, brought: bool = False, on: date | None = None
) -> Encrypted:
    """Encrypt what the group in `group` keeps; what is encrypted already stays as it is.

    Parameters
    ----------
    group : Path
    source : Source, optional
        Where the group's key is; a file or an entry of the keyring that is not there is made.
        Without one the key that the group has already.
    brought : bool
        Recordings, and transcripts and chats from elsewhere, too; from then on always.
    on : date, optional
        Written down as the day of the key; today when not given.

    Raises
    ------
    ManifestError
        When there is no such group.
    EncryptionKeyError
        When no key is named, it is not to be had, or the group has another.
    """
    manifest.load_group(group)
    group, done, known = group.resolve(), Encrypted(), covered.of(group)
    if known is None and source is None:
        raise EncryptionKeyError(
            f"{group.name} is not encrypted yet, and no key is named",
            hint="Give --key-file, --keyring or --key-command.",
        )
    if source is not None:
        master = _had(source, group, done)
        if known is not None and keys.id_of(master) != known.master:
            raise EncryptionKeyError(
                f"{group.name} is encrypted by the key {known.master}; {source} holds "
                f"{keys.id_of(master)}",
                hint="Add --rotate to change the group's key.",
            )
        _remember(master, source)
        known = known or Encryption(keys.id_of(master), (_new_key(master, on),))
    assert known is not None
    known, done.key = replace(known, brought=known.brought or brought), known.master
    files.write_text(group / NOTE, known.text())
    covered.has_key(group)
    _each(group, done, lambda path: _encrypted(path, group), brought=known.brought)
    return done


def rotate(group: Path, source: Source, *, anew: bool = False, on: date | None = None) -> Encrypted:
    """Give the group in `group` another key.

    The keys of its files are wrapped anew, which is done at once.  With `anew` they are changed
    too, and every file is written anew: for when somebody had the key and the files.

    Raises
    ------
    EncryptionKeyError
        When the group is not encrypted, or one of the two keys is not to be had.
    """
    manifest.load_group(group)
    group, done, known = group.resolve(), Encrypted(), covered.of(group)
    if known is None:
        raise EncryptionKeyError(f"{group.name} is not encrypted", hint="Leave --rotate out.")
    before = keys.find(known.master, group.name)
    inner = [(w, keys.unwrapped(w.key, before, group.name)) for w in known.files]
    after = _had(source, group, done)
    _remember(after, source)
    wrapped = tuple(replace(w, key=keys.wrapped(key, after)) for w, key in inner)
    if anew:
        wrapped = (*wrapped, _new_key(after, on))
    known = replace(known, master=keys.id_of(after), files=wrapped)
    files.write_text(group / NOTE, known.text())
    done.key = keys.id_of(after)
    covered.forget_keys()
    covered.has_key(group)
    if anew:
        _each(group, done, lambda path: _encrypted(path, group), brought=False)
        if not done.left:  # nothing needs the keys before any more
            files.write_text(group / NOTE, replace(known, files=wrapped[-1:]).text())
    return done


def decrypt(group: Path) -> Encrypted:
    """Write all that is encrypted in `group` in the clear again; it is not encrypted afterwards.

    Raises
    ------
    ManifestError
        When there is no such group.
    EncryptionKeyError
        When it is not encrypted, or its key is not to be had.
    """
    manifest.load_group(group)
    group, known = group.resolve(), covered.of(group)
    if known is None:
        raise EncryptionKeyError(f"{group.name} is not encrypted")
    covered.has_key(group)
    done = Encrypted(known.master)
    _each(group, done, _in_the_clear, brought=True)
    if not done.left:
        (group / NOTE).unlink()
    return done


def in_the_clear(path: Path, to: Path) -> None:
    """Write the content of one encrypted file as `to`, which lies in no encrypted group.

    Raises
    ------
    EncryptionKeyError, DamagedError, StoreError
        When it cannot be read, or not written.
    """
    if not path.is_file():
        raise SessionAudioError(f"{path.name} is not there")
    if covered.group_of(to) is not None:
        raise SessionAudioError(
            f"{to.name} would lie in an encrypted group", hint="Name a place outside it."
        )
    files.copy(path, to)


def in_clear(group: Path) -> list[Path]:
    """What should be encrypted in the encrypted group in `group`, and is not."""
    known, roots = covered.of(group), [group / OUT, group / profiles.FOLDER]
    roots += [f / name for f in _sessions(group) for name in (OUT, REVIEW, LEARNING)]
    found = _files(roots)
    if known is not None and known.brought:
        for folder in _sessions(group):
            session = manifest.load_session(folder, with_files=False)
            found += _brought(session, group.resolve(), Encrypted(), all_of=True)
    return [path for path in found if not files.is_encrypted(path)]


def _had(source: Source, group: Path, done: Encrypted) -> bytes:
    """The key that `source` names, made where it is missing and can be."""
    if source.kind == "file" and Path(source.where).resolve().is_relative_to(group):
        raise EncryptionKeyError(
            "the key would lie beside what it encrypts",
            hint="Name a file outside the group's folder, best on another disk.",
        )
    if source.kind != "command" and source.text() is None:
        key, done.made = os.urandom(32), True
        if source.kind == "file":
            files.write_text(Path(source.where), keys.written_out(key))
        else:
            keys.keep_in_keyring(source.where, key)
    return source.key()


def _remember(master: bytes, source: Source) -> None:
    """Note on this machine where the key is to be had."""
    known = keys.sources() | {keys.id_of(master): source}
    files.write_text(user_folder("state") / keys.FILE, keys.as_text(known))


def _new_key(master: bytes, on: date | None) -> Wrapped:
    day = (on or date.today()).isoformat()
    return Wrapped(os.urandom(8).hex(), keys.wrapped(os.urandom(32), master), day)


def _each(group: Path, done: Encrypted, work: Callable[[Path], bool], *, brought: bool) -> None:
    """Do `work` on every private file of the group, a session at a time."""
    _those(_files([group / OUT, group / profiles.FOLDER]), done, work)
    for folder in _sessions(group):
        store = SessionStore(folder)
        try:
            session = manifest.load_session(folder, with_files=False)
            with store.locked() if store.out.exists() else nullcontext():
                own = _files([store.out, folder / REVIEW, folder / LEARNING])
                _those(own, done, work)
                _those(_brought(session, group, done, all_of=brought), done, work)
        except SessionAudioError as error:
            done.left.append(error.located(session=folder.name))


def _sessions(group: Path) -> list[Path]:
    """Folders of the group's sessions; none where it has none yet."""
    return sorted(path.parent for path in group.glob(f"*/{manifest.SESSION_FILE}"))


def _files(roots: Iterable[Path]) -> list[Path]:
    """The files in `roots`, but for locks, what is half written, and links."""
    found = [p for root in roots for p in (root.rglob("*") if root.is_dir() else [root])]
    return [
        p
        for p in sorted(found)
        if p.is_file() and not p.is_symlink() and p.name != _LOCK and p.suffix != PART
    ]


def _brought(session: Session, group: Path, done: Encrypted, *, all_of: bool) -> list[Path]:
    """What somebody brought: all that can be encrypted, or what is encrypted already."""
    given = [r.file for r in session.recordings]
    given += [session.transcript.file] if session.transcript else []
    given += [session.diarization] if session.diarization else []
    given += [session.chat_log.file] if session.chat_log else []
    inside = [p for p in given if p.is_file() and p.resolve().is_relative_to(group)]
    if not all_of:
        return [p for p in inside if files.is_encrypted(p)]
    clear = [p for p in inside if p.suffix.casefold() in BY_THEIR_PATH]
    done.stays_clear += [f"{session.id}/{p.name}" for p in clear]
    return [p for p in inside if p not in clear]


def _those(paths: Iterable[Path], done: Encrypted, work: Callable[[Path], bool]) -> None:
    for path in paths:
        try:
            done.files += work(path)
        except SessionAudioError as error:
            done.left.append(error)
        except OSError as error:
            done.left.append(files.explained(error, path))


def _encrypted(path: Path, group: Path) -> bool:
    """Write `path` encrypted by the group's present key; False where it is."""
    key = covered.present_key(group)
    if covered.key_id_of(path) == key[1]:
        return False
    files.rewrite(path, key)
    return True


def _in_the_clear(path: Path) -> bool:
    if not files.is_encrypted(path):
        return False
    files.rewrite(path, None)
    return True
