import sys
from dataclasses import replace

import pytest

from session_audio.schema import SpeakerSegment, Word
from session_audio.scoring import evaluation

TRUTH = (
    SpeakerSegment(0.0, 10.0, "P01"),
    SpeakerSegment(10.0, 30.0, "P02"),
    SpeakerSegment(28.0, 32.0, "P01"),
)


def test_a_perfect_result_has_no_error_whatever_its_labels():
    hypothesis = tuple(replace(s, speaker={"P01": "S02", "P02": "S01"}[s.speaker]) for s in TRUTH)
    score = evaluation.score_diarization(TRUTH, hypothesis, 40.0)
    assert score.der == pytest.approx(0.0)
    assert score.jer == pytest.approx(0.0)
    assert score.speech == pytest.approx(34.0)
    assert score.speakers == 2


def test_der_has_its_parts():
    hypothesis = (
        SpeakerSegment(0.0, 8.0, "A"),  # 2 s missed
        SpeakerSegment(10.0, 30.0, "B"),
        SpeakerSegment(28.0, 32.0, "B"),  # 2 s missed in the overlap, 2 s confused after it
        SpeakerSegment(35.0, 36.0, "A"),  # 1 s of nobody's
    )
    score = evaluation.score_diarization(TRUTH, hypothesis, 40.0)
    assert score.missed == pytest.approx(4.0)
    assert score.false_alarm == pytest.approx(1.0)
    assert score.confusion == pytest.approx(2.0)
    assert score.der == pytest.approx(7 / 34)


def test_a_collar_forgives_what_is_near_a_boundary():
    hypothesis = (SpeakerSegment(0.0, 10.2, "A"), SpeakerSegment(10.2, 30.0, "B"), TRUTH[2])
    assert evaluation.score_diarization(TRUTH[:2], hypothesis[:2], 40.0).der > 0
    assert evaluation.score_diarization(
        TRUTH[:2], hypothesis[:2], 40.0, collar=0.25
    ).der == pytest.approx(0)


def test_without_speech_the_rate_is_undefined():
    score = evaluation.score_diarization((), (), 10.0)
    assert score.der is None
    assert score.jer is None
    assert evaluation.ShareScore().mean is None


def test_scores_are_summed_not_averaged():
    a = evaluation.WordScore(words=10, substitutions=1)
    b = evaluation.WordScore(words=90, deletions=4)
    assert (a + b).rate == pytest.approx(0.05)


def test_the_count_may_leave_out_those_who_hardly_speak():
    truth = [
        SpeakerSegment(0, 20, "A"),
        SpeakerSegment(20, 40, "B"),
        SpeakerSegment(40, 43, "C"),
    ]
    two = [replace(s, speaker=x) for s, x in zip(truth, "112", strict=True)]
    one = [replace(s, speaker="1") for s in truth]
    four = [SpeakerSegment(i, i + 1, str(i)) for i in range(4)]
    assert evaluation.score_count(truth, truth).right == 1
    assert evaluation.score_count(truth, two).right == 1
    assert evaluation.score_count(truth, one) == evaluation.CountScore(1, 0, 1, 1)
    assert evaluation.score_count(truth, four) + evaluation.score_count(
        truth, one
    ) == evaluation.CountScore(2, 0, 2, 1)


def test_talk_shares_are_compared_after_the_best_mapping():
    hypothesis = (SpeakerSegment(0, 10, "x"), SpeakerSegment(10, 30, "y"))
    score = evaluation.score_shares(TRUTH, hypothesis)
    assert score.members == 2
    assert score.worst == pytest.approx(100 * abs(14 / 34 - 10 / 30))
    assert score.mean == pytest.approx(score.worst)


def test_attribution_tells_wrong_from_unknown_and_counts_strangers():
    truth = (
        SpeakerSegment(0, 10, "P01"),
        SpeakerSegment(10, 20, "P02"),
        SpeakerSegment(20, 30, "guest"),
    )
    hypothesis = (
        SpeakerSegment(0, 8, "P01"),
        SpeakerSegment(8, 10, "P02"),
        SpeakerSegment(10, 20, "S03"),
        SpeakerSegment(20, 21, "P02"),
        SpeakerSegment(21, 30, "unattributed"),
    )
    score = evaluation.score_attribution(truth, hypothesis, {"P01", "P02"}, {"P01", "P02", "P03"})
    assert score.accuracy == pytest.approx(8 / 20)
    assert score.wrong == pytest.approx(2)
    assert score.false_acceptance == pytest.approx(1 / 10)


SAID = (
    Word(0.0, 1.0, "Good evening", "P01"),
    Word(1.2, 2.0, "hello, all.", "P02"),
    Word(5.0, 6.0, "Shall we", "P01"),
)
HEARD = (
    Word(0.0, 0.5, "good", "S01"),
    Word(0.5, 1.0, "evening", "S01"),
    Word(1.2, 1.5, "hello", "S02"),
    Word(1.5, 2.0, "all", "S01"),
    Word(5.0, 6.0, "shall", "S01"),
)


def test_words_given_to_the_wrong_speaker_count_in_cpwer_only():
    pytest.importorskip("meeteval")
    assert evaluation.score_words(SAID, HEARD, "WER") == evaluation.WordScore(6, 0, 1, 0)
    by_speaker = evaluation.score_words(SAID, HEARD, "cpWER")
    assert by_speaker.words == 6
    assert by_speaker.errors == 3


def test_times_count_in_tcpwer():
    pytest.importorskip("meeteval")
    late = tuple(replace(w, start=w.start + 100, end=w.end + 100) for w in SAID)
    assert evaluation.score_words(SAID, late, "cpWER").errors == 0
    assert evaluation.score_words(SAID, late, "tcpWER").errors == 12


def test_nothing_said_and_nothing_heard_are_defined():
    pytest.importorskip("meeteval")
    assert evaluation.score_words((), HEARD) == evaluation.WordScore(insertions=5)
    assert evaluation.score_words(SAID, ()) == evaluation.WordScore(words=6, deletions=6)
    assert evaluation.score_words((), ()).rate is None


def test_a_missing_library_and_an_unknown_score_are_explained(monkeypatch):
    with pytest.raises(evaluation.EvaluationError, match="WER, cpWER or tcpWER"):
        evaluation.score_words(SAID, HEARD, "MER")
    monkeypatch.setitem(sys.modules, "meeteval", None)
    with pytest.raises(evaluation.EvaluationError, match="meeteval"):
        evaluation.score_words(SAID, HEARD)
