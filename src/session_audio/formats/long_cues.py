"""A long cue over several speakers is split by who spoke when, where that is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from session_audio.formats.utterance import Utterance
from session_audio.schema import SpeakerSegment

LONG = 10.0
"""Seconds from which a cue without word times may hold several people's talk (ours)."""
MOSTLY = 0.7
"""Share of a cue's speech from which it is its own speaker's (ours)."""
_SHORT = 0.2
"""Seconds of a segment below which no word is given to it."""


def split(
    utterances: Sequence[Utterance], spoken: Sequence[SpeakerSegment]
) -> tuple[list[Utterance], int]:
    """Utterances with long cues in pieces, and how many cues were split.

    Parameters
    ----------
    utterances : sequence of Utterance
        In seconds, with participants as speakers.
    spoken : sequence of SpeakerSegment
        One speaker at a time, in order; speakers are participants where known.

    Returns
    -------
    list of Utterance, int
        A piece has no speaker: alignment gives its words to whoever speaks at their time.
        A cue whose speaker the diarization does not know stays as it is: it may be right.
    """
    known = {s.speaker for s in spoken}
    out, count = list[Utterance](), 0
    for u in utterances:
        pieces = _pieces(u, spoken, known) if spoken else []
        out += pieces or [u]
        count += bool(pieces)
    return out, count


def _pieces(u: Utterance, spoken: Sequence[SpeakerSegment], known: set[str]) -> list[Utterance]:
    if u.is_word or u.end is None or u.end - u.start < LONG:
        return []
    if u.speaker is not None and u.speaker not in known:
        return []
    end = u.end
    inside = [
        replace(s, start=max(s.start, u.start), end=min(s.end, end))
        for s in spoken
        if min(s.end, end) - max(s.start, u.start) > _SHORT
    ]
    lengths: dict[str, float] = {}
    for s in inside:
        lengths[s.speaker] = lengths.get(s.speaker, 0.0) + s.end - s.start
    whole = sum(lengths.values())
    if len(lengths) < 2 or lengths.get(u.speaker or "", 0.0) >= MOSTLY * whole:
        return []
    return _shared(u, inside, whole)


def _shared(u: Utterance, inside: Sequence[SpeakerSegment], whole: float) -> list[Utterance]:
    """The words of `u` over the segments, in proportion to letters and seconds."""
    tokens = u.text.split()
    letters = sum(len(t) + 1 for t in tokens)
    pieces, k, done, passed = list[Utterance](), 0, 0, 0.0
    for i, s in enumerate(inside):
        passed += s.end - s.start
        first = k
        while k < len(tokens) and (
            i == len(inside) - 1 or done + (len(tokens[k]) + 1) / 2 <= letters * passed / whole
        ):
            done += len(tokens[k]) + 1
            k += 1
        if k > first:
            text = " ".join(tokens[first:k])
            pieces.append(replace(u, start=s.start, end=s.end, speaker=None, text=text))
    return pieces
