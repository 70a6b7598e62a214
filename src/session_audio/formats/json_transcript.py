"""Transcripts as JSON: SegLST, and the segments that Whisper's relatives write.

WhisperX, aTrain, noScribe and Whisper itself write ``segments`` with ``start``, ``end`` (seconds),
``text``, perhaps ``speaker``, and perhaps ``words`` with times and scores of their own.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from session_audio.errors import FormatError
from session_audio.formats import seglst
from session_audio.formats.utterance import Faults, Utterance
from session_audio.schema import TranscriptSource

NO_SEGMENTS = "holds neither SegLST (a list with start_time, end_time, speaker, words) nor segments"


def read(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Segments of either kind, words by themselves where they have times.

    Raises
    ------
    FormatError
        When it is neither, or a segment's time or text cannot be read.
    """
    rows = seglst.parse(path)
    if isinstance(rows, dict):
        rows = rows.get("segments")
    if not isinstance(rows, list):
        raise FormatError(
            f"{path.name} {NO_SEGMENTS}",
            hint="Export it as WebVTT, SRT or CSV, or as JSON with segments.",
        )
    first = next((row for row in rows if isinstance(row, dict)), {})
    if "text" not in first or "start_time" in first:
        return seglst.utterances(rows, path.name)
    faults, out = Faults(path.name), list[Utterance]()
    for number, row in enumerate(rows, start=1):
        where = f"segment {number}"
        if (problem := _problem(row)) is not None:
            faults.add(where, problem)
        else:
            out += _said(row, where)
    faults.tell()
    return out


def _problem(row: Any) -> str | None:
    if not isinstance(row, dict):
        return "expected an object"
    if _number(row.get("start")) is None or _number(row.get("end")) is None:
        return "start and end must be seconds"
    if not isinstance(row.get("text"), str) or not isinstance(row.get("speaker"), str | None):
        return "text and speaker must be text"
    return None


def _number(value: Any) -> float | None:
    """A finite number; text, true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _said(row: dict[str, Any], where: str) -> list[Utterance]:
    """A segment by its words where these are all of it, else as a whole."""
    start, end = float(row["start"]), float(row["end"])
    whole = Utterance(start, end, row.get("speaker") or None, row["text"].strip(), where)
    words = [_word(one, whole) for one in row.get("words") or [] if isinstance(one, dict)]
    known = [w for w in words if w is not None]
    together = "".join("".join(w.text.split()) for w in known)
    if not known or together != "".join(whole.text.split()):
        return [whole] if whole.text else []
    return _with_neighbours(known, whole)


def _word(one: dict[str, Any], whole: Utterance) -> Utterance | None:
    """A word of a segment; without a time its start is not a number, and is filled in."""
    text = one.get("word", one.get("text"))
    if not isinstance(text, str) or not text.strip():
        return None
    start, end = _number(one.get("start")), _number(one.get("end"))
    sure = _number(one.get("score", one.get("probability")))
    who = one.get("speaker", whole.speaker)
    timed = start is not None and end is not None and start <= end
    return replace(
        whole,
        start=start if timed and start is not None else math.nan,
        end=end if timed else None,
        speaker=who if isinstance(who, str) and who else whole.speaker,
        text=text.strip(),
        is_word=timed,
        probability=None if sure is None else min(1.0, max(0.0, sure)),
    )


def _with_neighbours(words: list[Utterance], whole: Utterance) -> list[Utterance]:
    """Words without a time ("2026", "$20") share what lies between their neighbours."""
    out = list(words)
    k = 0
    while k < len(out):
        last = k
        while last < len(out) and not out[last].is_word:
            last += 1
        if last > k:
            begin = out[k - 1].end if k else whole.start
            begin = whole.start if begin is None else begin
            until = out[last].start if last < len(out) else max(begin, whole.end or begin)
            step = max(0.0, until - begin) / (last - k)
            for i in range(k, last):
                at = begin + (i - k) * step
                out[i] = replace(out[i], start=at, end=at + step)
        k = last + 1
    return out
