"""Which language is spoken where in a session: put together from tracks, or from a transcript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from session_audio.flow.session import SessionRun
from session_audio.schema import OTHER_LANGUAGE, LanguageStretch, Spoken, Transcription, Word
from session_audio.schema.language import joined
from session_audio.turntaking import lexicons
from session_audio.turntaking.lexicon import are_known
from session_audio.workspace.consent import MOMENTS

WINDOW = 60
"""Words of a transcript made elsewhere of which the language is told together (ours)."""


def told(run: SessionRun, languages: Iterable[str]) -> list[str]:
    """What is not done, or less well, in these languages, for whoever checks or runs a session."""
    others = [x for x in languages if x != OTHER_LANGUAGE and not are_known(x)]
    searched = run.settings.flags.reads_english_only and MOMENTS not in run.admitted.admission.off
    return limits(others, moments=searched)


def limits(others: Sequence[str], *, moments: bool) -> list[str]:
    """The same, of languages that are not English.

    `moments`: whether they are looked for, by a classifier that reads English alone.

    Examples
    --------
    >>> limits(["nl"], moments=False)
    ['turn-taking in nl is told by rules, not by the trained model']
    """
    if not others:
        return []
    listed = ", ".join(others)
    said = [f"moments are looked for in English alone, not in {listed}"] if moments else []
    return [*said, f"turn-taking in {listed} is told by rules, not by the trained model"]


def of_tracks(tracks: Sequence[tuple[str | None, float, float, Transcription]]) -> Spoken:
    """What is spoken in recordings that begin at their offsets.

    Parameters
    ----------
    tracks : sequence of tuple
        Whose it is (None: the room's), offset and duration in seconds, and what was recognised.
    """
    mains = [t.language for _, _, _, t in tracks if t.language and t.words]
    if len(set(mains)) < 2 and not any(t.stretches for _, _, _, t in tracks):
        every = [*mains, *(t.language for _, _, _, t in tracks)]
        return Spoken(every[0] if every else None)
    stretches = []
    for who, offset, duration, heard in tracks:
        whole = [LanguageStretch(0.0, duration, heard.language)] if heard.language else []
        stretches += [
            LanguageStretch(s.start + offset, s.end + offset, s.language, who)
            for s in heard.stretches or whole
        ]
    return Spoken(max(mains, key=mains.count, default=None), tuple(sorted(stretches)))


def with_own(words: Sequence[Word], spoken: Spoken) -> list[Word]:
    """The words, each with its language where several are spoken."""
    if not spoken.stretches:
        return list(words)
    return [
        word
        if word.language
        else replace(word, language=spoken.at((word.start + word.end) / 2, word.speaker))
        for word in words
    ]


def of_transcript(words: Sequence[Word], named: Sequence[str]) -> tuple[list[Word], Spoken]:
    """Words of a transcript made elsewhere with their languages, and what is spoken where.

    The file may say them; where it does not and several are named, the most frequent words of
    each language tell them, for `WINDOW` words together.
    """
    ordered = sorted(words, key=lambda word: (word.start, word.end))
    if len(named) > 1 and not any(word.language for word in ordered):
        ordered = list(_told(ordered, named))
    languages = [word.language or (named[0] if named else None) for word in ordered]
    if len(set(languages)) < 2:
        own = languages[0] if languages else named[0] if named else None
        return [replace(word, language=None) for word in ordered], Spoken(own)
    by_speaker: dict[str | None, list[LanguageStretch]] = {}
    for word, language in zip(ordered, languages, strict=True):
        if language is not None:
            one = LanguageStretch(word.start, word.end, language, word.speaker)
            by_speaker.setdefault(word.speaker, []).append(one)
    stretches = sorted(s for own in by_speaker.values() for s in joined(own))
    known = [language for language in languages if language is not None]
    return ordered, Spoken(max(known, key=known.count), tuple(stretches))


def _told(words: Sequence[Word], named: Sequence[str]) -> Iterator[Word]:
    before = named[0]
    for first in range(0, len(words), WINDOW):
        window = words[first : first + WINDOW]
        before = lexicons.written_in((w.text for w in window), named) or before
        yield from (replace(word, language=before) for word in window)
