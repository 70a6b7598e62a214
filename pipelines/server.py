"""Prefect, set up to run here alone: its folder, its temporary server, and how both end."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psutil

from session_audio import locks, permissions
from session_audio.errors import StoreError
from session_audio.resources import user_folder

MOST_RECORDS = 32_000_000
"""Bytes of Prefect's own records above which a run begins with new ones."""
LEAST_FREE = 20_000_000
"""Bytes that the temporary server's database needs; without them it hangs at its start."""
_SERVERS = ".servers"
_SERVER = "prefect.server.api.server:create_app"
_SECRETS = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING")
"""What the temporary server asks for, and what this process answers."""
_WAIT = 10.0
"""Seconds to wait for another run that begins at the same time."""
_BEGUN_ANEW = (
    "session-audio: Prefect's records of earlier runs were damaged and were begun anew; "
    "no result is lost."
)
_run: _Run | None = None


def prepare_prefect() -> None:
    """Set Prefect up to run here, alone: own folder, loopback only, quiet, no telemetry.

    Whatever the user has set stays; a user with a Prefect server keeps it.  Must run
    before Prefect is imported.

    Raises
    ------
    StoreError
        When the folder for Prefect's records cannot be written.
    """
    quiet = {
        "PREFECT_HOME": str(user_folder("state") / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
    }
    own = "PREFECT_HOME" not in os.environ
    for name, value in quiet.items():
        os.environ.setdefault(name, value)
    if not os.environ.get("PREFECT_API_URL"):
        _forget_proxies()
        _set_secret(Path(os.environ["PREFECT_HOME"]))
    _prepare_home(Path(os.environ["PREFECT_HOME"]), own)


def _forget_proxies() -> None:
    """The temporary server is on this machine, and nothing else is asked: no proxy is needed."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"


def _set_secret(home: Path) -> None:
    """Let nobody else on this machine read or drive the temporary server: one secret a run.

    The server takes it from the environment, which only this user can read.  A Prefect that
    the user has set up by profiles is left as it is.
    """
    if (home / "profiles.toml").is_file():
        return
    given = (secret for name in _SECRETS if (secret := os.environ.get(name)))
    secret = next(given, f"run:{secrets.token_urlsafe(32)}")
    os.environ.update(dict.fromkeys(_SECRETS, secret))


def _prepare_home(home: Path, own: bool) -> None:
    """Make Prefect's folder, for this user's eyes; drop old records once they are many."""
    global _run
    # Prefect's server fails to start, and says so only after minutes, without its folder.
    try:
        permissions.new_folder(home)
        free = shutil.disk_usage(home).free
        if free < LEAST_FREE and not os.environ.get("PREFECT_API_URL"):
            raise StoreError(
                f"the disk of {home} has {free / 1e6:.0f} MB free; a run needs "
                f"{LEAST_FREE / 1e6:.0f} MB there for a while",
                hint="Free some space, or set PREFECT_HOME to another folder.",
            )
        if own and _run is None:
            _run = _begin(home)
    except OSError as error:
        raise StoreError(
            f"{home} cannot be written ({error.strerror or type(error).__name__})",
            hint="Prefect keeps its records there. Set XDG_STATE_HOME to a folder of your own.",
        ) from None


@dataclass(frozen=True)
class _Run:
    """A run at work in Prefect's folder: its lock, and the servers that it started."""

    lock: locks.Lock
    servers: Path


def _begin(home: Path) -> _Run:
    """Tidy up after runs that are gone, then note this one as at work."""
    runs = home / "runs"
    permissions.new_folder(runs)
    with suppress(locks.HeldError), locks.held(home / "lock", _WAIT):
        if not _others_at_work(runs):
            size = sum(file.stat().st_size for file in _database(home))
            broken = is_broken(home / "prefect.db")  # may take away a log that is left over
            if broken or size > MOST_RECORDS:
                _remove_database(home)
            if broken:
                click.echo(_BEGUN_ANEW, err=True)
    own = runs / f"{os.getpid()}-{secrets.token_hex(4)}.lock"
    return _Run(locks.take(own, _WAIT), own.with_suffix(_SERVERS))


def drop_records() -> bool:
    """Remove Prefect's own records of every run; False where a run is at work on them.

    A Prefect that the user has set up keeps its own.
    """
    home = user_folder("state") / "prefect"
    if "PREFECT_HOME" in os.environ or not home.is_dir():
        return True
    runs = home / "runs"
    permissions.new_folder(runs)
    with suppress(locks.HeldError), locks.held(home / "lock", _WAIT):
        if not _others_at_work(runs):
            shutil.rmtree(home / "storage", ignore_errors=True)
            _remove_database(home)
            return True
    return False


def _database(home: Path) -> list[Path]:
    """The files of Prefect's database, its logs among them."""
    return list(home.glob("prefect.db*"))


def _remove_database(home: Path) -> None:
    for file in _database(home):
        file.unlink(missing_ok=True)


def is_broken(database: Path) -> bool:
    """Whether Prefect's `database` is there and no database; one that is in use is not asked."""
    if not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(database, timeout=_WAIT)) as db:
            return db.execute("pragma quick_check(1)").fetchall() != [("ok",)]
    except sqlite3.OperationalError:  # locked, or the folder may not be written
        return False
    except sqlite3.DatabaseError:
        return True


def _others_at_work(runs: Path) -> bool:
    """Whether other runs are at work; of those that are gone nothing is left."""
    others = False
    for path in runs.glob("*.lock"):
        try:
            lock = locks.take(path)
        except locks.HeldError:
            others = True
            continue
        _stop_left_over(path.with_suffix(_SERVERS))
        lock.release()
        for file in (path, path.with_suffix(_SERVERS)):
            file.unlink(missing_ok=True)
    return others


def _stop_left_over(noted: Path) -> None:
    """Stop temporary servers whose run was killed before it could do it itself."""
    if not noted.is_file():
        return
    for pid in noted.read_text(encoding="utf-8").split():
        with suppress(psutil.Error, ValueError):
            process = psutil.Process(int(pid))
            if _SERVER in process.cmdline():
                process.terminate()


def note_server() -> None:
    """Note the temporary server of this process, so that it is stopped whatever happens."""
    for instance in _servers():
        if _run is not None and instance.server_process is not None:
            with _run.servers.open("a", encoding="utf-8") as file:
                file.write(f"{instance.server_process.pid}\n")


def stop_server() -> None:
    """Stop Prefect's temporary server at once, if this process started one.

    It is not asked to end by itself: it would complain of what this process left open.
    """
    for instance in _servers():
        process = instance.server_process
        if process is not None:
            process.kill()
            process.wait()


def _servers() -> list[Any]:
    server = sys.modules.get("prefect.server.api.server")
    running = getattr(getattr(server, "SubprocessASGIServer", None), "_instances", {})
    return list(running.values())
