"""What every section of a series report is built from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from session_audio.report.counts import likely
from session_audio.report.elements import Cell, Mark
from session_audio.report.naming import People
from session_audio.report.page import Worded, people_of
from session_audio.report.sections.ratings import answer
from session_audio.schema import Estimate
from session_audio.series.trends import PersonSeries, Point, RatingSeries, Series
from session_audio.settings import ReportSettings

UNITS = {"share": "percent", "answered": "percent"}
"""How a measure is worded; others are plain numbers with one decimal."""


@dataclass(frozen=True)
class SeriesPage(Worded):
    """A series with its words, names and settings."""

    series: Series
    settings: ReportSettings

    @cached_property
    def who(self) -> People:
        """The names."""
        return people_of(self.series.results, self.settings, self.say)

    @cached_property
    def ticks(self) -> tuple[str, ...]:
        """A short name for each session: its number, else its day."""
        return tuple(
            str(r.session.number)
            if r.session.number is not None
            else self.say.short_day(r.session.date)
            for r in self.series.results
        )

    def session(self, k: int) -> str:
        """What session `k` is called in a sentence."""
        kept = self.series.results[k].session
        if kept.number is not None:
            return self.say("head.number", n=kept.number)
        return self.say("series.of_day", day=self.say.short_day(kept.date))

    def value(self, name: str, estimate: Estimate, *, interval: bool = True) -> str:
        """A measure's value in its unit."""
        kind, places = (UNITS[name], 0) if name in UNITS else ("number", 1)
        shown = estimate if interval else Estimate(estimate.value)
        return self.say.estimate(shown, kind, places)

    def mark(self, point: Point) -> Mark:
        """``more`` or ``less`` than the own past leads one to expect, after correction."""
        if not point.significant or point.comparison is None:
            return ""
        return "more" if point.comparison.now > point.comparison.expected else "less"

    def rating(self, row: RatingSeries, k: int) -> Cell:
        """A mean rating of session `k`, marked where it fell."""
        change = row.changes[k]
        fell = change is not None and change <= -self.settings.rating_drop
        return Cell(answer(self.say, row.means[k]), mark="less" if fell else "")

    def times_interrupted(self, person: PersonSeries, k: int) -> str:
        """Times cut off in session `k`, in how much own floor time."""
        floor = next(
            (
                m.speaking_time
                for m in self.series.results[k].measures.members
                if m.participant == person.participant
            ),
            None,
        )
        if person.interruptions_received[k] is None or floor is None:
            return self.say("number.none")
        return self.say(
            "series.cut_cell",
            n=likely(self.say, person.interruptions_received[k]),
            floor=self.say.clock(floor),
        )


def expectation(point: Point | None) -> Estimate | None:
    """What the person's earlier sessions lead one to expect, not below 0."""
    if point is None or point.comparison is None:
        return None
    c = point.comparison
    return Estimate(c.expected, max(0.0, c.low), c.high)
