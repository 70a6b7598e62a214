"""The measures of a figure that the drawing modules share."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

WIDTH = 7.2
"""Inches: the whole width of a page."""
COLUMN = 4.4
"""Inches.  What fits is drawn a column wide, so that a phone shows it whole."""


def frame(
    height: float, left: float, width: float = COLUMN, bottom: float = 0.42, top: float = 0.12
) -> tuple[Figure, Any]:
    """A figure with margins in inches; returns it and its axes."""
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes(
        (left / width, bottom / height, 1 - (left + 0.15) / width, 1 - (bottom + top) / height)
    )
    return figure, axes


def label_width(labels: tuple[str, ...]) -> float:
    """Inches that the longest label needs at the left."""
    wide = [sum(1.9 if ord(char) > 0x2E80 else 1.0 for char in label) for label in labels]
    return 0.3 + 0.076 * max(wide, default=4)
