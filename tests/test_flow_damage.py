"""What was written and is damaged is made again; what was corrected by hand is kept."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flow_cases import Fakes, rows, run

from session_audio import files
from session_audio.errors import SessionAudioError
from session_audio.flow import outcomes
from session_audio.flow.artefacts import EXCLUSIVE, LABELS, WORDS, Rttm, Words
from session_audio.flow.stages.reporting import PROVENANCE
from session_audio.formats.outputs import PUBLISHED
from session_audio.workspace.store import SessionStore

pytestmark = pytest.mark.timeout(300)

DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda _: b"",
    "cut": lambda content: content[: len(content) * 2 // 3],
    "garbled": lambda content: bytes(len(content)),
}
READ_BY_PEOPLE = ("report.html", "report.pdf", *PUBLISHED, "words.seglst.json", PROVENANCE)
HANDED_OVER = (
    "sound-00.npy",
    "sound.json",
    "labels.rttm",
    "labels.exclusive.rttm",
    "voices.json",
    "transcript.seglst.json",
    "aligned.seglst.json",
    "words.seglst.json",
    "speech.json",
    "identification.json",
    "turns.json",
    "interactions.json",
    "measures.json",
    "flags.json",
)


def contents(out: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in names}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_made_again(session: Path, engines: Fakes, how: str) -> None:
    run(session)
    out, work = session / "out", session / "out" / "work"
    compared = tuple(n for n in READ_BY_PEOPLE if n not in ("report.pdf", PROVENANCE))
    before, handed = contents(out, compared), contents(work, HANDED_OVER)
    places = [out / name for name in READ_BY_PEOPLE] + [work / name for name in HANDED_OVER]
    for path in places:
        content = path.read_bytes()
        path.write_bytes(DAMAGE[how](content))
        assert outcomes.settled([str(session)]) is None, path.name
        path.write_bytes(content)
    for path in places:
        path.write_bytes(DAMAGE[how](path.read_bytes()))
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    assert outcomes.settled([str(session)]) is not None
    assert contents(work, HANDED_OVER) == handed
    assert contents(out, compared) == before


def test_a_sound_file_two_bytes_short_is_made_again(session: Path, engines: Fakes) -> None:
    run(session)
    sound = session / "out" / "work" / "sound-00.npy"
    whole = sound.read_bytes()
    os.truncate(sound, len(whole) - 2)
    assert [o.status for o in run(session)] == ["done"]
    assert sound.read_bytes() == whole
    assert engines.calls == (1, 1)


@pytest.mark.parametrize("left", ["provenance.json.part", "report.html.part"])
def test_what_a_killed_run_left_is_finished_by_the_next(
    session: Path, engines: Fakes, left: str
) -> None:
    run(session)
    out = session / "out"
    (out / left).touch()
    (out / left.removesuffix(".part")).unlink()
    run(session)
    assert (out / left.removesuffix(".part")).stat().st_size
    assert not list(out.rglob("*.part"))


def test_a_correction_is_kept_and_no_damage(session: Path, engines: Fakes) -> None:
    run(session)
    labels = session / "out" / "work" / LABELS.name
    for path in (labels, labels.with_name(EXCLUSIVE.name)):
        path.write_text(path.read_text().replace(" S03 ", " S02 "))
    corrected = labels.read_text()
    assert [o.status for o in run(session)] == ["done"]
    assert labels.read_text() == corrected
    assert {t["participant"] for t in rows(session / "out" / "turns.csv")} == {"T01", "P01"}
    assert [o.status for o in run(session)] == ["skipped"]


def test_a_record_of_an_earlier_version_knows_names_only(session: Path, engines: Fakes) -> None:
    run(session)
    stages = session / "out" / "work" / "stages"
    for record in stages.glob("*.json"):
        text = record.read_text()
        record.write_text(text[: text.index(',\n "marks"')] + "\n}\n")
    assert [o.status for o in run(session)] == ["skipped"]
    assert engines.calls == (1, 1)


def test_a_copied_group_keeps_its_results(session: Path, engines: Fakes) -> None:
    run(session)
    for path in (session / "out").rglob("*"):
        os.utime(path, (time.time() + 60,) * 2)
    assert outcomes.settled([str(session)]) is not None


@pytest.mark.parametrize("made", [LABELS, WORDS])
def test_a_reader_says_what_to_do_about_a_damaged_file(
    session_folder: Path, made: Rttm | Words
) -> None:
    work = SessionStore(session_folder).work
    work.mkdir(parents=True)
    (work / made.name).write_text("no format at all")
    with pytest.raises(SessionAudioError, match=r"delete it and run the session again\.$"):
        made.read(SessionStore(session_folder))


def test_a_large_file_is_read_again_only_when_it_was_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGE", 3)
    path = tmp_path / "sound.npy"
    path.write_bytes(b"sound")
    marked, read = files.mark(path), list[Path]()
    digest = files.digest
    monkeypatch.setattr(files, "digest", lambda p: read.append(p) or digest(p))
    assert files.holds(path, marked) and not read
    os.utime(path, (0, 0))
    assert files.holds(path, marked) and read == [path]
    path.write_bytes(b"noise")
    assert not files.holds(path, marked)
