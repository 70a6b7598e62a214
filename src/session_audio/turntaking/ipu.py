"""Inter-pausal units: what turns and interactions are made of.

An inter-pausal unit (IPU) is a maximal run of one speaker's speech whose silences are at most
a threshold: the setting ``turns.ipu_gap``, 0.2 s (the term after Gravano & Hirschberg 2011†;
the value is ours, for a diarizer does not resolve shorter silences).  Speech comes from
words, from a diarization, or from both: a word inside its speaker's diarized speech, or
within `NEAR` of it, does not move that speech's limits; a word farther from it adds to it.

Conventions: seconds, half-open ``[start, end)``, rounded to the microsecond; units of one
speaker do not overlap, units of different speakers may.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from session_audio.errors import FormatError
from session_audio.interval import Interval, exceeds, on_grid, union
from session_audio.schema import UNATTRIBUTED, Diarization, SpeakerSegment, Word

NEAR = 0.25
"""Seconds a word may lie outside its speaker's diarized speech and still belong to it."""


@dataclass(frozen=True, slots=True)
class Ipu:
    """One speaker's speech without a pause, and its words (none where there is no text)."""

    start: float
    end: float
    speaker: str
    words: tuple[Word, ...] = ()

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start

    @property
    def text(self) -> str:
        """Its words, separated by spaces."""
        return " ".join(word.text for word in self.words)


def build_ipus(
    words: Sequence[Word] | None, speech: Diarization | None, gap: float = 0.2
) -> tuple[Ipu, ...]:
    """IPUs of every speaker, in order of start.

    Parameters
    ----------
    words : sequence of Word, optional
        In any order; overlapping words of one speaker are merged.  A word without a
        speaker is ``unattributed``.
    speech : Diarization, optional
        Its ``full`` segments are used.
    gap : float
        Longest silence inside an IPU, in seconds.

    Raises
    ------
    FormatError
        When a time is missing, negative or not finite, or an end lies before its start.

    Examples
    --------
    >>> words = [Word(0.0, 0.4, "so", "P01"), Word(0.5, 0.9, "yes", "P01")]
    >>> [(unit.start, unit.end, unit.text) for unit in build_ipus(words, None)]
    [(0.0, 0.9, 'so yes')]
    """
    for index, item in enumerate(words or ()):
        _check(item, "word", index)
    segments = speech.full if speech else ()
    for index, segment in enumerate(segments):
        _check(segment, "speech segment", index)
    words_of: dict[str, list[Word]] = {}
    for item in sorted(words or (), key=_place):
        words_of.setdefault(speaker_of(item), []).append(item)
    speech_of: dict[str, list[Interval]] = {}
    for segment in segments:
        speech_of.setdefault(segment.speaker, []).append(_span(segment))
    units: list[Ipu] = []
    for who in dict.fromkeys((*words_of, *speech_of)):
        units += _of_speaker(who, words_of.get(who, []), union(speech_of.get(who, [])), gap)
    return tuple(sorted(units, key=lambda unit: (unit.start, unit.end, unit.speaker)))


def speaker_of(word: Word) -> str:
    """Who spoke `word`; ``unattributed`` where nobody is known."""
    return word.speaker or UNATTRIBUTED


def _place(word: Word) -> tuple[float, float, str]:
    return on_grid(word.start), on_grid(word.end), word.text


def _span(item: Word | SpeakerSegment) -> Interval:
    return Interval(on_grid(item.start), on_grid(item.end))


def _check(item: Word | SpeakerSegment, what: str, index: int) -> None:
    start, end = item.start, item.end
    if start is None or end is None or not (math.isfinite(start) and math.isfinite(end)):
        raise FormatError(
            f"{what} {index + 1} has no usable time; expected start and end in seconds",
            hint="Leave such entries out, or give the time of their utterance.",
        )
    if start < 0 or end < start:
        raise FormatError(
            f"{what} {index + 1} runs from {start:g} s to {end:g} s; expected 0 <= start <= end",
            hint="Check that times are seconds from the start of the recording.",
        )


def _of_speaker(who: str, words: list[Word], speech: list[Interval], gap: float) -> list[Ipu]:
    """Units of one speaker; `words` in order of start, `speech` sorted and disjoint."""
    starts = [piece.start for piece in speech]
    pieces = list(speech)
    for word in words:
        middle = _span(word).middle
        k = bisect_right(starts, middle)
        far = all(
            exceeds(piece.start - NEAR, middle) or exceeds(middle, piece.end + NEAR)
            for piece in speech[max(0, k - 1) : k + 1]
        )
        if far:
            pieces.append(_span(word))
    runs = list(union(pieces, gap=gap))
    starts = [run.start for run in runs]
    words_in: list[list[Word]] = [[] for _ in runs]
    for word in words:
        middle = _span(word).middle
        k = max(0, bisect_right(starts, middle) - 1)
        if k + 1 < len(runs) and exceeds(middle - runs[k].end, runs[k + 1].start - middle):
            k += 1
        words_in[k].append(word)
    return [
        Ipu(run.start, run.end, who, tuple(own)) for run, own in zip(runs, words_in, strict=True)
    ]
