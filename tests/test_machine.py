"""The machine that a run is on: left usable, and told where it may not be enough."""

from __future__ import annotations

import subprocess
import sys
from collections import namedtuple
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest

from session_audio.cli import running
from session_audio.errors import AudioError
from session_audio.flow import machine
from session_audio.sound import room

Memory = namedtuple("Memory", "available")
Battery = namedtuple("Battery", "percent power_plugged")
Disk = namedtuple("Disk", "free")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has classes instead")
def test_a_run_steps_back_and_so_does_what_it_starts() -> None:
    program = (
        "import psutil, subprocess, sys; from session_audio.flow.machine import step_back;"
        "step_back(); step_back(); ask = 'import psutil; print(psutil.Process().nice())';"
        "print(psutil.Process().nice(), subprocess.check_output([sys.executable, '-c', ask]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    here = max(10, psutil.Process().nice())
    assert done.stdout.split() == [str(here), f"b'{here}\\n'"]


@pytest.mark.parametrize(
    ("free", "battery", "said"),
    [
        (8e9, None, []),
        (8e9, Battery(50, True), []),
        (1.5e9, None, ["Only 1.5 GB of memory are free"]),
        (1.5e9, Battery(37, False), ["Only 1.5 GB", "runs on its battery (37 %)"]),
    ],
)
def test_what_may_not_be_enough_is_said(
    monkeypatch: pytest.MonkeyPatch, free: float, battery: object, said: list[str]
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(free))
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    doubts = machine.doubts()
    assert len(doubts) == len(said)
    assert all(part in doubt for part, doubt in zip(said, doubts, strict=True))


def test_a_recording_for_which_the_disk_has_no_room_is_refused_with_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: Disk(1_000_000_000))
    room.check(2 * 3600.0, tmp_path / "out" / "work")
    assert room.needed(2 * 3600.0) == 691_200_000
    room.check(None, tmp_path)
    with pytest.raises(AudioError, match=r"4\.0 h of sound need 1\.38 GB .* 1\.00 GB are free"):
        room.check(4 * 3600.0, tmp_path / "out" / "work")


@pytest.mark.parametrize("clock", ["00:00", "07:00", "23:59"])
def test_until_is_the_next_time_that_the_clock_shows(clock: str) -> None:
    then = running._next(datetime.strptime(clock, "%H:%M"))
    assert then is not None and f"{then:%H:%M}" == clock
    assert timedelta() < then - datetime.now() <= timedelta(days=1)
    assert running._next(None) is None
