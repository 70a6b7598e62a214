"""What a batch comes to: outcomes, and what can be told without starting the flow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from session_audio.errors import ConsentError, SessionAudioError
from session_audio.flow import stages
from session_audio.flow.run import STAGES, Run, StaleError, looking, open_run
from session_audio.workspace import manifest

Status = Literal["done", "skipped", "failed", "refused"]


@dataclass(frozen=True)
class Outcome:
    """What became of one session of a batch."""

    session: str
    folder: str
    status: Status
    seconds: float
    stage: str | None = None
    message: str = ""


def run(folders: Sequence[str]) -> list[Outcome]:
    """Run every session in `folders`; the flow starts only where there is something to do.

    A batch never stops at one bad session.
    """
    folders = list(dict.fromkeys(folders))
    known = [settled(folder) for folder in folders]
    found = [outcome for outcome in known if outcome is not None]
    if len(found) == len(known):
        return [*found, *series(found)]
    from pipelines.group import group_flow

    try:
        return group_flow(folders)
    except RuntimeError as error:
        if "Prefect" not in str(error):
            raise
        raise SessionAudioError(
            "Prefect's server on this machine cannot be reached",
            hint="Is there room and leave to write in PREFECT_HOME, or is PREFECT_API_URL right?",
        ) from None


def settled(folder: str) -> Outcome | None:
    """The outcome of a session with nothing to do: up to date, or refused.  Else None."""
    began = time.monotonic()
    try:
        opened = open_run(folder)
        with looking():
            for stage in STAGES:
                getattr(stages, stage)(opened)
    except StaleError:
        return None
    except SessionAudioError as error:
        return failed(folder, error, time.monotonic() - began)
    return ended(opened, folder, "skipped", time.monotonic() - began)


def ended(run: Run, folder: str, status: Status, seconds: float) -> Outcome:
    """The outcome of a session that has its result, with what may be a mistake in it."""
    message = "".join(f"{run.session.id}: {doubt}" for doubt in manifest.doubts(run.session))
    return Outcome(run.session.id, folder, status, seconds, None, message)


def failed(folder: str, error: SessionAudioError, seconds: float) -> Outcome:
    """The outcome of a session that ended with `error`."""
    status: Status = "refused" if isinstance(error, ConsentError) else "failed"
    name = Path(folder).resolve().name
    return Outcome(name, folder, status, seconds, error.stage, str(error))


def series(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Draw the series of every group that has a result; an outcome for each that failed.

    Old results count too; sessions that are refused do not.
    """
    found = []
    good = [o for o in outcomes if o.status in ("done", "skipped")]
    for group in dict.fromkeys(Path(o.folder).resolve().parent for o in good):
        began = time.monotonic()
        try:
            stages.series(group)
        except SessionAudioError as error:
            error.located(session=group.name, stage="series")
            found.append(failed(str(group), error, time.monotonic() - began))
    return found
