"""A recording in parts: what lies on either side of a cut is analysed by itself.

Between two parts nobody knows what was said.  So no turn runs on across a cut, nobody
interrupts or answers across it, and it is no silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from session_audio.interval import Interval, crop
from session_audio.schema import Diarization, SpeakerSegment, Word

_EVER = 1e12


def stretches(
    words: Sequence[Word] | None, speech: Diarization, cuts: Sequence[Interval]
) -> list[tuple[Sequence[Word] | None, Diarization]]:
    """Words and speech of each part, in order; as given where there is no cut.

    Parameters
    ----------
    words : sequence of Word or None
        A word belongs to the part in which it begins.
    speech : Diarization
        A segment across a cut becomes two.
    cuts : sequence of Interval
        In order; may be of no length.

    Examples
    --------
    >>> speech = Diarization((SpeakerSegment(0.0, 9.0, "P01"),), ())
    >>> for _, part in stretches(None, speech, [Interval(4.0, 6.0)]):
    ...     print([(s.start, s.end) for s in part.full])
    [(0.0, 4.0)]
    [(6.0, 9.0)]
    """
    if not cuts:
        return [(words, speech)]
    starts = [0.0, *(cut.end for cut in cuts)]
    ends = [*(cut.start for cut in cuts), _EVER]
    out: list[tuple[Sequence[Word] | None, Diarization]] = []
    for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
        window = Interval(start, end)
        upto = starts[k + 1] if k + 1 < len(starts) else _EVER
        own = None
        if words is not None:
            own = [word for word in words if start <= word.start < upto]
        part = replace(
            speech, full=_within(speech.full, window), exclusive=_within(speech.exclusive, window)
        )
        out.append((own, part))
    return out


def _within(segments: Sequence[SpeakerSegment], window: Interval) -> tuple[SpeakerSegment, ...]:
    return tuple(
        SpeakerSegment(piece.start, piece.end, segment.speaker)
        for segment in segments
        for piece in crop([segment.interval], window)
        if piece.duration > 0
    )


def across(start: float, end: float, cuts: Sequence[Interval]) -> bool:
    """Whether a cut lies within ``[start, end]``."""
    return any(start <= cut.start and cut.end <= end for cut in cuts)
