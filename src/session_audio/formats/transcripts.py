"""Transcripts made elsewhere: their words, with times and participants.

One small reader a format gives utterances; this module picks the reader, checks their times
(`timing`), turns the names in the file into participants (`speakers`), and spreads an
utterance's words over its time where the file has no word times.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import is_normalized, normalize

from session_audio.errors import FormatError
from session_audio.formats import (
    captions,
    csv_transcript,
    ctm,
    elan,
    json_transcript,
    long_cues,
    plain_text,
    seglst,
    textgrid,
    timing,
)
from session_audio.formats import text as texts
from session_audio.formats.speakers import Speakers, Unplaced
from session_audio.formats.utterance import Utterance
from session_audio.schema import Session, SpeakerSegment, TranscriptSource, Word

_READERS: dict[str, Callable[[Path, TranscriptSource], list[Utterance]]] = {
    "csv": csv_transcript.read,
    "ctm": ctm.read_ctm,
    "docx": plain_text.read_docx,
    "elan": elan.read,
    "json": json_transcript.read,
    "seglst": json_transcript.read,
    "srt": captions.read_srt,
    "stm": ctm.read_stm,
    "text": plain_text.read_text,
    "textgrid": textgrid.read,
    "vtt": captions.read_vtt,
}
SUFFIXES = {
    ".json": "json",
    ".vtt": "vtt",
    ".srt": "srt",
    ".ctm": "ctm",
    ".stm": "stm",
    ".textgrid": "textgrid",
    ".eaf": "elan",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "text",
    ".docx": "docx",
}
_PACKED = frozenset({"docx", "elan", "textgrid"})
"""Formats that say their own encoding."""
WORDS_A_SECOND = 3.0
"""Assumed where an utterance has no end: about 180 words a minute of running speech (ours)."""
SLACK = 1.0
"""Seconds that words may lie beyond the end of the recording without being told of."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """Words in order of start with participants as speakers, and what is told of the file."""

    words: tuple[Word, ...]
    notes: tuple[str, ...]


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
    known = sorted(_READERS)
    name = source.format.lower()
    if name == "auto":
        suffix = source.file.suffix.lower()
        if suffix not in SUFFIXES:
            raise FormatError(
                f"{source.file.name}: the ending tells no format",
                hint=f"Name one in session.toml: {', '.join(known)}.",
            )
        return SUFFIXES[suffix]
    if name not in known:
        raise FormatError(
            f"transcript format {name!r} is not known", hint=f"Known: {', '.join(known)}."
        )
    return name


def read(
    source: TranscriptSource,
    session: Session,
    spoken: Sequence[SpeakerSegment] = (),
    length: float | None = None,
) -> Transcript:
    """The transcript's words.

    A speaker of the file is a participant when ``speakers`` in the manifest says so, or
    when it is the id or the name of somebody present, as platforms write it.  Anybody else is
    refused: their consent is not known.  Words of no speaker stay without one.

    Parameters
    ----------
    source : TranscriptSource
        The file, and how it is to be read.
    session : Session
        Its roster and attendance.
    spoken : sequence of SpeakerSegment
        A diarization made elsewhere, one speaker at a time; a long cue is split by it.
    length : float, optional
        Seconds that the recording lasts, where there is one.

    Raises
    ------
    FormatError
        When the file does not follow its format, a time is impossible, most words lie beyond
        the recording's end, or a speaker is nobody who was present.
    """
    name, speakers = source.file.name, Speakers(session, dict(source.speakers))
    utterances, notes = _utterances(source, speakers)
    utterances = speakers.placed(utterances, name)
    utterances, brought = timing.touching(utterances)
    utterances, in_pieces = long_cues.split(_ended(utterances), spoken)
    words = [w for u in utterances for w in seglst.as_words(u)]
    if not words:
        raise FormatError(f"{name} holds no words", session=session.id)
    if brought:
        notes.append(f"{brought} overlaps of a rounding error are taken for none")
    if in_pieces:
        notes.append(f"{in_pieces} long cues are split by the diarization")
    notes += timing.silences((w.start, w.end) for w in words)
    if length is not None:
        notes += _beyond(words, length, name)
    return Transcript(tuple(sorted(words, key=lambda w: (w.start, w.end))), tuple(notes))


def unplaced(source: TranscriptSource, session: Session) -> list[Unplaced]:
    """Every label of the file that is nobody's who was present, for a person at the screen.

    Raises
    ------
    FormatError
        When the file cannot be read at all.
    """
    speakers = Speakers(session, dict(source.speakers))
    return speakers.unplaced(_utterances(source, speakers)[0])


def utterances(source: TranscriptSource) -> list[Utterance]:
    """What the file holds, in its own times and with its own labels.

    Raises
    ------
    FormatError
        When the file does not follow its format.
    """
    try:
        return _READERS[format_of(source)](source.file, source)
    except OSError as error:
        raise FormatError(f"{source.file.name} cannot be read ({error.strerror})") from None


def _utterances(source: TranscriptSource, speakers: Speakers) -> tuple[list[Utterance], list[str]]:
    """Utterances in seconds with the file's own labels, in order of start; and notes."""
    name, kind = source.file.name, format_of(source)
    found, notes = utterances(source), list[str]()
    if kind not in _PACKED and (encoding := texts.read(source.file).other_encoding):
        notes.append(f"{name} is read as {encoding}")
    in_one_form = [u if is_normalized("NFC", u.text) else _composed(u) for u in found]
    named, more = speakers.named(timing.checked(in_one_form, name, source.times))
    return named, notes + more


def _composed(u: Utterance) -> Utterance:
    """With letters as one character, as the rest of the software has them."""
    return replace(u, text=normalize("NFC", u.text))


def _ended(utterances: list[Utterance]) -> list[Utterance]:
    """Give an utterance without an end the time its words take, at most to the next start."""
    starts = [u.start for u in utterances]
    out = []
    for u in utterances:
        if u.end is None:
            end = u.start + len(u.text.split()) / WORDS_A_SECOND
            k = bisect_right(starts, u.start)
            later = starts[k] if k < len(starts) else end
            u = replace(u, end=min(end, later))
        out.append(u)
    return out


def _beyond(words: Sequence[Word], length: float, name: str) -> list[str]:
    """What is told of words after the end of the recording."""
    beyond = [w for w in words if w.start > length + SLACK]
    last = max(w.end for w in words)
    if len(beyond) > len(words) / 2:
        raise FormatError(
            f"{name} runs to {last:.1f} s, the recording to {length:.1f} s",
            hint="Is it about this recording, and are its times in seconds?",
        )
    if not beyond:
        return []
    return [f"{len(beyond)} words lie after the recording's end at {timing.clock(length)}"]
