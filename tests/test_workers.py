"""A Prefect server on PostgreSQL and three workers that share a store, one of them killed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest
import yaml
from fault_cases import ROOT, contents, copies, is_whole, plain, until
from flow_cases import Fakes

# `engines` sets Prefect up, which must be before it is imported.
FLOW = ROOT / "tests" / "worker_flow.py"


def test_every_deployment_is_a_flow_with_the_parameters_that_it_is_given(engines: Fakes) -> None:
    from prefect.flows import load_flow_from_entrypoint

    given = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    assert [d["name"] for d in given] == ["session", "group", "clinic", "nightly"]
    for deployment in given:
        flow = load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)
        assert set(deployment.get("parameters", {})) <= set(flow.parameters.properties)


def test_folders_of_a_deployment_stay_in_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.store import VARIABLE, placed
    from session_audio.errors import SessionAudioError

    assert placed("tuesday") == "tuesday"
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert placed("tuesday") == str(tmp_path / "tuesday")
    for folder in ("../elsewhere", "/etc"):
        with pytest.raises(SessionAudioError, match="outside the store"):
            placed(folder)


def test_a_clinics_flow_runs_what_lies_below_its_folder(
    session: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.clinic import clinic_flow
    from pipelines.group import served
    from pipelines.store import VARIABLE

    monkeypatch.setenv(VARIABLE, str(session.parents[1]))
    with served():
        state = clinic_flow(return_state=True)
    assert (state.type.value, state.message) == ("COMPLETED", "1 done")
    (session.parent / "2026-03-10").mkdir()
    (session.parent / "2026-03-10" / "session.toml").write_text("date = ")
    with served():
        state = clinic_flow(session.parent.name, return_state=True)
    assert (state.type.value, state.message) == ("FAILED", "1 failed, 1 skipped")
    assert (session.parent / "out" / "session-audio-summary.html").is_file()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as here:
        return int(here.getsockname()[1])


@contextmanager
def postgresql() -> Iterator[str]:
    """A database of its own, on loopback; the address, as Prefect wants it."""
    found = shutil.which("pg_ctl") or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)), None
    )
    if found is None:
        pytest.skip("PostgreSQL is not here (Debian: postgresql)")
    programs = Path(found).resolve().parent
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="session-audio-pg-"))
    port = free_port()

    def do(program: str, *words: object) -> None:
        as_user = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        subprocess.run(
            [programs / program, *map(str, words)],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            **(as_user if os.geteuid() == 0 else {}),  # type: ignore[arg-type]
        )

    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        do("initdb", "-D", folder / "db", "-A", "trust", "-U", "prefect", "-N")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
        do("pg_ctl", "-D", folder / "db", "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/postgres"
        finally:
            do("pg_ctl", "-D", folder / "db", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def started(*words: object, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A program and all that it starts, ended at the end."""
    program = subprocess.Popen(
        [sys.executable, *map(str, words)],
        env=environment,
        cwd=ROOT / "tests",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield program
    finally:
        kill(program)


def kill(program: subprocess.Popen[bytes]) -> None:
    """As when a machine loses its power: the worker, and the flow that it runs."""
    with suppress(psutil.NoSuchProcess):
        here = psutil.Process(program.pid)
        for each in (here, *here.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                each.kill()
    program.wait()


@pytest.mark.faults
@pytest.mark.timeout(3600)
def test_of_three_workers_one_is_killed_and_every_session_is_done_once(
    session: Path, engines: Fakes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = plain(session, tmp_path)
    folders, notes, port = copies(session, 9), tmp_path / "notes", free_port()
    notes.touch()
    url = f"http://127.0.0.1:{port}/api"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    environment = kept | {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": url,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "src", ROOT / "tests"))),
        "SESSION_AUDIO_STORE": str(session.parents[1]),
        "NOTES": str(notes),
        "LINGER": "5",
    }

    def prefect(*words: object) -> None:
        subprocess.run(
            [sys.executable, "-m", "prefect", *map(str, words)],
            env=environment,
            cwd=ROOT / "tests",
            check=True,
            capture_output=True,
        )

    def at_work() -> dict[str, str]:
        """Who began to identify which sessions last."""
        lines = [line.split() for line in notes.read_text().splitlines()]
        return {pid: name for pid, name, stage in lines if stage == "identify"}

    def states() -> Counter[str]:
        found = httpx.post(f"{url}/flow_runs/filter", json={"limit": 50}, timeout=60).json()
        return Counter(run["state_type"] for run in found if run["deployment_id"])

    with postgresql() as database, ExitStack() as ending:
        served = environment | {"PREFECT_SERVER_DATABASE_CONNECTION_URL": database}
        server = ("-m", "prefect", "server", "start", "--no-ui", "--port", port)
        ending.enter_context(started(*server, environment=served))
        assert until(lambda: answers(url))
        prefect("work-pool", "create", "tried", "--type", "process")
        prefect("deploy", f"{FLOW}:tried_flow", "-n", "tried", "-p", "tried")
        worker = ("-m", "prefect", "worker", "start", "-p", "tried", "--limit", 1)
        workers = [
            ending.enter_context(started(*worker, environment=environment)) for _ in range(3)
        ]
        began = time.monotonic()
        for _ in workers:
            prefect("deployment", "run", "tried/tried")
        assert until(lambda: len(at_work()) > 0)
        boss = psutil.Process(int(next(iter(at_work())))).ppid()
        victim = next(worker for worker in workers if worker.pid == boss)
        kill(victim)
        assert until(lambda: states()["COMPLETED"] == 2, 1800)
        took = time.monotonic() - began
    for folder in folders:
        assert is_whole(folder)
    assert contents(session) == expected
    done = Counter(tuple(line.split()[1:]) for line in notes.read_text().splitlines())
    twice = {what: n for what, n in done.items() if n > 1 and what[1] != "report"}
    # Only the stage that the dead worker had in hand was begun again.
    assert len(twice) <= 1, twice
    with capsys.disabled():
        print(f"\nthree workers, one killed: {len(folders)} sessions in {took:.0f} s")


def answers(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/health", timeout=60).status_code == 200
    return False
