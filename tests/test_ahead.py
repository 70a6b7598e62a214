"""What is begun before it is asked for: Prefect's server, and the models of a session."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from flow_cases import Fakes, run
from test_server import home  # noqa: F401

from pipelines import server
from session_audio.flow.ahead import load_ahead
from session_audio.flow.context import current, using


def loaded(folder: Path, engines: Fakes) -> list[str]:
    """Which models are loaded ahead of the session in `folder`."""
    seen: list[str] = []
    given = current().engines

    def watched(settings):  # type: ignore[no-untyped-def]
        def diarizer() -> object:
            seen.append("diarizer")
            raise RuntimeError  # left to the stage that asks

        def transcriber() -> object:
            seen.append("transcriber")
            return engines.transcriber

        return replace(given(settings), diarizer=diarizer, transcriber=transcriber)

    with using(replace(current(), engines=watched)):
        load_ahead(str(folder)).join()
    return seen


def test_models_of_stages_that_never_ran_are_loaded_ahead(session: Path, engines: Fakes) -> None:
    assert loaded(session, engines) == ["diarizer", "transcriber"]
    assert engines.calls == (0, 0)
    (outcome,) = run(session)
    assert outcome.status == "done"
    assert loaded(session, engines) == []


def test_nothing_is_loaded_for_a_session_that_is_refused_or_brings_its_own(
    session: Path, engines: Fakes
) -> None:
    manifest = session / "session.toml"
    before = manifest.read_text()
    (session / "given.rttm").write_text("SPEAKER x 1 0.5 2.0 <NA> <NA> S01 <NA> <NA>\n")
    manifest.write_text('diarization = "given.rttm"\n' + before)
    assert loaded(session, engines) == ["transcriber"]
    manifest.write_text("date = ")
    assert loaded(session, engines) == []


def test_the_server_starts_before_it_is_asked(home: Path) -> None:  # noqa: F811
    server.prepare_prefect()
    server.begin()
    over = time.monotonic() + 60
    while server.temporary().pid is None and time.monotonic() < over:
        time.sleep(0.05)
    assert server.temporary().pid is not None


@pytest.mark.parametrize("where", ["address", "profile"])
def test_no_server_is_started_where_the_user_has_one(home: Path, where: str) -> None:  # noqa: F811
    server.prepare_prefect()
    if where == "address":
        os.environ["PREFECT_API_URL"] = "http://127.0.0.1:1/api"
    else:
        (home / "profiles.toml").write_text("")
    server.begin()
    assert server._own is None
