"""A session in several languages through the whole flow, with fakes: files, report, check."""

from __future__ import annotations

import html
import json
from pathlib import Path

import flow_cases
import pytest
from flow_cases import Fakes, rows, run

from session_audio.flow.check import check_session
from session_audio.schema import OTHER_LANGUAGE, LanguageStretch

pytestmark = pytest.mark.timeout(300)

SPOKEN = (
    ("S01", 0.5, "how was your week with the marmalade"),
    ("S02", 4.0, "it was useless to be honest with you"),
    ("S03", 8.0, "ja dat was helemaal useless voor mij"),
    ("S01", 12.0, "vertel daar eens wat meer over alsjeblieft"),
    ("S02", 17.0, "e non lo so che cosa dire"),
)
STRETCHES = (
    LanguageStretch(0.0, 7.0, "en"),
    LanguageStretch(7.8, 15.0, "nl"),
    LanguageStretch(16.8, 19.0, OTHER_LANGUAGE),
)


@pytest.fixture
def folder(session: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """English, then Dutch, then what is neither and has no words."""
    monkeypatch.setattr(flow_cases, "SPOKEN", SPOKEN)
    settings = "[flags]\nmerge_turns = 1\nthreshold = 0.4\n"
    (session.parent / "settings.toml").write_text(settings)
    manifest = session / "session.toml"
    manifest.write_text('languages = ["en", "nl"]\n' + manifest.read_text())
    engines.__init__()  # type: ignore[misc]
    engines.transcriber.words = [w for w in engines.transcriber.words if w.start < 16]
    engines.transcriber.stretches = STRETCHES
    return session


def test_each_stretch_keeps_its_language_to_the_tables_and_the_report(folder: Path) -> None:
    (outcome,) = run(folder)
    assert outcome.status == "done", outcome.message
    assert "moments are looked for in English alone, not in nl" in outcome.message
    out = folder / "out"
    turns = rows(out / "turns.csv")
    assert [t["language"] for t in turns] == ["en", "en", "nl", "nl", OTHER_LANGUAGE]
    assert turns[-1]["text"] == ""
    words = json.loads((out / "words.seglst.json").read_text(encoding="utf-8"))
    assert [w["language"] for w in words] == ["en"] * 15 + ["nl"] * 14
    # The classifier's cue is said in both: a moment is told of the English one alone.
    assert [f["quote"] for f in rows(out / "flags.csv")] == [SPOKEN[1][2]]
    page = html.unescape((out / "report.html").read_text(encoding="utf-8"))
    assert "English (" in page and "Dutch (" in page
    assert "looked for in English alone, so not in Dutch" in page
    assert page.count("[another language, not transcribed]") == 1
    assert "NOTE\n00:00:17.000 to" in (out / "transcript.vtt").read_text(encoding="utf-8")


def test_check_says_what_is_english_alone(folder: Path) -> None:
    told = check_session(folder)
    assert "moments are looked for in English alone, not in nl" in told
    assert "turn-taking in nl is told by rules" in told
    manifest = folder / "session.toml"
    manifest.write_text(manifest.read_text().replace('["en", "nl"]', '["en"]'))
    assert "English alone" not in check_session(folder)


def test_a_session_in_german_alone_has_no_moments_and_says_why(
    folder: Path, engines: Fakes
) -> None:
    engines.transcriber.stretches = ()
    manifest = folder / "session.toml"
    manifest.write_text(manifest.read_text().replace('["en", "nl"]', '["de"]'))
    settings = folder.parent / "settings.toml"
    settings.write_text(settings.read_text() + '[report]\nlanguage = "de"\n')
    (outcome,) = run(folder)
    assert outcome.status == "done", outcome.message
    assert rows(folder / "out" / "flags.csv") == []
    page = html.unescape((folder / "out" / "report.html").read_text(encoding="utf-8"))
    assert "Kein möglicher Moment erreichte die Schwelle" not in page
    assert "nur auf Englisch gesucht, also nicht auf Deutsch" in page
