"""NIST's CTM (one word a line) and STM (one utterance a line).

CTM: ``file channel start duration word [confidence]``; STM: ``file channel speaker start
end [<label>] text``.  A CTM has no speaker: its channel stands for one, or its file where
there are several.
"""

from __future__ import annotations

from pathlib import Path

from session_audio.errors import FormatError
from session_audio.formats import text as texts
from session_audio.formats.utterance import Utterance, seconds
from session_audio.schema import TranscriptSource


def _rows(path: Path, at_least: int) -> list[tuple[str, list[str]]]:
    rows = []
    for number, line in enumerate(texts.read(path).lines(), start=1):
        fields = line.split()
        if not fields or line.startswith(";;"):
            continue
        if len(fields) < at_least:
            raise FormatError(
                f"{path.name}, line {number}: {len(fields)} fields; expected {at_least} or more"
            )
        rows.append((f"line {number}", fields))
    return rows


def read_ctm(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Words of a CTM file."""
    rows = _rows(path, 5)
    by_file = len({f[0] for _, f in rows}) > 1
    words = []
    for where, fields in rows:
        start = seconds(fields[2], path.name, where)
        end = start + seconds(fields[3], path.name, where)
        sure = None
        if len(fields) > 5:
            try:
                sure = min(1.0, max(0.0, float(fields[5])))
            except ValueError:
                sure = None
        speaker = fields[0] if by_file else fields[1]
        words.append(Utterance(start, end, speaker, fields[4], where, True, sure))
    return words


def read_stm(path: Path, _source: TranscriptSource) -> list[Utterance]:
    """Utterances of an STM file."""
    utterances = []
    for where, fields in _rows(path, 5):
        text = fields[5:]
        if text and text[0].startswith("<") and text[0].endswith(">"):
            text = text[1:]
        if fields[2] == "inter_segment_gap" or text == ["ignore_time_segment_in_scoring"]:
            continue
        start, end = (seconds(f, path.name, where) for f in fields[3:5])
        utterances.append(Utterance(start, end, fields[2], " ".join(text), where))
    return [u for u in utterances if u.text]
