"""The form of an encrypted file, the keys, and which files of a group are encrypted."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from session_audio import files
from session_audio.encryption import covered, keys, sealed
from session_audio.encryption.scratch import Scratch
from session_audio.errors import DamagedError, EncryptionKeyError

KEY, ID = bytes(range(32)), b"which ke"
CHUNK = sealed.CHUNK


def written(content: bytes) -> bytes:
    file = io.BytesIO()
    writer = sealed.SealedWriter(file, KEY, ID)
    for start in range(0, len(content), 50_000):
        writer.write(content[start : start + 50_000])
    writer.end()
    return file.getvalue()


def read(whole: bytes, key: bytes = KEY) -> bytes:
    return io.BufferedReader(sealed.SealedReader(io.BytesIO(whole), key, "a.json")).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
def test_content_comes_back_as_it_was(size: int) -> None:
    content = os.urandom(size)
    whole = written(content)
    assert read(whole) == content
    assert sealed.size_within(len(whole), "a.json") == size
    assert sealed.key_id_in(whole, "a.json") == ID
    assert written(content) != whole  # a salt of its own each time


@pytest.mark.parametrize("at", [0, 5, CHUNK - 3, CHUNK, 2 * CHUNK + 1, 3 * CHUNK + 6])
def test_any_place_can_be_read(at: int) -> None:
    content = os.urandom(3 * CHUNK + 7)
    reader = sealed.SealedReader(io.BytesIO(written(content)), KEY, "a.json")
    assert reader.seek(at) == at
    assert reader.read(CHUNK + 5) == content[at : at + CHUNK + 5]
    assert reader.seek(-3, io.SEEK_END) == len(content) - 3
    assert reader.read() == content[-3:]


WHOLE = written(bytes(3 * CHUNK + 7))
SLOT = CHUNK + 16
DAMAGE = {
    "a bit of the content": lambda w: w[:400] + bytes([w[400] ^ 1]) + w[401:],
    "a bit of the salt": lambda w: w[:40] + bytes([w[40] ^ 1]) + w[41:],
    "cut within a chunk": lambda w: w[:-1],
    "cut after a chunk": lambda w: w[: sealed.HEADER + 2 * SLOT],
    "cut within the header": lambda w: w[:50],
    "no chunk": lambda w: w[: sealed.HEADER],
    "something after the end": lambda w: w + b"more",
    "two chunks exchanged": lambda w: (
        w[: sealed.HEADER]
        + w[sealed.HEADER + SLOT : sealed.HEADER + 2 * SLOT]
        + w[sealed.HEADER : sealed.HEADER + SLOT]
        + w[sealed.HEADER + 2 * SLOT :]
    ),
    "a chunk of another file": lambda w: (
        w[: sealed.HEADER] + written(bytes(3 * CHUNK + 7))[sealed.HEADER :]
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_file_that_was_changed_is_refused(damage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DamagedError, match=r"a\.json is encrypted, and was changed or cut short"):
        read(damage(WHOLE))


def test_another_key_opens_nothing() -> None:
    with pytest.raises(DamagedError):
        read(WHOLE, bytes(32))


def test_a_scratch_file_is_read_and_written_at_any_place(tmp_path: Path) -> None:
    rng, plain = __import__("random").Random(0), bytearray()
    with Scratch(tmp_path) as file:
        for _ in range(60):
            at, part = rng.randrange(3 * CHUNK), rng.randbytes(rng.randrange(1, 2 * CHUNK))
            plain.extend(bytes(max(0, at + len(part) - len(plain))))
            plain[at : at + len(part)] = part
            file.seek(at)
            file.write(part)
            at = rng.randrange(len(plain))
            file.seek(at)
            assert file.read(CHUNK) == plain[at : at + CHUNK]
        file.seek(0)
        assert file.read() == plain
        file.truncate(0)
        assert file.read() == b""


@pytest.fixture
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of state, and no key in this process."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(covered, "_KEYS", {})
    return tmp_path / "state" / "session-audio" / keys.FILE


@pytest.fixture
def group(tmp_path: Path, own_keys: Path) -> Path:
    """A group's folder that is encrypted, its key in a file."""
    folder, key = tmp_path / "tuesday", os.urandom(32)
    files.write_text(tmp_path / "key", keys.written_out(key))
    source = keys.Source("file", str(tmp_path / "key"))
    files.write_text(own_keys, keys.as_text({keys.id_of(key): source}))
    inner = covered.Wrapped("0011223344556677", keys.wrapped(KEY, key), "2026-11-27")
    files.write_text(folder / covered.NOTE, covered.Encryption(keys.id_of(key), (inner,)).text())
    return folder


@pytest.mark.parametrize(
    ("name", "encrypted"),
    [
        ("out/series.html", True),
        ("voices/P01.json", True),
        (".enrolling-x/sound.npy", True),
        ("2026-03-03/out/report.html", True),
        ("2026-03-03/out/work/stages/align.json", True),
        ("2026-03-03/review.json", True),
        ("2026-03-03/learning.json", True),
        ("group.toml", False),
        ("2026-03-03/session.toml", False),
        ("forgotten.json", False),
        ("for-research/turns.csv", False),
    ],
)
def test_what_this_software_writes_in_an_encrypted_group(
    group: Path, name: str, encrypted: bool
) -> None:
    path = group / name
    files.write_text(path, "marmalade\r\n")
    assert sealed.is_sealed(path.read_bytes()) is encrypted
    assert (b"marmalade" in path.read_bytes()) is not encrypted
    assert files.read_bytes(path) == b"marmalade\r\n"
    assert files.read_text(path) == "marmalade\n"
    assert files.size(path) == 11
    plain = group.parent / "plain"
    files.write_text(plain, "marmalade\r\n")
    assert files.mark(path).sha256 == files.mark(plain).sha256  # what is fresh stays so
    assert files.holds(path, files.mark(plain)) is True


def test_what_stays_encrypted_and_what_stays_clear_where_somebody_brought_it(group: Path) -> None:
    encrypted, clear = group / "s" / "a.flac", group / "s" / "b.flac"
    files.write_text(group / "out" / "a", "x")
    encrypted.parent.mkdir()
    (group / "out" / "a").rename(encrypted)
    clear.write_text("x")
    for path in (encrypted, clear):
        files.write_text(path, "y")
    assert [files.is_encrypted(p) for p in (encrypted, clear)] == [True, False]


def test_a_damaged_file_is_another_and_is_told(group: Path) -> None:
    path = group / "out" / "a.json"
    files.write_text(path, "x" * 100)
    marked = files.mark(path)
    assert files.holds(path, marked)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert not files.holds(path, marked)
    with pytest.raises(DamagedError, match=r"a\.json"):
        files.read_bytes(path)


def no_key(group: Path) -> None:
    (group.parent / "key").unlink()


def another_key(group: Path) -> None:
    (group.parent / "key").write_text(keys.written_out(bytes(32)))


def no_key_at_all(group: Path) -> None:
    (group.parent / "key").write_text("swordfish\n")


def not_told(group: Path) -> None:
    (group.parent / "state" / "session-audio" / keys.FILE).unlink()


def a_changed_note(group: Path) -> None:
    note = group / covered.NOTE
    facts = json.loads(note.read_text())
    facts["files"][0]["key"] = "00" * 40
    note.write_text(json.dumps(facts))


def no_note(group: Path) -> None:
    (group / covered.NOTE).unlink()


def an_older_note(group: Path) -> None:
    note = group / covered.NOTE
    note.write_text(note.read_text().replace("0011223344556677", "ff" * 8))


def a_broken_note(group: Path) -> None:
    (group / covered.NOTE).write_text("{}")


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (no_key, r"the key key is not there\. Name where it is: session-audio encrypt"),
        (another_key, r"key holds the key \w{8}; tuesday is encrypted by the key \w{8}"),
        (no_key_at_all, "key holds no key: 64 hexadecimal digits"),
        (not_told, "where that is was not told on this machine"),
        (a_changed_note, r"encryption\.json was changed .* Restore it"),
        (no_note, r"a\.json is encrypted, and no folder above it holds encryption\.json"),
        (an_older_note, r"a\.json is encrypted by a key that tuesday's encryption\.json does not"),
        (a_broken_note, r"tuesday: encryption\.json cannot be read\. Restore it"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_without_its_key_nothing_is_read_or_written_and_nothing_lost(  # type: ignore[no-untyped-def]
    group: Path, monkeypatch: pytest.MonkeyPatch, lost, told: str
) -> None:
    path = group / "out" / "a.json"
    files.write_text(path, "marmalade")
    before, marked = path.read_bytes(), files.mark(path)
    lost(group)
    covered.forget_keys()
    for ask in (lambda: files.read_bytes(path), lambda: files.holds(path, marked)):
        with pytest.raises(EncryptionKeyError, match=told) as raised:
            ask()
        assert "swordfish" not in str(raised.value)
    if lost not in (no_note, an_older_note):
        with pytest.raises(EncryptionKeyError):
            files.write_text(path, "new")
    assert path.read_bytes() == before
    assert not list(group.rglob("*.part"))


def test_a_key_that_a_command_prints_and_one_that_it_does_not(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(keys.written_out(KEY))
    assert keys.Source("command", f"cat {file}").key() == KEY
    for command in ("false", "no-such-program-at-all", "'unended"):
        with pytest.raises(EncryptionKeyError, match="the command that prints the key failed"):
            keys.Source("command", command).key()


class Keyring:
    """A system's keyring."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self.kept[service, name] = text


def test_a_key_in_the_keyring_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "keyring", Keyring())
    with pytest.raises(EncryptionKeyError, match="the key tuesday is not there"):
        keys.Source("keyring", "tuesday").key()
    keys.keep_in_keyring("tuesday", KEY)
    assert keys.Source("keyring", "tuesday").key() == KEY
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    with pytest.raises(EncryptionKeyError, match="pip install 'session-audio"):
        keys.Source("keyring", "tuesday").key()


def test_the_folders_that_are_encrypted_are_those_that_are_written() -> None:
    from session_audio.flow.enrol import _SCRATCH
    from session_audio.speakers import profiles
    from session_audio.workspace import review_file, store

    assert (covered.OUT, covered.VOICES) == (store.OUT, profiles.FOLDER)
    assert covered.ENROLLING == _SCRATCH
    assert covered.WRITTEN == (review_file.REVIEW, review_file.LEARNING)
