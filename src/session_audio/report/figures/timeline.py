"""Draws the timeline: a lane a person, in rows of half an hour."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Shape

from session_audio.report.figures import plots
from session_audio.report.figures.canvas import WIDTH, label_width
from session_audio.report.figures.palette import BLUE, GREEN, INK, VERMILION


def boxes(spans: list[plots.Span], low: float, high: float) -> Shape | None:
    """All `spans` as one path: one element in the file, however many turns there are."""
    vertices: list[tuple[float, float]] = []
    codes: list[Any] = []
    for start, end in spans:
        vertices += [(start, low), (end, low), (end, high), (start, high), (start, low)]
        codes += [Shape.MOVETO, Shape.LINETO, Shape.LINETO, Shape.LINETO, Shape.CLOSEPOLY]
    return Shape(vertices, codes) if vertices else None


def within(
    spans: tuple[plots.Span, ...], start: float, end: float, least: float
) -> list[plots.Span]:
    """The parts of `spans` in a row, in minutes, none narrower than `least` seconds."""
    return [
        (max(a, start) / 60, min(max(b, a + least), end) / 60)
        for a, b in spans
        if a < end and b > start
    ]


def timeline(plot: plots.TimelinePlot) -> Figure:
    """Rows of half an hour, a lane a person, candidates as numbered bands."""
    count = len(plot.lanes)
    rows = max(1, math.ceil(plot.duration / plot.row - 1e-6))
    length = plot.duration if rows == 1 else plot.row
    lane, head, gap = 0.185, 0.2, 0.24
    key = 0.62 if plot.key else 0.05
    row_height = count * lane + head
    height = rows * row_height + (rows - 1) * gap + 0.42 + key
    left = label_width((*(item.label for item in plot.lanes), plot.words["at_once"][:8]))
    figure = Figure(figsize=(WIDTH, height))
    for k in range(rows):
        bottom = height - key - (k + 1) * row_height - k * gap
        axes = figure.add_axes(
            (left / WIDTH, bottom / height, 1 - (left + 0.12) / WIDTH, row_height / height)
        )
        start = k * plot.row
        timeline_row(axes, plot, start, start + length, count, head / lane)
        if k == rows - 1:
            axes.set_xlabel(plot.words["minutes"], labelpad=2)
    if plot.key:
        timeline_key(figure, plot, left, height)
    return figure


def timeline_row(
    axes: Any, plot: plots.TimelinePlot, start: float, end: float, count: int, head: float
) -> None:
    """One row of the timeline on `axes`: lapses and candidates, lanes, overlaps, scales."""
    least = (end - start) / 1500
    for y in range(count):
        axes.axhspan(y - 0.5, y + 0.5, color="#f5f5f3" if y % 2 else "#ffffff", linewidth=0)
    add(
        axes,
        boxes(within(plot.lapses, start, end, least), -0.5, count - 0.5),
        facecolor="#e9e7e2",
        edgecolor="#b4b0a6",
        hatch="////",
        linewidth=0,
    )
    for band in plot.bands:
        if start <= band.start < end:
            to = min(max(band.end, band.start + least * 6), end)
            draw_band(axes, band, to, count, head)
    for y, lane in enumerate(plot.lanes):
        draw_lane(axes, lane, y, start, end, least)
    add(
        axes,
        boxes(within(plot.overlaps, start, end, least), count - 0.38, count + 0.02),
        facecolor=VERMILION,
        linewidth=0,
    )
    draw_scales(axes, plot, start, end, head)


def draw_band(axes: Any, band: plots.Band, end: float, count: int, head: float) -> None:
    """A candidate moment, up to the second `end`: a band over all lanes and its number."""
    mends = band.kind == "repair"
    a, b = band.start / 60, end / 60
    axes.add_artist(
        Rectangle(
            (a, -0.5),
            b - a,
            count,
            facecolor="#cdebe0" if mends else "#fbe0cc",
            edgecolor=GREEN if mends else VERMILION,
            linewidth=0.8,
            linestyle="--" if mends else "-",
        )
    )
    axes.text(
        (a + b) / 2,
        -0.5 - head * 0.45,
        str(band.number),
        ha="center",
        va="center",
        fontsize=7.5,
        fontweight="bold",
        color="white",
        bbox={
            "boxstyle": "round,pad=0.22" if mends else "square,pad=0.22",
            "facecolor": "#00664b" if mends else "#a34700",
            "linewidth": 0,
        },
    )


def draw_lane(axes: Any, lane: plots.Lane, y: int, start: float, end: float, least: float) -> None:
    """One person's speech, backchannels and interruptions in a row."""
    fill = "#6b6b6b" if lane.therapist else BLUE
    add(
        axes,
        boxes(within(lane.speech, start, end, least), y - 0.27, y + 0.27),
        facecolor=fill,
        linewidth=0,
    )
    for times, marker, size, colour, face in (
        (lane.backchannels, "|", 3.2, INK, INK),
        (lane.tries, "v", 4.4, INK, "white"),
        (lane.interruptions, "v", 4.8, INK, "#f0a500"),
    ):
        inside = [t / 60 for t in times if start <= t < end]
        up = 0.36 if marker == "|" else 0.33
        axes.plot(
            inside,
            [y - up] * len(inside),
            linestyle="",
            marker=marker,
            markersize=size,
            markeredgewidth=0.6,
            markeredgecolor=colour,
            markerfacecolor=face,
            clip_on=False,
        )


def draw_scales(axes: Any, plot: plots.TimelinePlot, start: float, end: float, head: float) -> None:
    """The names at the left, the minutes below, and nothing after the recording's end."""
    count = len(plot.lanes)
    axes.set_xlim(start / 60, end / 60)
    axes.set_ylim(count + 0.12, -0.5 - head)
    labels = [lane.label for lane in plot.lanes]
    axes.set_yticks([*range(count), count - 0.2], [*labels, plot.words["at_once"]], fontsize=7.5)
    axes.get_yticklabels()[-1].set(fontsize=6.2, color="#8a3b00")
    minutes = (end - start) / 60
    step = next((s for s in (1, 2, 5, 10, 15, 20, 30) if minutes / s <= 8), 60)
    first = math.ceil(start / 60 / step) * step
    axes.set_xticks(list(range(first, math.floor(end / 60) + 1, step)))
    axes.grid(axis="x", color="#d9d9d9", linewidth=0.4)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    if end > plot.duration:
        axes.axvspan(plot.duration / 60, end / 60, facecolor="white", edgecolor="none", zorder=5)


def add(axes: Any, shape: Shape | None, **look: Any) -> None:
    """Put one compound path on `axes`, if there is one."""
    if shape is not None:
        axes.add_artist(PathPatch(shape, **look))


def timeline_key(figure: Figure, plot: plots.TimelinePlot, left: float, height: float) -> None:
    """What the marks mean, in two lines above the rows."""
    axes = figure.add_axes((0, 1 - 0.5 / height, 1, 0.5 / height))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, 0.5)
    axes.axis("off")
    entries = ("speech", "overlap", "backchannel", "lapse", "cut", "try", "rupture", "repair")
    step = (WIDTH - 0.15) / 4
    for k, name in enumerate(entries):
        x, y = 0.1 + (k % 4) * step, 0.36 - (k // 4) * 0.2
        key_mark(axes, name, x, y)
        axes.text(x + 0.26, y, plot.words[name], va="center", fontsize=7.5, color="#222222")


def key_mark(axes: Any, name: str, x: float, y: float) -> None:
    """The sample of one mark."""
    looks: dict[str, dict[str, Any]] = {
        "speech": {"facecolor": BLUE, "linewidth": 0},
        "overlap": {"facecolor": VERMILION, "linewidth": 0},
        "lapse": {"facecolor": "#e9e7e2", "edgecolor": "#b4b0a6", "hatch": "////", "linewidth": 0},
        "rupture": {"facecolor": "#fbe0cc", "edgecolor": VERMILION, "linewidth": 0.8},
        "repair": {"facecolor": "#cdebe0", "edgecolor": GREEN, "linewidth": 0.8, "linestyle": "--"},
    }
    if name in looks:
        tall = 0.07 if name == "overlap" else 0.11
        axes.add_artist(Rectangle((x, y - tall / 2), 0.2, tall, **looks[name]))
        return
    marker = "|" if name == "backchannel" else "v"
    face = {"cut": "#f0a500", "try": "white"}.get(name, INK)
    axes.plot(
        [x + 0.1],
        [y],
        linestyle="",
        marker=marker,
        markersize=5,
        markeredgewidth=0.7,
        markeredgecolor=INK,
        markerfacecolor=face,
    )
