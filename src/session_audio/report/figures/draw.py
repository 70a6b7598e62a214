"""Draws the figures of a session report.

Colours are those of Okabe & Ito (2008), which most colour-blind readers can tell apart;
nothing rests on colour alone: hatches, line styles and markers say the same in grey.
"""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from session_audio.report.figures import plots
from session_audio.report.figures.canvas import frame, label_width
from session_audio.report.figures.network import network
from session_audio.report.figures.palette import BLUE, GREY, INK, PALE, SKY, VERMILION
from session_audio.report.figures.series import panels
from session_audio.report.figures.svg import style, to_svg
from session_audio.report.figures.timeline import timeline


def draw(name: str, title: str, description: str, plot: plots.Plot) -> str:
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
            y,
            value,
            height=0.6,
            color=PALE if row.therapist else SKY,
            linewidth=0.7,
            edgecolor=GREY if row.therapist else BLUE,
            hatch="////" if row.therapist else None,
        )
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
    figure, axes = frame(1.1 + 0.22 * count, label_width(plot.labels), bottom=0.85)
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
            if share >= 0.4:
                axes.text(
                    (start + end) / 120,
                    y,
                    f"{round(share * 100)}",
                    ha="center",
                    va="center",
                    fontsize=7,
                    color="white",
                )
    end = plot.windows[-1][1] / 60
    axes.set_xlim(plot.windows[0][0] / 60, end)
    axes.set_ylim(count - 0.45, -0.55)
    axes.set_yticks(range(count), plot.labels)
    axes.set_xlabel(plot.words["minutes"])
    axes.spines["left"].set_visible(False)
    balance_key(figure, plot)
    return figure


def balance_key(figure: Figure, plot: plots.BalancePlot) -> None:
    """The shades and what they stand for, below the axis label."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((1 - 2.9 / width, 0.0, 2.75 / width, 0.4 / height))
    axes.set_xlim(0, 11)
    axes.set_ylim(0, 2)
    axes.axis("off")
    axes.text(5.6, 1.45, f"{plot.words['strip']}, %", ha="right", va="center", fontsize=7.5)
    for k, share in enumerate((0.0, 0.15, 0.3, 0.45, 0.6)):
        box = Rectangle((6 + k, 1.0), 1, 0.9, facecolor=ramp(share), edgecolor="#999999")
        box.set_linewidth(0.4)
        axes.add_artist(box)
        axes.text(6.5 + k, 0.5, f"{round(share * 100)}", ha="center", va="center", fontsize=6.5)


def ramp(share: float) -> str:
    """From near white to dark blue; lightness alone carries the value, so grey works."""
    at = min(1.0, max(0.0, share / 0.6)) ** 0.75
    low, high = (244, 246, 248), (0, 62, 110)
    return "#" + "".join(f"{round(a + (b - a) * at):02x}" for a, b in zip(low, high, strict=True))


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
