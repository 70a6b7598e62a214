"""Transcripts made elsewhere: their words, with times and participants.

One small reader a format gives utterances; this module picks the reader, turns the names
in the file into participants, and spreads an utterance's words over its time where the
file has no word times.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

from session_audio.errors import FormatError
from session_audio.formats import captions, csv_transcript, ctm, elan, seglst, textgrid
from session_audio.formats.utterance import Utterance
from session_audio.names import NameMatcher
from session_audio.schema import Session, TranscriptSource, Word

_READERS: dict[str, Callable[[Path, TranscriptSource], list[Utterance]]] = {
    "vtt": captions.read_vtt,
    "srt": captions.read_srt,
    "ctm": ctm.read_ctm,
    "stm": ctm.read_stm,
    "textgrid": textgrid.read,
    "elan": elan.read,
    "csv": csv_transcript.read,
}
_SUFFIXES = {
    ".json": "seglst",
    ".vtt": "vtt",
    ".srt": "srt",
    ".ctm": "ctm",
    ".stm": "stm",
    ".textgrid": "textgrid",
    ".eaf": "elan",
    ".csv": "csv",
    ".tsv": "csv",
}
WORDS_A_SECOND = 3.0
"""Assumed where an utterance has no end: about 180 words a minute of running speech (ours)."""


def format_of(source: TranscriptSource) -> str:
    """The format's name: as given, or by the file's ending.

    Raises
    ------
    FormatError
        When neither tells.

    Examples
    --------
    >>> format_of(TranscriptSource(Path("call.vtt"), "auto"))
    'vtt'
    """
    known = sorted({"seglst", *_READERS})
    name = source.format.lower()
    if name == "auto":
        suffix = source.file.suffix.lower()
        if suffix not in _SUFFIXES:
            raise FormatError(
                f"{source.file.name}: the ending tells no format",
                hint=f"Name one in session.toml: {', '.join(known)}.",
            )
        return _SUFFIXES[suffix]
    if name not in known:
        raise FormatError(
            f"transcript format {name!r} is not known", hint=f"Known: {', '.join(known)}."
        )
    return name


def read(source: TranscriptSource, session: Session) -> tuple[Word, ...]:
    """Words of the transcript, in order of start, with participants as speakers.

    A speaker of the file is a participant when ``speakers`` in the manifest says so, or
    when it is the id or the name of somebody present.  Anybody else is refused: their
    consent is not known.  Words of no speaker stay without one.

    Raises
    ------
    FormatError
        When the file does not follow its format, a time is impossible, or a speaker is
        nobody who was present.
    """
    name = source.file.name
    kind = format_of(source)
    if kind == "seglst":
        words: Iterable[Word] = seglst.read(source.file)
    else:
        try:
            utterances = _READERS[kind](source.file, source)
        except UnicodeDecodeError:
            raise FormatError(f"{name} is not UTF-8 text", hint="Save it as UTF-8.") from None
        words = [w for u in _ended(_checked(utterances, name)) for w in _words(u)]
    matcher = NameMatcher.of(session.present)
    given = {p.id.casefold(): str(p.id) for p in session.present}
    given |= {normalize("NFC", n).casefold(): who for n, who in source.speakers.items()}
    attributed = []
    for number, word in enumerate(words, start=1):
        speaker = None
        if word.speaker is not None:
            label = normalize("NFC", word.speaker).casefold().strip()
            speaker = given.get(label) or matcher.whole(label)
            if speaker is None:
                raise FormatError(
                    f"{name}: the speaker of word {number}, at {word.start:.1f} s, "
                    "is nobody who was present",
                    session=session.id,
                    hint="Add them to attendance, or map the name under [transcript.speakers].",
                )
        attributed.append(replace(word, text=normalize("NFC", word.text), speaker=speaker))
    if not attributed:
        raise FormatError(f"{name} holds no words", session=session.id)
    return tuple(sorted(attributed, key=lambda w: (w.start, w.end)))


def _checked(utterances: list[Utterance], name: str) -> list[Utterance]:
    for u in utterances:
        end = u.start if u.end is None else u.end
        if not (math.isfinite(u.start) and math.isfinite(end) and 0 <= u.start <= end):
            raise FormatError(
                f"{name}, {u.where}: runs from {u.start} to {end} s; expected 0 <= start <= end",
                hint="Are the times from the start of the recording?",
            )
    return sorted(utterances, key=lambda u: u.start)


def _ended(utterances: list[Utterance]) -> list[Utterance]:
    """Give an utterance without an end the time its words take, at most to the next start."""
    starts = [u.start for u in utterances]
    out = []
    for u in utterances:
        if u.end is None:
            end = u.start + len(u.text.split()) / WORDS_A_SECOND
            k = bisect_right(starts, u.start)
            later = starts[k] if k < len(starts) else end
            u = Utterance(u.start, min(end, later), u.speaker, u.text, u.where)
        out.append(u)
    return out


def _words(u: Utterance) -> list[Word]:
    end = u.start if u.end is None else u.end
    tokens = u.text.split()
    if len(tokens) == 1 and u.is_word:
        return [Word(u.start, end, tokens[0], u.speaker, u.probability)]
    return seglst.spread(tokens, u.start, end, u.speaker)
