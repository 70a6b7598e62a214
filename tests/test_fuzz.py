"""Damaged files: a reader says what is wrong in its own words, and never falls over.

Forty damages a reader here; `make fuzz` tries 3,000 each.  The files that are damaged, and
those that once broke a reader, are in ``tests/data/fuzz``.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from session_audio.errors import SessionAudioError
from session_audio.formats import rttm, transcripts
from session_audio.schema import Recording, TranscriptSource
from session_audio.settings import load
from session_audio.sound import media
from session_audio.workspace import manifest, review_file

SEEDS = Path(__file__).parent / "data" / "fuzz"
MANY = 40 if settings().max_examples <= 100 else settings().max_examples
"""Damages a reader: few in `make test`, many where the profile searches."""
TOKENS = [
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\r",
        b"\n\n",
        b"\t",
        b'"',
        b"'",
        b"{",
        b"}",
        b"[",
        b"]",
    ),
    *(b"<", b">", b"&", b"-->", b"nan", b"inf", b"-1", b"1e309", b"99999999999999999999", b"="),
    *(b"\xe2\x80\xae", b"\xed\xa0\x80", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"../../etc/passwd"),
]


@st.composite
def damages(draw: st.DrawFn, most: int = 5) -> list[tuple[str, float, float, bytes]]:
    """What is done to a file: where (a share of its length), over how much, with what."""
    token = st.one_of(st.sampled_from(TOKENS), st.binary(max_size=6))
    share = st.floats(0, 1)
    one = st.tuples(st.sampled_from(["put", "over", "cut", "twice", "end"]), share, share, token)
    return draw(st.lists(one, min_size=1, max_size=most))


def damaged(content: bytes, done: list[tuple[str, float, float, bytes]]) -> bytes:
    for kind, where, much, token in done:
        at = int(where * len(content))
        to = at + int(much * 40)
        if kind == "put":
            content = content[:at] + token + content[at:]
        elif kind == "over":
            content = content[:at] + token + content[at + len(token) :]
        elif kind == "cut":
            content = content[:at] + content[to:]
        elif kind == "twice":
            content = content[:to] + content[at:]
        else:
            content = content[:at]
    return content


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A group whose manifests are whole."""
    folder = tmp_path_factory.mktemp("fuzz") / "tuesday"
    (folder / "2026-03-03").mkdir(parents=True)
    shutil.copy(SEEDS / "group.toml", folder)
    shutil.copy(SEEDS / "session.toml", folder / "2026-03-03")
    (folder / "2026-03-03" / "session.flac").write_bytes(b"not sound")
    return folder


def of_a_transcript(path: Path, group: Path) -> None:
    source = TranscriptSource(path, "auto")
    transcripts.read(source, manifest.load_session(group / "2026-03-03"))


def of_a_session(path: Path, group: Path) -> None:
    folder = path.parent / "group" / "2026-03-03"
    shutil.copytree(group, folder.parent, dirs_exist_ok=True)
    shutil.copy(path, folder / "session.toml")
    manifest.load_session(folder)


def of_a_group(path: Path, group: Path) -> None:
    folder = path.parent / "group"
    folder.mkdir(exist_ok=True)
    shutil.copy(path, folder / "group.toml")
    manifest.load_group(folder)


def of_corrections(path: Path, _: Path) -> None:
    review_file.load(path.parent)


def of_labels(path: Path, _: Path) -> None:
    rttm.read(path)


def of_settings(path: Path, _: Path) -> None:
    load(path)


READERS: dict[str, Callable[[Path, Path], None]] = {
    "group.toml": of_a_group,
    "session.toml": of_a_session,
    "settings.toml": of_settings,
    "review.json": of_corrections,
    "talk.rttm": of_labels,
}


@pytest.mark.parametrize(
    "seed", sorted(p for p in SEEDS.iterdir() if p.suffix != ".md"), ids=lambda p: p.name
)
@settings(suppress_health_check=list(HealthCheck), max_examples=MANY)
@given(done=damages())
def test_a_damaged_file_is_read_or_refused(seed: Path, group: Path, done) -> None:  # type: ignore[no-untyped-def]
    path = group.parent / seed.name
    path.write_bytes(damaged(seed.read_bytes(), done))
    try:
        READERS.get(seed.name, of_a_transcript)(path, group)
    except SessionAudioError as error:
        assert "Quillfeather" not in str(error)


@pytest.mark.parametrize("seed", sorted(p.name for p in SEEDS.iterdir() if p.suffix != ".md"))
def test_every_seed_can_be_read_as_it_is(seed: str, group: Path) -> None:
    path = group.parent / seed
    shutil.copy(SEEDS / seed, path)
    READERS.get(seed, of_a_transcript)(path, group)


def sound() -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(range(256)) * 40)
    return held.getvalue()


@settings(suppress_health_check=list(HealthCheck), max_examples=MANY)
@given(done=damages())
def test_damaged_sound_is_looked_at_or_refused(group: Path, done) -> None:  # type: ignore[no-untyped-def]
    path = group.parent / "sound.wav"
    path.write_bytes(damaged(sound(), done))
    with contextlib.suppress(SessionAudioError):
        media.examine(Recording(path))
