"""A report's content set as one self-contained HTML file: nothing is fetched.

A session's page has one script of its own, in the page and named by its hash in the page's policy;
the other reports have none.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from urllib.parse import unquote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from session_audio.report.elements import Arc, Element, Figure, Lanes, Report, Table
from session_audio.report.figures.draw import draw
from session_audio.report.naming import FIRST_STRONG, POP
from session_audio.report.output import lanes

_PAGES = {"a4": "A4", "letter": "letter"}


def drawn(report: Report) -> dict[str, str]:
    """Every figure of the report as SVG, by its id."""
    return {
        e.id: draw(e.id, plain(e.caption), plain(e.alternative), e.plot)
        for e in elements(report)
        if isinstance(e, Figure)
    }


@dataclass(frozen=True)
class Live:
    """What makes a session's page writable: a second script with its style, and what they need."""

    script: str
    style: str
    secret: str
    """What the page says to its server when it changes something."""
    words: Mapping[str, object]
    """Its words, in the page's language."""


def html(
    report: Report, drawings: Mapping[str, str] | None = None, live: Live | None = None
) -> str:
    """The whole page.

    Text is escaped wherever it comes from; the page's own policy forbids any request to
    elsewhere, and every script but the page's own, which it knows by its hash.

    Parameters
    ----------
    report : Report
        The content.
    drawings : mapping, optional
        Figures already `drawn`.
    live : Live, optional
        Of a page that a server hands out to be changed.
    """
    ready = drawn(report) if drawings is None else drawings
    script = Markup(_script()) if report.brief else ""
    template = "session.html.j2" if report.brief else "report.html.j2"
    gone = report.labels["sound_gone"].format(name=unquote(PurePosixPath(report.sound).name))
    return (
        _environment()
        .get_template(template)
        .render(
            report=report,
            script=script,
            sound_gone=gone,
            policy=Markup(policy(live)) if script else _policy(()),
            live=live,
            live_script=Markup(live.script) if live else "",
            live_style=Markup(live.style) if live else "",
            unprinted=[section.title for section in report.sections if not section.printed],
            numbers=numbered(report),
            drawings={name: Markup(svg) for name, svg in ready.items()},
            running=css_string(plain(report.running)),
            paper=_PAGES[report.page],
        )
    )


def elements(report: Report) -> list[Element]:
    """Every element, those inside others too; those of the brief last, for they bear no number."""
    top = [*report.head, *(e for section in report.sections for e in section.elements)]
    top += report.brief
    return [inner for e in top for inner in (e, *_inside(e))]


def _inside(element: Element) -> tuple[Element, ...]:
    if isinstance(element, Arc):
        return (element.numbers,)
    return (element.figure,) if isinstance(element, Lanes) else ()


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
def _script() -> str:
    source = files("session_audio.report") / "templates" / "session.js"
    return source.read_text(encoding="utf-8")


def policy(live: Live | None = None) -> str:
    """What a session's page may load; one that is served may ask its own server too."""
    scripts = (_script(), live.script) if live else (_script(),)
    return str(_policy(scripts, "connect-src 'self'" if live else ""))


def _policy(scripts: Sequence[str], more: str = "") -> Markup:
    """Its own style, sound beside it, and `scripts` alone."""
    rules = ["default-src 'none'", "style-src 'unsafe-inline'", "media-src 'self' file:"]
    if scripts:
        sums = [hashlib.sha256(script.encode()).digest() for script in scripts]
        named = " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in sums)
        rules.append(f"script-src {named}")
    rules += [more] if more else []
    return Markup("; ".join((*rules, "form-action 'none'", "base-uri 'none'")))


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
    environment.filters |= {
        "stretches": lanes.stretches,
        "dots": lanes.dots,
        "strokes": lanes.strokes,
    }
    environment.filters["kind"] = lambda element: type(element).__name__
    return environment
