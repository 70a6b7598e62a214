"""Reports set once more: elsewhere with codes, for one member, in another language."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from test_flow import SECRETS, Fakes, engines, run, session  # noqa: F401

from session_audio.cli import main


def call(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(a) for a in args])
    return done.exit_code, done.output


@pytest.fixture
def finished(session: Path, engines: Fakes) -> Path:  # noqa: F811
    """A session that was run."""
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    return session


@pytest.mark.timeout(300)
def test_what_leaves_the_clinic_holds_codes(finished: Path, tmp_path: Path) -> None:
    to = tmp_path / "elsewhere"
    code, said = call("report", finished, "--to", to)
    assert code == 0, said
    page = (to / "report.html").read_text("utf-8")
    assert "P01" in page
    assert not [name for name in SECRETS[:3] if name in page]
    assert "session.flac" not in page
    code, said = call("report", finished, "--to", to, "--names")
    assert code == 0, said
    assert any(name in (to / "report.html").read_text("utf-8") for name in SECRETS[:3])


@pytest.mark.timeout(300)
def test_misheard_names_do_not_leave_the_clinic(
    session: Path,  # noqa: F811
    engines: Fakes,  # noqa: F811
    tmp_path: Path,
) -> None:
    """As a recogniser wrote them in the samples: by sound, in two words, or with little faith."""
    said = ("How", "was", "it,", "Maia?", "I", "told", "Roof", "that", "Thom", "and", "Ard", "ent")
    words = [Word(0.5 + 0.25 * k, 0.7 + 0.25 * k, text, None, 0.9) for k, text in enumerate(said)]
    unsure = Word(4.1, 4.4, "Mile?", None, 0.1)
    more = [Word(4.5 + 0.3 * k, 4.7 + 0.3 * k, w) for k, w in enumerate("Not one mile more".split())]
    engines.transcriber.words = [*words, Word(3.9, 4.0, "well,"), unsure, *more]
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    code, said_back = call("report", session, "--to", tmp_path / "elsewhere")
    assert code == 0, said_back
    pages = [p.read_text("utf-8") for p in (tmp_path / "elsewhere").rglob("*.html")]
    assert pages
    for page in pages:
        assert not [name for name in ("Maia", "Roof", "Thom", "Ard", "Mile") if name in page]
    inside = (session / "out" / "report.html").read_text("utf-8")
    if "Maia" in inside:  # the words stand in the report at all
        assert any("one mile more" in page for page in pages) or "one mile more" not in inside


@pytest.mark.timeout(300)
def test_a_members_report_and_another_language(finished: Path) -> None:
    code, said = call("report", finished.parent, "--member", "P01", "--language", "de")
    assert code == 0, said
    page = (finished.parent / "out" / "member-P01.html").read_text("utf-8")
    assert '<html lang="de">' in page
    assert "useless" in page
    assert "marmalade" not in page


def test_a_session_without_a_report_is_told_what_to_do(session: Path) -> None:  # noqa: F811
    code, said = call("report", session)
    assert code == 1
    assert "session-audio run" in said
