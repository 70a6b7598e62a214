"""A CSV (or TSV) with one utterance or word a row; its columns are named in the manifest."""

from __future__ import annotations

import csv
from pathlib import Path

from session_audio.errors import FormatError
from session_audio.formats.formulas import unguarded
from session_audio.formats.utterance import Utterance, seconds
from session_audio.schema import TranscriptSource

FIELDS = ("start", "end", "speaker", "text")


def read(path: Path, source: TranscriptSource) -> list[Utterance]:
    """Rows with a time and a text; ``end`` and ``speaker`` may be missing."""
    names = {field: source.columns.get(field, field) for field in FIELDS}
    unknown = sorted(set(source.columns) - set(FIELDS))
    if unknown:
        raise FormatError(
            f"transcript.columns names {', '.join(unknown)}", hint=f"Known: {', '.join(FIELDS)}."
        )
    with path.open(newline="", encoding="utf-8-sig") as file:
        head = file.read(4096)
        file.seek(0)
        delimiter = max("\t;,", key=head.count)
        reader = csv.DictReader(file, delimiter=delimiter)
        columns = reader.fieldnames or []
        for field in ("start", "text"):
            if names[field] not in columns:
                raise FormatError(
                    f"{path.name} has no column for {field!r}; it has {len(columns)} columns",
                    hint="Name the columns under [transcript.columns] in session.toml.",
                )
        utterances = []
        for number, row in enumerate(reader, start=2):
            where = f"line {number}"
            text = unguarded(row[names["text"]] or "").strip()
            if not text:
                continue
            end = (row.get(names["end"]) or "").strip()
            utterances.append(
                Utterance(
                    seconds(row[names["start"]] or "", path.name, where),
                    seconds(end, path.name, where) if end else None,
                    (row.get(names["speaker"]) or "").strip() or None,
                    text,
                    where,
                )
            )
    single = sum(len(u.text.split()) == 1 and u.end is not None for u in utterances)
    if single > 0.8 * len(utterances):
        return [
            Utterance(u.start, u.end, u.speaker, u.text, u.where, is_word=True) for u in utterances
        ]
    return utterances
