"""From a matplotlib figure to a small SVG that can stand inside a page.

The same input gives the same bytes: no dates, ids from a fixed salt, two decimals.
Text stays text, so any script is set by the reader's fonts and can be searched.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from threading import Lock

import matplotlib as mpl
from matplotlib.figure import Figure

SANS = ["DejaVu Sans"]
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "session-audio",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": SANS,
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#444444",
    "axes.labelcolor": "#333333",
    "axes.labelsize": 8,
    "xtick.color": "#444444",
    "ytick.color": "#222222",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "hatch.linewidth": 0.5,
    "path.simplify": False,
}
_LOCK = Lock()
_HEAD = re.compile(r"^.*?(?=<svg )", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_STYLE_TAG = re.compile(r"\s*<style type=\"text/css\">.*?</style>", re.DOTALL)
_ROOT = re.compile(r"<svg [^>]*viewBox=\"([^\"]+)\"[^>]*>")
_ID = re.compile(r" id=\"([^\"]+)\"")
_USED = re.compile(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"")
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_SPACE = re.compile(r">\s+<")


@contextmanager
def style() -> Iterator[None]:
    """Drawing under the report's style.  One figure at a time: the style is global."""
    with _LOCK, mpl.rc_context(_STYLE), warnings.catch_warnings():
        # The reader's fonts set the text, so a letter that DejaVu Sans lacks is no fault;
        # and the warning would put letters of a name into a log.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def to_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """`figure` as an ``<svg>`` element with a title and a description.

    Parameters
    ----------
    figure
        Drawn under `style`.
    name
        Unique in the page; ids inside begin with it.
    title, description
        The text alternative.
    """
    sink = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(sink, format="svg", metadata=nothing, transparent=True)
    text = _HEAD.sub("", sink.getvalue())
    for unwanted in (_METADATA, _STYLE_TAG, _COMMENT):
        text = unwanted.sub("", text)
    used = {first or second for first, second in _USED.findall(text)}
    text = _ID.sub(lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", text)
    text = _USED.sub(
        lambda m: f"url(#{name}-{m[1]})" if m[1] else f'href="#{name}-{m[2]}"', text
    ).replace("xlink:href", "href")
    text = _NUMBER.sub(lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), text)
    view = _ROOT.search(text)
    box = view[1] if view else "0 0 100 100"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" '
        'style="stroke-linejoin:round;stroke-linecap:butt">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>'
    )
    return _SPACE.sub("><", _ROOT.sub(lambda _: head, text, count=1)).strip()
