"""Many sessions in one go: a batch that never stops at one bad session, then the series."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prefect import flow
from prefect.client.schemas.objects import State

from pipelines import stages
from pipelines.runtime import fresh_stages, open_run
from pipelines.session import session_flow
from session_audio.errors import ConsentError, SessionAudioError


@dataclass(frozen=True)
class Outcome:
    """What became of one session of a batch."""

    session: str
    folder: str
    status: Literal["done", "skipped", "failed", "refused"]
    seconds: float
    stage: str | None = None
    message: str = ""


@flow(name="group", persist_result=False, validate_parameters=False)
def group_flow(folders: Sequence[str]) -> list[Outcome]:
    """Run every session in `folders`, one after the other, then each group's series."""
    outcomes = [_run_one(folder) for folder in folders]
    groups = dict.fromkeys(str(Path(o.folder).resolve().parent) for o in outcomes)
    for group in groups:
        outcomes += _series(
            group, [o for o in outcomes if Path(o.folder).resolve().parent == Path(group)]
        )
    return outcomes


def _run_one(folder: str) -> Outcome:
    """One session, whatever happens to it."""
    began = time.monotonic()
    name = Path(folder).resolve().name
    try:
        run = open_run(folder)
        with run.store.locked():
            before = fresh_stages(run)
            state: State[str] = session_flow(folder, return_state=True)
            failure = _failure(state)
            if failure is not None:
                raise failure
            status: Literal["done", "skipped"] = (
                "skipped" if before == fresh_stages(run) else "done"
            )
            return Outcome(name, folder, status, time.monotonic() - began)
    except SessionAudioError as error:
        status_bad: Literal["failed", "refused"] = (
            "refused" if isinstance(error, ConsentError) else "failed"
        )
        seconds = time.monotonic() - began
        return Outcome(name, folder, status_bad, seconds, error.stage, str(error))


def _failure(state: State[str]) -> SessionAudioError | None:
    if state.is_completed():
        return None
    found = state.result(raise_on_failure=False)
    if isinstance(found, SessionAudioError):
        return found
    return SessionAudioError(f"stopped by an unexpected {type(found).__name__}")


def _series(group: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The group's series over every session that has a result, old ones included."""
    began = time.monotonic()
    if not any(o.status in ("done", "skipped") for o in outcomes):
        return []
    try:
        stages.series(Path(group))
    except SessionAudioError as error:
        seconds = time.monotonic() - began
        return [Outcome(Path(group).name, group, "failed", seconds, "series", str(error))]
    return []
