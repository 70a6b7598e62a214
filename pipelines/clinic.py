"""A folder of groups, for a Prefect server and workers on any number of machines.

Each machine runs the same flow on the same folder, and they share the work: a session is leased by
its lock in the store, so no two write one, and what a machine that died had in hand is taken over
by whoever comes to it.  How that goes on needs no server; the server starts it, and shows it.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.deployments import run_deployment
from prefect.states import Completed, Failed

from pipelines.group import group_flow
from pipelines.records import recorded
from pipelines.store import VARIABLE, placed
from session_audio.flow.outcomes import sessions_in
from session_audio.flow.summary import keep

DEPLOYMENT = "clinic/clinic"


@flow(name="clinic", persist_result=False, validate_parameters=False)
@recorded
def clinic_flow(folder: str = ".") -> State[Any]:
    """Run every session below `folder`: a session, a group, or a folder of groups.

    Returns
    -------
    State
        Failed where a session failed; how many ended how, without ids.
    """
    sessions, bad = sessions_in([Path(placed(folder))])
    outcomes = [*bad, *group_flow([_named(path) for path in sessions])]
    _, unkept = keep(outcomes)
    counts = Counter(outcome.status for outcome in outcomes)
    told = ", ".join(f"{number} {status}" for status, number in sorted(counts.items())) or "none"
    if unkept:
        told += "; no summary could be written"
    ended = Failed if {"failed", "paused"} & set(counts) else Completed
    return ended(message=told)


@flow(name="nightly", persist_result=False, validate_parameters=False)
@recorded
def nightly_flow(folder: str = ".", machines: int = 1) -> None:
    """Begin `clinic_flow` once for each of the `machines`, which share the work."""
    for _ in range(machines):
        run_deployment(DEPLOYMENT, parameters={"folder": folder}, timeout=0, as_subflow=False)


def _named(path: Path) -> str:
    """The session as Prefect may record it: relative to the store, where there is one."""
    store = os.environ.get(VARIABLE)
    return os.path.relpath(path, store) if store else str(path)
