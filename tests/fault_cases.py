"""What the tests of faults share: a run that is killed where one says, disks, many sessions."""

from __future__ import annotations

import json
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
from session_audio.workspace import store
from session_audio.workspace.store import SessionStore

ROOT = Path(__file__).parents[1]
COMPARED = ("report.html", "session.json", *PUBLISHED, "words.seglst.json")
"""What two runs of one session write alike."""
_RUN = [sys.executable, str(ROOT / "tests" / "killed_run.py")]


def _environment() -> dict[str, str]:
    """For a run of its own, with a server of its own, as a user has it."""
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "src", ROOT / "tests")))
    given = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    return {**given, "PYTHONPATH": paths}


def run_until_killed(stage: str, when: str, *folders: Path) -> None:
    """Run in a process that is killed (9) in `stage`; returns when nothing of it is left.

    `when` it has ``begun``, when its files are ``written`` and not yet noted, or has ``ended``.
    """
    killed = subprocess.Popen(
        [*_RUN, stage, when, *map(str, folders)],
        env=_environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = killed.communicate()[1]
    assert killed.returncode == -9, said
    assert until(lambda: not _alive(killed.pid)), "a process was left"


class Forks:
    """Kills many runs, for a tenth of what `run_until_killed` takes: see `killed_run`."""

    def __init__(self, server: str) -> None:
        self.number = 0
        """Runs killed."""
        secret = {k: v for k, v in os.environ.items() if k.endswith("_AUTH_STRING")}
        self._runs = subprocess.Popen(
            [*_RUN, server],
            env={**_environment(), **secret},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self._runs.stdout is not None
        return self._runs.stdout.readline().strip()

    def run_until_killed(self, stage: str, when: str, *folders: Path) -> None:
        """As the function of that name."""
        assert self._runs.stdin is not None
        self._runs.stdin.write(json.dumps([stage, when, *map(str, folders)]) + "\n")
        self._runs.stdin.flush()
        process, code = self._answer().split()
        assert code == "-9"
        assert until(lambda: not _alive(int(process))), "a process was left"
        self.number += 1

    def end(self) -> None:
        """End what was started."""
        self._runs.communicate()


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
    return {p.stem: p.stat().st_mtime_ns for p in records if p.stem != store.PROVENANCE}


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


def copies(session: Path, number: int, a_group: int = 1000) -> list[Path]:
    """The session and copies of it, `number` in all, so many in a group."""
    made, group = [session], session.parent
    for index in range(1, number):
        if index % a_group == 0:
            group = session.parent.with_name(f"group-{index}")
            group.mkdir()
            shutil.copy(session.parent / "group.toml", group)
        folder = group / f"2026-04-{index:03d}"
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
