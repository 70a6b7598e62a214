"""Gives each word the label of who spoke it.

Words come from speech recognition, which hears one voice at a time; so they are matched
with the exclusive diarization (one speaker at a time), not with the full one.  A word
belongs to the segment it shares most time with.  A word in nobody's segment goes to the
nearest one within reach (a diarizer's edges are a few tenths of a second off), else it
stays unattributed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace

from session_audio.schema import UNATTRIBUTED, Diarization, SpeakerSegment, Word

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
        keeps it.
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
    >>> heard = [Word(0.2, 0.6, "yes"), Word(0.8, 1.6, "but"), Word(7.0, 7.4, "hm")]
    >>> [w.speaker for w in assign_speakers(heard, Diarization(spoken, spoken))]
    ['S01', 'S02', 'unattributed']
    """
    segments = sorted(diarization.exclusive or diarization.full)
    starts = [s.start for s in segments]
    longest = max((s.end - s.start for s in segments), default=0.0)
    out: list[Word] = []
    for word in sorted(words, key=lambda w: (w.start, w.end)):
        if word.speaker is None or word.speaker == "":
            word = replace(word, speaker=_speaker(word, segments, starts, longest, reach))
        out.append(word)
    return tuple(out)


def _near(
    word: Word,
    segments: Sequence[SpeakerSegment],
    starts: list[float],
    longest: float,
    reach: float,
) -> list[SpeakerSegment]:
    """Segments within `reach` of `word`."""
    first = bisect_left(starts, word.start - reach - longest)
    last = bisect_left(starts, word.end + reach)
    return [s for s in segments[first : last + 1] if s.end >= word.start - reach]


def _speaker(
    word: Word,
    segments: Sequence[SpeakerSegment],
    starts: list[float],
    longest: float,
    reach: float,
) -> str:
    shared: dict[str, float] = {}
    nearest: tuple[float, str] | None = None
    for s in _near(word, segments, starts, longest, reach):
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
