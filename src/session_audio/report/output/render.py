"""A report's content set as one self-contained HTML file: no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from session_audio.report.elements import Arc, Element, Figure, Report, Table
from session_audio.report.figures.draw import draw
from session_audio.report.naming import FIRST_STRONG, POP

_PAGES = {"a4": "A4", "letter": "letter"}


def drawn(report: Report) -> dict[str, str]:
    """Every figure of the report as SVG, by its id."""
    return {
        e.id: draw(e.id, plain(e.caption), plain(e.alternative), e.plot)
        for e in elements(report)
        if isinstance(e, Figure)
    }


def html(report: Report, drawings: Mapping[str, str] | None = None) -> str:
    """The whole page.

    Text is escaped wherever it comes from; the page's own policy forbids scripts and any
    request to elsewhere.

    Parameters
    ----------
    report : Report
        The content.
    drawings : mapping, optional
        Figures already `drawn`.
    """
    ready = drawn(report) if drawings is None else drawings
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            numbers=numbered(report),
            drawings={name: Markup(svg) for name, svg in ready.items()},
            running=css_string(plain(report.running)),
            paper=_PAGES[report.page],
        )
    )


def elements(report: Report) -> list[Element]:
    """Every element in reading order, those inside others too."""
    top = [*report.head, *(e for section in report.sections for e in section.elements)]
    return [inner for e in top for inner in ((e, e.numbers) if isinstance(e, Arc) else (e,))]


def numbered(report: Report) -> dict[str, int]:
    """The number of each figure and each table, counted apart."""
    out: dict[str, int] = {}
    for kind in (Figure, Table):
        ids = [e.id for e in elements(report) if isinstance(e, kind)]
        out |= {name: k for k, name in enumerate(ids, 1)}
    return out


def plain(text: str) -> str:
    """`text` without isolates, for places that take no markup."""
    return text.replace(FIRST_STRONG, "").replace(POP, "")


def isolated(text: str) -> Markup:
    """`text` escaped, its isolates as ``<bdi>``."""
    safe = str(escape(text))
    return Markup(safe.replace(FIRST_STRONG, "<bdi>").replace(POP, "</bdi>"))


def css_string(text: str) -> Markup:
    r"""`text` as a CSS string in which nothing can end the string or the style sheet.

    >>> str(css_string("a"))
    '"\\000061"'
    """
    return Markup('"' + "".join(f"\\{ord(char):06x}" for char in text) + '"')


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("session_audio.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["t"] = isolated
    environment.filters["plain"] = plain
    environment.filters["kind"] = lambda element: type(element).__name__
    return environment
