"""What was kept long enough goes; what is made of it stays, and it is made again when needed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, stages
from test_withholding import policy, withdraw

from session_audio.cli import main
from session_audio.flow.retain import retain
from session_audio.flow.session import open_run
from session_audio.flow.stages import first_stale

pytestmark = pytest.mark.timeout(300)


def sounds(session: Path) -> list[Path]:
    return list((session / "out" / "work").glob("sound-*.npy"))


def test_the_decoded_sound_goes_and_nothing_is_computed_again(
    session: Path, engines: Fakes
) -> None:
    stages(session)
    group = session.parent
    done = CliRunner().invoke(main, ["retain", str(group), "--dry-run"])
    assert "would be removed: 1 files of 1 sessions" in done.output, done.output
    assert len(sounds(session)) == 1
    assert CliRunner().invoke(main, ["retain", str(group)], input="n\n").exit_code == 1
    assert len(sounds(session)) == 1
    done = CliRunner().invoke(main, ["retain", str(group), "--yes"])
    assert done.exit_code == 0, done.output
    assert sounds(session) == []
    last = json.loads((group / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["verb"], last["sounds"]) == ("retain", {"2026-03-03": 1})
    assert first_stale(open_run(session)) is None
    stages(session)
    assert (engines.calls, sounds(session)) == ((1, 1), [])
    # A setting changes what is heard: the sound is decoded again for it.
    (group / "settings.toml").write_text("[diarization]\nshortest_pause = 0.4\n")
    stages(session)
    assert engines.calls == (2, 1)
    assert len(sounds(session)) == 1


def test_consent_withdrawn_after_it_went_needs_it_again(session: Path, engines: Fakes) -> None:
    stages(session)
    retain(session.parent, date(2027, 1, 1))
    policy(session.parent, missing="mask")
    withdraw(session.parent, "P01", "analysis")
    stages(session)
    assert first_stale(open_run(session)) is None
    assert engines.calls == (1, 1)


@pytest.mark.parametrize(
    ("setting", "day", "told"),
    [
        ("decoded_sound = 30", date(2026, 4, 1), ({}, [], [])),
        ("decoded_sound = 30", date(2026, 4, 2), ({"2026-03-03": 1}, [], [])),
        ("decoded_sound = -1", date(2126, 4, 2), ({}, [], [])),
        ("decoded_sound = -1\nrecordings = 10", date(2026, 3, 13), ({}, ["2026-03-03"], [])),
        ("decoded_sound = -1\nresults = 10", date(2026, 3, 13), ({}, [], ["2026-03-03"])),
        ("decoded_sound = -1\nresults = 10", date(2026, 3, 12), ({}, [], [])),
    ],
)
def test_periods_count_from_the_day_of_the_session(
    session: Path, setting: str, day: date, told: tuple[object, ...]
) -> None:
    work = session / "out" / "work"
    work.mkdir(parents=True)
    (work / "sound-00.npy").write_bytes(b"sound")
    (session / "out" / "report.html").write_text("a report")
    (session.parent / "settings.toml").write_text(f"[retention]\n{setting}\n")
    found = retain(session.parent, day, dry=True)
    assert (found.sounds, found.recordings_due, found.results_due) == told
    assert (work / "sound-00.npy").exists()
