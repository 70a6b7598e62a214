"""Whatever fails, nothing of what was said or of who said it gets out of the session's folder.

Names, words, a chat, a topic and a file are planted; each stage, and each step outside a
stage, is made to fail in turn by an error that quotes them.  Then every byte that Prefect
keeps, and all that is printed, is searched.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes

from session_audio.cli import main
from session_audio.encryption import covered
from session_audio.errors import SessionAudioError
from session_audio.flow.stages import STAGES
from session_audio.resources import user_folder

pytestmark = pytest.mark.timeout(300)

PLANTED = ("Quillfeather", "marmalade", "clafoutis", "periwinkle", "useless", "Brackenridge")
"""A name, a word said, a word of the chat, of the topic, another word, the name of a file.

None is a word that Prefect makes the names of its runs of: it draws them by chance.
"""
OUTSIDE = (
    "pipelines.session.open_run",
    "pipelines.group.open_run",
    "session_audio.flow.results.history",
    "session_audio.flow.results.result",
    "session_audio.flow.session.consent.admit",
    "session_audio.flow.stages.recording.load_profiles",
    "session_audio.flow.stages.reporting.outputs.write_tables",
    "session_audio.flow.stages.reporting.outputs.write_group_tables",
    "session_audio.flow.stages.reporting.write_group_report",
    "session_audio.flow.stages.reporting.write_provenance",
    "session_audio.flow.stages.reporting.series",
    "session_audio.workspace.doubtful.doubts",
    "session_audio.workspace.store.SessionStore.finish",
    "session_audio.workspace.store.SessionStore.locked",
    "session_audio.files.digest",
)


class PanicError(BaseException):
    """As a library written in Rust raises it: no Exception."""


@pytest.fixture
def planted(session: Path) -> Path:
    """The session with what nobody elsewhere may read."""
    track = session / "Brackenridge.flac"
    (session / "session.flac").rename(track)
    manifest = session / "session.toml"
    text = manifest.read_text().replace("session.flac", track.name)
    chat = '[[chat]]\nparticipant = "P01"\ntext = "clafoutis"\n'
    manifest.write_text(f'topic = "periwinkle"\n{text}{chat}')
    return session


def kept() -> str:
    """Every byte that Prefect and its server keep, as text."""
    files = [path for path in user_folder("state").rglob("*") if path.is_file()]
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)


def recorded_states(kind: str, table: str) -> int:
    """How many states of a table tell of an error of `kind`."""
    found = 0
    for path in user_folder("state").rglob("prefect.db"):
        with sqlite3.connect(path) as db:
            ask = f"select count(*) from {table} where message like ?"
            found += db.execute(ask, (f"%{kind}%",)).fetchone()[0]
    return found


def wait_for_state(kind: str, table: str) -> None:
    until = time.monotonic() + 60  # a task's states are written by the server in its own time
    while not recorded_states(kind, table):
        assert time.monotonic() < until, "the failure was never recorded: nothing was tested"
        time.sleep(0.2)


def fails(error: type[BaseException], name: str) -> tuple[str, object]:
    """A stand-in that raises `error` under a name of its own, quoting all that is planted."""
    kind = f"Planted{name.title().replace('.', '').replace('_', '')}{error.__name__}"

    def fail(*_: object, **__: object) -> None:
        raise type(kind, (error,), {})(" ".join(PLANTED))

    return kind, fail


def searched(text: str) -> list[str]:
    return [word for word in PLANTED if word.casefold() in text.casefold()]


@pytest.mark.parametrize("error", [ValueError, PanicError], ids=lambda e: e.__name__)
@pytest.mark.parametrize("stage", STAGES, ids=lambda s: s.name)
def test_a_stage_that_fails_tells_nobody_why(
    planted: Path, engines: Fakes, capfd: pytest.CaptureFixture[str], stage, error: type
) -> None:  # type: ignore[no-untyped-def]
    kind, fail = fails(error, stage.name)
    work = stage.work
    object.__setattr__(stage, "work", fail)
    try:
        done = CliRunner().invoke(main, ["run", str(planted.parent)])
    finally:
        object.__setattr__(stage, "work", work)
    assert done.exit_code == 1
    assert f"2026-03-03, {stage.name}: stopped by an unexpected {kind}" in done.output
    wait_for_state("SessionAudioError in " + stage.name, "task_run_state")
    out, err = capfd.readouterr()
    assert searched(done.output + out + err + kept()) == []
    # Who runs it finds all of it where the words are.
    assert searched((planted / "out" / "work" / "error.txt").read_text()) == list(PLANTED)


@pytest.mark.parametrize("error", [ValueError, PanicError], ids=lambda e: e.__name__)
@pytest.mark.parametrize("step", OUTSIDE)
def test_a_step_outside_the_stages_that_fails_tells_nobody_why(
    planted: Path,
    engines: Fakes,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    error: type[BaseException],
) -> None:
    _, fail = fails(error, step.rpartition(".")[2])
    with monkeypatch.context() as patch:
        patch.setattr(step, fail)
        done = CliRunner().invoke(main, ["run", str(planted.parent)])
    assert done.exit_code == 1
    assert not isinstance(done.exception, PanicError)
    assert "unexpected" in done.output
    time.sleep(0.5)
    out, err = capfd.readouterr()
    assert searched(done.output + out + err + kept()) == []


@pytest.fixture(autouse=True)
def with_tasks(engines: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the server told of tasks too, as a user's own is; a temporary one is not."""

    def events(url: str) -> None:
        from prefect.events.clients import PrefectEventsClient
        from prefect.events.worker import EventsWorker

        EventsWorker.set_client_override(PrefectEventsClient, api_url=url)

    monkeypatch.setattr("pipelines.group.events", events)


@pytest.fixture(scope="module", autouse=True)
def nothing_comes_later() -> Iterator[None]:
    """States that the server wrote after the last test of this module are searched too."""
    yield
    time.sleep(2)
    assert searched(kept()) == []


def test_an_error_of_ours_is_told_in_full_and_recorded_by_its_kind(
    planted: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SessionAudioError("vermouth is not there", hint="Ask gazpacho.")

    monkeypatch.setattr("session_audio.flow.stages.recording.assign_speakers", fail)
    done = CliRunner().invoke(main, ["run", str(planted)])
    assert "2026-03-03, align: vermouth is not there. Ask gazpacho." in done.output
    wait_for_state("SessionAudioError in align", "task_run_state")
    assert not [word for word in ("vermouth", "gazpacho") if word in kept()]


@pytest.mark.parametrize("verb", ["check", "run", "report", "score"])
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('file = "Brackenridge.flac"', 'file = "quillfeather-1.flac"', "P01-1.flac is not there"),
        ('file = "Brackenridge.flac"', 'file = "../Tom/a.flac"', "the file a.flac is not there"),
        ("number = 1", "quillfeather = 1", "P01: there is no such field"),
        ("number = 1", "[Quillfeather]\nx = 1", "P01"),
        ('S01 = "T01"', 'S01 = "Maya"', "speakers names somebody"),
        ("number = 1", "number = Quillfeather", "session.toml is not valid TOML"),
    ],
)
def test_a_missing_file_or_a_key_called_after_a_person_is_told_by_id(
    planted: Path, engines: Fakes, verb: str, old: str, new: str, told: str
) -> None:
    manifest = planted / "session.toml"
    text = manifest.read_text()
    assert old in text
    manifest.write_text(text.replace(old, new, 1))
    done = CliRunner().invoke(main, [verb, str(planted)])
    assert done.exit_code == 1
    assert told in done.output
    assert searched(done.output) == []
    assert not [name for name in ("Maya", "Tom/") if name in done.output]


def test_settings_called_after_a_person_are_told_by_id(planted: Path, engines: Fakes) -> None:
    (planted.parent / "settings.toml").write_text("[flags]\nquillfeather = 1\n")
    done = CliRunner().invoke(main, ["check", str(planted)])
    assert "flags.P01" in done.output
    assert searched(done.output) == []


@pytest.mark.parametrize("verb", [("check",), ("enroll",), ("forget", "P01")])
def test_a_roster_that_cannot_be_used_names_nobody(
    planted: Path, engines: Fakes, verb: tuple[str, ...]
) -> None:
    """Nor where a verb opens the group alone, without a session."""
    name, *more = verb
    roster, sound = planted.parent / "group.toml", planted / "session.flac"
    roster.write_text(f'{roster.read_text()}\n[[participant]]\nid = "P01"\nQuillfeather = 1\n')
    given = {"check": [str(planted)], "enroll": [str(planted.parent), "P01", str(sound)]}
    done = CliRunner().invoke(main, [name, *given.get(name, [str(planted.parent)]), *more])
    assert done.exit_code == 1 and "group.toml" in done.output
    assert searched(done.output) == []


def test_of_an_encrypted_group_nothing_lies_in_the_clear(
    planted: Path, engines: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covered, "_KEYS", {})
    group, manifests = planted.parent, ("group.toml", "session.toml")
    key = ["--key-file", str(tmp_path / "a.key")]
    assert CliRunner().invoke(main, ["encrypt", str(group), *key]).exit_code == 0
    done = CliRunner().invoke(main, ["run", str(group)])
    assert done.exit_code == 0, done.output
    files = [p for p in group.rglob("*") if p.is_file() and p.name not in manifests]
    held = "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)
    assert len(files) > 40
    assert searched(held + kept() + done.output) == []
