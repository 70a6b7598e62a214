"""Inter-pausal units and turns."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_audio.errors import FormatError
from session_audio.interval import Interval, crop, total
from session_audio.schema import (
    OTHER_LANGUAGE,
    UNATTRIBUTED,
    Diarization,
    LanguageStretch,
    SpeakerSegment,
    Spoken,
    Turn,
    Word,
)
from session_audio.settings import TurnSettings
from session_audio.turntaking import basis
from session_audio.turntaking.basis import Basis
from session_audio.turntaking.ipu import Ipu, build_ipus
from session_audio.turntaking.model import load
from session_audio.turntaking.talk_time import TalkTime
from session_audio.turntaking.turns import build_turns

SHIPPED = load(Path(__file__).parents[1] / "models" / "interaction" / "model.json")


def speech(*pieces: tuple[float, float, str]) -> Diarization:
    segments = tuple(SpeakerSegment(*piece) for piece in pieces)
    return Diarization(segments, segments)


def shape(turns: tuple[Turn, ...]) -> list[tuple[str, float, float, bool]]:
    return [(t.participant, t.start, t.end, t.backchannel) for t in turns]


@st.composite
def words(draw: st.DrawFn) -> list[Word]:
    """Words in any order, that may overlap even within a speaker."""
    count = draw(st.integers(0, 30))
    made = []
    for _ in range(count):
        start = draw(st.integers(0, 600)) / 10
        length = draw(st.integers(0, 40)) / 10
        text = draw(st.sampled_from(["yeah", "mm-hmm", "and", "I", "the", "no.", "be-"]))
        made.append(Word(start, start + length, text, draw(st.sampled_from(["P01", "P02", "P03"]))))
    return made


class TestUnits:
    def test_a_pause_up_to_the_gap_stays_inside(self) -> None:
        words = [Word(0, 1, "a", "P01"), Word(1.2, 2, "b", "P01"), Word(2.21, 3, "c", "P01")]
        assert [(u.start, u.end) for u in build_ipus(words, None, 0.2)] == [(0, 2), (2.21, 3)]

    def test_words_near_diarized_speech_do_not_move_its_limits(self) -> None:
        diarization = speech((1.0, 2.0, "P01"))
        near = [Word(0.8, 1.3, "well", "P01"), Word(1.9, 2.2, "yes", "P01")]
        (unit,) = build_ipus(near, diarization, 0.2)
        assert (unit.start, unit.end, unit.text) == (1.0, 2.0, "well yes")

    def test_words_far_from_diarized_speech_add_to_it(self) -> None:
        units = build_ipus([Word(5, 5.5, "hello", "P01")], speech((1.0, 2.0, "P01")), 0.2)
        assert [(u.start, u.end, u.text) for u in units] == [(1, 2, ""), (5, 5.5, "hello")]

    def test_words_of_nobody_are_unattributed(self) -> None:
        (unit,) = build_ipus([Word(0, 1, "hm")], None)
        assert unit.speaker == UNATTRIBUTED

    @pytest.mark.parametrize(
        ("start", "end"), [(-1.0, 1.0), (2.0, 1.0), (math.nan, 1.0), (0.0, math.inf)]
    )
    def test_impossible_times_are_refused(self, start: float, end: float) -> None:
        with pytest.raises(FormatError, match="expected"):
            build_ipus([Word(start, end, "secret", "P01")], None)
        with pytest.raises(FormatError, match="speech segment 1"):
            build_turns(None, speech((start, end, "P01")))

    def test_a_missing_time_is_refused_without_quoting_the_word(self) -> None:
        bad = Word(None, 1.0, "secret", "P01")  # type: ignore[arg-type]
        with pytest.raises(FormatError) as caught:
            build_ipus([bad], None)
        assert "secret" not in str(caught.value)

    @given(words())
    def test_no_word_is_lost_and_units_of_a_speaker_are_apart(self, spoken: list[Word]) -> None:
        units = build_ipus(spoken, None, 0.2)
        assert sorted(w for u in units for w in u.words) == sorted(spoken)
        for who in {u.speaker for u in units}:
            own = [u for u in units if u.speaker == who]
            assert all(b.start - a.end > 0.2 for a, b in itertools.pairwise(own))


class TestTurns:
    def test_another_ones_speech_in_the_pause_ends_a_turn(self) -> None:
        turns = build_turns(None, speech((0, 3, "P01"), (3.2, 6, "P02"), (6.5, 9, "P01")))
        assert [t.participant for t in turns] == ["P01", "P02", "P01"]

    def test_a_backchannel_does_not_end_a_turn(self) -> None:
        words = [
            Word(0, 2, "and then we", "P01"),
            Word(2.3, 2.6, "mm-hmm", "P02"),
            Word(2.7, 5, "went home", "P01"),
        ]
        assert shape(build_turns(words, None)) == [
            ("P01", 0, 5, False),
            ("P02", 2.3, 2.6, True),
        ]

    def test_without_words_a_short_sound_between_is_a_backchannel_with_low_confidence(self) -> None:
        turns = build_turns(None, speech((0, 5, "P01"), (5.1, 5.5, "P02"), (5.6, 9, "P01")))
        assert shape(turns) == [("P01", 0, 9, False), ("P02", 5.1, 5.5, True)]
        assert turns[1].backchannel_confidence == pytest.approx(0.3)
        assert turns[0].word_count is None

    def test_a_short_answer_with_content_is_a_turn(self) -> None:
        words = [Word(0, 2, "How old are you", "P01"), Word(2.3, 2.8, "Forty", "P02")]
        assert [t.backchannel for t in build_turns(words, None)] == [False, False]

    def test_a_long_silence_of_ones_own_ends_a_turn(self) -> None:
        pieces = speech((0, 3, "P01"), (4.6, 9, "P01"))
        assert len(build_turns(None, pieces)) == 2
        assert len(build_turns(None, pieces, settings=TurnSettings(turn_split=2.0))) == 1

    def test_talk_inside_anothers_unit_does_not_end_it(self) -> None:
        turns = build_turns(None, speech((0, 9, "P01"), (3, 5, "P02"), (9.4, 12, "P01")))
        assert shape(turns) == [("P01", 0, 12, False), ("P02", 3, 5, False)]

    def test_names_do_not_decide_between_two_who_begin_at_once(self) -> None:
        for first, second in (("P01", "P02"), ("P02", "P01")):
            pieces = speech((0, 3, first), (3.5, 6, first), (3.5, 6, second))
            assert sorted(t.participant for t in build_turns(None, pieces)) == ["P01", "P02"]

    def test_words_without_times_of_their_own(self) -> None:
        words = [
            Word(0.0, 1.0, "one", "P01", timed=False),
            Word(1.0, 2.0, "two", "P01", timed=False),
            Word(2.5, 4.5, "three", "P02", timed=False),
        ]
        assert [t.text for t in build_turns(words, None)] == ["one two", "three"]

    def test_nothing_gives_nothing(self) -> None:
        assert build_turns(None, None) == ()
        assert build_turns([], Diarization((), ())) == ()

    def test_one_person_with_one_word(self) -> None:
        (turn,) = build_turns([Word(3, 3.4, "Hello.", "P01")], None)
        assert (turn.text, turn.word_count, turn.index) == ("Hello.", 1, 0)

    def test_twenty_people(self) -> None:
        words = [Word(k, k + 0.9, "we should go", f"P{k % 20:02d}") for k in range(100)]
        assert len({t.participant for t in build_turns(words, None)}) == 20

    @given(words(), st.integers(1, 1000))
    def test_shifting_time_shifts_turns(self, spoken: list[Word], by: int) -> None:
        later = [Word(w.start + by, w.end + by, w.text, w.speaker) for w in spoken]
        here, there = build_turns(spoken, None), build_turns(later, None)
        assert [(t.participant, t.text) for t in here] == [(t.participant, t.text) for t in there]
        assert [t.start + by for t in here] == pytest.approx([t.start for t in there])

    @given(words())
    def test_order_of_words_and_names_of_people_do_not_matter(self, spoken: list[Word]) -> None:
        new = {"P01": "Z", "P02": "X", "P03": "Y"}
        other = [Word(w.start, w.end, w.text, new[w.speaker or ""]) for w in reversed(spoken)]
        here, there = build_turns(spoken, None), build_turns(other, None)
        key = [(new[t.participant], t.start, t.end, t.backchannel) for t in here]
        assert sorted(key) == sorted(shape(there))

    @given(words())
    def test_every_word_is_in_one_turn(self, spoken: list[Word]) -> None:
        turns = build_turns(spoken, None)
        assert sum(t.word_count or 0 for t in turns) == len(spoken)
        assert [t.index for t in turns] == list(range(len(turns)))
        assert all(a.start <= b.start for a, b in itertools.pairwise(turns))


def two_halves(first: str, until: float, then: str) -> Spoken:
    return Spoken(then, (LanguageStretch(0, until, first), LanguageStretch(until, 20, then)))


@pytest.mark.parametrize(
    ("has_words", "language", "lists", "by_model"),
    [
        (True, "en", "en", True),
        (True, None, "en", True),
        (True, "de", "de", False),
        (True, "sv", None, False),
        (False, "en", None, False),
        (
            True,
            Spoken("nl", (LanguageStretch(0, 9, "nl"), LanguageStretch(9, 20, "en"))),
            "nl",
            False,
        ),
        (
            True,
            Spoken("nl", (LanguageStretch(0, 1, "nl"), LanguageStretch(1, 20, "en"))),
            "en",
            True,
        ),
        (True, Spoken("en", (LanguageStretch(0, 9, OTHER_LANGUAGE),)), None, False),
    ],
)
def test_words_and_the_model_are_used_only_where_they_can_be_read(
    has_words: bool, language: str | Spoken | None, lists: str | None, by_model: bool
) -> None:
    used = Basis.of(has_words=has_words, language=language, model=SHIPPED)
    said = Ipu(4.0, 6.0, "P01")
    found = used.lexicon(said, "P01")
    assert (found.language if found else None, used.by_model(said, "P01")) == (lists, by_model)


def test_the_language_is_judged_in_one_place() -> None:
    folder = Path(basis.__file__).parent
    callers = {p.name for p in folder.rglob("*.py") if re.search(r"\bare_known\(", p.read_text())}
    assert callers == {"basis.py", "lexicon.py", "lexicons.py"}


@given(
    edges=st.lists(st.integers(0, 300), unique=True, max_size=12).filter(lambda x: len(x) % 2 == 0),
    start=st.integers(-50, 350),
    length=st.integers(0, 100),
)
def test_talk_time_is_the_speech_inside_the_stretch(
    edges: list[int], start: int, length: int
) -> None:
    at = [edge / 10 for edge in sorted(edges)]
    units = [Interval(a, b) for a, b in zip(at[::2], at[1::2], strict=True)]
    window = Interval(start / 10, (start + length) / 10)
    talk = TalkTime.of(np.array(at[::2]), np.array(at[1::2]))
    seconds = talk.between(np.array([window.start]), np.array([window.end]))
    assert seconds[0] == pytest.approx(total(crop(units, window)))
    following = talk.next_start(np.array([window.start]))[0]
    assert following == min((u.start for u in units if u.start > window.start), default=math.inf)
