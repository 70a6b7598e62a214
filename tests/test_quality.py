"""How far to trust a session's numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from session_audio.metrics import measure, quality
from session_audio.schema import Group, Notice, Participant, ParticipantId, Session, Word
from session_audio.settings import QualitySettings
from session_audio.turntaking.turns import build_turns

PEOPLE = (Participant(ParticipantId("P01"), "Mara"), Participant(ParticipantId("P02"), "Jonas"))
SESSION = Session(
    "s", Path(), Group("g", "Group", Path(), PEOPLE), date(2026, 3, 2), 1, (PEOPLE[0].id,)
)
WORDS = tuple(Word(k, k + 0.5, "well", "P01", 0.9) for k in range(10))


def warnings(words: tuple[Word, ...]) -> tuple[str, ...]:
    measures = measure(SESSION, build_turns(words, None), (), None, 60.0)
    given = (Notice("given"),)
    assessed = quality.assess(SESSION, (), words, (), measures, given, QualitySettings())
    return tuple(str(notice) for notice in assessed.warnings)


@pytest.mark.parametrize(("untimed", "warned"), [(0, False), (5, False), (6, True), (10, True)])
def test_mostly_shared_out_times_are_warned_of(untimed: int, warned: bool) -> None:
    words = tuple(replace(w, timed=k >= untimed) for k, w in enumerate(WORDS))
    assert ("no_word_times" in warnings(words)) == warned


def test_no_words_and_little_speech() -> None:
    assert warnings(()) == ("given", "little_speech:0", "no_words")


def test_words_that_were_hardly_recognised() -> None:
    unsure = tuple(replace(w, probability=0.3) for w in WORDS)
    assert "unsure_words:0.30" in warnings(unsure)


def test_notices_are_stored_as_they_are_written_and_read_back() -> None:
    notices = (
        Notice("silent"),
        Notice("more_voices", "4", "3"),
        Notice("silent_track", "P02"),
        Notice("truncated", "10.0", "12.0"),
    )
    adapter = TypeAdapter(tuple[Notice, ...])
    stored = adapter.dump_python(notices, mode="json")
    assert stored == ["silent", "more_voices:4/3", "silent_track:P02", "truncated:10.0/12.0"]
    assert adapter.validate_python(stored) == notices
    assert adapter.validate_python(["truncated:10.0:12.0"]) == notices[3:]
