"""Folders as people have them: copied, moved, renamed, or not described at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, run

from session_audio.cli import main
from session_audio.flow.outcomes import sessions_in

pytestmark = pytest.mark.timeout(300)


def test_a_group_that_is_copied_moved_or_spelt_otherwise_keeps_its_results(
    session: Path, engines: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(session)
    copy = tmp_path / "elsewhere" / "wednesday"
    shutil.copytree(session.parent, copy)
    (outcome,) = run(copy / session.name)
    assert outcome.status == "skipped"
    monkeypatch.chdir(session.parent)
    (outcome,) = run(Path(session.name))
    assert outcome.status == "skipped"
    monkeypatch.chdir(session)
    (outcome,) = run(Path())
    assert outcome.status == "skipped"
    assert engines.calls == (1, 1)


def test_a_session_that_is_renamed_leaves_its_old_name_nowhere(
    session: Path, engines: Fakes
) -> None:
    run(session)
    renamed = session.rename(session.with_name("week-one"))
    (outcome,) = run(renamed)
    assert (outcome.session, outcome.status) == ("week-one", "done")
    assert engines.calls == (1, 1)  # its words and voices are as they were
    manifest = (renamed / "session.toml").read_text()
    assert "2026-03-03" in manifest  # the date, which the report may tell
    (renamed / "session.toml").write_text(manifest.replace("2026-03-03", "2026-03-04"))
    run(renamed)
    old = [
        path
        for path in (*renamed.rglob("*"), *(session.parent / "out").rglob("*"))
        if path.is_file() and b"2026-03-03" in path.read_bytes()
    ]
    assert old == []


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (["meeting.wav"], "it holds a sound or video file and no session.toml"),
        (["a.MP3", "b.m4a"], "it holds 2 sound or video files and no session.toml"),
        (["Session.toml"], "it has Session.toml; expected session.toml"),
        (["session.toml.txt"], "it has session.toml.txt; expected session.toml"),
        (["session (1).toml"], "it has session (1).toml; expected session.toml"),
        (["session.toml "], 'it has "session.toml "; expected session.toml'),
        (["inner/session.toml"], "hold a session.toml; expected it in the folder itself"),
        (["inner/meeting.wav"], "a folder in it holds a sound or video file"),
        (["meeting.vtt"], "it holds a transcript or a diarization and no session.toml"),
        (["meeting.m4b"], "it holds a sound or video file and no session.toml"),
        (["group.toml", "a/session.toml"], "it is a group inside a group"),
    ],
)
def test_a_folder_that_looks_like_a_session_is_told(
    session: Path, engines: Fakes, files: list[str], says: str
) -> None:
    group = session.parent
    for name in files:
        path = group / "2026-03-10" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for verb in ("check", "run", "trend", "report", "score"):
        done = CliRunner().invoke(main, [verb, str(group)])
        assert done.exit_code == 1
        assert says in " ".join(done.output.split())
        assert "2026-03-10" in done.output
        assert "meeting" not in done.output  # a file may be called after a person
    assert (session / "out" / "report.html").is_file()
    done = CliRunner().invoke(main, ["check", str(group / "2026-03-10")])
    assert says in " ".join(done.output.split()) or "group.toml" in files


@pytest.mark.parametrize("verb", ["check", "run", "report", "score"])
def test_a_folder_that_is_not_there_is_told_and_stops_no_other(
    session: Path, engines: Fakes, verb: str
) -> None:
    typed = [verb, str(session.parent / "nowhere")]
    done = CliRunner().invoke(main, typed)
    assert done.exit_code == 1
    assert "nowhere is not there" in done.output
    if verb != "report":
        done = CliRunner().invoke(main, [*typed, str(session)])
        assert "2026-03-03" in done.output


def test_other_folders_of_a_group_are_left_alone(session: Path, engines: Fakes) -> None:
    for name in ("voices", "notes", ".hidden", "out"):
        (session.parent / name).mkdir(exist_ok=True)
    (session.parent / "voices" / "clip.wav").write_bytes(b"x")
    (session.parent / "notes" / "plan.txt").write_bytes(b"x")
    done = CliRunner().invoke(main, ["check", str(session.parent)])
    assert done.exit_code == 0, done.output
    assert len(done.output.splitlines()) == 1


@pytest.mark.parametrize("odd", ["number = " + "1" * 5000, "x = " + "[" * 20_000])
def test_one_manifest_hurts_no_other_session(session: Path, engines: Fakes, odd: str) -> None:
    group = session.parent
    other = group / "2026-03-10"
    other.mkdir()
    (other / "session.toml").write_text(odd + "\n")
    for verb in ("check", "run"):
        done = CliRunner().invoke(main, [verb, str(group)])
        assert done.exit_code == 1
        assert "2026-03-10, check: session.toml" in " ".join(done.output.split())
    assert (session / "out" / "report.html").is_file()
    assert CliRunner().invoke(main, ["run", str(session)]).exit_code == 0
    assert CliRunner().invoke(main, ["trend", str(group)]).exit_code == 1  # one is told of
    assert (group / "out" / "series.html").is_file()
    for folder, code in ((group, 1), (session, 0)):
        assert CliRunner().invoke(main, ["report", str(folder)]).exit_code == code


def test_a_folder_of_groups_stands_for_each_of_them(session: Path, engines: Fakes) -> None:
    groups = session.parent.parent
    shutil.copytree(session.parent, groups / "thursday")
    for group in groups.iterdir():
        assert (group / "group.toml").is_file()
    checked = CliRunner().invoke(main, ["check", str(groups)])
    assert checked.exit_code == 0 and checked.output.count(session.name) == 2
    kept = session.parents[2] / "summary.json"
    done = CliRunner().invoke(main, ["run", str(groups), "--summary", str(kept)])
    assert done.exit_code == 0, done.output
    facts = json.loads(kept.read_text())
    assert facts["counts"] == {"done": 2}
    assert {(row["group"], row["status"]) for row in facts["sessions"]} == {
        ("tuesday", "done"),
        ("thursday", "done"),
    }
    page = kept.with_suffix(".html")
    (session / "session.toml").write_text("date = <b>")
    again = CliRunner().invoke(main, ["run", str(groups), "--summary", str(page)])
    assert again.exit_code == 1
    assert "<h1>1 failed, 1 skipped</h1>" in page.read_text()
    assert "<b>" not in page.read_text() and "report.html" in page.read_text()
    for name in ("tuesday", "thursday"):
        assert (groups / name / session.name / "out" / "report.html").is_file()
        assert (groups / name / "out" / "series.html").is_file()
        assert name in done.output  # whose session it is


@pytest.mark.parametrize(
    ("where", "number", "told"),
    [
        (".", errno.EHOSTDOWN, ["tuesday"]),
        ("private", errno.EACCES, ["private"]),
        ("gone", errno.ENOENT, []),
    ],
    ids=["a share that is away", "somebody else's", "removed meanwhile"],
)
def test_a_folder_that_cannot_be_read_hides_no_other(
    group_folder: Path, monkeypatch: pytest.MonkeyPatch, where: str, number: int, told: list[str]
) -> None:
    for name in ("private", "gone"):
        (group_folder / name).mkdir()
    bad, iterdir = group_folder / where, Path.iterdir

    def refused(folder: Path):  # type: ignore[no-untyped-def]
        if folder == bad:
            if number == errno.ENOENT:
                folder.rmdir()
            raise OSError(number, os.strerror(number), str(folder))
        return iterdir(folder)

    monkeypatch.setattr(Path, "iterdir", refused)
    sessions, outcomes = sessions_in([group_folder])
    assert sessions == ([] if where == "." else [group_folder / "2026-03-03"])
    assert [o.session for o in outcomes] == told
    assert all(f"cannot be read ({os.strerror(number)})" in o.message for o in outcomes)
    assert [str(group_folder) for _ in told] == [
        o.folder if where == "." else str(Path(o.folder).parent) for o in outcomes
    ]
