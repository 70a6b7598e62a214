"""What a batch comes to: an outcome a session, and what is known without running anything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from session_audio.errors import SessionAudioError
from session_audio.flow import corrections, languages, results
from session_audio.flow.artefacts import LANGUAGE
from session_audio.flow.context import Context
from session_audio.flow.run import guarded, shielded
from session_audio.flow.session import SessionRun, open_run
from session_audio.flow.stages import first_stale, reporting
from session_audio.workspace import doubtful, manifest
from session_audio.workspace.folders import groups_in, look
from session_audio.workspace.store import SessionStore
from session_audio.workspace.unnamed import without_names

Status = Literal["ok", "done", "skipped", "failed", "refused", "paused"]
"""How a session ended; ``ok`` is what a check says."""


@dataclass(frozen=True)
class Outcome:
    """What became of one session of a batch."""

    session: str
    folder: str
    status: Status
    seconds: float
    stage: str | None = None
    message: str = ""


def sessions_in(folders: Sequence[Path]) -> tuple[list[Path], list[Outcome]]:
    """The sessions that `folders` stand for, each once, and an outcome for each that is none."""
    sessions: dict[Path, Path] = {}
    bad: list[Outcome] = []
    for given in folders:
        try:
            groups = groups_in(given)
        except SessionAudioError as error:
            bad.append(failed(str(given), error.located(session=given.name), 0.0))
            continue
        for folder in groups:
            try:
                seen = look(folder)
            except SessionAudioError as error:
                error.located(session=folder.absolute().name, stage="check")
                bad.append(failed(str(folder), error, 0.0))
                continue
            for path in seen.sessions:
                sessions.setdefault(path.resolve(), path)
            bad += [failed(str(folder / str(e.session)), e, 0.0) for e in seen.strays]
    return list(sessions.values()), bad


def settled(folders: Sequence[str], context: Context | None = None) -> list[Outcome] | None:
    """The outcomes of a batch in which nothing is to be done; None where there is something.

    Where all is up to date or refused, no flow and no server need start.
    """
    outcomes = []
    for folder in folders:
        outcome = _settled(folder, context)
        if outcome is None:
            return None
        outcomes.append(outcome)
    return [*outcomes, *series(outcomes, context)]


def _settled(folder: str, context: Context | None) -> Outcome | None:
    began = time.monotonic()
    try:
        run = open_run(folder, context)
        with guarded(run, "check", keep_text=False):
            if first_stale(run) or not reporting.has_provenance(run) or run.store.unfinished():
                return None
        return ended(run, folder, "skipped", time.monotonic() - began)
    except SessionAudioError as error:
        return failed(folder, error, time.monotonic() - began)


def ended(run: SessionRun, folder: str, status: Status, seconds: float) -> Outcome:
    """The outcome of a session that has its result, with what may be a mistake in it."""
    with guarded(run, "check"):
        doubts = [
            *doubtful.doubts(run.session),
            *results.broken_off(run),
            *corrections.doubts(run.store.folder),
            *languages.told(run, LANGUAGE.read(run.store).languages),
        ]
    message = "\n".join(f"{run.session.id}: {doubt}" for doubt in doubts)
    return Outcome(run.session.id, folder, status, seconds, None, message)


def failed(folder: str, error: SessionAudioError, seconds: float) -> Outcome:
    """The outcome of a session that ended with `error`."""
    name = Path(folder).resolve().name
    return Outcome(name, folder, error.status, seconds, error.stage, str(error))


def series(outcomes: Sequence[Outcome], context: Context | None = None) -> list[Outcome]:
    """Draw the series of every group that has a result; an outcome for each that failed.

    Old results count too; sessions that are refused do not, and leave a series that held them.
    """
    failures = []
    judged = [o for o in outcomes if o.status in ("done", "skipped", "refused")]
    for group in dict.fromkeys(Path(o.folder).resolve().parent for o in judged):
        began = time.monotonic()
        try:
            with without_names(group / manifest.GROUP_FILE):
                reporting.series(group, context)
        except SessionAudioError as error:
            error.located(session=group.name, stage="series")
            failures.append(failed(str(group), error, time.monotonic() - began))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            fault = shielded(SessionStore(group), "series", error)
            failures.append(failed(str(group), fault, time.monotonic() - began))
    return failures
