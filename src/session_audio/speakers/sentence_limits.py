"""Where two talk at once: the words around a change of speaker go by the recogniser's sentences.

Whoever comes in begins a sentence of their own, and a recogniser's punctuation shows where
("... and I started to... Careful, everybody"), while the exclusive diarization puts the change
anywhere in the overlap.  So a few words on the wrong side of the nearest sentence limit change
sides, where the other one is talking as well.
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


def begins_sentence(text: str) -> bool:
    """Whether a recogniser began a sentence here; of "I" that cannot be told.

    >>> [begins_sentence(x) for x in ("Yeah.", "home.", "I'm")]
    [True, False, False]
    """
    return text[:1].isupper() and text.split("'")[0] != "I"


def at_sentence_limits(
    words: Sequence[Word], segments: Iterable[SpeakerSegment]
) -> tuple[Word, ...]:
    """`words`, in order and with speakers; some at a change of speaker given to the other one.

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
        if before == after or ends_sentence(words[k - 1].text):
            continue
        late = _run(words, speakers, range(k - 1, -1, -1), talk.get(after or "", ()))
        early = range(0)
        if not begins_sentence(words[k].text):
            early = _run(words, speakers, range(k, len(words)), talk.get(before or "", ()))
        if late and (not early or len(late) <= len(early)):
            moved[late.start : late.stop] = [after] * len(late)
        elif early:
            moved[early.start : early.stop] = [before] * len(early)
    return tuple(
        word if word.speaker == who else replace(word, speaker=who)
        for word, who in zip(words, moved, strict=True)
    )


def _run(
    words: Sequence[Word], speakers: Sequence[str | None], places: range, talk: Sequence[Interval]
) -> range:
    """The words of one speaker between the change and the sentence limit; empty where none is.

    `places` runs from the change away from it; `talk` is the other one's.
    """
    first, backwards = places[0] if places else 0, places.step < 0
    for k in places[: MOST_WORDS + backwards]:
        if speakers[k] != speakers[first]:
            break
        if backwards and ends_sentence(words[k].text):
            return range(k + 1, first + 1)
        middle = (words[k].start + words[k].end) / 2
        far = abs(words[first].end - words[k].start) > REACH or (
            abs(words[k].end - words[first].start) > REACH
        )
        if far or not any(piece.start <= middle <= piece.end for piece in talk):
            break
        if not backwards and ends_sentence(words[k].text):
            return range(first, k + 1)
    return range(0)
