"""What is written is its owner's alone, whatever the umask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes

from session_audio import files, permissions
from session_audio.cli import main

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes"),
]


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """The mode of every file and folder in `folder` that others may read, or the owner not."""
    wanted = {True: permissions.FOLDER, False: permissions.FILE}
    seen = {path: path.lstat().st_mode & 0o7777 for path in (folder, *folder.rglob("*"))}
    return {str(p): oct(mode) for p, mode in seen.items() if mode != wanted[p.is_dir()]}


def call(*words: object) -> str:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


def test_every_file_of_a_run_and_of_its_exports_is_the_owners_alone(
    session: Path,
    engines: Fakes,
    umask: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    group, elsewhere = session.parent, tmp_path / "for" / "supervision"
    (group / "settings.toml").write_text("[identification]\nenrolment_speech = 1.0\n")
    engines.diarizer.embeddings = {"S02": (1.0, 0.0)}
    call("run", group)
    call("enroll", group, "P01", "--session", session, "--voice", "S02")
    call("report", session, "--to", elsewhere)
    call("report", group, "--to", elsewhere)
    call("report", group, "--member", "P01")
    for folder in (session / "out", group / "out", group / "voices", elsewhere):
        assert len(list(folder.rglob("*"))) > 0, folder
        assert modes(folder) == {}
    assert modes(elsewhere.parent) == {}


def test_an_error_in_full_is_the_owners_alone(session: Path, engines: Fakes, umask: int) -> None:
    def fails(*_: object) -> None:
        raise ValueError("the marmalade")

    engines.transcriber.transcribe = fails  # type: ignore[method-assign]
    assert CliRunner().invoke(main, ["run", str(session)]).exit_code == 1
    note = session / "out" / "work" / "error.txt"
    assert "marmalade" in note.read_text()
    assert modes(session / "out") == {}


def test_what_an_earlier_version_left_open_is_closed(session: Path, engines: Fakes) -> None:
    out = session / "out"
    (out / "work").mkdir(parents=True)
    out.chmod(0o755)
    (out / "turns.csv").write_text("said")
    (out / "turns.csv").chmod(0o644)
    call("run", session)
    assert modes(out) == {str(out / "work"): "0o755"}  # within a folder that nobody else enters


def test_a_name_that_another_user_laid_ready_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("kept")
    (tmp_path / "report.html.guessed.part").symlink_to(elsewhere)
    files.write_text(tmp_path / "report.html", "words")
    assert elsewhere.read_text() == "kept"
    assert not (tmp_path / "report.html").is_symlink()


def test_weights_that_several_people_share_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        files.write_text(tmp_path / "weights" / "config.json", "{}", private=False)
    finally:
        os.umask(before)
    assert (tmp_path / "weights" / "config.json").stat().st_mode & 0o777 == 0o644


def test_a_file_system_without_owners_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    before = os.umask(0o077)
    files.write_text(tmp_path / "new" / "a.txt", "x")
    permissions.restrict_all(tmp_path)
    os.umask(before)
    assert (tmp_path / "new" / "a.txt").read_text() == "x"


@pytest.mark.models
def test_every_file_of_the_demo_is_the_owners_alone(demo: Path) -> None:
    assert len(list(demo.rglob("*"))) > 100
    assert {path: mode for path, mode in modes(demo).items() if path != str(demo)} == {}
