"""Many sessions in one go: a batch that never stops at one bad session, then the series."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.settings import get_current_settings, temporary_settings

from pipelines.records import RecordedError, recorded
from pipelines.server import note_server
from pipelines.session import session_flow
from session_audio.errors import SessionAudioError
from session_audio.flow import outcomes
from session_audio.flow.outcomes import Outcome
from session_audio.flow.run import StageOutput
from session_audio.flow.session import open_run


def run(folders: Sequence[str]) -> list[Outcome]:
    """Run every session in `folders`, each once, in the context in force.

    Raises
    ------
    SessionAudioError
        When Prefect's own server cannot be reached.
    """
    try:
        with _no_heartbeats():
            return group_flow(list(dict.fromkeys(folders)))
    except RecordedError as stand_in:
        raise stand_in.error from None
    except RuntimeError as error:
        if "Prefect" not in str(error):
            raise
        raise SessionAudioError(
            "Prefect's server on this machine cannot be reached",
            hint="Is there room and leave to write in PREFECT_HOME, or is PREFECT_API_URL right?",
        ) from None


def _no_heartbeats() -> AbstractContextManager[object]:
    """Without a server that outlives the run nobody listens for signs of life.

    A flow would wait for the thread that gives them: up to a second at each flow's end.
    """
    if get_current_settings().api.url:
        return nullcontext()
    return temporary_settings(set_defaults={"flows.heartbeat_frequency": None})


@flow(name="group", persist_result=False, validate_parameters=False)
@recorded
def group_flow(folders: Sequence[str]) -> list[Outcome]:
    """Run every session in `folders`, one after the other, then each group's series."""
    note_server()
    done = [_run_one(folder) for folder in folders]
    return [*done, *outcomes.series(done)]


def _run_one(folder: str) -> Outcome:
    """One session, whatever happens to it."""
    began = time.monotonic()
    try:
        run = open_run(folder)
        state: State[list[StageOutput]] = session_flow(folder, return_state=True)
        stages = _result(state)
        status: outcomes.Status = "done" if any(stage.ran for stage in stages) else "skipped"
        return outcomes.ended(run, folder, status, time.monotonic() - began)
    except SessionAudioError as error:
        return outcomes.failed(folder, error, time.monotonic() - began)


def _result(state: State[list[StageOutput]]) -> list[StageOutput]:
    """What the flow returned, or the error that ended it, without words."""
    result = state.result(raise_on_failure=False)
    if state.is_completed() and isinstance(result, list):
        return result
    error = result.error if isinstance(result, RecordedError) else result
    if isinstance(error, SessionAudioError):
        raise error
    raise SessionAudioError(f"stopped by an unexpected {type(error).__name__}")
