"""Kill -9, full disks, read-only folders, clocks: every session ends whole or clearly failed.

The long ones are run by ``make test-faults``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner
from fault_cases import (
    Forks,
    contents,
    copies,
    fill,
    is_whole,
    noted,
    plain,
    remount,
    run_until_killed,
    unlocked,
)
from flow_cases import Fakes, run

from session_audio.cli import main
from session_audio.flow.context import current, using
from session_audio.flow.progress import Silent
from session_audio.flow.stages import STAGES
from session_audio.workspace.store import SessionStore

pytestmark = pytest.mark.timeout(3600)  # a machine that is fully taken gives little time
NAMES = [stage.name for stage in STAGES]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB; only the system's administrator can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no small disk can be made here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def started() -> Iterator[list[Forks]]:
    """What `forks` started; says at the end how many runs were killed."""
    made: list[Forks] = []
    yield made
    for each in made:
        each.end()
        sys.stdout.write(f"\n{each.number} runs killed\n")


@pytest.fixture
def forks(engines: Fakes, started: list[Forks]) -> Forks:
    """Kills many runs, on this process's server."""
    from pipelines import server

    if not started:
        started.append(Forks(server.temporary().url))
    return started[0]


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a machine that is fully taken the decoder stays, and the server may start slowly."""
    monkeypatch.setattr("session_audio.sound.process.IDLE", 600.0)
    monkeypatch.setattr("pipelines.temporary.PATIENCE", 3600.0)


_undisturbed: dict[str, bytes] = {}


def expected_of(session: Path, into: Path) -> dict[str, bytes]:
    """What an undisturbed run of the session of these tests writes; it is run once."""
    if not _undisturbed:
        _undisturbed.update(plain(session, into))
    return _undisturbed.copy()


def finishes(session: Path, expected: dict[str, bytes], killed: str, when: str) -> None:
    """A run was killed: the next keeps what had ended, does the rest, and all is whole."""
    before = noted(session)
    assert (killed in before) is (when == "ended")
    assert unlocked(session)
    (outcome,) = run(session)
    left = set(NAMES) - set(before)
    assert outcome.status == ("done" if left else "skipped"), outcome.message
    after = noted(session)
    assert {name: after[name] for name in before} == before
    assert contents(session) == expected
    assert is_whole(session)


@pytest.mark.parametrize(("stage", "when"), [("ingest", "written"), ("report", "written")])
def test_a_killed_run_is_finished_by_the_next_and_nothing_is_done_twice(
    session: Path, engines: Fakes, tmp_path: Path, stage: str, when: str
) -> None:
    expected = expected_of(session, tmp_path)
    run_until_killed(stage, when, session)
    finishes(session, expected, stage, when)


@pytest.mark.faults
@pytest.mark.parametrize("when", ["begun", "written", "ended"])
@pytest.mark.parametrize("stage", NAMES)
def test_a_run_killed_anywhere_is_finished_by_the_next(
    session: Path, engines: Fakes, forks: Forks, tmp_path: Path, stage: str, when: str
) -> None:
    expected = expected_of(session, tmp_path)
    forks.run_until_killed(stage, when, session)
    finishes(session, expected, stage, when)


@pytest.mark.faults
@pytest.mark.parametrize("stage", NAMES)
def test_a_kill_loses_nothing_of_the_result_that_was_there(
    session: Path, engines: Fakes, forks: Forks, tmp_path: Path, stage: str
) -> None:
    expected = expected_of(session, tmp_path)
    assert [o.status for o in run(session)] == ["done"]
    SessionStore(session).forget_stage(stage)
    forks.run_until_killed(stage, "written", session)
    assert contents(session) == expected
    finishes(session, expected, stage, "written")


class Fills(Silent):
    """Leaves no room on the disk when a stage begins."""

    def __init__(self, stage: str, disk: Path) -> None:
        self.stage, self.disk = stage, disk

    def begin(self, session: str, stage: str):  # type: ignore[no-untyped-def]
        if stage == self.stage:
            fill(self.disk)
        return super().begin(session, stage)


@pytest.mark.parametrize(
    "stages",
    [["transcribe", "report"], pytest.param(NAMES, marks=pytest.mark.faults)],
    ids=["short", "every stage"],
)
def test_a_disk_that_is_full_ends_a_stage_and_loses_nothing(
    session: Path, engines: Fakes, small_disk: Path, stages: list[str]
) -> None:
    group = small_disk / "tuesday"
    shutil.copytree(session.parent, group)
    there = group / session.name
    assert [o.status for o in run(there)] == ["done"]
    before = contents(there)
    for stage in stages:
        SessionStore(there).forget_stage(stage)
        with using(replace(current(), reporter=Fills(stage, small_disk))):
            (outcome,) = run(there)
        assert (outcome.status, outcome.stage) == ("failed", stage)
        assert "disk" in outcome.message and "error.txt" not in outcome.message
        (small_disk / "filler").unlink()
        assert contents(there) == before
        assert [o.status for o in run(there)] == ["done"]
        assert contents(there) == before and is_whole(there)


def test_a_store_that_may_not_be_written(session: Path, engines: Fakes, small_disk: Path) -> None:
    group = small_disk / "tuesday"
    shutil.copytree(session.parent, group)
    there = group / session.name
    remount(small_disk, "ro")
    (outcome,) = run(there)
    assert outcome.status == "failed"
    assert "work/lock may not be written" in outcome.message or "Read-only" in outcome.message
    assert not (there / "out").exists()
    remount(small_disk, "rw")
    assert [o.status for o in run(there)] == ["done"]
    remount(small_disk, "ro")
    for words in (["run", str(group)], ["trend", str(group)]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
    assert "2026-03-03  skipped" in CliRunner().invoke(main, ["run", str(group)]).output
    remount(small_disk, "rw")


def test_a_clock_that_jumps_changes_nothing(
    session: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = expected_of(session, tmp_path)
    jumps = iter(range(10**6))

    class Jumping(datetime):
        @classmethod
        def now(cls, tz=None):  # type: ignore[no-untyped-def]
            return datetime.now(tz) + timedelta(days=(-1) ** next(jumps) * 400)

    monkeypatch.setattr("session_audio.workspace.store.datetime", Jumping)
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + (-1) ** next(jumps) * 2e4)
    assert [o.status for o in run(session)] == ["done"]
    found = contents(session)
    for made in (expected, found):
        del made["report.html"]  # it says on which day consent was judged
    assert found == expected and is_whole(session)


def test_a_session_that_is_removed_while_it_runs_stays_removed_and_stops_no_other(
    session: Path, engines: Fakes
) -> None:
    second, transcribe = copies(session, 2)[1], engines.transcriber.transcribe

    def remove(*args: Any, **kwargs: Any) -> Any:
        shutil.rmtree(session, ignore_errors=True)
        return transcribe(*args, **kwargs)

    engines.transcriber.transcribe = remove  # type: ignore[method-assign]
    outcomes = run(session, second)
    assert [(o.session, o.status) for o in outcomes] == [
        (session.name, "failed"),
        (second.name, "done"),
    ]
    assert "was removed or renamed while it ran" in outcomes[0].message
    assert not session.exists() and is_whole(second)


BROKEN = {
    "no sound": lambda folder: (folder / "session.flac").write_bytes(b"no sound at all"),
    "no recording": lambda folder: (folder / "session.flac").unlink(),
    "no manifest": lambda folder: (folder / "session.toml").write_text("date = "),
    "half copied": lambda folder: (folder / "session.flac").write_bytes(
        (folder / "session.flac").read_bytes()[:200]
    ),
}


class Held(Silent):
    """Notes what this process holds after each session, and says it after some."""

    def __init__(self) -> None:
        self.memory: list[float] = []
        """In MB."""
        self.files: list[int] = []
        self._began = time.monotonic()

    def batch(self, ended: int, of: int, left: float | None) -> None:
        here = psutil.Process()
        self.memory.append(here.memory_info().rss / 1e6)
        self.files.append(here.num_fds())
        if ended in (1, 50, 100, 150, of):
            took = time.monotonic() - self._began
            sys.stderr.write(
                f"\n{ended} sessions: {self.memory[-1]:.0f} MB, {self.files[-1]} open files, "
                f"{here.num_threads()} threads, {took:.0f} s\n"
            )


def requests(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Counts what is asked of Prefect's server from now on."""
    from prefect.client.base import PrefectHttpxAsyncClient, PrefectHttpxSyncClient

    asked: list[None] = []
    for kind in (PrefectHttpxSyncClient, PrefectHttpxAsyncClient):
        send = kind.send

        def counted(*args: Any, send: Any = send, **kwargs: Any) -> Any:
            asked.append(None)
            return send(*args, **kwargs)

        monkeypatch.setattr(kind, "send", counted)
    return asked


@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    "number", [6, pytest.param(200, marks=pytest.mark.faults)], ids=["short", "200 sessions"]
)
def test_many_sessions_of_which_some_are_broken_each_end_once(
    session: Path,
    engines: Fakes,
    number: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, processes = requests(monkeypatch), len(psutil.Process().children(recursive=True))
    folders = copies(session, number, a_group=25)
    broken = folders[2 : number // 2 : max(2, number // 20)]
    for folder, how in zip(broken, list(BROKEN) * number, strict=False):
        BROKEN[how](folder)
    good, held = [f for f in folders if f not in broken], Held()
    with capsys.disabled(), using(replace(current(), reporter=held)):
        outcomes = run(*folders)
    assert Counter(o.status for o in outcomes) == {"done": len(good), "failed": len(broken)}
    assert {Path(o.folder) for o in outcomes if o.status == "failed"} == set(broken)
    assert engines.calls == (len(good), len(good))
    assert all(is_whole(folder) for folder in good[:: max(1, number // 20)])
    assert not [folder for folder in folders if SessionStore(folder).in_hand()]
    quarter = number // 4
    assert held.memory[-1] < 1.1 * held.memory[quarter]
    assert held.files[-1] <= held.files[quarter] + 5
    # Prefect's server, and the one that decodes.
    assert len(psutil.Process().children(recursive=True)) <= processes + 2
    with capsys.disabled():
        print(
            f"\n{number} sessions, {len(broken)} broken: each ended once; "
            f"{len(asked) / number:.0f} requests a session to Prefect's server"
        )
    assert [o.status for o in run(*good[:3])] == ["skipped"] * 3
    assert engines.calls == (len(good), len(good))


@pytest.mark.faults
def test_a_batch_killed_in_its_middle_goes_on_where_it_was(session: Path, engines: Fakes) -> None:
    folders = copies(session, 4)
    assert [o.status for o in run(folders[0])] == ["done"]
    run_until_killed("measure", "begun", *folders)
    before = [noted(folder) for folder in folders]
    assert engines.calls == (1, 1)
    assert {o.status for o in run(*folders)} == {"done", "skipped"}
    for folder, stages in zip(folders, before, strict=True):
        assert {k: v for k, v in noted(folder).items() if k in stages and k != "report"} == {
            k: v for k, v in stages.items() if k != "report"
        }
        assert is_whole(folder)
