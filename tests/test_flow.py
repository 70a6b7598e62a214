"""The whole flow with fakes: what is written, what is kept, and what no record may hold."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flow_cases import Fakes, rows, run

from session_audio.errors import ConsentError

pytestmark = pytest.mark.timeout(300)

SECRETS = ("Quillfeather", "Brackenridge", "Ardent", "marmalade")


def test_a_recording_becomes_reports_and_tables(session: Path, engines: Fakes) -> None:
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    out = session / "out"
    members = {r["participant"]: r for r in rows(out / "members.csv")}
    assert set(members) == {"T01", "P01", "P02"}
    assert float(members["T01"]["speaking_time"]) == pytest.approx(0.3 * 21, abs=0.01)
    assert [t["participant"] for t in rows(out / "turns.csv")] == [
        "T01",
        "P01",
        "T01",
        "P02",
        "P01",
        "T01",
    ]
    page = (out / "report.html").read_text()
    assert "Quillfeather" in page
    assert "useless" in page
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")
    facts = json.loads((out / "session.json").read_text())
    assert facts["session"]["attendance"] == ["T01", "P01", "P02"]
    provenance = json.loads((out / "provenance.json").read_text())
    assert set(provenance["stages"]) >= {"ingest", "diarize", "transcribe", "report"}
    assert len(provenance["inputs"]["session.flac"]) == 64
    assert not list(out.rglob("*.part"))


def test_what_is_done_is_kept_and_what_changed_is_done_again(session: Path, engines: Fakes) -> None:
    run(session)
    (again,) = run(session)
    assert again.status == "skipped"
    assert engines.calls == (1, 1)
    engines.revision = "2"
    (third,) = run(session)
    assert third.status == "done"
    assert engines.calls == (2, 2)


def test_a_correction_by_hand_carries_forward(session: Path, engines: Fakes) -> None:
    run(session)
    labels = session / "out" / "work" / "aligned.seglst.json"
    labels.write_text(labels.read_text().replace("marmalade", "lemonade"))
    run(session)
    assert engines.calls == (1, 1)
    assert "lemonade" in rows(session / "out" / "turns.csv")[0]["text"]


def test_a_stopped_run_resumes(session: Path, engines: Fakes) -> None:
    class StoppedError(Exception):
        pass

    def stop(*_: object) -> None:
        raise StoppedError("in the middle of the marmalade")

    hear, engines.transcriber.transcribe = engines.transcriber.transcribe, stop  # type: ignore[method-assign, assignment]
    (failed,) = run(session)
    assert (failed.status, failed.stage) == ("failed", "transcribe")
    assert "marmalade" not in failed.message
    engines.transcriber.transcribe = hear  # type: ignore[method-assign]
    (done,) = run(session)
    assert done.status == "done"
    assert engines.calls == (1, 1)


def test_one_bad_session_does_not_stop_the_others(session: Path, engines: Fakes) -> None:
    group = session.parent
    for name, mistake in (("2026-03-01", "participants"), ("2026-03-09", None)):
        other = group / name
        other.mkdir()
        text = (session / "session.toml").read_text()
        (other / "session.toml").write_text(text if mistake is None else f"{mistake} = 1\n{text}")
        (other / "session.flac").write_bytes(b"this is no sound")
    outcomes = run(group / "2026-03-01", session, group / "2026-03-09")
    assert [(o.session, o.status, o.stage) for o in outcomes] == [
        ("2026-03-01", "failed", "check"),
        ("2026-03-03", "done", None),
        ("2026-03-09", "failed", "ingest"),
    ]


def test_no_stage_begins_after_the_time_is_over(session: Path, engines: Fakes) -> None:
    from session_audio.flow.context import current, using

    over = replace(current(), until=datetime.now() - timedelta(seconds=1))
    with using(over):
        (outcome,) = run(session)
    assert (outcome.status, outcome.stage) == ("paused", "ingest")
    assert "a run may work until then. What was done is kept" in outcome.message
    with using(replace(over, until=datetime.now() + timedelta(hours=1))):
        (outcome,) = run(session)
    assert outcome.status == "done"
    with using(over):
        (outcome,) = run(session)
    assert outcome.status == "skipped"


def test_a_recording_that_breaks_off_is_told_with_the_outcome(
    session: Path, engines: Fakes
) -> None:
    file = session / "session.flac"
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    for status in ("done", "skipped"):
        (outcome,) = run(session)
        assert outcome.status == status
        assert "a recording breaks off: of 24.0 s 1" in outcome.message


@pytest.mark.parametrize("damage", ["cut", "two bytes", "head", "empty"])
def test_damaged_sound_is_made_again(session: Path, engines: Fakes, damage: str) -> None:
    run(session)
    sound = session / "out" / "work" / "sound-00.npy"
    whole = sound.read_bytes()
    sound.write_bytes(
        {
            "cut": whole[: len(whole) * 2 // 3],
            "two bytes": whole[:-2],
            "head": b"x" * 8 + whole[8:],
            "empty": b"",
        }[damage]
    )
    (again,) = run(session)
    assert again.status == "done"
    assert sound.read_bytes() == whole
    assert engines.calls == (1, 1)


def test_with_nothing_to_do_no_flow_is_needed(session: Path, engines: Fakes) -> None:
    from session_audio.flow import outcomes

    assert outcomes.settled([str(session)]) is None
    assert not (session / "out").exists()
    run(session)
    series = session.parent / "out" / "series.html"
    before = series.stat().st_mtime_ns
    (again,) = outcomes.settled([str(session)]) or []
    assert again.status == "skipped"
    assert series.stat().st_mtime_ns == before
    engines.revision = "2"
    assert outcomes.settled([str(session)]) is None


@pytest.mark.parametrize("name", ["report.html", "members.csv", "work/turns.json"])
def test_a_file_that_was_deleted_is_made_again(session: Path, engines: Fakes, name: str) -> None:
    run(session)
    (session / "out" / name).unlink()
    (outcome,) = run(session)
    assert outcome.status == "done"
    assert (session / "out" / name).is_file()
    assert engines.calls == (1, 1)


def test_a_report_is_made_again_when_an_earlier_session_is_there(
    session: Path, engines: Fakes
) -> None:
    run(session)
    earlier = session.parent / "2026-02-24"
    earlier.mkdir()
    shutil.copy(session / "session.flac", earlier)
    text = (session / "session.toml").read_text()
    text = text.replace("2026-03-03", "2026-02-24").replace("number = 1", "number = 0")
    (earlier / "session.toml").write_text(text)
    statuses = [(o.session, o.status) for o in run(earlier, session)]
    assert statuses == [("2026-02-24", "done"), ("2026-03-03", "done")]
    assert [o.status for o in run(earlier, session)] == ["skipped", "skipped"]


def test_the_series_leaves_out_sessions_whose_consent_does_not_stand(
    session: Path, engines: Fakes
) -> None:
    from session_audio.flow.stages import reporting

    run(session)
    assert reporting.series(session.parent)
    roster = session.parent / "group.toml"
    given = "analysis = { given = 2026-02-01 }"
    roster.write_text(
        roster.read_text().replace(given, given[:-2] + ", withdrawn = 2026-03-05 }", 1)
    )
    assert reporting.series(session.parent) == []


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EROFS, "Read-only file system"), "may not be written"),
        (MemoryError(), "there is not enough memory"),
    ],
)
def test_what_the_machine_lacks_is_said_plainly(
    session: Path, engines: Fakes, error: Exception, says: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    hear, engines.transcriber.transcribe = engines.transcriber.transcribe, fail  # type: ignore[method-assign, assignment]
    (outcome,) = run(session)
    assert (outcome.status, outcome.stage) == ("failed", "transcribe")
    assert says in outcome.message
    assert not (session / "out" / "work" / "error.txt").exists()
    engines.transcriber.transcribe = hear  # type: ignore[method-assign]
    (outcome,) = run(session)
    assert outcome.status == "done"
    assert engines.calls == (1, 1)


def test_one_session_is_run_once_at_a_time(session: Path, engines: Fakes) -> None:
    from session_audio.workspace.store import SessionStore

    with SessionStore(session).locked():
        (outcome,) = run(session)
    assert outcome.status == "failed"
    assert "another run is at work on this session" in outcome.message


def test_a_voice_is_not_the_participant_whose_id_its_label_happens_to_be(
    session: Path, engines: Fakes
) -> None:
    for path in (session / "session.toml", session.parent / "group.toml"):
        path.write_text(path.read_text().replace("P02", "S02"))
    path = session / "session.toml"
    path.write_text(path.read_text().split("[speakers]")[0] + '[speakers]\nS01 = "T01"\n')
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    participants = [t["participant"] for t in rows(session / "out" / "turns.csv")]
    assert participants == ["T01", "voice-S02", "T01", "unattributed", "voice-S02", "T01"]


def test_provenance_names_no_participant_in_the_names_of_files(
    session: Path, engines: Fakes
) -> None:
    (session / "sound").mkdir()
    (session / "session.flac").rename(session / "sound" / "Maya Quillfeather.flac")
    path = session / "session.toml"
    path.write_text(path.read_text().replace("session.flac", "sound/Maya Quillfeather.flac"))
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    inputs = json.loads((session / "out" / "provenance.json").read_text())["inputs"]
    assert list(inputs) == ["sound/P01 P01.flac"]


def test_a_clip_leaves_no_sound_behind(session: Path, engines: Fakes) -> None:
    from session_audio.flow.enrol import enrol_clip

    group = session.parent
    (group / ".enrolling-killed").mkdir()  # what an enrolment that was killed left

    def fail(*_: object) -> None:
        raise ValueError

    engines.diarizer.diarize = fail  # type: ignore[method-assign, assignment]
    before = {p.name for p in group.iterdir()} - {".enrolling-killed"}
    with pytest.raises(ValueError):
        enrol_clip(group, "P01", session / "session.flac")
    assert {p.name for p in group.iterdir()} == before


STOPPED = """
import sys, time
from session_audio.testing import fakes
from session_audio.cli import main
from session_audio.flow.context import Context, using
from session_audio.flow.engines import Engines

class Slow(fakes.FakeDiarizer):
    def diarize(self, *args):
        print("slow", flush=True)
        time.sleep(120)

made = Engines(lambda: Slow([]), lambda: fakes.FakeTranscriber([]), dict, lambda task: {})
with using(Context(engines=lambda _: made)):
    main(["run", sys.argv[1]])
"""


def ended(group: int) -> bool:
    """Whether nothing of a process group is left, the system given a moment to tidy up."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_is_at_once_and_leaves_nothing_behind(session: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(session)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that what is left of its group can be seen
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "slow\n"
    process.send_signal(number)
    _, text = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert text.count("What was done is kept; the same command goes on from there.") == 1
    assert "Traceback" not in text
    assert not list((session / "out").rglob("*.part"))
    assert ended(process.pid)
    done = {p.stem for p in (session / "out" / "work" / "stages").iterdir()}
    assert "ingest" in done and "diarize" not in done


def test_consent_is_asked_before_sound_and_again_at_every_run(
    session: Path, engines: Fakes
) -> None:
    run(session)
    roster = session.parent / "group.toml"
    given = "analysis = { given = 2026-02-01 }"
    roster.write_text(
        roster.read_text().replace(given, given[:-2] + ", withdrawn = 2026-03-05 }", 1)
    )
    (outcome,) = run(session)
    assert (outcome.status, outcome.stage) == ("refused", "admit")
    assert "T01: analysis withdrawn on 2026-03-05" in outcome.message
    assert engines.calls == (1, 1)


def test_the_flow_by_itself_raises_our_error(session: Path, engines: Fakes) -> None:
    from pipelines.records import RecordedError
    from pipelines.session import session_flow

    roster = session.parent / "group.toml"
    roster.write_text(roster.read_text().replace("2026-02-01", "2036-02-01"))
    with pytest.raises(RecordedError) as bad:
        session_flow(str(session))
    assert isinstance(bad.value.error, ConsentError)
    assert not (session / "out" / "work" / "sound-00.npy").exists()


def test_an_unexpected_error_keeps_its_text_beside_the_words(session: Path, engines: Fakes) -> None:
    def fail(*_: object) -> None:
        raise ValueError("bad token: marmalade")

    engines.diarizer.diarize = fail  # type: ignore[method-assign, assignment]
    from pipelines.records import RecordedError
    from pipelines.session import session_flow

    with pytest.raises(RecordedError) as bad:
        session_flow(str(session))
    assert "unexpected ValueError" in str(bad.value.error)
    assert "marmalade" not in str(bad.value) + str(bad.value.error)
    assert "marmalade" in (session / "out" / "work" / "error.txt").read_text()


def test_no_name_and_no_word_is_logged_or_recorded(
    session: Path, engines: Fakes, capfd: pytest.CaptureFixture[str]
) -> None:
    from session_audio.flow.context import current, using
    from session_audio.flow.progress import Lines

    track = session / "audioMayaQuillfeather1.flac"
    manifest = session / "session.toml"
    with using(replace(current(), reporter=Lines())):
        right = manifest.read_text()
        track.write_bytes(b"no sound")
        manifest.write_text(right.replace("session.flac", track.name))
        (outcome,) = run(session)
        assert "audioP01P011.flac" in outcome.message

        def fail(*_: object) -> None:
            raise ValueError("Ruth Ardent said marmalade")

        manifest.write_text(right)
        hear, engines.transcriber.transcribe = engines.transcriber.transcribe, fail  # type: ignore[method-assign, assignment]
        assert run(session)[0].status == "failed"
        engines.transcriber.transcribe = hear  # type: ignore[method-assign]
        assert run(session)[0].status == "done"
    assert not (session / "out" / "work" / "error.txt").exists()
    text = capfd.readouterr()
    assert "2026-03-03  diarize" in text.err
    from prefect.settings import get_current_settings

    database = Path(get_current_settings().home) / "prefect.db"
    kept = text.out + text.err
    with sqlite3.connect(database) as db:
        tables = [r[0] for r in db.execute("select name from sqlite_master where type='table'")]
        for table in tables:
            kept += "".join(str(row) for row in db.execute(f'select * from "{table}"'))
    assert "session" in kept
    for secret in SECRETS:
        assert secret.lower() not in kept.lower()
