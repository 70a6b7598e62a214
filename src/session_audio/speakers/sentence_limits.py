"""Where two talk at once: the words around a change of speaker go by the recogniser's sentences.

Whoever comes in begins a sentence of their own, and a recogniser's punctuation shows where
("... and I started to... Careful, everybody"), while the exclusive diarization puts the change
anywhere in the overlap.  So a few words after the last sentence limit before the change go to
the one who comes in, where that one is talking already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from session_audio.interval import Interval, union
from session_audio.schema import SpeakerSegment, Word

MOST_WORDS = 3
"""Words that change sides at one change of speaker (ours)."""
REACH = 1.0
"""Seconds that they may take (ours)."""
SLACK = 0.25
"""Seconds that a word's middle may lie outside the other's speech: what a diarizer resolves."""

_ENDS = re.compile(r"""(?:[.?!…]["')\]]*|[-–—]+)$""")


def ends_sentence(text: str) -> bool:
    """Whether a recogniser ended a sentence here, or wrote that it was broken off.

    >>> [ends_sentence(x) for x in ("home.", "to...", "I-", "so,", "well-known")]
    [True, True, True, False, False]
    """
    return bool(_ENDS.search(text.strip()))


def at_sentence_limits(
    words: Sequence[Word], segments: Iterable[SpeakerSegment]
) -> tuple[Word, ...]:
    """`words`, in order and with speakers; some before a change given to the one who comes in.

    Parameters
    ----------
    words : sequence of Word
        In order of start.
    segments : iterable of SpeakerSegment
        Everybody's speech, overlaps included.

    Examples
    --------
    >>> both = [SpeakerSegment(0.0, 2.0, "S01"), SpeakerSegment(1.2, 4.0, "S02")]
    >>> said = [Word(0.8, 1.1, "to...", "S01"), Word(1.3, 1.8, "Careful", "S01"),
    ...         Word(1.9, 2.4, "now.", "S02")]
    >>> [word.speaker for word in at_sentence_limits(said, both)]
    ['S01', 'S02', 'S02']
    """
    speech: dict[str, list[Interval]] = {}
    for s in segments:
        speech.setdefault(s.speaker, []).append(Interval(s.start - SLACK, s.end + SLACK))
    talk = {who: union(own) for who, own in speech.items()}
    speakers = [word.speaker for word in words]
    moved = list(speakers)
    for k in range(1, len(words)):
        before, after = speakers[k - 1], speakers[k]
        if before != after:
            for place in _begun(words, speakers, k - 1, talk.get(after or "", ())):
                moved[place] = after
    return tuple(
        word if word.speaker == who else replace(word, speaker=who)
        for word, who in zip(words, moved, strict=True)
    )


def _begun(
    words: Sequence[Word], speakers: Sequence[str | None], last: int, talk: Sequence[Interval]
) -> range:
    """Words up to the place `last` that begin a sentence while another talks; empty where none."""
    for k in range(last, max(-1, last - MOST_WORDS - 1), -1):
        if speakers[k] != speakers[last]:
            break
        if ends_sentence(words[k].text):
            return range(k + 1, last + 1)
        middle = (words[k].start + words[k].end) / 2
        talking = any(piece.start <= middle <= piece.end for piece in talk)
        if words[last].end - words[k].start > REACH or not talking:
            break
    return range(0)
