"""What is said of a mistake in a TOML file: in words, with the line to write.

Nothing repeats what the file holds, which may be a name; only fields, and the numbers of a date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

_AT = re.compile(r"\(at line (\d+)")
_DATE = re.compile(
    r"([\w.-]+)\s*=\s*[\"']?(?:(\d{1,2})([./])(\d{1,2})\3(\d{4}|\d{2})|(\d{4})[-./](\d{1,2})[-./](\d{1,2}))\b"
)
_KEY = re.compile(r"\s*([\w.-]+)\s*=")
_CURLY = re.compile("[“”„‟«»‘’]")
_BARE = re.compile(r"\s*([\w-]+)\s*=\s*[A-Za-zÀ-ž]")
_COLON = re.compile(r"\s*([A-Za-z_]+)\s*:\s")


def advice(text: str, problem: str) -> str:
    """What to do about a line that is not TOML.

    Parameters
    ----------
    text : str
        The file.
    problem : str
        What the parser says, with the line.

    Examples
    --------
    >>> advice("date = 3.2.2026", "Expected newline (at line 1, column 11)")
    'In line 1 write date = 2026-02-03 (year-month-day).'
    """
    found = _AT.search(problem)
    lines = text.split("\n")
    number = int(found[1]) if found else len(lines)
    line = lines[number - 1] if number <= len(lines) else ""
    key = _KEY.match(line)
    if day := _DATE.search(line):
        return f"In line {number} write {_day(day)}."
    if _CURLY.search(line):
        return f'In line {number} write straight quotes: ".'
    if "\\" in line and key:
        return (
            f"In line {number} write the path with / in place of \\, "
            f'as in {key[1]} = "C:/Recordings/session.wav", or in single quotes.'
        )
    if "overwrite" in problem or "twice" in problem.lower():
        return f"In line {number} something is written for the second time: keep one."
    if bare := _BARE.match(line):
        return f'In line {number} put the text after {bare[1]} into quotes: {bare[1]} = "...".'
    if colon := _COLON.match(line):
        return f"In line {number} write = in place of : after {colon[1]}."
    if line.count('"') % 2 or line.count("'") % 2:
        return f"In line {number} a quote is not closed."
    return f"Look at line {number}."


def _day(found: re.Match[str]) -> str:
    """The date as TOML writes it; German where dots part it, American where only that fits."""
    key, first, mark, second, year, *iso = found.groups()
    if first is None:
        return f"{key} = {iso[0]}-{int(iso[1]):02d}-{int(iso[2]):02d} (year-month-day)"
    year = year if len(year) == 4 else f"20{year}"
    day, month = int(first), int(second)
    if mark == "/" and max(day, month) <= 12 and day != month:
        return f"{key} = {year}-MM-DD (year-month-day)"
    if month > 12 or (mark == "/" and day <= 12):
        day, month = month, day
    return f"{key} = {year}-{month:02d}-{day:02d} (year-month-day)"


_SAID = {
    "extra_forbidden": "there is no such field",
    "unexpected_keyword_argument": "there is no such field",
    "missing": "is missing",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "finite_number": "expected a finite number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "string_type": "expected a text in quotes",
    "list_type": "expected a list",
    "model_type": "expected a table, written { ... }",
    "dict_type": "expected a table, written { ... }",
    "string_pattern_mismatch": "expected letters, digits, - and _ only, at most 32",
    "string_too_short": "is empty",
    "string_too_long": "is too long",
    "too_short": "is empty",
}
_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}
_WRITTEN = {
    "attendance": 'attendance = ["T01", "P01"]',
    "recording": '[[recording]]\nfile = "session.wav"',
    "consent": "recording = { given = 2026-03-31 }",
}


def problems(error: ValidationError, fields: Mapping[str, Sequence[str]] | None = None) -> str:
    """What is wrong, field by field, without the input (which may be a transcript).

    Parameters
    ----------
    error : ValidationError
        Of one file.
    fields : mapping, optional
        Names of the fields of each table (``""`` for the file's own), to name the nearest of
        one that is misspelt.
    """
    lines = []
    for item in error.errors(include_input=False, include_url=False):
        parts = item["loc"]
        field = ".".join(str(part) for part in parts)
        problem = _problem(item)
        if item["type"] == "extra_forbidden" and fields and parts:
            table = next((str(p) for p in reversed(parts[:-1]) if isinstance(p, str)), "")
            known = fields.get(table, fields[""])
            if near := get_close_matches(str(parts[-1]), known, 1, 0.5):
                problem += f"; {near[0]} is the nearest"
        if item["type"] in ("model_type", "list_type", "missing"):
            example = next((v for k, v in _WRITTEN.items() if k in parts), None)
            if example and item["type"] != "missing":
                problem += f", as in {example}".replace("\n", " ")
        lines.append(f"{field}: {problem}" if field else problem)
    return "; ".join(lines)


def _problem(item: Any) -> str:
    kind, about = item["type"], item.get("ctx", {})
    if kind.startswith("date_"):
        return "expected a date, written like 2026-03-31"
    if kind.startswith("time_"):
        return "expected a time of day, written like 19:42:10"
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return f"must be {words} {about[key]:g}"
    if kind == "literal_error":
        return f"must be {about['expected']}"
    return _SAID.get(kind, str(item["msg"]))
