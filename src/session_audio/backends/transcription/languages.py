"""Which language each chunk is in, from what the recogniser makes of each and its neighbours.

Whisper gives every chunk a probability for each of its languages; on a few seconds of speech
these are often wrong, and sound without words looks like any language.  So the likeliest
sequence is taken (Viterbi 1967): a chunk counts by how much speech it holds, and each change of
language costs.  A language that is none of those named counts only where the model is sure of
one, and costs more: what is taken for it is not transcribed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from session_audio.backends.transcription.chunks import Chunk
from session_audio.interval import Interval
from session_audio.schema import OTHER_LANGUAGE, LanguageStretch
from session_audio.schema.language import joined
from session_audio.settings import TranscriptionSettings

PIECE = 8.0
"""Seconds of speech that are listened to by themselves where the language changes (ours)."""
_FULL = 10.0
"""Seconds of speech from which a chunk's probabilities count in full (ours)."""
_FLOOR = 0.001
"""Least probability of a language in one chunk: no chunk alone decides for its neighbours."""
_CHANGE = 2.0
"""Log probability that a change between two languages that are named costs ..."""
_CHANGE_TO_OTHER = 4.0
"""... and one to or from a language that is not (both ours): a chunk by itself is then never
enough between two others."""
_RELATIVES = {"nl": {"af"}, "de": {"lb"}, "en": {"cy", "nn"}}
"""Languages for which the model takes one that is named (ours): they are not told apart from it."""


def decide(
    heard: Sequence[Mapping[str, float]],
    seconds: Sequence[float],
    named: Sequence[str],
    options: TranscriptionSettings,
) -> list[str]:
    """The language of each chunk: one of `named`, or ``OTHER_LANGUAGE``.

    Parameters
    ----------
    heard : sequence of mapping
        For each chunk in order, the probability of every language that the model knows.
    seconds : sequence of float
        Speech in each chunk.
    named : sequence of str
        The languages to choose from, at least one.
    options : TranscriptionSettings

    Examples
    --------
    >>> en, nl, it = {"en": 0.9, "nl": 0.1}, {"nl": 0.9, "en": 0.1}, {"it": 0.99}
    >>> decide([en, nl, en, nl, nl], [20, 2, 20, 20, 20], ["en", "nl"], TranscriptionSettings())
    ['en', 'en', 'en', 'nl', 'nl']
    >>> decide([en, en, en, it, it], [20] * 5, ["en"], TranscriptionSettings())
    ['en', 'en', 'en', 'und', 'und']
    """
    if not heard:
        return []
    states = [*named, OTHER_LANGUAGE]
    scores = [_scores(h, s, named, options) for h, s in zip(heard, seconds, strict=True)]
    best = [scores[0]]
    came_from: list[dict[str, str]] = []
    for now in scores[1:]:
        before, step, source = best[-1], {}, {}
        for to in states:
            source[to] = max(states, key=lambda a: before[a] - _cost(a, to))
            step[to] = now[to] + before[source[to]] - _cost(source[to], to)
        best.append(step)
        came_from.append(source)
    path = [max(states, key=lambda a: best[-1][a])]
    for source in reversed(came_from):
        path.append(source[path[-1]])
    return path[::-1]


def change_at(
    heard: Sequence[Mapping[str, float]],
    seconds: Sequence[float],
    before: str,
    after: str,
    named: Sequence[str],
    options: TranscriptionSettings,
) -> int:
    """How many of these pieces are still in `before`, where one change to `after` fits best.

    >>> en, nl = {"en": 0.9, "nl": 0.1}, {"nl": 0.9, "en": 0.1}
    >>> change_at([en, nl, nl], [5, 5, 5], "en", "nl", ["en", "nl"], TranscriptionSettings())
    1
    """
    scores = [_scores(h, s, named, options) for h, s in zip(heard, seconds, strict=True)]
    return max(
        range(len(scores) + 1),
        key=lambda k: sum(s[before] for s in scores[:k]) + sum(s[after] for s in scores[k:]),
    )


def plan(
    chunks: Sequence[Chunk],
    heard: Sequence[Mapping[str, float]],
    speech: Sequence[Interval],
    named: Sequence[str],
    hear: Callable[[Chunk], Mapping[str, float]],
    cut: Callable[[Sequence[Interval], float], list[Chunk]],
    options: TranscriptionSettings,
) -> list[tuple[Chunk, str]]:
    """Chunks in order, each with its language; cut anew where the language changes inside one.

    Parameters
    ----------
    chunks, heard : sequence
        What `decide` is asked of.
    speech : sequence of Interval
        All of which the chunks are made, in order.
    named : sequence of str
    hear : callable
        What language a chunk may be in; asked only around a change.
    cut : callable
        Makes chunks of speech, of at most so many seconds.
    options : TranscriptionSettings
    """
    languages = decide(heard, [chunk.duration for chunk in chunks], named, options)
    held = _speech_of(chunks, speech)
    moved: set[int] = set()
    for i in range(len(chunks) - 1):
        before, after = languages[i], languages[i + 1]
        if before == after:
            continue
        both = [*held[i], *held[i + 1]]
        pieces = cut(both, PIECE)
        durations = [piece.duration for piece in pieces]
        k = change_at([hear(p) for p in pieces], durations, before, after, named, options)
        border = sum(len(one) for one in _speech_of(pieces, both)[:k])
        if border != len(held[i]):
            held[i], held[i + 1] = both[:border], both[border:]
            moved |= {i, i + 1}
    return [
        (chunk, language)
        for i, language in enumerate(languages)
        for chunk in (cut(held[i], options.chunk) if i in moved else [chunks[i]])
    ]


def stretches(planned: Sequence[tuple[Chunk, str]]) -> tuple[LanguageStretch, ...]:
    """Where each language is spoken; nothing where all is in one that is transcribed."""
    found = {language for _, language in planned}
    if len(found) < 2 and OTHER_LANGUAGE not in found:
        return ()
    return joined([LanguageStretch(c.pieces[0].start, c.pieces[-1].end, own) for c, own in planned])


def most_spoken(planned: Sequence[tuple[Chunk, str]], named: Sequence[str]) -> str:
    """Of those named, the language with most speech."""
    return max(named, key=lambda one: sum(c.duration for c, own in planned if own == one))


def _speech_of(chunks: Sequence[Chunk], speech: Sequence[Interval]) -> list[list[Interval]]:
    """Which of `speech` each chunk holds; both are in order."""
    out: list[list[Interval]] = [[] for _ in chunks]
    k = 0
    for stretch in speech:
        while k + 1 < len(chunks) and stretch.middle > chunks[k].pieces[-1].end:
            k += 1
        out[k].append(stretch)
    return out


def likeliest(heard: Mapping[str, float], named: Sequence[str]) -> str:
    """Of those named the one the model finds likeliest; the first where it knows none."""
    return max(named, key=lambda language: heard.get(language, 0.0))


def _scores(
    heard: Mapping[str, float],
    seconds: float,
    named: Sequence[str],
    options: TranscriptionSettings,
) -> dict[str, float]:
    """Weighed log probability of each language that is named, and of another."""
    weight = min(1.0, seconds / _FULL)
    known = {*named, *(r for language in named for r in _RELATIVES.get(language, ()))}
    other = max((p for language, p in heard.items() if language not in known), default=0.0)
    if other < options.other_language:
        other = 0.0
    scores = {
        language: max(heard.get(one, 0.0) for one in (language, *_relatives(language, named)))
        for language in named
    }
    return {
        k: weight * math.log(max(p, _FLOOR)) for k, p in {**scores, OTHER_LANGUAGE: other}.items()
    }


def _relatives(language: str, named: Sequence[str]) -> set[str]:
    return _RELATIVES.get(language, set()) - set(named)


def _cost(before: str, after: str) -> float:
    if before == after:
        return 0.0
    return _CHANGE_TO_OTHER if OTHER_LANGUAGE in (before, after) else _CHANGE
