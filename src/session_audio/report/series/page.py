"""What every section of a series report is built from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from session_audio.report.counts import likely
from session_audio.report.elements import Cell, Link, Mark
from session_audio.report.naming import People
from session_audio.report.page import Worded, heard_from, into_sound, people_of
from session_audio.report.sections.moments import in_order
from session_audio.report.sections.ratings import answer
from session_audio.schema import Estimate, ParticipantId, SessionResult
from session_audio.series.arcs import FlagPlace
from session_audio.series.ledger import Closing, Strain, ledger
from session_audio.series.standing import Standing, standings
from session_audio.series.trends import PersonSeries, Point, RatingSeries, Series, series
from session_audio.settings import ReportSettings

UNITS = {"share": "percent", "answered": "percent"}
"""How a measure is worded; others are plain numbers with one decimal."""


@dataclass(frozen=True)
class SeriesPage(Worded):
    """A series with its words, names and settings."""

    series: Series
    settings: ReportSettings
    closings: Mapping[str, Sequence[Closing]] = field(default_factory=dict)
    """What people closed, by the session's id."""
    reports: Mapping[str, str] = field(default_factory=dict)
    """URL of each session's report, by its id; without those that are not at hand."""
    sounds: Mapping[str, str] = field(default_factory=dict)
    """URL of each session's sound, by its id; without those of which there is no copy."""

    @classmethod
    def of(
        cls,
        results: Sequence[SessionResult],
        settings: ReportSettings,
        closings: Mapping[str, Sequence[Closing]] | None = None,
        reports: Mapping[str, str] | None = None,
        sounds: Mapping[str, str] | None = None,
    ) -> SeriesPage:
        """The series of `results`, as the settings say; parameters as for `series_report`."""
        found = series(results, settings.false_discovery_rate, settings.rating_drop)
        return cls(found, settings, closings or {}, reports or {}, sounds or {})

    @cached_property
    def strains(self) -> list[Strain]:
        """The ledger."""
        return ledger(self.series, self.closings)

    @cached_property
    def open_strains(self) -> list[Strain]:
        """Those that nobody closed, the oldest first."""
        return [s for s in self.strains if s.state == "open"]

    @cached_property
    def standings(self) -> list[Standing]:
        """How each person stands, the largest fall first."""
        return standings(self.series, self.settings.rating_drop)

    def colour(self, who: ParticipantId) -> int:
        """Place in the palette, in the order of the roster; -1 for those who lead."""
        members = [p.participant for p in self.series.people if not p.therapist]
        return members.index(who) if who in members else -1

    def moment(self, at: FlagPlace) -> Link:
        """A link to a candidate on its session's page; to the ledger where that is not at hand."""
        result = self.series.results[at.session]
        number = in_order(result.flags).index(result.flags[at.flag]) + 1
        text = self.say("page.see_moment", number=number)
        url = self.reports.get(result.session.id)
        return Link(f"{url}#moment-{number}" if url else "#ledger", text)

    def listen(self, at: FlagPlace, *, short: bool = False) -> Link | None:
        """A link that plays from a little before a candidate; None without that session's sound.

        `short` names the session by its tick, as on the first screen.
        """
        result = self.series.results[at.session]
        sound, start = self.sounds.get(result.session.id), result.flags[at.flag].start
        if sound is None:
            return None
        session = self.ticks[at.session] if short else self.session(at.session)
        text = self.say("arcs.when", session=session, time=self.say.clock(start))
        return into_sound(sound, heard_from(start), text)

    @cached_property
    def silent(self) -> tuple[int, ...]:
        """Where others can be heard: the sessions with a candidate that cannot, by place."""
        return tuple(
            k
            for k, result in enumerate(self.series.results)
            if self.sounds and result.flags and result.session.id not in self.sounds
        )

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

    def rated(self, instrument: str | None, mean: float | None) -> str:
        """A mean rating; without decimals where the whole instrument has none."""
        every = [m for r in self.series.ratings if r.instrument == instrument for m in r.means]
        return self.say.number(mean, 0 if all(m is None or m == int(m) for m in every) else 1)

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
