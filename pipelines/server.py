"""Prefect, set up to run here alone: its folder, its records, and which server a run asks."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import click

from pipelines.temporary import TemporaryServer
from session_audio import locks, permissions
from session_audio.errors import StoreError
from session_audio.resources import user_folder

MOST_RECORDS = 32_000_000
"""Bytes of Prefect's own records above which a run begins with new ones."""
LEAST_FREE = 20_000_000
"""Bytes that the temporary server's database needs; without them it hangs at its start."""
_SECRETS = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING")
"""What the temporary server asks for, and what this process answers."""
_WAIT = 10.0
"""Seconds to wait for another run that begins at the same time."""
_BEGUN_ANEW = (
    "session-audio: Prefect's records of earlier runs were damaged, or held by another program, "
    "and were begun anew; no result is lost."
)
_run: locks.Lock | None = None
"""Says, as long as this process lives, that a run is at work in Prefect's folder."""
_own: TemporaryServer | None = None
"""The temporary server of this process."""


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
        # A server that was killed is there again within seconds, on a full machine in a minute.
        "PREFECT_API_REQUEST_TIMEOUT": "120",
        "PREFECT_CLIENT_MAX_RETRIES": "3",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
    }
    own = "PREFECT_HOME" not in os.environ
    for name, value in quiet.items():
        os.environ.setdefault(name, value)
    home = Path(os.environ["PREFECT_HOME"])
    if not os.environ.get("PREFECT_API_URL"):
        _forget_proxies()
        _set_secret(home)
    _prepare_home(home, own)


def temporary() -> TemporaryServer:
    """The temporary server of this process, which starts once it is asked."""
    global _own
    if _own is None:
        _own = TemporaryServer()
    return _own


def begin() -> None:
    """Start the temporary server already, where this process will ask it and no other.

    It takes seconds, in which Prefect and the models are loaded.
    """
    if not _has_profiles(Path(os.environ["PREFECT_HOME"])) and not os.environ.get(
        "PREFECT_API_URL"
    ):
        temporary().begin()


def _has_profiles(home: Path) -> bool:
    """Whether the user has set Prefect up by profiles, which may name a server."""
    return (home / "profiles.toml").is_file()


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
    if _has_profiles(home):
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


def _begin(home: Path) -> locks.Lock:
    """Tidy up after runs that are gone, then note this one as at work."""
    runs = home / "runs"
    permissions.new_folder(runs)
    with suppress(locks.HeldError), locks.held(home / "lock", _WAIT):
        if not _others_at_work(runs):
            size = sum(file.stat().st_size for file in _database(home))
            database = home / "prefect.db"
            # The first may take away a log that is left over.
            broken = is_broken(database) or is_held(database)
            if broken or size > MOST_RECORDS:
                _remove_database(home)
            if broken:
                click.echo(_BEGUN_ANEW, err=True)
    return locks.take(runs / f"{os.getpid()}-{secrets.token_hex(4)}.lock", _WAIT)


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


def is_held(database: Path) -> bool:
    """Whether some program keeps Prefect's `database` from being written, for `_WAIT` and more."""
    if not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(database, timeout=_WAIT)) as db:
            db.execute("begin immediate")
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
    return False


def _others_at_work(runs: Path) -> bool:
    """Whether other runs are at work; of those that are gone nothing is left."""
    others = False
    for path in runs.glob("*.lock"):
        try:
            lock = locks.take(path)
        except locks.HeldError:
            others = True
            continue
        lock.release()
        path.unlink(missing_ok=True)
    return others


def stop_server() -> None:
    """Stop the temporary server at once, if this process started one."""
    global _own
    if _own is not None:
        _own.stop()
    _own = None
