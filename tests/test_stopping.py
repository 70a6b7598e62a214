"""A stop while a run is at work: a closed terminal, a second request, two runs of one folder."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from fault_cases import until

pytestmark = pytest.mark.timeout(300)
RUN = """
import sys, threading, time
from pathlib import Path
from pipelines.server import prepare_prefect
prepare_prefect()
from pipelines import group, server
from session_audio.cli import main
from session_audio.workspace.store import SessionStore

def work(folders):
    store = SessionStore(Path(folders[0]))
    with store.locked():
        (store.work / "words.json.part").touch()
        print("at work", flush=True)
        time.sleep(200)

def tidy():
    print("tidying", flush=True)
    time.sleep(200)

group.run = work
if sys.argv[2:]:
    server.stop_server = tidy
main(["run", sys.argv[1]])
"""


def ended(group: int) -> bool:
    """Whether nothing of a process group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def _at_its_terminal() -> None:
    """As a shell starts it, also where these tests run under ``nohup``."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_a_terminal_that_is_closed_ends_the_run(session_folder: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(session_folder)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_at_its_terminal,
    )
    os.close(theirs)
    said = b""
    while b"at work" not in said:
        said += os.read(ours, 1000)
    os.close(ours)
    assert process.wait(200) == 128 + signal.SIGHUP
    assert not list(session_folder.rglob("*.part"))
    assert until(lambda: ended(process.pid), 60)


def test_a_second_request_to_stop_is_kept_waiting_for_nothing(session_folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(session_folder), "slow to tidy up"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    for says in ("at work\n", "tidying\n"):
        assert process.stdout.readline() == says
        process.send_signal(signal.SIGINT)
    assert process.wait(100) == 128 + signal.SIGINT
    process.stdout.close()
