"""What the tests of faults share: a run that is killed where one says, disks, many sessions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flow_cases import run

from session_audio.flow import outcomes
from session_audio.flow.stages.reporting import PROVENANCE
from session_audio.formats.outputs import PUBLISHED
from session_audio.workspace.store import SessionStore

ROOT = Path(__file__).parents[1]
COMPARED = ("report.html", "session.json", *PUBLISHED, "words.seglst.json")
"""What two runs of one session write alike."""
_START = """
import os, signal, sys
from pipelines.server import prepare_prefect
prepare_prefect()
from flow_cases import Fakes
from pipelines import group
from session_audio.flow.context import Context, using
from session_audio.flow.engines import Engines
from session_audio.flow.progress import Silent
from session_audio.workspace.store import SessionStore

at, when, *folders = sys.argv[1:]

def here(stage, now):
    if (stage, now) == (at, when):
        os.kill(os.getpid(), signal.SIGKILL)

class Killer(Silent):
    def begin(self, session, stage):
        here(stage, "begun")
        return super().begin(session, stage)
    def end(self, session, stage, state, seconds):
        here(stage, "ended")

def finish(self, stage, *rest, done=SessionStore.finish):
    here(stage, "written")
    return done(self, stage, *rest)

SessionStore.finish = finish
made = Fakes()
given = Engines(
    lambda: made.diarizer, lambda: made.transcriber, lambda: made.classifier,
    lambda task: {task: "fake-1"},
)
with using(Context(engines=lambda _: given, reporter=Killer())):
    group.run(folders)
"""


def run_until_killed(stage: str, when: str, *folders: Path) -> None:
    """Run in a process that is killed (9) in `stage`; returns when nothing of it is left.

    `when` it has ``begun``, when its files are ``written`` and not yet noted, or has ``ended``.
    """
    paths = (ROOT, ROOT / "src", ROOT / "tests")
    # A run of its own, with a server of its own, as a user has it.
    given = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    killed = subprocess.Popen(
        [sys.executable, "-c", _START, stage, when, *map(str, folders)],
        env={**given, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = killed.communicate()[1]
    assert killed.returncode == -9, said
    assert until(lambda: not _alive(killed.pid)), "a process was left"


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def until(holds: Callable[[], bool], seconds: float = 600.0) -> bool:
    """Wait until something holds."""
    over = time.monotonic() + seconds
    while not holds() and time.monotonic() < over:
        time.sleep(0.05)
    return holds()


def noted(session: Path) -> dict[str, int]:
    """When the stages of a session that ended were noted."""
    records = (session / "out" / "work" / "stages").glob("*.json")
    return {path.stem: path.stat().st_mtime_ns for path in records}


def contents(session: Path) -> dict[str, bytes]:
    """What people read of a session."""
    return {name: (session / "out" / name).read_bytes() for name in COMPARED}


def is_whole(session: Path) -> bool:
    """Whether everything is there, up to date, and nothing half-written lies beside it."""
    left = [p for p in (session / "out").rglob("*") if p.name.endswith(".part")]
    return not left and outcomes.settled([str(session)]) is not None


def plain(session: Path, into: Path) -> dict[str, bytes]:
    """What an undisturbed run of a session that was never run writes."""
    group = into / "plain" / session.parent.name
    shutil.copytree(session.parent, group)
    (outcome,) = run(group / session.name)
    assert outcome.status == "done", outcome.message
    assert (group / session.name / "out" / PROVENANCE).is_file()
    return contents(group / session.name)


def copies(session: Path, number: int) -> list[Path]:
    """The session and copies of it, `number` in all, a day apart."""
    made = [session]
    for index in range(1, number):
        folder = session.parent / f"2026-04-{index:03d}"
        shutil.copytree(session, folder, ignore=shutil.ignore_patterns("out"))
        made.append(folder)
    return made


def remount(disk: Path, how: str) -> None:
    """Make the disk read-only (``ro``) or not (``rw``)."""
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on the disk; returns what takes it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return filler


def unlocked(session: Path) -> bool:
    """Whether nobody holds the session."""
    with SessionStore(session).locked():
        return True
