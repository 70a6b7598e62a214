"""Saved chats: every platform's form, what is private, whose a message is, and when it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, rows, run, stages

from session_audio.cli import main
from session_audio.errors import FormatError
from session_audio.formats import chat, chats
from session_audio.schema import ChatLog, Session
from session_audio.workspace.manifest import load_session

ZOOM = """\
18:00:05\t From  Ruth Ardent  to  Everyone : welcome
18:01:00\t From  Maya Quillfeather (she/her)  to  Ruth Ardent(Direct Message) : quince
and quince again
18:02:00\t From  Tom Brackenridge  to  Everyone : useless: at 18:30
really
18:03:00\t From  Maya Quillfeather  to  Everyone : Reacted to "useless" with 👍
18:03:10\t From  Ruth Ardent  to  Tom Brackenridge(Privately) : quince
"""
ZOOM_NEW = """\
18:00:05 From Ruth Ardent To Everyone:
\twelcome
18:01:00 From Maya To Ruth Ardent (Direct Message):
\tquince
\t18:05:00 From Tom to Everyone: quince
18:02:00 From Tom Brackenridge To Everyone:
\tReplying to "welcome"

\tuseless: at 18:30
\treally
18:03:10 From Ruth Ardent To Tom (Direct Message):
\tquince
"""
ZOOM_GERMAN = """\
18:00:05 Von Ruth Ardent an Alle: welcome
18:01:00 Von Maya an Ruth Ardent(Direktnachricht): quince
18:02:00 Von Tom an Alle: useless: at 18:30
really
18:03:10 Von Ruth an Tom (Privat): quince
"""
CLOUD = "00:00:05\tRuth Ardent:\twelcome\n00:02:00\tTom:\tuseless: at 18:30\nreally\n"
MEET = """\
00:00:05.100,00:00:10.100
Ruth Ardent: welcome

00:02:00.000,00:02:05.000
Tom Brackenridge: useless: at 18:30
really
"""
TEAMS = """\
[3/3/2026 6:00 PM] Ruth Ardent
welcome
[3/3/2026 6:02 PM] Tom Brackenridge (Guest)
useless: at 18:30
really
"""
TEAMS_ABOVE = (
    "Ruth Ardent   6:00 PM\nwelcome\nTom Brackenridge\t6:02 PM\nuseless: at 18:30\nreally\n"
)
WHATSAPP = """\
[03.03.26, 18:00:05] Ruth Ardent: welcome
[03.03.26, 18:02:00] Tom: useless: at 18:30
really
"""
ANDROID = "3/3/26, 18:00 - Ruth: welcome\n3/3/26, 18:02 - Tom: useless: at 18:30\nreally\n"
TABLE = "Time;Name;Content\n18:00:05;Ruth Ardent;welcome\n18:02:00;Tom;useless: at 18:30 really\n"
OF_DAY = {
    "zoom": ZOOM,
    "zoom new": ZOOM_NEW,
    "zoom german": ZOOM_GERMAN,
    "teams": TEAMS,
    "teams above": TEAMS_ABOVE,
    "whatsapp": WHATSAPP,
    "android": ANDROID,
}
PRIVATE = {"zoom", "zoom new", "zoom german"}


@pytest.fixture
def here(session_folder: Path) -> Session:
    return load_session(session_folder)


def saved(session: Session, text: str, name: str = "chat.txt", **how: object) -> ChatLog:
    path = session.folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return ChatLog(path, **how)  # type: ignore[arg-type]


def said(found: chats.SavedChat) -> list[tuple[str, str]]:
    return [(str(m.participant), " ".join(m.text.split())) for m in found.messages]


EXPECTED = [("T01", "welcome"), ("P02", "useless: at 18:30 really")]


@pytest.mark.parametrize("platform", sorted(OF_DAY))
def test_a_chat_as_platforms_save_it(here: Session, platform: str) -> None:
    log = saved(here, OF_DAY[platform].replace("\n", "\r\n"), start=18 * 3600.0)
    found, notes = chats.read(log, here, 3000.0)
    assert said(found) == EXPECTED
    times = [m.at for m in found.messages]
    assert times == ([5.0, 120.0] if "18:00:05" in OF_DAY[platform] else [0.0, 120.0])
    assert found.private == (2 if platform in PRIVATE else 0)
    assert ("2 private ones in it are not taken in" in notes) == (platform in PRIVATE)


@pytest.mark.parametrize(("name", "text"), [("chat.txt", CLOUD), ("a.sbv", MEET), ("b.txt", MEET)])
def test_times_from_the_start_of_the_recording(here: Session, name: str, text: str) -> None:
    found, _ = chats.read(saved(here, text, name), here, 3000.0)
    assert said(found) == EXPECTED
    assert [round(m.at or 0) for m in found.messages] == [5, 120]
    with pytest.raises(FormatError, match="Take `start` out"):
        chats.read(saved(here, text, name, start=0.0), here, 3000.0)


def test_a_table_of_messages(here: Session) -> None:
    found, _ = chats.read(saved(here, TABLE, "chat.csv", start=18 * 3600.0), here, 3000.0)
    assert said(found) == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(here: Session, encoding: str) -> None:
    path = here.folder / "chat.txt"
    path.write_bytes("00:05:00 From Ruth to Everyone: für alle\n".encode(encoding))
    found, notes = chats.read(ChatLog(path), here, 3000.0)
    assert said(found) == [("T01", "für alle")]
    assert any("is read as" in note for note in notes) == (encoding != "utf-8-sig")


def test_times_of_day_without_a_start_are_left_out_and_told(here: Session) -> None:
    found, notes = chats.read(saved(here, ZOOM), here, 3000.0)
    assert {m.at for m in found.messages} == {None}
    assert any("are times of day, from 18:00:05, and left out" in note for note in notes)
    early = saved(here, ZOOM.replace("18:", "00:"))
    assert [m.at for m in chats.read(early, here, 3000.0)[0].messages] == [5.0, 120.0]


def test_a_chat_over_midnight_and_before_the_start(here: Session) -> None:
    text = "23:58:00 From Ruth to Everyone: a\n00:01:00 From Tom to Everyone: b\n"
    log = saved(here, text, start=23 * 3600 + 59 * 60.0)
    found, notes = chats.read(log, here, 60.0)
    assert [m.at for m in found.messages] == [0.0, 120.0]
    assert "1 messages in chat.txt lie after the recording's end at 1:00" in notes


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("18:00:05 From Ruth to Everyone: a\n18:01:00 Kay Tom kepada Ruth (x): b\n", "line 2"),
        ("18:00:05 From Ruth to Everyone: a\n1x:01:00 From Tom to Ruth (x): b\n", "line 2"),
        ("hello\n18:00:05 From Ruth to Everyone: a\n", "1 lines stand before the first"),
        ("just some text\n", "is no chat that can be read"),
        ("18:75:05 From Ruth to Everyone: a\n", "the time of a message cannot be read"),
        ("00:00:01.000,00:00:02.000\nno name\n", "not told who wrote"),
        ("", "is no chat"),
    ],
)
def test_what_may_be_private_or_lost_is_refused_by_line(
    here: Session, text: str, told: str
) -> None:
    with pytest.raises(FormatError, match=told):
        chats.read(saved(here, text), here)


def test_whoever_is_nobody_present_is_refused_until_said(session_folder: Path) -> None:
    here = load_session(session_folder)
    text = "00:01:00 From Notetaker bot to Everyone: I am here\n00:02:00 From Tom to Everyone: b\n"
    with pytest.raises(FormatError, match="1 writer is nobody who was present") as error:
        chats.read(saved(here, text), here)
    assert "Notetaker" not in str(error.value) and "[chat.speakers]" in str(error.value)
    assert [u.label for u in chats.unplaced(saved(here, text), here)] == ["Notetaker bot"]
    found, notes = chats.read(saved(here, text, speakers={"Notetaker Bot": ""}), here)
    assert said(found) == [("P02", "b")]
    assert "1 messages in it are of nobody present, as session.toml says" in notes


def test_a_saved_chat_goes_through_the_flow(session: Path, engines: Fakes) -> None:
    (session / "chat.txt").write_text(ZOOM)
    manifest = session / "session.toml"
    before = manifest.read_text()
    manifest.write_text(f'{before}[chat]\nfile = "chat.txt"\nstart = 18:00:00\n')
    checked = CliRunner().invoke(main, ["check", str(session)]).output
    assert "a chat of 2 messages, 2 private ones" in " ".join(checked.split())
    assert [o.status for o in run(session)] == ["done"]
    facts = json.loads((session / "out" / "session.json").read_text())
    assert facts["chat_messages"] == {"T01": 1, "P02": 1}
    assert facts["private_chat_messages"] == 2
    assert "chat.txt" in json.loads((session / "out" / "provenance.json").read_text())["inputs"]
    page = (session / "out" / "report.html").read_text()
    assert "useless: at 18:30" in page and "held 2 chat messages written to some only" in page
    for path in session.rglob("*"):
        assert path.name == "chat.txt" or path.is_dir() or b"quince" not in path.read_bytes()
    assert rows(session / "out" / "members.csv")

    (session / "chat.txt").write_text(ZOOM.replace("welcome", "good evening"))
    run(session)
    assert "good evening" in (session / "out" / "report.html").read_text()
    assert engines.calls == (1, 1)


def test_a_chat_is_never_taken_for_a_transcript(session_folder: Path) -> None:
    (session_folder / "chat.txt").write_text(ZOOM)
    manifest = session_folder / "session.toml"
    manifest.write_text(manifest.read_text().split("[[recording]]")[0])
    manifest.write_text(f'{manifest.read_text()}[transcript]\nfile = "chat.txt"\n')
    done = CliRunner().invoke(main, ["check", str(session_folder)])
    assert done.exit_code == 1 and "quince" not in done.output
    assert "is a saved chat, not a transcript. Name it under [chat]" in " ".join(
        done.output.split()
    )


def test_labels_of_a_chat_are_shown_to_fill_in(session: Path, engines: Fakes) -> None:
    (session / "chat.txt").write_text("00:00:02 From Otter bot to Everyone: hello\n")
    manifest = session / "session.toml"
    manifest.write_text(f'{manifest.read_text()}[chat]\nfile = "chat.txt"\n')
    done = CliRunner().invoke(main, ["check", str(session), "--labels"])
    assert done.exit_code == 1
    assert '[chat.speakers]\n"Otter bot" = ""  # 1 message from 0:02' in done.output


def test_lines_in_the_manifest_and_a_file_are_told_apart(session_folder: Path) -> None:
    manifest = session_folder / "session.toml"
    before = manifest.read_text()
    (session_folder / "chat.txt").write_text(CLOUD)
    for table, told in (
        ('[chat]\nfil = "chat.txt"\n', "chat.file: is missing"),
        ('[chat]\nfile = "no.txt"\n', "no.txt is not there"),
        ('[chat]\nfile = "chat.txt"\n[chat.speakers]\nx = "P09"\n', "chat names P09"),
        ('[[chat]]\nfile = "chat.txt"\n', "chat.0.participant: is missing"),
    ):
        manifest.write_text(before + table)
        done = CliRunner().invoke(main, ["check", str(session_folder)])
        assert told in " ".join(done.output.split()), table


def test_forgetting_takes_a_person_out_of_the_saved_chat(session: Path, engines: Fakes) -> None:
    manifest = session / "session.toml"
    text = f'{manifest.read_text()}[chat]\nfile = "chat.txt"\n[chat.speakers]\nTommy = "P02"\n'
    manifest.write_text(text)
    path = session / "chat.txt"
    reply = '18:05:00 From Maya to Everyone : Replying to "bye" see you\n'
    path.write_text(f"{ZOOM}18:04:00\t From  Tommy  to  Everyone : bye\n{reply}")
    stages(session)
    done = CliRunner().invoke(main, ["forget", str(session.parent), "P02", "--silence", "--yes"])
    assert done.exit_code == 0, done.output
    left = path.read_text()
    assert "welcome" in left and left.count("quince") == 2
    words = ("useless", "really", "Brackenridge", "Tommy", "bye")
    assert [word for word in words if word in left] == [] and "see you" in left
    assert "Tommy" not in manifest.read_text()
    assert chat.read(path).messages
