from pathlib import Path

import pytest

from session_audio.errors import ManifestError
from session_audio.manifest import find_sessions, load_group, load_session


def test_a_session_knows_its_group_and_who_was_present(session_folder: Path) -> None:
    session = load_session(session_folder)
    assert session.id == "2026-03-03"
    assert [p.id for p in session.present] == ["T01", "P01", "P02"]
    assert session.present[0].is_therapist
    assert session.recordings[0].file == session_folder / "session.flac"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("number = 1", "numbr = 1", "numbr: Extra inputs are not permitted"),
        ('"P01", "P02"]', '"P01", "P01"]', "attendance names P01 twice"),
        ('"P01", "P02"]', '"P01", "P09"]', "attendance names P09, who is not in group.toml"),
        ("session.flac", "other.flac", "the file other.flac is not there"),
        ("date = 2026-03-03", 'date = "soon"', "date: Input should be a valid date"),
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
