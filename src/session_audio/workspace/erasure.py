"""One participant taken out of the manifests, and looked for in everything that is left.

Comments and order of the files that people wrote are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast

import tomlkit

from session_audio.files import opened, read_text, write_text
from session_audio.schema import Participant
from session_audio.workspace.manifest import GROUP_FILE, SESSION_FILE

RECORD = "forgotten.json"
"""In the group's folder: what was removed, by id and in numbers alone."""
_BLOCK = 1 << 20


def take_from_roster(group: Path, participant: str, on: date) -> None:
    """Leave of `participant` an id, so that nobody else is given it, and no consent."""

    def change(data: dict[str, Any]) -> None:
        for person in data["participant"]:
            if person["id"] == participant:
                given = person.get("consent", {})
                for field in [name for name in person if name not in ("id", "role", "consent")]:
                    del person[field]
                for consent in given.values():
                    consent["withdrawn"] = max(on, consent["given"])

    _rewrite(group / GROUP_FILE, change)


def take_from_session(
    folder: Path, participant: str, *, was_silenced: bool, removed: Iterable[str] = ()
) -> None:
    """Take what `participant` wrote, answered and recorded out of a session's manifest.

    Parameters
    ----------
    was_silenced : bool
        Whether the recording no longer holds them: then they leave the attendance too.  Else they
        stay on it, so that the session is refused for want of their consent.
    removed : iterable of str
        Files of recordings that are there no longer.
    """
    gone = set(removed)

    def change(data: dict[str, Any]) -> None:
        saved = data.get("chat")
        if isinstance(saved, dict):  # a file; its labels may be the person's name
            names = saved.get("speakers", {})
            for label in [label for label, who in names.items() if who == participant]:
                del names[label]
        for table in ("rating",) if isinstance(saved, dict) else ("chat", "rating"):
            _without(data, table, lambda row: row["participant"] == participant)
        _without(data, "recording", lambda row: row["file"] in gone)
        if was_silenced:
            data["attendance"] = [who for who in data["attendance"] if who != participant]
            speakers = data.get("speakers", {})
            for label in [label for label, who in speakers.items() if who == participant]:
                del speakers[label]

    _rewrite(folder / SESSION_FILE, change)


def _without(data: dict[str, Any], table: str, is_gone: Any) -> None:
    kept = [row for row in data.get(table, ()) if not is_gone(row)]
    if len(kept) == len(data.get(table, ())):
        return
    del data[table]
    if kept:
        rows = tomlkit.aot()
        for row in kept:
            rows.append(row)
        data[table] = rows


def _rewrite(path: Path, change: Any) -> None:
    data = tomlkit.parse(read_text(path, "utf-8-sig"))
    change(cast(dict[str, Any], data))
    write_text(path, tomlkit.dumps(data))


def note(group: Path, facts: Mapping[str, object]) -> Path:
    """Add `facts` (ids, dates and numbers) to what was forgotten before."""
    path = group / RECORD
    before = json.loads(read_text(path)) if path.is_file() else []
    write_text(path, json.dumps([*before, dict(facts)], indent=1) + "\n")
    return path


def still_named(group: Path, person: Participant) -> list[Path]:
    """Files of the group's folder that hold a name of `person`, in content or in their own name.

    Capitals count for nothing.  What was said of them, and their voice, is not found this way.
    """
    names = [part.casefold() for part in person.name.split() if len(part) > 2 and part != person.id]
    found = []
    for path in sorted(p for p in group.rglob("*") if p.is_file()):
        if any(name in path.name.casefold() or _holds(path, name) for name in names):
            found.append(path)
    return found


def _holds(path: Path, name: str) -> bool:
    """Whether the file holds `name`, in UTF-8, read a piece at a time."""
    wanted, tail = name.encode(), b""
    with opened(path) as file:
        while block := file.read(_BLOCK):
            text = (tail + block).decode("utf-8", "ignore").casefold().encode()
            if wanted in text:
                return True
            tail = block[-4 * len(wanted) :]
    return False
