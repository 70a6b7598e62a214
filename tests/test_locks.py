"""Locks between processes: with the system's locks, and on a share that knows none."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from session_audio import locks
from session_audio.errors import StoreError
from session_audio.workspace.store import SessionStore

fcntl = pytest.importorskip("fcntl", reason="other systems have their own locks")

NO_FLOCK = """
import errno, fcntl
def flock(*_):
    raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = flock
"""
HOLD = """
import sys, time
from pathlib import Path
from session_audio.workspace.store import SessionStore
with SessionStore(Path(sys.argv[1])).locked():
    (Path(sys.argv[1]) / "out" / "work" / "sound-00.npy.part").write_bytes(b"half")
    print("held", flush=True)
    time.sleep(120)
"""


@pytest.fixture(params=["flock", "no flock"])
def start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What another process does first; this one's folder is like that one's."""
    if request.param == "flock":
        return ""
    without_flock(monkeypatch)
    return NO_FLOCK


def without_flock(monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOLCK) -> None:
    def flock(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)


@pytest.fixture
def other(start: str, session_folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another run that is at work on the session."""
    process = subprocess.Popen(
        [sys.executable, "-c", start + HOLD, str(session_folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_two_runs_are_kept_apart(other: subprocess.Popen[str], session_folder: Path) -> None:
    with (
        pytest.raises(StoreError, match="another run is at work on this session"),
        SessionStore(session_folder).locked(),
    ):
        pass
    assert (session_folder / "out" / "work" / "sound-00.npy.part").exists()


def test_the_lock_of_a_killed_run_blocks_nobody(
    other: subprocess.Popen[str], session_folder: Path
) -> None:
    other.kill()
    other.wait()
    with SessionStore(session_folder).locked():
        assert not (session_folder / "out" / "work" / "sound-00.npy.part").exists()
    with SessionStore(session_folder).locked():
        pass


def test_who_waits_goes_on_when_the_other_ends(
    other: subprocess.Popen[str], session_folder: Path
) -> None:
    def end() -> None:
        other.kill()
        other.wait()

    threading.Timer(1.0, end).start()
    with SessionStore(session_folder).locked(wait=True):
        assert other.poll() is not None


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_every_way_to_have_no_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    without_flock(monkeypatch, number)
    with (
        locks.held(tmp_path / "lock"),
        pytest.raises(locks.HeldError),
        locks.held(tmp_path / "lock"),
    ):
        pass
    with locks.held(tmp_path / "lock"):
        pass


def test_a_folder_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(OSError), locks.held(tmp_path / "lock"):
        pass


def foreign(path: Path, age: float) -> Path:
    """The file of a run on another machine, renewed `age` seconds ago."""
    marker = path.with_name(f"{path.name}.held")
    marker.write_text("4242\nward-two\n99\n")
    then = time.time() - age
    os.utime(marker, (then, then))
    return marker


def test_another_machines_lock_counts_while_it_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_flock(monkeypatch)
    marker = foreign(tmp_path / "lock", locks.ABANDONED - 60)
    with pytest.raises(locks.HeldError), locks.held(tmp_path / "lock"):
        pass
    assert marker.read_text().startswith("4242\nward-two")


@pytest.mark.parametrize("text", ["4242\nward-two\n99\n", ""])
def test_another_machines_lock_ends_with_its_signs_of_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    without_flock(monkeypatch)
    marker = foreign(tmp_path / "lock", 0)
    marker.write_text(text)
    os.utime(marker, (0, 0))
    with locks.held(tmp_path / "lock"):
        assert marker.read_text().startswith(f"{os.getpid()}\n")
    assert not marker.exists()


def test_a_run_of_this_machine_that_is_stopped_keeps_its_lock(
    other: subprocess.Popen[str], session_folder: Path
) -> None:
    marker = session_folder / "out" / "work" / "lock.held"
    if marker.exists():
        os.utime(marker, (0, 0))
    with pytest.raises(StoreError), SessionStore(session_folder).locked():
        pass


def test_a_holder_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_flock(monkeypatch)
    monkeypatch.setattr(locks, "HEARTBEAT", 0.05)
    with locks.held(tmp_path / "lock"):
        marker = tmp_path / "lock.held"
        os.utime(marker, (0, 0))
        until = time.monotonic() + 10
        while marker.stat().st_mtime == 0 and time.monotonic() < until:
            time.sleep(0.05)
        assert marker.stat().st_mtime > 0
