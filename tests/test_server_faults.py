"""Prefect's temporary server when it or its run is killed: real processes, on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from flow_cases import Fakes, run

from pipelines import server
from pipelines.temporary import TemporaryServer

pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).parents[1]
RUN = """
import sys, threading, time
from pipelines.server import prepare_prefect
prepare_prefect()
from pipelines import server
import httpx
made = server.temporary()
ask = threading.Thread(target=lambda: httpx.get(made.url + "/health", timeout=600))
ask.start()
if sys.argv[1] == "serving":
    ask.join()
while not made.pid:
    time.sleep(0.01)
print(made.pid, flush=True)
time.sleep(300)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TemporaryServer]:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    made = TemporaryServer()
    yield made
    made.stop()


def until(holds: Callable[[], bool], seconds: float = 600.0) -> bool:
    over = time.monotonic() + seconds
    while not holds() and time.monotonic() < over:
        time.sleep(0.02)
    return holds()


def answers(url: str) -> bool:
    return httpx.get(f"{url}/health", timeout=600.0).status_code == 200


def test_a_server_killed_in_the_middle_costs_no_session(
    session: Path, engines: Fakes, capfd: pytest.CaptureFixture[str]
) -> None:
    second = session.parent / "2026-03-10"
    shutil.copytree(session, second)
    killed = []
    transcribe = engines.transcriber.transcribe

    def kill(*args: object, **kwargs: object) -> object:
        assert server._own is not None and server._own.pid is not None
        killed.append(server.temporary().pid)
        psutil.Process(killed[-1]).kill()
        return transcribe(*args, **kwargs)  # type: ignore[arg-type]

    engines.transcriber.transcribe = kill  # type: ignore[method-assign, assignment]
    assert [o.status for o in run(session, second)] == ["done", "done"]
    assert len(set(killed)) == 2
    assert capfd.readouterr().err == ""


def test_a_server_killed_during_its_start_is_started_again(temporary: TemporaryServer) -> None:
    with httpx.Client() as client, pytest.raises(httpx.ReadTimeout):
        client.get(f"{temporary.url}/health", timeout=0.5)  # nobody waits for it any more
    assert until(lambda: temporary.pid is not None)
    first = temporary.pid
    psutil.Process(first).kill()
    assert answers(temporary.url)
    assert temporary.pid != first


def test_a_server_that_never_stays_refuses_at_once(
    temporary: TemporaryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", os.devnull)  # it ends while it starts
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{temporary.url}/health", timeout=600.0)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{temporary.url}/health", timeout=600.0)


def test_two_runs_have_two_servers(temporary: TemporaryServer) -> None:
    other = TemporaryServer()
    try:
        assert answers(temporary.url) and answers(other.url)
        assert (temporary.url, temporary.pid) != (other.url, other.pid)
        assert temporary.pid != other.pid
    finally:
        other.stop()


@pytest.mark.parametrize("when", ["starting", "serving"])
def test_a_server_ends_with_a_run_that_is_killed(tmp_path: Path, when: str) -> None:
    given = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    killed = subprocess.Popen(
        [sys.executable, "-c", RUN, when],
        env={**given, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    left = psutil.Process(int(killed.stdout.readline()))
    assert left.is_running()
    killed.kill()
    killed.wait()
    assert until(lambda: not left.is_running())
