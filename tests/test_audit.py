"""The log of a group: what is in it, and that a line that was changed is found."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flow_cases import Fakes

from session_audio.cli import main
from session_audio.errors import StoreError
from session_audio.workspace import audit

pytestmark = pytest.mark.timeout(300)


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def rows(group: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (group / audit.FILE).read_text().splitlines()]


def test_who_did_what_is_noted_by_id(session: Path, engines: Fakes, tmp_path: Path) -> None:
    group = session.parent
    (group / "settings.toml").write_text("[identification]\nenrolment_speech = 1.0\n")
    engines.diarizer.embeddings = {"S02": (1.0, 0.0)}
    for words in (
        ["run", group],
        ["run", group],  # nothing was to be done: no line
        ["enroll", group, "P01", "--session", session, "--voice", "S02"],
        ["report", session, "--to", tmp_path / "elsewhere"],
        ["report", group, "--member", "P01"],
        ["forget", group, "P02", "--yes"],
        ["run", group],
    ):
        call(*words)
    noted = rows(group)
    assert [row["verb"] for row in noted] == ["run", "enroll", "report", "report", "forget", "run"]
    assert noted[0]["consent"]["purposes"] == ["analysis", "recording", "transcription"]  # type: ignore[index]
    assert noted[0]["status"] == "done"
    assert (noted[2]["session"], noted[2]["elsewhere"]) == ("2026-03-03", True)
    assert (noted[3]["session"], noted[3]["member"]) == (None, "P01")
    assert (noted[-1]["status"], noted[-1]["consent"]) == ("refused", None)
    text = (group / audit.FILE).read_text()
    assert not [w for w in ("Maya", "Brackenridge", "marmalade", "elsewhere/") if w in text]
    assert (group / audit.FILE).stat().st_mode & 0o077 == 0
    checked = call("audit", group)
    assert checked.exit_code == 0
    assert f"6 lines, all as they were written; the last hash is {noted[-1]['hash']}" in (
        checked.output
    )


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda x: [x[0].replace('"P01"', '"P02"'), *x[1:]], 1),
        (lambda x: x[1:], 1),
        (lambda x: [x[0], x[2]], 2),
        (lambda x: [x[1], x[0], x[2]], 1),
        (lambda x: [*x[:2], "not json"], 3),
        (lambda x: [*x, '{"before": "0", "hash": "0"}'], 4),
    ],
    ids=["changed", "first removed", "removed", "moved", "garbled", "added"],
)
def test_a_line_that_is_not_as_it_was_written_is_found(tmp_path: Path, change, line: int) -> None:  # type: ignore[no-untyped-def]
    for who in ("P01", "P02", "P03"):
        audit.note(tmp_path, "enroll", {"participant": who})
    lines = (tmp_path / audit.FILE).read_text().splitlines()
    (tmp_path / audit.FILE).write_text("\n".join(change(lines)) + "\n")
    assert audit.verify(tmp_path).broken == line
    done = call("audit", tmp_path)
    assert done.exit_code == 1
    assert f"line {line} of" in done.output
    audit.note(tmp_path, "enroll", {"participant": "P04"})  # later lines do not heal it
    assert audit.verify(tmp_path).broken == line


def test_a_line_that_was_not_written_to_its_end_is_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.note(tmp_path, "enroll", {"participant": "P01"})
    before = audit.verify(tmp_path)
    with (tmp_path / audit.FILE).open("a") as file:
        file.write('{"at": "2026-03-')  # killed here
    assert audit.verify(tmp_path) == before
    audit.note(tmp_path, "enroll", {"participant": "P02"})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(StoreError, match="the disk is full"):
        patched.setattr("os.fsync", full)
        audit.note(tmp_path, "enroll", {"participant": "P03"})
    assert [row["participant"] for row in rows(tmp_path)] == ["P01", "P02"]
    assert audit.verify(tmp_path).broken is None


def test_no_log_yet_and_one_that_cannot_be_written(
    session: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "has no audit.jsonl" in call("audit", session.parent).output
    (session.parent / audit.FILE).mkdir()
    done = call("run", session)
    assert done.exit_code == 0
    assert "not in the log" in done.output
