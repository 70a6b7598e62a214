"""Many sessions in one go: a batch that never stops at one bad session, then the series."""

from __future__ import annotations

import time
from collections.abc import Sequence

from prefect import flow
from prefect.client.schemas.objects import State

from pipelines.server import note_server
from pipelines.session import session_flow
from session_audio.errors import SessionAudioError
from session_audio.flow import outcomes as batch
from session_audio.flow.outcomes import Outcome
from session_audio.flow.run import ERROR_FILE, fresh_stages, open_run


@flow(name="group", persist_result=False, validate_parameters=False)
def group_flow(folders: Sequence[str]) -> list[Outcome]:
    """Run every session in `folders`, one after the other, then each group's series."""
    note_server()
    outcomes = [_run_one(folder) for folder in folders]
    return [*outcomes, *batch.series(outcomes)]


def _run_one(folder: str) -> Outcome:
    """One session, whatever happens to it."""
    began = time.monotonic()
    try:
        run = open_run(folder)
        with run.store.locked():
            run.path(ERROR_FILE).unlink(missing_ok=True)
            before = fresh_stages(run)
            state: State[str] = session_flow(folder, return_state=True)
            failure = _failure(state)
            if failure is not None:
                raise failure
            unchanged = before == fresh_stages(run)
    except SessionAudioError as error:
        return batch.failed(folder, error, time.monotonic() - began)
    return batch.ended(run, folder, "skipped" if unchanged else "done", time.monotonic() - began)


def _failure(state: State[str]) -> SessionAudioError | None:
    if state.is_completed():
        return None
    found = state.result(raise_on_failure=False)
    if isinstance(found, SessionAudioError):
        return found
    return SessionAudioError(f"stopped by an unexpected {type(found).__name__}")
