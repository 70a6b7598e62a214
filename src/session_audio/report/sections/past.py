"""A session against what its group's earlier sessions lead one to expect."""

from __future__ import annotations

from session_audio.report.elements import Link, Sentence
from session_audio.report.page import Page
from session_audio.report.sections.ratings import answer
from session_audio.series.comparison import against_past, benjamini_hochberg, with_least_error
from session_audio.series.trends import mean_rating


def against_own_past(page: Page) -> list[Sentence]:
    """What lies outside what this group's earlier sessions lead one to expect."""
    say, history = page.say, page.history
    if not history:
        return [Sentence(say("summary.no_past"))]
    fell = ratings_that_fell(page)
    if len(history) < 2:
        return [*fell, Sentence(say("summary.short_past"))]
    compared = []
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
            compared.append((label, comparison))
    comparison = against_past(
        with_least_error(page.result.measures.group.entropy_members, 0.01),
        [with_least_error(earlier.group.entropy_members, 0.01) for earlier in history],
    )
    if comparison is not None:
        compared.append((say("summary.evenness"), comparison))
    kept = benjamini_hochberg([c.p for _, c in compared], page.settings.false_discovery_rate)
    out = [
        Sentence(
            say(
                "summary.past_outside",
                what=label,
                now=say.percent(c.now),
                expected=say.percent(c.expected),
                low=say.number(c.low * 100),
                high=say.number(c.high * 100),
                sessions=say.count("session", c.sessions),
            )
        )
        for (label, c), significant in zip(compared, kept, strict=True)
        if significant
    ]
    if not out:
        out = [Sentence(say("summary.past_inside", sessions=say.count("session", len(history))))]
    return [*fell, *out, Sentence(say("summary.past_corrected", comparisons=len(compared)))]


def ratings_that_fell(page: Page) -> list[Sentence]:
    """Whose mean rating fell by `rating_drop` or more against their own last one."""
    say, out = page.say, []
    last = {
        (rating.participant, rating.instrument): mean
        for summary in page.history
        for rating in summary.ratings
        if (mean := mean_rating(rating)) is not None
    }
    for rating in page.result.session.ratings:
        now, before = mean_rating(rating), last.get((rating.participant, rating.instrument))
        if now is None or before is None or now - before > -page.settings.rating_drop:
            continue
        text = say(
            "summary.rating_fell",
            name=page.who(rating.participant),
            instrument=page.who.printable(rating.instrument),
            now=answer(say, now),
            before=answer(say, before),
        )
        out.append(Sentence(text, (Link("#ratings", say("page.see_table")),)))
    return out
