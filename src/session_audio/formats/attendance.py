"""Attendance reports of meeting platforms: who was in the call, and for how long.

Zoom's participants report, Teams' attendance report (UTF-16, in sections) and Meet's.  A column in
which a platform says that somebody agreed to be recorded is not read: that is no consent here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from session_audio.errors import FormatError
from session_audio.formats import text as texts

_NAME = ("name (original name)", "full name", "name", "participant name", "participant")
_NAME_ELSEWHERE = ("vollständiger name", "teilnehmer", "name (ursprünglicher name)", "nom complet")
_FIRST, _LAST = ("first name", "vorname"), ("last name", "nachname", "surname")
_LASTED = (
    *("duration (minutes)", "total duration (minutes)", "in-meeting duration", "duration"),
    *("time in call", "meeting duration", "dauer", "dauer (minuten)", "gesamtdauer (minuten)"),
    *("dauer der besprechungsteilnahme", "dauer in besprechung", "dauer der teilnahme", "durée"),
)
_WAITED = ("in waiting room", "im warteraum")
_UNITS = re.compile(r"(\d+(?:[.,]\d+)?)\s*(h|m|s)", re.IGNORECASE)
_SECONDS = {"h": 3600, "m": 60, "s": 1}


def is_attendance(path: Path) -> bool:
    """Whether `path` is such a report."""
    try:
        return _header(_rows(path)) is not None
    except FormatError:
        return False


def read(path: Path) -> dict[str, float]:
    """Minutes in the call by name, as the report writes it; several stays of one name are added.

    Raises
    ------
    FormatError
        When it is no report that is known.
    """
    rows = _rows(path)
    found = _header(rows)
    if found is None:
        raise FormatError(
            f"{path.name} is no attendance report that is known",
            hint="Known are those of Zoom, Teams and Meet; or say who was there with --present.",
        )
    at, headings = found
    lasted = _column(headings, _LASTED)
    waited = _column(headings, _WAITED)
    minutes: dict[str, float] = {}
    for row in rows[at + 1 :]:
        if not any(cell.strip() for cell in row):
            break  # another section begins
        cells = [cell.strip() for cell in row] + [""] * (len(headings) - len(row))
        name = _named(headings, cells)
        if not name or (waited is not None and cells[waited].casefold() in ("yes", "ja", "true")):
            continue
        minutes[name] = minutes.get(name, 0.0) + _minutes(cells[lasted or 0])
    return minutes


def _rows(path: Path) -> list[list[str]]:
    lines = texts.read(path).lines()
    delimiter = max("\t;,", key=lambda mark: sum(line.count(mark) for line in lines))
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        raise FormatError(f"{path.name} is no table that can be read") from None


def _header(rows: Sequence[Sequence[str]]) -> tuple[int, list[str]] | None:
    """The first row with headings for a name and a length of time."""
    for at, row in enumerate(rows[:200]):
        headings = [" ".join(cell.casefold().split()) for cell in row]
        is_named = _column(headings, (*_NAME, *_NAME_ELSEWHERE, *_FIRST)) is not None
        if is_named and _column(headings, _LASTED) is not None:
            return at, headings
    return None


def _column(headings: Sequence[str], known: Sequence[str]) -> int | None:
    return next((headings.index(one) for one in known if one in headings), None)


def _named(headings: Sequence[str], cells: Sequence[str]) -> str:
    whole = _column(headings, (*_NAME, *_NAME_ELSEWHERE))
    if whole is not None:
        return cells[whole]
    parts = (_column(headings, _FIRST), _column(headings, _LAST))
    return " ".join(cells[at] for at in parts if at is not None).strip()


def _minutes(text: str) -> float:
    """Minutes of ``52``, ``1h 27m 51s``, ``1 Std. 27 Min.``, ``0:52:10``; 0 where unreadable.

    >>> _minutes("52"), _minutes("1h 27m 30s"), _minutes("1 Std. 5 Min."), _minutes("0:52:30")
    (52.0, 87.5, 65.0, 52.5)
    """
    plain = text.casefold().replace("std", "h").replace("sek", "s").strip()
    if re.fullmatch(r"\d+(?:[.,]\d+)?", plain):
        return float(plain.replace(",", "."))
    if clock := re.fullmatch(r"(\d+):(\d\d):(\d\d)", plain):
        return int(clock[1]) * 60 + int(clock[2]) + int(clock[3]) / 60
    parts = _UNITS.findall(plain)
    return sum(float(n.replace(",", ".")) * _SECONDS[unit] for n, unit in parts) / 60
