"""Reports set once more: elsewhere with codes, for one member, in another language."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, run
from test_flow import SECRETS

from session_audio.cli import main
from session_audio.schema import Word


def call(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(a) for a in args])
    return done.exit_code, done.output


@pytest.fixture
def finished(session: Path, engines: Fakes) -> Path:
    """A session that was run."""
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    return session


@pytest.mark.timeout(300)
def test_what_leaves_the_clinic_holds_codes(finished: Path, tmp_path: Path) -> None:
    to = tmp_path / "elsewhere"
    code, quote = call("report", finished, "--to", to)
    assert code == 0, quote
    page = (to / "report-tuesday-2026-03-03.html").read_text("utf-8")
    assert "P01" in page
    assert not [name for name in SECRETS[:3] if name in page]
    assert "session.flac" not in page
    code, quote = call("report", finished, "--to", to, "--names")
    assert code == 0, quote
    page = (to / "report-tuesday-2026-03-03.html").read_text("utf-8")
    assert any(name in page for name in SECRETS[:3])


@pytest.mark.timeout(300)
def test_reports_of_several_sessions_lie_side_by_side(finished: Path, tmp_path: Path) -> None:
    """A second session's report used to take the place of the first one's."""
    another = finished.parent / "2026-03-10"
    shutil.copytree(finished, another)
    to = tmp_path / "elsewhere"
    for folder in (finished, another, finished.parent):
        code, output = call("report", folder, "--to", to)
        assert code == 0, output
        code, output = call("report", folder, "--to", to, "--member", "P01")
        assert code == 0, output
    assert sorted(path.name for path in to.glob("*.html")) == [
        "brief-tuesday.html",
        "member-P01-tuesday-2026-03-03.html",
        "member-P01-tuesday-2026-03-10.html",
        "member-P01-tuesday.html",
        "report-tuesday-2026-03-03.html",
        "report-tuesday-2026-03-10.html",
        "series-tuesday.html",
    ]


@pytest.mark.timeout(300)
def test_misheard_names_do_not_leave_the_clinic(
    session: Path,
    engines: Fakes,
    tmp_path: Path,
) -> None:
    """As a recogniser wrote them in the samples: by sound, in two words, or with little faith."""
    quote = "It was useless, Roof. Nobody told Thom and Ard ent of Maja."
    words = [
        Word(4.0 + 0.2 * k, 4.15 + 0.2 * k, text, None, 0.2 if text == "Mile?" else 0.9)
        for k, text in enumerate([*quote.split(), "Mile?"])
    ]
    engines.transcriber.words = words
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    assert "Roof" in (session / "out" / "report.html").read_text("utf-8")
    code, output = call("report", session, "--to", tmp_path / "elsewhere")
    assert code == 0, output
    (page,) = (p.read_text("utf-8") for p in (tmp_path / "elsewhere").rglob("*.html"))
    assert "It was useless, [name]. Nobody told [P02?] and [T01?] of [P01?]. [name]?" in page
    assert not [name for name in ("Roof", "Thom", "Ard ent", "Maja", "Mile") if name in page]


@pytest.mark.timeout(300)
def test_a_members_report_and_another_language(finished: Path) -> None:
    code, quote = call("report", finished.parent, "--member", "P01", "--language", "de")
    assert code == 0, quote
    page = (finished.parent / "out" / "member-P01.html").read_text("utf-8")
    assert '<html lang="de">' in page
    assert "useless" in page
    assert "marmalade" not in page


def test_a_session_without_a_report_is_told_what_to_do(session: Path) -> None:
    code, quote = call("report", session)
    assert code == 1
    assert "session-audio run" in quote


@pytest.mark.timeout(300)
def test_a_folder_called_after_somebody_tells_no_name_elsewhere(
    finished: Path, tmp_path: Path
) -> None:
    named = finished.rename(finished.with_name("2026-03-03-maya"))
    to = tmp_path / "elsewhere"
    code, told = call("report", named, "--to", to)
    assert code == 0, told
    assert [path.name for path in to.glob("*.html")] == ["report-tuesday-2026-03-03-P01.html"]
    assert "maya" not in (to / "report-tuesday-2026-03-03-P01.html").read_text("utf-8").lower()
