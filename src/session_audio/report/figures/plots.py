"""What a figure shows, without how it is drawn.  `figures.draw` turns one into SVG.

Labels are already worded; `words` holds the few words that stand in the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from session_audio.schema import Estimate

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One person's share of the speaking time."""

    label: str
    share: Estimate
    therapist: bool
    text: str


@dataclass(frozen=True, slots=True)
class SharesPlot:
    """Shares with intervals; `equal` is an equal share among the members."""

    rows: tuple[ShareRow, ...]
    equal: float | None
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BalancePlot:
    """Share of each person within each window; None where nobody spoke."""

    labels: tuple[str, ...]
    windows: tuple[Span, ...]
    shares: tuple[tuple[float | None, ...], ...]
    """One row a person, one column a window."""
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lane:
    """One person's lane of the timeline."""

    label: str
    therapist: bool
    speech: tuple[Span, ...]
    backchannels: tuple[float, ...] = ()
    interruptions: tuple[float, ...] = ()
    tries: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """A candidate moment on the timeline; `lanes` are those of the people in it."""

    number: int
    start: float
    end: float
    kind: Literal["withdrawal", "confrontation", "rupture", "repair"]


@dataclass(frozen=True, slots=True)
class TimelinePlot:
    """Every person a lane, the session in rows of `row` seconds."""

    lanes: tuple[Lane, ...]
    overlaps: tuple[Span, ...]
    lapses: tuple[Span, ...]
    bands: tuple[Band, ...]
    duration: float
    row: float
    words: Mapping[str, str]
    key: bool = True


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """Floor-transfer offsets of one person: median and interquartile range, seconds."""

    label: str
    median: float | None
    quartiles: Span | None
    text: str


@dataclass(frozen=True, slots=True)
class ResponsesPlot:
    """How soon each person came in."""

    rows: tuple[ResponseRow, ...]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` answered `target` (places in `NetworkPlot.labels`) `count` times."""

    source: int
    target: int
    count: int
    mark: Literal["", "more", "less"]


@dataclass(frozen=True, slots=True)
class NetworkPlot:
    """Who answers whom, drawn on a circle."""

    labels: tuple[str, ...]
    therapists: tuple[bool, ...]
    turns: tuple[int, ...]
    edges: tuple[Edge, ...]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Panel:
    """One person over the weeks.  None: away, or too little to say."""

    label: str
    therapist: bool
    points: tuple[Estimate | None, ...]
    baseline: tuple[Estimate | None, ...] = ()
    """What the sessions before lead one to expect, with its 95 % interval."""
    standing_out: tuple[bool, ...] = ()
    marks: tuple[tuple[int, str], ...] = ()
    """(session, ``rupture`` or ``repair``): candidates that concern the person."""


@dataclass(frozen=True, slots=True)
class PanelsPlot:
    """A panel a person, all on one scale."""

    panels: tuple[Panel, ...]
    ticks: tuple[str, ...]
    scale: Literal["percent", "number"]
    words: Mapping[str, str]
    key: bool = True


Plot = SharesPlot | BalancePlot | TimelinePlot | ResponsesPlot | NetworkPlot | PanelsPlot
