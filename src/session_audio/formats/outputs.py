"""What others compute with: the tables, the diarization, the captions and ``session.json``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from session_audio.files import write_text
from session_audio.formats import columns, frames, rttm, stacked, tables, webvtt
from session_audio.schema import Diarization, Measures, Quality, SessionResult

if TYPE_CHECKING:
    from pandas import DataFrame

SCHEMA = 1
"""Version of ``session.json``; raised when a field changes its meaning."""

PUBLISHED = (
    *(table.file for table in columns.OF_A_SESSION),
    "diarization.rttm",
    "exclusive.rttm",
    "transcript.vtt",
    "session.json",
)


def write_tables(result: SessionResult, speech: Diarization, folder: Path) -> list[Path]:
    """Write everything but the reports into `folder`; returns the files."""
    session = result.session
    names = {str(p.id): p.name for p in session.group.participants}
    data = frames.frames_of(result)
    for table in columns.OF_A_SESSION:
        tables.write(folder / table.file, table, data[table.name])
    rttm.write(folder / "diarization.rttm", session.id, speech.full)
    rttm.write(folder / "exclusive.rttm", session.id, speech.exclusive)
    webvtt.write(folder / "transcript.vtt", result.turns, names)
    write_text(folder / "session.json", session_json(result))
    return [folder / name for name in PUBLISHED]


def write_group_tables(results: Sequence[SessionResult], folder: Path) -> list[Path]:
    """Write the tables of a group's sessions, stacked, into `folder`; returns the files.

    No table with words is among them: these stay in the folder of their session.

    Parameters
    ----------
    results : sequence of SessionResult
        Sessions of one group, at least one, in any order.
    folder : Path
        The group's ``out/``.
    """
    ordered = sorted(results, key=lambda r: (r.session.date, r.session.id))
    data = stacked.stack([_with_session(result) for result in ordered])
    return [tables.write(folder / t.file, t, data[t.name]) for t in columns.OF_A_GROUP]


def _with_session(result: SessionResult) -> dict[str, DataFrame]:
    session = result.session
    row = stacked.session_row(session, json.loads(session_json(result)))
    more = {columns.SESSIONS.name: row, columns.RATINGS.name: frames.ratings_of(session)}
    return frames.frames_of(result) | more


def session_json(result: SessionResult) -> str:
    """Every number of the report as JSON, with units, settings, models and versions.

    It holds ids, never names, and no words: quotes are in ``flags.csv`` alone.
    """
    session = result.session
    plain: dict[str, Any] = {
        "schema": SCHEMA,
        "version": result.version,
        "units": {"time": "s", "share": "1", "rate": "per 10 min", "level": "dBFS"},
        "session": {
            "id": session.id,
            "group": session.group.id,
            "date": session.date.isoformat(),
            "number": session.number,
            "attendance": list(session.attendance),
        },
        "duration": result.duration,
        "quality": _plain(result.quality, Quality),
        "measures": _plain(result.measures, Measures),
        "interactions": len(result.interactions),
        "flags": [
            {
                "kind": f.kind,
                "subtype": f.subtype,
                "target": f.target,
                "start": f.start,
                "end": f.end,
                "participant": f.participant,
                "concerned": list(f.concerned),
                "turns": list(f.turns),
                "score": f.score,
                "reasons": [str(reason) for reason in f.reasons],
                "aftermath": asdict(f.aftermath) if f.aftermath else {},
                "repair": f.repair,
                "review": f.review,
                "marked": f.marked,
            }
            for f in result.flags
        ],
        "ratings": [
            {"participant": r.participant, "instrument": r.instrument, "items": dict(r.items)}
            for r in session.ratings
        ],
        "chat_messages": dict(Counter(m.participant for m in session.chat)),
        "private_chat_messages": result.private_messages,
        "settings": dict(result.settings),
        "models": dict(result.models),
        "speech_by_language": result.speech_by_language,
    }
    return json.dumps(_rounded(plain), indent=1, ensure_ascii=False) + "\n"


def _plain(value: object, kind: Any) -> Any:
    return TypeAdapter(kind).dump_python(value, mode="json")


def _rounded(value: Any) -> Any:
    """Floats to three decimals, all the way down."""
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return value
