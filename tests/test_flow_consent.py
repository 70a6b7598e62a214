"""Consent through the whole flow: one rule, judged once, and the same words from every verb."""

from __future__ import annotations

import html
import inspect
import re
import typing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, run

from session_audio.cli import main
from session_audio.flow.session import SessionRun, open_run
from session_audio.flow.stages import STAGES
from session_audio.workspace.consent import AdmittedSession

pytestmark = pytest.mark.timeout(300)


def report(session: Path) -> str:
    """The text of the session's report."""
    page = (session / "out" / "report.html").read_text()
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def change(roster: Path, purpose: str, new: str, count: int = -1) -> None:
    """Give another consent to `purpose` in the roster."""
    given = re.compile(rf"^{purpose} = .*$", re.MULTILINE)
    text, changed = given.subn(f"{purpose} = {new}", roster.read_text(), count=max(0, count))
    assert changed
    roster.write_text(text)


def test_consent_signed_after_the_day_is_told_as_given(session: Path, engines: Fakes) -> None:
    for purpose in ("transcription", "analysis"):
        change(session.parent / "group.toml", purpose, "{ given = 2026-03-05 }")  # held on 03-03
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    assert "On record from 3 people present" in report(session)
    assert "Not on record" not in report(session)


def test_a_session_given_as_a_transcript_needs_no_consent_to_a_recording(
    session: Path, engines: Fakes
) -> None:
    change(session.parent / "group.toml", "recording", "{ given = 2026-03-05 }")
    (session / "talk.csv").write_text(
        "start,end,speaker,text\n0,3,T01,how was your week\n4,8,P01,useless to be honest\n"
        "9,12,P02,it went rather well for me\n"
    )
    text = (session / "session.toml").read_text().split("[[recording]]")[0]
    (session / "session.toml").write_text(text + '[transcript]\nfile = "talk.csv"\n')
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    assert "On record from 3 people present, for analysis and transcription." in report(session)


def test_voices_that_nobody_enrolled_take_nobodys_consent_away(
    session: Path, engines: Fakes
) -> None:
    manifest = session / "session.toml"
    manifest.write_text(manifest.read_text().split("[speakers]")[0])
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    message = "On record from 3 people present, for analysis, recording and transcription."
    assert message in report(session)
    assert "from 0 people" not in report(session)


def test_after_a_withdrawal_every_verb_says_the_same(session: Path, engines: Fakes) -> None:
    run(session)
    group = session.parent
    change(group / "group.toml", "analysis", "{ given = 2026-02-01, withdrawn = 2026-03-05 }", 1)
    reasons = set()
    for typed in (
        ["check", str(group)],
        ["run", str(group)],
        ["trend", str(group)],
        ["report", str(session)],
        ["report", str(group)],
        ["report", str(group), "--member", "P01"],
        ["report", str(session), "--to", str(group.parent / "elsewhere")],
        ["score", str(session)],
    ):
        done = CliRunner().invoke(main, typed)
        assert done.exit_code == 3, typed
        (line,) = [line for line in done.output.splitlines() if "consent is missing" in line]
        reasons.add(line[line.index("2026-03-03, admit:") :])
        assert "Record the consent" not in done.output
        assert "session-audio run" not in done.output
    (message,) = reasons
    assert "T01: analysis withdrawn on 2026-03-05" in message
    assert not (group.parent / "elsewhere").exists()
    assert engines.calls == (1, 1)


def test_the_provenance_says_on_what_consent_it_rests(session: Path, engines: Fakes) -> None:
    import json
    from datetime import date

    run(session)
    kept = json.loads((session / "out" / "provenance.json").read_text())["consent"]
    assert kept == {
        "judged_on": date.today().isoformat(),
        "purposes": ["analysis", "recording", "transcription"],
        "people": ["T01", "P01", "P02"],
    }


def test_no_stage_can_be_called_without_an_admitted_session(session: Path) -> None:
    for stage in STAGES:
        first = next(iter(inspect.signature(stage.work).parameters))
        assert typing.get_type_hints(stage.work)[first] is SessionRun, stage.name
    assert typing.get_type_hints(SessionRun)["admitted"] is AdmittedSession
    opened = open_run(session)
    with pytest.raises(TypeError, match="admit"):
        AdmittedSession(opened.session, opened.admitted.admission)
    with pytest.raises(TypeError, match="admit"):
        replace(opened.admitted, _key=None)
