"""``session-audio score``: a result against the references in its folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from session_audio.cli import main
from session_audio.errors import FormatError
from session_audio.formats import rttm, seglst
from session_audio.schema import SpeakerSegment, Word
from session_audio.scoring.session_score import SessionScore, known_people, score_session
from session_audio.workspace import manifest

TRUTH = (SpeakerSegment(0, 40, "T01"), SpeakerSegment(40, 100, "P01"))
SAID = (Word(1, 4, "good morning all", "T01"), Word(50, 52, "thank you", "P01"))


def lay(folder: Path, hypothesis: tuple[SpeakerSegment, ...], recognised: tuple[Word, ...]) -> None:
    """References and a result in the session's folder."""
    rttm.write(folder / "reference.rttm", folder.name, TRUTH)
    seglst.write(folder / "reference.seglst.json", folder.name, SAID)
    (folder / "out").mkdir(exist_ok=True)
    rttm.write(folder / "out" / "diarization.rttm", folder.name, hypothesis)
    seglst.write(folder / "out" / "words.seglst.json", folder.name, recognised)


def test_a_perfect_result_has_no_error(session_folder: Path) -> None:
    lay(session_folder, TRUTH, SAID)
    rows = score_session(manifest.load_session(session_folder)).rows()
    assert rows["DER"] == rows["JER"] == rows["share_error_worst"] == 0
    assert rows["WER"] == rows["cpWER"] == rows["tcpWER"] == 0
    assert rows["sessions_counted_right"] == 1


def test_what_is_wrong_is_told_apart(session_folder: Path) -> None:
    # Ten of the sixty seconds of P01 go to T01, five are missed.
    hypothesis = (SpeakerSegment(0, 50, "T01"), SpeakerSegment(55, 100, "P01"))
    lay(session_folder, hypothesis, (SAID[0], Word(50, 52, "thank you", "T01")))
    rows = score_session(manifest.load_session(session_folder)).rows()
    assert rows["DER_confusion"] == pytest.approx(0.10)
    assert rows["DER_missed"] == pytest.approx(0.05)
    assert rows["WER"] == 0
    assert rows["cpWER"] == pytest.approx(4 / 5)  # two words too many, two missing, of five


def test_attribution_needs_somebody_known(session_folder: Path) -> None:
    swapped = tuple(
        SpeakerSegment(s.start, s.end, {"T01": "P01", "P01": "T01"}[s.speaker]) for s in TRUTH
    )
    lay(session_folder, swapped, SAID)
    assert score_session(manifest.load_session(session_folder)).attribution is None
    voices = session_folder.parent / "voices"
    voices.mkdir()
    (voices / "P01.json").write_text("{}")
    session = manifest.load_session(session_folder)
    assert known_people(session) == ["P01"]
    score = score_session(session).attribution
    assert score is not None
    assert (score.accuracy, score.false_acceptance) == (0, 1)


def test_sessions_are_added_not_averaged(session_folder: Path) -> None:
    lay(session_folder, TRUTH, SAID)
    one = score_session(manifest.load_session(session_folder))
    both = one + one
    assert both.diarization is not None
    assert both.diarization.speech == 200
    assert SessionScore() + one == one


def test_a_session_without_reference_or_result_is_one_message(session_folder: Path) -> None:
    session = manifest.load_session(session_folder)
    with pytest.raises(FormatError, match="there is no reference"):
        score_session(session)
    rttm.write(session_folder / "reference.rttm", "x", TRUTH)
    with pytest.raises(FormatError, match="Run it first"):
        score_session(session)


def test_the_verb_prints_for_people_and_for_machines(session_folder: Path) -> None:
    lay(session_folder, TRUTH, SAID)
    plain = CliRunner().invoke(main, ["score", str(session_folder)])
    assert plain.exit_code == 0
    assert "cpWER" in plain.output and "0.0 %" in plain.output
    machine = CliRunner().invoke(main, ["score", "--json", str(session_folder.parent)])
    assert json.loads(machine.output)["pooled"]["DER"] == 0


def test_one_that_cannot_be_scored_leaves_the_others(session_folder: Path, tmp_path: Path) -> None:
    lay(session_folder, TRUTH, SAID)
    other = session_folder.parent / "2026-03-10"
    other.mkdir()
    (other / "session.toml").write_text(
        (session_folder / "session.toml").read_text().replace("03-03", "03-10")
    )
    (other / "session.flac").write_bytes(b"x")
    done = CliRunner().invoke(main, ["score", str(session_folder.parent)])
    assert done.exit_code == 1
    assert "there is no reference" in done.output
    assert "all 1 together" in done.output
