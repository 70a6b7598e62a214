import errno
import os
import shutil
from pathlib import Path

import pytest

from session_audio import files
from session_audio.errors import StoreError
from session_audio.files import key_of, write_text, written
from session_audio.schema import Word
from session_audio.workspace.store import SessionStore, clean_held


@pytest.fixture
def session(session_folder: Path) -> SessionStore:
    return SessionStore(session_folder)


def test_a_value_comes_back_as_it_was(session: SessionStore) -> None:
    words = (Word(0.5, 1.25, "hello", "P01", 0.9), Word(2.0, 2.5, "you", None, None, timed=False))
    session.write("words.json", words, tuple[Word, ...])
    assert session.read("words.json", tuple[Word, ...]) == words


def test_a_stage_is_fresh_until_its_key_or_its_files_change(session: SessionStore) -> None:
    made = session.write("a.json", 1, int)
    session.finish("turns", "key", [made], 1.5)
    assert session.is_fresh("turns", "key")
    assert not session.is_fresh("turns", "other")
    made.unlink()
    assert not session.is_fresh("turns", "key")


def test_a_stage_that_never_ended_is_not_fresh(session: SessionStore) -> None:
    assert not session.is_fresh("turns", "key")
    session.work.joinpath("stages").mkdir(parents=True)
    session.work.joinpath("stages", "turns.json").write_text('{"stage": "tur')
    assert not session.is_fresh("turns", "key")


def test_nothing_half_written_is_taken_for_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "first")
    with pytest.raises(RuntimeError), written(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the disk is full"), written(tmp_path / "a.txt"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_session_is_held_by_one_run_at_a_time(session: SessionStore) -> None:
    with (
        session.locked(),
        pytest.raises(StoreError, match="another run"),
        SessionStore(session.folder).locked(),
    ):
        pass


def test_what_a_stopped_run_left_is_cleaned_up(session: SessionStore) -> None:
    session.work.mkdir(parents=True)
    (session.work / "sound-00.npy.part").write_bytes(b"half")
    with session.locked():
        assert not (session.work / "sound-00.npy.part").exists()


def test_who_stops_tidies_up_what_is_its_own(session: SessionStore, tmp_path: Path) -> None:
    other = SessionStore(tmp_path / "in hand of another run")
    for store in (session, other):
        store.work.mkdir(parents=True)
    with session.locked():
        for store in (session, other):
            (store.work / "sound-00.npy.part").write_bytes(b"half")
        clean_held()
        assert not session.unfinished() and other.unfinished()
    (session.work / "sound-00.npy.part").write_bytes(b"half")
    clean_held()
    assert session.unfinished()


def test_a_folder_that_is_removed_while_it_is_held_stays_so(session: SessionStore) -> None:
    kept = session.folder / "notes.txt"
    for left in ([], [kept]):
        with session.locked():
            shutil.rmtree(session.folder)
            session.write("words.json", [], list)
            for path in left:
                path.touch()
        assert session.folder.exists() is bool(left)
    assert session.work.is_dir()


def test_a_damaged_file_names_itself_and_not_its_content(session: SessionStore) -> None:
    session.work.mkdir(parents=True)
    (session.work / "words.json").write_text('[{"text": "a secret"}]')
    with pytest.raises(StoreError) as bad:
        session.read("words.json", tuple[Word, ...])
    assert "out/work/words.json" in str(bad.value)
    assert "secret" not in str(bad.value)


def test_keys_ignore_the_order_of_mappings() -> None:
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})


def test_provenance_names_inputs_by_content(session: SessionStore, session_folder: Path) -> None:
    session.finish("ingest", "k", [], 2.0, {"model": "rev"})
    provenance = session.provenance({"a.flac": files.digest(session_folder / "session.flac")})
    assert provenance["stages"]["ingest"]["models"] == {"model": "rev"}
    assert len(provenance["inputs"]["a.flac"]) == 64
