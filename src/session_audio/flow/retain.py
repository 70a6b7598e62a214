"""``retain``: what has been kept as long as the clinic wants it goes, or is told.

Only what this software made is removed, and only what it can make again: the decoded sound.
Recordings and results whose time is over are told: they are a person's to delete.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from session_audio import files
from session_audio.schema import Session
from session_audio.settings import Settings
from session_audio.workspace import manifest
from session_audio.workspace.folders import find_sessions
from session_audio.workspace.store import SessionStore

FOREVER = -1
_INGEST = "ingest"


@dataclass
class Retained:
    """What was removed, or would be, and what is due: ids and numbers alone."""

    sounds: dict[str, int] = field(default_factory=dict)
    """Files of decoded sound by session."""
    bytes: int = 0
    recordings_due: list[str] = field(default_factory=list)
    """Sessions whose recordings are older than the clinic wants to keep them."""
    results_due: list[str] = field(default_factory=list)


def retain(
    group: Path, on: date, *, dry: bool = False, settings_file: Path | None = None
) -> Retained:
    """Apply the retention periods of the group in `group`.

    Parameters
    ----------
    group : Path
    on : date
        The day on which the periods are judged.
    dry : bool
        Change nothing; tell what would be done.
    settings_file : Path, optional
        In place of the group's own.

    Raises
    ------
    ManifestError
        When there is no such group.
    StoreError
        When a run is at work on a session; what was removed before stays so.
    """
    settings = manifest.settings_of(group, settings_file)
    done = Retained()
    for folder in find_sessions(group):
        session = manifest.load_session(folder, with_files=False)
        store = SessionStore(folder)
        due_of(session, store, settings, on, done)
        sounds = decoded(store)
        if not sounds or not over(session, settings.retention.decoded_sound, on):
            continue
        done.sounds[session.id] = len(sounds)
        done.bytes += sum(path.stat().st_size for path in sounds)
        if not dry:
            with store.locked():
                try:
                    store.retire(_INGEST, sounds)
                except OSError as error:
                    raise files.explained(error, store.work).located(session=session.id) from None
    return done


def due_of(
    session: Session, store: SessionStore, settings: Settings, on: date, done: Retained
) -> None:
    """Note in `done` what of `session` is a person's to delete."""
    recorded = any(r.file.exists() for r in session.recordings)
    if recorded and over(session, settings.retention.recordings, on):
        done.recordings_due.append(session.id)
    if any_file(store.out.glob("*")) and over(session, settings.retention.results, on):
        done.results_due.append(session.id)


def decoded(store: SessionStore) -> list[Path]:
    """The files of decoded sound."""
    return sorted(store.work.glob("sound-*.npy"))


def over(session: Session, days: int, on: date) -> bool:
    """Whether `days` since the session have gone by."""
    return days != FOREVER and (on - session.date).days >= days


def any_file(paths: Iterable[Path]) -> bool:
    """Whether one of `paths` is a file."""
    return any(path.is_file() for path in paths)
