"""A meeting platform's folder, taken in whole: Zoom, Teams, Meet; built as they save it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flow_cases import Fakes, run
from sound_cases import mux, voice
from test_chats import CLOUD, TEAMS, ZOOM

from session_audio.cli import main
from session_audio.formats import attendance
from session_audio.workspace.manifest import load_session

ZOOM_REPORT = """\
Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
811 2233 4455,Tuesday group,03/03/2026 06:00:12 PM,03/03/2026 06:52:00 PM,r@x.example,52,4

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent,\
In Waiting Room
Ruth Ardent,r@x.example,a,b,52,No,Y,No
Tommy (Tom Brackenridge),,a,b,1,Yes,Y,Yes
Tommy (Tom Brackenridge),,a,b,20,Yes,Y,No
Tommy (Tom Brackenridge),,a,b,30,Yes,N,No
"Quillfeather, Maya",,a,b,51,Yes,Y,No
Callum's iPad,,a,b,3,Yes,Y,No
"""
TEAMS_REPORT = """\
1. Summary
Meeting title\tTuesday group
Attended participants\t3

2. Participants
Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
Ruth Ardent\t3/3/26, 6:00:12 PM\t3/3/26, 6:52:12 PM\t52m\tr@x.example\tr@x.example\tOrganizer
Maya Quillfeather (Guest)\tx\ty\t51m 12s\t\t\tPresenter
Tom\tx\ty\t1h 0m 30s\t\t\tPresenter

3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
Ruth Ardent\tx\ty\t52m\tr@x.example\tOrganizer
"""
MEET_REPORT = "First name,Last name,Email,Duration,Time joined,Time exited\n" + (
    "Ruth,Ardent,r@x.example,52 min,18:00,18:52\nTom,Brackenridge,,1 hr 1 min,18:00,19:01\n"
)
CAPTIONS = """\
WEBVTT

1
00:00:01.000 --> 00:00:03.000
Ruth Ardent: how was your week

2
00:00:05.000 --> 00:00:08.000
Tom Brackenridge: it was useless to be honest
"""


def m4a(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return mux(path, [voice(12, seed=seed)])


def zoom(at: Path, *, stranger: bool = False) -> Path:
    """What Zoom saves on the host's computer, with a track a participant."""
    folder = at / "2026-03-03 18.00.00 Tuesday group 81122334455"
    m4a(folder / "audio1081122334.m4a")
    tracks = ["RuthArdent11081122", "MayaQuillfeather21081122", "tombrackenridge31081122"]
    tracks += ["CallumsiPad41081122"] if stranger else []
    for seed, name in enumerate(tracks):
        m4a(folder / "Audio Record" / f"audio{name}.m4a", seed)
    shutil.copy(folder / "audio1081122334.m4a", folder / "video1081122334.mp4")
    (folder / "playback.m3u").write_text("video1081122334.mp4\n")
    (folder / "recording.conf").write_text("{}")
    (folder / "meeting_saved_chat.txt").write_text(ZOOM)
    (folder / "participants_81122334455.csv").write_text(ZOOM_REPORT)
    (folder / ".DS_Store").write_bytes(b"x")
    return folder


def add(group: Path, folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["add", str(group), str(folder), *words])


@pytest.mark.parametrize(
    ("name", "content", "encoding", "minutes"),
    [
        ("zoom.csv", ZOOM_REPORT, "utf-8-sig", [52, 50, 51, 3]),
        ("teams.csv", TEAMS_REPORT, "utf-16", [52, 51.2, 60.5]),
        ("meet.csv", MEET_REPORT, "utf-8", [52, 61]),
        ("de.csv", "Name;Dauer\nRuth;1 Std. 2 Min.\n", "cp1252", [62]),
    ],
)
def test_attendance_reports(
    tmp_path: Path, name: str, content: str, encoding: str, minutes: list[float]
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode(encoding))
    assert attendance.is_attendance(path)
    assert list(attendance.read(path).values()) == pytest.approx(minutes)


def test_a_zoom_folder_becomes_a_session_with_a_track_a_person(
    group_folder: Path, tmp_path: Path
) -> None:
    (group_folder / "2026-03-03").rename(tmp_path / "elsewhere")
    roster = (group_folder / "group.toml").read_text()
    done = add(group_folder, zoom(tmp_path))
    assert done.exit_code == 0, done.output
    session = load_session(group_folder / "2026-03-03")
    assert session.attendance == ("P01", "P02", "T01")
    made = {r.file.name: r.participant for r in session.recordings}
    assert made == {"P01.m4a": "P01", "P02.m4a": "P02", "T01.m4a": "T01"}
    assert session.chat_log is not None and session.chat_log.start == 18 * 3600
    manifest = (session.folder / "session.toml").read_text()
    assert "Minutes in the call, by the platform's report: T01 52, P02 50, P01 51" in manifest
    assert "Callum" not in manifest and "Callum's iPad" in done.output
    assert "Not taken in: 4 files" in done.output
    assert (group_folder / "group.toml").read_text() == roster  # consent is nobody's to copy
    checked = CliRunner().invoke(main, ["check", str(group_folder)])
    assert checked.exit_code == 0, checked.output
    assert "3 tracks of 0.2 min, a chat of 2 messages, 2 private ones" in checked.output


def test_a_track_that_is_not_clearly_somebodys_is_to_be_filled_in(
    group_folder: Path, tmp_path: Path
) -> None:
    done = add(group_folder, zoom(tmp_path, stranger=True), "--session", "late")
    assert 'To fill in: 1 times participant = "?"' in done.output
    checked = CliRunner().invoke(main, ["check", str(group_folder / "late")])
    assert checked.exit_code == 1
    assert "recording names somebody (write an id)" in " ".join(checked.output.split())


def test_downloads_of_zooms_cloud_teams_and_meet(group_folder: Path, tmp_path: Path) -> None:
    cloud, teams, meet = (tmp_path / name for name in ("cloud", "teams", "meet"))
    m4a(cloud / "GMT20260310-170012_Recording.m4a")
    m4a(cloud / "GMT20260310-170012_Recording_1920x1080.mp4")
    (cloud / "GMT20260310-170012_Recording.transcript.vtt").write_text(CAPTIONS)
    (cloud / "GMT20260310-170012_Recording.cc.vtt").write_text(CAPTIONS)
    (cloud / "GMT20260310-170012_RecordingnewChat.txt").write_text(CLOUD)
    m4a(teams / "Tuesday group-20260317_180000-Meeting Recording.mp4")
    (teams / "Tuesday group.vtt").write_text(CAPTIONS.replace("Ruth Ardent: ", "<v Ruth Ardent>"))
    (teams / "chat.txt").write_text(TEAMS)
    (teams / "Attendance report 3-17-26.csv").write_bytes(TEAMS_REPORT.encode("utf-16"))
    m4a(meet / "abc-defg-hij (2026-03-24 18:00 GMT+1).mp4")
    (meet / "abc-defg-hij (2026-03-24 18_00) - Attendance.csv").write_text(MEET_REPORT)
    (meet / "abc-defg-hij.sbv").write_text("00:00:01.000,00:00:02.000\nTom: hello\n")
    for folder in (cloud, teams, meet):
        done = add(group_folder, folder, *(["--present", "T01,P02"] if folder is cloud else []))
        assert done.exit_code == 0, done.output
    found = {n: load_session(group_folder / f"2026-03-{n}") for n in ("10", "17", "24")}
    assert {n: len(s.recordings) for n, s in found.items()} == {"10": 1, "17": 1, "24": 1}
    assert found["10"].recordings[0].file.suffix == ".m4a"
    transcripts = {n: s.transcript.file.name for n, s in found.items() if s.transcript}
    assert transcripts == {
        "10": "GMT20260310-170012_Recording.transcript.vtt",
        "17": "Tuesday group.vtt",
    }
    assert {n: s.chat_log.start for n, s in found.items() if s.chat_log} == {
        "10": None,
        "17": 18 * 3600.0,
        "24": None,
    }
    assert found["17"].attendance == ("P01", "P02", "T01")
    assert found["24"].attendance == ("P02", "T01")


def test_files_of_a_call_given_one_by_one(group_folder: Path, tmp_path: Path) -> None:
    call = m4a(tmp_path / "2026-04-21.m4a")
    texts = {"call.vtt": CAPTIONS, "again.srt": CAPTIONS, "chat.txt": CLOUD, "who.csv": ZOOM_REPORT}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    for extra, told in (("again.srt", "2 of the files would be"), ("who.csv", "an attendance")):
        words = [str(tmp_path / name) for name in ("call.vtt", "chat.txt", extra)]
        refused = add(group_folder, call, *words, "--present", "T01")
        assert (refused.exit_code, told in " ".join(refused.output.split())) == (1, True)
    words = [str(tmp_path / name) for name in ("call.vtt", "chat.txt")]
    assert add(group_folder, call, *words, "--present", "T01,P02").exit_code == 0
    made = load_session(group_folder / "2026-04-21")
    assert made.chat_log is not None and made.chat_log.file.name == "chat.txt"
    assert made.transcript is not None and made.transcript.file.name == "call.vtt"


def test_recordings_by_name_and_in_parts(group_folder: Path, tmp_path: Path) -> None:
    named, split, unclear, empty = (tmp_path / n for n in ("2026-04-07", "2026-04-14", "x", "y"))
    m4a(named / "1-Ruth.m4a")
    m4a(named / "2-maya_quillfeather.m4a")
    for name in ("audio_only.m4a", "audio_only_1.m4a", "zoom_0.mp4", "zoom_1.mp4"):
        m4a(split / name)
    m4a(unclear / "a.m4a")
    m4a(unclear / "b.m4a")
    empty.mkdir()
    for folder in (named, split):
        assert add(group_folder, folder, "--present", "T01,P01").exit_code == 0
    tracks = load_session(group_folder / "2026-04-07").recordings
    assert [r.participant for r in tracks] == ["T01", "P01"]
    parts = load_session(group_folder / "2026-04-14").recordings
    assert [(r.file.name, r.part) for r in parts] == [
        ("audio_only.m4a", 1),
        ("audio_only_1.m4a", 2),
    ]
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "double_click_to_convert_01.zoom").write_bytes(b"x")
    for folder, told in (
        (unclear, "2 recordings lie in the folder"),
        (empty, "no recording and"),
        (raw, "Zoom has not converted"),
    ):
        done = add(group_folder, folder, "--date", "2026-05-05", "--present", "T01")
        assert (done.exit_code, told in " ".join(done.output.split())) == (1, True)


def test_a_zoom_folder_goes_through_the_flow(
    group_folder: Path, tmp_path: Path, engines: Fakes
) -> None:
    assert add(group_folder, zoom(tmp_path), "--session", "call").exit_code == 0
    assert [o.status for o in run(group_folder / "call")] == ["done"]
    page = (group_folder / "call" / "out" / "report.html").read_text()
    assert "useless: at 18:30" in page and "held 2 chat messages" in page
    for path in (group_folder / "call" / "out").rglob("*"):
        assert path.is_dir() or b"quince" not in path.read_bytes()
