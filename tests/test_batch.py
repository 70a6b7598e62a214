"""Batches: what is left to do, what arrives, what became of it, and who is told."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, run

from session_audio.cli import finishing, main, watching
from session_audio.flow import pace, summary
from session_audio.flow.arrivals import Arrivals
from session_audio.flow.outcomes import Outcome
from session_audio.flow.progress import Lines, so_far
from session_audio.flow.session import open_run
from session_audio.flow.stages import STAGES
from session_audio.workspace.store import SessionStore

PACE = {stage.name: 0.01 for stage in STAGES} | {"transcribe": 0.2, "diarize": 0.1}


def outcome(session: Path, status: str = "done", message: str = "") -> Outcome:
    return Outcome(session.name, str(session), status, 1.0, None, message)  # type: ignore[arg-type]


def another(session: Path, name: str) -> Path:
    folder = session.parent / name
    shutil.copytree(session, folder)
    return folder


# --- the time left ---


def test_what_stages_take_is_kept_and_nothing_else(
    session: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert pace.known() == {}
    run(session)
    assert pace.known() == {}  # 24 s of sound say nothing of an hour
    monkeypatch.setattr(pace, "_SHORT", 1.0)
    ran = {r.stage: r.seconds for r in open_run(session).store.records()}
    pace.learn(open_run(session), ["ingest", "report"])
    assert pace.known() == pytest.approx({k: ran[k] / 24.0 for k in ("ingest", "report")})
    text = (tmp_path / "state" / "session-audio" / "pace.json").read_text()
    assert set(json.loads(text)) == {"ingest", "report"}
    pace.learn(open_run(session), ["measure"])
    assert set(pace.known()) == {"ingest", "report", "measure"}


@pytest.mark.parametrize("text", ["", "[]", '{"ingest": "x"}', '{"ingest": -1}', '{"other": 1}'])
def test_a_damaged_note_of_the_pace_counts_for_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "session-audio").mkdir()
    (tmp_path / "session-audio" / "pace.json").write_text(text)
    assert pace.known() == {}


def test_stages_side_by_side_do_not_add_up(session: Path) -> None:
    # ingest, transcribe beside diarize, withhold, align, identify, turns, measure, flag, report
    assert pace.needed(str(session), 100.0, PACE) == pytest.approx(100 * (0.2 + 8 * 0.01))
    assert pace.needed(str(session), None, PACE) is None
    assert pace.needed(str(session), 100.0, {"ingest": 0.01}) is None
    store = SessionStore(session)
    for stage in STAGES[:-1]:
        store.finish(stage.name, "", [], 1.0)
    assert pace.needed(str(session), 100.0, PACE) == pytest.approx(100 * 0.01)
    (session / "session.toml").write_text("no = manifest")
    assert pace.needed(str(session), 100.0, PACE) == 0.0


def test_the_time_left_follows_what_the_batch_shows(
    session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [str(session), str(another(session, "2026-03-10"))]
    monkeypatch.setattr(pace, "known", dict)
    assert pace.Left(folders).seconds() is None
    monkeypatch.setattr(pace, "known", lambda: PACE)
    left = pace.Left(folders)
    each = 24.0 * (0.2 + 8 * 0.01)
    assert left.seconds() == pytest.approx(2 * each, rel=0.01)
    left.ended(folders[0], 3 * each)
    assert left.seconds() == pytest.approx(3 * each, rel=0.01)
    left.ended(folders[1], each)
    assert left.seconds() == 0.0


@pytest.mark.parametrize(
    ("left", "says"),
    [
        (None, "3 of 12 sessions"),
        (20.0, "3 of 12 sessions, about 1 min left"),
        (2700.0, "3 of 12 sessions, about 45 min left"),
        (4870.0, "3 of 12 sessions, about 1 h 20 min left"),
        (7140.0, "3 of 12 sessions, about 2 h 00 min left"),
    ],
)
def test_how_far_a_batch_is_in_words(
    left: float | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert so_far(3, 12, left) == says
    Lines().batch(3, 12, left)
    assert capsys.readouterr().err == says + "\n"
    assert so_far(12, 12, 0.0) == "12 of 12 sessions"


# --- two runs at once ---


def test_a_session_in_hand_elsewhere_comes_last_and_is_taken_over(
    session: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.group._LOOK", 0.1)
    second, held = another(session, "2026-03-10"), threading.Event()

    def hold() -> None:
        with SessionStore(session).locked():
            held.set()
            while not (second / "out" / "report.html").is_file():
                threading.Event().wait(0.1)

    other = threading.Thread(target=hold)
    other.start()
    held.wait()
    outcomes = run(session, second)
    other.join()
    assert [(o.session, o.status) for o in outcomes] == [
        ("2026-03-03", "done"),
        ("2026-03-10", "done"),
    ]
    assert engines.calls == (2, 2)


# --- what arrives ---


def test_a_session_is_taken_once_it_is_whole_and_again_when_it_changes(
    session_folder: Path,
) -> None:
    arrivals, sessions = Arrivals(), [session_folder]
    assert arrivals.whole(sessions) == []  # nobody knows yet whether it grows
    with (session_folder / "session.flac").open("ab") as file:
        file.write(b"more")
    assert arrivals.whole(sessions) == []
    assert arrivals.whole(sessions) == sessions
    (session_folder / "out" / "work").mkdir(parents=True)
    (session_folder / "out" / "report.html").touch()
    assert arrivals.whole(sessions) == []
    (session_folder.parent / "group.toml").write_text("id = 'other'")
    assert [arrivals.whole(sessions), arrivals.whole(sessions)] == [[], sessions]


def test_a_session_in_hand_elsewhere_or_away_for_a_while_is_taken_later(
    session_folder: Path,
) -> None:
    arrivals, sessions = Arrivals(), [session_folder]
    arrivals.whole(sessions)
    with SessionStore(session_folder).locked():
        assert arrivals.whole(sessions) == []
    assert arrivals.whole(sessions) == sessions
    assert arrivals.whole([]) == []  # the share is away, or the folder was removed
    assert [arrivals.whole(sessions), arrivals.whole(sessions)] == [[], sessions]
    shutil.rmtree(session_folder)
    assert arrivals.whole(sessions) == []  # removed since it was seen


def test_a_watch_runs_what_arrives_and_tells_each_mistake_once(
    session_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK", 0.0)
    wrong, given = outcome(session_folder.parent / "odd", "failed", "it is none"), []
    rounds = iter(range(6))

    def look() -> tuple[list[Path], list[Outcome]]:
        if next(rounds, None) is None:
            raise KeyboardInterrupt
        return [session_folder], [wrong]

    with pytest.raises(KeyboardInterrupt):
        watching.watch(look, lambda sessions, bad: given.append((sessions, bad)), None)
    assert given == [([], [wrong]), ([session_folder], [])]
    watching.watch(look, lambda *_: None, datetime.now() - timedelta(seconds=1))


def test_a_watch_keeps_what_became_of_all_that_it_took(session_folder: Path) -> None:
    group, second = session_folder.parent, another(session_folder, "2026-03-10")
    series = Outcome(group.name, str(group), "failed", 1.0, "series", "no room")
    first = [outcome(session_folder), series]
    now = [outcome(second, "failed")]
    assert watching.with_earlier(first, now) == [first[0], *now]
    again = [outcome(session_folder, "skipped"), series]
    assert watching.with_earlier([first[0], *now], again) == [again[0], *now, series]
    elsewhere = [outcome(group.parent / "thursday" / "2026-03-03")]
    assert watching.with_earlier(first, elsewhere) == [*first, *elsewhere]


# --- what became of it ---


def test_a_summary_lies_in_the_group_or_in_the_folder_of_the_groups(
    session_folder: Path,
) -> None:
    group = session_folder.parent
    name = f"{summary.NAME}.json"
    series = Outcome(group.name, str(group), "failed", 1.0, "series", "no room")
    assert summary.keep([outcome(session_folder), series]) == ([group / "out" / name], [])
    facts = json.loads((group / "out" / name).read_text())
    assert facts["counts"] == {"done": 1, "failed": 1}
    assert "no room" in (group / "out" / name).with_suffix(".html").read_text()
    shutil.copytree(group, group.parent / "thursday")
    other = group.parent / "thursday" / session_folder.name
    stray = outcome(group.parent / "empty", "failed", "has no session")
    several = [outcome(session_folder), outcome(other), stray]
    assert summary.keep(several) == ([group.parent / name], [])
    assert json.loads((group.parent / name).read_text())["counts"] == {"done": 2, "failed": 1}
    shutil.rmtree(group / "out")
    (group / "out").write_text("no folder")
    written, failed = summary.keep([outcome(session_folder)])
    assert not written and len(failed) == 1


def test_a_summary_is_written_while_nobody_tidies_up_there(
    session_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = list[bool]()
    group = SessionStore(session_folder.parent)
    monkeypatch.setattr(summary, "write", lambda *_: held.append(group.in_hand()))
    summary.keep([outcome(session_folder)])
    assert held == [True, True] and not group.in_hand()


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("import sys; open(sys.argv[1] + '.seen', 'w').close()", ""),
        ("import sys; sys.exit(4)", "ended with 4"),
        (None, "no-such-program, could not be started (No such file or directory)"),
    ],
    ids=["good", "bad", "missing"],
)
def test_the_users_command_is_given_the_summary_and_its_failure_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str | None, says: str
) -> None:
    path = tmp_path / "a summary.json"
    typed = "no-such-program" if command is None else f'{sys.executable} -c "{command}"'
    finishing.call(finishing.words_of(typed), [path])
    assert says in capfd.readouterr().err
    assert (tmp_path / "a summary.json.seen").exists() is not bool(says)


def test_a_command_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(finishing, "LONGEST", 0.1)
    command = finishing.words_of(f'{sys.executable} -c "import time; time.sleep(60)"')
    finishing.call(command, [tmp_path])
    assert "was ended after" in capsys.readouterr().err


def test_the_summary_beside_a_group_goes_when_somebody_is_forgotten(session: Path) -> None:
    from session_audio.flow.forget import forget

    group = session.parent
    shutil.copytree(group, group.parent / "thursday")
    other = group.parent / "thursday" / session.name
    (kept,), _ = summary.keep([outcome(session), outcome(other, message="P02")])
    assert kept.parent == group.parent
    forget(group, "P02", silenced=False, on=datetime(2026, 3, 9).date())
    assert not kept.exists() and not kept.with_suffix(".html").exists()


@pytest.fixture
def refused(group_folder: Path) -> Path:
    """A group whose one session is refused, which needs no flow to be told."""
    roster = group_folder / "group.toml"
    roster.write_text(roster.read_text().replace("analysis = { given = 2026-02-01 }\n", "", 1))
    return group_folder


TELL = f'{sys.executable} -c "import sys; print(open(sys.argv[1]).read())"'


def test_a_run_keeps_its_summary_and_starts_the_users_command(
    refused: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = refused / "out" / f"{summary.NAME}.json"
    assert CliRunner().invoke(main, ["run", str(refused)]).exit_code == 3
    assert json.loads(kept.read_text())["counts"] == {"refused": 1}
    assert "counts" not in capfd.readouterr().out
    monkeypatch.setenv(finishing.VARIABLE, TELL)
    CliRunner().invoke(main, ["run", str(refused)])
    assert "counts" in capfd.readouterr().out
    own = refused / "mine.json"
    told = ["--summary", str(own), "--on-finish", f"{TELL} not-this"]
    CliRunner().invoke(main, ["run", str(refused), *told])
    assert own.is_file() and "No such file" in capfd.readouterr().err
    own.unlink()
    wrong = CliRunner().invoke(main, ["run", str(refused), *told[:3], "mail 'me"])
    assert wrong.exit_code == 2 and "no closing quotation" in wrong.output
    assert not own.exists()


def test_a_watch_ends_with_the_code_of_what_ended_it(
    refused: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter(range(3))

    def sleep(_: float) -> None:
        if next(looks, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(watching.time, "sleep", sleep)
    done = CliRunner().invoke(main, ["run", "--watch", str(refused)])
    assert done.exit_code == 130
    assert done.output.count("refused") == 1 and "watching; Ctrl-C ends it" in done.output
