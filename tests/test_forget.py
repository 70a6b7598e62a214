"""One participant taken out of everything: afterwards no byte of the store tells of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result
from flow_cases import Fakes, spoken, stages
from test_withholding import policy, withdraw

from session_audio.cli import main
from session_audio.resources import user_folder
from session_audio.sound.silencing import PADDING

pytestmark = pytest.mark.timeout(300)

NUMBER = 0.123456789
PLANTED = ("Brackenridge", "rather", "clafoutis", "periwinkle", str(NUMBER))
"""Of P02: the name, a word said, one of the chat, an attribute, the voice.

None is a word that Prefect makes the names of its runs of: it draws them by chance.
"""


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def group(session: Path, engines: Fakes) -> Path:
    """A group that was run, with much of P02 in it."""
    group = session.parent
    manifest = session / "session.toml"
    manifest.write_text(
        f"# kept\n{manifest.read_text()}"
        '[[chat]]\nparticipant = "P02"\ntext = "clafoutis"\n'
        '[[chat]]\nparticipant = "P01"\ntext = "opal"\n'
        '[[rating]]\nparticipant = "P02"\ninstrument = "GSRS"\nitems = { overall = 3.5 }\n'
    )
    roster = group / "group.toml"
    text = roster.read_text().replace(
        'name = "Tom Brackenridge"', 'name = "Tom Brackenridge"\nattributes = { a = "periwinkle" }'
    )
    head, tail = text.split('id = "P02"')
    roster.write_text(f'{head}id = "P02"{tail}voiceprint = {{ given = 2026-02-01 }}\n')
    (group / "settings.toml").write_text("[identification]\nenrolment_speech = 1.0\n")
    engines.diarizer.embeddings = {"S03": (NUMBER, 0.99), "S01": (0.5, 0.5)}
    assert call("run", group).exit_code == 0
    assert call("enroll", group, "P02", "--session", session, "--voice", "S03").exit_code == 0
    assert call("report", group, "--member", "P02").exit_code == 0
    said = [1.0, 2.0, "clafoutis", None]
    corrected = [{"file": "words.seglst.json", "do": "word", "from": said, "to": said}]
    (session / "review.json").write_text(json.dumps({"operations": corrected}))
    return group


def holding(word: str, *folders: Path) -> list[Path]:
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    return [p for p in files if word.encode() in p.read_bytes() or word in p.name]


def test_afterwards_nothing_of_them_is_in_any_file(group: Path, engines: Fakes) -> None:
    everywhere = (group, user_folder("state"))
    for word in PLANTED:
        assert holding(word, group), f"{word} was not planted"
    before, rate = soundfile.read(group / "2026-03-03" / "session.flac", dtype="int16")
    done = call("forget", group, "P02", "--silence", "--yes")
    assert done.exit_code == 0, done.output
    assert [word for word in PLANTED if holding(word, *everywhere)] == []

    theirs = [s for s in spoken()[0] if s.speaker == "S03"]
    after, _ = soundfile.read(group / "2026-03-03" / "session.flac", dtype="int16")
    silent = np.zeros(len(before), dtype=bool)
    for s in theirs:
        silent[int((s.start - PADDING) * rate) : int((s.end + PADDING) * rate)] = True
    assert not after[silent].any()
    assert np.array_equal(after[~silent], before[~silent])

    # The models hear nothing of them any more; the others' results are made anew.
    engines.diarizer.segments = [s for s in spoken()[0] if s.speaker != "S03"]
    engines.diarizer.embeddings = {"S01": (0.5, 0.5)}
    inside = [(s.start, s.end) for s in theirs]
    words = [w for w in spoken()[1] if not any(a <= w.start < b for a, b in inside)]
    engines.transcriber.words = words
    again = call("run", group)
    assert again.exit_code == 0, again.output
    assert [word for word in PLANTED if holding(word, *everywhere)] == []
    measures = json.loads((group / "2026-03-03" / "out" / "session.json").read_text())["measures"]
    assert [m["participant"] for m in measures["members"]] == ["T01", "P01"]
    assert "opal" in (group / "2026-03-03" / "session.toml").read_text()
    assert "# kept" in (group / "2026-03-03" / "session.toml").read_text()


def test_what_was_removed_is_written_down_without_what_it_was(group: Path) -> None:
    call("forget", group, "P02", "--silence", "--yes")
    (noted,) = json.loads((group / "forgotten.json").read_text())
    assert noted["participant"] == "P02"
    assert noted["sessions"] == ["2026-03-03"]
    assert noted["silenced"]["2026-03-03"] > 2
    assert noted["files_removed"] > 20
    assert not [word for word in PLANTED if word in str(noted)]


def test_it_says_first_what_it_would_do_and_does_nothing_on_no(group: Path) -> None:
    def state() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in group.rglob("*") if p.is_file()}

    before = state()
    done = CliRunner().invoke(main, ["forget", str(group), "P02", "--silence"], input="n\n")
    assert done.exit_code != 0
    assert "P02: in 1 sessions; files would be removed:" in done.output
    assert state() == before


def test_where_the_voice_is_not_silenced_the_session_is_refused(group: Path) -> None:
    before = (group / "2026-03-03" / "session.flac").read_bytes()
    done = call("forget", group, "P02", "--yes")
    assert "2026-03-03: the recording still holds them" in done.output
    assert (group / "2026-03-03" / "session.flac").read_bytes() == before
    assert [w for w in PLANTED if holding(w, group)] == []
    refused = call("run", group)
    assert refused.exit_code == 3
    assert "P02: analysis withdrawn on" in refused.output
    assert "Record the consent" not in refused.output


def test_a_voice_that_was_never_told_apart_is_not_taken_for_silenced(group: Path) -> None:
    manifest = group / "2026-03-03" / "session.toml"
    manifest.write_text(manifest.read_text().replace('S03 = "P02"\n', ""))
    (group / "voices" / "P02.json").unlink()
    assert call("run", group).exit_code == 0
    done = call("forget", group, "P02", "--silence", "--yes")
    assert "their voice was not told from the others'" in done.output
    assert call("run", group).exit_code == 3


def test_somebody_whom_consent_left_out_is_silenced_too(session: Path, engines: Fakes) -> None:
    given = {"do": "give", "start": 0.4, "end": 2.7, "from": "T01", "to": "P02"}
    decided = [{"file": "speech.json", "id": "a1", "by": "RA", **given}]
    (session / "review.json").write_text(json.dumps({"operations": decided}))
    policy(session.parent, missing="mask")
    withdraw(session.parent, "P02", "analysis")
    stages(session)
    overview = session.parent.parent / "overview.html"
    overview.write_text("Tom fades")
    done = call("forget", session.parent, "P02", "--silence", "--yes")
    assert done.exit_code == 0, done.output
    sound, rate = soundfile.read(session / "session.flac", dtype="int16")
    theirs = [s for s in spoken()[0] if s.speaker == "S03"]
    for start, end in [(0.5, 2.6), *((s.start, s.end) for s in theirs)]:
        assert not sound[int(start * rate) : int(end * rate)].any()
    assert sound[int(4.5 * rate) : int(6 * rate)].any()
    assert not overview.exists()


def test_a_track_of_their_own_is_deleted(group: Path, engines: Fakes) -> None:
    session = group / "2026-03-03"
    sound, rate = soundfile.read(session / "session.flac")
    head, _, tail = (session / "session.toml").read_text().partition("[[recording]]")
    tail = tail[tail.index("[speakers]") :].replace('S01 = "T01"\nS02 = "P01"\nS03 = "P02"\n', "")
    tracks = ""
    for who in ("T01", "P01", "P02"):
        soundfile.write(session / f"{who}.flac", sound, rate)
        tracks += f'[[recording]]\nfile = "{who}.flac"\nparticipant = "{who}"\n'
    (session / "session.toml").write_text(head + tracks + tail)
    assert call("run", group).exit_code == 0
    call("forget", group, "P02", "--silence", "--yes")
    assert not (session / "P02.flac").exists()
    assert (session / "P01.flac").exists()
    assert call("run", group).exit_code == 0


def test_what_still_holds_the_name_is_told(group: Path) -> None:
    (group / "2026-03-03" / "notes.txt").write_text("brackenridge was late")
    done = call("forget", group, "P02", "--silence", "--yes")
    assert "2026-03-03/notes.txt: their name stands in it still" in done.output


def test_somebody_who_is_not_on_the_roster(group: Path) -> None:
    done = call("forget", group, "P77", "--yes")
    assert done.exit_code == 1
    assert "P77 is not on the roster of tuesday" in done.output


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg"])
def test_a_recording_is_silenced_in_its_own_format(tmp_path: Path, ending: str) -> None:
    from session_audio.interval import Interval
    from session_audio.sound.silencing import silence

    path = tmp_path / f"a.{ending}"
    noise = 0.1 * np.random.default_rng(0).normal(size=(10 * 44_100, 2))
    soundfile.write(path, noise, 44_100)
    info = soundfile.info(path)
    assert silence(path, [Interval(0.0, 1.0), Interval(5.0, 6.0)]) == pytest.approx(2.75)
    after = soundfile.info(path)
    assert (after.format, after.subtype, after.frames) == (info.format, info.subtype, info.frames)
    sound, rate = soundfile.read(path)
    assert abs(sound[5 * rate : 6 * rate]).max() < 1e-3
    assert abs(sound[8 * rate : 9 * rate]).max() > 0.1


def test_a_format_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    from session_audio.errors import AudioError
    from session_audio.interval import Interval
    from session_audio.sound.silencing import silence

    (tmp_path / "a.m4a").write_bytes(b"not sound")
    with pytest.raises(AudioError, match="Export it as WAV or FLAC"):
        silence(tmp_path / "a.m4a", [Interval(0.0, 1.0)])
