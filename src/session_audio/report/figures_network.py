"""Draws who answers whom: people on a circle, arrows from answerer to answered."""

from __future__ import annotations

import math

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from session_audio.report import plots
from session_audio.report.canvas import COLUMN
from session_audio.report.palette import BLUE, GREY


def network(plot: plots.NetworkPlot) -> Figure:
    """People on a circle, those who lead at the top; arrows from answerer to answered."""
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
    heaviest = max([1, *(e.count for e in plot.edges)])
    looks = {
        "": ("#b3b3b3", "-", 1),
        "more": ("#a34700", "-", 3),
        "less": (BLUE, (0, (3, 2)), 2),
    }
    for edge in sorted(plot.edges, key=lambda e: (looks[e.mark][2], e.count)):
        if edge.mark == "" and edge.count < 0.15 * heaviest:
            continue
        colour, line, order = looks[edge.mark]
        a, b = at[edge.source], at[edge.target]
        axes.add_artist(
            FancyArrowPatch(
                a,
                b,
                connectionstyle="arc3,rad=0.13",
                arrowstyle="-|>",
                mutation_scale=6 if edge.mark == "" else 9,
                shrinkA=72 * radii[edge.source] * 1.27,
                shrinkB=72 * radii[edge.target] * 1.27 + 1,
                linewidth=(0.3 + 2.0 * edge.count / heaviest) * (1.0 if edge.mark == "" else 1.5),
                color=colour,
                linestyle=line,
                zorder=order,
                alpha=0.75 if edge.mark == "" else 1.0,
            )
        )
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
    key = figure.add_axes((0, 0, 1, 0.105))
    key.set_xlim(0, 2)
    key.set_ylim(0, 2)
    key.axis("off")
    for k, (name, mark) in enumerate((("more", "more"), ("less", "less"), ("as_expected", ""))):
        colour, line, _ = looks[mark]
        x, y = 0.06 + k % 2, 1.4 - k // 2
        key.plot([x, x + 0.13], [y, y], color=colour, linestyle=line, linewidth=2)
        key.text(x + 0.17, y, plot.words[name], va="center")
    key.text(1.06, 0.4, plot.words["turns"], va="center")
    return figure
