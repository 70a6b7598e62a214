"""Errors of the manifests without names: a file or a key may be called after a person.

They are met before the roster could be read, so the names are taken from ``group.toml`` as
far as it can be read at all.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from session_audio import files
from session_audio.errors import SessionAudioError
from session_audio.names import NameMatcher
from session_audio.names.ordinary import is_ordinary

F = TypeVar("F", bound=Callable[..., Any])


def unnamed(roster_of: Callable[[Path], Path]) -> Callable[[F], F]:
    """Decorate what reads the manifests of a folder, its first argument.

    Parameters
    ----------
    roster_of : callable
        Gives the path of the roster (``group.toml``) that goes with the folder.
    """

    def decorated(read: F) -> F:
        @wraps(read)
        def reads(folder: Path, *args: Any, **kwargs: Any) -> Any:
            with without_names(roster_of(folder)):
                return read(folder, *args, **kwargs)

        return reads  # type: ignore[return-value]

    return decorated


@contextmanager
def without_names(roster: Path) -> Iterator[None]:
    """Our errors leave the block with ids in place of the names that `roster` holds."""
    try:
        yield
    except SessionAudioError as error:
        names = tuple(_names(roster))
        error.message = _keys_hidden(NameMatcher(names).replaced(error.message), names)
        raise


def _keys_hidden(text: str, names: Iterable[tuple[str, str]]) -> str:
    """`text` without names in other letters either: keys are often written small.

    Names that are ordinary words too (Will, May) are left, or no message could be read.
    """
    for who, name in names:
        for part in name.split():
            if len(part) > 2 and not is_ordinary(part.casefold()):
                text = re.sub(rf"(?i)(?<![^\W\d_]){re.escape(part)}(?![^\W\d_])", who, text)
    return text


def _names(roster: Path) -> Iterator[tuple[str, str]]:
    """Ids and names of the roster, as far as they can be read."""
    try:
        people = tomllib.loads(files.read_text(roster, "utf-8-sig")).get("participant")
    except (OSError, ValueError, RecursionError):
        return
    for person in people if isinstance(people, list) else ():
        if isinstance(person, dict) and isinstance(name := person.get("name"), str):
            who = person.get("id")
            yield (who if isinstance(who, str) else "[name]"), name
