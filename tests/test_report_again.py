"""Reports set once more: elsewhere with codes, for one member, in another language."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, run
from test_flow import SECRETS

from session_audio.cli import main


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
def test_a_members_report_and_another_language(finished: Path) -> None:
    code, said = call("report", finished.parent, "--member", "P01", "--language", "de")
    assert code == 0, said
    page = (finished.parent / "out" / "member-P01.html").read_text("utf-8")
    assert '<html lang="de">' in page
    assert "useless" in page
    assert "marmalade" not in page


def test_a_session_without_a_report_is_told_what_to_do(session: Path) -> None:
    code, said = call("report", session)
    assert code == 1
    assert "session-audio run" in said
