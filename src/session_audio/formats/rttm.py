"""RTTM: who spoke when, one line a segment (NIST, Rich Transcription 2009).

``SPEAKER file channel start duration <NA> <NA> speaker <NA> <NA>``, times in seconds.
Other line types (``SPKR-INFO``, ``LEXEME``, ...) and comments (``;;``) are passed over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from session_audio.errors import FormatError
from session_audio.files import write_text
from session_audio.formats import text as texts
from session_audio.formats.timing import check_length
from session_audio.interval import Interval, union
from session_audio.schema import Diarization, Notice, SpeakerSegment

_OTHER = frozenset(
    {"A/P", "CB", "EDIT", "FILLER", "IP", "LEXEME", "NO_RT_METADATA", "NON-LEX", "NON-SPEECH"}
    | {"NOSCORE", "SEGMENT", "SPKR-INFO", "SU"}
)
"""Types of lines that say nothing of who spoke when."""
_ENDLESS = 600.0
"""Median seconds of a segment beyond which times are not in seconds (ours)."""


def write(path: Path, session: str, segments: Iterable[SpeakerSegment]) -> None:
    """Write `segments` in order of start, times to a thousandth of a second."""
    file = _field(session)
    lines = []
    for s in sorted(segments):
        start, end = round(s.start, 3), round(s.end, 3)
        if end > start:
            speaker = _field(s.speaker)
            lines.append(
                f"SPEAKER {file} 1 {start:.3f} {end - start:.3f} <NA> <NA> {speaker} <NA> <NA>\n"
            )
    write_text(path, "".join(lines))


def _field(text: str) -> str:
    """RTTM's fields are split at blanks, so a field has none."""
    return "_".join(text.split()) or "<NA>"


def read(path: Path) -> tuple[SpeakerSegment, ...]:
    """The speaker segments of `path`, in order of start.

    Raises
    ------
    FormatError
        When a line cannot be read, when the file is about more than one recording, or
        when it is not text; says at which line.
    """
    lines = texts.read(path).lines()
    segments: list[SpeakerSegment] = []
    files: set[tuple[str, str]] = set()
    for number, line in enumerate(lines, start=1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            if fields and not fields[0].startswith(";") and fields[0] not in _OTHER:
                raise FormatError(
                    f"{path.name}, line {number} is not RTTM",
                    hint="A line reads: SPEAKER file 1 start duration <NA> <NA> speaker <NA> <NA>.",
                )
            continue
        segments.append(_segment(fields, f"{path.name}, line {number}"))
        files.add((fields[1], fields[2]))
    if len({file for file, _ in files}) > 1:
        raise FormatError(
            f"{path.name} is about {len({file for file, _ in files})} recordings; expected one",
            hint="Keep the lines of this session only.",
        )
    check_length(max((s.end for s in segments), default=0.0), path.name)
    typical = median(s.end - s.start for s in segments) if len(segments) >= 5 else 0.0
    if typical > _ENDLESS:
        raise FormatError(
            f"{path.name}: half of its segments last more than {typical / 60:.0f} min",
            hint="Are its times in milliseconds? RTTM has seconds.",
        )
    return tuple(sorted(s for s in segments if s.end > s.start))


def _segment(fields: list[str], where: str) -> SpeakerSegment:
    if len(fields) < 8:
        raise FormatError(f"{where}: {len(fields)} fields; expected at least 8")
    try:
        start, duration = float(fields[3]), float(fields[4])
    except ValueError:
        raise FormatError(f"{where}: start and duration must be seconds") from None
    if not (math.isfinite(start) and math.isfinite(duration) and start >= 0 and duration >= 0):
        raise FormatError(
            f"{where}: starts at {start} s and lasts {duration} s; expected both from 0 on"
        )
    return SpeakerSegment(start, start + duration, fields[7])


def read_diarization(path: Path, duration: float | None = None) -> Diarization:
    """A diarization made elsewhere, as it is, inside a recording of `duration` seconds.

    What lies beyond the recording's end is cut off with the warning
    ``rttm_beyond_end:SECONDS``.  The exclusive diarization gives each overlap to the
    speaker whose segment began first, as a listener would follow the floor.

    Raises
    ------
    FormatError
        When the file cannot be read or holds no speech, or when most of it lies beyond the
        recording's end.
    """
    segments = read(path)
    if not segments:
        raise FormatError(f"{path.name} holds no speech; expected SPEAKER lines that last")
    warnings: tuple[Notice, ...] = ()
    if duration is not None:
        beyond = sum(max(0.0, s.end - max(s.start, duration)) for s in segments)
        if beyond > 0.5:
            speech = sum(s.end - s.start for s in segments)
            if beyond > speech / 2:
                raise FormatError(
                    f"{path.name} runs to {max(s.end for s in segments):.1f} s, the recording "
                    f"to {duration:.1f} s",
                    hint="Is it about this recording, and are its times in seconds?",
                )
            warnings = (Notice("rttm_beyond_end", f"{beyond:.1f}"),)
        segments = tuple(
            SpeakerSegment(s.start, min(s.end, duration), s.speaker)
            for s in segments
            if s.start < duration
        )
    return Diarization(joined(segments), exclusive(segments), {}, warnings)


def joined(segments: Iterable[SpeakerSegment]) -> tuple[SpeakerSegment, ...]:
    """The same speech with no segment overlapping another of its own speaker."""
    by: dict[str, list[Interval]] = {}
    for s in segments:
        by.setdefault(s.speaker, []).append(s.interval)
    return tuple(
        sorted(
            SpeakerSegment(span.start, span.end, who)
            for who, spans in by.items()
            for span in union(spans)
        )
    )


def exclusive(segments: Iterable[SpeakerSegment]) -> tuple[SpeakerSegment, ...]:
    """One speaker at a time: whoever began first keeps an overlap.

    Examples
    --------
    >>> a, b = SpeakerSegment(0, 3, "A"), SpeakerSegment(2, 5, "B")
    >>> [(s.start, s.end, s.speaker) for s in exclusive([a, b])]
    [(0, 3, 'A'), (3, 5, 'B')]
    """
    out: list[SpeakerSegment] = []
    covered = 0.0
    for s in joined(segments):
        if s.end > covered:
            out.append(SpeakerSegment(max(s.start, covered), s.end, s.speaker))
            covered = s.end
    return tuple(out)
