"""Draws who answers whom: people on a circle, lines for answers, arrows where they stand out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from session_audio.report.figures import plots
from session_audio.report.figures.canvas import COLUMN
from session_audio.report.figures.palette import BLUE, GREY

Point = tuple[float, float]
LOOKS: dict[str, tuple[str, Any]] = {
    "": ("#cfcfcb", "-"),
    "more": ("#a34700", "-"),
    "less": (BLUE, (0, (3, 2))),
}


def together(edges: Sequence[plots.Edge]) -> dict[tuple[int, int], int]:
    """Answers of each two people, both ways together."""
    out: dict[tuple[int, int], int] = {}
    for edge in edges:
        pair = (min(edge.source, edge.target), max(edge.source, edge.target))
        out[pair] = out.get(pair, 0) + edge.count
    return out


def network(plot: plots.NetworkPlot) -> Figure:
    """People on a circle, those who lead at the top.

    A grey line is as wide as the answers both ways; an arrow, from answerer to answered,
    marks only what lies beyond the expected.
    """
    count = len(plot.labels)
    figure = Figure(figsize=(COLUMN, 4.2))
    axes = figure.add_axes((0.0, 0.115, 1.0, 0.88))
    axes.set_xlim(-1.72, 1.72)
    axes.set_ylim(-1.3, 1.3)
    axes.axis("off")
    at = [
        (math.sin(2 * math.pi * k / max(1, count)), math.cos(2 * math.pi * k / max(1, count)))
        for k in range(count)
    ]
    most_turns = max([1, *plot.turns])
    radii = [0.055 + 0.075 * math.sqrt(t / most_turns) for t in plot.turns]
    draw_edges(axes, plot, at, radii)
    draw_people(axes, plot, at, radii)
    draw_key(figure, plot)
    return figure


def draw_edges(
    axes: Any, plot: plots.NetworkPlot, at: Sequence[Point], radii: Sequence[float]
) -> None:
    """Lines between who answer each other, and arrows where it is more or less than expected."""
    heaviest = max([1, *(e.count for e in plot.edges)])
    loops = together(plot.edges)
    most_between = max([1, *loops.values()])
    for (a, b), turns in loops.items():
        axes.plot(
            *zip(at[a], at[b], strict=True),
            color="#cfcfcb",
            linewidth=0.4 + 4.2 * turns / most_between,
            solid_capstyle="butt",
            zorder=1,
        )
    for edge in (e for e in plot.edges if e.mark):
        colour, line = LOOKS[edge.mark]
        axes.add_artist(
            FancyArrowPatch(
                at[edge.source],
                at[edge.target],
                connectionstyle="arc3,rad=0.16",
                arrowstyle="-|>",
                mutation_scale=11,
                shrinkA=72 * radii[edge.source] * 1.27,
                shrinkB=72 * radii[edge.target] * 1.27 + 1,
                linewidth=1.2 + 1.8 * edge.count / heaviest,
                color=colour,
                linestyle=line,
                zorder=3,
            )
        )


def draw_people(
    axes: Any, plot: plots.NetworkPlot, at: Sequence[Point], radii: Sequence[float]
) -> None:
    """A mark a person, as large as their turns are many, with the name outside the circle."""
    for (x, y), label, leads, radius in zip(at, plot.labels, plot.therapists, radii, strict=True):
        axes.plot(
            [x],
            [y],
            marker="s" if leads else "o",
            markersize=2 * 72 * radius * 1.15,
            markerfacecolor="#dddddd" if leads else "#d7ecf8",
            markeredgecolor=GREY if leads else BLUE,
            markeredgewidth=1.1,
            zorder=5,
        )
        side = "center" if abs(x) < 0.25 else "left" if x > 0 else "right"
        out = radius + 0.07
        axes.text(
            x * (1 + out),
            y * (1 + out) + (0.02 if y > 0 else -0.02),
            label,
            ha=side,
            va="bottom" if y > 0.9 else "top" if y < -0.9 else "center",
            fontsize=9,
            zorder=6,
        )


def draw_key(figure: Figure, plot: plots.NetworkPlot) -> None:
    """What the lines and marks mean."""
    key = figure.add_axes((0, 0, 1, 0.105))
    key.set_xlim(0, 2)
    key.set_ylim(0, 2)
    key.axis("off")
    for k, (name, mark) in enumerate((("more", "more"), ("less", "less"), ("as_expected", ""))):
        colour, line = LOOKS[mark]
        x, y = 0.06 + k % 2, 1.4 - k // 2
        key.plot([x, x + 0.13], [y, y], color=colour, linestyle=line, linewidth=2 if mark else 4)
        key.text(x + 0.17, y, plot.words[name], va="center")
    key.text(1.06, 0.4, plot.words["turns"], va="center")
