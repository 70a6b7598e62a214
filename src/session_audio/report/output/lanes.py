"""The lanes of a session as paths of an SVG that is as wide as the page: seconds across."""

from __future__ import annotations

from collections.abc import Sequence

from session_audio.report.figures.plots import Span

_NARROWEST = 1 / 1200
"""Share of the session below which a stretch is drawn wider, so that it can be seen."""


def stretches(spans: Sequence[Span], duration: float, top: int = 5, height: int = 12) -> str:
    """Boxes from `top` on, a stretch each.

    >>> stretches([(1.0, 2.5)], 10.0)
    'M1 5h1.5v12h-1.5z'
    """
    least = duration * _NARROWEST
    parts = []
    for start, end in spans:
        width = f"{max(end - start, least):.2f}".rstrip("0").rstrip(".")
        parts.append(f"M{start:.2f}".rstrip("0").rstrip(".") + f" {top}h{width}v{height}h-{width}z")
    return "".join(parts)


def dots(times: Sequence[float], at: int = 3) -> str:
    """Points, drawn as round ends of a line without length.

    >>> dots([1.0, 4.25])
    'M1.0 3h0M4.2 3h0'
    """
    return "".join(f"M{time:.1f} {at}h0" for time in times)


def strokes(times: Sequence[float], top: int = 17, height: int = 4) -> str:
    """Short upright lines.

    >>> strokes([1.0])
    'M1.0 17v4'
    """
    return "".join(f"M{time:.1f} {top}v{height}" for time in times)
