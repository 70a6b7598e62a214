"""A report's content set as a tagged, accessible PDF (PDF/UA-1) by Typst.

The template reads the content as data, so nothing that was said or typed is ever taken
for markup.  Typst comes as one wheel and needs no other program.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import matplotlib as mpl
import typst

from session_audio.report.elements import Element, Figure, Lanes, Report, Section, Table
from session_audio.report.figures.draw import draw
from session_audio.report.naming import FIRST_STRONG, POP
from session_audio.report.output.render import numbered

_ON_SCREEN = ("evenness",)
"""Open tables for which the printed sheet has no room."""
_LONGEST_WORD = 11
_PAGE_CHARACTERS = 122.0
"""About so many characters of a table stand side by side on A4."""
_BOLD = 1.1
"""How much wider a head's characters are."""


def pdf(report: Report, drawings: Mapping[str, str] | None = None) -> bytes:
    """The PDF of `report`; the same report gives the same pages.

    Parameters
    ----------
    report : Report
        The content.
    drawings : dict, optional
        Figures already drawn, by id.
    """
    pictures: dict[str, bytes] = {}
    numbers = numbered(report)

    def plain(value: object) -> Any:
        if isinstance(value, str):
            return _breakable(value.replace(FIRST_STRONG, "").replace(POP, ""))
        if isinstance(value, Figure):
            ready = (drawings or {}).get(value.id)
            svg = ready or draw(value.id, value.caption, value.alternative, value.plot)
            pictures[f"{value.id}.svg"] = svg.encode("utf-8")
            kept = ("id", "caption", "alternative", "wide")
            data = {name: plain(getattr(value, name)) for name in kept}
            return data | {"kind": "Figure", "number": numbers.get(value.id)}
        if isinstance(value, Lanes):
            rows = [[plain(row.name), row.share, row.interval] for row in value.rows]
            return {"kind": "Lanes", "figure": plain(value.figure), "rows": rows}
        if is_dataclass(value):
            data = {f.name: plain(getattr(value, f.name)) for f in fields(value)}
            if "kind" in data:
                data["step"] = data["kind"]
            if isinstance(value, Table):
                data["number"] = numbers[value.id]
                data["parts"] = parts(value)
                columns = range(len(value.columns))
                data["weights"] = [max(8, min(40, longest(value, k))) for k in columns]
            return data | {"kind": type(value).__name__}
        if isinstance(value, tuple | list):
            return [plain(item) for item in value]
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return value

    paper = replace(report, sections=printed(report))
    content = plain(paper)
    if left := [section.title for section in report.sections if not section.printed]:
        content["on_screen"] = plain(report.labels["on_screen"].format(sections=", ".join(left)))
    data = json.dumps(content, ensure_ascii=False).encode("utf-8")
    template = (files("session_audio.report") / "templates" / "report.typ").read_bytes()
    sources = {"main": template, "report.json": data, **pictures}
    # matplotlib measured its labels in DejaVu Sans, which it brings along.
    fonts = [Path(mpl.get_data_path()) / "fonts" / "ttf"]
    look: dict[str, Any] = {"format": "pdf", "font_paths": fonts, "timestamp": 0}
    try:
        made: bytes = typst.compile(sources, pdf_standards=["ua-1"], **look)
    except typst.TypstError:
        # PDF/UA refuses characters that no font on this machine has; the page itself does not.
        made = typst.compile(sources, **look)
    return made


def printed(report: Report) -> tuple[Section, ...]:
    """The sections for paper; behind a first screen without figures and folded tables.

    These repeat in another form what the first page and the open tables say.
    """
    kept = tuple(section for section in report.sections if section.printed)
    if not report.brief:
        return kept
    return tuple(replace(s, elements=tuple(e for e in s.elements if on_paper(e))) for s in kept)


def on_paper(element: Element) -> bool:
    """Whether an element of the appendix is printed."""
    if isinstance(element, Table):
        return not element.folded and element.id not in _ON_SCREEN
    return not isinstance(element, Figure)


def longest(table: Table, k: int) -> int:
    """Characters of the longest cell of column `k`, its links counted."""
    cells = [row[k] for row in table.rows if k < len(row)]
    return max(
        (len(c.text) + sum(len(link.text) + 2 for link in c.links) for c in cells), default=0
    )


def parts(table: Table) -> list[list[int]]:
    """The columns of a table in groups that fit the page's width, each after the first column.

    Many sessions make a table too wide for paper: its columns then stand one group below
    the other, about as many in each.
    """

    def width(k: int) -> float:
        words = _BOLD * max([*map(len, table.columns[k].split()), 1])
        most = 16 if k in table.text_columns else 24
        return min(max(longest(table, k), words), most) + (1.5 if table.matrix else 2.5)

    def filled(room: float) -> list[list[int]]:
        out: list[list[int]] = [[]]
        free = room
        for k in range(1, len(table.columns)):
            if width(k) > free and out[-1]:
                out.append([])
                free = room
            out[-1].append(k)
            free -= width(k)
        return out

    room = _PAGE_CHARACTERS - width(0)
    out = filled(room)
    even = filled(1.1 * sum(width(k) for part in out for k in part) / len(out))
    return even if len(even) == len(out) > 1 else out


def _breakable(text: str) -> str:
    """`text` with places to break in very long words, which would leave their column."""
    if len(text) <= 2 * _LONGEST_WORD:
        return text
    return " ".join(
        "\u200b".join(word[k : k + _LONGEST_WORD] for k in range(0, len(word), _LONGEST_WORD))
        if len(word) > 2 * _LONGEST_WORD
        else word
        for word in text.split(" ")
    )
