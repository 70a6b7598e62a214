"""The errors a user can meet.

Every message says which session, which stage, what was found, what was expected
and what to do.  Messages carry ids, durations and counts; never a participant's
name and never a word that was said.
"""

from __future__ import annotations

from typing import ClassVar, Literal


class SessionAudioError(Exception):
    """Base of every error that is the input's or the machine's fault, not the code's.

    Parameters
    ----------
    message : str
        What was found and what was expected, in one sentence.
    session : str, optional
        Id of the session (its folder's name).
    stage : str, optional
        Stage of the flow, e.g. ``"ingest"``.
    hint : str, optional
        What the reader can do about it.

    Examples
    --------
    >>> print(AudioError("session.flac holds 0.0 s of sound; expected at least 1 s",
    ...                  session="2026-03-02", stage="ingest", hint="Export it again."))
    2026-03-02, ingest: session.flac holds 0.0 s of sound; expected at least 1 s. Export it again.
    """

    exit_code = 1
    status: ClassVar[Literal["failed", "refused", "paused"]] = "failed"
    """How a session that met it ended."""

    def __init__(
        self,
        message: str,
        *,
        session: str | None = None,
        stage: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.session = session
        self.stage = stage
        self.hint = hint

    def located(self, *, session: str | None = None, stage: str | None = None) -> SessionAudioError:
        """The same error, told where it happened; what it already knows is kept."""
        self.session = self.session or session
        self.stage = self.stage or stage
        return self

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.session, self.stage) if part)
        text = f"{where}: {self.message}" if where else self.message
        if self.hint:
            text = f"{text.rstrip('.')}. {self.hint}"
        return text


class PausedError(SessionAudioError):
    """The time until which a run may work is over; what was done is kept."""

    status = "paused"


class ManifestError(SessionAudioError):
    """``group.toml`` or ``session.toml`` cannot be used as it is."""


class ConsentError(SessionAudioError):
    """Somebody present has not given the consent that a stage needs."""

    exit_code = 3
    status = "refused"


class AudioError(SessionAudioError):
    """A recording is missing, unreadable, silent or too short."""


class FormatError(SessionAudioError):
    """A transcript, diarization or other file does not follow its format."""


class ModelError(SessionAudioError):
    """Weights are missing or are not the ones the registry names."""


class SettingsError(SessionAudioError):
    """The settings file holds an unknown or impossible value."""


class StoreError(SessionAudioError):
    """The session folder cannot be read or written."""


class BusyError(StoreError):
    """Another run is at work on the session."""


class EncryptionKeyError(StoreError):
    """The key of an encrypted group is not to be had, or is another; nothing was changed."""


class DamagedError(StoreError):
    """An encrypted file was changed or cut short since it was written."""
