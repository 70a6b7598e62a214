import pytest

from session_audio.schema import UNATTRIBUTED, Diarization, SpeakerSegment, Word
from session_audio.speakers.align import assign_speakers

SPOKEN = (
    SpeakerSegment(0.0, 4.0, "S01"),
    SpeakerSegment(4.2, 6.0, "S02"),
    SpeakerSegment(9.0, 12.0, "S01"),
)


def speakers(*times, diarization=None, reach=0.5):
    words = [Word(a, b, "x") for a, b in times]
    found = diarization or Diarization(SPOKEN, SPOKEN)
    return [w.speaker for w in assign_speakers(words, found, reach)]


def test_a_word_goes_to_who_shares_most_time_with_it():
    assert speakers((1.0, 1.5), (3.7, 4.4), (3.9, 4.6)) == ["S01", "S01", "S02"]


def test_a_word_just_outside_goes_to_the_nearest_and_one_far_away_to_nobody():
    assert speakers((6.1, 6.4), (7.2, 7.5), (8.3, 8.6)) == ["S02", UNATTRIBUTED, "S01"]


def test_the_exclusive_diarization_decides_in_an_overlap():
    full = (SpeakerSegment(0, 5, "S01"), SpeakerSegment(2, 3, "S02"))
    exclusive = (
        SpeakerSegment(0, 2, "S01"),
        SpeakerSegment(2, 3, "S02"),
        SpeakerSegment(3, 5, "S01"),
    )
    assert speakers((2.2, 2.8), diarization=Diarization(full, exclusive)) == ["S02"]
    assert speakers((2.2, 2.8), diarization=Diarization(full, ())) == ["S01"]


def test_a_speaker_given_before_is_kept():
    word = Word(5.0, 5.2, "x", speaker="P01")
    assert assign_speakers([word], Diarization(SPOKEN, SPOKEN)) == (word,)


def test_every_word_comes_back_in_order_and_with_a_speaker():
    words = [Word(t, t + 0.3, str(t)) for t in (11.0, 0.5, 30.0, 4.1)]
    found = assign_speakers(words, Diarization(SPOKEN, SPOKEN))
    assert [w.start for w in found] == [0.5, 4.1, 11.0, 30.0]
    assert [w.speaker for w in found] == ["S01", "S02", "S01", UNATTRIBUTED]


def test_without_any_speech_nobody_is_named():
    assert speakers((0, 1), diarization=Diarization((), ())) == [UNATTRIBUTED]


def test_a_word_of_no_length_has_a_speaker_too():
    assert speakers((1.0, 1.0)) == ["S01"]


BOTH = (SpeakerSegment(0.0, 2.0, "S01"), SpeakerSegment(1.2, 4.0, "S02"))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("to...", "Careful", "now."), ["S01", "S02", "S02"]),
        (("I-", "careful", "now."), ["S01", "S02", "S02"]),
        (("to", "careful", "Now."), ["S01", "S01", "S02"]),
        (("to", "my", "home."), ["S01", "S01", "S02"]),
        (("to", "home.", "Now."), ["S01", "S01", "S02"]),
    ],
)
def test_where_both_talk_words_go_by_the_recognisers_sentences(texts, expected):
    times = ((0.8, 1.1), (1.3, 1.8), (1.9, 2.4))
    words = [Word(a, b, text) for (a, b), text in zip(times, texts, strict=True)]
    exclusive = (SpeakerSegment(0.0, 1.9, "S01"), SpeakerSegment(1.9, 4.0, "S02"))
    found = assign_speakers(words, Diarization(BOTH, exclusive))
    assert [w.speaker for w in found] == expected
