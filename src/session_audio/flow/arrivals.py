"""Sessions as they arrive in a folder: each is taken once it is whole."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from session_audio.workspace.manifest import GROUP_FILE, SETTINGS_FILE
from session_audio.workspace.store import OUT, SessionStore

Stamp = frozenset[tuple[str, int, int]]
"""Name, bytes and time of change of each file that a session is made of."""


class Arrivals:
    """Which sessions are new or changed, and whole: as they were at the look before."""

    def __init__(self) -> None:
        self._seen: dict[Path, Stamp] = {}
        self._taken: dict[Path, Stamp] = {}

    def whole(self, sessions: Iterable[Path]) -> list[Path]:
        """Those of `sessions` that nobody is writing any more; each once, until it changes.

        Sizes and times are compared with those of the last look, never with the clock, which
        may jump and which a copied file's times do not follow.  One that another run has in hand
        is taken once that lets go; one that went away and is back counts as new.
        """
        now = {folder: _stamp(folder) for folder in sessions}
        ready = [
            folder
            for folder, stamp in now.items()
            if stamp == self._seen.get(folder) != self._taken.get(folder)
            and not SessionStore(folder).in_hand()
        ]
        self._seen = now
        self._taken = {f: stamp for f, stamp in self._taken.items() if f in now}
        self._taken.update((folder, now[folder]) for folder in ready)
        return ready


def _stamp(folder: Path) -> Stamp:
    group, found = folder.resolve().parent, set[tuple[str, int, int]]()
    inside: list[Path] = []
    with suppress(OSError):  # it is removed just now
        inside = [p for p in folder.rglob("*") if p.relative_to(folder).parts[0] != OUT]
    for path in [group / GROUP_FILE, group / SETTINGS_FILE, *inside]:
        with suppress(OSError):
            about = path.stat()
            if path.is_file():
                found.add((str(path), about.st_size, about.st_mtime_ns))
    return frozenset(found)
