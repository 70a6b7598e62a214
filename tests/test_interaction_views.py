"""What training makes of a labelled meeting: its words and speech as a recording gives them."""

from __future__ import annotations

import importlib.util
import random
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from session_audio.schema import Diarization

_SPEC = importlib.util.spec_from_file_location(
    "views", Path(__file__).parents[1] / "training" / "interaction" / "views.py"
)
assert _SPEC is not None and _SPEC.loader is not None
views = importlib.util.module_from_spec(_SPEC)
sys.modules["views"] = views
_SPEC.loader.exec_module(views)

EXACT = views.Rates(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def utterance(who: str, start: float, *words: str) -> SimpleNamespace:
    """One word every half second."""
    timed = [(start + 0.5 * k, start + 0.5 * k + 0.4, word) for k, word in enumerate(words)]
    return SimpleNamespace(speaker=who, start=start, end=timed[-1][1], words=timed)


MEETING = [
    utterance("P01", 0, "so", "we", "went", "th-", "there", "uh", "together"),
    utterance("P02", 1, "mm-hmm"),
    utterance("P02", 5, "yeah", "right"),
]


def drawn(rates: object, seed: int = 0) -> tuple[list[str], Diarization]:
    words, speech = views.as_recognised(MEETING, rates, random.Random(seed))
    return [word.text for word in words], speech


def test_sounds_and_broken_off_words_are_not_written_and_their_speech_stays() -> None:
    words, speech = drawn(EXACT)
    assert words == ["so", "we", "went", "there", "together", "yeah", "right"]
    assert [(s.speaker, s.start) for s in speech.full] == [("P01", 0), ("P02", 1), ("P02", 5)]
    assert "mm-hmm" in drawn(replace(EXACT, sounds_written=1.0))[0]


def test_words_in_overlap_are_lost_at_their_own_rate() -> None:
    words, _ = drawn(replace(EXACT, lost_in_overlap=1.0))
    assert words == ["so", "we", "there", "together", "yeah", "right"]  # "went" is under P02


def test_short_speech_under_anothers_is_missed_with_its_words() -> None:
    words, speech = drawn(replace(EXACT, speech_missed=1.0, sounds_written=1.0))
    assert [s.start for s in speech.full] == [0, 5]
    assert "mm-hmm" not in words


def test_a_diarizer_begins_early_and_ends_late() -> None:
    first = drawn(replace(EXACT, widened=0.1))[1].full[1]
    assert (first.start, first.end) == (0.9, 1.5)


def test_the_same_seed_draws_the_same_view() -> None:
    first, again, other = (
        views.as_recognised(MEETING, views.Rates.draw(random.Random(seed)), random.Random(seed))
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_words_by_hand_are_all_there() -> None:
    words, speech = views.by_hand(MEETING)
    assert len(words) == 10
    assert speech is None
