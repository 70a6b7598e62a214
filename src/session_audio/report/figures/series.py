"""Draws the figures of the series: a small panel a person, all on one scale."""

from __future__ import annotations

import itertools
import math
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from session_audio.report.figures import plots
from session_audio.report.figures.canvas import COLUMN, WIDTH
from session_audio.report.figures.palette import BLUE, GREEN, GREY, INK, VERMILION


def panels(plot: plots.PanelsPlot) -> Figure:
    """Values with intervals over the sessions; the grey band is what the past leads to expect."""
    count = len(plot.panels)
    across = 3 if count > 1 else 1
    width = WIDTH if count > 1 else COLUMN
    down = math.ceil(count / across)
    height = (0.45 if plot.key else 0.15) + 1.42 * down
    figure = Figure(figsize=(width, height))
    highs = [
        e.high if e.high is not None else e.value
        for p in plot.panels
        for e in p.points
        if e is not None and e.value is not None
    ]
    top = max([0.1 if plot.scale == "percent" else 1.0, *(h for h in highs if h is not None)]) * 1.1
    for k, panel in enumerate(plot.panels):
        row, column = divmod(k, across)
        margin = 0.45 / width
        left = margin + column * ((1 - margin) / across)
        bottom = (height - 0.1 - (row + 1) * 1.42 + 0.34) / height
        axes = figure.add_axes((left, bottom, (1 - margin) / across - 0.045, 0.92 / height))
        draw_panel(axes, panel, plot, top, column == 0)
    if plot.key:
        key(figure, plot, height)
    return figure


def draw_panel(
    axes: Any, panel: plots.Panel, plot: plots.PanelsPlot, top: float, first: bool
) -> None:
    """One person's panel."""
    for x, expected in enumerate(panel.baseline):
        if expected is not None and expected.value is not None:
            low, high = expected.low or 0.0, expected.high or 0.0
            axes.fill_between(
                [x - 0.36, x + 0.36], max(low, 0.0), min(high, top), color="#e4e4e0", linewidth=0
            )
            axes.plot([x - 0.36, x + 0.36], [expected.value] * 2, color="#8a8a80", linewidth=0.9)
    draw_values(axes, panel, top)
    for x, point in enumerate(panel.points):
        if point is None:
            axes.text(
                x,
                top * 0.03,
                plot.words["away"],
                ha="center",
                va="bottom",
                fontsize=6.5,
                color="#555555",
            )
    for x, kind in panel.marks:
        mends = kind == "repair"
        axes.plot(
            [x],
            [top * 1.0],
            marker="^" if mends else "v",
            markersize=5.5,
            clip_on=False,
            color=GREEN if mends else VERMILION,
            markeredgecolor=INK,
            markeredgewidth=0.5,
        )
    axes.set_title(panel.label, fontsize=8.5, loc="left", pad=7, color=INK)
    draw_scales(axes, plot, top, first)


def draw_values(axes: Any, panel: plots.Panel, top: float) -> None:
    """The person's values with their intervals, joined over the sessions."""
    colour = GREY if panel.therapist else BLUE
    known = [(x, e) for x, e in enumerate(panel.points) if e is not None and e.value is not None]
    for (x0, a), (x1, b) in itertools.pairwise(known):
        away = x1 - x0 > 1
        axes.plot(
            [x0, x1],
            [a.value, b.value],
            color=colour,
            linewidth=1.1,
            linestyle=":" if away else "-",
        )
    for x, e in known:
        if e.low is not None and e.high is not None:
            axes.plot([x, x], [e.low, min(e.high, top)], color=colour, linewidth=1.1)
        out = bool(panel.standing_out) and panel.standing_out[x]
        axes.plot(
            [x],
            [e.value],
            marker="D" if out else "o",
            markersize=6.2 if out else 4.2,
            markerfacecolor=VERMILION if out else colour,
            markeredgecolor=INK if out else colour,
            markeredgewidth=0.9,
        )


def draw_scales(axes: Any, plot: plots.PanelsPlot, top: float, first: bool) -> None:
    """Sessions below, values at the left of the first panel of a row."""
    axes.set_xlim(-0.5, len(plot.ticks) - 0.5)
    axes.set_ylim(0, top)
    sparse = max(1, math.ceil(len(plot.ticks) / 6))
    shown = list(range(0, len(plot.ticks), sparse))
    axes.set_xticks(shown, [plot.ticks[k] for k in shown], fontsize=6.8)
    step = top / 3
    nice = next(
        (s for s in (0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 50) if s >= step), 100
    )
    ticks = [nice * k for k in range(int(top / nice) + 1)]
    percent = plot.scale == "percent"
    labels = (
        [f"{round(t * 100)}%" if percent else f"{t:g}" for t in ticks]
        if first
        else [""] * len(ticks)
    )
    axes.set_yticks(ticks, labels, fontsize=7)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.4)
    axes.set_axisbelow(True)


def key(figure: Figure, plot: plots.PanelsPlot, height: float) -> None:
    """What the marks mean."""
    axes = figure.add_axes((0, 0, 1, 0.26 / height))
    axes.set_xlim(0, 5)
    axes.set_ylim(0, 1)
    axes.axis("off")
    axes.add_artist(Rectangle((0.1, 0.18), 0.2, 0.64, facecolor="#e4e4e0", linewidth=0))
    axes.plot([0.1, 0.3], [0.5, 0.5], color="#8a8a80", linewidth=0.9)
    for x, marker, face in ((1.5, "D", VERMILION), (3.0, "v", VERMILION), (3.95, "^", GREEN)):
        axes.plot(
            [x],
            [0.5],
            marker=marker,
            markersize=5.5,
            markerfacecolor=face,
            markeredgecolor=INK,
            markeredgewidth=0.6,
        )
    for x, name in ((0.36, "expected"), (1.6, "outside"), (3.1, "rupture"), (4.05, "repair")):
        axes.text(x, 0.5, plot.words[name], va="center", fontsize=7.2)
