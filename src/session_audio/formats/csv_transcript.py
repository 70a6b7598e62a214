"""A CSV (or TSV) with one utterance or word a row; its columns are named in the manifest.

What an open quote or a comma in the text would move to another column is refused by line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from session_audio.errors import FormatError
from session_audio.formats import text
from session_audio.formats.formulas import unguarded
from session_audio.formats.utterance import CHECK_TIMES, NO_TIME, Faults, Utterance, time_of
from session_audio.schema import TranscriptSource

FIELDS = ("start", "end", "speaker", "text")
_ALSO = {
    "start": (
        "begin",
        "start time",
        "start_time",
        "starttime",
        "time",
        "beginn",
        "anfang",
        "von",
        "zeit",
        "uhrzeit",
    ),
    "end": ("end time", "end_time", "endtime", "stop", "ende", "bis"),
    "speaker": ("who", "name", "participant", "speaker name", "sprecher", "sprecherin", "wer"),
    "text": ("words", "utterance", "transcript", "said", "content", "transkript", "inhalt"),
}
"""Headings that are understood without a mapping, in small letters."""
_LIKE_A_ROW = re.compile(r"\n\s*\"?\d+(?:[:.,]\d+)*\"?\s*[\t;,|]")
_OPEN = "a quote is opened and not closed, or stands unescaped inside a quoted text"
_FIX = 'Put a text with a comma or a quote in it into quotes, and write a quote inside as "".'


def read(path: Path, source: TranscriptSource) -> list[Utterance]:
    """Rows with a time and a text; ``end`` and ``speaker`` may be missing."""
    rows, faults = _rows(path), Faults(path.name)
    header = next(rows, (1, []))[1]
    at = _columns(header, source.columns, path.name)
    utterances = []
    for number, row in rows:
        where = f"line {number}"
        if not any(value.strip() for value in row):
            continue
        if len(row) != len(header):
            much = "many" if len(row) > len(header) else "few"
            faults.add(where, f"too {much} columns (expected {len(header)})")
            continue
        if any(_LIKE_A_ROW.search(value) for value in row):
            faults.add(where, _OPEN)
            continue
        values = {field: unguarded(row[k]).strip() for field, k in at.items()}
        if not values["text"]:
            continue
        start, end = time_of(values["start"]), values.get("end") or None
        until = time_of(end) if end else None
        if start is None or (end and until is None):
            faults.add(where, NO_TIME)
            continue
        who = values.get("speaker") or None
        utterances.append(Utterance(start, until, who, values["text"], where))
    faults.tell(CHECK_TIMES if list(faults.found) == [NO_TIME] else _FIX)
    single = sum(len(u.text.split()) == 1 and u.end is not None for u in utterances)
    if single > 0.8 * len(utterances):
        return [replace(u, is_word=True) for u in utterances]
    return utterances


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line that each begins on; the first is the header."""
    content = text.read(path).text
    given = re.match(r"sep=(.)\r?\n", content)
    begins = 1
    if given:  # how Excel is told
        content, begins = content[given.end() :], 2
    head = re.split(r"\r\n|\r|\n", content, maxsplit=1)[0]
    delimiter = given[1] if given else max("\t;,|", key=head.count)
    lines = io.StringIO(content.replace("\r\n", "\n").replace("\r", "\n"))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + begins
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            long = "field larger" in str(error)
            raise FormatError(
                f"{path.name}, line {line}: " + (f"a text is endless: {_OPEN}" if long else _OPEN),
                hint=_FIX,
            ) from None
        yield line, row


def _columns(header: list[str], named: Mapping[str, str], name: str) -> dict[str, int]:
    """Where each field stands in a row.

    Raises
    ------
    FormatError
        When one that is needed, or named in the manifest, is not there or is there twice.
    """
    if unknown := sorted(set(named) - set(FIELDS)):
        raise FormatError(
            f"transcript.columns names {', '.join(unknown)}", hint=f"Known: {', '.join(FIELDS)}."
        )
    headings = [_plain(heading) for heading in header]
    at: dict[str, int] = {}
    for field in FIELDS:
        wanted = {_plain(named.get(field, field))}
        if field not in named and not wanted & set(headings):
            wanted = set(_ALSO[field])
        found = [k for k, heading in enumerate(headings) if heading in wanted]
        if len(found) > 1:
            raise FormatError(
                f"{name} has {len(found)} columns for {field!r}",
                hint="Name one under [transcript.columns] in session.toml.",
            )
        if found:
            at[field] = found[0]
        elif field in named or field in ("start", "text"):
            raise FormatError(
                f"{name} has no column for {field!r}; it has {len(header)} columns",
                hint="Name the columns under [transcript.columns] in session.toml.",
            )
    return at


def _plain(heading: str) -> str:
    return " ".join(heading.casefold().split())
