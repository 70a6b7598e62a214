"""Prefect's own folder: bounded, for this user, and nothing left running in it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flow_cases import Fakes, run

from pipelines import server
from session_audio.errors import StoreError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for Prefect's records, as a user's first run finds it."""
    for name in [n for n in os.environ if n.startswith("PREFECT_") or "proxy" in n.lower()]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(server, "_run", None)
    monkeypatch.setattr(server, "_own", None)
    before = dict(os.environ)
    yield tmp_path / "session-audio" / "prefect"
    if server._run is not None:
        server._run.release()
    server.stop_server()
    os.environ.clear()
    os.environ.update(before)


def records(database: Path) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.execute("create table flow_run (id)")


def test_the_folder_is_the_users_own(home: Path) -> None:
    server.prepare_prefect()
    assert os.environ["PREFECT_HOME"] == str(home)
    assert home.stat().st_mode & 0o077 == 0


def test_records_that_are_in_use_are_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir(parents=True)
    records(home / "prefect.db")
    server._prepare_home(home, own=True)
    assert (home / "prefect.db").exists()
    monkeypatch.setattr(server, "MOST_RECORDS", 500)
    other = server._run  # as another run that is at work would hold it
    server._run = None
    server._prepare_home(home, own=True)
    assert (home / "prefect.db").exists()
    assert other is not None
    other.release()


def test_records_of_nobody_at_work_are_dropped(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir(parents=True)
    for name in ("prefect.db", "prefect.db-wal"):
        (home / name).write_bytes(b"x" * 1000)
    monkeypatch.setattr(server, "MOST_RECORDS", 500)
    server._prepare_home(home, own=True)
    assert not list(home.glob("prefect.db*"))


@pytest.mark.parametrize(
    ("content", "kept"),
    [(b"\x93no database" * 1000, False), (None, True), (b"", True)],
    ids=["garbled", "whole", "empty"],
)
def test_records_that_are_damaged_are_begun_anew_and_said(
    home: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, kept: bool
) -> None:
    home.mkdir(parents=True)
    database = home / "prefect.db"
    if content is None:
        records(database)
    else:
        database.write_bytes(content)
    server._prepare_home(home, own=True)
    assert database.exists() is kept
    assert ("begun anew" in capsys.readouterr().err) is not kept


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_records_that_another_program_holds_are_begun_anew_and_said(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    monkeypatch.setattr(server, "_WAIT", 0.1)
    home.mkdir(parents=True)
    records(home / "prefect.db")
    with closing(sqlite3.connect(home / "prefect.db", isolation_level=None)) as other:
        other.execute(f"pragma journal_mode={mode}")
        other.execute("begin immediate")
        assert server.is_held(home / "prefect.db")
        server._prepare_home(home, own=True)
    assert not (home / "prefect.db").exists()
    assert "held by another program" in capsys.readouterr().err


def test_a_users_own_prefect_folder_is_left_alone(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "mine"))
    monkeypatch.setattr(server, "MOST_RECORDS", 0)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "prefect.db").write_bytes(b"x")
    server.prepare_prefect()
    assert (tmp_path / "mine" / "prefect.db").exists()


def test_a_full_disk_is_said_before_the_server_hangs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 3_000_000

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage)
    with pytest.raises(StoreError, match="has 3 MB free; a run needs 20 MB there"):
        server.prepare_prefect()


def test_no_proxy_is_asked_for_what_is_on_this_machine(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://192.0.2.1:3128")
    monkeypatch.setenv("ALL_PROXY", "socks5://192.0.2.1:1080")
    server.prepare_prefect()
    import httpx

    with httpx.Client() as client:
        assert not any(client._mounts.values())
    assert "https_proxy" not in os.environ


def test_with_a_prefect_server_of_ones_own_the_proxies_stay(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example/api")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    server.prepare_prefect()
    assert os.environ["HTTP_PROXY"] == "http://192.0.2.1:3128"


def test_of_a_killed_run_nothing_is_left_in_the_folder(home: Path) -> None:
    (home / "runs").mkdir(parents=True)
    (home / "runs" / "1-killed.lock").touch()
    server._prepare_home(home, own=True)
    (left,) = (home / "runs").iterdir()
    assert left.name.startswith(f"{os.getpid()}-")


def test_the_secret_is_new_for_each_run_and_the_same_within_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.prepare_prefect()
    secret = os.environ["PREFECT_API_AUTH_STRING"]
    server.prepare_prefect()
    assert os.environ["PREFECT_SERVER_API_AUTH_STRING"] == secret == os.environ[server._SECRETS[1]]
    for name in server._SECRETS:
        monkeypatch.delenv(name)
    server.prepare_prefect()
    assert os.environ["PREFECT_API_AUTH_STRING"] not in ("", secret)


@pytest.mark.parametrize("how", ["environment", "profile"])
def test_a_prefect_of_ones_own_keeps_its_password(
    home: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "environment":
        monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example/api")
    else:
        home.mkdir(parents=True)
        (home / "profiles.toml").touch()
    server.prepare_prefect()
    assert not [name for name in server._SECRETS if name in os.environ]


def test_the_temporary_server_answers_nobody_without_the_secret(
    session: Path, engines: Fakes
) -> None:
    import httpx

    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    at = server._own
    assert at is not None
    name, secret = os.environ["PREFECT_API_AUTH_STRING"].split(":")
    asked = {
        ("POST", "/flow_runs/filter"): {"limit": 1},
        ("POST", "/variables/"): {"name": "mine", "value": "1"},
        ("GET", "/admin/settings"): None,
    }
    for (method, path), body in asked.items():
        for auth in (None, (name, "wrong")):
            answer = httpx.request(method, at.url + path, json=body, auth=auth)
            assert answer.status_code == 401, path
        answer = httpx.request(method, at.url + path, json=body, auth=(name, secret))
        assert answer.status_code < 300, path


def test_all_records_are_dropped_when_somebody_is_forgotten(home: Path) -> None:
    assert server.drop_records()  # nothing was ever recorded
    (home / "storage").mkdir(parents=True)
    for name in ("prefect.db", "prefect.db-wal", "storage/result"):
        (home / name).write_bytes(b"x")
    assert server.drop_records()
    assert [p for p in home.rglob("*") if p.is_file() and p.name != "lock"] == []


def test_records_of_a_run_at_work_are_not_dropped(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "prefect.db").write_bytes(b"x")
    server._prepare_home(home, own=True)
    assert not server.drop_records()
    assert (home / "prefect.db").exists()
