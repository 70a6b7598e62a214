"""Many sessions in one go: a batch that never stops at one bad session, then the series."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import httpx
from prefect import flow
from prefect.client.schemas.objects import State
from prefect.events.clients import NullEventsClient
from prefect.events.worker import EventsWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_SERVER_EPHEMERAL_ENABLED,
    get_current_settings,
    temporary_settings,
)

from pipelines import server
from pipelines.records import RecordedError, recorded
from pipelines.session import session_flow
from pipelines.store import placed
from pipelines.temporary import unreachable
from session_audio.errors import BusyError, SessionAudioError
from session_audio.flow import outcomes, pace
from session_audio.flow.ahead import load_ahead
from session_audio.flow.context import current
from session_audio.flow.outcomes import Outcome
from session_audio.flow.run import StageOutput, guarded
from session_audio.flow.session import open_run

_LOOK = 10.0
"""Seconds between two looks at sessions that other runs have in hand."""


def run(folders: Sequence[str]) -> list[Outcome]:
    """Run every session in `folders`, each once, in the context in force.

    Raises
    ------
    SessionAudioError
        When Prefect's own server cannot be reached.
    """
    with suppress(SessionAudioError):  # said when it is that session's turn
        for folder in folders[:1]:
            load_ahead(placed(folder))
    try:
        with served():
            return group_flow(list(dict.fromkeys(folders)))
    except RecordedError as stand_in:
        raise stand_in.error from None
    except (RuntimeError, httpx.TransportError) as error:
        if isinstance(error, RuntimeError) and "Prefect" not in str(error):
            raise
        raise unreachable() from None


def events(_: str) -> None:
    """Send none to a temporary server, which is at the address given."""
    EventsWorker.set_client_override(NullEventsClient)


@contextmanager
def served() -> Iterator[None]:
    """With the user's Prefect server, or else with a temporary one of this process.

    A temporary one is given no signs of life and no events, so it knows of flows and not of their
    tasks: nobody looks or acts, a flow would wait for the thread that gives signs of life (up to
    a second at its end), and events are tried for minutes where the server is gone.

    Raises
    ------
    SessionAudioError
        When the temporary server does not come up.
    """
    if get_current_settings().api.url:
        yield
        return
    own = server.temporary()
    own.wait()
    events(own.url)
    here = {
        PREFECT_API_URL: own.url,
        PREFECT_SERVER_EPHEMERAL_ENABLED: False,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    try:
        with temporary_settings(here):
            yield
    finally:
        EventsWorker.set_client_override(None)


@flow(name="group", persist_result=False, validate_parameters=False)
@recorded
def group_flow(folders: Sequence[str]) -> list[Outcome]:
    """Run every session in `folders`, one after the other, then each group's series.

    A session that another run has in hand comes last: by then it is done, or that run is gone
    and it is taken over.
    """
    reporter, left = current().reporter, pace.Left([placed(folder) for folder in folders])
    done: dict[str, Outcome] = {}
    waiting = deque(folders)
    looks = 0
    while waiting:
        folder = waiting.popleft()
        outcome = _run_one(folder, patient=len(folders) > 1 and not current().is_over())
        if outcome is None:
            waiting.append(folder)
            looks += 1
            if looks >= len(waiting):  # nobody else is left to run
                time.sleep(_LOOK)
            continue
        looks, done[folder] = 0, outcome
        left.ended(outcome.folder, outcome.seconds)
        reporter.batch(len(done), len(folders), left.seconds())
    in_order = [done[folder] for folder in folders]
    return [*in_order, *outcomes.series(in_order)]


def _run_one(folder: str, *, patient: bool = False) -> Outcome | None:
    """One session, whatever happens to it; None where `patient` and another run has it in hand."""
    began, place = time.monotonic(), folder
    try:
        place = placed(folder)
        run = open_run(place)
        if patient:
            with guarded(run, "run"), run.store.locked():
                pass  # asked before a flow is begun, as it may be asked often
        state: State[list[StageOutput]] = session_flow(folder, return_state=True)
        ran = [stage.stage for stage in _result(state) if stage.ran]
        pace.learn(run, ran)
        status: outcomes.Status = "done" if ran else "skipped"
        return outcomes.ended(run, place, status, time.monotonic() - began)
    except BusyError as error:
        return None if patient else outcomes.failed(place, error, time.monotonic() - began)
    except SessionAudioError as error:
        return outcomes.failed(place, error, time.monotonic() - began)


def _result(state: State[list[StageOutput]]) -> list[StageOutput]:
    """What the flow returned, or the error that ended it, without words."""
    result = state.result(raise_on_failure=False)
    if state.is_completed() and isinstance(result, list):
        return result
    error = result.error if isinstance(result, RecordedError) else result
    if isinstance(error, SessionAudioError):
        raise error
    raise SessionAudioError(f"stopped by an unexpected {type(error).__name__}")
