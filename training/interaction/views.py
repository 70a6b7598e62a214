"""A labelled meeting as a diarizer and a recogniser would hand it over.

`by_hand` is the words as people wrote them.  `as_recognised` draws what a recording gives
instead: speech of everybody, with limits a little off and some short stretches missed, and
the words that a recogniser writes of it.  How much is lost differs from recording to
recording, so each view draws its own rates (`Rates.draw`), from ranges around what
``benchmarks/recognised_rates.py`` finds on short clips of real meetings.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from session_audio.schema import Diarization, SpeakerSegment, Word
from session_audio.turntaking.lexicon import LISTENING_SOUND, is_fragment, plain

BY_HAND, AS_RECOGNISED = "words by hand", "as recognised"
"""The kinds of view."""
View = tuple[list[Word], Diarization | None]
"""Words with speakers, and everybody's speech; None where the words alone are known."""
SHORT = 0.6
"""Seconds up to which speech under another's is easily missed."""


@dataclass(frozen=True)
class Rates:
    """What is lost of a meeting; shares in [0, 1], errors as standard deviations in seconds."""

    lost: float
    """Of words spoken alone."""
    lost_in_overlap: float
    sounds_written: float
    """Of fillers and sounds of listening."""
    start_error: float
    length_error: float
    edge_error: float
    """Of where speech begins and ends."""
    widened: float
    """Seconds by which speech is found to begin too early and to end too late."""
    speech_missed: float
    """Of short speech under another's."""

    @classmethod
    def draw(cls, draw: random.Random) -> Rates:
        """Rates of one recording."""
        exact = draw.random() < 0.5  # half of the views have speech as labelled
        return cls(
            lost=draw.uniform(0.04, 0.22),
            lost_in_overlap=draw.uniform(0.25, 0.5),
            sounds_written=draw.choice((0.0, 0.0, draw.uniform(0.0, 0.3))),
            start_error=draw.uniform(0.05, 0.12),
            length_error=draw.uniform(0.03, 0.07),
            edge_error=0.0 if exact else draw.uniform(0.03, 0.25),
            widened=0.0 if exact else draw.uniform(0.0, 0.15),
            speech_missed=0.0 if exact else draw.uniform(0.2, 0.7),
        )


TRACKS = Rates(0.08, 0.35, 0.0, 0.1, 0.05, 0.0, 0.0, 0.0)
"""A track a person: everybody's speech as it was."""
ROOM = Rates(0.2, 0.4, 0.3, 0.1, 0.05, 0.2, 0.12, 0.7)
"""One recording of a room, as ``benchmarks/recognised_rates.py`` finds it on real meetings."""


def by_hand(gold: Sequence[Any]) -> View:
    """The words as people wrote them."""
    return sorted(
        Word(round(start, 3), round(end, 3), text, u.speaker)
        for u in gold
        for start, end, text in u.words
    ), None


def as_recognised(gold: Sequence[Any], rates: Rates, draw: random.Random) -> View:
    """Words and speech of the utterances `gold`, in order of start."""
    words: list[Word] = []
    speech: list[SpeakerSegment] = []
    for u, others in zip(gold, _overlapping(gold), strict=True):
        missed = others and u.end - u.start <= SHORT and draw.random() < rates.speech_missed
        if not missed:
            speech.append(_segment(u, rates, draw))
        for start, end, text in u.words:
            if is_fragment(text) or (
                plain(text) in LISTENING_SOUND and draw.random() >= rates.sounds_written
            ):
                continue
            covered = any(s < end and e > start for s, e in others)
            if draw.random() < (rates.lost_in_overlap if covered else rates.lost) or missed:
                continue
            begin = max(0.0, start + draw.gauss(0, rates.start_error))
            length = max(0.05, end - start + draw.gauss(0, rates.length_error))
            words.append(Word(round(begin, 3), round(begin + length, 3), text, u.speaker))
    return sorted(words), Diarization(tuple(speech), tuple(speech))


def _segment(u: Any, rates: Rates, draw: random.Random) -> SpeakerSegment:
    start = max(0.0, u.start - rates.widened + draw.gauss(0, rates.edge_error))
    end = max(start + 0.05, u.end + rates.widened + draw.gauss(0, rates.edge_error))
    return SpeakerSegment(round(start, 3), round(end, 3), u.speaker)


def _overlapping(gold: Sequence[Any]) -> list[list[tuple[float, float]]]:
    """For each utterance, in order of start, those of others that overlap it."""
    found: list[list[tuple[float, float]]] = [[] for _ in gold]
    on: list[int] = []
    for k, u in enumerate(gold):
        on = [j for j in on if gold[j].end > u.start]
        for j in on:
            if gold[j].speaker != u.speaker:
                found[k].append((gold[j].start, gold[j].end))
                found[j].append((u.start, u.end))
        on.append(k)
    return found
