"""The key of a group: whence it comes, and how it wraps the keys of the group's files.

A person keeps one key a group (or one for several).  It encrypts nothing but the keys of the files
(AES key wrap, RFC 3394), so that it can be changed without writing every file anew.  Where it is
to be had stands in this user's own folder, never beside the files: a folder that somebody sent
can name no command that would be run here.
"""

from __future__ import annotations

import importlib
import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from session_audio.encryption.sealed import KEY_BYTES
from session_audio.errors import EncryptionKeyError
from session_audio.resources import user_folder

FILE = "keys.json"
"""In this user's folder of state: where each key is to be had, by its id."""
SERVICE = "session-audio"
"""What the system's keyring calls this software."""
_PATIENCE = 120.0
"""Seconds that a command may take: it may ask a person."""
_TOLD = "# A key of session-audio ({id}). Keep a copy apart from what it encrypts."
_AGAIN = (
    "Name where it is: session-audio encrypt GROUP --key-file FILE (or --keyring, --key-command)."
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a key is to be had.

    Parameters
    ----------
    kind : str
        ``file``, ``keyring`` or ``command``.
    where : str
        The file's path, the entry's name, or the command that prints the key.
    """

    kind: Literal["file", "keyring", "command"]
    where: str

    def __str__(self) -> str:
        name = {"file": Path(self.where).name, "keyring": self.where, "command": "the command"}
        return name[self.kind]

    def text(self) -> str | None:
        """What stands there; None where there is nothing.

        Raises
        ------
        EncryptionKeyError
            When it cannot be asked.
        """
        if self.kind == "file":
            try:
                return Path(self.where).read_text(encoding="utf-8")
            except FileNotFoundError:
                return None
            except (OSError, ValueError) as error:
                why = f"the key {self} cannot be read ({type(error).__name__})"
                raise EncryptionKeyError(why, hint="Check its permissions.") from None
        if self.kind == "keyring":
            return _keyring().get_password(SERVICE, self.where)  # type: ignore[no-any-return]
        return _printed_by(self.where)

    def key(self) -> bytes:
        """The key.

        Raises
        ------
        EncryptionKeyError
            When there is none, or what is there is no key.
        """
        text = self.text()
        if text is None:
            raise EncryptionKeyError(f"the key {self} is not there", hint=_AGAIN)
        lines = [line.strip() for line in text.splitlines()]
        given = [line for line in lines if line and not line.startswith("#")]
        try:
            key = bytes.fromhex(given[0]) if len(given) == 1 else b""
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise EncryptionKeyError(
                f"{self} holds no key: {2 * KEY_BYTES} hexadecimal digits are expected",
                hint="`openssl rand -hex 32` makes one; --key-file makes a file that is missing.",
            )
        return key


def _keyring() -> Any:
    """The library that asks the system's keyring.

    Raises
    ------
    EncryptionKeyError
        When it is not installed.
    """
    try:
        return importlib.import_module("keyring")  # an extra
    except ImportError:
        raise EncryptionKeyError(
            "the system's keyring cannot be asked: the library `keyring` is not installed",
            hint="pip install 'session-audio[keyring]'",
        ) from None


def keep_in_keyring(name: str, key: bytes) -> None:
    """Put `key` into the system's keyring as `name`."""
    _keyring().set_password(SERVICE, name, key.hex())


def _printed_by(command: str) -> str:
    try:
        typed = shlex.split(command, posix=os.name == "posix")
        done = subprocess.run(typed, stdout=subprocess.PIPE, timeout=_PATIENCE, check=True)
        return done.stdout.decode("utf-8")
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise EncryptionKeyError(
            f"the command that prints the key failed ({type(error).__name__})",
            hint="Try it by itself; it must print the key and nothing else.",
        ) from None


def written_out(key: bytes) -> str:
    """`key` as a file of its own holds it."""
    return f"{_TOLD.format(id=id_of(key))}\n{key.hex()}\n"


def id_of(key: bytes) -> str:
    """Eight hexadecimal digits that name `key` and tell nothing of it."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 4, salt=None, info=b"session-audio key id").derive(key).hex()


def sources() -> dict[str, Source]:
    """Where each key is to be had on this machine, by its id."""
    try:
        known = json.loads((user_folder("state") / FILE).read_text(encoding="utf-8"))
        return {str(id): Source(given["kind"], given["where"]) for id, given in known.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def as_text(known: Mapping[str, Source]) -> str:
    """What `sources` reads, for the one who writes it."""
    return json.dumps({id: asdict(source) for id, source in known.items()}, indent=1) + "\n"


def find(id: str, group: str) -> bytes:
    """The key that `group` names by its id.

    Raises
    ------
    EncryptionKeyError
        When it is not known where it is, it is not there, or another one is.
    """
    source = sources().get(id)
    if source is None:
        raise EncryptionKeyError(
            f"{group} is encrypted by the key {id}, and where that is was not told on this machine",
            hint=_AGAIN,
        )
    key = source.key()
    if id_of(key) != id:
        raise EncryptionKeyError(
            f"{source} holds the key {id_of(key)}; {group} is encrypted by the key {id}",
            hint=_AGAIN,
        )
    return key


def wrapped(key: bytes, by: bytes) -> str:
    """`key`, a file's, as the key `by` wraps it."""
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap

    return aes_key_wrap(by, key).hex()


def unwrapped(text: str, by: bytes, group: str) -> bytes:
    """The key that `wrapped` made `text` of.

    Raises
    ------
    EncryptionKeyError
        When it was changed.
    """
    from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

    try:
        return aes_key_unwrap(by, bytes.fromhex(text))
    except (InvalidUnwrap, ValueError):
        raise EncryptionKeyError(
            f"{group}: encryption.json was changed since it was written",
            hint="Restore it from a copy: without it nobody can read the group's files.",
        ) from None
