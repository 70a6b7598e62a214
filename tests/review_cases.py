"""A session that was run with fakes, under review; no server of Prefect's is needed for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flow_cases import Fakes

from session_audio.flow.context import current
from session_audio.flow.run import run_stage
from session_audio.flow.session import open_run
from session_audio.flow.stages import STAGES, reporting
from session_audio.review.desk import Desk

SECRET = "of-the-page"


def run_here(session: Path) -> None:
    """Every stage, one after the other."""
    with open_run(session).store.locked():
        for stage in STAGES:
            run_stage(stage, open_run(session))
        reporting.write_provenance(open_run(session))


@pytest.fixture(name="ran")
def session_that_ran(session: Path, engines: Fakes) -> Path:
    run_here(session)
    return session


@pytest.fixture(name="desk")
def open_desk(ran: Path) -> Iterator[Desk]:
    with open_run(ran).store.locked():
        made = Desk(ran, current(), "RA", SECRET)
        made.open(lambda _: None)
        yield made
        made.wait()


def save(desk: Desk) -> None:
    """Compute what was decided, and wait for it."""
    desk.save()
    desk.wait()
    assert desk.progress()["state"] == "ready", desk.progress()["error"]
