"""Consent through the whole flow: one rule, judged once, and the same words from every verb."""

from __future__ import annotations

import html
import inspect
import json
import re
import shutil
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


def test_a_refused_session_leaves_the_series_and_the_groups_tables(
    session: Path, engines: Fakes
) -> None:
    another = session.with_name("2026-03-10")
    shutil.copytree(session, another)
    manifest = another / "session.toml"
    text = manifest.read_text().replace("2026-03-03", "2026-03-10").replace("number = 1", "")
    manifest.write_text(text.replace(', "P02"]', "]").replace('S03 = "P02"\n', ""))
    run(session, another)
    group = session.parent
    roster = group / "group.toml"
    drawn = ["members.csv", "series.html", "sessions.csv"]
    assert all("2026-03-03" in (group / "out" / name).read_text() for name in drawn[::2])

    def withdraw(person: str) -> None:
        head, tail = roster.read_text().split(f'id = "{person}"')
        tail = tail.replace("analysis = { given", "analysis = { withdrawn = 2026-03-20, given", 1)
        roster.write_text(f'{head}id = "{person}"{tail}')

    withdraw("P02")  # who was away the second time
    (outcome,) = run(session)  # only the session that is refused
    assert outcome.status == "refused"
    for name in drawn[::2]:
        text = (group / "out" / name).read_text()
        assert "2026-03-10" in text
        assert "2026-03-03" not in text
    withdraw("P01")
    for verb in ("run", "trend"):
        done = CliRunner().invoke(main, [verb, str(group)])
        assert done.exit_code == 3
    left = [path.name for path in (group / "out").glob("*.*") if path.is_file()]
    assert [name for name in left if not name.startswith("session-audio-summary")] == []
    assert (session / "out" / "report.html").is_file()  # a person's to delete
    assert "stay until you delete them" in " ".join(done.output.split())


def test_all_that_are_refused_are_told(session: Path, engines: Fakes) -> None:
    shutil.copytree(session, session.with_name("2026-03-10"))
    change(
        session.parent / "group.toml", "analysis", "{ given = 2026-02-01, expires = 2026-04-01 }"
    )
    done = CliRunner().invoke(main, ["report", str(session.parent), "--member", "P01"])
    assert done.exit_code == 3
    assert done.output.count("analysis expired on 2026-04-01") == 2 * 3


def test_a_rating_of_somebody_away_needs_their_consent(session: Path, engines: Fakes) -> None:
    manifest = session / "session.toml"
    text = manifest.read_text().replace(', "P02"]', "]").replace('S03 = "P02"\n', "")
    rating = '[[rating]]\nparticipant = "P02"\ninstrument = "GSRS"\nitems = { overall = 3.5 }\n'
    manifest.write_text(text + rating)
    roster = session.parent / "group.toml"
    head, tail = roster.read_text().split('id = "P02"')
    for purpose in ("recording", "transcription"):
        tail = tail.replace(f"{purpose} = {{ given = 2026-02-01 }}\n", "")
    roster.write_text(f'{head}id = "P02"{tail}')
    assert run(session)[0].status == "done"  # nothing was recorded of them
    roster.write_text(f'{head}id = "P02"\nname = "Tom Brackenridge"\n')
    (outcome,) = run(session)
    assert outcome.status == "refused"
    assert "(P02: analysis not given)" in outcome.message


def test_a_consent_given_too_late_is_not_asked_for_again(session: Path) -> None:
    change(session.parent / "group.toml", "recording", "{ given = 2026-03-05 }")
    done = CliRunner().invoke(main, ["check", str(session)])
    assert done.exit_code == 3
    assert "A recording needs consent by the day of the session" in done.output
    assert "Record the consent" not in done.output


RTTM = "SPEAKER s 1 {} 3 <NA> <NA> {} <NA> <NA>\n"


def test_a_diarization_names_nobody_who_was_away(session: Path, engines: Fakes) -> None:
    manifest = session / "session.toml"
    text = manifest.read_text().split("[[recording]]")[0].replace(', "P02"]', "]")
    manifest.write_text(text + 'diarization = "d.rttm"\n')
    for away in ("P02", "Tom_Brackenridge", "tom"):
        spoken = RTTM.format(0, "T01") + RTTM.format(4, "P01") + RTTM.format(8, away)
        (session / "d.rttm").write_text(spoken)
        for verb in ("check", "run"):
            done = CliRunner().invoke(main, [verb, str(session)])
            assert done.exit_code == 1, (away, verb)
            assert "the diarization names P02, who is not in attendance" in done.output
            assert "rackenridge" not in done.output
        assert not (session / "out" / "members.csv").exists()


def test_names_in_a_diarization_become_ids(session: Path, engines: Fakes) -> None:
    manifest = session / "session.toml"
    text = manifest.read_text().split("[[recording]]")[0]
    manifest.write_text(text + 'diarization = "d.rttm"\n')
    spoken = RTTM.format(0, "Ruth_Ardent") + RTTM.format(4, "maya") + RTTM.format(8, "guest")
    (session / "d.rttm").write_text(spoken)
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    members = (session / "out" / "members.csv").read_text()
    assert "T01,therapist" in members
    assert not [name for name in ("Ruth", "maya") if name in members]
    assert "Ruth" not in (session / "out" / "session.json").read_text()


def test_the_provenance_says_on_what_consent_it_rests(session: Path, engines: Fakes) -> None:
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


def test_moments_are_switched_off_as_a_whole_and_nothing_else(
    session: Path, engines: Fakes
) -> None:
    def flags() -> str:
        return (session / "out" / "flags.csv").read_text()

    run(session)
    assert "confrontation" in flags()
    roster = session.parent / "group.toml"
    before = roster.read_text()
    withdrawn = "moments = { given = 2026-02-01, withdrawn = 2026-03-05, form = 'B2' }\n"
    roster.write_text(f"{before}{withdrawn}")  # of P02, the last of the roster
    engines.classifier.score = None  # type: ignore[assignment]  # it is not asked
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    assert len(flags().splitlines()) == 1
    assert report(session).count("not everybody present consents to it") == 2
    assert "reached the threshold" not in report(session)
    assert len((session / "out" / "turns.csv").read_text().splitlines()) > 5
    facts = json.loads((session / "out" / "provenance.json").read_text())["consent"]
    assert (facts["off"], facts["forms"]) == (["moments"], ["B2"])
    assert "rupture" not in str(json.loads((session / "out" / "session.json").read_text())["flags"])


def test_old_moments_are_not_told_once_consent_to_them_is_withdrawn(
    session: Path, engines: Fakes
) -> None:
    run(session)
    roster = session.parent / "group.toml"
    moments = "moments = { given = 2026-02-01, withdrawn = 2026-03-05 }\n"
    roster.write_text(f"{roster.read_text()}{moments}")
    CliRunner().invoke(main, ["report", str(session)])
    assert "not everybody present consents to it" in report(session)
    assert "candidate confrontation" not in report(session)
