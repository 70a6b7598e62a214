"""Where in a session speech is likely lost or uncertain: stretches, in seconds of its clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from session_audio.interval import Interval, difference, intersection, overlaps, total, union
from session_audio.schema import SpeakerSegment, Word

PAUSE = 1.0
"""Seconds of silence that a stretch of speech goes on over."""
BESIDE = 0.5
"""Seconds around a word that count as said with it: a recogniser's times are that far off."""
WORDLESS = 5.0
"""Seconds of speech without a word that are told; laughter and "mm-hm" are shorter (ours)."""
WINDOW, HOP = 30.0, 15.0
"""Seconds in which talk at once is looked at, and between two looks."""
CROWDED, LEAST = 0.3, 5.0
"""Share of a window's speech in which two or more talk, and seconds of it, that are told (ours:
in the liveliest real clips about half of who spoke is wrong)."""


def wordless(
    words: Iterable[Word],
    speech: Iterable[SpeakerSegment],
    left_out: Iterable[Interval] = (),
    nobodys: Collection[str] = (),
) -> list[Interval]:
    """Where people speak and no word was written.

    Parameters
    ----------
    words : iterable of Word
    speech : iterable of SpeakerSegment
    left_out : iterable of Interval
        Where words are left out on purpose, as in another language.
    nobodys : collection of str
        Whose words are left out on purpose.

    Examples
    --------
    >>> said = [Word(1.0, 1.4, "so"), Word(12.0, 12.3, "yes")]
    >>> wordless(said, [SpeakerSegment(0.5, 12.5, "P01")])
    [Interval(start=1.9, end=11.5)]
    """
    spoken = union((s.interval for s in speech if s.speaker not in nobodys), PAUSE)
    written = [Interval(max(0.0, w.start - BESIDE), w.end + BESIDE) for w in words]
    without = difference(difference(spoken, left_out), written)
    return [stretch for stretch in without if stretch.duration >= WORDLESS]


def crowded(speech: Sequence[SpeakerSegment]) -> list[Interval]:
    """Windows in which much of the talk is at once, those that touch joined.

    Examples
    --------
    >>> crowded([SpeakerSegment(0.0, 30.0, "P01"), SpeakerSegment(10.0, 25.0, "P02")])
    [Interval(start=0.0, end=30.0)]
    """
    spoken = union(s.interval for s in speech)
    if not spoken:
        return []
    by = {s.speaker: list[Interval]() for s in speech}
    for s in speech:
        by[s.speaker].append(s.interval)
    both = overlaps(list(by.values()))
    out, at = [], 0.0
    while at < spoken[-1].end:
        window = [Interval(at, at + WINDOW)]
        together = total(intersection(both, window))
        if together >= max(LEAST, CROWDED * total(intersection(spoken, window))):
            out.append(Interval(at, min(at + WINDOW, spoken[-1].end)))
        at += HOP
    return union(out)
