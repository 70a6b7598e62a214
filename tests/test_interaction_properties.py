"""Any session goes through, and when it was held changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_audio.metrics import measure
from session_audio.schema import (
    Diarization,
    Group,
    Interaction,
    Participant,
    ParticipantId,
    Session,
    SpeakerSegment,
    Turn,
    Word,
)
from session_audio.settings import MetricSettings
from session_audio.turntaking.interactions import find_interactions
from session_audio.turntaking.model import load
from session_audio.turntaking.responses import assign_responses
from session_audio.turntaking.turns import build_turns

TEXTS = ("yeah", "mm-hmm", "and", "no.", "be-", "why", "you", "right")
QUICK = MetricSettings(resamples=100, shuffles=19)
SHIPPED = load(Path(__file__).parents[1] / "models" / "interaction" / "model.json")


@st.composite
def talk(draw: st.DrawFn) -> list[Word]:
    """Words of three people, with overlaps and silences, on a grid of tenths of seconds."""
    made = []
    for _ in range(draw(st.integers(0, 30))):
        start = draw(st.integers(0, 300)) / 10
        length = draw(st.integers(0, 25)) / 10
        who = draw(st.sampled_from(["P01", "P02", "P03"]))
        made.append(Word(start, start + length, draw(st.sampled_from(TEXTS)), who))
    return made


def analyse(words: list[Word], way: str) -> tuple[tuple[Turn, ...], tuple[Interaction, ...]]:
    segments = tuple(SpeakerSegment(w.start, w.end, w.speaker or "") for w in words)
    speech = Diarization(segments, segments) if way == "sound" else None
    given_words = None if way == "sound" else words
    model = SHIPPED if way == "model" else None
    turns = build_turns(given_words, speech, model=model)
    events = find_interactions(turns, given_words, speech, model=model)
    return assign_responses(turns, events, model=model), events


@pytest.mark.parametrize("way", ["rules", "sound", "model"])
class TestAnySession:
    @given(words=talk(), by=st.integers(1, 4000))
    def test_a_shift_in_time_changes_nothing(self, way: str, words: list[Word], by: int) -> None:
        later = [Word(w.start + by, w.end + by, w.text, w.speaker) for w in words]
        (turns, events), (turns_later, events_later) = (analyse(one, way) for one in (words, later))
        assert [(t.participant, t.text, t.backchannel, t.responds_to) for t in turns] == [
            (t.participant, t.text, t.backchannel, t.responds_to) for t in turns_later
        ]
        assert [(e.kind, e.participant, e.holder) for e in events] == [
            (e.kind, e.participant, e.holder) for e in events_later
        ]
        assert [e.start + by for e in events] == pytest.approx([e.start for e in events_later])
        assert [e.confidence for e in events] == pytest.approx([e.confidence for e in events_later])

    @given(words=talk())
    def test_what_is_found_is_in_order_and_about_two_people(
        self, way: str, words: list[Word]
    ) -> None:
        turns, events = analyse(words, way)
        assert all(t.responds_to != t.participant for t in turns)
        assert all(e.holder != e.participant and e.start <= e.end for e in events)
        assert all(0 <= e.confidence <= 1 for e in events)
        assert [e.start for e in events] == sorted(e.start for e in events)

    @pytest.mark.parametrize("people", [0, 1, 2, 20])
    def test_any_number_of_people_goes_through_to_the_measures(self, way: str, people: int) -> None:
        ids = [ParticipantId(f"P{k:02d}") for k in range(people)]
        words = [
            Word(0.8 * k, 0.8 * k + 1.0, TEXTS[k % len(TEXTS)], ids[k % people])
            for k in range(5 * people)
        ]
        turns, events = analyse(words, way)
        roster = tuple(Participant(one, one) for one in ids)
        session = Session(
            "s", Path(), Group("g", "Group", Path(), roster), date(2026, 3, 2), 1, tuple(ids)
        )
        measures = measure(session, turns, events, None, 4.0 * people, QUICK)
        assert [m.participant for m in measures.members] == ids
        assert sum(m.turn_count for m in measures.members) == measures.group.turn_count
        assert (measures.group.gini.value is None) == (people < 2)
        assert bool(measures.network.pairs) == (people > 1)

    def test_one_speaker_with_overlapping_words_says_them_once(self, way: str) -> None:
        words = [Word(1.0, 3.0, "right", "P01"), Word(0.0, 2.0, "well", "P01")]
        turns, events = analyse(words, way)
        assert [(t.start, t.end, t.responds_to) for t in turns] == [(0.0, 3.0, None)]
        assert [piece.duration for piece in turns[0].speech] == [3.0]
        assert events == ()
