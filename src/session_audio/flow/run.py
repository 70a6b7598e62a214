"""How a stage is run: freshness, progress, and errors that carry no words.

`session.py` says what happens; this module says how, the same way for every stage.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from session_audio import __version__, settings
from session_audio.errors import SessionAudioError
from session_audio.flow.progress import Reporter, Silent
from session_audio.ports import Progress
from session_audio.schema import Session
from session_audio.settings import Settings
from session_audio.workspace import manifest, store

STAGES = (
    "admit",
    "ingest",
    "diarize",
    "transcribe",
    "align",
    "identify",
    "turns",
    "measure",
    "flag",
    "report",
)

ERROR_FILE = "error.txt"
"""Text of an unexpected error, beside the words that it may hold; gone at the next run."""

_reporter: Reporter = Silent()
_settings_file: Path | None = None
_looking = False


class StaleError(Exception):
    """Raised inside `looking` by the first stage that would have to run."""


@contextmanager
def looking() -> Iterator[None]:
    """Only look: a stage that is not fresh raises `StaleError` instead of running."""
    global _looking
    _looking = True
    try:
        yield
    finally:
        _looking = False


def is_looking() -> bool:
    """Whether stages only look."""
    return _looking


@contextmanager
def reporting(reporter: Reporter, settings_file: Path | None = None) -> Iterator[None]:
    """Tell `reporter` of every stage run inside; use `settings_file` for every group."""
    global _reporter, _settings_file
    before = _reporter, _settings_file
    _reporter, _settings_file = reporter, settings_file
    try:
        yield
    finally:
        _reporter, _settings_file = before


@lru_cache(maxsize=1024)
def _load(folder: Path, _stamp: tuple[float, ...], settings_file: Path | None) -> Run:
    session = manifest.load_session(folder)
    beside = session.group.folder / manifest.SETTINGS_FILE
    chosen = settings_file or (beside if beside.is_file() else None)
    try:
        options = settings.load(chosen)
    except SessionAudioError as error:
        raise error.located(session=session.id, stage="check") from None
    return Run(session, options, store.SessionStore(folder))


def open_run(folder: str) -> Run:
    """The session in `folder` with its settings; read anew when a manifest changed.

    Raises
    ------
    ManifestError, SettingsError
        When a file cannot be used as it is.
    """
    path = Path(folder)
    watched = (
        path / manifest.SESSION_FILE,
        path.resolve().parent / manifest.GROUP_FILE,
        path.resolve().parent / manifest.SETTINGS_FILE,
    )
    stamp = tuple(p.stat().st_mtime if p.exists() else 0.0 for p in watched)
    return _load(path, stamp, _settings_file)


@dataclass(frozen=True)
class Run:
    """One session being run: its manifest, its settings and its folder."""

    session: Session
    settings: Settings
    store: store.SessionStore

    def path(self, name: str) -> Path:
        """A file that one stage hands to the next."""
        return self.store.work / name

    def stage(
        self,
        stage: str,
        do: Callable[[Progress], Sequence[Path]],
        *,
        reads: Iterable[Path] = (),
        depends: object = None,
        models: Callable[[], Mapping[str, str]] = dict,
    ) -> str:
        """Run `do` unless its result is there for the same inputs, settings and models.

        Parameters
        ----------
        stage : str
            One of `STAGES`.
        do : callable
            Does the work and returns the files it wrote.
        reads : iterable of Path
            Files it reads; their content is part of the freshness.
        depends : plain values
            Settings and manifest facts it depends on.
        models : callable
            Names and revisions of the weights it uses.

        Returns
        -------
        str
            The session's folder: the reference handed from task to task.

        Raises
        ------
        SessionAudioError
            Told which session and which stage.
        """
        began = time.monotonic()
        try:
            if _looking and self.store.record(stage) is None:
                raise StaleError(stage)
            used = dict(models())
            key = store.key_of(
                [__version__, stage, [store.digest(p) for p in reads], depends, used]
            )
            if self.store.is_fresh(stage, key):
                if _looking:
                    return str(self.session.folder)
                _reporter.end(self.session.id, stage, "kept", 0.0)
                return str(self.session.folder)
            if _looking:
                raise StaleError(stage)
            advance = _reporter.begin(self.session.id, stage)
            self.store.forget_stage(stage)
            outputs = do(advance)
            seconds = time.monotonic() - began
            self.store.finish(stage, key, outputs, seconds, used)
        except StaleError:
            raise
        except SessionAudioError as error:
            _reporter.end(self.session.id, stage, "failed", time.monotonic() - began)
            raise self._masked(error.located(session=self.session.id, stage=stage)) from None
        except Exception as error:
            _reporter.end(self.session.id, stage, "failed", time.monotonic() - began)
            raise self._shielded(stage, error) from None
        _reporter.end(self.session.id, stage, "done", seconds)
        return str(self.session.folder)

    def _shielded(self, stage: str, error: Exception) -> SessionAudioError:
        """An unexpected error without its text, which may hold words that were said.

        The text goes to ``out/work/error.txt``, beside the words themselves.
        """
        where = {"session": self.session.id, "stage": stage}
        if isinstance(error, MemoryError):
            return SessionAudioError(
                "there is not enough memory", hint="Close other programs and run again.", **where
            )
        if isinstance(error, OSError) and store.is_refusal(error):
            return store.explained(error, self.store.out).located(**where)
        note = self.path(ERROR_FILE)
        try:
            store.write_text(note, "".join(traceback.format_exception(error)))
        except SessionAudioError as full:
            return full.located(**where)
        return SessionAudioError(
            f"stopped by an unexpected {type(error).__name__}",
            hint=f"Details are in out/work/{note.name} of the session; they may hold words said.",
            **where,
        )

    def _masked(self, error: SessionAudioError) -> SessionAudioError:
        """The error without names: a track's file is often called after who speaks on it."""
        error.message = manifest.masked(error.message, self.session.group)
        return error


def fresh_stages(run: Run) -> dict[str, str]:
    """When each stage of `run` was last finished; tells whether a run did anything."""
    records = {stage: run.store.record(stage) for stage in STAGES}
    return {stage: r.finished + r.key for stage, r in records.items() if r is not None}
