"""Alignment: gives each word the label of who spoke it.

Words come from speech recognition, which writes down one speaker at a time; so they are
matched with the exclusive diarization (one speaker at a time), not with the full one.  A
word goes to the speaker with whom it shares most time.  A word in nobody's segment goes to
the nearest one within `REACH` (a diarizer's edges are a few tenths of a second off), else it
is ``unattributed``, which is decided in `_speaker`.  Where two talk at once, a few words around the
change of speaker go by the recogniser's sentences instead (`sentence_limits`).

Conventions: seconds, half-open ``[start, end)``; words in order of start.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from session_audio.schema import UNATTRIBUTED, Diarization, SpeakerSegment, Word
from session_audio.speakers.sentence_limits import at_sentence_limits

REACH = 0.5
"""Seconds a word may lie outside a segment and still be its (ours: three times the
boundary error of 0.1 to 0.2 s measured on simulated sessions)."""


def assign_speakers(
    words: Iterable[Word], diarization: Diarization, reach: float = REACH
) -> tuple[Word, ...]:
    """`words` with their speakers, in order of start.

    Parameters
    ----------
    words : iterable of Word
        A word that has a speaker already (a track a person, a transcript made elsewhere)
        keeps it, and then no word changes sides at a sentence limit.
    diarization : Diarization
        Its `exclusive` is used; where that is empty, its `full`.
    reach : float
        Seconds that a word may lie outside every segment and still be the nearest one's.

    Returns
    -------
    tuple of Word
        As many as came in; ``unattributed`` where nobody speaks near the word.

    Examples
    --------
    >>> spoken = (SpeakerSegment(0.0, 1.0, "S01"), SpeakerSegment(1.0, 3.0, "S02"))
    >>> words = [Word(0.2, 0.6, "yes"), Word(0.8, 1.6, "but"), Word(7.0, 7.4, "hm")]
    >>> [w.speaker for w in assign_speakers(words, Diarization(spoken, spoken))]
    ['S01', 'S02', 'unattributed']
    """
    segments = _Segments.of(diarization.exclusive or diarization.full)
    ordered = sorted(words, key=lambda w: (w.start, w.end))
    assigned = tuple(
        word if word.speaker else replace(word, speaker=_speaker(word, segments, reach))
        for word in ordered
    )
    if any(word.speaker for word in ordered):
        return assigned
    return at_sentence_limits(assigned, diarization.full)


@dataclass(frozen=True, slots=True)
class _Segments:
    """Segments in order of start, to be looked up by time."""

    segments: Sequence[SpeakerSegment]
    starts: Sequence[float]
    longest: float

    @classmethod
    def of(cls, segments: Iterable[SpeakerSegment]) -> _Segments:
        ordered = sorted(segments)
        longest = max((s.end - s.start for s in ordered), default=0.0)
        return cls(ordered, [s.start for s in ordered], longest)

    def near(self, word: Word, reach: float) -> list[SpeakerSegment]:
        """Segments within `reach` seconds of `word`."""
        first = bisect_left(self.starts, word.start - reach - self.longest)
        last = bisect_left(self.starts, word.end + reach)
        return [s for s in self.segments[first : last + 1] if s.end >= word.start - reach]


def _speaker(word: Word, segments: _Segments, reach: float) -> str:
    """Whose segments share most time with `word`, else the nearest, else nobody."""
    shared: dict[str, float] = {}
    nearest: tuple[float, str] | None = None
    for s in segments.near(word, reach):
        together = min(word.end, s.end) - max(word.start, s.start)
        if together > 0:
            shared[s.speaker] = shared.get(s.speaker, 0.0) + together
        else:
            away = -together
            if away <= reach and (nearest is None or away < nearest[0]):
                nearest = (away, s.speaker)
    if shared:
        return max(shared, key=lambda who: shared[who])
    return nearest[1] if nearest else UNATTRIBUTED
