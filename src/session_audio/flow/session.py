"""The one door to a session: its manifests and settings read, its consent judged.

Every verb and every stage takes the `SessionRun` that `open_run` makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from session_audio.encryption import covered
from session_audio.errors import SessionAudioError
from session_audio.flow.context import Context, current
from session_audio.flow.engines import Engines
from session_audio.schema import Session
from session_audio.settings import Settings
from session_audio.workspace import consent, manifest, store
from session_audio.workspace.consent import AdmittedSession
from session_audio.workspace.unnamed import without_names


@dataclass(frozen=True)
class SessionRun:
    """One admitted session being run: its settings, its folder, and the context.

    It cannot be made without an `AdmittedSession`, and every stage takes one.
    """

    admitted: AdmittedSession
    settings: Settings
    store: store.SessionStore
    context: Context

    def __post_init__(self) -> None:
        if not isinstance(self.admitted, AdmittedSession):
            raise TypeError("a SessionRun is made of an AdmittedSession only")

    @property
    def session(self) -> Session:
        """The session as its manifest tells it."""
        return self.admitted.session

    @property
    def engines(self) -> Engines:
        """The models to run with."""
        return self.context.engines(self.settings)


@lru_cache(maxsize=1024)
def _load(
    folder: Path, _stamp: tuple[object, ...], settings_file: Path | None
) -> tuple[Session, Settings]:
    session = manifest.load_session(folder)
    try:
        with without_names(session.group.folder / manifest.GROUP_FILE):
            settings = manifest.settings_of(session.group.folder, settings_file)
            if not settings.machine.outside_files:
                manifest.refuse_outside(session)
    except SessionAudioError as error:
        raise error.located(session=session.id, stage="check") from None
    return session, settings


def open_run(folder: str | Path, context: Context | None = None) -> SessionRun:
    """The session in `folder` with its settings, admitted; manifests that changed are read anew.

    Parameters
    ----------
    folder : str or Path
        The session's folder.
    context : Context, optional
        The one in force when not given.

    Raises
    ------
    ManifestError, SettingsError
        When a file cannot be used as it is.
    EncryptionKeyError
        When the group is encrypted, and its key is not to be had.
    ConsentError
        When consent does not stand today: the one place where every verb meets it.
    """
    context = context or current()
    path = Path(folder)
    watched = (
        path / manifest.SESSION_FILE,
        path.resolve().parent / manifest.GROUP_FILE,
        path.resolve().parent / manifest.SETTINGS_FILE,
        *((context.settings_file,) if context.settings_file else ()),
    )
    stamp = tuple((p.stat().st_mtime_ns, p.stat().st_size) if p.exists() else None for p in watched)
    try:
        session, settings = _load(path, stamp, context.settings_file)
        covered.has_key(session.group.folder)
        admitted = consent.admit(session, context.today(), settings.consent)
    except (SessionAudioError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # its text may hold what the manifests hold
        raise SessionAudioError(
            f"stopped by an unexpected {type(error).__name__} while its manifests were read",
            session=path.resolve().name,
            stage="check",
        ) from None
    return SessionRun(admitted, settings, store.SessionStore(path), context)
