"""Enrolling a voice from a session: of the same group, and with enough speech."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, run

from session_audio.cli import main

pytestmark = pytest.mark.timeout(300)


def test_a_voice_is_not_taken_from_another_group(
    session: Path, engines: Fakes, tmp_path: Path
) -> None:
    run(session)
    other = tmp_path / "wednesday"
    shutil.copytree(session.parent, other)
    typed = ["enroll", str(other), "P01", "--session", str(session), "--voice", "S02"]
    done = CliRunner().invoke(main, typed)
    assert done.exit_code == 1
    assert "the session is not one of the group in wednesday" in done.output


def test_a_voice_without_an_embedding_is_told(session: Path, engines: Fakes) -> None:
    """As of a diarization made elsewhere; it was called a fault of the software."""
    run(session)
    typed = ["enroll", str(session.parent), "P01", "--session", str(session), "--voice", "S02"]
    done = CliRunner().invoke(main, typed)
    assert done.exit_code == 1
    assert "too little speech" in done.output
    assert "Give a clip" in done.output
    assert not (session.parent / "voices").exists()


def test_a_withdrawn_voiceprint_is_not_asked_for_and_its_file_is_told(
    session: Path, engines: Fakes
) -> None:
    group = session.parent
    roster = group / "group.toml"
    head, tail = roster.read_text().split('id = "P01"')
    tail = tail.replace("voiceprint = { given", "voiceprint = { withdrawn = 2026-03-20, given")
    roster.write_text(f'{head}id = "P01"{tail}')
    typed = ["enroll", str(group), "P01", str(session / "session.flac")]
    done = CliRunner().invoke(main, typed)
    assert done.exit_code == 3
    assert "Record the consent" not in done.output
    (group / "voices").mkdir()
    for who in ("P01", "P77"):  # the second is no longer in the roster
        (group / "voices" / f"{who}.json").write_text("{}")
    done = CliRunner().invoke(main, typed)
    assert "Delete voices/P01.json" in done.output
    done = CliRunner().invoke(main, ["check", str(group)])
    assert done.exit_code == 0
    for who in ("P01", "P77"):
        assert f"the voice of {who} is kept without consent (voices/{who}.json)" in done.output
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message  # it is not read
