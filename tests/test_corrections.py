"""What people corrected by hand survives settings, updates and new runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flow_cases import Fakes, run, spoken

from session_audio.amend import in_files
from session_audio.errors import StoreError
from session_audio.flow import corrections
from session_audio.formats import rttm, seglst
from session_audio.schema import SpeakerSegment, Word
from session_audio.testing import fakes
from session_audio.workspace import review_file

pytestmark = pytest.mark.timeout(300)


def test_corrections_are_applied_to_what_the_models_make_anew(
    session: Path, engines: Fakes
) -> None:
    run(session)
    work = session / "out" / "work"
    labels = work / "labels.rttm"
    for path in (labels, work / "labels.exclusive.rttm"):
        path.write_text(path.read_text().replace("S02", "Anna"))
    words = work / "transcript.seglst.json"
    words.write_text(words.read_text().replace("useless", "useful"))
    manifest = session / "session.toml"
    manifest.write_text(manifest.read_text() + 'Anna = "P01"\n')
    # An update: the same voices under other labels, a little longer; words a little later.
    other = {"S01": "S02", "S02": "S03", "S03": "S01"}
    made = [SpeakerSegment(s.start, s.end + 0.1, other[s.speaker]) for s in spoken()[0]]
    engines.diarizer = fakes.FakeDiarizer(made)
    engines.transcriber = fakes.FakeTranscriber(
        [Word(w.start + 0.1, w.end + 0.1, w.text, None, 0.9) for w in spoken()[1]]
    )
    (session.parent / "settings.toml").write_text(
        "[diarization]\nstep = 2.0\n[transcription]\nbeam_size = 4\n"
    )
    (outcome,) = run(session)
    assert outcome.status == "done"
    assert engines.calls == (1, 1)
    anna = [s for s in rttm.read(labels) if s.speaker == "Anna"]
    assert [s.start for s in anna] == [s.start for s in spoken()[0] if s.speaker == "S02"]
    assert [w.start for w in seglst.read(words) if w.text == "useful"]
    assert not [w for w in seglst.read(words) if w.text == "useless"]
    operations = json.loads((session / "review.json").read_text())["operations"]
    assert sorted(o["do"] for o in operations) == ["label", "label", "word"]
    assert all(o["fits"] for o in operations)


def test_a_correction_that_no_longer_fits_is_told(session: Path, engines: Fakes) -> None:
    run(session)
    path = session / "out" / "work" / "transcript.seglst.json"
    path.write_text(path.read_text().replace("useless", "useful"))
    run(session)
    engines.transcriber = fakes.FakeTranscriber([Word(1.0, 2.0, "hello", None, 0.9)])
    (session.parent / "settings.toml").write_text("[transcription]\nbeam_size = 4\n")
    (outcome,) = run(session)
    assert outcome.message == (
        "2026-03-03: 1 correction by hand no longer fits and was not applied (review.json)"
    )


def test_a_second_correction_and_one_taken_back(session: Path, engines: Fakes) -> None:
    run(session)
    path = session / "out" / "work" / "transcript.seglst.json"
    before = path.read_text()
    path.write_text(before.replace("useless", "useful"))
    run(session)
    path.write_text(before)
    run(session)
    (session.parent / "settings.toml").write_text("[transcription]\nbeam_size = 4\n")
    run(session)
    assert "useless" in path.read_text()
    assert corrections.misfits(session) == 0


def test_files_of_an_earlier_version_are_kept_beside(session: Path, engines: Fakes) -> None:
    run(session)
    work = session / "out" / "work"
    (work / "made" / "labels.rttm").unlink()  # earlier versions made none
    (work / "labels.rttm").write_text((work / "labels.rttm").read_text().replace("S02", "Anna"))
    (session.parent / "settings.toml").write_text("[diarization]\nstep = 2.0\n")
    run(session)
    assert "Anna" in (work / "made" / "labels.rttm.before").read_text()


@pytest.mark.parametrize("text", ["[", "{}", '{"operations": 3}', "[" * 100_000])
def test_a_broken_file_of_corrections_is_not_written_over(session: Path, text: str) -> None:
    (session / "review.json").write_text(text)
    with pytest.raises(StoreError, match="does not hold corrections"):
        review_file.load(session)
    assert (session / "review.json").read_text() == text


def test_segments_and_words_taken_away_and_added() -> None:
    made = [SpeakerSegment(0, 2, "A"), SpeakerSegment(3, 5, "B")]
    now = [SpeakerSegment(0, 2, "A"), SpeakerSegment(6, 7, "C")]
    found = in_files.label_changes(made, now)
    assert in_files.corrected_labels(made, found) == now
    words = [Word(0, 1, "a", "A"), Word(1, 2, "b", "A")]
    changed = [Word(0, 1, "a", "B"), Word(3, 4, "c", "A")]
    assert in_files.corrected_words(words, in_files.word_changes(words, changed)) == changed
