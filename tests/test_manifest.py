import shutil
from pathlib import Path

import pytest

from session_audio.errors import ManifestError
from session_audio.flow.session import open_run
from session_audio.workspace.doubtful import doubts
from session_audio.workspace.folders import find_sessions
from session_audio.workspace.manifest import load_group, load_session, masked


def test_a_session_knows_its_group_and_who_was_present(session_folder: Path) -> None:
    session = load_session(session_folder)
    assert session.id == "2026-03-03"
    assert [p.id for p in session.present] == ["T01", "P01", "P02"]
    assert session.present[0].is_therapist
    assert session.recordings[0].file == session_folder / "session.flac"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("number = 1", "numbr = 1", "numbr: there is no such field; number is the nearest"),
        ('"P01", "P02"]', '"P01", "P01"]', "attendance names P01 twice"),
        ('"P01", "P02"]', '"P01", "P09"]', "attendance names P09, who is not in group.toml"),
        ("session.flac", "other.flac", "the file other.flac is not there"),
        ("date = 2026-03-03", 'date = "soon"', "date: expected a date, written like 2026-03-31"),
        ("date = 2026-03-03", "date = ", "is not valid TOML"),
        (
            '[[recording]]\nfile = "session.flac"',
            "",
            "names no recording, no transcript and no diarization",
        ),
        (
            'file = "session.flac"',
            'file = "session.flac"\nparticipant = "P01"\n[[recording]]\nfile = "session.flac"',
            "some recordings name a participant and some do not",
        ),
        ("date = 2026-03-03", "", "date: is missing"),
        ("date = 2026-03-03", "date = 2036-03-03", "the date 2036-03-03 is yet to come"),
        ("number = 1", "number = 'one'", "number: expected a whole number"),
        (
            '"session.flac"',
            '"session.flac"\noffset = nan',
            "offset: expected a finite number",
        ),
        ('"session.flac"', '"session.flac"\noffset = -1', "offset: must be at least 0"),
        ('"session.flac"', '"session.flac"\noffset = 4', "the room's starts at 0"),
        (
            '"session.flac"',
            '"session.flac"\n[[chat]]\nparticipant="P01"',
            "chat.0.text: is missing",
        ),
        (
            'file = "session.flac"',
            'file = "session.flac"\n[[recording]]\nfile = "session.flac"',
            "2 recordings of the room; expected one",
        ),
        (
            'file = "session.flac"',
            'file = "session.flac"\n[[rating]]\nparticipant = "P01"\ninstrument = "x"\n'
            "items = { a = inf }",
            "items.a: expected a finite number",
        ),
        (
            'file = "session.flac"',
            'file = "session.flac"\n[speakers]\nS01 = "P77"',
            "speakers names P77, who is not in attendance",
        ),
    ],
)
def test_a_mistake_in_the_manifest_is_named(
    session_folder: Path, old: str, new: str, message: str
) -> None:
    path = session_folder / "session.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ManifestError) as bad:
        load_session(session_folder)
    assert message in str(bad.value)
    assert bad.value.session == "2026-03-03"


def test_two_sessions_with_one_number_name_each_other(session_folder: Path) -> None:
    other = session_folder.parent / "2026-03-10"
    shutil.copytree(session_folder, other)
    (other / "session.flac").write_bytes(b"another sound")
    assert doubts(load_session(session_folder)) == ["its number 1 is also that of 2026-03-10"]
    assert doubts(load_session(other)) == ["its number 1 is also that of 2026-03-03"]
    path = other / "session.toml"
    path.write_text(path.read_text().replace("number = 1", "number = 22"))
    assert doubts(load_session(session_folder)) == []


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(session_folder: Path) -> None:
    for path in (session_folder / "session.toml", session_folder.parent / "group.toml"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_session(session_folder).number == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "expires = 2036-02-01",
            "expires = 2025-02-01",
            "T01: consent to recording expires before",
        ),
        (
            "expires = 2036-02-01",
            "withdrawn = 2025-02-01",
            "T01: consent to recording is withdrawn before it is given",
        ),
        (
            'role = "therapist"',
            "joined = 2026-03-01\nleft = 2026-02-01",
            "T01: left before joining",
        ),
        ('id = "P02"', 'id = "unattributed"', "the id unattributed is reserved"),
        ('id = "P02"', 'id = "p01"', "names P01, p01 more than once"),
        ('id = "P02"', 'id = "Tom B"', "participant.2.id: expected letters, digits"),
        ("analysis", "analyses", "must be 'recording'"),
    ],
)
def test_a_mistake_in_the_roster_is_named(
    group_folder: Path, old: str, new: str, message: str
) -> None:
    path = group_folder / "group.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ManifestError) as bad:
        load_group(group_folder)
    assert message in str(bad.value)


def test_a_session_outside_a_group_is_told_where_it_belongs(session_folder: Path) -> None:
    (session_folder.parent / "group.toml").unlink()
    with pytest.raises(ManifestError) as bad:
        load_session(session_folder)
    assert str(bad.value).startswith("2026-03-03, check: group.toml is not there")
    assert "lies in its group's" in str(bad.value)


def test_what_is_no_file_is_one_message(session_folder: Path) -> None:
    (session_folder / "session.toml").unlink()
    (session_folder / "session.toml").mkdir()
    with pytest.raises(ManifestError, match=r"session\.toml cannot be read"):
        load_session(session_folder)


def test_names_are_masked_in_the_names_of_files(group_folder: Path) -> None:
    group = load_group(group_folder)
    session = masked("audioRuthArdent1.m4a; tom.brackenridge.flac: Maya, all of them", group)
    assert session == "audioT01T011.m4a; P02.P02.flac: P01, all of them"
    kept = "bottom.flac was tomorrow's; a maya pyramid"
    assert masked(kept, group) == kept


def test_a_participant_named_twice(group_folder: Path) -> None:
    path = group_folder / "group.toml"
    path.write_text(path.read_text().replace('id = "P02"', 'id = "P01"'))
    with pytest.raises(ManifestError, match="P01 more than once"):
        load_group(group_folder)


def test_a_wrong_field_is_named_without_what_it_held(group_folder: Path) -> None:
    path = group_folder / "group.toml"
    path.write_text(path.read_text().replace('role = "therapist"', 'role = "Maya the leader"'))
    with pytest.raises(ManifestError) as bad:
        load_group(group_folder)
    assert "participant.0.role" in str(bad.value)
    assert "Maya the leader" not in str(bad.value)


def test_a_folder_stands_for_a_session_or_all_of_a_group(group_folder: Path) -> None:
    session = group_folder / "2026-03-03"
    assert find_sessions(session) == [session]
    assert find_sessions(group_folder) == [session]


def test_a_folder_that_is_neither(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"has no session.toml or group.toml"):
        find_sessions(tmp_path)
    with pytest.raises(ManifestError, match="is not there"):
        find_sessions(tmp_path / "nowhere")


def test_an_empty_name_falls_back_to_the_id(group_folder: Path) -> None:
    path = group_folder / "group.toml"
    path.write_text(path.read_text().replace("Maya Quillfeather", "  "))
    assert load_group(group_folder).participant("P01").name == "P01"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("date = 3.2.2026", "In line 2 write date = 2026-02-03 (year-month-day)"),
        ("date = 31.12.2025", "write date = 2025-12-31"),
        ("date = 3/25/2026", "write date = 2026-03-25"),
        ("date = 3/2/2026", "write date = 2026-MM-DD"),
        ("date = 2026-3-2", "write date = 2026-03-02"),
        ("date = “2026-03-02”", "write straight quotes"),
        ("date: 2026-03-02", "write = in place of : after date"),
        ("topic = silence", 'put the text after topic into quotes: topic = "..."'),
        ('topic = "silence', "In line 2 a quote is not closed"),
        ("number = 1\nnumber = 2", "written for the second time"),
        ('topic = "C:\\Users\\x"', "write the path with / in place of"),
    ],
)
def test_a_line_that_is_no_toml_says_what_to_write(
    session_folder: Path, line: str, told: str
) -> None:
    path = session_folder / "session.toml"
    path.write_text("\n" + line + "\n", encoding="utf-8")
    with pytest.raises(ManifestError) as bad:
        load_session(session_folder)
    assert told in str(bad.value)
    assert "silence" not in str(bad.value)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("p02", 'P02 by the id as in group.toml: write "P02"'),
        ("Brackenridge, Tom", 'P02 by the id as in group.toml: write "P02"'),
        ("Secretname", "attendance names somebody (write an id)"),
    ],
)
def test_attendance_by_name_is_told_with_the_id(
    session_folder: Path, entry: str, told: str
) -> None:
    path = session_folder / "session.toml"
    path.write_text(path.read_text().replace('"P02"', f'"{entry}"'))
    with pytest.raises(ManifestError) as bad:
        load_session(session_folder)
    assert told in str(bad.value)
    assert entry not in str(bad.value)


@pytest.mark.parametrize(
    ("on_disk", "written"),
    [
        ("Müller.flac", "Mu\u0308ller.flac"),
        ("Mu\u0308ller.flac", "Müller.flac"),
        ("Session 1.FLAC", "session 1.flac"),
        ("Audio/one.flac", "audio\\\\one.flac"),
    ],
)
def test_a_file_is_found_in_either_unicode_form_case_and_with_backslashes(
    session_folder: Path, on_disk: str, written: str
) -> None:
    file = session_folder / on_disk
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"sound")
    path = session_folder / "session.toml"
    path.write_text(path.read_text().replace("session.flac", written), encoding="utf-8")
    assert load_session(session_folder).recordings[0].file == file


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('"Maya.flac"', "the file P01.flac is not there; the folder holds session.flac: write"),
        (r"'C:\Maya\one.wav'", "(a path of Windows; here paths look otherwise)"),
        (r'"C:\temp\new.wav"', "in TOML write / in place"),
        (f'"{"x" * 300}.wav"', "is not there"),
        (r'"a\u0000b.wav"', "in TOML write / in place"),
    ],
)
def test_a_file_that_is_not_there_is_told_without_names(
    session_folder: Path, written: str, told: str
) -> None:
    path = session_folder / "session.toml"
    path.write_text(path.read_text().replace('"session.flac"', written))
    with pytest.raises(ManifestError) as bad:
        load_session(session_folder)
    assert told in str(bad.value)
    assert "Maya" not in str(bad.value)


@pytest.mark.parametrize("form", ["../other.flac", "{group}/other.flac", "a/../../other.flac"])
def test_a_file_outside_the_session_is_refused_unless_allowed(
    session_folder: Path, form: str
) -> None:
    group = session_folder.parent
    (group / "other.flac").write_bytes(b"sound")
    (session_folder / "a").mkdir()
    path = session_folder / "session.toml"
    path.write_text(path.read_text().replace("session.flac", form.format(group=group)))
    with pytest.raises(ManifestError, match="a file outside the session's folder") as bad:
        open_run(session_folder)
    assert "[machine] outside_files = true" in str(bad.value)
    (group / "settings.toml").write_text("[machine]\noutside_files = true\n")
    assert open_run(session_folder).session.recordings[0].file.is_file()


def test_the_same_recording_and_attendance_outside_membership_are_told(
    session_folder: Path,
) -> None:
    other = session_folder.parent / "2026-03-10"
    shutil.copytree(session_folder, other)
    path = other / "session.toml"
    path.write_text(path.read_text().replace("number = 1", ""))
    roster = session_folder.parent / "group.toml"
    roster.write_text(
        roster.read_text()
        .replace('id = "P01"', 'id = "P01"\njoined = 2026-03-05')
        .replace('id = "P02"', 'id = "P02"\nleft = 2026-03-01')
    )
    assert doubts(load_session(session_folder)) == [
        "P01 is present before the day of joining in group.toml",
        "P02 is present after the day of leaving in group.toml",
        "its recording is also that of 2026-03-10",
    ]
