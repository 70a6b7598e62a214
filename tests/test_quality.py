"""How far to trust a session's numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from session_audio.metrics import measure, quality
from session_audio.schema import Group, Participant, ParticipantId, Session, Word
from session_audio.settings import QualitySettings
from session_audio.turntaking.turns import build_turns

PEOPLE = (Participant(ParticipantId("P01"), "Mara"), Participant(ParticipantId("P02"), "Jonas"))
SESSION = Session(
    "s", Path(), Group("g", "Group", Path(), PEOPLE), date(2026, 3, 2), 1, (PEOPLE[0].id,)
)
WORDS = tuple(Word(k, k + 0.5, "well", "P01", 0.9) for k in range(10))


def warnings(words: tuple[Word, ...]) -> tuple[str, ...]:
    measures = measure(SESSION, build_turns(words, None), (), None, 60.0)
    return quality.assess(SESSION, (), words, (), measures, ("given",), QualitySettings()).warnings


@pytest.mark.parametrize(("untimed", "warned"), [(0, False), (5, False), (6, True), (10, True)])
def test_mostly_shared_out_times_are_warned_of(untimed: int, warned: bool) -> None:
    words = tuple(replace(w, timed=k >= untimed) for k, w in enumerate(WORDS))
    assert ("no_word_times" in warnings(words)) == warned


def test_no_words_and_little_speech() -> None:
    assert warnings(()) == ("given", "little_speech:0", "no_words")


def test_words_that_were_hardly_recognised() -> None:
    unsure = tuple(replace(w, probability=0.3) for w in WORDS)
    assert "unsure_words:0.30" in warnings(unsure)
