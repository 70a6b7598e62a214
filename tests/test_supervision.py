"""What one who supervises types: the brief, the page over groups, and closing a strain."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, rows

from session_audio.cli import main
from session_audio.flow.run import run_stage
from session_audio.flow.session import open_run
from session_audio.flow.stages import STAGES, reporting
from session_audio.workspace import audit


def call(*args: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(a) for a in args])
    return done.exit_code, done.output


@pytest.fixture
def finished(session: Path, engines: Fakes) -> Path:
    """A session that was run, stage by stage and without a server, and its group's series."""
    for stage in STAGES:
        run_stage(stage, open_run(session))
    reporting.series(session.parent)
    return session


@pytest.mark.timeout(300)
def test_a_strain_is_closed_by_a_person_and_open_again(finished: Path, engines: Fakes) -> None:
    group = finished.parent
    code, listed = call("close", finished)
    assert code == 0, listed
    (line,) = listed.splitlines()
    moment, state = line.split()
    assert (moment.split("-")[:2], state) == (["rupture", "P01"], "open")
    assert [row["state"] for row in rows(group / "out" / "ledger.csv")] == ["open"]

    code, said = call("close", finished, moment, "--by", "RK", "--note", "talked about")
    assert (code, said.strip()) == (0, f"{moment}: closed")
    (row,) = rows(group / "out" / "ledger.csv")
    assert (row["moment"], row["state"]) == (moment, "closed")
    assert "by RK: talked about" in (group / "out" / "series.html").read_text("utf-8")
    (kept,) = json.loads((finished / "review.json").read_text())["operations"]
    assert (kept["do"], kept["moment"], kept["by"]) == ("close", moment, "RK")
    assert '"verb": "close"' in (group / audit.FILE).read_text()

    code, said = call("close", finished, moment, "--reopen")
    assert (code, said.strip()) == (0, f"{moment}: open again")
    assert [row["state"] for row in rows(group / "out" / "ledger.csv")] == ["open"]
    assert engines.calls == (1, 1)

    code, said = call("close", finished, "rupture-P01-9999.0")
    assert (code, f"it has {moment}" in " ".join(said.split())) == (1, True), said


@pytest.mark.timeout(300)
def test_who_closed_a_strain_does_not_leave_the_clinic(finished: Path, tmp_path: Path) -> None:
    _, listed = call("close", finished)
    moment = listed.split()[0]
    call("close", finished, moment, "--by", "Zwanziger", "--note", "seen by Zwanziger")
    code, said = call("report", finished.parent, "--to", tmp_path / "elsewhere")
    assert code == 0, said
    pages = sorted((tmp_path / "elsewhere").glob("*.html"))
    assert [page.name for page in pages] == ["brief-tuesday.html", "series-tuesday.html"]
    for page in pages:
        text = page.read_text("utf-8")
        assert "Zwanziger" not in text
        assert "report.html" not in text  # the sessions' own pages stay


@pytest.mark.timeout(300)
def test_a_run_leaves_a_brief_and_the_groups_lie_on_one_page(
    finished: Path, tmp_path: Path
) -> None:
    group = finished.parent
    code, said = call("brief", group)
    assert code == 0, said
    assert [Path(line).name for line in said.splitlines()] == ["brief.html", "brief.pdf"]
    page = (group / "out" / "brief.html").read_text("utf-8")
    assert "useless" in page and "../2026-03-03/out/report.html#moment-1" in page

    shutil.copytree(group, group.with_name("friday"), ignore=shutil.ignore_patterns("out"))
    code, said = call("overview", group.parent)
    assert code == 0, said
    over = (group.parent / "overview.html").read_text("utf-8")
    assert "tuesday/out/series.html" in over
    assert "friday" in over  # which has no result yet
    assert "· </title>" not in over and "· Overview" not in over  # no subtitle, no dot


def test_an_overview_wants_a_folder_of_groups(group_folder: Path, tmp_path: Path) -> None:
    code, said = call("overview", group_folder)
    assert (code, "no group lies in tuesday" in said) == (1, True), said
    code, said = call("overview", group_folder.parent)
    assert (code, "has a result" in said) == (1, True), said
    code, said = call("close", group_folder)
    assert code == 1 and "Traceback" not in said
