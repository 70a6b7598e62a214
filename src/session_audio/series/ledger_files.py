"""The ledger of strains as files of a group's ``out/``: ``ledger.csv`` and ``ledger.json``.

They hold ids, times and numbers: no name, no word, and no note.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from session_audio.files import write_text
from session_audio.formats import tables
from session_audio.formats.columns import IDS, Column, Table
from session_audio.series.ledger import Strain
from session_audio.series.trends import Series

SCHEMA = 1
"""Version of ``ledger.json``; raised when a field changes its meaning."""
_ID = "id"

LEDGER = Table(
    "ledger",
    "one candidate rupture of a group's sessions",
    ("group", "session", "moment"),
    (
        *IDS,
        Column("moment", "text", _ID, "what `review.json` calls it: kind, participant, second"),
        Column("subtype", "text", "", "`withdrawal` or `confrontation`", "neither"),
        Column("participant", "text", _ID, "who is quoted"),
        Column("concerning", "text", _ID, "whose tie it is about, with spaces between"),
        Column("start", "number", "s", "when it begins"),
        Column("age", "whole number", "sessions", "sessions of the group since"),
        Column("repair_session", "text", _ID, "where the first repair candidate is", "none found"),
        Column("repair_start", "number", "s", "when that begins", "none found"),
        Column(
            "share_before",
            "number",
            "0 to 1",
            "share of the talk of the first whom it concerns, up to and with this session, pooled",
            "undefined",
        ),
        Column("share_after", "number", "0 to 1", "the same in the sessions after", "none after"),
        Column(
            "instrument",
            "text",
            "",
            "the rating of theirs that moved most since",
            "no rating before and after",
        ),
        Column(
            "rating_then", "number", "points", "its mean then, or at the last before", "as above"
        ),
        Column("rating_now", "number", "points", "its mean at the last", "as above"),
        Column("missed", "whole number", "sessions", "sessions since that they missed"),
        Column("state", "text", "", "`open`, `closed` or `rejected`; a person alone changes it"),
        Column("closed_at", "text", "", "day or time of the closing", "not closed"),
    ),
)
"""The columns of ``ledger.csv``; those of a strain in ``ledger.json`` have the same names."""


def row(series: Series, strain: Strain) -> dict[str, Any]:
    """One strain by column; None where undefined."""
    session = series.results[strain.place.session].session
    repair = strain.repair
    after = series.results[repair.session] if repair else None
    name, then, now = strain.rating or (None, None, None)
    return {
        "group": session.group.id,
        "session": session.id,
        "moment": strain.moment,
        "subtype": strain.flag.subtype,
        "participant": str(strain.flag.participant),
        "concerning": " ".join(strain.concerning),
        "start": _rounded(strain.flag.start),
        "age": strain.age,
        "repair_session": after.session.id if after else None,
        "repair_start": _rounded(after.flags[repair.flag].start) if after and repair else None,
        "share_before": _rounded(strain.share_before.value),
        "share_after": _rounded(strain.share_after.value),
        "instrument": name,
        "rating_then": _rounded(then),
        "rating_now": _rounded(now),
        "missed": strain.away,
        "state": strain.state,
        "closed_at": strain.closing.at if strain.closing else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def write(series: Series, strains: Sequence[Strain], folder: Path) -> list[Path]:
    """Write ``ledger.csv`` and ``ledger.json`` into `folder`; returns the files."""
    rows = [row(series, strain) for strain in strains]
    told = {"schema": SCHEMA, "group": series.results[-1].session.group.id, "strains": rows}
    write_text(folder / "ledger.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    table = tables.write(folder / LEDGER.file, LEDGER, tables.frame(LEDGER, rows))
    return [table, folder / "ledger.json"]
