"""Over the weeks: who became quieter within a session, and which two came in early on each other.

What is told of whom is decided in `series.quieter` and `series.between`.
"""

from __future__ import annotations

from session_audio.report.elements import Fact, Link
from session_audio.report.sections.turning import quoted
from session_audio.report.series.page import SeriesPage
from session_audio.schema import MemberMeasures, ParticipantId
from session_audio.series.between import between
from session_audio.series.quieter import met, quieter

_REACH = 8
"""How many of the last sessions are looked at."""
_NAMED = 2
"""How many people became quieter are told, the last first ..."""
_PAIRS = 1
"""... and how many pairs."""
_QUOTE = 38
"""Characters of what was said at the place."""


def quieter_facts(page: SeriesPage) -> list[Fact]:
    """Who became quieter in which session, from when on, and what was said just then."""
    say, results = page.say, page.series.results
    found: list[tuple[int, MemberMeasures]] = []
    for k in reversed(range(max(0, len(results) - _REACH), len(results))):
        found += [(k, m) for m in quieter(results[k], fell(page, k))]
    parts = []
    for k, member in found[:_NAMED]:
        line = {
            "name": page.who(member.participant),
            "session": page.ticks[k],
            "at": say.clock(member.quieter_from or 0.0),
            "before": say.percent(member.quieter_share_before),
            "after": say.percent(member.quieter_share_after),
        }
        parts.append(say("turning.quieter_week", **line))
        if turn := met(results[k], member):
            parts += quoted(say, page.who, turn, _QUOTE)
    if not parts:
        return []
    url = page.reports.get(results[found[0][0]].session.id, "")
    link = Link(f"{url}#participation", say("page.see_table")) if url else None
    return [Fact(say("turning.quieter"), " ".join(parts), links=(link,) if link else ())]


def fell(page: SeriesPage, k: int) -> set[ParticipantId]:
    """Whose rating fell in session `k` by what counts."""
    least = page.settings.rating_drop
    return {
        row.participant
        for row in page.series.ratings
        if (change := row.changes[k]) is not None and change <= -least + 1e-9
    }


def between_facts(page: SeriesPage) -> list[Fact]:
    """Which two came in early on each other, how often, and in which sessions."""
    say, results = page.say, page.series.results
    first = max(0, len(results) - _REACH)
    parts = [
        say(
            "turning.between_weeks",
            a=page.who(one.pair[0]),
            b=page.who(one.pair[1]),
            early=say.number(one.early),
            all=say.number(one.of),
            sessions=say.listed(page.ticks[first + k] for k, _ in one.exchanges),
        )
        for one in between([r.measures.exchanges for r in results[first:]])[:_PAIRS]
    ]
    return [Fact(say("turning.between"), " ".join(parts))] if parts else []
