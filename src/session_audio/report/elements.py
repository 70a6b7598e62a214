"""What a report is made of: an ordered list of small elements, without any layout.

`session` (with `sections/`), `series/` and `member` build these from results; `output/` sets them
as HTML and PDF.
Text is plain text.  Names that run from right to left stand between the Unicode
isolates U+2068 and U+2069, which the renderers turn into their own markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from session_audio.report.figures.plots import Lane, Plot, TimelinePlot

Tone = Literal["", "care", "doubt"]
Mark = Literal["", "more", "less", "few", "none"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link inside the report (``#moment-2``) or to the recording."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One plain sentence, and where in the report it can be looked up.

    `lead` stands before it in bold: what the sentence is about.
    """

    text: str
    links: tuple[Link, ...] = ()
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text.  `small` is for how to read what stands above."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences under a title."""

    title: str
    items: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A term and what is known of it; `tone` says whether to read it with care."""

    term: str
    text: str
    tone: Tone = ""
    links: tuple[Link, ...] = ()


def fact(entry: str) -> Fact:
    """A fact from a wording entry of the form ``term::text``.

    >>> fact("Lapse::Everybody is silent.")
    Fact(term='Lapse', text='Everybody is silent.', tone='', links=())
    """
    term, _, text = entry.partition("::")
    return Fact(term, text)


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms with their values, e.g. the head of a report."""

    items: tuple[Fact, ...]
    title: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; `shade` in 0 to 4 tints it, `mark` sets it apart without colour alone.

    `bar` in [0, 1] is drawn as a bar before the text; None draws nothing.
    """

    text: str
    shade: int = 0
    mark: Mark = ""
    bar: float | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names its rows.  `folded` starts closed on a screen."""

    id: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    folded: bool = False
    text_columns: tuple[int, ...] = ()
    """Columns of running text: set left, allowed to wrap."""
    matrix: bool = False
    """Whether both ways are people: set with even columns."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture to be drawn from `plot` by `figures.draw`, with its text alternative."""

    id: str
    caption: str
    alternative: str
    plot: Plot
    wide: bool = False
    """Whether a narrow screen scrolls it, for its detail."""


@dataclass(frozen=True, slots=True)
class QuotedTurn:
    """A line of what was said around a moment; `marked` is the turn itself."""

    who: str
    text: str
    at: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A candidate moment with its evidence and room for the reader's own judgement."""

    number: int
    title: str
    when: str
    listen: Link | None
    people: str
    quote: tuple[QuotedTurn, ...]
    reasons: tuple[str, ...]
    afterwards: tuple[str, ...]
    repair: Sentence | None
    review: str
    boxes: tuple[tuple[str, bool], ...]
    strength: str
    note: str = ""
    """What a person wrote of it."""
    printed: bool = True
    """Whether it is among the few of the printed appendix."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The candidate moments of a session, or one arc of them across sessions."""

    items: tuple[Moment, ...]
    rest: str = ""
    """How many are not printed, for paper."""


@dataclass(frozen=True, slots=True)
class Step:
    """One dated piece of evidence of an arc."""

    when: str
    title: str
    text: tuple[str, ...]
    quote: str = ""
    kind: Literal["rupture", "repair"] = "rupture"
    listen: Link | None = None


@dataclass(frozen=True, slots=True)
class Arc:
    """What was seen of one strain, in the order in which it was seen."""

    id: str
    title: str
    numbers: Table
    """The person's own numbers, a column a session."""
    steps: tuple[Step, ...]
    close: str


@dataclass(frozen=True, slots=True)
class Highlight:
    """A moment worth hearing first, in two lines; `listen` plays from a little before it."""

    when: str
    who: str
    quote: str
    kind: str
    text: str
    """What followed a strain; empty where that is not asked."""
    more: Link
    listen: Link | None


@dataclass(frozen=True, slots=True)
class Highlights:
    """The moments worth hearing first, and how many others there are."""

    title: str
    items: tuple[Highlight, ...]
    rest: Sentence | None = None


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A person's row beside the timeline: how much they spoke, then when."""

    name: str
    colour: int
    """Place in the palette; below 0 the grey of those who lead and of nobody known."""
    share: str
    interval: str
    bar: tuple[float, float, float] | None
    """Share and its interval, on the scale of the longest, in [0, 1]; None without."""
    lane: Lane


@dataclass(frozen=True, slots=True)
class LaneMark:
    """A candidate moment above the lanes, `level` rows up so that none hides another."""

    number: int
    title: str
    kind: str
    start: float
    end: float
    level: int
    href: str


@dataclass(frozen=True, slots=True)
class Lanes:
    """The whole session, a lane a person: on a screen one can click in it, on paper `figure`."""

    figure: Figure
    plot: TimelinePlot
    columns: tuple[str, ...]
    rows: tuple[LaneRow, ...]
    marks: tuple[LaneMark, ...]
    ticks: tuple[tuple[float, str], ...]
    legend: tuple[tuple[str, str], ...]
    """Which marks there are, with their words."""


@dataclass(frozen=True, slots=True)
class Week:
    """What one person's row shows of one session."""

    share: str = ""
    interval: str = ""
    bar: tuple[float, float, float] | None = None
    """Share and its interval, on the scale of the largest, in [0, 1]; None without."""
    stands_out: Mark = ""
    """Whether the share stands out from the own past, once corrected for chance."""
    rating: str = ""
    mark: Mark = ""
    """Whether the rating fell (``less``) or rose (``more``) by what counts."""
    cuts: str = ""
    away: str = ""
    """Why there is nothing, in a word; empty for one who was there."""


@dataclass(frozen=True, slots=True)
class WeekRow:
    """A person over the weeks; `state` is how they stand now, in a word."""

    name: str
    colour: int
    state: str
    tone: Literal["", "down", "up"]
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class Weeks:
    """A group over the weeks: a row a person, a column a session, and rows of the whole group."""

    caption: str
    columns: tuple[Link, ...]
    """Sessions; the `href` is empty where the session's page is not at hand."""
    rows: tuple[WeekRow, ...]
    totals: tuple[tuple[str, tuple[str, ...]], ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word of the transcript; `at` in hundredths of a second from its line's start."""

    text: str
    unsure: bool = False
    at: int | None = None


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """A turn, word by word."""

    at: float
    clock: str
    who: str
    colour: int
    words: tuple[Spoken, ...]
    listen: Link | None
    turn: int = 0
    """Its turn's index."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything that was said, to read along and to search; a screen's, not printed."""

    lines: tuple[TranscriptLine, ...]
    note: str
    labels: Mapping[str, str]


Element = (
    Paragraph
    | Bullets
    | Facts
    | Table
    | Figure
    | Moments
    | Arc
    | Highlights
    | Lanes
    | Transcript
    | Weeks
)


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section of the report."""

    id: str
    title: str
    elements: tuple[Element, ...]
    hint: str = ""
    """What is in it, beside its title where it is folded."""
    printed: bool = True
    """Whether it is for paper too; what is better read on a screen is not."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report, ready to be set.  `labels` are the few words of the page itself.

    With a `brief` it opens with that, on one screen and one sheet, and its sections are folded
    beneath; those for paper are a second sheet.
    """

    title: str
    subtitle: str
    language: str
    running: str
    """Head of each printed page."""
    head: tuple[Element, ...]
    sections: tuple[Section, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    page: Literal["a4", "letter"] = "a4"
    notice: str = ""
    brief: tuple[Element, ...] = ()
    sound: str = ""
    """URL of the sound that the page plays, as seen from the report's folder."""
    several_sounds: bool = False
    """Whether its links play the sound of several sessions, each beside its own page."""
    length: float = 0.0
    """Seconds of the session."""
    terms: Mapping[str, str] = field(default_factory=dict)
    """A word that stands at a number, and the key of its definition."""
    definitions: Mapping[str, Fact] = field(default_factory=dict)
    """Definitions by key, shown where a word of `terms` stands."""
