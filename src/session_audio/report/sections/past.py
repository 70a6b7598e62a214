"""A session against what its group's earlier sessions lead one to expect."""

from __future__ import annotations

from dataclasses import dataclass

from session_audio.report.elements import Link, Sentence
from session_audio.report.page import Page
from session_audio.report.sections.ratings import answer
from session_audio.schema import Rating
from session_audio.series.comparison import (
    Comparison,
    against_past,
    benjamini_hochberg,
    with_least_error,
)
from session_audio.series.trends import mean_rating


def against_own_past(page: Page) -> list[Sentence]:
    """What lies outside what this group's earlier sessions lead one to expect."""
    say, history = page.say, page.history
    if not history:
        return [Sentence(say("summary.no_past"))]
    fell = ratings_that_fell(page)
    if len(history) < 2:
        return [*fell, Sentence(say("summary.short_past"))]
    found = compared(page)
    out = [
        Sentence(
            say(
                "summary.past_outside",
                what=label,
                now=say.percent(c.now),
                expected=say.percent(c.expected),
                low=say.number(max(0.0, c.low) * 100),
                high=say.number(min(1.0, c.high) * 100),
                sessions=say.count("session", c.sessions),
            )
        )
        for label, c, apart in found
        if apart
    ]
    if not out:
        out = [Sentence(say("summary.past_inside", sessions=say.count("session", len(history))))]
    return [*fell, *out, Sentence(say("summary.past_corrected", comparisons=len(found)))]


def compared(page: Page) -> list[tuple[str, Comparison, bool]]:
    """Every share and the evenness against the earlier sessions: what, how, whether apart.

    Apart is what stands out after correction for all comparisons.
    """
    say, history = page.say, page.history
    found: list[tuple[str, Comparison]] = []
    for member in page.everybody:
        past = [
            with_least_error(m.speaking_time_share, 0.01)
            for earlier in history
            for m in earlier.members
            if m.participant == member.participant and m.present
        ]
        comparison = against_past(with_least_error(member.speaking_time_share, 0.01), past)
        if comparison is not None:
            label = say("summary.share_of", name=page.who(member.participant))
            found.append((label, comparison))
    comparison = against_past(
        with_least_error(page.result.measures.group.entropy_members, 0.01),
        [with_least_error(earlier.group.entropy_members, 0.01) for earlier in history],
    )
    if comparison is not None:
        found.append((say("summary.evenness"), comparison))
    kept = benjamini_hochberg([c.p for _, c in found], page.settings.false_discovery_rate)
    return [(label, c, apart) for (label, c), apart in zip(found, kept, strict=True)]


@dataclass(frozen=True, slots=True)
class RatingChange:
    """A person's mean rating now, and the last time they answered the same instrument."""

    rating: Rating
    now: float
    before: float

    @property
    def by(self) -> float:
        """Now minus before."""
        return self.now - self.before


def rating_changes(page: Page, *, every: bool = False) -> list[RatingChange]:
    """How each person's rating changed against their own last one, the largest fall first.

    With `every`, a change for each instrument; else the largest of each person.
    """
    last = {
        (rating.participant, rating.instrument): mean
        for summary in page.history
        for rating in summary.ratings
        if (mean := mean_rating(rating)) is not None
    }
    changes = []
    for rating in page.result.session.ratings:
        now, before = mean_rating(rating), last.get((rating.participant, rating.instrument))
        if now is not None and before is not None:
            changes.append(RatingChange(rating, now, before))
    if not every:
        by_size = sorted(changes, key=lambda change: abs(change.by))
        changes = list({change.rating.participant: change for change in by_size}.values())
    return sorted(changes, key=lambda change: change.by)


def ratings_that_fell(page: Page) -> list[Sentence]:
    """The falls of ratings by `rating_drop` or more, a sentence each."""
    say = page.say
    return [
        Sentence(
            say(
                "summary.rating_fell",
                name=page.who(change.rating.participant),
                instrument=page.who.printable(change.rating.instrument),
                now=answer(say, change.now),
                before=answer(say, change.before),
            ),
            (Link("#ratings", say("page.see_table")),),
        )
        for change in rating_changes(page, every=True)
        if change.by <= -page.settings.rating_drop
    ]
