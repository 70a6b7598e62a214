"""How a stage is declared and run: freshness, progress, and errors that carry no words.

A `Stage` says what it reads, writes and depends on.  From that alone `is_fresh` answers
whether it is up to date, without running anything, and `run_stage` runs it.  The stages
themselves are in `session_audio.flow.stages`.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from session_audio import files
from session_audio.errors import SessionAudioError, StoreError
from session_audio.flow import corrections
from session_audio.flow.artefacts import Readable
from session_audio.flow.engines import give_back
from session_audio.flow.session import SessionRun
from session_audio.ports import Progress
from session_audio.settings import as_dict
from session_audio.workspace import manifest
from session_audio.workspace.store import SessionStore

ERROR_FILE = "error.txt"
"""Text of an unexpected error, beside the words that it may hold; gone at the next run."""


def _always(_: SessionRun) -> bool:
    return True


@dataclass(frozen=True)
class Stage:
    """One step of the flow.

    Parameters
    ----------
    name : str
    reads, writes : sequence of Readable
        Artefacts; the content of what is read is part of the stage's freshness, and a
        stage runs after those that write it.
    work : callable
        Does it: reads, calls one function of ``session_audio``, writes.
    settings : sequence of str
        Sections of the settings that it depends on.
    facts : callable
        What else of the manifests it depends on, as plain values; never a path, so that a
        session that is moved or renamed keeps its results.
    models : sequence of str
        Tasks of the registry whose weights it uses ...
    when : callable
        ... in sessions for which this is true.
    version : int
        Raised on purpose when the same input comes to something else.
    wanted : callable
        Whether what it wrote is needed again, where it was removed on purpose since.
    """

    name: str
    reads: Sequence[Readable]
    writes: Sequence[Readable]
    work: Callable[[SessionRun, Progress], None]
    settings: Sequence[str] = ()
    facts: Callable[[SessionRun], object] = lambda _: None
    models: Sequence[str] = ()
    when: Callable[[SessionRun], bool] = _always
    version: int = 1
    wanted: Callable[[SessionRun], bool] = _always

    def weights(self, run: SessionRun) -> dict[str, str]:
        """Names and revisions of the weights that it uses in this session."""
        tasks = self.models if self.when(run) else ()
        return {k: v for task in tasks for k, v in run.engines.revisions(task).items()}

    def key(self, run: SessionRun) -> str:
        """Stands for everything that the stage's result depends on, by content."""
        return files.key_of(
            [
                self.name,
                self.version,
                [run.store.digest(path) for source in self.reads for path in source.paths(run)],
                {name: as_dict(getattr(run.settings, name)) for name in self.settings},
                self.facts(run),
                self.weights(run),
            ]
        )

    def corrected(self, run: SessionRun, path: Path) -> bool:
        """Whether `path`, which the stage wrote and somebody changed, can still be read.

        A file that only this software writes is never corrected by hand, only damaged.
        """
        return any(path in made.paths(run) and made.says_something(run) for made in self.writes)


@dataclass(frozen=True)
class StageOutput:
    """What a stage hands on: names of files below ``out``, never what is in them."""

    stage: str
    files: tuple[str, ...]
    ran: bool
    """False where it was kept from an earlier run."""


def is_fresh(stage: Stage, run: SessionRun) -> bool:
    """Whether the stage's result is there, for what it reads and depends on now."""
    if run.store.record(stage.name) is None:
        return False
    try:
        key = stage.key(run)
    except FileNotFoundError:  # what it reads is not there: it was deleted, or is new
        return False
    return _kept(stage, run, key)


def _kept(stage: Stage, run: SessionRun, key: str) -> bool:
    if not run.store.is_fresh(stage.name, key, lambda path: stage.corrected(run, path)):
        return False
    return all(path.exists() for path in _outputs(stage, run)) or not stage.wanted(run)


def run_stage(stage: Stage, run: SessionRun) -> StageOutput:
    """Run `stage`, unless it is fresh.

    Raises
    ------
    SessionAudioError
        Told which session and which stage, without names and without words.
    """
    reporter, session = run.context.reporter, run.session.id
    began = time.monotonic()
    try:
        with guarded(run, stage.name):
            corrections.collect(run, stage.writes)
            key, weights = stage.key(run), stage.weights(run)
            if _kept(stage, run, key):
                reporter.end(session, stage.name, "kept", 0.0)
                return StageOutput(stage.name, _names(stage, run), ran=False)
            run.context.may_begin()
            advance = reporter.begin(session, stage.name)
            corrections.back_up(run, stage.writes)
            run.store.forget_stage(stage.name)
            stage.work(run, advance)
            if stage.models:
                give_back()
            corrections.apply(run, stage.writes)
            seconds = time.monotonic() - began
            run.store.finish(stage.name, key, _outputs(stage, run), seconds, weights)
    except BaseException:
        reporter.end(session, stage.name, "failed", time.monotonic() - began)
        raise
    reporter.end(session, stage.name, "done", seconds)
    return StageOutput(stage.name, _names(stage, run), ran=True)


def _outputs(stage: Stage, run: SessionRun) -> list[Path]:
    """What the stage wrote; some of it may depend on what it found."""
    return [path for made in stage.writes for path in made.paths(run)]


def _names(stage: Stage, run: SessionRun) -> tuple[str, ...]:
    return tuple(path.relative_to(run.store.out).as_posix() for path in _outputs(stage, run))


@contextmanager
def guarded(run: SessionRun, stage: str, *, keep_text: bool = True) -> Iterator[None]:
    """Errors that leave are ours: located, without names, and without the words they may hold.

    The text of an unexpected one is kept in the session's ``out/work/error.txt``, beside the
    words themselves; with `keep_text` False nothing is written.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a library in Rust may raise what is no Exception
        raise _told(run, stage, error, keep_text).located(
            session=run.session.id, stage=stage
        ) from None


def _told(run: SessionRun, stage: str, error: BaseException, keep_text: bool) -> SessionAudioError:
    """What is told of `error`."""
    if _is_gone(run.store.folder):  # whatever else went wrong since
        return StoreError(
            "its folder was removed or renamed while it ran, or its disk went away",
            hint="Where it is still there, run it again: what was done is kept.",
        )
    if isinstance(error, SessionAudioError):
        # A track's file is often called after who speaks on it.
        error.message = manifest.masked(error.message, run.session.group)
        return error
    return shielded(run.store, stage, error, keep_text=keep_text)


def _is_gone(session: Path) -> bool:
    try:
        return not (session / manifest.SESSION_FILE).is_file()
    except OSError:
        return True


def shielded(
    store: SessionStore, stage: str, error: BaseException, *, keep_text: bool = True
) -> SessionAudioError:
    """An unexpected error without its text, which may hold words that were said.

    The text is kept in the store's ``work/error.txt``, but for `keep_text` False.
    """
    where = {"session": store.id, "stage": stage}
    if isinstance(error, MemoryError):
        return SessionAudioError(
            "there is not enough memory", hint="Close other programs and run again.", **where
        )
    if isinstance(error, OSError) and files.is_refusal(error):
        return files.explained(error, store.out).located(**where)
    stopped = f"stopped by an unexpected {type(error).__name__}"
    if not keep_text:
        return SessionAudioError(stopped, hint="This is a fault of the software.", **where)
    try:
        note = store.work / ERROR_FILE
        files.write_text(note, "".join(traceback.format_exception(error)))
    except SessionAudioError as full:
        return full.located(**where)
    return SessionAudioError(
        stopped,
        hint=f"Details are in out/work/{ERROR_FILE} of {store.id}; they may hold words said.",
        **where,
    )
