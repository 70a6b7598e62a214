"""Draws the figures of a session report.

Colours are those of Okabe & Ito (2008), which most colour-blind readers can tell apart;
nothing rests on colour alone: hatches, line styles and markers say the same in grey.
"""

from __future__ import annotations

import math
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, PathPatch, Rectangle
from matplotlib.path import Path as Shape

from session_audio.report import plots
from session_audio.report.figures_series import panels
from session_audio.report.palette import BLUE, GREEN, GREY, INK, PALE, SKY, VERMILION
from session_audio.report.svg import style, to_svg

WIDTH = 7.2
COLUMN = 4.4
"""Inches.  What fits is drawn a column wide, so that a phone shows it whole."""


def draw(name: str, title: str, description: str, plot: object) -> str:
    """The figure that `plot` describes, as an ``<svg>`` element.

    Raises
    ------
    TypeError
        When `plot` is none of those in `plots`.
    """
    drawing: dict[type, Any] = {
        plots.SharesPlot: shares,
        plots.BalancePlot: balance,
        plots.TimelinePlot: timeline,
        plots.ResponsesPlot: responses,
        plots.NetworkPlot: network,
        plots.PanelsPlot: panels,
    }
    if type(plot) not in drawing:
        raise TypeError(f"no figure is drawn from a {type(plot).__name__}")
    with style():
        return to_svg(drawing[type(plot)](plot), name, title, description)


def frame(
    height: float, left: float, width: float = COLUMN, bottom: float = 0.42, top: float = 0.12
) -> tuple[Any, Any]:
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


# --- shares ----------------------------------------------------------------------


def shares(plot: plots.SharesPlot) -> Figure:
    """A bar a person with its interval as a line; those who lead are hatched, below a rule."""
    rows = plot.rows
    first = sum(1 for r in rows if not r.therapist)
    gap = 0.6 if 0 < first < len(rows) else 0.0
    places = [k + (gap if r.therapist else 0.0) for k, r in enumerate(rows)]
    top = max([0.1, *(r.share.high or r.share.value or 0.0 for r in rows)]) * 1.12
    figure, axes = frame(0.75 + 0.27 * (len(rows) + gap), label_width(tuple(r.label for r in rows)))
    for y, row in zip(places, rows, strict=True):
        value = row.share.value or 0.0
        axes.barh(
            y, value, height=0.6, color=PALE if row.therapist else SKY, linewidth=0.7,
            edgecolor=GREY if row.therapist else BLUE, hatch="////" if row.therapist else None,
        )  # fmt: skip
        end = value
        if row.share.low is not None and row.share.high is not None and value > 0:
            end = row.share.high
            axes.plot([row.share.low, end], [y, y], color=INK, linewidth=1.3, solid_capstyle="butt")
            for x in (row.share.low, end):
                axes.plot([x, x], [y - 0.16, y + 0.16], color=INK, linewidth=1.3)
        axes.text(end + top * 0.012, y, row.text, va="center", fontsize=8, color=INK)
    if plot.equal:
        last = first - 0.5 if first < len(rows) else len(rows) - 0.5
        axes.plot(
            [plot.equal] * 2, [-0.6, last], color=VERMILION, linewidth=1.1, linestyle=(0, (4, 2))
        )
        axes.text(
            plot.equal,
            -0.72,
            plot.words["equal"],
            ha="center",
            va="bottom",
            fontsize=7.5,
            color="#8a3b00",
        )
    axes.set_yticks(places, [r.label for r in rows])
    axes.set_ylim(max([0.0, *places]) + 0.6, -1.25)
    axes.set_xlim(0, top)
    percent_axis(axes, top)
    axes.set_xlabel(plot.words["axis"])
    axes.spines["left"].set_color("#999999")
    return figure


def percent_axis(axes: Any, top: float) -> None:
    """Ticks in whole percents."""
    step = next(s for s in (0.02, 0.05, 0.1, 0.2, 0.25, 1.0) if top / s <= 7 or s == 1.0)
    ticks = [k * step for k in range(int(top / step) + 1)]
    axes.set_xticks(ticks, [f"{round(t * 100)}%" for t in ticks])


# --- balance ---------------------------------------------------------------------


def balance(plot: plots.BalancePlot) -> Figure:
    """A strip a person; the darker a window, the larger the share in it."""
    count = len(plot.labels)
    figure, axes = frame(0.95 + 0.25 * count, label_width(plot.labels), WIDTH, bottom=0.62)
    for y, row in enumerate(plot.shares):
        for (start, end), share in zip(plot.windows, row, strict=True):
            box = (start / 60, y - 0.42), (end - start) / 60, 0.84
            if share is None:
                axes.add_artist(
                    Rectangle(
                        *box, facecolor="white", edgecolor="#bbbbbb", hatch="xxx", linewidth=0
                    )
                )
                continue
            axes.add_artist(
                Rectangle(*box, facecolor=ramp(share), edgecolor="white", linewidth=0.8)
            )
            if share >= 0.295:
                axes.text(
                    (start + end) / 120, y, f"{round(share * 100)}", ha="center", va="center",
                    fontsize=7, color="white" if share >= 0.4 else INK,
                )  # fmt: skip
    end = plot.windows[-1][1] / 60
    axes.set_xlim(plot.windows[0][0] / 60, end)
    axes.set_ylim(count - 0.45, -0.55)
    axes.set_yticks(range(count), plot.labels)
    axes.set_xlabel(plot.words["minutes"])
    axes.spines["left"].set_visible(False)
    # The key stands right of the axis label.
    width = end * 0.035
    for k, share in enumerate((0.0, 0.15, 0.3, 0.45, 0.6)):
        x = end - (5 - k) * width
        axes.add_artist(
            Rectangle((x, count + 0.75), width, 0.42, facecolor=ramp(share), edgecolor="#999999",
                      linewidth=0.4, clip_on=False)
        )  # fmt: skip
        axes.text(
            x + width / 2,
            count + 1.45,
            f"{round(share * 100)}",
            ha="center",
            va="center",
            fontsize=6.5,
            color="#333333",
        )
    axes.text(
        end - 5.2 * width,
        count + 0.98,
        f"{plot.words['strip']}, %",
        ha="right",
        va="center",
        fontsize=7.5,
        color="#333333",
    )
    return figure


def ramp(share: float) -> str:
    """From near white to dark blue; lightness alone carries the value, so grey works."""
    at = min(1.0, max(0.0, share / 0.6)) ** 0.75
    low, high = (244, 246, 248), (0, 62, 110)
    return "#" + "".join(f"{round(a + (b - a) * at):02x}" for a, b in zip(low, high, strict=True))


# --- the timeline ----------------------------------------------------------------


def boxes(spans: list[plots.Span], low: float, high: float) -> Shape | None:
    """All `spans` as one path: one element in the file, however many turns there are."""
    vertices: list[tuple[float, float]] = []
    codes: list[int] = []
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
    """One row of the timeline on `axes`."""
    least = (end - start) / 1500
    for y in range(count):
        axes.axhspan(y - 0.5, y + 0.5, color="#f5f5f3" if y % 2 else "#ffffff", linewidth=0)
    add(axes, boxes(within(plot.lapses, start, end, least), -0.5, count - 0.5),
        facecolor="#e9e7e2", edgecolor="#b4b0a6", hatch="////", linewidth=0)  # fmt: skip
    for band in plot.bands:
        if not start <= band.start < end:
            continue
        mends = band.kind == "repair"
        a, b = band.start / 60, min(max(band.end, band.start + least * 6), end) / 60
        axes.add_artist(
            Rectangle((a, -0.5), b - a, count, facecolor="#cdebe0" if mends else "#fbe0cc",
                      edgecolor=GREEN if mends else VERMILION, linewidth=0.8,
                      linestyle="--" if mends else "-")
        )  # fmt: skip
        axes.text(
            (a + b) / 2, -0.5 - head * 0.45, str(band.number), ha="center", va="center", fontsize=7.5,
            fontweight="bold", color="white",
            bbox={"boxstyle": "round,pad=0.22" if mends else "square,pad=0.22",
                  "facecolor": "#00664b" if mends else "#a34700", "linewidth": 0},
        )  # fmt: skip
    for y, lane in enumerate(plot.lanes):
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
            (lane.cuts, "v", 4.8, INK, "#f0a500"),
        ):
            inside = [t / 60 for t in times if start <= t < end]
            up = 0.36 if marker == "|" else 0.33
            axes.plot(inside, [y - up] * len(inside), linestyle="", marker=marker, markersize=size,
                      markeredgewidth=0.6, markeredgecolor=colour, markerfacecolor=face,
                      clip_on=False)  # fmt: skip
    add(axes, boxes(within(plot.overlaps, start, end, least), count - 0.38, count + 0.02),
        facecolor=VERMILION, linewidth=0)  # fmt: skip
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
    axes.plot([x + 0.1], [y], linestyle="", marker=marker, markersize=5, markeredgewidth=0.7,
              markeredgecolor=INK, markerfacecolor=face)  # fmt: skip


# --- response times --------------------------------------------------------------


def responses(plot: plots.ResponsesPlot) -> Figure:
    """Median as a dot, the middle half as a line; zero is the end of the last turn."""
    labels = tuple(r.label for r in plot.rows)
    figure, axes = frame(0.72 + 0.23 * len(labels), label_width(labels), top=0.25)
    ends = [x for r in plot.rows for x in (r.quartiles or ())]
    ends += [r.median for r in plot.rows if r.median is not None]
    low, high = min([-0.5, *ends]), max([1.0, *ends])
    axes.axvline(0, color="#777777", linewidth=0.7)
    for y, row in enumerate(plot.rows):
        axes.axhline(y, color="#e3e3e3", linewidth=0.5, zorder=0)
        if row.quartiles:
            axes.plot(row.quartiles, [y, y], color=BLUE, linewidth=2.2, solid_capstyle="butt")
        if row.median is not None:
            axes.plot([row.median], [y], "o", color=INK, markersize=4.5)
        else:
            axes.text(0.0, y, f"  {row.text}", va="center", fontsize=7.5, color="#555555")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    pad = 0.06 * (high - low)
    axes.set_xlim(low - pad, high + pad)
    axes.text(
        0,
        -0.75,
        f"{plot.words['before']} ◂  ",
        ha="right",
        va="bottom",
        fontsize=7,
        color="#444444",
    )
    axes.text(
        0, -0.75, f"  ▸ {plot.words['after']}", ha="left", va="bottom", fontsize=7, color="#444444"
    )
    axes.set_xlabel(plot.words["axis"])
    axes.spines["left"].set_visible(False)
    return figure


# --- the network -----------------------------------------------------------------


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
        "": ("#b3b3b3", "-", 1), "more": ("#a34700", "-", 3), "less": (BLUE, (0, (3, 2)), 2),
    }  # fmt: skip
    for edge in sorted(plot.edges, key=lambda e: (looks[e.mark][2], e.count)):
        if edge.mark == "" and edge.count < 0.15 * heaviest:
            continue
        colour, line, order = looks[edge.mark]
        a, b = at[edge.source], at[edge.target]
        axes.add_artist(
            FancyArrowPatch(
                a, b, connectionstyle="arc3,rad=0.13", arrowstyle="-|>", mutation_scale=6 if edge.mark == "" else 9,
                shrinkA=72 * radii[edge.source] * 1.27, shrinkB=72 * radii[edge.target] * 1.27 + 1,
                linewidth=(0.3 + 2.0 * edge.count / heaviest) * (1.0 if edge.mark == "" else 1.5), color=colour, linestyle=line, zorder=order,
                alpha=0.75 if edge.mark == "" else 1.0,
            )
        )  # fmt: skip
    for (x, y), label, leads, radius in zip(at, plot.labels, plot.therapists, radii, strict=True):
        axes.plot(
            [x], [y], marker="s" if leads else "o", markersize=2 * 72 * radius * 1.15,
            markerfacecolor="#dddddd" if leads else "#d7ecf8", markeredgecolor=GREY if leads else BLUE,
            markeredgewidth=1.1, zorder=5,
        )  # fmt: skip
        side = "center" if abs(x) < 0.25 else "left" if x > 0 else "right"
        out = radius + 0.07
        axes.text(x * (1 + out), y * (1 + out) + (0.02 if y > 0 else -0.02), label, ha=side,
                  va="bottom" if y > 0.9 else "top" if y < -0.9 else "center", fontsize=9, zorder=6)  # fmt: skip
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
