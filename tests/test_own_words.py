"""A member's own report: no word that may be another's."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_cases import Fakes, run
from report_cases import small

from session_audio.cli import main
from session_audio.formats import rttm, seglst
from session_audio.interval import Interval
from session_audio.report.own_words import OwnWords
from session_audio.schema import Diarization, SpeakerSegment, Turn, Word
from session_audio.settings import ReportSettings
from session_audio.speakers.align import assign_speakers
from session_audio.turntaking.turns import build_turns

MARGIN = ReportSettings().speaker_change


def shown(turns: list[Turn], words: list[Word], *, aligned: bool = True) -> list[str]:
    result = replace(small(), turns=tuple(turns), words=tuple(words), words_aligned=aligned)
    own = OwnWords(result, "P01", MARGIN)
    return [own.text(turn) for turn in turns if turn.participant == "P01"]


def turn(index: int, who: str, start: float, end: float, text: str) -> Turn:
    return Turn(index, start, end, who, text, speech=(Interval(start, end),))  # type: ignore[arg-type]


def test_words_at_a_change_of_speaker_are_left_out() -> None:
    words = [Word(0.0, 0.5, "I"), Word(0.5, 1.0, "started"), Word(1.8, 2.1, "Careful")]
    texts = [replace(word, speaker="P01") for word in words]
    turns = [turn(0, "P01", 0.0, 2.1, "I started Careful"), turn(1, "P02", 2.2, 3.0, "everybody")]
    assert shown(turns, texts) == ["I started …"]
    assert shown(turns, texts, aligned=False) == ["I started Careful"]


def test_words_under_anothers_speech_are_left_out() -> None:
    words = [Word(k, k + 0.4, f"w{k}", "P01") for k in range(8)]
    turns = [turn(0, "P01", 0.0, 7.4, "all"), turn(1, "P02", 2.9, 4.1, "over")]
    assert shown(turns, words) == ["w0 w1 w2 … w5 w6 w7"]


def test_a_turn_of_doubtful_words_alone_is_not_shown() -> None:
    turns = [turn(0, "P01", 0.0, 0.3, "hm"), turn(1, "P02", 0.2, 3.0, "well")]
    assert shown(turns, [Word(0.0, 0.3, "hm", "P01")]) == [""]


@pytest.mark.parametrize("date", ["2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24"])
def test_no_word_of_another_stands_in_a_members_text(samples: Path, date: str) -> None:
    """The samples' words, given to speakers by limits that are off by up to the margin."""
    rng = random.Random(date)
    folder = samples / "tuesday" / date
    truth = seglst.read(folder / "reference.seglst.json")

    def off(segment: SpeakerSegment) -> SpeakerSegment:
        start = max(0.0, segment.start + rng.uniform(-MARGIN, MARGIN))
        end = segment.end + rng.uniform(-MARGIN, MARGIN)
        return SpeakerSegment(start, max(start + 0.05, end), segment.speaker)

    segments = tuple(sorted(off(s) for s in rttm.read(folder / "reference.rttm")))
    diarization = Diarization(segments, segments)
    nameless = [replace(word, speaker=None, text=f"{k}") for k, word in enumerate(truth)]
    words = assign_speakers(nameless, diarization)
    wrong = {w.text for w in words if w.speaker != truth[int(w.text)].speaker}
    assert wrong, "nothing to find: the test would show nothing"
    turns = build_turns(words, diarization)
    result = replace(small(), turns=turns, words=words, words_aligned=True)
    kept = 0
    for who in {t.participant for t in turns}:
        own = OwnWords(result, who, MARGIN)
        texts = {w for t in turns if t.participant == who for w in own.text(t).split()}
        assert not texts & wrong
        kept += len(texts - {"…"})
    assert kept > 0.75 * len(words)


@pytest.mark.timeout(300)
def test_a_members_report_holds_no_word_of_another(
    session: Path,
    engines: Fakes,
) -> None:
    """T01's first word lies at the end of P01's turn, as where alignment slips."""
    segments = [s for s in engines.diarizer.segments if s.start != 8.0]
    engines.diarizer.segments = [*segments, SpeakerSegment(6.5, 10.0, "S01")]
    slipped = Word(6.35, 6.4, "confidentially", None, 0.9)
    engines.transcriber.words = sorted([*engines.transcriber.words, slipped])
    (outcome,) = run(session)
    assert outcome.status == "done", outcome.message
    words = seglst.read(session / "out" / "words.seglst.json")
    assert [w.speaker for w in words if w.text == "confidentially"] == ["P01"]
    done = CliRunner().invoke(main, ["report", str(session), "--member", "P01"])
    assert done.exit_code == 0, done.output
    page = (session / "out" / "member-P01.html").read_text("utf-8")
    assert "useless" in page
    assert "confidentially" not in page
