"""Settings through the flow: what cannot work stops it before anything is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, run

from session_audio.cli import main
from session_audio.settings import DiarizationSettings
from session_audio.settings.reading import Setting, every_setting, toml_value

pytestmark = pytest.mark.timeout(900)
SECTIONS = (
    "sound",
    "identification",
    "transcription",
    "turns",
    "metrics",
    "flags",
    "quality",
    "report",
)
"""Sections whose settings reach code that the stand-ins for the models do not replace."""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sound]\nrate = 32000\n", "sound.rate: it is no setting any more"),
        ("[turns]\nturn_split = -3\n", "turns.turn_split is -3; it must be 0.2 to 60 s"),
        ('[report]\nlanguage = "xx"\n', "report.language must be"),
    ],
)
@pytest.mark.parametrize("verb", ["run", "check"])
def test_a_setting_that_cannot_work_stops_before_anything_is_done(
    session: Path,
    engines: Fakes,
    text: str,
    says: str,
    verb: str,
) -> None:
    (session.parent / "settings.toml").write_text(text)
    done = CliRunner().invoke(main, [verb, str(session)])
    assert done.exit_code == 1, done.output
    assert says in done.output
    assert engines.calls == (0, 0)
    assert not (session / "out").exists()


def numbers(section: str) -> list[Setting]:
    return [s for s in every_setting() if s.section == section and s.kind in (int, float)]


@pytest.mark.parametrize("end", ["least", "most"])
@pytest.mark.parametrize("section", SECTIONS)
def test_both_ends_of_every_range_work(
    session: Path,
    engines: Fakes,
    section: str,
    end: str,
) -> None:
    lines = []
    for s in numbers(section):
        value = getattr(s, end)
        if s.name == "resamples":
            value = min(value, 2000)  # more only takes longer, as do shuffles
        if s.name == "shuffles":
            value = max(99, min(value, 400))
        if s.name == "significance" and end == "least":
            value = 0.01  # less needs more shuffles
        if s.name == "turn_split" and end == "least":
            value = 0.2
        lines.append(f"{s.name} = {toml_value(s.kind(value))}")
    (session.parent / "settings.toml").write_text(f"[{section}]\n" + "\n".join(lines))
    (outcome,) = run(session)
    assert outcome.status == "done", (outcome.message, session_error(session))
    facts = json.loads((session / "out" / "session.json").read_text())
    assert facts["duration"] == pytest.approx(24.0, abs=0.1)
    assert (session / "out" / "report.pdf").read_bytes().startswith(b"%PDF")


def session_error(session: Path) -> str:
    note = session / "out" / "work" / "error.txt"
    return note.read_text() if note.exists() else ""


@pytest.mark.parametrize("end", ["least", "most"])
def test_both_ends_of_every_range_work_for_the_diarizer(
    monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    import test_diarization as meeting

    for s in numbers("diarization"):
        monkeypatch.setattr(
            meeting, "SETTINGS", DiarizationSettings(**{s.name: float(getattr(s, end))})
        )
        diarization, _ = meeting.run(meeting.round_robin(40, 3), 40, 3)
        assert all(t.start <= t.end <= 40 for t in diarization.exclusive), s
